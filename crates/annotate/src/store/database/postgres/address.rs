//! The address of a database. It may hold a password, so that no message repeats it.

use crate::{
    AnnotateError,
    store::database::limits::{BUSY_TIMEOUT, IDLE_TRANSACTION_TIMEOUT},
};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

/// Parameters of an address that are understood. sqlx only warns of others, and one misspelled may be that for TLS.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads an address.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, AnnotateError> {
    let refused = |reason: String| AnnotateError::DatabaseUrl { reason };
    check(url).map_err(refused)?;
    let options: PgConnectOptions = url.parse().map_err(|error| match error {
        sqlx::Error::Configuration(source) => refused(source.to_string()),
        error => refused(error.to_string()),
    })?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("examen"),
    };
    // Statements hold what people wrote, and sqlx logs the slow ones.
    let options = options.disable_statement_logging();
    let seconds = |time: std::time::Duration| format!("{}s", time.as_secs());
    Ok(options.options([
        ("lock_timeout", seconds(BUSY_TIMEOUT)),
        // A client that is gone in the middle of a transaction does not keep the writers' lock.
        (
            "idle_in_transaction_session_timeout",
            seconds(IDLE_TRANSACTION_TIMEOUT),
        ),
        // What a script's literals rely on.
        ("standard_conforming_strings", "on".to_owned()),
        ("tcp_keepalives_idle", "10".to_owned()),
        ("tcp_keepalives_interval", "5".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
        // Not even a warning: a connection that comes back is told to roll back, whether it has to or not.
        ("client_min_messages", "error".to_owned()),
    ]))
}

/// The database's name and host, without secrets.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    format!(
        "the PostgreSQL database `{database}` on {}",
        options.get_host()
    )
}

/// Refuses other kinds of databases, and parameters that would be ignored.
fn check(url: &str) -> Result<(), String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err("it does not begin with postgresql://".to_owned());
    };
    if !["postgres", "postgresql"].contains(&scheme) {
        return Err(format!(
            "Examen has no store in a database of the kind `{scheme}`"
        ));
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let names = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
        .filter(|name| !name.is_empty());
    for name in names {
        let is_option = name.starts_with("options[") || name.starts_with("options%5B");
        if !is_option && !PARAMETERS.contains(&name) {
            return Err(format!("it has the unknown parameter `{name}`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_other_databases_and_misspelled_ones_are_refused_by_name() {
        for (url, expected) in [
            ("mysql://a:secret@h/d", "`mysql`"),
            ("sqlite://file", "`sqlite`"),
            ("a:secret@h/d", "postgresql://"),
            ("postgres://a:secret@h/d?sslmode=requir", "\"requir\""),
            ("postgres://a:secret@h/d?ssl_mode=require", "`ssl_mode`"),
            ("postgres://a:secret@h:port/d", "port"),
        ] {
            let error = options(url).unwrap_err().to_string();
            assert!(error.contains(expected), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        for url in [
            "postgres://a@h/d?sslmode=disable&options[search_path]=s",
            "postgresql:///d?host=/var/run/postgresql",
        ] {
            options(url).unwrap();
        }
    }
}
