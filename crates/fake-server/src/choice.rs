//! Replies to questions with options: a letter, with its log-probability among others, after thinking or cut.

use crate::{abilities::Abilities, draw::Draw, exam, language};
use serde_json::{Value, json};

/// Property of the schema by which a choice is asked for.
const CHOICE: &str = "choice";

/// A question with options, as a request asks it.
pub(crate) struct Question {
    /// Its letters, in order.
    letters: Vec<String>,
    /// The index of the letter that is answered.
    answer: usize,
    /// `true` if a schema asks for an object with the choice.
    is_choice: bool,
    seed: u64,
}

impl Question {
    /// The question in a request's last message; `None` if it has no options or asks for something else than a choice.
    pub(crate) fn read(request: &str) -> Option<Self> {
        let request: Value = serde_json::from_str(request).ok()?;
        let prompt = request["messages"].as_array()?.last()?["content"].as_str()?;
        let schema = &request["response_format"]["json_schema"]["schema"];
        let choices = &schema["properties"][CHOICE]["enum"];
        if choices.is_null() && !request["response_format"].is_null() {
            return None;
        }
        let options = options(prompt);
        let choices: Option<Vec<String>> = serde_json::from_value(choices.clone()).ok();
        let letters = options.iter().map(|(letter, _)| (*letter).to_owned());
        let (is_choice, letters) = match choices {
            Some(choices) => (true, choices),
            None => (false, letters.collect()),
        };
        if letters.is_empty() || !is_choice && letters.len() < 2 {
            return None;
        }
        let seed = language::hash([prompt]);
        let proven = exam::key(prompt);
        let right = options
            .iter()
            .find(|(_, text)| Some(*text) == proven.as_deref());
        let answer = right.and_then(|(right, _)| letters.iter().position(|it| it == right));
        Some(Self {
            answer: answer.unwrap_or_else(|| Draw::new(seed).below(letters.len())),
            letters,
            is_choice,
            seed,
        })
    }

    fn letter(&self) -> &str {
        &self.letters[self.answer]
    }

    /// The reply, and why it ends.
    pub(crate) fn reply(&self, abilities: &Abilities) -> (String, &'static str) {
        let is_cut = abilities.cut_every > 0 && self.seed.is_multiple_of(abilities.cut_every);
        let thought = "Some options can be ruled out: not A, not B.";
        if is_cut {
            let open = if abilities.thinking { "<think>" } else { "" };
            return (format!("{open}{thought}"), "length");
        }
        let answer = match self.is_choice {
            true => json!({ CHOICE: self.letter() }).to_string(),
            false => self.letter().to_owned(),
        };
        match abilities.thinking {
            true => (format!("<think>{thought}</think>\n{answer}"), "stop"),
            false => (answer, "stop"),
        }
    }

    /// Chat's `logprobs` of the first token. The answer has seven tenths, and the others halve what is left; who thinks
    /// first begins with something else.
    pub(crate) fn log_probs(&self, n: usize, thinking: bool) -> Value {
        let n_letters = self.letters.len();
        let letters =
            (0..n_letters).map(|step| self.letters[(self.answer + step) % n_letters].as_str());
        let tokens: Vec<&str> = match thinking {
            true => vec!["<think>", "Some", "**"],
            false => letters.chain(["The", " I", "**"]).collect(),
        };
        let mut left = 1.0;
        let mut token = |index: usize| {
            let p = if index == 0 { 0.7 } else { left / 2.0 };
            left -= p;
            json!({"token": tokens[index], "logprob": f64::ln(p), "bytes": tokens[index].as_bytes()})
        };
        let top: Vec<Value> = (0..tokens.len().min(n)).map(&mut token).collect();
        let first = json!({"token": tokens[0], "logprob": f64::ln(0.7), "top_logprobs": top});
        json!({"content": [first]})
    }
}

/// The last lines `A. …`, `B. …` and so on that follow each other.
fn options(prompt: &str) -> Vec<(&str, &str)> {
    let mut options: Vec<(&str, &str)> = Vec::new();
    for line in prompt.lines() {
        let Some((letter, text)) = line.split_once(". ") else {
            continue;
        };
        let wanted = char::from(b'A' + options.len().min(25) as u8).to_string();
        match letter {
            "A" => options = vec![(letter, text)],
            _ if letter == wanted => options.push((letter, text)),
            _ => {}
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "Which one?\nA. red\nB. blue\nC. green\nAnswer:";

    fn read(prompt: &str, format: Value) -> Option<Question> {
        let mut request = json!({"messages": [{"role": "user", "content": prompt}]});
        if !format.is_null() {
            request["response_format"] = format;
        }
        Question::read(&request.to_string())
    }

    #[test]
    fn a_question_is_answered_with_one_of_its_letters_and_the_same_each_time() {
        let answer = || {
            read(PROMPT, Value::Null)
                .unwrap()
                .reply(&Abilities::default())
        };
        assert!(["A", "B", "C"].contains(&answer().0.as_str()));
        assert_eq!(answer(), answer());
        assert!(read("Write an exam.", Value::Null).is_none());
    }

    #[test]
    fn probabilities_add_up_to_at_most_one_and_the_answer_is_the_likeliest() {
        let question = read(PROMPT, Value::Null).unwrap();
        let log_probs = question.log_probs(20, false);
        let top = log_probs["content"][0]["top_logprobs"].as_array().unwrap();
        let p = |token: &Value| token["logprob"].as_f64().unwrap().exp();
        assert!(top.iter().map(p).sum::<f64>() <= 1.0);
        assert_eq!(top[0]["token"], question.letter());
        assert!(top[1..].iter().all(|token| p(token) < p(&top[0])));
    }
}
