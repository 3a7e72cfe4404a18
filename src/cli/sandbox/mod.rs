//! `umbulk sandbox`: an organization on this computer.

use crate::change::{Change, GroupChange, IdentityType, UserChange};
use crate::cli::args::sandbox::{RetryAfterArg, SandboxArgs};
use crate::cli::error::CliError;
use crate::cli::output::check_files;
use crate::cli::say::{print_out, status_line};
use crate::cli::signals::interrupted;
use crate::cli::terminal::Terminal;
use crate::execute::Skip;
use crate::fs::write_atomic;
use crate::import::Exit;
use crate::import::config::ReadConfig;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::input_file::{FileAccess, InputFile};
use crate::number::count;
use crate::sandbox::{
    Directory, Identity, Limits, Mix, Sandbox, SandboxGroup, SandboxOptions, SandboxUser,
};
use crate::shell::shell_words;
use crate::table::RowBuffer;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The default number of made-up user groups.
const TEAMS: usize = 24;

/// Runs an organization on loopback until it is interrupted.
pub(crate) fn run(args: &SandboxArgs) -> Result<Exit, CliError> {
    let outputs = [
        ("--env-file", args.env_file.clone()),
        ("--tls-ca-out", certificate_path(args)),
        ("--log-file", args.log_file.clone()),
    ];
    let outputs = outputs.into_iter().filter_map(|(name, path)| Some((name, path?)));
    check_files(&args.seed, &outputs.collect::<Vec<_>>())?;
    check_no_run_uses(args.state.iter().map(PathBuf::as_path), None)?;
    let origin = SeedSource::new(args)?;
    let state = args.state.clone();
    let sandbox = Sandbox::start_from(options(args), move || origin.directory())?;
    if let (Some((_, pem)), Some(path)) = (sandbox.https(), certificate_path(args)) {
        write_atomic(&path, |file| file.write_all(pem.as_bytes()))?;
    }
    if let Some(path) = &args.env_file {
        let environment = environment(args, &sandbox);
        write_atomic(path, |file| file.write_all(environment.as_bytes()))?;
    }
    say_how_to_use(&sandbox, args.env_file.as_deref());
    serve_until_interrupted(&sandbox)?;
    if let Some(path) = &state {
        write_atomic(path, |file| sandbox.with_directory(|directory| directory.dump(file)))?;
        status_line(&format!("state written: {}", path.display()));
    }
    sandbox.shutdown();
    Ok(Exit::Good)
}

/// Prints what the sandbox has, and how a command finds it.
fn say_how_to_use(sandbox: &Sandbox, env_file: Option<&Path>) {
    let (users, groups) =
        sandbox.with_directory(|directory| (directory.user_count(), directory.groups().count()));
    status_line(&format!(
        "sandbox: {}, {}. Ctrl-C stops it",
        count(users as u64, "user"),
        count(groups as u64, "group")
    ));
    match env_file {
        Some(path) => {
            let file = shell_words([path]);
            status_line(&format!("to use it: umbulk import FILE --env-file {file}"));
            status_line(&format!(
                "its state: curl -H \"Authorization: Bearer $UMBULK_SANDBOX_TOKEN\" \
                 http://{}/sandbox/state (the token is in {file})",
                sandbox.http()
            ));
        }
        None => status_line(
            "to use it, start it with --env-file FILE, and add --env-file FILE to the other \
             commands",
        ),
    }
}

/// Prints the address, and waits until somebody stops the sandbox.
fn serve_until_interrupted(sandbox: &Sandbox) -> Result<(), CliError> {
    let https =
        sandbox.https().map_or_else(String::new, |(address, _)| format!(" https={address}"));
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut end = std::pin::pin!(interrupted());
        // A program that reads this line may end the sandbox at once, so it must listen for signals
        // before.
        tokio::select! {
            biased;
            () = &mut end => return Ok(()),
            () = std::future::ready(()) => print_out(&format!("listening http={}{https}\n",
                sandbox.http()))?,
        }
        end.await;
        Ok::<_, CliError>(())
    })
}

fn options(args: &SandboxArgs) -> SandboxOptions {
    let mut troubles = Mix::default();
    args.fault.iter().for_each(|(trouble, chance)| troubles.set(*trouble, *chance));
    let limits = Limits {
        action: args.limit_action.0,
        users: args.limit_users.0,
        groups: args.limit_groups.0,
        global: args.limit_global.0,
        page0: args.page0.0,
    };
    SandboxOptions {
        host: args.host,
        port: args.port,
        tls_port: Some(args.tls_port),
        limits: if args.no_throttle { Limits::default() } else { limits },
        more_clients: args.client_id.clone(),
        organizations: args.orgs,
        token_life: args.token_life,
        page_size: usize::from(args.page_size),
        latency: Duration::from_millis(args.latency),
        retry_after_date: args.retry_after == RetryAfterArg::Date,
        strict_empty: args.strict_empty,
        narrow_groups: args.narrow_groups,
        troubles,
        seed: args.random_seed,
        log_file: args.log_file.clone(),
        ..SandboxOptions::default()
    }
}

fn certificate_path(args: &SandboxArgs) -> Option<PathBuf> {
    let beside = || args.env_file.as_ref().map(|path| path.with_added_extension("pem"));
    args.tls_ca_out.clone().or_else(beside)
}

/// Returns the variables that direct umbulk and Adobe's own clients to the sandbox. The token
/// service is on HTTPS, because Adobe's clients accept nothing else.
fn environment(args: &SandboxArgs, sandbox: &Sandbox) -> String {
    let options = SandboxOptions::default();
    let host = sandbox.https().map_or_else(|| sandbox.http(), |(address, _)| address);
    let certificate = certificate_path(args).map(|path| std::path::absolute(&path).unwrap_or(path));
    let certificate = certificate.map(|path| path.display().to_string()).unwrap_or_default();
    let mut variables = vec![
        ("UMAPI_URL", format!("https://{host}/v2/usermanagement")),
        ("UMAPI_AUTH_HOST", host.to_string()),
        ("UMAPI_AUTH_ENDPOINT", "/ims/token/v2".to_owned()),
        ("UMAPI_CLIENT_ID", options.client_id),
        ("UMAPI_CLIENT_SECRET", options.client_secret),
        ("UMAPI_ORG_ID", options.org_id),
        ("REQUESTS_CA_BUNDLE", certificate.clone()),
        ("UMBULK_CA_FILE", certificate),
        ("UMBULK_SANDBOX_TOKEN", sandbox.control_token().to_owned()),
    ];
    if args.no_throttle {
        // umbulk need not keep limits that the sandbox does not have.
        variables.push(("UMBULK_RATE", "off".to_owned()));
    }
    let line = |(name, value): (&str, String)| {
        if value.contains(char::is_whitespace) {
            format!("{name}='{value}'\n")
        } else {
            format!("{name}={value}\n")
        }
    };
    variables.into_iter().map(line).collect()
}

/// The sources of the state at the start.
struct SeedSource {
    users: usize,
    groups: usize,
    random_seed: u64,
    seeds: Vec<PathBuf>,
    state: Option<PathBuf>,
    claimed: Vec<(String, Identity)>,
    trusted: Vec<String>,
    technical: usize,
    shadow_adobe_ids: bool,
}

impl SeedSource {
    fn new(args: &SandboxArgs) -> Result<Self, CliError> {
        if let Some(path) = args.state.iter().chain(&args.seed).find(|path| path.is_dir()) {
            return Err(CliError(format!("{} is a folder: name a file", path.display())));
        }
        Ok(Self {
            users: args.users,
            groups: args.groups.unwrap_or(if args.users > 0 { TEAMS } else { 0 }),
            random_seed: args.random_seed,
            seeds: args.seed.clone(),
            state: args.state.clone().filter(|path| path.exists()),
            claimed: args.claimed_domain.clone(),
            trusted: args.trusted_domain.clone(),
            technical: args.technical_accounts,
            shadow_adobe_ids: args.shadow_adobe_ids,
        })
    }

    fn directory(&self) -> io::Result<Directory> {
        let mut directory = Directory::made_up(self.users, self.groups, self.random_seed);
        for path in &self.seeds {
            seed(&mut directory, path).map_err(|CliError(error)| io::Error::other(error))?;
        }
        for number in 1..=self.technical {
            let user = SandboxUser::assumed(
                &format!("technical-account-{number}@techacct.example.com"),
                None,
                false,
            );
            directory.add_user(&SandboxUser { technical: true, ..user });
        }
        if let Some(path) = &self.state {
            File::open(path)
                .and_then(|file| directory.load(BufReader::new(file)))
                .map_err(crate::fs::named(path))?;
        }
        self.claimed.iter().for_each(|(domain, identity)| directory.claim(domain, *identity));
        self.trusted.iter().for_each(|domain| directory.trust(domain));
        if self.shadow_adobe_ids {
            directory.shadow_adobe_ids();
        }
        Ok(directory)
    }
}

/// Adds the users and groups of a table to the organization: all users that the table would create,
/// with its groups. An exported list also has administrators and users without names.
fn seed(directory: &mut Directory, path: &Path) -> Result<(), CliError> {
    let input = InputFile::open_list(
        path,
        &ReadConfig::default(),
        FileAccess::InPlace(&std::env::temp_dir()),
        &Terminal::default(),
    )?;
    let input_rows = input.input_rows();
    let status =
        input.table.header().iter().position(|name| name.trim().eq_ignore_ascii_case("status"));
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            match input_rows.requested_change(&block, index, &mut buffer) {
                Some(Ok(Change::User(user))) => {
                    let status = block
                        .all_cells(index, &mut beside, [status])
                        .map_or("", |(_, [status])| status);
                    let status = serde_json::from_value(status.trim().to_lowercase().into())
                        .unwrap_or_default();
                    directory.add_user(&SandboxUser { status, ..seeded(&user) });
                }
                Some(Ok(Change::Group(group))) => seed_group(directory, &group),
                Some(Err(Skip::Invalid { code, message, .. })) => {
                    status_line(&format!("{}: row skipped: {code}: {message}", input.table.name()));
                }
                Some(Err(
                    Skip::Unchanged { .. }
                    | Skip::Behind(_)
                    | Skip::Decided(_)
                    | Skip::Skipped { .. },
                ))
                | None => {}
            }
        }
    }
    Ok(())
}

fn seed_group(directory: &mut Directory, group: &GroupChange<'_>) {
    let profiles = group.add_profiles.iter().map(ToString::to_string).collect();
    directory.add_group(&SandboxGroup { profiles, ..SandboxGroup::user_group(&group.group) });
    for name in &group.add_users {
        let mut member =
            directory.user(name).unwrap_or_else(|| SandboxUser::assumed(name, None, false));
        member.groups.insert(group.group.to_string());
        directory.add_user(&member);
    }
}

fn seeded(user: &UserChange<'_>) -> SandboxUser {
    let mut seeded = SandboxUser::assumed(&user.user, user.domain.as_deref(), user.adobe_id);
    if let Some(create) = &user.create {
        seeded.identity = match create.identity {
            IdentityType::Adobe => Identity::Adobe,
            IdentityType::Enterprise => Identity::Enterprise,
            IdentityType::Federated => Identity::Federated,
        };
        seeded.firstname = create.firstname.as_deref().unwrap_or_default().to_owned();
        seeded.lastname = create.lastname.as_deref().unwrap_or_default().to_owned();
        seeded.country = create.country.as_deref().unwrap_or_default().to_owned();
        if !create.email.is_empty() {
            seeded.email = create.email.to_string();
        }
    }
    seeded.groups.extend(user.add.iter().map(ToString::to_string));
    seeded
}
