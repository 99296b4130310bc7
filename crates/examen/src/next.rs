//! The command that comes next, as it is typed in a shell.

use std::{
    env,
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

/// A command line that can be pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// A command of this program, such as `models fetch`.
    pub(crate) fn command(name: &str) -> Self {
        Self(format!("{} {name}", program()))
    }

    /// With an argument.
    pub(crate) fn argument(self, value: impl AsRef<OsStr>) -> Self {
        Self(format!("{} {}", self.0, quoted(value.as_ref())))
    }

    /// With an option.
    pub(crate) fn option(self, flag: &str, value: impl AsRef<OsStr>) -> Self {
        Self(format!("{} {flag}", self.0)).argument(value)
    }

    /// With an option whose value is not what the command takes without it.
    pub(crate) fn unless(self, default: &str, flag: &str, value: impl AsRef<OsStr>) -> Self {
        match value.as_ref() == default {
            true => self,
            false => self.option(flag, value),
        }
    }

    /// With flags that are quoted already; none is fine.
    pub(crate) fn flags(self, flags: &str) -> Self {
        match flags {
            "" => self,
            flags => Self(format!("{} {flags}", self.0)),
        }
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The command line of this process without one of its flags.
pub(crate) fn this_without(flag: &str) -> Next {
    let words = env::args_os().skip(1).filter(|word| word != flag);
    Next(words.fold(program(), |line, word| format!("{line} {}", quoted(&word))))
}

/// A word as a POSIX shell reads it.
pub(crate) fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    shlex::try_quote(&word).map_or_else(|_| word.to_string(), |quoted| quoted.into_owned())
}

/// This program as it was called: by its name where the shell finds it, else by its path.
fn program() -> String {
    let name = env!("CARGO_PKG_NAME");
    let Some(called) = env::args_os().next().map(PathBuf::from) else {
        return name.to_owned();
    };
    let is_path = called.components().count() > 1;
    match is_path && !is_found_as(name, &called) {
        true => quoted(called.as_os_str()),
        false => name.to_owned(),
    }
}

/// True if the shell finds this very file under that name.
fn is_found_as(name: &str, file: &Path) -> bool {
    let found = env::var_os("PATH").and_then(|folders| {
        env::split_paths(&folders)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    });
    let is_same = |found: PathBuf| found.canonicalize().ok() == file.canonicalize().ok();
    found.is_some_and(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_defaults_left_out() {
        let next = Next("examen annotate".to_owned())
            .unless("exam_questions", "--input", "exam_questions")
            .unless("exam_questions", "--name", "an exam")
            .argument("it's");
        assert_eq!(
            next.to_string(),
            "examen annotate --name 'an exam' \"it's\""
        );
    }
}
