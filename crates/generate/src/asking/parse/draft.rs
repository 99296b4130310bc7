//! A question out of an object, whatever its keys are called and its options look like.

use super::{
    labels,
    loose::{self, Value},
    names::{Part, option_key},
    tidy,
};
use crate::asking::schema::{Item, Text};
use examen_core::{exam::N_DISTRACTORS, text::comparable};

/// Shorter options may be letters by themselves (blood groups, vitamins, elements).
const MAX_SYMBOL_CHARS: usize = 3;

/// An object that is no question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoItem {
    /// It has nothing of one.
    Other,
    /// It has parts of one, and cannot be read for this reason.
    Malformed(String),
}

/// An option as the reply has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Choice {
    /// Index that its letter or number says.
    label: Option<usize>,
    text: String,
    is_correct: Option<bool>,
}

/// Bytes that are looked at for each of a list in a string.
const MAX_LOOKS_PER_BYTE: usize = 4;

type Member = (String, Value);
type Read<T> = Result<T, NoItem>;

/// The question that an object is.
pub(super) fn item(members: &[Member]) -> Read<Item> {
    let stem = stem(members)?;
    let mut notes = Vec::new();
    let quote = text_of(members, Part::Quote)?;
    let (answer, distractors) = options(members, &quote, &mut notes)?;
    let tidied = |text: String, notes: &mut Vec<String>| Text::of(&tidy::tidied(&text, notes));
    let bare_stem = labels::stem(&stem).map(str::to_owned);
    if bare_stem.is_some() {
        notes.push("the number or name before the question was removed".to_owned());
    }
    let mut item = Item {
        question: tidied(bare_stem.unwrap_or(stem), &mut notes),
        answer: tidied(answer, &mut notes),
        distractors: distractors
            .into_iter()
            .map(|text| tidied(text, &mut notes))
            .collect(),
        // A quote is looked for in the passage, which may be written so.
        quote: Text::of(&tidy::without_hidden(&quote)),
        second_quote: Text::of(&text_of(members, Part::SecondQuote)?),
        kind: Text::of(&text_of(members, Part::Kind).unwrap_or_default()),
        difficulty: Text::of(&text_of(members, Part::Difficulty).unwrap_or_default()),
        notes: Vec::new(),
    };
    notes.dedup();
    let is_new = |index: &usize| !notes[..*index].contains(&notes[*index]);
    item.notes = (0..notes.len())
        .filter(is_new)
        .map(|index| notes[index].clone())
        .collect();
    Ok(item)
}

/// The stem; under `text` where options are beside it.
fn stem(members: &[Member]) -> Read<String> {
    let has = |part: Part| member(members, part).is_some();
    let has_options = has(Part::Options) || has(Part::Distractors);
    let value = match member(members, Part::Question) {
        Some(value) => value,
        None if has_options && has(Part::Text) => {
            member(members, Part::Text).ok_or(NoItem::Other)?
        }
        None if has_options || has(Part::Answer) => {
            return Err(NoItem::Malformed("it has no question".to_owned()));
        }
        None => return Err(NoItem::Other),
    };
    match text(value) {
        Some(stem) => Ok(stem),
        // What is called a question and holds one is looked into.
        None if matches!(value, Value::Object(_)) => Err(NoItem::Other),
        None => Err(unfit("question")),
    }
}

fn unfit(name: &str) -> NoItem {
    NoItem::Malformed(format!("`{name}` is no text"))
}

/// The value of the first member with such a name. A second quote is none of the first kind.
fn member(members: &[Member], part: Part) -> Option<&Value> {
    let is_second = |key: &str| part == Part::Quote && Part::SecondQuote.is_named(key);
    members
        .iter()
        .find(|(key, _)| part.is_named(key) && !is_second(key))
        .map(|(_, value)| value)
}

fn text_of(members: &[Member], part: Part) -> Read<String> {
    let Some((key, value)) = members.iter().find(|(key, _)| part.is_named(key)) else {
        return Ok(String::new());
    };
    match value {
        Value::List(parts) if part == Part::Quote => {
            Ok(parts.iter().filter_map(text).collect::<Vec<_>>().join(" "))
        }
        value => text(value).ok_or_else(|| unfit(key)),
    }
}

/// The text that a value is: also a number, a list of one, an object that has it by name.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bare(word) if matches!(word.as_str(), "null" | "None") => Some(String::new()),
        Value::Bare(word) => Some(match word.as_str() {
            "True" => "true".to_owned(),
            "False" => "false".to_owned(),
            _ => word.clone(),
        }),
        Value::List(values) => match values.as_slice() {
            [one] => text(one),
            _ => None,
        },
        Value::Object(members) => text(member(members, Part::Text)?),
    }
}

/// The key and the distractors.
fn options(
    members: &[Member],
    quote: &str,
    notes: &mut Vec<String>,
) -> Read<(String, Vec<String>)> {
    let mut distractors = choices_of(members, Part::Distractors)?;
    let mut pool = choices_of(members, Part::Options)?;
    pool.extend(lettered(members));
    let mut answer = Answer::of(members)?;
    unlabel(&mut pool, notes);
    if pool.len() == 1 && !distractors.is_empty() {
        // A list of right answers, with one.
        let only = pool.remove(0).text;
        answer.text = if answer.text.is_empty() {
            only
        } else {
            answer.text
        };
    }
    // The labels of a list are known by the whole of it, the key with them.
    let written = texts(if distractors.is_empty() {
        &pool
    } else {
        &distractors
    });
    let chosen = match pool.is_empty() {
        false => chosen(&pool, &answer, quote, notes)?,
        true => {
            unlabel(&mut distractors, notes);
            among_distractors(&distractors, &answer)?
        }
    };
    let from = if pool.is_empty() { &distractors } else { &pool };
    let Some(index) = chosen else {
        return Ok(unlabelled_all(answer.text, written, notes));
    };
    if from[index].text != answer.text {
        let said = answer.said();
        notes.push(format!("the answer was given as {said} of the options"));
    }
    let others: Vec<Choice> = from
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .map(|(_, choice)| choice.clone())
        .collect();
    if pool.is_empty() {
        notes.push("the answer stood among the distractors too".to_owned());
    }
    Ok((from[index].text.clone(), texts(&others)))
}

fn texts(choices: &[Choice]) -> Vec<String> {
    choices.iter().map(|choice| choice.text.clone()).collect()
}

/// What the reply says about the right option.
#[derive(Debug, Default)]
struct Answer {
    /// The answer, or the letter of it.
    text: String,
    /// A number or letter that is called one.
    index: Option<String>,
    is_number: bool,
}

impl Answer {
    fn of(members: &[Member]) -> Read<Self> {
        let index = text_of(members, Part::Index)?;
        let mut answer = Self {
            index: (!index.is_empty()).then_some(index),
            ..Self::default()
        };
        let Some((key, value)) = members.iter().find(|(key, _)| Part::Answer.is_named(key)) else {
            return Ok(answer);
        };
        answer.is_number = matches!(value, Value::Bare(_));
        answer.text = match value {
            Value::Object(own) if member(own, Part::Text).is_none() => match own.as_slice() {
                [(_, value)] => text(value),
                own => member(own, Part::Label).and_then(text),
            },
            value => text(value),
        }
        .ok_or_else(|| unfit(key))?;
        let tidied = tidy::tidied(&answer.text, &mut Vec::new());
        if let Some(rest) = labels::named(&tidied, Part::Answer) {
            answer.text = rest.to_owned();
        }
        if let (rest, Some(true)) = labels::marked(&answer.text) {
            answer.text = rest.to_owned();
        }
        Ok(answer)
    }

    /// The letter or number, for people.
    fn said(&self) -> String {
        match &self.index {
            _ if !self.text.is_empty() => format!("`{}`", self.text),
            Some(index) => format!("the index {index}"),
            None => "a mark".to_owned(),
        }
    }
}

/// Index of the right one of the options; `None` where the answer stands beside three that are all wrong.
fn chosen(
    pool: &[Choice],
    answer: &Answer,
    quote: &str,
    notes: &mut Vec<String>,
) -> Read<Option<usize>> {
    let found = by_text(pool, &answer.text)
        .or_else(|| by_label(pool, labels::letter(&answer.text)?))
        .or_else(|| {
            by_label(
                pool,
                labels::label(&answer.text)
                    .filter(|label| label.is_certain)?
                    .index,
            )
        })
        .or_else(|| by_label(pool, labels::said(&answer.text)?))
        .or_else(|| by_roman(pool, &answer.text))
        .or_else(|| by_flag(pool))
        .or_else(|| by_index(pool, answer, quote, notes));
    if found.is_some() {
        return Ok(found);
    }
    let missing = match () {
        () if answer.text.is_empty() => "it does not say which option is right".to_owned(),
        () if pool.len() == N_DISTRACTORS && labels::letter(&answer.text).is_none() => {
            return Ok(None);
        }
        () => format!(
            "its answer `{}` is none of its options",
            clipped(&answer.text)
        ),
    };
    Err(NoItem::Malformed(missing))
}

fn clipped(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The option that says the answer, with or without a label before it.
fn by_text(pool: &[Choice], answer: &str) -> Option<usize> {
    let is = |answer: &str| {
        let form = comparable(answer);
        let mut same = (0..pool.len()).filter(|index| comparable(&pool[*index].text) == form);
        same.next().filter(|_| !form.is_empty())
    };
    is(answer)
        .or_else(|| is(&tidy::tidied(answer, &mut Vec::new())))
        .or_else(|| is(labels::label(answer)?.rest))
}

fn by_label(pool: &[Choice], index: usize) -> Option<usize> {
    let labelled = pool.iter().position(|choice| choice.label == Some(index));
    let has_labels = pool.iter().any(|choice| choice.label.is_some());
    labelled.or_else(|| (!has_labels && index < pool.len()).then_some(index))
}

/// A Roman number, where the options have such numbers.
fn by_roman(pool: &[Choice], answer: &str) -> Option<usize> {
    let index = labels::roman_number(answer)?;
    pool.iter().position(|choice| choice.label == Some(index))
}

fn by_flag(pool: &[Choice]) -> Option<usize> {
    let mut right = (0..pool.len()).filter(|index| pool[*index].is_correct == Some(true));
    right.next().filter(|_| right.next().is_none())
}

/// A number counts from 0; from 1 where only that fits, where the options are so numbered, or where the quote says so.
fn by_index(
    pool: &[Choice],
    answer: &Answer,
    quote: &str,
    notes: &mut Vec<String>,
) -> Option<usize> {
    if let Some(index) = answer.index.as_deref().and_then(labels::letter) {
        return by_label(pool, index);
    }
    let said = answer
        .index
        .as_deref()
        .or((!answer.text.is_empty()).then_some(&answer.text))?;
    let n: usize = said.trim().parse().ok()?;
    if let Some(labelled) = n
        .checked_sub(1)
        .and_then(|index| pool.iter().position(|choice| choice.label == Some(index)))
    {
        return Some(labelled);
    }
    let quote = comparable(quote);
    let is_quoted = |index: usize| {
        let form = pool.get(index).map(|choice| comparable(&choice.text))?;
        (!form.is_empty() && quote.contains(&form)).then_some(index)
    };
    let from_one = n.checked_sub(1);
    let found = match (is_quoted(n), from_one.and_then(is_quoted)) {
        (None, Some(index)) => Some(index),
        _ if n < pool.len() => Some(n),
        _ => from_one.filter(|index| *index < pool.len()),
    };
    notes.extend(found.map(|index| {
        let first = usize::from(index != n);
        format!("the option number {n} was counted from {first}")
    }));
    found
}

/// Index of the key among four distractors; `None` where they are distractors and nothing else.
fn among_distractors(distractors: &[Choice], answer: &Answer) -> Read<Option<usize>> {
    let has_symbols = distractors
        .iter()
        .any(|choice| choice.text.chars().count() <= MAX_SYMBOL_CHARS);
    let letter = labels::letter(&answer.text)
        .or_else(|| labels::letter(answer.index.as_deref()?))
        .filter(|_| !has_symbols && !distractors.is_empty());
    let is_full = distractors.len() == N_DISTRACTORS + 1;
    let found = match letter {
        Some(index) => by_label(distractors, index).filter(|_| is_full),
        None if is_full => by_text(distractors, &answer.text).or_else(|| by_flag(distractors)),
        None => None,
    };
    match letter {
        Some(_) if found.is_none() => Err(NoItem::Malformed(format!(
            "its answer is the letter `{}` of an option that is not there",
            clipped(&answer.text)
        ))),
        _ => Ok(found),
    }
}

/// The options under a name.
fn choices_of(members: &[Member], part: Part) -> Read<Vec<Choice>> {
    let named: Vec<&Member> = members
        .iter()
        .filter(|(key, _)| part.is_named(key))
        .collect();
    let mut all = Vec::new();
    for (key, value) in &named {
        // `distractor_1`, `distractor_2`: each is one.
        all.extend(match value {
            Value::Text(text) if named.len() > 1 => vec![Choice::of(text.clone())],
            value => choices(value).ok_or_else(|| unfit(key))?,
        });
    }
    Ok(all)
}

/// The options that are keys of the question itself: `"A": "…", "option_b": "…"`.
fn lettered(members: &[Member]) -> Vec<Choice> {
    let lettered: Vec<Choice> = members
        .iter()
        .filter_map(|(key, value)| {
            Some(Choice {
                label: Some(option_key(key)?),
                text: text(value)?,
                is_correct: None,
            })
        })
        .collect();
    if lettered.len() > 2 {
        lettered
    } else {
        Vec::new()
    }
}

/// The options in a list, an object or a text.
fn choices(value: &Value) -> Option<Vec<Choice>> {
    match value {
        Value::List(values) => {
            let each: Option<Vec<Vec<Choice>>> = values.iter().map(element).collect();
            Some(each?.into_iter().flatten().collect())
        }
        Value::Object(members) => object_choices(members),
        // A list in a string.
        Value::Text(text) if text.starts_with('[') => {
            match loose::read(text, text.len() * MAX_LOOKS_PER_BYTE).0 {
                Ok(list @ Value::List(_)) => choices(&list),
                _ => Some(split(text)),
            }
        }
        Value::Text(text) => Some(split(text)),
        Value::Bare(_) => text(value).map(|text| {
            if text.is_empty() {
                Vec::new()
            } else {
                vec![Choice::of(text)]
            }
        }),
    }
}

fn element(value: &Value) -> Option<Vec<Choice>> {
    match value {
        Value::Object(members) => object_choices(members),
        // A letter and its text.
        Value::List(values) if values.len() == 2 => {
            let [label, text] = [text(&values[0])?, text(&values[1])?];
            Some(vec![Choice {
                label: Some(labels::letter(&label)?),
                text,
                is_correct: None,
            }])
        }
        value => Some(vec![Choice::of(text(value)?)]),
    }
}

/// An option that is an object, or several that are its members.
fn object_choices(members: &[Member]) -> Option<Vec<Choice>> {
    let says = [Part::Text, Part::Options, Part::Distractors, Part::Answer]
        .into_iter()
        .find_map(|part| {
            // `correct` names both an answer and a mark.
            let is_mark = |value| part == Part::Answer && flag(value).is_some();
            let mut named = members
                .iter()
                .filter(|(key, value)| part.is_named(key) && !is_mark(value));
            // `option_1`, `option_2`: each is one.
            let (_, value) = named.next().filter(|_| named.next().is_none())?;
            text(value)
        });
    if let Some(text) = says {
        return Some(vec![Choice {
            label: member(members, Part::Label)
                .and_then(self::text)
                .and_then(|label| labels::letter(&label)),
            text,
            is_correct: member(members, Part::IsCorrect).and_then(flag),
        }]);
    }
    let is_list = |(_, value): &Member| matches!(value, Value::List(_));
    if members.len() > 1 && members.iter().all(is_list) {
        // Groups of them.
        let groups: Option<Vec<Vec<Choice>>> =
            members.iter().map(|(_, value)| choices(value)).collect();
        return groups.map(|groups| groups.into_iter().flatten().collect());
    }
    members.iter().map(named_choice).collect()
}

/// The option that is a member under its letter.
fn named_choice((key, value): &Member) -> Option<Choice> {
    let is_correct = match value {
        Value::Object(own) => member(own, Part::IsCorrect).and_then(flag),
        _ => None,
    };
    Some(Choice {
        label: option_key(key),
        text: text(value)?,
        is_correct,
    })
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bare(word) | Value::Text(word) => match word.to_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The options in one text: its lines, else what stands between semicolons, bars, or commas where they are three or four.
fn split(text: &str) -> Vec<Choice> {
    let parts = |at: &[char]| -> Vec<String> {
        let parts = text
            .split(at)
            .map(|part| part.trim().trim_start_matches(['-', '•']).trim());
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let is_enough = |parts: &Vec<String>| parts.len() >= N_DISTRACTORS;
    let by_slash = || -> Vec<String> {
        text.split(" / ")
            .map(|part| part.trim().to_owned())
            .collect()
    };
    let found = [&['\n'][..], &[';', '；'], &['|']]
        .into_iter()
        .map(parts)
        .find(is_enough)
        .or_else(|| Some(by_labels(text)).filter(is_enough))
        .or_else(|| Some(by_slash()).filter(is_enough))
        .or_else(|| {
            let parts = parts(&[',', '，', '、', '،']);
            (N_DISTRACTORS..=N_DISTRACTORS + 1)
                .contains(&parts.len())
                .then_some(parts)
        });
    let one = || {
        if text.trim().is_empty() {
            Vec::new()
        } else {
            vec![text.to_owned()]
        }
    };
    found
        .unwrap_or_else(one)
        .into_iter()
        .map(Choice::of)
        .collect()
}

/// The parts of `A) one B) two C) three`, with their labels.
fn by_labels(text: &str) -> Vec<String> {
    let words: Vec<(usize, &str)> = text
        .split_whitespace()
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect();
    let mut starts: Vec<usize> = Vec::new();
    for (start, _) in words {
        let label = labels::label(&text[start..]);
        if label.is_some_and(|label| label.index == starts.len()) {
            starts.push(start);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &text[*start..end]);
    parts
        .map(|part| part.trim().trim_end_matches([',', ';']).to_owned())
        .collect()
}

impl Choice {
    fn of(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// True for a text with one star before or behind it: the right one of a list.
fn is_starred(text: &str) -> bool {
    let is_one = |rest: Option<&str>| rest.is_some_and(|rest| !rest.contains('*'));
    is_one(text.strip_prefix('*')) || is_one(text.strip_suffix('*'))
}

/// Takes labels off the texts, and remembers them.
fn unlabel(choices: &mut [Choice], notes: &mut Vec<String>) {
    let tidied: Vec<String> = choices
        .iter()
        .map(|choice| tidy::tidied(&choice.text, notes))
        .collect();
    let texts: Vec<&str> = tidied.iter().map(String::as_str).collect();
    let only_star = {
        let mut starred = (0..texts.len()).filter(|index| is_starred(texts[*index]));
        starred.next().filter(|_| starred.next().is_none())
    };
    for (index, (choice, (label, text))) in choices
        .iter_mut()
        .zip(labels::of_list(&texts).into_iter().zip(&tidied))
        .enumerate()
    {
        let bare = label.map_or(text.as_str(), |label| label.rest);
        let (bare, mark) = match only_star == Some(index) {
            true => (bare.trim_matches(['*', ' ']), Some(true)),
            false => labels::marked(bare),
        };
        choice.text = bare.to_owned();
        if mark.is_some() {
            choice.is_correct = choice.is_correct.or(mark);
            notes.push("the marks of right and wrong options were removed".to_owned());
        }
        if let Some(label) = label {
            choice.label = Some(label.index);
            notes.push("the letters or numbers before the options were removed".to_owned());
        }
    }
}

/// The key and its distractors without the labels that they have as a list.
fn unlabelled_all(
    answer: String,
    distractors: Vec<String>,
    notes: &mut Vec<String>,
) -> (String, Vec<String>) {
    let at = index_of_key(&answer, &distractors).unwrap_or(0);
    let mut all: Vec<Choice> = distractors.into_iter().map(Choice::of).collect();
    all.insert(at, Choice::of(answer));
    unlabel(&mut all, notes);
    let answer = all.remove(at).text;
    (answer, texts(&all))
}

/// Index that the key's label says, where it completes the labels of the distractors: `A`, `C` and `D` about a `B`.
fn index_of_key(answer: &str, distractors: &[String]) -> Option<usize> {
    let index = |text: &str| labels::label(text).map(|label| label.index);
    let at = index(answer).filter(|at| *at <= distractors.len())?;
    let is_apart =
        |(other, text): (usize, &String)| index(text) == Some(other + usize::from(other >= at));
    distractors.iter().enumerate().all(is_apart).then_some(at)
}
