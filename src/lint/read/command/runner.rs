//! Programs that bring variables to the programs they start, as one table, and those that only start others.

/// What a runner reads when nothing is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unnamed {
    /// Nothing.
    Nothing,
    /// A file of its own choice, usually `.env` in the current folder.
    File,
    /// A store that is no file.
    Store,
}

/// A program that brings variables.
#[derive(Debug)]
pub(super) struct Runner {
    /// Its name.
    program: &'static str,
    /// Words of which one must be among its first arguments; empty when none must.
    with: &'static [&'static str],
    /// Options that name a file.
    pub(super) flags: &'static [&'static str],
    /// What it reads without them.
    pub(super) unnamed: Unnamed,
    /// Whether the programs get the variables.
    pub(super) fills: bool,
    /// Its name for people.
    pub(super) loader: &'static str,
}

const fn runner(
    program: &'static str,
    with: &'static [&'static str],
    flags: &'static [&'static str],
    unnamed: Unnamed,
    loader: &'static str,
) -> Runner {
    Runner { program, with, flags, unnamed, fills: true, loader }
}

const ENV_FILE: &[&str] = &["--env-file", "--env-file-if-exists"];
const STARTS: &[&str] = &["start", "run", "check"];

/// All runners. Of several entries with the same program the first that applies counts.
static RUNNERS: &[Runner] = &[
    runner("node", &[], ENV_FILE, Unnamed::Nothing, "node --env-file"),
    runner("tsx", &[], ENV_FILE, Unnamed::Nothing, "tsx --env-file"),
    runner("nodemon", &[], ENV_FILE, Unnamed::Nothing, "node --env-file"),
    runner("ts-node", &[], ENV_FILE, Unnamed::Nothing, "node --env-file"),
    runner("bun", &[], &["--env-file"], Unnamed::Nothing, "bun --env-file"),
    runner("deno", &[], &["--env-file", "--env"], Unnamed::Nothing, "deno --env-file"),
    runner("uv", &["run"], &["--env-file"], Unnamed::Nothing, "uv run --env-file"),
    runner("pipenv", &["run", "shell"], &[], Unnamed::File, "pipenv"),
    runner("uvicorn", &[], &["--env-file"], Unnamed::Nothing, "uvicorn --env-file"),
    runner("flask", &[], &["--env-file", "-e"], Unnamed::Nothing, "flask --env-file"),
    Runner { fills: false, ..runner("docker", &["compose"], &["--env-file"], Unnamed::Nothing, "docker compose") },
    Runner { fills: false, ..runner("docker-compose", &[], &["--env-file"], Unnamed::Nothing, "docker compose") },
    runner(
        "docker",
        &["run", "create", "exec", "container"],
        &["--env-file"],
        Unnamed::Nothing,
        "docker run --env-file",
    ),
    runner("podman", &["run", "create", "exec", "play"], &["--env-file"], Unnamed::Nothing, "podman run --env-file"),
    runner("dotenv", &[], &["-e", "-f", "-c", "--file", "--env-file"], Unnamed::File, "dotenv"),
    runner("dotenvx", &["run"], &["-f", "--env-file"], Unnamed::File, "dotenvx"),
    runner("env-cmd", &[], &["-f", "--file"], Unnamed::File, "env-cmd"),
    runner("foreman", STARTS, &["-e", "--env"], Unnamed::File, "foreman"),
    runner("honcho", STARTS, &["-e", "--env"], Unnamed::File, "honcho"),
    runner("forego", STARTS, &["-e"], Unnamed::File, "forego"),
    runner("overmind", &["start", "s"], &[], Unnamed::File, "overmind"),
    runner("hivemind", &[], &[], Unnamed::File, "hivemind"),
    runner("heroku", &["local"], &["-e", "--env"], Unnamed::File, "heroku local"),
    runner("godotenv", &[], &["-f"], Unnamed::File, "godotenv"),
    runner("netlify", &["dev"], &[], Unnamed::File, "netlify dev"),
    runner("vercel", &["dev"], &[], Unnamed::File, "vercel dev"),
    runner("wrangler", &["dev"], &["--env-file"], Unnamed::File, "wrangler dev"),
    runner("supabase", &["serve"], &["--env-file"], Unnamed::Nothing, "supabase functions serve"),
    runner("kubectl", &["create"], &["--from-env-file"], Unnamed::Nothing, "kubectl --from-env-file"),
    runner("op", &["run"], &["--env-file"], Unnamed::Store, "op run"),
    runner("doppler", &["run"], &[], Unnamed::Store, "doppler run"),
    runner("infisical", &["run"], &[], Unnamed::Store, "infisical run"),
    runner("chamber", &["exec"], &[], Unnamed::Store, "chamber exec"),
    runner("teller", &["run"], &[], Unnamed::Store, "teller run"),
    runner("sops", &["exec-env"], &[], Unnamed::Store, "sops exec-env"),
    runner("aws-vault", &["exec"], &[], Unnamed::Store, "aws-vault exec"),
];

/// How far behind the program a word that a runner asks for may stand; options come first.
const REACH: usize = 6;

/// The runner that `program` is with `arguments`.
pub(super) fn runner_of(program: &str, arguments: &[&str]) -> Option<&'static Runner> {
    let first = &arguments[..arguments.len().min(REACH)];
    RUNNERS.iter().find(|runner| {
        runner.program == program && (runner.with.is_empty() || first.iter().any(|word| runner.with.contains(word)))
    })
}

/// Words in front of a program that say nothing of it: keywords of the shell and programs that start another one.
const IN_FRONT: &[&str] = &[
    "if",
    "then",
    "else",
    "elif",
    "while",
    "until",
    "do",
    "!",
    "{",
    "time",
    "exec",
    "nohup",
    "command",
    "builtin",
    "sudo",
    "env",
    "cross-env",
    "cross-env-shell",
    "npx",
    "bunx",
    "pnpx",
    "exec:",
    "eval",
];

/// Programs whose second word starts another one.
const WITH_VERB: &[(&str, &[&str])] = &[
    ("pnpm", &["exec", "dlx"]),
    ("yarn", &["exec", "dlx", "run"]),
    ("npm", &["exec"]),
    ("bun", &["x"]),
    ("uv", &["run"]),
    ("poetry", &["run"]),
    ("pipenv", &["run"]),
    ("pdm", &["run"]),
    ("hatch", &["run"]),
    ("rye", &["run"]),
    ("bundle", &["exec"]),
    ("doppler", &["run"]),
    ("infisical", &["run"]),
    ("op", &["run"]),
    ("chamber", &["exec"]),
    ("dotenvx", &["run"]),
    ("direnv", &["exec"]),
];

/// How many words stand in front of the next program: none when `words` begins with it.
pub(super) fn in_front(words: &[&str]) -> usize {
    match words {
        [word, ..] if IN_FRONT.contains(word) => 1,
        [program, verb, ..] if WITH_VERB.iter().any(|(known, verbs)| known == program && verbs.contains(verb)) => 2,
        ["python" | "python3", "-m", module, ..] if matches!(*module, "dotenv" | "uvicorn" | "flask" | "honcho") => 2,
        _ => 0,
    }
}

/// Where a program that stores variables for a deployment gets them from.
pub(super) struct Setter {
    program: &'static str,
    words: &'static [&'static str],
    /// Whether a name without a value is one too: the value is asked for.
    pub(super) bare: bool,
}

static SETTERS: &[Setter] = &[
    Setter { program: "fly", words: &["secrets", "set"], bare: false },
    Setter { program: "flyctl", words: &["secrets", "set"], bare: false },
    Setter { program: "heroku", words: &["config:set"], bare: false },
    Setter { program: "dokku", words: &["config:set"], bare: false },
    Setter { program: "gh", words: &["secret", "set"], bare: true },
    Setter { program: "gh", words: &["variable", "set"], bare: true },
    Setter { program: "vercel", words: &["env", "add"], bare: true },
    Setter { program: "wrangler", words: &["secret", "put"], bare: true },
    Setter { program: "supabase", words: &["secrets", "set"], bare: false },
    Setter { program: "netlify", words: &["env:set"], bare: true },
    Setter { program: "railway", words: &["variables"], bare: false },
    Setter { program: "convex", words: &["env", "set"], bare: true },
    Setter { program: "modal", words: &["secret", "create"], bare: false },
    Setter { program: "kubectl", words: &["create", "secret"], bare: false },
    Setter { program: "eas", words: &["secret:create"], bare: false },
    Setter { program: "gcloud", words: &["deploy"], bare: false },
    Setter { program: "az", words: &["settings"], bare: false },
];

/// The setter that `program` is with `arguments`.
pub(super) fn setter_of(program: &str, arguments: &[&str]) -> Option<&'static Setter> {
    let first = &arguments[..arguments.len().min(REACH)];
    SETTERS.iter().find(|setter| setter.program == program && setter.words.iter().all(|word| first.contains(word)))
}

/// Names that a shell, a system or a host of workflows always sets, or that stand for nothing of the project.
pub(in crate::lint::read) fn is_of_the_system(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "HOME",
        "PATH",
        "PWD",
        "OLDPWD",
        "USER",
        "SHELL",
        "IFS",
        "TERM",
        "LANG",
        "HOSTNAME",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "UID",
        "EUID",
        "OSTYPE",
        "TMPDIR",
        "EDITOR",
        "OPTARG",
        "OPTIND",
        "REPLY",
        "PIPESTATUS",
        "FUNCNAME",
        "BASH_SOURCE",
        "BASH_VERSION",
        "DIRSTACK",
        "COLUMNS",
        "LINES",
        "PS1",
        "CI",
    ];
    let is_of_the_host = name.starts_with("GITHUB_") && name != "GITHUB_TOKEN" || name.starts_with("RUNNER_");
    is_of_the_host || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_behind_others_is_found() {
        for (words, length) in
            [(&["npx", "tsx"][..], 1), (&["uv", "run", "x"], 2), (&["uv", "pip"], 0), (&["node", "x"], 0), (&[], 0)]
        {
            assert_eq!(in_front(words), length, "{words:?}");
        }
    }

    #[test]
    fn runners_and_setters_are_told_by_their_verb() {
        assert_eq!(runner_of("docker", &["compose", "up"]).map(|it| it.fills), Some(false));
        assert_eq!(runner_of("docker", &["run", "x"]).map(|it| it.loader), Some("docker run --env-file"));
        assert!(runner_of("docker", &["build", "."]).is_none());
        assert!(setter_of("gh", &["secret", "set", "X"]).is_some_and(|it| it.bare));
        assert!(setter_of("gh", &["pr", "set"]).is_none());
    }
}
