//! `umbulk usage`: what an organization holds.

mod table;

use crate::cli::args::{ConnectArgs, ProgressArg};
use crate::cli::config::Environment;
use crate::cli::exit::{CliError, Exit};
use crate::cli::export::args::WhatArg;
use crate::cli::export::{full_list, unlicensed};
use crate::cli::later_changes::say_later_changes;
use crate::cli::output::write_out;
use crate::cli::{Verbosity, status_line};
use crate::import::input_file::check_outputs;
use crate::import::lists::{FoundList, Lists, is_part, what};
use crate::inspect::Usage;
use crate::snapshot::read_snapshot;
use crate::umapi::ListQuery;
use crate::visible::visible_lines;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use table::{csv, table};

#[derive(Debug, Args, Clone)]
pub(crate) struct UsageArgs {
    /// An exported list of users, or a stored one by its name or date [default: the latest stored
    /// list]
    #[arg(long, value_name = "FILE|SNAPSHOT")]
    from: Option<PathBuf>,
    /// An exported or stored list of groups, which shows products and licences [default: the stored
    /// one beside the list of users]
    #[arg(long, value_name = "FILE|SNAPSHOT")]
    groups: Option<PathBuf>,
    /// Fetch the lists of users and groups now, and find out who has no licence; each list is
    /// fetched at most once in two hours, otherwise the stored one is used
    #[arg(long, conflicts_with = "from")]
    online: bool,
    /// How to write it
    #[arg(long, value_enum)]
    format: Option<UsageFormat>,
    /// The same as --format csv
    #[arg(long)]
    csv: bool,
    /// The same as --format json
    #[arg(long)]
    json: bool,
    /// Write to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    connect: ConnectArgs,
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    progress: ProgressArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UsageFormat {
    /// For people
    Table,
    /// A line for each count
    Csv,
    /// For programs
    Json,
}

pub(crate) fn run(
    args: &UsageArgs,
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Exit, CliError> {
    let inputs: Vec<PathBuf> = args.from.iter().chain(&args.groups).cloned().collect();
    check_outputs(
        &inputs,
        &args.out.iter().map(|path| ("--out", path.clone())).collect::<Vec<_>>(),
    )?;
    let mut online = None;
    if args.online {
        let fetch = |what| full_list(what, &args.connect, args.progress, environment, verbosity);
        online = Some((
            fetch(WhatArg::Users)?,
            if args.groups.is_none() { Some(fetch(WhatArg::Groups)?) } else { None },
        ));
    }
    let lists = Lists::new(environment, args.connect.org.clone());
    let (users, groups) = match online {
        Some((users, groups)) => (
            FoundList::Stored(Box::new(users)),
            groups.map(|list| FoundList::Stored(Box::new(list))),
        ),
        None => (lists.open(args.from.as_deref().unwrap_or(Path::new("latest")), false)?, None),
    };
    let groups = match (&args.groups, groups, &users) {
        (Some(name), _, _) => Some(lists.open(name, true)?),
        (None, Some(groups), _) => Some(groups),
        (None, None, FoundList::Stored(users)) => {
            lists.groups_beside(users)?.map(|list| FoundList::Stored(Box::new(list.clone())))
        }
        (None, None, FoundList::Table(..)) => None,
    };
    let mut usage = Usage::of(&users.read(groups.as_ref(), ',')?);
    if args.online {
        ask_for_unlicensed(&mut usage, args, environment, verbosity);
    }
    let part = users.query().filter(|query| is_part(Some(query))).map(what);
    if let (Some(part), false) = (part, verbosity.quiet) {
        status_line(&format!("note: the list holds only {part}"));
    }
    if !verbosity.quiet {
        say_later_changes(&users);
    }
    let format = match args.format {
        Some(format) => format,
        None if args.json => UsageFormat::Json,
        None if args.csv => UsageFormat::Csv,
        None => UsageFormat::Table,
    };
    write_out(args.out.as_deref(), |to| {
        match format {
            UsageFormat::Table => {
                to.write_all(visible_lines(&table(&usage, &users.describe())).as_bytes())?;
            }
            UsageFormat::Csv => csv(&usage, to)?,
            UsageFormat::Json => {
                serde_json::to_writer(&mut *to, &usage)?;
                to.write_all(b"\n")?;
            }
        }
        Ok(())
    })?;
    Ok(Exit::Good)
}

/// Who has no licence of the profiles that have more members than licences: the server says it, the
/// full lists do not. Without an answer the counts are good all the same.
fn ask_for_unlicensed(
    usage: &mut Usage,
    args: &UsageArgs,
    environment: &Environment,
    verbosity: &Verbosity,
) {
    let profiles: Vec<String> = usage.overfull().iter().map(|group| group.name.clone()).collect();
    if profiles.is_empty() {
        return;
    }
    let told = unlicensed(profiles, &args.connect, args.progress, environment, verbosity).and_then(
        |lists| {
            for list in lists {
                let people = read_snapshot(&list, None)?;
                if let ListQuery::Members { group, .. } = &list.query {
                    usage.tell_unlicensed(
                        group,
                        people.people().map(|person| person.name().to_owned()).collect(),
                    );
                }
            }
            Ok(())
        },
    );
    if let Err(CliError(why)) = told {
        status_line(&format!("note: licences are not checked: {why}"));
    }
}
