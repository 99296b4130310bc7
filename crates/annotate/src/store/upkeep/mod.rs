//! Work of those who run a store: the audit log, a new sealing key, whether it takes writes.

mod audit_log;
mod readiness;
mod sealing_key;
