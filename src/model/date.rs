//! A calendar day, for suppressions that end.
//!
//! Only what that needs: reading `2026-12-31`, comparing, and knowing today in UTC. A time zone would make the same
//! commit pass on one machine and fail on another, and a calendar library would be the largest dependency of the
//! smallest feature.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// A day of the Gregorian calendar; later days are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day with these numbers; `None` when the calendar has no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=9999).contains(&year) && (1..=12).contains(&month);
        (exists && (1..=days_in(year, month)).contains(&day)).then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD`; `None` for any other form and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let well_formed = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !well_formed {
            return None;
        }
        Self::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
    }

    /// Today in UTC. A clock before 1970 counts as 1970.
    #[must_use]
    pub fn today() -> Self {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::after_epoch(passed.as_secs() / SECONDS_PER_DAY)
    }

    /// How many days after 1970-01-01 it is.
    #[must_use]
    pub fn days(self) -> i64 {
        // Years begin in March here, so that the leap day is the last of one (H. Hinnant, "chrono-compatible low-level date algorithms").
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
    }

    /// The day that lies `days` after 1970-01-01; `None` before that day and after the year 9999.
    #[must_use]
    pub fn of_days(days: i64) -> Option<Self> {
        let days = u64::try_from(days).ok().filter(|days| *days < 2_932_897)?;
        Some(Self::after_epoch(days))
    }

    /// The day that lies `days` after 1970-01-01; a clock beyond the year 9999 stays there.
    fn after_epoch(days: u64) -> Self {
        const LAST: Date = Date { year: 9999, month: 12, day: 31 };
        let mut left = days;
        for year in 1970..=9999 {
            let length = if is_leap(year) { 366 } else { 365 };
            if left >= length {
                left -= length;
                continue;
            }
            for month in 1..=12 {
                let length = u64::from(days_in(year, month));
                if left < length {
                    return Self { year, month, day: u8::try_from(left).map_or(1, |left| left + 1) };
                }
                left -= length;
            }
        }
        LAST
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_one_form_only() {
        assert_eq!(Date::parse("2026-12-31").map(|date| date.to_string()).as_deref(), Some("2026-12-31"));
        for wrong in ["2026-2-3", "31.12.2026", "2026-12-31T00:00", "20261231", "+026-12-31", "2026-12-3é", ""] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_date() {
        for wrong in ["2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01"]
        {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse("2024-02-29").is_some() && Date::parse("2000-02-29").is_some());
    }

    #[test]
    fn later_days_are_greater() {
        let day = |text| Date::parse(text).unwrap();
        assert!(day("2026-12-31") < day("2027-01-01"));
        assert!(day("2026-09-30") < day("2026-10-01"));
    }

    #[test]
    fn days_since_the_epoch_become_dates() {
        let text = |days| Date::after_epoch(days).to_string();
        assert_eq!(text(0), "1970-01-01");
        assert_eq!(text(31 + 28), "1970-03-01");
        assert_eq!(text(11_016), "2000-02-29");
        assert_eq!(text(20_453), "2025-12-31");
        assert_eq!(text(20_454), "2026-01-01");
        assert_eq!(text(u64::MAX), "9999-12-31");
    }

    #[test]
    fn days_are_counted_there_and_back() {
        for days in [0, 58, 59, 365, 11_016, 11_017, 19_723, 20_781, 2_932_896] {
            assert_eq!(Date::of_days(days).unwrap().days(), days);
        }
        assert_eq!(Date::parse("2024-02-29").unwrap().days(), 19_782);
        assert_eq!((Date::of_days(-1), Date::of_days(2_932_897)), (None, None));
    }
}
