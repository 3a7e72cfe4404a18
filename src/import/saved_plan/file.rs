//! The file of a saved plan: one line of JSON, and a hash of it in the second line.
//!
//! The file may be damaged, or somebody may have changed it. It only ever names the input and the
//! options: what is sent comes from the rows, and only if it is what the plan has decided.

use super::error::SavedPlanError;
use super::options::PlannedOptions;
use super::plan::{SavedFile, SavedPlan};
use super::row_text::{from_text, to_text};
use crate::execute::RowView;
use crate::fs::{
    KeptFile, OsText, in_words, keep_dated, read_file, why_others_can_write_file, write_atomic,
};
use crate::import::config::ImportConfig;
use crate::import::error::ImportError;
use crate::import::missing::MissingPerson;
use crate::report::Paths;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

/// The version of the form. A plan is applied by the version of umbulk that has saved it, so this
/// only tells plans from other files.
const FORMAT: u32 = 1;

/// The version of this umbulk.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// The largest file that is read. A plan of ten million rows is smaller.
const MOST_MB: u64 = 256;

/// More bytes than the line of the hash has.
const HASH_LINES: u64 = 64;

/// What every format of a plan has.
#[derive(Deserialize)]
struct PlanKind {
    umbulk_plan: u32,
    saved_by: String,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanForm {
    umbulk_plan: u32,
    saved_by: String,
    at: Timestamp,
    organization: String,
    host: String,
    list: Option<String>,
    creates: Vec<String>,
    options: PlannedOptions,
    files: Vec<SavedFileForm>,
    missing: Option<Vec<MissingPerson>>,
}

/// A file in the first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedFileForm {
    path: OsText,
    bytes: u64,
    hash: String,
    rows: String,
    views: BTreeMap<u32, RowView>,
}

/// Writes a plan of an import, so that only its owner can read it. An earlier file of that name is
/// kept under another name, which is returned.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn save(
    plan: SavedPlan,
    config: &ImportConfig,
) -> Result<Option<KeptFile>, ImportError> {
    save_within(plan, config, MOST_MB)
}

/// Writes a plan of at most so many megabytes.
fn save_within(
    plan: SavedPlan,
    config: &ImportConfig,
    most_mb: u64,
) -> Result<Option<KeptFile>, ImportError> {
    let form = PlanForm {
        umbulk_plan: FORMAT,
        saved_by: OWN.to_owned(),
        at: plan.at,
        organization: plan.organization,
        host: plan.host,
        list: plan.list,
        creates: plan.creates,
        options: PlannedOptions::of(config),
        files: plan.files.into_iter().map(SavedFileForm::of).collect(),
        missing: plan.missing,
    };
    let line = serde_json::to_string(&form)?;
    if line.len() as u64 >= (most_mb << 20) - HASH_LINES {
        return Err(SavedPlanError::TooLarge { path: plan.place, most_mb }.into());
    }
    let kept = keep_dated(&Paths::copies(&plan.place, &plan.place), &plan.place)?;
    let hash = hash_words(line.as_bytes());
    write_atomic(&plan.place, |file| writeln!(file, "{line}\n{hash}"))?;
    Ok(kept)
}

/// Reads a plan, and gives its options to an import.
///
/// # Errors
/// When it is none, when it is damaged, when others can write it, or when another umbulk has saved
/// it.
pub(crate) fn read(path: &Path, config: &mut ImportConfig) -> Result<(), SavedPlanError> {
    let place = || path.to_owned();
    let text = read_limited(path, MOST_MB)?;
    let not_a_plan = || SavedPlanError::NotAPlan { path: place() };
    let mut lines = text.lines();
    let line = lines.next().ok_or_else(not_a_plan)?;
    let kind: PlanKind = serde_json::from_str(line).map_err(|_| match text.contains(KIND) {
        true => SavedPlanError::Damaged { path: place() },
        false => not_a_plan(),
    })?;
    if (kind.umbulk_plan, kind.saved_by.as_str()) != (FORMAT, OWN) {
        let saved_by = kind.saved_by;
        return Err(SavedPlanError::OtherVersion { path: place(), saved_by, own: OWN });
    }
    let damaged = || SavedPlanError::Damaged { path: place() };
    let id = hash_words(line.as_bytes());
    if lines.next() != Some(id.as_str()) || lines.next().is_some() {
        return Err(damaged());
    }
    let form: PlanForm = serde_json::from_str(line).map_err(|_| damaged())?;
    let files: Option<Vec<SavedFile>> =
        form.files.into_iter().map(SavedFileForm::understood).collect();
    let files = files.filter(|files| !files.is_empty()).ok_or_else(damaged)?;
    form.options.apply(config).ok_or_else(damaged)?;
    config.files = files.iter().map(|file| file.path.clone()).collect();
    config.saved_plan = Some(Arc::new(SavedPlan {
        place: place(),
        id,
        at: form.at,
        organization: form.organization,
        host: form.host,
        list: form.list,
        creates: form.creates,
        files,
        missing: form.missing,
    }));
    Ok(())
}

/// The first key of a plan.
const KIND: &str = "\"umbulk_plan\"";

/// Reads a file of at most so many megabytes.
fn read_limited(path: &Path, most_mb: u64) -> Result<String, SavedPlanError> {
    let mut bytes = Vec::new();
    let most = most_mb << 20;
    let unreadable = |error: std::io::Error| SavedPlanError::Unreadable {
        path: path.to_owned(),
        why: in_words(&error),
    };
    let file = read_file(path).map_err(unreadable)?;
    // Its folder does not count: a file that another user puts there belongs to that user.
    if let Some(why) = why_others_can_write_file(&file.metadata().map_err(unreadable)?) {
        return Err(SavedPlanError::WrittenByOthers { path: path.to_owned(), why });
    }
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(SavedPlanError::TooLarge { path: path.to_owned(), most_mb });
    }
    String::from_utf8(bytes).map_err(|_| SavedPlanError::NotAPlan { path: path.to_owned() })
}

fn hash_words(line: &[u8]) -> String {
    format!("{:032x}", xxh3_128(line))
}

impl SavedFileForm {
    fn of(SavedFile { path, content: (bytes, hash), rows, views }: SavedFile) -> Self {
        let hash = format!("{hash:032x}");
        Self { path: path.into(), bytes, hash, rows: to_text(&rows), views }
    }

    fn understood(self) -> Option<SavedFile> {
        let hash = u128::from_str_radix(&self.hash, 16).ok()?;
        Some(SavedFile {
            path: PathBuf::from(self.path.0),
            content: (self.bytes, hash),
            rows: from_text(&self.rows)?,
            views: self.views,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::{OutcomeStatus, RowDigest};
    use crate::import::access::Access;
    use crate::import::config::ConnectConfig;
    use crate::umapi::Credentials;

    fn config() -> ImportConfig {
        let access = Access::given(Credentials::new("id", "secret", "org"), None, None);
        ImportConfig::new(vec!["staff.csv".into()], ConnectConfig::new(access))
    }

    fn plan(place: &Path) -> SavedPlan {
        let view = RowView { line: 2, user: "ann@x.com".into(), words: "create".into() };
        let file = SavedFile {
            path: "staff.csv".into(),
            content: (7, u128::MAX),
            rows: vec![RowDigest::Sent(3), RowDigest::Unsent(OutcomeStatus::Unchanged)],
            views: BTreeMap::from([(0, view)]),
        };
        SavedPlan {
            place: place.to_owned(),
            id: String::new(),
            at: Timestamp::UNIX_EPOCH,
            organization: "org".into(),
            host: "host".into(),
            list: None,
            creates: Vec::new(),
            files: vec![file],
            missing: Some(vec![MissingPerson {
                user: "bob@x.com".into(),
                account: "federatedID".into(),
                groups: vec!["G".into()],
            }]),
        }
    }

    fn saved(place: &Path) -> String {
        save(plan(place), &config()).unwrap();
        std::fs::read_to_string(place).unwrap()
    }

    fn read_text(place: &Path, text: &[u8]) -> Result<ImportConfig, String> {
        std::fs::write(place, text).unwrap();
        let mut config = ImportConfig { files: Vec::new(), ..config() };
        read(place, &mut config).map(|()| config).map_err(|error| error.to_string())
    }

    /// Gives a changed first line the hash that belongs to it.
    fn hashed(line: &str) -> String {
        format!("{line}\n{}\n", hash_words(line.as_bytes()))
    }

    #[test]
    fn plan_is_read_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.plan");
        let text = saved(&place);
        assert!(!text.contains("secret"), "{text}");
        let config = read_text(&place, text.as_bytes()).unwrap();
        let plan = config.saved_plan.unwrap();
        assert_eq!(config.files, [PathBuf::from("staff.csv")]);
        let [file] = plan.files.as_slice() else { panic!("one file") };
        assert_eq!((file.content, file.rows.len(), file.views[&0].line), ((7, u128::MAX), 2, 2));
        assert_eq!(plan.missing.as_ref().map(Vec::len), Some(1));
    }

    #[test]
    #[cfg(unix)]
    fn only_its_owner_reads_a_plan() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.plan");
        saved(&place);
        assert_eq!(place.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// A byte that is flipped anywhere, and a file that is cut anywhere.
    #[test]
    fn damaged_plan_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.plan");
        let text = saved(&place).into_bytes();
        for at in 0..text.len() - 1 {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            assert!(read_text(&place, &damaged).is_err(), "byte {at}");
            assert!(read_text(&place, &text[..at]).is_err(), "cut at {at}");
        }
    }

    /// An earlier plan of that name stays as it was.
    #[test]
    fn plan_that_could_not_be_read_again_is_not_saved() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.plan");
        let earlier = saved(&place);
        let with_names =
            |bytes: usize| SavedPlan { creates: vec!["x".repeat(bytes)], ..plan(&place) };
        let refused = save_within(with_names(1 << 20), &config(), 1).unwrap_err();
        assert!(refused.to_string().ends_with("a saved plan has at most 1 MB"), "{refused}");
        assert_eq!(std::fs::read_to_string(&place).unwrap(), earlier);
        // The largest plan that is saved can be read.
        let beside = earlier.lines().next().unwrap().len() + 2;
        let most = (1 << 20) - HASH_LINES as usize - beside;
        assert!(save_within(with_names(most), &config(), 1).is_err());
        save_within(with_names(most - 1), &config(), 1).unwrap();
        read_limited(&place, 1).unwrap();
    }

    #[test]
    fn file_that_is_too_large_for_a_plan_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("large.csv");
        for (bytes, is_read) in [(1 << 20, true), ((1 << 20) + 1, false)] {
            std::fs::write(&place, "x".repeat(bytes)).unwrap();
            assert_eq!(read_limited(&place, 1).is_ok(), is_read, "{bytes}");
        }
        let refused = read_limited(&place, 1).unwrap_err().to_string();
        assert!(refused.ends_with("large.csv: a saved plan has at most 1 MB"), "{refused}");
    }

    #[test]
    fn forged_plan_is_refused_with_words() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.plan");
        let text = saved(&place);
        let line = text.lines().next().unwrap();
        for (from, to) in [
            ("\"umbulk_plan\":1", "\"umbulk_plan\":1,\"more\":1"),
            ("s0000000000000003u", "s3u"),
            ("\"group_side\":\"auto\"", "\"group_side\":\"up\""),
            ("\"at\":\"1970", "\"at\":\"x1970"),
            ("\"bytes\":7", "\"bytes\":-7"),
            ("\"files\":[{", "\"files\":[],\"files\":[{"),
        ] {
            let forged = line.replace(from, to);
            assert_ne!(forged, line, "{from}");
            let words = read_text(&place, hashed(&forged).as_bytes()).unwrap_err();
            assert!(words.contains("is damaged, or was changed by hand"), "{words}");
        }
        let later = line.replace(&format!("\"saved_by\":\"{OWN}\""), "\"saved_by\":\"99.0.0\"");
        for later in
            [later.clone(), later.replace("\"umbulk_plan\":1", "\"umbulk_plan\":2,\"x\":{}")]
        {
            let words = read_text(&place, hashed(&later).as_bytes()).unwrap_err();
            assert!(words.contains("umbulk 99.0.0 saved this plan"), "{words}");
        }
        for other in ["", "{}", "email\nann@x.com\n", "[[[[", "null"] {
            let words = read_text(&place, other.as_bytes()).unwrap_err();
            assert!(words.ends_with("this is not a saved plan"), "{words}");
        }
        let deep = "[".repeat(1 << 20);
        assert!(read_text(&place, deep.as_bytes()).is_err());
        assert!(read_text(&place, &[0xff, 0xfe]).is_err());
    }
}
