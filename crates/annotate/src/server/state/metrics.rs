//! Counts of the server, in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use super::login_limiter::Limit;
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the buckets of the histogram, in seconds.
const BOUNDS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub(in crate::server) struct Metrics {
    routes: Mutex<BTreeMap<Route, Served>>,
    in_flight: AtomicU64,
    failed_logins: AtomicU64,
    refused_logins: [AtomicU64; LIMITS.len()],
}

/// Limits of failed logins, with their names in the metrics.
const LIMITS: [(Limit, &str); 4] = [
    (Limit::Pair, "account_from_address"),
    (Limit::Account, "account"),
    (Limit::Address, "address"),
    (Limit::Device, "device"),
];

/// A method and the template of a route: few of them, whatever clients ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::server) struct Route {
    pub(in crate::server) method: &'static str,
    pub(in crate::server) template: String,
}

#[derive(Debug, Default)]
struct Served {
    by_status: BTreeMap<u16, u64>,
    by_time: [u64; BOUNDS.len()],
    seconds: f64,
}

/// A request that is being served.
pub(in crate::server) struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts a request as in flight until the answer is dropped.
    pub(in crate::server) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Counts an answered request.
    pub(in crate::server) fn answered(&self, route: Route, status: u16, took: Duration) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let served = routes.entry(route).or_default();
        let seconds = took.as_secs_f64();
        *served.by_status.entry(status).or_default() += 1;
        served.seconds += seconds;
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            served.by_time[bucket] += 1;
        }
    }

    /// Counts a login that failed.
    pub(in crate::server) fn login_failed(&self) {
        self.failed_logins.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a login that was refused for too many failures before it.
    pub(in crate::server) fn login_refused(&self, limit: Limit) {
        for ((counted, _), n) in LIMITS.iter().zip(&self.refused_logins) {
            n.fetch_add(u64::from(*counted == limit), Ordering::Relaxed);
        }
    }

    /// Everything, in the text format.
    pub(in crate::server) fn text(&self) -> String {
        let mut text = String::new();
        let version = env!("CARGO_PKG_VERSION");
        family(
            &mut text,
            "examen_build_info",
            "gauge",
            "The version that runs.",
        );
        line(
            &mut text,
            format_args!("examen_build_info{{version=\"{version}\"}} 1"),
        );
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        total(
            &mut text,
            "examen_http_requests_in_flight",
            "Requests that are being served.",
            in_flight,
        );
        let name = "examen_login_failures_total";
        let help = "Logins with a wrong name or password.";
        family(&mut text, name, "counter", help);
        let failed = self.failed_logins.load(Ordering::Relaxed);
        line(&mut text, format_args!("{name} {failed}"));
        self.refusals(&mut text);
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        requests(&mut text, &routes);
        durations(&mut text, &routes);
        text
    }
}

impl Metrics {
    fn refusals(&self, text: &mut String) {
        let name = "examen_logins_refused_total";
        let help = "Logins that were refused because of failures before them, by the limit that was reached.";
        family(text, name, "counter", help);
        for ((_, limit), n) in LIMITS.iter().zip(&self.refused_logins) {
            let n = n.load(Ordering::Relaxed);
            line(text, format_args!("{name}{{limit=\"{limit}\"}} {n}"));
        }
    }
}

fn requests(text: &mut String, routes: &BTreeMap<Route, Served>) {
    let name = "examen_http_requests_total";
    family(text, name, "counter", "Requests that were answered.");
    for (Route { method, template }, served) in routes {
        for (status, n) in &served.by_status {
            let labels =
                format_args!("method=\"{method}\",route=\"{template}\",status=\"{status}\"");
            line(text, format_args!("{name}{{{labels}}} {n}"));
        }
    }
}

fn durations(text: &mut String, routes: &BTreeMap<Route, Served>) {
    let name = "examen_http_request_duration_seconds";
    let help = "Time from the head of a request to the head of its answer.";
    family(text, name, "histogram", help);
    for (Route { method, template }, served) in routes {
        let labels = format!("method=\"{method}\",route=\"{template}\"");
        served.histogram(text, name, &labels);
    }
}

impl Served {
    fn histogram(&self, text: &mut String, name: &str, labels: &str) {
        let mut so_far = 0;
        for (bound, n) in BOUNDS.iter().zip(self.by_time) {
            so_far += n;
            line(
                text,
                format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {so_far}"),
            );
        }
        let total: u64 = self.by_status.values().sum();
        line(
            text,
            format_args!("{name}_bucket{{{labels},le=\"+Inf\"}} {total}"),
        );
        line(
            text,
            format_args!("{name}_sum{{{labels}}} {}", self.seconds),
        );
        line(text, format_args!("{name}_count{{{labels}}} {total}"));
    }
}

/// A family of one sample: how many there are of something.
pub(in crate::server) fn total(text: &mut String, name: &str, help: &str, n: u64) {
    family(text, name, "gauge", help);
    line(text, format_args!("{name} {n}"));
}

/// The lines that introduce a family of samples.
fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    line(
        text,
        format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"),
    );
}

/// One more line.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        let route = |template: &str| Route {
            method: "GET",
            template: template.to_owned(),
        };
        metrics.answered(
            route("/api/v1/users/{user_id}"),
            200,
            Duration::from_millis(7),
        );
        metrics.answered(
            route("/api/v1/users/{user_id}"),
            404,
            Duration::from_millis(80),
        );
        metrics.answered(
            route("/api/v1/users/{user_id}"),
            404,
            Duration::from_secs(20),
        );
        metrics.login_failed();
        metrics.login_refused(Limit::Address);
        let _busy = metrics.begin();
        drop(metrics.begin());
        insta::assert_snapshot!(metrics.text());
    }
}
