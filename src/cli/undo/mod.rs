//! `umbulk undo`: what takes an import back, as a file and as a plan; `--apply` sends it.

mod words;

use super::args::undo::UndoArgs;
use super::error::CliError;
use super::import_report::ImportReport;
use super::output::{check_files, write_out, written_words};
use super::proposed_command::Typed;
use super::say::{print_error_object, print_out, print_words, status_line};
use super::sending;
use super::store_access::share_quota_and_lists;
use super::terminal::Terminal;
use super::typed_words::typed_words;
use super::words::undo::earlier_words;
use crate::export::ListReporter;
use crate::fs::keep_dated;
use crate::import::access::Access;
use crate::import::config::{BeforeSource, ConnectConfig, ImportConfig};
use crate::import::confirmation::Confirmation;
use crate::import::connection::Connection;
use crate::import::pipeline;
use crate::import::reporter::ImportReporter;
use crate::import::shared_store::SharedStore;
use crate::import::undo::earlier_import::earlier_import;
use crate::import::undo::error::UndoError;
use crate::import::undo::prepare::{PreparedUndo, note_applied, prepare, rows_in, undo_path};
use crate::import::undo::undo_row::UndoRow;
use crate::import::{Exit, ImportError};
use crate::report::Paths;
use crate::shell::shell_words;
use crate::table::{RecordForm, RecordWriter, SheetLayout, is_workbook};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use words::{describe, plan_json};

/// The workbook with the rows.
const ROWS: SheetLayout = SheetLayout { name: "Undo", status: "", sentences: &[] };

/// Writes the rows that undo an import, shows them as a plan, and sends them if that is wanted.
pub(crate) fn run(
    args: &UndoArgs,
    access: Access,
    terminal: Terminal,
    report: &ImportReport,
) -> Result<Exit, CliError> {
    let mut connect = args.connect.config(access);
    let out = args.out.clone().unwrap_or_else(|| undo_path(&args.file));
    check_files(std::slice::from_ref(&args.file), &[("the rows that undo it", out.clone())])?;
    let shared = share_quota_and_lists(args.store.as_deref(), &mut connect, &terminal);
    if args.json {
        shared.as_ref().err().into_iter().for_each(print_error_object);
    }
    shared?;
    let typed: Vec<OsString> = typed_words().collect();
    let typed = Typed::new(&typed).ok_or_else(|| CliError("no command of umbulk".to_owned()))?;
    let import_rows = |path: &Path| typed.to_import_undo(path);
    let undo = prepare(&args.file, &out, &connect, &terminal);
    let earlier = earlier(&args.file, &connect);
    let undo = undo.map_err(|error| with_earlier(error, earlier.as_deref()));
    let prepared = undo.and_then(|undo| {
        let written = match undo.plan.rows.is_empty() {
            true => None,
            false => write_rows((args, &out, &connect), &undo, &typed, &terminal)?,
        };
        Ok((undo, written))
    });
    if args.json {
        prepared.as_ref().err().into_iter().for_each(print_error_object);
    }
    let (undo, written) = prepared?;
    if args.json {
        print_out(&format!("{}\n", plan_json(&undo, written.as_deref())))?;
    } else {
        print_words(&describe(&undo))?;
    }
    if let Some(earlier) = earlier {
        terminal.inform(&format!("note: {earlier}"));
    }
    let Some(path) = written else {
        return Ok(without_rows(&undo));
    };
    terminal.inform(&written_words(&path));
    if args.apply {
        confirm(args, &undo, &terminal)?;
        // Where the list may not show somebody as it is, the record is made anew.
        let before = match undo.now.uncertain.is_empty() {
            true => BeforeSource::Given(undo.now.organization.clone()),
            false => BeforeSource::Fetched,
        };
        let words = import_rows(&path);
        let of_import = (path.clone(), words);
        let applied = import(args, connect.clone(), of_import, before, terminal, report)?;
        if let Err(error) = note_applied(&args.file, &path, &connect) {
            let CliError(error) = error.into();
            status_line(&format!("note: what was taken back could not be recorded: {error}"));
        }
        return Ok(applied.and(without_rows(&undo)));
    }
    terminal.inform(&format!(
        "{} sends these rows; umbulk plan {} shows the requests",
        shell_words(typed.to_apply()),
        shell_words([&path])
    ));
    Ok(without_rows(&undo))
}

/// Returns why the last import cannot be taken back. If there is nothing to take back, it names the
/// earlier import that can be.
fn with_earlier(error: ImportError, earlier: Option<&str>) -> CliError {
    let is_nothing = matches!(
        &error,
        ImportError::Undo(
            UndoError::ChangedNothing { .. }
                | UndoError::NoJournal { .. }
                | UndoError::NoBaseline { .. }
        )
    );
    let CliError(why) = error.into();
    let earlier = earlier.filter(|_| is_nothing);
    CliError(earlier.map_or_else(|| why.clone(), |earlier| format!("{why}. {earlier}")))
}

/// Says that an earlier import of the file can be taken back. What prevents that is said when
/// somebody wants it.
fn earlier(file: &Path, connect: &ConnectConfig) -> Option<String> {
    let (organization, host) = Connection::place(&connect.access).ok()?;
    earlier_import(file, &organization, &host).ok().flatten().as_ref().map(earlier_words)
}

/// Returns the exit status by what is not taken back.
fn without_rows(undo: &PreparedUndo) -> Exit {
    if undo.plan.refused.is_empty() { Exit::Good } else { Exit::SomeRows }
}

/// Asks before a doubtful list is relied upon.
fn confirm(args: &UndoArgs, undo: &PreparedUndo, terminal: &Terminal) -> Result<(), ImportError> {
    for words in undo.doubts.iter().filter(|_| !args.yes) {
        if !terminal.ask(Confirmation::Undo, &format!("{words}."), "yes")? {
            return Err(UndoError::NotConfirmed { words: words.clone() }.into());
        }
    }
    Ok(())
}

/// Writes the rows. A file whose rows are others than these, and were not imported either, is the
/// work of a person: it is not sent and not put aside by `--apply`.
fn write_rows(
    (args, out, connect): (&UndoArgs, &Path, &ConnectConfig),
    undo: &PreparedUndo,
    typed: &Typed<'_>,
    terminal: &Terminal,
) -> Result<Option<PathBuf>, CliError> {
    let folder = tempfile::tempdir()?;
    let new = folder.path().join(out.file_name().unwrap_or_default());
    write_table(undo, &new)?;
    let present = match rows_in(out, connect) {
        Err(error) if args.apply => return Err(error.into()),
        present => present.unwrap_or_default(),
    };
    if present.is_some() && present == rows_in(&new, connect)? {
        return Ok(Some(out.to_owned()));
    }
    if args.apply && present.is_some() && present != undo.imported {
        let as_it_is = typed.to_import_undo(out).into_iter().chain(["--snapshot-before".into()]);
        return Err(CliError(format!(
            "{} has other rows than this undo: it was edited, or something has changed since it \
             was written. Nothing was sent. `{}` imports it as it is. To take back everything, \
             rename it, and type the same command again",
            out.display(),
            shell_words(as_it_is)
        )));
    }
    if let Some(kept) = keep_dated(&Paths::copies(out, out), out)? {
        terminal.inform(&kept.to_string());
    }
    write_table(undo, out)
}

fn write_table(undo: &PreparedUndo, out: &Path) -> Result<Option<PathBuf>, CliError> {
    let form = if is_workbook(out) { RecordForm::Workbook(out) } else { RecordForm::Csv };
    write_out(Some(out), |to| {
        let mut table = RecordWriter::begin(to, form, ROWS, UndoRow::columns())?;
        for row in &undo.plan.rows {
            table.row(row.cells(&undo.files))?;
        }
        table.end()?;
        Ok(())
    })
}

/// Imports the rows with the pipeline of every import.
fn import(
    args: &UndoArgs,
    connect: ConnectConfig,
    (path, typed): (PathBuf, Vec<OsString>),
    before: BeforeSource,
    terminal: Terminal,
    report: &ImportReport,
) -> Result<Exit, CliError> {
    let config = ImportConfig {
        typed,
        yes: args.yes,
        allow_admins: args.allow_admins,
        // An undo that was interrupted is planned anew: others may have changed something since.
        fresh: true,
        before,
        ..ImportConfig::new(vec![path], connect)
    };
    let (sending, store) = (terminal.sending.clone(), config.connect.store.clone());
    let import = move || pipeline::import(&config, &terminal);
    let give_back = move || store.iter().for_each(SharedStore::give_back);
    sending::until_sending(&sending, report, import, give_back)
}
