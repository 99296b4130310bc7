//! Reads documents one after the other and cuts them into passages. What is said twice is asked about once.

use crate::{
    passages::{
        Passage,
        boilerplate::{self, Skipped},
        chunk::{ChunkSize, CountTokens, split},
        context, pairs,
    },
    reading::documents::{Listing, Source, Unreadable},
    reasons::Reason,
    settings::Settings,
};
use examen_core::{Chunk, Language, Notice, NoticeKind, Span};
use examen_files::scratch::{DiskMap, key};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, io};

/// A document with its passages.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) path: String,
    pub(crate) language: Language,
    /// Text of the document.
    pub(crate) text: String,
    /// Those to ask about, by position.
    pub(crate) passages: Vec<Passage>,
    /// Two related ones each, to ask about together.
    pub(crate) pairs: Vec<Passage>,
    /// Those that are not asked about, with the reason.
    pub(crate) left: Vec<(Passage, String)>,
}

/// Structure of a document, without its text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outline {
    /// Its path below the input.
    pub(crate) document: String,
    /// The language of most of it.
    pub(crate) language: Language,
    /// Its sections by position, each with the number of its passages to ask about.
    pub(crate) sections: Vec<(Option<String>, usize)>,
}

impl Cut {
    /// Outline of the document.
    pub(crate) fn outline(&self) -> Outline {
        let left = self.left.iter().map(|(passage, _)| (passage, 0));
        let mut passages: Vec<(&Passage, usize)> = self
            .passages
            .iter()
            .map(|passage| (passage, 1))
            .chain(left)
            .collect();
        passages.sort_by_key(|(passage, _)| passage.chunk.span.start);
        let mut indices: HashMap<Option<&str>, usize> = HashMap::new();
        let mut sections: Vec<(Option<String>, usize)> = Vec::new();
        for (passage, n) in passages {
            let index = *indices
                .entry(passage.section.as_deref())
                .or_insert_with(|| {
                    sections.push((passage.section.clone(), 0));
                    sections.len() - 1
                });
            sections[index].1 += n;
        }
        Outline {
            document: self.path.clone(),
            language: self.language,
            sections,
        }
    }
}

/// The documents of a listing, read and cut, in the order in which they are asked about.
pub(crate) struct Cuts<'a> {
    listing: &'a Listing,
    settings: &'a Settings,
    count_tokens: &'a CountTokens<'a>,
    order: Box<dyn Iterator<Item = usize> + Send>,
    /// In which document of the listing each text was first.
    seen: DiskMap,
}

impl<'a> Cuts<'a> {
    /// Documents come as they are listed; where there are more than questions, they are drawn with the seed.
    pub(crate) fn new(
        listing: &'a Listing,
        settings: &'a Settings,
        count_tokens: &'a CountTokens<'a>,
    ) -> Self {
        let listed = 0..listing.len();
        let order: Box<dyn Iterator<Item = usize> + Send> = match settings.max_questions {
            Some(max) if max < listing.len() => {
                let mut order: Vec<usize> = listed.collect();
                settings.seed.shuffle("documents", &mut order);
                Box::new(order.into_iter())
            }
            _ => Box::new(listed),
        };
        Self {
            listing,
            settings,
            count_tokens,
            order,
            seen: DiskMap::new(std::env::temp_dir()),
        }
    }

    /// Cuts the document that is at `index` of the listing.
    fn cut(&mut self, index: usize, source: Source) -> Result<Cut, Unreadable> {
        let size = ChunkSize {
            max_tokens: self.settings.chunk_tokens,
            overlap: self.settings.chunk_overlap,
        };
        tell(&source);
        let skipped = boilerplate::find(&source.document.text, &source.headings);
        let (mut passages, mut left) = (Vec::new(), left_out(&source, &skipped));
        let opening = self
            .settings
            .summaries
            .then(|| context::opening(&source.document.text).into());
        for chunk in split(&source, &skipped, size, self.count_tokens) {
            let passage = Passage {
                opening: opening.clone(),
                ..Passage::new(&source, chunk)
            };
            let first = self.first_with(&passage.chunk.text, index);
            match first.map_err(|error| not_compared(&source, &error))? {
                None => passages.push(passage),
                Some(first) => {
                    let first = self.listing.path(first);
                    let sentence = format!("the same passage of `{first}` is asked about");
                    left.push((passage, Reason::Repeated.because(sentence)));
                }
            }
        }
        let language = source.document.language;
        let related = pairs::related(&passages, language, self.settings.multi_hop);
        let pairs = related
            .into_iter()
            .map(|(one, other)| passages[one].with(&passages[other]))
            .collect();
        Ok(Cut {
            path: source.document.path,
            language,
            text: source.document.text,
            passages,
            pairs,
            left,
        })
    }

    /// Which document said the same before; if none, the one at `index` is the first.
    fn first_with(&mut self, text: &str, index: usize) -> io::Result<Option<usize>> {
        let key = key(text);
        match self.seen.get(key)? {
            Some((first, _)) => Ok(Some(first as usize)),
            None => self.seen.insert(key, (index as u64, 0)).map(|()| None),
        }
    }
}

/// The passages that no exam should be about, with the reason.
fn left_out(source: &Source, skipped: &[Skipped]) -> Vec<(Passage, String)> {
    let passage = |part: &Skipped| Passage::new(source, Chunk::new(&source.document, part.span));
    let skipped = skipped
        .iter()
        .map(|part| (passage(part), Reason::Boilerplate.because(&part.reason)));
    skipped
        .chain(
            source
                .notices
                .iter()
                .filter_map(|notice| lost(source, notice)),
        )
        .collect()
}

/// What a notice says is lost: a passage without text, on its page.
fn lost(source: &Source, notice: &Notice) -> Option<(Passage, String)> {
    let reason = match notice.kind {
        NoticeKind::Page => Reason::PageWithoutText,
        NoticeKind::Bulk => Reason::Bulk,
        NoticeKind::Encoding | NoticeKind::Recognised => return None,
    };
    let start = notice
        .page
        .and_then(|page| source.pages.get(page).copied())
        .unwrap_or_default();
    let passage = Passage::new(
        source,
        Chunk::new(&source.document, Span { start, end: start }),
    );
    let page = notice.page.and_then(|page| u32::try_from(page + 1).ok());
    let words = match page {
        Some(page) => format!("page {page}: {}", notice.words),
        None => notice.words.clone(),
    };
    Some((Passage { page, ..passage }, reason.because(words)))
}

/// Tells of a document's notices, those of one kind and the same words together.
fn tell(source: &Source) {
    let mut told: Vec<(&Notice, Vec<String>)> = Vec::new();
    for notice in &source.notices {
        let page = notice.page.map(|page| (page + 1).to_string());
        match told
            .iter_mut()
            .find(|(other, _)| (other.kind, &other.words) == (notice.kind, &notice.words))
        {
            Some((_, pages)) => pages.extend(page),
            None => told.push((notice, page.into_iter().collect())),
        }
    }
    for (notice, pages) in told {
        let document = &source.document.path;
        let (n, n_pages) = (pages.len(), source.pages.len());
        match n {
            0 => tracing::warn!(document, "{}", notice.words),
            _ => tracing::warn!(
                document,
                "{n} of {n_pages} pages ({}): {}",
                ranges(&pages),
                notice.words
            ),
        }
    }
}

/// Numbers in ascending order with dashes for those in a row: `2-4, 7`.
fn ranges(pages: &[String]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for page in pages.iter().filter_map(|page| page.parse().ok()) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => ranges.push((page, page)),
        }
    }
    let shown = ranges.iter().map(|&(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn not_compared(source: &Source, error: &io::Error) -> Unreadable {
    Unreadable {
        path: source.document.path.clone(),
        reason: format!("could not be compared with the others: {error}"),
    }
}

impl Iterator for Cuts<'_> {
    type Item = Result<Cut, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.order.next()?;
        Some(
            self.listing
                .read(index)
                .and_then(|source| self.cut(index, source)),
        )
    }
}
