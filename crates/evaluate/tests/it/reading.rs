//! Answers read from replies in words, in eight languages.

use examen_evaluate::measures::{read_choice, read_number};

const OPTIONS: [&str; 4] = [
    "the left atrium",
    "the left ventricle",
    "the right ventricle",
    "B cells",
];

#[track_caller]
fn assert_read(replies: &[(&str, Option<usize>)]) {
    for (reply, expected) in replies {
        assert_eq!(read_choice(reply, &OPTIONS), *expected, "{reply:?}");
    }
}

#[test]
fn a_letter_is_read_in_eight_languages() {
    assert_read(&[
        ("The answer is B.", Some(1)),
        (
            "The correct answer is (C), because blood leaves there.",
            Some(2),
        ),
        ("Answer: B", Some(1)),
        ("**Answer:** B) the left ventricle", Some(1)),
        ("I would choose option C.", Some(2)),
        ("Option B is correct.", Some(1)),
        ("La respuesta correcta es la B.", Some(1)),
        ("Respuesta: **C**", Some(2)),
        (
            "La opción correcta es (B), porque bombea la sangre.",
            Some(1),
        ),
        ("Die richtige Antwort ist B.", Some(1)),
        ("Antwort: C", Some(2)),
        ("Richtig ist die Option B, weil …", Some(1)),
        ("La bonne réponse est la B.", Some(1)),
        ("Réponse : C", Some(2)),
        (
            "La réponse correcte est l’option B, car le sang en sort.",
            Some(1),
        ),
        ("A resposta correta é a letra B.", Some(1)),
        ("Resposta: C", Some(2)),
        ("La risposta corretta è la B.", Some(1)),
        ("Risposta: C", Some(2)),
        (
            "L'opzione corretta è la lettera B, perché il sangue ne esce.",
            Some(1),
        ),
        ("答案是B。", Some(1)),
        ("正确答案：Ｃ", Some(2)),
        ("所以选B，因为血液从那里流出。", Some(1)),
        ("الإجابة الصحيحة هي ب.", Some(1)),
        ("الجواب: (ج)", Some(2)),
        ("الإجابة هي B", Some(1)),
    ]);
}

/// In the guide's table of LightEval's values: each is read there as the letter behind it (`extract_target_from_pred` of 0.13.0,
/// `IndicesExtractionConfig` with `try_extract_without_anchor`).
#[test]
fn letters_that_lighteval_finds_in_words_are_no_answers() {
    assert_read(&[
        ("A heart has four chambers.", None),                      // A
        ("A or B", None),                                          // A
        ("I cannot answer. A patient should see a doctor.", None), // A
    ]);
    // 12 and 1.234 there.
    assert_eq!(read_number("There were 3 cats and 12 dogs.", "en"), None);
    assert_eq!(read_number("La respuesta es 1.234,5", "es"), Some(1234.5));
}

#[test]
fn a_letter_is_read_in_other_words() {
    assert_read(&[
        ("Answer: b", Some(1)),
        ("The answer is b.", Some(1)),
        ("Answer – C", Some(2)),
        ("Final Answer: **B. the left ventricle**", Some(1)),
        ("{\"answer\": \"C\"}", Some(2)),
        ("It is C, because blood leaves there.", Some(2)),
        ("I'd go with B.", Some(1)),
        ("It's not B, it's C.", Some(2)),
        ("Option B", Some(1)),
        ("Opción C.", Some(2)),
        ("La opción (b)", Some(1)),
        ("El inciso correcto es el b)", Some(1)),
        ("La B es la correcta.", Some(1)),
        ("Antwort B ist richtig.", Some(1)),
        ("Ich würde Option C nehmen.", Some(2)),
        ("Réponse B", Some(1)),
        ("C'est la réponse C.", Some(2)),
        ("Alternativa C", Some(2)),
        ("Opzione B", Some(1)),
        ("选项B正确。", Some(1)),
        ("我选择选项C", Some(2)),
        ("B是正确答案", Some(1)),
        ("الخيار ب", Some(1)),
        ("ب- البطين الأيسر", Some(1)),
        ("\\boxed{\\textbf{(B)}}", Some(1)),
        ("<final_answer>B</final_answer>", Some(1)),
        ("B – the left ventricle", Some(1)),
        ("B (the left ventricle)", Some(1)),
        ("### Answer\nB", Some(1)),
        (
            "Answer:\nB\n\nC is wrong because it pumps into the lungs.",
            Some(1),
        ),
        ("The answer is B, not A.", Some(1)),
    ]);
}

#[test]
fn a_letter_is_read_where_it_stands_alone() {
    assert_read(&[
        ("B", Some(1)),
        ("b", Some(1)),
        (" B.\n", Some(1)),
        ("(b)", Some(1)),
        ("**C**", Some(2)),
        ("B) the left ventricle", Some(1)),
        ("B the left ventricle", Some(1)),
        (
            "B: it pumps blood into the aorta. A only receives it.",
            Some(1),
        ),
        ("Blood leaves the heart there.\n\nB", Some(1)),
        ("\\boxed{B}", Some(1)),
        ("Thus $\\boxed{\\text{C}}$.", Some(2)),
        ("It is A at first sight, yet <answer>B</answer>", Some(1)),
        ("The left ventricle.", Some(1)),
        ("The answer is the left ventricle, of course.", Some(1)),
        ("The answer is B cells.", Some(3)),
    ]);
}

#[test]
fn what_is_no_answer_is_none() {
    assert_read(&[
        ("", None),
        ("A heart has four chambers.", None),
        ("I do not know.", None),
        ("The answer is A or B.", None),
        ("A, B", None),
        ("A/C", None),
        ("The answer is A. No, the answer is B.", None),
        ("La respuesta es A o C.", None),
        ("Die Antwort ist A oder B.", None),
        ("答案是A或B。", None),
        ("الإجابة هي أ أو ب", None),
        ("The answer is not B.", None),
        ("The answer is a chamber of the heart.", None),
        ("The answer is A chamber of the heart.", None),
        ("The answer is C-reactive protein.", None),
        ("The answer is vitamin D.", None),
        ("The answer is E.", None),
        (
            "A) the left atrium\nB) the left ventricle\nC) the right ventricle",
            None,
        ),
        ("\\boxed{A} or \\boxed{B}", None),
        ("A B", None),
        ("B C", None),
        ("B\nC", None),
        ("Answer: A B", None),
        ("Answer: B C", None),
        ("Answer: AB", None),
        ("Answers: A, C", None),
        ("Both A and B are correct.", None),
        ("A oder B", None),
        ("Answer: A & B", None),
        ("None of the above.", None),
        ("The answer is the left atrium or the left ventricle.", None),
        ("Not A.", None),
        ("Vitamin C is not in the list.", None),
        ("the left atrium or the left ventricle", None),
    ]);
}

#[test]
fn a_number_is_read_with_the_signs_of_its_language() {
    for (reply, language, expected) in [
        (
            "3 boxes of 14 make 42, so the answer is 42.",
            "en",
            Some(42.0),
        ),
        ("She pays $1,200.50 in total.", "en", Some(1200.5)),
        ("1.234", "en", Some(1.234)),
        ("1.234", "de", Some(1234.0)),
        ("1,234", "en", Some(1234.0)),
        ("1,234", "es", Some(1.234)),
        ("La respuesta es 3.5 litros.", "es", Some(3.5)),
        ("La respuesta es 3,5 litros.", "es-MX", Some(3.5)),
        ("Die Lösung lautet: 1.234.567,25", "de", Some(1_234_567.25)),
        (
            "La réponse est 12\u{202f}500,75 euros.",
            "fr",
            Some(12_500.75),
        ),
        ("A resposta é 1.000", "pt", Some(1000.0)),
        ("La risposta è -0,5", "it", Some(-0.5)),
        ("答案是４２。", "zh", Some(42.0)),
        ("الإجابة هي ٤٢٫٥", "ar", Some(42.5)),
        ("2 + 2 = 4\n#### 4", "en", Some(4.0)),
        ("\\boxed{6.02e23}", "", Some(6.02e23)),
        ("Between 3 and 4.", "en", None),
        ("none", "en", None),
        ("The answer is 3. Or rather, the answer is 4.", "en", None),
    ] {
        assert_eq!(
            read_number(reply, language),
            expected,
            "{reply:?} in {language:?}"
        );
    }
}

#[test]
fn a_reply_without_end_is_read_at_its_end_and_in_time() {
    let long = "A is wrong, B is wrong. ".repeat(100_000) + "\nThe answer is C.";
    let started = std::time::Instant::now();
    assert_eq!(read_choice(&long, &OPTIONS), Some(2));
    assert_eq!(
        read_number(&("9".repeat(1_000_000) + " is the answer"), "en"),
        None
    );
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
