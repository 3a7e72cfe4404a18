//! The file: `.partial` while it is written, and under its name when it is whole. A thread of its
//! own writes and compresses.

use crate::fs::{exclusive_file, is_open_file, rotate, sync_folder};
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

/// How the file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    Plain,
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
}

/// A file while it is written. Dropped before it is finished, it stays as it is: a `.partial`.
#[derive(Debug)]
pub(crate) struct Output {
    chunks: mpsc::Sender<OutputChunk>,
    /// As of when the list is; anyone who reads the file later takes its time for that.
    as_of: Arc<OnceLock<SystemTime>>,
    writer: JoinHandle<io::Result<Option<PathBuf>>>,
}

enum OutputChunk {
    Text(Vec<u8>),
    End,
}

/// Where it goes.
enum OutputTarget {
    /// Becomes the second file when it is whole.
    File { file: File, partial: PathBuf, place: PathBuf },
    /// Standard output, a pipe, a device.
    Stream(Box<dyn Write + Send>),
}

/// Chunks between the pages and the writer: each as long as a page.
const WAITING: usize = 2;

impl Output {
    /// Opens a file beside the one that is meant; `-` is standard output. Nothing that is there is
    /// touched before the end.
    ///
    /// # Errors
    /// When it cannot be written, or another process writes it.
    pub(crate) fn open(path: &Path, packing: Packing) -> io::Result<Self> {
        let named = crate::fs::named(path);
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
            OutputTarget::File { file: exclusive_file(&partial)?, partial, place: path.to_owned() }
        };
        let (chunks, incoming) = mpsc::channel(WAITING);
        let as_of = Arc::new(OnceLock::new());
        let time = Arc::clone(&as_of);
        let writer = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || write(target, packing, incoming, &time))?;
        Ok(Self { chunks, as_of, writer })
    }

    /// Hands text over to the writer.
    ///
    /// # Errors
    /// Why the writer has stopped.
    pub(super) async fn write(&mut self, text: Vec<u8>) -> io::Result<()> {
        if self.chunks.send(OutputChunk::Text(text)).await.is_err() {
            return Err(self.trouble());
        }
        Ok(())
    }

    /// Everything is there: the file gets its name. Gives the name under which an earlier one was
    /// renamed.
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
        // The writer hung up, so it has ended.
        let writer = std::mem::replace(&mut self.writer, std::thread::spawn(|| Ok(None)));
        join(writer).err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

fn join(writer: JoinHandle<io::Result<Option<PathBuf>>>) -> io::Result<Option<PathBuf>> {
    writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer ended unexpectedly")))
}

/// A pipe, a device, or a name of standard output: nothing that gets its name when it is whole.
fn is_stream(path: &Path) -> bool {
    path.exists() && (!path.is_file() || is_open_file(path))
}

fn write(
    target: OutputTarget,
    packing: Packing,
    incoming: mpsc::Receiver<OutputChunk>,
    as_of: &OnceLock<SystemTime>,
) -> io::Result<Option<PathBuf>> {
    match target {
        OutputTarget::Stream(stream) => {
            pack(stream, packing, incoming)?;
            Ok(None)
        }
        OutputTarget::File { file, partial, place } => {
            if !pack(Steady { file: &file, waiting: 0 }, packing, incoming)? {
                return Ok(None);
            }
            if let Some(at) = as_of.get() {
                file.set_modified(*at)?;
            }
            file.sync_all()?;
            let aside = rotate(&place)?;
            std::fs::rename(&partial, &place)?;
            sync_folder(&place);
            Ok(aside)
        }
    }
}

/// Brings what is written to the disk while more is on its way, so that nobody waits for all of it
/// at the end.
struct Steady<'f> {
    file: &'f File,
    /// Bytes that are not on the disk yet.
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

/// Gives whether the end came.
fn pack(
    to: impl Write,
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
