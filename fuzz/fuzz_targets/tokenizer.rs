//! `tokenizer.json` beside a sound configuration and sound weights.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::models::tokenizer(input));
