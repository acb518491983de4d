//! Verification: what is asked, what answers mean, and that a key goes nowhere else.

#[cfg(feature = "network")]
mod command;
#[cfg(feature = "network")]
mod doubt;
#[cfg(not(feature = "network"))]
mod offline;
#[cfg(feature = "network")]
mod scan;
#[cfg(feature = "network")]
pub(crate) mod server;
mod tables;
#[cfg(feature = "network")]
mod tls;
#[cfg(feature = "network")]
mod wire;
