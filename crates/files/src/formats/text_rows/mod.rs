//! Files of which each row is a text: Parquet, JSON lines, CSV. Rows are counted when a file is opened, and read one at
//! a time in any order; what is held in memory does not grow with the texts.

mod csv;
mod input;
mod jsonl;
mod parquet;
mod selection;
mod values;

use crate::error::{FilesError, Result};
use selection::Selection;
use std::path::Path;

/// The columns that are taken for the text where none is named, the first that is there.
pub const TEXT_COLUMNS: [&str; 5] = ["text", "document", "content", "body", "passage"];
/// The column that is taken for the title.
const TITLE_COLUMN: &str = "title";
/// The extensions of such files, in lower case.
pub const EXTENSIONS: [&str; 6] = ["parquet", "jsonl", "ndjson", "json", "csv", "tsv"];

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

/// Columns of the text and the title.
#[derive(Debug, Clone)]
struct Chosen {
    selection: Selection,
    /// The text's, as it is told.
    shown: String,
    /// Index of the title's.
    title: Option<usize>,
}

impl Chosen {
    /// What is named, or the first column that usually holds the text; where there is none, the error tells `shown`.
    fn of(
        path: &Path,
        columns: &[String],
        shown: &[String],
        text_column: Option<&str>,
    ) -> Result<Self> {
        let is = |name: &str| {
            columns
                .iter()
                .position(|column| column.trim().eq_ignore_ascii_case(name))
        };
        let usual = || {
            TEXT_COLUMNS
                .into_iter()
                .find_map(is)
                .map(|index| columns[index].as_str())
        };
        let named = text_column.or_else(usual);
        let selection = named.map(|named| Selection::new(named, columns));
        let is_there = |root: &str| columns.iter().any(|column| column == root);
        let selection = selection
            .filter(|selection| selection.roots().count() > 0 && selection.roots().all(is_there));
        let Some((selection, named)) = selection.zip(named) else {
            return Err(FilesError::NoTextColumn {
                path: path.to_owned(),
                wanted: text_column.map_or(TEXT_COLUMNS.map(str::to_owned).to_vec(), |name| {
                    vec![name.to_owned()]
                }),
                columns: shown.to_vec(),
            });
        };
        let is_text = |index: &usize| selection.column() == Some(columns[*index].as_str());
        Ok(Self {
            title: is(TITLE_COLUMN).filter(|index| !is_text(index)),
            shown: named.to_owned(),
            selection,
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

    fn texts(
        name: &str,
        bytes: &[u8],
        text_column: Option<&str>,
    ) -> std::result::Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let said = |error: FilesError| error.to_string().rsplit_once(name).unwrap().1.to_owned();
        let rows = TextRows::open(&path, text_column).map_err(said)?;
        let text = |index| {
            rows.read(index)
                .map(|row| String::from_utf8(row.text).unwrap())
                .map_err(said)
        };
        (0..rows.len()).map(text).collect()
    }

    #[test]
    fn csv_is_read_as_programs_write_it() {
        let is = |bytes: &[u8], column: Option<&str>| {
            assert_eq!(texts("a.csv", bytes, column).unwrap(), ["one", "two, 2"])
        };
        is(b"title|text\nA|one\nB|two, 2\n", None);
        is(b"sep=;\r\ntitle;text\r\nA;one\r\nB;\"two, 2\"\r\n", None);
        is(b"\xEF\xBB\xBFsep=\t\ntext\tn\none\t1\ntwo, 2\t2\n", None);
        let text = "title,text\r\nA,one\r\nB,\"two, 2\"\r\n";
        let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| {
            text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
        };
        is(&utf_16(u16::to_le_bytes), None);
        is(
            &[b"\xFE\xFF".to_vec(), utf_16(u16::to_be_bytes)].concat(),
            None,
        );
        let several = texts("a.csv", text.as_bytes(), Some("{title}: {text}")).unwrap();
        assert_eq!(several, ["A: one", "B: two, 2"]);
        let unknown = texts("a.csv", text.as_bytes(), Some("{title}: {body}")).unwrap_err();
        assert_eq!(
            unknown,
            " has no column `{title}: {body}`; its columns are `title`, `text`"
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_names_its_line() {
        let fails = |bytes: &[u8]| texts("a.csv", bytes, None).unwrap_err();
        let said = |line: u8| {
            format!(" is damaged: the quote that opens a value in line {line} is not closed")
        };
        assert!(
            fails(b"title,text\nA,\"one\nB,two\n").ends_with(&said(2)[1..]),
            "{}",
            fails(b"title,text\nA,\"one\nB,two\n")
        );
        assert!(fails(b"title,text\nA,a\nB,\"one\nC,\"two\"\n").ends_with(&said(3)[1..]));
        let fine = b"title,text\nA,\"one\nmore, \"\"quoted\"\"\"\nB,5\" wide\nC,\"\"\"x\"\" y\"\n";
        assert_eq!(
            texts("a.csv", fine, None).unwrap(),
            ["one\nmore, \"quoted\"", "5\" wide", "\"x\" y"]
        );
    }

    #[test]
    fn json_is_read_as_lines_arrays_and_objects() {
        let array = br#" [ {"text": "one, [x] \"}"}, {"text": ["two", "three"]} ] "#;
        for name in ["a.json", "a.jsonl"] {
            assert_eq!(
                texts(name, array, None).unwrap(),
                ["one, [x] \"}", "two\n\nthree"]
            );
        }
        let object = b"{\n \"doc\": {\"parts\": [{\"text\": \"one\"}, {\"text\": \"two\"}]}\n}\n";
        assert_eq!(
            texts("a.json", object, Some("doc.parts[].text")).unwrap(),
            ["one\n\ntwo"]
        );
        let said = texts("a.json", object, None).unwrap_err();
        assert!(
            said.ends_with("its columns are `doc.parts[].text`"),
            "{said}"
        );
        assert_eq!(
            texts(
                "a.json",
                b"{\"text\": \"one\"}\n{\"text\": \"two\"}\n",
                None
            )
            .unwrap(),
            ["one", "two"]
        );
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
