//! Rows that may mean somebody who seems to be missing: found before anything is sent.

use super::held_rows::{HeldRow, HeldRows};
use super::input_rows::InputRows;
use super::referenced_users::referenced_users;
use super::scan_error::ScanError;
use crate::change::{Change, CreateUser, Problem, RowEffect, folded_name};
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{
    Likeness, NewPeople, PerhapsMeant, PerhapsThere, UnreferencedUsers, likeliest, spellings,
};
use crate::table::{Block, RowBuffer, each_block};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Finds out whom the rows of the files may mean of those whom no row names, by number, and which
/// rows of each file are not sent therefore.
///
/// # Errors
/// When a file cannot be read.
pub fn perhaps_meant(
    files: &[InputRows<'_>],
    unnamed: &UnreferencedUsers<'_>,
) -> Result<(BTreeMap<u32, PerhapsMeant>, Vec<HeldRows>), ScanError> {
    let (mut people, mut held) = (BTreeMap::new(), Vec::new());
    let mut forms = FormsOfNames::default();
    for (file, input_rows) in files.iter().enumerate() {
        let mut rows = HeldRows::new();
        if !unnamed.is_empty() {
            let id = input_rows
                .table
                .header()
                .iter()
                .position(|name| name.trim().eq_ignore_ascii_case("id"));
            each_block(
                input_rows.table,
                |block| {
                    (0..block.len())
                        .filter_map(|index| examine(input_rows, unnamed, (&block, index), id))
                        .collect::<Vec<_>>()
                },
                |found| {
                    for NearMatch { row, meant, held } in found {
                        forms.take((file, row), &meant);
                        for (number, one) in meant {
                            people.entry(number).or_insert(one);
                        }
                        rows.extend(held.map(|held| (row, held)));
                    }
                    Ok::<_, ScanError>(())
                },
            )?;
        }
        held.push(rows);
    }
    for (file, row) in forms.of_several() {
        held[file].remove(&row);
    }
    Ok((people, held))
}

/// Rows that are held for nothing but a form of a name. Where several new people have a form of one
/// name (`J. Smith`: James and John), nobody knows who is meant: these rows are sent, and
/// everybody who has the name stays.
#[derive(Debug, Default)]
struct FormsOfNames {
    /// Those whom each row may mean, by the row's file and number.
    rows: BTreeMap<(usize, u32), Vec<u32>>,
    /// The new people who may be meant by each of these, in small letters; two tell enough.
    called: HashMap<u32, Vec<String>>,
}

impl FormsOfNames {
    fn take(&mut self, place: (usize, u32), meant: &[(u32, PerhapsMeant)]) {
        for (number, one) in meant {
            let called = self.called.entry(*number).or_default();
            let name = folded_name(&one.called);
            if called.len() < 2 && !called.contains(&name) {
                called.push(name);
            }
        }
        if meant.iter().all(|(_, one)| one.likeness == Likeness::NameForms) {
            self.rows.insert(place, meant.iter().map(|(number, _)| *number).collect());
        }
    }

    fn of_several(self) -> impl Iterator<Item = (usize, u32)> {
        let Self { rows, called } = self;
        let is_of_several = move |number: &u32| called.get(number).is_some_and(|all| all.len() > 1);
        rows.into_iter()
            .filter(move |(_, numbers)| numbers.iter().all(&is_of_several))
            .map(|(place, _)| place)
    }
}

/// Finds the rows of each file that create somebody who is perhaps in the organization already
/// under another address; by row, from 0. People whom a row names, and those of `changed` (their
/// list is outdated), are not meant.
///
/// # Errors
/// When a file cannot be read.
pub fn perhaps_there(
    files: &[InputRows<'_>],
    organization: &Organization,
    changed: &HashSet<u32>,
) -> Result<Vec<BTreeMap<u32, PerhapsThere>>, ScanError> {
    let is_new = |name: &str, domain: &str| organization.named(name, domain).is_empty();
    let mut all = Vec::new();
    for input_rows in files {
        let mut new = NewPeople::default();
        each_block(
            input_rows.table,
            |block| {
                let (mut buffer, mut found) = (RowBuffer::default(), NewPeople::default());
                for index in 0..block.len() {
                    let Some(Ok(Change::User(user))) =
                        input_rows.evaluate_detailed(&block, index, &mut buffer)
                    else {
                        continue;
                    };
                    let Some(create) = user.create else { continue };
                    if is_new(&create.email, "")
                        && is_new(&user.user, user.domain.as_deref().unwrap_or_default())
                    {
                        found.take(
                            u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX),
                            &create,
                        );
                    }
                }
                found
            },
            |found| {
                new.add(found);
                Ok::<_, ScanError>(())
            },
        )?;
        all.push(new.matches(organization));
    }
    if all.iter().all(Vec::is_empty) {
        return Ok(vec![BTreeMap::new(); files.len()]);
    }
    let referenced = referenced_users(files, organization)?;
    let is_other =
        |person: OrgUser<'_>| referenced.has(person) || changed.contains(&person.number());
    let mut all: Vec<BTreeMap<u32, PerhapsThere>> =
        all.into_iter().map(|found| likeliest(found, organization, is_other)).collect();
    let domains: HashSet<&str> = all
        .iter()
        .flat_map(BTreeMap::values)
        .map(|one| organization.person(one.number).email_domain())
        .collect();
    let covered: HashSet<&str> =
        domains.into_iter().filter(|domain| referenced.has_most_of(domain)).collect();
    for one in all.iter_mut().flat_map(BTreeMap::values_mut) {
        one.is_covered = covered.contains(organization.person(one.number).email_domain());
    }
    Ok(all)
}

/// What one row shows.
struct NearMatch {
    row: u32,
    meant: Vec<(u32, PerhapsMeant)>,
    held: Option<HeldRow>,
}

fn examine(
    input_rows: &InputRows<'_>,
    unnamed: &UnreferencedUsers<'_>,
    (block, index): (&Block, usize),
    id: Option<usize>,
) -> Option<NearMatch> {
    let mut buffer = RowBuffer::default();
    let (cells, [id]) = block.all_cells(index, &mut buffer, [id]).ok()?;
    let mut meant = Vec::new();
    for spelling in spellings(&cells, input_rows.rules).iter().flatten() {
        let called = || PerhapsMeant { called: spelling.0.clone(), likeness: Likeness::Looks };
        meant.extend(unnamed.called(spelling).into_iter().map(|number| (number, called())));
    }
    let mut other = RowBuffer::default();
    let create = match input_rows.evaluate_detailed(block, index, &mut other) {
        Some(Ok(Change::User(user)))
            if user.update.as_ref().is_none_or(|update| !update.renames()) =>
        {
            let is_new = unnamed.is_new(&user.user, user.domain.as_deref().unwrap_or_default());
            user.create.filter(|create| is_new && unnamed.is_new(&create.email, ""))
        }
        _ => None,
    };
    let email = create.as_ref().map(|create| create.email.to_string());
    if let Some(number) = unnamed.with_id(id).filter(|_| !id.trim().is_empty()) {
        let called = email.clone().unwrap_or_else(|| id.trim().to_owned());
        meant.push((number, PerhapsMeant { called, likeness: Likeness::SameId }));
    }
    if let Some(create) = &create {
        let called =
            || PerhapsMeant { called: create.email.to_string(), likeness: Likeness::SameNames };
        meant.extend(unnamed.same_names(create).iter().map(|number| (*number, called())));
        let elsewhere = || PerhapsMeant { likeness: Likeness::OtherDomain, ..called() };
        meant.extend(unnamed.in_other_domains(create).iter().map(|number| (*number, elsewhere())));
        let nearly = || PerhapsMeant { likeness: Likeness::NearlySame, ..called() };
        meant.extend(unnamed.nearly_same(create).into_iter().map(|number| (number, nearly())));
        let form = || PerhapsMeant { likeness: Likeness::NameForms, ..called() };
        for number in unnamed.with_name_forms(create) {
            if meant.iter().all(|(other, _)| *other != number) {
                meant.push((number, form()));
            }
        }
    }
    let held = create
        .as_ref()
        .zip(meant.first())
        .map(|(create, (number, one))| hold(create, unnamed.name_of(*number), one.likeness));
    let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    (!meant.is_empty()).then_some(NearMatch { row, meant, held })
}

/// Why the row that would create somebody a second time is not sent beside `--missing`.
fn hold(create: &CreateUser<'_>, old: &str, likeness: Likeness) -> HeldRow {
    second_account(
        &create.email,
        old,
        likeness,
        "import this row alone, without --missing and with --allow-second-accounts",
    )
}

/// Why a row is not sent that would create the person called `old` a second time, as `new`.
/// `otherwise`: what to do where another person is meant.
pub fn second_account(new: &str, old: &str, likeness: Likeness, otherwise: &str) -> HeldRow {
    let another = format!("If it is another person, {otherwise}");
    let change = format!(
        "To change the address, write an update row: email {old}, new_email {new}. {another}"
    );
    let (reason, advice) = match likeness {
        Likeness::Looks => (
            "looks_like",
            format!(
                "looks like `{old}`, who is in the organization, but in no row. If you mean that \
                 person, use that address. {another}"
            ),
        ),
        Likeness::SameId => (
            "perhaps_renamed",
            format!(
                "seems to be a new address of `{old}`, who has this id and is in no row. \
                 {change}"
            ),
        ),
        Likeness::SameNames => (
            "perhaps_renamed",
            format!(
                "seems to be a new address of `{old}`, who has the same names and domain and is \
                 in no row. {change}"
            ),
        ),
        Likeness::OtherDomain => (
            "perhaps_renamed",
            format!(
                "seems to be a new address of `{old}`, who has the same names, the same address \
                 except for the domain, and is in no row. {change}"
            ),
        ),
        Likeness::NearlySame => (
            "perhaps_renamed",
            format!(
                "seems to be a new address of `{old}`, who has nearly the same names and address \
                 and is in no row. To change names and address, write an \
                 update row: email {old}, new_email {new}, and the new firstname and lastname. \
                 {another}"
            ),
        ),
        Likeness::NameForms => (
            "perhaps_renamed",
            format!(
                "is perhaps a new address: `{old}` has another form of the same name, and is in no \
                 row. To change names and address, write an update row: email {old}, new_email \
                 {new}, and the new firstname and lastname. {another}"
            ),
        ),
    };
    let problem = Problem { field: "email", reason, value: new.to_string(), advice, moot: None };
    HeldRow {
        code: problem.code(),
        message: problem.to_string(),
        effect: RowEffect::NONE,
        is_unclear: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_likeness_has_a_code_of_second_accounts() {
        for likeness in [
            Likeness::Looks,
            Likeness::SameId,
            Likeness::SameNames,
            Likeness::OtherDomain,
            Likeness::NearlySame,
            Likeness::NameForms,
        ] {
            let held = second_account("new@x.com", "old@x.com", likeness, "do that");
            assert!(held.is_second_account(), "{}", held.code);
        }
    }
}
