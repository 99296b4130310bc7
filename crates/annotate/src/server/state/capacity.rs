//! Turns of requests: so many at once, of which a client has a part.

use super::shares::{Client, Shares};
use axum::http::StatusCode;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Part of the turns that a user may have: 1 in so many.
const USER_PART: usize = 4;
/// Part of the turns that an address may have for requests of nobody in particular.
const STRANGER_PART: usize = 16;

/// A body that is too large (413).
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct TooLarge;

/// An overload, for which a request was not served to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Overload {
    /// Too many requests at once (503).
    Busy,
    /// Too many requests of this client at once (503).
    Share,
    /// It took too long (408).
    TooSlow,
    /// A search took too long, or waited too long for its turn (503).
    Search,
}

impl Overload {
    pub(in crate::server) fn status(self) -> StatusCode {
        match self {
            Self::Busy | Self::Share | Self::Search => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Seconds until the client should try again.
    pub(in crate::server) fn retry_after(self) -> Option<u64> {
        match self {
            Self::Busy | Self::Share => Some(1),
            Self::Search => Some(10),
            Self::TooSlow => None,
        }
    }

    pub(in crate::server) fn message(self) -> &'static str {
        match self {
            Self::Busy => "the server is overloaded; try again soon",
            Self::Share => {
                "too many of your requests are being served; try again when some are done"
            }
            Self::TooSlow => "the request took too long",
            Self::Search => {
                "the search took too long and was stopped; look for longer words or fewer of them, or try again later"
            }
        }
    }
}

/// Turns that requests share.
#[derive(Debug)]
pub(in crate::server) struct Capacity {
    turns: Arc<Semaphore>,
    users: Shares<Client>,
    strangers: Shares<Client>,
}

impl Capacity {
    pub(in crate::server) fn new(max_requests: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(max_requests)),
            users: Shares::new(max_requests.div_ceil(USER_PART)),
            strangers: Shares::new(max_requests.div_ceil(STRANGER_PART)),
        }
    }

    /// A turn for a request, if there is one now.
    pub(in crate::server) fn turn(&self) -> Result<OwnedSemaphorePermit, Overload> {
        let turn = self.turns.clone().try_acquire_owned();
        turn.map_err(|_| Overload::Busy)
    }

    /// A turn of a client's own part.
    pub(in crate::server) fn share(
        &self,
        client: &Client,
    ) -> Result<OwnedSemaphorePermit, Overload> {
        let shares = match client {
            Client::User(_) => &self.users,
            Client::Stranger(_) => &self.strangers,
        };
        let turn = shares.of(client).try_acquire_owned();
        turn.map_err(|_| Overload::Share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_part_of_the_turns_and_an_address_a_smaller_one() {
        let capacity = Capacity::new(32);
        for (client, part) in [
            (Client::User("ana".to_owned()), 8),
            (Client::User("ben".to_owned()), 8),
            (Client::Stranger(None), 2),
        ] {
            let turns: Vec<_> = (0..part)
                .map(|_| capacity.share(&client).unwrap())
                .collect();
            assert_eq!(capacity.share(&client).unwrap_err(), Overload::Share);
            drop(turns);
            drop(capacity.share(&client).unwrap());
        }
    }
}
