//! The integration tests: one binary, linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

#[cfg(unix)]
mod action;
mod archives;
mod bundles;
mod detect;
#[cfg(unix)]
mod docs;
#[cfg(feature = "network")]
mod doctor;
mod fix;
#[cfg(unix)]
mod forged;
#[cfg(unix)]
mod formats;
mod git;
mod hidden;
mod history;
mod hook;
mod import;
mod import_gitleaks;
mod inventory;
mod links;
mod lint;
mod merge;
mod no_leak;
mod provenance;
mod quiet;
mod rules;
#[cfg(all(unix, feature = "network"))]
mod samples;
mod sarif;
#[cfg(unix)]
mod scale;
mod scan;
#[cfg(unix)]
mod schemas;
mod shard;
mod support;
mod tidy;
mod tree;
mod verify;
