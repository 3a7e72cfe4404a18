//! The last lists of organizations, in PostgreSQL. A computer that fetches a list stores it for the
//! others.

use super::answer::{Values, column, values};
use super::chunks::{StoredFile, cut, join};
use super::database::{Database, DatabaseLine};
use super::error::StoreError;
use super::run::RunPlace;
use crate::umapi::millis;
use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Row;

/// The lists of a store.
pub(crate) struct PostgresLists {
    database: Arc<Database>,
    line: Arc<DatabaseLine>,
}

/// A list whose parts are stored. Others see it once it is [kept](PostgresLists::keep).
#[derive(Debug)]
pub(crate) struct UploadedList {
    number: i64,
    file: StoredFile,
}

/// The last list of a kind.
#[derive(Debug)]
pub(crate) struct StoredList {
    /// How long ago its first page was requested.
    pub(crate) asked: Duration,
    /// How long ago it was stored.
    pub(crate) age: Duration,
    /// The moment in which it was stored, by the clock of the computer that has stored it, in
    /// milliseconds since 1970.
    pub(crate) clock_ms: i64,
    uploaded: UploadedList,
}

impl PostgresLists {
    /// Creates the lists of a database.
    pub(crate) fn of(database: &Arc<Database>) -> Self {
        Self { database: Arc::clone(database), line: database.line() }
    }

    fn rows(&self, sql: &'static str, values: Values) -> Result<Vec<Row>, StoreError> {
        let line = Arc::clone(&self.line);
        self.database.wait(async move { line.rows(sql, values).await })
    }

    /// Stores the parts of a list. One that could not be fetched is empty.
    ///
    /// # Errors
    /// When the store does not do it, or the list cannot be read.
    pub(crate) fn upload(&self, list: &mut dyn Read) -> Result<UploadedList, StoreError> {
        let number = fastrand::i64(..);
        let file = cut(list, |part, bytes| {
            let sql = "INSERT INTO umbulk.list_parts VALUES ($1, $2, $3) \
                       ON CONFLICT (upload, part) DO UPDATE SET bytes = excluded.bytes";
            self.rows(sql, values![number, part, bytes]).map(drop)
        })?;
        Ok(UploadedList { number, file })
    }

    /// Makes a list the last one of its kind, unless one is there that was requested later. Its
    /// first page was requested so long ago; `clock_ms` is the time here, in milliseconds since
    /// 1970.
    ///
    /// # Errors
    /// When the store does not do it.
    pub(crate) fn keep(
        &self,
        (place, kind): (&RunPlace, &str),
        list: UploadedList,
        (asked, clock_ms): (Duration, i64),
    ) -> Result<(), StoreError> {
        let sql = "SELECT umbulk.keep_list($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let RunPlace { organization, host } = place.clone();
        let UploadedList { number, file: StoredFile { parts, length, hash } } = list;
        let mut values = values![organization, host, kind.to_owned(), millis(asked), clock_ms];
        values.extend(values![number, parts, length, hash]);
        self.rows(sql, values).map(drop)
    }

    /// Returns the last list of a kind; `None` if there is none.
    ///
    /// # Errors
    /// When the store does not do it.
    pub(crate) fn last(
        &self,
        place: &RunPlace,
        kind: &str,
    ) -> Result<Option<StoredList>, StoreError> {
        let sql = "SELECT ceil(extract(epoch FROM clock_timestamp() - asked_at) * 1000)::bigint, \
                   ceil(extract(epoch FROM clock_timestamp() - stored_at) * 1000)::bigint, \
                   clock_ms, upload, parts, length, hash FROM umbulk.lists \
                   WHERE organization = $1 AND host = $2 AND kind = $3";
        let RunPlace { organization, host } = place.clone();
        let rows = self.rows(sql, values![organization, host, kind.to_owned()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let ago = |at| {
            column::<i64>(row, at)
                .map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
        };
        let file =
            StoredFile { parts: column(row, 4)?, length: column(row, 5)?, hash: column(row, 6)? };
        let uploaded = UploadedList { number: column(row, 3)?, file };
        let (asked, age, clock_ms) = (ago(0)?, ago(1)?, column(row, 2)?);
        Ok(Some(StoredList { asked, age, clock_ms, uploaded }))
    }

    /// Writes a list; nothing if it could not be fetched.
    ///
    /// # Errors
    /// When the store does not do it, or the list cannot be written.
    pub(crate) fn write(&self, list: &StoredList, file: &mut dyn Write) -> Result<(), StoreError> {
        let UploadedList { number, file: stored } = &list.uploaded;
        join(stored, file, |part| {
            let sql = "SELECT bytes FROM umbulk.list_parts WHERE upload = $1 AND part = $2";
            let rows = self.rows(sql, values![*number, part])?;
            // The parts of a list go when another one replaces it.
            let replaced = || StoreError::Busy("the list is replaced just now".to_owned());
            column(rows.first().ok_or_else(replaced)?, 0)
        })
    }
}

impl fmt::Debug for PostgresLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLists").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    fn keep(lists: &PostgresLists, organization: &str, content: &str, asked: u64) {
        let list = lists.upload(&mut content.as_bytes()).unwrap();
        let times = (Duration::from_secs(asked), 7);
        lists.keep((&place(organization), "users"), list, times).unwrap();
    }

    fn place(organization: &str) -> RunPlace {
        RunPlace { organization: organization.to_owned(), host: "api.example.com".to_owned() }
    }

    fn last(lists: &PostgresLists, organization: &str) -> Option<(String, u64)> {
        let list = lists.last(&place(organization), "users").unwrap()?;
        let mut content = Vec::new();
        lists.write(&list, &mut content).unwrap();
        assert!(list.age < Duration::from_secs(60) && list.clock_ms == 7, "{list:?}");
        Some((String::from_utf8(content).unwrap(), list.asked.as_secs() / 60))
    }

    #[test]
    fn list_that_was_requested_last_is_kept_for_each_organization() {
        let Some(database) = store() else { return };
        let lists = PostgresLists::of(&Arc::new(database));
        assert_eq!(last(&lists, "one"), None);
        keep(&lists, "one", "first", 3600);
        keep(&lists, "two", "other", 60);
        keep(&lists, "one", "second", 1800);
        // It took longer to store than a later one.
        keep(&lists, "one", "late", 2400);
        assert_eq!(last(&lists, "one"), Some(("second".to_owned(), 30)));
        assert_eq!(last(&lists, "two"), Some(("other".to_owned(), 1)));
        // The last request had no success.
        keep(&lists, "one", "", 0);
        assert_eq!(last(&lists, "one"), Some((String::new(), 0)));
        let parts = lists.rows("SELECT count(*) FROM umbulk.list_parts", Values::new()).unwrap();
        assert_eq!(column::<i64>(&parts[0], 0), Ok(1), "those of replaced lists are gone");
    }
}
