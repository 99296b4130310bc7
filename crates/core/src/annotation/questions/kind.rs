//! The trait that kinds of questions implement, and the macro that makes an enum of a list of kinds.

use super::{AnswerError, SettingsError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{collections::HashSet, ops::RangeInclusive};

/// A kind of question: the keys of its settings, and the answers that it takes.
///
/// The settings are the implementing type; serde writes them to the store and to the wire. Servers read them from
/// clients by [`KEYS`](Self::KEYS), which also describe them in OpenAPI documents.
pub trait QuestionKind: Serialize + DeserializeOwned {
    /// The keys of the settings, in the order in which problems with them are listed.
    const KEYS: &'static [Key];
    /// Settings with answers to them, for documentation and for the tests of everything that knows kinds.
    const EXAMPLE: Example;
    /// `true` if the review page can ask it: then `ui/src/questions` has a component for it.
    const IS_ON_PAGE: bool = false;

    /// Checks what keys alone cannot say about settings.
    ///
    /// # Errors
    /// If two of the settings do not fit each other.
    fn check_settings(&self) -> Result<(), SettingsError> {
        Ok(())
    }

    /// Checks an answer, and brings it into the form in which it is stored.
    ///
    /// # Errors
    /// If the value is no answer to this question.
    fn checked(&self, value: Value, answer: Answer) -> Result<Value, AnswerError>;

    /// The option values, for kinds whose options stay the same for good.
    fn fixed_options(&self) -> Option<Vec<&str>> {
        None
    }

    /// Checks that answers to these settings are answers to the new ones too. [`fixed_options`](Self::fixed_options) have
    /// been compared before.
    ///
    /// # Errors
    /// If an answer may not fit the new settings.
    fn check_change(&self, _new: &Self) -> Result<(), SettingsError> {
        Ok(())
    }

    /// The field whose text answers refer to; at most one question of a dataset refers to a field.
    fn marked_field(&self) -> Option<&str> {
        None
    }

    /// The comparison of answers by filters and sort keys; `None` where they cannot be compared.
    fn compared_as(&self) -> Option<Comparison> {
        None
    }
}

/// The record and the response that an answer belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The fields of the record.
    pub fields: &'a Map<String, Value>,
    /// `true` for a submitted response, which must be whole; drafts, discarded ones and suggestions need not be.
    pub submitted: bool,
}

/// A comparison of answers by filters and sort keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// As text.
    Text,
    /// As numbers.
    Number,
}

/// A key of an object that clients send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The value it takes.
    pub shape: Shape,
    /// Says if it may be left out.
    pub presence: Presence,
}

impl Key {
    /// A key that must be given.
    pub const fn required(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            presence: Presence::Required,
        }
    }

    /// A key that may be left out.
    pub const fn optional(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            presence: Presence::Optional,
        }
    }

    /// A key that may be left out or `null`.
    pub const fn nullable(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            presence: Presence::Nullable,
        }
    }
}

/// Says if a key may be left out. Its value is then serde's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be given.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out or `null`.
    Nullable,
}

/// The values that a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A whole number; an upper bound of `i64::MAX` is none.
    Integer(RangeInclusive<i64>),
    /// A text of so many characters.
    Text(RangeInclusive<usize>),
    /// One of several words.
    Word(&'static [&'static str]),
    /// A list of so many objects.
    List(RangeInclusive<usize>, &'static [Key]),
}

/// Settings in JSON, and answers to them in a record that has the field [`Example::FIELD`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The settings, with their `type`.
    pub settings: &'static str,
    /// An answer as it is stored.
    pub answer: &'static str,
    /// A value that is no answer.
    pub refused: &'static str,
}

impl Example {
    /// Name and text of the record's field.
    pub const FIELD: (&'static str, &'static str) = ("text", "Ana lives in Lima.");
}

/// A kind in the list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedKind {
    /// The `type` by which Argilla knows it.
    pub name: &'static str,
    /// See [`QuestionKind::KEYS`].
    pub keys: &'static [Key],
    /// See [`QuestionKind::EXAMPLE`].
    pub example: Example,
    /// See [`QuestionKind::IS_ON_PAGE`].
    pub is_on_page: bool,
}

impl ListedKind {
    /// The entry of a kind.
    pub(super) const fn of<K: QuestionKind>(name: &'static str) -> Self {
        Self {
            name,
            keys: K::KEYS,
            example: K::EXAMPLE,
            is_on_page: K::IS_ON_PAGE,
        }
    }
}

/// Refuses options that differ from those that answers were given to.
pub(super) fn check_options(
    old: Option<Vec<&str>>,
    new: Option<Vec<&str>>,
) -> Result<(), SettingsError> {
    let (Some(old), Some(new)) = (old, new) else {
        return Ok(());
    };
    let known: HashSet<&str> = old.iter().copied().collect();
    let mut unexpected: Vec<String> = new
        .iter()
        .filter(|value| !known.contains(*value))
        .map(|value| format!("'{value}'"))
        .collect();
    if unexpected.is_empty() && old.len() == new.len() {
        return Ok(());
    }
    unexpected.sort_unstable();
    Err(SettingsError::OptionsChanged { unexpected })
}

/// Makes an enum of settings out of a list of kinds, `"type" => module::Type`. A kind is named in no other file: each
/// method asks its type.
macro_rules! kinds {
    ($(#[$about:meta])* $visible:vis enum $list:ident { $($name:literal => $module:ident::$Kind:ident,)+ }) => {
        $($visible use $module::$Kind;)+

        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type")]
        $visible enum $list {
            $(
                #[doc = concat!("Settings of type `", $name, "`.")]
                #[serde(rename = $name)]
                $Kind($Kind),
            )+
        }

        impl $list {
            /// Every kind, in the order in which messages list them.
            $visible const KINDS: &'static [ListedKind] = &[$(ListedKind::of::<$Kind>($name)),+];

            /// The `type` by which Argilla knows the kind.
            $visible fn kind(&self) -> &'static str {
                match self {
                    $(Self::$Kind(_) => $name,)+
                }
            }

            /// Checks what keys alone cannot say about settings.
            ///
            /// # Errors
            /// If two of the settings do not fit each other.
            $visible fn check_settings(&self) -> Result<(), SettingsError> {
                match self {
                    $(Self::$Kind(settings) => settings.check_settings(),)+
                }
            }

            /// Checks an answer, and brings it into the form in which it is stored.
            ///
            /// # Errors
            /// If the value is no answer to this question.
            $visible fn checked(&self, value: Value, answer: Answer) -> Result<Value, AnswerError> {
                match self {
                    $(Self::$Kind(settings) => settings.checked(value, answer),)+
                }
            }

            fn fixed_options(&self) -> Option<Vec<&str>> {
                match self {
                    $(Self::$Kind(settings) => settings.fixed_options(),)+
                }
            }

            /// Checks that answers to these settings are answers to the new ones too. The kind stays the same.
            ///
            /// # Errors
            /// If an answer may not fit the new settings.
            $visible fn check_change(&self, new: &Self) -> Result<(), SettingsError> {
                kind::check_options(self.fixed_options(), new.fixed_options())?;
                match (self, new) {
                    $((Self::$Kind(old), Self::$Kind(new)) => old.check_change(new),)+
                    _ => Ok(()),
                }
            }

            /// The field whose text answers refer to; at most one question of a dataset refers to a field.
            $visible fn marked_field(&self) -> Option<&str> {
                match self {
                    $(Self::$Kind(settings) => settings.marked_field(),)+
                }
            }

            /// The comparison of answers by filters and sort keys; `None` where they cannot be compared.
            $visible fn compared_as(&self) -> Option<Comparison> {
                match self {
                    $(Self::$Kind(settings) => settings.compared_as(),)+
                }
            }

            /// `true` if the review page can ask it.
            $visible fn is_on_page(&self) -> bool {
                match self {
                    $(Self::$Kind(_) => $Kind::IS_ON_PAGE,)+
                }
            }
        }
    };
}

pub(super) use kinds;
