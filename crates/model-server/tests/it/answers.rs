//! What is answered.

use crate::support::{application, engine, good, post, settings, stream};
use axum::http::StatusCode;
use examen_llm::{ContinuationScorer, ScoreRequest};
use futures::future::join_all;
use serde_json::{Value, json};

const COMPLETIONS: &str = "/v1/completions";
const CHATS: &str = "/v1/chat/completions";
const CONTEXT: &str = "The river rises in the mountains and";
const CHOICES: [&str; 3] = [" flows to the sea", " the snow melts", " is low in spring"];

/// A request as lm-evaluation-harness's `local-completions` makes it.
fn echo(prompt: Value) -> Value {
    json!({
        "model": "tiny",
        "prompt": prompt,
        "temperature": 0,
        "max_tokens": 1,
        "logprobs": 1,
        "seed": 1234,
        "echo": true,
    })
}

/// Token log-probabilities of the prompt after the first `n`, and the likeliest there, as `parse_logprobs` of lm_eval reads them.
fn parsed(choice: &Value, n: usize) -> (f64, bool) {
    let numbers = choice["logprobs"]["token_logprobs"].as_array().unwrap();
    let tops = choice["logprobs"]["top_logprobs"].as_array().unwrap();
    let range = n..numbers.len() - 1;
    let is_greedy = range.clone().all(|index| {
        let top = tops[index].as_object().unwrap().values();
        let most = top.filter_map(Value::as_f64).fold(f64::MIN, f64::max);
        numbers[index].as_f64().unwrap() == most
    });
    (
        range.map(|index| numbers[index].as_f64().unwrap()).sum(),
        is_greedy,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn echoed_prompts_have_the_log_probabilities_of_the_scorer() {
    let (application, engine) = (application(settings()), engine());
    let request = ScoreRequest {
        context: CONTEXT.into(),
        continuations: CHOICES.map(str::to_owned).to_vec(),
    };
    let expected = engine.score(&[request], &|_| ()).unwrap().remove(0);
    let n = expected.context_tokens.len();
    let texts = CHOICES.map(|choice| format!("{CONTEXT}{choice}"));
    let ids = texts
        .clone()
        .map(|text| engine.encode_prompt(&text).unwrap());
    for prompt in [json!(texts), json!(ids)] {
        let answer = good(&application, COMPLETIONS, &echo(prompt)).await;
        let choices = answer["choices"].as_array().unwrap();
        assert_eq!(choices.len(), CHOICES.len());
        for (index, (choice, expected)) in choices.iter().zip(&expected.continuations).enumerate() {
            assert_eq!(choice["index"], index);
            let (log_prob, is_greedy) = parsed(choice, n);
            let difference = (log_prob - expected.log_prob().0).abs();
            assert!(difference < 1e-4, "{log_prob} is not {expected:?}");
            assert_eq!(is_greedy, expected.is_greedy);
            assert_eq!(choice["logprobs"]["token_logprobs"][0], Value::Null);
            assert!(choice["text"].as_str().unwrap().contains(&texts[index]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_get_what_they_get_alone() {
    let application = application(settings());
    let bodies: Vec<Value> = (0..24)
        .map(|number| {
            echo(json!(format!(
                "{CONTEXT}{}",
                CHOICES[number % 3].repeat(number / 3 + 1)
            )))
        })
        .collect();
    let together = join_all(
        bodies
            .iter()
            .map(|body| good(&application, COMPLETIONS, body)),
    )
    .await;
    for (body, found) in bodies.iter().zip(together) {
        let alone = good(&application, COMPLETIONS, body).await;
        let (found, alone) = (&found["choices"][0], &alone["choices"][0]);
        assert_eq!(found["logprobs"]["tokens"], alone["logprobs"]["tokens"]);
        assert!((parsed(found, 1).0 - parsed(alone, 1).0).abs() < 1e-4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_written_where_none_is_asked_for_and_offsets_count_characters() {
    let application = application(settings());
    let mut body = echo(json!("El año — río"));
    body["max_tokens"] = json!(0);
    let choice = good(&application, COMPLETIONS, &body).await["choices"][0].clone();
    assert_eq!(choice["text"], "El año — río");
    let lines = &choice["logprobs"];
    let n = lines["tokens"].as_array().unwrap().len();
    for list in ["token_logprobs", "top_logprobs", "text_offset"] {
        assert_eq!(lines[list].as_array().unwrap().len(), n);
    }
    assert_eq!(lines["text_offset"][0], 0);
    body["echo"] = json!(false);
    let choice = good(&application, COMPLETIONS, &body).await["choices"][0].clone();
    assert_eq!(
        (&choice["text"], &choice["finish_reason"]),
        (&json!(""), &json!("length"))
    );
}

/// The text of a choice, or of a part of it.
fn text_of(choice: &Value) -> String {
    let text = choice["delta"]["content"].as_str();
    text.or(choice["text"].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// Number of tokens that a choice has log-probabilities of.
fn n_tokens(choice: &Value) -> usize {
    let lines = &choice["logprobs"];
    let tokens = lines["content"].as_array().or(lines["tokens"].as_array());
    tokens.map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_the_whole_answer_in_parts() {
    let application = application(settings());
    let words = "In spring the snow melts";
    for (path, prompt) in [
        (
            COMPLETIONS,
            json!({"prompt": words, "echo": true, "logprobs": 2}),
        ),
        (
            CHATS,
            json!({"messages": [{"role": "user", "content": words}], "logprobs": true, "top_logprobs": 2}),
        ),
    ] {
        let mut body = prompt;
        body["max_tokens"] = json!(24);
        body["seed"] = json!(7);
        body["n"] = json!(2);
        let whole = good(&application, path, &body).await;
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
        let chunks = stream(&application, path, &body).await;
        assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
        for index in 0..2 {
            let own: Vec<&Value> = chunks
                .iter()
                .flat_map(|chunk| chunk["choices"].as_array().unwrap())
                .filter(|choice| choice["index"] == index)
                .collect();
            let found: String = own.iter().map(|choice| text_of(choice)).collect();
            let choice = &whole["choices"][index];
            let expected = choice["message"]["content"]
                .as_str()
                .or(choice["text"].as_str());
            assert_eq!(found, expected.unwrap());
            assert_eq!(
                own.last().unwrap()["finish_reason"],
                choice["finish_reason"]
            );
            assert_eq!(
                own.iter().map(|choice| n_tokens(choice)).sum::<usize>(),
                n_tokens(choice)
            );
            assert!(n_tokens(choice) > 1);
        }
        assert_ne!(
            whole["choices"][0], whole["choices"][1],
            "each has a seed of its own"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_string_is_never_sent_not_even_its_beginning() {
    let application = application(settings());
    let mut body = json!({"prompt": CONTEXT, "max_tokens": 40, "temperature": 0});
    let free = good(&application, COMPLETIONS, &body).await["choices"][0]["text"].clone();
    let free = free.as_str().unwrap();
    let letters: Vec<char> = free.chars().collect();
    let plain = letters
        .windows(4)
        .skip(5)
        .find(|window| window.iter().all(char::is_ascii));
    let stop = String::from_iter(plain.unwrap());
    let expected = &free[..free.find(&stop).unwrap()];
    body["stop"] = json!([stop]);
    let whole = good(&application, COMPLETIONS, &body).await;
    assert_eq!(whole["choices"][0]["text"], expected);
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    body["stream"] = json!(true);
    let chunks = stream(&application, COMPLETIONS, &body).await;
    let sent: String = chunks
        .iter()
        .map(|chunk| chunk["choices"][0]["text"].as_str().unwrap())
        .collect();
    assert_eq!(sent, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_are_kept_and_their_tokens_have_log_probabilities() {
    let application = application(settings());
    let schema = json!({"type": "object", "properties": {"answer": {"enum": ["A", "B"]}}, "required": ["answer"], "additionalProperties": false});
    let mut body = json!({
        "messages": [{"role": "system", "content": "Choose."}, {"role": "user", "content": [{"type": "text", "text": "A or B?"}]}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "choice", "schema": schema}},
        "logprobs": true,
        "max_tokens": 40,
    });
    let answer = good(&application, CHATS, &body).await;
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    let value: Value = serde_json::from_str(content).unwrap();
    assert!(
        ["A", "B"].contains(&value["answer"].as_str().unwrap()),
        "{content}"
    );
    let lines = answer["choices"][0]["logprobs"]["content"]
        .as_array()
        .unwrap();
    let said: String = lines
        .iter()
        .map(|line| line["token"].as_str().unwrap())
        .collect();
    assert_eq!(said, content);
    assert!(
        lines
            .iter()
            .all(|line| line["logprob"].as_f64().unwrap() <= 1e-6)
    );
    body["response_format"] = Value::Null;
    body["guided_regex"] = json!("[0-9]{3}");
    let answer = good(&application, CHATS, &body).await;
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(
        content.len() == 3 && content.parse::<u32>().is_ok(),
        "{content}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokenizer_is_offered_as_vllm_does() {
    let application = application(settings());
    let text = "The río rises";
    let plain = json!({"prompt": text, "add_special_tokens": false});
    let tokens = good(&application, "/tokenize", &plain).await["tokens"].clone();
    assert_eq!(tokens, json!(engine().encode_plain(text).unwrap()));
    let back = good(&application, "/detokenize", &json!({"tokens": tokens})).await;
    assert_eq!(back["prompt"], text);
}

type Refused = ((&'static str, Value), u16, &'static str);

/// Requests that are refused, with the status and a word of the reason.
#[expect(clippy::too_many_lines, reason = "a table")]
fn refused() -> Vec<Refused> {
    let long: Vec<u32> = vec![5; engine().context_length() + 1];
    let chat = |more: Value| {
        let mut body = json!({"messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (CHATS, body)
    };
    let complete = |body: Value| (COMPLETIONS, body);
    vec![
        (complete(json!({})), 400, "prompt"),
        (complete(json!({"prompt": []})), 400, "no tokens"),
        (complete(json!({"prompt": {"a": 1}})), 400, "token ids"),
        (complete(json!({"prompt": [[1, -2]]})), 400, "token ids"),
        (
            complete(json!({"prompt": [4_000_000_000_u32]})),
            400,
            "4000000000",
        ),
        (
            complete(json!({"prompt": [[4_000_000_000_u32]], "echo": true, "logprobs": 1})),
            400,
            "4000000000",
        ),
        (complete(json!({"prompt": long})), 400, "context"),
        (
            complete(json!({"prompt": "a", "logprobs": 21})),
            400,
            "logprobs",
        ),
        (
            complete(json!({"prompt": "a", "suffix": "b"})),
            400,
            "suffix",
        ),
        (
            complete(json!({"prompt": "a", "model": "other"})),
            404,
            "other",
        ),
        (complete(json!({"prompt": "a", "n": 1_000_000})), 400, "`n`"),
        (
            complete(json!({"prompt": vec!["a"; 600]})),
            400,
            "600 prompts",
        ),
        (
            complete(json!({"prompt": "a", "temperature": -1})),
            400,
            "temperature",
        ),
        (
            complete(json!({"prompt": "a", "stream": true, "guided_regex": "("})),
            400,
            "unclosed",
        ),
        (chat(json!({"top_logprobs": 3})), 400, "logprobs"),
        (chat(json!({"tools": [{"type": "function"}]})), 400, "tools"),
        (
            chat(json!({"messages": [{"role": "tool", "content": "a"}]})),
            400,
            "tool",
        ),
        (
            chat(json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})),
            400,
            "body",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_answered_is_refused_by_name() {
    let application = application(settings());
    for ((path, body), status, named) in refused() {
        let (found, answer) = post(&application, path, &body).await;
        assert_eq!(
            found,
            StatusCode::from_u16(status).unwrap(),
            "{body}: {answer}"
        );
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{body}: {message}");
    }
}
