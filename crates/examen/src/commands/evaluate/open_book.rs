//! `--open-book`: the source of a question stands before it. Sources come from the folder that `examen generate` wrote, found
//! by the question's id.

use crate::failure::Failure;
use examen_core::{Question, UnscoredReason};
use examen_evaluate::{Doc, Task};
use examen_files::distiset;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// Part of the source that a question comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum OpenBook {
    /// The passage that the question was written from
    Passage,
    /// All passages of its document that questions were written from
    Document,
}

/// Passages by question, and by document in the order of the text.
#[derive(Default)]
struct Sources {
    of_question: HashMap<String, (String, String)>,
    of_document: BTreeMap<String, BTreeMap<u64, String>>,
}

impl Sources {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let mut sources = Self::default();
        for config in ["questions", "rejected"] {
            let rows: Vec<Question> = distiset::read_rows(folder, config, "train")?;
            rows.into_iter().for_each(|question| sources.add(question));
        }
        Ok(sources)
    }

    fn add(&mut self, question: Question) {
        let document = question.document_id.to_string();
        let passages = self.of_document.entry(document.clone()).or_default();
        passages.insert(question.chunk_start, question.passage.clone());
        let id = question.question_id.to_string();
        self.of_question.insert(id, (document, question.passage));
    }

    fn find(&self, id: &str, book: OpenBook) -> Option<String> {
        let (document, passage) = self.of_question.get(id)?;
        Some(match book {
            OpenBook::Passage => passage.clone(),
            OpenBook::Document => {
                let passages = self.of_document.get(document)?.values();
                passages
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join("\n\n")
            }
        })
    }
}

/// The task with the source before each question. One whose source is not in `folder` is not asked.
pub(super) fn open(mut task: Task, book: OpenBook, folder: &Path) -> Result<Task, Failure> {
    let sources = Sources::read(folder)?;
    let found = |doc: &Doc| sources.find(&doc.id, book);
    if !task.dataset.docs.iter().any(|doc| found(doc).is_some()) {
        let failure = format!(
            "{} has the source of no question of {}",
            folder.display(),
            task.dataset.path
        );
        return Err(Failure::usage(failure).hint(
            "give the folder that `examen generate` wrote the exam's questions to with --sources",
        ));
    }
    for doc in &mut task.dataset.docs {
        match sources.find(&doc.id, book) {
            Some(source) => doc.query = format!("{source}\n\n{}", doc.query),
            None => {
                let missing = UnscoredReason::NoSource(folder.display().to_string());
                doc.unaskable.get_or_insert(missing);
            }
        }
    }
    task.name += match book {
        OpenBook::Passage => "_open_passage",
        OpenBook::Document => "_open_document",
    };
    Ok(task)
}
