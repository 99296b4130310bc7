//! PDF
