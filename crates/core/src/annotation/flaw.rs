//! What reviewers can say is wrong with a question.

/// A flaw that a reviewer names: the categories of MMLU-Redux (Gema et al., arXiv 2406.04127) and the item-writing flaws
/// that generated questions are checked for. A question may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Two or more options are right (MMLU-Redux: multiple correct answers).
    SeveralRight,
    /// No option is right (MMLU-Redux: no correct answer).
    NoneRight,
    /// The proposed key is wrong (MMLU-Redux: wrong ground truth).
    KeyWrong,
    /// The passage does not say what is asked for.
    NotInPassage,
    /// The question or its options give the key away.
    GivesAway,
    /// It cannot be understood without the passage.
    NeedsPassage,
    /// It can be read in several ways (MMLU-Redux: bad question clarity).
    Ambiguous,
    /// Nobody learns anything from an answer.
    Trivial,
    /// It is not in the language of the passage.
    WrongLanguage,
    /// Something else, which a comment says.
    Other,
}

impl Flaw {
    /// Every flaw, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::SeveralRight,
        Self::NoneRight,
        Self::KeyWrong,
        Self::NotInPassage,
        Self::GivesAway,
        Self::NeedsPassage,
        Self::Ambiguous,
        Self::Trivial,
        Self::WrongLanguage,
        Self::Other,
    ];

    /// As it is stored: `several_right`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeveralRight => "several_right",
            Self::NoneRight => "none_right",
            Self::KeyWrong => "key_wrong",
            Self::NotInPassage => "not_in_passage",
            Self::GivesAway => "gives_away",
            Self::NeedsPassage => "needs_passage",
            Self::Ambiguous => "ambiguous",
            Self::Trivial => "trivial",
            Self::WrongLanguage => "wrong_language",
            Self::Other => "other",
        }
    }
}
