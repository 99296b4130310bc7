//! The side that answers.

use examen_core::caught;
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, BufRead, Write};

/// Answers each request that comes in, until none comes. A panic of `answer` is an answer too.
///
/// # Errors
/// If what comes in is no request, or the answer cannot be given.
pub fn serve<R: DeserializeOwned, T: Serialize>(
    mut requests: impl BufRead,
    mut answers: impl Write,
    mut answer: impl FnMut(R) -> Result<T, String>,
) -> io::Result<()> {
    let (mut line, mut written) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if requests.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let request = serde_json::from_slice(&line)?;
        let answer = caught(|| answer(request))
            .unwrap_or_else(|words| Err(format!("cannot be read: the reader failed: {words}")));
        written.clear();
        serde_json::to_writer(&mut written, &answer)?;
        written.push(b'\n');
        answers.write_all(&written)?;
        answers.flush()?;
        // One huge answer is no reason to hold so much for all that follow.
        written.shrink_to(1 << 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_answered_and_a_panic_is_an_answer() {
        let mut answers = Vec::new();
        let answer = |name: String| match name.as_str() {
            "bad" => panic!("no page {}", 7),
            "odd" => Err("has a strange name".to_owned()),
            name => Ok(format!("{name}\nñ")),
        };
        serve(&b"\"a\"\n\"bad\"\n\"odd\"\n"[..], &mut answers, answer).unwrap();
        let answers: Vec<Result<String, String>> = answers
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let failed = "cannot be read: the reader failed: no page 7";
        assert_eq!(
            answers,
            [
                Ok("a\nñ".to_owned()),
                Err(failed.to_owned()),
                Err("has a strange name".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_no_request_ends_it() {
        let answer = |name: String| Ok(name);
        assert!(serve(&b"nonsense\n"[..], Vec::new(), answer).is_err());
    }
}
