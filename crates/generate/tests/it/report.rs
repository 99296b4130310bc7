//! The numbers of a report add up, and are those of the output.

use crate::support::{
    Scripted, exam, folder, item, passage, rows, run_silently, sentences, settings, status,
    unreadable,
};
use examen_generate::{
    Report, Settings, Summary,
    report::{Counts, Step},
};
use examen_llm::Meter;
use serde_json::json;
use tempfile::TempDir;

/// Documents with something to lose at every step.
fn troubled() -> TempDir {
    let (a, b, c) = (
        sentences("arteries", 12),
        sentences("bones", 6),
        sentences("cells", 9),
    );
    let d = format!(
        "# Cells\n\n{}\n\n# Nerves\n\n{}",
        sentences("dendrites", 3),
        sentences("nerves", 3)
    );
    folder(&[
        ("a.txt", a.as_bytes()),
        ("again.txt", a.as_bytes()),
        ("b.txt", b.as_bytes()),
        ("c.txt", c.as_bytes()),
        ("d.md", d.as_bytes()),
        ("broken.txt", b"\0\0\0"),
        ("picture.png", b""),
    ])
}

/// Fails, says nothing, or writes questions with flaws, depending on the passage.
fn capricious() -> std::sync::Arc<Scripted> {
    Scripted::new(|request| {
        let passage = passage(request);
        if passage.contains("Fact 1 about bones") {
            return Err(status(400));
        }
        if passage.contains("Fact 4 about bones") {
            return Ok("I would rather not.".to_owned());
        }
        if passage.contains("Fact 1 about cells") {
            let mut flawed = item("Fact 1 about cells");
            flawed["quote"] = json!("nobody ever wrote this");
            return Ok(json!({ "exam": [flawed] }).to_string());
        }
        Ok(exam(request))
    })
}

fn assert_adds_up(steps: &[Step]) {
    assert!(steps[0].lost.is_empty(), "{steps:?}");
    for pair in steps.windows(2) {
        let lost: usize = pair[1].lost.values().sum();
        assert_eq!(pair[0].n - lost, pair[1].n, "{steps:?}");
    }
}

/// What the report says, against what is in the tables of the output.
fn assert_is_true(settings: &Settings, summary: &Summary) -> Report {
    let report = Report::new(settings, "scripted", summary.clone(), Meter::default());
    for steps in [
        &report.funnel.documents,
        &report.funnel.chunks,
        &report.funnel.questions,
    ] {
        assert_adds_up(steps);
    }
    let (accepted, rejected) = (rows(settings, "questions"), rows(settings, "rejected"));
    let written = rejected
        .iter()
        .filter(|row| !row.question.is_empty())
        .count();
    let [first, .., last] = report.funnel.questions.as_slice() else {
        panic!("{:?}", report.funnel)
    };
    assert_eq!(
        (first.n, last.n),
        (accepted.len() + written, accepted.len())
    );
    let covered: std::collections::HashSet<_> = accepted.iter().map(|row| &row.chunk_id).collect();
    assert_eq!(
        report.funnel.chunks.last().map(|step| step.n),
        Some(covered.len())
    );

    let coverage = &summary.coverage;
    let (mut of_documents, mut of_sections) = (Counts::default(), Counts::default());
    for document in &coverage.documents {
        of_documents += document.counts;
        document
            .sections
            .iter()
            .for_each(|section| of_sections += section.counts);
    }
    assert_eq!(of_documents, of_sections);
    let expected = Counts {
        chunks: summary.chunks,
        chunks_asked: summary.chunks_asked,
        chunks_covered: summary.chunks_covered,
        chunks_left: summary.chunks_left.values().sum(),
        failed: summary.failed,
        accepted: summary.accepted,
        rejected: summary.n_rejected(),
    };
    assert_eq!(of_documents, expected);
    assert_eq!(
        (coverage.documents.len(), coverage.unreadable.len()),
        (summary.documents, summary.unreadable)
    );
    assert_eq!(unreadable(settings).len(), summary.unreadable);
    report
}

#[tokio::test]
async fn each_steps_numbers_add_up() {
    let folder = troubled();
    let settings = Settings {
        max_re_asks: 0,
        ..settings(&folder)
    };
    let summary = run_silently(&settings, &capricious()).await.unwrap();
    let report = assert_is_true(&settings, &summary);
    insta::assert_json_snapshot!(report.funnel);
    let document = |name: &str| {
        summary
            .coverage
            .documents
            .iter()
            .find(|document| document.document == name)
            .unwrap()
    };
    let sections: Vec<_> = document("d.md")
        .sections
        .iter()
        .map(|section| section.section.as_deref())
        .collect();
    assert_eq!(sections, [Some("Cells"), Some("Nerves")]);
    assert_eq!(
        document("again.txt").counts,
        Counts {
            chunks_left: 4,
            ..Counts::default()
        }
    );
}

#[tokio::test]
async fn they_do_with_a_limit_and_quotas_too() {
    let folder = troubled();
    for (max_questions, max_per_document, max_per_section) in [
        (Some(3), None, None),
        (Some(100), Some(1), None),
        (None, Some(3), None),
        (None, None, Some(1)),
    ] {
        let settings = Settings {
            max_questions,
            max_per_document,
            max_per_section,
            ..settings(&folder)
        };
        let summary = run_silently(&settings, &capricious()).await.unwrap();
        assert_is_true(&settings, &summary);
    }
}

#[tokio::test]
async fn what_is_told_does_not_depend_on_which_reply_comes_first() {
    let folder = troubled();
    let mut reports = Vec::new();
    for concurrency in [1, 16] {
        let settings = Settings {
            concurrency,
            ..settings(&folder)
        };
        let _ = std::fs::remove_file(settings.journal());
        let summary = run_silently(&settings, &capricious()).await.unwrap();
        reports.push(Report::new(&settings, "scripted", summary, Meter::default()).to_html());
    }
    assert_eq!(reports[0], reports[1]);
}
