//! The grammar of text queries: Elasticsearch's simple query string with AND between words. Words, `"phrases"`,
//! `prefix*`, `-not`, `a | b`, `( )`; operators are read from left to right. Whatever is typed is a query.

use crate::store::database::words_index::Words;

/// A condition on the words of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Expression {
    /// A word, a phrase or a prefix.
    Leaf(Words),
    /// All of these.
    And(Vec<Expression>),
    /// Any of these.
    Or(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
}

/// Most words of a query; the rest is not looked at.
pub(in crate::store) const MAX_LEAVES: usize = 64;
/// Deepest nesting of parentheses; those within are not looked at.
const MAX_DEPTH: usize = 8;

/// Reads a query; `None` where it has no words.
pub(in crate::store) fn parse(query: &str) -> Option<Expression> {
    let mut parser = Parser {
        tokens: tokens(query),
        at: 0,
        leaves: 0,
    };
    let mut whole: Option<Expression> = None;
    // A parenthesis that closes nothing is skipped.
    while parser.at < parser.tokens.len() {
        whole = and(whole, parser.group(0));
        parser.at += 1;
    }
    whole
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Leaf(Words),
    Or,
    Not,
    Open,
    Close,
}

fn tokens(query: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '|' => (Some(Token::Or), 1),
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            '+' => (None, 1),
            '-' => (Some(Token::Not), 1),
            '"' => {
                let phrase = rest[1..].split('"').next().unwrap_or_default();
                (leaf(phrase, false), (phrase.len() + 2).min(rest.len()))
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || "|()\"".contains(c))
                    .unwrap_or(rest.len());
                let word = &rest[..end];
                (leaf(word.trim_end_matches('*'), word.ends_with('*')), end)
            }
        };
        tokens.extend(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// A phrase; none where it holds no letter or digit.
fn leaf(words: &str, is_prefix: bool) -> Option<Token> {
    let has_words = words.chars().any(char::is_alphanumeric);
    has_words.then(|| {
        Token::Leaf(Words {
            text: words.to_owned(),
            is_prefix,
        })
    })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    leaves: usize,
}

impl Parser {
    /// A group within another; where it is too deep, what opens within it opens nothing.
    fn nested(&mut self, depth: usize) -> Option<Expression> {
        if depth < MAX_DEPTH {
            return self.group(depth + 1);
        }
        let mut open = 1_usize;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Open => open += 1,
                Token::Close => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
            self.at += 1;
        }
        None
    }

    /// The expression up to a closing parenthesis, or the end.
    fn group(&mut self, depth: usize) -> Option<Expression> {
        let mut left: Option<Expression> = None;
        let mut is_or = false;
        let mut negate = false;
        while let Some(token) = self.tokens.get(self.at).cloned() {
            let operand = match token {
                Token::Close => break,
                Token::Or => {
                    is_or = true;
                    None
                }
                Token::Not => {
                    negate = !negate;
                    None
                }
                Token::Open => {
                    self.at += 1;
                    self.nested(depth)
                }
                Token::Leaf(leaf) => {
                    self.leaves += 1;
                    Some(Expression::Leaf(leaf)).filter(|_| self.leaves <= MAX_LEAVES)
                }
            };
            self.at += 1;
            if let Some(operand) = operand {
                let operand = if std::mem::take(&mut negate) {
                    Expression::Not(Box::new(operand))
                } else {
                    operand
                };
                left = if std::mem::take(&mut is_or) {
                    or(left, operand)
                } else {
                    and(left, Some(operand))
                };
            }
        }
        left
    }
}

fn and(left: Option<Expression>, right: Option<Expression>) -> Option<Expression> {
    match (left, right) {
        (Some(Expression::And(mut all)), Some(right)) => {
            all.push(right);
            Some(Expression::And(all))
        }
        (Some(left), Some(right)) => Some(Expression::And(vec![left, right])),
        (left, right) => left.or(right),
    }
}

fn or(left: Option<Expression>, right: Expression) -> Option<Expression> {
    match left {
        Some(Expression::Or(mut any)) => {
            any.push(right);
            Some(Expression::Or(any))
        }
        Some(left) => Some(Expression::Or(vec![left, right])),
        None => Some(right),
    }
}

impl Expression {
    /// True where every record that is found has one of the [positive](Self::positive) leaves with words that are whole:
    /// beginnings of words are all as good.
    pub(in crate::store) fn is_scored(&self) -> bool {
        match self {
            Self::Leaf(words) => !words.is_prefix,
            Self::And(all) => all.iter().any(Self::is_scored),
            Self::Or(any) => any.iter().all(Self::is_scored),
            Self::Not(_) => false,
        }
    }

    /// The leaves that records are found by, not those that keep them out.
    pub(in crate::store) fn positive(&self) -> Vec<&Words> {
        match self {
            Self::Leaf(leaf) => vec![leaf],
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::positive).collect(),
            Self::Not(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str) -> String {
        fn show(expression: &Expression) -> String {
            match expression {
                Expression::Leaf(leaf) => {
                    format!("{}{}", leaf.text, if leaf.is_prefix { " *" } else { "" })
                }
                Expression::And(all) => {
                    format!("({})", all.iter().map(show).collect::<Vec<_>>().join(" & "))
                }
                Expression::Or(any) => {
                    format!("({})", any.iter().map(show).collect::<Vec<_>>().join(" | "))
                }
                Expression::Not(inner) => format!("!{}", show(inner)),
            }
        }
        parse(query).as_ref().map(show).unwrap_or_default()
    }

    #[test]
    fn queries_are_read_from_left_to_right() {
        for (query, expected) in [
            ("lazy dog", "(lazy & dog)"),
            ("\"lazy dog\" -cat", "(lazy dog & !cat)"),
            ("a|b c", "((a | b) & c)"),
            ("a b | c", "((a & b) | c)"),
            ("a (b | c*)", "(a & (b | c *))"),
            ("well-known +it's", "(well-known & it's)"),
            ("-", ""),
            ("!!! ()", ""),
            ("a) b", "(a & b)"),
            ("\"open phrase", "open phrase"),
            ("| a", "a"),
        ] {
            assert_eq!(shown(query), expected, "{query}");
        }
    }

    #[test]
    fn no_query_is_too_long_or_too_deep() {
        let deep = format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(shown(&deep), "");
        assert_eq!(
            parse(&"a ".repeat(1_000)).unwrap().positive().len(),
            MAX_LEAVES
        );
    }
}
