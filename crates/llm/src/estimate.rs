//! Estimate of a text's tokens where the model's own tokenizer is not known.

/// Parts of a token.
const PARTS: usize = 20;

/// Parts of a token that the character costs which begins with this byte of UTF-8: tokenizers of today's models write
/// four Latin letters in a token, two or three of Cyrillic or Arabic, and one or two characters of Chinese.
const COSTS: [u8; 256] = {
    let mut costs = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        costs[byte] = match byte {
            // The rest of a character.
            0x80..=0xbf => 0,
            // Latin, and punctuation beyond ASCII.
            0x00..=0xcd | 0xe2 => 5,
            // Greek, Cyrillic, Armenian, Hebrew, Arabic.
            0xce..=0xdb => 9,
            // Indic scripts, Thai, Georgian, Khmer, Vietnamese.
            0xdc..=0xe1 => 12,
            // Kana.
            0xe3 => 16,
            // Chinese characters, Hangul, what is wide.
            0xe4..=0xef => PARTS as u8,
            // Rare characters, emoji.
            _ => 30,
        };
        byte += 1;
    }
    costs
};

/// About how many tokens a text has, by the scripts of its letters.
///
/// ```
/// use examen_llm::estimated_tokens;
/// assert_eq!([estimated_tokens("four letters a token"), estimated_tokens("心脏将血液泵送到全身")], [5, 10]);
/// ```
pub fn estimated_tokens(text: &str) -> usize {
    let parts: usize = text
        .bytes()
        .map(|byte| usize::from(COSTS[usize::from(byte)]))
        .sum();
    parts.div_ceil(PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_are_four_a_token() {
        for text in [
            "",
            "a",
            "five.",
            "El corazón — bombea la sangre…",
            &"word ".repeat(99),
        ] {
            assert_eq!(
                estimated_tokens(text),
                text.chars().count().div_ceil(4),
                "{text}"
            );
        }
    }

    #[test]
    fn other_scripts_take_more() {
        let per_character =
            |text: &str| estimated_tokens(text) as f64 / text.chars().count() as f64;
        assert!(per_character("Сердце перекачивает кровь по всему телу") > 0.35);
        assert!(per_character("หัวใจสูบฉีดเลือดไปทั่วร่างกาย") > 0.5);
        assert!(per_character("心臓は血液を全身に送り出します") > 0.8);
        assert!(per_character("심장은피를온몸으로보낸다") > 0.9);
    }
}
