//! A journal: whatever is left of it opens, and takes more.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::tables::journal(input));
