//! `umbulk check`: tests credentials, organization and clock.

use crate::cli::args::commands::CheckArgs;
use crate::cli::error::CliError;
use crate::cli::say::print_out;
use crate::cli::terminal::Terminal;
use crate::cli::words::api_words;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::connection::Connection;
use crate::umapi::ApiError;

pub(crate) fn run(args: &CheckArgs, access: Access) -> Result<Exit, CliError> {
    let connection = Connection::prepare(&args.connect.config(access), &Terminal::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let skew = runtime.block_on(async {
        connection.client.authenticate().await?;
        print_out(&format!("credentials   good: got a token; {}\n", connection.describe()))?;
        // A user who certainly does not exist: the response shows that key and organization belong
        // together, and the question counts as one of 25 reads a minute.
        connection.client.user("umbulk-check@example.invalid", None).await.map_err(|error| {
            match error {
                ApiError::NoAnswer(cause) => {
                    CliError(format!("{}: {cause}. Try again later", connection.host))
                }
                error @ ApiError::WaitTooLong { .. } => {
                    let cause = api_words(&error);
                    CliError(format!("{}: {cause}. Try again later", connection.host))
                }
                error => error.into(),
            }
        })?;
        print_out(&format!(
            "organization  good: {} at {}\n",
            connection.organization, connection.host
        ))?;
        Ok::<_, CliError>(connection.client.clock_skew())
    })?;
    match skew {
        Some(seconds) if seconds.abs() > 60 => {
            print_out(&format!(
                "clock         wrong: {seconds} s off the server's clock. Set the clock: umbulk \
                 keeps the limits by it\n"
            ))?;
            return Ok(Exit::SomeRows);
        }
        Some(seconds) => {
            print_out(&format!(
                "clock         good: {} s off the server's clock\n",
                seconds.abs()
            ))?;
        }
        None => print_out("clock         unknown: the server does not send the time\n")?,
    }
    Ok(Exit::Good)
}
