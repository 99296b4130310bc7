//! Coverage: passages asked about, by document and section. The first documents and sections are told by themselves, the
//! others together, so that memory does not grow with their number.

use crate::{
    asking::Answer,
    passages::{Passage, cut::Outline},
    reading::documents::Unreadable,
};
use examen_core::Language;
use serde::Serialize;
use std::{
    collections::{HashMap, hash_map::Entry},
    ops::AddAssign,
};

/// So many documents are told by themselves, sections of all of them together, and documents that cannot be read.
const MOST_DOCUMENTS: usize = 2_000;
const MOST_SECTIONS: usize = 10_000;
const MOST_UNREADABLE: usize = 100;
/// So many letters of a path or a title are kept.
const LONGEST_NAME: usize = 300;

/// Counts of passages and of the questions about them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Passages that could be asked about.
    pub chunks: usize,
    /// Passages that were.
    pub chunks_asked: usize,
    /// Passages with an accepted question.
    pub chunks_covered: usize,
    /// Passages that are not asked about: contents, licences and the like, and what is said twice.
    pub chunks_left: usize,
    /// Passages with a call that failed.
    pub failed: usize,
    /// Accepted questions.
    pub accepted: usize,
    /// Rejected questions.
    pub rejected: usize,
}

/// Documents and sections that are not told by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Their number.
    pub n: usize,
    /// Their counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A section of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SectionCoverage {
    /// The headings above it, outermost first; `None` for what stands above the first one.
    pub section: Option<String>,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DocumentCoverage {
    /// Its path below the input.
    pub document: String,
    /// The language of its prompts.
    pub language: Language,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Its sections, in the order of the text.
    pub sections: Vec<SectionCoverage>,
    /// Its other sections; `None` if there are none.
    pub more_sections: Option<Rest>,
}

/// Coverage of the documents and their sections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The first 2,000 documents in the order in which they were read, with 10,000 sections in all.
    pub documents: Vec<DocumentCoverage>,
    /// The other documents; `None` if there are none.
    pub more_documents: Option<Rest>,
    /// The first 100 documents that could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl Counts {
    /// The share of the passages that could be asked about with an accepted question; `None` for no such passage.
    pub fn share_covered(&self) -> Option<f64> {
        examen_page::number::share(self.chunks_covered as u64, self.chunks as u64)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.chunks += other.chunks;
        self.chunks_asked += other.chunks_asked;
        self.chunks_covered += other.chunks_covered;
        self.chunks_left += other.chunks_left;
        self.failed += other.failed;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
    }
}

/// Counts while a run goes on.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    coverage: Coverage,
    /// Indices of documents.
    documents: HashMap<String, usize>,
    /// Indices of sections, by the document's.
    sections: HashMap<(usize, Option<String>), usize>,
}

impl Collector {
    /// A document was read; it comes before its passages.
    pub(crate) fn read(&mut self, outline: Outline) {
        let n_chunks = outline.sections.iter().map(|(_, n)| n).sum();
        let counts = Counts {
            chunks: n_chunks,
            ..Counts::default()
        };
        if self.coverage.documents.len() == MOST_DOCUMENTS {
            let rest = self.coverage.more_documents.get_or_insert_default();
            rest.n += 1;
            rest.counts += counts;
            return;
        }
        let mut document = DocumentCoverage {
            document: shortened(&outline.document),
            language: outline.language,
            counts,
            ..DocumentCoverage::default()
        };
        for (section, n_chunks) in outline.sections {
            self.add_section(&mut document, section.as_deref(), n_chunks);
        }
        let index = self.coverage.documents.len();
        self.documents.insert(document.document.clone(), index);
        self.coverage.documents.push(document);
    }

    /// A section of the document that comes next.
    fn add_section(
        &mut self,
        document: &mut DocumentCoverage,
        section: Option<&str>,
        n_chunks: usize,
    ) {
        let counts = Counts {
            chunks: n_chunks,
            ..Counts::default()
        };
        if self.sections.len() == MOST_SECTIONS {
            let rest = document.more_sections.get_or_insert_default();
            rest.n += 1;
            rest.counts += counts;
            return;
        }
        let section = section.map(shortened);
        let index = self.coverage.documents.len();
        match self.sections.entry((index, section.clone())) {
            Entry::Occupied(known) => document.sections[*known.get()].counts += counts,
            Entry::Vacant(new) => {
                new.insert(document.sections.len());
                document.sections.push(SectionCoverage { section, counts });
            }
        }
    }

    /// A document cannot be read.
    pub(crate) fn unreadable(&mut self, unreadable: &Unreadable) {
        if self.coverage.unreadable.len() < MOST_UNREADABLE {
            self.coverage.unreadable.push(unreadable.clone());
        }
    }

    /// A passage is not asked about.
    pub(crate) fn left(&mut self, passage: &Passage) {
        self.add(
            passage,
            Counts {
                chunks_left: 1,
                ..Counts::default()
            },
        );
    }

    /// A passage had its turn, and so many of its questions were accepted. Questions about two passages count where the
    /// first one lies; the passages themselves have turns of their own.
    pub(crate) fn asked(&mut self, passage: &Passage, answer: &Answer, n_accepted: usize) {
        let is_alone = |is_so: bool| usize::from(is_so && passage.second.is_none());
        let counts = Counts {
            chunks_asked: is_alone(answer.is_asked()),
            chunks_covered: is_alone(n_accepted > 0),
            failed: is_alone(answer.failure.is_some()),
            accepted: n_accepted,
            rejected: answer.questions.len() - n_accepted,
            ..Counts::default()
        };
        self.add(passage, counts);
    }

    /// All that was counted.
    pub(crate) fn finish(self) -> Coverage {
        self.coverage
    }

    fn add(&mut self, passage: &Passage, counts: Counts) {
        let Some(&index) = self.documents.get(&shortened(&passage.document)) else {
            self.coverage.more_documents.get_or_insert_default().counts += counts;
            return;
        };
        let document = &mut self.coverage.documents[index];
        document.counts += counts;
        let section = passage.section.as_deref().map(shortened);
        match self.sections.get(&(index, section)) {
            Some(&section) => document.sections[section].counts += counts,
            None => document.more_sections.get_or_insert_default().counts += counts,
        }
    }
}

/// A name that is short enough to be kept. Two that share so long a beginning are told apart by their end.
fn shortened(name: &str) -> String {
    let n = name.chars().count();
    if n <= LONGEST_NAME {
        return name.to_owned();
    }
    let (begin, end) = (LONGEST_NAME / 2, n - LONGEST_NAME / 2 + 1);
    name.chars()
        .take(begin)
        .chain(['…'])
        .chain(name.chars().skip(end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::documents::Source;
    use examen_core::{Chunk, Contents, Heading, Question, Span};

    fn outline(document: &str, sections: &[&str]) -> Outline {
        let sections = sections
            .iter()
            .map(|section| (Some((*section).to_owned()), 2))
            .collect();
        Outline {
            document: document.to_owned(),
            language: Language::ENGLISH,
            sections,
        }
    }

    fn passage(document: &str, section: &str) -> Passage {
        let headings = vec![Heading {
            start: 0,
            level: 1,
            title: section.to_owned(),
        }];
        let contents = Contents {
            text: "Some words.".to_owned(),
            headings,
            ..Contents::default()
        };
        let source = Source::new(document.to_owned(), contents, Some(Language::ENGLISH));
        let chunk = Chunk::new(&source.document, Span { start: 0, end: 11 });
        Passage::new(&source, chunk)
    }

    fn answer(n_questions: usize) -> Answer {
        let questions = vec![Question::default(); n_questions];
        Answer {
            questions,
            replies: vec![String::new()],
            ..Answer::default()
        }
    }

    #[test]
    fn passages_are_counted_where_they_are() {
        let mut collector = Collector::default();
        collector.read(outline("a", &["One", "Two"]));
        collector.left(&passage("a", "One"));
        collector.asked(&passage("a", "Two"), &answer(3), 2);
        let coverage = collector.finish();
        let [document] = coverage.documents.as_slice() else {
            panic!("{coverage:?}")
        };
        let [one, two] = document.sections.as_slice() else {
            panic!("{document:?}")
        };
        assert_eq!(
            one.counts,
            Counts {
                chunks: 2,
                chunks_left: 1,
                ..Counts::default()
            }
        );
        let asked = Counts {
            chunks: 2,
            chunks_asked: 1,
            chunks_covered: 1,
            accepted: 2,
            rejected: 1,
            ..Counts::default()
        };
        assert_eq!((two.counts, two.counts.share_covered()), (asked, Some(0.5)));
        let mut all = one.counts;
        all += two.counts;
        assert_eq!(document.counts, all);
    }

    #[test]
    fn beyond_the_bounds_all_is_counted_together() {
        let (mut collector, n_more) = (Collector::default(), 7);
        let sections: Vec<String> = (0..8)
            .map(|n| format!("Section {n} {}", "long ".repeat(200)))
            .collect();
        let sections: Vec<&str> = sections.iter().map(String::as_str).collect();
        for n in 0..MOST_DOCUMENTS + n_more {
            let name = format!("document {n}");
            collector.read(outline(&name, &sections));
            collector.asked(&passage(&name, sections[7]), &answer(2), 1);
            collector.unreadable(&Unreadable {
                path: name,
                reason: String::new(),
            });
        }
        let coverage = collector.finish();
        let n_sections: usize = coverage
            .documents
            .iter()
            .map(|document| document.sections.len())
            .sum();
        assert_eq!(
            (coverage.documents.len(), n_sections),
            (MOST_DOCUMENTS, MOST_SECTIONS)
        );
        assert_eq!(coverage.unreadable.len(), MOST_UNREADABLE);
        let each = |chunks| Counts {
            chunks,
            chunks_asked: 1,
            chunks_covered: 1,
            accepted: 1,
            rejected: 1,
            ..Counts::default()
        };
        let rest = coverage.more_documents.unwrap();
        assert_eq!(
            (rest.n, rest.counts.chunks, rest.counts.accepted),
            (n_more, 16 * n_more, n_more)
        );
        let last = &coverage.documents[MOST_DOCUMENTS - 1];
        assert_eq!(
            (last.counts, last.more_sections),
            (
                each(16),
                Some(Rest {
                    n: 8,
                    counts: each(16)
                })
            )
        );
        let longest = coverage
            .documents
            .iter()
            .flat_map(|document| &document.sections)
            .filter_map(|section| section.section.as_ref());
        assert_eq!(
            longest.map(|section| section.chars().count()).max(),
            Some(LONGEST_NAME)
        );
    }

    #[test]
    fn names_that_share_a_long_beginning_stay_apart() {
        let [one, two] = ["1", "2"].map(|end| shortened(&("ñ".repeat(1000) + end)));
        assert_ne!(one, two);
        assert_eq!(shortened("short"), "short");
    }
}
