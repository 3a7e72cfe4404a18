//! The User Management API, and nothing of files: wire types, token, client, limiter, retries.
//!
//! In: commands. Out: what the server answered, or that no answer came and whether the request may have been carried out.
//! Promised: no request goes out before the limiter allows it, on any attempt; a pause that the server asks for holds everybody;
//! secrets are never printed.

mod answer;
mod blot;
mod body;
mod client;
mod clock;
mod credentials;
mod error;
mod limiter;
mod listing;
mod members;
mod owner;
mod pace;
mod pages;
mod rate;
pub mod retry;
mod sends;
mod spoken;
mod token;
mod transport;
mod user;
mod window;
pub mod wire;

#[cfg(test)]
pub(crate) use body::Sent;
pub use client::{ActionRequest, Client, Mark, Options, Traffic};
pub use credentials::{Credentials, Endpoints};
pub use error::{ActError, ApiError, RefusalScope};
pub use limiter::{Wait, WaitReason};
pub use listing::{GroupPage, ListedGroup, ListedUser, Page, Query, UserPage};
pub use members::Member;
pub use pace::Pace;
pub use rate::{Class, Rate, Rates};
#[cfg(test)]
pub(crate) use transport::{OutgoingRequest, Sending, Transport, TransportError};
pub use user::User;
pub use wire::Answer;
