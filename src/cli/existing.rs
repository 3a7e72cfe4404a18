//! Who of an exported list is there, where nobody has asked for a comparison: an edited cell that is not applied must be said all the same.
//!
//! A stored list tells, if there is a young one; else the server, for a small file. All rows are sent as they are.

use super::config::Environment;
use super::connect::{Connection, state_dir};
use super::exit::Failure;
use super::files::{Input, count};
use super::import::Prepared;
use super::known::{Looked, Sends, compare, stored_list};
use super::progress::Questions;
use super::{args::KnownArgs, interrupted, say};
use crate::change::{Change, Stated};
use crate::organization::{Organization, SentSince, Store};
use crate::table::RowBuffer;
use crate::umapi::{ApiError, Client, Query};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// People who are asked about one by one: the server takes 25 such questions a minute.
const MOST_PROBES: usize = 50;
/// A packed list that is larger is not read without somebody asking for it.
const MOST_BYTES: u64 = 16 << 20;

/// The stored list of the organization, if it is young and not large.
pub(crate) fn stored(environment: &Environment, max_age: Duration) -> Option<Looked> {
    let (organization, host) = Connection::place(environment).ok()?;
    let store = Store::open(&state_dir()?, &organization, &host);
    let users = store.latest(&Query::Users { domain: None, direct: true }).ok()??;
    let age = Duration::try_from(Timestamp::now().duration_since(users.at)).ok()?;
    if age > max_age || std::fs::metadata(&users.path).ok()?.len() > MOST_BYTES {
        return None;
    }
    let since = SentSince::read(&store, users.at, Timestamp::now(), None).ok()?;
    let mut looked = stored_list(&users, store.latest(&Query::Groups).ok()?.as_ref(), None).ok()?;
    looked.bring_in(&since).ok()?;
    Some(looked)
}

/// Asks the server about the people of exported lists of which nothing is known, where they are few.
pub(crate) fn probe(prepared: &mut [Prepared], args: &KnownArgs, questions: Questions<'_>) -> Result<(), Failure> {
    for one in prepared.iter_mut().filter(|one| one.input.known.is_none() && one.input.table.is_exported()) {
        let name = one.input.table.name().to_owned();
        let Some(people) = people(&one.input)? else {
            say(&format!(
                "note: {name} is an exported list: names, countries and other details of existing users are neither changed nor compared (--skip-unchanged compares them)"
            ));
            continue;
        };
        if people.is_empty() {
            continue;
        }
        say(&format!("note: {name} is an exported list: {} asked about first", are(people.len())));
        let asked = questions.ask("asking for existing users", async {
            tokio::select! {
                asked = ask(&people, questions.client) => asked.map_err(|error| error.to_string()),
                () = interrupted() => Err("interrupted".to_owned()),
            }
        });
        match asked {
            Ok(organization) => {
                let looked = Looked { organization: Arc::new(organization), list: None, groups: None, touched: Vec::new() };
                compare(&mut [&mut one.input], &looked, args, Sends::Everything)?;
            }
            Err(why) if why == "interrupted" => return Err(Failure("interrupted: nothing was sent".to_owned())),
            Err(why) => {
                say(&format!("note: the server could not be asked about existing users ({why}): what differs from the file is not known"));
            }
        }
    }
    Ok(())
}

fn are(people: usize) -> String {
    if people == 1 { "1 person is".to_owned() } else { format!("{} are", count(people as u64, "people").replace("peoples", "people")) }
}

/// A name by which somebody may be found: email or username, and domain.
type Name = (String, Option<String>);

/// The names of each person whom a row of the list would create; `None`: too many to ask about.
fn people(input: &Input) -> Result<Option<BTreeSet<Vec<Name>>>, Failure> {
    let reading = input.reading();
    let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
    let mut people = BTreeSet::new();
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let Ok(cells) = block.cells(index, &mut buffer) else { continue };
            let stated = Stated::of(&cells, true);
            if !stated.is_exported() {
                continue;
            }
            let Some(Ok(Change::User(user))) = reading.examine(&block, index, &mut other) else { continue };
            let Some(create) = &user.create else { continue };
            let adobe = user.adobe_id.then(|| "AdobeID".to_owned());
            let mut names = vec![(create.email.to_string(), adobe)];
            if user.user != create.email {
                names.push((user.user.to_string(), user.domain.as_ref().map(ToString::to_string)));
            }
            people.insert(names);
            if people.len() > MOST_PROBES {
                return Ok(None);
            }
        }
    }
    Ok(Some(people))
}

/// Asks about everybody by each name until one is found.
async fn ask(people: &BTreeSet<Vec<Name>>, client: &Client) -> Result<Organization, ApiError> {
    let mut organization = Organization::of_probes("the server", Timestamp::now());
    for names in people {
        for (name, domain) in names {
            match client.user(name, domain.as_deref()).await? {
                Some(user) => {
                    organization.add(&user.listed());
                    break;
                }
                None => organization.add_absent(name, domain.as_deref()),
            }
        }
        // An edited type makes another account of one that is there.
        if let [(email, Some(_)), ..] = names.as_slice()
            && let Some(user) = client.user(email, None).await?
        {
            organization.add(&user.listed());
        }
    }
    Ok(organization)
}
