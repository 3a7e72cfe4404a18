//! Refuses to overwrite inputs and umbulk's own files.

use crate::fs::is_open_file;
use crate::import::output_error::OutputError;
use std::path::{Path, PathBuf};

/// Refuses to overwrite an input, or to write two outputs into one file.
pub(crate) fn check_outputs(
    inputs: &[PathBuf],
    outputs: &[(&str, PathBuf)],
) -> Result<(), OutputError> {
    for (what, path) in outputs {
        if takes_no_rows(path) {
            let is = if path.is_dir() { "a folder" } else { "not a regular file" };
            let (what, path) = ((*what).to_owned(), path.clone());
            return Err(OutputError::NoFile { what, path, is });
        }
    }
    let mut taken: Vec<(PathBuf, String)> =
        inputs.iter().map(|path| (real(path), format!("the input {}", path.display()))).collect();
    for (what, path) in outputs.iter().filter(|(_, path)| !is_device(path)) {
        if let Some(folder) = missing_folder(path) {
            let (what, folder) = ((*what).to_owned(), folder.to_owned());
            return Err(OutputError::NoFolder { what, path: path.clone(), folder });
        }
        if is_our_own(path) {
            return Err(OutputError::OwnName { what: (*what).to_owned(), path: path.clone() });
        }
        let place = real(path);
        if let Some((_, other)) = taken.iter().find(|(known, _)| *known == place) {
            let (what, path, other) = ((*what).to_owned(), path.clone(), other.clone());
            return Err(match other == what {
                true => OutputError::Twice { what, path },
                false => OutputError::Taken { what, path, other },
            });
        }
        taken.push((place, (*what).to_owned()));
    }
    Ok(())
}

/// Returns the folder of a file, if it does not exist.
fn missing_folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
}

/// Whether the name is that of a journal, of a file of a journal, or of a snapshot.
pub(crate) fn is_our_own(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_ascii_lowercase();
    const ENDINGS: [&str; 8] = [
        ".journal",
        ".journal-wal",
        ".journal-shm",
        ".journal-mark",
        ".journal.lock",
        ".journal.new",
        ".snapshot",
        ".before",
    ];
    ENDINGS.iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes()))
}

/// Returns the path as the file system knows it, including for a file that does not exist yet.
pub(crate) fn real(path: &Path) -> PathBuf {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(made).unwrap_or_else(|| path.to_owned())
}

/// Whether it is a device, such as `/dev/null`, which may be named several times.
pub(crate) fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
        || path.exists() && is_open_file(path)
}

/// Whether it is a folder, or a pipe or socket: without a reader, a run would wait forever.
fn takes_no_rows(path: &Path) -> bool {
    let Ok(there) = path.metadata().map(|there| there.file_type()) else { return false };
    #[cfg(unix)]
    let is_special = {
        use std::os::unix::fs::FileTypeExt;
        there.is_fifo() || there.is_socket() || there.is_block_device()
    };
    #[cfg(not(unix))]
    let is_special = false;
    !is_open_file(path) && (there.is_dir() || is_special)
}

/// Whether it is standard output, by any name.
pub(crate) fn is_stdout(path: &Path) -> bool {
    let is = |path: &Path| {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
            .iter()
            .any(|name| path == Path::new(name))
    };
    is(path) || std::fs::read_link(path).is_ok_and(|place| is(&place))
}
