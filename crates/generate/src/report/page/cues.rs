//! Cues to the key in the accepted questions as a set.

use super::super::{Report, words};
use crate::checks::{Cue, CueReport};
use examen_page::{
    Notice, Notices, Section,
    chart::{AgainstChance, Bar, Bars, Measured},
    number::{count, counted, percent},
};

pub(super) fn section(report: &Report) -> Option<Section> {
    let cues = report.summary.cues.as_ref().filter(|cues| cues.n > 0)?;
    let mut section = Section::new("cues", "What the questions give away");
    section.text(
        "Whoever knows nothing of the subject may still find the answer by a rule of thumb. Each rule is tried on all \
         accepted questions with four options, those where it says something; if it chooses several options that tie, the \
         key among them counts in part. Better than chance (one-sided exact binomial test, p below 0.01) is an alarm.",
    );
    section.add(&rules(cues)).add(&Notices(notices(report)));
    section.add(&lengths(cues));
    if let Some(ratio) = cues.mean_length_ratio {
        section.text(format!(
            "Keys are {ratio:.2} times as long as their distractors on average; at 1 the length says nothing."
        ));
    }
    if let Some(places) = &cues.key_places {
        let bars = ["A", "B", "C", "D"]
            .iter()
            .zip(places.counts)
            .map(|(letter, n)| bar(letter, n))
            .collect();
        section.add(&Bars {
            title: "Where the keys are".to_owned(),
            bars,
        });
        section.text(format!(
            "Against equal shares: χ² {:.2}, p {:.4}.",
            places.chi_square, places.p
        ));
    }
    Some(section)
}

/// The alarms in words, or that five rules raised none: nobody has judged the questions.
pub(super) fn notices(report: &Report) -> Vec<Notice> {
    let Some(cues) = report.summary.cues.as_ref().filter(|cues| cues.n > 0) else {
        return Vec::new();
    };
    let alarms: Vec<Notice> = cues
        .cues
        .iter()
        .filter(|cue| cue.alarm)
        .map(alarm)
        .collect();
    match alarms.is_empty() {
        true => {
            let n_rules = cues.cues.iter().filter(|cue| cue.n > 0).count();
            vec![Notice::Good(format!(
                "{} of thumb raised no alarm on {}. Nothing else is meant: nobody has judged the questions yet.",
                counted(n_rules as u64, "rule"),
                counted(cues.n, "question")
            ))]
        }
        false => alarms,
    }
}

fn alarm(cue: &Cue) -> Notice {
    let interval = cue.interval.map_or_else(String::new, |interval| {
        format!(
            ", 95 % interval {} to {}",
            percent(Some(interval.low)),
            percent(Some(interval.high))
        )
    });
    let remedy = words::remedy(&cue.rule)
        .map_or_else(String::new, |remedy| format!(" What helps: {remedy}."));
    Notice::Alarm(format!(
        "Who always takes {} is right in {} of {}{interval}, where chance gives {}.{remedy}",
        words::rule(&cue.rule),
        percent(cue.accuracy),
        counted(cue.n, "question"),
        percent(Some(cue.chance)),
    ))
}

fn rules(cues: &CueReport) -> AgainstChance {
    let measured = |cue: &Cue| Measured {
        label: words::rule(&cue.rule),
        share: cue.accuracy,
        interval: cue.interval.map(|interval| (interval.low, interval.high)),
        n: cue.n,
        alarm: cue.alarm.then(|| "above chance".to_owned()),
    };
    AgainstChance {
        title: "How often a rule of thumb finds the key, with 95 % Wilson intervals".to_owned(),
        chance: cues.cues.first().map_or(0.0, |cue| cue.chance),
        confidence: 0.95,
        shares: cues.cues.iter().map(measured).collect(),
    }
}

fn lengths(cues: &CueReport) -> Bars {
    let ranks = [
        "the longest option",
        "the second longest",
        "the third longest",
        "the shortest",
    ];
    let bars = ranks
        .iter()
        .zip(cues.length_ranks)
        .map(|(rank, n)| bar(rank, n))
        .collect();
    Bars {
        title: "The key among the options, by length (ties count as the longer)".to_owned(),
        bars,
    }
}

fn bar(label: &str, n: u64) -> Bar {
    Bar {
        label: label.to_owned(),
        value: n as f64,
        shown: count(n),
    }
}
