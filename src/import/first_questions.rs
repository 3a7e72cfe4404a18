//! The questions about administrators before anything is sent: which users they are about, and how
//! many there are.

use crate::execute::{
    FIXED_ROLES, InputRows, Links, Loss, NameHash, RowLoss, each_loss, group_removals, links,
    spelled,
};
use crate::import::baseline::{FRESH, age};
use crate::import::error::ImportError;
use crate::import::reporter::ImportReporter;
use crate::number::about;
use crate::number::count;
use crate::organization::{Coverage, HashedName, Organization};
use crate::plan::{Plan, Workload};
use crate::umapi::{AccountKind, CallClass, Client, Pace};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The most users, and the most groups, that are asked about one by one.
pub(crate) const MOST_PROBES: usize = 100;

/// The users from whom rows remove something that may be an administrator's role, with the
/// questions about them, which are computed when they are needed.
#[derive(Default)]
pub(crate) struct Inquiry {
    /// The number of rows that remove something that may be an administrator's role.
    pub(crate) losses: u64,
    /// The first of these rows; all, unless there are too many to ask about one by one.
    pub(crate) first: Vec<RowLoss>,
    /// Whether some of them are about users for whom a list cannot be relied upon.
    pub(crate) is_unsure: bool,
    links: OnceCell<Links>,
    asked: OnceCell<AskedAbout>,
}

/// The subjects of the questions of an import.
pub(crate) struct AskedAbout {
    /// The users who are asked about one by one.
    pub(crate) people: Vec<Inquired>,
    /// The roles of administrators of groups that are deleted.
    pub(crate) roles_of_groups: Vec<String>,
}

/// A user to ask about.
pub(crate) struct Inquired {
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) account: AccountKind,
    /// The row that would remove something; `None` for another name of the same user.
    pub(crate) row: Option<RowLoss>,
}

impl Inquiry {
    /// Finds the users who lose something by the rows that are left.
    pub(crate) fn about(
        all_input_rows: &[InputRows<'_>],
        recently_changed: &[HashedName],
        is_left: &(dyn Fn(usize, u64) -> bool + Sync),
    ) -> Result<Self, ImportError> {
        let mut all = Self::default();
        each_loss(all_input_rows, |loss| {
            if !is_left(loss.file, loss.row) {
                return;
            }
            all.losses += 1;
            all.is_unsure |= loss.loss.is_of_one(recently_changed);
            if all.first.len() <= MOST_PROBES {
                all.first.push(loss);
            }
        })?;
        Ok(all)
    }

    /// Returns the names that the rows give to one user.
    pub(crate) fn links(&self, all_input_rows: &[InputRows<'_>]) -> Result<&Links, ImportError> {
        if let Some(links) = self.links.get() {
            return Ok(links);
        }
        let links = links(all_input_rows, |_| false)?;
        Ok(self.links.get_or_init(|| links))
    }

    /// Returns what is asked about, if there are questions.
    pub(crate) fn asked(
        &self,
        all_input_rows: &[InputRows<'_>],
    ) -> Result<&AskedAbout, ImportError> {
        if let Some(asked) = self.asked.get() {
            return Ok(asked);
        }
        let everybody = self
            .is_about_everybody()
            .then(|| names_to_ask(&self.first, all_input_rows, self.links(all_input_rows)?));
        let people = everybody.transpose()?.unwrap_or_default();
        let deleted = group_removals(all_input_rows)?.deleted_groups(MOST_PROBES);
        let roles_of_groups =
            deleted.into_iter().take(MOST_PROBES).map(|group| format!("_admin_{group}")).collect();
        Ok(self.asked.get_or_init(|| AskedAbout { people, roles_of_groups }))
    }

    /// Whether they are few enough to be asked about one by one.
    pub(crate) fn is_about_everybody(&self) -> bool {
        self.losses <= MOST_PROBES as u64
    }
}

impl AskedAbout {
    /// Returns the number of questions.
    pub(crate) fn questions(&self) -> u64 {
        (FIXED_ROLES.len() + self.people.len() + self.roles_of_groups.len()) as u64
    }

    /// Reports how long the questions take, if it is more than a moment.
    pub(crate) fn say(&self, client: &Client, reporter: &dyn ImportReporter) {
        let work = Workload::default().behind(self.questions());
        let time = work
            .time(&Pace::default(), &client.pace(CallClass::Users))
            .filter(|time| *time >= Duration::from_secs(1));
        if let Some(time) = time {
            let people = count(self.people.len() as u64, "user");
            reporter.inform(&format!(
                "asking        the server for administrators among {people}, {}",
                about(time)
            ));
        }
    }
}

/// The questions before the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FirstQuestions {
    /// The number of questions.
    pub(crate) number: u64,
    /// The index of the file with the first row that they are about.
    pub(crate) file: usize,
    /// Whether they also show which of the users to remove exist.
    tells_presence: bool,
}

impl FirstQuestions {
    /// Returns the questions about administrators of an import that compares with this list, or
    /// with none.
    pub(crate) fn of(
        inquiry: &Inquiry,
        all_input_rows: &[InputRows<'_>],
        list: Option<&Organization>,
    ) -> Result<Self, ImportError> {
        if list.is_some_and(|list| is_sure(list) && !inquiry.is_unsure) {
            return Ok(Self::default());
        }
        let tells_presence = inquiry.is_about_everybody();
        let Some(first) = inquiry.first.first() else {
            return Ok(Self { tells_presence, ..Self::default() });
        };
        Ok(Self {
            number: inquiry.asked(all_input_rows)?.questions(),
            file: first.file,
            tells_presence,
        })
    }

    /// Whether these answers show if the user to remove by a row (from 0) exists.
    pub(crate) fn tell(self, plan: &Plan, row: u32) -> bool {
        self.tells_presence && plan.is_first_of_its_name(row)
    }

    /// Puts these questions before the work, as the next start of the command would send them.
    pub(crate) fn before(self, work: &Workload) -> Workload {
        let rest =
            if self.tells_presence { Workload::of_requests(work.requests()) } else { work.clone() };
        rest.behind(self.number)
    }
}

/// Whether a list is recent and complete enough to ask no questions.
pub(crate) fn is_sure(list: &Organization) -> bool {
    list.shows(Coverage::DIRECT) && list.coverage.shows_all_memberships() && age(list) < FRESH
}

/// Returns the users to ask about: those from whom rows remove something, by all names in the rows
/// of the files.
fn names_to_ask(
    losses: &[RowLoss],
    all_input_rows: &[InputRows<'_>],
    links: &Links,
) -> Result<Vec<Inquired>, ImportError> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for row in losses.iter().filter(|row| row.loss.is_of_a_person()) {
        let Loss { name, domain, account, .. } = row.loss.clone();
        if seen.insert((row.loss.key(), account)) {
            all.push(Inquired { name, domain, account, row: Some(row.clone()) });
        }
    }
    let mut names: HashMap<NameHash, ()> = losses.iter().map(|row| (row.loss.key(), ())).collect();
    let before = names.len();
    links.spread(&mut names);
    if names.len() > before {
        for (name, domain) in spelled(all_input_rows, &names, 4 * MOST_PROBES)? {
            if seen.insert((NameHash::user(&name, &domain), AccountKind::Own)) {
                all.push(Inquired { name, domain, account: AccountKind::Own, row: None });
            }
        }
    }
    Ok(all)
}
