//! Questions of the user's as the examples that the model is shown, from one file: a line of JSON for each, or a list of
//! them.

use super::{EXAMPLE, file, refused};
use crate::{
    error::GenerateError,
    text::{language, languages, quote},
};
use examen_core::{Difficulty, Kind, Language, exam::N_DISTRACTORS};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// Most bytes of a file of examples.
const MAX_BYTES: u64 = 1 << 20;
/// Most questions: every request carries them all.
const MAX_QUESTIONS: usize = 16;
/// Most characters of a passage.
const MAX_PASSAGE: usize = 4_000;
/// Most characters of a stem or an option.
const MAX_TEXT: usize = 400;

/// One question with the passage that it was written from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    passage: String,
    quote: String,
    question: String,
    answer: String,
    distractors: Vec<String>,
    #[serde(default = "recall")]
    kind: String,
    #[serde(default = "medium")]
    difficulty: String,
    /// Told where it cannot be detected.
    language: Option<String>,
}

fn recall() -> String {
    Kind::Recall.name().to_owned()
}

fn medium() -> String {
    Difficulty::Medium.name().to_owned()
}

/// The examples of a file, as the file of each of their languages would hold them.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, GenerateError> {
    let failed = |reason: String| refused(path.to_owned(), reason);
    let rows = rows(path).map_err(failed)?;
    if rows.is_empty() || rows.len() > MAX_QUESTIONS {
        let n = rows.len();
        return Err(failed(format!(
            "it holds {n} questions; examples are 1 to {MAX_QUESTIONS}"
        )));
    }
    let mut by_language: BTreeMap<Language, Vec<Value>> = BTreeMap::new();
    for (index, row) in rows.into_iter().enumerate() {
        let failed = |reason: String| failed(format!("question {}: {reason}", index + 1));
        check(&row).map_err(failed)?;
        let language = language_of(&row).map_err(failed)?;
        add(by_language.entry(language).or_default(), row);
    }
    let named = |(language, examples): (Language, Vec<Value>)| {
        (file(language, EXAMPLE), Value::from(examples).to_string())
    };
    Ok(by_language.into_iter().map(named).collect())
}

fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    read.map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("it has more than {MAX_BYTES} bytes"));
    }
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text).map_err(|error| error.to_string());
    }
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let row = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))
    };
    lines.map(row).collect()
}

/// The language whose prompts show the question.
fn language_of(row: &Row) -> Result<Language, String> {
    let language = match &row.language {
        Some(code) => code
            .parse()
            .map_err(|_| format!("`{code}` is no language code"))?,
        None => language::detect(&row.passage),
    };
    if languages::has_prompts(language) {
        return Ok(languages::of_prompts(language).language);
    }
    let codes: Vec<&str> = languages::codes().collect();
    Err(format!(
        "its passage is in a language without prompts ({language}); say \"language\", one of {}",
        codes.join(", ")
    ))
}

fn check(row: &Row) -> Result<(), String> {
    let Row {
        passage,
        quote,
        question,
        answer,
        distractors,
        kind,
        difficulty,
        ..
    } = row;
    let texts = [quote, question, answer].into_iter().chain(distractors);
    let mut lengths = texts.map(|text| text.trim().chars().count());
    let is_one_of = |names: &[&str], name: &str| names.contains(&name);
    let (kinds, difficulties) = (
        Kind::ALL.map(Kind::name),
        Difficulty::ALL.map(Difficulty::name),
    );
    let fault = if distractors.len() != N_DISTRACTORS {
        format!(
            "it has {} distractors instead of {N_DISTRACTORS}",
            distractors.len()
        )
    } else if lengths.any(|n| n == 0 || n > MAX_TEXT) {
        format!("each of its texts must have 1 to {MAX_TEXT} characters")
    } else if passage.chars().count() > MAX_PASSAGE {
        format!("its passage has more than {MAX_PASSAGE} characters")
    } else if quote::find(passage, quote).is_none() {
        format!("its quote is not in its passage: {quote}")
    } else if distractors.contains(answer) {
        format!("its answer is also a distractor: {answer}")
    } else if !is_one_of(&kinds, kind) {
        format!("its kind `{kind}` is none of {}", kinds.join(", "))
    } else if !is_one_of(&difficulties, difficulty) {
        format!(
            "its difficulty `{difficulty}` is none of {}",
            difficulties.join(", ")
        )
    } else {
        return Ok(());
    };
    Err(fault)
}

/// Adds a question to the example with its passage.
fn add(examples: &mut Vec<Value>, row: Row) {
    let item = json!({
        "quote": row.quote,
        "kind": row.kind,
        "question": row.question,
        "answer": row.answer,
        "distractors": row.distractors,
        "difficulty": row.difficulty,
    });
    let passages = json!([row.passage]);
    let known = examples
        .iter_mut()
        .find(|known| known["passages"] == passages);
    match known.and_then(|known| known["exam"].as_array_mut()) {
        Some(exam) => exam.push(item),
        None => examples.push(json!({"passages": passages, "exam": [item]})),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ask, Own, Prompts, Wishes};
    use super::*;
    use examen_llm::Role;
    use std::fs;

    const HEART: &str =
        "The human heart pumps about five litres of blood a minute. It has four chambers.";

    fn row(passage: &str, quote: &str, question: &str) -> Value {
        json!({
            "passage": passage, "quote": quote, "question": question,
            "answer": "right", "distractors": ["wrong", "false", "no"],
        })
    }

    fn heart() -> Value {
        row(
            HEART,
            "It has four chambers.",
            "How many chambers has the human heart?",
        )
    }

    fn load(text: &str) -> Result<Prompts, GenerateError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("examples.jsonl");
        fs::write(&path, text).unwrap();
        let own = Own {
            folder: None,
            examples: Some(&path),
        };
        Prompts::load(own, Wishes::default())
    }

    fn messages(prompts: &Prompts, language: Language) -> Vec<(Role, String)> {
        let ask = Ask {
            language,
            context: None,
            passages: &["A passage."],
            n_questions: 1,
            existing: &[],
        };
        let messages = prompts.messages(&ask).unwrap();
        let message = |message: &examen_llm::Message| (message.role, message.content.to_string());
        messages.iter().map(message).collect()
    }

    #[test]
    fn questions_of_one_passage_are_one_example_and_stand_in_for_those_of_their_language() {
        let second = row(
            HEART,
            "about five litres of blood",
            "How much blood does the human heart pump?",
        );
        let kidney = "The kidneys filter about 180 litres of blood plasma every day in adults.";
        let other = row(
            kidney,
            "about 180 litres",
            "How much plasma do the kidneys filter a day?",
        );
        let prompts = load(&format!("{}\n\n{other}\n{second}\n", heart())).unwrap();
        let english = messages(&prompts, Language::ENGLISH);
        assert_eq!(english.len(), 6);
        assert!(english[1].1.contains(HEART) && english[1].1.contains("Write 2 questions"));
        assert!(
            english[2].1.contains("How much blood does"),
            "{}",
            english[2].1
        );
        assert!(english[3].1.contains(kidney) && english[5].1.contains("A passage."));
        assert!(!english.iter().any(|(_, text)| text.contains("Honey bees")));
        assert!(
            prompts
                .shown(Language::ENGLISH)
                .iter()
                .any(|text| text.contains("chambers"))
        );
        let built_in = Prompts::load(Own::default(), Wishes::default()).unwrap();
        assert_ne!(
            prompts.hash(Language::ENGLISH),
            built_in.hash(Language::ENGLISH)
        );
        assert_eq!(
            messages(&prompts, Language::SPANISH),
            messages(&built_in, Language::SPANISH)
        );
    }

    #[test]
    fn a_list_and_a_language_that_is_told_do_too() {
        let mut told = heart();
        told["language"] = json!("es");
        told["kind"] = json!("analysis");
        let prompts = load(&json!([told]).to_string()).unwrap();
        let spanish = messages(&prompts, Language::SPANISH);
        assert!(spanish[2].1.contains("chambers") && spanish[2].1.contains("analysis"));
    }

    #[test]
    fn what_cannot_be_an_example_is_told_with_its_place() {
        let with = |name: &str, value: Value| {
            let mut row = heart();
            row[name] = value;
            format!("{}\n{row}", heart())
        };
        let many = format!("{}\n", heart()).repeat(17);
        let long = json!("word ".repeat(1_000));
        for (text, why) in [
            (String::new(), "it holds 0 questions; examples are 1 to 16"),
            (many, "it holds 17 questions"),
            ("{".to_owned(), "line 1: EOF"),
            ("[1]".to_owned(), "invalid type"),
            (with("stem", json!("x")), "line 2: unknown field `stem`"),
            (
                with("quote", json!("Elsewhere.")),
                "question 2: its quote is not in its passage: Elsewhere.",
            ),
            (
                with("distractors", json!(["a", "b"])),
                "question 2: it has 2 distractors instead of 3",
            ),
            (
                with("distractors", json!(["a", "b", "right"])),
                "its answer is also a distractor",
            ),
            (with("answer", json!(" ")), "1 to 400 characters"),
            (with("question", long.clone()), "1 to 400 characters"),
            (with("passage", long), "more than 4000 characters"),
            (
                with("kind", json!("hard")),
                "its kind `hard` is none of recall, application, analysis",
            ),
            (
                with("difficulty", json!("so-so")),
                "its difficulty `so-so` is none of easy, medium, hard",
            ),
            (
                with("language", json!("xx-klingon!")),
                "is no language code",
            ),
            (
                with("language", json!("sr")),
                "a language without prompts (sr)",
            ),
            ("x".repeat(2 << 20), "more than 1048576 bytes"),
        ] {
            let error = load(&text).unwrap_err().to_string();
            assert!(
                error.contains("examples.jsonl") && error.contains(why),
                "{why}: {error}"
            );
        }
    }
}
