//! What a spreadsheet offers in the columns of an example file: the allowed values, and the groups
//! of the organization if a list of them is stored.

use crate::change::allowed_values;
use crate::export::ListKind;
use crate::import::access::Access;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::list_error::OrgListError;
use crate::import::lists::Lists;
use crate::organization::{OrgGroupKind, Organization};
use crate::table::{ColumnChoices, Field, InputDialect, UnlistedValues, template_fields};
use std::path::Path;

/// The choices in the columns of an example file.
pub(crate) struct TemplateChoices {
    pub(crate) columns: Vec<ColumnChoices>,
    /// The list that the groups come from, in words; `None` without one.
    pub(crate) groups_from: Option<String>,
}

impl TemplateChoices {
    /// Returns the choices for a dialect.
    ///
    /// # Errors
    /// When the snapshot of groups cannot be read.
    pub(crate) fn of(dialect: InputDialect, access: &Access) -> Result<Self, ImportError> {
        let groups = snapshot_of_groups(access)?;
        let groups_from = groups.as_ref().map(|(_, words)| words.clone());
        let groups = groups.as_ref().map(|(groups, _)| groups);
        let fields = (0_u16..).zip(template_fields(dialect));
        let columns = fields.filter_map(|(column, field)| {
            let field = field?;
            let (values, others) = match allowed_values(field, dialect) {
                // A name of the country, or three letters, are read as well.
                Some(values) if field == Field::Country => (owned(&values), UnlistedValues::Taken),
                Some(values) => (owned(&values), UnlistedValues::Refused),
                None => (group_names(field, groups?), UnlistedValues::Taken),
            };
            (!values.is_empty()).then_some(ColumnChoices { column, values, others })
        });
        Ok(Self { columns: columns.collect(), groups_from })
    }
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// Returns the latest snapshot of groups, with its description; `None` if no organization is set
/// or it has none.
fn snapshot_of_groups(access: &Access) -> Result<Option<(Organization, String)>, ImportError> {
    // Without credentials, the lists of all organizations would be meant.
    if !matches!(Connection::place_if_set(access), Ok(Some(_))) {
        return Ok(None);
    }
    match Lists::new(access, None).open(Path::new("latest"), ListKind::Groups) {
        Ok(list) => Ok(Some((list.groups()?, list.describe()))),
        Err(ImportError::List(OrgListError::NoLatest { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the names of the groups that a column can have, in order.
fn group_names(field: Field, groups: &Organization) -> Vec<String> {
    let is_wanted = |kind: OrgGroupKind| match field {
        Field::Groups | Field::AddGroups | Field::RemoveGroups => {
            matches!(kind, OrgGroupKind::UserGroup | OrgGroupKind::Profile)
        }
        Field::UserGroups | Field::Group => kind == OrgGroupKind::UserGroup,
        Field::Profiles
        | Field::RemoveProfiles
        | Field::ProductConfigurations
        | Field::ProductProfiles => kind == OrgGroupKind::Profile,
        _ => false,
    };
    let groups = groups.groups().iter().filter(|group| is_wanted(group.kind));
    let mut names: Vec<String> = groups.map(|group| group.name.to_string()).collect();
    names.sort_unstable_by_key(|name| name.to_lowercase());
    names
}
