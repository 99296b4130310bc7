//! The review of an exam: the fields that are shown, the questions that are asked, and the words for the reviewer.
//!
//! Names are those of the original workflow. Titles and guidelines are in the exam's language where it has some, else in
//! English.

use examen_core::{
    Language, Letter,
    annotation::{
        DatasetSettings, Field, FieldSettings, LabelOption, Question, QuestionSettings,
        names::{CORRECT_ANSWER, IMPROVED_ANSWER, IMPROVED_QUESTION, PASSAGE, QUESTION},
        questions::{LabelSelection, Text},
    },
};

/// The settings of an exam in `language`; `guidelines` takes the place of the usual ones.
pub fn settings(
    language: Language,
    guidelines: Option<&str>,
    min_submitted: u32,
) -> DatasetSettings {
    let words = words(language);
    let mut fields = vec![field(QUESTION, words.question, true)];
    fields.extend(
        Letter::ALL.map(|letter| field(letter.column(), &answer_title(words, letter), true)),
    );
    fields.push(field(PASSAGE, words.passage, false));
    let options = Letter::ALL.map(|letter| {
        let (value, text) = (letter.column().to_owned(), shown(letter).to_owned());
        LabelOption {
            value,
            text,
            description: None,
        }
    });
    let label = QuestionSettings::LabelSelection(LabelSelection {
        options: options.to_vec(),
        visible_options: None,
    });
    let text = QuestionSettings::Text(Text::default());
    DatasetSettings {
        guidelines: Some(guidelines.unwrap_or(words.guidelines).to_owned()),
        fields,
        questions: vec![
            question(CORRECT_ANSWER, words.correct_answer, true, label),
            question(
                IMPROVED_QUESTION,
                words.improved_question,
                false,
                text.clone(),
            ),
            question(IMPROVED_ANSWER, words.improved_answer, false, text),
        ],
        min_submitted,
    }
}

/// Titles and guidelines in one language.
struct Words {
    guidelines: &'static str,
    question: &'static str,
    answer: &'static str,
    passage: &'static str,
    /// Title and description.
    correct_answer: (&'static str, &'static str),
    improved_question: (&'static str, &'static str),
    improved_answer: (&'static str, &'static str),
}

fn words(language: Language) -> &'static Words {
    match language.base() {
        Language::SPANISH => &SPANISH,
        _ => &ENGLISH,
    }
}

const ENGLISH: Words = Words {
    guidelines: include_str!("guidelines/en.md"),
    question: "Question",
    answer: "Answer",
    passage: "Passage",
    correct_answer: (
        "Which answer is correct?",
        "The one that the passage supports.",
    ),
    improved_question: ("Improved question", "Only if the wording can be better."),
    improved_answer: (
        "Improved answer",
        "A better wording of the correct answer, if there is one.",
    ),
};

const SPANISH: Words = Words {
    guidelines: include_str!("guidelines/es.md"),
    question: "Pregunta",
    answer: "Respuesta",
    passage: "Pasaje",
    correct_answer: ("¿Qué respuesta es correcta?", "La que el pasaje respalda."),
    improved_question: ("Pregunta mejorada", "Solo si la redacción puede ser mejor."),
    improved_answer: (
        "Respuesta mejorada",
        "Una mejor redacción de la respuesta correcta, si la hay.",
    ),
};

fn answer_title(words: &Words, letter: Letter) -> String {
    format!("{} {}", words.answer, shown(letter))
}

fn shown(letter: Letter) -> &'static str {
    ["A", "B", "C", "D"][letter.index()]
}

fn field(name: &str, title: &str, required: bool) -> Field {
    // Passages are Markdown, and models write formulas and code into questions.
    let settings = FieldSettings::Text { use_markdown: true };
    Field {
        name: name.to_owned(),
        title: title.to_owned(),
        required,
        settings,
    }
}

fn question(
    name: &str,
    (title, description): (&str, &str),
    required: bool,
    settings: QuestionSettings,
) -> Question {
    Question {
        name: name.to_owned(),
        title: title.to_owned(),
        description: Some(description.to_owned()),
        required,
        settings,
    }
}
