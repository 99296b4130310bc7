//! A quote that proves another option than the key.

use super::{Check, Severity, item::Item};
use crate::text::words::{Token, Words};
use examen_core::Kind;

/// Shorter words prove nothing.
const MIN_CHARS: usize = 3;

/// Finds a quote in which one distractor stands word by word and the words that are the key's own do not: `The left
/// ventricle pumps …` with the key *the right ventricle*. The part of the sentence with the distractor must have every word
/// of the stem that the quote has, else it is about something else. Questions that ask for what is not so are left alone, and so
/// are numbers in cases that the passage does not mention, which may have been calculated.
///
/// *When not to use it*: where keys say in other words what the quote says.
pub(super) const CHECK: Check = Check {
    name: "quoted_distractor",
    words: "the quote proves a distractor",
    guide: "a quote that has a distractor word by word, and not the key",
    severity: Severity::Reject,
    rules: &["single_best_answer"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let question = item.question;
    let second = question
        .second_source
        .as_ref()
        .and_then(|second| second.quote.as_deref());
    let quote = question.quote.as_deref()?;
    let quoted = Words::of(quote);
    let key = core(item.key(), item)?;
    let is_quoted = |words: &Words| {
        quoted.contain(words) || second.is_some_and(|second| Words::of(second).contain(words))
    };
    if is_quoted(&key) || item.is_negative() || may_be_calculated(item, &quoted) {
        return None;
    }
    let mut named = item
        .question
        .distractors
        .iter()
        .zip(item.distractors())
        .filter_map(|(text, words)| Some((text, core(words, item)?)))
        .filter(|(_, words)| is_quoted(words));
    let (text, distractor) = named.next()?;
    // Where the quote names several, it compares them.
    if named.next().is_some() {
        return None;
    }
    let mut own = item
        .common
        .content(&key)
        .filter(|token| !distractor.has(token.hash))
        .peekable();
    let is_without = own.peek().is_some() && own.all(|token| !has_form(&quoted, key.word(token)));
    // A comma within a number parts nothing.
    let parted = quote.replace(", ", ";");
    let is_about = parted
        .split([';', ':', '，', '；', '、'])
        .map(Words::of)
        .any(|part| part.contain(&distractor) && is_about_it(item, &part, &quoted));
    (is_without && is_about)
        .then(|| format!("the quote has the distractor `{text}`, and not the answer"))
}

/// The words of an option without those that it begins with and that say nothing; `None` if they say too little.
fn core(words: &Words, item: &Item<'_>) -> Option<Words> {
    let is_content = |token: &Token| item.common.is_content(token);
    let first = words.tokens().iter().position(is_content)?;
    let rest: Vec<&str> = words.tokens()[first..]
        .iter()
        .map(|token| words.word(token))
        .collect();
    let core = Words::of(&rest.join(" "));
    let says = |token: &Token| token.is_number || core.word(token).chars().count() >= MIN_CHARS;
    let says_something = core.tokens().iter().any(says) || core.tokens().len() > 1;
    says_something.then_some(core)
}

/// True if a part of the quote has the words of the stem that the quote has, one at least.
fn is_about_it(item: &Item<'_>, part: &Words, quoted: &Words) -> bool {
    let mut common = item
        .common
        .content(&item.stem)
        .map(|token| item.stem.word(token))
        .filter(|word| has_form(quoted, word))
        .peekable();
    common.peek().is_some() && common.all(|word| has_form(part, word))
}

/// True if a text has a word, also with another ending.
fn has_form(words: &Words, word: &str) -> bool {
    let stem = |word: &str| -> String {
        let n = word.chars().count();
        word.chars()
            .take((n * 3).div_ceil(4).max(MIN_CHARS))
            .collect()
    };
    let wanted = stem(word);
    words.tokens().iter().any(|token| {
        let other = words.word(token);
        other == word || (word.chars().count() > MIN_CHARS && other.starts_with(&wanted))
    })
}

/// True for a key with a number in a question about a case, whose own numbers the quote does not have.
fn may_be_calculated(item: &Item<'_>, quoted: &Words) -> bool {
    let is_number = |token: &&Token| token.is_number;
    let is_case = matches!(item.question.kind, Some(Kind::Application | Kind::Analysis))
        || item
            .stem
            .tokens()
            .iter()
            .filter(is_number)
            .any(|token| !quoted.has(token.hash));
    is_case && item.key().tokens().iter().any(|token| token.is_number)
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;
    use examen_core::{Language, Question};

    fn is_told(language: &'static str, quote: &str, stem: &str, options: [&str; 4]) -> bool {
        let found = found_after(|q: &mut Question| {
            let [answer, distractors @ ..] = options.map(str::to_owned);
            q.language = Language::known(language);
            q.passage = quote.to_owned();
            (q.quote, q.quote_end) = (Some(quote.to_owned()), Some(quote.len() as u64));
            (q.question, q.answer, q.distractors) = (stem.to_owned(), answer, distractors.to_vec());
        });
        found
            .iter()
            .any(|found| found.starts_with("quoted_distractor: "))
    }

    #[test]
    fn a_quote_that_proves_a_distractor_is_told() {
        let options = [
            "The right ventricle",
            "The left ventricle",
            "The left atrium",
            "The right atrium",
        ];
        let quote = "The left ventricle pumps blood into the aorta.";
        let stem = "Which chamber pumps blood into the aorta?";
        assert!(is_told("en", quote, stem, options));
        let days = ["60 days", "30 days", "10 days", "90 days"];
        let quote = "The insurer must be told of a loss within 30 days.";
        assert!(is_told(
            "en",
            quote,
            "Within how many days must the insurer be told of a loss?",
            days
        ));
        assert!(is_told(
            "fr",
            "Le ventricule gauche éjecte le sang dans l'aorte.",
            "Quelle cavité éjecte le sang dans l'aorte ?",
            [
                "Le ventricule droit",
                "Le ventricule gauche",
                "L'oreillette droite",
                "L'oreillette gauche"
            ],
        ));
        assert!(is_told(
            "zh",
            "左心室将血液泵入主动脉。",
            "哪个腔室将血液泵入主动脉？",
            ["右心室", "左心室", "右心房", "左心房"],
        ));
    }

    #[test]
    fn other_parts_of_the_sentence_and_other_words_are_left_alone() {
        let quote =
            "The left ventricle pumps blood into the aorta, the right ventricle into the lungs.";
        let stem = "Where does the right ventricle pump blood?";
        let options = ["Pulmonary circulation", "Aorta", "Liver", "Kidneys"];
        assert!(!is_told("en", quote, stem, options));
        let quote = "A patient takes 5 mg for each of 3 days.";
        let stem = "How much does a patient take in 7 days?";
        assert!(!is_told(
            "en",
            quote,
            stem,
            ["35 mg", "5 mg", "12 mg", "21 mg"]
        ));
        let quote = "The left ventricle pumps blood into the aorta.";
        let stem = "Which of these does NOT pump blood into the aorta?";
        let options = [
            "The right atrium",
            "The left ventricle",
            "The heart",
            "The valve",
        ];
        assert!(!is_told("en", quote, stem, options));
    }
}
