//! The Distiset: rows, card and settings of a run, put in place as a whole.

use crate::{GenerateError, Settings, ask::Answer, passages::Passage, passages::Passages, prompts, settings::beside};
use examen_core::{DocumentId, Language, Question, QuestionId, Verdict};
use examen_files::distiset::{Description, Distiset};
use examen_llm::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What the first line of our `pipeline.yaml` says, and nobody else's.
const MARK: &str = "examen_generate:";
/// What we write below the output folder.
const OUR_FOLDERS: [&str; 4] = ["default", "questions", "rejected", "distiset_configs"];

/// Everything that the output tells.
#[derive(Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) model: &'a str,
    pub(crate) passages: &'a Passages,
    /// By passage.
    pub(crate) answers: &'a BTreeMap<usize, Answer>,
}

/// A row of `default`: the columns of distilabel's own exam pipeline.
#[derive(Debug, Serialize, Deserialize)]
struct GenerationRow {
    document: String,
    generation: String,
    distilabel_metadata: Metadata,
    generation_model: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Metadata {
    raw_input_exam_generation: Vec<RawMessage>,
    raw_output_exam_generation: String,
    statistics_exam_generation: Statistics,
}

#[derive(Debug, Serialize, Deserialize)]
struct RawMessage {
    content: String,
    role: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Statistics {
    input_tokens: i64,
    output_tokens: i64,
}

/// Refuses an output that holds something that we did not write.
pub(crate) fn check_free(output: &Path) -> Result<(), GenerateError> {
    let taken = || Err(GenerateError::OutputTaken { path: output.to_owned() });
    match fs::read_dir(output) {
        Ok(mut entries) => match entries.next().is_none() || is_ours(output) {
            true => Ok(()),
            false => taken(),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => taken(),
        Err(source) => Err(GenerateError::Output { path: output.to_owned(), source }),
    }
}

/// Ends what a killed run has left half-done at the output's place. Nothing else may run at the same time.
pub(crate) fn recover(output: &Path) -> Result<(), GenerateError> {
    let old = old(output);
    if !old.exists() {
        return Ok(());
    }
    let failed = |source| GenerateError::Output { path: output.to_owned(), source };
    if !is_ours(&old) && !holds_only_ours(&old).map_err(failed)? {
        return Err(GenerateError::OutputTaken { path: old });
    }
    match output.exists() {
        true => retire(&old, output).map_err(failed),
        false => fs::rename(&old, output).map_err(failed),
    }
}

fn is_ours(output: &Path) -> bool {
    let pipeline = fs::read_to_string(output.join("distiset_configs").join("pipeline.yaml"));
    pipeline.is_ok_and(|text| text.starts_with(MARK))
}

/// Writes the output beside its place, then puts it there: whoever looks sees the old one, none for a moment, or the
/// new one, never a mixture. What else lies in an earlier output moves along. Whenever this is interrupted, [`recover`]
/// brings it to its end. Returns the files.
pub(crate) fn write(outcome: &Outcome<'_>) -> Result<Vec<PathBuf>, GenerateError> {
    let output = &outcome.settings.output;
    let staged = beside(output, ".", ".partial");
    let failed = |source| GenerateError::Output { path: output.clone(), source };
    remove_folder(&staged).map_err(failed)?;
    let files = distiset(outcome)?.write(&staged, &description(outcome))?;
    put_in_place(&staged, output).map_err(failed)?;
    let in_place = |file: PathBuf| file.strip_prefix(&staged).map(|below| output.join(below)).unwrap_or(file);
    Ok(files.into_iter().map(in_place).collect())
}

fn put_in_place(staged: &Path, output: &Path) -> io::Result<()> {
    let old = old(output);
    if output.exists() {
        fs::rename(output, &old)?;
    }
    fs::rename(staged, output)?;
    retire(&old, output)
}

/// Where the earlier output waits until the new one is in its place.
fn old(output: &Path) -> PathBuf {
    beside(output, ".", ".old")
}

/// Moves what is not ours from an earlier output to the new one, then removes the rest.
fn retire(old: &Path, output: &Path) -> io::Result<()> {
    if !old.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(old)? {
        let entry = entry?;
        if is_our_folder(&entry) {
            continue;
        }
        let place = output.join(entry.file_name());
        if place.exists() {
            let both = format!("`{}` is there and in {}", entry.file_name().display(), old.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, both));
        }
        fs::rename(entry.path(), place)?;
    }
    remove_folder(old)
}

/// Whether nobody else's things are in a folder: of an earlier output, its mark may be removed first.
fn holds_only_ours(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !is_our_folder(&entry?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_our_folder(entry: &fs::DirEntry) -> bool {
    OUR_FOLDERS.iter().any(|ours| entry.file_name() == *ours)
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn distiset(outcome: &Outcome<'_>) -> Result<Distiset, GenerateError> {
    let (accepted, mut rejected): (Vec<Question>, Vec<Question>) = outcome
        .answers
        .values()
        .flat_map(|answer| answer.questions.iter().cloned())
        .partition(|question| question.verdict == Verdict::Accepted);
    rejected.extend(outcome.failures());
    Ok(Distiset::new()
        .with_config("default", &outcome.generations())?
        .with_config("questions", &accepted)?
        .with_config("rejected", &rejected)?)
}

impl Outcome<'_> {
    fn generations(&self) -> Vec<GenerationRow> {
        let row = |(&passage, answer): (&usize, &Answer)| {
            let accepted: Vec<&Question> = accepted(answer).collect();
            (!accepted.is_empty()).then(|| GenerationRow {
                document: self.passages.distinct[passage].chunk.text.clone(),
                generation: json!({ "exam": accepted.into_iter().map(exam_item).collect::<Vec<_>>() }).to_string(),
                distilabel_metadata: metadata(answer),
                generation_model: self.model.to_owned(),
            })
        };
        self.answers.iter().filter_map(row).collect()
    }

    /// What yielded no question, one row each: replies that could not be read, calls that failed, passages that repeat
    /// another, documents that could not be read.
    fn failures(&self) -> Vec<Question> {
        let mut rows = Vec::new();
        for (&passage, answer) in self.answers {
            let reasons = answer.unread.iter().cloned();
            let failure = answer.failure_reason.iter().map(|reason| format!("call: {reason}"));
            let passage = &self.passages.distinct[passage];
            rows.extend(reasons.chain(failure).enumerate().map(|(n, reason)| self.passage_row(passage, n, reason)));
        }
        for repeated in &self.passages.repeated {
            let first = &self.passages.source(&self.passages.distinct[repeated.first]).document.path;
            let reason = format!("repeated: the same passage of `{first}` is asked about");
            rows.push(self.passage_row(&repeated.passage, 0, reason));
        }
        let unreadable = self.passages.corpus.unreadable.iter();
        rows.extend(unreadable.map(|file| self.document_row(&file.path, format!("document: it {}", file.reason))));
        rows
    }

    /// The row of a passage's `n`-th failure: the same may happen to every reply, and ids are unique.
    fn passage_row(&self, passage: &Passage, n: usize, reason: String) -> Question {
        let (document, chunk) = (&self.passages.source(passage).document, &passage.chunk);
        Question {
            question_id: QuestionId::of(&["none", chunk.id.as_str(), &n.to_string(), &reason]),
            document_id: document.id.clone(),
            chunk_id: chunk.id.clone(),
            chunk_start: chunk.span.start as u64,
            chunk_end: chunk.span.end as u64,
            language: document.language,
            passage: chunk.text.clone(),
            ..self.document_row(&document.path, reason)
        }
    }

    fn document_row(&self, path: &str, reason: String) -> Question {
        Question {
            question_id: QuestionId::of(&["none", path, &reason]),
            document_id: DocumentId::of(&[path]),
            document: path.to_owned(),
            language: self.settings.language.unwrap_or_default(),
            generation_model: self.model.to_owned(),
            verdict: Verdict::Rejected,
            reasons: vec![reason],
            ..Question::default()
        }
    }

    fn count(&self, is_counted: impl Fn(&Question) -> bool) -> usize {
        self.answers.values().flat_map(|answer| &answer.questions).filter(|question| is_counted(question)).count()
    }
}

fn accepted(answer: &Answer) -> impl Iterator<Item = &Question> {
    answer.questions.iter().filter(|question| question.verdict == Verdict::Accepted)
}

fn exam_item(question: &Question) -> Value {
    json!({ "question": question.question, "answer": question.answer, "distractors": question.distractors })
}

fn metadata(answer: &Answer) -> Metadata {
    let raw = |message: &Message| RawMessage {
        content: message.content.clone(),
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

fn description(outcome: &Outcome<'_>) -> Description {
    let name = outcome.settings.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Description { title: name, summary: summary(outcome), pipeline: pipeline(outcome), log: log(outcome) }
}

fn summary(outcome: &Outcome<'_>) -> String {
    let corpus = &outcome.passages.corpus;
    let n_accepted = outcome.count(|question| question.verdict == Verdict::Accepted);
    let n_rejected = outcome.count(|question| question.verdict == Verdict::Rejected);
    format!(
        "Multiple-choice questions about {} documents, written by `{}` with Examen {}. **No person has reviewed them.**\n\
         \n\
         {n_accepted} questions passed every check and are in `questions`; {n_rejected} did not and are in `rejected` \
         with the reasons, together with whatever yielded no question. `default` has the accepted ones by passage, in \
         the columns of distilabel's exam pipeline. `pipeline.yaml` has the settings.",
        corpus.documents.len(),
        outcome.model,
        env!("CARGO_PKG_VERSION"),
    )
}

/// The settings without the machine's paths: the folder may be published.
fn pipeline(outcome: &Outcome<'_>) -> Value {
    let mut settings = serde_json::to_value(outcome.settings).expect("settings are plain data");
    if let Value::Object(settings) = &mut settings {
        settings.retain(|name, _| !matches!(name.as_str(), "input" | "output" | "concurrency"));
    }
    let corpus = &outcome.passages.corpus;
    let languages = Language::ALL
        .into_iter()
        .filter(|&language| corpus.documents.iter().any(|source| source.document.language == language));
    let prompts: serde_json::Map<String, Value> =
        languages.map(|language| (language.to_string(), prompts::hash(language).into())).collect();
    json!({
        "examen_generate": { "version": env!("CARGO_PKG_VERSION"), "model": outcome.model, "prompts": prompts },
        "settings": settings,
        "counts": {
            "documents": corpus.documents.len(),
            "unreadable_documents": corpus.unreadable.len(),
            "passages": outcome.passages.distinct.len(),
            "passages_asked_about": outcome.answers.len(),
            "accepted": outcome.count(|question| question.verdict == Verdict::Accepted),
            "rejected": outcome.count(|question| question.verdict == Verdict::Rejected),
        },
    })
}

/// What a reader may want to look into, a line each.
fn log(outcome: &Outcome<'_>) -> String {
    let corpus = &outcome.passages.corpus;
    let mut lines = Vec::new();
    for source in &corpus.documents {
        if let Some(code) = source.other_language {
            lines.push(format!(
                "{}: there are no prompts in its language ({code}); English ones were used",
                source.document.path
            ));
        }
    }
    lines.extend(corpus.unreadable.iter().map(|file| format!("{}: {}", file.path, file.reason)));
    for (&passage, answer) in outcome.answers {
        let passage = &outcome.passages.distinct[passage];
        let path = &outcome.passages.source(passage).document.path;
        let (span, reasons) = (passage.chunk.span, answer.unread.iter().chain(&answer.failure_reason));
        lines.extend(reasons.map(|reason| format!("{path}, bytes {} to {}: {reason}", span.start, span.end)));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
