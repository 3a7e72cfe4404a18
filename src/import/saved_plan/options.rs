//! The options of a planned import: everything that decides what its rows do, without credentials
//! and without what only concerns sending.

use crate::change::IdentityType;
use crate::execute::{Cap, GroupSideUse};
use crate::fs::OsText;
use crate::import::config::{
    EmptyGroups, EncodingSource, GroupsConfig, ImportConfig, KnownConfig, MissingAction,
    MissingConfig, ReadConfig,
};
use crate::import::stored_config::{StoredConfig, to_store};
use crate::reconcile::MissingScope;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The options, in the form of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedOptions {
    /// How the rows are read, as a journal keeps it.
    rows: Value,
    separator_is_known: bool,
    confirms_encoding: bool,
    protect: Option<OsText>,
    skip_unchanged: bool,
    against: Option<OsText>,
    online: bool,
    max_age_ms: u64,
    exact_groups: bool,
    manage_groups: Vec<String>,
    empty_groups_are_none: bool,
    allow_shadow: bool,
    allow_second_accounts: bool,
    missing: Option<PlannedScope>,
    groups_file: Option<OsText>,
    groups_unchecked: bool,
    create_groups: bool,
    group_side: String,
    verify_deletes: bool,
}

/// What happens to missing people.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedScope {
    action: String,
    domains: Vec<String>,
    types: Vec<IdentityType>,
    max_missing: Option<String>,
    is_cap_of_these_files: bool,
}

const ACTIONS: [MissingAction; 3] =
    [MissingAction::Report, MissingAction::RemoveGroups, MissingAction::Leave];

const SIDES: [(GroupSideUse, &str); 3] = [
    (GroupSideUse::Auto, "auto"),
    (GroupSideUse::Always, "always"),
    (GroupSideUse::Never, "never"),
];

impl PlannedOptions {
    /// Takes them from the import that is planned.
    #[expect(clippy::too_many_lines, reason = "one line for each option")]
    pub(super) fn of(config: &ImportConfig) -> Self {
        // Every option is named here, so that a new one is either kept or left out on purpose.
        let ImportConfig {
            read,
            skip_unchanged,
            known,
            missing,
            groups,
            group_side,
            create_groups,
            verify_deletes,
            // The file names them beside its options.
            files: _,
            saved_plan: _,
            // Where results go, and what they show.
            results: _,
            failed: _,
            report: _,
            explain: _,
            typed: _,
            // How the rows are sent, and what stops or asks before.
            connect: _,
            effect_window: _,
            concurrency: _,
            max_errors: _,
            max_deletes: _,
            max_removals: _,
            strict: _,
            allow_admins: _,
            yes: _,
            shrink: _,
            submission: _,
            before: _,
            // Each command says these for itself.
            test_mode: _,
            sandbox: _,
            fresh: _,
            retry_failed: _,
            continues: _,
        } = config;
        let KnownConfig {
            against,
            online,
            max_age,
            exact_groups,
            manage_groups,
            empty_groups,
            allow_shadow,
            allow_second_accounts,
        } = known;
        let GroupsConfig { groups_file, is_unchecked } = groups;
        let path = |path: &Option<PathBuf>| path.clone().map(OsText::from);
        let side = SIDES.iter().find(|(side, _)| side == group_side);
        Self {
            rows: to_store(config),
            separator_is_known: read.separator_is_known,
            confirms_encoding: read.encoding == EncodingSource::Confirmed,
            protect: path(&read.protect),
            skip_unchanged: *skip_unchanged,
            against: path(against),
            online: *online,
            max_age_ms: u64::try_from(max_age.as_millis()).unwrap_or(u64::MAX),
            exact_groups: *exact_groups,
            manage_groups: manage_groups.clone(),
            empty_groups_are_none: *empty_groups == EmptyGroups::KeepNone,
            allow_shadow: *allow_shadow,
            allow_second_accounts: *allow_second_accounts,
            missing: missing.as_ref().map(PlannedScope::of),
            groups_file: path(groups_file),
            groups_unchecked: *is_unchecked,
            create_groups: *create_groups,
            group_side: side.map_or_else(String::new, |(_, name)| (*name).to_owned()),
            verify_deletes: *verify_deletes,
        }
    }

    /// Gives them to an import; `None` if one of them is unknown here.
    pub(super) fn apply(self, config: &mut ImportConfig) -> Option<()> {
        let read = StoredConfig::read(&self.rows).ok()?.read;
        let path = |path: Option<OsText>| path.map(|path| PathBuf::from(path.0));
        let encoding = match read.encoding {
            EncodingSource::Detected if self.confirms_encoding => EncodingSource::Confirmed,
            encoding => encoding,
        };
        config.group_side = SIDES.iter().find(|(_, name)| *name == self.group_side)?.0;
        config.missing = match self.missing {
            Some(scope) => Some(scope.understood()?),
            None => None,
        };
        config.read = ReadConfig {
            encoding,
            separator_is_known: self.separator_is_known,
            protect: path(self.protect),
            ..read
        };
        config.known = KnownConfig {
            against: path(self.against),
            online: self.online,
            max_age: Duration::from_millis(self.max_age_ms),
            exact_groups: self.exact_groups,
            manage_groups: self.manage_groups,
            empty_groups: match self.empty_groups_are_none {
                true => EmptyGroups::KeepNone,
                false => EmptyGroups::KeepAll,
            },
            allow_shadow: self.allow_shadow,
            allow_second_accounts: self.allow_second_accounts,
        };
        let (groups_file, is_unchecked) = (path(self.groups_file), self.groups_unchecked);
        config.groups = GroupsConfig { groups_file, is_unchecked };
        config.skip_unchanged = self.skip_unchanged;
        config.create_groups = self.create_groups;
        config.verify_deletes |= self.verify_deletes;
        Some(())
    }
}

impl PlannedScope {
    fn of(
        MissingConfig { action, scope, max_missing, is_cap_of_these_files }: &MissingConfig,
    ) -> Self {
        Self {
            action: action.name().to_owned(),
            domains: scope.domains.clone(),
            types: scope.types.clone(),
            max_missing: max_missing.map(|cap| match cap {
                Cap::Rows(rows) => rows.to_string(),
                Cap::Percent(percent) => format!("{percent}%"),
            }),
            is_cap_of_these_files: *is_cap_of_these_files,
        }
    }

    fn understood(self) -> Option<MissingConfig> {
        let max_missing = match self.max_missing {
            Some(cap) => Some(cap.parse().ok()?),
            None => None,
        };
        Some(MissingConfig {
            action: ACTIONS.into_iter().find(|action| action.name() == self.action)?,
            scope: MissingScope { domains: self.domains, types: self.types },
            max_missing,
            is_cap_of_these_files: self.is_cap_of_these_files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Action, IfExists};
    use crate::execute::RowRange;
    use crate::import::access::Access;
    use crate::import::config::{ConflictRule, ConnectConfig};
    use crate::table::{Field, InputDialect, ValueMapping};
    use crate::umapi::Credentials;

    fn config() -> ImportConfig {
        let access = Access::given(Credentials::new("id", "secret", "org"), None, None);
        ImportConfig::new(vec!["staff.csv".into()], ConnectConfig::new(access))
    }

    fn of_other_values() -> ImportConfig {
        let mut planned = config();
        planned.skip_unchanged = true;
        planned.create_groups = true;
        planned.verify_deletes = true;
        planned.group_side = GroupSideUse::Never;
        planned.read = ReadConfig {
            dialect: Some(InputDialect::AdminConsole),
            map: vec![(Field::Email, "Mail".to_owned())],
            values: ValueMapping {
                defaults: vec![(Field::Country, "AT".to_owned())],
                ..ValueMapping::default()
            },
            action: Some(Action::Add),
            overrides: vec![(Field::Groups, "G".to_owned())],
            ignore: vec!["Note".to_owned()],
            header_row: Some(3),
            sheet: Some("Staff".to_owned()),
            conflicts: ConflictRule::LastCounts,
            encoding: EncodingSource::Detected,
            repair_mojibake: true,
            delimiter: Some(b'\t'),
            list_separator: ';',
            separator_is_known: true,
            rows: Some(RowRange::of([(2, 4)])),
            default_type: Some(IdentityType::Enterprise),
            default_country: Some("DE".to_owned()),
            if_exists: IfExists::Update,
            protect: Some("bosses.txt".into()),
        };
        planned.known = KnownConfig {
            against: Some("users.csv".into()),
            online: true,
            max_age: Duration::from_millis(90_500),
            exact_groups: true,
            manage_groups: vec!["G *".to_owned()],
            empty_groups: EmptyGroups::KeepNone,
            allow_shadow: true,
            allow_second_accounts: true,
        };
        planned.missing = Some(MissingConfig {
            action: MissingAction::Leave,
            scope: MissingScope { domains: vec!["x.com".into()], types: vec![IdentityType::Adobe] },
            max_missing: Some(Cap::Percent(2.5)),
            is_cap_of_these_files: true,
        });
        planned.groups =
            GroupsConfig { groups_file: Some("groups.csv".into()), is_unchecked: true };
        planned
    }

    /// All of them are set, and each alone: an option that takes the place of another is seen.
    #[test]
    fn options_are_read_as_they_were_saved() {
        let alone: [fn(&mut ImportConfig); 9] = [
            |config| config.skip_unchanged = true,
            |config| config.create_groups = true,
            |config| config.verify_deletes = true,
            |config| config.known.online = true,
            |config| config.known.exact_groups = true,
            |config| config.known.allow_shadow = true,
            |config| config.known.allow_second_accounts = true,
            |config| config.groups.is_unchecked = true,
            |config| config.read.separator_is_known = true,
        ];
        let alone = alone.map(|set| {
            let mut planned = config();
            set(&mut planned);
            planned
        });
        for planned in alone.into_iter().chain([config(), of_other_values()]) {
            let text = serde_json::to_string(&PlannedOptions::of(&planned)).unwrap();
            assert!(!text.contains("secret"), "{text}");
            let mut applied = config();
            serde_json::from_str::<PlannedOptions>(&text).unwrap().apply(&mut applied).unwrap();
            assert_eq!(format!("{applied:#?}"), format!("{planned:#?}"));
        }
    }
}
