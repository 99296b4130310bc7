//! Limits of tokens, in the words in which servers refuse a request that is too long for them.

/// Fewest tokens of a reply that are worth asking for.
const SHORTEST_REPLY: usize = 64;

/// Part of a request that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooLong {
    /// The prompt alone, or with any reply.
    Prompt,
    /// The prompt and the reply together: a shorter reply may fit.
    Together,
    /// The reply, whatever the prompt.
    Reply,
}

/// Words about the context: OpenAI, vLLM, SGLang, Mistral; llama.cpp; LM Studio; TGI; Anthropic; Gemini.
const CONTEXT: [&str; 15] = [
    "context length",
    "context_length",
    "context size",
    "context_size",
    "context window",
    "context limit",
    "maximum context",
    "maximum model length",
    "max_model_len",
    "context the overflows",
    "prompt is too long",
    "prompt too long",
    "input token count",
    "`inputs` tokens",
    "too large for model with",
];

/// Names and words for the reply.
const REPLY: [&str; 10] = [
    "max_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "maxoutputtokens",
    "max_output_tokens",
    "completion",
    "output token",
    "generated token",
    "new tokens",
    "in the output",
];

/// Words for a number that is too large.
const SIZE: [&str; 11] = [
    "too large",
    "too high",
    "too big",
    "at most",
    "less than",
    "<=",
    "range",
    "maximum",
    "exceed",
    "greater than",
    "> ",
];

/// Words before the number of tokens that a server takes.
const BEFORE_LIMIT: [&str; 9] = [
    "context length is",
    "context length of only",
    "context length of",
    "context size (",
    "context window of",
    "tokens allowed (",
    "must be <=",
    "model with",
    // Anthropic: `context limit: 190000 + 20000 > 200000`.
    " > ",
];

/// Words after the number of tokens of the prompt.
const AFTER_PROMPT: [&str; 6] = [
    "in the messages",
    "input tokens",
    "of text input",
    "`inputs` tokens",
    "in your prompt",
    "tokens from the input messages",
];

/// Part of the request that is too long, if `refusal` says so.
pub(crate) fn too_long(refusal: &str) -> Option<TooLong> {
    let words = refusal.to_lowercase();
    let says = |list: &[&str]| list.iter().any(|part| words.contains(part));
    // A name that the server does not know is no limit.
    if ["unsupported parameter", "unrecognized", "extra inputs"]
        .iter()
        .any(|part| words.contains(part))
    {
        return None;
    }
    let is_about_reply = says(&REPLY);
    if says(&CONTEXT) {
        let is_hopeless = match (prompt_tokens(&words), context_tokens(&words)) {
            (Some(prompt), Some(limit)) => prompt >= limit,
            _ => false,
        };
        return Some(match is_about_reply && !is_hopeless {
            true => TooLong::Together,
            false => TooLong::Prompt,
        });
    }
    (is_about_reply && says(&SIZE)).then_some(TooLong::Reply)
}

/// Half of a limit of the reply; `None` where that is not worth asking for.
pub(super) fn halved(max_tokens: usize) -> Option<usize> {
    Some(max_tokens / 2).filter(|&half| half >= SHORTEST_REPLY)
}

/// Tokens that the server takes, where its refusal names them: of prompt and reply together, or of what is too long.
pub(crate) fn context_tokens(refusal: &str) -> Option<u64> {
    let words = refusal.to_lowercase();
    BEFORE_LIMIT.iter().find_map(|before| {
        let (_, after) = words.split_once(before)?;
        first_number(after)
    })
}

fn prompt_tokens(words: &str) -> Option<u64> {
    AFTER_PROMPT.iter().find_map(|after| {
        let (before, _) = words.split_once(after)?;
        last_number(before)
    })
}

fn first_number(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '_');
    digits(&text[..end.unwrap_or(text.len())])
}

/// The number at the end of a text, perhaps with a quote or a bracket after it.
fn last_number(text: &str) -> Option<u64> {
    let text = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let start = text.rfind(|c: char| !c.is_ascii_digit() && c != ',' && c != '_');
    digits(&text[start.map_or(0, |start| start + 1)..])
}

fn digits(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refusals as servers word them, with the part that is too long and the context that they name.
    const REFUSALS: [(&str, TooLong, Option<u64>); 18] = [
        // OpenAI and Azure, older vLLM.
        (
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (7000 in the messages, 2000 in the completion). Please reduce the length of the messages or completion.",
            TooLong::Together,
            Some(8192),
        ),
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
            TooLong::Prompt,
            Some(8192),
        ),
        (
            "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.",
            TooLong::Prompt,
            Some(16384),
        ),
        // OpenAI.
        (
            "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.",
            TooLong::Reply,
            None,
        ),
        // vLLM.
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 2048. This model's maximum context length is 2048 tokens and your request has 900 input tokens (2048 > 2048 - 900).",
            TooLong::Together,
            Some(2048),
        ),
        (
            "This model's maximum context length is 2048 tokens. However, your request has 8 input tokens plus 2045 'max_tokens'. Please reduce one or the other.",
            TooLong::Together,
            Some(2048),
        ),
        // llama.cpp.
        (
            "request (124315 tokens) exceeds the available context size (123904 tokens), try increasing it",
            TooLong::Prompt,
            Some(123904),
        ),
        (
            "the request exceeds the available context size. try increasing the context size or enable context shift",
            TooLong::Prompt,
            None,
        ),
        // LM Studio.
        (
            "Trying to keep the first 10136 tokens when context the overflows. However, the model is loaded with context length of only 7866 tokens, which is not enough.",
            TooLong::Prompt,
            Some(7866),
        ),
        // TGI and Together.
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3000 `inputs` tokens and 2048 `max_new_tokens`",
            TooLong::Together,
            Some(4096),
        ),
        // OpenRouter.
        (
            "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens (1000 of text input, 8000 in the output). Please reduce the length of either one.",
            TooLong::Together,
            Some(8192),
        ),
        // Mistral.
        (
            "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
            TooLong::Prompt,
            Some(32768),
        ),
        // Gemini.
        (
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            TooLong::Prompt,
            Some(1048576),
        ),
        (
            "Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 8193 (exclusive).",
            TooLong::Reply,
            None,
        ),
        // Anthropic.
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again",
            TooLong::Together,
            Some(200000),
        ),
        (
            "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-sonnet",
            TooLong::Reply,
            Some(8192),
        ),
        // DeepSeek.
        (
            "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
            TooLong::Reply,
            None,
        ),
        // Groq.
        (
            "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` for this model",
            TooLong::Reply,
            None,
        ),
    ];

    #[test]
    fn what_is_too_long_is_read_from_the_words_of_every_server() {
        for (refusal, part, context) in REFUSALS {
            assert_eq!(too_long(refusal), Some(part), "{refusal}");
            assert_eq!(context_tokens(refusal), context, "{refusal}");
        }
    }

    #[test]
    fn other_refusals_are_about_no_limit() {
        for refusal in [
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "Rate limit reached: 10000 tokens per minute",
            "response_format is not supported",
            "System role not supported",
            "",
        ] {
            assert_eq!(too_long(refusal), None, "{refusal}");
        }
        assert_eq!(
            too_long(&"context length é".repeat(9999)),
            Some(TooLong::Prompt)
        );
    }

    #[test]
    fn halving_ends() {
        assert_eq!(halved(2048), Some(1024));
        assert_eq!(
            (halved(128), halved(127), halved(1)),
            (Some(64), None, None)
        );
    }
}
