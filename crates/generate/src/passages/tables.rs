//! Tables of Markdown in a text: a passage that begins within one is given its header again.

use examen_core::Span;

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its header and the rule below.
    header: Span,
    /// Its rows.
    rows: Span,
}

/// The tables of a text, by position.
pub(crate) fn find(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut before, mut start) = (None, 0);
    let mut is_open = false;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let has_cells = line.contains('|');
        match (before, tables.last_mut()) {
            (_, Some(table)) if is_open && has_cells => table.rows.end = end,
            (Some(header), _) if is_rule(line) => {
                let (header, rows) = (Span { start: header, end }, Span { start: end, end });
                tables.push(Table { header, rows });
                is_open = true;
            }
            _ => is_open = false,
        }
        before = (has_cells && !is_open).then_some(start);
        start = end;
    }
    tables
}

/// True for the line below a header: `| --- | :-: |`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains("--") && line.contains('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// The header of the table that a passage begins within, behind its header.
pub(crate) fn header<'a>(text: &'a str, tables: &[Table], span: Span) -> Option<&'a str> {
    let table = &tables[tables
        .partition_point(|table| table.rows.start <= span.start)
        .checked_sub(1)?];
    let is_within = (table.rows.start..table.rows.end).contains(&span.start);
    is_within.then(|| &text[table.header.start..table.header.end])
}

/// The longest header, in tokens.
pub(crate) fn longest(text: &str, tables: &[Table], count_tokens: &dyn Fn(&str) -> usize) -> usize {
    let header = |table: &Table| count_tokens(&text[table.header.start..table.header.end]);
    tables.iter().map(header).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_within_a_table_has_its_header() {
        let text = "Text | x\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nAfter | it\n";
        let tables = find(text);
        assert_eq!(tables.len(), 1);
        let at = |words: &str| {
            let start = text.find(words).unwrap();
            header(
                text,
                &tables,
                Span {
                    start,
                    end: text.len(),
                },
            )
        };
        let own = Some("| A | B |\n|---|---|\n");
        assert_eq!(
            [at("| 1"), at("| 3"), at("| A"), at("Text"), at("After")],
            [own, own, None, None, None]
        );
        assert_eq!(longest(text, &tables, &str::len), 20);
    }
}
