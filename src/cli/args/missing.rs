//! The options about missing users of `umbulk import` and `plan`: people who are in the
//! organization but in no row.

use super::value::identity;
use super::value_error::ValueError;
use crate::change::IdentityType;
use crate::execute::Cap;
use crate::import::config::{MissingAction, MissingConfig};
use crate::reconcile::MissingScope;
use clap::{Args, ValueEnum};
use std::ffi::OsString;

/// Who is missing, and what happens to them.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "People who are missing in the file")]
pub(crate) struct MissingArgs {
    /// What happens to people under management who are in no row, after every row is ok or
    /// unchanged. Must be typed each time, or be in a job
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) missing: Option<MissingArg>,
    /// People of this domain are under management (repeatable)
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub(crate) managed_domain: Vec<String>,
    /// People of this identity type are under management: adobeID, enterpriseID or federatedID
    /// (repeatable)
    #[arg(long, value_name = "TYPE", value_parser = identity)]
    pub(crate) managed_type: Vec<IdentityType>,
    /// Refuse when more people are missing than this, P% of those under management; --yes does not
    /// lift it
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_missing: Option<Cap>,
}

/// What happens to people who are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingArg {
    /// List them in NAME.missing.csv
    Report,
    /// They leave their groups, or those of them that --manage-groups names
    RemoveGroups,
    /// They leave the organization; their accounts stay
    Leave,
}

impl MissingArg {
    /// Returns what happens to missing users.
    fn config(self) -> MissingAction {
        match self {
            Self::Report => MissingAction::Report,
            Self::RemoveGroups => MissingAction::RemoveGroups,
            Self::Leave => MissingAction::Leave,
        }
    }
}

impl MissingArgs {
    /// Returns what is to happen to missing users; `None` if nobody is looked for. `typed` are the
    /// words of the command line.
    pub(crate) fn config(&self, typed: &[OsString]) -> Option<MissingConfig> {
        self.missing.map(|action| MissingConfig {
            action: action.config(),
            scope: self.scope(),
            max_missing: self.max_missing,
            // A number that is typed is meant for these files. One in the settings does not apply
            // to a file that shrank.
            is_cap_of_these_files: typed
                .iter()
                .any(|word| word.to_string_lossy().starts_with("--max-missing")),
        })
    }

    /// Returns which users are managed.
    fn scope(&self) -> MissingScope {
        MissingScope { domains: self.managed_domain.clone(), types: self.managed_type.clone() }
    }
}

fn domain(text: &str) -> Result<String, ValueError> {
    let domain = text.trim().trim_start_matches('@').to_lowercase();
    if domain.is_empty() || domain.contains(['@', ' ', '*', ',', '/']) {
        return Err("write a domain such as example.com; repeat the option for several".into());
    }
    Ok(domain)
}
