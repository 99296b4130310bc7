//! Judging: a [`Judge`] is asked by its rubric what replies are worth. Each verdict is asked for as a question is: journalled,
//! resumed, within the budget. The metric `judge` reads the outcome.

use crate::{
    answering::{Answer, Asked, Entry, Form, Round, Words, reply_all},
    doc::Doc,
    error::EvaluateError,
    judge::{Judge, JudgeSummary, Order, Rubric},
    measures::read_verdict,
    settings::{Reasoning, Settings, Writing},
};
use examen_core::{Progress, UnscoredReason};
use examen_files::journal::Journal;
use examen_llm::Usage;
use serde::Serialize;

/// Tokens of a verdict, with reasons before it where the model is not held to a verdict.
const MAX_TOKENS: usize = 1024;

/// What a judge says of one reply.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    /// Its worth; `None` where there is no verdict.
    pub(crate) worth: Option<f64>,
    /// What it wrote, a text an order.
    pub(crate) calls: Vec<Call>,
}

/// One verdict, as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Call {
    messages: Vec<examen_llm::Message>,
    reply: Option<String>,
    verdict: Option<String>,
    usage: Usage,
    unscored: Option<String>,
}

/// What a judge says of all replies.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// One a question, in order; `None` where there is no reply to judge.
    pub(crate) judged: Vec<Option<Judged>>,
    pub(crate) summary: Option<JudgeSummary>,
    /// True if another run may have verdicts that this one lacks.
    pub(crate) has_failed: bool,
}

/// A reply to be judged in one order.
struct Case<'a> {
    index: usize,
    order: Order,
    /// The question to the judge; its choices are the verdicts.
    doc: Doc,
    messages: Vec<examen_llm::Message>,
    reply: &'a str,
}

/// Has the judge of the run, if there is one, say of each reply what it is worth.
pub(crate) fn judge_all(
    settings: &Settings,
    docs: &[&Doc],
    answers: &[Answer],
    journal: &Journal<Entry>,
    progress: &dyn Progress,
) -> Result<Verdicts, EvaluateError> {
    let Some(judge) = &settings.judge else {
        return Ok(Verdicts::default());
    };
    let cases = cases(&judge.rubric, docs, answers);
    let asked: Vec<Result<Asked<'_>, UnscoredReason>> = cases
        .iter()
        .map(|case| Ok(Asked::of_messages(&case.doc, case.messages.clone())))
        .collect();
    let round = Round {
        title: "judging replies",
        form: Form::Words,
        generation: None,
        settings: &judge.settings(settings),
        chat: &*judge.model,
        journal,
        progress,
    };
    let said = reply_all(&round, &asked)?;
    let verdicts: Vec<Option<usize>> = cases
        .iter()
        .zip(&said)
        .map(|(case, answer)| judge.verdict(case, answer))
        .collect();
    let has_failed = said.iter().any(Answer::has_failed);
    let mut judged: Vec<Option<Judged>> = docs.iter().map(|_| None).collect();
    let calls = cases.iter().zip(&said).zip(&verdicts);
    for ((case, answer), verdict) in calls {
        judge.add(&mut judged[case.index], case, answer, *verdict);
    }
    Ok(Verdicts {
        judged,
        summary: Some(judge.summary(docs, &cases, &said, &verdicts)),
        has_failed,
    })
}

/// Replies that can be judged, each in the rubric's orders.
fn cases<'a>(rubric: &Rubric, docs: &[&Doc], answers: &'a [Answer]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for (index, (doc, answer)) in docs.iter().zip(answers).enumerate() {
        let reference = doc.references_in_words();
        let (Some(words), false) = (
            said(answer),
            rubric.needs_reference() && reference.is_empty(),
        ) else {
            continue;
        };
        for &order in rubric.orders() {
            cases.push(Case {
                index,
                order,
                doc: Doc {
                    id: doc.id.clone(),
                    choices: rubric.verdicts().map(str::to_owned).collect(),
                    ..Doc::default()
                },
                messages: rubric.messages(doc, &reference, words.answer.trim(), order),
                reply: words.answer.trim(),
            });
        }
    }
    cases
}

/// The reply in words, if it is an answer.
fn said(answer: &Answer) -> Option<&Words> {
    let words = answer.words.as_ref();
    words.filter(|_| answer.outcome.score().is_some())
}

impl Judge {
    /// Settings of its replies: whole sentences only where it is not held to a verdict.
    fn settings(&self, run: &Settings) -> Settings {
        Settings {
            model_fingerprint: self.fingerprint.clone(),
            writing: Writing {
                max_tokens: MAX_TOKENS,
                is_constrained: self.is_constrained,
                reasoning: Reasoning::Auto,
                ..run.writing
            },
            ..run.clone()
        }
    }

    /// Index of the verdict that an answer is.
    fn verdict(&self, case: &Case<'_>, answer: &Answer) -> Option<usize> {
        let verdicts: Vec<&str> = case.doc.choices.iter().map(String::as_str).collect();
        read_verdict(&said(answer)?.answer, &verdicts)
    }

    /// Counts a verdict: the worth of a reply is the mean over the orders, and needs all of them.
    fn add(
        &self,
        judged: &mut Option<Judged>,
        case: &Case<'_>,
        answer: &Answer,
        verdict: Option<usize>,
    ) {
        let share = verdict.map(|verdict| {
            self.rubric.worth(verdict, case.order) / self.rubric.orders().len() as f64
        });
        let one = judged.get_or_insert_with(|| Judged {
            worth: Some(0.0),
            calls: Vec::new(),
        });
        one.worth = one.worth.zip(share).map(|(sum, share)| sum + share);
        one.calls.push(Call {
            messages: case.messages.clone(),
            reply: answer.words.as_ref().map(|words| words.text.clone()),
            verdict: verdict.map(|verdict| case.doc.choices[verdict].clone()),
            usage: answer
                .words
                .as_ref()
                .map(|words| words.usage)
                .unwrap_or_default(),
            unscored: answer.reason(),
        });
    }

    fn summary(
        &self,
        docs: &[&Doc],
        cases: &[Case<'_>],
        said: &[Answer],
        verdicts: &[Option<usize>],
    ) -> JudgeSummary {
        let mut usage = Usage::default();
        said.iter()
            .filter_map(|answer| answer.words.as_ref())
            .for_each(|words| usage += words.usage);
        let settled = self.settled(cases, verdicts);
        let n_changed = settled.iter().filter(|(.., same)| !same).count() as u64;
        let pairs: Vec<(usize, usize)> = settled
            .iter()
            .filter_map(|&(case, verdict, same)| {
                let label = self.labels.of(&docs[case.index].id, case.reply)?;
                // A verdict that changes with the order is none that a label could have.
                Some((if same { verdict } else { usize::MAX }, label))
            })
            .collect();
        JudgeSummary {
            model: self.model.id().to_owned(),
            rubric: self.rubric.name().to_owned(),
            rubric_fingerprint: self.rubric.fingerprint(),
            is_constrained: self.is_constrained,
            n_calls: cases.len() as u64,
            n_without_verdict: verdicts.iter().filter(|verdict| verdict.is_none()).count() as u64,
            n_changed_by_order: self.rubric.is_pair().then_some(n_changed),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost: self.price.map(|price| price.dollars(usage)),
            agreement: (!self.labels.is_empty()).then(|| self.labels.agreement(&pairs)),
        }
    }

    /// Replies with verdicts in all orders: the verdict with the reply first, and if the others are worth the same.
    fn settled<'c, 'a>(
        &self,
        cases: &'c [Case<'a>],
        verdicts: &[Option<usize>],
    ) -> Vec<(&'c Case<'a>, usize, bool)> {
        let n = self.rubric.orders().len();
        let replies = cases.chunks(n).zip(verdicts.chunks(n));
        let settled = replies.filter_map(|(cases, verdicts)| {
            let verdicts = verdicts.iter().copied().collect::<Option<Vec<usize>>>()?;
            let worth =
                |(case, verdict): (&Case<'_>, &usize)| self.rubric.worth(*verdict, case.order);
            let mut worth = cases.iter().zip(&verdicts).map(worth);
            let first = worth.next()?;
            Some((&cases[0], verdicts[0], worth.all(|other| other == first)))
        });
        settled.collect()
    }
}
