//! Decides, in the order of the turns, which questions make the exam: those that passed by themselves, against all
//! before them, a limit and the quotas. What is decided is written at once.

use super::ledger::Ledger;
use crate::{
    asking::Answer,
    checks::{self, Cues, Seen, Signature},
    error::GenerateError,
    passages::{Passage, Turn, cut::Outline},
    reading::documents::Unreadable,
    reasons::{self, Reason},
    settings::Settings,
    verify::CheckedSet,
    writing::{CoverageCollector, Output, SamplesCollector, Summary, keep_better},
};
use examen_core::{Question, Verdict};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

/// The outcome of a step.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// A document was read.
    Read(Box<Outline>),
    /// A passage was asked about.
    Answer(Box<Turn>, Box<Answer>),
    /// It was not, for this reason.
    Left(Box<Passage>, String),
    /// A document could not be read.
    Unreadable(Unreadable),
}

/// The judge, with all that it has decided.
pub(crate) struct Judge {
    settings: Arc<Settings>,
    seen: Seen,
    cues: Cues,
    checked: CheckedSet,
    check_model: Option<String>,
    output: Output,
    coverage: CoverageCollector,
    samples: SamplesCollector,
    pub(crate) summary: Summary,
}

impl Judge {
    /// Keeps in `scratch` what it remembers of the questions and does not fit into memory.
    pub(crate) fn new(
        settings: &Arc<Settings>,
        check_model: Option<&str>,
        output: Output,
        scratch: PathBuf,
    ) -> Self {
        Self {
            settings: Arc::clone(settings),
            seen: Seen::new(scratch),
            cues: Cues::default(),
            checked: CheckedSet::default(),
            check_model: check_model.map(str::to_owned),
            output,
            coverage: CoverageCollector::default(),
            samples: SamplesCollector::new(settings.seed),
            summary: Summary::default(),
        }
    }

    pub(crate) fn process(
        &mut self,
        outcome: Outcome,
        ledger: &mut Ledger,
    ) -> Result<(), GenerateError> {
        match outcome {
            Outcome::Answer(turn, answer) => self.judge_answer(&turn.passage, *answer, ledger),
            Outcome::Read(outline) => {
                self.coverage.read(*outline);
                Ok(())
            }
            Outcome::Left(passage, reason) => {
                reasons::count(&mut self.summary.chunks_left, &reason);
                self.coverage.left(&passage);
                self.output.write_left_out(&passage, reason)
            }
            Outcome::Unreadable(unreadable) => {
                self.coverage.unreadable(&unreadable);
                self.output.write_unreadable(&unreadable)
            }
        }
    }

    /// Puts the output in its place.
    pub(crate) fn finish(self) -> Result<Summary, GenerateError> {
        let cues = (self.summary.accepted > 0).then(|| self.cues.report());
        let checks = self
            .check_model
            .as_deref()
            .zip(self.settings.model_checks.as_ref());
        let model_checks =
            checks.map(|(model, settings)| self.checked.report(model, settings.orders));
        let (coverage, samples) = (self.coverage.finish(), self.samples.finish());
        let summary = Summary {
            cues,
            model_checks,
            coverage,
            samples,
            ..self.summary
        };
        let kept = keep_better(&self.settings.output, summary.accepted)?;
        let files = self.output.finish(&summary)?;
        Ok(Summary {
            kept,
            files,
            ..summary
        })
    }

    fn judge_answer(
        &mut self,
        passage: &Passage,
        mut answer: Answer,
        ledger: &mut Ledger,
    ) -> Result<(), GenerateError> {
        let (n_passed, n_before) = (answer.n_passed(), self.summary.accepted);
        for question in &mut answer.questions {
            question.passage.clone_from(&passage.chunk.text);
            let n_new = self.summary.accepted - n_before;
            if question.verdict == Verdict::Accepted {
                self.judge(question, passage, n_new, ledger)?;
            }
            self.count(question);
            self.samples.observe(question);
            self.checked.observe(question);
        }
        for (n, unread) in answer.unread.iter().enumerate() {
            if unread.reply.is_some() {
                self.samples.observe(&unread.clone().row(n, passage, ""));
            }
        }
        self.checked.pay(answer.checks);
        let n_accepted = self.summary.accepted - n_before;
        ledger.settle(passage, n_passed, n_accepted);
        self.coverage.asked(passage, &answer, n_accepted);
        self.count_passage(passage, &answer, n_accepted);
        self.output.write_answer(passage, answer)
    }

    /// Judges a question that passed by itself. `n_new` others of its passage are in the exam already.
    fn judge(
        &mut self,
        question: &mut Question,
        passage: &Passage,
        n_new: usize,
        ledger: &Ledger,
    ) -> Result<(), GenerateError> {
        let signature = Signature::of(question);
        let is_new = reasons::record(question, &self.seen.findings(&signature)?);
        question.reasons.extend(self.beyond(passage, n_new, ledger));
        if !is_new || !question.reasons.is_empty() {
            question.verdict = Verdict::Rejected;
            return Ok(());
        }
        self.seen.insert(&signature)?;
        self.cues.observe(question);
        if !checks::looks_at_words(question.language) {
            let unchecked = &mut self.summary.unchecked_words;
            *unchecked.entry(question.language.to_string()).or_default() += 1;
        }
        self.summary.accepted += 1;
        Ok(())
    }

    /// Why there is no room for another question about this passage.
    fn beyond(&self, passage: &Passage, n_new: usize, ledger: &Ledger) -> Option<String> {
        let Settings {
            max_questions,
            max_per_document,
            max_per_section,
            ..
        } = *self.settings;
        let is_full = |max: Option<usize>, n: usize| max.filter(|&max| n >= max);
        if let Some(max) = is_full(max_questions, self.summary.accepted) {
            let sentence = format!("the exam has its {max} questions already");
            return Some(Reason::Limit.because(sentence));
        }
        if let Some(max) = is_full(
            max_per_document,
            ledger.document(passage).n_accepted + n_new,
        ) {
            let sentence = format!("the document has its {max} questions already");
            return Some(Reason::Quota.because(sentence));
        }
        let max = is_full(max_per_section, ledger.section(passage).n_accepted + n_new)?;
        let sentence = format!("the section has its {max} questions already");
        Some(Reason::Quota.because(sentence))
    }

    fn count_passage(&mut self, passage: &Passage, answer: &Answer, n_accepted: usize) {
        let summary = &mut self.summary;
        if passage.second.is_some() {
            summary.pairs_asked += usize::from(answer.is_asked());
        } else {
            let is_answered = !answer.replies.is_empty();
            summary.chunks_asked += usize::from(answer.is_asked());
            summary.chunks_answered += usize::from(is_answered);
            summary.chunks_without_question +=
                usize::from(is_answered && answer.questions.is_empty());
            summary.chunks_covered += usize::from(n_accepted > 0);
        }
        summary.unread += answer.unread.len();
        summary.failed += usize::from(answer.failure.is_some());
        if summary.first_failure.is_none() {
            summary.first_failure.clone_from(&answer.failure);
        }
        for usage in [answer.usage, answer.summary, answer.checks.usage] {
            summary.input_tokens += usage.input_tokens;
            summary.output_tokens += usage.output_tokens;
        }
    }

    fn count(&mut self, question: &Question) {
        match question.verdict {
            Verdict::Accepted => {
                question
                    .remarks
                    .iter()
                    .for_each(|remark| reasons::count(&mut self.summary.remarks, remark));
            }
            Verdict::Rejected => {
                let reason = question.reasons.first().map_or("", String::as_str);
                reasons::count(&mut self.summary.rejected, reason);
            }
        }
    }
}
