//! What is evaluated gives what CPython 3.11 gives; what is not known is refused; what would not end is ended.

use super::{Module, PythonError, Value, from_json, literal, repr, to_json};
use serde_json::json;
use std::{fs, rc::Rc};

fn module(source: &str) -> Result<Module, PythonError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("utils.py");
    fs::write(&path, source).unwrap();
    Module::load(&path)
}

/// The `repr` of `f(doc)`.
fn value_of(body: &str) -> Result<String, PythonError> {
    let lines: Vec<String> = body.lines().map(|line| format!("    {line}")).collect();
    let module = module(&format!("def f(doc):\n{}\n", lines.join("\n")))?;
    let doc = json!({"q": " A é's \"x\" ", "n": 3, "choices": ["a", "b'", "c"], "none": null, "d": {"k": [1, 2.5]}});
    repr(&module.call("f", vec![from_json(&doc)])?)
}

/// Functions and their values as CPython 3.11 prints them; empty where they are refused.
const CASES: &[(&str, &str)] = &[
    ("return doc['q'].strip() + '!'", r#"'A é\'s "x"!'"#),
    (
        "return f\"{doc['n']:>3}|{doc['n'] / 2:.2f}|{doc['q']!r}\"",
        r#"'  3|1.50|\' A é\\\'s "x" \''"#,
    ),
    (
        "return [f'{chr(65 + i)}. {c}' for i, c in enumerate(doc['choices']) if c != 'c']",
        r#"['A. a', "B. b'"]"#,
    ),
    (
        "return ', '.join(reversed(doc['choices']))[1:-1:2]",
        r"',b,'",
    ),
    (
        "return {**doc['d'], 'z': (1,)}",
        "{'k': [1, 2.5], 'z': (1,)}",
    ),
    (
        "return -7 // 2, -7 % 3, 7 / 2, 2 ** 10, 1e16, 1e-5, 0.1 + 0.2",
        "(-4, 2, 3.5, 1024, 1e+16, 1e-05, 0.30000000000000004)",
    ),
    ("return 'a' < 'b' <= 'b' and not doc['none'] or 1", "True"),
    ("return 'x' if doc['none'] is None else 'y'", "'x'"),
    (
        "return '{a[0]}-{b}-{}-{{'.format('p', a=doc['choices'], b=2)",
        "'a-2-p-{'",
    ),
    ("return '%s=%d%%' % ('x', 5)", "'x=5%'"),
    (
        "return sorted(doc['choices'], key=lambda c: -ord(c[0]))",
        r#"['c', "b'", 'a']"#,
    ),
    (
        "return dict(zip('ab', range(2))), max([3, 1]), sum([1, 2]), any([0, 1])",
        "({'a': 0, 'b': 1}, 3, 3, True)",
    ),
    ("x, (y, *_) = 1, (2, 3)\nreturn x", ""),
    (
        "a = []\nfor i in range(5):\n    if i == 1: continue\n    if i == 4: break\n    a.append(i)\nelse:\n    a.append('no')\nreturn a",
        "[0, 2, 3]",
    ),
    (
        "try:\n    return doc['missing']\nexcept KeyError as e:\n    return 'none'",
        "'none'",
    ),
    (
        "return doc['q'].split(), 'a,b,c'.split(',', 1), 'ABC'.lower(), 'a b'.title()",
        r#"(['A', "é's", '"x"'], ['a', 'b,c'], 'abc', 'A B')"#,
    ),
    (
        "def g(x, y=2, *a, **k):\n    return x, y, a, k\nreturn g(1, 3, 4, z=5)",
        "(1, 3, (4,), {'z': 5})",
    ),
    (
        "return 'a\\tb\\u00e9' 'c' r'\\n' '''d\\ne'''",
        r"'a\tbéc\\nd\ne'",
    ),
    (
        "return [1, 2] == [1, 2.0], 'a' in 'cat', 2 in [1, 2], {'a': 1}.get('b', 0)",
        "(True, True, True, 0)",
    ),
];

#[test]
fn expressions_give_what_python_gives() {
    for &(body, expected) in CASES {
        match expected {
            "" => assert!(
                matches!(value_of(body), Err(PythonError::Unsupported(_))),
                "{body}"
            ),
            expected => assert_eq!(value_of(body).unwrap(), expected, "{body}"),
        }
    }
}

#[test]
fn rows_are_mapped_and_filtered_by_functions_partials_and_globals() {
    let source = r#"
import datasets
from functools import partial

def _filter(dataset, subject):
    def keeps(row, target=subject):
        return row["s"].split("_")[0] == target
    return dataset.filter(keeps)

for name in ["x"]:
    globals()[f"process_{name}"] = partial(_filter, subject=name)
globals().update({f"process_{name}": partial(_filter, subject=name) for name in "y"})

def process(dataset: datasets.Dataset) -> datasets.Dataset:
    def _one(doc):
        doc["s"] = "changed in place"
        return {"t": doc["n"] * 2, "pair": (doc["n"], "z")}
    return dataset.map(_one)
"#;
    let module = module(source).unwrap();
    let rows = || {
        vec![Value::Rows(Rc::new(
            [json!({"s": "x_1", "n": 1}), json!({"s": "y_2", "n": 2})]
                .iter()
                .map(from_json)
                .collect(),
        ))]
    };
    assert_eq!(
        to_json(&module.call("process_y", rows()).unwrap()).unwrap(),
        json!([{"s": "y_2", "n": 2}])
    );
    let expected = json!([{"s": "x_1", "n": 1, "t": 2, "pair": [1, "z"]}, {"s": "y_2", "n": 2, "t": 4, "pair": [2, "z"]}]);
    assert_eq!(
        to_json(&module.call("process", rows()).unwrap()).unwrap(),
        expected
    );
    module.check("process").unwrap();
    module.check("process_x").unwrap();
}

#[test]
fn what_is_not_known_needs_python_and_spoils_nothing_else() {
    let source = "
import numpy as np
import random
RANDOM = random.Random(3)
class Thing:
    def method(self):
        yield 1
@decorated
def f(doc):
    return 1
def g(doc):
    return np.argmax(doc)
def i(doc):
    return np.pi == 3 or random.x
def h(doc):
    return doc
";
    let module = module(source).unwrap();
    for name in ["f", "g", "i"] {
        let called = module.call(name, vec![Value::list(vec![Value::Int(1)])]);
        assert!(
            matches!(called, Err(PythonError::Unsupported(_))),
            "{name}: {called:?}"
        );
        assert!(
            matches!(module.check(name), Err(PythonError::Unsupported(_))),
            "{name}"
        );
    }
    assert_eq!(
        repr(&module.call("h", vec![Value::Int(1)]).unwrap()).unwrap(),
        "1"
    );
    module.check("h").unwrap();
}

#[test]
fn exceptions_are_those_of_python() {
    let raised = |body: &str| value_of(body).unwrap_err().to_string();
    assert_eq!(raised("return doc['missing']"), "KeyError: 'missing'");
    assert_eq!(
        raised("return [1].index(2)"),
        "ValueError: 2 is not in list"
    );
    assert_eq!(
        raised("return doc['choices'][3]"),
        "IndexError: list index out of range"
    );
    assert_eq!(
        raised("return 'a' + 1").split(':').next(),
        Some("TypeError")
    );
    assert_eq!(
        raised("return 1 // 0").split(':').next(),
        Some("ZeroDivisionError")
    );
}

#[test]
fn what_does_not_end_is_ended() {
    for body in [
        "while True:\n    pass",
        "def g(n):\n    return g(n + 1)\nreturn g(0)",
        "a = 'x'\nwhile True:\n    a = a + a",
        "a = [1]\nwhile True:\n    a = a + a",
        "return 'x' * 10 ** 12",
        "return list(range(10 ** 12))",
        "a = []\na.append(a)\nreturn str(a)",
        "return [x for x in range(100000) for y in range(100000)]",
        "return '{:>999999999}'.format(1)",
    ] {
        let ended = value_of(body);
        assert!(
            matches!(
                ended,
                Err(PythonError::TooMuch { .. } | PythonError::Unsupported(_))
            ),
            "{body}: {ended:?}"
        );
    }
    let deep = format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(module(&deep).is_err());
    let long = format!("x = {}1", "not ".repeat(5000));
    assert!(module(&long).is_err());
}

#[test]
fn only_files_beside_the_module_are_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("secret.json"), "[1]").unwrap();
    fs::write(folder.path().join("a/names.json"), "[\"x\"]").unwrap();
    let path = folder.path().join("a/b/utils.py");
    let source = |name: &str| {
        format!(
            "import json\nfrom pathlib import Path\nP = Path(__file__).resolve().parent.parent / \"{name}\"\nwith P.open(encoding=\"utf-8\") as f:\n    N = json.load(f)\ndef f():\n    return N\n"
        )
    };
    fs::write(&path, source("names.json")).unwrap();
    assert_eq!(
        repr(&Module::load(&path).unwrap().call("f", Vec::new()).unwrap()).unwrap(),
        "['x']"
    );
    fs::write(&path, source("../secret.json")).unwrap();
    assert!(matches!(
        Module::load(&path).map(|_| ()),
        Err(PythonError::Unsupported(_))
    ));
}

#[test]
fn literals_are_read_and_nothing_else() {
    assert_eq!(
        repr(&literal("['a', \"b\", -1, (None, True), {'k': 1.5}]").unwrap()).unwrap(),
        "['a', 'b', -1, (None, True), {'k': 1.5}]"
    );
    for source in [
        "f()",
        "a",
        "[x for x in y]",
        "1 + 1",
        "__import__('os')",
        "f'{1}'",
    ] {
        assert!(literal(source).is_err(), "{source}");
    }
}
