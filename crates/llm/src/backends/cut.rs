//! Prompts of which a server read only a part. Ollama and others cut what their context does not hold and say nothing; the
//! count of tokens in the answer gives it away.

use crate::chat::{ChatRequest, Usage};

/// Shorter prompts are not judged: their counts are mostly those of the chat template.
const SHORTEST: u64 = 200;

/// Characters of scripts that are written without spaces, of which a token holds four at most in common vocabularies.
const CHARACTERS_A_TOKEN: u64 = 4;

/// First character of those scripts: the radicals before Chinese, Japanese and Korean.
const FIRST_UNSPACED: char = '\u{2e80}';

/// A warning if the server reports far fewer tokens than the prompt has. A word is a token at least, so the words are a
/// bound that holds for every tokenizer; a fifth is left for what is not known of it.
pub(super) fn warning(request: &ChatRequest, usage: Usage) -> Option<String> {
    let texts = request.messages.iter().map(|message| &*message.content);
    let fewest: u64 = texts.map(fewest_tokens).sum();
    let reported = usage.input_tokens;
    let is_far_fewer = reported > 0 && fewest >= SHORTEST && reported * 5 < fewest * 4;
    is_far_fewer.then(|| {
        format!(
            "the server counts {reported} tokens in a prompt of at least {fewest}: it has cut the prompt (or leaves out \
             what it had cached). Give it a longer context (ollama: OLLAMA_CONTEXT_LENGTH, llama.cpp: -c, LM Studio: the \
             model's settings), or send shorter prompts (generate: --chunk-tokens)"
        )
    })
}

/// Tokens that a text has at least: its words, and the characters of scripts without spaces.
fn fewest_tokens(text: &str) -> u64 {
    let (mut n_words, mut n_unspaced, mut is_in_word) = (0, 0, false);
    for c in text.chars() {
        let is_unspaced = c >= FIRST_UNSPACED;
        let is_part = c.is_alphanumeric() && !is_unspaced;
        n_unspaced += u64::from(is_unspaced);
        n_words += u64::from(is_part && !is_in_word);
        is_in_word = is_part;
    }
    n_words + n_unspaced / CHARACTERS_A_TOKEN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Message, Role, Sampling};

    fn warned(text: &str, input_tokens: u64) -> bool {
        let request = ChatRequest {
            messages: vec![Message {
                role: Role::User,
                content: text.into(),
            }],
            constraint: None,
            sampling: Sampling::greedy(1),
        };
        let usage = Usage {
            input_tokens,
            output_tokens: 1,
        };
        warning(&request, usage).is_some()
    }

    #[test]
    fn a_prompt_that_was_cut_is_told() {
        let text = "The river rises in the mountains. ".repeat(500);
        assert!(warned(&text, 2048) && !warned(&text, 3000) && !warned(&text, 4100));
        let chinese = "河流发源于高山。".repeat(500);
        assert!(warned(&chinese, 600) && !warned(&chinese, 2000));
    }

    #[test]
    fn what_nobody_can_judge_is_not_told() {
        assert!(
            !warned(&"word ".repeat(5000), 0),
            "a server that does not count"
        );
        assert!(!warned("Reply with the one word: ready", 1));
    }
}
