//! The integration tests: one binary, linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

mod detect;
mod hook;
mod no_leak;
mod quiet;
mod rules;
mod scan;
mod support;
mod tidy;
