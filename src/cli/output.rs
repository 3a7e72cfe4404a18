//! The destination of a command's data: a file or standard output.

use crate::cli::error::CliError;
use crate::cli::say::status_line;
use crate::fs::{NamedFile, exclusive_file, keep_dated};
use crate::import::files_in_use::check_no_run_uses;
use crate::import::places::{check_outputs, is_device, is_stdout};
use crate::report::Paths;
use crate::visible::VisibleWriter;
use std::fs::{OpenOptions, rename};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Refuses to overwrite an input, a file of a run in progress, or one of umbulk's own files, and to
/// write two outputs to one file.
pub(crate) fn check_files(inputs: &[PathBuf], outputs: &[(&str, PathBuf)]) -> Result<(), CliError> {
    check_outputs(inputs, outputs)?;
    Ok(check_no_run_uses(outputs.iter().map(|(_, path)| path.as_path()), None)?)
}

/// Returns the error for a format of text that is asked for in a file with the name of a workbook.
pub(crate) fn text_format_of_workbook(path: &Path) -> CliError {
    CliError(format!(
        "{} is the name of a workbook, and the format is one of text: nothing was done. Omit the \
         format, or name a file with another ending",
        path.display()
    ))
}

/// Returns the error for a format that is asked for in a file with the name of a page.
pub(crate) fn format_of_page(path: &Path) -> CliError {
    CliError(format!(
        "{} is the name of a page of HTML, and the format is another one: nothing was done. Omit \
         the format, or name a file with another ending",
        path.display()
    ))
}

/// Says which file was written.
pub(crate) fn written_words(path: &Path) -> String {
    format!("written       {}", path.display())
}

/// Writes a file that only its owner can read and that is always complete, or standard output
/// without a path or for `-`. An earlier file is kept with its date, and that is said. Returns the
/// path.
pub(crate) fn write_out(
    out: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), CliError>,
) -> Result<Option<PathBuf>, CliError> {
    let Some(path) = out.filter(|path| !is_stdout(path)) else {
        let mut stdout = Quiet(BufWriter::new(io::stdout().lock()));
        if io::stdout().is_terminal() {
            let mut terminal = VisibleWriter::new(stdout);
            write(&mut terminal)?;
            terminal.flush()?;
        } else {
            write(&mut stdout)?;
            stdout.flush()?;
        }
        return Ok(None);
    };
    let named = |error: io::Error| CliError::from(crate::fs::named(path)(error));
    if is_device(path) {
        let device = OpenOptions::new().write(true).open(path).map_err(named)?;
        let mut device = BufWriter::new(NamedFile::new(device, path));
        write(&mut device)?;
        device.flush()?;
        return Ok(None);
    }
    let partial = path.with_added_extension("partial");
    let mut file = BufWriter::new(NamedFile::new(exclusive_file(&partial)?, path));
    let written = write(&mut file).and_then(|()| Ok(file.flush()?)).and_then(|()| {
        put_earlier_aside(path).map_err(named)?;
        rename(&partial, path).map_err(named)?;
        Ok(())
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written.map(|()| Some(path.to_owned()))
}

/// Moves an earlier file into the folder of the dated copies, and says so.
///
/// # Errors
/// When it cannot be moved.
pub(crate) fn put_earlier_aside(path: &Path) -> io::Result<()> {
    if let Some(kept) = keep_dated(&Paths::copies(path, path), path)? {
        status_line(&kept.to_string());
    }
    Ok(())
}

/// Standard output. It is not an error if its reader closes it.
struct Quiet<W: Write>(W);

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
