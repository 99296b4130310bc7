//! Rows of separated values.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::documents::rows("csv", input));
