//! Exact match: is the reply the reference, or does it begin or end with it?

use super::text::{quasi_form, strip};

/// Part of a reply that has to equal the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its beginning.
    Prefix,
    /// Its end.
    Suffix,
}

/// Form in which reply and reference are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As they are, without white space at their ends.
    Plain,
    /// Lower case, without ASCII punctuation and English articles, equal numbers written alike (HELM's *quasi-exact*).
    Quasi,
}

/// True if the reply matches one of the references: LightEval's `ExactMatches` with `strip_strings=True`. An empty reply
/// matches nothing.
///
/// ```
/// use examen_evaluate::measures::{Form, Part, exact_match};
/// assert!(exact_match("The heart.", &["heart"], Part::Whole, Form::Quasi));
/// assert!(!exact_match("The heart.", &["heart"], Part::Whole, Form::Plain));
/// assert!(exact_match("heart, I think", &["heart"], Part::Prefix, Form::Plain));
/// ```
pub fn exact_match(reply: &str, references: &[&str], part: Part, form: Form) -> bool {
    if reply.is_empty() {
        return false;
    }
    let shape = |text: &str| match form {
        Form::Plain => strip(text).to_owned(),
        Form::Quasi => quasi_form(strip(text)),
    };
    let reply = shape(reply);
    references
        .iter()
        .map(|text| shape(text))
        .any(|reference| match part {
            Part::Whole => reply == reference,
            Part::Prefix => reply.starts_with(&reference),
            Part::Suffix => reply.ends_with(&reference),
        })
}
