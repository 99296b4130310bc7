//! Arithmetic on f32: rows of numbers, matrices of them, and the loops over them. Knows no model.

pub(crate) mod kernels;
pub(crate) mod matrix;
pub(crate) mod rows;
