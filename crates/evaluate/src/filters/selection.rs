//! `take_first`, `take_first_k` and `majority_vote`: some of several replies.

use super::{Arguments, Filter};
use crate::{doc::Doc, metrics::Missing};
use serde_json::Value as Json;

/// The first so many.
#[derive(Debug)]
struct Take(usize);

pub(super) fn take_first(_: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Take(1)))
}

pub(super) fn take_first_k(arguments: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    let k = arguments.integer("k")?;
    let k = k.and_then(|k| usize::try_from(k).ok()).filter(|&k| k > 0);
    Ok(Box::new(Take(k.ok_or("has no `k` of 1 or more")?)))
}

impl Filter for Take {
    fn apply(&self, mut replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        if replies.len() < self.0 {
            return Err(Missing::TooFewReplies);
        }
        replies.truncate(self.0);
        Ok(replies)
    }

    fn leaves_one(&self) -> bool {
        self.0 == 1
    }

    fn is_take_first(&self) -> bool {
        self.0 == 1
    }
}

/// The most frequent one; of equals the first, as Python's `Counter.most_common` has it.
#[derive(Debug)]
struct Majority;

pub(super) fn majority_vote(_: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Majority))
}

impl Filter for Majority {
    fn apply(&self, replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        let votes = |reply: &Json| replies.iter().filter(|other| *other == reply).count();
        let mut best: Option<(usize, &Json)> = None;
        for reply in &replies {
            let n = votes(reply);
            if best.is_none_or(|(most, _)| n > most) {
                best = Some((n, reply));
            }
        }
        best.map(|(_, reply)| vec![reply.clone()])
            .ok_or(Missing::Reply)
    }

    fn leaves_one(&self) -> bool {
        true
    }
}
