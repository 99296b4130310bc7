//! Pages of records, read and written batch by batch as the client takes them: what is in memory at once is a batch,
//! however long the page.

use crate::{
    AnnotateError,
    server::{
        AppState,
        argilla::protocol::{caller::Caller, refused::Refused},
        state::{Client, Held},
    },
    store::{FullRecord, Include},
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::{collections::VecDeque, io};
use uuid::Uuid;

/// Bytes of stored records that are read at once, unless one has more.
const BATCH: u64 = 1024 * 1024;
/// Bytes of a record beside what is stored: its ids and times.
const BESIDE: u64 = 1024;

/// Records to write.
pub(super) struct Wanted {
    pub(super) ids: Vec<Uuid>,
    pub(super) include: Include,
    /// The user whose responses are read; all are where there is none.
    pub(super) only_user: Option<Uuid>,
}

/// An answer like `frame`, whose first field is an empty list, with records in that list, as `shape` writes them.
/// Records that are deleted meanwhile are skipped.
pub(super) async fn answer<T: Serialize + 'static>(
    state: &AppState,
    caller: &Caller,
    wanted: Wanted,
    frame: &impl Serialize,
    shape: impl FnMut(FullRecord) -> T + Send + 'static,
) -> Result<Response, Refused> {
    let Wanted {
        ids,
        include,
        only_user,
    } = wanted;
    let sizes = state.store.record_sizes(&ids, &include, only_user).await?;
    let frame = serde_json::to_string(frame).map_err(not_written)?;
    let (head, tail) = frame.split_once("[]").unwrap_or((&frame, ""));
    let mut page = Page {
        state: state.clone(),
        client: Client::User(caller.0.username.clone()),
        records: sizes.into(),
        include,
        only_user,
        shape,
        head: format!("{head}["),
        tail: Some(format!("]{tail}")),
    };
    let first = page.batch().await?.unwrap_or_default();
    let body = match page.tail {
        None => Body::from(first),
        Some(_) => Body::from_stream(stream::once(async { Ok(first) }).chain(page.rest())),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

struct Page<F> {
    state: AppState,
    client: Client,
    /// Those that are not written yet, with their sizes.
    records: VecDeque<(Uuid, u64)>,
    include: Include,
    only_user: Option<Uuid>,
    shape: F,
    /// Text before the next record.
    head: String,
    /// Text after the last record; none once it is written.
    tail: Option<String>,
}

impl<T: Serialize + 'static, F: FnMut(FullRecord) -> T + Send + 'static> Page<F> {
    /// The next part of the text.
    async fn batch(&mut self) -> Result<Option<Bytes>, Refused> {
        if self.tail.is_none() {
            return Ok(None);
        }
        let (ids, size) = self.next_ids();
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let held = self.state.memory.hold(&self.client, size).await?;
        let store = &self.state.store;
        let records = store
            .full_records(&ids, &self.include, self.only_user)
            .await?;
        let mut text = Vec::with_capacity(size.min(2 * BATCH as usize));
        for record in records {
            text.extend_from_slice(self.head.as_bytes());
            serde_json::to_writer(&mut text, &(self.shape)(record)).map_err(not_written)?;
            ",".clone_into(&mut self.head);
        }
        if self.records.is_empty() {
            // A page without records has only its frame.
            let head = if self.head == "," { "" } else { &self.head };
            text.extend_from_slice(head.as_bytes());
            text.extend_from_slice(self.tail.take().unwrap_or_default().as_bytes());
        }
        Ok(Some(Bytes::from_owner(Text { text, _held: held })))
    }

    /// Ids of the next batch, and the bytes to hold for it.
    fn next_ids(&mut self) -> (Vec<Uuid>, u64) {
        let (mut ids, mut total) = (Vec::new(), 0);
        while let Some((id, size)) = self.records.front().copied() {
            let with_it = total + size + BESIDE;
            if !ids.is_empty() && with_it > BATCH {
                break;
            }
            self.records.pop_front();
            ids.push(id);
            total = with_it;
        }
        (ids, total)
    }

    /// The other parts of the text. A page that cannot be ended breaks off, so that nobody takes it for whole.
    fn rest(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        let batches = stream::try_unfold(self, |mut page| async move {
            let batch = page.batch().await?;
            Ok(batch.map(|batch| (batch, page)))
        });
        batches.map_err(|refused: Refused| {
            tracing::error!(?refused, "a page of records broke off");
            io::Error::other("the page broke off")
        })
    }
}

/// A text, and the memory that is held for it.
struct Text {
    text: Vec<u8>,
    _held: Held,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

fn not_written(error: serde_json::Error) -> Refused {
    AnnotateError::Damaged {
        what: "answer",
        value: error.to_string(),
    }
    .into()
}
