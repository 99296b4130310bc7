//! A rubric: what a judge is asked about a reply, the verdicts that it may give, and their worth. Built-in ones are data
//! (`en.yaml`, `es.yaml`); a user's is a file of the same form as one of theirs.

use crate::{doc::Doc, error::EvaluateError, wording::filled};
use examen_core::ids::hash_of_parts;
use examen_files::bounded;
use examen_llm::{Message, Role};
use serde::Deserialize;
use std::{collections::BTreeSet, path::Path};

/// Bytes of a file with a rubric.
const MAX_BYTES: u64 = 1 << 20;
/// Most verdicts that a rubric may have.
const MAX_VERDICTS: usize = 26;

/// Built-in rubrics by language.
const BUILT_IN: [(&str, &str); 2] = [
    ("en", include_str!("en.yaml")),
    ("es", include_str!("es.yaml")),
];

/// What a judge is asked, and what its verdicts are worth.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// Text of the system message; may be empty.
    #[serde(default)]
    instruction: String,
    /// The question, with its placeholders.
    question: String,
    /// At least two.
    verdicts: Vec<Verdict>,
    /// Name in results.
    #[serde(skip)]
    name: String,
}

/// A verdict and its worth.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    verdict: String,
    worth: f64,
}

/// The rubrics of one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rubrics {
    #[serde(rename = "language")]
    _language: String,
    reference: Rubric,
    pair: Rubric,
}

/// Order in which a reply and its reference stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The reply first, or by itself.
    ReplyFirst,
    /// The reference first.
    ReferenceFirst,
}

impl Rubric {
    /// Names of the built-in rubrics.
    pub const NAMES: [&'static str; 2] = ["reference", "pair"];

    /// The built-in rubric of this name, in a language; in English where there is none in it. `None` for an unknown name.
    pub fn built_in(name: &str, language: &str) -> Option<Self> {
        let known = BUILT_IN.iter().find(|(known, _)| *known == language);
        let (language, text) = known.unwrap_or(&BUILT_IN[0]);
        let all: Rubrics = serde_saphyr::from_str(text).expect("built-in rubrics are tested");
        let rubric = match name {
            "reference" => all.reference,
            "pair" => all.pair,
            _ => return None,
        };
        Some(Self {
            name: format!("{name} ({language})"),
            ..rubric
        })
    }

    /// Reads a rubric of a user.
    ///
    /// # Errors
    /// A file that cannot be read, is longer than 1 MiB, or is no rubric.
    pub fn read(path: &Path) -> Result<Self, EvaluateError> {
        let wrong = |reason: String| EvaluateError::Rubric {
            path: path.to_owned(),
            reason,
        };
        let text = bounded::read_text(path, MAX_BYTES).map_err(|error| wrong(error.to_string()))?;
        let rubric: Self =
            serde_saphyr::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        rubric.check().map_err(wrong)?;
        Ok(Self {
            name: path.display().to_string(),
            ..rubric
        })
    }

    /// Refuses a rubric by which nothing can be judged.
    fn check(&self) -> Result<(), String> {
        let has = |placeholder| self.question.contains(placeholder);
        let names: BTreeSet<String> = self.verdicts().map(normal).collect();
        let is_word = |name: &String| name.chars().any(char::is_alphanumeric);
        if has("{first}") != has("{second}") || has("{first}") == has("{reply}") {
            return Err("`question` needs either {reply} or both {first} and {second}".to_owned());
        }
        if !has("{verdicts}") {
            return Err("`question` lacks {verdicts}".to_owned());
        }
        if !(2..=MAX_VERDICTS).contains(&names.len()) || names.len() != self.verdicts.len() {
            return Err(format!(
                "`verdicts` needs 2 to {MAX_VERDICTS} different words"
            ));
        }
        if !names.iter().all(is_word) {
            return Err("each verdict needs a letter or a digit".to_owned());
        }
        match self
            .verdicts
            .iter()
            .find(|one| !(0.0..=1.0).contains(&one.worth))
        {
            Some(one) => Err(format!(
                "the worth of `{}` is {}, and it must lie between 0 and 1",
                one.verdict, one.worth
            )),
            None => Ok(()),
        }
    }

    /// Name in results.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// BLAKE3 of the words and their worth.
    pub fn fingerprint(&self) -> String {
        let worth = self
            .verdicts
            .iter()
            .map(|one| format!("{} {}", one.worth, one.verdict));
        let worth: Vec<String> = worth.collect();
        let words = [self.instruction.as_str(), &self.question];
        hash_of_parts(words.into_iter().chain(worth.iter().map(String::as_str)))
    }

    /// The verdicts, in order.
    pub fn verdicts(&self) -> impl Iterator<Item = &str> {
        self.verdicts.iter().map(|one| one.verdict.trim())
    }

    /// Index of the verdict that a text is, whatever its case.
    pub(crate) fn index_of(&self, text: &str) -> Option<usize> {
        let text = normal(text);
        self.verdicts().position(|verdict| normal(verdict) == text)
    }

    /// Orders in which each reply is judged: a pair in both, so that the place of a text counts for nothing.
    pub(crate) fn orders(&self) -> &'static [Order] {
        match self.is_pair() {
            true => &[Order::ReplyFirst, Order::ReferenceFirst],
            false => &[Order::ReplyFirst],
        }
    }

    /// True if a reply is compared with its reference.
    pub(crate) fn is_pair(&self) -> bool {
        self.question.contains("{first}")
    }

    /// True if nothing can be judged without a reference.
    pub(crate) fn needs_reference(&self) -> bool {
        self.is_pair() || self.question.contains("{reference}")
    }

    /// Worth of a verdict for the reply.
    pub(crate) fn worth(&self, verdict: usize, order: Order) -> f64 {
        let worth = self.verdicts[verdict].worth;
        match order {
            Order::ReplyFirst => worth,
            Order::ReferenceFirst => 1.0 - worth,
        }
    }

    /// The messages about a reply.
    pub(crate) fn messages(
        &self,
        doc: &Doc,
        reference: &str,
        reply: &str,
        order: Order,
    ) -> Vec<Message> {
        let verdicts = self.verdicts().collect::<Vec<_>>().join(", ");
        let (first, second) = match order {
            Order::ReplyFirst => (reply, reference),
            Order::ReferenceFirst => (reference, reply),
        };
        let question = filled(
            &self.question,
            &[
                ("{question}", doc.query.trim()),
                ("{reference}", reference),
                ("{reply}", reply),
                ("{first}", first),
                ("{second}", second),
                ("{verdicts}", &verdicts),
            ],
        );
        let system = Some(self.instruction.trim()).filter(|text| !text.is_empty());
        let message = |role, text: &str| Message {
            role,
            content: text.into(),
        };
        let system = system.map(|text| message(Role::System, text));
        let asked = message(Role::User, &question);
        system.into_iter().chain([asked]).collect()
    }
}

/// A verdict in the form in which verdicts are compared.
fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::Wording;

    fn doc() -> Doc {
        Doc {
            query: "What is {reply}?".to_owned(),
            ..Doc::default()
        }
    }

    #[test]
    fn every_language_of_wordings_has_whole_rubrics() {
        for language in Wording::languages() {
            for name in Rubric::NAMES {
                let rubric = Rubric::built_in(name, language).unwrap();
                assert_eq!(rubric.check(), Ok(()), "{language}");
                assert_eq!(rubric.name(), format!("{name} ({language})"));
            }
        }
        assert_eq!(Rubric::built_in("other", "en"), None);
        assert_eq!(Rubric::built_in("pair", "fr").unwrap().name(), "pair (en)");
    }

    #[test]
    fn a_text_that_reads_like_a_placeholder_stays_as_it_is() {
        let rubric = Rubric::built_in("reference", "en").unwrap();
        let messages = rubric.messages(&doc(), "{verdicts}", "{question}", Order::ReplyFirst);
        let asked = messages[1].content.to_string();
        for kept in [
            "What is {reply}?",
            "\n{verdicts}\n",
            "\n{question}\n",
            "one word: correct, incorrect.",
        ] {
            assert!(asked.contains(kept), "{asked}");
        }
    }

    #[test]
    fn a_pair_is_asked_in_both_orders_and_worth_the_same_for_the_reply() {
        let rubric = Rubric::built_in("pair", "en").unwrap();
        let asked = |order| {
            rubric.messages(&doc(), "REFERENCE", "REPLY", order)[1]
                .content
                .to_string()
        };
        assert!(
            asked(Order::ReplyFirst).find("REPLY") < asked(Order::ReplyFirst).find("REFERENCE")
        );
        assert!(
            asked(Order::ReferenceFirst).find("REPLY")
                > asked(Order::ReferenceFirst).find("REFERENCE")
        );
        assert_eq!(rubric.orders().len(), 2);
        assert_eq!(
            (
                rubric.worth(0, Order::ReplyFirst),
                rubric.worth(1, Order::ReferenceFirst)
            ),
            (1.0, 1.0)
        );
        assert_eq!(rubric.worth(2, Order::ReferenceFirst), 0.5);
    }

    #[test]
    fn a_file_by_which_nothing_can_be_judged_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rubric.yaml");
        let good = "question: '{question} {reply} {verdicts}'\nverdicts: [{verdict: good, worth: 1}, {verdict: bad, worth: 0}]\n";
        let refusal = |text: String| {
            std::fs::write(&path, text).unwrap();
            Rubric::read(&path)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(refusal(good.to_owned()), Ok(()));
        for (from, to, reason) in [
            ("{reply}", "{first}", "either {reply} or both"),
            ("{verdicts}", "", "lacks {verdicts}"),
            ("bad", "Good", "different words"),
            ("worth: 1", "worth: 5", "between 0 and 1"),
            ("worth: 1", "worth: .nan", "between 0 and 1"),
            ("verdicts:", "verdict:", "verdict"),
            ("good", "'?'", "a letter or a digit"),
        ] {
            let failed = refusal(good.replacen(from, to, 1)).unwrap_err();
            assert!(failed.contains(reason), "{failed}");
        }
        assert!(
            refusal(" ".repeat(2 << 20))
                .unwrap_err()
                .contains("longer than")
        );
    }
}
