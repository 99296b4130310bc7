//! Tokens of a hub that stands alone: a file of names, rights and hashes, in the hub's folder.

use crate::{
    people::{Later, People, Person, Rights},
    storage::if_there,
};
use examen_files::{FilesError, atomic};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const FILE: &str = "tokens.json";
/// How tokens begin, so that programs that look for leaked secrets know them.
const PREFIX: &str = "hf_";
/// Letters and digits of a new token after its prefix: 190 bits.
const LENGTH: usize = 32;
/// Fewest characters of a token that somebody chose.
pub const SHORTEST_TOKEN: usize = 16;

/// One token. The token itself is not kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// Who holds it.
    pub name: String,
    /// What they may do.
    pub rights: Rights,
    /// BLAKE3 of the token, which is long and random.
    hash: String,
}

/// The tokens of a hub's folder.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    tokens: Vec<Token>,
}

impl Tokens {
    /// The tokens of the hub whose data is in `data`; none where there is no file of them yet.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn open(data: &Path) -> io::Result<Self> {
        let path = data.join(FILE);
        let bytes = if_there(fs::read(&path))?.unwrap_or_else(|| b"[]".to_vec());
        let tokens = serde_json::from_slice(&bytes).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {error}", path.display()),
            )
        })?;
        Ok(Self { path, tokens })
    }

    /// All tokens.
    pub fn list(&self) -> &[Token] {
        &self.tokens
    }

    /// Keeps `token` as `name`'s, beside those that there are.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, name: &str, rights: Rights, token: &str) -> Result<(), FilesError> {
        let (hash, name) = (hash(token), name.to_owned());
        self.tokens.retain(|known| known.hash != hash);
        self.tokens.push(Token { name, rights, hash });
        self.save()
    }

    /// Removes all tokens of `name`; the number of them.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn remove(&mut self, name: &str) -> Result<usize, FilesError> {
        let before = self.tokens.len();
        self.tokens.retain(|token| token.name != name);
        self.save()?;
        Ok(before - self.tokens.len())
    }

    fn save(&self) -> Result<(), FilesError> {
        let json = serde_json::to_vec_pretty(&self.tokens).unwrap_or_default();
        atomic::write_bytes(&self.path, &json)
    }
}

impl People for Tokens {
    fn holder<'a>(&'a self, token: &'a str) -> Later<'a, Option<Person>> {
        // Hashes are compared, so that the time taken tells nothing of the token.
        let hash = hash(token);
        let known = self.tokens.iter().find(|known| known.hash == hash);
        let person = known.map(|known| Person {
            name: known.name.clone(),
            rights: known.rights,
        });
        Box::pin(std::future::ready(person))
    }
}

/// A new token.
pub fn new_token() -> String {
    let letters: String = std::iter::repeat_with(|| char::from(rand::random::<u8>()))
        .filter(char::is_ascii_alphanumeric)
        .take(LENGTH)
        .collect();
    format!("{PREFIX}{letters}")
}

fn hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}
