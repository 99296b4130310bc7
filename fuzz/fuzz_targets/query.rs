//! The words of a search, through the whole server: what the grammar makes of them, the database must understand.
#![cfg_attr(feature = "fuzzer", no_main)]

use examen_fuzz::server::Server;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SERVER: Server = Server::new();
}

fuzz_target!(|words: &str| SERVER.with(|server| server.search(words)));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    panic!("build it with the feature `fuzzer`");
}
