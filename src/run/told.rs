//! What the server tells of a user during a run: more names, which tie the user's rows together and may be protected.

use super::engine::{Run, Watcher};
use super::guard::Protected;
use super::ledger::{Note, Status};
use super::probe::{NOBODY, Told};
use super::request::Prepared;
use crate::change::{Problem, problems_text};
use crate::organization::Spelling;
use crate::plan::{Command, Key};
use crate::umapi::ApiError;
use crate::umapi::wire::{Members, Removal, Root, Step};

impl<W: Watcher> Run<'_, W> {
    /// The server has told who would be renamed.
    pub(super) fn identified(&mut self, mut prepared: Prepared, told: Result<Option<Told>, ApiError>) {
        // Where nobody can say who it is, the server decides about the rename all the same.
        match told {
            Ok(Some(told)) => {
                self.learn(&mut prepared, &told);
                prepared.job.identity = told.identity;
            }
            // Then no rename of ours explains who bears the new name.
            Ok(None) => prepared.job.identity = Some(NOBODY.to_owned()),
            Err(_) => {}
        }
        self.schedule.put_back(prepared.job);
    }

    /// Takes in the names of the user whom a command is about.
    pub(super) fn learn(&mut self, prepared: &mut Prepared, told: &Told) {
        let keys = told.keys();
        if self.reading.protected.line_of_any(&told.names).is_some() {
            // All names count, also those that the command gives: a rename is no way around the list.
            let names = prepared.footprint.users().chain(keys.iter().copied());
            self.told_protected.extend(names.map(|key| (key, told.names.clone())));
        }
        prepared.job.told.extend(keys);
    }

    /// The rows of a command that take something away from somebody whom only the server has shown to be protected.
    pub(super) fn protected_by_told_names(&self, prepared: &Prepared) -> Option<(Vec<u32>, Problem)> {
        if self.told_protected.is_empty() {
            return None;
        }
        takings(&prepared.command).into_iter().find_map(|(user, domain, rows)| {
            let names = self.told_protected.get(&Key::user(user, domain))?;
            Some((rows.to_vec(), protected_problem(self.reading.protected, user, names)?))
        })
    }

    /// These rows are not sent, or not to their end; the others of the job go without them.
    pub(super) fn refuse_protected(&mut self, prepared: Prepared, rows: &[u32], problem: &Problem) {
        let Prepared { job, done, .. } = prepared;
        let (code, mut message) = problems_text(std::slice::from_ref(problem));
        // The rename before it was sent.
        let status = if job.part > 0 { Status::Failed } else { Status::Invalid };
        if status == Status::Failed {
            message = format!("{message}; done all the same: {done}");
        }
        let note = Note { code, message };
        let rest: Vec<u32> = job.rows.iter().copied().filter(|row| !rows.contains(row)).collect();
        if rest.is_empty() {
            return self.settle_job(job, None, status, &note);
        }
        self.settle_rows(&job, rows, None, status, &note);
        self.schedule.settle(&job, rows);
        self.schedule.regroup(job, vec![rest]);
    }
}

fn protected_problem(protected: &Protected, user: &str, names: &[Spelling]) -> Option<Problem> {
    let line = protected.line_of_any(names)?;
    let called = names.first().map_or("", |(name, _)| name.as_str());
    let advice = format!(
        "is {called} on the server, who is protected by `{line}` in the list of protected names: remove the row, or change the list"
    );
    let field = if user.contains('@') { "email" } else { "username" };
    Some(Problem { field, reason: "protected", value: user.to_owned(), advice, moot: None })
}

/// Users from whom the steps of a command take something away, with the rows that want it.
fn takings(command: &Command) -> Vec<(&str, Option<&str>, &[u32])> {
    let mut all = Vec::new();
    for traced in &command.steps {
        match (&command.root, &traced.step) {
            (Root::User { user, domain, .. }, Step::Remove(_) | Step::RemoveFromOrg { .. }) => {
                all.push((user.as_str(), domain.as_deref(), traced.rows.as_slice()));
            }
            (Root::Group { .. }, Step::Remove(Removal::Members(Members { user, .. }))) => {
                all.extend(user.iter().map(|user| (user.as_str(), None, traced.rows.as_slice())));
            }
            _ => {}
        }
    }
    all
}
