//! How a process that carries out runs of a store is called: its user, its computer and its number.

/// Describes this process for others: `ann@laptop, process 4711`.
pub(crate) fn worker() -> String {
    format!("{}{}", user_here(), std::process::id())
}

/// Returns how the processes of this user are described on this computer.
pub(super) fn user_here() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let user = names.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let user = if user.is_empty() { "somebody".to_owned() } else { user };
    format!("{user}@{}, process ", computer())
}

#[cfg(unix)]
fn computer() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn computer() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "a computer".to_owned())
}
