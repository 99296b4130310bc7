//! The formats that documents are read in: `generate`'s own, and those of the crate `pdf`, which it does not know.

use examen_core::Format;
use examen_generate::reading::formats::Formats;

/// Formats that `generate` does not know.
pub(crate) fn passed_in() -> &'static [Format] {
    examen_pdf::FORMATS
}

/// Every format.
pub(crate) fn all() -> Formats {
    Formats::with(passed_in())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_guides_table_has_every_extension() {
        let guide = include_str!("../../../docs/guide/generate.md");
        let (_, table) = guide.split_once("| format | files |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let files = table.lines().filter_map(|row| row.split('|').nth(2));
        let told: BTreeSet<&str> = files
            .flat_map(|files| files.split('`'))
            .filter(|file| file.starts_with('.'))
            .collect();
        let extensions = all().extensions();
        assert_eq!(told, extensions.split(", ").collect());
    }
}
