//! An export as a library call, with a default for every option.

use super::fetch::{AskedLately, FetchError, FetchStopped, ListFetch, ListSource, Repeat, draft};
use super::file_name::{UnwrittenKind, kind_of};
use super::filter::ExportFilter;
use super::group_kinds::GroupKinds;
use super::job::ExportJob;
use super::layout::{LayoutError, ListKind, OutputDialect, OutputLayout};
use super::observed::ObservedList;
use super::output::Output;
use super::rows::RowRenderer;
use crate::fs::in_words;
use crate::fs::state_dir;
use crate::journal::QuotaFile;
use crate::observer::{Observer, Unobserved};
use crate::snapshot::{DraftError, SnapshotStore};
use crate::umapi::{
    Client, ClientOptions, Credentials, EndpointError, Endpoints, ListQuery, Rates, SharedQuota,
    TlsError,
};
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An export of the users or groups of an organization into a file, ready to run.
///
/// It does what `umbulk export` does: the file is complete or does not exist, and the list is
/// stored for imports that compare with it. An interrupted export continues after its last page.
#[derive(Debug, Clone)]
pub struct Export {
    options: ExportBuilder,
}

/// The options of an export; each has a default.
#[derive(Debug, Clone)]
pub struct ExportBuilder {
    kind: ListKind,
    file: PathBuf,
    credentials: Credentials,
    endpoints: Option<Endpoints>,
    rates: Rates,
    state: Option<PathBuf>,
    columns: Vec<String>,
    group: Option<String>,
    repeat: Repeat,
}

/// The result of an export.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExportedList {
    /// Users or groups in the file.
    pub rows: u64,
    /// The file.
    pub file: PathBuf,
    /// The new name of an earlier file with that name.
    pub earlier: Option<PathBuf>,
    /// When the first page was fetched.
    pub as_of: Option<Timestamp>,
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The name of the file asks for a format that is not written.
    #[error("{0}")]
    Kind(#[from] UnwrittenKind),
    /// The file cannot have these columns.
    #[error("{0}")]
    Layout(#[from] LayoutError),
    /// An address cannot be used.
    #[error("{0}")]
    Endpoints(#[from] EndpointError),
    /// TLS cannot be set up.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// There is no folder for snapshots.
    #[error("there is no folder for snapshots: name one")]
    NoStateFolder,
    /// The list cannot be stored.
    #[error("{0}")]
    Store(#[from] DraftError),
    /// The list was requested too recently: Adobe blocks a client that requests it again.
    #[error("{0}")]
    AskedLately(#[from] AskedLately),
    /// The file cannot be written.
    #[error("{}", in_words(.0))]
    File(#[from] io::Error),
    /// The export stopped.
    #[error("{why}")]
    Stopped {
        /// What happened.
        why: FetchError,
        /// Whether a part of the list is stored, so that the same export continues it.
        goes_on: bool,
    },
}

impl Export {
    /// Begins an export into this file, from the organization of the credentials. The ending of the
    /// file decides the format: `.csv`, `.tsv` or `.jsonl`, followed by `.gz` or `.zst` for
    /// compression.
    pub fn builder(
        kind: ListKind,
        file: impl Into<PathBuf>,
        credentials: Credentials,
    ) -> ExportBuilder {
        ExportBuilder {
            kind,
            file: file.into(),
            credentials,
            endpoints: None,
            rates: Rates::default(),
            state: state_dir(),
            columns: Vec::new(),
            group: None,
            repeat: Repeat::AfterTwoHours,
        }
    }

    /// Runs the export without an observer.
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with).
    pub fn run(&self) -> Result<ExportedList, ExportError> {
        self.run_with(&Unobserved)
    }

    /// Runs the export and reports its progress to an observer. Blocks until the export has
    /// finished or stopped: an asynchronous program calls it on a thread of its own.
    ///
    /// # Errors
    /// When the file could not be written.
    pub fn run_with(&self, observer: &dyn Observer) -> Result<ExportedList, ExportError> {
        let ExportBuilder { kind, file, rates, columns, repeat, .. } = &self.options;
        let (format, packing) = kind_of(file);
        let mut layout = OutputLayout::new(*kind, format?, OutputDialect::Native)?;
        if !columns.is_empty() {
            layout.pick(columns)?;
        } else if self.options.group.is_some() {
            layout.mark_part();
        }
        let state = self.options.state.as_deref().ok_or(ExportError::NoStateFolder)?;
        let (client, store) = self.connect(state)?;
        let draft = draft(&store, *kind, &self.query(), *repeat)??;
        let output = Output::open(file, packing)?;
        let (filter, kinds) = (ExportFilter::default(), GroupKinds::default());
        let job = ExportJob::new(RowRenderer { layout, filter, kinds }, output);
        let counts = job.seen();
        let reporter = ObservedList(observer);
        let fetch =
            ListFetch { kind: *kind, client: &client, rates, store: &store, reporter: &reporter };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended = runtime.block_on(fetch.run(job, ListSource::Server(vec![draft]), &counts));
        // Pages in flight are abandoned.
        runtime.shutdown_background();
        let written = ended.map_err(|FetchStopped { why, goes_on }| {
            if !goes_on && (file.is_file() || !file.exists()) {
                // The file that was begun has no rows.
                let _ = std::fs::remove_file(file.with_added_extension("partial"));
            }
            ExportError::Stopped { why, goes_on }
        })?;
        Ok(ExportedList {
            rows: written.rows,
            file: file.clone(),
            earlier: written.aside,
            as_of: written.stored.iter().map(|list| list.at).min(),
        })
    }

    fn connect(&self, state: &Path) -> Result<(Client, SnapshotStore), ExportError> {
        let ExportBuilder { credentials, endpoints, rates, .. } = &self.options;
        let endpoints = match endpoints {
            Some(endpoints) => endpoints.clone(),
            None => Endpoints::resolve(None, None, None)?,
        };
        let store = SnapshotStore::open(state, &credentials.org_id, &endpoints.api_host());
        let quota = QuotaFile::new(state, &credentials.client_id, &endpoints);
        let options = ClientOptions {
            rates: rates.clone(),
            shared_quota: Some(Arc::new(quota) as Arc<dyn SharedQuota>),
            ..ClientOptions::default()
        };
        Ok((Client::new(credentials.clone(), endpoints, &options)?, store))
    }

    fn query(&self) -> ListQuery {
        match (self.options.kind, &self.options.group) {
            (ListKind::Groups, _) => ListQuery::Groups,
            (ListKind::Users, None) => ListQuery::Users { domain: None, direct: true },
            (ListKind::Users, Some(group)) => ListQuery::Members {
                group: group.trim().to_owned(),
                domain: None,
                direct: true,
                active: None,
            },
        }
    }
}

impl ExportBuilder {
    /// Uses other endpoints than Adobe's.
    #[must_use]
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = Some(endpoints);
        self
    }

    /// Keeps other limits than those that Adobe documents.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    /// Stores the list in this folder, instead of the user's state folder, which all programs
    /// share.
    #[must_use]
    pub fn state_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Writes only these columns, in this order.
    #[must_use]
    pub fn columns<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.columns = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lists only the members of this group or product profile. Has no effect on a list of groups.
    #[must_use]
    pub fn members_of(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Fetches the list even within two hours of the last time. Adobe may then block the client for
    /// an hour.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.repeat = Repeat::Now;
        self
    }

    /// Returns the export. Nothing is requested yet.
    #[must_use]
    pub fn build(self) -> Export {
        Export { options: self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions, SandboxUser};

    /// A folder, and an organization of Ann and Bob, with Bob in a group.
    struct Case {
        folder: tempfile::TempDir,
        sandbox: Sandbox,
    }

    impl Case {
        fn new() -> Self {
            let mut directory = Directory::default();
            directory.add_group(&SandboxGroup::user_group("Design"));
            directory.add_user(&SandboxUser::assumed("ann@example.com", None, false));
            let mut bob = SandboxUser::assumed("bob@example.com", None, false);
            bob.groups.insert("Design".to_owned());
            directory.add_user(&bob);
            let sandbox = Sandbox::start(SandboxOptions::default(), directory).unwrap();
            Self { folder: tempfile::tempdir().unwrap(), sandbox }
        }

        fn export(&self, kind: ListKind, name: &str) -> ExportBuilder {
            let SandboxOptions { client_id, client_secret, org_id, .. } = self.sandbox.options();
            let credentials =
                Credentials::new(client_id.as_str(), client_secret.as_str(), org_id.as_str());
            let (host, url) = (self.sandbox.auth_host(), self.sandbox.url());
            Export::builder(kind, self.folder.path().join(name), credentials)
                .endpoints(Endpoints::resolve(Some(&host), None, Some(&url)).unwrap())
                .state_folder(self.folder.path().join("state"))
                .columns(["email"])
        }

        fn text(&self, name: &str) -> String {
            std::fs::read_to_string(self.folder.path().join(name)).unwrap()
        }
    }

    #[test]
    fn users_are_written_and_the_list_is_not_asked_for_again() {
        let case = Case::new();
        let listed = case.export(ListKind::Users, "users.csv").build().run().unwrap();
        assert_eq!((listed.rows, listed.earlier), (2, None));
        let text = case.text("users.csv");
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].sort_unstable();
        assert_eq!(lines, ["email", "ann@example.com", "bob@example.com"]);
        let error = case.export(ListKind::Users, "users.csv").build().run().unwrap_err();
        assert!(matches!(error, ExportError::AskedLately(_)), "{error}");
        let again = case.export(ListKind::Users, "users.csv").again().build().run().unwrap();
        assert!(again.earlier.is_some(), "{again:?}");
    }

    #[test]
    fn members_of_a_group_are_a_part() {
        let case = Case::new();
        let export = case.export(ListKind::Users, "design.tsv").members_of("Design");
        assert_eq!(export.clone().build().run().unwrap().rows, 1);
        assert_eq!(case.text("design.tsv"), "email\nbob@example.com\n");
        let whole = export.columns::<String>([]).again().build();
        whole.run().unwrap();
        assert!(case.text("design.tsv").lines().next().unwrap().ends_with("\tpart"));
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_anything_is_asked() {
        let case = Case::new();
        let error = |builder: ExportBuilder| builder.build().run().unwrap_err();
        let kind = error(case.export(ListKind::Users, "users.xls"));
        assert!(matches!(kind, ExportError::Kind(_)), "{kind}");
        let column = error(case.export(ListKind::Users, "users.csv").columns(["shoe size"]));
        assert!(matches!(column, ExportError::Layout(_)), "{column}");
        assert!(case.sandbox.traffic().is_empty());
    }

    #[test]
    fn group_that_is_not_there_leaves_no_file() {
        let case = Case::new();
        let export = case.export(ListKind::Users, "design.csv").members_of("Desing");
        let error = export.build().run().unwrap_err();
        assert!(matches!(error, ExportError::Stopped { goes_on: false, .. }), "{error}");
        assert!(!case.folder.path().join("design.csv.partial").exists());
    }
}
