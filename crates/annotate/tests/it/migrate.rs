//! Datasets carried over from one of our servers into another store.
