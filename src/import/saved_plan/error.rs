//! Why a saved plan cannot be used.

use crate::number::{count_thousands, form, thousands};
use crate::visible::visible;
use std::fmt;
use std::path::PathBuf;

/// Why a file is no plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SavedPlanError {
    #[error("{}: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("{}: this is not a saved plan", path.display())]
    NotAPlan { path: PathBuf },
    #[error("{}: a saved plan has at most {most_mb} MB", path.display())]
    TooLarge { path: PathBuf, most_mb: u64 },
    #[error(
        "{}: umbulk {saved_by} saved this plan, and this is umbulk {own}, which may decide \
         otherwise about a row: nothing was sent. Save the plan again with this umbulk",
        path.display()
    )]
    OtherVersion { path: PathBuf, saved_by: String, own: &'static str },
    #[error(
        "{}: this plan is damaged, or was changed by hand: nothing was sent. Make a new plan",
        path.display()
    )]
    Damaged { path: PathBuf },
    #[error(
        "{}: this is not a file that can be read again, so the plan cannot be saved there",
        path.display()
    )]
    NotAFile { path: PathBuf },
    #[error("{}: {why}, and a plan decides what is imported: nothing was sent. Only you may be \
             able to write it (chmod go-w); or save the plan again, in a folder of your own",
        path.display()
    )]
    WrittenByOthers { path: PathBuf, why: &'static str },
    #[error("the plan of standard input cannot be saved: the rows are gone when it is applied")]
    StandardInput,
    #[error(
        "this plan is for the organization {planned} at {planned_host}, and the credentials are \
         those of {own} at {own_host}: nothing was sent. Use the credentials of {planned}"
    )]
    OtherOrganization { planned: String, planned_host: String, own: String, own_host: String },
}

/// Why a plan is not applied: an import would do something else.
#[derive(Debug, Default)]
pub(crate) struct PlanChanged {
    /// When the plan was saved, in words.
    pub(super) at: String,
    /// The files that have changed.
    pub(super) files: Vec<String>,
    /// The number of rows that would do something else.
    pub(super) rows: u64,
    /// The number of people for whom it is another decision whether they are missing.
    pub(super) people: u64,
    /// The number of groups that are created first on one side only.
    pub(super) groups: u64,
    /// The number of people who are not as the list of the plan shows.
    pub(super) changed: u64,
}

impl PlanChanged {
    /// Whether an import would do what was planned.
    pub(super) fn is_nothing(&self) -> bool {
        let Self { files, rows, people, groups, changed, .. } = self;
        files.is_empty() && rows + people + groups + changed == 0
    }
}

impl std::error::Error for PlanChanged {}

impl fmt::Display for PlanChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, files, rows, people, groups, changed } = self;
        let mut why = Vec::new();
        if !files.is_empty() {
            let have = form(files.len() as u64, "has", "have");
            why.push(format!("{} {have} changed", visible(&files.join(", "))));
        }
        if *rows > 0 {
            why.push(format!("{} would do something else now", count_thousands(*rows, "row")));
        }
        if *people > 0 {
            let differ = form(*people, "missing person differs", "missing people differ");
            why.push(format!("{} {differ}", thousands(*people)));
        }
        if *groups > 0 {
            let differ = form(*groups, "group to create differs", "groups to create differ");
            why.push(format!("{} {differ}", thousands(*groups)));
        }
        if *changed > 0 {
            let differ = form(*changed, "differs", "differ");
            let people = count_thousands(*changed, "person");
            why.push(format!("{people} {differ} from the list of the plan"));
        }
        write!(f, "nothing was sent: the plan of {at} no longer applies ({})", why.join(", "))
    }
}
