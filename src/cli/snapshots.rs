//! `umbulk snapshots`: the snapshots, and which to delete.

use crate::cli::args::snapshots::{SnapshotsArgs, SnapshotsCommand};
use crate::cli::error::CliError;
use crate::cli::say::{print_out, print_words, status_line};
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::list_error::clock;
use crate::import::lists::{Lists, what};
use crate::number::{count, thousands};
use crate::snapshot::{RetentionPolicy, StoredSnapshot};
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// A snapshot. The field names are those of the JSON.
#[derive(Serialize)]
struct ListedSnapshot<'s> {
    name: &'s str,
    what: String,
    organization: &'s str,
    host: &'s str,
    at: Timestamp,
    /// The number of users or groups, according to the server; `null` if it has sent none.
    entries: Option<u64>,
    bytes: u64,
    file: PathBuf,
}

impl<'s> ListedSnapshot<'s> {
    fn of(list: &'s StoredSnapshot) -> Self {
        let snapshot = &list.snapshot;
        Self {
            name: &list.name,
            what: what(&snapshot.query),
            organization: &snapshot.organization,
            host: &snapshot.host,
            at: snapshot.at,
            entries: snapshot.total(),
            bytes: snapshot.path.metadata().map_or(0, |data| data.len()),
            file: snapshot.path.clone(),
        }
    }
}

/// Shows the stored lists, or removes some.
pub(crate) fn run(args: &SnapshotsArgs, access: &Access) -> Result<Exit, CliError> {
    let lists = Lists::new(access, None);
    let lists = lists.all()?;
    let shown = match &args.command {
        None => lists.iter().filter(|list| list.is_kept).collect(),
        Some(SnapshotsCommand::Prune { keep, older_than }) => {
            let gone = RetentionPolicy { latest: *keep, younger: *older_than }
                .expired(lists, Timestamp::now());
            if gone.is_empty() {
                status_line("nothing to delete");
            }
            gone
        }
    };
    let is_prune = args.command.is_some();
    let mut done = Vec::new();
    for list in shown {
        let shown = ListedSnapshot::of(list);
        if is_prune {
            let path = &list.snapshot.path;
            std::fs::remove_file(path).map_err(crate::fs::named(path))?;
            if !args.json {
                print_out(&format!(
                    "deleted {}: {} of {}, {}\n",
                    shown.name,
                    shown.what,
                    shown.organization,
                    clock(shown.at)
                ))?;
            }
        }
        done.push(shown);
    }
    if args.json {
        print_out(&format!("{}\n", serde_json::to_string(&done)?))?;
    } else if !is_prune {
        print_words(&table(&done))?;
    }
    Ok(Exit::Good)
}

fn table(lists: &[ListedSnapshot<'_>]) -> String {
    if lists.is_empty() {
        return "there is no snapshot: `umbulk export users` stores the latest list, --snapshot \
                also one under its date\n"
            .to_owned();
    }
    let width = lists.iter().map(|list| list.name.chars().count()).max().unwrap_or_default();
    let one = |list: &ListedSnapshot<'_>| {
        let unit = if list.what.starts_with("groups") { "group" } else { "user" };
        let entries = list.entries.map_or_else(String::new, |entries| {
            count(entries, unit).replacen(&entries.to_string(), &thousands(entries), 1)
        });
        format!(
            "{:width$}  {}  {entries:>15}  {:>8}  {}  {}\n",
            visible(list.name),
            clock(list.at),
            size(list.bytes),
            visible(list.organization),
            visible(&list.what)
        )
    };
    lists.iter().map(one).collect()
}

/// Formats a size: `45 kB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
