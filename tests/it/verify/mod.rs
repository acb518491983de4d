//! Verification: what is asked, what answers mean, and that a key goes nowhere else.

mod command;
mod scan;
pub(crate) mod server;
mod tables;
