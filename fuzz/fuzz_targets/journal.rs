//! Whatever stands in a journal is understood or refused, never a panic: in its blobs, in its
//! texts, and in the file as a whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;
use umbulk::internals::{Journal, RunIdentity, RunInfo};

/// A folder, and the bytes of a sound journal.
static SOUND: LazyLock<(tempfile::TempDir, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sound.journal");
    let about = RunIdentity {
        organization: "org".to_owned(),
        host: "host".to_owned(),
        input: (1, 2),
        rows: 9,
        options: std::collections::BTreeMap::new(),
    };
    let mut journal = Journal::begin(&path, &about, &RunInfo::default()).expect("a journal");
    journal.finished(jiff::Timestamp::UNIX_EPOCH).expect("the end");
    drop(journal);
    let bytes = std::fs::read(&path).expect("its bytes");
    (folder, bytes)
});

fn read_all(path: &PathBuf) {
    if let Ok(Some(journal)) = Journal::open_read_only(path) {
        let _ = (journal.believed().is_ok(), journal.about(), journal.info(), journal.recovered(),
            journal.outcomes(|_, _| ()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let path = SOUND.0.path().join(format!("{}.journal", std::process::id()));
    match kind % 6 {
        // The whole file.
        0 => std::fs::write(&path, bytes).expect("a file"),
        // A sound file with some bytes changed.
        1 => {
            let mut file = SOUND.1.clone();
            for change in bytes.chunks_exact(3) {
                let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % file.len();
                file[place] = change[2];
            }
            std::fs::write(&path, file).expect("a file");
        }
        // A sound file, and these bytes as the first part of a shared journal.
        5 => {
            let part = [&[1, 1], bytes].concat();
            drop(Journal::rebuild(&path, &SOUND.1, [Ok(part)]));
        }
        // A sound file with these bytes in its tables.
        kind => {
            std::fs::write(&path, &SOUND.1).expect("a file");
            let database = rusqlite::Connection::open(&path).expect("a database");
            let sql = match kind {
                2 => "INSERT INTO settled (request, at, rows) VALUES (1, 2, ?1)",
                3 => "INSERT INTO open VALUES (1, 2, ?1)",
                _ => "INSERT INTO decided VALUES (1, 1, '', '', 'none', ?1)",
            };
            database.execute(sql, [bytes]).expect("a row");
            let text = String::from_utf8_lossy(bytes);
            database
                .execute("INSERT OR REPLACE INTO facts VALUES ('pause', ?1)", [&text])
                .expect("a row");
        }
    }
    read_all(&path);
});
