//! A file opened as a table.

mod column_checks;
mod leaver_totals;
mod spoiled_search;

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::blocks::Blocks;
use super::cell_text::trim;
use super::cells::Cells;
use super::column_letters::column_letters;
use super::columns::{ColumnMapping, Columns};
use super::csv_framer::CsvFramer;
use super::dialect::InputDialect;
use super::encoding::UnconfirmedEncoding;
use super::error::TableError;
use super::fault::RowFault;
use super::field::{Field, plain};
use super::framer::Framer;
use super::header::{self, HeaderLines, LineCount, Search};
use super::jsonl::JsonCopy;
use super::jsonl_framer::{FaultyLine, JsonLineCount, JsonLinesFramer};
use super::layout::TableLayout;
use super::leaver_titles::speaks_of_leavers;
use super::limits::MAX_RECORD;
use super::lookalike::is_department;
use super::merged_cells::MergedColumn;
use super::mojibake::repair;
use super::original::{Check, FileState, Original};
use super::read_options::ReadOptions;
use super::record::parse;
use super::row_buffer::RowBuffer;
use super::row_delimiter::check_rows;
use super::scan::first_record;
use super::sheet_framer::SheetFramer;
use super::source::{SourceContainer, SourceForm, SourceOpener};
use super::table_purpose::TablePurpose;
use super::text::Utf8Text;
use super::warning::TableWarning;
use super::workbook::{DELIMITER, SheetCopy};
use crate::visible::visible;

/// The place of a row in the text of its table: the offset and length of its `Frame`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLocation {
    /// First byte.
    pub offset: u64,
    /// Length in bytes, including the line end.
    pub len: u32,
}

/// A table with an understood header. Any thread may read any part of it.
#[derive(Debug)]
pub struct Table {
    name: String,
    text: Utf8Text,
    original: Option<Arc<Original>>,
    /// The length of a byte order mark before the header.
    mark: usize,
    wants_mark: bool,
    head: HeaderLines,
    columns: Columns,
    layout: Arc<TableLayout>,
    origin: TextOrigin,
    warnings: Vec<TableWarning>,
    unconfirmed: Option<UnconfirmedEncoding>,
}

/// What the text of a table is.
#[derive(Debug)]
enum TextOrigin {
    /// The file's own.
    Csv,
    /// A copy of JSON Lines, or of the elements of an array, with those that are not rows.
    Json(Arc<[FaultyLine]>, JsonLineCount),
    /// A copy of a sheet.
    Sheet(SheetCopy),
}

/// The number of bytes below the header whose cells show what a column may hold.
const SHOWN: usize = 64 << 10;

/// The number of bytes that are read at once for a single row, because the next rows are likely to
/// be read as well.
const READ_AHEAD: usize = 8 << 10;

impl Table {
    /// Opens a file, or standard input for `-`, and reads its header. A file with only a header is
    /// a table without rows.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Table, TableError> {
        let name = shown_name(path);
        let source = SourceOpener {
            file: &name,
            encoding: options.encoding,
            sheet: options.sheet.as_deref(),
            search: of_sheet(search(&name, options)),
            spool_dir: &options.spool_dir,
            private_copy: options.private_copy,
            container: SourceContainer::File,
        }
        .open(path)?;
        let name = source.name.as_ref().unwrap_or(&name).clone();
        let place = &*shown_place(&name, &source.form);
        let mut warnings = source.warnings;
        if let SourceForm::Sheet(copy) = &source.form {
            warnings.extend(sheet_warnings(copy));
        }
        let first = || read_at(&source.text, &name, source.mark, MAX_RECORD + 2);
        let (mut head, origin) = head_of(source.form, first, search(place, options))?;
        if options.repair_mojibake {
            head.names.iter_mut().for_each(|name| *name = repair(name).into_owned());
        }
        let below = rows_below(&source.text, &name, source.mark + head.rows_at)?;
        if matches!(origin, TextOrigin::Csv) {
            check_rows(&name, &head, &below)?;
        }
        let names = head.names.clone();
        let question = ColumnMapping {
            file: place,
            line: head.line,
            names: &names,
            delimiter: head.delimiter,
            dialect: options.dialect,
            map: &options.map,
            values: &options.values,
            list_separator: options.list_separator,
            ignore: &options.ignore,
            purpose: options.purpose,
            rows: &header::first_rows(&below, head.delimiter),
        };
        let columns = question.resolve()?;
        let layout = layout_for(&origin, &head, &columns, options);
        let mut table = Table {
            name: name.clone(),
            text: source.text,
            original: source.original,
            mark: source.mark,
            wants_mark: source.wants_mark,
            head,
            columns,
            layout: Arc::new(layout),
            origin,
            warnings,
            unconfirmed: source.unconfirmed,
        };
        table.check_columns(&question, options.purpose)?;
        table.note_spoiled_names()?;
        Ok(table)
    }

    /// Records in the layout which names may be spoiled.
    fn note_spoiled_names(&mut self) -> Result<(), TableError> {
        let spoiled = self.spoiled_names()?;
        if spoiled.is_some() {
            Arc::make_mut(&mut self.layout).spoiled = spoiled;
        }
        Ok(())
    }

    /// Refuses a table whose columns may mean something else than they seem to.
    fn check_columns(
        &self,
        question: &ColumnMapping<'_>,
        purpose: TablePurpose,
    ) -> Result<(), TableError> {
        self.check_numbers()?;
        self.check_names()?;
        self.check_title(purpose)?;
        self.check_totals(purpose)?;
        let marks = self.lost_marks(purpose)?;
        if !marks.is_empty() {
            return Err(question.leaver_marks(&marks, &self.columns.fields));
        }
        self.check_usernames()?;
        self.check_group(purpose)
    }

    /// Returns where the rows begin in the text.
    fn rows_at(&self) -> u64 {
        (self.mark + self.head.rows_at) as u64
    }

    fn address(sheet: &str, column: usize, row: u64) -> String {
        format!("{}!{}{row}", visible(sheet), column_letters(column))
    }

    /// Returns the address of a field's cell on a line (`Staff!C7`); `None` if the table is not a
    /// sheet, or has no such column, or several.
    pub(crate) fn cell_address(&self, field: Field, line: u64) -> Option<String> {
        let TextOrigin::Sheet(copy) = &self.origin else { return None };
        let mut positions = self.columns.fields.iter().filter(|(_, other)| *other == field);
        let &(column, _) = positions.next()?;
        positions.next().is_none().then(|| Self::address(&copy.sheet, column, line))
    }

    /// Returns the address of a cell, from 0, on a line of a sheet; `None` if the table is not a
    /// sheet.
    pub(crate) fn address_of_cell(&self, position: usize, line: u64) -> Option<String> {
        let TextOrigin::Sheet(copy) = &self.origin else { return None };
        Some(Self::address(&copy.sheet, position, line))
    }

    /// Describes the place of a row, from 0, in a sentence: `line 7`; `row 5` if rows share lines,
    /// as in JSON without line breaks.
    pub(crate) fn place_words(&self, line: u64, row: u64) -> String {
        match &self.origin {
            TextOrigin::Json(_, lines) if lines.has_shared_lines() => format!("row {}", row + 1),
            _ => format!("line {line}"),
        }
    }

    /// Returns the name of the sheet that the table is, and those of the others; `None` if the file
    /// is no workbook.
    pub(crate) fn sheet(&self) -> Option<(&str, &[String])> {
        match &self.origin {
            TextOrigin::Sheet(copy) => Some((&copy.sheet, &copy.others)),
            TextOrigin::Csv | TextOrigin::Json(..) => None,
        }
    }

    /// Returns the file's name for messages: its path as given, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the names of the columns, as in the file.
    pub fn header(&self) -> &[String] {
        &self.head.names
    }

    /// Returns the position of the column with this name. Letter case, spaces, `_`, `-` and
    /// invisible characters do not matter.
    pub fn position_of(&self, wanted: &str) -> Option<usize> {
        position_of(&self.head.names, wanted)
    }

    /// Returns the dialect of the table.
    pub fn dialect(&self) -> InputDialect {
        self.columns.dialect
    }

    /// Returns the byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.head.delimiter
    }

    /// Whether there is a column for this field, or the mapping gives it a value.
    pub fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
            || self.layout.mapping.as_ref().is_some_and(|mapping| mapping.gives(field))
    }

    /// Whether every row has the same value of a field, whatever its cell says.
    pub fn overrides(&self, field: Field) -> bool {
        self.layout.overrides.iter().any(|(other, _)| *other == field)
    }

    /// Returns the file's own name for the column with this meaning; `None` if there is none.
    pub fn column(&self, field: Field) -> Option<&str> {
        let &(position, _) = self.columns.fields.iter().find(|&&(_, other)| other == field)?;
        Some(self.head.names[position].trim())
    }

    /// Returns the columns with a meaning, in the order of the file.
    pub(crate) fn columns_by_field(&self) -> impl Iterator<Item = (Field, &str)> {
        let name = |position: usize| self.head.names[position].trim();
        self.columns.fields.iter().map(move |&(position, field)| (field, name(position)))
    }

    /// Whether there is a column of the API's ids, as in exported lists of users.
    pub fn is_exported(&self) -> bool {
        self.layout.read_only[0].is_some() && self.has(Field::Email)
    }

    /// Whether the columns are those of an exported list without ids, in the form of user-sync.
    /// User-sync's own files of users have the same columns.
    pub fn has_columns_of_export(&self) -> bool {
        self.columns.are_of_user_sync
    }

    /// Whether a row can name memberships of a user, in any column.
    pub fn has_groups(&self) -> bool {
        !self.group_columns().is_empty()
    }

    /// Returns the columns that list memberships of a user.
    pub fn group_columns(&self) -> Vec<Field> {
        let all = [
            Field::Groups,
            Field::ProductConfigurations,
            Field::ProductProfiles,
            Field::UserGroups,
        ];
        all.into_iter().filter(|field| self.has(*field)).collect()
    }

    /// Returns the names of the ignored columns, without those that umbulk itself has added.
    pub fn ignored_columns(&self) -> &[String] {
        &self.columns.ignored
    }

    /// Returns an ignored column of departments, if the file describes people and no other column
    /// gives them groups: the departments may be meant as groups.
    pub fn department(&self) -> Option<&str> {
        let gives_groups = self.has_groups() || self.has(Field::AddGroups);
        let describes = self.has(Field::Firstname) || self.has(Field::Lastname);
        let ignored = self.columns.ignored.iter().filter(|_| describes && !gives_groups);
        ignored.map(String::as_str).find(|name| is_department(name))
    }

    /// Returns the encoding that the user should confirm; `None` if it is certain
    /// or was given.
    pub fn unconfirmed_encoding(&self) -> Option<&UnconfirmedEncoding> {
        self.unconfirmed.as_ref()
    }

    /// Returns what a user should know about how the file was read.
    pub fn warnings(&self) -> &[TableWarning] {
        &self.warnings
    }

    /// Returns why no row may create users: a column of whole names would be ignored, so they would
    /// have no names. `None` if that does not apply.
    pub(crate) fn lost_names(&self) -> Option<TableError> {
        self.columns.whole_names.as_ref().map(|column| TableError::WholeNames {
            file: self.name.clone(),
            line: self.head.line,
            column: column.clone(),
        })
    }

    /// Returns the header's line, from 1, as an editor counts.
    pub fn header_line(&self) -> u64 {
        self.head.line
    }

    /// Returns the length of the UTF-8 text in bytes, including the header.
    pub fn len_bytes(&self) -> u64 {
        self.text.len()
    }

    /// Returns the length of the text and a hash of it. Two tables with the same values have the
    /// same bytes.
    ///
    /// # Errors
    /// When reading fails.
    pub fn fingerprint(&self) -> io::Result<(u64, u128)> {
        if let Some(hash) = self.text.hash() {
            return Ok((self.text.len(), hash));
        }
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut text = self.text.reader_from(0);
        let mut piece = vec![0; 1 << 20];
        loop {
            match io::Read::read(&mut text, &mut piece)? {
                0 => return Ok((self.text.len(), hash.digest128())),
                read => hash.update(&piece[..read]),
            }
        }
    }

    /// Returns what has happened to the file since it was read. A pipe does not change.
    pub fn file_state(&self, check: Check) -> FileState {
        self.original.as_ref().map_or(FileState::AsRead, |original| original.state(check))
    }

    /// Returns the file that was read, to watch it after the table is dropped; `None` for a pipe.
    pub(crate) fn original(&self) -> Option<Arc<Original>> {
        self.original.clone()
    }

    /// Returns the file's device and its number there: two names of one file have the same. `None`
    /// for a pipe, or if the system does not report it.
    pub fn file_number(&self) -> Option<(u64, u64)> {
        self.original.as_ref().and_then(|original| original.number())
    }

    /// Returns the rows, in blocks, in order. May be called several times, and from several
    /// threads.
    pub fn blocks(&self) -> Blocks<'_> {
        let delimiter = self.layout.delimiter;
        let framer: Box<dyn Framer> = match &self.origin {
            TextOrigin::Csv => Box::new(CsvFramer::new(delimiter)),
            TextOrigin::Json(faulty, lines) => {
                Box::new(JsonLinesFramer::new(delimiter, Arc::clone(faulty), lines.clone()))
            }
            TextOrigin::Sheet(_) => Box::new(SheetFramer::new(delimiter)),
        };
        let begin = (self.mark + self.head.rows_at) as u64;
        let layout = Arc::clone(&self.layout);
        Blocks::new(&self.text, layout, framer, (begin, self.head.rows_line))
    }

    /// Reads one row again at its place, which comes from a `Frame` without a fault. The outer
    /// error is a read error.
    pub fn read_row<'b>(
        &'b self,
        place: RowLocation,
        buffer: &'b mut RowBuffer,
    ) -> io::Result<Result<Cells<'b>, RowFault>> {
        let RowBuffer { chunk, decoder, repaired, mapped, in_place, .. } = buffer;
        *in_place = None;
        let len = place.len as usize;
        let found = match chunk.find(&self.layout, place.offset, len) {
            Some(found) => found,
            None => {
                chunk.of = Some(Arc::clone(&self.layout));
                chunk.offset = place.offset;
                chunk.bytes.resize(len.max(READ_AHEAD), 0);
                let read = self.text.read_at(&mut chunk.bytes, place.offset)?;
                chunk.bytes.truncate(read);
                0..len
            }
        };
        let Some(raw) = chunk.bytes.get(found) else {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{} has no row at {}", self.name, place.offset),
            ));
        };
        // Empty rows may follow before the next one.
        let row = parse(first_record(raw, self.layout.delimiter), self.layout.delimiter, decoder);
        Ok(row.and_then(|row| self.layout.cells(&self.layout.readable(row, repaired), mapped)))
    }

    /// Returns the header with what was found around it.
    pub(super) fn head(&self) -> &HeaderLines {
        &self.head
    }

    /// Returns what the columns mean.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Whether a copy begins with a byte order mark.
    pub(super) fn wants_mark(&self) -> bool {
        self.wants_mark
    }
}

/// Returns the name of a file for messages.
fn shown_name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// Returns the name of a source for messages about its header, with the sheet.
fn shown_place(name: &str, form: &SourceForm) -> String {
    match form {
        SourceForm::Sheet(copy) => format!("{name}, sheet {:?}", copy.sheet),
        SourceForm::Text | SourceForm::Json(_) => name.to_owned(),
    }
}

/// Reads the first rows below a header, which ends at this position.
fn rows_below(text: &Utf8Text, name: &str, position: usize) -> Result<Vec<u8>, TableError> {
    let mut below = read_at(text, name, position, SHOWN)?;
    if below.len() < SHOWN && !below.ends_with(b"\n") {
        below.push(b'\n');
    }
    Ok(below)
}

/// Returns the layout of a table of this origin.
fn layout_for(
    origin: &TextOrigin,
    head: &HeaderLines,
    columns: &Columns,
    options: &ReadOptions,
) -> TableLayout {
    let mut layout = layout_of(head, columns, options);
    layout.has_lines = !matches!(origin, TextOrigin::Json(..));
    if let TextOrigin::Sheet(copy) = origin {
        let of = |(at, _): &(usize, Field)| MergedColumn::new(*at, &copy.merged, head.line);
        layout.merged = layout.columns.iter().filter_map(of).collect();
    }
    layout
}

/// Returns the search for the header of a text file.
fn search<'a>(file: &'a str, options: &'a ReadOptions) -> Search<'a> {
    Search {
        file,
        delimiter: options.delimiter,
        row: options.header_row,
        map: &options.map,
        values: &options.values,
        dialect: options.dialect,
        counts: LineCount::Lines,
    }
}

/// Returns the same search in the copy of a sheet.
fn of_sheet(search: Search<'_>) -> Search<'_> {
    Search { delimiter: Some(DELIMITER), counts: LineCount::Records, ..search }
}

/// Reads at most this number of bytes of a text.
fn read_at(
    text: &Utf8Text,
    name: &str,
    position: usize,
    most: usize,
) -> Result<Vec<u8>, TableError> {
    let mut bytes = vec![0; most];
    let read = text
        .read_at(&mut bytes, position as u64)
        .map_err(|source| TableError::Unreadable { file: name.to_owned(), source })?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Returns the header of a source, and what its text is. `first` reads the first bytes.
fn head_of(
    form: SourceForm,
    first: impl Fn() -> Result<Vec<u8>, TableError>,
    search: Search<'_>,
) -> Result<(HeaderLines, TextOrigin), TableError> {
    Ok(match form {
        SourceForm::Json(JsonCopy { head, faulty, lines }) => {
            (head, TextOrigin::Json(faulty.into(), lines))
        }
        SourceForm::Sheet(copy) => {
            let mut head = of_sheet(search).read(&first()?)?;
            if search.row.is_none() && speaks_of_leavers(&copy.sheet) {
                head.leavers.get_or_insert_with(|| copy.sheet.clone());
            }
            (head, TextOrigin::Sheet(copy))
        }
        SourceForm::Text => (search.read(&first()?)?, TextOrigin::Csv),
    })
}

/// Returns what a user should know about a sheet.
fn sheet_warnings(copy: &SheetCopy) -> Vec<TableWarning> {
    let mut warnings = Vec::new();
    if copy.hidden_rows + copy.hidden_columns > 0 {
        warnings
            .push(TableWarning::Hidden { rows: copy.hidden_rows, columns: copy.hidden_columns });
    }
    if let Some((first, others)) = copy.merged.split_first() {
        let cells = format!("{}!{first}", visible(&copy.sheet));
        warnings.push(TableWarning::Merged { cells, more: others.len() as u64 });
    }
    warnings
}

/// Returns how the cells of a row are found.
fn layout_of(head: &HeaderLines, columns: &Columns, options: &ReadOptions) -> TableLayout {
    let is_free = |position: &usize| columns.fields.iter().all(|(taken, _)| taken != position);
    TableLayout {
        delimiter: head.delimiter,
        width: head.names.len(),
        columns: columns.fields.clone(),
        read_only: ["id", "status"].map(|wanted| position_of(&head.names, wanted).filter(is_free)),
        added: columns.added.clone(),
        nameless: columns.nameless.clone(),
        names: head.names.iter().map(|name| trim(name).to_owned()).collect(),
        overrides: options.overrides.clone(),
        mapping: (!options.values.is_empty()).then(|| columns.mapping.clone()),
        repairs: options.repair_mojibake,
        has_lines: true,
        merged: Vec::new(),
        spoiled: None,
    }
}

fn position_of(names: &[String], wanted: &str) -> Option<usize> {
    let wanted = plain(wanted);
    names.iter().position(|name| plain(name) == wanted)
}

#[cfg(test)]
mod tests;
