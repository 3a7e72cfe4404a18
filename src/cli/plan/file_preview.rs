//! What the rows of each file would change, or what they ask for.

use crate::cli::error::CliError;
use crate::execute::{InputRows, Scan, preview};
use crate::import::input_file::InputFile;
use crate::reconcile::{Baseline, Exceeded, LoneDomain, Preview};

/// The most rows of a file whose names are gathered without a comparison: it takes as long as all
/// the rest.
const MOST_NAMED: u64 = 20_000;

/// What the rows of a file would change.
#[derive(Default)]
pub(super) struct FilePreview {
    /// What would change; `None` without a comparison.
    pub(super) differences: Option<Preview>,
    /// What the rows ask for, if nothing is compared; `None` for very many rows.
    pub(super) asked_for: Option<Preview>,
    /// Profiles that would have more members than licences.
    pub(super) licences: Vec<Exceeded>,
}

impl FilePreview {
    /// Finds what the rows of each file would change. Licences and domains are counted over all
    /// files.
    pub(super) fn find(inputs: &[InputFile], scans: &[Scan]) -> Result<Vec<Self>, CliError> {
        let mut sum = (inputs.len() > 1).then(Preview::default);
        let files = inputs.iter().zip(scans);
        let mut all: Vec<Self> = files
            .map(|(input, scan)| Self::of(input, scan, sum.as_mut()))
            .collect::<Result<_, _>>()?;
        let own: Option<Vec<&mut Preview>> = all.iter_mut().map(Self::own).collect();
        // If the users of a file are unknown, so is who has a domain alone.
        if let Some(mut own) = own {
            let known = inputs.iter().find_map(|input| input.baseline.as_ref());
            let compared = known.filter(|known| known.reduces).map(|known| &*known.organization);
            Preview::find_lone_domains(&mut own, compared);
        }
        Ok(all)
    }

    fn of(input: &InputFile, scan: &Scan, sum: Option<&mut Preview>) -> Result<Self, CliError> {
        let input_rows = input.input_rows();
        let Some(known) = &input.baseline else {
            let asked_for = Self::asked_for(&input_rows, scan)?;
            return Ok(Self { asked_for, ..Self::default() });
        };
        let organization = Some(&*known.organization);
        // A user who is already a member needs no further licence.
        let reducing = Baseline { reduces: true, ..known.clone() };
        let reduced = InputRows { baseline: Some(&reducing), ..input_rows };
        let found = preview(&reduced, &scan.plan, organization, sum)?;
        let licences = found.exceeded.clone();
        let (differences, asked_for) = match known.reduces {
            true => (Some(found), None),
            // What holds already is not asked for.
            false => (None, Self::asked_for(&reduced, scan)?),
        };
        Ok(Self { differences, asked_for, licences })
    }

    /// Returns what the rows ask for, with the names in them.
    fn asked_for(input_rows: &InputRows<'_>, scan: &Scan) -> Result<Option<Preview>, CliError> {
        match scan.counts.rows <= MOST_NAMED {
            true => Ok(Some(preview(input_rows, &scan.plan, None, None)?)),
            false => Ok(None),
        }
    }

    /// Returns the domains that one new user has alone.
    pub(super) fn lone_domains(&self) -> &[LoneDomain] {
        let own = self.differences.as_ref().or(self.asked_for.as_ref());
        own.map_or(&[], |preview| &preview.lone_domains)
    }

    fn own(&mut self) -> Option<&mut Preview> {
        self.differences.as_mut().or(self.asked_for.as_mut())
    }
}
