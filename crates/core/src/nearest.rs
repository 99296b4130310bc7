//! What somebody may have meant by a name that nothing has.

/// Less likeness is none: `model` and `modle` have 0.95, `seed` and `data` 0.5.
const ALIKE: f64 = 0.8;

/// The name that is most like `name` (Jaro-Winkler, in lower case), if one is like it at all.
///
/// ```
/// assert_eq!(examen_core::nearest("modle", ["model", "seed"]), Some("model"));
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), known), known))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["model", "seed", "questions"];
        assert_eq!(nearest("modle", known), Some("model"));
        assert_eq!(nearest("Question", known), Some("questions"));
        assert_eq!(nearest("colour", known), None);
    }
}
