//! The same questions answered in another way: options shown with letters, in words that are data (`en.yaml`, `es.yaml`, or
//! a file of the user's). A task of multiple choice, whatever its source, becomes another task.

use crate::{
    doc::{Dataset, Doc, Original},
    error::EvaluateError,
    task::{ChatForm, Kind, Task},
    way::Way,
};
use examen_files::{
    bounded,
    exam::{MAX_OPTIONS, letter},
};
use serde::Deserialize;
use std::path::Path;

/// Words around questions whose options are shown with letters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Language, such as `en`.
    pub language: String,
    /// One option: `{letter}. {option}`.
    option: String,
    scored: Scored,
    written: Written,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scored {
    instruction: String,
    question: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    instruction: String,
    question: String,
    answer: String,
}

/// Built-in wordings by language.
const BUILT_IN: [(&str, &str); 2] = [
    ("en", include_str!("en.yaml")),
    ("es", include_str!("es.yaml")),
];

/// Bytes of a file of words.
const MAX_BYTES: u64 = 1 << 20;

impl Wording {
    /// The built-in wording of a language; `None` where there is none.
    pub fn built_in(language: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(name, _)| *name == language)?;
        Some(serde_saphyr::from_str(text).expect("built-in wordings are tested"))
    }

    /// Languages with a built-in wording.
    pub fn languages() -> [&'static str; 2] {
        BUILT_IN.map(|(name, _)| name)
    }

    /// Reads a file of words in the form of the built-in ones.
    ///
    /// # Errors
    /// A file that cannot be read, is longer than 1 MiB or lacks a part, a placeholder that is not there.
    pub fn read(path: &Path) -> Result<Self, EvaluateError> {
        let wrong = |reason: String| EvaluateError::Wording {
            path: path.to_owned(),
            reason,
        };
        let text = bounded::read_text(path, MAX_BYTES).map_err(|error| wrong(error.to_string()))?;
        let wording: Self =
            serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        wording.check().map_err(wrong)?;
        Ok(wording)
    }

    /// Refuses words without which a question is not asked.
    fn check(&self) -> Result<(), String> {
        let needed = [
            ("option", &self.option, "{letter}"),
            ("option", &self.option, "{option}"),
            ("scored.question", &self.scored.question, "{question}"),
            ("scored.question", &self.scored.question, "{options}"),
            ("written.question", &self.written.question, "{question}"),
            ("written.question", &self.written.question, "{options}"),
            ("written.answer", &self.written.answer, "{letter}"),
        ];
        match needed
            .iter()
            .find(|(_, text, placeholder)| !text.contains(placeholder))
        {
            Some((part, _, placeholder)) => Err(format!("`{part}` lacks {placeholder}")),
            None => Ok(()),
        }
    }

    /// The questions of `task` to be answered in another way. [`Way::Likelihood`] leaves it as it is.
    ///
    /// # Errors
    /// A task with a question that is not one of multiple choice, or whose options are single letters where their texts
    /// are needed.
    pub fn apply(&self, task: &Task, way: Way) -> Result<Task, EvaluateError> {
        if way == Way::Likelihood {
            return Ok(task.clone());
        }
        let refused = |reason: &str| EvaluateError::NotAnswerable {
            task: task.name.clone(),
            way,
            reason: reason.to_owned(),
        };
        let pool = task.few_shot.pool.as_ref();
        let docs = || {
            task.dataset
                .docs
                .iter()
                .chain(pool.into_iter().flat_map(|pool| &pool.docs))
        };
        if task.kind != Kind::Choice {
            return Err(refused("its questions have no options"));
        }
        let is_choice = |doc: &Doc| {
            (2..=MAX_OPTIONS).contains(&doc.choices.len())
                && !doc.golds.is_empty()
                && doc.contexts.is_none()
        };
        if !docs().all(|doc| doc.unaskable.is_some() || is_choice(doc)) {
            return Err(refused(
                "it has questions without 2 to 26 options and a key",
            ));
        }
        let mut asked = task.clone();
        asked.name = format!("{}_{way}", task.name);
        asked.way = way;
        asked.wording = Some(self.language.clone());
        if docs().all(shows_letters) {
            // Its questions show the options already.
            return match way {
                Way::Letters | Way::Generate => Ok(asked),
                _ => Err(refused(
                    "its options are letters, and their texts are in its questions",
                )),
            };
        }
        asked.instruction = match way {
            Way::Generate => self.written.instruction.clone(),
            _ => self.scored.instruction.clone(),
        };
        "\n\n".clone_into(&mut asked.instruction_delimiter);
        "\n\n".clone_into(&mut asked.example_delimiter);
        asked.chat = ChatForm::Harness {
            target_delimiter: " ".to_owned(),
        };
        let pool = asked.few_shot.pool.as_mut();
        for dataset in pool.into_iter().chain([&mut asked.dataset]) {
            self.reword(dataset, way);
        }
        Ok(asked)
    }

    fn reword(&self, dataset: &mut Dataset, way: Way) {
        for doc in dataset
            .docs
            .iter_mut()
            .filter(|doc| doc.unaskable.is_none())
        {
            *doc = self.doc(doc, way);
        }
    }

    fn doc(&self, doc: &Doc, way: Way) -> Doc {
        let texts: Vec<&str> = doc.choices.iter().map(|choice| choice.trim()).collect();
        let line = |(index, text): (usize, &&str)| {
            let letter = letter(index).to_string();
            filled(&self.option, &[("{letter}", &letter), ("{option}", text)])
        };
        let lines: Vec<String> = texts.iter().enumerate().map(line).collect();
        let question = match way {
            Way::Generate => &self.written.question,
            _ => &self.scored.question,
        };
        let query = filled(
            question,
            &[
                ("{question}", doc.query.trim()),
                ("{options}", &lines.join("\n")),
            ],
        );
        let choice = |index: usize| match way {
            Way::Letters => format!(" {}", letter(index)),
            // Replies may name an option by its text.
            Way::Hybrid | Way::Generate | Way::Likelihood => format!(" {}", texts[index]),
        };
        let gold = doc.golds.first().copied().unwrap_or_default();
        let target = match way {
            Way::Generate => {
                let letter = letter(gold).to_string();
                format!(
                    " {}",
                    filled(&self.written.answer, &[("{letter}", &letter)])
                )
            }
            _ => choice(gold),
        };
        let original = || Original {
            question: doc.query.trim().to_owned(),
            options: texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        Doc {
            query,
            original: doc.original.clone().or_else(|| Some(original())),
            choices: (0..texts.len()).map(choice).collect(),
            target,
            instruction: None,
            source_query: None,
            ..doc.clone()
        }
    }
}

/// True if the choices are the letters from A on.
fn shows_letters(doc: &Doc) -> bool {
    let mut choices = doc.choices.iter().enumerate();
    doc.choices.len() <= MAX_OPTIONS
        && choices.all(|(index, choice)| {
            let choice = choice.trim();
            choice.len() == 1 && choice.starts_with(letter(index))
        })
}

/// `form` with its placeholders replaced in one pass, so that a text that reads like one stays as it is.
pub(crate) fn filled(form: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = form;
    loop {
        let next = values
            .iter()
            .filter_map(|(name, value)| Some((rest.find(name)?, name, value)));
        let Some((at, name, value)) = next.min_by_key(|(at, ..)| *at) else {
            return text + rest;
        };
        text += &rest[..at];
        text += value;
        rest = &rest[at + name.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Exam, Item, TaskSpec};
    use std::fs;

    fn task() -> Task {
        let item = |answers: &[&str], keys: &[usize]| Item {
            id: "q".to_owned(),
            question: " Which one? {options} ".to_owned(),
            answers: answers.iter().map(ToString::to_string).collect(),
            keys: keys.to_vec(),
            labels: crate::Labels::default(),
        };
        let items = vec![
            item(&["x", "y", "z"], &[2]),
            item(&["{letter}", "no"], &[0]),
        ];
        let spec: TaskSpec = "exam_questions".parse().unwrap();
        spec.task_on(&Exam::new("an-exam", items), None)
    }

    fn asked(language: &str, way: Way) -> Vec<String> {
        let task = Wording::built_in(language)
            .unwrap()
            .apply(&task(), way)
            .unwrap();
        let docs = task.dataset.docs.iter();
        docs.map(|doc| {
            format!(
                "{}|{}|{}",
                task.context(doc, &[]),
                doc.choices.join("|"),
                doc.target
            )
        })
        .collect()
    }

    #[test]
    fn every_built_in_wording_is_whole() {
        for language in Wording::languages() {
            let wording = Wording::built_in(language).unwrap();
            assert_eq!(
                (wording.language.as_str(), wording.check()),
                (language, Ok(()))
            );
        }
        assert!(Wording::built_in("xx").is_none());
    }

    #[test]
    fn letters_are_scored_as_lm_evaluation_harness_writes_them() {
        insta::assert_snapshot!(asked("en", Way::Letters)[0], @"
        The following are multiple choice questions (with answers).

        Which one? {options}
        A. x
        B. y
        C. z
        Answer:| A| B| C| C
        ");
    }

    #[test]
    fn a_text_that_reads_like_a_placeholder_stays() {
        let hybrid = &asked("es", Way::Hybrid)[1];
        assert!(
            hybrid.contains("Which one? {options}\nA. {letter}\nB. no\nRespuesta:"),
            "{hybrid}"
        );
        assert!(hybrid.ends_with("| {letter}| no| {letter}"), "{hybrid}");
    }

    #[test]
    fn a_reply_ends_with_its_letter() {
        let written = &asked("en", Way::Generate)[0];
        assert!(written.ends_with("C. z| x| y| z| C"), "{written}");
    }

    #[test]
    fn letters_are_not_put_before_letters() {
        let wording = Wording::built_in("en").unwrap();
        let letters = wording.apply(&task(), Way::Letters).unwrap();
        let again = wording.apply(&letters, Way::Letters).unwrap();
        assert_eq!(again.dataset.docs, letters.dataset.docs);
        let error = wording.apply(&letters, Way::Hybrid).unwrap_err();
        assert!(
            error.to_string().contains("cannot be answered by hybrid"),
            "{error}"
        );
        let mut free = task();
        free.dataset.docs[0].choices.clear();
        assert!(wording.apply(&free, Way::Letters).is_err());
    }

    #[test]
    fn a_file_of_words_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.yaml");
        let text = include_str!("en.yaml");
        fs::write(&path, text.replace("Answer:\"", "My answer:\"")).unwrap();
        assert!(
            Wording::read(&path)
                .unwrap()
                .scored
                .question
                .ends_with("My answer:")
        );
        fs::write(&path, text.replace("{options}", "{choices}")).unwrap();
        let error = Wording::read(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("`scored.question` lacks {options}"),
            "{error}"
        );
        fs::write(&path, text.replace("scored:", "other:")).unwrap();
        assert!(Wording::read(&path).is_err());
    }
}
