//! Rows that create somebody who is perhaps in the organization under another address: said before anything is sent, and in each row.

use super::exit::Failure;
use super::files::{Input, count};
use super::known::{Looked, describe_time};
use super::say;
use crate::change::Change;
use crate::organization::Likeness;
use crate::run::perhaps_there;
use crate::visible::visible;
use serde::Serialize;
use std::collections::HashSet;

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
}

/// All such rows of a command.
#[derive(Debug, Default)]
pub(crate) struct NewAddresses {
    first: Vec<NewAddress>,
    rows: u64,
    /// The list that tells.
    list: String,
}

/// Finds these rows by a list, and tells each input what is to be said of its rows.
pub(crate) fn find(inputs: &mut [&mut Input], looked: &Looked) -> Result<NewAddresses, Failure> {
    let organization = &*looked.organization;
    let changed: HashSet<u32> = organization.numbers_of(&looked.touched).collect();
    let found = {
        let readings: Vec<_> = inputs.iter().map(|input| input.reading()).collect();
        perhaps_there(&readings, organization, &changed)?
    };
    let mut all = NewAddresses { list: describe_time(organization), ..NewAddresses::default() };
    for (input, found) in inputs.iter_mut().zip(found).filter(|(_, found)| !found.is_empty()) {
        all.rows += found.len() as u64;
        let file = input.table.name().to_owned();
        input.remarks =
            found.iter().map(|(row, one)| (*row, remark(organization.person(one.number).name(), one.likeness, &all.list))).collect();
        input.each_row(|row, change| {
            let there = u32::try_from(row - 1).ok().and_then(|row| found.get(&row));
            if let (Some(there), Ok(Change::User(user))) = (there, change)
                && all.first.len() < KEPT
            {
                let email = user.create.map_or_else(|| user.user.to_string(), |create| create.email.to_string());
                let perhaps = organization.person(there.number).name().to_owned();
                all.first.push(NewAddress { file: file.clone(), row, email, perhaps });
            }
            Ok(())
        })?;
    }
    Ok(all)
}

/// What is said of a row.
fn remark(old: &str, likeness: Likeness, list: &str) -> String {
    match likeness {
        Likeness::Looks => format!("perhaps a second account: the address looks like `{old}`, who is in {list} and in no row"),
        Likeness::SameId | Likeness::SameNames => format!(
            "perhaps a new address of `{old}`, who has the same names and domain, is in {list} and in no row. An address is changed by an update row with new_email"
        ),
    }
}

impl NewAddresses {
    /// Says so in the head.
    pub(crate) fn say_head(&self) {
        self.words().iter().for_each(|words| say(&format!("new address?  {words}")));
    }

    /// `1 row creates a user who is perhaps in users.csv of … under another address: …`
    pub(crate) fn words(&self) -> Option<String> {
        let (creates, users) = if self.rows == 1 { ("creates", "a user who is") } else { ("create", "users who are") };
        let shown: Vec<String> = self.first.iter().take(SHOWN).map(NewAddress::words).collect();
        let more = if self.rows > SHOWN as u64 { format!("; and {} more", self.rows - SHOWN as u64) } else { String::new() };
        (self.rows > 0).then(|| {
            format!(
                "{} {creates} {users} perhaps in {} under another address: {}{more}. To change an address, write an update row with new_email",
                count(self.rows, "row"),
                self.list,
                shown.join("; ")
            )
        })
    }

    /// Those of one file.
    pub(crate) fn of_file(&self, file: &str) -> Vec<NewAddress> {
        self.first.iter().filter(|one| one.file == file).cloned().collect()
    }
}

impl NewAddress {
    /// `new@x.com (staff.csv, row 3), perhaps old@x.com`
    fn words(&self) -> String {
        visible(&format!("{} ({}, row {}), perhaps {}", self.email, self.file, self.row, self.perhaps)).into_owned()
    }
}
