//! The rules by which a row is read.

use super::action::Action;
use super::model::{IdentityType, IfExists};
use crate::table::{Field, InputDialect};

/// How the rows of one table are read: the meaning of its dialect, and of empty cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The table's dialect.
    pub dialect: InputDialect,
    /// The action of rows without one; `None` for that of the dialect.
    pub action: Option<Action>,
    /// Identity type of created users whose row has none. In an Admin Console export, an empty cell
    /// means an Adobe ID.
    pub default_type: IdentityType,
    /// Country of created users whose row has none.
    pub default_country: Option<String>,
    /// What to do if a created user or group exists and the row does not say.
    pub if_exists: IfExists,
    /// Whether the action of every row was given on the command line, and replaces that of the
    /// file.
    pub is_overridden: bool,
    /// Whether the columns do not show what a row without an action is to do.
    pub needs_action: bool,
    /// Whether the last of several conflicting rows counts.
    pub last_wins: bool,
    /// The separator of the names in a list.
    pub list_separator: char,
    /// Whether the user has named that separator.
    pub separator_is_known: bool,
    /// Columns of groups whose empty cells say that the user is to have none (`--empty-groups
    /// none`). In other columns an empty cell means no change.
    pub no_groups: Vec<Field>,
}

impl Rules {
    /// Returns the defaults of a dialect.
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
            separator_is_known: false,
            no_groups: Vec::new(),
        }
    }

    /// Returns the action of a row without one; `None` if it must be given.
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
            // An export of groups may be a list of groups to delete.
            InputDialect::UmapiCliGroups | InputDialect::UmapiCliGroupsExport => None,
        })
    }
}
