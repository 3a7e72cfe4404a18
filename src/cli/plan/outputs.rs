//! The files that `plan` writes: the bodies of the requests (`--requests`), and a row for each row
//! and command (`--out`).

use super::listing::{ListedRows, PlanListing, list_missing, list_skipped};
use crate::cli::args::commands::PlanArgs;
use crate::cli::error::CliError;
use crate::cli::output::{check_files, put_earlier_aside, write_out};
use crate::execute::{Scan, dry_run};
use crate::fs::{NamedFile, exclusive_file, private_file};
use crate::import::input_file::InputFile;
use crate::import::missing::PlannedMissing;
use crate::import::outputs::is_page;
use crate::import::places::is_device;
use crate::report::{PlanPage, PlanPageFile, PlanPageRows};
use crate::table::{RecordForm, is_workbook};
use crate::umapi::wire::WireCommand;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The requested files, open.
pub(super) struct PlanOutputs {
    bodies: Option<BufWriter<NamedFile>>,
    listing: Option<PlanListing>,
    /// The workbook of the listing.
    workbook: Option<PartialWorkbook>,
    /// The page of the listing, and the plans of the files.
    page: Option<PathBuf>,
    page_files: Vec<PlanPageFile>,
}

/// A workbook that has another name until it is complete.
struct PartialWorkbook {
    path: PathBuf,
    partial: PathBuf,
    is_complete: bool,
}

impl PartialWorkbook {
    /// Creates the file under its other name. What a link there leads to stays as it is.
    fn create(path: &Path) -> Result<(Self, File), CliError> {
        let partial = path.with_added_extension("partial");
        let file = exclusive_file(&partial)?;
        Ok((Self { path: path.to_owned(), partial, is_complete: false }, file))
    }

    /// Gives the file its name, and keeps earlier ones with that name under other names.
    fn complete(mut self) -> Result<(), CliError> {
        put_earlier_aside(&self.path)?;
        std::fs::rename(&self.partial, &self.path).map_err(crate::fs::named(&self.path))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for PartialWorkbook {
    fn drop(&mut self) {
        if !self.is_complete {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

impl PlanOutputs {
    /// Refuses outputs that would overwrite an input or each other.
    pub(super) fn check(args: &PlanArgs) -> Result<(), CliError> {
        let outputs =
            [("--out", &args.out), ("--requests", &args.requests), ("--save", &args.save)];
        let outputs: Vec<_> =
            outputs.iter().filter_map(|(what, path)| Some((*what, (*path).clone()?))).collect();
        let read = [
            &args.known.against,
            &args.read.protect,
            &args.read.map_file,
            &args.groups.groups_file,
            &args.connect.access.env_file,
        ];
        let inputs: Vec<PathBuf> =
            args.files.iter().chain(read.into_iter().flatten()).cloned().collect();
        check_files(&inputs, &outputs)
    }

    /// Creates the files that are asked for.
    pub(super) fn begin(args: &PlanArgs) -> Result<Self, CliError> {
        let bodies = args.requests.as_deref().map(create).transpose()?;
        let (page_files, mut page) = (Vec::new(), None);
        let (listing, workbook, form) = match args.out.as_deref() {
            Some(path) if is_page(path) => {
                page = Some(path.to_owned());
                let listing = Some(PlanListing::Page(PlanPageRows::default()));
                return Ok(Self { bodies, listing, workbook: None, page, page_files });
            }
            Some(path) if is_workbook(path) => {
                let (workbook, file) = PartialWorkbook::create(path)?;
                let file = BufWriter::new(NamedFile::new(file, path));
                (Some(file), Some(workbook), RecordForm::Workbook(path))
            }
            out => (out.map(create).transpose()?, None, RecordForm::Csv),
        };
        let listing = listing.map(|file| PlanListing::begin(file, form)).transpose()?;
        Ok(Self { bodies, listing, workbook, page, page_files })
    }

    /// Adds the plan of a file to the page, if one is asked for.
    pub(super) fn add_to_page(&mut self, file: impl FnOnce() -> PlanPageFile) {
        if self.page.is_some() {
            self.page_files.push(file());
        }
    }

    /// Writes the requests of a file, after those that create groups, and returns how many the rows
    /// need; `None` if no output is requested.
    pub(super) fn write_requests(
        &mut self,
        input: &InputFile,
        scanned: &Scan,
        creations: &[Vec<WireCommand>],
    ) -> Result<Option<u64>, CliError> {
        if self.bodies.is_none() && self.listing.is_none() {
            return Ok(None);
        }
        if let Some(bodies) = &mut self.bodies {
            creations.iter().try_for_each(|request| write_body(bodies, request))?;
        }
        let mut number = creations.len() as u64;
        let is_listed = self.listing.is_some();
        let mut listed_rows =
            is_listed.then(|| ListedRows::of(input, &scanned.plan)).transpose()?;
        let requests = dry_run(&input.input_rows(), &scanned.plan, |commands| {
            number += 1;
            if let Some(bodies) = &mut self.bodies {
                let body: Vec<_> = commands.iter().map(|(command, _)| command.to_wire()).collect();
                write_body(bodies, &body)?;
            }
            if let (Some(listing), Some(rows)) = (&mut self.listing, &mut listed_rows) {
                rows.list_request(number, commands, listing)?;
            }
            Ok(())
        })?;
        Ok(Some(requests))
    }

    /// Returns the files that are written, without devices.
    pub(super) fn files(args: &PlanArgs) -> impl Iterator<Item = &Path> {
        [&args.requests, &args.out]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .filter(|path| !is_device(path))
    }

    /// Lists the rows of a file that are not sent, after those that are.
    pub(super) fn list_skipped(&mut self, input: &InputFile) -> Result<(), CliError> {
        match &mut self.listing {
            Some(listing) => list_skipped(input, listing),
            None => Ok(()),
        }
    }

    /// Lists the people who are in no row, after the rows of all files.
    pub(super) fn list_missing(&mut self, missing: &PlannedMissing) -> Result<(), CliError> {
        match &mut self.listing {
            Some(listing) => Ok(list_missing(missing, listing)?),
            None => Ok(()),
        }
    }

    /// Completes the files.
    pub(super) fn end(self) -> Result<(), CliError> {
        if let Some(mut bodies) = self.bodies {
            bodies.flush()?;
        }
        let listed = match self.listing {
            None => Ok(()),
            Some(PlanListing::Table(table)) => table.end().and_then(|mut file| file.flush()),
            Some(PlanListing::Page(rows)) => {
                let page = PlanPage::new(self.page_files, rows).to_html(Timestamp::now());
                let write = |to: &mut dyn Write| Ok(to.write_all(page.as_bytes())?);
                write_out(self.page.as_deref(), write)?;
                Ok(())
            }
        };
        match self.workbook {
            None => Ok(listed?),
            Some(workbook) => {
                listed?;
                workbook.complete()
            }
        }
    }
}

/// Creates a private file, and keeps earlier ones with that name under other names. A device is
/// opened as it is.
fn create(path: &Path) -> Result<BufWriter<NamedFile>, CliError> {
    if is_device(path) {
        let device = File::options().write(true).open(path).map_err(crate::fs::named(path))?;
        return Ok(BufWriter::new(NamedFile::new(device, path)));
    }
    put_earlier_aside(path)?;
    Ok(BufWriter::new(NamedFile::new(private_file(path)?, path)))
}

fn write_body(
    bodies: &mut BufWriter<NamedFile>,
    commands: &[impl Serialize],
) -> std::io::Result<()> {
    serde_json::to_writer(&mut *bodies, commands)?;
    bodies.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workbook_that_is_not_complete_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.xlsx");
        let (workbook, file) = PartialWorkbook::create(&path).unwrap();
        drop((file, workbook));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        PartialWorkbook::create(&path).unwrap().0.complete().unwrap();
        assert!(path.is_file());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
