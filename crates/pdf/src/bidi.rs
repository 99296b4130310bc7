//! Lines as they are drawn, from left to right, to lines as they are written: words of right-to-left scripts are turned
//! around, numbers and Latin words within them are not.

/// The words of a line, from left to right, in the order and with the letters in which they are written.
pub(crate) fn logical(line: &str) -> String {
    let n_rtl = line.chars().filter(|&c| is_rtl(c)).count();
    if n_rtl == 0 {
        return line.to_owned();
    }
    let n_ltr = line
        .chars()
        .filter(|&c| c.is_alphabetic() && !is_rtl(c))
        .count();
    let letters: Vec<char> = line.chars().collect();
    if n_rtl >= n_ltr {
        let turned: Vec<char> = letters.into_iter().rev().collect();
        let brackets = turned.iter().copied().find(|&c| mirrored(c) != c);
        let is_mirrored = brackets.is_some_and(|c| ")]}»".contains(c));
        let mirror = |c: char| if is_mirrored { mirrored(c) } else { c };
        turn(&turned.into_iter().map(mirror).collect::<Vec<_>>(), &is_ltr)
    } else {
        turn(&letters, &is_rtl)
    }
}

/// Turns the runs around that begin and end with such characters, with what is neutral between them.
fn turn(letters: &[char], is: &dyn Fn(char) -> bool) -> String {
    let mut turned = String::with_capacity(letters.len() * 2);
    let mut index = 0;
    while index < letters.len() {
        if !is(letters[index]) {
            turned.push(letters[index]);
            index += 1;
            continue;
        }
        let goes_on = |&c: &char| is(c) || !(is_rtl(c) || is_ltr(c));
        let run = letters[index..].iter().take_while(|c| goes_on(c)).count();
        let last = letters[index..index + run]
            .iter()
            .rposition(|&c| is(c))
            .unwrap_or(0);
        turned.extend(letters[index..=index + last].iter().rev());
        index += last + 1;
    }
    turned
}

fn is_ltr(c: char) -> bool {
    c.is_alphanumeric() && !is_rtl(c)
}

/// Letters of Hebrew, Arabic and the scripts between them in Unicode, without the digits.
fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}')
        && !c.is_numeric()
}

fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '«' => '»',
        '»' => '«',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_turned_around_and_numbers_are_not() {
        assert_eq!(logical("plain (text) 12"), "plain (text) 12");
        // "Seven hours" in Hebrew, drawn from left to right.
        assert_eq!(logical("תועש עבש"), "שבע שעות");
        assert_eq!(logical(".הבסמ 2.5 לש תוביתנ"), "נתיבות של 2.5 מסבה.");
        assert_eq!(logical("(PDF) ץבוק"), "קובץ (PDF)");
        assert_eq!(
            logical("the word םולש means peace"),
            "the word שלום means peace"
        );
    }

    proptest! {
        #[test]
        fn no_character_is_lost(line in "([a-z0-9 .()]|[א-ת]|[ا-ي]){0,30}") {
            let count = |text: &str| {
                let mut letters: Vec<char> = text.chars().filter(|c| mirrored(*c) == *c).collect();
                letters.sort_unstable();
                letters
            };
            prop_assert_eq!(count(&logical(&line)), count(&line));
        }
    }
}
