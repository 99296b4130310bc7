//! Markdown: headings, passages.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::documents::read_document("md", input));
