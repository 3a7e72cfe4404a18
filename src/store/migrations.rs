//! The tables of the store, by version. Each version is one script; a program carries out those
//! that are missing, one program at a time, and refuses tables of a newer one.

use super::answer::{column, only};
use super::error::StoreError;
use tokio_postgres::Client;
use tokio_postgres::types::FromSqlOwned;

/// The scripts, in order. One that was released is never changed.
const SCRIPTS: [&str; 5] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
];

/// The number of the lock that migrations hold: any number that other programs do not use.
const LOCK: i64 = 0x75_6d62_756c_6b31;

/// Brings the tables up to date, and returns what identifies the store. The connection is not used
/// again after an error: a transaction that is open ends with it.
///
/// # Errors
/// When that is not allowed, or they are newer.
pub(super) async fn migrate(client: &Client) -> Result<String, StoreError> {
    bring_up_to_date(client).await?;
    first(client, "SELECT id::text FROM umbulk.store").await
}

async fn bring_up_to_date(client: &Client) -> Result<(), StoreError> {
    let known = i32::try_from(SCRIPTS.len()).unwrap_or(i32::MAX);
    let check = |found| match found > known {
        true => Err(StoreError::Newer { found, known }),
        false => Ok(found),
    };
    if check(version(client).await?)? == known {
        return Ok(());
    }
    let run = async |sql: &str| {
        client.batch_execute(sql).await.map_err(|error| StoreError::of_statement(&error))
    };
    // Another program may be changing the tables now.
    run(&format!(
        "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
         SELECT pg_advisory_xact_lock({LOCK})"
    ))
    .await?;
    let found = check(version(client).await?)?;
    // A user who owns the schema needs no right to make one.
    let schema = "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'umbulk')";
    if found == 0 && !first::<bool>(client, schema).await? {
        run("CREATE SCHEMA umbulk").await?;
    }
    for (version, script) in (1..).zip(SCRIPTS).filter(|(version, _)| *version > found) {
        run(script).await?;
        run(&format!(
            "INSERT INTO umbulk.versions (version, program) VALUES ({version}, '{}')",
            env!("CARGO_PKG_VERSION")
        ))
        .await?;
    }
    run("COMMIT").await
}

/// Returns the version of the tables; 0 if there are none.
async fn version(client: &Client) -> Result<i32, StoreError> {
    // Not `to_regclass`: within a transaction it does not see what others have made meanwhile.
    let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = 'umbulk' AND c.relname = 'versions')";
    if !first::<bool>(client, sql).await? {
        return Ok(0);
    }
    first(client, "SELECT coalesce(max(version), 0) FROM umbulk.versions").await
}

/// Returns the first value of the only row that a statement gives.
async fn first<T: FromSqlOwned>(client: &Client, sql: &str) -> Result<T, StoreError> {
    let rows = client.query(sql, &[]).await;
    column(&only(rows.map_err(|error| StoreError::of_statement(&error))?)?, 0)
}
