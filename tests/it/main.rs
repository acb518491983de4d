//! The integration tests: one binary, linked once.

mod detect;
mod rules;
