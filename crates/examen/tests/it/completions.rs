//! Completions and man pages, as shells and `man` read them.

use crate::support::{examen, succeed};
use std::{fs, process::Command};

#[test]
fn bash_completes_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("examen.bash");
    let printed = succeed(examen(folder.path()).args(["completions", "bash"]));
    fs::write(&script, printed).unwrap();
    let complete = r#"
        source "$1"
        COMP_WORDS=(examen gen) COMP_CWORD=1
        _examen examen gen examen
        echo "${COMPREPLY[@]}""#;
    let completed = Command::new("bash")
        .args(["--norc", "-c", complete, "bash"])
        .arg(&script)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(completed.stdout).unwrap().trim(),
        "generate",
        "{}",
        String::from_utf8_lossy(&completed.stderr)
    );
}

#[test]
fn every_command_of_the_help_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    succeed(examen(folder.path()).args(["man-pages", "."]));
    let help = succeed(examen(folder.path()).arg("--help"));
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help");
    let mut n = 0;
    for name in commands {
        let page = folder.path().join(format!("examen-{name}.1"));
        let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains("GENERAL OPTIONS"), "{name}: {page}");
        n += 1;
    }
    assert!(n > 10, "{help}");
    let generate = fs::read_to_string(folder.path().join("examen-generate.1")).unwrap();
    assert!(generate.contains(r"\-\-input"), "{generate}");
}
