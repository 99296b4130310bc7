//! Prompts to the model. Each language has the five that [`built_in`] makes of its data file; users may put files of their
//! own in place of any.
//!
//! The shape of the reply is shown by an example in an earlier turn rather than by placeholders: small models copy
//! placeholders as they are.

mod examples;

use crate::{
    asking::schema::Item,
    error::GenerateError,
    settings::Settings,
    text::{language::script, languages},
};
use examen_core::{Difficulty, Kind, Language, ids::content_hash, nearest, text::comparable};
use examen_llm::{Message, Role};
use minijinja::{Environment, UndefinedBehavior, Value, context, value::Serde};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// The templates and examples that come along, by name: for each language the rules, the request about a passage, an
/// example of a passage with its reply, and one of two passages.
pub fn built_in() -> impl Iterator<Item = (String, &'static str)> {
    const PARTS: [&str; 5] = [SYSTEM, USER, SUMMARY, EXAMPLE, PAIR];
    languages::all()
        .iter()
        .flat_map(|spoken| PARTS.map(|part| (file(spoken.language, part), spoken.file(part))))
}

/// What follows a reply to `messages` of which nothing could be read: the reply, and the reason with the request once more.
pub(crate) fn again(messages: &[Message], reply: &str, reason: &str) -> [Message; 2] {
    let request = messages.last().map_or("", |request| &request.content);
    let said = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    [
        said(Role::Assistant, reply),
        said(
            Role::User,
            &format!("Your reply could not be read: {reason}.\n\n{request}"),
        ),
    ]
}

/// Requirements on all questions by those who set the exam, by the names that the templates use.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// In their own words.
    pub brief: Option<&'a str>,
    /// Kinds of questions that may be asked.
    pub kinds: &'a [Kind],
    /// Difficulties that the questions may have.
    pub difficulties: &'a [Difficulty],
}

impl<'a> Wishes<'a> {
    /// Those of a run.
    pub(crate) fn of(settings: &'a Settings) -> Self {
        Self {
            brief: settings.brief.as_deref(),
            kinds: &settings.kinds,
            difficulties: &settings.difficulties,
        }
    }
}

impl Default for Wishes<'_> {
    /// Questions of every kind.
    fn default() -> Self {
        Self {
            brief: None,
            kinds: &Kind::ALL,
            difficulties: &Difficulty::ALL,
        }
    }
}

/// Contents of one request, by the names that its template uses.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The language of the passage. The prompt is in it where it has prompts, else in English, which names it.
    pub language: Language,
    /// Where the passage comes from, if that is known.
    pub context: Option<&'a str>,
    /// The passage, or the two that each question must need both of.
    pub passages: &'a [&'a str],
    /// Number of questions.
    pub n_questions: usize,
    /// Questions that were accepted about this passage already.
    pub existing: &'a [String],
}

/// Prompts of the user's, in place of the built-in ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own<'a> {
    /// A folder with templates and examples, named as the built-in ones.
    pub folder: Option<&'a Path>,
    /// A file with questions as examples: a line of JSON each.
    pub examples: Option<&'a Path>,
}

impl<'a> Own<'a> {
    /// Those of a run.
    pub(crate) fn of(settings: &'a Settings) -> Self {
        Self {
            folder: settings.prompts.as_deref(),
            examples: settings.examples.as_deref(),
        }
    }
}

/// Key of a conversation's beginning: the language of the passage, its script where the prompt is in another language, and
/// the number of passages.
type Opening = (Language, Option<&'static str>, usize);

/// Passages with the reply that the model is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    passages: Vec<String>,
    exam: Vec<Item>,
    /// `exam` as the model writes it, which stands in every request.
    #[serde(skip)]
    reply: String,
}

/// A prompt that cannot be used.
struct BadPrompt {
    /// The name of its file.
    file: String,
    fault: Fault,
}

/// Fault of a prompt.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0:#}")]
    Template(#[from] minijinja::Error),
    #[error("it must have \"passages\", a list of {wanted}, and \"exam\", a list of questions")]
    Example { wanted: usize },
    #[error("there is no variable `{unknown}`: {meant}It can use {usable}")]
    Variable {
        unknown: String,
        meant: String,
        usable: String,
    },
}

impl Fault {
    fn of(self, file: &str) -> BadPrompt {
        BadPrompt {
            file: file.to_owned(),
            fault: self,
        }
    }
}

/// The prompts of a run.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
    wishes: Value,
    /// The rules, each example's request and its reply. They never change, so that servers can keep what they have read.
    openings: Mutex<BTreeMap<Opening, Vec<Message>>>,
    /// By the name of their file; at least one each.
    examples: BTreeMap<String, Vec<Example>>,
    /// The stems and options of a language's examples, as [`comparable`] makes them.
    shown: BTreeMap<Language, Vec<String>>,
    hashes: BTreeMap<Language, String>,
}

impl Prompts {
    /// Those that come along, with the user's own in place of those of the same name. Everything is rendered once, so that
    /// what a template lacks is known before anything is asked.
    ///
    /// # Errors
    /// If the folder cannot be read, holds a file that is no prompt, or one that cannot be used; if an example cannot be.
    pub fn load(own: Own<'_>, wishes: Wishes<'_>) -> Result<Self, GenerateError> {
        let Own { folder, examples } = own;
        let mut sources: BTreeMap<String, String> = built_in()
            .map(|(name, text)| (name, text.to_owned()))
            .collect();
        for (name, text) in folder.map(read).transpose()?.into_iter().flatten() {
            sources.insert(name, text);
        }
        sources.extend(
            examples
                .map(examples::read)
                .transpose()?
                .unwrap_or_default(),
        );
        let at = |name: &str| folder.unwrap_or(Path::new("")).join(name);
        let in_folder = |bad: BadPrompt| refused(at(&bad.file), bad.fault.to_string());
        let prompts = Self::parse(&sources, wishes).map_err(in_folder)?;
        let spoken = languages::all().iter().map(|spoken| spoken.language);
        for language in spoken.chain([Language::UNDETERMINED]) {
            for n_passages in [1, 2] {
                let (passages, existing) = (&["a", "b"][..n_passages], &["?".to_owned()]);
                let ask = Ask {
                    language,
                    context: Some("a"),
                    passages,
                    n_questions: 1,
                    existing,
                };
                prompts.opening(opening_of(&ask)).map_err(in_folder)?;
                prompts.request(&ask).map_err(in_folder)?;
            }
            prompts.summary(language, "a")?;
        }
        Ok(prompts)
    }

    fn parse(sources: &BTreeMap<String, String>, wishes: Wishes<'_>) -> Result<Self, BadPrompt> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let (mut examples, mut shown) = (BTreeMap::new(), BTreeMap::new());
        for (name, text) in sources {
            let failed = |fault: Fault| fault.of(name);
            if name.ends_with(".json") {
                examples.insert(name.clone(), read_examples(name, text).map_err(failed)?);
            } else {
                let added = environment.add_template_owned(name.clone(), text.clone());
                added.map_err(|error| failed(error.into()))?;
                check_variables(&environment, name).map_err(failed)?;
            }
        }
        for language in languages::all().iter().map(|spoken| spoken.language) {
            let own = [EXAMPLE, PAIR].map(|part| &examples[&file(language, part)]);
            let own = own.into_iter().flatten();
            shown.insert(language, own.flat_map(Example::texts).collect());
        }
        let hashes = languages::all()
            .iter()
            .map(|spoken| (spoken.language, hash(sources, spoken.language)))
            .collect();
        let Wishes {
            brief,
            kinds,
            difficulties,
        } = wishes;
        let wishes = context! { brief, kinds => Serde(kinds), difficulties => Serde(difficulties) };
        Ok(Self {
            environment,
            wishes,
            openings: Mutex::default(),
            examples,
            shown,
            hashes,
        })
    }

    /// The conversation that asks for it: the rules, the example's request and reply, then the passage with the request.
    ///
    /// # Errors
    /// If a template of the user's cannot be rendered with this passage.
    pub fn messages(&self, ask: &Ask<'_>) -> Result<Vec<Message>, GenerateError> {
        let failed = |bad: BadPrompt| refused(PathBuf::from(bad.file), bad.fault.to_string());
        let opening = self.opening(opening_of(ask)).map_err(failed)?;
        let request = self.request(ask).map_err(failed)?;
        Ok(opening.into_iter().chain([request]).collect())
    }

    /// The request for a summary of a document that begins so.
    ///
    /// # Errors
    /// As [`messages`](Self::messages).
    pub(crate) fn summary(
        &self,
        language: Language,
        document: &str,
    ) -> Result<Message, GenerateError> {
        let failed = |bad: BadPrompt| refused(PathBuf::from(bad.file), bad.fault.to_string());
        let named = context! { document, ..self.named(language, None) };
        Ok(Message {
            role: Role::User,
            content: self.render(SUMMARY, language, named).map_err(failed)?,
        })
    }

    /// The beginning of a conversation, made once.
    fn opening(&self, key: Opening) -> Result<Vec<Message>, BadPrompt> {
        let known = || self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opening) = known().get(&key) {
            return Ok(opening.clone());
        }
        let opening = self.new_opening(key)?;
        known().insert(key, opening.clone());
        Ok(opening)
    }

    fn new_opening(&self, key: Opening) -> Result<Vec<Message>, BadPrompt> {
        let (language, script, n_passages) = key;
        let part = if n_passages > 1 { PAIR } else { EXAMPLE };
        let named = context! { n_passages, ..self.named(language, script) };
        let mut opening = vec![Message {
            role: Role::System,
            content: self.render(SYSTEM, language, named)?,
        }];
        for example in &self.examples[&file(of_prompts(language), part)] {
            let passages: Vec<&str> = example.passages.iter().map(String::as_str).collect();
            let ask = Ask {
                language,
                context: None,
                passages: &passages,
                n_questions: example.exam.len(),
                existing: &[],
            };
            opening.push(self.request(&ask)?);
            opening.push(Message {
                role: Role::Assistant,
                content: example.reply.as_str().into(),
            });
        }
        Ok(opening)
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Message, BadPrompt> {
        let (passages, existing) = (Serde(ask.passages), Serde(ask.existing));
        let context = ask.context;
        let (language, script, _) = opening_of(ask);
        let n_questions = ask.n_questions;
        let named =
            context! { context, passages, n_questions, existing, ..self.named(language, script) };
        Ok(Message {
            role: Role::User,
            content: self.render(USER, ask.language, named)?,
        })
    }

    /// The variables of all templates.
    fn named(&self, language: Language, script: Option<&str>) -> Value {
        let is_other_language = !languages::has_prompts(language);
        let (code, language_name) = (language.code(), language.name());
        context! { language => code, is_other_language, language_name, script, ..self.wishes.clone() }
    }

    fn render(&self, part: &str, language: Language, named: Value) -> Result<Arc<str>, BadPrompt> {
        let name = file(of_prompts(language), part);
        let template = self
            .environment
            .get_template(&name)
            .expect("every language has every template");
        let text = template
            .render(named)
            .map_err(|error| Fault::from(error).of(&name))?;
        Ok(text.trim_end().into())
    }

    /// The example of a language's question.
    pub(crate) fn typical(&self, language: Language) -> &Item {
        &self.examples[&file(of_prompts(language), EXAMPLE)][0].exam[0]
    }

    /// The stems and options of the examples that the model is shown, as [`comparable`] makes them.
    pub fn shown(&self, language: Language) -> &[String] {
        &self.shown[&of_prompts(language)]
    }

    /// 64 bits of BLAKE3 over the files of a language with prompts, in hexadecimal: two runs with the same hash asked in the same words.
    pub fn hash(&self, language: Language) -> &str {
        &self.hashes[&of_prompts(language)]
    }
}

/// The examples of a file: one, or a list of them.
fn read_examples(name: &str, text: &str) -> Result<Vec<Example>, Fault> {
    let mut examples: Vec<Example> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text)?,
        false => vec![serde_json::from_str(text)?],
    };
    if examples.is_empty() {
        return Err(Fault::Example {
            wanted: n_passages(name),
        });
    }
    for example in &mut examples {
        example.check(name)?;
        example.reply = json!({ "exam": example.exam }).to_string();
    }
    Ok(examples)
}

/// Passages of each example in a file of this name.
fn n_passages(name: &str) -> usize {
    if name.ends_with(PAIR) { 2 } else { 1 }
}

impl Example {
    /// Refuses what would teach the model to answer badly.
    fn check(&self, name: &str) -> Result<(), Fault> {
        let wanted = n_passages(name);
        if self.passages.len() != wanted || self.exam.is_empty() {
            return Err(Fault::Example { wanted });
        }
        Ok(())
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        let items = self.exam.iter();
        let texts = items.flat_map(|item| {
            [&item.question, &item.answer]
                .into_iter()
                .chain(&item.distractors)
        });
        texts.map(|text| comparable(&text.0))
    }
}

/// Variables that all templates of a language can use.
const VARIABLES: [&str; 7] = [
    "brief",
    "kinds",
    "difficulties",
    "language",
    "is_other_language",
    "language_name",
    "script",
];
/// Those that the rules can use besides.
const OF_RULES: [&str; 1] = ["n_passages"];
/// Those that the request can use besides.
const OF_REQUEST: [&str; 4] = ["context", "passages", "n_questions", "existing"];
/// That which the request for a summary can use besides.
const OF_SUMMARY: [&str; 1] = ["document"];

/// Refuses a template with a variable that it cannot use, and says which was meant.
fn check_variables(environment: &Environment<'_>, name: &str) -> Result<(), Fault> {
    let own: &[&str] = match name {
        _ if name.ends_with(SYSTEM) => &OF_RULES,
        _ if name.ends_with(SUMMARY) => &OF_SUMMARY,
        _ => &OF_REQUEST,
    };
    let usable: Vec<&str> = VARIABLES.iter().chain(own).copied().collect();
    let template = environment.get_template(name)?;
    let mut used: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    used.sort();
    let is_function = |name: &str| environment.globals().any(|(known, _)| known == name);
    let unknown = used
        .iter()
        .find(|used| !usable.contains(&used.as_str()) && !is_function(used));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let meant = nearest(unknown, usable.iter().copied())
        .map(|usable| format!("did you mean `{usable}`? "))
        .unwrap_or_default();
    Err(Fault::Variable {
        unknown: unknown.clone(),
        meant,
        usable: usable.join(", "),
    })
}

const SYSTEM: &str = "system.jinja";
const USER: &str = "user.jinja";
const SUMMARY: &str = "summary.jinja";
const EXAMPLE: &str = "example.json";
const PAIR: &str = "pair.json";

fn file(language: Language, part: &str) -> String {
    format!("{language}.{part}")
}

/// The language of the prompts about a text.
fn of_prompts(language: Language) -> Language {
    languages::of_prompts(language).language
}

fn opening_of(ask: &Ask<'_>) -> Opening {
    let script = match languages::has_prompts(ask.language) {
        true => None,
        false => ask.passages.first().and_then(|text| script(text)),
    };
    (ask.language, script, ask.passages.len())
}

fn hash(sources: &BTreeMap<String, String>, language: Language) -> String {
    let prefix = file(language, "");
    let own = sources.iter().filter(|(name, _)| name.starts_with(&prefix));
    content_hash(&own.map(|(_, text)| text.as_str()).collect::<Vec<_>>())
}

/// The prompts in a folder, by name.
fn read(folder: &Path) -> Result<Vec<(String, String)>, GenerateError> {
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| refused(path, error.to_string())
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread(folder))? {
        let path = entry.map_err(unread(folder))?.path();
        let name = built_in()
            .map(|(name, _)| name)
            .find(|name| path.file_name().is_some_and(|own| own == name.as_str()));
        let Some(name) = name else {
            let parts =
                [SYSTEM, USER, SUMMARY, EXAMPLE, PAIR].map(|part| file(Language::ENGLISH, part));
            let codes: Vec<&str> = languages::codes().collect();
            let (parts, codes) = (parts.join(", "), codes.join(", "));
            let reason = format!(
                "no prompt has this name; they are {parts}, and the same of the other languages ({codes})"
            );
            return Err(refused(path, reason));
        };
        found.push((name, fs::read_to_string(&path).map_err(unread(&path))?));
    }
    if found.is_empty() {
        return Err(refused(folder.to_owned(), "it holds no prompt".to_owned()));
    }
    Ok(found)
}

fn refused(path: PathBuf, reason: String) -> GenerateError {
    GenerateError::Prompt { path, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSAGE: &str = "The heart pumps blood & \"more\".\n\nIt beats 70 times a minute.";

    fn built_in() -> Prompts {
        Prompts::load(Own::default(), Wishes::default()).expect("our own prompts are fine")
    }

    fn own(folder: &Path) -> Own<'_> {
        Own {
            folder: Some(folder),
            examples: None,
        }
    }

    fn shown(wishes: Wishes<'_>, ask: &Ask<'_>) -> String {
        let prompts = Prompts::load(Own::default(), wishes).expect("our own prompts are fine");
        let messages = prompts.messages(ask).expect("our own prompts are fine");
        messages
            .iter()
            .map(|message| format!("=== {:?}\n{}\n", message.role, message.content))
            .collect()
    }

    fn ask(language: Language) -> Ask<'static> {
        Ask {
            language,
            context: None,
            passages: &[PASSAGE],
            n_questions: 4,
            existing: &[],
        }
    }

    #[test]
    fn every_prompt_as_it_is_sent() {
        for language in languages::all().iter().map(|spoken| spoken.language) {
            insta::assert_snapshot!(
                format!("first_{language}"),
                shown(Wishes::default(), &ask(language))
            );
            if ![Language::ENGLISH, Language::SPANISH].contains(&language) {
                continue;
            }
            let existing = [
                "What pumps blood?".to_owned(),
                "How often does it beat?".to_owned(),
            ];
            let again = Ask {
                context: Some("Anatomy > The heart"),
                n_questions: 1,
                existing: &existing,
                ..ask(language)
            };
            let wishes = Wishes {
                brief: Some("For nursing students in their third year."),
                kinds: &[Kind::Application],
                difficulties: &[Difficulty::Medium, Difficulty::Hard],
            };
            insta::assert_snapshot!(format!("again_{language}"), shown(wishes, &again));
            let pair = Ask {
                passages: &[PASSAGE, "Another."],
                n_questions: 1,
                ..ask(language)
            };
            insta::assert_snapshot!(format!("pair_{language}"), shown(Wishes::default(), &pair));
        }
        let serbian = ["Срце пумпа крв кроз цело тело."];
        let other = Ask {
            passages: &serbian,
            ..ask(Language::known("sr"))
        };
        insta::assert_snapshot!("first_other", shown(Wishes::default(), &other));
    }

    #[test]
    fn every_example_is_what_it_asks_for() {
        let named = built_in().examples.into_iter();
        for (name, Example { passages, exam, .. }) in named.flat_map(|(name, examples)| {
            examples
                .into_iter()
                .map(move |example| (name.clone(), example))
        }) {
            for item in exam {
                assert!(
                    crate::text::quote::find(&passages[0], &item.quote.0).is_some(),
                    "{name}"
                );
                if let Some(second) = passages.get(1) {
                    assert!(
                        crate::text::quote::find(second, &item.second_quote.0).is_some(),
                        "{name}"
                    );
                }
                assert_eq!(item.distractors.len(), examen_core::exam::N_DISTRACTORS);
                assert!(
                    Kind::ALL.iter().any(|kind| kind.name() == item.kind.0),
                    "{name}"
                );
                assert!(
                    Difficulty::ALL
                        .iter()
                        .any(|difficulty| difficulty.name() == item.difficulty.0),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn languages_are_told_apart_by_their_hash() {
        let prompts = built_in();
        assert_ne!(
            prompts.hash(Language::ENGLISH),
            prompts.hash(Language::SPANISH)
        );
        assert_eq!(prompts.hash(Language::ENGLISH).len(), 16);
    }

    #[test]
    fn a_file_of_the_users_stands_in_for_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("en.user.jinja"),
            "Ask {{ n_questions }} about {{ passages[0] }}!",
        )
        .unwrap();
        let prompts = Prompts::load(own(folder.path()), Wishes::default()).unwrap();
        let messages = prompts.messages(&ask(Language::ENGLISH)).unwrap();
        assert_eq!(*messages[3].content, format!("Ask 4 about {PASSAGE}!"));
        assert_ne!(
            prompts.hash(Language::ENGLISH),
            built_in().hash(Language::ENGLISH)
        );
        assert_eq!(
            prompts.hash(Language::SPANISH),
            built_in().hash(Language::SPANISH)
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_place() {
        let refusal = |name: &str, text: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), text).unwrap();
            let error = Prompts::load(own(folder.path()), Wishes::default())
                .unwrap_err()
                .to_string();
            assert!(error.contains(name), "{error}");
            error
        };
        assert!(refusal("en.users.jinja", "").contains("they are en.system.jinja"));
        assert!(refusal("en.user.jinja", "{% if %}").contains("en.user.jinja:1"));
        let meant = refusal("en.user.jinja", "{{ pasages }}");
        assert!(
            meant.contains("no variable `pasages`: did you mean `passages`?"),
            "{meant}"
        );
        let rules = refusal(
            "en.system.jinja",
            "{% for x in passages %}{{ x }}{% endfor %}",
        );
        assert!(rules.contains("no variable `passages`"), "{rules}");
        assert!(refusal("en.user.jinja", "{{ kinds[9].x }}").contains("undefined"));
        let empty = tempfile::tempdir().unwrap();
        let error = Prompts::load(own(empty.path()), Wishes::default()).unwrap_err();
        assert!(error.to_string().contains("it holds no prompt"), "{error}");
        assert!(
            refusal("es.pair.json", r#"{"passages": ["a"], "exam": []}"#).contains("a list of 2")
        );
        assert!(refusal("es.example.json", "{").contains("EOF"));
    }
}
