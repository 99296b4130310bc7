//! One evaluation from beginning to end.

use crate::{
    answering::{
        Answer, Entry, Form, Prompts, Round, Unconditional, ask, reply_all, score_contexts,
        score_unconditional, uses_chat,
    },
    doc::Doc,
    error::EvaluateError,
    few_shot::Shots,
    graded::{Graded, grade},
    judging::judge_all,
    model::Model,
    pace::Paced,
    runs::{self, Finished},
    settings::Settings,
    summary::{RunSummary, summarise},
    task::{Kind, Task},
    way::Way,
};
use examen_core::{Progress, ids::content_hash};
use examen_files::{atomic, journal::Journal};
use examen_llm::ChatModel;
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

/// Asks a model the questions of `task`, writes the run folder and returns its numbers.
///
/// Blocks for as long as the model takes. Killed at any point, it loses at most the questions in flight: finished ones
/// lie in `<output_dir>/<hash>.journal` until the run folder is complete, and the same call goes on from there.
///
/// # Errors
/// A model that does not answer in the task's way, a task without questions or with too few for the examples, cancellation by `progress`, a model that fails as a whole,
/// files that cannot be written. A question that cannot be scored is no error: it is counted apart.
pub fn run<'a>(
    settings: &Settings,
    task: &Task,
    model: impl Into<Model<'a>>,
    progress: &dyn Progress,
) -> Result<RunSummary, EvaluateError> {
    let started = (settings.clock)();
    let model = model.into();
    let progress = &Paced::new(progress, settings.clock);
    check(settings, task, model)?;
    let is_chat = uses_chat(settings, task, model)?;
    let asked_task = match is_chat {
        true => task.for_chat(),
        false => Cow::Borrowed(task),
    };
    let task = &*asked_task;
    let docs = chosen(settings, task)?;
    let prompts = Prompts {
        task,
        model,
        system_prompt: settings.system_prompt.as_deref(),
        is_chat,
    };
    let mut shots = Shots::draw(&task.few_shot, &task.dataset);
    let asked = docs
        .iter()
        .map(|&doc| ask(&prompts, &mut shots, doc))
        .collect::<Result<Vec<_>, _>>()?;
    let journal_path = journal_path(settings, task, model);
    let journal = Journal::open(&journal_path)?;
    let (answers, unconditional) = match model {
        Model::Scorer(scorer) => (
            score_contexts(settings, &asked, scorer, &journal, progress)?,
            score_unconditional(settings, &docs, scorer, &journal, progress)?,
        ),
        Model::Chat(chat) => (
            reply_all(&round(settings, task, chat, &journal, progress), &asked)?,
            Unconditional::default(),
        ),
    };
    let verdicts = judge_all(settings, &docs, &answers, &journal, progress)?;
    let metrics = &settings.metrics;
    let graded: Vec<_> = (docs.iter().zip(&asked).zip(&answers).enumerate())
        .map(|(index, ((&doc, asked), answer))| {
            let judged = verdicts.judged.get(index).and_then(Option::as_ref);
            grade(metrics, doc, asked, answer, &unconditional, judged)
        })
        .collect();
    let mut summary = summarise(settings, &prompts, &shots, &graded);
    summary.judge = verdicts.summary;
    add_own_metrics(settings, &graded, &mut summary)?;
    let finished = Finished {
        settings,
        task,
        graded: &graded,
        started,
        ended: (settings.clock)(),
    };
    let summary = runs::write(&finished, summary)?;
    let is_whole = !verdicts.has_failed && !answers.iter().any(Answer::has_failed);
    end(journal, &journal_path, is_whole)?;
    Ok(summary)
}

/// How the questions are asked of a model that writes.
fn round<'a>(
    settings: &'a Settings,
    task: &'a Task,
    chat: &'a dyn ChatModel,
    journal: &'a Journal<Entry>,
    progress: &'a dyn Progress,
) -> Round<'a> {
    Round {
        title: "asking questions",
        form: Form::Letters,
        generation: match &task.kind {
            Kind::Reply(generation) => Some(generation),
            _ => None,
        },
        settings,
        chat,
        journal,
        progress,
    }
}

/// Removes the journal of a run that is written. What got no answer is asked again by the same command, which must not ask the
/// rest: then it stays.
fn end(journal: Journal<Entry>, path: &Path, is_whole: bool) -> Result<(), EvaluateError> {
    if is_whole {
        // Before its lock goes, so that no other run can have begun to write to it.
        atomic::remove(path)?;
    }
    drop(journal);
    Ok(())
}

/// Adds the metrics that the task's own file computes.
fn add_own_metrics(
    settings: &Settings,
    graded: &[Graded<'_>],
    summary: &mut RunSummary,
) -> Result<(), EvaluateError> {
    if let Some(own) = &settings.own_metrics {
        let samples = graded.iter();
        let samples = samples.filter_map(|graded| Some((graded.doc, graded.for_own_metrics()?)));
        let (docs, samples): (Vec<_>, Vec<_>) = samples.unzip();
        let (metrics, warnings) = own.summaries(&docs, &samples)?;
        summary.own_metrics = metrics;
        summary.warnings.extend(warnings);
    }
    Ok(())
}

/// Refuses a model that does not answer in the task's way.
fn check(settings: &Settings, task: &Task, model: Model<'_>) -> Result<(), EvaluateError> {
    let reason = match (task.way, model) {
        (Way::Generate, Model::Scorer(_)) => "the model writes no replies",
        (Way::Likelihood | Way::Letters | Way::Hybrid, Model::Chat(_)) => {
            "the model gives no log-probabilities"
        }
        (_, Model::Scorer(_)) if settings.judge.is_some() => {
            "a judge reads replies, and it has none"
        }
        _ => return Ok(()),
    };
    Err(EvaluateError::NotAnswerable {
        task: task.name.clone(),
        way: task.way,
        reason: reason.to_owned(),
    })
}

/// The questions that are asked, in the task's order.
fn chosen<'a>(settings: &Settings, task: &'a Task) -> Result<Vec<&'a Doc>, EvaluateError> {
    let all = &task.dataset.docs;
    let n = settings.max_samples.unwrap_or(usize::MAX).min(all.len());
    let indices = settings.selection.indices(n, all.len());
    match indices.is_empty() {
        true => Err(EvaluateError::EmptyExam {
            path: task.dataset.path.clone(),
        }),
        false => Ok(indices.into_iter().map(|index| &all[index]).collect()),
    }
}

/// One journal a model and task, so that runs of several models into one folder do not meet. A question that is
/// corrected on the way leaves the others' scores where they are.
fn journal_path(settings: &Settings, task: &Task, model: Model<'_>) -> PathBuf {
    let (path, label) = (&task.dataset.path, task.label());
    let name = content_hash(&[model.id(), &settings.model_fingerprint, path, &label]);
    settings.output_dir.join(format!("{name}.journal"))
}
