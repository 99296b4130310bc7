//! The language of a text: by its script first, then by common words, then by its letters. Code, markup and names in
//! capitals say nothing. What a text is too short to tell is told by the document that it is a part of.

use super::{
    languages,
    script::{ONE_LANGUAGE, Script},
    words::hash,
};
use examen_core::Language;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// Size of the sample of a text: so many parts, spread over it, of so many characters.
const N_PARTS: usize = 4;
const PART_CHARS: usize = 600;
/// Words of a language that make up this share of a text tell it, if there are so many words …
const MIN_SHARE: f64 = 0.15;
const MIN_WORDS: usize = 6;
/// … and so many times as many as of any other.
const MIN_LEAD: f64 = 1.25;
/// Fewer letters are in too many languages.
const MIN_LETTERS: f64 = 24.0;
/// Names and terms in Latin letters are common in texts of every script: such a share of other letters is enough, and
/// Latin words without common ones among them count as little as this.
const MIN_OTHER_SHARE: f64 = 0.3;
const WEIGHT_OF_NAMES: f64 = 0.3;
/// Japanese has kana: at least one in so many of its characters.
const CHARS_PER_KANA: usize = 16;
/// A heading or a term in Chinese characters alone may be Japanese or Korean; so many characters are not.
const MIN_HAN: usize = 40;

/// Characters that only simplified or only traditional writing has, common ones.
const SIMPLIFIED: &str = "们这个来时说国为学会对发经过还进动种点现没业开关机电车长门问间见话语读书东马鸟鱼认识让请谁课题应该体无义图论设备术农历压强头买卖单双边达运远连选护报换损热烟爱气检测项级组织统结给维网络线约纪缓总续验黄产亲严丰临举乐习乡飞龙龟";
const TRADITIONAL: &str = "們這個來時說國為學會對發經過還進動種點現沒業開關機電車長門問間見話語讀書東馬鳥魚認識讓請誰課題應該體無義圖論設備術農歷壓強頭買賣單雙邊達運遠連選護報換損熱煙愛氣檢測項級組織統結給維網絡線約紀緩總續驗黃產親嚴豐臨舉樂習鄉飛龍龜";

/// Common words of languages that have no prompts, one language a line behind its code. They keep their neighbours apart:
/// a third of the commonest words of Catalan are Spanish ones.
const OTHERS: &str = include_str!("languages/others.txt");

/// The languages that are told by their words, with the script of those.
static TOLD_BY_WORDS: LazyLock<Vec<(Language, Script)>> = LazyLock::new(|| {
    word_lists()
        .filter_map(|(language, words)| Some((language, script_of_word(words.first()?)?)))
        .collect()
});

/// For the hash of each common word, the languages that have it, as bits by their index in [`TOLD_BY_WORDS`].
static COMMON: LazyLock<HashMap<u64, u128>> = LazyLock::new(|| {
    let mut common: HashMap<u64, u128> = HashMap::new();
    for (language, words) in word_lists() {
        let index = TOLD_BY_WORDS
            .iter()
            .position(|(known, _)| *known == language);
        for word in words {
            *common.entry(hash(word)).or_default() |= index.map_or(0, |index| 1 << index);
        }
    }
    common
});

fn word_lists() -> impl Iterator<Item = (Language, Vec<&'static str>)> {
    let own = languages::all().iter().map(|spoken| {
        let words = spoken.common.iter().map(String::as_str).collect();
        (spoken.language, words)
    });
    let others = OTHERS.lines().filter_map(|line| {
        let (code, words) = line.split_once(' ')?;
        Some((Language::known(code), words.split_whitespace().collect()))
    });
    own.chain(others)
}

fn script_of_word(word: &str) -> Option<Script> {
    word.chars().find_map(Script::of)
}

/// The language of a document; [`Language::UNDETERMINED`] if it has no letters.
///
/// ```
/// use examen_generate::text::language::detect;
/// let codes = ["Le cœur pompe le sang dans tout le corps.", "心脏将血液泵送到全身。", "流量センサーは校正されます。"];
/// assert_eq!(codes.map(|text| detect(text).to_string()), ["fr", "zh", "ja"]);
/// ```
pub fn detect(text: &str) -> Language {
    let profile = Profile::of(&sample(text));
    profile.language(Language::UNDETERMINED).unwrap_or_default()
}

/// The language of a part of a document: that of the document unless the part clearly is in another one.
///
/// ```
/// use examen_core::Language;
/// use examen_generate::text::language::detect_part;
/// let japanese = "ja".parse()?;
/// let english = "The pump is in the box, and the manual of the sensor is with it.";
/// assert_eq!([detect_part("流量校正", japanese), detect_part("API Server", japanese)], [japanese; 2]);
/// assert_eq!(detect_part(english, japanese), Language::ENGLISH);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn detect_part(text: &str, document: Language) -> Language {
    let profile = Profile::of(&sample(text));
    match profile.is_telling() {
        true => profile.language(document).unwrap_or(document),
        false => document,
    }
}

/// The language that a text is in beyond doubt, if that is not the `expected` one. A text of the same script must have
/// twice as many common words of the other language, and two more: it may quote a phrase.
pub(crate) fn other_than(text: &str, expected: Language) -> Option<Language> {
    let profile = Profile::of(text);
    let found = profile.is_telling().then(|| profile.language(expected))??;
    if is_same(found, expected) || are_near(found, expected) {
        return None;
    }
    match script_of(expected) {
        Some(script) if Some(script) != profile.script() => Some(found),
        Some(script) => {
            let count = |language| profile.count(script, language);
            (count(found) >= 2 + 2 * count(expected) || script == Script::Han).then_some(found)
        }
        // English is what models write that cannot do what is asked for.
        None => (found == Language::ENGLISH).then_some(found),
    }
}

/// The script of a language, if it is known.
fn script_of(language: Language) -> Option<Script> {
    let base = language.base();
    let by_words = || TOLD_BY_WORDS.iter().find(|(known, _)| *known == base);
    match base.primary() {
        "zh" | "ja" | "yue" => Some(Script::Han),
        "ko" => Some(Script::Hangul),
        "el" => Some(Script::Greek),
        code => {
            let one = ONE_LANGUAGE.iter().position(|(.., own, _)| *own == code);
            one.map(|index| Script::Other(index as u8))
                .or_else(|| by_words().map(|(_, script)| *script))
        }
    }
}

/// True for languages that few words do not tell apart, or that are written in two scripts.
fn are_near(one: Language, other: Language) -> bool {
    const NEAR: &[&[&str]] = &[
        &["sr", "hr", "bs", "sh", "cnr", "mk"],
        &["no", "nb", "nn", "da"],
        &["id", "ms", "jv", "su"],
        &["az", "tr"],
        &["uz", "kk"],
        &["zh", "yue"],
    ];
    let mut groups = NEAR.iter();
    groups.any(|group| group.contains(&one.primary()) && group.contains(&other.primary()))
        && one.primary() != other.primary()
}

/// The name of the script that most of a text is in, in English; `None` without letters.
pub(crate) fn script(text: &str) -> Option<&'static str> {
    let profile = Profile::of(&sample(text));
    Some(profile.script()?.name())
}

/// True if a question in one language is one in the other.
fn is_same(one: Language, other: Language) -> bool {
    one.base() == other.base()
}

/// A long document may begin or end with another language: a licence, an abstract, an index.
fn sample(text: &str) -> Cow<'_, str> {
    if text.char_indices().nth(N_PARTS * PART_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    let part = |n: usize| {
        let part = &text[text.floor_char_boundary(n * text.len() / N_PARTS)..];
        part.char_indices()
            .nth(PART_CHARS)
            .map_or(part, |(end, _)| &part[..end])
    };
    Cow::Owned((0..N_PARTS).map(part).collect::<Vec<_>>().join("\n"))
}

/// The letters and words of a text without its code and markup.
#[derive(Debug, Default)]
struct Profile {
    /// Letters by script, each with its weight.
    letters: BTreeMap<Script, f64>,
    /// Words with spaces between them, in lower case.
    words: Vec<(Script, String)>,
    n_han: usize,
    n_kana: usize,
    n_simplified: usize,
    n_traditional: usize,
}

impl Profile {
    fn of(text: &str) -> Self {
        let mut profile = Self::default();
        let mut is_code = false;
        for line in text.lines() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
                is_code = !is_code;
            } else if !is_code {
                runs(line).for_each(|run| profile.take(run));
            }
        }
        profile
    }

    /// Takes a run of letters without white space.
    fn take(&mut self, run: &str) {
        let mut rest = run;
        while let Some(first) = rest.chars().find_map(Script::of) {
            let start = rest.find(|c| Script::of(c) == Some(first)).unwrap_or(0);
            let other = |c: char| Script::of(c).is_some_and(|script| script != first);
            let end = rest[start..]
                .find(other)
                .map_or(rest.len(), |end| start + end);
            self.take_part(&rest[start..end], first);
            rest = &rest[end..];
        }
    }

    /// Takes a run of letters of one script.
    fn take_part(&mut self, part: &str, script: Script) {
        if script == Script::Latin && is_no_word(part) {
            return;
        }
        let mut n_letters = 0;
        for c in part.chars().filter(|c| c.is_alphabetic()) {
            n_letters += 1;
            match script {
                Script::Han => {
                    self.n_han += 1;
                    let is_in = |set: &str, others: &str| set.contains(c) && !others.contains(c);
                    self.n_simplified += usize::from(is_in(SIMPLIFIED, TRADITIONAL));
                    self.n_traditional += usize::from(is_in(TRADITIONAL, SIMPLIFIED));
                }
                Script::Kana => self.n_kana += 1,
                _ => {}
            }
        }
        *self.letters.entry(script).or_default() += f64::from(n_letters) * script.weight();
        if !matches!(script, Script::Han | Script::Kana | Script::Other(_)) {
            for word in part.split(|c: char| !super::words::is_word(c)) {
                if !word.is_empty() {
                    self.words.push((script, word.to_lowercase()));
                }
            }
        }
    }

    /// True if there is enough of it to contradict a document.
    fn is_telling(&self) -> bool {
        let is_unspaced =
            |script: &Script| matches!(script, Script::Han | Script::Kana | Script::Other(_));
        let all: f64 = self.letters.values().sum();
        let letters = self
            .letters
            .iter()
            .filter(|(script, _)| is_unspaced(script));
        let unspaced: f64 = letters.map(|(_, n)| n).sum();
        unspaced >= MIN_LETTERS || (all >= MIN_LETTERS && self.words.len() >= MIN_WORDS)
    }

    /// The script of most letters. Words in Latin letters that are names rather than sentences count little.
    fn script(&self) -> Option<Script> {
        let of = |script| self.letters.get(&script).copied().unwrap_or_default();
        let east_asian = of(Script::Han) + of(Script::Kana);
        let mut others: Vec<(Script, f64)> = self.letters.iter().map(|(s, n)| (*s, *n)).collect();
        others.retain(|(script, _)| !matches!(script, Script::Latin | Script::Han | Script::Kana));
        others.push((Script::Han, east_asian));
        let (other, n_other) = others
            .into_iter()
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .filter(|(_, n)| *n > 0.0)
            .unwrap_or((Script::Latin, 0.0));
        let latin = match self.share_of_latin_words() >= MIN_SHARE {
            true => of(Script::Latin),
            false => of(Script::Latin) * WEIGHT_OF_NAMES,
        };
        match latin + n_other {
            0.0 => None,
            all if n_other >= MIN_OTHER_SHARE * all => Some(other),
            _ => Some(Script::Latin),
        }
    }

    /// The largest share of Latin words that are common in one language.
    fn share_of_latin_words(&self) -> f64 {
        let (counts, n) = self.counts(Script::Latin);
        let most = counts.values().max().copied().unwrap_or_default();
        most as f64 / n.max(1) as f64
    }

    /// Words that are common in each language of a script, and the number of words.
    fn counts(&self, script: Script) -> (BTreeMap<usize, usize>, usize) {
        let words = self.words.iter().filter(|(own, _)| *own == script);
        let (mut counts, mut n) = (BTreeMap::new(), 0);
        for (_, word) in words {
            n += 1;
            let mut languages = COMMON.get(&hash(word)).copied().unwrap_or_default();
            while languages != 0 {
                *counts
                    .entry(languages.trailing_zeros() as usize)
                    .or_default() += 1;
                languages &= languages - 1;
            }
        }
        (counts, n)
    }

    /// Words that are common in one language of a script.
    fn count(&self, script: Script, language: Language) -> usize {
        let base = language.base();
        let index = TOLD_BY_WORDS.iter().position(|(known, _)| *known == base);
        let (counts, _) = self.counts(script);
        index
            .and_then(|index| counts.get(&index).copied())
            .unwrap_or_default()
    }

    /// The language, where `document` decides what the text does not.
    fn language(&self, document: Language) -> Option<Language> {
        let script = self.script()?;
        match script {
            Script::Han | Script::Kana => Some(self.east_asian(document)),
            Script::Hangul => Some(Language::known("ko")),
            Script::Greek => Some(Language::known("el")),
            Script::Other(index) => {
                let (_, _, code, _) = ONE_LANGUAGE[usize::from(index)];
                let is_in = Self::writes(document, script);
                Some(if is_in {
                    document
                } else {
                    Language::known(code)
                })
            }
            _ => self.by_words(script, document),
        }
    }

    /// True if `language` is known to be written in that script of one language (Assamese in Bengali letters).
    fn writes(language: Language, script: Script) -> bool {
        const MORE: &[(&str, &str)] = &[("as", "bn"), ("ti", "am"), ("shn", "my"), ("xmf", "ka")];
        let Script::Other(index) = script else {
            return false;
        };
        let (_, _, code, _) = ONE_LANGUAGE[usize::from(index)];
        MORE.contains(&(language.primary(), code))
    }

    fn east_asian(&self, document: Language) -> Language {
        let is_japanese = self.n_kana * CHARS_PER_KANA > self.n_han + self.n_kana;
        let may_be = |code: &str| document.primary() == code && self.n_han < MIN_HAN;
        match () {
            () if is_japanese => Language::known("ja"),
            () if may_be("ja") || may_be("ko") || document.primary() == "yue" => document,
            () if self.n_traditional > self.n_simplified => Language::TRADITIONAL_CHINESE,
            () if self.n_simplified > 0 => Language::CHINESE,
            () if document.primary() == "zh" => document,
            () => Language::CHINESE,
        }
    }

    /// The language whose common words the text has most of; where they do not tell, the one that its letters look like.
    fn by_words(&self, script: Script, document: Language) -> Option<Language> {
        let (counts, n) = self.counts(script);
        let mut ranked: Vec<(Language, usize)> = counts
            .into_iter()
            .map(|(index, n)| (TOLD_BY_WORDS[index].0, n))
            .collect();
        ranked.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let count = |rank: usize| ranked.get(rank).map_or(0.0, |(_, n)| *n as f64);
        let best = ranked.first().map(|(language, _)| *language);
        let is_clear = count(0) >= MIN_SHARE * n as f64 && count(0) >= MIN_LEAD * count(1);
        if is_clear && n >= MIN_WORDS {
            return best;
        }
        let of_document = ranked
            .iter()
            .find(|(language, _)| is_same(*language, document));
        if of_document.is_some_and(|(_, n)| *n as f64 * MIN_LEAD >= count(0)) {
            return Some(document);
        }
        // Names alone say nothing.
        if count(0) < 2.0 && script == Script::Latin && !document.is_undetermined() {
            return Some(document);
        }
        self.by_letters(script)
            .or_else(|| best.filter(|_| count(0) >= 2.0 || count(0) > count(1)))
            .or_else(|| self.usual(script, document))
    }

    /// What whatlang makes of the letters of one script, if it is sure.
    fn by_letters(&self, script: Script) -> Option<Language> {
        let words = self.words.iter().filter(|(own, _)| *own == script);
        let text: Vec<&str> = words.map(|(_, word)| word.as_str()).collect();
        let found = whatlang::detect(&text.join(" ")).filter(whatlang::Info::is_reliable)?;
        Some(Language::stored(found.lang().code()))
    }

    /// The language of a text that says nothing but its script.
    fn usual(&self, script: Script, document: Language) -> Option<Language> {
        let written = TOLD_BY_WORDS
            .iter()
            .find(|(known, _)| is_same(*known, document));
        if written.is_some_and(|(_, own)| *own == script) {
            return Some(document);
        }
        Some(Language::known(match script {
            Script::Cyrillic => "ru",
            Script::Arabic => "ar",
            Script::Hebrew => "he",
            Script::Devanagari => "hi",
            _ => {
                return (!document.is_undetermined())
                    .then_some(document)
                    .or(Some(Language::ENGLISH));
            }
        }))
    }
}

/// The parts of a line between white space that are not code or markup: addresses, tags, paths, names of variables.
fn runs(line: &str) -> impl Iterator<Item = &str> {
    let is_code = |run: &&str| {
        let ascii = run.chars().filter(char::is_ascii).count();
        let signs = ['\\', '_', '{', '}', '=', '@', '$', '<', '>', '|'];
        ascii * 2 > run.len() && (run.contains(signs) || run.contains("://") || run.contains("::"))
    };
    let mut is_quoted = false;
    line.split('`')
        .filter(move |_| {
            is_quoted = !is_quoted;
            is_quoted
        })
        .flat_map(str::split_whitespace)
        .filter(move |run| !is_code(run))
}

/// True for what is no word of a language: abbreviations in capitals, names such as `PostgreSQL`.
fn is_no_word(part: &str) -> bool {
    let part = part.trim_matches(|c: char| !c.is_alphanumeric());
    let n_capitals = part.chars().filter(|c| c.is_uppercase()).count();
    let has_small = part.chars().any(char::is_lowercase);
    n_capitals > 1 && part.chars().all(char::is_alphanumeric) && (has_small || part.len() < 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        detect(text).to_string()
    }

    #[test]
    fn names_and_code_in_another_script_decide_nothing() {
        let japanese = "流量センサーは十二か月ごとに校正されます。";
        let mixed = format!(
            "{japanese} Kubernetes API Server PostgreSQL WAL GitHub Actions Docker image registry "
        );
        assert_eq!(code(&mixed.repeat(20)), "ja");
        let korean = "메모리 할당은 스케줄러가 관리하는 페이지 테이블을 사용한다. Kernel memory allocator page table ";
        assert_eq!(code(&korean.repeat(8)), "ko");
        let russian = "Этот сервер хранит данные в памяти.\n```\nlet the_value = of.the.server();\nfor value in the_list { print(value) }\n```\n";
        assert_eq!(code(&russian.repeat(4)), "ru");
        assert_eq!(
            code("The word 心臓 means the heart, and it is one of the first to learn."),
            "en"
        );
    }

    #[test]
    fn neighbours_are_told_apart() {
        for (expected, text) in [
            (
                "pt",
                "O coração bombeia o sangue para todo o corpo e não descansa durante a noite.",
            ),
            (
                "ca",
                "El cor bombeja la sang per tot el cos i no descansa mai, ni a la nit, perquè és un múscul.",
            ),
            (
                "gl",
                "O corazón bombea o sangue por todo o corpo e non descansa nunca, nin cando unha persoa dorme.",
            ),
            (
                "uk",
                "Серце качає кров по всьому тілу і не зупиняється навіть уночі.",
            ),
            (
                "bg",
                "Сърцето изпомпва кръвта по цялото тяло и не спира да работи през нощта.",
            ),
            (
                "fa",
                "قلب خون را در سراسر بدن به گردش در می‌آورد و شب هم از کار نمی‌ایستد.",
            ),
            (
                "ur",
                "دل خون کو پورے جسم میں پہنچاتا ہے اور رات کو بھی نہیں رکتا۔",
            ),
            (
                "mr",
                "हृदय संपूर्ण शरीरात रक्त पोहोचवते आणि ते रात्रीही थांबत नाही, हे महत्त्वाचे आहे.",
            ),
            ("zh-Hant", "心臟將血液輸送到全身，這個過程沒有停止的時間。"),
            ("th", "หัวใจสูบฉีดเลือดไปทั่วร่างกาย"),
            ("el", "Η καρδιά αντλεί αίμα σε όλο το σώμα."),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn a_part_is_in_the_language_of_its_document_unless_it_says_otherwise() {
        let part =
            |text: &str, document: &str| detect_part(text, document.parse().unwrap()).to_string();
        assert_eq!(part("Tabla 3", "es"), "es");
        assert_eq!(part("流量校正手順", "ja"), "ja");
        assert_eq!(part("Kernel memory allocator", "ru"), "ru");
        let english =
            "The heart pumps blood through the body and it beats about seventy times a minute.";
        for document in ["es", "ja", "ru", "de", "sw"] {
            assert_eq!(part(english, document), "en");
        }
    }

    #[test]
    fn a_foreign_beginning_decides_nothing() {
        let english =
            "The heart pumps blood through the body and beats about seventy times a minute. "
                .repeat(8);
        let spanish =
            "El corazón bombea la sangre por todo el cuerpo y late unas setenta veces por minuto. "
                .repeat(40);
        assert_eq!(code(&format!("{english}{spanish}")), "es");
    }

    #[test]
    fn a_text_without_words_is_in_no_language() {
        for text in ["", "42", "???"] {
            assert!(detect(text).is_undetermined(), "{text}");
        }
    }
}
