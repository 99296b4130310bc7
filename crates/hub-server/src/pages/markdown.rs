//! A card's Markdown as HTML. It is foreign text: its HTML is shown as it is written, and its links lead only where links may.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

/// Largest card that is rendered; of a longer one the beginning is.
const LARGEST: usize = 512 * 1024;

/// The card as HTML.
pub(super) fn to_html(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(LARGEST)];
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let safe = Parser::new_ext(text, options).map(safe);
    let mut page = String::new();
    html::push_html(&mut page, safe);
    page
}

fn safe(event: Event) -> Event {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: link(dest_url),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            title,
            id,
            ..
        }) => {
            // A picture of another site would tell it who reads this.
            Event::Start(Tag::Image {
                link_type,
                dest_url: CowStr::Borrowed("data:,"),
                title,
                id,
            })
        }
        other => other,
    }
}

fn link(url: CowStr) -> CowStr {
    let has_scheme = url
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|start| start.contains(':'));
    let is_fine = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| url.to_ascii_lowercase().starts_with(scheme));
    match is_fine || !has_scheme {
        true => url,
        false => CowStr::Borrowed("#"),
    }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn a_card_cannot_act() {
        let page = to_html(
            "# A\n<script>x()</script>\n\n[a](javascript:x()) [b](JaVaScRiPt:x()) [c](https://example.org/a) [d](data/b.txt) ![p](https://spy.example/p.png)\n\n|a|b|\n|-|-|\n|1|2|\n",
        );
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.to_lowercase().contains("javascript:"), "{page}");
        assert!(!page.contains("spy.example"), "{page}");
        assert!(
            page.contains("&lt;script&gt;")
                && page.contains("href=\"https://example.org/a\"")
                && page.contains("href=\"data/b.txt\""),
            "{page}"
        );
        assert!(page.contains("<table>"), "{page}");
    }
}
