//! The store that several computers share: where it is named, and where its password is.

use super::error::CliError;
use crate::import::access::Owner;
use crate::import::shared_store::SharedStore;
use crate::store::{AddressOwner, PasswordPlaces, StoreAddress};
use std::ffi::OsString;
use std::path::PathBuf;

/// Refuses an address with a password: commands are shown and recorded, so others could read it.
///
/// # Errors
/// When it has one.
pub(super) fn check_address(address: &str) -> Result<(), CliError> {
    match StoreAddress::has_password(address) {
        true => Err(CliError(
            "the address of the store has a password, which others could read: remove it there, \
             and put it into ~/.pgpass or another file (PGPASSFILE, or ?passfile=FILE at the end \
             of the address), or into PGPASSWORD"
                .to_owned(),
        )),
        false => Ok(()),
    }
}

/// Refuses a password in an address that was typed, before any message repeats the typed words.
///
/// # Errors
/// When there is one.
pub(super) fn check_typed(typed: &[OsString]) -> Result<(), CliError> {
    let words: Vec<_> = typed.iter().map(|word| word.to_string_lossy()).collect();
    let following = words.windows(2).filter(|pair| pair[0] == "--store").map(|pair| &*pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--store="));
    following.chain(joined).try_for_each(check_address)
}

/// Whether it says that there is no store, although a setting names one.
pub(super) fn is_no_store(address: &str) -> bool {
    address.trim() == "none"
}

/// Returns the store that is named.
///
/// # Errors
/// When its address cannot be used.
pub(super) fn shared_store(address: &str, owner: Owner) -> Result<SharedStore, CliError> {
    let usual = || dirs::home_dir().map(|home| home.join(".pgpass"));
    let places = PasswordPlaces {
        owner: match owner {
            Owner::User => AddressOwner::User,
            Owner::Folder => AddressOwner::Folder,
        },
        variable: std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()),
        file: std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(usual),
    };
    let address = StoreAddress::parse(address.trim(), &places);
    address.map(SharedStore::at).map_err(|error| CliError(error.to_string()))
}
