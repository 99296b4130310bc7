//! Chat templates against transformers (`testdata/templates/make.py`).

use crate::support::rows;
use examen_engine::{TemplateRun, TemplateSource, run_template};
use examen_llm::Message;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Row {
    name: String,
    /// Text of a template that is not in `testdata`.
    template: Option<String>,
    messages: Vec<Message>,
    add_generation_prompt: bool,
    /// What transformers writes.
    text: Option<String>,
    /// Why it writes nothing.
    refused: Option<String>,
}

impl Row {
    fn render(&self) -> Result<String, String> {
        let own = || {
            let path = crate::support::workspace().join("testdata/templates");
            std::fs::read_to_string(path.join(&self.name)).unwrap()
        };
        run_template(TemplateRun {
            source: TemplateSource {
                text: self.template.clone().unwrap_or_else(own),
                tokens: [("bos_token", "<s>"), ("eos_token", "</s>")]
                    .map(|(name, text)| (name.into(), text.into()))
                    .into(),
            },
            messages: Some(self.messages.clone()),
            adds_generation_prompt: self.add_generation_prompt,
            now: Some(jiff::civil::date(2024, 7, 4).at(8, 5, 9, 0)),
        })
    }

    /// What differs from transformers, if anything.
    fn difference(&self) -> Option<String> {
        match (self.render(), &self.text, &self.refused) {
            (Ok(found), Some(expected), _) if found == *expected => None,
            (Err(_), None, Some(_)) => None,
            // Templates for tools, which iterate over them without asking whether there are any: as if there were none.
            (Ok(_), None, Some(refused))
                if refused.contains("'NoneType' object is not iterable") =>
            {
                None
            }
            (found, ..) => Some(format!(
                "{} of {} messages: {found:?}\n  transformers: {:?}",
                self.name,
                self.messages.len(),
                self.text.as_ref().or(self.refused.as_ref())
            )),
        }
    }
}

#[test]
fn templates_render_as_in_transformers() {
    let rows = rows::<Row>("templates/golden.jsonl");
    assert_eq!(rows.len(), 32);
    let differences: Vec<String> = rows.iter().filter_map(Row::difference).collect();
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
#[ignore = "needs the rows that testdata/templates/make.py writes for others' templates, named by EXAMEN_TEMPLATES"]
fn templates_of_real_models_render_as_in_transformers() {
    let path = std::env::var_os("EXAMEN_TEMPLATES").expect("EXAMEN_TEMPLATES names the rows");
    let text = std::fs::read_to_string(Path::new(&path)).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let differences: Vec<String> = rows.iter().filter_map(Row::difference).collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        rows.len(),
        differences.join("\n")
    );
}

#[test]
fn a_template_that_does_not_parse_is_called_so() {
    let run = |text: &str, messages| {
        run_template(TemplateRun {
            source: TemplateSource {
                text: text.into(),
                tokens: Default::default(),
            },
            messages,
            adds_generation_prompt: true,
            now: None,
        })
    };
    let error = run("{% for %}", None).unwrap_err();
    assert!(error.starts_with("it does not parse: "), "{error}");
    let error = run("{{ raise_exception('no') }}", Some(Vec::new())).unwrap_err();
    assert!(
        error.starts_with("it fails on the conversation: "),
        "{error}"
    );
    // Without a clock, a template that can do without one does.
    let dated = "{{ strftime_now('%Y') if strftime_now is defined else 'undated' }}";
    assert_eq!(run(dated, Some(Vec::new())).unwrap(), "undated");
}
