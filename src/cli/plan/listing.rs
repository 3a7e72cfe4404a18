//! `plan --out`: writes what is planned, row by row. Users open the file, so text from input files
//! is written such that no spreadsheet runs it and no terminal obeys it.

use crate::change::{Change, RowEffect};
use crate::cli::error::CliError;
use crate::execute::{InputRows, RequestedChange, Skip};
use crate::fs::NamedFile;
use crate::import::input_file::InputFile;
use crate::import::missing::{MissingPerson, PlannedMissing};
use crate::organization::Organization;
use crate::plan::{Plan, PlannedCommand};
use crate::reconcile::{LEAVE, steps};
use crate::report::{PlanPageRow, PlanPageRows};
use crate::table::{Block, RecordForm, RecordWriter, RowBuffer, SheetLayout};
use crate::visible::visible_cell;
use std::io::{self, BufWriter};

/// One row for each input row and command.
pub(super) enum PlanListing {
    /// A table, as a file.
    Table(RecordWriter<BufWriter<NamedFile>>),
    /// The table of a page, which is written when it is complete.
    Page(PlanPageRows),
}

/// The columns of the table.
const COLUMNS: [&str; 11] = [
    "file", "line", "row", "request", "command", "steps", "status", "user", "changes", "old", "new",
];

/// The workbook with these rows.
const PLAN: SheetLayout =
    SheetLayout { name: "Plan", status: "status", sentences: &["steps", "changes"] };

impl PlanListing {
    /// Begins the file with its header.
    pub(super) fn begin(file: BufWriter<NamedFile>, form: RecordForm<'_>) -> io::Result<Self> {
        RecordWriter::begin(file, form, PLAN, COLUMNS).map(Self::Table)
    }

    /// Writes the cells of a row, in the order of the columns.
    fn write(&mut self, cells: [&str; 11]) -> io::Result<()> {
        match self {
            Self::Table(table) => table.row(cells.map(visible_cell)),
            Self::Page(rows) => {
                let [file, line, _, request, _, steps, status, who, changes, old, new] = cells;
                // A row that is not sent has the reason in place of steps.
                let is_reason = request.is_empty() && changes.is_empty();
                let changes = if is_reason { steps } else { changes };
                rows.add(PlanPageRow { file, line, status, who, changes, old, new, request });
                Ok(())
            }
        }
    }
}

/// The rows of an input file that are sent.
pub(super) struct ListedRows<'a> {
    input: &'a InputFile,
    input_rows: InputRows<'a>,
    plan: &'a Plan,
    /// The line of each row.
    lines: Vec<u64>,
    buffer: RowBuffer,
}

impl<'a> ListedRows<'a> {
    /// Creates the listing of the rows of a file.
    pub(super) fn of(input: &'a InputFile, plan: &'a Plan) -> io::Result<Self> {
        let mut lines = Vec::new();
        for block in input.table.blocks() {
            let block = block?;
            lines.extend((0..block.len()).map(|index| block.frame(index).line));
        }
        let (input_rows, buffer) = (input.input_rows(), RowBuffer::default());
        Ok(Self { input, input_rows, plan, lines, buffer })
    }

    /// Lists the rows of a request, command by command. Requests and commands are numbered from 1.
    pub(super) fn list_request(
        &mut self,
        number: u64,
        commands: &[(PlannedCommand, Vec<u32>)],
        listing: &mut PlanListing,
    ) -> io::Result<()> {
        let organization = self.input.baseline.as_ref().map(|known| &*known.organization);
        for (place, (command, rows)) in commands.iter().enumerate() {
            for row in rows {
                let RequestedChange { change, remark, effect, .. } =
                    self.input_rows.asked(*row, self.plan.place(*row), &mut self.buffer)?;
                let remark = self.input_rows.remark_of(*row, remark);
                let (changes, old, new) = changes(&change, effect, organization);
                let between = if changes.is_empty() || remark.is_empty() { "" } else { "; " };
                let cells = [
                    self.input.table.name().to_owned(),
                    self.lines[*row as usize].to_string(),
                    (u64::from(*row) + 1).to_string(),
                    number.to_string(),
                    (place + 1).to_string(),
                    command.describe(),
                    "send".to_owned(),
                    change.name().to_owned(),
                    format!("{changes}{between}{remark}"),
                    old,
                    new,
                ];
                listing.write(cells.each_ref().map(String::as_str))?;
            }
        }
        Ok(())
    }
}

/// Lists the rows of an input file that are not sent, with the reason.
pub(super) fn list_skipped(input: &InputFile, listing: &mut PlanListing) -> Result<(), CliError> {
    let input_rows = input.input_rows();
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let (status, why) = match input_rows.evaluate_detailed(&block, index, &mut buffer) {
                None | Some(Ok(_)) => continue,
                Some(Err(Skip::Invalid { code, message, .. })) => {
                    ("invalid", format!("not sent: {code}: {message}"))
                }
                Some(Err(Skip::Behind(reason))) => ("failed", reason.message),
                Some(Err(skip @ Skip::Unchanged { .. })) => {
                    ("unchanged", input_rows.unchanged_reason(&skip).message)
                }
                Some(Err(Skip::Skipped { code, message })) => {
                    ("skipped", format!("not sent: {code}: {message}"))
                }
                Some(Err(Skip::Decided(decision))) => {
                    (decision.status.name(), decision.reason.message)
                }
            };
            let row = (block.first_row + index as u64 + 1).to_string();
            let line = block.frame(index).line.to_string();
            let user = if status == "skipped" {
                String::new()
            } else {
                named_in(&input_rows, &block, index, &mut beside)
            };
            let name = input.table.name();
            listing.write([name, &line, &row, "", "", &why, status, &user, "", "", ""])?;
        }
    }
    Ok(())
}

/// Lists the people who are in no row, with what happens to them.
pub(super) fn list_missing(missing: &PlannedMissing, listing: &mut PlanListing) -> io::Result<()> {
    for MissingPerson { user, groups, .. } in &missing.people {
        let groups: Vec<String> =
            groups.iter().map(|group| format!("remove from `{group}`")).collect();
        let changes = match missing.action {
            "leave" => LEAVE.to_owned(),
            _ => groups.join("; "),
        };
        listing.write(["", "", "", "", "", "", "missing", user, &changes, "", ""])?;
    }
    Ok(())
}

/// Returns the user or group of a row, including an invalid one.
fn named_in(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> String {
    if let Some(Ok(change)) = input_rows.requested_change(block, index, buffer) {
        return change.name().to_owned();
    }
    let Ok(cells) = block.cells(index, buffer) else { return String::new() };
    cells.who().to_owned()
}

/// Describes what a row changes, joined by `; `, with the old and the new values.
fn changes(
    change: &Change<'_>,
    effect: RowEffect,
    organization: Option<&Organization>,
) -> (String, String, String) {
    let steps = steps(change, effect, organization);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (_, step) in &steps {
        if let Some(value) = step.value() {
            old.extend(value.old.iter().map(|old| format!("{}: {old}", value.field)));
            new.push(format!("{}: {}", value.field, value.new));
        }
    }
    let words: Vec<String> = steps.iter().map(|(_, step)| step.to_string()).collect();
    (words.join("; "), old.join("; "), new.join("; "))
}
