//! `umbulk usage`: counts what an organization uses.

mod table;

use crate::cli::args::usage::{UsageArgs, UsageFormat};
use crate::cli::error::CliError;
use crate::cli::later_changes::say_later_changes;
use crate::cli::output::{
    check_files, format_of_page, text_format_of_workbook, write_out, written_words,
};
use crate::cli::say::{print_words, status_line};
use crate::cli::store_access::share_quota_and_lists;
use crate::cli::terminal::Terminal;
use crate::cli::words::error_words;
use crate::export::ListKind;
use crate::export::ListReporter;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::config::ConnectConfig;
use crate::import::full_list::{fetch_lists, full_list};
use crate::import::lists::{FoundList, Lists, is_part, what};
use crate::import::outputs::is_page;
use crate::inspect::Usage;
use crate::report::usage_page;
use crate::snapshot::read_snapshot;
use crate::table::{RecordForm, is_workbook};
use crate::umapi::ListQuery;
use crate::visible::visible_lines;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use table::{notes, table, write_counts};

/// Counts the users and groups of lists.
pub(crate) fn run(args: &UsageArgs, access: Access, terminal: &Terminal) -> Result<Exit, CliError> {
    let inputs: Vec<PathBuf> = args.from.iter().chain(&args.groups).cloned().collect();
    check_files(&inputs, &args.out.iter().map(|path| ("--out", path.clone())).collect::<Vec<_>>())?;
    let format = UsageForm::of(args)?;
    let mut connect = args.connect.config(access);
    if args.online {
        share_quota_and_lists(args.quota.store.as_deref(), &mut connect, terminal)?;
    }
    let (users, groups) = find_lists(args, &connect, terminal)?;
    let mut usage = Usage::of(&users.read(groups.as_ref(), ',')?);
    if args.online {
        ask_for_unlicensed(&mut usage, &connect, terminal);
    }
    let part = users.query().filter(|query| is_part(Some(query))).map(what);
    if let Some(part) = part {
        terminal.inform(&format!("note: the list holds only {part}"));
    }
    say_later_changes(&users, terminal);
    if let (UsageForm::Text(UsageFormat::Table), None) = (&format, &args.out) {
        print_words(&table(&usage, &users.describe()))?;
        return Ok(Exit::Good);
    }
    let written = write_out(args.out.as_deref(), |to| {
        match format {
            UsageForm::Text(UsageFormat::Table) => {
                to.write_all(visible_lines(&table(&usage, &users.describe())).as_bytes())?;
            }
            UsageForm::Page => to.write_all(
                usage_page(&usage, &users.describe(), &notes(&usage), Timestamp::now()).as_bytes(),
            )?,
            UsageForm::Text(UsageFormat::Csv) => write_counts(&usage, to, RecordForm::Csv)?,
            UsageForm::Workbook(path) => write_counts(&usage, to, RecordForm::Workbook(path))?,
            UsageForm::Text(UsageFormat::Json) => {
                serde_json::to_writer(&mut *to, &usage)?;
                to.write_all(b"\n")?;
            }
        }
        Ok(())
    })?;
    written.iter().for_each(|path| terminal.inform(&written_words(path)));
    Ok(Exit::Good)
}

/// How the counts are written.
enum UsageForm<'p> {
    Text(UsageFormat),
    Workbook(&'p Path),
    /// A page of HTML.
    Page,
}

impl<'p> UsageForm<'p> {
    /// Returns what the options or the ending of the file's name ask for.
    fn of(args: &'p UsageArgs) -> Result<Self, CliError> {
        let format = match args.format {
            Some(format) => Some(format),
            None if args.json => Some(UsageFormat::Json),
            None if args.csv => Some(UsageFormat::Csv),
            None => None,
        };
        if let Some(path) = args.out.as_deref().filter(|path| is_page(path)) {
            return if format.is_some() { Err(format_of_page(path)) } else { Ok(Self::Page) };
        }
        match (args.out.as_deref().filter(|path| is_workbook(path)), format) {
            (Some(path), Some(_)) => Err(text_format_of_workbook(path)),
            (Some(path), None) => Ok(Self::Workbook(path)),
            (None, format) => {
                Ok(Self::Text(format.unwrap_or_else(|| text_format(args.out.as_deref()))))
            }
        }
    }
}

/// Returns the format that the ending of a file's name means.
fn text_format(out: Option<&Path>) -> UsageFormat {
    let ending = out.and_then(Path::extension).unwrap_or_default();
    if ending.eq_ignore_ascii_case("csv") {
        UsageFormat::Csv
    } else if ending.eq_ignore_ascii_case("json") {
        UsageFormat::Json
    } else {
        UsageFormat::Table
    }
}

/// Finds the lists of users and of groups: fetched, named, or stored.
fn find_lists(
    args: &UsageArgs,
    connect: &ConnectConfig,
    terminal: &Terminal,
) -> Result<(FoundList, Option<FoundList>), CliError> {
    let stored = |list| FoundList::Stored(Box::new(list));
    let fetch = |kind| full_list(kind, connect, terminal).map(stored);
    let online = if args.online {
        let users = fetch(ListKind::Users)?;
        let groups = args.groups.is_none().then(|| fetch(ListKind::Groups)).transpose()?;
        Some((users, groups))
    } else {
        None
    };
    let lists = Lists::new(&connect.access, args.connect.org.clone());
    let (users, groups) = match online {
        Some(fetched) => fetched,
        None => (
            lists.open(args.from.as_deref().unwrap_or(Path::new("latest")), ListKind::Users)?,
            None,
        ),
    };
    let groups = match (&args.groups, groups, &users) {
        (Some(name), _, _) => Some(lists.open(name, ListKind::Groups)?),
        (None, Some(groups), _) => Some(groups),
        (None, None, FoundList::Stored(users)) => {
            lists.groups_beside(users)?.map(|list| stored(list.clone()))
        }
        (None, None, FoundList::Table(..)) => None,
    };
    Ok((users, groups))
}

/// Asks which members of profiles with more members than licences have no licence, which only the
/// server knows. Without a response, the counts are shown nevertheless.
fn ask_for_unlicensed(usage: &mut Usage, connect: &ConnectConfig, terminal: &Terminal) {
    let members = |group: String| ListQuery::Members {
        group,
        domain: None,
        direct: true,
        active: Some(false),
    };
    let queries: Vec<ListQuery> =
        usage.overfull().iter().map(|group| members(group.name.clone())).collect();
    if queries.is_empty() {
        return;
    }
    let told = fetch_lists(ListKind::Users, &queries, connect, terminal).and_then(|lists| {
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
    });
    if let Err(why) = told {
        status_line(&format!("note: licences are not checked: {}", error_words(&why)));
    }
}
