//! The store that several computers share: where it is named, and where its password is.

use super::args::runs::StoreArgs;
use super::environment::variable;
use super::error::CliError;
use crate::import::config::ConnectConfig;
use crate::import::reporter::ImportReporter;
use crate::import::shared_lists::fetch_lists_of_others;
use crate::import::shared_store::SharedStore;
use crate::shell::shell_words;
use crate::store::{PasswordPlaces, StoreAddress, StoreError};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// Refuses a password in an address that was typed, before any message repeats the typed words.
///
/// # Errors
/// When there is one.
pub(super) fn check_typed(typed: &[OsString]) -> Result<(), CliError> {
    let words: Vec<_> = typed.iter().map(|word| word.to_string_lossy()).collect();
    let following = words.windows(2).filter(|pair| pair[0] == "--store").map(|pair| &*pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--store="));
    match following.chain(joined).any(StoreAddress::has_password) {
        true => Err(CliError(StoreError::HasPassword.to_string())),
        false => Ok(()),
    }
}

/// Refuses a store that a folder names and its user does not: a store gets the whole list, and says
/// what is done of it. Nor does a folder switch off the store of its user. `place` is where the
/// folder names it, `users` is the store that the user's configuration names, with that file.
///
/// # Errors
/// When the store is not the user's.
pub(super) fn check_folders_store(
    store: &str,
    (place, command): (&str, &str),
    users: Option<&(String, PathBuf)>,
) -> Result<(), CliError> {
    let accepts_none =
        ["import", "sync", "export", "plan", "usage", "undo", "check"].contains(&command);
    match users {
        Some((users, _)) if users.trim() == store.trim() => return Ok(()),
        Some((users, file)) if is_no_store(store) && !is_no_store(users) => {
            let without = if accepts_none { ", or type `--store none`" } else { "" };
            return Err(CliError(format!(
                "{place} is none, and {} names a store. A folder may belong to another person, so \
                 it does not switch off your store: nothing was done. Remove that setting{without}",
                file.display()
            )));
        }
        _ if is_no_store(store) => return Ok(()),
        _ => {}
    }
    let shown = StoreAddress::shown_of(store.trim())
        .map_err(|error| CliError(format!("{place}: {error}")))?;
    let without = if accepts_none { ". `--store none` runs without a store" } else { "" };
    Err(CliError(format!(
        "{place}: a folder may belong to another person, and a store receives people's data, so \
         umbulk uses only one that you name yourself: nothing was done. Type `{}`, set {}, or put \
         `store` into your configuration (config.toml) or a job{without}",
        shell_words(["--store", &shown]),
        variable("store"),
    )))
}

/// Whether it says that there is no store, although a setting names one.
fn is_no_store(address: &str) -> bool {
    address.trim() == "none"
}

/// Returns the store that the options of a command name; `None` if they name none.
///
/// # Errors
/// When its address cannot be used.
pub(super) fn named_store(args: &StoreArgs) -> Result<Option<SharedStore>, CliError> {
    store_at(args.store.as_deref())
}

/// Returns the store at this address; `None` if it says that there is none.
///
/// # Errors
/// When the address cannot be used.
pub(super) fn store_at(address: Option<&str>) -> Result<Option<SharedStore>, CliError> {
    address.filter(|address| !is_no_store(address)).map(shared_store).transpose()
}

/// Lets a command that is no import share the quota with the imports of the store at this address.
/// Returns that store.
///
/// # Errors
/// When the store cannot be used.
pub(super) fn share_quota(
    address: Option<&str>,
    connect: &mut ConnectConfig,
) -> Result<Option<Arc<SharedStore>>, CliError> {
    let store = store_at(address)?.map(Arc::new);
    if let Some(store) = &store {
        store.open(connect.timeout).map_err(|error| {
            CliError(format!("{error}. `--store none` goes without it, and without its limits"))
        })?;
    }
    connect.store.clone_from(&store);
    Ok(store)
}

/// Lets it share the lists as well, after those of other computers are taken in.
///
/// # Errors
/// When the store cannot be used.
pub(super) fn share_quota_and_lists(
    address: Option<&str>,
    connect: &mut ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), CliError> {
    if let Some(store) = share_quota(address, connect)? {
        fetch_lists_of_others(connect, &store, reporter)?;
    }
    Ok(())
}

fn shared_store(address: &str) -> Result<SharedStore, CliError> {
    let usual = || dirs::home_dir().map(|home| home.join(".pgpass"));
    let places = PasswordPlaces {
        variable: std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()),
        file: std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(usual),
    };
    let address = StoreAddress::parse(address.trim(), &places);
    address.map(SharedStore::at).map_err(|error| CliError(error.to_string()))
}
