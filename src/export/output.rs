//! The file: it is named `.partial` while it is written, and renamed when it is complete. A
//! separate thread compresses and writes it.

use crate::fs::{exclusive_file, is_open_file, rotate, sync_folder};
use crate::table::{SheetLayout, WorkbookWriter};
use crate::visible::VisibleWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;

/// The compression of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// None.
    Plain,
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
    /// The rows become a workbook.
    Workbook,
}

/// The workbook of a list.
const LIST: SheetLayout = SheetLayout { name: "List", status: "", sentences: &[] };

/// A file that is being written. If it is dropped before the end, it stays as `.partial`.
#[derive(Debug)]
pub(crate) struct Output {
    chunks: mpsc::Sender<OutputChunk>,
    /// The time that the list describes, which becomes the file's modification time.
    as_of: Arc<OnceLock<SystemTime>>,
    writer: JoinHandle<io::Result<Option<PathBuf>>>,
}

enum OutputChunk {
    Text(Vec<u8>),
    End,
}

/// The destination.
enum OutputTarget {
    /// A file that gets its name when it is complete.
    File { file: File, partial: PathBuf },
    /// Standard output, a pipe or a device.
    Stream(Box<dyn Write + Send>),
}

/// The number of chunks that may wait for the writer. Each is as long as a page.
const WAITING: usize = 2;

impl Output {
    /// Opens a file beside `path`; `-` is standard output. An existing file stays untouched until
    /// the end.
    ///
    /// # Errors
    /// When it cannot be written, or another process writes it.
    pub(crate) fn open(path: &Path, packing: Packing) -> io::Result<Self> {
        let (named, place) = (crate::fs::named(path), path.to_owned());
        let target = if path == Path::new("-") {
            let stdout = io::stdout();
            OutputTarget::Stream(if stdout.is_terminal() {
                Box::new(VisibleWriter::new(stdout))
            } else {
                Box::new(stdout)
            })
        } else if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                format!("{} is a folder: name a file in it", path.display()),
            ));
        } else if is_stream(path) {
            OutputTarget::Stream(Box::new(
                OpenOptions::new().write(true).open(path).map_err(named)?,
            ))
        } else {
            let partial = path.with_added_extension("partial");
            OutputTarget::File { file: exclusive_file(&partial)?, partial }
        };
        let (chunks, incoming) = mpsc::channel(WAITING);
        let as_of = Arc::new(OnceLock::new());
        let time = Arc::clone(&as_of);
        let writer = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || write(target, &place, packing, incoming, &time))?;
        Ok(Self { chunks, as_of, writer })
    }

    /// Passes text to the writer.
    ///
    /// # Errors
    /// Why the writer has stopped.
    pub(super) async fn write(&mut self, text: Vec<u8>) -> io::Result<()> {
        if self.chunks.send(OutputChunk::Text(text)).await.is_err() {
            return Err(self.trouble());
        }
        Ok(())
    }

    /// Completes the file and gives it its name. Returns the new name of an earlier file.
    ///
    /// # Errors
    /// When it cannot be written to its end.
    pub(super) async fn finish(mut self, as_of: Option<Timestamp>) -> io::Result<Option<PathBuf>> {
        if let Some(at) = as_of {
            let since = Duration::from_millis(u64::try_from(at.as_millisecond()).unwrap_or(0));
            let _ = self.as_of.set(SystemTime::UNIX_EPOCH + since);
        }
        if self.chunks.send(OutputChunk::End).await.is_err() {
            return Err(self.trouble());
        }
        tokio::task::spawn_blocking(move || join(self.writer))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    fn trouble(&mut self) -> io::Error {
        // The writer has closed the channel, so it has ended.
        let writer = std::mem::replace(&mut self.writer, std::thread::spawn(|| Ok(None)));
        join(writer).err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

fn join(writer: JoinHandle<io::Result<Option<PathBuf>>>) -> io::Result<Option<PathBuf>> {
    writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer ended unexpectedly")))
}

/// Whether the path is a pipe, a device, or a name of standard output, which cannot be renamed when
/// complete.
fn is_stream(path: &Path) -> bool {
    path.exists() && (!path.is_file() || is_open_file(path))
}

fn write(
    target: OutputTarget,
    place: &Path,
    packing: Packing,
    incoming: mpsc::Receiver<OutputChunk>,
    as_of: &OnceLock<SystemTime>,
) -> io::Result<Option<PathBuf>> {
    match target {
        OutputTarget::Stream(stream) => {
            pack(stream, place, packing, incoming)?;
            Ok(None)
        }
        OutputTarget::File { file, partial } => {
            if !pack(Steady { file: &file, waiting: 0 }, place, packing, incoming)? {
                return Ok(None);
            }
            if let Some(at) = as_of.get() {
                file.set_modified(*at)?;
            }
            file.sync_all()?;
            let aside = rotate(place)?;
            std::fs::rename(&partial, place)?;
            sync_folder(place);
            Ok(aside.map(|kept| kept.is))
        }
    }
}

/// Syncs a file to the disk while it is written, so that the last sync is short.
struct Steady<'f> {
    file: &'f File,
    /// Bytes that are not synced yet.
    waiting: usize,
}

impl Steady<'_> {
    const MOST: usize = 16 << 20;
}

impl Write for Steady<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.waiting += written;
        if self.waiting >= Self::MOST {
            self.waiting = 0;
            self.file.sync_data()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Compresses and writes the chunks. Returns whether the end came.
fn pack(
    to: impl Write,
    place: &Path,
    packing: Packing,
    incoming: mpsc::Receiver<OutputChunk>,
) -> io::Result<bool> {
    match packing {
        Packing::Plain => {
            let mut to = BufWriter::with_capacity(64 << 10, to);
            Ok(copy(&mut to, incoming)? && to.flush().map(|()| true)?)
        }
        Packing::Gzip => {
            let mut packer = GzEncoder::new(BufWriter::new(to), Compression::fast());
            Ok(copy(&mut packer, incoming)? && packer.finish()?.flush().map(|()| true)?)
        }
        Packing::Zstd => {
            let mut packer = zstd::stream::write::Encoder::new(BufWriter::new(to), 3)?;
            packer.include_checksum(true)?;
            Ok(copy(&mut packer, incoming)? && packer.finish()?.flush().map(|()| true)?)
        }
        Packing::Workbook => {
            let mut workbook = WorkbookWriter::new(BufWriter::new(to), place, LIST)?;
            let mut rows = incoming;
            while let Some(chunk) = rows.blocking_recv() {
                match chunk {
                    OutputChunk::Text(text) => workbook.rows_of_csv(&text[..], b',')?,
                    OutputChunk::End => return workbook.end()?.flush().map(|()| true),
                }
            }
            Ok(false)
        }
    }
}

fn copy(to: &mut impl Write, mut incoming: mpsc::Receiver<OutputChunk>) -> io::Result<bool> {
    while let Some(chunk) = incoming.blocking_recv() {
        match chunk {
            OutputChunk::Text(text) => to.write_all(&text)?,
            OutputChunk::End => return Ok(true),
        }
    }
    Ok(false)
}
