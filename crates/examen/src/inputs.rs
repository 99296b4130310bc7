//! Where documents come from, as the user says it: paths and patterns as they are, standard input as a file.

use crate::failure::Failure;
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
};
use tempfile::TempDir;

/// Paths that can be read, and what must not be removed before they are.
pub(crate) struct Inputs {
    pub(crate) paths: Vec<PathBuf>,
    _standard_input: Option<TempDir>,
}

/// Resolves the inputs; `-` is read to its end and kept on the disk as long as the result lives.
pub(crate) fn resolve(given: Vec<PathBuf>) -> Result<Inputs, Failure> {
    let is_standard_input = |path: &PathBuf| path.as_os_str() == "-";
    if !given.iter().any(is_standard_input) {
        return Ok(Inputs { paths: given, _standard_input: None });
    }
    let failed = |error: io::Error| Failure::new(format!("cannot read standard input: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = keep(BufReader::new(io::stdin()), &folder).map_err(failed)?;
    let paths = given.into_iter().map(|given| if is_standard_input(&given) { path.clone() } else { given });
    Ok(Inputs { paths: paths.collect(), _standard_input: Some(folder) })
}

fn keep(mut input: impl BufRead, folder: &TempDir) -> io::Result<PathBuf> {
    let path = folder.path().join(format!("stdin.{}", extension(input.fill_buf()?)));
    io::copy(&mut input, &mut File::create(&path)?)?;
    Ok(path)
}

/// What the beginning of a file looks like.
fn extension(beginning: &[u8]) -> &'static str {
    let text = beginning.trim_ascii_start();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let holds = |name: &[u8]| beginning.windows(name.len()).any(|window| window == name);
    match text {
        _ if beginning.starts_with(b"%PDF") => "pdf",
        _ if beginning.starts_with(b"PAR1") => "parquet",
        _ if beginning.starts_with(b"PK\x03\x04") && holds(b"application/epub+zip") => "epub",
        _ if beginning.starts_with(b"PK\x03\x04") && holds(b"ppt/") => "pptx",
        _ if beginning.starts_with(b"PK\x03\x04") => "docx",
        [b'{', ..] => "jsonl",
        [b'<', ..] => "html",
        [b'#', ..] => "md",
        _ => "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_kept_under_a_name_that_says_what_it_is() {
        let kept = |input: &[u8]| {
            let folder = tempfile::tempdir().unwrap();
            let path = keep(input, &folder).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), input);
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(kept(b"%PDF-1.4"), "stdin.pdf");
        assert_eq!(kept(b"PK\x03\x04....mimetypeapplication/epub+zip"), "stdin.epub");
        assert_eq!(kept(b"\n{\"text\": 1}"), "stdin.jsonl");
        assert_eq!(kept(b"<!doctype html>"), "stdin.html");
        assert_eq!(kept(b"# Title\n"), "stdin.md");
        assert_eq!(kept(b"A text."), "stdin.txt");
        assert_eq!(kept(b""), "stdin.txt");
    }
}
