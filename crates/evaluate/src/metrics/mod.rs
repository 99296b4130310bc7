//! Metrics: what a question's scores or replies are worth, and what a run's are. One file a metric or a family of them, and one
//! line each in [`ALL`]: the choice of metrics, summary, table, results, details, `run.json`, `--help` and the guide read them
//! there.

mod acc;
mod acc_norm;
mod acc_norm_byte;
mod acc_norm_no_space;
mod acc_norm_token;
mod acc_pmi;
mod bleu;
mod brier;
mod calibration_error;
mod chrf;
mod classification;
mod continuation;
mod drop;
mod edit;
mod exact_match;
mod judge;
mod letter_match;
mod log_loss;
mod mc;
mod norm_prob;
mod number_match;
mod perplexity;
mod ranking;
mod repeats;
mod rouge;
mod sample;
mod target_perplexity;
mod ter;
mod token_f1;

pub use sample::Sample;

use crate::{doc::Doc, way::Way};
use std::{borrow::Cow, fmt};

/// Every metric. Those of the default set come first, and of them the headline.
pub const ALL: &[&dyn Metric] = &[
    &acc::Acc,
    &acc_norm::AccNorm,
    &acc_norm_no_space::AccNormNoSpace,
    &acc_norm_token::AccNormToken,
    &acc_norm_byte::AccNormByte,
    &acc_pmi::AccPmi,
    &mc::MC1,
    &mc::MC2,
    &norm_prob::NormProb,
    &ranking::Mrr,
    &ranking::RecallAt(2),
    &classification::F1_MACRO,
    &classification::F1_MICRO,
    &classification::F1_SECOND,
    &classification::MCC,
    &brier::Brier,
    &calibration_error::EQUAL_WIDTH,
    &calibration_error::EQUAL_MASS,
    &log_loss::LogLoss,
    &target_perplexity::TargetPerplexity,
    &continuation::GreedyMatch,
    &continuation::ContinuationPerplexity,
    &judge::Judge,
    &letter_match::LetterMatch,
    &number_match::NumberMatch,
    &exact_match::EXACT,
    &exact_match::QUASI,
    &exact_match::PREFIX,
    &exact_match::PREFIX_QUASI,
    &exact_match::SUFFIX,
    &exact_match::SUFFIX_QUASI,
    &token_f1::TokenF1,
    &drop::EXACT_MATCH,
    &drop::F1,
    &bleu::BLEU_1,
    &bleu::BLEU_2,
    &bleu::BLEU_3,
    &bleu::BLEU_4,
    &chrf::CHRF,
    &chrf::CHRF_PLUS_PLUS,
    &ter::Ter,
    &rouge::ROUGE_1,
    &rouge::ROUGE_2,
    &rouge::ROUGE_L,
    &rouge::ROUGE_LSUM,
    &edit::DISTANCE,
    &edit::SIMILARITY,
    &repeats::AvgAtN,
    &repeats::MajAtN,
    &repeats::PassAt(1),
    &repeats::GPassAt { k: 4, percent: 50 },
    &repeats::GPassAt { k: 4, percent: 75 },
    &repeats::GPassAt { k: 4, percent: 100 },
    &repeats::MeanGPassAt(4),
    &perplexity::WORD,
    &perplexity::BYTE,
    &perplexity::BITS_PER_BYTE,
];

/// A metric: a score for each question, and a number for a run.
pub trait Metric: fmt::Debug + Send + Sync {
    /// Facts about it.
    fn card(&self) -> Card;

    /// The score of one question.
    ///
    /// # Errors
    /// What the question lacks for it. The question then does not count for this metric, and the run says for how many.
    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing>;

    /// The number of a run from the numbers that are stored a question, where [`Card::aggregate`] is
    /// [`Aggregate::Corpus`]; `None` where they say nothing.
    fn corpus(&self, _questions: &[&[f64]]) -> Option<f64> {
        None
    }

    /// The score that a guess has on average; `None` where nobody knows.
    fn chance(&self, doc: &Doc) -> Option<f64> {
        let Card {
            aggregate, reads, ..
        } = self.card();
        let is_choice = matches!(reads, Reads::Choices | Reads::Unconditional);
        doc.chance()
            .filter(|_| is_choice && aggregate == Aggregate::Share)
    }

    /// The same metric for another `k`, where its name ends in `_at_` and a number.
    fn at(&self, _k: usize) -> Option<Box<dyn Metric>> {
        None
    }
}

/// Facts about a metric.
#[derive(Debug, Clone)]
pub struct Card {
    /// Name in results, tables and columns.
    pub name: Cow<'static, str>,
    /// One line on what it measures.
    pub about: Cow<'static, str>,
    /// How it is computed, for the guide: `sum per token`.
    pub quantity: &'static str,
    /// The same metric in other programs, for the guide; empty where none has it.
    pub peers: &'static str,
    /// Name of the same metric in lm-evaluation-harness's `metric_list`; empty where it has none.
    pub lm_eval: &'static str,
    /// Values that it can have, for the guide.
    pub range: &'static str,
    /// Part of an answer that it reads.
    pub reads: Reads,
    /// How the number of a run comes from those of its questions.
    pub aggregate: Aggregate,
    /// Names of the numbers that are stored a question; empty for one number under the metric's own name.
    pub columns: &'static [&'static str],
    /// False where less is better.
    pub higher_is_better: bool,
    /// True in the default set.
    pub is_default: bool,
}

impl Card {
    /// Facts about a metric of choices whose questions are right or wrong.
    pub const SHARE: Self = Self {
        name: Cow::Borrowed(""),
        about: Cow::Borrowed(""),
        quantity: "",
        peers: "",
        lm_eval: "",
        range: "0 to 1",
        reads: Reads::Choices,
        aggregate: Aggregate::Share,
        columns: &[],
        higher_is_better: true,
        is_default: false,
    };
    /// Facts about a metric of choices that is the mean of its questions'.
    pub const MEAN: Self = Self {
        aggregate: Aggregate::Mean,
        ..Self::SHARE
    };
    /// Facts about a metric of choices that is computed from all questions together.
    pub const CORPUS: Self = Self {
        aggregate: Aggregate::Corpus,
        ..Self::SHARE
    };

    /// Names of the columns of details that its numbers are stored in.
    pub fn stored(&self) -> Vec<String> {
        match self.columns {
            [] => vec![self.name.to_string()],
            columns => columns
                .iter()
                .map(|column| format!("{}_{column}", self.name))
                .collect(),
        }
    }
}

/// Part of an answer that a metric reads. It applies to those ways of answering that give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Log-probabilities of the choices.
    Choices,
    /// Those, and the choices' log-probabilities without the question.
    Unconditional,
    /// The log-probability of one continuation.
    Continuation,
    /// The reply in words.
    Reply,
    /// Several replies to the same question.
    Replies,
    /// The worth of the reply to a judge.
    Verdict,
    /// The log-probability of a whole text.
    Text,
}

impl Reads {
    /// True if a question that is answered in this way has it.
    pub fn is_given_by(self, way: Way) -> bool {
        match way {
            Way::Likelihood | Way::Letters | Way::Hybrid => {
                matches!(self, Self::Choices | Self::Unconditional)
            }
            Way::Generate => matches!(self, Self::Reply | Self::Verdict),
        }
    }

    /// LightEval's word for it.
    pub fn category(self) -> &'static str {
        match self {
            Self::Choices | Self::Unconditional | Self::Continuation => "LOGPROBS",
            Self::Reply | Self::Replies | Self::Verdict => "GENERATIVE",
            Self::Text => "PERPLEXITY",
        }
    }

    /// It in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Choices => "log-probabilities of the choices",
            Self::Unconditional => "those, and without the question",
            Self::Continuation => "log-probability of the continuation",
            Self::Reply => "the reply",
            Self::Replies => "several replies",
            Self::Verdict => "a judge's verdict on the reply",
            Self::Text => "log-probability of a text",
        }
    }
}

/// How the number of a run comes from its questions, and with it the kind of its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Share of questions with the score 1; error and interval of a proportion.
    Share,
    /// Mean of the scores; error of a mean, interval of Student's t.
    Mean,
    /// [`Metric::corpus`] of all questions; error and interval by bootstrap.
    Corpus,
}

impl Aggregate {
    /// The words of the guide.
    fn words(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Mean => "mean",
            Self::Corpus => "all questions together (bootstrap)",
        }
    }
}

/// Score of one question.
#[derive(Debug, Clone, PartialEq)]
pub enum Score {
    /// A number.
    Number(f64),
    /// An option, worth 1 if it is right and 0 if not.
    Choice {
        /// Index of the chosen option.
        index: usize,
        /// True if it is a key.
        is_right: bool,
    },
    /// Several numbers, in the order of [`Card::columns`].
    Several(Vec<f64>),
}

impl Score {
    /// The score of something that holds or not.
    pub fn of(holds: bool) -> Self {
        Self::Number(f64::from(u8::from(holds)))
    }

    /// What is stored.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Number(number) => vec![*number],
            Self::Choice { is_right, .. } => vec![f64::from(u8::from(*is_right))],
            Self::Several(numbers) => numbers.clone(),
        }
    }

    /// Index of the chosen option, where the metric chose one.
    pub fn choice(&self) -> Option<usize> {
        match self {
            Self::Choice { index, .. } => Some(*index),
            _ => None,
        }
    }
}

/// Reason why a question has no score by one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Missing {
    /// Nothing was scored.
    #[error("no choices were scored")]
    Choices,
    /// A server says nothing of a choice.
    #[error("a choice is not among those that the server lists")]
    Unlisted,
    /// Nobody says what is right.
    #[error("there is no key")]
    Key,
    /// The choices were not scored without the question.
    #[error("the choices were not scored without the question")]
    Unconditional,
    /// It was not answered in words.
    #[error("there is no reply in words")]
    Reply,
    /// No judge gave a verdict that can be read.
    #[error("the judge gave no verdict")]
    Verdict,
    /// It was asked less often than the metric draws.
    #[error("there are fewer replies than the metric draws")]
    TooFewReplies,
    /// The text would take too much time or memory.
    #[error("the text is too long for this metric")]
    TooLong,
    /// A filter of the task file made none of the reply.
    #[error("the task's filter made nothing of the reply")]
    Filtered,
    /// The number is infinite or none.
    #[error("the value is not a finite number")]
    NotFinite,
    /// The metric's own reason.
    #[error("the metric gave no value")]
    Other,
}

/// The default set of a way of answering, the headline first.
pub fn defaults(way: Way) -> Vec<&'static dyn Metric> {
    let is_default =
        |metric: &&&dyn Metric| metric.card().is_default && metric.card().reads.is_given_by(way);
    // Letters are one character and mostly one token long: normalised, they choose alike.
    let n = if way == Way::Letters { 1 } else { usize::MAX };
    ALL.iter().filter(is_default).take(n).copied().collect()
}

/// The metric of this name; `pass_at_8` and the like for any number.
pub fn find(name: &str) -> Option<&'static dyn Metric> {
    let known = ALL.iter().find(|metric| metric.card().name == name);
    known.copied().or_else(|| {
        let (stem, k) = name.rsplit_once("_at_")?;
        let k = k.parse().ok().filter(|&k| k > 0)?;
        let is_kin = |metric: &&&dyn Metric| {
            let name = metric.card().name;
            name.rsplit_once("_at_").is_some_and(|(kin, _)| kin == stem)
        };
        let made = ALL.iter().find(is_kin)?.at(k)?;
        // One for each name that a command line has: as long-lived as the list.
        Some(Box::leak(made))
    })
}

/// The metric that lm-evaluation-harness calls so in a task's `metric_list`, of those that read what the task's answers have.
pub fn find_lm_eval(name: &str, gives: impl Fn(Reads) -> bool) -> Option<&'static dyn Metric> {
    let is_it = |metric: &&&dyn Metric| {
        let card = metric.card();
        !name.is_empty() && card.lm_eval == name && gives(card.reads)
    };
    ALL.iter().find(is_it).copied()
}

/// The default metrics one a line, the names of the others, and how to choose: a part of `--help`.
pub fn help(metrics: &[&dyn Metric]) -> String {
    let cards: Vec<_> = metrics.iter().map(|metric| metric.card()).collect();
    let (defaults, others): (Vec<&Card>, Vec<&Card>) = cards
        .iter()
        .partition(|card| card.is_default && card.reads == Reads::Choices);
    let width = defaults
        .iter()
        .map(|card| card.name.len())
        .max()
        .unwrap_or_default();
    let mut help: String = defaults
        .iter()
        .map(|card| format!("  {:width$}  {}\n", card.name, card.quantity))
        .collect();
    let mut line = String::from("  Others:");
    for card in others {
        if line.len() + card.name.len() > 98 {
            help += &format!("{line}\n");
            line = "   ".to_owned();
        }
        line += &format!(" {}", card.name);
    }
    help + &line + "\n"
}

/// The guide's table of metrics, in Markdown.
pub fn guide_table(metrics: &[&dyn Metric]) -> String {
    let header = "| metric | computed as | range | reads | a run's is the | same as |\n| --- | --- | --- | --- | --- | --- |\n";
    let row = |metric: &&dyn Metric| {
        let Card {
            name,
            quantity,
            range,
            reads,
            aggregate,
            peers,
            higher_is_better,
            ..
        } = metric.card();
        let range = if higher_is_better {
            range.to_owned()
        } else {
            format!("{range}, less is better")
        };
        let cells = [
            &format!("`{name}`"),
            quantity,
            &range,
            reads.words(),
            aggregate.words(),
            peers,
        ];
        let cells = cells.map(|cell| {
            if cell.is_empty() {
                " ".to_owned()
            } else {
                format!(" {cell} ")
            }
        });
        format!("|{}|\n", cells.join("|"))
    };
    header.to_owned() + &metrics.iter().map(row).collect::<String>()
}

/// The sums of the numbers that are stored a question, column by column.
fn sums(questions: &[&[f64]]) -> Vec<f64> {
    let Some(first) = questions.first() else {
        return Vec::new();
    };
    let mut sums = vec![0.0; first.len()];
    for question in questions {
        for (sum, number) in sums.iter_mut().zip(*question) {
            *sum += number;
        }
    }
    sums
}

#[cfg(test)]
mod tests;
