//! A few questions to look at: drawn from all of the run with its seed, whichever came first.

use crate::reasons;
use examen_core::{Question, QuestionId, Seed, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// So many accepted questions are kept, and rejected ones for each reason.
const MOST_ACCEPTED: usize = 8;
const MOST_REJECTED: usize = 2;
/// So many letters of the passage are kept on both sides of the quote.
const AROUND: usize = 240;

/// A question with the words that it rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sample {
    /// The question's id, as in the output.
    pub question_id: QuestionId,
    /// The document's path below the input.
    pub document: String,
    /// The headings above its passage.
    pub section: Option<String>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The stem.
    pub question: String,
    /// The key.
    pub answer: String,
    /// The wrong options.
    pub distractors: Vec<String>,
    /// The quote, as the model wrote it.
    pub quote: Option<String>,
    /// The passage before the quote; all three are empty if the quote is not in it.
    pub before: String,
    /// The words of the passage that were found for the quote.
    pub found: String,
    /// The passage after it.
    pub after: String,
    /// Reasons against it, one sentence each.
    pub reasons: Vec<String>,
    /// Remarks on it.
    pub remarks: Vec<String>,
    /// The beginning of a reply of which nothing could be read.
    pub reply: Option<String>,
}

/// A few questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Samples {
    /// Eight accepted ones, or as many as there are.
    pub accepted: Vec<Sample>,
    /// Two rejected ones for each first reason's name, or as many as there are.
    pub rejected: BTreeMap<String, Vec<Sample>>,
}

impl Sample {
    fn of(question: &Question) -> Self {
        let (before, found, after) = around(question).unwrap_or_default();
        Self {
            question_id: question.question_id.clone(),
            document: question.document.clone(),
            section: question.section.clone(),
            page: question.page,
            question: question.question.clone(),
            answer: question.answer.clone(),
            distractors: question.distractors.clone(),
            quote: question.quote.clone(),
            before,
            found,
            after,
            reasons: question.reasons.clone(),
            remarks: question.remarks.clone(),
            reply: question.reply.clone(),
        }
    }
}

/// The quote in its passage, and what stands on both sides of it.
fn around(question: &Question) -> Option<(String, String, String)> {
    let (passage, found) = (&question.passage, question.quote_in_passage()?);
    let (before, after) = (&passage[..found.start], &passage[found.end..]);
    Some((
        end_of(before),
        passage[found].to_owned(),
        beginning_of(after),
    ))
}

/// The last letters of a text, from a word's beginning on.
fn end_of(text: &str) -> String {
    let Some((cut, _)) = text
        .char_indices()
        .rev()
        .nth(AROUND - 1)
        .filter(|(cut, _)| *cut > 0)
    else {
        return text.to_owned();
    };
    let kept = &text[cut..];
    let word = kept.find(char::is_whitespace).unwrap_or(0);
    format!("…{}", &kept[word..])
}

/// The first letters of a text, to a word's end.
fn beginning_of(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().nth(AROUND) else {
        return text.to_owned();
    };
    let kept = &text[..cut];
    let word = kept.rfind(char::is_whitespace).unwrap_or(kept.len());
    format!("{}…", &kept[..word])
}

/// Draws while a run goes on: those with the lowest numbers, which seed and question decide.
#[derive(Debug)]
pub(crate) struct Collector {
    seed: Seed,
    accepted: BTreeMap<(u64, QuestionId), Sample>,
    rejected: BTreeMap<String, BTreeMap<(u64, QuestionId), Sample>>,
}

impl Collector {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            seed,
            accepted: BTreeMap::new(),
            rejected: BTreeMap::new(),
        }
    }

    /// A question was judged.
    pub(crate) fn observe(&mut self, question: &Question) {
        let (drawn, most) = match question.verdict {
            Verdict::Accepted => (&mut self.accepted, MOST_ACCEPTED),
            Verdict::Rejected => {
                let name = reasons::name(question.reasons.first().map_or("", String::as_str));
                (
                    self.rejected.entry(name.to_owned()).or_default(),
                    MOST_REJECTED,
                )
            }
        };
        let purpose = format!("sample {}", question.question_id.as_str());
        let number = self
            .seed
            .stream(&purpose)
            .next()
            .expect("the stream is endless");
        let key = (number, question.question_id.clone());
        let is_drawn =
            drawn.len() < most || drawn.last_key_value().is_some_and(|(last, _)| key < *last);
        if is_drawn {
            drawn.insert(key, Sample::of(question));
        }
        if drawn.len() > most {
            drawn.pop_last();
        }
    }

    /// The samples drawn.
    pub(crate) fn finish(self) -> Samples {
        Samples {
            accepted: self.accepted.into_values().collect(),
            rejected: self
                .rejected
                .into_iter()
                .map(|(name, drawn)| (name, drawn.into_values().collect()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::sound;

    fn question(n: usize, verdict: Verdict) -> Question {
        let reasons = if verdict == Verdict::Rejected {
            vec![format!("quote: reason {n}")]
        } else {
            vec![]
        };
        Question {
            question_id: QuestionId::of(&[&n.to_string()]),
            question: n.to_string(),
            verdict,
            reasons,
            ..sound()
        }
    }

    fn drawn(seed: u64, order: impl Iterator<Item = usize>) -> Samples {
        let mut collector = Collector::new(Seed(seed));
        for n in order {
            collector.observe(&question(
                n,
                if n % 2 == 0 {
                    Verdict::Accepted
                } else {
                    Verdict::Rejected
                },
            ));
        }
        collector.finish()
    }

    #[test]
    fn what_is_drawn_depends_on_the_seed_and_on_no_order() {
        let (samples, backwards) = (drawn(1, 0..1000), drawn(1, (0..1000).rev()));
        assert_eq!(samples, backwards);
        assert_eq!(
            (samples.accepted.len(), samples.rejected["quote"].len()),
            (MOST_ACCEPTED, MOST_REJECTED)
        );
        assert_ne!(samples, drawn(2, 0..1000));
    }

    #[test]
    fn all_of_the_run_is_drawn_from() {
        let numbers = (0..50).flat_map(|seed| drawn(seed, 0..1000).accepted);
        let numbers: Vec<usize> = numbers
            .map(|sample| sample.question.parse().unwrap())
            .collect();
        let late = numbers.iter().filter(|&&n| n >= 500).count();
        // 400 draws of a half: six standard deviations are 60.
        assert!((140..=260).contains(&late), "{late} of {}", numbers.len());
    }

    #[test]
    fn the_quote_stands_among_what_is_around_it() {
        let (before, quote, after) = ("ñandú ".repeat(100), "The quote.", " después".repeat(100));
        let question = Question {
            passage: format!("{before}{quote}{after}"),
            chunk_start: 50,
            quote_start: Some(50 + before.len() as u64),
            quote_end: Some((50 + before.len() + quote.len()) as u64),
            ..sound()
        };
        let sample = Sample::of(&question);
        assert_eq!(sample.found, quote);
        assert!(
            sample.before.starts_with("… ñandú") && sample.before.ends_with("ñandú "),
            "{}",
            sample.before
        );
        assert!(
            sample.after.starts_with(" después") && sample.after.ends_with("después…"),
            "{}",
            sample.after
        );
        assert!(
            sample.before.chars().count() <= AROUND + 1
                && sample.after.chars().count() <= AROUND + 1
        );
        let short = Sample::of(&sound());
        assert_eq!((short.before.as_str(), short.after.as_str()), ("", "\n"));
    }

    #[test]
    fn a_quote_that_was_not_found_marks_nothing() {
        let lost = Sample::of(&Question {
            quote_start: None,
            quote_end: None,
            ..sound()
        });
        assert_eq!((lost.found.as_str(), lost.before.as_str()), ("", ""));
        let astray = Sample::of(&Question {
            quote_start: Some(3),
            quote_end: Some(9999),
            ..sound()
        });
        assert_eq!(astray.found, "");
    }
}
