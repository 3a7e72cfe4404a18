//! Rows that create somebody who is perhaps in the organization under another address. Where that
//! is nearly sure the row is not sent; else it is said before anything is sent, and in the row.

use crate::change::{Change, CreateUser, IdentityType};
use crate::execute::{HeldRows, perhaps_there, second_account};
use crate::import::baseline::{LoadedBaseline, describe_time};
use crate::import::config::KnownConfig;
use crate::import::error::ImportError;
use crate::import::handed_back::is_list_of;
use crate::import::input_file::InputFile;
use crate::import::refused_rows;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{Coverage, OrgUser};
use crate::reconcile::{PerhapsThere, Twin};
use crate::visible::visible;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// So many rows are named on the screen.
const SHOWN: usize = 5;
/// So many are named in `--json`.
const KEPT: usize = 1000;

/// A row that perhaps gives a new address to somebody who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NewAddress {
    /// The row's file.
    #[serde(skip)]
    file: String,
    /// The data row, from 1.
    row: u64,
    /// The address that it gives.
    email: String,
    /// The address in the list.
    perhaps: String,
    /// The row is not sent.
    #[serde(rename = "held")]
    is_held: bool,
}

/// All such rows of a command.
#[derive(Debug, Default)]
pub(crate) struct NewAddresses {
    first: Vec<NewAddress>,
    /// Rows that are sent all the same.
    rows: u64,
    /// Rows that are not sent.
    held: u64,
    /// The list that tells.
    list: String,
}

/// Finds these rows by a list, and by what an earlier import has written beside them, and tells
/// each input which of its rows are not sent, and what is to be said of the others.
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

/// `refused`: rows of each input that an earlier import has refused.
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
        input.each_row(|number, change| {
            let there =
                u32::try_from(number - 1).ok().and_then(|row| Some((row, found.get(&row)?)));
            let (Some((row, there)), Ok(Change::User(user))) = (there, change) else {
                return Ok(());
            };
            let Some(create) = &user.create else { return Ok(()) };
            let person = organization.person(there.number);
            let is_sure = is_nearly_sure(*there, person, create, describes)
                && organization.shows(Coverage::EVERYBODY);
            // What an earlier part of the run did not hold back is sent.
            let is_held = input.noted.is_none()
                && !config.allow_second_accounts
                && (is_sure || refused.contains_key(&row));
            if is_held {
                held.insert(
                    row,
                    second_account(&create.email, &[person.name()], there.twin.into(), OTHERWISE),
                );
                all.held += 1;
            } else {
                remarks.insert(row, remark(person.name(), there.twin, &all.list));
                all.rows += 1;
            }
            if all.first.len() < KEPT {
                let (email, perhaps) = (create.email.to_string(), person.name().to_owned());
                all.first.push(NewAddress {
                    file: file.clone(),
                    row: number,
                    email,
                    perhaps,
                    is_held,
                });
            }
            Ok(())
        })?;
        input.remarks = remarks;
        input.held.extend(held);
    }
    Ok(all)
}

/// What to do where another person is meant.
const OTHERWISE: &str = "use --allow-second-accounts";

/// What a file is, as far as that tells whether somebody who is in none of its rows is missing.
#[derive(Clone, Copy)]
struct Describes {
    /// Its rows describe people; else they are operations, which need not name everybody.
    is_list: bool,
    /// It is an exported list that is handed back: its rows have ids of the list. Without ids,
    /// lists of new people look the same.
    is_handed_back: bool,
}

/// Does a row nearly surely mean this person? Two people of one name are usual in a large
/// organization. But where the rows name most of the people of the domain, or are an exported list
/// that is handed back, the one who is gone and the one who is new are the same. An Adobe ID gets
/// no other address from here, and so another account is meant.
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

/// What is said of a row.
fn remark(old: &str, twin: Twin, list: &str) -> String {
    match twin {
        Twin::Looks => format!(
            "perhaps a second account: the address looks like `{old}`, who is in {list} and in no \
             row"
        ),
        Twin::SameNames => format!(
            "perhaps a new address of `{old}`, who has the same names and domain, is in {list} \
             and in no row. An address is changed by an update row with new_email"
        ),
    }
}

impl NewAddresses {
    /// Says so in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        self.words().iter().for_each(|words| reporter.inform(&format!("new address?  {words}")));
    }

    /// `1 row is not sent, because the user is very probably in users.csv of … under another
    /// address: …`, and the like for rows that are sent.
    pub(crate) fn words(&self) -> Vec<String> {
        let named = |is_held: bool, rows: u64| {
            let of_kind = self.first.iter().filter(|one| one.is_held == is_held);
            let shown: Vec<String> = of_kind.take(SHOWN).map(NewAddress::words).collect();
            let more = if rows > SHOWN as u64 {
                format!("; and {} more", rows - SHOWN as u64)
            } else {
                String::new()
            };
            shown.join("; ") + &more
        };
        let mut words = Vec::new();
        if self.held > 0 {
            let (is, users_are) =
                if self.held == 1 { ("is", "user is") } else { ("are", "users are") };
            words.push(format!(
                "{} {is} not sent, because the {users_are} very probably in {} under another \
                 address: {}. To change an address, write an update row with new_email; for \
                 another person, {OTHERWISE}",
                count(self.held, "row"),
                self.list,
                named(true, self.held)
            ));
        }
        if self.rows > 0 {
            let (creates, users) =
                if self.rows == 1 { ("creates", "a user") } else { ("create", "users") };
            words.push(format!(
                "{} {creates} {users} who may be in {} under another address: {}. To change an \
                 address, write an update row with new_email",
                count(self.rows, "row"),
                self.list,
                named(false, self.rows)
            ));
        }
        words
    }

    /// Those of one file.
    pub(crate) fn of_file(&self, file: &str) -> Vec<NewAddress> {
        self.first.iter().filter(|one| one.file == file).cloned().collect()
    }
}

impl NewAddress {
    /// `new@x.com (staff.csv, row 3), perhaps old@x.com`
    fn words(&self) -> String {
        visible(&format!(
            "{} ({}, row {}), perhaps {}",
            self.email, self.file, self.row, self.perhaps
        ))
        .into_owned()
    }
}
