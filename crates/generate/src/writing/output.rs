//! The Distiset of a run, written as its questions are judged: tables, card and settings.

use super::{place, summary::Summary};
use crate::{
    asking::{Answer, Unread, prompts::Prompts},
    error::GenerateError,
    passages::Passage,
    reading::documents::Unreadable,
    reasons::Reason,
    settings::Settings,
    text::languages,
    verify,
};
use examen_core::{DocumentId, Language, Question, Verdict};
use examen_files::{
    atomic::NewFolder,
    distiset::{Description, DistisetWriter, TableWriter},
};
use examen_llm::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};

/// The output on its way to the disk. Unless it is finished, nothing is left of it.
pub(crate) struct Output {
    settings: Arc<Settings>,
    prompts: Arc<Prompts>,
    model: String,
    check_model: Option<String>,
    distiset: DistisetWriter,
    generations: TableWriter<GenerationRow>,
    questions: TableWriter<Question>,
    rejected: TableWriter<Question>,
    /// Begun with the first row: `datasets` cannot load an empty table that it has saved itself.
    unreadable: Option<TableWriter<UnreadableRow>>,
    log: String,
    /// The last field: it is dropped after the files that are open in it.
    folder: NewFolder,
}

/// A row of `default`: the columns of distilabel's own exam pipeline.
#[derive(Debug, Serialize, Deserialize)]
struct GenerationRow {
    document: String,
    generation: String,
    distilabel_metadata: Metadata,
    generation_model: String,
}

/// A row of `unreadable`: a document that yielded no passage.
#[derive(Debug, Serialize, Deserialize)]
struct UnreadableRow {
    /// Of the path: what the document says is not known.
    document_id: DocumentId,
    document: String,
    reasons: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    raw_input_exam_generation: Vec<RawMessage>,
    raw_output_exam_generation: String,
    statistics_exam_generation: Statistics,
}

#[derive(Debug, Serialize, Deserialize)]
struct RawMessage {
    content: Arc<str>,
    role: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Statistics {
    input_tokens: i64,
    output_tokens: i64,
}

impl Output {
    /// Begins beside the output's place.
    pub(crate) fn begin(
        settings: &Arc<Settings>,
        prompts: &Arc<Prompts>,
        model: &str,
        check_model: Option<&str>,
    ) -> Result<Self, GenerateError> {
        let folder = place::stage(&settings.output)?;
        let mut distiset = DistisetWriter::new(folder.path());
        Ok(Self {
            settings: Arc::clone(settings),
            prompts: Arc::clone(prompts),
            model: model.to_owned(),
            check_model: check_model.map(str::to_owned),
            generations: distiset.table("default")?,
            questions: distiset.table("questions")?,
            rejected: distiset.table("rejected")?,
            unreadable: None,
            distiset,
            log: String::new(),
            folder,
        })
    }

    /// Everything that came of a passage: its questions, what could not be read of the replies, the call that failed.
    pub(crate) fn write_answer(
        &mut self,
        passage: &Passage,
        answer: Answer,
    ) -> Result<(), GenerateError> {
        if let Some(row) = self.generation(passage, &answer) {
            self.generations.push(row)?;
        }
        for question in answer.questions {
            match question.verdict {
                Verdict::Accepted => self.questions.push(question)?,
                Verdict::Rejected => self.rejected.push(question)?,
            }
        }
        let failure = answer.failure.map(|reason| Unread {
            reason: Reason::Call.because(reason),
            reply: None,
        });
        for (n, unread) in answer.unread.into_iter().chain(failure).enumerate() {
            let reason = &unread.reason;
            let span = passage.chunk.span;
            self.log += &format!(
                "{}, bytes {} to {}: {reason}\n",
                passage.document, span.start, span.end
            );
            self.write_without_question(passage, n, unread)?;
        }
        Ok(())
    }

    /// A passage that is not asked about.
    pub(crate) fn write_left_out(
        &mut self,
        passage: &Passage,
        reason: String,
    ) -> Result<(), GenerateError> {
        if passage.chunk.text.is_empty() {
            self.log += &format!("{}: {reason}\n", passage.document);
        }
        let unread = Unread {
            reason,
            reply: None,
        };
        self.write_without_question(passage, 0, unread)
    }

    /// A document that cannot be read.
    pub(crate) fn write_unreadable(
        &mut self,
        unreadable: &Unreadable,
    ) -> Result<(), GenerateError> {
        let Unreadable { path, reason } = unreadable;
        self.log += &format!("{path}: {reason}\n");
        let row = UnreadableRow {
            document_id: DocumentId::of(&[path]),
            document: path.clone(),
            reasons: vec![Reason::Document.because(format!("it {reason}"))],
        };
        let table = match &mut self.unreadable {
            Some(table) => table,
            none => none.insert(self.distiset.table("unreadable")?),
        };
        Ok(table.push(row)?)
    }

    /// Puts the whole output in its place and returns its files.
    pub(crate) fn finish(self, summary: &Summary) -> Result<Vec<PathBuf>, GenerateError> {
        let description = self.description(summary);
        let Self {
            settings,
            folder,
            distiset,
            generations,
            questions,
            rejected,
            unreadable,
            ..
        } = self;
        let mut tables = vec![
            generations.finish()?,
            questions.finish()?,
            rejected.finish()?,
        ];
        tables.extend(unreadable.map(TableWriter::finish).transpose()?);
        let files = distiset.finish(&tables, &description)?;
        let staged = folder.path().to_owned();
        folder.commit()?;
        let in_place = |file: PathBuf| {
            file.strip_prefix(&staged)
                .map(|below| settings.output.join(below))
                .unwrap_or(file)
        };
        Ok(files.into_iter().map(in_place).collect())
    }

    /// The row of a passage's `n`-th reason.
    fn write_without_question(
        &mut self,
        passage: &Passage,
        n: usize,
        unread: Unread,
    ) -> Result<(), GenerateError> {
        Ok(self.rejected.push(unread.row(n, passage, &self.model))?)
    }

    fn generation(&self, passage: &Passage, answer: &Answer) -> Option<GenerationRow> {
        let accepted = answer
            .questions
            .iter()
            .filter(|question| question.verdict == Verdict::Accepted);
        let items: Vec<Value> = accepted.map(exam_item).collect();
        (!items.is_empty()).then(|| GenerationRow {
            document: passage.texts().join("\n\n"),
            generation: json!({ "exam": items }).to_string(),
            distilabel_metadata: metadata(answer),
            generation_model: self.model.clone(),
        })
    }

    fn description(&self, summary: &Summary) -> Description {
        let name = self
            .settings
            .output
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let languages = summary.other_languages.iter().map(|(code, n)| {
            format!(
                "{n} documents are in a language without prompts ({code}); English ones were used, which name it\n"
            )
        });
        let log = languages.chain([self.log.clone()]).collect();
        Description {
            title: name,
            summary: self.text(summary),
            pipeline: self.pipeline(summary),
            log,
        }
    }

    fn text(&self, summary: &Summary) -> String {
        let unreadable = match summary.unreadable {
            0 => String::new(),
            n => format!(
                " `unreadable` has the {n} documents that could not be read, with the reasons."
            ),
        };
        format!(
            "Multiple-choice questions about {} documents, written by `{}` with Examen {}. **No person has reviewed \
             them.**\n\
             \n\
             {} questions passed every check and are in `questions`; {} did not and are in `rejected` with the reasons, \
             together with whatever yielded no question. `default` has the accepted ones by passage, in the columns of \
             distilabel's exam pipeline. `pipeline.yaml` has the settings.{unreadable}",
            summary.documents,
            self.model,
            env!("CARGO_PKG_VERSION"),
            summary.accepted,
            summary.n_rejected(),
        )
    }

    /// The folder may be published.
    fn pipeline(&self, summary: &Summary) -> Value {
        let hashes = |hash: &dyn Fn(Language) -> String| -> Value {
            let used = summary.languages.iter().copied();
            used.map(|language| languages::of_prompts(language).language)
                .map(|language| (language.to_string(), hash(language)))
                .collect()
        };
        let mut program = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "model": self.model,
            "prompts": hashes(&|language| self.prompts.hash(language).to_owned()),
        });
        if let Some(check_model) = &self.check_model {
            program["check_model"] = check_model.as_str().into();
            program["check_prompts"] = hashes(&verify::hash);
        }
        json!({
            "examen_generate": program,
            "settings": self.settings.published(),
            "counts": {
                "documents": summary.documents,
                "unreadable_documents": summary.unreadable,
                "passages": summary.chunks,
                "passages_asked_about": summary.chunks_asked,
                "accepted": summary.accepted,
                "rejected": summary.n_rejected(),
            },
        })
    }
}

fn exam_item(question: &Question) -> Value {
    json!({ "question": question.question, "answer": question.answer, "distractors": question.distractors })
}

fn metadata(answer: &Answer) -> Metadata {
    let raw = |message: &Message| RawMessage {
        content: Arc::clone(&message.content),
        role: match message.role {
            examen_llm::Role::System => "system",
            examen_llm::Role::User => "user",
            examen_llm::Role::Assistant => "assistant",
        }
        .to_owned(),
    };
    Metadata {
        raw_input_exam_generation: answer.messages.iter().map(raw).collect(),
        raw_output_exam_generation: answer.replies.join("\n"),
        statistics_exam_generation: Statistics {
            input_tokens: answer.usage.input_tokens.cast_signed(),
            output_tokens: answer.usage.output_tokens.cast_signed(),
        },
    }
}
