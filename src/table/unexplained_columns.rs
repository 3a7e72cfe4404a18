//! Finds what the columns without a meaning probably are, and refuses those that would change what
//! rows mean.

use super::columns::{ColumnMapping, is_about_users};
use super::dialect::{InputDialect, foreign, native_fields};
use super::error::TableError;
use super::field::{Field, plain};
use super::lookalike::{are_actions, by_cells, by_name};

/// The fields that list memberships.
const MEMBERSHIPS: &[Field] = &[
    Field::Groups,
    Field::AddGroups,
    Field::RemoveGroups,
    Field::UserGroups,
    Field::ProductConfigurations,
    Field::ProductProfiles,
];

/// Columns of an export of the Admin Console that cannot be imported.
const READ_ONLY: [&str; 4] =
    ["id", "autoassignedproducts", "teamproducts", "contractsadministered"];

impl ColumnMapping<'_> {
    /// Refuses a table with unexplained columns that would change what its rows mean: names with a
    /// typing error, names that another dialect knows, and columns that look like groups, names or
    /// countries. The error names all of them.
    pub(super) fn check_unexplained(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let near = match dialect {
            InputDialect::Native => self.near_misses(plain, &self.with_given(fields), unknown),
            _ => Vec::new(),
        };
        if self.checks_leavers(dialect, fields) {
            self.check_old_names(plain, fields, unknown)?;
            self.check_new_names(plain, fields, unknown)?;
            self.check_leaver_marks(fields, unknown)?;
            self.check_ticked_groups(fields, unknown)?;
        }
        let mut columns = self.lookalikes(dialect, plain, &self.with_given(fields), unknown);
        self.check_unique(columns.iter().chain(&near))?;
        let (file, line) = (self.file.to_owned(), self.line);
        let has = |all: &[(String, Field)], (column, _): &(String, Field)| {
            all.iter().any(|(other, _)| other == column)
        };
        if columns.iter().all(|column| has(&near, column)) {
            return match near.is_empty() {
                true => Ok(()),
                false => Err(TableError::NearMiss { file, line, columns: near }),
            };
        }
        let others: Vec<_> = near.into_iter().filter(|column| !has(&columns, column)).collect();
        columns.extend(others);
        spread_memberships(&mut columns, fields);
        Err(TableError::LooksLike { file, line, columns })
    }

    /// Returns the columns that another dialect knows, or that look like groups, names or
    /// countries.
    pub(super) fn lookalikes(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<(String, Field)> {
        let has = |any: &[Field]| fields.iter().any(|(_, field)| any.contains(field));
        if !is_about_users(dialect, fields) {
            return Vec::new();
        }
        let of_another_dialect = |i: usize| foreign(&plain[i]).filter(|field| !has(&[*field]));
        let is_read_only = |i: usize| {
            dialect == InputDialect::AdminConsole && READ_ONLY.contains(&plain[i].as_str())
        };
        let alike = |i: usize| if is_read_only(i) { None } else { self.seems(i) };
        let is_carried_out = self.purpose.has_rows_to_carry_out();
        let is_free = |i: usize, field: Field| match field {
            // Further columns of groups add up.
            Field::Groups => is_carried_out || !has(MEMBERSHIPS),
            // All rows delete: a column that marks their people changes nothing.
            Field::Action if self.purpose.deletes_all(has(&[field])) => {
                !has(&[field]) && are_actions(self.cells(i))
            }
            Field::Action | Field::RemoveGroups | Field::Email => is_carried_out && !has(&[field]),
            Field::Username => self.has_other_usernames(i, dialect, fields),
            Field::Firstname
            | Field::Lastname
            | Field::Country
            | Field::Type
            | Field::AdminRoles
            | Field::ConfigurationsAdministered
            | Field::UserGroupsAdministered
            | Field::ProductsAdministered => !has(&[field]),
            _ => false,
        };
        let looks = |i: &usize| {
            let free = |field: &Field| is_free(*i, *field);
            let field = of_another_dialect(*i).or_else(|| alike(*i).filter(free))?;
            Some((self.shown(*i), field))
        };
        let renames = match is_carried_out {
            true => self.renames(fields, unknown),
            false => Vec::new(),
        };
        let is_renamed = |column: &str| renames.iter().any(|(other, _)| other == column);
        let mut columns: Vec<(String, Field)> =
            unknown.iter().filter_map(looks).filter(|(column, _)| !is_renamed(column)).collect();
        columns.extend(renames);
        columns.extend(self.other_half_of_names(fields, unknown, &columns));
        // A table with identity types is meant to be a whole list of users, with the usernames.
        if columns.iter().any(|(_, field)| *field == Field::Type) {
            let named: Vec<(String, Field)> = unknown
                .iter()
                .filter_map(|i| {
                    let field = by_name(&self.names[*i])?;
                    let names = matches!(field, Field::Username | Field::Domain) && !has(&[field]);
                    let is_new = !columns.iter().any(|(_, other)| *other == field);
                    (names && is_new).then(|| (self.shown(*i), field))
                })
                .collect();
            columns.extend(named);
        }
        columns
    }

    /// Returns the likely meaning of an unknown column, by its name or else by its cells.
    pub(super) fn seems(&self, i: usize) -> Option<Field> {
        let name = &self.names[i];
        by_name(name)
            .or_else(|| by_cells(name, self.cells(i)))
            .filter(|field| !(*field == Field::Groups && self.has_licences_of_microsoft(i)))
            .filter(|field| {
                !(*field == Field::Groups && (self.has_dates(i) || self.is_ticked_group(i)))
            })
            .filter(|field| !(*field == Field::Country && self.has_initials(i)))
    }

    /// Returns the columns whose names are those of fields with a typing error.
    fn near_misses(
        &self,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<(String, Field)> {
        let mut columns: Vec<(String, Field)> = Vec::new();
        for &i in unknown {
            let is_free = |field: &Field| is_free(*field, fields, &columns);
            let near = native_fields().filter(is_free).find(|&field| is_near(&plain[i], field));
            // `Surname` is similar to `username`, but is another word.
            let meant = near.and_then(|near| match by_name(&self.names[i]) {
                Some(known) => Some(known).filter(is_free),
                None => Some(near),
            });
            if let Some(field) = meant {
                columns.push((self.shown(i), field));
            }
        }
        columns
    }
}

/// Whether a field is neither known nor proposed for a column yet.
pub(super) fn is_free(
    field: Field,
    known: &[(usize, Field)],
    proposed: &[(String, Field)],
) -> bool {
    !known.iter().any(|(_, other)| *other == field)
        && !proposed.iter().any(|(_, other)| *other == field)
}

/// Makes several columns of groups add up, each as a field of its own that no column has yet. Where
/// there are not so many fields, all stay groups.
pub(super) fn spread_memberships<T>(columns: &mut [(T, Field)], known: &[(usize, Field)]) {
    const SPREAD: [Field; 4] =
        [Field::Groups, Field::UserGroups, Field::ProductConfigurations, Field::ProductProfiles];
    let is_free = |field: &Field| {
        !known.iter().any(|(_, other)| other == field)
            && (*field == Field::Groups || !columns.iter().any(|(_, other)| other == field))
    };
    let free: Vec<Field> = SPREAD.into_iter().filter(is_free).collect();
    let groups = columns.iter_mut().filter(|(_, field)| *field == Field::Groups);
    let groups: Vec<_> = groups.collect();
    if groups.len() > free.len() {
        return;
    }
    for ((_, field), other) in groups.into_iter().zip(free) {
        *field = other;
    }
}

/// Whether the names differ by one typing error, or by two in a long name.
pub(super) fn is_near(column: &str, field: Field) -> bool {
    let name = plain(field.name());
    let slips = if name.len() < 8 { 1 } else { 2 };
    column.len() > 2 && strsim::osa_distance(column, &name) <= slips
}
