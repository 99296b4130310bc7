//! Numbers as a report writes them.

/// Between a number and its unit, which stay on one line.
const NARROW_SPACE: char = '\u{202f}';

/// A count, its thousands apart: `12,345`.
///
/// ```
/// assert_eq!(examen_page::number::count(1_234_567), "1,234,567");
/// ```
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut apart = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// A count of things, whose name gets an s where there is not one of them.
///
/// ```
/// use examen_page::number::counted;
/// assert_eq!([1, 2000].map(|n| counted(n, "passage")), ["1 passage", "2,000 passages"]);
/// ```
pub fn counted(n: u64, thing: &str) -> String {
    if n == 1 {
        format!("1 {thing}")
    } else {
        format!("{} {thing}s", count(n))
    }
}

/// A share from 0 to 1 in percent, to a tenth; a dash where there is none.
///
/// ```
/// use examen_page::number::percent;
/// assert_eq!((percent(Some(0.3456)).as_str(), percent(None).as_str()), ("34.6\u{202f}%", "–"));
/// ```
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(dash, |share| format!("{:.1}{NARROW_SPACE}%", 100.0 * share))
}

/// `part` of `whole`, from 0 to 1; `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// US dollars: cents from a dollar on, two digits that are not zero below.
///
/// ```
/// use examen_page::number::dollars;
/// let shown = [0.0, 1234.5, 0.0321, 0.000_001_26].map(dollars);
/// assert_eq!(shown, ["$0", "$1,234.50", "$0.032", "$0.0000013"]);
/// ```
pub fn dollars(amount: f64) -> String {
    if amount == 0.0 {
        return "$0".to_owned();
    }
    if amount >= 1.0 {
        let cents = (100.0 * amount).round() as u64;
        return format!("${}.{:02}", count(cents / 100), cents % 100);
    }
    let n_digits = (1.0 - amount.log10().floor()).clamp(2.0, 12.0) as usize;
    format!("${amount:.n_digits$}")
}

/// A mean of counts: whole from 100 on, to a tenth below.
///
/// ```
/// use examen_page::number::mean;
/// assert_eq!((mean(1234.4).as_str(), mean(12.34).as_str()), ("1,234", "12.3"));
/// ```
pub fn mean(value: f64) -> String {
    if value >= 100.0 {
        count(value.round() as u64)
    } else {
        format!("{value:.1}")
    }
}

/// Sign where there is no number.
pub fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_can_be_written() {
        assert_eq!([0, 999, 1000].map(count), ["0", "999", "1,000"]);
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(dollars(1e-30), "$0.000000000000");
        assert_eq!(dollars(0.999), "$1.00");
        assert!(dollars(f64::MAX).starts_with("$184,467"));
        assert_eq!((share(1, 4), share(0, 0)), (Some(0.25), None));
    }
}
