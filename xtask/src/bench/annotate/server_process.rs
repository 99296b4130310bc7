//! CPU time and memory of the server's process, from `/proc` of Linux.

use crate::{
    bench::report::{Report, Row},
    server::Server,
};
use serde_json::json;
use std::fs;

/// Ticks a second in `/proc/PID/stat`; fixed on Linux, whatever the kernel's own clock.
const TICKS: f64 = 100.0;

/// User and system time so far, in seconds.
pub(super) fn cpu_seconds(server: &Server) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id())).unwrap_or_default();
    // The second field is the name of the program, in parentheses; times are the 14th and 15th.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|text| text.parse().ok())
        .collect();
    if ticks.len() == 2 {
        ticks.iter().sum::<f64>() / TICKS
    } else {
        f64::NAN
    }
}

/// Reports the resident memory.
pub(super) fn memory(figure: &str, server: &Server, aim: &'static str, report: &mut Report) {
    let megabytes = |key: &str| status(server, key) * 1024.0 / 1e6;
    let (now, peak) = (megabytes("VmRSS:"), megabytes("VmHWM:"));
    report.row(Row {
        figure: figure.to_owned(),
        value: format!("{now:.0}"),
        aim,
        note: format!("peak {peak:.0}"),
    });
    report.record(figure, json!({ "rss_mb": now, "peak_mb": peak }));
}

/// A line of `/proc/PID/status`, in KiB.
fn status(server: &Server, key: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(f64::NAN)
}
