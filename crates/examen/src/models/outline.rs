//! Models before their weights are here: their settings and tokenizer.

use crate::{console::Bar, failure::Failure};
use examen_engine::{EngineError, Preview};
use examen_hub::{HubError, KnownModel, ModelCache, ModelSource};
use std::{fs, path::Path};

/// Bytes of a GGUF file to fetch, tried in turn until the tokenizer is in them.
const BEGINNINGS: [u64; 3] = [8 << 20, 32 << 20, 128 << 20];

/// Reason why there is no outline.
pub(super) enum NoOutline {
    /// It could not be fetched.
    Fetch(HubError),
    /// It is of a model that cannot be run.
    Model(EngineError),
}

/// The model without its weights, and the size of all its files. Fetches what it needs.
pub(super) async fn outline(
    cache: &ModelCache,
    source: &ModelSource,
) -> Result<(Preview, Option<u64>), NoOutline> {
    let mut beginnings = BEGINNINGS.into_iter().peekable();
    loop {
        let n_bytes = beginnings.next().unwrap_or(u64::MAX);
        let outline = cache.fetch_outline(source, n_bytes, &Bar::new()).await;
        let outline = outline.map_err(NoOutline::Fetch)?;
        match Preview::open(&outline.path) {
            Ok(preview) => return Ok((preview, outline.bytes)),
            Err(EngineError::Damaged { .. })
                if beginnings.peek().is_some() && ends_early(&outline.path, outline.bytes) => {}
            Err(error) => return Err(NoOutline::Model(error)),
        }
    }
}

/// Refuses a model of the Hub that cannot be run, before its weights are fetched. Those with a short name are known to run.
pub(crate) async fn check(cache: &ModelCache, source: &ModelSource) -> Result<(), Failure> {
    let is_known = KnownModel::of_source(&source.to_string()).is_some();
    if !matches!(source, ModelSource::HuggingFace(_)) || is_known || cache.find(source).is_some() {
        return Ok(());
    }
    match outline(cache, source).await {
        // The weights tell the rest.
        Ok(_) | Err(NoOutline::Model(EngineError::Damaged { .. })) => Ok(()),
        Err(NoOutline::Fetch(error)) => Err(error.into()),
        Err(NoOutline::Model(error)) => {
            let failure = Failure::new(format!("`{source}` cannot be run here: {error}"));
            Err(failure.hint(error.hint().unwrap_or_default()))
        }
    }
}

/// True if only the beginning of the file is here.
fn ends_early(path: &Path, bytes: Option<u64>) -> bool {
    let here = fs::metadata(path).map_or(0, |metadata| metadata.len());
    path.is_file() && bytes.is_some_and(|bytes| here < bytes)
}
