//! Archives: every format in every mode, what hostile ones do, and how a place inside one is told.

mod formats;
mod hostile;
mod modes;
pub(crate) mod pack;
mod reports;
mod same;
