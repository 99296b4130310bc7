//! The formats that stages exchange, one file or folder each.

pub mod distiset;
pub mod exam;
pub mod table;
pub mod text_rows;
pub mod yaml;
