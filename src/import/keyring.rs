//! The keyring of the system, where it has one that programs can read without further libraries.

/// The service under which secrets are kept there.
#[cfg(any(target_os = "macos", windows))]
const SERVICE: &str = "umbulk";

/// Why the keyring has no secret of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyringError {
    #[cfg(any(target_os = "macos", windows))]
    #[error("it has no entry of the service `{SERVICE}` and the account `{0}`")]
    NoEntry(String),
    /// What the keyring itself says.
    #[cfg(any(target_os = "macos", windows))]
    #[error("{0}")]
    Keyring(String),
    #[cfg(not(any(target_os = "macos", windows)))]
    #[error("it is read on macOS and Windows only. Use client-secret-file or client-secret-env")]
    NotReadHere,
}

/// Returns the secret of an account.
///
/// # Errors
/// When there is none, or the keyring does not give it.
#[cfg(any(target_os = "macos", windows))]
pub(super) fn secret_of(account: &str) -> Result<String, KeyringError> {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(windows)]
    use windows_native_keyring_store::Store;
    let refused = |error: keyring_core::Error| match error {
        keyring_core::Error::NoEntry => KeyringError::NoEntry(account.to_owned()),
        other => KeyringError::Keyring(other.to_string()),
    };
    keyring_core::set_default_store(Store::new().map_err(refused)?);
    let entry = keyring_core::Entry::new(SERVICE, account);
    entry.and_then(|entry| entry.get_password()).map_err(refused)
}

/// Returns the secret of an account.
///
/// # Errors
/// Always: there is no keyring here.
#[cfg(not(any(target_os = "macos", windows)))]
pub(super) fn secret_of(_: &str) -> Result<String, KeyringError> {
    Err(KeyringError::NotReadHere)
}
