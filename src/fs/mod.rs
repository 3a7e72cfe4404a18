//! How umbulk creates and holds files: readable only by their owner, always complete, and each
//! written by one process at a time.

mod file;
mod file_error;
mod lock;
mod named_file;
mod os_text;
mod state;
mod text;

pub(crate) use file::ENDINGS;
pub(crate) use file::{
    Earlier, KeptFile, copy_dated, folder_of, hold_input, is_being_written, is_in_use,
    is_open_file, keep_dated, output_file, private_file, put_aside, rotate, sync_folder,
    write_atomic, write_new,
};
pub(crate) use file_error::{csv_in_words, in_words, named, no_place_for_file};
pub(crate) use lock::is_at;
pub(crate) use lock::{Busy, Lock, exclusive_file, lock_within};
pub(crate) use named_file::NamedFile;
pub(crate) use os_text::{OsText, lossy_option};
pub(crate) use state::{
    StateFolderProblem, append_file, config_dir, private_folder, read_file, read_regular,
    state_dir, state_file, why_others_can_write, why_others_can_write_file,
};
pub(crate) use text::read_text;
