//! How echoed tokens lie in the text of their prompt: which belong to it, and where a continuation begins. Pure.

use super::fault::EchoFault;
use crate::backends::echo::{Echoed, EchoedToken};

/// Log-probabilities that differ by less are the same number, rounded.
const ROUNDING: f64 = 1e-3;
/// Characters that one token of unknown text may stand for.
const MAX_UNKNOWN: usize = 16;

/// Where a continuation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// At the token of this index.
    At(usize),
    /// Within a token, or the tokens' texts do not tell.
    Unknown,
}

/// The tokens of the prompt in an answer, without what the model wrote, and held against the prompt.
pub(super) fn prompt_tokens(echoed: Echoed, prompt: &str) -> Result<Vec<EchoedToken>, EchoFault> {
    let Echoed {
        mut tokens,
        n_written,
        ..
    } = echoed;
    let n_all = tokens.len();
    let lengths = [n_all.saturating_sub(n_written), n_all];
    let fits = lengths
        .into_iter()
        .find(|n| starts(&tokens[..*n], prompt).is_some())
        .or_else(|| lengths.into_iter().find(|n| covers(&tokens[..*n], prompt)));
    let Some(n) = fits else {
        return Err(misfit(&tokens, n_written, prompt));
    };
    tokens.truncate(n);
    check(&tokens)?;
    Ok(tokens)
}

/// The same for a prompt of token ids.
pub(super) fn tokens_of_ids(echoed: Echoed, ids: &[u32]) -> Result<Vec<EchoedToken>, EchoFault> {
    let (mut tokens, n_written) = (echoed.tokens, echoed.n_written);
    if tokens.len() != ids.len() && tokens.len() != ids.len() + n_written {
        return Err(EchoFault::OtherLength {
            n: tokens.len(),
            expected: ids.len(),
        });
    }
    tokens.truncate(ids.len());
    let differs = tokens
        .iter()
        .zip(ids)
        .find(|(token, id)| token.id.is_some_and(|it| it != **id));
    if let Some((token, _)) = differs {
        return Err(EchoFault::OtherText(text(token)));
    }
    check(&tokens)?;
    Ok(tokens)
}

/// The border at byte `at` of the prompt.
pub(super) fn border(tokens: &[EchoedToken], prompt: &str, at: usize) -> Border {
    let found =
        starts(tokens, prompt).and_then(|starts| starts.iter().position(|start| *start == at));
    // At 0 stands a token that opens every text.
    found
        .filter(|index| *index > 0)
        .map_or(Border::Unknown, Border::At)
}

/// `true` if `tokens` begin with those of the context alone.
pub(super) fn begins_with(tokens: &[EchoedToken], context: &[EchoedToken]) -> bool {
    let same = |(a, b): (&EchoedToken, &EchoedToken)| a.id == b.id && a.text == b.text;
    tokens.len() > context.len() && tokens.iter().zip(context).all(same)
}

/// Refuses numbers that no echo can have.
fn check(tokens: &[EchoedToken]) -> Result<(), EchoFault> {
    for (index, token) in tokens.iter().enumerate() {
        let Some(log_prob) = token.log_prob else {
            if index == 0 {
                continue;
            }
            return Err(EchoFault::NoLogProb {
                index,
                token: text(token),
            });
        };
        if log_prob > ROUNDING {
            return Err(EchoFault::Positive {
                log_prob,
                token: text(token),
            });
        }
    }
    Ok(())
}

/// Byte at which each token begins, if their texts add up to the prompt exactly. A first token without a log-probability
/// may stand before it: one that opens every text.
fn starts(tokens: &[EchoedToken], prompt: &str) -> Option<Vec<usize>> {
    let (first, others) = tokens.split_first()?;
    let n_others: usize = others
        .iter()
        .map(|token| token.text.as_deref().map(str::len))
        .sum::<Option<_>>()?;
    let mut at = match &first.text {
        Some(text) if prompt.starts_with(text.as_str()) => text.len(),
        Some(_) if first.log_prob.is_none() => 0,
        Some(_) => return None,
        // What nobody tells of the first token is what the others leave over.
        None => prompt.len().checked_sub(n_others)?,
    };
    let mut starts = vec![0];
    for token in others {
        let text = token.text.as_deref()?;
        starts.push(at);
        prompt.get(at..)?.strip_prefix(text)?;
        at += text.len();
    }
    (at == prompt.len()).then_some(starts)
}

/// `true` if the tokens can be those of the prompt: their texts stand in it in order, but for spaces, and but for tokens
/// whose text is unknown, as where they are parts of a character.
fn covers(tokens: &[EchoedToken], prompt: &str) -> bool {
    let squashed = squash(prompt);
    let (mut rest, mut slack) = (squashed.as_str(), 0);
    for (index, token) in tokens.iter().enumerate() {
        let Some(text) = readable(token) else {
            slack += MAX_UNKNOWN;
            continue;
        };
        let text = squash(text);
        match rest
            .find(&text)
            .filter(|at| rest[..*at].chars().count() <= slack)
        {
            Some(_) if text.is_empty() => {}
            Some(at) => (rest, slack) = (&rest[at + text.len()..], 0),
            None if index == 0 && token.log_prob.is_none() => {}
            None => return false,
        }
    }
    !tokens.is_empty() && rest.chars().count() <= slack
}

/// The text of a token, if it is one.
fn readable(token: &EchoedToken) -> Option<&str> {
    let text = token.text.as_deref()?;
    let is_byte = text.starts_with("<0x") && text.ends_with('>') || text.starts_with("bytes:");
    (!is_byte && !text.contains('\u{fffd}')).then_some(text)
}

/// A text without white space, also as tokenizers write it.
fn squash(text: &str) -> String {
    let is_kept = |c: &char| !c.is_whitespace() && !matches!(c, '▁' | 'Ġ' | 'Ċ');
    text.chars().filter(is_kept).collect()
}

/// What is wrong with tokens that are not those of the prompt.
fn misfit(tokens: &[EchoedToken], n_written: usize, prompt: &str) -> EchoFault {
    let n = tokens.len().saturating_sub(n_written);
    let joined = |tokens: &[EchoedToken]| {
        let texts = tokens.iter().filter_map(readable).map(squash);
        texts.collect::<String>()
    };
    let squashed = squash(prompt);
    let tails = [joined(&tokens[..n]), joined(tokens)];
    if let Some(tail) = tails
        .iter()
        .find(|tail| !tail.is_empty() && squashed.ends_with(*tail))
    {
        let missing = &squashed[..squashed.len() - tail.len()];
        return EchoFault::NoBeginning(shown(missing));
    }
    if let Some(head) = tails
        .iter()
        .find(|head| !head.is_empty() && squashed.starts_with(*head))
    {
        return EchoFault::NoEnd(shown(head));
    }
    match n {
        0 | 1 => EchoFault::OnlyWritten,
        _ => EchoFault::OtherText(shown(&joined(tokens))),
    }
}

fn text(token: &EchoedToken) -> String {
    token.text.as_deref().map_or_else(|| "?".to_owned(), shown)
}

/// The beginning of a text of the server's.
fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Usage;

    fn token(text: &str, log_prob: Option<f64>) -> EchoedToken {
        EchoedToken {
            id: None,
            text: Some(text.to_owned()),
            log_prob,
            is_likeliest: None,
        }
    }

    /// Tokens of which the first has no log-probability.
    fn tokens(texts: &[&str]) -> Vec<EchoedToken> {
        let log_prob = |index| (index > 0).then_some(-1.0);
        texts
            .iter()
            .enumerate()
            .map(|(index, text)| token(text, log_prob(index)))
            .collect()
    }

    fn read(texts: &[&str], prompt: &str) -> Result<usize, EchoFault> {
        let echoed = Echoed {
            tokens: tokens(texts),
            n_written: 1,
            usage: Usage::default(),
        };
        prompt_tokens(echoed, prompt).map(|tokens| tokens.len())
    }

    #[test]
    fn what_the_model_wrote_is_cut_off_whether_it_is_there_or_not() {
        assert_eq!(read(&["The", " cat", " sat"], "The cat"), Ok(2));
        assert_eq!(read(&["The", " cat"], "The cat"), Ok(2));
        assert_eq!(read(&["<s>", "The", " cat", "."], "The cat"), Ok(3));
        assert_eq!(
            read(&["The", "cat", "sat"], "The cat"),
            Ok(2),
            "SentencePiece"
        );
        assert_eq!(
            read(&["a", "\u{fffd}", "\u{fffd}", " b", "c"], "aé b"),
            Ok(4)
        );
    }

    #[test]
    fn tokens_of_no_such_prompt_are_refused_by_what_they_are() {
        let fault = |texts: &[&str]| read(texts, "The cat sat").unwrap_err();
        assert_eq!(
            fault(&[" cat", " sat", "."]),
            EchoFault::NoBeginning("The".to_owned())
        );
        assert_eq!(
            fault(&["The", " cat", "!"]),
            EchoFault::NoEnd("Thecat".to_owned())
        );
        assert_eq!(fault(&[" on"]), EchoFault::OnlyWritten);
        assert!(matches!(
            fault(&["A", " dog", " ran", "."]),
            EchoFault::OtherText(_)
        ));
        assert_eq!(fault(&[]), EchoFault::OnlyWritten);
    }

    #[test]
    fn a_border_is_where_a_token_begins_and_not_within_one() {
        let whole = tokens(&["The", " cat", " sat"]);
        assert_eq!(border(&whole, "The cat sat", 7), Border::At(2));
        assert_eq!(border(&whole, "The cat sat", 5), Border::Unknown);
        let spaces = tokens(&["The", "cat", "sat"]);
        assert_eq!(border(&spaces, "The cat sat", 7), Border::Unknown);
        let mut unknown_first = whole;
        unknown_first[0].text = None;
        assert_eq!(border(&unknown_first, "The cat sat", 7), Border::At(2));
    }

    #[test]
    fn only_the_first_token_may_have_no_log_prob_and_none_is_above_zero() {
        let faults = |log_probs: [Option<f64>; 3]| {
            let all = log_probs.map(|log_prob| token("a", log_prob));
            check(&all)
        };
        assert_eq!(faults([None, Some(-1.0), Some(0.0)]), Ok(()));
        assert_eq!(faults([Some(-2.0), Some(-1.0), Some(-9999.0)]), Ok(()));
        assert!(matches!(
            faults([Some(-1.0), None, Some(-1.0)]),
            Err(EchoFault::NoLogProb { index: 1, .. })
        ));
        assert!(matches!(
            faults([None, Some(0.3), Some(-1.0)]),
            Err(EchoFault::Positive { .. })
        ));
    }
}
