//! Rows that are not sent for what a list shows, or an earlier import has written beside them, and
//! what is said of the others.
//!
//! That is decided once: a run that goes on holds back the rows that it held back when it began,
//! whatever a newer list shows, and one that is finished is shown as it was.

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

/// What was found out about the rows of an import.
pub(crate) struct RowFindings {
    pub(crate) warnings: Warnings,
    /// People who seem to be missing (`--missing`), and are perhaps meant by a row that names
    /// somebody else.
    pub(crate) perhaps_meant: BTreeMap<u32, PerhapsMeant>,
}

impl RowFindings {
    /// Finds it out by a list, and by `listed`, which tells who is missing. Tells each input which
    /// of its rows are not sent, and what is to be said of the others.
    pub(crate) fn find(
        inputs: &mut [InputFile],
        (list, listed): (Option<&LoadedBaseline>, Option<&MissingList>),
        config: &ImportConfig,
    ) -> Result<Self, ImportError> {
        for input in &mut *inputs {
            let is_decided = input.noted.is_some();
            input.baseline.iter_mut().for_each(|known| known.is_decided = is_decided);
            input.held =
                if is_decided { HeldRows::new() } else { edited_rows(&input.input_rows())? };
        }
        // Rows that --missing holds back have its reasons, and not those of the list alone.
        let (perhaps_meant, held) = match listed {
            Some(listed) => missing::perhaps_meant_by(inputs, listed)?,
            None => Default::default(),
        };
        let mut held = held.into_iter();
        for input in &mut *inputs {
            let found = held.next().unwrap_or_default();
            match &input.noted {
                Some(noted) => input.held.clone_from(&noted.held),
                None => found
                    .into_iter()
                    .for_each(|(row, held)| _ = input.held.entry(row).or_insert(held)),
            }
        }
        let warnings = Warnings::find(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            list,
            &config.known,
            &config.connect.access,
            AskedBy::ThisCommand,
        )?;
        Ok(Self { warnings, perhaps_meant })
    }
}
