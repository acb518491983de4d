//! Standard input as one text.

use std::{
    io::{self, Read},
    sync::mpsc,
    time::Duration,
};

use crate::model::SkipReason;

/// Why standard input could not be used.
#[derive(Debug)]
pub enum Refusal {
    /// It is longer than allowed, or took longer than allowed.
    Skipped(SkipReason),
    /// Reading failed.
    Failed(io::Error),
}

/// Reads everything, up to `limit` bytes and for at most `time`.
///
/// # Errors
/// [`Refusal`], with nothing of what was read: half a text would look like a whole one.
pub fn read(limit: u64, time: Option<Duration>) -> Result<Vec<u8>, Refusal> {
    let (send, receive) = mpsc::channel();
    // A pipe that is never closed cannot be interrupted, so a thread of its own waits for it.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes).map(|_| bytes);
        let _ = send.send(result);
    });
    let result = match time {
        Some(time) => receive.recv_timeout(time).map_err(|_| Refusal::Skipped(SkipReason::TimedOut))?,
        None => receive.recv().map_err(|error| Refusal::Failed(io::Error::other(error)))?,
    };
    let bytes = result.map_err(Refusal::Failed)?;
    if bytes.len() as u64 > limit { Err(Refusal::Skipped(SkipReason::TooLarge)) } else { Ok(bytes) }
}
