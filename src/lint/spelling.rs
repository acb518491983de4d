//! How names of variables are compared: what people vary without meaning anything by it, and how far two names are apart.
//!
//! Case and separators are noise (`OpenAI-API-Key`), and a slip of the finger is one letter too many, too few, or two in the wrong order.
//! Another letter in its place is often another word, so in short names it counts twice: `OPENAQ_API_KEY` is no slip of `OPENAI_API_KEY`.
//! Nothing here knows any provider.

/// Longer names are made by machines and are compared exactly.
pub(super) const LONGEST: usize = 64;

/// `name` without what carries no meaning: upper case, letters and digits only.
#[must_use]
pub fn squashed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Length of `name` when it is [`squashed`]: names that differ in it by more than the slips that count are told apart without a look at them.
#[must_use]
pub fn letters(name: &str) -> usize {
    name.bytes().filter(u8::is_ascii_alphanumeric).count()
}

/// Which letters and digits occur in a squashed name, a bit for each.
#[must_use]
pub fn signature(letters: &str) -> u64 {
    letters.bytes().fold(0, |bits, byte| bits | 1 << (byte % 64))
}

/// The words of `name` in upper case: what separators and changes of case divide.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = '_';
    for c in name.chars() {
        let begins = before.is_ascii_lowercase() && c.is_ascii_uppercase();
        let divides = !c.is_ascii_alphanumeric();
        if begins || divides {
            words.push(std::mem::take(&mut word));
        }
        if !divides {
            word.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Words that make a name of another variable, however alike the rest is.
const TELLING: [&str; 59] = [
    "ADMIN",
    "ADDRESS",
    "ARN",
    "BASE",
    "BUCKET",
    "CLIENT",
    "COUNT",
    "DEPLOYMENT",
    "DEV",
    "DIR",
    "DOMAIN",
    "EMAIL",
    "ENABLED",
    "ENDPOINT",
    "ENV",
    "FILE",
    "FOLDER",
    "HASH",
    "HEADER",
    "HOST",
    "ID",
    "INDEX",
    "KEYS",
    "LIMIT",
    "LOCAL",
    "MODE",
    "MODEL",
    "NAME",
    "OLD",
    "NEW",
    "ORG",
    "ORGANIZATION",
    "PATH",
    "PORT",
    "PREFIX",
    "PROD",
    "PROJECT",
    "PROXY",
    "PUBLIC",
    "PRIVATE",
    "REGION",
    "SECRETS",
    "STAGING",
    "TEST",
    "TIMEOUT",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VERSION",
    "VAR",
    "VAULT",
    "WEBHOOK",
    "BACKUP",
    "BOT",
    "FALLBACK",
    "TOKENS",
    // Beside Shopify.
    "SPOTIFY",
];

/// Whether `name` has a word that `other` has not and that makes it a different variable, or they differ in digits or in a plural.
#[must_use]
pub fn means_something_else(name: &str, other: &str) -> bool {
    let (ours, theirs) = (words(name), words(other));
    let tells = |ours: &[String], theirs: &[String]| {
        ours.iter().any(|word| TELLING.contains(&word.as_str()) && !theirs.contains(word))
    };
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let (flat, other_flat) = (squashed(name), squashed(other));
    tells(&ours, &theirs)
        || tells(&theirs, &ours)
        || digits(name) != digits(other)
        || flat.strip_suffix('S') == Some(&other_flat)
        || other_flat.strip_suffix('S') == Some(&flat)
}

/// How many slips lie between `a` and `b`: letters left out, put in or exchanged with their neighbour, and letters replaced, each of
/// which costs `replaced`. `None` beyond `most`.
#[must_use]
pub fn distance(a: &str, b: &str, replaced: usize, most: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > most || a.len().max(b.len()) > LONGEST {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = if a[i - 1] == b[j - 1] { 0 } else { replaced };
            row[j] = (last[j - 1] + cost).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|distance| *distance <= most)
}

/// Words that say what kind of thing it is. Short as they are, a slip in one is a slip.
const PLAIN: [&str; 4] = ["API", "KEY", "TOKEN", "SECRET"];
/// A slip in a shorter word makes another word.
const SHORTEST_WORD: usize = 4;

/// Whether one name has all the words of the other and more, or differs in a word too short to be mistyped.
#[must_use]
pub fn have_other_words(name: &str, other: &str) -> bool {
    let (ours, theirs) = (words(name), words(other));
    let lacks = |words: &[String], others: &[String]| words.iter().all(|word| others.contains(word));
    if ours.len() != theirs.len() {
        return lacks(&ours, &theirs) || lacks(&theirs, &ours);
    }
    let is_short = |word: &String| word.len() < SHORTEST_WORD && !PLAIN.contains(&word.as_str());
    ours.iter().zip(&theirs).any(|(ours, theirs)| ours != theirs && is_short(theirs))
}

/// Whether two names of which no provider is known are the same but for a slip: equal without separators and case, or one word of
/// five letters or more that differs by one slip.
#[must_use]
pub fn are_nearly_the_same(a: &str, b: &str) -> bool {
    // A name that begins with an underscore is kept apart on purpose.
    if a == b || a.len().max(b.len()) > LONGEST || a.starts_with('_') != b.starts_with('_') {
        return false;
    }
    if letters(a).abs_diff(letters(b)) > 1 {
        return false;
    }
    let (flat, other) = (squashed(a), squashed(b));
    if flat == other {
        return flat.len() >= 6;
    }
    let (ours, theirs) = (words(a), words(b));
    if ours.len() != theirs.len() || flat.len() < 8 || means_something_else(a, b) {
        return false;
    }
    let mut differing = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs);
    let (Some((one, two)), None) = (differing.next(), differing.next()) else { return false };
    one.len().min(two.len()) >= 5 && distance(one, two, 2, 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_divided_by_separators_and_by_case() {
        assert_eq!(words("OPEN_AI-key"), ["OPEN", "AI", "KEY"]);
        assert_eq!(words("openAiKey__x"), ["OPEN", "AI", "KEY", "X"]);
        assert!(words("__").is_empty());
    }

    #[test]
    fn a_swap_is_one_slip_and_a_replaced_letter_costs_what_is_asked() {
        assert_eq!(distance("OPENIA", "OPENAI", 2, 2), Some(1));
        assert_eq!(distance("OPEANAI", "OPENAI", 2, 2), Some(1));
        assert_eq!(distance("OPENAQ", "OPENAI", 2, 1), None);
        assert_eq!(distance("OPENAQ", "OPENAI", 1, 1), Some(1));
        assert_eq!(distance("", "AB", 1, 2), Some(2));
        assert_eq!(distance("ABC", "XYZW", 1, 2), None);
    }

    #[test]
    fn names_of_unknown_owners_are_alike_only_but_for_one_slip_in_a_long_word() {
        for (a, b) in [
            ("DATABASE_URL", "DATABSE_URL"),
            ("DATABASE_URL", "DATABASEURL"),
            ("SESSION_SECRET", "SESION_SECRET"),
            ("Session_Secret", "SESSION_SECRET"),
        ] {
            assert!(are_nearly_the_same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("DB_HOST", "DB_PORT"),
            ("NEXT_PUBLIC_API_URL", "NEXT_PUBLIC_APP_URL"),
            ("REDIS_KEY", "REDIS_KEYS"),
            ("SERVER1_TOKEN", "SERVER2_TOKEN"),
            ("ACCESS_TOKEN", "ACCESS_TOKENS"),
            ("STRIPE_KEY", "STRIPE_KEY"),
            ("ADMIN_SECRET_VALUE", "USER_SECRET_VALUE"),
            ("A_B", "AB"),
            ("_USER_SECRET", "USER_SECRET"),
        ] {
            assert!(!are_nearly_the_same(a, b), "{a} {b}");
        }
    }
}
