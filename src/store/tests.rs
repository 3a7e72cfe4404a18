//! Connections and tables, against a real server.

use super::server::{PASSWORD, PostgresServer, server};
use super::*;

/// Where the password of the test server is.
fn passwords() -> PasswordPlaces {
    PasswordPlaces { variable: Some(PASSWORD.to_owned()), ..PasswordPlaces::default() }
}

fn open(server: &PostgresServer, database: &str) -> Result<Database, StoreError> {
    Database::open(&StoreAddress::parse(&server.url(database), &passwords())?, 1)
}

/// Returns an open store in a database of its own; `None` without a server.
pub(super) fn store() -> Option<Database> {
    stores(1)?.pop()
}

/// Returns so many connections to one store.
pub(super) fn stores(count: usize) -> Option<Vec<Database>> {
    let server = server()?;
    let name = server.database();
    Some((0..count).map(|_| open(server, &name).unwrap()).collect())
}

#[test]
fn tables_are_made_once_by_a_user_with_no_other_rights() {
    let Some(server) = server() else { return };
    let name = server.database();
    std::thread::scope(|scope| {
        let opened = [(); 4].map(|()| scope.spawn(|| open(server, &name).map(drop)));
        opened.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
    });
    assert_eq!(server.psql(&name, "SELECT max(version) FROM umbulk.versions"), "5");
    let rights = "SELECT has_database_privilege('umbulk', current_database(), 'create'), \
                  has_schema_privilege('umbulk', 'public', 'create'), rolsuper \
                  FROM pg_roles WHERE rolname = 'umbulk'";
    assert_eq!(server.psql(&name, rights), "f|f|f");
}

#[test]
fn tables_of_a_newer_program_are_refused() {
    let Some(server) = server() else { return };
    let name = server.database();
    drop(open(server, &name).unwrap());
    server.psql(&name, "INSERT INTO umbulk.versions VALUES (99, '9.9.9')");
    let error = open(server, &name).unwrap_err();
    assert_eq!(error, StoreError::Newer { found: 99, known: 5 });
    assert!(!error.is_transient());
}

#[test]
fn refusal_says_why_and_names_no_password() {
    let Some(server) = server() else { return };
    let name = server.database();
    let wrong =
        PasswordPlaces { variable: Some("hunter2".to_owned()), ..PasswordPlaces::default() };
    let refused = |url: &str, places: &PasswordPlaces| {
        let error = Database::open(&StoreAddress::parse(url, places).unwrap(), 1).unwrap_err();
        let words = error.to_string();
        assert!(!words.contains("hunter2") && !words.contains(PASSWORD), "{words}");
        (error.is_transient(), words)
    };
    let (again, words) = refused(&server.url(&name), &wrong);
    assert!(!again && words.contains("password authentication failed"), "{words}");
    let (again, words) = refused(&server.url("nowhere"), &passwords());
    assert!(!again && words.contains("\"nowhere\" does not exist"), "{words}");
    let (again, words) = refused("postgres://umbulk@127.0.0.1:1/x", &passwords());
    assert!(again && words.contains("refused"), "{words}");
    server.psql(&name, "DROP SCHEMA umbulk");
    let (again, words) = refused(&server.url(&name), &passwords());
    assert!(!again && words.contains("CREATE SCHEMA umbulk AUTHORIZATION"), "{words}");
}

#[test]
fn certificate_of_the_server_is_checked() {
    let Some(server) = server() else { return };
    let url = server.url(&server.database());
    let opened = |url: String| {
        Database::open(&StoreAddress::parse(&url, &passwords()).unwrap(), 1).map(drop)
    };
    let named = url.replace("127.0.0.1", "localhost");
    let trusting = format!("?sslmode=verify-full&sslrootcert={}", server.certificate().display());
    assert_eq!(opened(format!("{named}{trusting}")), Ok(()));
    let strange = opened(format!("{named}?sslmode=verify-full")).unwrap_err().to_string();
    assert!(strange.contains("certificate"), "{strange}");
    let other = opened(format!("{url}{trusting}")).unwrap_err().to_string();
    assert!(other.contains("127.0.0.1") || other.contains("name"), "{other}");
}

/// Ends all connections to a database, as its administrator can.
fn cut_connections(server: &PostgresServer, name: &str) {
    let all = format!("FROM pg_stat_activity WHERE datname = '{name}'");
    server.psql("postgres", &format!("SELECT pg_terminate_backend(pid, 60000) {all}"));
}

#[test]
fn connection_that_is_cut_is_made_again() {
    let Some(server) = server() else { return };
    let name = server.database();
    let database = open(server, &name).unwrap();
    let line = database.line();
    let asked = || {
        let line = std::sync::Arc::clone(&line);
        database.wait(async move { line.rows("SELECT 1", Vec::new()).await.map(|rows| rows.len()) })
    };
    assert_eq!(asked(), Ok(1));
    cut_connections(server, &name);
    // The end of the connection is noticed at the latest by the next statement.
    let error = asked().err();
    assert!(error.as_ref().is_none_or(StoreError::is_transient), "{error:?}");
    assert_eq!(asked(), Ok(1));
}

/// The administrator of the database may be at work: a run waits as if the database were away.
#[test]
fn refusal_after_the_store_was_open_may_pass() {
    let Some(server) = server() else { return };
    let name = server.database();
    let database = open(server, &name).unwrap();
    let line = database.line();
    let asked = || {
        let line = std::sync::Arc::clone(&line);
        database.wait(async move { line.rows("SELECT 1", Vec::new()).await.map(|rows| rows.len()) })
    };
    server.psql(&name, &format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"));
    cut_connections(server, &name);
    // The end of the connection is noticed at the latest by the next statement.
    let _ = asked();
    let error = asked().unwrap_err();
    let words = error.to_string();
    assert!(error.is_transient() && words.contains("refuses the connection: "), "{words}");
    server.psql("postgres", &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    assert!(asked().is_err_and(|error| error.is_transient()));
    let again = format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS true; GRANT CONNECT ON DATABASE {name} TO PUBLIC"
    );
    server.psql("postgres", &again.replace("; ", ";\n"));
    assert_eq!(asked(), Ok(1));
}
