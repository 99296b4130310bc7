//! The page around the sections. Style and script are inside it; a policy allows these two and nothing else, so that
//! even what escaping had missed would not run.

use crate::Section;
use base64::{Engine, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Title of the window, and first heading.
    pub title: String,
    /// A sentence or two under it.
    pub lead: String,
    /// Sections, from the top.
    pub sections: Vec<Section>,
}

impl Page {
    /// The whole file.
    pub fn to_html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                (head(&self.title, STYLE, SCRIPT))
                body {
                    a.skip href="#main" { "Skip to the report" }
                    header {
                        h1 { (self.title) }
                        p { (self.lead) }
                    }
                    nav aria-label="Sections" { ul { @for section in &self.sections { li { (section.link()) } } } }
                    main #main tabindex="-1" { @for section in &self.sections { (section) } }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string() + "\n"
    }
}

/// The head of a page that runs this script alone.
pub(crate) fn head(title: &str, style: &str, script: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy(style, script));
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (title) }
            style { (PreEscaped(style)) }
        }
    }
}

fn policy(style: &str, script: &str) -> String {
    let (style, script) = (hash(style), hash(script));
    format!(
        "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
    )
}

fn hash(content: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str) -> String {
        Page {
            title: title.to_owned(),
            lead: String::new(),
            sections: vec![Section::new("a", "A")],
        }
        .to_html()
    }

    #[test]
    fn nothing_is_asked_for_from_elsewhere() {
        let html = page("T");
        for reference in ["http://", "https://", "src=", "@import", "url(", "<link"] {
            assert!(!html.contains(reference), "{reference}");
        }
        assert_eq!(
            (
                html.matches("<script").count(),
                html.matches("href=\"#").count()
            ),
            (1, html.matches("href=").count())
        );
    }

    #[test]
    fn what_names_the_page_is_escaped() {
        let html = page("</title><script>alert(1)</script>");
        assert_eq!(
            html.matches("&lt;/title&gt;&lt;script&gt;alert(1)").count(),
            2
        );
        assert_eq!(html.matches("<script").count(), 1);
    }

    /// A text that ends the element early would also change the text that the policy's hash is of.
    #[test]
    fn style_and_script_can_stand_in_a_page() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }

    /// A colour of the style, `#rrggbb`, as relative luminance (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_light_and_dark() {
        let themes: Vec<&str> = STYLE
            .split(":root {")
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect();
        assert_eq!(themes.len(), 2);
        for theme in themes {
            let colour = |name: &str| {
                let (_, after) = theme
                    .split_once(&format!("--{name}: "))
                    .unwrap_or_else(|| panic!("no --{name}"));
                after[..7].to_owned()
            };
            for ground in ["ground", "panel"] {
                for text in ["text", "quiet", "link", "alarm", "good"] {
                    let contrast = contrast(&colour(text), &colour(ground));
                    assert!(contrast >= 4.5, "--{text} on --{ground}: {contrast:.2}");
                }
                let bar = contrast(&colour("bar"), &colour(ground));
                assert!(bar >= 3.0, "--bar on --{ground}: {bar:.2}");
            }
            assert!(contrast(&colour("text"), &colour("mark")) >= 4.5);
        }
    }
}
