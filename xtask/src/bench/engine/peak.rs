//! The matrix product that this machine reaches on one core: the better of `gemm` and numpy's OpenBLAS.

use super::{
    Arguments, at, json_lines, probe,
    report::{Report, Row},
};
use crate::process::{Outcome, say};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
};

const NUMPY: &str = "
import json, time, numpy
a, b = (numpy.random.rand(2048, 2048).astype(numpy.float32) for _ in range(2))
def seconds():
    start = time.process_time()
    a @ b
    return time.process_time() - start
print(json.dumps({'flop_per_cpu_s': 2 * 2048**3 / min(seconds() for _ in range(7))}))
";

pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    let mut gemm = probe(&["peak"]);
    // What candle asks for its number of threads.
    gemm.env("RAYON_NUM_THREADS", "1");
    let gemm = first(json_lines(&mut gemm)?);
    let numpy = numpy(arguments.peer.as_deref().unwrap_or(Path::new("python3")));
    let peak = gemm.max(numpy.unwrap_or(0.0));
    report.peak = Some(peak);
    report.record(
        "peak",
        json!({ "gemm_flop_per_cpu_s": gemm, "numpy_flop_per_cpu_s": numpy }),
    );
    let numpy = numpy.map_or("not there".to_owned(), |numpy| {
        format!("{:.0}", numpy / 1e9)
    });
    report.row(Row {
        figure: "sgemm peak, GFLOP per CPU-second".to_owned(),
        value: format!("{:.0}", peak / 1e9),
        note: format!("gemm {:.0}, numpy {numpy}; 2048³, one thread", gemm / 1e9),
        ..Row::default()
    });
    Ok(())
}

/// `None` where the interpreter or its numpy is not there.
fn numpy(python: &Path) -> Option<f64> {
    let mut command = Command::new(python);
    command
        .args(["-c", NUMPY])
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", "1");
    let output = command
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success());
    match output {
        Some(output) => serde_json::from_slice(&output.stdout)
            .ok()
            .map(|value| first(vec![value])),
        None => {
            say(&format!(
                "── {} has no numpy: the peak is gemm's own",
                python.display()
            ));
            None
        }
    }
}

fn first(values: Vec<Value>) -> f64 {
    values
        .first()
        .map_or(f64::NAN, |value| at(value, "/flop_per_cpu_s"))
}
