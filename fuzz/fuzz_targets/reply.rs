//! Replies of models: JSON that has to be salvaged.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::models::reply(input));
