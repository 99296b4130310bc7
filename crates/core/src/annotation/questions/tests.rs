//! The list of kinds: every method asks the kind, for the kinds of the product and for one that only these tests have.

use super::{kind::kinds, *};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, json};

/// A kind that the product does not have, in one file.
mod yes_no {
    use super::*;
    use serde::Deserialize;

    /// Takes `true` or `false` about a field.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub(in super::super) struct YesNo {
        /// The field.
        pub(in super::super) about: String,
    }

    impl QuestionKind for YesNo {
        const KEYS: &'static [Key] = &[Key::required("about", Shape::Text(1..=200))];
        const EXAMPLE: Example = Example {
            settings: r#"{"type": "yes_no", "about": "text"}"#,
            answer: "true",
            refused: r#""true""#,
        };
        const IS_ON_PAGE: bool = true;

        fn check_settings(&self) -> Result<(), SettingsError> {
            match self.about.as_str() {
                "nothing" => Err(SettingsError::Fixed { what: "nothing" }),
                _ => Ok(()),
            }
        }

        fn checked(&self, value: Value, _: Answer) -> Result<Value, AnswerError> {
            match value {
                Value::Bool(yes) => Ok(json!(yes)),
                other => Err(AnswerError::Expected {
                    question: "yes-no question",
                    wanted: "true or false".to_owned(),
                    found: other.to_string(),
                }),
            }
        }

        fn fixed_options(&self) -> Option<Vec<&str>> {
            Some(vec![&self.about])
        }

        fn marked_field(&self) -> Option<&str> {
            Some(&self.about)
        }

        fn compared_as(&self) -> Option<Comparison> {
            Some(Comparison::Number)
        }
    }
}

// The one line.
kinds! {
    /// The product's free text, and a kind more.
    pub(super) enum WithOneMore {
        "text" => text::Text,
        "yes_no" => yes_no::YesNo,
    }
}

/// The settings of a kind's example, the answer, and the value that is refused.
fn example<S: DeserializeOwned>(kind: &ListedKind) -> (S, Value, Value) {
    let json = |text| serde_json::from_str::<Value>(text).unwrap();
    let settings = serde_json::from_value(json(kind.example.settings)).unwrap();
    (
        settings,
        json(kind.example.answer),
        json(kind.example.refused),
    )
}

fn fields() -> Map<String, Value> {
    let (name, text) = Example::FIELD;
    Map::from_iter([(name.to_owned(), json!(text))])
}

#[test]
fn a_new_kind_is_a_type_and_a_line() {
    let listed = WithOneMore::KINDS
        .iter()
        .map(|kind| (kind.name, kind.is_on_page));
    assert_eq!(
        listed.collect::<Vec<_>>(),
        [("text", true), ("yes_no", true)]
    );
    let kind = &WithOneMore::KINDS[1];
    assert_eq!(kind.keys, yes_no::YesNo::KEYS);
    let (settings, answer, refused) = example::<WithOneMore>(kind);
    let stored: Value = serde_json::from_str(kind.example.settings).unwrap();
    assert_eq!(serde_json::to_value(&settings).unwrap(), stored);
    assert_eq!((settings.kind(), settings.is_on_page()), ("yes_no", true));
    assert_eq!(settings.marked_field(), Some("text"));
    assert_eq!(settings.compared_as(), Some(Comparison::Number));
    settings.check_settings().unwrap();
    let other = WithOneMore::YesNo(yes_no::YesNo {
        about: "nothing".to_owned(),
    });
    other.check_settings().unwrap_err();
    settings.check_change(&settings).unwrap();
    let changed = settings.check_change(&other).unwrap_err().to_string();
    assert!(changed.ends_with("['nothing']"), "{changed}");
    let fields = fields();
    let given = Answer {
        fields: &fields,
        submitted: true,
    };
    assert_eq!(settings.checked(answer.clone(), given).unwrap(), answer);
    let why = settings.checked(refused, given).unwrap_err().to_string();
    assert_eq!(why, "yes-no question expects true or false, found \"true\"");
}

#[test]
fn the_example_of_every_kind_is_one() {
    let fields = fields();
    let given = Answer {
        fields: &fields,
        submitted: true,
    };
    for kind in QuestionSettings::KINDS {
        let (settings, answer, refused) = example::<QuestionSettings>(kind);
        assert_eq!(settings.kind(), kind.name);
        assert_eq!(settings.is_on_page(), kind.is_on_page);
        let written: Value = serde_json::from_str(kind.example.settings).unwrap();
        assert_eq!(
            serde_json::to_value(&settings).unwrap(),
            written,
            "every key is shown"
        );
        let keys = kind.keys.iter().map(|key| key.name);
        let known: Vec<&str> = std::iter::once("type").chain(keys).collect();
        let shown = written.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(
            shown.collect::<Vec<_>>(),
            known,
            "{}: keys and type agree",
            kind.name
        );
        settings.check_settings().unwrap();
        settings.check_change(&settings).unwrap();
        assert_eq!(
            settings.checked(answer.clone(), given).unwrap(),
            answer,
            "{}",
            kind.name
        );
        settings.checked(refused, given).unwrap_err();
    }
}
