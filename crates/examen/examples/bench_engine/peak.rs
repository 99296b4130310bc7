//! The machine's matrix product: `gemm`, in the very build that the engine uses, through candle.

use crate::{Outcome, cost};
use candle_core::{Device, Tensor};
use serde_json::{Value, json};

/// Rows and columns of both factors.
const SIZE: usize = 2048;
const N_RUNS: usize = 7;

/// Floating-point operations per CPU-second of the fastest of several products. xtask gives candle one thread, so that
/// the products of several processes can be compared.
pub(crate) fn measure() -> Outcome<Value> {
    let factor = || Tensor::rand(-1.0_f32, 1.0, (SIZE, SIZE), &Device::Cpu);
    let (a, b) = (factor()?, factor()?);
    let mut best = 0.0_f64;
    for _ in 0..N_RUNS {
        let (product, cost) = cost::of(|| a.matmul(&b));
        product?;
        best = best.max(2.0 * (SIZE as f64).powi(3) / cost.cpu.as_secs_f64());
    }
    Ok(json!({ "flop_per_cpu_s": best }))
}
