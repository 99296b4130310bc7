//! The verdict that a reply ends at.

/// Index of the verdict that a reply gives: a line that is one of them and nothing else, or that ends with one after a colon; the
/// last such line. What stands in a sentence is no verdict: `it is not correct` holds the word.
///
/// ```
/// use examen_evaluate::read_verdict;
/// let verdicts = ["correct", "incorrect"];
/// assert_eq!(read_verdict("**Incorrect.**", &verdicts), Some(1));
/// assert_eq!(read_verdict("The numbers agree.\nVerdict: correct", &verdicts), Some(0));
/// assert_eq!(read_verdict("{\"verdict\": \"correct\"}", &verdicts), Some(0));
/// assert_eq!(read_verdict("It is not correct.", &verdicts), None);
/// ```
pub fn read_verdict(reply: &str, verdicts: &[&str]) -> Option<usize> {
    let named = |text: &str| {
        let text = text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        verdicts.iter().position(|verdict| {
            let verdict = verdict.to_lowercase();
            verdict.trim_matches(|c: char| !c.is_alphanumeric()) == text
        })
    };
    reply.lines().rev().find_map(|line| {
        let end = line.rsplit([':', '：']).next();
        named(line).or_else(|| named(end?))
    })
}
