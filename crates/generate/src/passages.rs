//! The passages of all documents, each once.

use crate::{
    GenerateError, Settings,
    chunk::{ChunkSize, CountTokens, split},
    documents::{Listing, Source, Unreadable},
};
use examen_core::{Chunk, Progress};
use std::collections::HashMap;

/// What the input holds.
#[derive(Debug, Default)]
pub(crate) struct Corpus {
    /// The documents that were read, by path.
    pub(crate) documents: Vec<Source>,
    /// Those that were not, by path.
    pub(crate) unreadable: Vec<Unreadable>,
    /// Files in no format that is read.
    pub(crate) n_other_files: usize,
}

impl Corpus {
    fn read(settings: &Settings, progress: &dyn Progress) -> Result<Self, GenerateError> {
        let listing = Listing::of(settings)?;
        progress.begin("reading documents", listing.len() as u64);
        let mut corpus =
            Self { unreadable: listing.unlisted().to_vec(), n_other_files: listing.n_other_files(), ..Self::default() };
        for index in 0..listing.len() {
            match listing.read(index) {
                Ok(source) => corpus.documents.push(source),
                Err(unreadable) => corpus.unreadable.push(unreadable),
            }
            progress.advance(1);
        }
        progress.end();
        corpus.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(corpus)
    }
}

/// What a run asks about.
#[derive(Debug)]
pub(crate) struct Passages {
    /// The documents that they come from, and those that could not be read.
    pub(crate) corpus: Corpus,
    /// Those to ask about, by document and place.
    pub(crate) distinct: Vec<Passage>,
    /// Those that say the same as one to ask about (a licence at the end of every document).
    pub(crate) repeated: Vec<Repeated>,
}

/// A passage.
#[derive(Debug)]
pub(crate) struct Passage {
    /// Which document of the corpus it is from.
    pub(crate) source: usize,
    /// Where in it, and what it says.
    pub(crate) chunk: Chunk,
}

/// A passage that is not asked about again.
#[derive(Debug)]
pub(crate) struct Repeated {
    /// The passage.
    pub(crate) passage: Passage,
    /// Which of the distinct passages says the same.
    pub(crate) first: usize,
}

impl Passages {
    /// Reads the documents and cuts them.
    pub(crate) fn of(
        settings: &Settings,
        count_tokens: &CountTokens<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, GenerateError> {
        let corpus = Corpus::read(settings, progress)?;
        if corpus.documents.is_empty() {
            let first = &corpus.unreadable[0];
            return Err(GenerateError::NothingReadable {
                input: settings.input.to_string(),
                n_documents: corpus.unreadable.len(),
                first: format!("`{}` {}", first.path, first.reason),
            });
        }
        let size = ChunkSize { max_tokens: settings.chunk_tokens, overlap: settings.chunk_overlap };
        let mut passages = Self { corpus: Corpus::default(), distinct: Vec::new(), repeated: Vec::new() };
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, source) in corpus.documents.iter().enumerate() {
            for chunk in split(source, size, count_tokens) {
                let passage = Passage { source: index, chunk };
                match seen.get(&passage.chunk.text) {
                    Some(&first) => passages.repeated.push(Repeated { passage, first }),
                    None => {
                        seen.insert(passage.chunk.text.clone(), passages.distinct.len());
                        passages.distinct.push(passage);
                    }
                }
            }
        }
        passages.corpus = corpus;
        Ok(passages)
    }

    /// The document of a passage.
    pub(crate) fn source(&self, passage: &Passage) -> &Source {
        &self.corpus.documents[passage.source]
    }

    /// For each document, which of the distinct passages are its own.
    pub(crate) fn by_document(&self) -> Vec<Vec<usize>> {
        let mut by_document = vec![Vec::new(); self.corpus.documents.len()];
        for (index, passage) in self.distinct.iter().enumerate() {
            by_document[passage.source].push(index);
        }
        by_document
    }
}
