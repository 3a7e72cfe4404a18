//! `umbulk sandbox`: an organization on this computer, until it is stopped.

use super::args::{ReadArgs, SandboxArgs};
use super::exit::{Exit, Failure};
use super::files::Input;
use super::{give, say};
use crate::change::Change;
use crate::sandbox::{Directory, Group, Limits, Options, Sandbox, User};
use crate::table::RowBuffer;
use crate::umapi::Rate;
use std::path::Path;
use std::time::Duration;

/// Fixed, so that two sandboxes with as many users hold the same ones.
const SEED: u64 = 1;

pub(crate) fn run(args: &SandboxArgs) -> Result<Exit, Failure> {
    let mut directory = Directory::made_up(args.users, SEED);
    if let Some(path) = &args.seed {
        seed(&mut directory, path)?;
    }
    let rates = args.rate.clone().unwrap_or_default();
    let limit = |rate: &Option<Rate>| rate.as_ref().map(|rate| (rate.requests, rate.window));
    let options = Options {
        port: args.port,
        limits: Limits { action: limit(&rates.action), users: limit(&rates.users), groups: limit(&rates.groups) },
        latency: Duration::from_millis(args.latency),
        ..Options::default()
    };
    let (users, groups) = (directory.users().count(), directory.groups().count());
    let sandbox = Sandbox::start(options.clone(), directory)?;
    give(&format!(
        "UMAPI_URL={}\nUMAPI_AUTH_HOST={}\nUMAPI_CLIENT_ID={}\nUMAPI_CLIENT_SECRET={}\nUMAPI_ORG_ID={}\n",
        sandbox.url(),
        sandbox.auth_host(),
        options.client_id,
        options.client_secret,
        options.org_id
    ))?;
    say(&format!(
        "an organization with {users} users and {groups} groups; its state is at {}/sandbox/state. Ctrl-C stops it.",
        sandbox.auth_host()
    ));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())?;
    sandbox.shutdown();
    Ok(Exit::Good)
}

/// Puts the users and groups of a table into the organization: everybody it would create, with the groups that it names.
fn seed(directory: &mut Directory, path: &Path) -> Result<(), Failure> {
    let input = Input::open(path, &ReadArgs::default(), &std::env::temp_dir(), false)?;
    let reading = input.reading();
    let mut buffer = RowBuffer::default();
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            match reading.examine(&block, index, &mut buffer) {
                Some(Ok(Change::User(user))) => {
                    for group in user.add.iter().filter(|group| !group.starts_with('_')) {
                        directory.add_group(Group::user_group(group));
                    }
                    let mut seeded = User::assumed(&user.user, user.domain.as_deref(), user.adobe_id);
                    if let Some(create) = &user.create {
                        seeded.firstname = create.firstname.as_deref().unwrap_or_default().to_owned();
                        seeded.lastname = create.lastname.as_deref().unwrap_or_default().to_owned();
                        seeded.country = create.country.as_deref().unwrap_or_default().to_owned();
                        seeded.email = create.email.to_string();
                    }
                    seeded.groups.extend(user.add.iter().map(ToString::to_string));
                    directory.add_user(seeded);
                }
                Some(Ok(Change::Group(group))) => directory.add_group(Group::user_group(&group.group)),
                Some(Err((code, message))) => say(&format!("{}: row left out: {code}: {message}", input.table.name())),
                None => {}
            }
        }
    }
    Ok(())
}
