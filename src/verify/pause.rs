//! What passes by waiting, and how long a provider wants to be left alone: `Retry-After`, in seconds or as a date.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Reply;
use crate::model::Date;

/// Whether an answer with this status may be another one in a moment.
pub(super) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// The wait that `reply` asks for at `now`; `None` when it asks for none.
pub(super) fn retry_after(reply: &Reply, now: SystemTime) -> Option<Duration> {
    let text = reply.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = UNIX_EPOCH.checked_add(Duration::from_secs(moment(text)?))?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// Seconds since 1970 of a date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn moment(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, clock, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let date = Date::new(year.parse().ok()?, u8::try_from(month).ok()?, day.parse().ok()?)?;
    let days = u64::try_from(date.days()).ok()?;
    let clock: Vec<u64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = clock[..] else { return None };
    (hours < 24 && minutes < 60 && seconds < 61).then(|| days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |value: &str| {
            let headers = vec![("retry-after".to_owned(), value.to_owned())];
            retry_after(&Reply { status: 429, headers, body: Vec::new() }, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(wait("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0));
        for odd in ["", "soon", "-1", "Sun, 06 Nov 1994 88:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT", "a b c d e GMT"]
        {
            assert_eq!(wait(odd), None, "{odd}");
        }
    }
}
