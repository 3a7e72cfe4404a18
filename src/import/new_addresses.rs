//! Rows that create a user who may be in the organization under another address. If that is nearly
//! certain, the row is not sent; otherwise there is a warning in the head and in the row.

use crate::change::{Change, CreateUser, IdentityType};
use crate::execute::{HeldRows, OldUser, perhaps_there, second_account};
use crate::import::baseline::{LoadedBaseline, describe_time};
use crate::import::config::KnownConfig;
use crate::import::error::ImportError;
use crate::import::handed_back::is_list_of;
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::refused_rows;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{Coverage, OrgUser};
use crate::reconcile::{PerhapsThere, Twin};
use crate::visible::visible;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// The most rows that the head names.
const SHOWN: usize = 5;
/// The most rows in `--json`.
const KEPT: usize = 1000;

/// A row that may give a new address to an existing user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NewAddress {
    /// The file.
    #[serde(skip)]
    file: String,
    /// The data row, from 1.
    row: u64,
    /// The row's place in the file: `line 7`.
    #[serde(skip)]
    place: String,
    /// The new address.
    email: String,
    /// The address in the list.
    perhaps: String,
    /// Whether the row is not sent.
    #[serde(rename = "held")]
    is_held: bool,
}

/// All such rows of a command.
#[derive(Debug, Default)]
pub(crate) struct NewAddresses {
    first: Vec<NewAddress>,
    /// The number of rows by file.
    by_file: BTreeMap<String, u64>,
    /// The number of rows that are sent nevertheless.
    rows: u64,
    /// The number of rows that are not sent.
    held: u64,
    /// The list.
    list: String,
}

/// Finds these rows with a list, and with the columns that an earlier import has added to them.
/// Passes to each input which of its rows are not sent, and the remarks on the others.
pub(crate) fn find(
    inputs: &mut [&mut InputFile],
    loaded_baseline: Option<&LoadedBaseline>,
    config: &KnownConfig,
) -> Result<NewAddresses, ImportError> {
    let refused = match config.allow_second_accounts {
        true => vec![HeldRows::new(); inputs.len()],
        false => refused_rows::find(inputs, loaded_baseline)?,
    };
    let all = loaded_baseline
        .map(|loaded_baseline| by_list(inputs, loaded_baseline, &refused, config))
        .transpose()?
        .unwrap_or_default();
    for (input, refused) in inputs.iter_mut().zip(refused) {
        refused.into_iter().for_each(|(row, held)| _ = input.held.entry(row).or_insert(held));
    }
    Ok(all)
}

/// Finds these rows with a list. `refused` are the rows of each input that an earlier import has
/// refused.
fn by_list(
    inputs: &mut [&mut InputFile],
    loaded_baseline: &LoadedBaseline,
    refused: &[HeldRows],
    config: &KnownConfig,
) -> Result<NewAddresses, ImportError> {
    let organization = &*loaded_baseline.organization;
    let changed: HashSet<u32> =
        organization.numbers_of(&loaded_baseline.recently_changed).collect();
    let found = {
        let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
        perhaps_there(&all_input_rows, organization, &changed)?
    };
    let mut all = NewAddresses { list: describe_time(organization), ..NewAddresses::default() };
    let of_inputs = inputs.iter_mut().zip(found).zip(refused);
    for ((input, found), refused) in
        of_inputs.filter(|((input, found), _)| !found.is_empty() && !input.is_shown())
    {
        let file = input.table.name().to_owned();
        let describes = Describes {
            is_list: input.describes_people()?,
            is_handed_back: is_list_of(&input.table, organization)?,
        };
        let (mut held, mut remarks) = (HeldRows::new(), BTreeMap::new());
        input.each_row_of(&found, |row, there, change| {
            let Ok(Change::User(user)) = change else { return };
            let Some(create) = &user.create else { return };
            let person = organization.person(there.number);
            let is_sure = is_nearly_sure(*there, person, create, describes)
                && organization.shows(Coverage::EVERYBODY);
            // A row that an earlier part of the run did not hold back is sent.
            let is_held = input.noted.is_none()
                && !config.allow_second_accounts
                && (is_sure || refused.contains_key(&row));
            if is_held {
                let old = OldUser { name: person.name(), is_adobe_id: person.is_adobe() };
                let twin = there.twin.into();
                held.insert(row, second_account(&create.email, &[old], twin, OTHERWISE));
                all.held += 1;
            } else {
                remarks.insert(row, remark(person, there.twin, &all.list));
                all.rows += 1;
            }
            *all.by_file.entry(file.clone()).or_default() += 1;
            if all.first.len() < KEPT {
                let (email, perhaps) = (create.email.to_string(), person.name().to_owned());
                let (file, row, place) = (file.clone(), u64::from(row) + 1, String::new());
                all.first.push(NewAddress { file, row, place, email, perhaps, is_held });
            }
        })?;
        input.remarks = remarks;
        all.place_rows(input, &file)?;
        input.held.extend(held);
    }
    Ok(all)
}

/// What to do if another person is meant.
const OTHERWISE: &str = "use --allow-second-accounts";

/// The evidence that a user in none of the file's rows is missing.
#[derive(Clone, Copy)]
struct Describes {
    /// Whether the rows describe users. Otherwise they are operations, which need not name every
    /// user.
    is_list: bool,
    /// Whether the rows have ids of the list: then it is an exported list. Without ids, a list of
    /// new users looks the same.
    is_handed_back: bool,
}

/// Whether a row nearly certainly means this user. Namesakes are common in a large organization.
/// But if the rows name most users of the domain, or are an exported list, then the missing user
/// and the new one are the same. An import cannot change the address of an Adobe ID, so a row that
/// would means another account.
fn is_nearly_sure(
    there: PerhapsThere,
    person: OrgUser<'_>,
    create: &CreateUser<'_>,
    file: Describes,
) -> bool {
    let country = create.country.as_deref().unwrap_or_default();
    let is_elsewhere = !country.is_empty()
        && !person.country().is_empty()
        && !country.eq_ignore_ascii_case(person.country());
    let can_be_renamed = !person.is_adobe() && create.identity != IdentityType::Adobe;
    match there.twin {
        Twin::Looks => true,
        Twin::SameNames => {
            there.is_only
                && (there.is_covered && file.is_list || file.is_handed_back)
                && can_be_renamed
                && !is_elsewhere
        }
    }
}

/// Returns the remark on a row.
fn remark(person: OrgUser<'_>, twin: Twin, list: &str) -> String {
    let old = person.name();
    let how = if person.is_adobe() {
        "Only its user can change the address of an Adobe ID"
    } else {
        "To change an address, write an update row with new_email"
    };
    match twin {
        Twin::Looks => format!(
            "perhaps a second account: the address looks like `{old}`, who is in {list} and in no \
             row"
        ),
        Twin::SameNames => format!(
            "perhaps a new address of `{old}`, who has the same names and domain, is in {list} \
             and in no row. {how}"
        ),
    }
}

impl NewAddresses {
    /// Prints the warnings in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        if let Some(words) = self.held_words() {
            let words = reporter.words(&Note::HeldAddresses { words: &words });
            reporter.inform(&format!("new address?  {words}"));
        }
        if let Some(words) = self.sent_words() {
            reporter.inform(&format!("new address?  {words}"));
        }
    }

    /// Describes the rows that are not sent: `1 row is not sent, because the user is very probably
    /// in users.csv of … under another address: …`.
    fn held_words(&self) -> Option<String> {
        let (is, users_are) = if self.held == 1 { ("is", "user is") } else { ("are", "users are") };
        (self.held > 0).then(|| {
            format!(
                "{} {is} not sent, because the {users_are} very probably in {} under another \
                 address: {}. To change an address, write an update row with new_email",
                count(self.held, "row"),
                self.list,
                self.named(|one| one.is_held, self.held)
            )
        })
    }

    /// Finds the places of the rows of a file that messages name.
    fn place_rows(&mut self, input: &InputFile, file: &str) -> Result<(), ImportError> {
        let of_file = || self.first.iter().filter(|one| one.file == file);
        let [held, sent] = [true, false].map(|is_held| {
            of_file().filter(move |one| one.is_held == is_held).take(SHOWN).map(|one| one.row - 1)
        });
        let places = input.places_of(held.chain(sent).collect())?;
        for one in self.first.iter_mut().filter(|one| one.file == file) {
            one.place = places.get(&(one.row - 1)).cloned().unwrap_or_default();
        }
        Ok(())
    }

    /// Describes the rows that are sent.
    fn sent_words(&self) -> Option<String> {
        let (creates, users) =
            if self.rows == 1 { ("creates", "a user") } else { ("create", "users") };
        (self.rows > 0).then(|| {
            format!(
                "{} {creates} {users} who may be in {} under another address: {}. To change an \
                 address, write an update row with new_email",
                count(self.rows, "row"),
                self.list,
                self.named(|one| !one.is_held, self.rows)
            )
        })
    }

    /// Names the first of the wanted rows.
    fn named(&self, is_wanted: fn(&NewAddress) -> bool, rows: u64) -> String {
        let of_kind = self.first.iter().filter(|one| is_wanted(one));
        let shown: Vec<String> = of_kind.take(SHOWN).map(NewAddress::words).collect();
        let more = if rows > SHOWN as u64 {
            format!("; and {} more", rows - SHOWN as u64)
        } else {
            String::new()
        };
        shown.join("; ") + &more
    }

    /// Returns the first rows of one file, and their number.
    pub(crate) fn of_file(&self, file: &str) -> (Vec<NewAddress>, u64) {
        let first = self.first.iter().filter(|one| one.file == file).cloned();
        (first.collect(), self.by_file.get(file).copied().unwrap_or(0))
    }
}

/// `row 3: new@x.com, perhaps old@x.com`.
impl fmt::Display for NewAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = if self.is_held { " (not sent)" } else { "" };
        write!(f, "row {}: {}, perhaps {}{held}", self.row, self.email, self.perhaps)
    }
}

impl NewAddress {
    /// Describes one row: `new@x.com (staff.csv, line 3), perhaps old@x.com`.
    fn words(&self) -> String {
        visible(&format!(
            "{} ({}, {}), perhaps {}",
            self.email, self.file, self.place, self.perhaps
        ))
        .into_owned()
    }
}
