//! Splits a document into passages. Knows nothing about models; token counts come from the caller.

use crate::{CountTokens, formats::Borders};
use examen_core::{Chunk, Document, Span};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter, TextSplitter};

/// How long passages are, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize {
    /// No passage is longer.
    pub max_tokens: usize,
    /// How much of a passage may repeat the one before it; at most half of `max_tokens`.
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
        (total + (n_chunks - 1) * self.overlap).div_ceil(n_chunks).min(self.max_tokens)
    }
}

struct Sizer<'a>(&'a CountTokens<'a>);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, text: &str) -> usize {
        (self.0)(text)
    }
}

/// The passages of `document` in order, cut at the largest border that fits. White space at their ends is left out;
/// every other character of the document is in a passage.
///
/// ```
/// use examen_core::{Document, Language};
/// use examen_generate::{chunk::{ChunkSize, split}, formats::Borders};
/// let document = Document::new("a.txt", "One two. Three four. ", Language::English);
/// let words = |text: &str| text.split_whitespace().count();
/// let chunks = split(&document, Borders::Sentences, ChunkSize { max_tokens: 2, overlap: 0 }, &words);
/// assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<Vec<_>>(), ["One two.", "Three four."]);
/// ```
pub fn split(document: &Document, borders: Borders, size: ChunkSize, count_tokens: &CountTokens<'_>) -> Vec<Chunk> {
    let text = document.text.as_str();
    let max_tokens = size.max_tokens.max(1);
    let desired = size.desired_tokens(count_tokens(text)).clamp(1, max_tokens);
    let overlap = size.overlap.min(desired - 1);
    let config = ChunkConfig::new(desired..=max_tokens)
        .with_sizer(Sizer(count_tokens))
        .with_overlap(overlap)
        .expect("the overlap is smaller than the passage");
    let chunk = |(start, passage): (usize, &str)| Chunk::new(document, Span { start, end: start + passage.len() });
    match borders {
        Borders::Sentences => TextSplitter::new(config).chunk_indices(text).map(chunk).collect(),
        Borders::Headings => MarkdownSplitter::new(config).chunk_indices(text).map(chunk).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::Language;
    use proptest::prelude::*;

    fn tokens(text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    fn chunks_of(text: &str, borders: Borders, max_tokens: usize, overlap: usize) -> (Document, Vec<Chunk>) {
        let document = Document::new("a.txt", text, Language::English);
        let chunks = split(&document, borders, ChunkSize { max_tokens, overlap }, &tokens);
        (document, chunks)
    }

    #[test]
    fn no_rump_is_left_at_the_end() {
        let text = "A sentence of thirty letters.. ".repeat(21);
        let (_, chunks) = chunks_of(&text, Borders::Sentences, 80, 0);
        let sizes: Vec<usize> = chunks.iter().map(|chunk| tokens(&chunk.text)).collect();
        assert!(sizes.iter().min() >= Some(&30), "{sizes:?}");
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
            assert!(pair[1].span.start < pair[0].span.end, "{:?} does not overlap {:?}", pair[1].text, pair[0].text);
        }
    }

    proptest! {
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
                prop_assert_eq!(&document.text[chunk.span.start..chunk.span.end], &chunk.text);
                prop_assert!(tokens(&chunk.text) <= max_tokens);
                is_covered[chunk.span.start..chunk.span.end].fill(true);
            }
            for (place, c) in document.text.char_indices() {
                prop_assert!(is_covered[place] || c.is_whitespace(), "{c:?} at {place} is in no passage");
            }
        }
    }
}
