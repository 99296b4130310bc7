//! Rows of a Distiset, of either kind, as questions with what is known about them.

use crate::Skipped;
use examen_core::{Difficulty, Kind, Language, Question, QuestionId, Verdict, annotation::names};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Separator between the two passages of a question that needs both.
const BETWEEN_PASSAGES: &str = "\n\n[…]\n\n";

/// A question from either kind of row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loaded {
    pub(super) row: usize,
    pub(super) number: Option<usize>,
    pub(super) id: QuestionId,
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) distractors: Vec<String>,
    pub(super) passage: Option<String>,
    pub(super) generation_model: Option<String>,
    /// Lineage, as far as it is known.
    pub(super) metadata: Map<String, Value>,
    /// As stored; `None` for rows that do not say.
    stored_language: Option<Language>,
}

impl Loaded {
    /// The stored language, or a guess from the words.
    pub(super) fn language(&self) -> Language {
        self.stored_language
            .unwrap_or_else(|| guess(&format!("{} {}", self.question, self.answer)))
    }

    /// True where a text holds U+0000, which PostgreSQL keeps in none.
    pub(super) fn holds_nul(&self) -> bool {
        let texts = [&self.question, &self.answer]
            .into_iter()
            .chain(&self.distractors)
            .chain(&self.passage)
            .chain(&self.generation_model)
            .map(String::as_str);
        let mut texts = texts.chain(self.metadata.values().flat_map(texts_within));
        texts.any(|text| text.contains('\0'))
    }
}

/// Contents of a config.
#[derive(Debug, Default)]
pub(super) struct Questions {
    pub(super) n_rows: usize,
    pub(super) questions: Vec<Loaded>,
    pub(super) skipped: Vec<Skipped>,
}

/// A row as distilabel's `ExamGenerator` writes it; other columns are not read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DistilabelRow {
    document: Option<String>,
    generation: Option<String>,
    generation_model: Option<String>,
}

/// The questions of Examen's own rows.
pub(super) fn own(rows: Vec<Question>) -> Questions {
    let mut read = Questions {
        n_rows: rows.len(),
        ..Questions::default()
    };
    for (index, row) in rows.into_iter().enumerate() {
        match own_question(index + 1, row) {
            Ok(question) => read.questions.push(question),
            Err(skipped) => read.skipped.push(skipped),
        }
    }
    read
}

fn own_question(row: usize, question: Question) -> Result<Loaded, Skipped> {
    let skip = |reason: String| Skipped {
        row,
        question: None,
        reason,
    };
    if question.verdict == Verdict::Rejected {
        return Err(skip(format!(
            "the checks rejected it: {}",
            question.reasons.join("; ")
        )));
    }
    if question.question.trim().is_empty() {
        return Err(skip("its question is empty".to_owned()));
    }
    let stored_language = Some(question.language).filter(|language| !language.is_undetermined());
    let metadata = metadata_of(&question, stored_language.as_ref());
    let second = question.second_source.map(|second| second.passage);
    let passages: Vec<String> = [question.passage].into_iter().chain(second).collect();
    Ok(Loaded {
        row,
        number: None,
        id: question.question_id,
        question: question.question,
        answer: question.answer,
        distractors: question.distractors,
        passage: filled(Some(passages.join(BETWEEN_PASSAGES))),
        generation_model: filled(Some(question.generation_model)),
        metadata,
        stored_language,
    })
}

/// What is known about a question: its source, and what the model and the checks said.
fn metadata_of(question: &Question, language: Option<&Language>) -> Map<String, Value> {
    let known = [
        (names::QUESTION_ID, Some(question.question_id.as_str())),
        (names::DOCUMENT_ID, Some(question.document_id.as_str())),
        (names::DOCUMENT, Some(question.document.as_str())),
        (names::CHUNK_ID, Some(question.chunk_id.as_str())),
        (names::QUOTE, question.quote.as_deref()),
        (
            names::SECOND_QUOTE,
            question
                .second_source
                .as_ref()
                .and_then(|second| second.quote.as_deref()),
        ),
        (names::SECTION, question.section.as_deref()),
        (names::KIND, question.kind.map(Kind::name)),
        (names::DIFFICULTY, question.difficulty.map(Difficulty::name)),
        (names::LANGUAGE, language.map(Language::code)),
        (
            names::GENERATION_MODEL,
            Some(question.generation_model.as_str()),
        ),
    ];
    let mut metadata = metadata(&known);
    metadata.extend(
        question
            .page
            .map(|page| (names::PAGE.to_owned(), page.into())),
    );
    if !question.remarks.is_empty() {
        metadata.insert(names::REMARKS.to_owned(), question.remarks.clone().into());
    }
    metadata
}

/// The questions of distilabel's rows: several a row, in the JSON text of `generation`.
pub(super) fn distilabel(rows: Vec<DistilabelRow>) -> Questions {
    let mut read = Questions {
        n_rows: rows.len(),
        ..Questions::default()
    };
    for (index, row) in rows.into_iter().enumerate() {
        let number = index + 1;
        match exam(row.generation.as_deref()) {
            Err(error) => read.skipped.push(Skipped {
                row: number,
                question: None,
                reason: error.to_string(),
            }),
            Ok(items) => {
                for (index, item) in items.iter().enumerate() {
                    match distilabel_question(number, index + 1, item, &row) {
                        Ok(question) => read.questions.push(question),
                        Err(skipped) => read.skipped.push(skipped),
                    }
                }
            }
        }
    }
    read
}

/// A row whose `generation` holds no questions.
#[derive(Debug, thiserror::Error)]
enum GenerationError {
    #[error("it holds no generation")]
    Missing,
    #[error("the generation is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the exam is empty")]
    Empty,
    #[error("the generation has no list `exam`")]
    NoList,
}

/// The list of questions in a reply: `{"exam": […]}`, or the bare list that the original prompt asks for.
fn exam(generation: Option<&str>) -> Result<Vec<Value>, GenerationError> {
    let reply: Value = serde_json::from_str(generation.ok_or(GenerationError::Missing)?)?;
    let list = match reply {
        Value::Object(mut object) => object.remove("exam"),
        list => Some(list),
    };
    match list {
        Some(Value::Array(items)) if items.is_empty() => Err(GenerationError::Empty),
        Some(Value::Array(items)) => Ok(items),
        _ => Err(GenerationError::NoList),
    }
}

fn distilabel_question(
    row: usize,
    number: usize,
    item: &Value,
    whole: &DistilabelRow,
) -> Result<Loaded, Skipped> {
    let skip = |reason: String| Skipped {
        row,
        question: Some(number),
        reason,
    };
    let text = |name: &str| match item.get(name).and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(skip(format!("`{name}` is missing, empty or not a text"))),
    };
    let (question, answer) = (text("question")?, text("answer")?);
    let distractors = item
        .get("distractors")
        .and_then(Value::as_array)
        .and_then(|list| texts(list));
    let distractors =
        distractors.ok_or_else(|| skip("`distractors` is not a list of texts".to_owned()))?;
    let passage = filled(whole.document.clone());
    let generation_model = filled(whole.generation_model.clone());
    let mut parts = vec![passage.as_deref().unwrap_or_default(), &question, &answer];
    parts.extend(distractors.iter().map(String::as_str));
    let id = QuestionId::of(&parts);
    let metadata = metadata(&[
        (names::QUESTION_ID, Some(id.as_str())),
        (names::GENERATION_MODEL, generation_model.as_deref()),
    ]);
    Ok(Loaded {
        row,
        number: Some(number),
        id,
        question,
        answer,
        distractors,
        passage,
        generation_model,
        metadata,
        stored_language: None,
    })
}

fn texts(list: &[Value]) -> Option<Vec<String>> {
    list.iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// The texts of a value: itself, or what its list holds.
fn texts_within(value: &Value) -> impl Iterator<Item = &str> {
    let listed = value.as_array().into_iter().flatten();
    std::iter::once(value)
        .chain(listed)
        .filter_map(Value::as_str)
}

/// The text, if it says anything.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// Those pairs that are known.
fn metadata(known: &[(&str, Option<&str>)]) -> Map<String, Value> {
    let filled = |&(name, value): &(&str, Option<&str>)| {
        value
            .filter(|value| !value.is_empty())
            .map(|value| (name.to_owned(), Value::from(value)))
    };
    known.iter().filter_map(filled).collect()
}

/// The language that the words look like. Latin letters that are too few to tell are taken for English or Spanish.
fn guess(text: &str) -> Language {
    use whatlang::{Detector, Lang, Script};
    let found = whatlang::detect(text)
        .filter(|found| found.is_reliable() || found.script() != Script::Latin)
        .map(|found| found.lang());
    found
        .or_else(|| Detector::with_allowlist(vec![Lang::Eng, Lang::Spa]).detect_lang(text))
        .map_or(Language::UNDETERMINED, |found| {
            Language::stored(found.code())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(generation: &str) -> DistilabelRow {
        DistilabelRow {
            document: Some("A passage.".to_owned()),
            generation: Some(generation.to_owned()),
            generation_model: Some("m".to_owned()),
        }
    }

    #[test]
    fn broken_rows_are_told_and_sound_ones_kept() {
        let sound = json!({"question": "Who?", "answer": "a", "distractors": ["b", "c", "d"]});
        let rows = vec![
            row(&json!({"exam": [sound, {"question": "Who?", "answer": 3, "distractors": []}, sound]}).to_string()),
            row("{\"exam\": [{\"question\""),
            row("{\"questions\": []}"),
            row(&json!([sound]).to_string()),
            DistilabelRow { generation: None, ..row("") },
        ];
        let read = distilabel(rows);
        assert_eq!(read.n_rows, 5);
        let found: Vec<_> = read
            .questions
            .iter()
            .map(|question| (question.row, question.number))
            .collect();
        assert_eq!(found, [(1, Some(1)), (1, Some(3)), (4, Some(1))]);
        let told: Vec<String> = read.skipped.iter().map(Skipped::to_string).collect();
        assert_eq!(
            told[0],
            "row 1, question 2: `answer` is missing, empty or not a text"
        );
        assert!(
            told[1].starts_with("row 2: the generation is not JSON: EOF"),
            "{told:?}"
        );
        assert_eq!(
            told[2..],
            [
                "row 3: the generation has no list `exam`",
                "row 5: it holds no generation"
            ]
        );
    }

    #[test]
    fn the_language_is_guessed_where_it_is_not_stored() {
        assert_eq!(
            guess("¿Cuál es la capital de la provincia y por qué?"),
            Language::SPANISH
        );
        assert_eq!(
            guess("Which of the rivers is the longest?"),
            Language::ENGLISH
        );
        assert_eq!(guess("ما هو النهر الأطول؟").code(), "ar");
        assert_eq!(guess("Какая из этих рек самая длинная?").code(), "ru");
        assert!(guess("42").is_undetermined());
    }
}
