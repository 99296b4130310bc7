//! `bleu` and `bleu_1` to `bleu_3`: n-grams of the reply that are in a reference.

use super::{Card, Metric, Missing, Reads, Sample, Score, sums};
use crate::measures::{BLEU_COUNTS, bleu, bleu_counts};

/// *What it measures*: BLEU of all replies together with n-grams up to 1, 2, 3 or (`bleu`) 4 tokens, from 0 to 100; sacrebleu's
/// `BLEU(max_ngram_order=N)` with its tokenizer `13a`. The counts of each question are stored.
///
/// *When not to use it*: for single questions or short answers, for which the precision of four tokens is 0; for Chinese or
/// Japanese, whose sentences `13a` leaves whole.
///
/// *Example*: `the cat sat on the mat` for `the cat sat on a mat`: `bleu_1` 83.3, `bleu` 53.7.
#[derive(Debug)]
pub(super) struct Bleu {
    name: &'static str,
    quantity: &'static str,
    peers: &'static str,
    order: usize,
}

pub(super) const BLEU_1: Bleu = Bleu {
    name: "bleu_1",
    quantity: "precision of tokens times the brevity penalty, in percent",
    peers: "`BLEU(max_ngram_order=1)` of sacrebleu",
    order: 1,
};
pub(super) const BLEU_2: Bleu = Bleu {
    name: "bleu_2",
    quantity: "geometric mean of the precisions of 1 and 2 tokens times that penalty",
    peers: "`BLEU(max_ngram_order=2)` of sacrebleu",
    order: 2,
};
pub(super) const BLEU_3: Bleu = Bleu {
    name: "bleu_3",
    quantity: "the same mean of 1 to 3 tokens",
    peers: "`BLEU(max_ngram_order=3)` of sacrebleu",
    order: 3,
};
pub(super) const BLEU_4: Bleu = Bleu {
    name: "bleu",
    quantity: "the same mean of 1 to 4 tokens",
    peers: "`BLEU()` of sacrebleu, `bleu` of lm-evaluation-harness and of LightEval",
    order: 4,
};

impl Metric for Bleu {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: "n-grams of the replies that are in the references".into(),
            quantity: self.quantity,
            peers: self.peers,
            lm_eval: if self.order == 4 { "bleu" } else { "" },
            range: "0 to 100",
            reads: Reads::Reply,
            columns: &BLEU_COUNTS,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let counts = bleu_counts(sample.reply()?, &sample.references()?);
        counts.map(Score::Several).ok_or(Missing::Key)
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        (!questions.is_empty()).then(|| bleu(&sums(questions), self.order))
    }
}
