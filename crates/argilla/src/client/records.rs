//! Records: written in batches, read in pages.

use super::{Client, ClientError, transport::Size};
use crate::{
    answers::{Page, Record, UsersProgress, Written},
    bodies::BulkItem,
};
use examen_core::Progress;
use serde::Serialize;
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

/// Most records of a batch: the SDK's own size.
pub const MAX_BATCH: usize = 256;
/// Most bytes of a batch: less than what a proxy takes that nobody set up (nginx: 1 MiB).
const MAX_BATCH_BYTES: usize = 900 * 1024;
/// Most records of a page.
const PAGE: u32 = 256;
/// Most records of a dataset that are read.
const MAX_RECORDS: u64 = 10_000_000;
/// Most bytes and values of the answers with all records of a dataset, where they are held at once: 100,000 reviewed
/// questions take about 400 MB and 13 million values.
const MAX_DATASET: Size = Size {
    bytes: 512 * 1024 * 1024,
    values: 16_000_000,
};
/// Longest time to read them: ten times what Argilla takes for 100,000.
const MAX_TIME: Duration = Duration::from_secs(60 * 60);
/// Times that reading starts over when records come or go meanwhile.
const ATTEMPTS: usize = 3;

/// Action of reading, for errors.
const DOING: &str = "reading records";

/// Parts that come with records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Include {
    /// Responses.
    pub responses: bool,
    /// Suggestions.
    pub suggestions: bool,
    /// Vectors.
    pub vectors: bool,
}

impl Include {
    /// Everything.
    pub const ALL: Self = Self {
        responses: true,
        suggestions: true,
        vectors: true,
    };
    /// Parts that a review is made of.
    pub const REVIEWS: Self = Self {
        responses: true,
        suggestions: true,
        vectors: false,
    };

    fn query(self) -> impl Iterator<Item = (&'static str, String)> {
        let names = [
            ("responses", self.responses),
            ("suggestions", self.suggestions),
            ("vectors", self.vectors),
        ];
        names
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .map(|(name, _)| ("include", name.to_owned()))
    }
}

/// The items in batches that a server takes: at most [`MAX_BATCH`], and as many bytes as usual proxies take, but one item
/// at least.
pub fn batches(mut items: &[BulkItem]) -> Vec<&[BulkItem]> {
    let mut batches = Vec::new();
    while !items.is_empty() {
        let mut bytes = 0;
        let fits = items.iter().take(MAX_BATCH).take_while(|item| {
            bytes += serde_json::to_string(item).map_or(0, |text| text.len());
            bytes <= MAX_BATCH_BYTES
        });
        let (batch, rest) = items.split_at(fits.count().max(1));
        batches.push(batch);
        items = rest;
    }
    batches
}

#[derive(Serialize)]
struct Bulk<'a> {
    items: &'a [BulkItem],
}

/// The records of a dataset, page by page.
#[derive(Debug)]
pub struct Pages<'c> {
    client: &'c Client,
    dataset: Uuid,
    include: Include,
    seen: HashSet<Uuid>,
    total: Option<u64>,
    /// Records that a page is asked for: fewer where a page was too large.
    page: u32,
    /// Size of all pages so far.
    read: Size,
}

impl Pages<'_> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// [`ClientError::Changing`] where records came or went since the first page: some would be read twice, or never.
    pub async fn next(&mut self) -> Result<Option<Vec<Record>>, ClientError> {
        let offset = self.seen.len() as u64;
        if self.total == Some(offset) {
            return Ok(None);
        }
        let page = self.page_from(offset).await?;
        let is_new = page
            .items
            .iter()
            .filter(|record| self.seen.insert(record.id))
            .count()
            == page.items.len();
        let is_same = self.total.is_none_or(|total| total == page.total);
        let is_short = page.items.is_empty() && page.total != offset;
        let is_long = self.seen.len() as u64 > page.total;
        if !is_new || !is_same || is_short || is_long {
            return Err(ClientError::Changing {
                url: self.client.url().to_owned(),
            });
        }
        if page.total > MAX_RECORDS {
            let n = page.total;
            return Err(self.too_large(format!("it has {n} records, of {MAX_RECORDS} at most")));
        }
        self.total = Some(page.total);
        Ok(Some(page.items).filter(|items| !items.is_empty()))
    }

    /// A page of as many records as come in one answer.
    async fn page_from(&mut self, offset: u64) -> Result<Page<Record>, ClientError> {
        loop {
            let page = self
                .client
                .sized_page(self.dataset, offset, self.page, self.include)
                .await;
            match page {
                Err(ClientError::TooLarge { .. }) if self.page > 1 => self.page /= 2,
                Err(error) => return Err(error),
                Ok((page, size)) => {
                    self.read.bytes += size.bytes;
                    self.read.values += size.values;
                    return Ok(page);
                }
            }
        }
    }

    /// An error where all pages so far are more than can be held at once.
    fn must_fit(&self) -> Result<(), ClientError> {
        let Size { bytes, values } = MAX_DATASET;
        match self.read.bytes > bytes || self.read.values > values {
            true => {
                let read = self.seen.len();
                Err(self.too_large(format!(
                    "its first {read} records are more than {} MiB or {values} values",
                    bytes / 1024 / 1024
                )))
            }
            false => Ok(()),
        }
    }

    fn too_large(&self, reason: String) -> ClientError {
        ClientError::TooLarge {
            url: self.client.url().to_owned(),
            doing: DOING.to_owned(),
            reason,
        }
    }

    /// Number of records; known after the first page.
    pub fn total(&self) -> Option<u64> {
        self.total
    }
}

impl Client {
    /// `limit` (1 to 1000) records from `offset` on, in the order of their insertion, and how many there are in all.
    pub async fn records_page(
        &self,
        dataset: Uuid,
        offset: u64,
        limit: u32,
        include: Include,
    ) -> Result<Page<Record>, ClientError> {
        let page = self.sized_page(dataset, offset, limit, include).await;
        page.map(|(page, _)| page)
    }

    async fn sized_page(
        &self,
        dataset: Uuid,
        offset: u64,
        limit: u32,
        include: Include,
    ) -> Result<(Page<Record>, Size), ClientError> {
        let mut query = vec![("offset", offset.to_string()), ("limit", limit.to_string())];
        query.extend(include.query());
        let path = format!("datasets/{dataset}/records");
        self.get_sized(DOING, &path, &query).await
    }

    /// All records, page by page.
    pub fn pages(&self, dataset: Uuid, include: Include) -> Pages<'_> {
        Pages {
            client: self,
            dataset,
            include,
            seen: HashSet::new(),
            total: None,
            page: PAGE,
            read: Size {
                bytes: 0,
                values: 0,
            },
        }
    }

    /// All records at once, in the order of their insertion. Reading starts over where records come or go meanwhile.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`]: more than 512 MiB of answers, or an hour.
    pub async fn all_records(
        &self,
        dataset: Uuid,
        include: Include,
        progress: &dyn Progress,
    ) -> Result<Vec<Record>, ClientError> {
        for _ in 1..ATTEMPTS {
            match self.read_all(dataset, include, progress).await {
                Err(ClientError::Changing { .. }) => {}
                read => return read,
            }
        }
        self.read_all(dataset, include, progress).await
    }

    async fn read_all(
        &self,
        dataset: Uuid,
        include: Include,
        progress: &dyn Progress,
    ) -> Result<Vec<Record>, ClientError> {
        let total = self
            .records_page(dataset, 0, 1, Include::default())
            .await?
            .total;
        progress.begin("reading records", total);
        let mut pages = self.pages(dataset, include);
        let mut all = Vec::new();
        let read = async {
            while let Some(page) = pages.next().await? {
                pages.must_fit()?;
                progress.advance(page.len() as u64);
                all.extend(page);
            }
            Ok(())
        };
        let read = tokio::time::timeout(MAX_TIME, read).await;
        progress.end();
        match read {
            Ok(read) => read.map(|()| all),
            Err(_) => Err(pages.too_large("reading it took more than an hour".to_owned())),
        }
    }

    /// Writes 1 to 500 records, all or none; those that are there by the caller's id are changed. Returns them as they are
    /// then, in this order.
    pub async fn upsert_records(
        &self,
        dataset: Uuid,
        items: &[BulkItem],
    ) -> Result<Vec<Record>, ClientError> {
        const DOING: &str = "writing records";
        let path = format!("datasets/{dataset}/records/bulk");
        let written: Written = self.put(DOING, &path, Some(&Bulk { items })).await?;
        if written.items.len() == items.len() {
            return Ok(written.items);
        }
        let reason = format!(
            "{} records were sent, {} came back",
            items.len(),
            written.items.len()
        );
        Err(ClientError::Unreadable {
            url: self.url().to_owned(),
            doing: DOING.to_owned(),
            reason,
        })
    }

    /// Counts the records and responses of a dataset.
    pub async fn size(&self, dataset: Uuid) -> Result<(u64, u64), ClientError> {
        let records = self
            .records_page(dataset, 0, 1, Include::default())
            .await?
            .total;
        let path = format!("datasets/{dataset}/users/progress");
        let progress: UsersProgress = self.get("counting responses", &path, &[]).await?;
        let counts = progress
            .users
            .iter()
            .flat_map(|user| [user.completed, user.pending]);
        Ok((
            records,
            counts
                .map(|counts| counts.submitted + counts.discarded + counts.draft)
                .sum(),
        ))
    }
}
