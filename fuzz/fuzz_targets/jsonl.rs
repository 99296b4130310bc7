//! Rows of JSON lines, as documents and as an exam.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::documents::rows("jsonl", input));
