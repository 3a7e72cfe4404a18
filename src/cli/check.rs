//! `umbulk check`: tests credentials, organization and clock, and says what is wrong in words.

use crate::cli::args::commands::CheckArgs;
use crate::cli::error::CliError;
use crate::cli::say::print_words;
use crate::cli::store_access::share_quota;
use crate::cli::terminal::Terminal;
use crate::cli::words::api_words;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::connection::Connection;
use crate::umapi::{ApiError, network_advice};
use crate::visible::visible;

/// More than this is a clock that is wrong. A response may take some seconds.
const MOST_SECONDS: u64 = 60;

/// Checks the credentials and the connection.
pub(crate) fn run(args: &CheckArgs, access: Access) -> Result<Exit, CliError> {
    let mut connect = args.connect.config(access);
    if let Some(store) = share_quota(args.store.as_deref(), &mut connect)? {
        print_words(&format!("store         good: {}\n", visible(store.shown())))?;
    }
    let connection = Connection::prepare(&connect, &Terminal::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let checked = runtime.block_on(ask(&connection));
    let skew = connection.client.clock_skew();
    let is_wrong = skew.is_some_and(|seconds| seconds.unsigned_abs() > MOST_SECONDS);
    match checked {
        Ok(()) => {
            print_words(&clock_words(skew))?;
            Ok(if is_wrong { Exit::SomeRows } else { Exit::Good })
        }
        Err(error) => {
            // A wrong clock can be the cause: a token is then refused.
            if is_wrong {
                print_words(&clock_words(skew))?;
            }
            Err(error)
        }
    }
}

/// Asks both servers, and prints what is good.
async fn ask(connection: &Connection) -> Result<(), CliError> {
    let said = |error: ApiError| CliError(api_words(&error));
    connection.client.authenticate().await.map_err(said)?;
    let place = connection.describe();
    print_words(&format!("credentials   good: got a token; {}\n", visible(&place)))?;
    // A user who certainly does not exist: the response shows that key and organization belong
    // together, and the question counts as one of 25 reads a minute.
    let asked = connection.client.user("umbulk-check@example.invalid", None).await;
    asked.map_err(|error| match error {
        ApiError::NoAnswer(cause) if cause.starts_with("no connection") => {
            let advice = network_advice(&cause);
            CliError(format!(
                "{}: {cause}. {advice}. If this host is not the one that you mean, check UMAPI_URL",
                connection.host
            ))
        }
        ApiError::NoAnswer(cause) if cause.ends_with("instead of a response") => CliError(format!(
            "{}: {cause}. Check UMAPI_URL, and whether a proxy or a login page answers in its \
                 place",
            connection.host
        )),
        ApiError::NoAnswer(cause) => {
            CliError(format!("{}: {cause}. Try again later", connection.host))
        }
        error @ ApiError::WaitTooLong { .. } => {
            let cause = api_words(&error);
            CliError(format!("{}: {cause}. Try again later", connection.host))
        }
        error => said(error),
    })?;
    let organization = visible(&connection.organization);
    print_words(&format!("organization  good: {organization} at {}\n", connection.host))
}

/// Describes how far the clock of this computer is off.
fn clock_words(skew: Option<i64>) -> String {
    let Some(seconds) = skew else {
        return "clock         unknown: the server does not send the time\n".to_owned();
    };
    let off = seconds.unsigned_abs();
    if off <= MOST_SECONDS {
        return format!("clock         good: {off} s off the server's clock\n");
    }
    let side = if seconds > 0 { "behind" } else { "ahead" };
    format!(
        "clock         wrong: {off} s off the server's clock: this computer is {side}. Set its \
         clock: umbulk keeps the limits by it, and a token can be refused\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_told_with_its_side() {
        assert!(
            clock_words(Some(-7200))
                .contains("7200 s off the server's clock: this computer is ahead")
        );
        assert!(clock_words(Some(7200)).contains("this computer is behind"));
        assert!(clock_words(Some(-60)).contains("good: 60 s off"));
        assert!(clock_words(None).contains("unknown"));
    }
}
