//! Messages about files of rows that are not sent, with the option that reads them differently, and
//! about places where results cannot be written.

use crate::import::input_error::{InputError, encoding_words, no_action_words};
use crate::import::output_error::{OutputError, OutputKind};
use crate::number::{count, form};
use crate::shell::shell_words;

/// Describes why files cannot be imported together, with the options that help.
pub(super) fn error_words(error: &InputError) -> String {
    match error {
        InputError::OtherActions { file, action, said } => format!(
            "{file}: --action {action} applies only to rows without an action, but {said}: nothing \
             was sent. Omit --action to use the file's actions, or type --override \
             action={action} to replace them in every row"
        ),
        // Nobody is deleted or created under a new address.
        InputError::NoAction { file, columns, typed, renames: true } => format!(
            "{}. To give them their new addresses or usernames, use: {typed} --action update",
            no_action_words(file, columns)
        ),
        InputError::NoAction { file, columns, typed, .. } => format!(
            "{}. To delete them, use: {typed} --action delete. To create them, use: {typed} \
             --action create. To change them, use: {typed} --action update",
            no_action_words(file, columns)
        ),
        InputError::NoGroupAction { .. } => {
            format!("{error}: use --action create-group or --action delete-group")
        }
        InputError::ProtectUnreadable(error) => format!("--protect {error}"),
        InputError::ProtectsNobody { .. } => format!("{error}, or omit --protect"),
        InputError::EncodingNotConfirmed { file, unconfirmed } => format!(
            "{file}: {}. If they are right, use --encoding {}; {}name another encoding, or save \
             the file as CSV UTF-8. Nothing was sent",
            encoding_words(unconfirmed),
            unconfirmed.encoding.to_lowercase(),
            unconfirmed.or.as_ref().map_or_else(
                || "else ".to_owned(),
                |(other, _)| format!("if not, use --encoding {}, ", other.to_lowercase())
            )
        ),
        InputError::TooManyGroups { .. } => {
            format!("{error}. If that is intended, use --check-groups never")
        }
        InputError::ListSeparator { name, separator, .. } => format!(
            "{error}. If it does, use --list-separator '{separator}'; if only there, write `{}` in \
             that cell. If it belongs to the name, use --list-separator ,",
            name.split(*separator).map(str::trim).collect::<Vec<_>>().join(", ")
        ),
        InputError::NoneChosen { file, rows } => format!(
            "{file}: --rows names none of its {}: there is nothing to send",
            count(*rows, "row")
        ),
        InputError::Invalid { file, rows } => format!(
            "{file}: {} {} invalid, so --strict sends nothing. `{}` lists them",
            count(*rows, "row"),
            form(*rows, "is", "are"),
            shell_words(["umbulk", "validate", file])
        ),
        other => other.to_string(),
    }
}

/// Describes why results cannot be written, with the options that help.
pub(super) fn output_words(error: &OutputError) -> String {
    match error {
        OutputError::NoFolderOfInput => {
            "standard input has no folder to put the results in: use --results FILE".to_owned()
        }
        OutputError::NotAFolder { kind, path } => format!(
            "{} {}: with several files this must be a folder",
            match kind {
                OutputKind::Results => "--results",
                OutputKind::Failed => "--failed",
            },
            path.display()
        ),
        other => other.to_string(),
    }
}
