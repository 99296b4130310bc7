//! YAML as lm-evaluation-harness reads it: scalars as PyYAML resolves them (YAML 1.1: `no` is false, `1e3` is text), and
//! `!function` kept as a name. Size, depth and aliases are bounded.

use super::error::YamlError;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::{
    borrow::Cow,
    collections::HashMap,
    path::{Path, PathBuf},
};

/// Bytes of a file.
pub(super) const MAX_BYTES: u64 = 4 << 20;
/// Nodes of a file, with what its aliases stand for.
const MAX_NODES: usize = 200_000;
/// Nesting of lists and mappings.
const MAX_DEPTH: usize = 50;

/// A node of a YAML file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    /// Pairs, in order.
    Map(Vec<(Self, Self)>),
    /// `!function module.name`.
    Function(FunctionName),
}

/// A function that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName {
    /// Folder of the file that names it.
    pub(crate) folder: PathBuf,
    /// `module.name`.
    pub(crate) name: String,
}

impl Node {
    /// The function that it names.
    pub(super) fn into_function(self) -> Option<FunctionName> {
        match self {
            Self::Function(function) => Some(function),
            _ => None,
        }
    }

    /// Reads one document.
    pub(super) fn parse(source: &str, folder: &Path) -> Result<Self, String> {
        let mut reader = Reader {
            parser: Parser::new_from_str(source.trim_start_matches('\u{feff}')),
            anchors: HashMap::new(),
            n_nodes: 0,
            folder,
        };
        let mut root = None;
        loop {
            match reader.next()? {
                Event::StreamEnd => return Ok(root.unwrap_or(Self::Null)),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => return Err(SEVERAL_DOCUMENTS.to_owned()),
                event => root = Some(reader.node(event, 0)?),
            }
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Texts of a list, or the one text.
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::List(all) => all.iter().filter_map(Self::scalar).collect(),
            other => other.scalar().into_iter().collect(),
        }
    }

    /// A scalar as text.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Int(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
            _ => None,
        }
    }

    /// The value of a mapping's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        let found = pairs.iter().find(|(known, _)| known.as_text() == Some(key));
        found.map(|(_, value)| value)
    }

    /// Kind of the node, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Function(_) => "a function",
        }
    }

    /// The node as JSON; a function is its name.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(all) => all.iter().map(Self::to_json).collect(),
            Self::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| (key.scalar().unwrap_or_default(), value.to_json()));
                serde_json::Value::Object(pairs.collect())
            }
            Self::Function(function) => format!("!function {}", function.name).into(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::List(all) => 1 + all.iter().map(Self::size).sum::<usize>(),
            Self::Map(pairs) => {
                1 + pairs
                    .iter()
                    .map(|(key, value)| key.size() + value.size())
                    .sum::<usize>()
            }
            _ => 1,
        }
    }
}

const SEVERAL_DOCUMENTS: &str = "a line `---` begins a second document; a task file has one: write each task in a file of its own";

struct Reader<'a> {
    parser: Parser<'a, serde_saphyr::granit_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    n_nodes: usize,
    folder: &'a Path,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn count(&mut self, n: usize) -> Result<(), String> {
        self.n_nodes = self.n_nodes.saturating_add(n);
        match self.n_nodes > MAX_NODES {
            true => Err(format!(
                "more than {MAX_NODES} nodes, with what its aliases stand for"
            )),
            false => Ok(()),
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Node, String> {
        self.count(1)?;
        if depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} levels"));
        }
        let (node, anchor) = match event {
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                let node = node.ok_or("an alias within what it stands for")?;
                self.count(node.size())?;
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(text, style, tag.as_deref(), self.folder)?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                collection(tag.as_deref(), "seq")?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                collection(tag.as_deref(), "map")?;
                (self.map(depth)?, anchor)
            }
            other => return Err(format!("{other:?}")),
        };
        if anchor > 0 {
            // Kept beside the tree: it counts.
            self.count(node.size())?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Node, String> {
        let mut all = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Node::List(all)),
                event => all.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, String> {
        let mut pairs: Vec<(Node, Node)> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let event = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if key.as_text() == Some("<<") {
                merged.push(value);
            } else {
                // As in PyYAML, the last one counts.
                pairs.retain(|(known, _)| *known != key);
                pairs.push((key, value));
            }
        }
        for node in merged {
            merge(&mut pairs, node)?;
        }
        Ok(Node::Map(pairs))
    }
}

/// Takes over the pairs of `<<` that are not there.
fn merge(pairs: &mut Vec<(Node, Node)>, node: Node) -> Result<(), String> {
    match node {
        Node::Map(more) => {
            for (key, value) in more {
                if !pairs.iter().any(|(known, _)| *known == key) {
                    pairs.push((key, value));
                }
            }
            Ok(())
        }
        Node::List(all) => all.into_iter().try_for_each(|node| merge(pairs, node)),
        other => Err(format!("`<<` with {}", other.kind())),
    }
}

fn scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    folder: &Path,
) -> Result<Node, String> {
    let plain = style == ScalarStyle::Plain;
    match tag {
        None if plain => Ok(resolved(&text)),
        None => Ok(Node::Text(text.into_owned())),
        Some(tag) if tag.original() == "!function" => Ok(Node::Function(FunctionName {
            folder: folder.to_owned(),
            name: text.trim().to_owned(),
        })),
        Some(tag) => match tag.core_suffix() {
            Some("str") => Ok(Node::Text(text.into_owned())),
            Some("int" | "float" | "bool" | "null") => Ok(resolved(&text)),
            _ => Err(format!("the tag {}", tag.original())),
        },
    }
}

/// A list or mapping has no tag but its own kind's.
fn collection(tag: Option<&Tag>, kind: &str) -> Result<(), String> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(kind) => Err(format!("the tag {}", tag.original())),
        _ => Ok(()),
    }
}

/// A plain scalar as PyYAML resolves it.
fn resolved(text: &str) -> Node {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Node::Bool(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Node::Bool(false);
        }
        _ => {}
    }
    let number = integer(text)
        .map(Node::Int)
        .or_else(|| float(text).map(Node::Float));
    number.unwrap_or_else(|| Node::Text(text.to_owned()))
}

fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (if text.starts_with('-') { -1 } else { 1 }, digits),
        None => (1, text),
    };
    let bare = digits.replace('_', "");
    let is_number = |digits: &str| digits.starts_with(|c: char| c.is_ascii_digit());
    let radix = |prefix: &str, radix: u32| {
        bare.strip_prefix(prefix)
            .and_then(|rest| i64::from_str_radix(rest, radix).ok())
    };
    if !is_number(digits) {
        return None;
    }
    let value = if bare.starts_with("0b") {
        radix("0b", 2)?
    } else if bare.starts_with("0x") {
        radix("0x", 16)?
    } else if bare.contains(':') {
        let parts: Option<Vec<i64>> = bare.split(':').map(|part| part.parse().ok()).collect();
        let parts = parts.filter(|_| !bare.starts_with('0'))?;
        parts
            .iter()
            .try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(*part))?
    } else if bare.len() > 1 && bare.starts_with('0') {
        radix("0", 8)?
    } else {
        bare.chars()
            .all(|c| c.is_ascii_digit())
            .then(|| bare.parse().ok())
            .flatten()?
    };
    Some(sign * value)
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['-', '+']);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    // YAML 1.1 wants a point, and a sign in the exponent.
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = mantissa.replace('_', "");
    let is_mantissa = digits.contains('.')
        && digits.chars().filter(|c| *c == '.').count() == 1
        && digits.chars().any(|c| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_exponent = exponent.is_none_or(|e| {
        e.strip_prefix(['-', '+'])
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
    });
    (is_mantissa && is_exponent)
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

/// A file as one node.
pub(super) fn read(path: &Path) -> Result<Node, YamlError> {
    let unread = |source| YamlError::Read {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(unread)?.len();
    let wrong = |reason: String| YamlError::Syntax {
        path: path.to_owned(),
        reason,
    };
    if size > MAX_BYTES {
        return Err(wrong(format!("{size} bytes; at most {MAX_BYTES} are read")));
    }
    let source = std::fs::read_to_string(path).map_err(unread)?;
    Node::parse(&source, path.parent().unwrap_or(Path::new(""))).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<Node, String> {
        Node::parse(source, Path::new("tasks"))
    }

    #[test]
    fn scalars_are_those_of_pyyaml() {
        // yaml.safe_load of PyYAML 6
        let parsed =
            parse("[no, Yes, on, 1e3, 1.5e+3, 0x1f, 010, 1_000, 1:30, ~, '1', 08, .5, -3, y, 1.]")
                .unwrap();
        let expected = vec![
            Node::Bool(false),
            Node::Bool(true),
            Node::Bool(true),
            Node::Text("1e3".to_owned()),
            Node::Float(1500.0),
            Node::Int(31),
            Node::Int(8),
            Node::Int(1000),
            Node::Int(90),
            Node::Null,
            Node::Text("1".to_owned()),
            Node::Text("08".to_owned()),
            Node::Float(0.5),
            Node::Int(-3),
            Node::Text("y".to_owned()),
            Node::Float(1.0),
        ];
        assert_eq!(parsed, Node::List(expected));
    }

    #[test]
    fn functions_are_kept_as_names_and_other_tags_are_refused() {
        let parsed = parse("process_docs: !function utils.process_docs\n").unwrap();
        assert_eq!(
            parsed.get("process_docs"),
            Some(&Node::Function(FunctionName {
                folder: "tasks".into(),
                name: "utils.process_docs".to_owned(),
            }))
        );
        assert!(parse("a: !!python/object/apply:os.system ['true']").is_err());
        assert!(parse("a: !include b.yaml").is_err());
    }

    #[test]
    fn aliases_that_grow_and_deep_nesting_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            bomb += &format!(
                "a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n",
                n - 1
            );
        }
        assert!(parse(&bomb).unwrap_err().contains("nodes"));
        assert!(parse(&"[".repeat(5000)).is_err());
        assert!(parse(&format!("{}1{}", "[".repeat(60), "]".repeat(60))).is_err());
    }

    #[test]
    fn a_second_document_is_refused_and_one_may_be_marked() {
        let marked = parse("# a task\n---\ntask: a\n...\n").unwrap();
        assert_eq!(marked, parse("task: a\n").unwrap());
        assert!(
            parse("task: a\n---\ntask: b\n")
                .unwrap_err()
                .contains("second document")
        );
        assert_eq!(parse("").unwrap(), Node::Null);
    }

    #[test]
    fn merged_keys_give_way_to_own_ones() {
        let parsed = parse("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n").unwrap();
        let own = parsed.get("own").unwrap();
        assert_eq!(
            (own.get("x"), own.get("y")),
            (Some(&Node::Int(1)), Some(&Node::Int(3)))
        );
    }
}
