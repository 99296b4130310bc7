//! LaTeX, reStructuredText and AsciiDoc: kept as they are written, with their headings as those of Markdown, without what
//! is not set: comments, the preamble, directives of the build.

use super::{Format, bytes, markdown_contents};
use crate::reading::{ReadError, decode::noticed};
use examen_core::Contents;
use regex::{Captures, Regex};
use std::{path::Path, sync::LazyLock};

/// A LaTeX document.
pub(super) const LATEX: Format = Format {
    name: "LaTeX",
    extensions: &["tex", "latex", "ltx"],
    begins: |beginning| beginning.starts_with(b"\\documentclass"),
    read: |path| Ok(read(path, latex)?),
    picture: None,
};

/// A document of Sphinx or Docutils.
pub(super) const RST: Format = Format {
    name: "reStructuredText",
    extensions: &["rst", "rest"],
    begins: |_| false,
    read: |path| Ok(read(path, rst)?),
    picture: None,
};

/// An AsciiDoc document.
pub(super) const ASCIIDOC: Format = Format {
    name: "AsciiDoc",
    extensions: &["adoc", "asciidoc", "asc"],
    begins: |_| false,
    read: |path| Ok(read(path, asciidoc)?),
    picture: None,
};

fn read(path: &Path, markdown: fn(&str) -> String) -> Result<Contents, ReadError> {
    let (text, notice) = noticed(&bytes(path)?)?;
    let mut contents = markdown_contents(markdown(&text));
    contents.notices.extend(notice);
    match contents.text.trim().is_empty() {
        true => Err(ReadError::NoText),
        false => Ok(contents),
    }
}

static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)(^|[^\\])%.*$"));
static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\\(part|chapter|section|subsection|subsubsection|paragraph|title)\*?(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}",
    )
});
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\\(?:label|maketitle|tableofcontents|newpage|clearpage|centering|noindent|bibliographystyle|bibliography|begin\{(?:document|itemize|enumerate|center|abstract)\}|end\{(?:document|itemize|enumerate|center|abstract)\})(?:\{[^{}]*\})?",
    )
});
static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\\(?:textbf|textit|emph|texttt|textrm|textsc|underline|mbox)\{([^{}]*)\}")
});
static ITEM: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)^[ \t]*\\item[ \t]*"));

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is in order")
}

fn latex(text: &str) -> String {
    let text = COMMENT.replace_all(text, "$1");
    let (preamble, body) = text.split_once("\\begin{document}").unwrap_or(("", &text));
    let title = SECTION
        .captures_iter(preamble)
        .find(|found| &found[1] == "title");
    let title = title
        .map(|title| format!("# {}\n\n", &title[2]))
        .unwrap_or_default();
    let body = body.split("\\end{document}").next().unwrap_or_default();
    let body = SETTING.replace_all(body, "");
    let body = ITEM.replace_all(&body, "- ");
    let body = INLINE.replace_all(&body, "$1");
    let heading = |found: &Captures<'_>| {
        let level = match &found[1] {
            "part" | "chapter" | "title" => 1,
            "section" => 2,
            "subsection" => 3,
            _ => 4,
        };
        format!("\n\n{} {}\n\n", "#".repeat(level), found[2].trim())
    };
    title + &SECTION.replace_all(&body, heading)
}

/// Titles are underlined, some are overlined too; their marks have a level each, by where they come first.
fn rst(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| {
        let first = line.chars().next();
        line.len() >= 2
            && first.is_some_and(|c| c.is_ascii_punctuation())
            && line.chars().all(|c| Some(c) == first)
    };
    let (mut marks, mut markdown, mut index) = (Vec::<(char, bool)>::new(), String::new(), 0);
    while index < lines.len() {
        let line = lines[index];
        let has_over = is_rule(line) && lines.get(index + 2).is_some_and(|under| *under == line);
        let title_at = index + usize::from(has_over);
        let title = lines.get(title_at).copied().unwrap_or_default().trim();
        let under = lines
            .get(title_at + 1)
            .copied()
            .unwrap_or_default()
            .trim_end();
        let is_title = !title.is_empty()
            && !is_rule(title)
            && is_rule(under)
            && under.chars().count() + 1 >= title.chars().count();
        if is_title {
            let mark = (under.chars().next().unwrap_or('='), has_over);
            if !marks.contains(&mark) {
                marks.push(mark);
            }
            let level = marks.iter().position(|known| *known == mark).unwrap_or(0) + 1;
            markdown += &format!("{} {title}\n\n", "#".repeat(level.min(6)));
            index = title_at + 2;
            continue;
        }
        if is_directive(line) {
            index += 1;
            while lines
                .get(index)
                .is_some_and(|line| line.trim_start().starts_with(':'))
            {
                index += 1;
            }
            continue;
        }
        markdown += line
            .strip_suffix("::")
            .map_or(line, |_| &line[..line.len() - 1]);
        markdown.push('\n');
        index += 1;
    }
    markdown
}

/// True for what is no text: targets, comments and most directives.
fn is_directive(line: &str) -> bool {
    line.starts_with(".. ")
        && !["note", "warning", "tip", "important", "caution", "hint"]
            .iter()
            .any(|kind| line.contains(&format!("{kind}::")))
}

fn asciidoc(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let (mut is_comment, mut is_code) = (false, false);
    for line in text.lines() {
        let n_marks = line.chars().take_while(|&c| c == '=').count();
        let is_attribute = line.starts_with(':') && line[1..].contains(':');
        match line {
            "////" => is_comment = !is_comment,
            _ if is_comment => {}
            _ if line.len() >= 4
                && (line.chars().all(|c| c == '-') || line.chars().all(|c| c == '.')) =>
            {
                is_code = !is_code;
                markdown += "```\n";
            }
            _ if is_code => markdown += &format!("{line}\n"),
            _ if (1..=6).contains(&n_marks) && line[n_marks..].starts_with(' ') => {
                markdown += &format!("{}{}\n\n", "#".repeat(n_marks), &line[n_marks..]);
            }
            _ if line.starts_with("//")
                || is_attribute
                || (line.starts_with('[') && line.ends_with(']')) => {}
            "|===" | "====" | "****" | "____" => markdown.push('\n'),
            _ => markdown += &format!("{line}\n"),
        }
    }
    markdown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn latex_keeps_its_formulas_and_loses_its_preamble() {
        let tex = "\\documentclass{article}\n\\title{Pumps}\n\\usepackage{x} % no\n\\begin{document}\n\\maketitle\n\\section{Flow \\emph{rate}}\\label{a}\nIt is \\textbf{5\\%} of $\\frac{a}{b}$. % remark\n\\begin{itemize}\n\\item One\n\\end{itemize}\n\\end{document}\nrest";
        let read = latex(tex);
        for words in [
            "# Pumps\n",
            "## Flow rate\n",
            "It is 5\\% of $\\frac{a}{b}$.",
            "- One",
        ] {
            assert!(read.contains(words), "{words} is not in {read}");
        }
        for words in ["usepackage", "remark", "label", "rest", "itemize"] {
            assert!(!read.contains(words), "{words} is in {read}");
        }
    }

    #[test]
    fn titles_of_rst_and_asciidoc_are_headings() {
        let read = rst(
            "=====\nPumps\n=====\n\n.. image:: x.png\n   :alt: y\n\nFlow\n----\n\nText::\n\n  code\n\nRate\n----\n",
        );
        assert_eq!(
            read,
            "# Pumps\n\n\n\n## Flow\n\n\nText:\n\n  code\n\n## Rate\n\n"
        );
        let read = asciidoc(
            "= Pumps\n:author: X\n\n// no\n== Flow\n\n[source]\n----\n== code\n----\nText.\n",
        );
        assert_eq!(read, "# Pumps\n\n\n## Flow\n\n\n```\n== code\n```\nText.\n");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(\\\\section\\{|[{}%=\\-.:|*\n]|\\PC){0,40}") {
            latex(&text);
            rst(&text);
            asciidoc(&text);
        }
    }
}
