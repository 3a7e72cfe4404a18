//! `umbulk diff`: the changes between two lists of users.

use crate::cli::args::diff::{DiffArgs, DiffFormat};
use crate::cli::error::CliError;
use crate::cli::later_changes::say_later_changes;
use crate::cli::output::{
    check_files, format_of_page, text_format_of_workbook, write_out, written_words,
};
use crate::cli::say::status_line;
use crate::cli::terminal::Terminal;
use crate::cli::verbosity::Verbosity;
use crate::export::ListKind;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::lists::{FoundList, Lists, is_part};
use crate::import::outputs::is_page;
use crate::inspect::{Changed, Diff, Patch, PatchRow, Unsupported, UnsupportedReason};
use crate::number::thousands;
use crate::organization::{Coverage, OrgUser, Organization};
use crate::report::diff_page;
use crate::table::{RecordForm, RecordWriter, SheetLayout, is_workbook};
use crate::visible::{visible, visible_lines};
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// The most users and groups in a summary.
const MOST: usize = 20;

/// The note about lists of which one may cover people whom the other does not.
const OTHER_FILTERS: &str = "the lists were fetched with different filters, so somebody who is \
                             missing in one may still be in the organization";

/// Compares two lists and writes the differences.
pub(crate) fn run(
    args: &DiffArgs,
    access: &Access,
    verbosity: Verbosity,
) -> Result<Exit, CliError> {
    let outputs: Vec<_> = args.out.iter().map(|path| ("--out", path.clone())).collect();
    check_files(&[args.before.clone(), args.after.clone()], &outputs)?;
    let page = page_of(args)?;
    let (format, form) = format(args)?;
    let lists = Lists::new(access, None);
    let [earlier, later] =
        [lists.open(&args.before, ListKind::Users)?, lists.open(&args.after, ListKind::Users)?];
    let (before, after) = (earlier.read(None, ',')?, later.read(None, ',')?);
    let may_cover_others = (is_partial(&earlier, &before) || is_partial(&later, &after))
        // A file with some of the users does not say which they are.
        && (earlier.query().is_none() || earlier.query() != later.query());
    if format == DiffFormat::Csv && may_cover_others {
        return Err(CliError(format!(
            "{} and {} may cover different people, so the rows could delete somebody who is still \
             in the organization: nothing was written. Compare two full lists, or two lists with \
             the same filters",
            earlier.describe(),
            later.describe()
        )));
    }
    let diff = Diff::of(&before, &after);
    let mut notes: Vec<_> = may_cover_others.then_some(OTHER_FILTERS).into_iter().collect();
    notes.extend(notes_on_memberships(&diff, format));
    let turn = Patch::of(&diff);
    if !verbosity.is_quiet() {
        notes.iter().for_each(|note| status_line(&format!("note: {note}")));
        let terminal = Terminal::default();
        [&earlier, &later].into_iter().for_each(|list| say_later_changes(list, &terminal));
    }
    let mut rows = String::new();
    let written = write_out(args.out.as_deref(), |to| {
        match format {
            _ if page => {
                let lists = [earlier.describe(), later.describe()];
                let refused: Vec<String> = turn.refused.iter().map(refused_words).collect();
                let lists = [&*lists[0], &*lists[1]];
                let page = diff_page(&diff, lists, (&notes, &refused), Timestamp::now());
                to.write_all(page.as_bytes())?;
            }
            DiffFormat::Summary => {
                to.write_all(visible_lines(&summary(&diff, &turn, &earlier, &later)).as_bytes())?;
            }
            DiffFormat::Csv => rows = write_rows(&turn, to, form)?,
            DiffFormat::Json => {
                serde_json::to_writer(&mut *to, &Json { diff: &diff, turn: &turn })?;
                to.write_all(b"\n")?;
            }
        }
        Ok(())
    })?;
    if !verbosity.is_quiet() {
        written.iter().for_each(|path| status_line(&written_words(path)));
    }
    if format == DiffFormat::Csv && !verbosity.is_quiet() {
        status_line(&format!("rows          {rows}"));
        say_refused(&turn);
        if let Some(path) = written {
            say_next(&path);
        }
    }
    Ok(Exit::Good)
}

/// Whether a page is to be written.
fn page_of(args: &DiffArgs) -> Result<bool, CliError> {
    match args.out.as_deref().filter(|path| is_page(path)) {
        Some(path) if args.format.is_some() || args.json => Err(format_of_page(path)),
        page => Ok(page.is_some()),
    }
}

/// Proposes the commands for a file of rows.
fn say_next(path: &Path) {
    status_line(&format!(
        "umbulk plan {0} shows what would be sent, umbulk import {0} sends it",
        crate::shell::shell_words([path])
    ));
}

/// Whether a list does not have all users.
fn is_partial(list: &FoundList, organization: &Organization) -> bool {
    is_part(list.query()) || !organization.shows(Coverage::EVERYBODY)
}

/// Returns what the memberships in the lists do not show.
fn notes_on_memberships(diff: &Diff<'_>, format: DiffFormat) -> Vec<&'static str> {
    let direct = [diff.before, diff.after].map(|list| list.shows(Coverage::DIRECT));
    let mut notes = Vec::new();
    if !diff.has_memberships {
        notes.push("one of the lists does not contain groups: memberships are not compared");
    } else if direct[0] != direct[1] {
        notes.push(
            "only one of the lists has memberships that come through a user group: those appear \
             as gained or lost",
        );
    }
    if format != DiffFormat::Csv {
        return notes;
    }
    if direct != [true; 2] && diff.has_memberships {
        notes.push(
            "these lists contain memberships that come through a user group, without marking \
             them: check the rows before you import them",
        );
    }
    if diff.groups.iter().any(|group| group.is_new) {
        notes.push(
            "some groups have no members in the first list: if they do not exist, create them \
             before you import the rows (`umbulk diff A B` names them)",
        );
    }
    notes
}

/// The workbook with the rows.
const ROWS: SheetLayout = SheetLayout { name: "Changes", status: "", sentences: &[] };

/// Returns the format, and the form of the rows. A workbook has the rows to import.
fn format(args: &DiffArgs) -> Result<(DiffFormat, RecordForm<'_>), CliError> {
    match args.out.as_deref().filter(|path| is_workbook(path)) {
        Some(path) if args.format.is_some() || args.json => Err(text_format_of_workbook(path)),
        Some(path) => Ok((DiffFormat::Csv, RecordForm::Workbook(path))),
        None => {
            let default = if args.json { DiffFormat::Json } else { DiffFormat::Summary };
            Ok((args.format.unwrap_or(default), RecordForm::Csv))
        }
    }
}

/// Writes the rows, and returns the number of rows with each action.
fn write_rows(
    turn: &Patch<'_, '_>,
    to: &mut dyn Write,
    form: RecordForm<'_>,
) -> Result<String, CliError> {
    let mut table = RecordWriter::begin(to, form, ROWS, PatchRow::columns())?;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in turn.rows() {
        *counts.entry(row.action()).or_default() += 1;
        table.row(row.cells())?;
    }
    table.end()?;
    let counts: Vec<String> =
        counts.into_iter().map(|(action, rows)| format!("{} {action}", thousands(rows))).collect();
    Ok(if counts.is_empty() { "none".to_owned() } else { counts.join(", ") })
}

/// Describes what is not in the rows. The options in a message about a row are those of an import.
fn refused_words(refused: &Unsupported<'_>) -> String {
    match &refused.why {
        UnsupportedReason::Invalid(message) => {
            format!("{}: umbulk import says: {message}", refused.user)
        }
        _ => refused.to_string(),
    }
}

fn say_refused(turn: &Patch<'_, '_>) {
    for refused in turn.refused.iter().take(MOST) {
        status_line(&format!("not in the file: {}", refused_words(refused)));
    }
    if turn.refused.len() > MOST {
        status_line(&format!(
            "and {} more: --format json has all",
            thousands((turn.refused.len() - MOST) as u64)
        ));
    }
}

fn summary(
    diff: &Diff<'_>,
    turn: &Patch<'_, '_>,
    earlier: &FoundList,
    later: &FoundList,
) -> String {
    let mut text = format!("From  {}\nTo    {}\n", earlier.describe(), later.describe());
    for (number, what) in [
        (diff.joined.len() as u64, "joined"),
        (diff.left.len() as u64, "left"),
        (diff.changed.len() as u64, "changed"),
        (diff.alike, "as before"),
    ] {
        let _ = writeln!(text, "{:>11}  {what}", thousands(number));
    }
    section(&mut text, "Joined", diff.joined.iter().map(|person| who(*person)));
    section(&mut text, "Left", diff.left.iter().map(|person| who(*person)));
    section(&mut text, "Changed", diff.changed.iter().map(how));
    let groups = diff.groups.iter().map(|group| {
        let new = if group.is_new { "  (it had no members)" } else { "" };
        format!(
            "{:>9}  {:>9}  {}{new}",
            format!("+{}", thousands(group.gained)),
            format!("-{}", thousands(group.lost)),
            group.name
        )
    });
    section(&mut text, "Memberships gained and lost", groups);
    section(&mut text, "Not changed by an import", turn.refused.iter().map(refused_words));
    text
}

fn section(text: &mut String, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    if all == 0 {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    lines.take(MOST).for_each(|line| {
        let _ = writeln!(text, "  {}", visible(&line));
    });
    if all > MOST {
        let _ =
            writeln!(text, "  and {} more: --format json has all", thousands((all - MOST) as u64));
    }
}

fn who(person: OrgUser<'_>) -> String {
    let groups: Vec<&str> = person.group_names().collect();
    let groups =
        if groups.is_empty() { String::new() } else { format!(" in {}", groups.join(", ")) };
    let identity = if person.identity().is_empty() {
        String::new()
    } else {
        format!(" ({})", person.identity())
    };
    format!("{}{identity}{groups}", person.name())
}

/// Describes one change: `ann@example.com: lastname Lee -> Li; + Design; - Video`.
fn how(changed: &Changed<'_>) -> String {
    let shown =
        |value: &str| if value.is_empty() { "(nothing)".to_owned() } else { value.to_owned() };
    let values = changed
        .values
        .iter()
        .map(|one| format!("{} {} -> {}", one.value.name(), shown(one.before), shown(one.after)));
    let moves = |sign: char, names: &[&str]| {
        (!names.is_empty()).then(|| format!("{sign} {}", names.join(", ")))
    };
    let all: Vec<String> =
        values.chain(moves('+', &changed.gained)).chain(moves('-', &changed.lost)).collect();
    format!("{}: {}", changed.before.name(), all.join("; "))
}

/// The differences as JSON, written piece by piece, so that a million users are never held in
/// memory.
struct Json<'j, 'o> {
    diff: &'j Diff<'o>,
    turn: &'j Patch<'j, 'o>,
}

impl Serialize for Json<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { diff, turn } = self;
        let mut all = serializer.serialize_struct("diff", 9)?;
        all.serialize_field(
            "before",
            &ListJson { name: &diff.before.name, at: diff.before.at, users: diff.before.len() },
        )?;
        all.serialize_field(
            "after",
            &ListJson { name: &diff.after.name, at: diff.after.at, users: diff.after.len() },
        )?;
        all.serialize_field("alike", &diff.alike)?;
        all.serialize_field("memberships_compared", &diff.has_memberships)?;
        all.serialize_field(
            "joined",
            &Each(|| diff.joined.iter().map(|person| PersonJson::of(*person))),
        )?;
        all.serialize_field(
            "left",
            &Each(|| diff.left.iter().map(|person| PersonJson::of(*person))),
        )?;
        all.serialize_field("changed", &Each(|| diff.changed.iter().map(ChangedJson::of)))?;
        all.serialize_field(
            "groups",
            &Each(|| {
                diff.groups.iter().map(|group| GroupJson {
                    name: group.name,
                    gained: group.gained,
                    lost: group.lost,
                    is_new: group.is_new,
                })
            }),
        )?;
        all.serialize_field("not_possible", &Each(|| turn.refused.iter().map(RefusedJson::of)))?;
        all.end()
    }
}

/// A list that is produced while it is written.
struct Each<F>(F);

impl<F: Fn() -> I, I: IntoIterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[derive(serde::Serialize)]
struct ListJson<'j> {
    name: &'j str,
    at: jiff::Timestamp,
    users: u32,
}

#[derive(serde::Serialize)]
struct PersonJson<'o> {
    id: &'o str,
    r#type: &'o str,
    email: &'o str,
    username: &'o str,
    domain: &'o str,
    firstname: &'o str,
    lastname: &'o str,
    country: &'o str,
    status: &'o str,
    groups: Vec<&'o str>,
}

impl<'o> PersonJson<'o> {
    fn of(person: OrgUser<'o>) -> Self {
        Self {
            id: person.id(),
            r#type: person.identity(),
            email: person.email(),
            username: person.username(),
            domain: person.domain(),
            firstname: person.firstname(),
            lastname: person.lastname(),
            country: person.country(),
            status: person.status(),
            groups: person.group_names().collect(),
        }
    }
}

#[derive(serde::Serialize)]
struct ChangedJson<'o> {
    id: &'o str,
    user: &'o str,
    values: Vec<ValueJson<'o>>,
    gained: &'o [&'o str],
    lost: &'o [&'o str],
}

#[derive(serde::Serialize)]
struct ValueJson<'o> {
    name: &'static str,
    before: &'o str,
    after: &'o str,
}

impl<'j> ChangedJson<'j> {
    fn of(changed: &'j Changed<'_>) -> Self {
        let values = changed.values.iter().map(|one| ValueJson {
            name: one.value.name(),
            before: one.before,
            after: one.after,
        });
        Self {
            id: changed.before.id(),
            user: changed.before.name(),
            values: values.collect(),
            gained: &changed.gained,
            lost: &changed.lost,
        }
    }
}

#[derive(serde::Serialize)]
struct GroupJson<'o> {
    name: &'o str,
    gained: u64,
    lost: u64,
    is_new: bool,
}

#[derive(serde::Serialize)]
struct RefusedJson<'o> {
    user: &'o str,
    column: &'static str,
    before: &'o str,
    after: &'o str,
    why: String,
}

impl<'j> RefusedJson<'j> {
    fn of(refused: &'j Unsupported<'_>) -> Self {
        let Unsupported { user, column, before, after, why } = refused;
        Self { user, column, before, after, why: why.to_string() }
    }
}
