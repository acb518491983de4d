//! What a configuration allows: the noun between `config`, which reads it, and `suppress`, which applies it.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use globset::GlobMatcher;

use super::Fingerprint;

/// One `[[allow]]` entry. All conditions that are given must hold.
#[derive(Clone, Debug)]
pub struct Allow {
    /// A rule, a provider or a group.
    pub rule: Option<String>,
    /// Paths, relative to the repository root.
    pub path: Option<GlobMatcher>,
    /// The finding or its secret.
    pub fingerprint: Option<Fingerprint>,
    /// Why it is allowed.
    pub reason: String,
    /// Last day on which it is.
    pub expires: Option<Date>,
    /// Line of the entry in the configuration file, from 1.
    pub line: u32,
    /// Whether the rules it speaks of take part in this run; when not, matching nothing means nothing.
    pub checked: bool,
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` when it is not a day that exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u16>().ok()
        };
        let (year, month, day) = (number(4)?, u8::try_from(number(2)?).ok()?, u8::try_from(number(2)?).ok()?);
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// Today in UTC.
    #[must_use]
    pub fn today() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        Self::from_days(seconds / 86_400)
    }

    /// The day that many days after 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    fn from_days(days: u64) -> Self {
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let small = |number: u64| u8::try_from(number).expect("months and days are small");
        Self { year: u16::try_from(year).unwrap_or(u16::MAX), month: small(month), day: small(day) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist_are_read_and_others_are_not() {
        assert_eq!(Date::parse("2026-11-24").map(|date| date.to_string()).as_deref(), Some("2026-11-24"));
        assert!(Date::parse("2024-02-29").is_some());
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-01", "26-01-01", "2026-01-00", "tomorrow", "2026-01-01-01"] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_since_the_epoch_become_dates_in_order() {
        assert_eq!(Date::from_days(0).to_string(), "1970-01-01");
        assert_eq!(Date::from_days(19_782).to_string(), "2024-02-29");
        assert!(Date::from_days(20_000) < Date::from_days(20_001));
    }
}
