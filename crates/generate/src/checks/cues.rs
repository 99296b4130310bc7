//! Cues in a whole set: the share of answers that a reader who knows nothing of the subject would find by a rule of
//! thumb. One pass, constant memory.

use crate::text::{length, lexicon::Lexicon, words::Words};
use examen_core::{
    Question,
    exam::{Letter, N_OPTIONS},
};
use examen_statistics::{
    Confidence, Interval, binomial_p_at_least, chi_square_uniform, guess_corrected, wilson,
};
use serde::{Deserialize, Serialize};

/// Share of answers that a blind guess finds.
const CHANCE: f64 = 1.0 / N_OPTIONS as f64;
/// Below this p-value, a rule of thumb is better than chance.
const ALARM: f64 = 0.01;
/// Hits are counted in parts of this, so that ties of two, three and four are shared exactly.
const PARTS: u64 = 12;

/// The rules of thumb, each with what it makes of a question.
const RULES: [(&str, Rule); 5] = [
    ("longest", longest),
    ("shortest", shortest),
    ("most_central", most_central),
    ("only_hedged", only_hedged),
    ("only_without_absolute", only_without_absolute),
];

/// The options that a rule chooses, the key first; none where it does not apply.
type Rule = fn(&Options<'_>) -> [bool; N_OPTIONS];

/// One question, as the rules see it.
struct Options<'a> {
    texts: [&'a str; N_OPTIONS],
    words: [Words; N_OPTIONS],
    lexicon: &'static Lexicon,
}

/// Counts over the questions of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cues {
    n: u64,
    /// For each rule: questions that it applies to, and hits in twelfths.
    rules: [(u64, u64); RULES.len()],
    /// Number of keys at A, B, C and D.
    places: [u64; N_OPTIONS],
    /// Sum of the key's length over the distractors' mean length.
    length_ratios: f64,
    /// Number of keys with 0, 1, 2 and 3 longer distractors.
    length_ranks: [u64; N_OPTIONS],
}

/// The share of answers that a rule of thumb finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// The rule: `longest` and `shortest` by characters, `most_central` by the words that an option shares with the
    /// others, `only_hedged` where one option alone has a word like `usually`, `only_without_absolute` where one alone
    /// has none like `always`.
    pub rule: String,
    /// Questions that the rule applies to.
    pub n: u64,
    /// Number of keys that it finds; where it chooses k options that tie, the key among them counts 1/k.
    pub hits: f64,
    /// `hits` over `n`; `None` for no questions, as all that follows.
    pub accuracy: Option<f64>,
    /// The share that a blind guess would find.
    pub chance: f64,
    /// The 95 % Wilson interval of `hits`, rounded down, over `n`.
    pub interval: Option<Interval>,
    /// The one-sided exact binomial p-value of `hits`, rounded down, against chance.
    pub p: Option<f64>,
    /// Accuracy on a scale where guessing is 0 and all right is 1.
    pub guess_corrected: Option<f64>,
    /// True if the rule is better than chance: p below 0.01.
    pub alarm: bool,
}

/// Positions of the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyPlaces {
    /// Number of keys at A, B, C and D.
    pub counts: [u64; N_OPTIONS],
    /// Pearson's χ² against equal shares.
    pub chi_square: f64,
    /// Its p-value, with three degrees of freedom.
    pub p: f64,
    /// True if the positions are uneven: p below 0.01.
    pub alarm: bool,
}

/// The cues in a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CueReport {
    /// Questions with four options; others are not counted.
    pub n: u64,
    /// The rules of thumb.
    pub cues: Vec<Cue>,
    /// Positions of the keys, if they were counted.
    pub key_places: Option<KeyPlaces>,
    /// The mean of the key's length over the mean length of its distractors, in characters; 1 where length says nothing.
    pub mean_length_ratio: Option<f64>,
    /// Number of keys that are the longest option, second longest, third, shortest; ties count as the longer.
    pub length_ranks: [u64; N_OPTIONS],
}

impl Cues {
    /// Counts a question in. One without exactly four options is left out.
    pub fn observe(&mut self, question: &Question) {
        let Some(options) = Options::of(question) else {
            return;
        };
        self.n += 1;
        for ((_, rule), (n, parts)) in RULES.iter().zip(&mut self.rules) {
            let chosen = rule(&options);
            let n_chosen = chosen.iter().filter(|is_chosen| **is_chosen).count() as u64;
            if let Some(share) = PARTS.checked_div(n_chosen) {
                *n += 1;
                *parts += if chosen[0] { share } else { 0 };
            }
        }
        let [key, distractors @ ..] = options.lengths();
        self.length_ratios += key as f64 * distractors.len() as f64
            / (distractors.iter().sum::<usize>() as f64).max(1.0);
        self.length_ranks[distractors.iter().filter(|&&length| length > key).count()] += 1;
    }

    /// Counts the position of a question's key in the order that readers see.
    pub fn observe_place(&mut self, key: Letter) {
        self.places[key.index()] += 1;
    }

    /// The counts so far, against chance.
    pub fn report(&self) -> CueReport {
        let cues = RULES
            .iter()
            .zip(&self.rules)
            .map(|((rule, _), (n, parts))| cue(rule, *n, *parts))
            .collect();
        let key_places = chi_square_uniform(&self.places).map(|(chi_square, p)| KeyPlaces {
            counts: self.places,
            chi_square,
            p,
            alarm: p < ALARM,
        });
        CueReport {
            n: self.n,
            cues,
            key_places,
            mean_length_ratio: (self.n > 0).then(|| self.length_ratios / self.n as f64),
            length_ranks: self.length_ranks,
        }
    }
}

fn cue(rule: &str, n: u64, parts: u64) -> Cue {
    let hits = parts as f64 / PARTS as f64;
    let accuracy = (n > 0).then(|| hits / n as f64);
    let p = binomial_p_at_least(parts / PARTS, n, CHANCE);
    Cue {
        rule: rule.to_owned(),
        n,
        hits,
        accuracy,
        chance: CHANCE,
        interval: wilson(parts / PARTS, n, Confidence::P95),
        p,
        guess_corrected: accuracy.and_then(|accuracy| guess_corrected(accuracy, CHANCE)),
        alarm: p.is_some_and(|p| p < ALARM),
    }
}

impl<'a> Options<'a> {
    fn of(question: &'a Question) -> Option<Self> {
        let [one, two, three] = question.distractors.as_slice() else {
            return None;
        };
        let texts = [&question.answer, one, two, three].map(String::as_str);
        Some(Self {
            texts,
            words: texts.map(Words::of),
            lexicon: Lexicon::or_common(question.language),
        })
    }

    fn lengths(&self) -> [usize; N_OPTIONS] {
        self.texts.map(|text| length(text.trim()))
    }

    /// The option that alone `has` something; none if several or none have.
    fn only(&self, has: impl Fn(&Words) -> bool) -> [bool; N_OPTIONS] {
        let chosen = std::array::from_fn(|index| has(&self.words[index]));
        if chosen.iter().filter(|is_chosen| **is_chosen).count() == 1 {
            chosen
        } else {
            [false; N_OPTIONS]
        }
    }
}

fn longest(options: &Options<'_>) -> [bool; N_OPTIONS] {
    let lengths = options.lengths();
    lengths.map(|length| lengths.iter().all(|&other| other <= length))
}

fn shortest(options: &Options<'_>) -> [bool; N_OPTIONS] {
    let lengths = options.lengths();
    lengths.map(|length| lengths.iter().all(|&other| other >= length))
}

/// The options with the highest mean Jaccard similarity of words with the others.
fn most_central(options: &Options<'_>) -> [bool; N_OPTIONS] {
    let content: [Vec<u64>; N_OPTIONS] = std::array::from_fn(|index| {
        let mut hashes: Vec<u64> = options
            .lexicon
            .content(&options.words[index])
            .map(|token| token.hash)
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    });
    // In whole millionths, so that what is equal ties whatever the order of the sum.
    let overlaps: [u64; N_OPTIONS] = std::array::from_fn(|index| {
        content
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, other)| jaccard(&content[index], other))
            .sum()
    });
    overlaps.map(|overlap| overlap > 0 && overlaps.iter().all(|&other| other <= overlap))
}

/// The Jaccard similarity of two sets, in millionths.
fn jaccard(one: &[u64], other: &[u64]) -> u64 {
    let n_common = one.iter().filter(|hash| other.contains(hash)).count();
    let n_all = one.len() + other.len() - n_common;
    (1_000_000 * n_common).checked_div(n_all).unwrap_or(0) as u64
}

fn only_hedged(options: &Options<'_>) -> [bool; N_OPTIONS] {
    let hedges = &options.lexicon.hedges;
    options.only(|words| hedges.has_any(words))
}

fn only_without_absolute(options: &Options<'_>) -> [bool; N_OPTIONS] {
    let absolutes = &options.lexicon.absolutes;
    options.only(|words| !absolutes.has_any(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::sound;

    fn observed(options: [&str; N_OPTIONS]) -> Cues {
        let mut cues = Cues::default();
        let [answer, distractors @ ..] = options.map(str::to_owned);
        cues.observe(&Question {
            answer,
            distractors: distractors.to_vec(),
            ..sound()
        });
        cues
    }

    fn hits(options: [&str; N_OPTIONS]) -> Vec<(u64, f64)> {
        observed(options)
            .report()
            .cues
            .iter()
            .map(|cue| (cue.n, cue.hits))
            .collect()
    }

    #[test]
    fn each_rule_chooses_as_it_says() {
        let by_length = hits(["four", "six", "two", "one"]);
        assert_eq!(by_length[..2], [(1, 1.0), (1, 0.0)]);
        let central = hits([
            "red blood cell",
            "red blood plate",
            "white blood cell",
            "yellow marrow",
        ]);
        assert_eq!(central[2], (1, 1.0));
        assert_eq!(
            hits(["it may hurt", "it hurts", "it bleeds", "it itches"])[3],
            (1, 1.0)
        );
        assert_eq!(
            hits([
                "it hurts",
                "it always bleeds",
                "it never swells",
                "only itches"
            ])[4],
            (1, 1.0)
        );
        assert_eq!(
            hits(["it hurts", "it always bleeds", "it swells", "it itches"])[3..],
            [(0, 0.0), (0, 0.0)]
        );
    }

    #[test]
    fn ties_are_shared() {
        assert_eq!(hits(["ab", "cd", "ef", "g"])[0], (1, 1.0 / 3.0));
    }

    #[test]
    fn a_set_without_questions_says_nothing() {
        let report = Cues::default().report();
        assert!(
            report
                .cues
                .iter()
                .all(|cue| cue.p.is_none() && cue.accuracy.is_none() && !cue.alarm)
        );
        assert_eq!((report.key_places, report.mean_length_ratio), (None, None));
    }
}
