//! Files of a published set from which other evaluation tools take it, without a line of code: each a template beside this
//! file and a line of [`ALL`]. All ask as `examen evaluate` does by default, but for the prompt of inspect_ai, which has its
//! own.

use crate::template;
use minijinja::context;

/// A file for a tool.
pub(crate) struct Harness {
    /// Path in the published folder.
    pub(crate) path: &'static str,
    /// The tool's name, for the card.
    pub(crate) tool: &'static str,
    /// The command that runs it there, a template too.
    command: &'static str,
    template: &'static str,
}

pub(crate) const ALL: [Harness; 4] = [
    Harness {
        path: "eval.yaml",
        tool: "inspect_ai, from the Hub",
        command: "inspect eval hf/ORG/NAME --model MODEL",
        template: include_str!("eval.yaml.jinja"),
    },
    Harness {
        path: "tasks/inspect_task.py",
        tool: "inspect_ai",
        command: "inspect eval tasks/inspect_task.py --model MODEL",
        template: include_str!("inspect_task.py.jinja"),
    },
    Harness {
        path: "tasks/lighteval_task.py",
        tool: "LightEval",
        command: "lighteval accelerate \"model_name=MODEL\" \"{{ name }}|0\" --custom-tasks tasks/lighteval_task.py",
        template: include_str!("lighteval_task.py.jinja"),
    },
    Harness {
        path: "tasks/lm_eval.yaml",
        tool: "lm-evaluation-harness",
        command: "lm_eval --model hf --model_args pretrained=MODEL --tasks tasks/lm_eval.yaml",
        template: include_str!("lm_eval.yaml.jinja"),
    },
];

impl Harness {
    /// The file for a set with this title.
    pub(crate) fn file(&self, title: &str) -> String {
        render(self.template, title)
    }

    /// The command that runs it in the published folder.
    pub(crate) fn command(&self, title: &str) -> String {
        render(self.command, title)
    }
}

fn render(text: &str, title: &str) -> String {
    let quoted = serde_json::to_string(title).expect("a string is JSON");
    let words = context! { title => quoted, name => name(title) };
    template::render(text, words)
}

/// A title as the name of a task: letters, digits and `_`.
pub(crate) fn name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => "exam".to_owned(),
        false => words.join("_").to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, name};

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        assert_eq!(name("Sums: the \"easy\" ones"), "sums_the_easy_ones");
        assert_eq!(name("Größe"), "gr_e");
        assert_eq!(name("蘋果"), "exam");
    }

    #[test]
    fn a_title_ends_no_string() {
        for harness in &ALL {
            let file = harness.file("a\"\n}} \\ b");
            assert!(
                !file.contains("{{ title") && !file.contains("a\"\n"),
                "{file}"
            );
        }
    }
}
