//! A file whose errors name it.

use super::file_error::named;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file to write. Its errors have the path, because a full disk is noticed long after the file
/// was created.
pub(crate) struct NamedFile {
    file: File,
    path: PathBuf,
}

impl NamedFile {
    /// Names a file. The path may be the one that it gets when it is complete.
    pub(crate) fn new(file: File, path: &Path) -> Self {
        Self { file, path: path.to_owned() }
    }
}

impl Write for NamedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(named(&self.path))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(named(&self.path))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn full_disk_is_said_with_the_name_of_the_file() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = NamedFile::new(full, Path::new("plan.csv")).write_all(b"row").unwrap_err();
        assert_eq!(error.to_string(), "plan.csv: no space left on device: make room first");
    }
}
