//! One file for each subcommand other than scan; each composes what the stages give and detects nothing itself.

pub mod baseline;
pub mod doctor;
pub mod explain;
pub mod fix;
pub mod hook;
pub mod import;
pub mod inventory;
pub mod merge;
pub mod rules;
pub mod schema;
pub mod verify;
