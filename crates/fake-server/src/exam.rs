//! An exam about the facts that are found in a request: every quote is verbatim, every stem is its own, and every check
//! has something to do.

use crate::facts::{FLUIDS, MARK, N_FACTS, STATES};
use serde_json::{Value, json};

/// The number of the document that a request is about.
pub(crate) fn document_number(request: &str) -> Option<u64> {
    let (_, after) = request.rsplit_once(MARK)?;
    let end = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    after[..end].parse().ok()
}

/// The reply: a question about each fact in the request, without one where there is none.
pub(crate) fn exam(request: &str) -> String {
    let items: Vec<Value> = facts(request).take(N_FACTS).filter_map(question).collect();
    json!({ "exam": items }).to_string()
}

/// The reply to a request that checks a question: the key where the passage is there to prove it, else the first of the
/// answers that the schema allows. `None` for other requests.
pub(crate) fn checked(request: &str) -> Option<String> {
    let request: Value = serde_json::from_str(request).ok()?;
    let answers =
        request["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"]
            .as_array()?;
    let prompt = request["messages"].as_array()?.last()?["content"].as_str()?;
    let option = key(prompt).and_then(|key| {
        let line = format!(". {key}\n");
        prompt[..prompt.find(&line)?]
            .chars()
            .next_back()
            .map(|letter| letter.to_string())
    });
    Some(json!({ "answer": option.map_or_else(|| answers[0].clone(), Value::from) }).to_string())
}

/// The right answer to the question that a prompt asks, where a passage in it proves it.
pub(crate) fn key(prompt: &str) -> Option<String> {
    let asked = |item: &Value| {
        item["question"]
            .as_str()
            .is_some_and(|stem| prompt.contains(stem))
    };
    let item = facts(prompt).filter_map(question).find(asked)?;
    item["answer"].as_str().map(str::to_owned)
}

/// The sentences that state a fact.
fn facts(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(" is cooled by ").filter_map(|(at, _)| {
        let start = text[..at].rfind("The ")?;
        let end = at + text[at..].find('.')? + 1;
        Some(&text[start..end])
    })
}

fn question(quote: &str) -> Option<Value> {
    let (subject, answer) = quote
        .strip_prefix("The ")?
        .strip_suffix('.')?
        .split_once(" is cooled by ")?;
    let (state, fluid) = answer.split_once(' ')?;
    let place = |words: &[&str], word: &str| words.iter().position(|known| *known == word);
    let (state, fluid) = (place(&STATES, state)?, place(&FLUIDS, fluid)?);
    // No two options share a word: 5 and 7 have no multiple below 4 that 12 divides.
    let wrong = |k: usize| {
        format!(
            "{} {}",
            STATES[(state + 5 * k) % 12],
            FLUIDS[(fluid + 7 * k) % 12]
        )
    };
    Some(json!({
        "quote": quote,
        "question": format!("Which fluid cools the {subject}?"),
        "answer": answer,
        "distractors": [wrong(1), wrong(2), wrong(3)],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    #[test]
    fn every_fact_of_a_document_becomes_a_question() {
        for number in 0..200 {
            let text = document(number);
            assert!((1_500..2_500).contains(&text.len()), "{} bytes", text.len());
            assert_eq!(document_number(&text), Some(number));
            let exam: Value = serde_json::from_str(&exam(&text)).expect("JSON");
            let items = exam["exam"].as_array().expect("a list");
            assert_eq!(items.len(), N_FACTS);
            assert!(
                items
                    .iter()
                    .all(|item| text.contains(item["quote"].as_str().expect("a text")))
            );
        }
    }

    #[test]
    fn a_check_gets_the_key_from_its_passage_and_the_first_answer_without() {
        let options =
            "Which fluid cools the left mill 3-0 of the dairy?\n\nA. cold oil\nB. salted brine\n";
        let reply = |prompt: &str| {
            let schema = json!({ "properties": { "answer": { "enum": ["A", "B"] } } });
            let format = json!({ "json_schema": { "schema": schema } });
            checked(
                &json!({ "messages": [{ "content": prompt }], "response_format": format })
                    .to_string(),
            )
        };
        let fact = "The left mill 3-0 of the dairy is cooled by salted brine.";
        assert_eq!(
            reply(&format!("{fact}\n{options}")).as_deref(),
            Some(r#"{"answer":"B"}"#)
        );
        assert_eq!(reply(options).as_deref(), Some(r#"{"answer":"A"}"#));
        assert_eq!(checked("no JSON"), None);
    }

    #[test]
    fn what_states_no_fact_gets_no_question() {
        assert_eq!(
            exam("It is cooled by nothing. The sea is cooled by wind."),
            r#"{"exam":[]}"#
        );
        assert_eq!(document_number("no document"), None);
    }
}
