//! Warnings about rows and settings from a comparison with a list of the organization, printed in
//! the head before anything is sent.

use crate::import::access::Access;
use crate::import::baseline::LoadedBaseline;
use crate::import::config::KnownConfig;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::new_addresses::{self, NewAddress, NewAddresses};
use crate::import::outdated::{self, AskedBy};
use crate::import::outdated_advice::OutdatedAdvice;
use crate::import::reporter::ImportReporter;
use crate::import::shadowed::{self, Shadowed};
use crate::import::unknown_protected::{self, UnknownProtected};

/// All of these warnings; none without a list.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    new_addresses: NewAddresses,
    shadowed: Shadowed,
    unknown_protected: UnknownProtected,
    /// The list may be older than the rows that it holds back, and how to fetch a new one.
    outdated: Option<OutdatedAdvice>,
}

impl Warnings {
    /// Finds them with a list, and passes the remarks on its rows to each input.
    pub(crate) fn find(
        inputs: &mut [&mut InputFile],
        loaded_baseline: Option<&LoadedBaseline>,
        config: &KnownConfig,
        access: &Access,
        asked_by: AskedBy,
    ) -> Result<Self, ImportError> {
        inputs.iter_mut().for_each(|input| input.remarks.clear());
        let new_addresses = new_addresses::find(inputs, loaded_baseline, config)?;
        let Some(loaded_baseline) = loaded_baseline else {
            return Ok(Self { new_addresses, ..Self::default() });
        };
        let shadowed = match config.allow_shadow {
            true => Shadowed::default(),
            false => shadowed::find(inputs, loaded_baseline)?,
        };
        let inputs: Vec<&InputFile> = inputs.iter().map(|input| &**input).collect();
        let outdated = outdated::advice(&inputs, loaded_baseline, config, asked_by)?;
        let unknown_protected = unknown_protected::find(
            &inputs,
            &loaded_baseline.organization,
            access,
            config.max_age,
        )?;
        Ok(Self { new_addresses, shadowed, unknown_protected, outdated })
    }

    /// Prints them in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        self.new_addresses.say_head(reporter);
        if let Some(advice) = &self.outdated {
            advice.say_head(reporter);
        }
        self.shadowed.say_head(reporter);
        self.unknown_protected.say_head(reporter);
    }

    /// Returns the first possible new addresses of one file, and their number.
    pub(crate) fn new_addresses_of(&self, file: &str) -> (Vec<NewAddress>, u64) {
        self.new_addresses.of_file(file)
    }
}
