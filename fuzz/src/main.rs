//! The fuzzer of the target that [`TARGET`](examen_fuzz::targets::TARGET) names; without the feature `fuzzer`, the names of
//! all targets.
#![cfg_attr(feature = "fuzzer", no_main)]

#[cfg(feature = "fuzzer")]
libfuzzer_sys::fuzz_target!(|input: &[u8]| examen_fuzz::targets::chosen()(input));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    for (name, _) in examen_fuzz::targets::TARGETS {
        println!("{name}");
    }
}
