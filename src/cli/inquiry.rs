//! The questions about administrators that an import asks before it sends anything: whom it asks about, and how many they are.

use super::exit::Failure;
use super::files::about;
use super::known::{FRESH, age};
use super::say;
use crate::number::count;
use crate::organization::{Organization, Subject};
use crate::plan::{Plan, Workload};
use crate::run::{FIXED_ROLES, Links, Loss, Name, Reading, RowLoss, each_loss, links, spelled, takings};
use crate::umapi::{Class, Client, Pace};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// So many people are asked for one by one, and so many groups, at most.
pub(crate) const MOST_PROBES: usize = 100;

/// What an import asks about administrators, and why.
#[derive(Default)]
pub(crate) struct Inquiry {
    /// Rows that take away something that may be an administrator's role.
    pub(crate) losses: u64,
    /// The first ones: all, unless they are more than are asked about one by one.
    pub(crate) first: Vec<RowLoss>,
    /// Some of them are about people of whom a list says nothing reliable.
    pub(crate) is_unsure: bool,
    /// The names that the rows give to one person.
    pub(crate) links: Links,
    /// The people who are asked about one by one.
    pub(crate) people: Vec<Asked>,
    /// The roles of administrators of groups that are deleted.
    pub(crate) roles_of_groups: Vec<String>,
}

/// Somebody to ask the server for.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) adobe: bool,
    /// The row that would take something from her; `None` for another name of hers.
    pub(crate) row: Option<RowLoss>,
}

impl Inquiry {
    /// Finds out what is asked about the rows that are left. Nothing where none of them takes a role or a person away.
    pub(crate) fn about(
        readings: &[Reading<'_>],
        touched: &[Subject],
        is_left: &(dyn Fn(usize, u64) -> bool + Sync),
    ) -> Result<Self, Failure> {
        let mut all = Self::default();
        each_loss(readings, |loss| {
            if !is_left(loss.file, loss.row) {
                return;
            }
            all.losses += 1;
            all.is_unsure |= loss.loss.is_of_one(touched);
            if all.first.len() <= MOST_PROBES {
                all.first.push(loss);
            }
        })?;
        if all.losses == 0 {
            return Ok(all);
        }
        all.links = links(readings, |_| false)?;
        if all.is_about_everybody() {
            all.people = names_to_ask(&all.first, readings, &all.links)?;
        }
        let deleted = takings(readings)?.deleted_groups(MOST_PROBES);
        all.roles_of_groups = deleted.into_iter().take(MOST_PROBES).map(|group| format!("_admin_{group}")).collect();
        Ok(all)
    }

    /// Are they few enough to be asked about one by one?
    pub(crate) fn is_about_everybody(&self) -> bool {
        self.losses <= MOST_PROBES as u64
    }

    /// How many questions it is.
    pub(crate) fn questions(&self) -> u64 {
        match self.losses {
            0 => 0,
            _ => (FIXED_ROLES.len() + self.people.len() + self.roles_of_groups.len()) as u64,
        }
    }

    /// Says how long they take, where that is more than a moment.
    pub(crate) fn say(&self, client: &Client) {
        let work = Workload::default().behind(self.questions());
        let time = work.time(&Pace::default(), &client.pace(Class::Users)).filter(|time| *time >= Duration::from_secs(1));
        if let Some(time) = time {
            let people = count(self.people.len() as u64, "user");
            say(&format!("asking        the server for administrators among {people}, {}", about(time)));
        }
    }
}

/// The questions of an import that come before its requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FirstQuestions {
    /// How many.
    pub(crate) number: u64,
    /// The place of the file of the first row that they are about.
    pub(crate) file: usize,
    /// They tell of everybody who is removed whether she is there.
    tells_presence: bool,
}

impl FirstQuestions {
    /// What an import would ask about administrators, where it compares with this list, or with none.
    pub(crate) fn about_administrators(
        readings: &[Reading<'_>],
        (list, touched): (Option<&Organization>, &[Subject]),
        is_left: &(dyn Fn(usize, u64) -> bool + Sync),
    ) -> Result<Self, Failure> {
        let inquiry = Inquiry::about(readings, touched, is_left)?;
        if list.is_some_and(|list| is_sure(list) && !inquiry.is_unsure) {
            return Ok(Self::default());
        }
        let file = inquiry.first.first().map_or(0, |loss| loss.file);
        Ok(Self { number: inquiry.questions(), file, tells_presence: inquiry.is_about_everybody() })
    }

    /// Is it known by these answers whether somebody is there whom this row of a plan, from 0, removes?
    pub(crate) fn tell(self, plan: &Plan, row: u32) -> bool {
        self.tells_presence && plan.is_first_of_its_name(row)
    }

    /// The same rows with these questions before them, as the next command would ask them.
    pub(crate) fn before(self, work: &Workload) -> Workload {
        let rest = if self.tells_presence { Workload::of_requests(work.requests()) } else { work.clone() };
        rest.behind(self.number)
    }
}

/// Is a list new and whole enough that nobody needs to be asked?
pub(crate) fn is_sure(list: &Organization) -> bool {
    list.direct && list.shows_everything() && age(list) < FRESH
}

/// Whom to ask for: those from whom rows take something away, by all names that the rows of the files give them.
fn names_to_ask(losses: &[RowLoss], readings: &[Reading<'_>], links: &Links) -> Result<Vec<Asked>, Failure> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for row in losses.iter().filter(|row| row.loss.is_of_a_person()) {
        let Loss { name, domain, adobe, .. } = row.loss.clone();
        if seen.insert((row.loss.key(), adobe)) {
            all.push(Asked { name, domain, adobe, row: Some(row.clone()) });
        }
    }
    let mut names: HashMap<Name, ()> = losses.iter().map(|row| (row.loss.key(), ())).collect();
    let before = names.len();
    links.spread(&mut names);
    if names.len() > before {
        for (name, domain) in spelled(readings, &names, 4 * MOST_PROBES)? {
            if seen.insert((Name::user(&name, &domain), false)) {
                all.push(Asked { name, domain, adobe: false, row: None });
            }
        }
    }
    Ok(all)
}
