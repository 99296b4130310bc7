//! Questions that were written as text: YAML, or numbered questions with their options below. The last resort, for
//! replies in which there is no JSON.

use super::{
    labels,
    loose::{self, Value},
    names::Part,
};
use std::borrow::Cow;

/// A longer line is no part of a question.
const MAX_LINE_BYTES: usize = 65_536;
/// Longer names are text.
const MAX_NAME_CHARS: usize = 40;
/// Parts that a line may name.
const NAMED: [(Part, &str); 9] = [
    (Part::SecondQuote, "second quote"),
    (Part::Quote, "quote"),
    (Part::Distractors, "distractors"),
    (Part::Options, "options"),
    (Part::Index, "answer index"),
    (Part::Answer, "answer"),
    (Part::Difficulty, "difficulty"),
    (Part::Question, "question"),
    (Part::Kind, "kind"),
];

/// The questions in a text, as objects.
pub(super) fn objects(text: &str) -> Vec<Vec<(String, Value)>> {
    let mut reader = Reader::default();
    let lines = || text.lines().filter(|line| line.len() <= MAX_LINE_BYTES);
    for line in lines() {
        reader.take(&untagged(line));
    }
    reader.flush();
    match reader.found.is_empty() {
        true => table(lines()),
        false => reader.found,
    }
}

/// A line `<answer>The aorta</answer>` as `answer: The aorta`.
fn untagged(line: &str) -> Cow<'_, str> {
    let tag = line
        .trim()
        .strip_prefix('<')
        .and_then(|line| line.split_once('>'));
    match tag {
        Some((name, rest)) if NAMED.iter().any(|(part, _)| part.is_named(name)) => {
            let end = rest.rfind("</").unwrap_or(rest.len());
            Cow::Owned(format!("{name}: {}", &rest[..end]))
        }
        _ => Cow::Borrowed(line),
    }
}

/// The rows of a table of Markdown whose header names a question.
fn table<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Vec<(String, Value)>> {
    let cells = |line: &'a str| -> Vec<&'a str> {
        let row = line.trim().trim_start_matches('|').trim_end_matches('|');
        row.split('|').map(str::trim).collect()
    };
    let mut rows = lines.filter(|line| line.trim().starts_with('|')).map(cells);
    let Some(header) = rows.find(|cells| cells.iter().any(|cell| Part::Question.is_named(cell)))
    else {
        return Vec::new();
    };
    let is_rule = |cell: &&str| cell.chars().all(|c| matches!(c, '-' | ':' | ' '));
    let rows = rows.filter(|cells| !cells.iter().all(is_rule));
    let members = |cells: Vec<&str>| -> Vec<(String, Value)> {
        let named = header.iter().zip(cells);
        named
            .map(|(name, cell)| ((*name).to_owned(), Value::Text(cell.to_owned())))
            .collect()
    };
    rows.map(members).collect()
}

/// An option with its mark.
fn choice(text: &str, is_right: bool) -> Value {
    Value::Object(vec![
        ("text".to_owned(), Value::Text(text.to_owned())),
        ("is_correct".to_owned(), Value::Bare(is_right.to_string())),
    ])
}

/// The text behind a box, and true if that is ticked: `[x] The aorta`.
fn ticked(text: &str) -> Option<(&str, bool)> {
    let is = |boxes: [&str; 3]| boxes.iter().find_map(|own| text.strip_prefix(own));
    let right = is(["[x] ", "[X] ", "☑"]).map(|rest| (rest.trim(), true));
    right.or_else(|| is(["[ ] ", "[] ", "☐"]).map(|rest| (rest.trim(), false)))
}

#[derive(Debug, Default)]
struct Reader {
    found: Vec<Vec<(String, Value)>>,
    draft: Draft,
}

/// The question that is being read.
#[derive(Debug, Default)]
struct Draft {
    texts: Vec<(Part, String)>,
    /// Under `options`, or by their labels.
    options: Vec<Value>,
    distractors: Vec<Value>,
    /// The part that the next lines belong to.
    current: Option<Part>,
}

impl Reader {
    fn take(&mut self, line: &str) {
        let is_indented = line.starts_with([' ', '\t']);
        let body = line.trim();
        if body.is_empty() || body.starts_with("```") || body == "---" {
            return;
        }
        let unbulleted = ["- ", "* ", "• ", "+ "]
            .iter()
            .find_map(|bullet| body.strip_prefix(bullet));
        let text = unbulleted.unwrap_or(body).trim();
        if let Some((part, rest)) = field(text) {
            self.begin(part, rest);
            return;
        }
        if let Some((rest, is_right)) = ticked(text).filter(|_| self.draft.has(Part::Question)) {
            self.draft.list(Part::Options).push(choice(rest, is_right));
            return;
        }
        let plain = text.trim_start_matches(['*', '_', '#', ' ']);
        let label = labels::label(plain);
        match label {
            Some(label) if self.is_option(&label) => self.option(text, plain),
            _ if unbulleted.is_some() && self.takes_list() => self.element(text),
            _ if !self.awaits_text() && is_stem(plain, label.as_ref()) => {
                if self.draft.is_full() || !self.draft.has(Part::Question) {
                    self.begin(Part::Question, text);
                }
            }
            _ => self.go_on(text, is_indented),
        }
    }

    /// A part begins; another question, if this one has it.
    fn begin(&mut self, part: Part, rest: &str) {
        // `Distractor 1: …`, `Distractor 2: …`
        let goes_on = self.takes_list() && self.draft.current == Some(part) && !rest.is_empty();
        let is_next = part == Part::Question && self.draft.is_full();
        if !goes_on && (self.draft.has(part) || is_next) {
            self.flush();
        }
        self.draft.current = Some(part);
        let text = scalar(rest);
        match part {
            Part::Distractors | Part::Options if text.is_empty() => {}
            Part::Distractors | Part::Options => {
                let listed = match loose::read(rest, rest.len() * 4).0 {
                    Ok(Value::List(values)) if rest.starts_with('[') => values,
                    _ => vec![Value::Text(text)],
                };
                self.draft.list(part).extend(listed);
            }
            part => self.draft.texts.push((part, text)),
        }
    }

    /// True if a line with this label is an option: a letter below a question, or a number below a list's name.
    fn is_option(&self, label: &labels::Label<'_>) -> bool {
        let is_listed = self.takes_list();
        let has_question = self.draft.has(Part::Question);
        match label.is_number {
            true => is_listed,
            false => is_listed || has_question && label.index == self.draft.options.len(),
        }
    }

    fn option(&mut self, text: &str, plain: &str) {
        let part = match self.draft.current {
            Some(part @ (Part::Distractors | Part::Options)) if self.takes_list() => part,
            _ => Part::Options,
        };
        let value = match labels::marked(plain) {
            (rest, Some(is_right)) => choice(rest, is_right),
            (_, None) => Value::Text(text.to_owned()),
        };
        self.draft.list(part).push(value);
        if part == Part::Options && !self.takes_list() {
            self.draft.current = None;
        }
    }

    fn element(&mut self, text: &str) {
        let value = Value::Text(scalar(text));
        if let Some(part) = self.draft.current {
            self.draft.list(part).push(value);
        }
    }

    fn takes_list(&self) -> bool {
        matches!(self.draft.current, Some(Part::Distractors | Part::Options))
    }

    /// True below a name with nothing behind it: `question:`, `### Question 1`.
    fn awaits_text(&self) -> bool {
        let last = self.draft.texts.last();
        last.is_some_and(|(part, text)| text.is_empty() && Some(*part) == self.draft.current)
    }

    /// A line that goes on with the part before.
    fn go_on(&mut self, text: &str, is_indented: bool) {
        let Some((_, last)) = self
            .draft
            .texts
            .last_mut()
            .filter(|(part, _)| Some(*part) == self.draft.current)
        else {
            return;
        };
        if last.is_empty() {
            *last = scalar(text);
        } else if is_indented {
            last.push(' ');
            last.push_str(text);
        }
    }

    fn flush(&mut self) {
        let draft = std::mem::take(&mut self.draft);
        if !draft.has(Part::Question) || !draft.is_full() {
            return;
        }
        let mut members: Vec<(String, Value)> = draft
            .texts
            .into_iter()
            .map(|(part, text)| (name(part).to_owned(), Value::Text(text)))
            .collect();
        for (part, values) in [
            (Part::Options, draft.options),
            (Part::Distractors, draft.distractors),
        ] {
            let mut values = values;
            match values.len() {
                0 => {}
                1 => members.push((name(part).to_owned(), values.remove(0))),
                _ => members.push((name(part).to_owned(), Value::List(values))),
            }
        }
        self.found.push(members);
    }
}

impl Draft {
    fn has(&self, part: Part) -> bool {
        match part {
            Part::Options => !self.options.is_empty(),
            Part::Distractors => !self.distractors.is_empty(),
            part => self.texts.iter().any(|(own, _)| *own == part),
        }
    }

    /// True once there is more than a stem.
    fn is_full(&self) -> bool {
        self.has(Part::Answer) || self.has(Part::Options) || self.has(Part::Distractors)
    }

    fn list(&mut self, part: Part) -> &mut Vec<Value> {
        match part {
            Part::Distractors => &mut self.distractors,
            _ => &mut self.options,
        }
    }
}

fn name(part: Part) -> &'static str {
    NAMED
        .iter()
        .find(|(own, _)| *own == part)
        .map_or("text", |(_, name)| name)
}

/// The part that a line names before its colon, and the rest: `**Correct answer:** B`. `Question 2` alone names one too.
fn field(text: &str) -> Option<(Part, &str)> {
    let colon = text
        .char_indices()
        .take(MAX_NAME_CHARS)
        .find(|(_, c)| matches!(c, ':' | '：' | '='));
    let (name, rest) = match colon {
        Some((at, c)) => (&text[..at], &text[at + c.len_utf8()..]),
        None if text.ends_with(|c: char| c.is_ascii_digit() || c == '*')
            && text.chars().count() <= MAX_NAME_CHARS
            && text.chars().any(|c| c.is_ascii_digit()) =>
        {
            (text, "")
        }
        None => return None,
    };
    let bare = name.trim_matches(|c: char| c.is_whitespace() || "*_#\"'`".contains(c));
    // `1. Question: …` has a number of its own.
    let bare = labels::label(bare)
        .filter(|label| label.is_number)
        .map_or(bare, |label| label.rest);
    let (part, _) = NAMED.iter().find(|(part, _)| part.is_named(bare))?;
    let is_numbered = bare.ends_with(|c: char| c.is_ascii_digit());
    if colon.is_none() && !(is_numbered && *part == Part::Question) {
        return None;
    }
    Some((*part, rest.trim_start_matches(['*', '_', ' ', '\t'])))
}

/// A scalar of YAML without its quotes; nothing for the sign of a block.
fn scalar(text: &str) -> String {
    let text = text.trim();
    if matches!(text, "|" | ">" | "|-" | ">-" | "null" | "~") {
        return String::new();
    }
    for quote in ['"', '\''] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.replace(&format!("\\{quote}"), &quote.to_string());
        }
    }
    text.to_owned()
}

/// True for a line that asks: it ends with a question mark, or is numbered and ends with a colon or a gap.
fn is_stem(text: &str, label: Option<&labels::Label<'_>>) -> bool {
    let text = text.trim_end_matches(['*', '_', ' ']);
    let is_numbered = label.is_some_and(|label| label.is_number) || labels::stem(text).is_some();
    text.ends_with(['?', '？', '؟', ';']) && text.contains(['?', '？', '؟'])
        || is_numbered && (text.ends_with([':', '：', '.', '…']) || text.ends_with("__"))
}
