//! The program as benchmarks start it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

#[test]
fn prints_its_address_serves_and_ends_with_its_standard_input() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_examen-fake-server"))
        .args(["--latency-ms", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let address = url.trim_end().strip_prefix("http://").unwrap();

    let mut client = TcpStream::connect(address).unwrap();
    client
        .write_all(b"GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"requests\":0"), "{answer}");

    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}
