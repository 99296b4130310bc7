//! Takes a model's thinking off the front of its reply.

/// Beginnings and ends of thinking: DeepSeek, Qwen and most others; Magistral; Seed-OSS; Gemma and EXAONE; Kimi;
/// models that were asked for it in words.
const TAGS: [(&str, &str); 8] = [
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("<thought>", "</thought>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
];

/// The reply without the thinking that precedes it. Thinking that was cut off before it ended leaves an empty reply, for
/// nothing after it was written. Templates that put the opening tag into the prompt leave only the closing one in the
/// reply; tags inside an answer (a document may be about them) stay. Of gpt-oss's channels only the last `final` one is
/// kept (OpenAI's harmony format), also where a server has eaten the special tokens between them.
///
/// ```
/// use examen_llm::reasoning::strip;
/// assert_eq!(strip("<think>hm, 4?</think>\n{\"answer\": 4}"), "{\"answer\": 4}");
/// assert_eq!(strip("{\"answer\": \"</think>\"}"), "{\"answer\": \"</think>\"}");
/// assert_eq!(strip("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>4"), "4");
/// ```
pub fn strip(reply: &str) -> &str {
    let reply = reply.trim();
    if let Some(answer) = final_channel(reply) {
        return answer;
    }
    let mut rest = reply;
    while let Some((thinking, close)) = opened(rest) {
        rest = thinking
            .split_once(close)
            .map_or("", |(_, after)| after)
            .trim_start();
    }
    if rest.starts_with(['{', '[']) {
        return rest;
    }
    let closed = TAGS
        .iter()
        .filter_map(|(_, close)| rest.split_once(close))
        .map(|(_, after)| after.trim_start());
    closed.min_by_key(|after| after.len()).unwrap_or(rest)
}

fn opened(text: &str) -> Option<(&str, &'static str)> {
    TAGS.iter()
        .find_map(|&(open, close)| Some((text.strip_prefix(open)?, close)))
}

/// The answer in a reply of channels; `None` if it is not one.
fn final_channel(reply: &str) -> Option<&str> {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    let begins = [CHANNEL, "<|start|>assistant", "analysis<|message|>"]
        .iter()
        .any(|start| reply.starts_with(start));
    if begins {
        let answer = reply
            .rsplit_once("<|channel|>final")
            .and_then(|(_, rest)| rest.split_once(MESSAGE));
        let answer = answer.map_or("", |(_, answer)| answer);
        let end = ["<|return|>", "<|end|>"]
            .iter()
            .filter_map(|end| answer.find(end))
            .min();
        return Some(answer[..end.unwrap_or(answer.len())].trim());
    }
    let (_, answer) = reply
        .strip_prefix("analysis")?
        .split_once("assistantfinal")?;
    Some(answer.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_taken_off_the_front() {
        assert_eq!(strip("<think>a</think> <think>b</think>{}"), "{}");
        assert_eq!(strip("so the answer is…</think>\n\n[1]"), "[1]");
        assert_eq!(strip("<think>and then it was cut"), "");
        assert_eq!(strip("  plain  "), "plain");
    }

    #[test]
    fn every_models_tags_are_known_and_an_unclosed_one_leaves_nothing() {
        for (open, close) in TAGS {
            assert_eq!(
                strip(&format!("{open}hm {{}}{close}\n{{\"a\": 1}}")),
                "{\"a\": 1}",
                "{open}"
            );
            assert_eq!(strip(&format!("hm{close} yes")), "yes", "{close}");
            assert_eq!(strip(&format!("{open}hm {{\"a\": 1}}")), "", "{open}");
            let about = format!("{{\"a\": \"{open}x{close}\"}}");
            assert_eq!(strip(&about), about);
        }
        assert_eq!(strip("[\"a list\"]"), "[\"a list\"]");
    }

    #[test]
    fn of_channels_the_last_final_one_is_kept() {
        let thinking = "<|channel|>analysis<|message|>We need {}.<|end|><|start|>assistant";
        for (reply, answer) in [
            (
                format!("{thinking}<|channel|>final<|message|>{{\"a\": 1}}<|return|>"),
                "{\"a\": 1}",
            ),
            (
                format!("{thinking}<|channel|>final <|constrain|>json<|message|>{{\"a\": 1}}"),
                "{\"a\": 1}",
            ),
            (
                "<|channel|>analysis<|message|>and then it was cut".to_owned(),
                "",
            ),
            ("<|channel|>final<|message|>4".to_owned(), "4"),
            (
                "analysisWe need JSON.assistantfinal{\"a\": 1}".to_owned(),
                "{\"a\": 1}",
            ),
            ("analysis of the text".to_owned(), "analysis of the text"),
        ] {
            assert_eq!(strip(&reply), answer, "{reply}");
        }
    }
}
