//! Memory for what requests bring and take: so much for all, and a part of it for each client.

use super::{
    capacity::Overload,
    shares::{Client, Shares},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Least memory for all requests, in KiB.
const LEAST_KIB: usize = 1024 * 1024;
/// Times that the largest body fits into the memory.
const LARGEST_BODIES: usize = 4;
/// Longest wait for memory that others have.
const PATIENCE: Duration = Duration::from_secs(5);

/// Memory that requests share, counted in KiB.
#[derive(Debug)]
pub(in crate::server) struct Memory {
    all: Arc<Semaphore>,
    shares: Shares<Client>,
    share_kib: usize,
    patience: Duration,
}

/// Memory that a request has, until this is dropped.
#[derive(Debug, Default)]
pub(in crate::server) struct Held {
    kib: usize,
    permits: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
}

impl Memory {
    /// Memory for bodies of at most so many bytes. A client gets half of it.
    pub(in crate::server) fn new(max_body_bytes: usize) -> Self {
        let kib = LEAST_KIB.max(max_body_bytes / 1024 * LARGEST_BODIES);
        Self {
            all: Arc::new(Semaphore::new(kib)),
            shares: Shares::new(kib / 2),
            share_kib: kib / 2,
            patience: PATIENCE,
        }
    }

    /// Most bytes that one request can have.
    pub(in crate::server) fn most(&self) -> usize {
        self.share_kib * 1024
    }

    /// Bytes that requests hold at the moment.
    pub(in crate::server) fn in_use(&self) -> u64 {
        let free = self.all.available_permits();
        (2 * self.share_kib).saturating_sub(free) as u64 * 1024
    }

    /// Adds to what is held, until it is so many bytes; waits for a moment where there is no room. More than a client's
    /// share counts as the whole share.
    pub(in crate::server) async fn grow(
        &self,
        held: &mut Held,
        client: &Client,
        bytes: usize,
    ) -> Result<(), Overload> {
        let wanted = bytes.div_ceil(1024).min(self.share_kib);
        let Some(more) = wanted.checked_sub(held.kib).filter(|more| *more > 0) else {
            return Ok(());
        };
        let n = u32::try_from(more).map_err(|_| Overload::Busy)?;
        let share = self.shares.of(client);
        let get = async {
            // The share first: who waits for their own does not stand before others.
            let of_share = share.acquire_many_owned(n).await;
            (of_share, self.all.clone().acquire_many_owned(n).await)
        };
        let (Ok(share), Ok(all)) = timeout(self.patience, get)
            .await
            .map_err(|_| Overload::Busy)?
        else {
            return Err(Overload::Busy);
        };
        match &mut held.permits {
            None => held.permits = Some((share, all)),
            Some((held_share, held_all)) => {
                held_share.merge(share);
                held_all.merge(all);
            }
        }
        held.kib = wanted;
        Ok(())
    }

    /// Holds so many bytes.
    pub(in crate::server) async fn hold(
        &self,
        client: &Client,
        bytes: usize,
    ) -> Result<Held, Overload> {
        let mut held = Held::default();
        self.grow(&mut held, client, bytes).await?;
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn user(name: &str) -> Client {
        Client::User(name.to_owned())
    }

    #[tokio::test]
    async fn a_client_has_half_and_gives_it_back() {
        let memory = Memory {
            patience: Duration::from_millis(10),
            ..Memory::new(MIB)
        };
        let mut held = memory.hold(&user("ana"), 300 * MIB).await.unwrap();
        memory
            .grow(&mut held, &user("ana"), 512 * MIB)
            .await
            .unwrap();
        let another = memory.hold(&user("ben"), 512 * MIB).await.unwrap();
        let refused = memory.hold(&user("ana"), 1).await;
        assert_eq!(refused.unwrap_err(), Overload::Busy);
        drop(held);
        memory.hold(&user("ana"), 2_000 * MIB).await.unwrap();
        drop(another);
    }

    #[tokio::test]
    async fn a_share_that_is_forgotten_is_whole_again() {
        let memory = Memory::new(MIB);
        for _ in 0..3 {
            drop(memory.hold(&user("ana"), 512 * MIB).await.unwrap());
        }
        assert_eq!(memory.all.available_permits(), LEAST_KIB);
    }
}
