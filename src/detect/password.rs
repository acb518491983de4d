//! Passwords inside URLs: the one kind of secret that has no shape of its own.
//!
//! `postgres://app:…@db.example/` holds a secret, and so do thousands of `docker-compose.yml` whose "secret" is `postgres`. A password
//! counts when it is neither a variable, nor a word everybody uses, nor a copy of the user name, and when the host is not this machine.

use regex::bytes::Captures;

/// Passwords of tutorials, compose files and test suites.
const DEFAULTS: [&str; 39] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "postgres",
    "mysql",
    "mongo",
    "mongodb",
    "redis",
    "rabbitmq",
    "guest",
    "root",
    "admin",
    "user",
    "username",
    "test",
    "testing",
    "secret",
    "default",
    "changeme",
    "example",
    "demo",
    "dev",
    "local",
    "development",
    "toor",
    "qwerty",
    "letmein",
    "hunter2",
    "sa",
    "token",
    "key",
    "bar",
    "baz",
    "foobar",
    "bitnami",
    "airflow",
    "minioadmin",
    // of Mattermost
    "mostest",
];
/// Words that make a password of tutorials together with those: `pgpass`, `mytokenvalue`.
const BESIDE_DEFAULTS: [&str; 22] = [
    "my", "your", "the", "some", "db", "pg", "sql", "app", "value", "super", "word", "here", "fake", "dummy", "sample",
    "strong", "secure", "safe", "very", "long", "open", "sesame",
];
/// Parts of names that stand for a password instead of being one.
const STAND_INS: [&str; 18] = [
    "password",
    "passwd",
    "your",
    "example",
    "changeme",
    "placeholder",
    "xxxx",
    "****",
    "...",
    "…",
    "redacted",
    "secret",
    "<",
    "${",
    "{{",
    "$(",
    "%s",
    "%(",
];
/// Hosts that exist on the developer's own machine or in documentation only.
const LOCAL_HOSTS: [&str; 23] = [
    "localhost",
    "127.",
    "0.0.0.0",
    // this machine, as a container sees it
    "172.17.0.1",
    "host.docker.internal",
    "db",
    "database",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mssql",
    "redis",
    "valkey",
    "mongo",
    "mongodb",
    "rabbitmq",
    "broker",
    "cache",
    "elasticsearch",
    "minio",
    "proxy",
    "kafka",
];

/// Whether the `secret` group of `captures` can be a real password, given the groups `user` and `host` beside it.
pub(super) fn is_real(captures: &Captures<'_>) -> bool {
    let group = |name: &str| captures.name(name).map_or(&b""[..], |found| found.as_bytes());
    let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
    let (user, password, host) = (lower(group("user")), lower(group("secret")), lower(group("host")));
    let is_variable = password.starts_with(['$', '{', '<', '%', '[', '(', '@', ':', '*', '#', '\'', '"', '.'])
        && !password.starts_with("%2")
        || STAND_INS.iter().any(|part| password.contains(part))
        || (password.contains('{') && password.contains('}'))
        // A regular expression that looks for such URLs.
        || user.contains("[^")
        || password.contains("[^");
    let plain = lower(&unescaped(group("secret")));
    let is_default = is_made_of_words(&plain) || is_made_from(&plain, &user) || is_typed(&plain);
    // `foo:bar@`: neither digits nor length, as in examples.
    let is_trivial = password.len() < 6 || password.bytes().all(|byte| byte == password.as_bytes()[0]);
    !is_variable && !is_default && !is_trivial && !is_local(&host)
}

/// `password` with what `%24` and the like stand for.
fn unescaped(password: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(password.len());
    let mut rest = password;
    while let Some((&byte, following)) = rest.split_first() {
        let digits = following.first_chunk::<2>().filter(|_| byte == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &following[2..] } else { following };
    }
    plain
}

/// `password` with letters for the signs that are taken for their looks: `pa$$word`.
fn spelled(password: &str) -> String {
    let letter = |sign| match sign {
        '$' | '5' => 's',
        '@' | '4' => 'a',
        '0' => 'o',
        '3' => 'e',
        '1' | '!' => 'i',
        other => other,
    };
    password.chars().map(letter).collect()
}

/// Whether `password` is nothing but the usual words, however they are spelled, with a few digits and exclamation marks behind them at most: `pgpass`, `Sup3rS3cret`,
/// `pass123`.
fn is_made_of_words(password: &str) -> bool {
    let password = password.trim_end_matches('!');
    let is_count = |rest: &str| rest.len() < TOGETHER && rest.bytes().all(|byte| byte.is_ascii_digit());
    let text = spelled(password);
    // Where a run of words from the beginning ends.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for start in 0..text.len() {
        if !ends[start] || !text.is_char_boundary(start) {
            continue;
        }
        for word in DEFAULTS.iter().chain(&BESIDE_DEFAULTS).chain(&["_", "-", " "]) {
            if text[start..].starts_with(word) {
                ends[start + word.len()] = true;
            }
        }
    }
    // What is spelled has the length of what is written: letters stand for signs of one byte.
    (1..=password.len()).any(|end| ends[end] && password.get(end..).is_some_and(is_count))
}

/// Whether `password` is the name of the user, or that with a usual word or a few digits behind it: `apppass` of `app`.
fn is_made_from(password: &str, user: &str) -> bool {
    password.strip_prefix(user).is_some_and(|rest| {
        let is_count = rest.len() < TOGETHER && rest.bytes().all(|byte| byte.is_ascii_digit());
        rest.is_empty() || (!user.is_empty() && (is_count || DEFAULTS.contains(&rest)))
    })
}

/// Neighbours on a keyboard.
const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// So many of them in a row were typed.
const TOGETHER: usize = 4;

/// Whether `password` is nothing but keys that lie side by side, such as `qwer1234`.
fn is_typed(password: &str) -> bool {
    password.is_ascii()
        && password.len() >= 2 * TOGETHER
        && password
            .as_bytes()
            .chunks(TOGETHER)
            .all(|keys| std::str::from_utf8(keys).is_ok_and(|keys| ROWS.iter().any(|row| row.contains(keys))))
}

fn is_local(host: &str) -> bool {
    if host.starts_with("[::1]") || host.starts_with("[::ffff:127.") {
        return true;
    }
    let name = host.split([':', '/', ',']).next().unwrap_or(host);
    let reserved =
        ["example.com", "example.org", "example.net", ".example", ".test", ".invalid", ".local", ".localhost"];
    LOCAL_HOSTS.iter().any(|local| name == *local || (local.ends_with('.') && name.starts_with(local)))
        // Services of a Kubernetes cluster end so as well, and are no test.
        || (reserved.iter().any(|suffix| name.ends_with(suffix)) && !name.ends_with(".cluster.local"))
        || name.contains(['$', '{', '<', '%'])
        || matches!(name, "host" | "hostname" | "server" | "example" | "hostname.com" | "host.com" | "domain.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_known_however_it_is_spelled() {
        assert_eq!(unescaped(b"pa%24%24word%2"), b"pa$$word%2");
        assert_eq!(spelled("p@$$w0rd"), "password");
        for words in [
            "p4ssw0rd",
            "s3cr3t",
            "pgpass",
            "Sup3rS3cret",
            "tokenvalue123",
            "pass123",
            "my_db-password1",
            "postgres",
            "open sesame",
            "SecurePass123!",
            "mostest",
        ] {
            assert!(is_made_of_words(&words.to_lowercase()), "{words}");
        }
        for others in ["passage", "pass48213", "k7Qpass", "pg", "", "é", "horse-battery-staple"] {
            assert_eq!(is_made_of_words(&others.to_lowercase()), others == "pg", "{others}");
        }
        assert!(is_typed("asdf1234qwer") && is_typed("qwer1234zx"));
        assert!(is_made_from("app", "app") && is_made_from("apppass", "app") && is_made_from("app123", "app"));
        assert!(!is_made_from("apple-tree-9", "app") && !is_made_from("app48213", "app") && !is_made_from("x", ""));
        assert!(!is_typed("asdf") && !is_typed("asdf1234tree") && !is_typed("a1s2d3f4"));
    }
}
