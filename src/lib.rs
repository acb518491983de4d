//! keyward finds API keys that leaked into a repository and says what to do about each.

pub mod cli;
pub mod model;
pub mod rules;
