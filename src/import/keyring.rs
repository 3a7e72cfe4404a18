//! The keyring of the system, where it has one that programs can read without further libraries.

/// The service under which secrets are kept there.
#[cfg(any(target_os = "macos", windows))]
const SERVICE: &str = "umbulk";

/// Returns the secret of an account.
///
/// # Errors
/// When there is none, in words.
#[cfg(any(target_os = "macos", windows))]
pub(super) fn secret_of(account: &str) -> Result<String, String> {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(windows)]
    use windows_native_keyring_store::Store;
    let store = Store::new().map_err(|error| error.to_string())?;
    keyring_core::set_default_store(store);
    let entry = keyring_core::Entry::new(SERVICE, account);
    entry.and_then(|entry| entry.get_password()).map_err(|error| match error {
        keyring_core::Error::NoEntry => {
            format!("it has no entry of the service `{SERVICE}` and the account `{account}`")
        }
        other => other.to_string(),
    })
}

/// Returns the secret of an account.
///
/// # Errors
/// Always: there is no keyring here.
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn secret_of(_: &str) -> Result<String, String> {
    Err("it is read on macOS and Windows only. Use client-secret-file or client-secret-env"
        .to_owned())
}
