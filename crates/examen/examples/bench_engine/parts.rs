//! Where the time of a forward goes: adds up the `tracing` spans that the engine opens around its parts.
//!
//! A span counts from entering to leaving on the thread that drives the forward, so the sums are wall seconds, whatever
//! the other threads do. Spans inside other spans count in both.

use crate::Outcome;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::{Metadata, Subscriber, span::Id};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// Time by name of the span.
#[derive(Clone, Default)]
pub(crate) struct PartTimes(Arc<Mutex<BTreeMap<&'static str, Duration>>>);

/// When a span was entered.
struct Entered(Instant);

/// Listens to the engine's spans from now on.
pub(crate) fn listen() -> Outcome<PartTimes> {
    let times = PartTimes::default();
    let is_engine = |metadata: &Metadata<'_>| {
        metadata.is_span() && metadata.target().starts_with("examen_engine")
    };
    let registry =
        tracing_subscriber::registry().with(times.clone().with_filter(filter_fn(is_engine)));
    tracing::subscriber::set_global_default(registry)?;
    Ok(times)
}

impl PartTimes {
    /// Seconds by name; empty where the engine opens no spans.
    pub(crate) fn seconds(&self) -> BTreeMap<&'static str, f64> {
        self.times()
            .iter()
            .map(|(&name, time)| (name, time.as_secs_f64()))
            .collect()
    }

    fn times(&self) -> MutexGuard<'_, BTreeMap<&'static str, Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for PartTimes {
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(Entered(Instant::now()));
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Entered(start)) = span.extensions_mut().remove::<Entered>() {
            *self.times().entry(span.name()).or_default() += start.elapsed();
        }
    }
}
