//! Inputs, files and pull requests that would like to be a script, an option or a command of the runner.

use super::{Origin, Outcome, Runner};
use crate::hook::secret;

/// Texts that leave a file `x` behind, or an output, where they are taken for more than text.
const HOSTILE: [&str; 9] = [
    "$(touch x)",
    "`touch x`",
    "'; touch x; '",
    "\"; touch x; \"",
    "a\ntouch x\n",
    "${{ github.token }}",
    "a%0A::set-output name=exit-code::0",
    "::set-output name=exit-code::0\r\n##[set-output name=exit-code;]0",
    "* ? [a-z] ~ $HOME \\",
];

/// Inputs that are checked before anything runs.
const CHECKED: [&str; 9] =
    ["mode", "policy-from", "fail-on", "verify", "upload-sarif", "category", "annotations", "summary", "version"];

fn is_touched(origin: &Origin) -> bool {
    origin.checkout().join("x").exists()
}

#[track_caller]
fn assert_annotations_only(outcome: &Outcome) {
    for command in &outcome.commands {
        let kind = command.trim_start_matches("::").split([' ', ':']).next().unwrap();
        assert!(["error", "warning", "notice"].contains(&kind), "{command}");
    }
}

#[test]
fn an_input_is_text_and_never_a_script() {
    let origin = Origin::with_key();
    let probe = with_probe(&origin);
    for text in HOSTILE {
        for name in CHECKED {
            let outcome = Runner::new(&origin).variable("PATH", &probe).input(name, text).run();
            assert!(outcome.code != 0 && !outcome.log.contains("called: <scan>"), "{name}: {text}: {outcome:#?}");
            outcome.assert_said("error", &format!("`{name}` is "));
            assert!(outcome.commands.iter().all(|command| command.starts_with("::error ")), "{outcome:#?}");
        }
        for name in ["baseline", "paths"] {
            let outcome = Runner::new(&origin).input(name, text).run();
            assert_eq!(outcome.outputs["exit-code"], "2", "there is no such file: {outcome:#?}");
            assert_annotations_only(&outcome);
        }
        assert!(!is_touched(&origin), "{text}");
    }
}

#[test]
fn a_path_that_looks_like_an_option_is_refused() {
    let origin = Origin::with_key();
    for path in ["--exit-zero", "-q", "--", "-", "--config=/dev/null", "a.py\n--no-config"] {
        let outcome = Runner::new(&origin).input("paths", path).run();
        outcome.assert_ended(2, "").assert_said("error", "looks like an option");
    }
}

#[test]
fn a_path_is_a_line_whatever_is_in_it() {
    let origin = Origin::new();
    let names = ["with blank.py", "$(touch x).py", "it's \"quoted\".py", "--exit-zero", "rules", "*"];
    for name in names {
        origin.repo().file(name, secret(name));
    }
    origin.repo().file("other.py", secret("other"));
    origin.commit("keys");
    origin.check_out("refs/heads/main", None);
    for name in names {
        let outcome = Runner::new(&origin).input("paths", &format!("\n./{name}\r\n\n")).run();
        outcome.assert_ended(1, "1");
        assert_eq!(outcome.annotated(), [format!("{name}:1")]);
    }
    let outcome = Runner::new(&origin).input("paths", "with blank.py\nrules").run();
    outcome.assert_ended(1, "2");
    assert!(!is_touched(&origin));
}

#[test]
fn no_file_of_the_repository_gives_the_runner_a_command() {
    let origin = Origin::new();
    let commands = ["::set-output name=exit-code::0", "##[set-output name=exit-code;]0", "::stop-commands::pause"];
    for command in commands {
        let line = format!("{command} {}\n{command}\n{}{command}\n", secret("a").trim_end(), secret("b"));
        origin.repo().file(&format!("{command}.py"), &line);
        // What cannot be read, and is named in messages.
        origin.repo().file(&format!("{command}/.env"), format!("{command}\nOPENAI_API_KEY=\"{command}"));
        origin.repo().file(&format!("line\n{command}\n.py"), &line);
    }
    origin.repo().file("keyward.toml", "skip = ['\\n::set-output name=exit-code::0\\n']\n");
    origin.commit("hostile");
    origin.check_out("refs/heads/main", None);
    let broken = Runner::new(&origin).run();
    broken.assert_ended(2, "").assert_said("error", "keyward could not start");
    assert_eq!(broken.commands.len(), 1, "{broken:#?}");
    origin.project().file("checkout/keyward.toml", "");
    for mode in ["tree", "history"] {
        let outcome = Runner::new(&origin).input("mode", mode).run();
        assert_eq!(outcome.outputs["exit-code"], "1", "{outcome:#?}");
        assert_annotations_only(&outcome);
    }
}

#[test]
fn a_merge_that_the_pull_request_brings_itself_does_not_choose_the_base() {
    let origin = Origin::new();
    let work = |origin: &Origin| {
        origin.repo().file("a.py", secret("a")).file("keyward.toml", "skip = ['openai']\n");
        origin.commit("a key, and what hides it");
    };
    let request = origin.pull_request(work, |_| {});
    // Pushed after the event: its first parent is not the base, but as good as the pull request.
    origin.repo().git(&["checkout", "-q", "--detach", "work~0"]);
    let parent = origin.commit("like the base");
    let tree = format!("{parent}^{{tree}}");
    let forged = ["commit-tree", &tree, "-p", &parent, "-p", &request.head, "-m", "forged"];
    let forged = origin.repo().try_git(&forged).stdout;
    origin.repo().git(&["update-ref", "refs/heads/work", forged.trim()]);
    origin.check_out("refs/heads/work", None);
    for mode in ["tree", "diff"] {
        let outcome = origin.on_pull_request(&request).input("mode", mode).run();
        outcome.assert_ended(1, "1");
        assert_eq!(outcome.annotated(), ["a.py:1"]);
    }
}

/// A keyward that says how it was called and finds nothing.
fn with_probe(origin: &Origin) -> String {
    let programs = origin.project().path("probe");
    let script = "#!/bin/sh\nprintf 'called: <%s>\\n' \"$@\"\necho \"settings: $XDG_CONFIG_HOME\"\n";
    origin.project().file("probe/keyward", script);
    #[cfg(unix)]
    std::fs::set_permissions(programs.join("keyward"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:{}", programs.display(), std::env::var("PATH").unwrap())
}

#[test]
fn providers_are_asked_when_the_workflow_says_so_and_never_for_a_fork() {
    let origin = Origin::new();
    let request = origin.pull_request(|origin| drop(origin.commit("work")), |_| {});
    origin.check_out("refs/pull/1/merge", None);
    let path = with_probe(&origin);
    let log = |runner: Runner<'_>, verify: &str| runner.variable("PATH", &path).input("verify", verify).run();
    for (verify, option) in [("true", "<--verify>"), ("openai,github", "<--verify=openai,github>")] {
        assert!(log(Runner::new(&origin), verify).log.contains(option));
        assert!(log(origin.on_pull_request(&request), verify).log.contains(option));
        for other in ["mallory/api", ""] {
            let fork = log(origin.on_pull_request_from(other, &request), verify);
            fork.assert_said("notice", "comes from a fork: keys are not verified");
            assert!(!fork.log.contains("<--verify"), "{fork:#?}");
        }
    }
    let off = log(Runner::new(&origin), "false").log;
    assert!(off.contains("called: <scan>") && !off.contains("<--verify"), "{off}");
    let own = format!("settings: {}/keyward.", origin.project().path("runner/temp").display());
    assert!(off.contains(&own), "the settings of the machine do not count: {off}");
}
