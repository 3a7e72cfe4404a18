//! How umbulk makes and holds files: for their owner alone, whole or not at all, and each by one process at a time.

mod file;
mod lock;
mod state;

pub(crate) use file::ENDINGS;
pub use file::{is_open_file, private_file, put_aside, write_whole};
pub use lock::{Busy, Lock, own_file};
pub use state::{private_folder, read_regular, state_file};
