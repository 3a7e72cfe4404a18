//! Rows that create a Federated or Enterprise ID although an Adobe ID with that address is a
//! member. They get a warning in the head and in the row.

use crate::execute::shadowed;
use crate::import::baseline::{LoadedBaseline, describe_time};
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::visible::visible;
use std::collections::HashSet;

/// The most rows that the head names.
const SHOWN: usize = 5;

/// All such rows of a command.
#[derive(Debug, Default)]
pub(crate) struct Shadowed {
    /// The first ones, as `own@x.com (staff.csv, line 3)`.
    first: Vec<String>,
    rows: usize,
    /// The list.
    list: String,
}

/// Finds these rows with a list. A row of a file that is not compared gets its warning here.
pub(crate) fn find(
    inputs: &mut [&mut InputFile],
    loaded_baseline: &LoadedBaseline,
) -> Result<Shadowed, ImportError> {
    let organization = &*loaded_baseline.organization;
    let changed: HashSet<u32> =
        organization.numbers_of(&loaded_baseline.recently_changed).collect();
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    let found = shadowed(&all_input_rows, organization, &changed)?;
    let mut all = Shadowed { list: describe_time(organization), ..Shadowed::default() };
    for (input, found) in inputs.iter_mut().zip(found) {
        all.rows += found.len();
        let file = input.table.name().to_owned();
        let places =
            input.places_of(found.keys().take(SHOWN).map(|row| (*row).into()).collect())?;
        for (row, number) in found {
            let email = organization.person(number).email();
            if let Some(place) = places.get(&row.into()).filter(|_| all.first.len() < SHOWN) {
                all.first.push(visible(&format!("{email} ({file}, {place})")).into_owned());
            }
            if input.baseline.is_none() {
                let warning = organization.shadow_warning(organization.person(number));
                let remark = input.remarks.entry(row).or_default();
                *remark = if remark.is_empty() { warning } else { format!("{remark}; {warning}") };
            }
        }
    }
    Ok(all)
}

impl Shadowed {
    /// Prints the warning in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        if let Some(words) = self.words() {
            let words = reporter.words(&Note::Shadowed { words: &words });
            reporter.inform(&format!("Adobe IDs     {words}"));
        }
    }

    /// Describes the rows: `2 rows create users whose email belongs to an Adobe ID in users.csv of
    /// …: …`.
    fn words(&self) -> Option<String> {
        let creates = if self.rows == 1 { "creates a user" } else { "create users" };
        let more = if self.rows > SHOWN {
            format!("; and {} more", self.rows - SHOWN)
        } else {
            String::new()
        };
        (self.rows > 0).then(|| {
            format!(
                "{} {creates} whose email belongs to an Adobe ID in {}: {}{more}. The service may \
                 create no second account, and give the memberships to the Adobe ID instead. \
                 Delete the Adobe ID first",
                count(self.rows as u64, "row"),
                self.list,
                self.first.join("; ")
            )
        })
    }
}
