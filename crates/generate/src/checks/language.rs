//! A question in another language than its passage.

use super::{Check, Severity, item::Item};
use crate::text::{language::other_than, lexicon::Lexicon};
use examen_core::Language;

/// With fewer of its own function words, a stem is looked at more closely. With so many of another language's, and more
/// than twice as many as of its own, it is in that one: a stem may quote a phrase.
const MIN_OWN_WORDS: usize = 2;

/// Finds a question in another language than its passage: by its script, by the common words of the stem, and of stem
/// and options together where the stem is short.
pub(super) const CHECK: Check = Check {
    name: "language",
    words: "in another language",
    guide: "a stem in another language than the passage",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let language = item.question.language;
    if language.is_undetermined() {
        return None;
    }
    if let Some(lexicon) = item.lexicon {
        let n_own = lexicon.only_here.count(&item.stem);
        let more = |other: &Lexicon| other.only_here.count(&item.stem) >= MIN_OWN_WORDS + 2 * n_own;
        if let Some((other, _)) = Lexicon::others(language).find(|(_, other)| more(other)) {
            return Some(sentence("stem", other, language));
        }
        if n_own >= MIN_OWN_WORDS {
            return None;
        }
    }
    if let Some(other) = other_than(&item.question.question, language) {
        return Some(sentence("stem", other, language));
    }
    let texts: Vec<&str> = std::iter::once(&item.question.question)
        .chain(item.texts())
        .map(String::as_str)
        .collect();
    other_than(&texts.join("\n"), language).map(|other| sentence("question", other, language))
}

fn sentence(what: &str, other: Language, language: Language) -> String {
    format!("the {what} is written in `{other}`, the passage in `{language}`")
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    /// The same question in several languages, with its options.
    const QUESTIONS: [(&str, &str, [&str; 4]); 9] = [
        (
            "fr",
            "À quelle fréquence le capteur de débit de la pompe est-il étalonné ?",
            [
                "Tous les douze mois",
                "Tous les six mois",
                "Tous les deux ans",
                "Chaque semaine",
            ],
        ),
        (
            "de",
            "Wie oft wird der Durchflusssensor der Pumpe kalibriert?",
            [
                "Alle zwölf Monate",
                "Alle sechs Monate",
                "Alle zwei Jahre",
                "Jede Woche",
            ],
        ),
        (
            "ru",
            "Как часто калибруется датчик расхода насоса Halden?",
            ["Раз в год", "Раз в месяц", "Раз в два года", "Раз в неделю"],
        ),
        (
            "ar",
            "كم مرة تتم معايرة مستشعر التدفق في المضخة؟",
            ["كل سنة", "كل شهر", "كل سنتين", "كل أسبوع"],
        ),
        (
            "zh",
            "哈尔登泵的流量传感器多久校准一次？",
            ["每十二个月", "每六个月", "每两年", "每周"],
        ),
        (
            "ja",
            "ハルデンポンプの流量センサーはどのくらいの間隔で校正されますか。",
            ["十二か月ごと", "六か月ごと", "二年ごと", "毎週"],
        ),
        (
            "ko",
            "할덴 펌프의 유량 센서는 얼마나 자주 교정됩니까?",
            ["열두 달마다", "여섯 달마다", "이 년마다", "매주"],
        ),
        (
            "th",
            "เซ็นเซอร์วัดการไหลของปั๊มได้รับการสอบเทียบบ่อยแค่ไหน",
            ["ทุกสิบสองเดือน", "ทุกหกเดือน", "ทุกสองปี", "ทุกสัปดาห์"],
        ),
        (
            "sw",
            "Kihisi cha mtiririko cha pampu hurekebishwa mara ngapi kwa mwaka?",
            ["Mara moja", "Mara mbili", "Mara tatu", "Mara nne"],
        ),
    ];

    #[test]
    fn a_question_in_the_language_of_its_passage_passes_and_an_english_one_does_not() {
        let english = [
            "Every twelve months",
            "Every six months",
            "Every two years",
            "Every week",
        ];
        for (code, stem, options) in QUESTIONS {
            let language = Language::known(code);
            assert_eq!(said("language", language, stem, options), None, "{code}");
            let asked = "How often is the flow sensor of the pump calibrated?";
            let told = said("language", language, asked, english).unwrap_or_default();
            assert!(told.contains("in `en`, the passage in"), "{code}: {told}");
        }
    }

    #[test]
    fn other_languages_are_told() {
        let options = ["La sangre", "El hueso", "La piel", "La uña"];
        assert_eq!(
            said(
                "language",
                Language::ENGLISH,
                "¿Cuál de los tejidos del cuerpo es de color rojo?",
                options
            )
            .as_deref(),
            Some("the stem is written in `es`, the passage in `en`")
        );
        assert_eq!(
            said(
                "language",
                Language::SPANISH,
                "¿Cuál de los tejidos del cuerpo es de color rojo?",
                options
            ),
            None
        );
        let french = [
            "Le ventricule gauche",
            "Le ventricule droit",
            "L'oreillette gauche",
            "L'oreillette droite",
        ];
        let stem = "Quelle partie du cœur pompe le sang vers l'aorte et tout le corps ?";
        assert!(
            said("language", Language::ENGLISH, stem, french)
                .is_some_and(|reason| reason.contains("`fr`"))
        );
    }
}
