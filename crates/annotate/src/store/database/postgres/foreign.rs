//! Databases that are not a store's and cannot become one.

use super::Lease;
use crate::{
    AnnotateError,
    store::database::{connection::On, failed, query::query},
};

/// Refuses a database that cannot hold every text.
pub(super) async fn check_encoding(lease: &mut Lease, place: &str) -> Result<(), AnnotateError> {
    let encoding: String = query("SELECT current_setting('server_encoding')")
        .scalar(On::PostgresTransaction(lease))
        .await
        .map_err(failed("reading the encoding of the database"))?;
    lease.is_done();
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(AnnotateError::Encoding {
            place: place.to_owned(),
            encoding,
        }),
    }
}

/// Refuses a schema in which another program has its tables. Those of extensions are nobody's.
pub(super) async fn check_tables(lease: &mut Lease, place: &str) -> Result<(), AnnotateError> {
    let found: Vec<String> = query(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
           AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
           AND to_regclass('store_format') IS NULL
         ORDER BY c.relname LIMIT 5",
    )
    .scalars(On::PostgresTransaction(lease))
    .await
    .map_err(failed("looking for tables of another program"))?;
    if found.is_empty() {
        return Ok(());
    }
    Err(AnnotateError::ForeignTables {
        place: place.to_owned(),
        tables: found,
    })
}
