//! Every reason for which something is lost on its way to an accepted question, and every remark on one that is
//! accepted: one list, with names, words and steps. What is stored is `name: sentence`, which is written and read here
//! only.

use examen_core::Question;
use std::{collections::BTreeMap, fmt};

/// Effect of a reason on a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It does not go to review.
    Reject,
    /// It does, with the remark.
    Remark,
}

/// A step of a run, by what it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Documents that were read.
    Read,
    /// Passages worth asking about.
    ToAsk,
    /// Passages that were asked about.
    Asked,
    /// Passages with a reply.
    Answered,
    /// Passages with an accepted question.
    Covered,
    /// Questions that passed every check of a question alone.
    Passed,
    /// Questions that the check model upholds.
    Verified,
    /// Questions that are accepted.
    Accepted,
}

impl Step {
    /// Its name in the report: `to_ask`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ToAsk => "to_ask",
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Covered => "covered",
            Self::Passed => "passed",
            Self::Verified => "verified",
            Self::Accepted => "accepted",
        }
    }
}

/// The reason of a check of a question alone, which stands in the check's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckReason {
    /// Its name.
    pub name: &'static str,
    /// Description of a question that it applies to, in a few words.
    pub words: &'static str,
    /// Effect on the question.
    pub severity: Severity,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident: $name:literal, $step:expr, $words:literal;)*) => {
        /// Why something was lost on its way to an accepted question, or what is remarked on one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
            /// A check of a question alone found something.
            Check(CheckReason),
        }

        impl Reason {
            /// Those that are not a check's; these are in [`checks::ALL`](crate::checks::ALL).
            pub const OWN: &[Self] = &[$(Self::$variant),*];

            /// Its name, by which it is stored and counted: `open_book`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Check(check) => check.name,
                }
            }

            /// Description of what is lost or remarked on, in a few words for people.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)*
                    Self::Check(check) => check.words,
                }
            }

            /// The first step that lacks what is lost; `None` for a remark, which loses nothing.
            pub fn step(self) -> Option<Step> {
                match self {
                    $(Self::$variant => $step,)*
                    Self::Check(check) => match check.severity {
                        Severity::Reject => Some(Step::Passed),
                        Severity::Remark => None,
                    },
                }
            }
        }
    };
}

reasons! {
    // documents and files
    /// A file in a format that is not read.
    OtherFormat: "other_format", Some(Step::Read), "in a format that is not read";
    /// A document that cannot be read, in counts.
    Unreadable: "unreadable", Some(Step::Read), "could not be read";
    /// The same, in its row.
    Document: "document", Some(Step::Read), "could not be read";
    /// A document or passage that no more question was needed of.
    NotNeeded: "not_needed", Some(Step::Asked), "not needed: there were enough questions";
    /// A document or passage that the run did not come to.
    Stopped: "stopped", Some(Step::Asked), "not reached before the run was stopped";
    // passages
    /// A passage that no exam should be about.
    Boilerplate: "boilerplate", Some(Step::ToAsk), "contents, references, licences …";
    /// A page without text, or with text that cannot be read.
    PageWithoutText: "page_without_text", Some(Step::ToAsk), "a page without text that can be read";
    /// Embedded data that nobody reads.
    Bulk: "bulk", Some(Step::ToAsk), "embedded data, not text";
    /// A passage that another document has too.
    Repeated: "repeated", Some(Step::ToAsk), "the same as a passage before";
    /// A passage without a reply, in counts.
    Failed: "failed", Some(Step::Answered), "no reply: the call failed";
    /// A call that failed, in its row.
    Call: "call", Some(Step::Answered), "no reply: the call failed";
    /// A reply, or a part of one, that cannot be read.
    Reply: "reply", Some(Step::Covered), "the reply could not be read";
    /// A passage with a reply that holds no question.
    NoQuestion: "no_question", Some(Step::Covered), "no question in the reply";
    /// A passage of which no question was accepted.
    AllRejected: "all_rejected", Some(Step::Covered), "every question was rejected";
    // questions, as the check model sees them
    /// The check model, with the passage, chose another option than the key.
    OpenBook: "open_book", Some(Step::Verified), "the passage does not bear out the key";
    /// A call of the check model failed.
    Unverified: "unverified", Some(Step::Verified), "a call of the check model failed";
    /// The check model always chose the key without the passage.
    Known: "known", None, "answered without the passage";
    /// The check model always chose the key from the options alone.
    Guessable: "guessable", None, "answered from the options alone";
    /// The check model finds that the question cannot be understood without the passage.
    Dependent: "dependent", None, "not understood without the passage";
    // questions as they were read
    /// Labels, emphasis or hidden characters were removed from a question, or its key was found by a letter or a number.
    Tidied: "tidied", None, "changed to be read: labels, emphasis, a letter for the key";
    // questions among others
    /// Another question asks the same or nearly the same.
    Duplicate: "duplicate", Some(Step::Accepted), "asked before, or nearly";
    /// The reply holds more questions than were asked for.
    Extra: "extra", Some(Step::Accepted), "more than were asked for";
    /// The exam has as many questions as were wanted.
    Limit: "limit", Some(Step::Accepted), "beyond the number wanted";
    /// The document or the section has as many as it may have.
    Quota: "quota", Some(Step::Accepted), "beyond a document's or section's quota";
    /// The stem of one question of a document says the answer of another; it is remarked on the later one.
    Cued: "cued", None, "another stem says the answer";
}

impl Reason {
    /// Effect of the reason on a question.
    pub fn severity(self) -> Severity {
        match self.step() {
            Some(_) => Severity::Reject,
            None => Severity::Remark,
        }
    }

    /// The reason with a sentence, as it is stored: `name: sentence`.
    pub(crate) fn because(self, sentence: impl fmt::Display) -> String {
        format!("{}: {sentence}", self.name())
    }
}

/// A reason against a question, or a remark on it, with what is the matter. Displayed as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The reason.
    pub reason: Reason,
    /// Explanation of the fault, in an English sentence without its full stop.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason.because(&self.sentence))
    }
}

/// Puts findings where a question's row has them; true if none of them rejects it. Does not touch the verdict.
pub(crate) fn record(question: &mut Question, findings: &[Finding]) -> bool {
    let is_remark = |finding: &Finding| finding.reason.severity() == Severity::Remark;
    for finding in findings {
        let row = if is_remark(finding) {
            &mut question.remarks
        } else {
            &mut question.reasons
        };
        row.push(finding.to_string());
    }
    findings.iter().all(is_remark)
}

/// The name of a reason or remark as it is stored.
pub(crate) fn name(stored: &str) -> &str {
    stored.split(':').next().unwrap_or_default()
}

/// Counts a reason or remark as it is stored by its name.
pub(crate) fn count(counts: &mut BTreeMap<String, usize>, stored: &str) {
    *counts.entry(name(stored).to_owned()).or_insert(0) += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMARK: Reason = Reason::Check(CheckReason {
        name: "negative",
        words: "asks for what is not so",
        severity: Severity::Remark,
    });

    #[test]
    fn what_is_stored_is_told_by_its_name() {
        for reason in Reason::OWN.iter().copied().chain([REMARK]) {
            assert_eq!(name(&reason.because("a: b")), reason.name());
        }
    }

    #[test]
    fn findings_are_stored_by_their_severity() {
        let mut question = Question::default();
        let findings =
            [(REMARK, "r"), (Reason::Duplicate, "s")].map(|(reason, sentence)| Finding {
                reason,
                sentence: sentence.to_owned(),
            });
        assert!(record(&mut question, &findings[..1]));
        assert!(!record(&mut question, &findings[1..]));
        assert_eq!(
            (question.remarks, question.reasons),
            (
                vec!["negative: r".to_owned()],
                vec!["duplicate: s".to_owned()]
            )
        );
    }
}
