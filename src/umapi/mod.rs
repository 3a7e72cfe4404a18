//! The User Management API, and nothing of files: wire types, token, client, limiter, retries.

pub mod wire;
