//! Python's regular expressions: the same pattern in the syntax of the engine here, and the functions of `re` on it. Steps are
//! bounded.

use std::fmt;

/// Steps back that one search may take.
const MAX_STEPS: usize = 1_000_000;
/// Bytes of a pattern.
const MAX_PATTERN: usize = 1 << 16;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: fancy_regex::Regex,
}

/// A search that took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManySteps;

impl fmt::Display for TooManySteps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the pattern takes more than {MAX_STEPS} steps")
    }
}

impl Pattern {
    /// Compiles a pattern in Python's syntax.
    ///
    /// # Errors
    /// What is wrong with it, or what of it is not known here.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err(format!("it has more than {MAX_PATTERN} bytes"));
        }
        Self::of_rust(&translated(pattern))
    }

    /// The characters whose category in Unicode is punctuation.
    pub(crate) fn punctuation() -> Self {
        Self::of_rust(r"\p{P}").expect("it is tested")
    }

    /// Compiles a pattern in the syntax here.
    fn of_rust(pattern: &str) -> Result<Self, String> {
        let regex = fancy_regex::RegexBuilder::new(pattern)
            .backtrack_limit(MAX_STEPS)
            .delegate_size_limit(10 << 20)
            .delegate_dfa_size_limit(10 << 20)
            .build();
        match regex {
            Ok(regex) => Ok(Self { regex }),
            Err(error) => Err(error.to_string()),
        }
    }

    /// `re.findall`: of each match its groups, or all of it where the pattern has no groups.
    pub(crate) fn find_all(&self, text: &str) -> Result<Vec<Vec<String>>, TooManySteps> {
        let mut found = Vec::new();
        self.each(text, &mut |captures| {
            let group = |n: usize| {
                captures
                    .get(n)
                    .map_or("", |group| group.as_str())
                    .to_owned()
            };
            found.push(match captures.len() {
                1 => vec![group(0)],
                n => (1..n).map(group).collect(),
            });
        })?;
        Ok(found)
    }

    /// `re.sub(pattern, "", text)`.
    pub(crate) fn removed_from(&self, text: &str) -> Result<String, TooManySteps> {
        self.replaced_in(text, "")
    }

    /// `re.sub(pattern, new, text)` with a replacement that has no references.
    pub(crate) fn replaced_in(&self, text: &str, new: &str) -> Result<String, TooManySteps> {
        let (mut out, mut last) = (String::new(), 0);
        self.each(text, &mut |captures| {
            if let Some(whole) = captures.get(0) {
                out.push_str(&text[last..whole.start()]);
                out.push_str(new);
                last = whole.end();
            }
        })?;
        Ok(out + &text[last..])
    }

    /// Calls `take` with each match, as `re.finditer` finds them: an empty one may follow directly after one that is not.
    fn each(
        &self,
        text: &str,
        take: &mut dyn FnMut(&fancy_regex::Captures<'_>),
    ) -> Result<(), TooManySteps> {
        let (mut from, mut last_empty) = (0, None);
        while from <= text.len() {
            let captures = self.regex.captures_from_pos(text, from);
            let Some(captures) = captures.map_err(|_| TooManySteps)? else {
                break;
            };
            let Some((start, end)) = captures.get(0).map(|whole| (whole.start(), whole.end()))
            else {
                break;
            };
            let is_empty = start == end;
            if is_empty && last_empty == Some(end) {
                from = end + text[end..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            take(&captures);
            last_empty = is_empty.then_some(end);
            from = end;
        }
        Ok(())
    }
}

/// A text as a pattern that matches it: `re.escape`.
pub(crate) fn escaped(text: &str) -> String {
    regex::escape(text)
}

/// The pattern in the syntax here.
fn translated(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let is_multiline =
        pattern.contains("(?m") || pattern.contains("(?im") || pattern.contains("(?sm");
    let mut out = String::with_capacity(pattern.len());
    let (mut n, mut in_class) = (0, false);
    while n < chars.len() {
        let (c, next) = (chars[n], chars.get(n + 1).copied());
        match c {
            '\\' => {
                out.push_str(&escape(next, in_class));
                n += 1;
            }
            '[' if !in_class => {
                in_class = true;
                out.push(c);
                // A bracket that comes first is a member.
                for first in ['^', ']'] {
                    if chars.get(n + 1) == Some(&first) {
                        out.push_str(if first == ']' { "\\]" } else { "^" });
                        n += 1;
                    }
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(c);
            }
            '[' => out.push_str("\\["),
            // A range that ends, or begins, with the sign itself.
            '-' if in_class && next == Some(c) => {
                let begins = out.ends_with(['[', '^']);
                out.push_str(if begins { r"\--" } else { r"-\-" });
                n += 1;
            }
            '&' | '~' if in_class && next == Some(c) => {
                out.push('\\');
                out.push(c);
            }
            '$' if !in_class && !is_multiline => out.push_str(r"(?=\n?\z)"),
            '{' if !in_class => out.push_str(&counted(&chars[n..])),
            c => out.push(c),
        }
        n += 1;
    }
    out
}

/// What stands after a backslash.
fn escape(next: Option<char>, in_class: bool) -> String {
    match next {
        Some('Z') => r"\z".to_owned(),
        Some('b') if in_class => r"\x08".to_owned(),
        Some(c @ ('<' | '>')) => c.to_string(),
        Some(c) if !c.is_ascii() => c.to_string(),
        Some(c) => format!("\\{c}"),
        None => "\\".to_owned(),
    }
}

/// The beginning of a count, or a brace that is none.
fn counted(rest: &[char]) -> String {
    let end = rest.iter().position(|c| *c == '}').unwrap_or(0);
    let inner: String = rest[1..end.max(1)].iter().collect();
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    match inner.split_once(',') {
        Some(("", max)) if is_number(max) && !max.is_empty() => "{0".to_owned(),
        Some((min, max)) if is_number(min) && is_number(max) && !min.is_empty() => "{".to_owned(),
        None if is_number(&inner) && !inner.is_empty() => "{".to_owned(),
        _ => r"\{".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first group of each match.
    fn all(pattern: &str, text: &str) -> Vec<Vec<String>> {
        Pattern::new(pattern).unwrap().find_all(text).unwrap()
    }

    #[test]
    fn matches_are_those_of_pythons_findall() {
        // Each by python3 -c 'import re; print(re.findall(pattern, text))'.
        let one = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| vec![(*text).to_owned()])
                .collect::<Vec<_>>()
        };
        assert_eq!(all("a*", "baac"), one(&["", "aa", "", ""]));
        assert_eq!(
            all(r"(?<=the answer is )(.*)(?=.)", "the answer is (B)."),
            one(&["(B)"])
        );
        assert_eq!(
            all(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", "so 12, then 7"),
            [["12,", ""], ["", "7"]].map(|pair| pair.map(str::to_owned).to_vec())
        );
        assert_eq!(all(r"^(.*?)\s*$", "a b \n"), one(&["a b"]));
        assert_eq!(all(r"b$", "ab\n"), one(&["b"]));
        assert_eq!(all(r"[[(]\d[])]", "[1] (2)"), one(&["[1]", "(2)"]));
        assert_eq!(all(r"{x{,2}}", "{xx}"), one(&["{xx}"]));
        assert_eq!(all(r"[+--]+", "a+,-b"), one(&["+,-"]));
        assert_eq!(all(r"\<(\w)\>", "<a>"), one(&["a"]));
        assert_eq!(all(r"(\w)\1", "aab"), one(&["a"]));
    }

    #[test]
    fn what_matches_is_removed() {
        let removed = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().removed_from(text);
        assert_eq!(removed(r"\.$", "1.5.").unwrap(), "1.5");
        assert_eq!(removed(r"(?s).*#### ", "a\nb#### 7").unwrap(), "7");
    }

    #[test]
    fn a_pattern_that_would_not_end_is_given_up() {
        let pattern = Pattern::new(r"^(?=(a+)+$)b").unwrap();
        let text = format!("{}!", "a".repeat(60));
        assert_eq!(pattern.find_all(&text), Err(TooManySteps));
    }
}
