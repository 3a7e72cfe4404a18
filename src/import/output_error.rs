//! Why results cannot be written to a place.

use std::path::PathBuf;

/// What is written for each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputKind {
    /// The outcomes of all rows.
    Results,
    /// The rows to fix.
    Failed,
}

impl OutputKind {
    fn words(self) -> &'static str {
        match self {
            Self::Results => "the results",
            Self::Failed => "the rows to fix",
        }
    }
}

/// Why a place is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    #[error("standard input has no folder to put the results in: name a file for them")]
    NoFolderOfInput,
    #[error(
        "{} cannot be written to {}: .{ending} is not written. Nothing was done. Name a file that \
         ends in .csv or .xlsx",
        kind.words(),
        path.display()
    )]
    Unwritten { kind: OutputKind, path: PathBuf, ending: String },
    #[error(
        "the report cannot be written to {}: it is a page of HTML. Nothing was done. Name a file \
         that ends in .html",
        .0.display()
    )]
    NoPage(PathBuf),
    #[error("{}: with several files the place of {} must be a folder", path.display(),
        kind.words())]
    NotAFolder { kind: OutputKind, path: PathBuf },
    #[error(
        "{what} cannot be written to {}, which is {is}: nothing was done. Remove it, or choose \
         another name",
        path.display()
    )]
    NoFile { what: String, path: PathBuf, is: &'static str },
    #[error(
        "{what} cannot be written to {}: there is no folder `{}`. Nothing was done",
        path.display(),
        folder.display()
    )]
    NoFolder { what: String, path: PathBuf, folder: PathBuf },
    #[error(
        "{what} cannot be written to {}: umbulk keeps that kind of name for files of its own. \
         Nothing was done. Choose another name",
        path.display()
    )]
    OwnName { what: String, path: PathBuf },
    #[error(
        "{what} of two inputs would both be {}: nothing was done. Name each input once; if these \
         are two inputs, run the command for each",
        path.display()
    )]
    Twice { what: String, path: PathBuf },
    #[error(
        "{what} cannot be written to {}, which is also {other}: nothing was done. Name another \
         file or folder",
        path.display()
    )]
    Taken { what: String, path: PathBuf, other: String },
    #[error(
        "{}: another run is using this file: wait for it, or choose another file",
        .0.display()
    )]
    InUse(PathBuf),
}
