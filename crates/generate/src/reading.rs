//! Reads documents one after the other and cuts them into passages. What is said twice is asked about once.

use crate::{
    Settings,
    chunk::{ChunkSize, CountTokens, split},
    documents::{Listing, Source, Unreadable},
    pairs,
    passage::Passage,
};
use examen_core::{Chunk, Language};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// A document with its passages.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) path: Arc<str>,
    pub(crate) language: Language,
    /// Its own language (ISO 639-3), where that has no prompts.
    pub(crate) other_language: Option<&'static str>,
    /// What it says.
    pub(crate) text: String,
    /// Those to ask about, by place.
    pub(crate) passages: Vec<Passage>,
    /// Two related ones each, to ask about together.
    pub(crate) pairs: Vec<Passage>,
    /// Those that are not asked about, with the reason.
    pub(crate) left: Vec<(Passage, String)>,
}

/// The documents of a listing, in the order in which they are asked about.
pub(crate) struct Reading<'a> {
    listing: &'a Listing,
    settings: &'a Settings,
    count_tokens: &'a CountTokens<'a>,
    order: std::vec::IntoIter<usize>,
    /// Where each text was first.
    seen: HashMap<[u8; 16], Arc<str>>,
}

impl<'a> Reading<'a> {
    /// Documents come as they are listed; where there are more than questions, they are drawn with the seed.
    pub(crate) fn new(listing: &'a Listing, settings: &'a Settings, count_tokens: &'a CountTokens<'a>) -> Self {
        let mut order: Vec<usize> = (0..listing.len()).collect();
        if settings.max_questions.is_some_and(|max| max < order.len()) {
            settings.seed.shuffle("documents", &mut order);
        }
        Self { listing, settings, count_tokens, order: order.into_iter(), seen: HashMap::new() }
    }

    fn cut(&mut self, source: Source) -> Cut {
        let path: Arc<str> = source.document.path.as_str().into();
        let size = ChunkSize { max_tokens: self.settings.chunk_tokens, overlap: self.settings.chunk_overlap };
        let mut cut = Cut {
            path: Arc::clone(&path),
            language: source.document.language,
            other_language: source.other_language,
            text: String::new(),
            passages: Vec::new(),
            pairs: Vec::new(),
            left: Vec::new(),
        };
        for skipped in &source.skipped {
            let chunk = Chunk::new(&source.document, skipped.span);
            let reason = format!("boilerplate: {}", skipped.reason);
            cut.left.push((Passage::new(&source, chunk), reason));
        }
        for chunk in split(&source, size, self.count_tokens) {
            let passage = Passage::new(&source, chunk);
            let key = *blake3::hash(passage.chunk.text.as_bytes()).as_bytes().first_chunk().expect("32 bytes");
            match self.seen.entry(key) {
                Entry::Occupied(first) => {
                    let reason = format!("repeated: the same passage of `{}` is asked about", first.get());
                    cut.left.push((passage, reason));
                }
                Entry::Vacant(new) => {
                    new.insert(Arc::clone(&path));
                    cut.passages.push(passage);
                }
            }
        }
        let related = pairs::related(&cut.passages, cut.language, self.settings.multi_hop);
        cut.pairs = related.into_iter().map(|(one, other)| cut.passages[one].with(&cut.passages[other])).collect();
        cut.text = source.document.text;
        cut
    }
}

impl Iterator for Reading<'_> {
    type Item = Result<Cut, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.order.next()?;
        Some(self.listing.read(index).map(|source| self.cut(source)))
    }
}
