//! The words of the pages, in the language that the browser prefers.

use crate::names::Kind;
use axum::http::{HeaderMap, header};

/// The words of one language.
pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) repositories: &'static str,
    pub(super) logged_in: &'static str,
    pub(super) public_only: &'static str,
    pub(super) log_in: &'static str,
    pub(super) empty: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) kinds: [&'static str; 3],
    pub(super) size: &'static str,
    pub(super) changed: &'static str,
    pub(super) private: &'static str,
    pub(super) commits: &'static str,
    pub(super) revision: &'static str,
    pub(super) files: &'static str,
    pub(super) up: &'static str,
    pub(super) what: &'static str,
    pub(super) who: &'static str,
    pub(super) how_to_load: &'static str,
    pub(super) no_card: &'static str,
    /// `{}` is the number.
    more: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    repositories: "Repositories",
    logged_in: "Logged in as",
    public_only: "Public repositories only.",
    log_in: "Log in with a token (any name, the token as the password)",
    empty: "Nothing here yet.",
    name: "Name",
    kind: "Type",
    kinds: ["Model", "Dataset", "Space"],
    size: "Size",
    changed: "Changed (UTC)",
    private: "private",
    commits: "Commits",
    revision: "Revision",
    files: "Files",
    up: "Up one folder",
    what: "Commit",
    who: "By",
    how_to_load: "How to load it",
    no_card: "This repository has no README.md.",
    more: "{} more are not shown here; the API lists them all.",
};

const SPANISH: Words = Words {
    language: "es",
    repositories: "Repositorios",
    logged_in: "Sesión de",
    public_only: "Solo los repositorios públicos.",
    log_in: "Iniciar sesión con un token (cualquier nombre; el token como contraseña)",
    empty: "Aún no hay nada.",
    name: "Nombre",
    kind: "Tipo",
    kinds: ["Modelo", "Conjunto de datos", "Espacio"],
    size: "Tamaño",
    changed: "Modificado (UTC)",
    private: "privado",
    commits: "Commits",
    revision: "Revisión",
    files: "Archivos",
    up: "Subir una carpeta",
    what: "Commit",
    who: "Autor",
    how_to_load: "Cómo cargarlo",
    no_card: "Este repositorio no tiene README.md.",
    more: "Hay {} más que no se muestran aquí; la API los enumera todos.",
};

impl Words {
    /// English, unless the browser prefers Spanish to it.
    pub(super) fn of(headers: &HeaderMap) -> &'static Self {
        let wishes = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let language = |wish: &str| wish.trim().get(..2).map(str::to_ascii_lowercase);
        let known = wishes
            .split(',')
            .filter_map(language)
            .find(|known| matches!(known.as_str(), "en" | "es"));
        match known.as_deref() {
            Some("es") => &SPANISH,
            _ => &ENGLISH,
        }
    }

    pub(super) fn kind_of(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Model => self.kinds[0],
            Kind::Dataset => self.kinds[1],
            Kind::Space => self.kinds[2],
        }
    }

    pub(super) fn more(&self, number: usize) -> String {
        self.more.replace("{}", &number.to_string())
    }
}
