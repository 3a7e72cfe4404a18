//! A file opened as a table.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::MAX_RECORD;
use super::blocks::Blocks;
use super::columns::{Columns, Question};
use super::dialect::Dialect;
use super::error::TableError;
use super::header::{self, Head};
use super::layout::Layout;
use super::record::{RowBuffer, RowFault, parse};
use super::source::Opening;
use super::text::Text;
use super::{Cells, Field};

/// What a user may say about a file; by default everything is found out.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The encoding of a file without a byte order mark.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// The byte between cells.
    pub delimiter: Option<u8>,
    /// Which table it is.
    pub dialect: Option<Dialect>,
    /// What columns mean, by name; beats the header's own meaning.
    pub map: Vec<(Field, String)>,
    /// Where temporary copies go, of what cannot be read at any place or is not UTF-8. It must exist.
    pub spool_dir: PathBuf,
}

impl ReadOptions {
    /// Everything is found out; temporary copies go to this folder.
    pub fn new(spool_dir: impl Into<PathBuf>) -> Self {
        Self { encoding: None, delimiter: None, dialect: None, map: Vec::new(), spool_dir: spool_dir.into() }
    }
}

/// Where a row is in the text of its table: [`Frame`](super::Frame)'s offset and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Bytes, the line end included.
    pub len: u32,
}

/// A table whose header is understood. Any thread may read any part of it.
#[derive(Debug)]
pub struct Table {
    name: String,
    text: Text,
    /// Bytes of a byte order mark before the header.
    mark: usize,
    wants_mark: bool,
    head: Head,
    columns: Columns,
    layout: Arc<Layout>,
    warnings: Vec<String>,
}

impl Table {
    /// Opens a file, or standard input for `-`, and reads its header. A file of a header alone is a table without rows.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Table, TableError> {
        let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        let source = Opening { file: &name, encoding: options.encoding, spool_dir: &options.spool_dir }.open(path)?;
        let mut first = vec![0; MAX_RECORD + 2];
        let read = source.text.read_at(&mut first, source.mark as u64);
        first.truncate(read.map_err(|source| TableError::Unreadable { file: name.clone(), source })?);
        let head = header::read(&name, &first, options.delimiter)?;
        let columns =
            Question { file: &name, line: head.line, names: &head.names, dialect: options.dialect, map: &options.map }.answer()?;
        let layout = Layout { delimiter: head.delimiter, width: head.names.len(), columns: columns.fields.clone() };
        Ok(Table {
            name,
            text: source.text,
            mark: source.mark,
            wants_mark: source.wants_mark,
            head,
            columns,
            layout: Arc::new(layout),
            warnings: source.warnings,
        })
    }

    /// The file's name for messages: its path as given, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the columns, as in the file.
    pub fn header(&self) -> &[String] {
        &self.head.names
    }

    /// Which table it is.
    pub fn dialect(&self) -> Dialect {
        self.columns.dialect
    }

    /// The byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.head.delimiter
    }

    /// Is there a column of this meaning?
    pub fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
    }

    /// The file's own name of the column of this meaning; `None` if there is none.
    pub fn column(&self, field: Field) -> Option<&str> {
        let &(position, _) = self.columns.fields.iter().find(|&&(_, other)| other == field)?;
        Some(self.head.names[position].trim())
    }

    /// The names of the columns that mean nothing; those that umbulk itself has added are not among them.
    pub fn ignored_columns(&self) -> &[String] {
        &self.columns.ignored
    }

    /// What a user should know about how the file was read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Bytes of the UTF-8 text being read, the header included.
    pub fn len_bytes(&self) -> u64 {
        self.text.len()
    }

    /// The rows, in blocks, in order. May be called several times, and from several threads.
    pub fn blocks(&self) -> Blocks<'_> {
        Blocks::new(&self.text, Arc::clone(&self.layout), (self.mark + self.head.rows_at) as u64, self.head.rows_line)
    }

    /// Reads one row again at its place, which a [`Frame`](super::Frame) without a fault has said. The outer error is the disk's.
    pub fn read_row<'b>(&self, place: Place, buffer: &'b mut RowBuffer) -> io::Result<Result<Cells<'b>, RowFault>> {
        buffer.raw.resize(place.len as usize, 0);
        if self.text.read_at(&mut buffer.raw, place.offset)? < buffer.raw.len() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} has become shorter while it was read", self.name)));
        }
        let row = parse(&buffer.raw, self.layout.delimiter, &mut buffer.decoder);
        Ok(row.and_then(|row| self.layout.cells(&row)))
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Should a copy begin with a byte order mark?
    pub(super) fn wants_mark(&self) -> bool {
        self.wants_mark
    }
}
