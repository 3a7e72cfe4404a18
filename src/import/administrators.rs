//! Administrators who would be deleted, or lose a role: found and named before anything is sent.

use crate::execute::{
    FIXED_ROLES, Holders, InputRows, Loss, NameHash, ProbeAnswers, Protected, RowLoss, each_loss,
};
use crate::import::baseline::describe_time;
use crate::import::error::{ImportError, api_words};
use crate::import::first_questions::{AskedAbout, Inquired, Inquiry, MOST_PROBES, is_sure};
use crate::import::questions::Questions;
use crate::number::count;
use crate::organization::Organization;
use crate::reconcile::{NearName, NearNames, UserSpelling};
use crate::umapi::{ApiError, ApiUser, Client};
use crate::visible::visible;
use serde::Serialize;
use std::collections::HashSet;

/// What tells all roles of everybody.
const MAKES_KNOWN: &str = "`umbulk export users` makes them known; so does --online";
/// So many are named on the screen.
const SHOWN: usize = 5;
/// So many are kept.
const KEPT: usize = 1000;

/// An administrator who would lose a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AtRisk {
    /// How she is called.
    user: String,
    /// The roles that she would lose.
    roles: Vec<String>,
    /// The file that says so.
    file: String,
    /// Its data row, from 1.
    row: u64,
}

/// What is known about administrators among those from whom rows take something away.
#[derive(Debug, Default)]
pub(crate) struct Administrators {
    /// The first ones who would lose a role.
    pub(crate) at_risk: Vec<AtRisk>,
    /// How many rows would do that.
    rows: u64,
    /// Rows about people of whom it is not known whether they are administrators, and why.
    pub(crate) unknown: Option<(u64, String)>,
    /// What was not looked at, in words.
    partly: Option<String>,
    /// Who is there and who is not, as the server says.
    pub(crate) probed: ProbeAnswers,
    /// How they are called.
    not_there: Vec<String>,
    /// How many questions the server was asked.
    pub(crate) questions: u64,
}

/// What there is to know from.
pub(crate) struct Sources<'s> {
    /// The files, and their names.
    pub(crate) files: Vec<(InputRows<'s>, String)>,
    /// A list of the organization.
    pub(crate) organization: Option<&'s Organization>,
    /// A stored list, where nothing is compared: what it tells of roles is better than nothing
    /// where nobody can be asked about everybody.
    pub(crate) stored: Option<&'s Organization>,
    /// The server; `None`: nobody is asked.
    pub(crate) server: Option<Questions<'s>>,
    /// Is a row of a file, from 1, still to be sent?
    pub(crate) is_left: &'s (dyn Fn(usize, u64) -> bool + Sync),
    /// A rehearsal's people hold no roles but those of a list.
    pub(crate) is_rehearsal: bool,
}

/// What the server has told.
#[derive(Default)]
struct Answers {
    holders: Holders,
    /// People of whom all roles are known.
    known: HashSet<NameHash>,
    /// The holders of the fixed roles are known.
    fixed: bool,
    probed: ProbeAnswers,
    not_there: Vec<String>,
    /// Why a question was not answered.
    trouble: Option<String>,
}

impl Administrators {
    /// Finds them by an inquiry about these files. Nobody is asked where no row takes a role or a
    /// person away.
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
            asked.say(questions.client, questions.reporter);
            found.questions = asked.questions();
            questions.ask(
                "asking for administrators",
                answers.ask(questions.client, asked, protected),
            )?;
        }
        if !answers.holders.is_empty() {
            answers.holders.spread(inquiry.links(&all_input_rows)?);
        }
        let is_unknown = |loss: &Loss| {
            let is_known = if loss.is_of_a_person() {
                answers.known.contains(&loss.key())
            } else {
                sources.server.is_none() || answers.trouble.is_none()
            };
            list.is_none() && !is_known
        };
        let mut unknown = 0;
        let mut judge = |RowLoss { file, row, loss }: RowLoss| {
            if let Some((user, roles)) = answers.holders.hit(&loss) {
                found.rows += 1;
                if found.at_risk.len() < KEPT {
                    let roles = roles.into_iter().map(ToOwned::to_owned).collect();
                    let file = sources.files[file].1.clone();
                    found.at_risk.push(AtRisk { user: user.to_owned(), roles, file, row });
                }
            } else {
                unknown += u64::from(is_unknown(&loss));
            }
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
        // Of somebody whom an import has changed since, the list does not tell.
        found.note_unknown(unknown, &answers, any_list.filter(|_| !is_unsure), sources);
        (found.probed, found.not_there) = (answers.probed, answers.not_there);
        Ok(found)
    }

    /// What is not known, and why. `list` tells of all roles, as of its time.
    fn note_unknown(
        &mut self,
        unknown: u64,
        answers: &Answers,
        list: Option<&Organization>,
        sources: &Sources<'_>,
    ) {
        let fixed = FIXED_ROLES.join(", ");
        if sources.is_rehearsal && list.is_none() {
            self.partly = Some(
                "nobody holds a role in a rehearsal; use --against FILE to include roles"
                    .to_owned(),
            );
        } else if unknown > 0 && sources.server.is_none() {
            let asks = match (list, unknown > MOST_PROBES as u64) {
                (_, false) => "the import asks the server".to_owned(),
                (Some(_), true) => {
                    format!("for so many people the import asks only who holds {fixed}")
                }
                (None, true) => format!(
                    "for so many people the import asks only who holds {fixed}. {MAKES_KNOWN}"
                ),
            };
            self.partly = Some(match list {
                Some(list) => {
                    format!("checked offline against {} only; {asks}", describe_time(list))
                }
                None => format!("not checked offline: use --against FILE or --online; {asks}"),
            });
        } else if unknown > 0 && answers.fixed && answers.trouble.is_none() {
            let compared = format!(
                "{} {} compared with {fixed}",
                count(unknown, "row"),
                if unknown == 1 { "was" } else { "were" }
            );
            self.partly = Some(match list {
                Some(list) => {
                    format!(
                        "{compared}; other roles are known from {} only. --online compares with \
                         all roles as they are now",
                        describe_time(list)
                    )
                }
                None => format!(
                    "{compared} only. Administrators of products, profiles and user groups are \
                     not known for so many people. {MAKES_KNOWN}"
                ),
            });
        } else if unknown > 0 {
            self.unknown = Some((
                unknown,
                answers.trouble.clone().unwrap_or_else(|| "the server does not say".to_owned()),
            ));
        }
    }

    /// Those of one file, for programs; `None` where they are not known.
    pub(crate) fn of_file(&self, file: &str) -> Option<Vec<AtRisk>> {
        let known = self.unknown.is_none() && self.partly.is_none();
        known.then(|| self.at_risk.iter().filter(|one| one.file == file).cloned().collect())
    }

    /// The same in words.
    pub(crate) fn lines_of(&self, file: &str) -> Vec<String> {
        let own = self.at_risk.iter().filter(|one| one.file == file);
        own.map(|one| format!("{}: the import refuses that without --allow-admins", one.words()))
            .chain(self.partly.clone())
            .collect()
    }

    /// Lines for the head.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.at_risk.iter().take(SHOWN).map(AtRisk::words).collect();
        if self.rows > SHOWN as u64 {
            lines.push(format!("and {} more", count(self.rows - SHOWN as u64, "row")));
        }
        if let Some((unknown, why)) = &self.unknown {
            lines.push(format!("not known for {}: {why}", count(*unknown, "row")));
        }
        lines.extend(self.partly.clone());
        lines
    }

    /// Why nothing is sent while nobody knows whether people who lose something are administrators;
    /// `None` where it is known.
    pub(crate) fn unknown_words(&self) -> Option<String> {
        let (rows, why) = self.unknown.as_ref()?;
        let takes = if *rows == 1 { "takes" } else { "take" };
        Some(format!(
            "{} {takes} access away from people who may be administrators, and the server did not \
             say who is one ({why}): nothing was sent. Try again later, or use --against \
             users.csv with a fresh list (`umbulk export users`). To send the rows anyway, use \
             --allow-admins",
            count(*rows, "row")
        ))
    }

    /// Who is not there, for the head; `None` where everybody is.
    pub(crate) fn not_there_words(&self, near: &NearNames) -> Option<String> {
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
            format!(
                "{names}{more}: there is no active user of that name. Unless an earlier row \
                 creates one, nothing is removed"
            )
        })
    }

    /// `2 rows take roles from administrators: root@x.com (staff.csv, row 3) would lose _org_admin;
    /// …`
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
    /// `root@x.com (staff.csv, row 3) would lose _org_admin`
    fn words(&self) -> String {
        format!(
            "{} ({}, row {}) would lose {}",
            self.user,
            self.file,
            self.row,
            self.roles.join(", ")
        )
    }
}

impl Answers {
    /// Asks for the holders of the fixed roles, for these people, and for the administrators of
    /// groups that are deleted.
    async fn ask(
        &mut self,
        client: &Client,
        asked: &AskedAbout,
        protected: &Protected,
    ) -> Result<(), ImportError> {
        self.fixed = self.ask_roles(client, FIXED_ROLES.map(str::to_owned)).await?;
        for Inquired { name, domain: asked_domain, adobe, row } in &asked.people {
            let domain = if *adobe {
                Some("AdobeID")
            } else {
                Some(asked_domain.as_str())
                    .filter(|domain| !domain.is_empty() && !name.contains('@'))
            };
            match client.user(name, domain).await {
                Ok(user) => {
                    self.known.insert(NameHash::user(name, asked_domain));
                    if user.is_none() && row.is_some() {
                        self.probed.add_absent(name, asked_domain, *adobe);
                        self.not_there.push(name.clone());
                    }
                    if let Some(user) = &user {
                        self.probed.add_found(name, asked_domain, *adobe, user);
                    }
                    user.iter().try_for_each(|user| {
                        self.take(
                            &(name.clone(), asked_domain.clone()),
                            user,
                            row.as_ref(),
                            protected,
                        )
                    })?;
                }
                Err(error @ ApiError::Credentials(_)) => return Err(error.into()),
                Err(error) => {
                    // Anyone who does not answer once will not answer a hundred times.
                    self.trouble = Some(api_words(&error));
                    break;
                }
            }
        }
        self.ask_roles(client, asked.roles_of_groups.iter().cloned()).await?;
        Ok(())
    }

    /// Asks who holds each of these roles; says whether all of them are known.
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
                // Nobody holds it.
                Err(ApiError::NoSuchGroup(_)) => {}
                Err(error @ ApiError::Credentials(_)) => return Err(error.into()),
                Err(error) => {
                    self.trouble = Some(api_words(&error));
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Takes in what the server says of somebody who would lose something. Her other names may be
    /// protected.
    fn take(
        &mut self,
        asked: &UserSpelling,
        user: &ApiUser,
        row: Option<&RowLoss>,
        protected: &Protected,
    ) -> Result<(), ImportError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let names = [
            (text(&user.email), String::new()),
            (text(&user.username), text(&user.domain)),
            asked.clone(),
        ];
        if let (Some(row), Some(line)) = (row, protected.line_of_any(&names[..2])) {
            return Err(ImportError(format!(
                "row {}: `{}` is {} on the server, who is protected by `{line}`: nothing was \
                 sent. Remove the row, or change the list",
                row.row, asked.0, names[0].0
            )));
        }
        self.holders.add(
            &names,
            user.groups
                .iter()
                .map(String::as_str)
                .filter(|name| crate::change::is_administrative(name)),
        );
        Ok(())
    }
}
