//! Rows that may mean a user who seems to be missing. They are found before anything is sent.

use super::held_rows::{HeldRow, HeldRows};
use super::input_rows::InputRows;
use super::referenced_users::referenced_users_beside;
use super::scan_error::ScanError;
use crate::change::{Change, CreateUser, Problem, RowEffect, folded_name};
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{
    Likeness, NewPeople, PerhapsMeant, PerhapsThere, UnreferencedUsers, spellings,
};
use crate::table::{Block, RowBuffer, each_block};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// From this number of possible users on, the last ones are not named.
const MANY: usize = 4;

/// Finds the users whom no row names but whom the rows of the files may mean, by number, and the
/// rows of each file that are not sent for this reason.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn perhaps_meant(
    files: &[InputRows<'_>],
    unnamed: &UnreferencedUsers<'_>,
) -> Result<(BTreeMap<u32, PerhapsMeant>, Vec<HeldRows>), ScanError> {
    let mut all = NearMatches::default();
    for (file, input_rows) in files.iter().enumerate().filter(|_| !unnamed.is_empty()) {
        let header = input_rows.table.header();
        let id = header.iter().position(|name| name.trim().eq_ignore_ascii_case("id"));
        each_block(
            input_rows.table,
            |block| {
                let mut found = NearMatches::default();
                for index in 0..block.len() {
                    found.examine(input_rows, unnamed, (file, &block, index), id);
                }
                found
            },
            |found| {
                all.add(found);
                Ok::<_, ScanError>(())
            },
        )?;
    }
    Ok(all.held_rows(files.len()))
}

/// The index of a row's file, and the number of the row.
type Place = (usize, u32);

/// The users whom rows may mean.
#[derive(Debug, Default)]
struct NearMatches {
    /// By number, with the first row that may mean them.
    people: BTreeMap<u32, PerhapsMeant>,
    /// The names in rows that may mean each of these users, in lower case. Two are enough.
    called: HashMap<u32, Vec<String>>,
    /// The rows that are not sent.
    held: BTreeMap<Place, HeldRow>,
    /// Rows that may mean these users only by a form of their name.
    by_form: BTreeMap<Place, Vec<u32>>,
}

impl NearMatches {
    /// Examines one row.
    fn examine(
        &mut self,
        input_rows: &InputRows<'_>,
        unnamed: &UnreferencedUsers<'_>,
        (file, block, index): (usize, &Block, usize),
        id: Option<usize>,
    ) {
        let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
        let Ok((cells, [id])) = block.all_cells(index, &mut buffer, [id]) else { return };
        let mut looks = Vec::new();
        for spelling in spellings(&cells, input_rows.rules).iter().flatten() {
            let found = unnamed.called(spelling);
            self.meet(&found, Likeness::Looks, &spelling.0);
            looks.extend(found);
        }
        let create = match input_rows.evaluate_detailed(block, index, &mut other) {
            Some(Ok(Change::User(user)))
                if user.update.as_ref().is_none_or(|update| !update.renames()) =>
            {
                let is_new = unnamed.is_new(&user.user, user.domain.as_deref().unwrap_or_default());
                user.create.filter(|create| is_new && unnamed.is_new(&create.email, ""))
            }
            _ => None,
        };
        let same_id = unnamed.with_id(id).filter(|_| !id.trim().is_empty());
        let Some(create) = create else {
            self.meet(same_id.as_slice(), Likeness::SameId, id.trim());
            return;
        };
        let alike: [(Likeness, Cow<'_, [u32]>); 6] = [
            (Likeness::Looks, looks.into()),
            (Likeness::SameId, same_id.as_slice().into()),
            (Likeness::SameNames, unnamed.same_names(&create).into()),
            (Likeness::OtherDomain, unnamed.in_other_domains(&create).into()),
            (Likeness::NearlySame, unnamed.nearly_same(&create).into()),
            (Likeness::Looks, unnamed.confusable(&create).into()),
        ];
        for (likeness, numbers) in &alike {
            self.meet(numbers, *likeness, &create.email);
        }
        let elsewhere = unnamed.addressed_in(&block.text_of_skipped(index));
        self.meet(&elsewhere, Likeness::OtherCell, &create.email);
        let mut forms = unnamed.with_name_forms(&create);
        forms.retain(|number| alike.iter().all(|(_, numbers)| !numbers.contains(number)));
        self.meet(&forms, Likeness::NameForms, &create.email);
        let place = (file, u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX));
        let nearest = alike.iter().find(|(_, numbers)| !numbers.is_empty());
        if let Some((likeness, numbers)) = nearest {
            self.held.insert(place, hold(&create, unnamed, numbers, *likeness));
        } else if !forms.is_empty() {
            self.held.insert(place, hold(&create, unnamed, &forms, Likeness::NameForms));
            self.by_form.insert(place, forms);
        }
    }

    /// Records that a row may mean these users, with the name in the row.
    fn meet(&mut self, numbers: &[u32], likeness: Likeness, called: &str) {
        if numbers.is_empty() {
            return;
        }
        let folded = folded_name(called);
        for number in numbers {
            self.people
                .entry(*number)
                .or_insert_with(|| PerhapsMeant { called: called.to_owned(), likeness });
            add_name(self.called.entry(*number).or_default(), &folded);
        }
    }

    /// Adds the results of later rows.
    fn add(&mut self, later: Self) {
        for (number, one) in later.people {
            self.people.entry(number).or_insert(one);
        }
        for (number, names) in later.called {
            let known = self.called.entry(number).or_default();
            names.iter().for_each(|name| add_name(known, name));
        }
        self.held.extend(later.held);
        self.by_form.extend(later.by_form);
    }

    /// Returns the users, and the rows of each file that are not sent. If several new users have a
    /// form of one name (`J. Smith`: James and John), it is unknown which user is meant: these rows
    /// are sent, and every user with that name is exempt.
    fn held_rows(mut self, files: usize) -> (BTreeMap<u32, PerhapsMeant>, Vec<HeldRows>) {
        let is_of_several = |number: &u32| self.called.get(number).is_some_and(|all| all.len() > 1);
        for (place, numbers) in &self.by_form {
            if numbers.iter().all(is_of_several) {
                self.held.remove(place);
            }
        }
        let mut held = vec![HeldRows::new(); files];
        for ((file, row), one) in self.held {
            held[file].insert(row, one);
        }
        (self.people, held)
    }
}

/// Adds a name, unless there are two already.
fn add_name(names: &mut Vec<String>, name: &str) {
    if names.len() < 2 && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// Finds the rows of each file that create a user who may be in the organization under another
/// address; by row, from 0. Users whom a row names are not candidates, nor those of `changed`, for
/// whom the list is outdated.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn perhaps_there(
    files: &[InputRows<'_>],
    organization: &Organization,
    changed: &HashSet<u32>,
) -> Result<Vec<BTreeMap<u32, PerhapsThere>>, ScanError> {
    let mut new: Vec<NewPeople> = files.iter().map(|_| NewPeople::default()).collect();
    let referenced = referenced_users_beside(
        files,
        organization,
        // Most rows are about somebody with a listed address, and need no closer look.
        |input_rows, place, buffer| new_person(input_rows, organization, place, buffer),
        |file, people| new[file].add(people),
    )?;
    let Some(referenced) = referenced else { return Ok(vec![BTreeMap::new(); files.len()]) };
    let is_other =
        |person: OrgUser<'_>| referenced.has(person) || changed.contains(&person.number());
    let mut all: Vec<BTreeMap<u32, PerhapsThere>> =
        new.into_iter().map(|people| people.matches(organization, is_other).likeliest()).collect();
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

/// Returns the user whom a row creates, if the list does not have that user.
fn new_person(
    input_rows: &InputRows<'_>,
    organization: &Organization,
    (block, index): (&Block, usize),
    buffer: &mut RowBuffer,
) -> Option<NewPeople> {
    let is_new = |name: &str, domain: &str| organization.named(name, domain).is_empty();
    let Some(Ok(Change::User(user))) = input_rows.evaluate_detailed(block, index, buffer) else {
        return None;
    };
    let create = user.create.filter(|create| {
        is_new(&create.email, "") && is_new(&user.user, user.domain.as_deref().unwrap_or_default())
    })?;
    let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    let mut people = NewPeople::default();
    people.take(row, &create);
    Some(people)
}

/// Returns why a row that would create a user a second time is not sent with `--missing`.
fn hold(
    create: &CreateUser<'_>,
    unnamed: &UnreferencedUsers<'_>,
    numbers: &[u32],
    likeness: Likeness,
) -> HeldRow {
    let olds: BTreeSet<u32> = numbers.iter().copied().take(MANY).collect();
    let olds: Vec<OldUser<'_>> = olds
        .into_iter()
        .map(|number| OldUser {
            name: unnamed.name_of(number),
            is_adobe_id: unnamed.is_adobe(number),
        })
        .collect();
    second_account(
        &create.email,
        &olds,
        likeness,
        "import this row alone, without --missing and with --allow-second-accounts",
    )
}

/// A user whom a row may mean under another address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OldUser<'o> {
    pub(crate) name: &'o str,
    /// Whether the user is an Adobe ID, whose address only the user can change.
    pub(crate) is_adobe_id: bool,
}

/// Returns why a row is not sent that would create one of the users `olds` a second time, as `new`.
/// `otherwise` says what to do if another person is meant.
pub(crate) fn second_account(
    new: &str,
    olds: &[OldUser<'_>],
    likeness: Likeness,
    otherwise: &str,
) -> HeldRow {
    let another = format!("If it is another person, {otherwise}");
    let names: Vec<&str> = olds.iter().map(|old| old.name).collect();
    let old = one_of(&names);
    let row = match olds {
        [one] => format!("email {}, new_email {new}", one.name),
        _ => format!("email (the old one), new_email {new}"),
    };
    let (to_change_both, to_change_it) = if olds.iter().any(|old| old.is_adobe_id) {
        let theirs = "Only its user can change an Adobe ID: write the old address in this row. ";
        (format!("{theirs}{another}"), format!("{theirs}{another}"))
    } else {
        (
            format!(
                "To change names and address, write an update row: {row}, and the new firstname \
                 and lastname. {another}"
            ),
            format!("To change the address, write an update row: {row}. {another}"),
        )
    };
    let renamed = |same: &str| {
        format!(
            "seems to be a new address of {old}, who has {same} and is in no row. {to_change_it}"
        )
    };
    let advice = match likeness {
        Likeness::Looks => format!(
            "looks like {old}, who is in the organization, but in no row. If you mean that \
             person, use that address. {another}"
        ),
        Likeness::SameId => renamed("this id"),
        Likeness::OtherCell => renamed("an address that stands in this row,"),
        Likeness::SameNames => renamed("the same names and domain"),
        Likeness::OtherDomain => renamed("the same names, the same address except for the domain,"),
        Likeness::NearlySame => format!(
            "seems to be a new address of {old}, who has nearly the same names and address and \
             is in no row. {to_change_both}"
        ),
        Likeness::NameForms => format!(
            "is perhaps a new address: {old} has another form of the same name, and is in no \
             row. {to_change_both}"
        ),
    };
    let reason = match likeness {
        Likeness::Looks => "looks_like",
        _ => "perhaps_renamed",
    };
    let problem =
        Problem { field: "email", reason, value: new.to_string(), advice, waivable: None };
    HeldRow {
        code: problem.code(),
        message: problem.to_string(),
        effect: RowEffect::NONE,
        is_unclear: false,
    }
}

/// Lists the users who may be meant: "`a`, `b` or `c`", or the first three "or others".
fn one_of(olds: &[&str]) -> String {
    let named: Vec<String> = olds.iter().take(MANY - 1).map(|old| format!("`{old}`")).collect();
    match (named.as_slice(), olds.len() < MANY) {
        ([first @ .., last], true) if !first.is_empty() => {
            format!("{} or {last}", first.join(", "))
        }
        (_, true) => named.concat(),
        (_, false) => format!("{} or others", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_proposed_where_several_may_be_meant() {
        let said = |olds: &[&str]| {
            let olds: Vec<OldUser<'_>> =
                olds.iter().map(|name| OldUser { name, is_adobe_id: false }).collect();
            second_account("n@x.com", &olds, Likeness::NameForms, "x").message
        };
        let [one, two, many] = [&["a"][..], &["a", "b"], &["a", "b", "c", "d"]].map(said);
        assert!(one.contains("`a` has") && one.contains("email a, new_email n@x.com"), "{one}");
        assert!(two.contains("`a` or `b` has") && two.contains("email (the old one)"), "{two}");
        assert!(
            many.contains("`a`, `b`, `c` or others has") && !many.contains("email a"),
            "{many}"
        );
    }

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
            for is_adobe_id in [false, true] {
                let old = OldUser { name: "old@x.com", is_adobe_id };
                let held = second_account("new@x.com", &[old], likeness, "do that");
                assert!(held.is_second_account(), "{}", held.code);
                assert!(!is_adobe_id || !held.message.contains("update row"), "{}", held.message);
            }
        }
    }
}
