//! A few questions to look at.

use super::super::{Report, Sample, words};
use examen_page::{Excerpt, Folded, Item, ItemOption, Items, Section};

pub(super) fn section(report: &Report) -> Option<Section> {
    let samples = &report.summary.samples;
    if samples.accepted.is_empty() && samples.rejected.is_empty() {
        return None;
    }
    let mut section = Section::new("samples", "Samples");
    section.text("Drawn from the whole run with its seed. What is marked in the passage is what the key rests on.");
    if !samples.accepted.is_empty() {
        section
            .subheading("Accepted")
            .add(&Items(samples.accepted.iter().map(item).collect()));
    }
    if !samples.rejected.is_empty() {
        section.subheading("Rejected, by reason");
    }
    for (name, drawn) in &samples.rejected {
        let n = report
            .summary
            .rejected
            .get(name)
            .copied()
            .unwrap_or(drawn.len());
        let summary = format!("{} ({} of {n})", words::named_reason(name), drawn.len());
        section.add(&Folded {
            summary,
            part: &Items(drawn.iter().map(item).collect()),
        });
    }
    Some(section)
}

fn item(sample: &Sample) -> Item {
    let key = ItemOption {
        text: sample.answer.clone(),
        mark: Some("key".to_owned()),
    };
    let distractors = sample.distractors.iter().map(|text| ItemOption {
        text: text.clone(),
        mark: None,
    });
    let excerpt = Excerpt {
        before: sample.before.trim_start().to_owned(),
        marked: sample.found.clone(),
        after: sample.after.trim_end().to_owned(),
    };
    let lost = sample.quote.as_ref().filter(|_| sample.found.is_empty());
    let lost = lost.map(|quote| format!("quoted, but not found in the passage: “{quote}”"));
    let reply = sample.reply.as_ref();
    let reply = reply.map(|reply| format!("the model replied: “{reply}”"));
    Item {
        origin: origin(sample),
        stem: sample.question.clone(),
        options: [key].into_iter().chain(distractors).collect(),
        excerpt: (!sample.found.is_empty()).then_some(excerpt),
        comments: sample
            .reasons
            .iter()
            .chain(&sample.remarks)
            .cloned()
            .chain(lost)
            .chain(reply)
            .collect(),
    }
}

fn origin(sample: &Sample) -> String {
    let page = sample.page.map(|page| format!("page {page}"));
    let parts = [Some(sample.document.clone()), sample.section.clone(), page];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
