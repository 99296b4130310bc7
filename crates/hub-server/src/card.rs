//! The card of a repository: the YAML before the text of its README.md.

use serde_json::Value;

/// Largest card whose YAML is read.
const LARGEST: usize = 1024 * 1024;

/// What a card says before its text; nothing where it says nothing.
///
/// # Errors
/// If it is no YAML, or no mapping.
pub(crate) fn metadata(card: &str) -> Result<Value, String> {
    let Some(yaml) = front_matter(card) else {
        return Ok(Value::Object(serde_json::Map::new()));
    };
    if yaml.len() > LARGEST {
        return Err(format!(
            "the YAML before the card's text has more than {LARGEST} bytes"
        ));
    }
    match serde_saphyr::from_str::<Value>(yaml) {
        Ok(Value::Null) => Ok(Value::Object(serde_json::Map::new())),
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("the YAML before the card's text is no mapping".to_owned()),
        Err(error) => Err(format!(
            "the YAML before the card's text cannot be read: {error}"
        )),
    }
}

/// The card without its YAML.
pub(crate) fn text(card: &str) -> &str {
    match front_matter(card) {
        Some(yaml) => {
            let end = yaml.as_ptr() as usize - card.as_ptr() as usize + yaml.len();
            let rest = &card[end..];
            rest.split_once('\n').map_or("", |(_, text)| text)
        }
        None => card,
    }
}

fn front_matter(card: &str) -> Option<&str> {
    let card = card.strip_prefix('\u{feff}').unwrap_or(card);
    let rest = card
        .strip_prefix("---\n")
        .or_else(|| card.strip_prefix("---\r\n"))?;
    let end = rest.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let (end, _) = end.into_iter().find(|(_, line)| line.trim_end() == "---")?;
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::{metadata, text};
    use serde_json::json;

    #[test]
    fn yaml_stands_before_the_text() {
        let card = "---\nlicence: mit\ntags: [exam]\n---\n# A set\n---\nmore\n";
        assert_eq!(
            metadata(card),
            Ok(json!({ "licence": "mit", "tags": ["exam"] }))
        );
        assert_eq!(text(card), "# A set\n---\nmore\n");
        assert_eq!(metadata("# No YAML\n"), Ok(json!({})));
        assert_eq!(text("# No YAML\n"), "# No YAML\n");
        assert_eq!(metadata("---\n---\nx"), Ok(json!({})));
        assert!(metadata("---\n- a\n---\n").is_err_and(|fault| fault.contains("no mapping")));
        assert!(metadata("---\na: [\n---\n").is_err_and(|fault| fault.contains("cannot be read")));
    }
}
