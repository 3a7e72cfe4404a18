//! By what rules a row is read.

use super::action::Action;
use super::model::{IdentityType, IfExists};
use crate::table::{Field, InputDialect};

/// How the rows of one table are to be understood: what its dialect means, and what a row's empty
/// cells mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The table's dialect.
    pub dialect: InputDialect,
    /// What rows without an action do; `None`: what the dialect means.
    pub action: Option<Action>,
    /// Identity type of created users whose row names none; an Admin Console export means Adobe ID
    /// by an empty cell.
    pub default_type: IdentityType,
    /// Country of created users whose row names none.
    pub default_country: Option<String>,
    /// What to do when a created user or group exists, where the row does not say.
    pub if_exists: IfExists,
    /// The action of every row was given on the command line, and replaces what the file
    /// says.
    pub is_overridden: bool,
    /// The columns do not tell what a row without an action is to do.
    pub needs_action: bool,
    /// Of rows that contradict each other, the last one counts.
    pub last_wins: bool,
    /// What separates the names of a list.
    pub list_separator: char,
    /// Columns of groups whose empty cells say that the user is to have none (`--empty-groups
    /// none`); in other columns an empty cell says nothing.
    pub no_groups: Vec<Field>,
}

impl Rules {
    /// The defaults of a dialect.
    pub fn new(dialect: InputDialect) -> Self {
        Self {
            dialect,
            action: None,
            default_type: if dialect == InputDialect::AdminConsole {
                IdentityType::Adobe
            } else {
                IdentityType::Federated
            },
            default_country: None,
            if_exists: IfExists::default(),
            is_overridden: false,
            last_wins: false,
            needs_action: false,
            list_separator: ',',
            no_groups: Vec::new(),
        }
    }

    /// What a row does that does not say so itself; `None` if that must be said.
    pub(super) fn unsaid_action(&self) -> Option<Action> {
        if self.needs_action {
            return None;
        }
        self.action.or(match self.dialect {
            InputDialect::Native
            | InputDialect::UmapiCliUsersCreate
            | InputDialect::AdminConsole
            | InputDialect::UmapiSamples => Some(Action::Create),
            InputDialect::UmapiCliUsersUpdate => Some(Action::Update),
            InputDialect::UmapiCliUsersDelete | InputDialect::UserSyncRemove => {
                Some(Action::Delete)
            }
            InputDialect::UmapiCliGroupsUpdate => Some(Action::UpdateGroup),
            // Groups that are there stay as they are, so importing an export again harms nothing.
            InputDialect::UmapiCliGroupsExport => Some(Action::CreateGroup),
            InputDialect::UmapiCliGroups => None,
        })
    }
}
