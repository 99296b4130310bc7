//! The merge rule: one record with its responses becomes one row, or is left out for one reason.

use examen_core::{
    ExamRow, KeySource, Letter, Options, OptionsError, Vote,
    annotation::{
        Record, Response, ResponseStatus, ReviewMode,
        names::{
            self, CORRECT_ANSWER, FIRST_ANSWER, FLAWS, IMPROVED_ANSWER, IMPROVED_QUESTION,
            QUESTION, REVIEW_COMMENT, REVIEW_MODE,
        },
    },
    exam::N_OPTIONS,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// The reason why a record is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// At least half of the reviewers discarded it.
    Discarded,
    /// No option has more than half of the votes.
    Undecided,
    /// Nobody reviewed it, and unreviewed records were not asked for.
    Unreviewed,
    /// Nobody reviewed it and no model suggested an answer.
    NoKey,
    /// With the improved wording two options are the same.
    ImprovedOptionsCollide,
    /// Without the reviewers' doing two options are the same.
    OptionsCollide,
    /// The stem or an option is missing.
    TextMissing,
}

impl Reason {
    /// Every reason, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Discarded,
        Self::Undecided,
        Self::Unreviewed,
        Self::NoKey,
        Self::ImprovedOptionsCollide,
        Self::OptionsCollide,
        Self::TextMissing,
    ];
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discarded => "discarded by the reviewers",
            Self::Undecided => "reviewers disagree",
            Self::Unreviewed => "not reviewed",
            Self::NoKey => "neither reviewed nor suggested an answer",
            Self::ImprovedOptionsCollide => "two options are the same with the improved wording",
            Self::OptionsCollide => "two options are the same",
            Self::TextMissing => "the question or an option is missing",
        })
    }
}

/// The reason in general and in particular (a half sentence, such as `1 × answer_a, 1 × answer_b`).
pub(crate) type Refusal = (Reason, String);

/// The row that `record` makes. A key with fewer than `min_votes` answers is partly reviewed.
pub(crate) fn row(
    record: &Record,
    min_votes: u32,
    include_unreviewed: bool,
) -> Result<ExamRow, Refusal> {
    let stem = text(&record.fields, QUESTION).ok_or_else(|| missing(QUESTION))?;
    let texts = options(record)?;
    let votes = Votes::of(record);
    let (key, decided) = decide(record, &votes, include_unreviewed)?;
    let n_votes = votes.submitted.len() as u32;
    let key_source = match decided {
        KeySource::Suggested => KeySource::Suggested,
        _ if n_votes < min_votes => KeySource::PartlyReviewed,
        decided => decided,
    };
    let wording = Wording::of(&votes.for_option(key), &stem, &texts[key.index()]);
    let (options, n_improved) = (improve(texts, key, &wording)?, wording.n_reviewers());
    let [answer_a, answer_b, answer_c, answer_d] = options.texts().clone();
    let about = |name: &str| metadata(record, name);
    Ok(ExamRow {
        question: wording.question.map_or(stem, |better| better.words),
        answer_a,
        answer_b,
        answer_c,
        answer_d,
        correct_answer: key,
        answer: key.index() as u32,
        key_source,
        n_votes,
        n_agree: votes.for_option(key).len() as u32,
        n_discards: votes.discarded as u32,
        votes: cast(record),
        flaws: flaws(record),
        comments: comments(record),
        improved: n_improved > 0,
        n_improved,
        question_id: about(names::QUESTION_ID).unwrap_or_else(|| record.external_id.clone()),
        document: about(names::DOCUMENT),
        document_id: about(names::DOCUMENT_ID),
        chunk_id: about(names::CHUNK_ID),
        quote: about(names::QUOTE),
        second_quote: about(names::SECOND_QUOTE),
        kind: about(names::KIND),
        difficulty: about(names::DIFFICULTY),
        language: about(names::LANGUAGE),
        generation_model: about(names::GENERATION_MODEL).or_else(|| suggestion(record)?.1),
    })
}

/// True if this response is a vote: an answer that names an option, or a discard.
pub(crate) fn is_vote(response: &Response) -> bool {
    match response.status {
        ResponseStatus::Discarded => true,
        ResponseStatus::Submitted => letter(response.values.get(CORRECT_ANSWER)).is_some(),
        ResponseStatus::Draft => false,
    }
}

/// The votes on a record, without names.
pub(crate) fn cast(record: &Record) -> Vec<Vote> {
    let votes = record.responses.iter().filter(|response| is_vote(response));
    votes.map(vote).collect()
}

fn vote(response: &Response) -> Vote {
    let value = |name: &str| response.values.get(name);
    let chosen = letter(value(CORRECT_ANSWER));
    let mode = value(REVIEW_MODE).and_then(Value::as_str);
    Vote {
        answer: chosen.filter(|_| response.status == ResponseStatus::Submitted),
        first_answer: letter(value(FIRST_ANSWER)),
        mode: mode.and_then(ReviewMode::named),
    }
}

/// The option that the model suggests.
pub(crate) fn suggested(record: &Record) -> Option<Letter> {
    letter(Some(suggestion(record)?.0))
}

/// The flaws that reviewers named, each as often as it was named, in alphabetical order.
pub(crate) fn flaws(record: &Record) -> Vec<String> {
    let named = |response: &Response| response.values.get(FLAWS)?.as_array().cloned();
    let named = finished(record).filter_map(named).flatten();
    let mut flaws: Vec<_> = named
        .filter_map(|flaw| flaw.as_str().map(str::to_owned))
        .collect();
    flaws.sort_unstable();
    flaws
}

/// The reviewers' comments.
pub(crate) fn comments(record: &Record) -> Vec<String> {
    finished(record)
        .filter_map(|response| text(&response.values, REVIEW_COMMENT))
        .collect()
}

/// The responses that are no drafts.
fn finished(record: &Record) -> impl Iterator<Item = &Response> {
    let responses = record.responses.iter();
    responses.filter(|response| response.status != ResponseStatus::Draft)
}

struct Votes<'a> {
    submitted: Vec<(Letter, &'a Response)>,
    discarded: usize,
}

impl<'a> Votes<'a> {
    fn of(record: &'a Record) -> Self {
        let with = |status| {
            record
                .responses
                .iter()
                .filter(move |response| response.status == status)
        };
        let answer =
            |response: &'a Response| Some((letter(response.values.get(CORRECT_ANSWER))?, response));
        Self {
            submitted: with(ResponseStatus::Submitted).filter_map(answer).collect(),
            discarded: with(ResponseStatus::Discarded).count(),
        }
    }

    fn total(&self) -> usize {
        self.submitted.len() + self.discarded
    }

    fn for_option(&self, option: Letter) -> Vec<&'a Response> {
        self.submitted
            .iter()
            .filter(|(letter, _)| *letter == option)
            .map(|(_, response)| *response)
            .collect()
    }

    /// `2 × answer_a, 1 × answer_b, 1 × discarded`
    fn tally(&self) -> String {
        let counts = Letter::ALL
            .iter()
            .map(|&letter| (self.for_option(letter).len(), letter.column()));
        let counts = counts
            .chain([(self.discarded, "discarded")])
            .filter(|(n, _)| *n > 0);
        counts
            .map(|(n, what)| format!("{n} × {what}"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn decide(
    record: &Record,
    votes: &Votes<'_>,
    include_unreviewed: bool,
) -> Result<(Letter, KeySource), Refusal> {
    let total = votes.total();
    if total == 0 {
        return unreviewed(record, include_unreviewed);
    }
    if 2 * votes.discarded >= total {
        return Err((Reason::Discarded, votes.tally()));
    }
    let chosen = Letter::ALL
        .into_iter()
        .map(|letter| (letter, votes.for_option(letter).len()));
    match chosen.max_by_key(|(_, n)| *n) {
        Some((key, n)) if n == total => Ok((key, KeySource::Reviewed)),
        Some((key, n)) if 2 * n > total => Ok((key, KeySource::Adjudicated)),
        _ => Err((Reason::Undecided, votes.tally())),
    }
}

fn unreviewed(record: &Record, include: bool) -> Result<(Letter, KeySource), Refusal> {
    match suggested(record) {
        _ if !include => Err((Reason::Unreviewed, "no submitted answer".to_owned())),
        Some(key) => Ok((key, KeySource::Suggested)),
        None => Err((
            Reason::NoKey,
            "no submitted answer, no suggestion".to_owned(),
        )),
    }
}

/// The reviewers' words where they are better than the model's; `None` where they gave none.
struct Wording {
    question: Option<Better>,
    answer: Option<Better>,
}

/// A text of reviewers.
struct Better {
    words: String,
    /// Reviewers who gave just this text.
    n_reviewers: u32,
}

impl Wording {
    fn of(agreeing: &[&Response], stem: &str, key_text: &str) -> Self {
        let better =
            |name, present: &str| favourite(agreeing, name).filter(|text| text.words != present);
        Self {
            question: better(IMPROVED_QUESTION, stem),
            answer: better(IMPROVED_ANSWER, key_text),
        }
    }

    /// Reviewers who gave the texts, of both the fewer; 0 where there is none.
    fn n_reviewers(&self) -> u32 {
        let texts = [&self.question, &self.answer];
        let given = texts.into_iter().flatten().map(|text| text.n_reviewers);
        given.min().unwrap_or(0)
    }
}

/// The text that most gave; of equally many the one that was given last.
fn favourite(responses: &[&Response], name: &str) -> Option<Better> {
    let mut given = BTreeMap::<String, (u32, usize)>::new();
    for (index, words) in responses
        .iter()
        .filter_map(|response| text(&response.values, name))
        .enumerate()
    {
        let (count, last) = given.entry(words).or_default();
        *count += 1;
        *last = index;
    }
    given
        .into_iter()
        .max_by_key(|(_, count_and_last)| *count_and_last)
        .map(|(words, (n_reviewers, _))| Better { words, n_reviewers })
}

fn improve(
    mut texts: [String; N_OPTIONS],
    key: Letter,
    wording: &Wording,
) -> Result<Options, Refusal> {
    let as_generated = Options::new(texts.clone(), key);
    let Some(answer) = &wording.answer else {
        return as_generated.map_err(|why| (Reason::OptionsCollide, said(&why)));
    };
    texts[key.index()].clone_from(&answer.words);
    let reason = if as_generated.is_ok() {
        Reason::ImprovedOptionsCollide
    } else {
        Reason::OptionsCollide
    };
    Options::new(texts, key).map_err(|why| (reason, said(&why)))
}

fn said(why: &OptionsError) -> String {
    why.to_string()
}

fn options(record: &Record) -> Result<[String; N_OPTIONS], Refusal> {
    let option = |letter: Letter| {
        text(&record.fields, letter.column()).ok_or_else(|| missing(letter.column()))
    };
    let [a, b, c, d] = Letter::ALL.map(option);
    Ok([a?, b?, c?, d?])
}

fn missing(field: &str) -> Refusal {
    (Reason::TextMissing, format!("no {field}"))
}

fn suggestion(record: &Record) -> Option<(&Value, Option<String>)> {
    let suggestion = record
        .suggestions
        .iter()
        .find(|suggestion| suggestion.question == CORRECT_ANSWER)?;
    Some((&suggestion.value, suggestion.agent.clone()))
}

fn letter(value: Option<&Value>) -> Option<Letter> {
    value?.as_str()?.parse().ok()
}

/// The text under `name`, without white space around it, if it says anything.
fn text(values: &Map<String, Value>, name: &str) -> Option<String> {
    let text = values.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn metadata(record: &Record, name: &str) -> Option<String> {
    match record.metadata.get(name)? {
        Value::Number(number) => Some(number.to_string()),
        _ => text(&record.metadata, name),
    }
}
