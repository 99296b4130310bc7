//! Backends, wrappers and limits, against servers and models that do as they are told.

mod anthropic;
mod budget;
mod gemini;
mod hostile;
mod letters;
mod likelihood;
mod openai_compatible;
mod support;
mod throttle;
