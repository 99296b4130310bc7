//! Turns of searches, which may be heavy: a user has one at a time, and all together leave readers to others.

use super::{capacity::Overload, shares::Shares};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

/// Searches at once.
const N_AT_ONCE: usize = 2;

/// Turns that searches share.
#[derive(Debug)]
pub(in crate::server) struct Searches {
    all: Arc<Semaphore>,
    users: Shares<Uuid>,
}

impl Default for Searches {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(N_AT_ONCE)),
            users: Shares::new(1),
        }
    }
}

impl Searches {
    /// Waits for the turn of a user, so long at most. Those of one user wait for each other before they wait for those of others, so that
    /// each user is next after at most one search of each other.
    pub(in crate::server) async fn turn(
        &self,
        user: Uuid,
        patience: Duration,
    ) -> Result<[OwnedSemaphorePermit; 2], Overload> {
        let wait = async {
            let own = self.users.of(&user).acquire_owned().await;
            (own, self.all.clone().acquire_owned().await)
        };
        match timeout(patience, wait).await {
            Ok((Ok(own), Ok(any))) => Ok([own, any]),
            _ => Err(Overload::Search),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_user_has_one_turn_and_another_gets_the_next() {
        let searches = Searches::default();
        let turn = |user| searches.turn(user, Duration::from_secs(60));
        let [ana, ben, eva] = [1, 2, 3].map(Uuid::from_u128);
        let first = turn(ana).await.unwrap();
        assert!(turn(ana).now_or_never().is_none());
        let second = turn(ben).await.unwrap();
        assert!(turn(eva).now_or_never().is_none());
        let (mut again, mut other) = (Box::pin(turn(ana)), Box::pin(turn(eva)));
        assert!(again.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
        drop(first);
        let (next, _) = (other.await.unwrap(), drop(second));
        drop(again.await.unwrap());
        drop(next);
    }
    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let searches = Searches::default();
        let user = Uuid::from_u128(1);
        let _turns = searches.turn(user, Duration::from_secs(60)).await.unwrap();
        let refused = searches.turn(user, Duration::from_millis(5)).await;
        assert_eq!(refused.unwrap_err(), Overload::Search);
    }
}
