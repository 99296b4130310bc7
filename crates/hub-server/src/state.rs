//! What all requests share: the folder, the people, room for bodies, counters.

use crate::{
    names::{Kind, RepositoryName},
    people::{People, Person, Rights},
    refusal::{Answer, Refusal},
    settings::Settings,
    storage::{Storage, repository::Repository},
};
use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Semaphore;

/// Requests by what became of them, and bytes both ways.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// By the first digit of the status.
    pub(crate) statuses: [AtomicU64; 6],
    pub(crate) received: AtomicU64,
    pub(crate) commits: AtomicU64,
}

pub(crate) struct Inner {
    pub(crate) storage: Storage,
    people: Arc<dyn People>,
    pub(crate) settings: Settings,
    pub(crate) requests: Arc<Semaphore>,
    /// In KiB.
    pub(crate) bodies: Arc<Semaphore>,
    pub(crate) counters: Counters,
}

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

impl std::ops::Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Shared {
    pub(crate) fn new(storage: Storage, people: Arc<dyn People>, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            storage,
            people,
            requests: Arc::new(Semaphore::new(settings.max_requests)),
            bodies: Arc::new(Semaphore::new(settings.max_bodies / 1024)),
            settings,
            counters: Counters::default(),
        }))
    }

    /// Who asks; nobody where the request brings no token.
    ///
    /// A token that nobody holds is an error, so that a misspelt one is not taken for none.
    pub(crate) async fn person(&self, headers: &HeaderMap) -> Answer<Option<Person>> {
        let Some(token) = token(headers) else {
            return Ok(None);
        };
        match self.people.holder(&token).await {
            Some(person) => Ok(Some(person)),
            None => Err(Refusal::unauthorized(
                "Invalid credentials in Authorization header",
            )),
        }
    }

    /// Who asks, if they may write.
    pub(crate) async fn writer(&self, headers: &HeaderMap) -> Answer<Person> {
        check_not_basic(headers)?;
        may_write(self.person(headers).await?)
    }

    /// A repository that the request may read, and who asks.
    pub(crate) async fn readable(
        &self,
        headers: &HeaderMap,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Answer<(Repository, Option<Person>)> {
        let person = self.person(headers).await?;
        let id = format!("{namespace}/{name}");
        let missing = || Refusal::no_repository(&crate::refusal::shown(&id), person.is_some());
        let named = RepositoryName::new(kind, namespace, name).map_err(|_| missing())?;
        let found = self
            .blocking(move |shared| shared.storage.repository(&named))
            .await?;
        let visible = found.filter(|repository| person.is_some() || !repository.facts.is_private);
        Ok((visible.ok_or_else(missing)?, person))
    }

    /// A repository that the request may write, and who asks.
    pub(crate) async fn writable(
        &self,
        headers: &HeaderMap,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Answer<(Repository, Person)> {
        let (repository, person) = self.readable(headers, kind, namespace, name).await?;
        check_not_basic(headers)?;
        Ok((repository, may_write(person)?))
    }

    /// Does what waits for the disk where it keeps nobody else waiting.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let shared = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.map_err(|error| std::io::Error::other(error.to_string()))?
    }

    pub(crate) fn count(&self, status: u16) {
        if let Some(counter) = self.counters.statuses.get(usize::from(status / 100)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The person, if there is one who may write.
fn may_write(person: Option<Person>) -> Answer<Person> {
    let person = person
        .ok_or_else(|| Refusal::unauthorized("this needs a token: log in with `hf auth login`"))?;
    match person.rights {
        Rights::Write => Ok(person),
        Rights::Read => Err(Refusal::forbidden("this token may read and not write")),
    }
}

/// A browser sends a password by itself, also when another site's page asks.
fn check_not_basic(headers: &HeaderMap) -> Answer<()> {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let scheme = value.and_then(|value| value.get(..6));
    match scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic ")) {
        true => Err(Refusal::forbidden(
            "to write, send the token as `Authorization: Bearer TOKEN`",
        )),
        false => Ok(()),
    }
}

/// The token of `Authorization: Bearer TOKEN`, or the password of `Basic`, which git sends.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(password.to_owned()).filter(|_| scheme.eq_ignore_ascii_case("basic"))
}
