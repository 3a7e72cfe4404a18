//! Finds the rows that are not sent because of a list or of an earlier import, and the remarks on
//! the others.
//!
//! This is decided once: a resumed run holds back the same rows as when it began, whatever a newer
//! list shows, and a finished run is shown as it was.

use crate::execute::{HeldRows, edited_rows};
use crate::import::baseline::LoadedBaseline;
use crate::import::config::ImportConfig;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::missing::{self, MissingList};
use crate::import::outdated::AskedBy;
use crate::import::warnings::Warnings;
use crate::reconcile::PerhapsMeant;
use std::collections::BTreeMap;

/// What was found about the rows of an import.
pub(crate) struct RowFindings {
    pub(crate) warnings: Warnings,
    /// Users who seem to be missing (`--missing`), but whom a row may mean by another name.
    pub(crate) perhaps_meant: BTreeMap<u32, PerhapsMeant>,
}

impl RowFindings {
    /// Finds them with a list, and with `listed`, which shows who is missing. Passes to each input
    /// which of its rows are not sent, and the remarks on the others.
    pub(crate) fn find(
        inputs: &mut [InputFile],
        (list, listed): (Option<&LoadedBaseline>, Option<&MissingList>),
        config: &ImportConfig,
        asked_by: AskedBy,
    ) -> Result<Self, ImportError> {
        for input in &mut *inputs {
            let is_decided = input.noted.is_some();
            input.baseline.iter_mut().for_each(|known| known.is_decided = is_decided);
            input.held =
                if is_decided { HeldRows::new() } else { edited_rows(&input.input_rows())? };
        }
        let perhaps_meant = hold_back(inputs, listed)?;
        let warnings = Warnings::find(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            list,
            &config.known,
            &config.connect.access,
            asked_by,
        )?;
        Ok(Self { warnings, perhaps_meant })
    }
}

/// Passes to each input which rows `--missing` holds back. Such a row has that reason, and not the
/// one from the list. Returns the users whom rows may mean by another name.
fn hold_back(
    inputs: &mut [InputFile],
    listed: Option<&MissingList>,
) -> Result<BTreeMap<u32, PerhapsMeant>, ImportError> {
    let (perhaps_meant, held) = match listed {
        Some(listed) => missing::perhaps_meant_by(inputs, listed)?,
        None => Default::default(),
    };
    let mut held = held.into_iter();
    for input in inputs {
        let found = held.next().unwrap_or_default();
        match &input.noted {
            Some(noted) => input.held.clone_from(&noted.held),
            None => {
                for (row, held) in found {
                    input.held.entry(row).or_insert(held);
                }
            }
        }
    }
    Ok(perhaps_meant)
}
