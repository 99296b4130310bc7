//! Scripts: which one a letter belongs to, and what follows from it for words, lengths and tokens.

use unicode_normalization::char::is_combining_mark;

/// A script, or several that one language mixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Script {
    /// Letters of Latin.
    Latin,
    /// Letters of Greek.
    Greek,
    /// Letters of Cyrillic.
    Cyrillic,
    /// Letters of Arabic, also in presentation forms.
    Arabic,
    /// Letters of Hebrew.
    Hebrew,
    /// Letters of Devanagari.
    Devanagari,
    /// Chinese characters, whatever the language.
    Han,
    /// Hiragana and katakana.
    Kana,
    /// Letters and syllables of Hangul.
    Hangul,
    /// A script of one language (see [`ONE_LANGUAGE`]), by its index there.
    Other(u8),
}

/// First and last letter of the scripts of several languages.
const RANGES: &[(char, char, Script)] = &[
    ('A', 'Z', Script::Latin),
    ('a', 'z', Script::Latin),
    ('\u{aa}', '\u{24f}', Script::Latin),
    ('\u{250}', '\u{2af}', Script::Latin),
    ('\u{370}', '\u{3ff}', Script::Greek),
    ('\u{400}', '\u{52f}', Script::Cyrillic),
    ('\u{590}', '\u{5ff}', Script::Hebrew),
    ('\u{600}', '\u{77f}', Script::Arabic),
    ('\u{8a0}', '\u{8ff}', Script::Arabic),
    ('\u{900}', '\u{97f}', Script::Devanagari),
    ('\u{1100}', '\u{11ff}', Script::Hangul),
    ('\u{1e00}', '\u{1eff}', Script::Latin),
    ('\u{1f00}', '\u{1fff}', Script::Greek),
    ('\u{3005}', '\u{3007}', Script::Han),
    ('\u{3041}', '\u{30ff}', Script::Kana),
    ('\u{3131}', '\u{318e}', Script::Hangul),
    ('\u{31f0}', '\u{31ff}', Script::Kana),
    ('\u{3400}', '\u{4dbf}', Script::Han),
    ('\u{4e00}', '\u{9fff}', Script::Han),
    ('\u{ac00}', '\u{d7af}', Script::Hangul),
    ('\u{f900}', '\u{faff}', Script::Han),
    ('\u{fb00}', '\u{fb06}', Script::Latin),
    ('\u{fb1d}', '\u{fb4f}', Script::Hebrew),
    ('\u{fb50}', '\u{fdff}', Script::Arabic),
    ('\u{fe70}', '\u{fefc}', Script::Arabic),
    ('\u{ff21}', '\u{ff5a}', Script::Latin),
    ('\u{ff66}', '\u{ff9d}', Script::Kana),
    ('\u{ffa0}', '\u{ffdc}', Script::Hangul),
    ('\u{20000}', '\u{3134f}', Script::Han),
];

/// Scripts that are nearly always one language's: the letters, the language, the script's name.
pub(crate) const ONE_LANGUAGE: &[(char, char, &str, &str)] = &[
    ('\u{531}', '\u{58f}', "hy", "Armenian"),
    ('\u{780}', '\u{7bf}', "dv", "Thaana"),
    ('\u{980}', '\u{9ff}', "bn", "Bengali"),
    ('\u{a00}', '\u{a7f}', "pa", "Gurmukhi"),
    ('\u{a80}', '\u{aff}', "gu", "Gujarati"),
    ('\u{b00}', '\u{b7f}', "or", "Odia"),
    ('\u{b80}', '\u{bff}', "ta", "Tamil"),
    ('\u{c00}', '\u{c7f}', "te", "Telugu"),
    ('\u{c80}', '\u{cff}', "kn", "Kannada"),
    ('\u{d00}', '\u{d7f}', "ml", "Malayalam"),
    ('\u{d80}', '\u{dff}', "si", "Sinhala"),
    ('\u{e00}', '\u{e7f}', "th", "Thai"),
    ('\u{e80}', '\u{eff}', "lo", "Lao"),
    ('\u{f00}', '\u{fff}', "bo", "Tibetan"),
    ('\u{1000}', '\u{109f}', "my", "Burmese"),
    ('\u{10a0}', '\u{10ff}', "ka", "Georgian"),
    ('\u{1200}', '\u{139f}', "am", "Ethiopic"),
    ('\u{13a0}', '\u{13ff}', "chr", "Cherokee"),
    ('\u{1780}', '\u{17ff}', "km", "Khmer"),
    ('\u{1c90}', '\u{1cbf}', "ka", "Georgian"),
];

impl Script {
    /// The script of a letter; `None` of what is no letter.
    pub(crate) fn of(c: char) -> Option<Self> {
        if !c.is_alphabetic() {
            return None;
        }
        if c.is_ascii() {
            return Some(Self::Latin);
        }
        let known = RANGES
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&c));
        known.map(|(.., script)| *script).or_else(|| {
            let one = ONE_LANGUAGE
                .iter()
                .position(|(first, last, ..)| (*first..=*last).contains(&c))?;
            Some(Self::Other(one as u8))
        })
    }

    /// What a letter says, in letters of Latin.
    pub(crate) fn weight(self) -> f64 {
        match self {
            Self::Han => 2.5,
            Self::Kana | Self::Hangul => 2.0,
            _ => 1.0,
        }
    }

    /// The name in English.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Latin => "Latin",
            Self::Greek => "Greek",
            Self::Cyrillic => "Cyrillic",
            Self::Arabic => "Arabic",
            Self::Hebrew => "Hebrew",
            Self::Devanagari => "Devanagari",
            Self::Han => "Chinese",
            Self::Kana => "Japanese",
            Self::Hangul => "Korean",
            Self::Other(index) => ONE_LANGUAGE[usize::from(index)].3,
        }
    }
}

/// True for the letters of scripts that write no spaces between words, and for syllables of Hangul, whose particles are
/// written together with the word.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..|'\u{e00}'..='\u{109f}'| '\u{1780}'..='\u{17ff}'
    )
}

/// True for a mark that is a part of a letter before it: the virama of Hindi, a tone of Thai.
pub(crate) fn is_mark(c: char) -> bool {
    c > '\u{2ff}'
        && (is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}'))
        && !('\u{fe00}'..='\u{fe0f}').contains(&c)
}

/// Length of a text as a reader sees it, in letters of Latin: what is twice as wide counts twice, marks on letters nothing.
///
/// ```
/// use examen_generate::text::length;
/// assert_eq!([length("cœur"), length("心臓"), length("हिन्दी")], [4, 4, 3]);
/// ```
pub fn length(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars()
        .map(|c| match c {
            _ if is_mark(c) => 0,
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
            '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}' => 2,
            _ => 1,
        })
        .sum()
}
