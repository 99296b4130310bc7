//! Files of which each row is a text: Parquet, JSON lines, CSV. Rows are counted when a file is opened, and read one at
//! a time in any order; what is held in memory does not grow with the texts.

mod csv;
mod jsonl;
mod parquet;

use crate::error::{FilesError, Result};
use std::path::Path;

/// The columns that are taken for the text where none is named, the first that is there.
pub const TEXT_COLUMNS: [&str; 5] = ["text", "document", "content", "body", "passage"];
/// The column that is taken for the title.
const TITLE_COLUMN: &str = "title";
/// The extensions of such files, in lower case.
pub const EXTENSIONS: [&str; 5] = ["parquet", "jsonl", "ndjson", "csv", "tsv"];

/// One row. Texts are bytes: a CSV file may be in any encoding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextRow {
    /// The text.
    pub text: Vec<u8>,
    /// The title, where there is a column of that name and it says something.
    pub title: Option<Vec<u8>>,
}

/// A file of texts.
#[derive(Debug)]
pub struct TextRows(Box<dyn Rows>);

/// Access to the rows of one kind of file.
trait Rows: std::fmt::Debug + Send + Sync {
    fn len(&self) -> usize;
    fn read(&self, index: usize) -> Result<TextRow>;
}

impl TextRows {
    /// True if a file is one, by its name.
    pub fn has_extension(path: &Path) -> bool {
        extension(path).is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
    }

    /// Opens a file by its extension and counts its rows.
    ///
    /// # Errors
    /// If the file cannot be read, or has neither the column that is named nor, where none is, one of
    /// [`TEXT_COLUMNS`]; the message lists its columns.
    pub fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        Ok(Self(match extension(path).as_deref() {
            Some("parquet") => Box::new(parquet::Parquet::open(path, text_column)?),
            Some("csv" | "tsv") => Box::new(csv::Csv::open(path, text_column)?),
            _ => Box::new(jsonl::Jsonl::open(path, text_column)?),
        }))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at `index`, from 0. Reading on from where the last row was read is fastest.
    ///
    /// # Errors
    /// If the row has no text, or the file cannot be read there.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn read(&self, index: usize) -> Result<TextRow> {
        assert!(index < self.len(), "row {index} of {}", self.len());
        self.0.read(index)
    }
}

fn extension(path: &Path) -> Option<String> {
    path.extension()?.to_str().map(str::to_lowercase)
}

/// Indices of the text and the title among the columns of a file.
#[derive(Debug, Clone, Copy)]
struct Indices {
    text: usize,
    title: Option<usize>,
}

impl Indices {
    fn of(path: &Path, columns: &[String], text_column: Option<&str>) -> Result<Self> {
        let is = |name: &str| {
            columns
                .iter()
                .position(|column| column.trim().eq_ignore_ascii_case(name))
        };
        let text = match text_column {
            Some(name) => columns.iter().position(|column| column == name),
            None => TEXT_COLUMNS.into_iter().find_map(is),
        };
        let text = text.ok_or_else(|| FilesError::NoTextColumn {
            path: path.to_owned(),
            wanted: text_column.map_or(TEXT_COLUMNS.map(str::to_owned).to_vec(), |name| {
                vec![name.to_owned()]
            }),
            columns: columns.to_vec(),
        })?;
        Ok(Self {
            text,
            title: is(TITLE_COLUMN).filter(|&title| title != text),
        })
    }
}

/// The error of a row, from 0, that holds no text.
fn no_text(path: &Path, index: usize, column: &str) -> FilesError {
    FilesError::Row {
        path: path.to_owned(),
        row: index + 1,
        column: Some(column.to_owned()),
        message: "it is not a text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::{fs, path::PathBuf};

    #[derive(Serialize, Deserialize)]
    struct Row {
        id: i64,
        title: Option<String>,
        content: String,
    }

    /// The same rows in each format.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let row = |id: i64| Row {
            id,
            title: (id % 2 == 0).then(|| format!("Title, {id}")),
            content: format!("Row \"{id}\",\nof ñandúes."),
        };
        let rows: Vec<Row> = (0..2_500).map(row).collect();
        let paths = ["a.parquet", "a.jsonl", "a.csv", "a.tsv"].map(|name| folder.join(name));
        crate::formats::table::write_parquet(&paths[0], &rows).unwrap();
        crate::formats::table::write_jsonl(&paths[1], &rows).unwrap();
        for (path, separator) in [(&paths[2], ","), (&paths[3], "\t")] {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let line = |row: &Row| {
                let title = row.title.as_deref().map(quoted).unwrap_or_default();
                [row.id.to_string(), title, quoted(&row.content)].join(separator) + "\r\n"
            };
            let header = ["\u{feff}id", "title", "content"].join(separator) + "\r\n";
            fs::write(path, header + &rows.iter().map(line).collect::<String>()).unwrap();
        }
        paths.to_vec()
    }

    #[test]
    fn every_format_gives_the_same_rows_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        for path in files(folder.path()) {
            let rows = TextRows::open(&path, None).unwrap();
            assert_eq!(rows.len(), 2_500, "{path:?}");
            for index in (0..40)
                .chain([2_499, 17, 16, 1_200, 3])
                .chain(1_190..1_400)
                .chain(0..2)
            {
                let row = rows.read(index).unwrap();
                assert_eq!(
                    String::from_utf8(row.text).unwrap(),
                    format!("Row \"{index}\",\nof ñandúes."),
                    "{path:?}"
                );
                let title = (index % 2 == 0).then(|| format!("Title, {index}").into_bytes());
                assert_eq!(row.title, title, "{path:?}");
            }
            assert_eq!(
                rows.read(2_499).unwrap().text,
                "Row \"2499\",\nof ñandúes.".as_bytes()
            );
        }
    }

    #[test]
    fn the_text_column_is_the_named_one_and_columns_are_listed_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        for path in files(folder.path()) {
            assert!(TextRows::open(&path, Some("title")).is_ok());
            let error = TextRows::open(&path, Some("abstract"))
                .unwrap_err()
                .to_string();
            assert!(
                error.ends_with(
                    "has no column `abstract`; its columns are `id`, `title`, `content`"
                ),
                "{error}"
            );
        }
    }

    #[test]
    fn a_broken_row_is_one_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        fs::write(
            &path,
            "{\"text\": \"one\"}\n\n{\"text\": \ntrue\n{\"text\": 7}\n{\"text\": \"two\", \"title\": null}",
        )
        .unwrap();
        let rows = TextRows::open(&path, None).unwrap();
        assert_eq!(rows.len(), 5);
        assert_eq!(
            rows.read(0).unwrap(),
            TextRow {
                text: b"one".to_vec(),
                title: None
            }
        );
        assert!((1..4).all(|index| rows.read(index).is_err()));
        assert_eq!(rows.read(4).unwrap().text, b"two");
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.parquet", "a.jsonl", "a.csv"] {
            let path = folder.path().join(name);
            assert!(matches!(
                TextRows::open(&path, None).unwrap_err(),
                FilesError::Io { .. }
            ));
            fs::write(&path, b"\xff\xfe\x00PAR1 nothing").unwrap();
            TextRows::open(&path, None).unwrap_err();
        }
        let empty = folder.path().join("empty.jsonl");
        fs::write(&empty, "\n").unwrap();
        assert!(TextRows::open(&empty, None).unwrap().is_empty());
    }
}
