//! `umbulk check`: are credentials, organization and clock right?

use super::args::CheckArgs;
use super::config::Environment;
use super::connect::Connection;
use super::exit::{Exit, Failure};
use super::give;

pub(crate) fn run(args: &CheckArgs, environment: &Environment) -> Result<Exit, Failure> {
    let connection = Connection::prepare(&args.connect, environment)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let skew = runtime.block_on(async {
        connection.client.authenticate().await?;
        give(&format!("credentials   good: the token was given; they come {}\n", connection.describe()))?;
        // A user who is surely not there: the answer shows that key and organization fit, and costs one of 25 reads a minute.
        connection.client.user("umbulk-check@example.invalid", None).await?;
        give(&format!("organization  good: {} at {}\n", connection.organization, connection.host))?;
        Ok::<_, Failure>(connection.client.clock_skew())
    })?;
    match skew {
        Some(seconds) if seconds.abs() > 60 => {
            give(&format!("clock         wrong: {seconds} s off the server's. Set it: the limits are kept by it\n"))?;
            return Ok(Exit::SomeRows);
        }
        Some(seconds) => give(&format!("clock         good: {} s off the server's\n", seconds.abs()))?,
        None => give("clock         the server does not say the time\n")?,
    }
    Ok(Exit::Good)
}
