//! The body of a request that writes records, through the whole server.
#![cfg_attr(feature = "fuzzer", no_main)]

use examen_fuzz::server::Server;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SERVER: Server = Server::new();
}

fuzz_target!(|input: &[u8]| SERVER.with(|server| server.write(input)));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    panic!("build it with the feature `fuzzer`");
}
