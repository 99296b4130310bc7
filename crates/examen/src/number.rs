//! Numbers with a range, as options take them.

use std::ops::RangeInclusive;

/// Why a text is no such number.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NumberError {
    /// Not digits.
    #[error("not a number")]
    NotANumber,
    /// Too small or too large.
    #[error("not from {} to {}", .0.start(), .0.end())]
    OutOfRange(RangeInclusive<f64>),
}

/// A parser of numbers in a range, for clap.
pub(crate) fn number_in(
    range: RangeInclusive<f64>,
) -> impl Fn(&str) -> Result<f64, NumberError> + Clone + Send + Sync + 'static {
    move |text| {
        let number: f64 = text.parse().map_err(|_| NumberError::NotANumber)?;
        match range.contains(&number) {
            true => Ok(number),
            false => Err(NumberError::OutOfRange(range.clone())),
        }
    }
}
