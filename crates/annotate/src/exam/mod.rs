//! The review of an exam: the fields that are shown, the questions that are asked, and the words for the reviewer.
//!
//! Names are those of the original workflow. Titles and guidelines are in the exam's language where it has some, else in
//! English.

use examen_core::{
    Language, Letter,
    annotation::{
        DatasetSettings, Field, FieldSettings, Flaw, LabelOption, Question, QuestionSettings,
        ReviewMode,
        names::{
            CORRECT_ANSWER, FIRST_ANSWER, FLAWS, IMPROVED_ANSWER, IMPROVED_QUESTION, PASSAGE,
            QUESTION, REVIEW_COMMENT, REVIEW_MODE,
        },
        questions::{LabelSelection, MultiLabelSelection, OptionsOrder, Text},
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
    DatasetSettings {
        guidelines: Some(guidelines.unwrap_or(words.guidelines).to_owned()),
        fields,
        questions: questions(words),
        min_submitted,
    }
}

fn questions(words: &Words) -> Vec<Question> {
    let text = || QuestionSettings::Text(Text::default());
    vec![
        question(CORRECT_ANSWER, words.correct_answer, true, letters()),
        question(IMPROVED_QUESTION, words.improved_question, false, text()),
        question(IMPROVED_ANSWER, words.improved_answer, false, text()),
        question(FLAWS, words.flaws, false, flaws(words)),
        question(REVIEW_COMMENT, words.review_comment, false, text()),
        question(REVIEW_MODE, words.review_mode, false, modes(words)),
        question(FIRST_ANSWER, words.first_answer, false, letters()),
    ]
}

/// True where the questions are there that note the mode of an answer and what was chosen before the model's was shown.
pub(crate) fn notes_modes(settings: &DatasetSettings) -> bool {
    let takes = |name: &str, values: &[&str]| {
        settings.questions.iter().any(|question| {
            question.name == name
                && matches!(&question.settings, QuestionSettings::LabelSelection(label)
                    if label.options.iter().map(|option| &option.value).eq(values))
        })
    };
    takes(REVIEW_MODE, &ReviewMode::ALL.map(ReviewMode::name))
        && takes(FIRST_ANSWER, &Letter::ALL.map(Letter::column))
}

/// One of the four options.
fn letters() -> QuestionSettings {
    one_of(&Letter::ALL.map(|letter| option(letter.column(), shown(letter))))
}

/// Any number of flaws.
fn flaws(words: &Words) -> QuestionSettings {
    let options = Flaw::ALL.map(|flaw| option(flaw.name(), (words.flaw)(flaw)));
    QuestionSettings::MultiLabelSelection(MultiLabelSelection {
        options: options.to_vec(),
        visible_options: None,
        options_order: OptionsOrder::Natural,
    })
}

/// One of the modes.
fn modes(words: &Words) -> QuestionSettings {
    one_of(&ReviewMode::ALL.map(|mode| option(mode.name(), (words.mode)(mode))))
}

fn one_of(options: &[LabelOption]) -> QuestionSettings {
    QuestionSettings::LabelSelection(LabelSelection {
        options: options.to_vec(),
        visible_options: None,
    })
}

fn option(value: &str, text: &str) -> LabelOption {
    LabelOption {
        value: value.to_owned(),
        text: text.to_owned(),
        description: None,
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
    flaws: (&'static str, &'static str),
    flaw: fn(Flaw) -> &'static str,
    review_comment: (&'static str, &'static str),
    review_mode: (&'static str, &'static str),
    mode: fn(ReviewMode) -> &'static str,
    first_answer: (&'static str, &'static str),
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
    flaws: ("What is wrong with it?", "Nothing, or all that applies."),
    flaw: |flaw| match flaw {
        Flaw::SeveralRight => "Two or more right",
        Flaw::NoneRight => "None right",
        Flaw::KeyWrong => "Key wrong",
        Flaw::NotInPassage => "Passage does not say",
        Flaw::GivesAway => "Gives itself away",
        Flaw::NeedsPassage => "Not understandable alone",
        Flaw::Ambiguous => "Ambiguous",
        Flaw::Trivial => "Trivial",
        Flaw::WrongLanguage => "Wrong language",
        Flaw::Other => "Other (comment)",
    },
    review_comment: (
        "Comment",
        "On your decision. Published with the question, without your name.",
    ),
    review_mode: (
        "How it was answered",
        "Examen's page fills this in: leave it as it is.",
    ),
    mode: |mode| match mode {
        ReviewMode::Blind => "Blind",
        ReviewMode::Assisted => "Assisted",
    },
    first_answer: (
        "Answer before the model's was shown",
        "Examen's page fills this in: leave it as it is.",
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
    flaws: ("¿Qué tiene de malo?", "Nada, o todo lo que corresponda."),
    flaw: |flaw| match flaw {
        Flaw::SeveralRight => "Dos o más correctas",
        Flaw::NoneRight => "Ninguna correcta",
        Flaw::KeyWrong => "Clave errónea",
        Flaw::NotInPassage => "El pasaje no lo dice",
        Flaw::GivesAway => "Se delata sola",
        Flaw::NeedsPassage => "No se entiende sola",
        Flaw::Ambiguous => "Ambigua",
        Flaw::Trivial => "Demasiado fácil",
        Flaw::WrongLanguage => "Otro idioma",
        Flaw::Other => "Otra cosa (comentario)",
    },
    review_comment: (
        "Comentario",
        "Sobre su decisión. Se publica con la pregunta, sin su nombre.",
    ),
    review_mode: (
        "Cómo se respondió",
        "Lo rellena la página de Examen: déjelo como está.",
    ),
    mode: |mode| match mode {
        ReviewMode::Blind => "A ciegas",
        ReviewMode::Assisted => "Con ayuda",
    },
    first_answer: (
        "Respuesta antes de ver la del modelo",
        "Lo rellena la página de Examen: déjelo como está.",
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
