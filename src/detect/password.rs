//! Passwords inside URLs: the one kind of secret that has no shape of its own.
//!
//! `postgres://app:…@db.example/` holds a secret, and so do thousands of `docker-compose.yml` whose "secret" is `postgres`. A password
//! counts when it is neither a variable, nor a word everybody uses, nor a copy of the user name, and when the host is not this machine.

use regex::bytes::Captures;

/// Passwords of tutorials, compose files and test suites.
const DEFAULTS: [&str; 50] = [
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
    "p@ssw0rd",
    "passw0rd",
    "password1",
    "password123",
    "mypassword",
    "mypass",
    "yourpassword",
    "token",
    "key",
    "bar",
    "baz",
    "foobar",
    "db_password",
    "dbpass",
    "bitnami",
    "airflow",
    "minioadmin",
    "s3cr3t",
    "s3cret",
    "p4ssw0rd",
];
/// Parts of names that stand for a password instead of being one.
const STAND_INS: [&str; 17] = [
    "password",
    "passwd",
    "your",
    "example",
    "changeme",
    "placeholder",
    "xxxx",
    "****",
    "....",
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
const LOCAL_HOSTS: [&str; 22] = [
    "localhost",
    "127.",
    "0.0.0.0",
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
    let group = |name: &str| {
        captures.name(name).map_or_else(String::new, |found| String::from_utf8_lossy(found.as_bytes()).to_lowercase())
    };
    let (user, password, host) = (group("user"), group("secret"), group("host"));
    let is_variable = password.starts_with(['$', '{', '<', '%', '[', '(', '@', ':', '*', '#', '\'', '"', '.'])
        && !password.starts_with("%2")
        || STAND_INS.iter().any(|part| password.contains(part))
        || (password.contains('{') && password.contains('}'));
    let is_default = DEFAULTS.contains(&password.as_str()) || password == user;
    // `foo:bar@`: neither digits nor length, as in examples.
    let is_trivial = password.len() < 6 || password.bytes().all(|byte| byte == password.as_bytes()[0]);
    !is_variable && !is_default && !is_trivial && !is_local(&host)
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
