//! Signals of the system and of the person at the terminal.

use super::say::status_line;

/// A terminal that goes away does not end a run.
pub(crate) async fn ignore_hangups() {
    #[cfg(unix)]
    if let Ok(mut hangups) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
    {
        while hangups.recv().await.is_some() {
            status_line(
                "the terminal went away (SIGHUP): the run goes on. `umbulk status` shows how far \
                 it is, SIGTERM ends it",
            );
        }
    }
}

/// Comes true when somebody presses Ctrl-C, or the system asks the program to end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        let Ok(mut end) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = end.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
