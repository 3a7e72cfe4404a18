//! The format, dialect and columns of a file.

use super::cell::Sheet;
use super::column::Column;
use crate::table::CellReader;

/// Why a file cannot have this layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// JSON Lines always have the API's own names.
    #[error("the dialect {0} does not apply to JSON Lines, which have the API's own names")]
    DialectOfJsonLines(&'static str),
    /// The dialect has no list of groups.
    #[error("the dialect {0} has no columns for groups; use native or umapi-cli")]
    DialectWithoutGroups(&'static str),
    /// There is no column of this name.
    #[error("`{name}` is not a column; columns are {}", known.join(","))]
    NoColumn {
        /// The name.
        name: String,
        /// The columns that exist.
        known: Vec<&'static str>,
    },
    /// A column is named twice.
    #[error("the column `{0}` is named twice")]
    ColumnTwice(&'static str),
}

/// The kind of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Users.
    Users,
    /// User groups, product profiles and roles.
    Groups,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Cells separated by a delimiter.
    Csv {
        /// Comma or tab.
        delimiter: u8,
    },
    /// A JSON object per line, with the API's own names.
    JsonLines,
}

/// The program whose columns and words a delimited file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputDialect {
    /// umbulk's own. The file can be imported and contains everything.
    Native,
    /// umapi-cli's export.
    UmapiCli,
    /// The Admin Console's export.
    AdminConsole,
    /// user-sync's list of users.
    UserSync,
}

impl ListKind {
    /// Returns `users` or `groups`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}

impl OutputDialect {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::UmapiCli => "umapi-cli",
            Self::AdminConsole => "admin-console",
            Self::UserSync => "user-sync",
        }
    }
}

/// The layout of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLayout {
    /// What is listed.
    pub kind: ListKind,
    /// What kind of file.
    pub format: OutputFormat,
    /// For spreadsheets: a byte order mark, CRLF, and no cell that would run as a formula.
    pub excel: bool,
    /// A byte order mark at the start.
    pub bom: bool,
    pub(super) columns: Vec<(&'static str, Column)>,
}

const USER_JSON: [(&str, Column); 10] = [
    ("id", Column::Id),
    ("type", Column::Type),
    ("email", Column::Email),
    ("username", Column::Username),
    ("domain", Column::Domain),
    ("firstname", Column::Firstname),
    ("lastname", Column::Lastname),
    ("country", Column::Country),
    ("status", Column::Status),
    ("groups", Column::Groups),
];
const NATIVE: [(&str, Column); 11] = [
    ("action", Column::Action),
    ("type", Column::Type),
    ("email", Column::Email),
    ("username", Column::Username),
    ("domain", Column::Domain),
    ("firstname", Column::Firstname),
    ("lastname", Column::Lastname),
    ("country", Column::Country),
    ("groups", Column::Groups),
    ("id", Column::Id),
    ("status", Column::Status),
];
const UMAPI_CLI: [(&str, Column); 10] = [
    ("id", Column::Id),
    ("type", Column::Type),
    ("email", Column::Email),
    ("firstname", Column::Firstname),
    ("lastname", Column::Lastname),
    ("country", Column::Country),
    ("username", Column::Username),
    ("domain", Column::Domain),
    ("groups", Column::Groups),
    ("tags", Column::Tags),
];
const USER_SYNC: [(&str, Column); 8] = [
    ("firstname", Column::Firstname),
    ("lastname", Column::Lastname),
    ("email", Column::Email),
    ("country", Column::Country),
    ("groups", Column::Groups),
    ("type", Column::Type),
    ("username", Column::Username),
    ("domain", Column::Domain),
];
const ADMIN_CONSOLE: [(&str, Column); 16] = [
    ("Identity Type", Column::IdentityType),
    ("Username", Column::Username),
    ("Domain", Column::ConsoleDomain),
    ("Email", Column::Email),
    ("First Name", Column::Firstname),
    ("Last Name", Column::Lastname),
    ("Country Code", Column::Country),
    ("ID", Column::Id),
    ("Product Configurations", Column::ProductConfigurations),
    ("Admin Roles", Column::AdminRoles),
    ("Product Configurations Administered", Column::ConfigurationsAdministered),
    ("User Groups", Column::UserGroups),
    ("User Groups Administered", Column::UserGroupsAdministered),
    ("Products Administered", Column::ProductsAdministered),
    ("Developer Access", Column::DeveloperAccess),
    ("Auto Assigned Products", Column::AutoAssigned),
];
const GROUPS: [(&str, Column); 6] = [
    ("groupName", Column::GroupName),
    ("type", Column::GroupType),
    ("adminGroupName", Column::AdminGroupName),
    ("memberCount", Column::MemberCount),
    ("productName", Column::ProductName),
    ("licenseQuota", Column::LicenseQuota),
];
const GROUP_JSON: [(&str, Column); 9] = [
    ("groupId", Column::GroupId),
    ("groupName", Column::GroupName),
    ("type", Column::GroupType),
    ("adminGroupName", Column::AdminGroupName),
    ("memberCount", Column::MemberCount),
    ("productName", Column::ProductName),
    ("licenseQuota", Column::LicenseQuota),
    ("userGroupName", Column::UserGroupName),
    ("productProfileName", Column::ProfileName),
];
const INDIRECT: (&str, Column) = ("indirect", Column::Indirect);
const PART: (&str, Column) = ("part", Column::Part);

impl OutputLayout {
    /// Returns the layout with all columns of the dialect.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn new(
        kind: ListKind,
        format: OutputFormat,
        dialect: OutputDialect,
    ) -> Result<Self, LayoutError> {
        let columns: Vec<(&'static str, Column)> = match (kind, format, dialect) {
            (
                _,
                OutputFormat::JsonLines,
                OutputDialect::UmapiCli | OutputDialect::AdminConsole | OutputDialect::UserSync,
            ) => {
                return Err(LayoutError::DialectOfJsonLines(dialect.name()));
            }
            (ListKind::Groups, _, OutputDialect::AdminConsole | OutputDialect::UserSync) => {
                return Err(LayoutError::DialectWithoutGroups(dialect.name()));
            }
            (ListKind::Users, OutputFormat::JsonLines, _) => USER_JSON.to_vec(),
            (ListKind::Groups, OutputFormat::JsonLines, _) => GROUP_JSON.to_vec(),
            (ListKind::Groups, OutputFormat::Csv { .. }, _) => GROUPS.to_vec(),
            (ListKind::Users, OutputFormat::Csv { .. }, OutputDialect::Native) => NATIVE.to_vec(),
            (ListKind::Users, OutputFormat::Csv { .. }, OutputDialect::UmapiCli) => {
                UMAPI_CLI.to_vec()
            }
            (ListKind::Users, OutputFormat::Csv { .. }, OutputDialect::UserSync) => {
                USER_SYNC.to_vec()
            }
            (ListKind::Users, OutputFormat::Csv { .. }, OutputDialect::AdminConsole) => {
                ADMIN_CONSOLE.to_vec()
            }
        };
        Ok(Self {
            kind,
            format,
            excel: false,
            bom: dialect == OutputDialect::AdminConsole,
            columns,
        })
    }

    /// Adds a column that says that memberships may come through a user group.
    pub fn mark_indirect(&mut self) {
        self.columns.push(INDIRECT);
    }

    /// Returns what reads the file.
    pub(super) fn reader(&self) -> CellReader {
        if self.excel { CellReader::Spreadsheet } else { CellReader::Program }
    }

    /// Adds a column that says that the list is partial: nobody is missing because of such a list.
    pub fn mark_part(&mut self) {
        self.columns.push(PART);
    }

    /// Keeps only these columns, in this order.
    ///
    /// # Errors
    /// When a column does not exist or is named twice.
    pub fn pick(&mut self, names: &[String]) -> Result<(), LayoutError> {
        let plain = |name: &str| -> String {
            name.chars()
                .filter(|c| !c.is_whitespace() && *c != '_' && *c != '-')
                .flat_map(char::to_lowercase)
                .collect()
        };
        let mut picked: Vec<(&'static str, Column)> = Vec::new();
        for name in names {
            let found =
                self.columns.iter().find(|(known, _)| plain(known) == plain(name)).ok_or_else(
                    || LayoutError::NoColumn {
                        name: name.trim().to_owned(),
                        known: self.columns.iter().map(|(known, _)| *known).collect(),
                    },
                )?;
            if picked.contains(found) {
                return Err(LayoutError::ColumnTwice(found.0));
            }
            picked.push(*found);
        }
        self.columns = picked;
        Ok(())
    }

    /// Returns the text before the rows.
    pub fn head(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let OutputFormat::Csv { delimiter } = self.format {
            if self.excel || self.bom {
                text.extend_from_slice("\u{feff}".as_bytes());
            }
            let mut sheet = Sheet::new(delimiter, self.reader());
            self.columns.iter().for_each(|(name, _)| sheet.cell(&mut text, name));
            sheet.end(&mut text);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: OutputFormat = OutputFormat::Csv { delimiter: b',' };

    #[test]
    fn picked_columns_ignore_case_and_unknown_are_named() {
        let mut layout =
            OutputLayout::new(ListKind::Users, CSV, OutputDialect::AdminConsole).unwrap();
        let error = layout.pick(&["shoe size".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`shoe size`") && error.contains("First Name,Last Name"), "{error}");
        layout.pick(&["email".to_owned(), "first_name".to_owned()]).unwrap();
        assert_eq!(layout.head(), "\u{feff}Email,First Name\n".as_bytes());
        assert_eq!(
            layout.pick(&["email".to_owned(), "Email".to_owned()]),
            Err(LayoutError::ColumnTwice("Email"))
        );
    }

    #[test]
    fn a_list_with_inherited_memberships_says_so() {
        let mut layout = OutputLayout::new(ListKind::Users, CSV, OutputDialect::Native).unwrap();
        layout.mark_indirect();
        assert_eq!(
            layout.head(),
            b"action,type,email,username,domain,firstname,lastname,country,\
                                   groups,id,status,indirect\n"
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        assert!(OutputLayout::new(ListKind::Groups, CSV, OutputDialect::AdminConsole).is_err());
        assert!(
            OutputLayout::new(ListKind::Users, OutputFormat::JsonLines, OutputDialect::UserSync)
                .is_err()
        );
        assert!(OutputLayout::new(ListKind::Groups, CSV, OutputDialect::UmapiCli).is_ok());
    }
}
