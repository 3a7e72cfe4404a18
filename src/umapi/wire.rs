//! The wire format: commands to the API, and its responses.
//!
//! Source: adobe-apiplatform/umapi-documentation, `en/api/ActionsCmds.md` and
//! `en/api/ActionsRef.md`.

use super::server_words::without_long_runs;
use serde::{Deserialize, Deserializer, Serialize};

/// The most commands in one request.
pub(crate) const MAX_COMMANDS: usize = 10;
/// The most steps in one command.
pub const MAX_STEPS: usize = 10;
/// The most names in one list of a step (for a step of a group, in both lists together).
pub(crate) const MAX_LIST: usize = 10;

/// One command of an action request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireCommand {
    /// The user or group that the steps are about.
    #[serde(flatten)]
    pub root: Root,
    /// An id that the response repeats in its errors.
    #[serde(rename = "requestID", skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
    /// The steps, in order; never empty, never more than [`MAX_STEPS`].
    #[serde(rename = "do")]
    pub steps: Vec<WireStep>,
}

/// A command that is only written: it becomes the same text as a [`WireCommand`].
#[derive(Debug, Clone, Serialize)]
pub struct WrittenCommand<'c> {
    /// The user or group that the steps are about.
    #[serde(flatten)]
    pub root: &'c Root,
    /// The steps, in order.
    #[serde(rename = "do")]
    pub steps: Vec<&'c WireStep>,
}

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Root {
    /// A user.
    User {
        /// Email address, or username with `domain`.
        user: String,
        /// Only with a username that is not an email address.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        domain: Option<String>,
        /// Set for Adobe IDs.
        #[serde(rename = "useAdobeID", skip_serializing_if = "std::ops::Not::not", default)]
        use_adobe_id: bool,
    },
    /// A user group.
    Group {
        /// Its name.
        usergroup: String,
    },
}

/// One step of a command, serialized as `{"createFederatedID": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WireStep {
    /// Add an Adobe ID.
    #[serde(rename = "addAdobeID")]
    AddAdobeId(NewUser),
    /// Create an Enterprise ID.
    #[serde(rename = "createEnterpriseID")]
    CreateEnterpriseId(NewUser),
    /// Create a Federated ID.
    #[serde(rename = "createFederatedID")]
    CreateFederatedId(NewUser),
    /// Change a user.
    Update(UserUpdate),
    /// Add memberships.
    Add(WireMembers),
    /// Remove memberships.
    Remove(Removal),
    /// Leave the organization.
    RemoveFromOrg {
        /// Whether the account is deleted as well.
        #[serde(rename = "deleteAccount")]
        delete_account: bool,
    },
    /// Create a user group.
    CreateUserGroup(NewGroup),
    /// Change a user group.
    UpdateUserGroup(GroupUpdate),
    /// Delete a user group.
    DeleteUserGroup {},
}

/// The body of the three create steps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewUser {
    /// Email address.
    pub email: String,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firstname: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lastname: Option<String>,
    /// Two upper-case letters of ISO 3166.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `None`: an existing user is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<ExistsOption>,
}

/// What a create step does with a user or group that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExistsOption {
    /// Leave it as it is.
    #[serde(rename = "ignoreIfAlreadyExists")]
    Ignore,
    /// Update it.
    #[serde(rename = "updateIfAlreadyExists")]
    Update,
}

/// The body of a user's `update`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserUpdate {
    /// New email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// New username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// New first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firstname: Option<String>,
    /// New last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lastname: Option<String>,
}

/// Members of a step: groups of a user, or users and profiles of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WireMembers {
    /// Groups and product profiles of a user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<String>,
    /// Users of a group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<String>,
    /// Product profiles of a group.
    #[serde(rename = "productConfiguration", skip_serializing_if = "Vec::is_empty")]
    pub product_configuration: Vec<String>,
}

/// What a `remove` step removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Removal {
    /// The string `"all"`.
    All(All),
    /// Named members.
    Members(WireMembers),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum All {
    /// Every membership.
    #[serde(rename = "all")]
    All,
}

/// The body of `createUserGroup`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewGroup {
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `None`: an existing group is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<ExistsOption>,
}

/// The body of `updateUserGroup`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupUpdate {
    /// New name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The response to an action request that the server accepted (HTTP 200).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ActionResponse {
    /// `success`, `partial` or `error`.
    pub result: String,
    /// The number of commands that were done.
    #[serde(deserialize_with = "number")]
    pub completed: Option<u32>,
    /// The number of commands that were not done.
    #[serde(deserialize_with = "number")]
    pub not_completed: Option<u32>,
    /// The number of commands that passed in test mode.
    #[serde(deserialize_with = "number")]
    pub completed_in_test_mode: Option<u32>,
    /// One for each command that was refused.
    #[serde(deserialize_with = "list")]
    pub errors: Vec<ResponseFault>,
    /// The server's remarks on commands that it carried out.
    #[serde(deserialize_with = "list")]
    pub warnings: Vec<ResponseFault>,
}

/// One error or warning of a response.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ResponseFault {
    /// The number of the command, from 0; `None` if the server sends none.
    #[serde(deserialize_with = "number")]
    pub index: Option<u32>,
    /// The number of the step in the command, from 0.
    #[serde(deserialize_with = "number")]
    pub step: Option<u32>,
    /// The `requestID` of the command.
    #[serde(rename = "requestID", deserialize_with = "text")]
    pub request_id: Option<String>,
    /// The message, for people.
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    /// The user that the command is about.
    #[serde(deserialize_with = "text")]
    pub user: Option<String>,
    /// The code, for programs: `errorCode` or `warningCode`.
    #[serde(rename = "errorCode", alias = "warningCode", deserialize_with = "text")]
    pub code: Option<String>,
}

impl ActionResponse {
    /// Returns the response with `***` in place of runs that are too long to be words or names.
    pub(super) fn without_long_runs(mut self) -> Self {
        for fault in self.errors.iter_mut().chain(&mut self.warnings) {
            for words in [&mut fault.message, &mut fault.code].into_iter().flatten() {
                *words = without_long_runs(words).into_owned();
            }
        }
        self
    }
}

/// Reads a whole number, also from a string; anything else is `None`.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(n) => n.as_u64().and_then(|n| u32::try_from(n).ok()),
        serde_json::Value::String(s) => s.trim().parse().ok(),
        _ => None,
    })
}

/// Reads a string, or a number as its digits; anything else is `None`.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(s) => Some(s),
        serde_json::Value::Number(n) => Some(n.to_string()),
        _ => None,
    })
}

/// Reads a list that may be `null`.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}
