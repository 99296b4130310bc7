//! An Arrow stream in a folder that `save_to_disk` wrote.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::tables::arrow(input));
