//! DOCX: an archive of XML.
#![cfg_attr(feature = "fuzzer", no_main)]

examen_fuzz::target!(|input: &[u8]| examen_fuzz::documents::read_document("docx", input));
