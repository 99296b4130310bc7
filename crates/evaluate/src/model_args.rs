//! LightEval's `--model_args "pretrained=MODEL,…"`.

use crate::error::EvaluateError;
use std::str::FromStr;

/// Known keys. `pretrained` and `model_name` are the same thing in older and newer LightEval.
const KNOWN: [&str; 5] = [
    "pretrained",
    "model_name",
    "revision",
    "batch_size",
    "dtype",
];
/// Precisions that mean what Examen does anyway: it scores in f32.
const DTYPES: [&str; 3] = ["auto", "float32", "fp32"];

/// A parsed `--model_args`.
///
/// ```
/// use examen_evaluate::ModelArgs;
/// let args: ModelArgs = "pretrained=some-org/some-model,revision=main".parse()?;
/// assert_eq!(args.model, "some-org/some-model");
/// assert_eq!(args.revision.as_deref(), Some("main"));
/// # Ok::<(), examen_evaluate::EvaluateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelArgs {
    /// Model: a path, or a source that the model cache understands.
    pub model: String,
    /// Revision of a repository.
    pub revision: Option<String>,
    /// Questions a batch.
    pub batch_size: Option<usize>,
}

impl FromStr for ModelArgs {
    type Err = EvaluateError;

    /// Reads `key=value` pairs with commas between them. Only the first `=` of a pair parts it, so that a value may
    /// hold more of them. A text without any pair is the model itself.
    fn from_str(text: &str) -> Result<Self, EvaluateError> {
        let mut args = Self {
            model: String::new(),
            revision: None,
            batch_size: None,
        };
        let is_pair = |pair: &str| {
            pair.split_once('=')
                .is_some_and(|(key, _)| is_identifier(key.trim()))
        };
        if !text.split(',').any(is_pair) {
            args.model = text.trim().to_owned();
        } else {
            text.split(',')
                .filter(|pair| !pair.trim().is_empty())
                .try_for_each(|pair| args.set(pair.trim()))?;
        }
        if args.model.is_empty() {
            return Err(EvaluateError::ModelArgs(format!(
                "`{text}` names no model; say pretrained=MODEL"
            )));
        }
        Ok(args)
    }
}

impl ModelArgs {
    fn set(&mut self, pair: &str) -> Result<(), EvaluateError> {
        let wrong = |reason: String| Err(EvaluateError::ModelArgs(reason));
        let Some((key, value)) = pair
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
        else {
            return wrong(format!("`{pair}` is not key=value"));
        };
        match key {
            "pretrained" | "model_name" if self.model.is_empty() || self.model == value => {
                value.clone_into(&mut self.model)
            }
            "pretrained" | "model_name" => {
                return wrong(format!("two models: `{}` and `{value}`", self.model));
            }
            "revision" => self.revision = Some(value.to_owned()),
            "batch_size" => match value.parse() {
                Ok(batch_size) if batch_size > 0 => self.batch_size = Some(batch_size),
                _ => return wrong(format!("batch_size is `{value}`, not a number above 0")),
            },
            "dtype" if DTYPES.contains(&value) => {}
            "dtype" => return wrong(format!("dtype `{value}`: models are scored in float32")),
            _ => {
                return wrong(format!(
                    "`{key}` is not among the known keys ({})",
                    KNOWN.join(", ")
                ));
            }
        }
        Ok(())
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<ModelArgs>().unwrap_err().to_string()
    }

    #[test]
    fn both_spellings_and_values_with_equals_signs() {
        let args: ModelArgs = "model_name=pypi:a-wheel==0.1/dir/m.gguf, batch_size=8,dtype=float32"
            .parse()
            .unwrap();
        assert_eq!(args.model, "pypi:a-wheel==0.1/dir/m.gguf");
        assert_eq!(args.batch_size, Some(8));
        assert_eq!(
            "some/model".parse::<ModelArgs>().unwrap().model,
            "some/model"
        );
        assert_eq!(
            "pypi:a==1/m.gguf".parse::<ModelArgs>().unwrap().model,
            "pypi:a==1/m.gguf"
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(
            error("pretrained=a,tensor_parallel_size=2")
                .contains("`tensor_parallel_size` is not among the known")
        );
        assert!(error("pretrained=a,dtype=bfloat16").contains("bfloat16"));
        assert!(error("pretrained=a,model_name=b").contains("two models"));
        assert!(error("pretrained=a,batch_size=0").contains("batch_size"));
        assert!(error("revision=main").contains("names no model"));
        assert!(error("").contains("names no model"));
    }
}
