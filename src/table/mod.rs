//! Converts bytes to rows, and rows to bytes.
//!
//! In: a file in any of the dialects, encodings, delimiters, compressions and formats of workbooks
//! that are in use. Out: rows whose cells are found by [`Field`], each with its place in the file;
//! and copies of them with columns added.
//!
//! The stages, in the order in which bytes pass through them:
//!
//! | file | takes | gives |
//! |---|---|---|
//! | `source` with `source_bytes`, `encoding` with `readings`, `wide`, `zipped`, `json_array`, `jsonl`, `workbook` | a path | its UTF-8 `text`, readable at any place |
//! | `original` | the file | whether it still is what was read |
//! | `foreign` | the first bytes | what a file is that is no table |
//! | `header`, `header_search`, `columns`, `unexplained_columns`, [`dialect`], [`field`] | the first lines | delimiter, names, and what each column means |
//! | `blocks` with a `framer` (`csv_framer`, `jsonl_framer`, `sheet_framer`) | the text | [`Block`]s of whole records, each with its `Frame` |
//! | `merged_cells` | the merged cells of a sheet | the rows that lack a value because of them |
//! | `other_tables` | blocks | the rows of other tables in the file |
//! | `record`, `layout`, `formula_guard`, `total` | a record | its [`Cells`], or a [`RowFault`] |
//! | `misread` with `common_names` | a name | what it was before a program read it in a wrong encoding |
//! | `spoiled_names` | the spoiled names of a table | what a doubtful one was |
//! | `write`, `quote` | records | a copy of the table with columns added |
//! | `workbook_writer`, `record_writer` | records, or a copy | a workbook; CSV or a workbook |

mod action_words;
mod block;
mod blocks;
mod byte_places;
mod cell_text;
mod cells;
mod census;
mod charset;
mod code_pages;
mod column_letters;
mod column_name;
mod column_words;
mod columns;
mod common_names;
pub(crate) mod country;
mod csv_framer;
mod delimiter;
pub(crate) mod dialect;
mod double_columns;
mod encoding;
#[cfg(test)]
mod encoding_corpus;
mod error;
mod error_words;
mod escapes;
mod excel_error;
mod fault;
pub(crate) mod field;
mod fit;
mod foreign;
mod formula_guard;
mod frame;
mod framer;
mod guarded_csv;
mod half_names;
mod header;
mod header_hint;
mod header_search;
mod html_escape;
mod in_place;
mod input;
mod invisible;
mod join_template;
mod json_array;
mod json_value;
mod jsonl;
mod jsonl_framer;
mod jsonl_keys;
mod jsonl_lines;
mod layout;
mod leaver_cells;
mod leaver_columns;
mod leaver_marks;
mod leaver_titles;
mod leaver_words;
mod letters;
mod limits;
mod lookalike;
mod map_file;
mod map_file_text;
mod mapped_cells;
mod mapped_values;
mod mapping;
mod mapping_columns;
mod members;
mod merged_cells;
mod misread;
mod misread_readers;
mod misread_sign;
mod mojibake;
mod name_list;
mod nothing_found;
mod original;
mod other_addresses;
mod other_tables;
mod packed_bytes;
mod parallel;
mod past_date;
mod pieces;
mod proposal;
mod quote;
mod read_options;
mod readings;
mod record;
mod record_writer;
mod regions;
mod rename_columns;
mod row_buffer;
mod row_delimiter;
mod row_filter;
mod row_mark;
mod rows_ahead;
mod scan;
mod settings_file;
mod seven_bit;
mod sheet_framer;
mod single_byte;
mod skipped_row;
mod source;
mod source_bytes;
mod spoiled_names;
mod table_part;
mod table_purpose;
mod template;
mod text;
mod ticked_groups;
mod toml_fault;
mod total;
mod total_words;
mod twice_decoded;
mod unexplained_columns;
mod usernames;
mod warning;
mod whole_names;
mod wide;
mod workbook;
mod workbook_choices;
mod workbook_limits;
mod workbook_writer;
mod write;
mod written_form;
mod zipped;

pub(crate) use block::Block;
pub(crate) use blocks::Blocks;
pub(crate) use cell_text::trim;
pub use cells::Cells;
pub(crate) use census::TextPlace;
pub(crate) use charset::Charset;
pub(crate) use code_pages::may_hold_signs;
pub(crate) use columns::is_added;
pub use dialect::InputDialect;
pub(crate) use encoding::UnconfirmedEncoding;
pub(crate) use error::TableError;
pub(crate) use error_words::{line_words, looks, near_miss_words};
pub(crate) use escapes::without_escapes;
pub(crate) use excel_error::is_excel_error;
pub(crate) use fault::RowFault;
pub use field::Field;
#[cfg(test)]
pub(crate) use formula_guard::unguard;
pub(crate) use formula_guard::{CellReader, begins_as_formula, guard, is_formula, is_reference};
pub(crate) use guarded_csv::GuardedCsv;
pub(crate) use header_hint::HeaderHint;
pub(crate) use html_escape::without_html_escapes;
pub(crate) use input::RowLocation;
pub use input::Table;
pub(crate) use invisible::{described as described_char, inside as invisible_inside, is_margin};
pub(crate) use join_template::JoinTemplate;
pub(crate) use leaver_titles::speaks_of_leavers;
pub(crate) use limits::MAX_RECORD;
pub use map_file::MapFile;
pub(crate) use map_file_text::quoted;
pub(crate) use mapped_values::{MappingFault, PartKind};
pub use mapping::ValueMapping;
pub(crate) use merged_cells::MERGED_AWAY;
pub(crate) use misread::{Misread, misread, misread_of};
pub(crate) use misread_sign::may_be_misread;
pub(crate) use mojibake::{holds_signs_of_dos, repair, repaired};
pub(crate) use name_list::{ListError, split_into};
pub(crate) use nothing_found::NothingFound;
pub(crate) use original::{Check, FileState, Original};
pub(crate) use parallel::{each_block, each_chosen_row};
pub(crate) use quote::push_cell;
pub use read_options::ReadOptions;
pub(crate) use record_writer::{RecordForm, RecordWriter};
pub use row_buffer::RowBuffer;
pub(crate) use row_mark::mark_of;
pub(crate) use rows_ahead::rows_ahead;
pub(crate) use seven_bit::{SevenBitName, in_seven_bits};
pub(crate) use skipped_row::{RowContent, SkippedRow};
pub(crate) use source::locked_by;
pub(crate) use spoiled_names::DoubtfulName;
pub(crate) use table_purpose::TablePurpose;
pub(crate) use template::{template, template_fields};
pub(crate) use toml_fault::{line_of, toml_fault};
pub(crate) use warning::TableWarning;
pub(crate) use workbook_choices::{ColumnChoices, UnlistedValues};
pub(crate) use workbook_limits::{WorkbookLimit, workbook_limit};
pub(crate) use workbook_writer::{SheetLayout, WorkbookWriter};
pub use write::{CopiedCells, RowWriter};
pub(crate) use written_form::{UnwrittenEnding, WrittenForm, growing_file, is_workbook};
