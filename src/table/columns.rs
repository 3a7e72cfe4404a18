//! Finds the meaning of the columns of a header: dialect, `--map`, duplicates.

use super::cells::MORE;
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::{Field, plain};
use super::invisible::described;
use super::lookalike::by_name;
use super::mapped_cells::PlacedMapping;
use super::mapping::ValueMapping;
use super::settings_file::without_secret;
use super::table_purpose::TablePurpose;

/// The meaning of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) dialect: InputDialect,
    /// The positions of the columns with a meaning, in the order of the file.
    pub(super) fields: Vec<(usize, Field)>,
    /// The positions of columns that an earlier run of umbulk has added.
    pub(super) added: Vec<usize>,
    /// The positions of columns without a name.
    pub(super) nameless: Vec<usize>,
    /// The names of the other columns, as in the file.
    pub(super) ignored: Vec<String>,
    /// The positions of columns that may mark people who leave, and do not in the first rows.
    pub(super) unmarked: Vec<usize>,
    /// A column of whole names without a meaning, if no other column has names.
    pub(super) whole_names: Option<String>,
    /// The positions of columns of usernames that have none but the email addresses in the first
    /// rows.
    pub(super) usernames: Vec<usize>,
    /// Whether they are the columns of user-sync's list of users, perhaps with others that are
    /// ignored.
    pub(super) are_of_user_sync: bool,
    /// What becomes of cells.
    pub(super) mapping: PlacedMapping,
}

/// The columns of user-sync's list of users, in their order.
const USER_SYNC: [&str; 8] =
    ["firstname", "lastname", "email", "country", "groups", "type", "username", "domain"];

/// A header, with what the user has specified about it.
pub(super) struct ColumnMapping<'a> {
    pub(super) file: &'a str,
    /// The header's line.
    pub(super) line: u64,
    pub(super) names: &'a [String],
    /// The byte between its cells.
    pub(super) delimiter: u8,
    pub(super) dialect: Option<InputDialect>,
    pub(super) map: &'a [(Field, String)],
    /// What becomes of cells.
    pub(super) values: &'a ValueMapping,
    /// The separator of the names in a list.
    pub(super) list_separator: char,
    pub(super) ignore: &'a [String],
    pub(super) purpose: TablePurpose,
    /// The first rows.
    pub(super) rows: &'a [Vec<String>],
}

impl ColumnMapping<'_> {
    /// Returns the meaning of each column, or why it is unclear.
    pub(super) fn resolve(&self) -> Result<Columns, TableError> {
        let added: Vec<usize> =
            (0..self.names.len()).filter(|&i| is_added(&self.names[i])).collect();
        self.check_line_ends()?;
        let plain: Vec<String> = self.names.iter().map(|name| plain(name)).collect();
        let mapped = self.mapped()?;
        let mapping = self.placed_mapping()?;
        let put_aside = self.ignore_column(&plain)?;
        let joined: Vec<Field> = mapping.joins.iter().map(|(field, _)| *field).collect();
        let dialect = self.dialect.unwrap_or_else(|| tell(&plain, (&mapped, &joined), &added));

        let aside = [added.as_slice(), &put_aside].concat();
        let mut fields = self.with_own_names(mapped, dialect, (&plain, &aside), &joined)?;
        if dialect == InputDialect::AdminConsole {
            add_team_products(&plain, &put_aside, &mut fields);
        }
        fields.sort_unstable();
        self.check_translations(&mapping, &fields)?;

        let unknown = self.unknown(&plain, &fields, &added, &mapping);
        let unexplained: Vec<usize> =
            unknown.iter().copied().filter(|i| !put_aside.contains(i)).collect();
        self.check_half_names(dialect, &fields, &unexplained)?;
        if !fields
            .iter()
            .map(|(_, field)| field)
            .chain(&joined)
            .any(|field| matches!(field, Field::Email | Field::Username | Field::Group))
        {
            return Err(self.unknown_header(dialect, &plain, &fields, &unexplained));
        }
        self.check_unexplained(dialect, &plain, &fields, &unexplained)?;
        let ignored = unknown.into_iter().map(|i| self.shown(i)).collect();
        let nameless = (0..self.names.len())
            .filter(|i| plain[*i].is_empty() && !fields.iter().any(|(position, _)| position == i))
            .collect();
        let are_of_user_sync =
            fields.iter().map(|(position, _)| self.names[*position].trim()).eq(USER_SYNC);
        let whole_names = self.whole_names(dialect, &plain, &fields, &unexplained);
        let unmarked = self.unmarked(dialect, &fields, &unexplained);
        let usernames = self.usernames(dialect, &fields, &unexplained);
        Ok(Columns {
            dialect,
            fields,
            added,
            nameless,
            ignored,
            unmarked,
            whole_names,
            usernames,
            are_of_user_sync,
            mapping,
        })
    }

    /// Refuses a header with a sign that some programs write in place of a line end.
    fn check_line_ends(&self) -> Result<(), TableError> {
        let is_line_end = |c: &char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
        let inside = self.names.iter().flat_map(|name| name.trim().chars());
        match { inside }.find(is_line_end) {
            None => Ok(()),
            Some(sign) => Err(TableError::Header {
                file: self.file.to_owned(),
                line: self.line,
                what: format!(
                    "a name has {} inside, which some programs write at the end of a line: save \
                     the file with line ends of Windows or Unix",
                    described(sign)
                ),
            }),
        }
    }

    /// Adds the columns whose own names have a meaning to those that the user has mapped. `aside`
    /// are the columns that have none, whatever their names, and `joined` the fields that are
    /// joined.
    fn with_own_names(
        &self,
        mapped: Vec<(usize, Field)>,
        dialect: InputDialect,
        (plain, aside): (&[String], &[usize]),
        joined: &[Field],
    ) -> Result<Vec<(usize, Field)>, TableError> {
        let mut fields = mapped;
        for (i, column) in plain.iter().enumerate() {
            if aside.contains(&i) || fields.iter().any(|&(position, _)| position == i) {
                continue;
            }
            let Some(field) = dialect.field(column) else { continue };
            if joined.contains(&field) || self.map.iter().any(|(said, _)| *said == field) {
                continue;
            }
            let mut same = fields.iter().filter(|(_, other)| *other == field);
            if let Some(&(first, _)) = same.next()
                && !(field.adds_up() && same.count() < MORE)
            {
                return Err(self.double(first, i, field));
            }
            fields.push((i, field));
        }
        Ok(fields)
    }

    /// Returns the positions of the columns with a name and without a meaning or use.
    fn unknown(
        &self,
        plain: &[String],
        fields: &[(usize, Field)],
        added: &[usize],
        mapping: &PlacedMapping,
    ) -> Vec<usize> {
        let used: Vec<usize> = mapping.positions().collect();
        let is_unknown = |i: &usize| {
            !plain[*i].is_empty()
                && !added.contains(i)
                && !used.contains(i)
                && !fields.iter().any(|(position, _)| position == i)
        };
        (0..self.names.len()).filter(is_unknown).collect()
    }

    /// Returns the positions of the columns of `--ignore`.
    fn ignore_column(&self, plain_names: &[String]) -> Result<Vec<usize>, TableError> {
        let mut all = Vec::new();
        for column in self.ignore {
            let before = all.len();
            all.extend((0..plain_names.len()).filter(|i| {
                self.names[*i].trim() == column.trim() || plain_names[*i] == plain(column)
            }));
            if all.len() == before {
                return Err(TableError::NothingToIgnore {
                    file: self.file.to_owned(),
                    line: self.line,
                    column: column.clone(),
                    columns: list(self.names),
                });
            }
        }
        Ok(all)
    }

    /// Returns the cells of a column in the first rows.
    pub(super) fn cells(&self, i: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows.iter().filter_map(move |row| row.get(i).map(String::as_str))
    }

    fn mapped(&self) -> Result<Vec<(usize, Field)>, TableError> {
        let mut mapped: Vec<(usize, Field)> = Vec::new();
        for (field, column) in self.map {
            if mapped.iter().any(|(_, other)| other == field) {
                return Err(TableError::MappedTwice { file: self.file.to_owned(), field: *field });
            }
            let position = match self.named(column).as_slice() {
                [position] => *position,
                [_, ..] => return Err(self.same_name(column)),
                [] if self.values.place(field.name()).is_some() => {
                    return Err(self.no_mapped_column(field.name(), column));
                }
                [] => {
                    return Err(TableError::NoSuchColumn {
                        file: self.file.to_owned(),
                        line: self.line,
                        field: *field,
                        column: column.clone(),
                        near: self.near(column),
                        columns: list(self.names),
                    });
                }
            };
            mapped.push((position, *field));
        }
        Ok(mapped)
    }

    /// Returns the name of a column in a form that may be quoted.
    pub(super) fn shown(&self, i: usize) -> String {
        without_secret(self.names[i].trim()).into_owned()
    }
}

/// Whether a column is one that umbulk adds to its results.
pub(crate) fn is_added(name: &str) -> bool {
    name.trim().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("umbulk_"))
}

/// Returns the dialect of a header in which the mapped columns have the names of their fields, and
/// which also has the joined fields.
fn tell(
    plain_names: &[String],
    (mapped, joined): (&[(usize, Field)], &[Field]),
    added: &[usize],
) -> InputDialect {
    let name = |i: usize| match mapped.iter().find(|&&(position, _)| position == i) {
        Some((_, field)) => plain(field.name()),
        None => plain_names[i].clone(),
    };
    let names: Vec<String> = (0..plain_names.len())
        .filter(|i| !added.contains(i))
        .map(name)
        .chain(joined.iter().map(|field| plain(field.name())))
        .collect();
    match InputDialect::tell(&names) {
        // Beside an address or a surname, `Name` is the name of a person.
        InputDialect::UmapiCliGroups if names.iter().any(|name| is_of_a_person(name)) => {
            InputDialect::Native
        }
        // Only its own header shows that a list is one of people to remove.
        InputDialect::UserSyncRemove if !mapped.is_empty() || !joined.is_empty() => {
            InputDialect::Native
        }
        dialect => dialect,
    }
}

fn is_of_a_person(plain: &str) -> bool {
    let fields = [Field::Email, Field::Username, Field::Firstname, Field::Lastname, Field::Country];
    by_name(plain).is_some_and(|field| fields.contains(&field))
}

/// Adds the column `Team Products`, in which the Admin Console has the product profiles of a team's
/// plan. In an export with both columns, `Product Configurations` has the memberships that can be
/// changed.
fn add_team_products(plain: &[String], put_aside: &[usize], fields: &mut Vec<(usize, Field)>) {
    if fields.iter().any(|&(_, field)| field == Field::ProductConfigurations) {
        return;
    }
    if let Some(position) = plain
        .iter()
        .position(|name| name == "teamproducts")
        .filter(|position| !put_aside.contains(position))
    {
        fields.push((position, Field::ProductConfigurations));
    }
}

/// Lists the first names for a message, without control characters and values of secrets.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 30;
    let short = |name: &String| {
        let shown = without_secret(name.trim());
        format!("{:?}", shown.chars().take(60).collect::<String>())
    };
    let list = names.iter().take(MOST).map(short).collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{list} and {} more", names.len() - MOST) } else { list }
}

/// Whether it is a table of users, and not a list of users who leave.
pub(super) fn is_about_users(dialect: InputDialect, fields: &[(usize, Field)]) -> bool {
    !matches!(
        dialect,
        InputDialect::UmapiCliGroups
            | InputDialect::UmapiCliGroupsUpdate
            | InputDialect::UmapiCliGroupsExport
            | InputDialect::UmapiCliUsersDelete
            | InputDialect::UserSyncRemove
    ) && !fields.iter().any(|(_, field)| *field == Field::Group)
}

#[cfg(test)]
mod tests {
    use super::super::header_hint::HeaderHint;
    use super::*;

    fn answer(header: &str, map: &[(Field, &str)]) -> Result<Columns, TableError> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        let map: Vec<(Field, String)> =
            map.iter().map(|&(field, column)| (field, column.to_owned())).collect();
        ColumnMapping {
            file: "people.csv",
            line: 1,
            names: &names,
            delimiter: b',',
            dialect: None,
            map: &map,
            values: &ValueMapping::default(),
            list_separator: ',',
            ignore: &[],
            purpose: TablePurpose::Rows,
            rows: &[],
        }
        .resolve()
    }

    fn fields(header: &str, map: &[(Field, &str)]) -> Vec<(usize, Field)> {
        answer(header, map).unwrap().fields
    }

    fn error(header: &str, map: &[(Field, &str)]) -> String {
        answer(header, map).unwrap_err().to_string()
    }

    #[test]
    fn blanks_underscores_and_case_do_not_matter() {
        assert_eq!(
            fields(" E-Mail ,First Name,last_name", &[]),
            [(0, Field::Email), (1, Field::Firstname), (2, Field::Lastname)]
        );
    }

    #[test]
    fn two_columns_of_one_meaning_are_named() {
        let error = error("email,First Name,firstname", &[]);
        assert!(
            error.contains("people.csv, line 1")
                && error.contains("\"First Name\" and \"firstname\""),
            "{error}"
        );
        assert!(answer("email,notes,notes", &[]).is_ok());
        assert!(answer("email,groups,Groups", &[]).is_err());
        let added = fields("email,User Groups,User Group,User Groups", &[]);
        assert_eq!(added[1..], [1, 2, 3].map(|at| (at, Field::UserGroups)));
        let many = "email,User Group".to_owned() + &",User Groups".repeat(MORE + 1);
        assert!(answer(&many, &[]).is_err());
    }

    #[test]
    fn a_map_beats_the_header_and_decides_doubles() {
        assert_eq!(fields("email,Work", &[(Field::Email, "work")]), [(1, Field::Email)]);
        assert_eq!(fields("email,E-mail", &[(Field::Email, "E-mail")]), [(1, Field::Email)]);
        assert_eq!(fields("Nick,Mail", &[(Field::Email, "Mail")]), [(1, Field::Email)]);
        let error = error("a,b", &[(Field::Email, "c")]);
        assert!(
            error.contains("email cannot be read from \"c\"") && error.contains("\"a\", \"b\""),
            "{error}"
        );
    }

    #[test]
    fn one_column_may_be_mapped_to_two_fields() {
        assert_eq!(
            fields("Mail", &[(Field::Email, "Mail"), (Field::Username, "Mail")]),
            [(0, Field::Email), (0, Field::Username)]
        );
    }

    #[test]
    fn an_unknown_header_says_what_its_columns_may_mean() {
        let Err(TableError::UnknownHeader { needed, hint, columns, .. }) =
            answer("Vorname,Nachname,E-Mail-Adresse", &[])
        else {
            panic!("it is known")
        };
        assert_eq!(columns, "\"Vorname\", \"Nachname\", \"E-Mail-Adresse\"");
        assert_eq!(needed, "email, username, group");
        let meant = [
            ("Vorname", Field::Firstname),
            ("Nachname", Field::Lastname),
            ("E-Mail-Adresse", Field::Email),
        ];
        let sure = meant.map(|(column, field)| (column.to_owned(), field)).into();
        assert_eq!(hint, HeaderHint::Meant { sure, choices: Vec::new() });
    }

    #[test]
    fn of_columns_with_one_name_none_is_proposed() {
        let Err(TableError::UnknownHeader { hint, .. }) = answer("Mail,Mail,firstname", &[]) else {
            panic!("it is known")
        };
        assert_eq!(hint, HeaderHint::Meant { sure: Vec::new(), choices: Vec::new() });
    }

    #[test]
    fn a_mistyped_native_column_is_not_silently_ignored() {
        assert!(error("action,email,gruops", &[]).contains("\"gruops\""));
        assert!(error("username,emial", &[]).contains("\"emial\" is not known. If it is email,"));
        assert!(answer("action,email,country,county", &[]).is_ok());
        assert_eq!(answer("action,email,shoe size,", &[]).unwrap().ignored, ["shoe size"]);
    }

    #[test]
    fn a_word_that_is_known_is_no_slip_of_another() {
        for (header, field) in [
            ("email,firstname,Surname,country", "lastname"),
            ("user,domain,groups", "username"),
            ("email,user,firstname", "username"),
        ] {
            let error = error(header, &[]);
            assert!(error.contains(field) && !error.contains("users"), "{error}");
        }
        assert_eq!(answer("email,lastname,Surname", &[]).unwrap().ignored, ["Surname"]);
    }

    #[test]
    fn products_of_a_team_are_not_lost_beside_other_groups_either() {
        let error = error("email,firstname,lastname,country,Team Products", &[]);
        assert!(error.contains("\"Team Products\" looks like groups"), "{error}");
        let Err(TableError::LooksLike { columns, .. }) = answer("email,groups,Team Products", &[])
        else {
            panic!("it is ignored")
        };
        assert_eq!(columns, [("Team Products".to_owned(), Field::UserGroups)]);
    }

    #[test]
    fn extra_columns_of_other_programs_are_ignored() {
        let columns =
            answer("type,email,firstname,lastname,country,groups,title,usrname", &[]).unwrap();
        assert_eq!(columns.dialect, InputDialect::UmapiCliUsersCreate);
        assert_eq!(columns.ignored, ["title", "usrname"]);
    }

    #[test]
    fn columns_that_umbulk_added_are_no_part_of_the_table() {
        let columns = answer("type,username,domain,umbulk_code,UMBULK_message", &[]).unwrap();
        assert_eq!((columns.dialect, columns.added), (InputDialect::UserSyncRemove, vec![3, 4]));
        assert!(columns.ignored.is_empty());
    }

    #[test]
    fn mapped_columns_make_no_list_of_people_to_remove() {
        let dialect = |header: &str, map: &[(Field, &str)]| answer(header, map).unwrap().dialect;
        assert_eq!(dialect("type,mail,domain", &[(Field::Email, "mail")]), InputDialect::Native);
        assert_eq!(dialect("type,email,domain", &[(Field::Email, "email")]), InputDialect::Native);
        assert_eq!(dialect("type,email,domain", &[]), InputDialect::UserSyncRemove);
    }

    #[test]
    fn team_products_stand_in_for_product_configurations() {
        assert_eq!(
            fields("Identity Type,Email,Team Products", &[])[2],
            (2, Field::ProductConfigurations)
        );
        let both = answer("Identity Type,Email,Team Products,Product Configurations", &[]).unwrap();
        assert_eq!(both.fields[2], (3, Field::ProductConfigurations));
        assert_eq!(both.ignored, ["Team Products"]);
    }
}
