use super::super::{
    Counts, Coverage, DocumentCoverage, Report, Rest, Sample, Samples, SectionCoverage,
};
use crate::{
    checks::{Cue, CueReport},
    reading::documents::Unreadable,
    settings::Settings,
    verify::{Figure, ModelChecks},
    writing::Summary,
};
use examen_core::{Language, QuestionId};
use examen_llm::Meter;
use examen_statistics::{Confidence, Interval, wilson};

const EVIL: &str = "<script>alert(1)</script>\"><img src=x onerror='alert(2)'>&amp;";

fn cue(rule: &str, hits: u64, n: u64, alarm: bool) -> Cue {
    Cue {
        rule: rule.to_owned(),
        n,
        hits: hits as f64,
        accuracy: (n > 0).then(|| hits as f64 / n as f64),
        chance: 0.25,
        interval: wilson(hits, n, Confidence::P95),
        p: None,
        guess_corrected: None,
        alarm,
    }
}

fn coverage() -> Coverage {
    let counts = Counts {
        chunks: 4,
        chunks_asked: 4,
        chunks_covered: 3,
        chunks_left: 1,
        failed: 1,
        accepted: 5,
        rejected: 3,
    };
    let heart = DocumentCoverage {
        document: "heart.md".to_owned(),
        language: Language::ENGLISH,
        counts,
        sections: vec![
            SectionCoverage {
                section: None,
                counts: Counts {
                    chunks_left: 1,
                    ..Counts::default()
                },
            },
            SectionCoverage {
                section: Some("Heart > Valves".to_owned()),
                counts: Counts {
                    chunks_left: 0,
                    ..counts
                },
            },
        ],
        more_sections: Some(Rest {
            n: 2,
            counts: Counts::default(),
        }),
    };
    let empty = DocumentCoverage {
        document: "vacío.txt".to_owned(),
        language: Language::SPANISH,
        ..Default::default()
    };
    Coverage {
        documents: vec![heart, empty],
        more_documents: Some(Rest {
            n: 1,
            counts: Counts {
                chunks: 6,
                ..Counts::default()
            },
        }),
        unreadable: vec![Unreadable {
            path: "scan.pdf".to_owned(),
            reason: "holds no text".to_owned(),
        }],
    }
}

fn samples() -> Samples {
    let accepted = Sample {
        question_id: QuestionId::of(&["1"]),
        document: "heart.md".to_owned(),
        section: Some("Heart > Valves".to_owned()),
        page: Some(3),
        question: "Which valve lies between left atrium and left ventricle?".to_owned(),
        answer: "The mitral valve".to_owned(),
        distractors: [
            "The aortic valve",
            "The tricuspid valve",
            "The pulmonary valve",
        ]
        .map(str::to_owned)
        .to_vec(),
        quote: Some("The mitral valve lies between them.".to_owned()),
        before: "…four chambers. ".to_owned(),
        found: "The mitral valve lies between them.".to_owned(),
        after: " It has two cusps…".to_owned(),
        reasons: vec![],
        remarks: vec!["echo: half of the answer stands in the stem".to_owned()],
        reply: None,
    };
    let rejected = Sample {
        before: String::new(),
        found: String::new(),
        after: String::new(),
        quote: Some("Nobody wrote this.".to_owned()),
        reasons: vec!["quote: the quote is not in the passage".to_owned()],
        remarks: vec![],
        ..accepted.clone()
    };
    Samples {
        accepted: vec![accepted],
        rejected: [("quote".to_owned(), vec![rejected])].into(),
    }
}

/// A model that was asked about two documents, and finds one of five questions wrong.
fn model_checks() -> ModelChecks {
    let interval = |low: f64, high: f64| {
        Some(Interval {
            low,
            high,
            confidence: Confidence::P95,
        })
    };
    let figure = |mean: f64, interval: Option<Interval>| Figure {
        mean,
        questions: 4,
        documents: 2,
        standard_error: interval.map(|_| 0.1),
        interval,
    };
    ModelChecks {
        model: "checker".to_owned(),
        orders: 4,
        chance: 0.25,
        open_book: Some(Figure {
            questions: 5,
            ..figure(0.85, interval(0.5, 0.97))
        }),
        closed_book: Some(figure(0.5, interval(0.2, 0.8))),
        options_only: Some(figure(0.3125, interval(0.1, 0.6))),
        stands_alone: Some(figure(0.75, None)),
        open_minus_closed: Some(figure(0.5, interval(-0.1, 1.0))),
        closed_minus_chance: Some(figure(0.25, None)),
        options_only_minus_chance: Some(figure(0.0625, None)),
        replies: 56,
        unreadable: 1,
        input_tokens: 5600,
        output_tokens: 56,
    }
}

fn summary() -> Summary {
    let counts = |counts: &[(&str, usize)]| {
        counts
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    };
    Summary {
        documents: 3,
        unreadable: 1,
        other_files: 2,
        not_reached: 4,
        chunks: 10,
        chunks_asked: 5,
        chunks_answered: 4,
        chunks_without_question: 0,
        chunks_covered: 3,
        chunks_left: counts(&[("boilerplate", 1)]),
        failed: 1,
        first_failure: Some("the server answered 500".to_owned()),
        stopped: Some("the limit of $1 is reached".to_owned()),
        calls: 6,
        replayed: 1,
        unread: 1,
        accepted: 5,
        rejected: counts(&[("quote", 2), ("duplicate", 1)]),
        remarks: counts(&[("echo", 1)]),
        input_tokens: 6000,
        output_tokens: 1500,
        cues: Some(CueReport {
            n: 5,
            cues: vec![
                cue("longest", 5, 5, true),
                cue("shortest", 0, 5, false),
                cue("only_hedged", 0, 0, false),
            ],
            key_places: None,
            mean_length_ratio: Some(1.25),
            length_ranks: [5, 0, 0, 0],
        }),
        model_checks: Some(model_checks()),
        coverage: coverage(),
        samples: samples(),
        ..Summary::default()
    }
}

fn report(summary: Summary, cost: Option<f64>) -> Report {
    let spent = Meter {
        calls: 6,
        input_tokens: 6000,
        output_tokens: 1500,
        cost,
        uncertain_tokens: 2048,
        uncertain_cost: cost.map_or(0.0, |_| 0.01),
    };
    Report::new(
        &Settings::new("docs", "somewhere/out"),
        "writer",
        summary,
        spent,
    )
}

/// The page without style and script, a tag a line.
fn body(html: &str) -> String {
    let main = html
        .split_once("<header>")
        .expect("a header")
        .1
        .split_once("<script>")
        .expect("a script")
        .0;
    main.replace("><", ">\n<")
}

#[test]
fn a_small_report() {
    insta::assert_snapshot!(body(&report(summary(), Some(0.9)).to_html()));
}

#[test]
fn what_is_not_known_is_said() {
    let html = report(summary(), None).to_html();
    assert!(html.contains("unknown: the model") && !html.contains("$0"));
    let free = report(summary(), Some(0.0)).to_html();
    assert!(free.contains("$0") && !free.contains("unknown"));
}

#[test]
fn a_run_without_anything_has_a_page() {
    let html = report(Summary::default(), Some(0.0)).to_html();
    assert!(html.contains("No question was accepted."));
    for section in ["id=\"cues\"", "id=\"coverage\"", "id=\"samples\""] {
        assert!(!html.contains(section), "{section}");
    }
}

#[test]
fn whatever_documents_and_models_write_is_text() {
    let mut summary = summary();
    let evil = || EVIL.to_owned();
    summary.first_failure = Some(evil());
    summary.stopped = Some(evil());
    for document in &mut summary.coverage.documents {
        document.document = evil();
        for section in &mut document.sections {
            section.section = Some(evil());
        }
    }
    summary.coverage.unreadable[0] = Unreadable {
        path: evil(),
        reason: evil(),
    };
    summary.rejected.insert(evil(), 1);
    let sample = Sample {
        document: evil(),
        section: Some(evil()),
        question: evil(),
        answer: evil(),
        distractors: vec![evil(); 3],
        quote: Some(evil()),
        before: evil(),
        found: evil(),
        after: evil(),
        reasons: vec![evil()],
        remarks: vec![evil()],
        ..Sample::default()
    };
    summary.samples.accepted = vec![sample.clone()];
    summary.samples.rejected = [(evil(), vec![sample])].into();
    let html = Report {
        model: evil(),
        name: evil(),
        ..report(summary, Some(1.0))
    }
    .to_html();
    assert_eq!(html.matches("<script").count(), 1);
    assert!(!html.contains("<img") && !html.contains("onerror='alert(2)'>&amp;\""));
    assert!(html.matches("&lt;script&gt;alert(1)").count() > 30);
}
