//! The Action: the steps of `action.yml`, run as the runner of GitHub Actions would run them, on repositories with and without a key.
//!
//! `runner` knows what of GitHub's language `action.yml` may use and refuses the rest, so that what these tests see is what happens there. The keyward
//! they run is the one that is tested, on PATH.

mod document;
mod events;
mod hostile;
mod install;
mod origin;
mod page;
mod reports;
mod runner;
mod wiring;

pub(super) use origin::Origin;
pub(super) use runner::{Outcome, Runner};
