//! The record of what an import changes, and of what was there before: `NAME.ORGANIZATION.before`,
//! beside the journal.
//!
//! It has the rows that are sent, as they are sent, the users and groups that they name, as the
//! baseline shows them, and the names that nobody has. It is JSON Lines, compressed; a later start
//! of the same run adds a part with what is left and how it is then. If that start sends failed
//! rows again, its part also says what was done of them before.

use crate::change::{Change, folded_name};
use crate::fs::{read_regular, write_atomic};
use crate::import::undo::done_part::DoneOutcome;
use crate::import::undo::recorded_user::RecordedUser;
use crate::import::undo::user_name::{UserName, groups_in, users_in};
use crate::organization::Organization;
use crate::umapi::AccountKind;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// The version of the form.
const VERSION: u32 = 1;
/// No record is larger, and no line of one: a forged record cannot fill the memory.
const MOST_BYTES: u64 = 4 << 30;
const LONGEST_LINE: u64 = 16 << 20;

/// Where a part of a record comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordHead {
    version: u32,
    /// The run that it belongs to.
    pub(crate) run_id: String,
    /// The baseline, for people.
    pub(crate) list: String,
    /// The time that the baseline describes.
    pub(crate) at: Timestamp,
    /// The time at which the record was written, before anything was sent.
    pub(crate) written: Timestamp,
    /// The number of the retry that sends its rows; 0 for rows that are not sent again.
    #[serde(default)]
    pub(crate) retry: u32,
}

impl RecordHead {
    /// Creates the head of a part that is written now, with the newest version of the format.
    pub(crate) fn new(run_id: &str, baseline: &Organization, retry: u32) -> Self {
        Self {
            version: VERSION,
            run_id: run_id.to_owned(),
            list: baseline.name.clone(),
            at: baseline.at,
            written: Timestamp::now(),
            retry,
        }
    }

    /// Creates the head of a part that says what an undo has taken back.
    pub(crate) fn of_undo(run_id: &str) -> Self {
        let now = Timestamp::now();
        let (run_id, list) = (run_id.to_owned(), String::new());
        Self { version: VERSION, run_id, list, at: now, written: now, retry: 0 }
    }
}

/// One line of a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordLine<'a> {
    Head(RecordHead),
    /// A row, from 0, as it is sent.
    Row {
        row: u32,
        change: Change<'a>,
    },
    /// A row, from 0, that an earlier start has sent without a response. This part shows how its
    /// users and groups were before the row was sent again.
    Begun {
        row: u32,
    },
    /// What was done of a row, from 0, before it is sent again because it had failed. `part` is the
    /// part, from 0, that has the row as it was sent then; `None` if no part has it.
    Attempt {
        row: u32,
        part: Option<usize>,
        outcome: DoneOutcome,
    },
    /// A user before the import.
    User(RecordedUser),
    /// A name that nobody has before the import.
    Nobody {
        user: String,
        domain: Option<String>,
    },
    /// A group before the import.
    Group {
        name: String,
        exists: bool,
    },
    /// A group that was to be created for the rows before they are sent.
    MadeGroup {
        name: String,
    },
    /// An import of rows that take this one back, and the number of its rows that were ok by then.
    Undo {
        run: String,
        rows: u64,
    },
    /// A row, from 0, that such an import has taken back, for the user or group with these names.
    TakenBack {
        row: u32,
        names: Vec<String>,
        /// The columns of the names that it has changed back; `None` if that is not known, or it
        /// has created or removed the user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        values: Option<BTreeSet<String>>,
    },
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeforeRecordError {
    #[error("{}: {}", path.display(), crate::fs::in_words(error))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} is damaged ({why}): what was there before the import is not known", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{} was written by another umbulk: use that one", path.display())]
    OtherVersion { path: PathBuf },
}

/// What a record says.
#[derive(Debug)]
pub(crate) struct BeforeRecord {
    /// Its parts, one for each start of the run, in order; at least one.
    pub(crate) parts: Vec<BeforePart>,
    /// The rows, from 0, as they were sent last.
    pub(crate) rows: BTreeMap<u32, SentChange>,
    /// What was done of rows before they were sent again because they had failed.
    pub(crate) attempts: BTreeMap<(u32, Option<usize>), FailedAttempt>,
    /// The groups that were to be created for the rows before they were sent.
    pub(crate) made: BTreeSet<String>,
    /// The imports of rows that take this one back, each with the number of its rows whose effect
    /// is recorded.
    pub(crate) undos: BTreeMap<String, u64>,
    /// The rows, from 0, that they have taken back, each with the names of the users and groups,
    /// and the columns of the names that were changed back, as far as that is known.
    pub(crate) taken_back: BTreeMap<u32, BTreeMap<String, Option<BTreeSet<String>>>>,
}

/// A row as it was sent.
#[derive(Debug)]
pub(crate) struct SentChange {
    /// The place of its part: that of the start that has sent it.
    pub(crate) part: usize,
    pub(crate) change: Change<'static>,
    /// The places of the parts of the starts that have sent it once more, because there was no
    /// response.
    pub(crate) repeated: Vec<usize>,
}

/// A row that had failed and was sent again.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    /// The row as it was sent then, if that is known.
    pub(crate) sent: Option<SentChange>,
    pub(crate) outcome: DoneOutcome,
}

/// What was there before one start of a run.
#[derive(Debug)]
pub(crate) struct BeforePart {
    pub(crate) head: RecordHead,
    /// The users, and who was not there.
    pub(crate) organization: Organization,
    /// Groups by their folded names, and whether they existed.
    pub(crate) groups: BTreeMap<String, bool>,
}

impl BeforePart {
    /// Whether another part, of a later start, certainly shows the users and groups of a change as
    /// this one does.
    pub(crate) fn shows_the_same(&self, later: &Self, change: &Change<'_>) -> bool {
        if later.head.at <= self.head.at {
            // It shows nothing newer.
            return false;
        }
        let (one, other) = (&self.organization, &later.organization);
        let is_same_user = |name: &UserName| {
            let find = |all: &Organization| all.user(name.user_ref()).map(RecordedUser::of);
            match (find(one), find(other)) {
                (Some(was), Some(is)) => was == is,
                (None, None) => {
                    let own = name.user_ref().with_account(AccountKind::Own);
                    one.is_absent(own) && other.is_absent(own)
                }
                _ => false,
            }
        };
        let is_same_group = |name: &str| {
            let find = |part: &Self| part.groups.get(&group_key(name)).copied();
            find(self).is_some() && find(self) == find(later)
        };
        // One of the names of a user may be that of nobody, and so not be known.
        let users = users_in(change);
        let is_known = |names: &Vec<UserName>| {
            names.iter().any(|name| {
                one.user(name.user_ref()).is_some()
                    || one.is_absent(name.user_ref().with_account(AccountKind::Own))
            })
        };
        users.iter().all(is_known)
            && users.iter().flatten().all(is_same_user)
            && groups_in(change).into_iter().all(is_same_group)
    }
}

/// Returns the path of the record that belongs to a journal.
pub(crate) fn record_path(journal: &Path) -> PathBuf {
    journal.with_extension("before")
}

impl BeforeRecord {
    /// Reads the record of a run that has sent failed rows again `retries` times; `None` if there
    /// is none, or if it is that of another run. The part of a later retry counts for nothing: it
    /// has sent nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(
        path: &Path,
        run_id: &str,
        retries: u32,
    ) -> Result<Option<Self>, BeforeRecordError> {
        let unreadable = |error| BeforeRecordError::Unreadable { path: path.to_owned(), error };
        let damaged = |why: String| BeforeRecordError::Damaged { path: path.to_owned(), why };
        let file = match read_regular(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let mut text = BufReader::new(MultiGzDecoder::new(BufReader::new(file)).take(MOST_BYTES));
        let mut record = Self {
            parts: Vec::new(),
            rows: BTreeMap::new(),
            attempts: BTreeMap::new(),
            made: BTreeSet::new(),
            undos: BTreeMap::new(),
            taken_back: BTreeMap::new(),
        };
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut text).take(LONGEST_LINE).read_until(b'\n', &mut line);
            let read = read.map_err(|error| damaged(error.to_string()))?;
            if read == 0 {
                break;
            }
            if !line.ends_with(b"\n") {
                return Err(damaged("a line does not end".to_owned()));
            }
            let line: RecordLine<'static> =
                serde_json::from_slice(&line).map_err(|error| damaged(error.to_string()))?;
            match line {
                RecordLine::Head(head) if head.version != VERSION => {
                    return Err(BeforeRecordError::OtherVersion { path: path.to_owned() });
                }
                RecordLine::Head(head) if head.run_id != run_id => return Ok(None),
                RecordLine::Head(head) => record.parts.push(BeforePart::begin(head)),
                line if record.parts.is_empty() => {
                    return Err(damaged(
                        format!("{line:?} is of no run").chars().take(80).collect(),
                    ));
                }
                _ if record.parts.last().is_some_and(|part| part.head.retry > retries) => {}
                line => record.take(line),
            }
        }
        Ok((!record.parts.is_empty()).then_some(record))
    }

    /// Adds a line of the last part.
    pub(crate) fn take(&mut self, line: RecordLine<'static>) {
        let place = self.parts.len() - 1;
        match line {
            RecordLine::Row { row, change } => {
                let repeated = self.rows.remove(&row).map(|sent| sent.repeated).unwrap_or_default();
                self.rows.insert(row, SentChange { part: place, change, repeated });
            }
            RecordLine::Begun { row } => {
                self.rows.entry(row).and_modify(|row| row.repeated.push(place));
            }
            RecordLine::Attempt { row, part, outcome } => {
                // A retry that has sent nothing may have recorded it before.
                let is_it = |sent: &SentChange| Some(sent.part) == part;
                let sent = self.rows.get(&row).is_some_and(is_it).then(|| self.rows.remove(&row));
                let attempt = FailedAttempt { sent: sent.flatten(), outcome };
                self.attempts.entry((row, part)).or_insert(attempt);
            }
            RecordLine::MadeGroup { name } => _ = self.made.insert(name),
            RecordLine::Undo { run, rows } => _ = self.undos.insert(run, rows),
            RecordLine::TakenBack { row, names, values } => {
                let taken_back = self.taken_back.entry(row).or_default();
                for name in names.iter().map(|name| folded_name(name)) {
                    let known = taken_back.entry(name).or_insert_with(|| Some(BTreeSet::new()));
                    *known = with_values(known.take(), values.as_ref());
                }
            }
            line => self.parts.last_mut().into_iter().for_each(|part| part.take(&line)),
        }
    }
}

impl BeforePart {
    fn begin(head: RecordHead) -> Self {
        Self {
            organization: Organization::of_probes(head.list.clone(), head.at),
            head,
            groups: BTreeMap::new(),
        }
    }

    fn take(&mut self, line: &RecordLine<'static>) {
        match line {
            RecordLine::User(user) => {
                self.organization.add(&user.listed());
            }
            RecordLine::Nobody { user, domain } => {
                self.organization.add_absent(user, domain.as_deref());
            }
            RecordLine::Group { name, exists } => {
                self.groups.entry(group_key(name)).or_insert(*exists);
            }
            RecordLine::Head(_)
            | RecordLine::Row { .. }
            | RecordLine::Begun { .. }
            | RecordLine::Attempt { .. }
            | RecordLine::MadeGroup { .. }
            | RecordLine::Undo { .. }
            | RecordLine::TakenBack { .. } => {}
        }
    }
}

/// Adds the columns that another undo has changed back; `None` if those of one are not known.
pub(super) fn with_values(
    known: Option<BTreeSet<String>>,
    more: Option<&BTreeSet<String>>,
) -> Option<BTreeSet<String>> {
    Some(&known? | more?)
}

/// Returns the name of a group in a form that is equal for equal names.
pub(crate) fn group_key(name: &str) -> String {
    folded_name(name)
}

/// Which part of a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RecordPart {
    /// The first one. It replaces an earlier record.
    #[default]
    First,
    /// A further one of the same run. It follows the earlier parts.
    Further,
}

/// Writes the part of a record for these lines.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_part(
    path: &Path,
    part: RecordPart,
    head: RecordHead,
    lines: &[Vec<u8>],
) -> io::Result<()> {
    let earlier = match part {
        RecordPart::First => None,
        RecordPart::Further => Some(read_regular(path)?),
    };
    write_atomic(path, |file| {
        if let Some(mut earlier) = earlier {
            io::copy(&mut earlier, file)?;
        }
        let mut part = GzEncoder::new(file, Compression::fast());
        part.write_all(&json_line(&RecordLine::Head(head))?)?;
        lines.iter().try_for_each(|line| part.write_all(line))?;
        part.finish().map(drop)
    })
}

/// Returns a line of a record.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn json_line(line: &RecordLine<'_>) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(text)
}
