//! Takes a model's thinking off the front of its reply.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// The reply without the `<think>…</think>` blocks that precede it. Thinking that was cut off before it ended leaves an
/// empty reply, for nothing after it was written. Templates that put the opening tag into the prompt leave only the
/// closing one in the reply; tags inside an answer (a document may be about them) stay.
///
/// ```
/// use examen_llm::reasoning::strip;
/// assert_eq!(strip("<think>hm, 4?</think>\n{\"answer\": 4}"), "{\"answer\": 4}");
/// assert_eq!(strip("{\"answer\": \"</think>\"}"), "{\"answer\": \"</think>\"}");
/// ```
pub fn strip(reply: &str) -> &str {
    let mut rest = reply.trim();
    while let Some(thinking) = rest.strip_prefix(OPEN) {
        rest = thinking.split_once(CLOSE).map_or("", |(_, after)| after).trim_start();
    }
    if rest.starts_with(['{', '[']) {
        return rest;
    }
    rest.split_once(CLOSE).map_or(rest, |(_, after)| after.trim_start())
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
}
