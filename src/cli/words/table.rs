//! Messages about what is wrong with a file, with the options that help.

use crate::cli::pasted::pasted;
use crate::cli::proposed_command::Typed;
use crate::cli::typed_words::typed_words;
use crate::number::form;
use crate::shell::shell_words;
use crate::table::{
    Field, HeaderHint, TableError, TableWarning, line_words, looks, near_miss_words,
};
use crate::visible::is_invisible;
use std::ffi::OsString;
use std::path::Path;

/// The name of standard input as a table.
const STANDARD_INPUT: &str = "standard input";

/// Describes why a file cannot be read, for a command with options for reading it.
pub(crate) fn error_words(error: &TableError) -> String {
    let words = words_of_saved_proposal(error);
    let (file, columns) = proposed_columns(error);
    // A single column is typed as quickly.
    let whole = (columns.len() > 1).then(|| save_command(&mapping_file(file))).flatten();
    match (whole, error) {
        (Some(command), _) => format!("{words}. To write this mapping to a file, type: {command}"),
        (None, TableError::UnknownHeader { file, hint, .. }) if proposes_columns(hint) => format!(
            "{words}. To write the mapping to a file, add --save-map {}",
            pasted(&mapping_file(file))
        ),
        _ => words,
    }
}

/// Describes why a file cannot be read, if the proposed mapping was written to a file already.
#[expect(clippy::too_many_lines, reason = "one sentence for each error")]
pub(crate) fn words_of_saved_proposal(error: &TableError) -> String {
    match error {
        TableError::UnknownHeader { file, line, columns, needed, hint } => format!(
            "{file}, line {line}: the table needs at least one of the columns {needed}; its \
             columns are {columns}. {}",
            hint_words(*line, hint)
        ),
        TableError::RowsAboveHeader { line, rows, .. } => format!(
            "{error}; or, if {} no {}, use --header-row {line}",
            if rows.len() == 1 { "it is" } else { "they are" },
            form(rows.len() as u64, "row", "rows"),
        ),
        TableError::DoubleColumn { field, .. } => {
            format!("{error}, or choose one with --map {}=COLUMN", field.name())
        }
        TableError::NearMiss { file, line, columns } => format!(
            "{file}, line {line}: {} use {}; {} use {}",
            near_miss_words(columns),
            map_options(columns),
            if columns.len() == 1 { "if not," } else { "for the others," },
            ignore_options(columns.iter().map(|(column, _)| column))
        ),
        TableError::LooksLike { file, line, columns } => {
            format!("{file}, line {line}: {}", lookalike_words(columns))
        }
        TableError::OldNames { old, new, .. } => format!(
            "{error}. If the rows rename users, use {}; if not, use {}",
            map_options(&[old.clone(), new.clone()]),
            ignore_options([&old.0])
        ),
        TableError::NewNames { new, .. } => {
            format!("{error}; if not, use {}", ignore_options([new]))
        }
        TableError::GroupOfUsers { column, .. } => format!(
            "{error}. If it holds the groups of these users, use {}; if not, use {}",
            map_options(&[(column.clone(), Field::Groups)]),
            ignore_options([column])
        ),
        TableError::WholeNames { column, .. } => format!(
            "{error}; or create users without names, which only Adobe IDs can be: {} \
             --default-type adobeID",
            ignore_options([column])
        ),
        TableError::LeaverMarks { columns, naming, .. } => format!(
            "{error}. If {}, move these people to a file that has only {}, and import it with \
             --action delete; if not, use {}",
            form(columns.len() as u64, "it does", "they do"),
            column_words(naming),
            ignore_options(columns)
        ),
        TableError::HalfNames { parts, main, template, .. } => format!(
            "{error}. If {}, {}; if not, use {}",
            form(parts.len() as u64, "it does", "they do"),
            match template {
                Some(template) => {
                    format!("use --map {}", pasted(&typed(&format!("lastname={template}"))))
                }
                None => format!("write the whole last names into the column {main:?}"),
            },
            ignore_options(parts)
        ),
        TableError::TitleOfLeavers { line, .. } => {
            format!("{error}. If they do, use --action delete; if not, use --header-row {line}")
        }
        TableError::TotalOfLeavers { .. } => format!(
            "{error}. If all of them do, use --action delete; if some do, move these to a file of \
             their own; if none does, remove that row"
        ),
        TableError::UnwantedMarks { columns, .. } => format!(
            "{error}. If {}, remove the rows of these people from the file; if not, use {}",
            form(columns.len() as u64, "it does", "they do"),
            ignore_options(columns)
        ),
        TableError::TickedGroups { columns, .. } => format!(
            "{error}. If {}, write the names of the groups into a column \"groups\", with commas \
             between them; then, or if not, use {}",
            form(columns.len() as u64, "it does", "they do"),
            ignore_options(columns)
        ),
        TableError::StayersBeside { columns, .. } => {
            format!("{error}; if all of them leave, use {}", ignore_options(columns))
        }
        TableError::UnclearNumbers { is_in_mapping: true, .. } => {
            format!("{error}. If the column does not matter, remove it from the mapping")
        }
        TableError::UnclearNumbers { column, .. } | TableError::NoNames { column, .. } => {
            format!("{error}. If the column does not matter, use {}", ignore_options([column]))
        }
        other => option_words(other),
    }
}

/// Describes an option that does not fit the file.
fn option_words(error: &TableError) -> String {
    match error {
        TableError::NoSuchColumn { file, line, field, column, near, columns } => format!(
            "{file}, line {line}: --map {:?}: there is no such column. {}The columns are: \
             {columns}",
            format!("{}={column}", field.name()),
            near.as_ref().map_or_else(String::new, |near| format!("Did you mean {near:?}? "))
        ),
        TableError::NothingToIgnore { file, line, column, columns } => format!(
            "{file}, line {line}: --ignore {column:?}: there is no such column. Omit it (in a \
             mapping file, remove it from the entry `ignore`). The columns are: {columns}"
        ),
        TableError::NoHeaderRow { file, row } => {
            format!("{file}: --header-row {row}: line {row} does not exist or is empty")
        }
        TableError::MappedTwice { file, field } => {
            format!("{file}: --map names {} twice: name it once", field.name())
        }
        other => file_words(other),
    }
}

/// Describes why the content of a file cannot be read as a table.
fn file_words(error: &TableError) -> String {
    match error {
        TableError::MixedEncodings { file, utf8, others } => format!(
            "{file} mixes two encodings: UTF-8 in {}, another one in {}. Open the file where \
             these lines come from, and save all of it as UTF-8; or use --encoding utf-8 to \
             refuse the other lines row by row",
            line_words(utf8),
            line_words(others)
        ),
        TableError::NoEncoding { .. } => {
            format!("{error}; or name its encoding with --encoding NAME")
        }
        TableError::Empty { .. } => {
            format!("{error} (`umbulk template native` prints an example)")
        }
        TableError::NulBytes { file } => format!(
            "{file} is not a table: its first line contains NUL bytes. If it is text in UTF-16, \
             use --encoding utf-16le or --encoding utf-16be; else save it as CSV"
        ),
        TableError::SeveralSheets { file, sheets } => format!(
            "{file}: several sheets of the workbook have columns that umbulk knows. Choose one: {}",
            sheet_options(sheets)
        ),
        TableError::NoKnownSheet { sheets, .. } => {
            format!("{error}. Choose one: {}", sheet_options(sheets))
        }
        TableError::NoSuchSheet { file, sheet, sheets } => format!(
            "{file}: --sheet {sheet:?}: there is no such sheet. Choose one: {}",
            sheet_options(sheets)
        ),
        TableError::NoWorkbook { file } => {
            format!("{file} is not a workbook, so it has no sheets: omit --sheet")
        }
        other => other.to_string(),
    }
}

/// Describes what is unusual about a file, and what to do if it was not meant.
pub(crate) fn warning_words(warning: &TableWarning) -> String {
    match warning {
        TableWarning::Western { .. } => {
            format!("{warning}. If these names are wrong, use --encoding")
        }
        TableWarning::LostBytes(_) => {
            format!("{warning}. If the encoding is another, use --encoding")
        }
        TableWarning::OtherFiles(_) | TableWarning::Hidden { .. } | TableWarning::Merged { .. } => {
            warning.to_string()
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one sentence for each hint")]
fn hint_words(line: u64, hint: &HeaderHint) -> String {
    let (sure, choices) = match hint {
        HeaderHint::Row => {
            return format!(
                "Line {line} looks like a row: write a line above it that names the columns, such \
                 as email,firstname,lastname,country"
            );
        }
        HeaderHint::Delimiter(delimiter) => {
            return format!("If {delimiter}s separate its columns, use --delimiter {delimiter}");
        }
        HeaderHint::Quoted => {
            return "The whole line is in quotes, so that it is one cell: remove the quotes around \
                    the lines, and write quotes inside of them once, or export the table again"
                .to_owned();
        }
        HeaderHint::EachQuoted(quote) => {
            return format!(
                "Its cells are in {} that do not count as quotes: replace them by quotes (\") or \
                 remove them, or export the table again",
                if *quote == '\'' { "apostrophes" } else { "further quotes" }
            );
        }
        HeaderHint::OneValue => {
            return "Each of its lines has one value of a person, which umbulk does not read: \
                    export a table, with a header and a row for each person"
                .to_owned();
        }
        HeaderHint::Mail => {
            return "These are addresses as mail programs write them: write a table with a header, \
                    such as email,firstname,lastname,country, and a row for each person"
                .to_owned();
        }
        HeaderHint::Unusual(' ') => {
            return "Its columns seem to have a fixed width, with blanks between them, which umbulk \
                    does not read: save the table with commas, semicolons, tabs or pipes between \
                    them"
                .to_owned();
        }
        HeaderHint::Unusual(sign) => {
            return format!(
                "{sign:?} seems to separate its columns, which umbulk does not read: save the \
                 table with commas, semicolons, tabs or pipes between them"
            );
        }
        HeaderHint::Meant { .. } if !proposes_columns(hint) => {
            return "Rename a column, or say which one it is: --map FIELD=COLUMN. If this is not \
                    the header, use --header-row N"
                .to_owned();
        }
        HeaderHint::Meant { sure, choices } => (sure, choices),
    };
    let mut looks: Vec<String> = sure
        .iter()
        .map(|(column, field)| format!("{column:?} looks like {}", field.name()))
        .collect();
    looks.extend(choices.iter().map(|(field, columns)| {
        let columns: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
        format!("{} look like {}", columns.join(" and "), field.name())
    }));
    let mut options: Vec<String> = Vec::new();
    if !sure.is_empty() {
        options.push(map_options(sure));
    }
    options.extend(choices.iter().map(|(field, columns)| choice_words(*field, columns)));
    format!(
        "{}. If that is right, use {}; else rename the columns, or use --map FIELD=COLUMN",
        looks.join(", "),
        options.join(", with ")
    )
}

/// Whether columns have a likely meaning.
fn proposes_columns(hint: &HeaderHint) -> bool {
    matches!(hint, HeaderHint::Meant { sure, choices } if !sure.is_empty() || !choices.is_empty())
}

/// Returns the options of which one is to be chosen: `either --map "email=A" or --map "email=B"`.
fn choice_words(field: Field, columns: &[String]) -> String {
    let options: Vec<String> =
        columns.iter().map(|column| map_options(&[(column.clone(), field)])).collect();
    format!("either {}", options.join(" or "))
}

/// Describes likely meanings: `the column "Land" looks like countries and would be ignored. If it
/// is, use …; if not, use …`.
fn lookalike_words(columns: &[(String, Field)]) -> String {
    let ignores = ignore_options(columns.iter().map(|(column, _)| column));
    let (crowded, single): (Vec<_>, Vec<_>) = columns
        .iter()
        .cloned()
        .partition(|(_, field)| columns.iter().filter(|(_, other)| other == field).count() > 1);
    let maps = map_options(&single);
    if let [(column, field)] = columns {
        let looks = looks(*field);
        return format!(
            "the column {column:?} seems to hold {looks} and would be ignored. If it does, use \
             {maps}; if not, use {ignores}"
        );
    }
    let looks: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} looks like {}", looks(*field)))
        .collect();
    let looks = looks.join(", ");
    let mut advice = if single.is_empty() { String::new() } else { format!("use {maps}; ") };
    for (field, names) in of_one_field(&crowded) {
        advice += &match field {
            Field::Groups => format!(
                "write what is in {} into one column {}, separated by commas; ",
                column_words(&names),
                field.name()
            ),
            _ => format!("use {}; ", choice_words(field, &names)),
        };
    }
    format!(
        "these columns would be ignored: {looks}. For those that are, {advice}for the others, use \
         {ignores}"
    )
}

/// Returns each field with its columns.
fn of_one_field(columns: &[(String, Field)]) -> Vec<(Field, Vec<String>)> {
    let mut fields: Vec<(Field, Vec<String>)> = Vec::new();
    for (column, field) in columns {
        match fields.iter_mut().find(|(other, _)| other == field) {
            Some((_, names)) => names.push(column.clone()),
            None => fields.push((*field, vec![column.clone()])),
        }
    }
    fields
}

/// Names columns: `the column "Email"`, `the columns "Type" and "Email"`
fn column_words(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => format!("the column {last}"),
        Some((last, others)) => format!("the columns {} and {last}", others.join(", ")),
        None => "the columns that name them".to_owned(),
    }
}

/// Returns options that can be pasted into a shell: `--map "email=Work mail"`.
fn map_options(columns: &[(String, Field)]) -> String {
    let map =
        |(column, field): &(String, Field)| pasted(&format!("{}={}", field.name(), typed(column)));
    options("--map", columns.iter().map(map))
}

/// Returns an option for each of the first sheets: `--sheet "Staff" or --sheet "Leavers"`.
fn sheet_options(sheets: &[String]) -> String {
    const SHOWN: usize = 5;
    let option = |sheet: &String| format!("--sheet {}", pasted(&typed(sheet)));
    let mut options: Vec<String> = sheets.iter().take(SHOWN).map(option).collect();
    if sheets.len() > SHOWN {
        options.push(format!("one of the other {}", sheets.len() - SHOWN));
    }
    options.join(" or ")
}

/// Returns the typed command with the option that writes the proposed mapping to a file.
fn save_command(path: &str) -> Option<String> {
    let typed: Vec<OsString> = typed_words().collect();
    Typed::new(&typed)?.to_save_map(Path::new(path)).map(shell_words)
}

/// Returns the name of the file for the mapping of a table.
fn mapping_file(file: &str) -> String {
    // The place of a table in a workbook names its sheet as well.
    let path = file.split(", sheet \"").next().unwrap_or(file);
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy());
    let name = name.filter(|_| file != STANDARD_INPUT);
    let stem = name.as_deref().and_then(|name| name.split('.').find(|part| !part.is_empty()));
    let stem = stem.filter(|stem| !stem.starts_with('-')).unwrap_or("columns");
    format!("{stem}.map.toml")
}

/// Returns the name of a table that cannot be read, and the meanings of columns that are proposed
/// for it.
pub(crate) fn proposed_columns(error: &TableError) -> (&str, &[(String, Field)]) {
    let (file, columns) =
        match error {
            TableError::UnknownHeader {
                file, hint: HeaderHint::Meant { sure, choices }, ..
            } if choices.is_empty() => (file, sure.as_slice()),
            TableError::LooksLike { file, columns, .. }
            | TableError::NearMiss { file, columns, .. } => (file, columns.as_slice()),
            _ => return ("", &[]),
        };
    let mut fields: Vec<Field> = columns.iter().map(|(_, field)| *field).collect();
    fields.sort_unstable();
    let is_sure = fields.windows(2).all(|pair| pair[0] != pair[1]);
    (file, if is_sure { columns } else { &[] })
}

fn ignore_options<'c>(columns: impl IntoIterator<Item = &'c String>) -> String {
    options("--ignore", columns.into_iter().map(|column| pasted(&typed(column))))
}

/// Returns the name of a column as it can be typed: invisible characters and line breaks do not
/// matter.
fn typed(column: &str) -> String {
    let visible = column.chars().filter(|&c| !is_invisible(c));
    visible.map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect()
}

fn options(option: &str, values: impl Iterator<Item = String>) -> String {
    values.map(|value| format!("{option} {value}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ReadOptions, Table};

    fn said(header: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, format!("{header}\nx,y,z\n")).unwrap();
        error_words(&Table::open(&file, &ReadOptions::new(folder.path())).err().unwrap())
    }

    #[test]
    fn header_errors_name_the_options_to_paste() {
        assert!(said("username,emial").contains("use --map \"email=emial\"; if not,"));
        let unknown = said("Vorname,Nachname,E-Mail-Adresse");
        let options = "--map \"firstname=Vorname\" --map \"lastname=Nachname\" --map \
                       \"email=E-Mail-Adresse\"";
        assert!(unknown.contains(options) && unknown.contains("looks like email"), "{unknown}");
        assert!(said("email,E-Mail,x").contains("choose one with --map email=COLUMN"));
        for (header, words) in [
            ("'email','firstname','lastname'", "Its cells are in apostrophes"),
            ("\"\"\"email\"\"\",\"\"\"firstname\"\"\"", "Its cells are in further quotes"),
            ("email,firstname\u{2028}ann@example.com,Ann", "has U+2028"),
        ] {
            let said = said(header);
            assert!(said.contains(words) && !said.contains("--map"), "{said}");
        }
        assert!(said("ema\0il,x").contains("use --encoding utf-16le"));
        for (header, option) in [
            ("email,firstname,Surname,country", "--map \"lastname=Surname\""),
            ("user,domain,groups", "--map \"username=user\""),
            ("email,firstname,lastname,country,Team Products", "--map \"groups=Team Products\""),
        ] {
            let said = said(header);
            assert!(said.contains(option) && !said.contains("users="), "{said}");
        }
    }

    #[test]
    fn options_name_columns_without_their_invisible_characters() {
        let words = said("em\u{200b}ial\u{feff},username");
        assert!(words.contains("--map \"email=emial\""), "{words}");
    }
}
