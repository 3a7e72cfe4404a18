//! The lists of the organization that a plan is compared or checked with.

use crate::cli::args::commands::PlanArgs;
use crate::cli::error::CliError;
use crate::import::baseline::{BaselineSource, Keepers, LoadedBaseline, SendPolicy, compare};
use crate::import::config::{ConnectConfig, KnownConfig};
use crate::import::existing_users;
use crate::import::input_file::InputFile;
use crate::import::reporter::ImportReporter;
use crate::organization::Organization;

/// What lists say about the organization.
#[derive(Default)]
pub(super) struct PlanLists {
    /// The list that the user asked to compare with.
    pub(super) compared: Option<LoadedBaseline>,
    /// The snapshot, if the user asked for no comparison: it only shows who exists.
    pub(super) stored: Option<LoadedBaseline>,
    pub(super) keepers: Keepers,
}

impl PlanLists {
    /// Loads the lists and compares every input with them.
    pub(super) fn load(
        inputs: &mut [InputFile],
        args: &PlanArgs,
        known: &KnownConfig,
        connect: &ConnectConfig,
        reporter: &dyn ImportReporter,
    ) -> Result<Self, CliError> {
        if known.against.is_some() || known.online || known.exact_groups || args.skip_unchanged {
            let source = BaselineSource {
                connect,
                reporter,
                list_separator: args.read.list_separator.unwrap_or(','),
                earlier_run: None,
            };
            let compared = source.load_baseline(known)?;
            let mut inputs: Vec<_> = inputs.iter_mut().collect();
            let keepers =
                compare(&mut inputs, &compared, known, SendPolicy::OnlyChanges, reporter)?;
            if !(args.skip_unchanged || known.exact_groups) {
                reporter.inform(
                    "note: `umbulk import` sends only these differences with --skip-unchanged; \
                     without it, it sends every valid row",
                );
            }
            return Ok(Self { compared: Some(compared), keepers, ..Self::default() });
        }
        let stored = existing_users::stored(&connect.access, known.max_age, inputs, reporter);
        if let Some(stored) = &stored {
            let mut inputs: Vec<_> = inputs.iter_mut().collect();
            compare(&mut inputs, stored, known, SendPolicy::Everything, reporter)?;
        }
        Ok(Self { stored, ..Self::default() })
    }

    /// Returns any list, whatever it is for.
    pub(super) fn any(&self) -> Option<&LoadedBaseline> {
        self.compared.as_ref().or(self.stored.as_ref())
    }

    /// Returns the organization that the rows are compared with.
    pub(super) fn compared_organization(&self) -> Option<&Organization> {
        self.compared.as_ref().map(|list| &*list.organization)
    }
}
