//! Finds administrators who would be deleted or lose a role, before anything is sent.

use crate::execute::{
    FIXED_ROLES, Holders, InputRows, Loss, NameHash, ProbeAnswers, Protected, RowLoss, each_loss,
};
use crate::import::baseline::describe_time;
use crate::import::error::ImportError;
use crate::import::first_questions::{AskedAbout, Inquired, Inquiry, MOST_PROBES, is_sure};
use crate::import::known_roles::{PartlyKnown, PeopleToAsk, RolesUnanswered};
use crate::import::note::Note;
use crate::import::protect::tells_names;
use crate::import::protect_error::ProtectError;
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::Organization;
use crate::reconcile::{NearName, NearNames, UserSpelling};
use crate::umapi::{AccountKind, ApiError, ApiUser, Client, UserRef};
use crate::visible::visible;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// The most administrators that messages name.
const SHOWN: usize = 5;
/// The most administrators that are kept in memory.
const KEPT: usize = 1000;

/// An administrator who would lose a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AtRisk {
    /// The administrator's name.
    user: String,
    /// The roles that the administrator would lose.
    roles: Vec<String>,
    /// The file with the row.
    file: String,
    /// The data row, from 1.
    row: u64,
    /// The row's place in the file: `line 7`.
    #[serde(skip)]
    place: String,
}

/// The administrators among the users from whom rows remove something.
#[derive(Debug, Default)]
pub(crate) struct Administrators {
    /// The first administrators who would lose a role.
    pub(crate) at_risk: Vec<AtRisk>,
    /// The number of such rows.
    rows: u64,
    /// The number of them by file.
    by_file: BTreeMap<String, u64>,
    /// Rows about users for whom it is unknown whether they are administrators, and why.
    pub(crate) unknown: Option<(u64, RolesUnanswered)>,
    /// What was not checked.
    partly: Option<PartlyKnown>,
    /// Which of the users exist, according to the server.
    pub(crate) probed: ProbeAnswers,
    /// The names of users who do not exist.
    not_there: Vec<String>,
    /// The number of questions to the server.
    pub(crate) questions: u64,
}

/// What happens with the removal of a user whom the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemovalOfNobody {
    /// It is sent: the account may be disabled, which the server does not show.
    Sent,
    /// It is not sent, because users are probed first.
    NotSent,
}

/// The sources of what is known.
pub(crate) struct Sources<'s> {
    /// The files, and their names.
    pub(crate) files: Vec<(InputRows<'s>, String)>,
    /// A list of the organization.
    pub(crate) organization: Option<&'s Organization>,
    /// A snapshot, if nothing is compared. It is used where the server cannot be asked about all
    /// users.
    pub(crate) stored: Option<&'s Organization>,
    /// The server; `None` if it is not asked.
    pub(crate) server: Option<Questions<'s>>,
    /// Whether a row of a file, from 1, is still to be sent.
    pub(crate) is_left: &'s (dyn Fn(usize, u64) -> bool + Sync),
    /// In a rehearsal, only the users of a list have roles.
    pub(crate) is_rehearsal: bool,
}

/// The list of protected names, and a list of the organization that may show all names of the
/// users.
struct ProtectedNames<'s> {
    protected: &'s Protected,
    list: Option<&'s Organization>,
}

impl ProtectedNames<'_> {
    /// Whether only the server knows if a user has a protected name.
    fn are_unknown(&self) -> bool {
        !self.protected.is_empty() && !tells_names(self.list)
    }
}

/// The server's answers.
#[derive(Default)]
struct Answers {
    holders: Holders,
    /// Users all of whose roles are known.
    known: HashSet<NameHash>,
    /// Users whom only the server shows to be protected: their rows will be refused, and take
    /// nothing.
    protected: HashSet<NameHash>,
    /// Whether the holders of the fixed roles are known.
    fixed: bool,
    probed: ProbeAnswers,
    not_there: Vec<String>,
    /// Why a question got no answer.
    trouble: Option<ApiError>,
}

impl Administrators {
    /// Finds the administrators among these users. The server is only asked if a row removes a role
    /// or a user.
    pub(crate) fn find(
        inquiry: &Inquiry,
        sources: &Sources<'_>,
        protected: &Protected,
    ) -> Result<Self, ImportError> {
        let all_input_rows: Vec<InputRows<'_>> =
            sources.files.iter().map(|(input_rows, _)| *input_rows).collect();
        if inquiry.losses == 0 {
            return Ok(Self::default());
        }
        let Inquiry { losses, is_unsure, ref first, .. } = *inquiry;
        let mut answers = Answers::default();
        let is_asked_about_all = sources.server.is_some() && inquiry.is_about_everybody();
        let any_list = sources.organization.or(sources.stored.filter(|_| !is_asked_about_all));
        any_list.into_iter().for_each(|all| answers.holders.learn(all));
        let list = sources.organization.filter(|all| is_sure(all) && !is_unsure);
        let mut found = Self::default();
        if let (None, Some(questions)) = (list, sources.server) {
            let asked = inquiry.asked(&all_input_rows)?;
            let names = ProtectedNames { protected, list: sources.organization };
            asked.say(questions.client, questions.reporter);
            found.questions = asked.questions();
            questions
                .ask("asking for administrators", answers.ask(questions.client, asked, &names))?;
        }
        if !answers.holders.is_empty() {
            answers.holders.spread(inquiry.links(&all_input_rows)?);
        }
        let is_unknown = |loss: &Loss| {
            let is_known = if loss.is_of_a_person() {
                answers.known.contains(&loss.key())
            } else {
                sources.server.is_some() && answers.trouble.is_none()
            };
            list.is_none() && !is_known
        };
        let mut unknown = 0;
        let mut judge = |row: RowLoss| match answers.holders.hit(&row.loss) {
            _ if answers.protected.contains(&row.loss.key()) => {}
            Some((user, roles)) => {
                found.add(user, &roles, &row, &sources.files[row.file]);
            }
            None => unknown += u64::from(is_unknown(&row.loss)),
        };
        if losses > first.len() as u64 {
            each_loss(&all_input_rows, |loss| {
                if (sources.is_left)(loss.file, loss.row) {
                    judge(loss);
                }
            })?;
        } else {
            first.iter().cloned().for_each(&mut judge);
        }
        // If an import has changed a user since, the list is not used for this user.
        found.note_unknown(unknown, &answers, any_list.filter(|_| !is_unsure), sources);
        if let Some(list) = any_list.filter(|_| is_unsure)
            && let Some(PartlyKnown::NotAsked { people, .. }) = found.partly
        {
            found.partly = Some(PartlyKnown::ChangedSince { list: describe_time(list), people });
        }
        (found.probed, found.not_there) = (answers.probed, answers.not_there);
        Ok(found)
    }

    /// Counts a row that removes roles, and keeps the first ones.
    fn add(
        &mut self,
        user: &str,
        roles: &[&str],
        &RowLoss { row, line, .. }: &RowLoss,
        (input_rows, file): &(InputRows<'_>, String),
    ) {
        self.rows += 1;
        *self.by_file.entry(file.clone()).or_default() += 1;
        if self.at_risk.len() < KEPT {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            let (user, file) = (user.to_owned(), file.clone());
            let place = input_rows.table.place_words(line, row - 1);
            self.at_risk.push(AtRisk { user, roles, file, row, place });
        }
    }

    /// Records what is unknown, and why. `list` shows all roles, as of its time.
    fn note_unknown(
        &mut self,
        unknown: u64,
        answers: &Answers,
        list: Option<&Organization>,
        sources: &Sources<'_>,
    ) {
        let of_list = || list.map(describe_time);
        if sources.is_rehearsal && list.is_none() {
            self.partly = Some(PartlyKnown::Rehearsal);
        } else if unknown > 0 && sources.server.is_none() {
            let people = match unknown > MOST_PROBES as u64 {
                true => PeopleToAsk::Many,
                false => PeopleToAsk::Few,
            };
            self.partly = Some(PartlyKnown::NotAsked { list: of_list(), people });
        } else if unknown > 0 && answers.fixed && answers.trouble.is_none() {
            self.partly = Some(PartlyKnown::Compared { rows: unknown, list: of_list() });
        } else if unknown > 0 {
            let why =
                answers.trouble.clone().map_or(RolesUnanswered::NotSaid, RolesUnanswered::Api);
            self.unknown = Some((unknown, why));
        }
    }

    /// Returns the administrators of one file, for programs; `None` if they are unknown.
    pub(crate) fn of_file(&self, file: &str) -> Option<Vec<AtRisk>> {
        let known = self.unknown.is_none() && self.partly.is_none();
        known.then(|| self.at_risk.iter().filter(|one| one.file == file).cloned().collect())
    }

    /// Describes the first administrators of one file, whose rows an import refuses. Also returns
    /// the number of these rows.
    pub(crate) fn refused_of(
        &self,
        file: &str,
        reporter: &dyn ImportReporter,
    ) -> (Vec<String>, u64) {
        let own = self.at_risk.iter().filter(|one| one.file == file);
        let first = own.map(|one| reporter.words(&Note::IsRefused { risk: &one.words() }));
        (first.collect(), self.by_file.get(file).copied().unwrap_or(0))
    }

    /// Describes what was not compared.
    pub(crate) fn partly_words(&self, reporter: &dyn ImportReporter) -> Option<String> {
        self.partly.as_ref().map(|partly| reporter.words(&Note::PartlyKnown(partly)))
    }

    /// Returns the lines for the head.
    pub(crate) fn lines(&self, reporter: &dyn ImportReporter) -> Vec<String> {
        let mut lines: Vec<String> = self.at_risk.iter().take(SHOWN).map(AtRisk::words).collect();
        if self.rows > SHOWN as u64 {
            lines.push(format!("and {} more", count(self.rows - SHOWN as u64, "row")));
        }
        if let Some((unknown, why)) = &self.unknown {
            let why = reporter.words(&Note::Unanswered(why));
            lines.push(format!("not known for {}: {why}", count(*unknown, "row")));
        }
        lines.extend(self.partly_words(reporter));
        lines
    }

    /// Describes the users who do not exist, for the head; `None` if all exist. `sends` says what
    /// happens with their removals.
    pub(crate) fn not_there_words(
        &self,
        near: &NearNames,
        sends: RemovalOfNobody,
    ) -> Option<String> {
        let all = &self.not_there;
        let more = if all.len() > SHOWN {
            format!(" and {} more", all.len() - SHOWN)
        } else {
            String::new()
        };
        let named = |name: &String| match near.of(name).as_slice() {
            [] => visible(name).into_owned(),
            perhaps => {
                let perhaps = perhaps.iter().map(ToString::to_string).collect();
                visible(&NearName { user: name.clone(), perhaps }.to_string()).into_owned()
            }
        };
        let names = all.iter().take(SHOWN).map(named).collect::<Vec<_>>().join(", ");
        (!all.is_empty()).then(|| {
            let then = match sends {
                RemovalOfNobody::Sent => {
                    "The removal is sent in case the account is disabled: the API does not show \
                     disabled accounts"
                }
                RemovalOfNobody::NotSent => "Not sent unless an earlier row creates such a user",
            };
            format!("{names}{more}: there is no active user of that name. {then}")
        })
    }

    /// Describes the risk: `2 rows take roles from administrators: root@x.com (staff.csv, line 3)
    /// would lose _org_admin; …`.
    pub(crate) fn risk_words(&self) -> Option<String> {
        let takes = if self.rows == 1 { "takes" } else { "take" };
        let named: Vec<String> = self.at_risk.iter().take(SHOWN).map(AtRisk::words).collect();
        let more = if self.rows > SHOWN as u64 {
            format!("; and {} more", count(self.rows - SHOWN as u64, "row"))
        } else {
            String::new()
        };
        (self.rows > 0).then(|| {
            format!(
                "{} {takes} roles from administrators: {}{more}",
                count(self.rows, "row"),
                named.join("; ")
            )
        })
    }
}

impl AtRisk {
    /// Describes one administrator: `root@x.com (staff.csv, line 3) would lose _org_admin`.
    fn words(&self) -> String {
        format!(
            "{} ({}, {}) would lose {}",
            self.user,
            self.file,
            self.place,
            self.roles.join(", ")
        )
    }
}

impl Answers {
    /// Asks who holds the fixed roles, about these users, and who administers groups that are
    /// deleted.
    async fn ask(
        &mut self,
        client: &Client,
        asked: &AskedAbout,
        names: &ProtectedNames<'_>,
    ) -> Result<(), ImportError> {
        self.fixed = self.ask_roles(client, FIXED_ROLES.map(str::to_owned)).await?;
        for Inquired { name, domain: asked_domain, account, row } in &asked.people {
            let asked_for = UserRef { name, domain: Some(asked_domain), account: *account };
            let domain = if *account == AccountKind::Adobe {
                Some("AdobeID")
            } else {
                Some(asked_domain.as_str())
                    .filter(|domain| !domain.is_empty() && !name.contains('@'))
            };
            match client.user(name, domain).await {
                Ok(user) => {
                    self.known.insert(NameHash::user(name, asked_domain));
                    if user.is_none() && row.is_some() {
                        self.probed.add_absent(asked_for);
                        self.not_there.push(name.clone());
                    }
                    if let Some(user) = &user {
                        self.probed.add_found(asked_for, user);
                    }
                    if let Some(user) = &user {
                        let asked = (name.clone(), asked_domain.clone());
                        self.take(asked, user, row.as_ref(), names.protected);
                    }
                }
                Err(error @ ApiError::Credentials(_)) => return Err(error.into()),
                Err(error) if names.are_unknown() => {
                    let what = format!("the user `{name}`");
                    return Err(ProtectError::not_fetched(what, error).into());
                }
                Err(error) => {
                    // If the server does not answer one question, it will not answer a hundred.
                    self.trouble = Some(error);
                    break;
                }
            }
        }
        self.ask_roles(client, asked.roles_of_groups.iter().cloned()).await?;
        Ok(())
    }

    /// Asks who has each of these roles. Returns whether all answers came.
    async fn ask_roles(
        &mut self,
        client: &Client,
        roles: impl IntoIterator<Item = String>,
    ) -> Result<bool, ImportError> {
        for role in roles {
            match client.members(&role).await {
                Ok(members) => {
                    for member in members {
                        let names =
                            [(member.email, String::new()), (member.username, member.domain)];
                        self.holders.add(&names, [role.as_str()]);
                    }
                }
                // Nobody has the role.
                Err(ApiError::NoSuchGroup(_)) => {}
                Err(error @ ApiError::Credentials(_)) => return Err(error.into()),
                Err(error) => {
                    self.trouble = Some(error);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Adds the server's answer about a user who would lose something. The user's other names may
    /// be protected.
    fn take(
        &mut self,
        asked: UserSpelling,
        user: &ApiUser,
        row: Option<&RowLoss>,
        protected: &Protected,
    ) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let names =
            [(text(&user.email), String::new()), (text(&user.username), text(&user.domain)), asked];
        if let Some(row) = row.filter(|_| protected.line_of_any(&names[..2]).is_some()) {
            self.protected.insert(row.loss.key());
            return;
        }
        self.holders.add(
            &names,
            user.groups
                .iter()
                .map(String::as_str)
                .filter(|name| crate::change::is_administrative(name)),
        );
    }
}
