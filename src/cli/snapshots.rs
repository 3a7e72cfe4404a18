//! `umbulk snapshots`: the lists that were kept, and which to do without.

use crate::cli::args::AccessArgs;
use crate::cli::config::Environment;
use crate::cli::exit::{CliError, Exit};
use crate::cli::number_arg::number;
use crate::cli::{print_out, status_line};
use crate::duration::parse_age;
use crate::import::lists::{Lists, clock, what};
use crate::number::{count, thousands};
use crate::snapshot::{RetentionPolicy, StoredSnapshot};
use crate::visible::visible;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Args, Clone)]
pub(crate) struct SnapshotsArgs {
    #[command(subcommand)]
    command: Option<SnapshotsCommand>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: AccessArgs,
}

#[derive(Debug, Subcommand, Clone)]
enum SnapshotsCommand {
    /// Delete old lists and name them. With both options, a list is deleted if neither option keeps
    /// it
    #[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
    Prune {
        /// Keep the latest N of each kind of list
        #[arg(long, value_name = "N", group = "which", value_parser = number::<usize>)]
        keep: Option<usize>,
        /// Delete those that are older: 90d, 12w, 36h
        #[arg(long, value_name = "AGE", value_parser = age, group = "which")]
        older_than: Option<SignedDuration>,
    },
}

/// A kept list; with `--json` it is printed as it stands here.
#[derive(Serialize)]
struct ListedSnapshot<'s> {
    name: &'s str,
    what: String,
    organization: &'s str,
    host: &'s str,
    at: Timestamp,
    /// Users or groups, as the server counted them; `null`: it did not say.
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

pub(crate) fn run(args: &SnapshotsArgs, environment: &Environment) -> Result<Exit, CliError> {
    let lists = Lists::new(environment, None);
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
            std::fs::remove_file(&list.snapshot.path)
                .map_err(|error| CliError(format!("{}: {error}", list.snapshot.path.display())))?;
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
        print_out(&table(&done))?;
    }
    Ok(Exit::Good)
}

fn table(lists: &[ListedSnapshot<'_>]) -> String {
    if lists.is_empty() {
        return "no list is stored: `umbulk export users --snapshot` stores one\n".to_owned();
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

/// `45 kB`
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// `90d`, `12w`, `36h`
fn age(text: &str) -> Result<SignedDuration, String> {
    parse_age(text).ok_or_else(|| "write an age such as 90d, 12w or 36h".to_owned())
}
