//! Checks paths to write that the settings of a working folder name. The folder may belong to
//! another person, so they must stay inside it, links included.

use crate::cli::error::CliError;
use std::path::{Component, Path, PathBuf};

/// Accepts only relative paths without `..`, and no links that lead outside.
pub(super) fn stays_inside(path: &str, place: &str, long: &str) -> Result<(), CliError> {
    let is_inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_inside {
        return Err(CliError(format!(
            "{place} is `{path}`: settings in a folder can name only files inside that folder, \
             without `..`. If this path is intended, type --{long}"
        )));
    }
    match link_outside(Path::new("."), Path::new(path)) {
        None => Ok(()),
        Some(link) => Err(CliError(format!(
            "{place} is `{path}`: `{}` is a link that leads out of this folder, and settings in a \
             folder can name only files inside it. If this path is intended, type --{long}",
            link.display()
        ))),
    }
}

/// Returns the first link on a relative path that leads out of a folder, or to nothing.
fn link_outside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let real_folder = folder.canonicalize().ok();
    let mut name = PathBuf::new();
    path.components().find_map(|part| {
        name.push(part);
        let step = folder.join(&name);
        if !step.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            return None;
        }
        let real = step.canonicalize().ok();
        let is_inside =
            real.zip(real_folder.as_ref()).is_some_and(|(real, folder)| real.starts_with(folder));
        (!is_inside).then(|| name.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_see_where_they_lead() {
        use std::os::unix::fs::symlink;
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(folder.path().join("real")).unwrap();
        symlink("real", folder.path().join("near")).unwrap();
        symlink(outside.path(), folder.path().join("real/far")).unwrap();
        symlink(outside.path().join("new.csv"), folder.path().join("new.csv")).unwrap();
        for (path, link) in [
            ("out.csv", None),
            ("none/out.csv", None),
            ("real/out.csv", None),
            ("near/out.csv", None),
            ("near/far/out.csv", Some("near/far")),
            ("./real/far/deep/out.csv", Some("./real/far")),
            ("new.csv", Some("new.csv")),
        ] {
            let found = link_outside(folder.path(), Path::new(path));
            assert_eq!(found.as_deref(), link.map(Path::new), "{path}");
        }
    }
}
