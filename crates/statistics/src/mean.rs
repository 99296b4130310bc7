//! The mean of scores and how far it may be off.

/// The arithmetic mean. `None` for no values and for values whose sum is not finite.
///
/// ```
/// assert_eq!(examen_statistics::mean(&[1.0, 0.0]), Some(0.5));
/// assert_eq!(examen_statistics::mean(&[]), None);
/// ```
pub fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty() && sum.is_finite()).then(|| sum / values.len() as f64)
}

/// The standard error of the mean: s/√n, where s has n − 1 in its denominator (Bessel's correction), as LightEval's and
/// lm-evaluation-harness's `mean_stderr`. `None` for fewer than two values.
///
/// ```
/// assert_eq!(examen_statistics::standard_error(&[1.0, 0.0]), Some(0.5));
/// assert_eq!(examen_statistics::standard_error(&[1.0]), None);
/// ```
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    error.is_finite().then_some(error)
}
