//! The option that a reply chooses.

use super::{
    Found, first, last_part,
    phrases::{MARKED, PHRASES},
};
use crate::measures::text::{quasi_form, strip};

/// Bytes of a reply that are compared with the text of an option.
const MAX_OPTION: usize = 2048;

/// Index of the option that `reply` chooses: by its letter (A, B, …; full-width, Arabic and, in brackets, small ones as well)
/// after a phrase such as `the answer is`, before one such as `is correct`, in `\boxed{}` or `<answer>`, at the beginning, or
/// alone on the last line; or by its text. `options` are the texts in order, empty where a caller has only letters. `None` for a
/// reply that chooses nothing or, by the first rule that finds any, several options.
///
/// ```
/// use examen_evaluate::measures::read_choice;
/// let options = ["the left atrium", "the left ventricle", "the aorta"];
/// assert_eq!(read_choice("It is not A. The correct answer is **(B)**.", &options), Some(1));
/// assert_eq!(read_choice("La respuesta correcta es la C.", &options), Some(2));
/// assert_eq!(read_choice("The answer is A or B.", &options), None);
/// assert_eq!(read_choice("A heart has four chambers.", &options), None);
/// ```
pub fn read_choice(reply: &str, options: &[&str]) -> Option<usize> {
    let reply = Reply {
        text: strip(last_part(reply)),
        options: options.iter().map(|option| quasi_form(option)).collect(),
    };
    first(&[
        &|| reply.marked(),
        &|| reply.phrased(),
        &|| reply.leading(),
        &|| reply.last_line(),
        &|| Found::of(reply.is_option(reply.text).map(Some)),
    ])
}

struct Reply<'a> {
    text: &'a str,
    /// The options' texts in the form in which they are compared.
    options: Vec<String>,
}

/// A letter that stands for an option, and the text after it.
#[derive(Clone, Copy)]
struct Letter<'a> {
    index: usize,
    rest: &'a str,
}

impl Reply<'_> {
    fn marked(&self) -> Found<usize> {
        let contents = MARKED.captures_iter(self.text).filter_map(|found| {
            let content = found.iter().skip(1).flatten().next()?;
            self.alone(content.as_str())
        });
        Found::of(contents)
    }

    fn phrased(&self) -> Found<usize> {
        let after_phrase = PHRASES
            .before
            .find_iter(self.text)
            .filter_map(|found| self.named(&self.text[found.end()..]));
        let before_phrase = self.text.char_indices().filter_map(|(start, first)| {
            let before = self.text[..start].chars().next_back();
            if is_opening(first) || before.is_some_and(is_part_of_word) {
                return None;
            }
            let letter = self.letter(&self.text[start..])?;
            let rest = letter.rest.trim_start_matches(is_closing);
            PHRASES.after.is_match(rest).then(|| self.only(letter))
        });
        Found::of(after_phrase.chain(before_phrase))
    }

    /// The option at the beginning of what follows a phrase; `Some(None)` for several.
    fn named(&self, rest: &str) -> Option<Option<usize>> {
        let without_noun = PHRASES
            .noun
            .find(rest)
            .map_or(rest, |noun| &rest[noun.end()..]);
        let texts = [rest, without_noun];
        let by_text = texts.iter().find_map(|text| self.starts_with_option(text));
        by_text.or_else(|| {
            let letter = texts.iter().find_map(|text| self.letter(text))?;
            Some(self.only(letter))
        })
    }

    fn leading(&self) -> Found<usize> {
        let leads = self.text.lines().enumerate().filter_map(|(index, line)| {
            let letter = self.set_off(line)?;
            // What other lines begin with matters only where the first one has a letter too.
            Some((index, self.only(letter)))
        });
        let mut leads = leads.peekable();
        match leads.peek() {
            Some((0, _)) => Found::of(leads.map(|(_, lead)| lead)),
            _ => Found::Nothing,
        }
    }

    fn last_line(&self) -> Found<usize> {
        let line = self.text.lines().next_back();
        Found::of(line.and_then(|line| self.alone(line)))
    }

    /// The option of a text that holds nothing else.
    fn alone(&self, text: &str) -> Option<Option<usize>> {
        let letter = self.set_off(text).map(|letter| self.only(letter));
        letter.or_else(|| self.is_option(text).map(Some))
    }

    /// The letter that a line begins with, maybe after a word such as `Option`.
    fn set_off<'a>(&self, line: &'a str) -> Option<Letter<'a>> {
        let titled = PHRASES.title.find(line).map(|title| &line[title.end()..]);
        let letter = self.letter(line).or_else(|| self.letter(titled?))?;
        self.is_set_off(letter).then_some(letter)
    }

    /// The option's index, unless another letter follows as its equal: `A or B`.
    fn only(&self, letter: Letter<'_>) -> Option<usize> {
        let Some(between) = PHRASES.or.find(letter.rest) else {
            return Some(letter.index);
        };
        // A new line is a new thought.
        let is_apart = strip(between.as_str()).is_empty() && between.as_str().contains('\n');
        let other = self.letter(&letter.rest[between.end()..]);
        let is_equal = other.is_none_or(|other| other.index == letter.index);
        (is_apart || is_equal).then_some(letter.index)
    }

    /// True for a letter with a mark, the end, its option's text or a reason after it.
    fn is_set_off(&self, letter: Letter<'_>) -> bool {
        let rest = letter.rest.trim_start();
        let says_option = self
            .options
            .get(letter.index)
            .is_some_and(|option| begins(&quasi_form(head(rest)), option));
        rest.is_empty()
            || rest.starts_with(['-', '–', '—'])
            || rest.len() < letter.rest.len() && rest.starts_with(['(', '（'])
            || letter.rest.starts_with(is_closing)
            || letter.rest.starts_with('\n')
            || says_option
            || PHRASES.because.is_match(rest)
    }

    /// The letter at the beginning of a text, after marks.
    fn letter<'a>(&self, text: &'a str) -> Option<Letter<'a>> {
        let opened = text.trim_start_matches(is_opening);
        let letter = opened.chars().next()?;
        let index = PHRASES
            .index(letter)
            .filter(|index| *index < self.options.len())?;
        let rest = opened[letter.len_utf8()..].trim_start_matches('ـ');
        let is_closed = rest
            .trim_start_matches(['*', '_'])
            .starts_with([')', ']', '）', '】', '}']);
        let end = rest.trim_start_matches(is_closing);
        let is_last = end.is_empty() || end.starts_with('\n');
        let is_small = letter.is_ascii_lowercase() && !is_closed && !is_last;
        let is_word =
            matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y') && begins_a_sentence(rest);
        (!is_small && !is_word && is_at_end(rest)).then_some(Letter { index, rest })
    }

    /// The option that a text is.
    fn is_option(&self, text: &str) -> Option<usize> {
        let form = quasi_form(text);
        let mut equal = self
            .options
            .iter()
            .enumerate()
            .filter(|(_, option)| !option.is_empty() && **option == form);
        let (index, _) = equal.next()?;
        equal.next().is_none().then_some(index)
    }

    /// The option with the longest text that a text begins with, unless it is one letter; `Some(None)` where its line names
    /// another one too.
    fn starts_with_option(&self, text: &str) -> Option<Option<usize>> {
        let line = text
            .trim_start_matches(is_opening)
            .lines()
            .next()
            .unwrap_or_default();
        let form = quasi_form(head(line));
        let is_letter =
            |option: &str| option.chars().count() == 1 && option.chars().all(char::is_alphabetic);
        let said = |(_, option): &(usize, &String)| begins(&form, option) && !is_letter(option);
        let (index, option) = self
            .options
            .iter()
            .enumerate()
            .filter(said)
            .max_by_key(|(_, option)| option.len())?;
        let others = self
            .options
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let is_named = |(_, other): (usize, &String)| {
            !is_letter(other)
                && !other.is_empty()
                && (other == option || form[option.len()..].contains(other.as_str()))
        };
        Some((!others.into_iter().any(is_named)).then_some(index))
    }
}

/// True if `text` begins with the words of `option`.
fn begins(text: &str, option: &str) -> bool {
    let rest = text.strip_prefix(option).filter(|_| !option.is_empty());
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() && c < '\u{2e80}'))
}

/// True if a letter that is a word too is followed by more of its sentence, not by a reason.
fn begins_a_sentence(rest: &str) -> bool {
    let next = rest.trim_start();
    next.len() < rest.len()
        && next.starts_with(char::is_alphabetic)
        && !rest.starts_with('\n')
        && !PHRASES.because.is_match(next)
        && !PHRASES.after.is_match(rest)
        && PHRASES
            .or
            .find(rest)
            .is_none_or(|or| strip(or.as_str()).is_empty())
}

/// True if a letter before `rest` is no part of a word, a name or a formula.
fn is_at_end(rest: &str) -> bool {
    let mut characters = rest.chars();
    match (characters.next(), characters.next(), characters.next()) {
        (Some('\'' | '’' | '-' | '‐' | '‑' | '+' | '^' | '='), Some(next), _) => {
            !next.is_alphanumeric() && next != '+'
        }
        (Some('.'), Some(next), Some('.')) => !next.is_uppercase(),
        (Some(next), _, _) => !is_part_of_word(next),
        (None, ..) => true,
    }
}

/// Writing without spaces sets its words directly beside a letter.
fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() && c < '\u{2e80}'
}

/// The beginning of a text, as far as an option could reach.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_OPTION)]
}

fn is_opening(c: char) -> bool {
    c.is_whitespace() || "([（【「{<:：=-–—>*_\"'`“”«»„‘’$\\#،,".contains(c)
}

fn is_closing(c: char) -> bool {
    ")]）】」}>.:：,，、。*_\"'`”»“’$;；!؟،".contains(c)
}
