//! Splits a document into passages. Knows nothing about models; token counts come from the caller.

use crate::{
    passages::{
        boilerplate::{Skipped, kept},
        tables,
    },
    reading::{documents::Source, formats::Borders},
};
use examen_core::{Chunk, Heading, Span};
use std::{collections::HashMap, ops::RangeInclusive};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter, TextSplitter};

/// Tokens of a text, in the model's own count or an estimate.
pub type CountTokens<'a> = dyn Fn(&str) -> usize + Sync + 'a;

/// Length of passages, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize {
    /// No passage is longer.
    pub max_tokens: usize,
    /// Length by which a passage may repeat the one before it; at most half of `max_tokens`.
    pub overlap: usize,
}

impl ChunkSize {
    /// The length that makes the passages of a text about equally long, so that no rump of a sentence or two is left at
    /// its end: the fewest passages that can hold the text, each with its share.
    fn desired_tokens(self, total: usize) -> usize {
        if total <= self.max_tokens {
            return self.max_tokens;
        }
        let step = self.max_tokens.saturating_sub(self.overlap).max(1);
        let n_chunks = 1 + (total - self.max_tokens).div_ceil(step);
        (total + (n_chunks - 1) * self.overlap)
            .div_ceil(n_chunks)
            .min(self.max_tokens)
    }
}

/// A header that takes a larger part of a passage than this is not repeated.
const MAX_HEADER_PART: usize = 3;

struct Sizer<'a>(&'a CountTokens<'a>);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, text: &str) -> usize {
        (self.0)(text)
    }
}

/// The passages of a document in order, cut at the largest border that fits. What is skipped is in none; white space at
/// their ends is left out; every other character of the document is in a passage. One that begins within a table has the
/// table's header before the text at its span.
///
/// ```
/// use examen_core::Contents;
/// use examen_generate::{passages::chunk::{ChunkSize, split}, reading::documents::Source};
/// let contents = Contents { text: "One two. Three four. ".to_owned(), ..Contents::default() };
/// let source = Source::new("a.txt".to_owned(), contents, None);
/// let words = |text: &str| text.split_whitespace().count();
/// let chunks = split(&source, &[], ChunkSize { max_tokens: 2, overlap: 0 }, &words);
/// assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<Vec<_>>(), ["One two.", "Three four."]);
/// ```
pub fn split(
    source: &Source,
    skipped: &[Skipped],
    size: ChunkSize,
    count_tokens: &CountTokens<'_>,
) -> Vec<Chunk> {
    let text = &source.document.text;
    let tables = tables::find(text);
    // Passages within a table get its header besides, unless it would take too much of them.
    let header_tokens = tables::longest(text, &tables, count_tokens);
    let repeats_headers = header_tokens * MAX_HEADER_PART <= size.max_tokens;
    let max_tokens = match repeats_headers {
        true => size.max_tokens - header_tokens,
        false => size.max_tokens,
    };
    let size = ChunkSize { max_tokens, ..size };
    let marked = marked(source);
    let has_headings = source.borders == Borders::Headings || !source.headings.is_empty();
    let mut chunks = Vec::new();
    for kept in kept(source.document.text.len(), skipped) {
        let spans = spans(
            &marked[kept.start..kept.end],
            has_headings,
            size,
            count_tokens,
        );
        chunks.extend(spans.into_iter().map(|span| {
            let span = Span {
                start: kept.start + span.start,
                end: kept.start + span.end,
            };
            let chunk = Chunk::new(&source.document, span);
            let header = tables::header(text, &tables, span).filter(|_| repeats_headers);
            match header {
                Some(header) => Chunk {
                    text: format!("{header}{}", chunk.text),
                    ..chunk
                },
                None => chunk,
            }
        }));
    }
    chunks
}

fn spans(
    text: &str,
    has_headings: bool,
    size: ChunkSize,
    count_tokens: &CountTokens<'_>,
) -> Vec<Span> {
    let max_tokens = size.max_tokens.max(1);
    let total = count_tokens(text);
    if total <= max_tokens {
        return whole(text, has_headings).into_iter().collect();
    }
    let desired = size.desired_tokens(total).clamp(1, max_tokens);
    let overlap = size.overlap.min(desired - 1);
    let window = (text.len() / total.max(1) + 1).saturating_mul(max_tokens * WINDOW_CHUNKS);
    let spans = by_windows(text, window.max(MIN_WINDOW), |text| {
        by_splitter(
            text,
            has_headings,
            desired..=max_tokens,
            overlap,
            count_tokens,
        )
    });
    with_their_headings(text, spans, |text| count_tokens(text) <= max_tokens)
}

/// Length of the part of a text that is split at once: about so many passages, and so many bytes at least. The splitters'
/// time grows with the square of it.
const WINDOW_CHUNKS: usize = 16;
const MIN_WINDOW: usize = 32 << 10;

/// Splits a long text window by window. The next window begins with a passage of the one before, the first that its end
/// may have cut short, so that passages are those of the text as a whole.
fn by_windows(text: &str, mut window: usize, split: impl Fn(&str) -> Vec<Span>) -> Vec<Span> {
    let text = text.trim_end();
    let (mut spans, mut start) = (Vec::new(), 0);
    loop {
        // The splitters are slow where there is nothing but white space; it is in no passage.
        start += blank_lines(&text[start..]);
        if start + window >= text.len() {
            break;
        }
        let end = text.ceil_char_boundary(start + window);
        let part = text[start..end].trim_end();
        let found = split(part);
        let Some(next) = resume_at(part, &found) else {
            window *= 2;
            continue;
        };
        spans.extend(found[..next].iter().map(|span| moved(*span, start)));
        start += found[next].start;
    }
    spans.extend(
        split(&text[start..])
            .into_iter()
            .map(|span| moved(span, start)),
    );
    spans
}

/// Bytes of the blank lines that a text begins with. Its first line keeps its indent, which means something in Markdown.
fn blank_lines(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text[..blank].rfind('\n').map_or(0, |end| end + 1)
}

fn moved(span: Span, by: usize) -> Span {
    Span {
        start: span.start + by,
        end: span.end + by,
    }
}

/// Index of the passage that the next window begins with; `None` if none is far enough from both ends. One at the
/// beginning of a line, outside of code, is best: nothing before it changes what it means.
fn resume_at(part: &str, spans: &[Span]) -> Option<usize> {
    // The last passage ends where the window does; the one before may be shorter for that.
    let candidates = (1..spans.len().saturating_sub(2))
        .rev()
        .take_while(|&index| spans[index].start > part.len() / 2)
        .take(WINDOW_CHUNKS);
    let is_outside = |&index: &usize| {
        let before = &part[..spans[index].start];
        let fences = before.lines().filter(|line| is_fence(line)).count();
        before.ends_with('\n') && fences.is_multiple_of(2)
    };
    let mut candidates = candidates.peekable();
    let last = candidates.peek().copied();
    candidates.find(is_outside).or(last)
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

fn by_splitter(
    text: &str,
    has_headings: bool,
    tokens: RangeInclusive<usize>,
    overlap: usize,
    count_tokens: &CountTokens<'_>,
) -> Vec<Span> {
    let config = ChunkConfig::new(tokens)
        .with_sizer(Sizer(count_tokens))
        .with_overlap(overlap)
        .expect("the overlap is smaller than the passage");
    let span = |(start, passage): (usize, &str)| Span {
        start,
        end: start + passage.len(),
    };
    match has_headings {
        false => TextSplitter::new(config)
            .chunk_indices(text)
            .map(span)
            .collect(),
        true => MarkdownSplitter::new(config)
            .chunk_indices(text)
            .map(span)
            .collect(),
    }
}

/// A text that is one passage, trimmed as the splitters do it: that of Markdown keeps the indent of a first line of several.
/// `None` if nothing is left.
fn whole(text: &str, is_markdown: bool) -> Option<Span> {
    const LINE_ENDS: [char; 2] = ['\n', '\r'];
    let begins = match is_markdown && text.trim().contains(LINE_ENDS) {
        true => text.trim_start_matches(LINE_ENDS),
        false => text.trim_start(),
    };
    let (start, end) = (text.len() - begins.len(), text.trim_end().len());
    (start < end).then_some(Span { start, end })
}

/// The text as the splitter sees it, byte for byte as long: paragraphs on one line each, and headings marked as in
/// Markdown, in a text that is no Markdown those alone.
fn marked(source: &Source) -> String {
    let text = &source.document.text;
    if source.borders == Borders::Headings || source.headings.is_empty() {
        return unwrap_lines(text);
    }
    let levels: HashMap<usize, u8> = source
        .headings
        .iter()
        .filter(|heading| is_line(text, heading))
        .map(|heading| (heading.start, heading.level))
        .collect();
    let lines = |text: &str, change: &dyn Fn(&str, Option<u8>) -> String| -> String {
        let mut start = 0;
        let changed = text.split_inclusive('\n').map(|line| {
            start += line.len();
            change(line, levels.get(&(start - line.len())).copied())
        });
        changed.collect()
    };
    let with_headings = lines(text, &|line, level| {
        level.map_or(line.to_owned(), |level| mark(line, level))
    });
    lines(&unwrap_lines(&with_headings), &|line, level| {
        if level.is_some() {
            line.to_owned()
        } else {
            unmark(line)
        }
    })
}

/// True if a heading is a line of the text rather than a name that is known from elsewhere.
fn is_line(text: &str, heading: &Heading) -> bool {
    let line = text[heading.start..].lines().next().unwrap_or_default();
    let is_beginning = heading.start == 0 || text[..heading.start].ends_with('\n');
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    is_beginning && !words.is_empty() && heading.title.starts_with(&words)
}

/// Puts a heading's mark over the beginning of its line.
fn mark(line: &str, level: u8) -> String {
    let wanted = usize::from(level) + 1;
    let content = line.trim_end().len();
    let covered = (wanted..=content)
        .find(|&end| line.is_char_boundary(end))
        .unwrap_or(content);
    let n_marks = usize::from(level).min(covered);
    let n_spaces = covered - n_marks;
    format!(
        "{}{}{}",
        "#".repeat(n_marks),
        " ".repeat(n_spaces),
        &line[covered..]
    )
}

/// Takes what means something in Markdown off the beginning of a line.
fn unmark(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    match line[indent..].chars().next() {
        Some(c) if c.is_ascii_punctuation() || c.is_ascii_digit() => {
            format!("{}x{}", &line[..indent], &line[indent + 1..])
        }
        _ => line.to_owned(),
    }
}

/// The text with its paragraphs on one line each, byte for byte as long: UAX #29 ends a sentence at every line break,
/// also where an editor has only wrapped the line.
fn unwrap_lines(text: &str) -> String {
    let mut unwrapped = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let content = line.trim_end_matches(['\r', '\n']);
        unwrapped.push_str(content);
        let goes_on = lines
            .peek()
            .is_some_and(|next| is_plain(content) && is_continuation(next));
        match goes_on {
            true => unwrapped.extend(std::iter::repeat_n(' ', line.len() - content.len())),
            false => unwrapped.push_str(&line[content.len()..]),
        }
    }
    unwrapped
}

/// True if a line may be followed by more of the same paragraph.
fn is_plain(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with(['#', '|', '`', '~', '=']) && !line.ends_with('|')
}

/// True if a line can be the rest of the paragraph before it.
fn is_continuation(line: &str) -> bool {
    let line = line.trim();
    let is_numbered = line
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(['.', ')']);
    !line.is_empty()
        && !is_numbered
        && !line.starts_with(['#', '|', '`', '~', '=', '-', '*', '+', '•', '>'])
}

/// Joins a passage that is nothing but headings to the one that it heads, where both fit together.
fn with_their_headings(text: &str, spans: Vec<Span>, fits: impl Fn(&str) -> bool) -> Vec<Span> {
    let is_heading = |span: Span| {
        text[span.start..span.end]
            .lines()
            .all(|line| line.trim().is_empty() || line.starts_with('#'))
    };
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if is_heading(*last) && fits(&text[last.start..span.end]) => {
                last.end = span.end
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::{Contents, Document, Language};
    use proptest::prelude::*;

    fn tokens(text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    fn chunks_of(
        text: &str,
        borders: Borders,
        max_tokens: usize,
        overlap: usize,
    ) -> (Document, Vec<Chunk>) {
        let is_markdown = borders == Borders::Headings;
        let source = source(Contents {
            text: text.to_owned(),
            is_markdown,
            ..Contents::default()
        });
        let chunks = split(
            &source,
            &[],
            ChunkSize {
                max_tokens,
                overlap,
            },
            &tokens,
        );
        (source.document, chunks)
    }

    fn source(contents: Contents) -> Source {
        Source::new("a.txt".to_owned(), contents, Some(Language::ENGLISH))
    }

    #[test]
    fn no_rump_is_left_at_the_end() {
        let text = "A sentence of thirty letters.. ".repeat(21);
        let (_, chunks) = chunks_of(&text, Borders::Sentences, 80, 0);
        let sizes: Vec<usize> = chunks.iter().map(|chunk| tokens(&chunk.text)).collect();
        assert!(sizes.iter().min() >= Some(&30), "{sizes:?}");
    }

    #[test]
    fn a_wrapped_line_is_no_border() {
        let text = "The heart pumps blood through\nthe whole body. It rests\r\nbetween two beats.\n- A list\n- of two";
        assert_eq!(unwrap_lines(text).len(), text.len());
        let (_, chunks) = chunks_of(text, Borders::Sentences, 12, 0);
        let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(texts[0], "The heart pumps blood through\nthe whole body.");
        assert!(
            texts[1].starts_with("It rests\r\nbetween two beats."),
            "{texts:?}"
        );
    }

    #[test]
    fn a_table_that_is_cut_repeats_its_header() {
        let rows: String = (1..40)
            .map(|n| format!("| Drug {n} | {n} mg |\n"))
            .collect();
        let text = format!("# Doses\n\n| Drug | Dose |\n|---|---|\n{rows}");
        let (document, chunks) = chunks_of(&text, Borders::Headings, 60, 0);
        assert!(chunks.len() > 2);
        for chunk in chunks.iter().filter(|chunk| chunk.text != "# Doses") {
            assert!(
                chunk.text.contains("| Drug | Dose |\n|---|---|\n| Drug "),
                "{}",
                chunk.text
            );
            assert!(
                chunk
                    .text
                    .ends_with(&document.text[chunk.span.start..chunk.span.end])
            );
            assert!(tokens(&chunk.text) <= 60);
        }
    }

    #[test]
    fn a_heading_stays_with_what_it_heads() {
        let text = "# Title\n\n## Part\n\nWhat the part says.\n";
        let (_, chunks) = chunks_of(text, Borders::Headings, 10, 0);
        assert_eq!(chunks.len(), 1, "{chunks:?}");
    }

    #[test]
    fn markdown_is_cut_at_headings() {
        let text = "# One\n\nAbout one.\n\n# Two\n\nAbout two.\n";
        let (_, chunks) = chunks_of(text, Borders::Headings, 6, 0);
        let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(texts, ["# One\n\nAbout one.", "# Two\n\nAbout two."]);
    }

    #[test]
    fn passages_overlap_by_whole_sentences() {
        let text = "Alpha beta gamma. Delta epsilon zeta. Eta theta iota. Kappa lambda mu.";
        let (_, chunks) = chunks_of(text, Borders::Sentences, 10, 5);
        assert!(chunks.len() > 1);
        for pair in chunks.windows(2) {
            assert!(
                pair[1].span.start < pair[0].span.end,
                "{:?} does not overlap {:?}",
                pair[1].text,
                pair[0].text
            );
        }
    }

    #[test]
    fn a_text_that_is_no_markdown_is_cut_at_its_headings_alone() {
        let text = "1 One\nAbout one.\n# apt update\nAnd more.\n2 Two\nAbout two.\n";
        let heading = |title: &str| Heading {
            start: text.find(title).unwrap(),
            level: 1,
            title: title.to_owned(),
        };
        let headings = vec![heading("1 One"), heading("2 Two")];
        let source = source(Contents {
            text: text.to_owned(),
            headings,
            ..Contents::default()
        });
        let shown = marked(&source);
        assert_eq!(
            (shown.len(), shown.contains("\n# apt")),
            (text.len(), false)
        );
        assert!(
            shown.starts_with("# One\n") && shown.contains("\n# Two\n"),
            "{shown}"
        );
        let chunks = split(
            &source,
            &[],
            ChunkSize {
                max_tokens: 12,
                overlap: 0,
            },
            &tokens,
        );
        let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "1 One\nAbout one.\n# apt update\nAnd more.",
                "2 Two\nAbout two."
            ]
        );
    }

    #[test]
    fn what_is_skipped_is_in_no_passage() {
        let text = "Alpha beta gamma. Contents 1 2 3. Delta epsilon zeta.";
        let span = Span { start: 18, end: 34 };
        let skipped = vec![Skipped {
            span,
            reason: "table of contents".to_owned(),
        }];
        let source = source(Contents {
            text: text.to_owned(),
            ..Contents::default()
        });
        let chunks = split(
            &source,
            &skipped,
            ChunkSize {
                max_tokens: 50,
                overlap: 10,
            },
            &tokens,
        );
        let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        assert_eq!(texts, ["Alpha beta gamma.", "Delta epsilon zeta."]);
    }

    #[test]
    fn windows_leave_passages_as_they_are() {
        let paragraph = |n: usize| {
            let sentences: String = (0..n % 7 + 1)
                .map(|k| format!("Sentence {k} of {n} is about blood and its way. "))
                .collect();
            match n % 9 {
                0 => format!("# Part {n}\n\n"),
                1 => format!("```\nlet n = {n};\n\nlet m = n;\n```\n\n"),
                2 => format!("- one of {n}\n- two of {n}\n\n"),
                _ => sentences + "\n\n",
            }
        };
        let text: String = (0..900).map(paragraph).collect();
        for (headings, overlap) in [(false, 0), (false, 8), (true, 0), (true, 8)] {
            let split = |text: &str| by_splitter(text, headings, 50..=64, overlap, &tokens);
            let windows = by_windows(&text, 8 << 10, split);
            assert_eq!(
                windows,
                split(&text),
                "headings {headings}, overlap {overlap}"
            );
        }
    }

    #[test]
    fn white_space_of_any_length_is_passed_over() {
        let blank = "\n".repeat(200_000);
        for headings in [false, true] {
            let text = format!("{blank}One.{blank}  Two.{blank}");
            let split = |text: &str| by_splitter(text, headings, 50..=64, 8, &tokens);
            let spans = by_windows(&text, 8 << 10, split);
            let texts: Vec<&str> = spans
                .iter()
                .map(|span| text[span.start..span.end].trim())
                .collect();
            assert_eq!(texts, ["One.", "Two."]);
        }
    }

    #[test]
    fn a_window_without_borders_is_split_too() {
        let text = "ñ".repeat(30_000);
        let split = |text: &str| by_splitter(text, false, 50..=64, 8, &tokens);
        assert_eq!(by_windows(&text, 8 << 10, split), split(&text));
        // Passages as long as the window need a longer one.
        let long = |text: &str| by_splitter(text, false, 5000..=6400, 0, &tokens);
        assert_eq!(by_windows(&text, 8 << 10, long), long(&text));
    }

    proptest! {
        #[test]
        fn what_fits_is_cut_as_the_splitters_do_it(
            text in "([ \n\r\t]{0,3}([a-zñé]{1,9}[ .\n]{1,2}|# |- |\r\n|    |\\PC){0,30}[ \n\r\t]{0,3})",
            headings: bool,
        ) {
            let n = tokens(&text).max(1);
            let whole: Vec<Span> = whole(&text, headings).into_iter().collect();
            prop_assert_eq!(whole, by_splitter(&text, headings, n..=n, 0, &tokens));
        }

        #[test]
        fn passages_are_exact_short_enough_and_leave_nothing_out(
            text in "([a-zñé]{1,9}[ .\n]{1,2}|# |- |\r\n|\\PC){0,60}",
            max_tokens in 1_usize..40,
            overlap_share in 0_usize..=50,
            headings: bool,
        ) {
            let borders = if headings { Borders::Headings } else { Borders::Sentences };
            let (document, chunks) = chunks_of(&text, borders, max_tokens, max_tokens * overlap_share / 100);
            let mut is_covered = vec![false; document.text.len()];
            for chunk in &chunks {
                prop_assert!(chunk.text.ends_with(&document.text[chunk.span.start..chunk.span.end]));
                prop_assert!(tokens(&chunk.text) <= max_tokens);
                is_covered[chunk.span.start..chunk.span.end].fill(true);
            }
            for (offset, c) in document.text.char_indices() {
                prop_assert!(is_covered[offset] || c.is_whitespace(), "{c:?} at {offset} is in no passage");
            }
        }
    }
}
