//! Hyperlinks (OSC 8) in what the terminal format prints: for whoever reads it at a terminal that follows them, and for nobody else.

use crate::support::{Project, openai_key};

const ADDRESS: &str = "https://platform.openai.com/api-keys";

fn project() -> Project {
    let project = Project::new();
    project.file("a.py", format!("key = \"{}\"\n", openai_key("linked")));
    project
}

#[test]
fn a_pipe_and_a_file_get_none_whoever_demands_them() {
    let project = project();
    let variables = [("FORCE_HYPERLINK", "1"), ("TERM_PROGRAM", "WezTerm"), ("CLICOLOR_FORCE", "1")];
    let ran = project.keyward_with(&["--report", "terminal=out.txt"], &variables);
    let file = std::fs::read_to_string(project.path("out.txt")).unwrap();
    for text in [ran.stdout, file] {
        assert!(text.contains(ADDRESS) && text.contains("\x1b["), "{text:?}");
        assert!(!text.contains("\x1b]8"), "{text:?}");
    }
}

#[cfg(target_os = "linux")]
mod on_a_terminal {
    use std::process::{Command, Stdio};

    use super::{ADDRESS, project};
    use crate::support::{Project, Ran, judge, say_left_out};

    const LINK: &str = "\x1b]8;;https://platform.openai.com/api-keys\x1b\\";

    /// `script` of util-linux, which runs a program on a terminal of its own. Others of that name take other options.
    fn terminal() -> Option<Command> {
        let program = judge("script")?;
        let version = Command::new(&program).arg("--version").stdin(Stdio::null()).output().unwrap();
        if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
            say_left_out("script of util-linux");
            return None;
        }
        Some(Command::new(program))
    }

    /// What a terminal shows of `keyward` and what is typed behind it.
    fn shown(terminal: &mut Command, project: &Project, typed: &str, variables: &[(&str, &str)]) -> String {
        let line = format!("'{}' --no-progress {typed}", env!("CARGO_BIN_EXE_keyward"));
        terminal.args(["--quiet", "--command", &line, "/dev/null"]).current_dir(project.root());
        terminal.env_clear().env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").env("HOME", project.root());
        terminal.env("COLUMNS", "80").env("TERM", "xterm-256color").envs(variables.iter().copied());
        Ran::of(terminal.stdin(Stdio::null()).output().unwrap()).stdout
    }

    #[test]
    fn addresses_are_hyperlinks_where_the_terminal_follows_them_and_nowhere_else() {
        let project = project();
        let follows = ("TERM_PROGRAM", "WezTerm");
        for (typed, variables, is_linked, is_coloured) in [
            ("", &[follows][..], true, true),
            ("", &[("FORCE_HYPERLINK", "1")], true, true),
            ("--color always", &[follows, ("NO_COLOR", "1")], true, true),
            ("", &[], false, true),
            ("", &[follows, ("FORCE_HYPERLINK", "0")], false, true),
            ("", &[follows, ("CI", "true")], false, true),
            ("--color always", &[follows, ("CI", "true")], false, true),
            ("--color never", &[follows], false, false),
            ("", &[follows, ("NO_COLOR", "1")], false, false),
            ("", &[follows, ("TERM", "dumb")], false, false),
            ("--color always | cat", &[follows], false, true),
            ("--color always -o out.txt; cat out.txt", &[follows], false, true),
        ] {
            let Some(mut terminal) = terminal() else { return };
            let text = shown(&mut terminal, &project, typed, variables);
            let case = format!("`{typed}` with {variables:?}: {text:?}");
            assert!(text.contains(ADDRESS), "{case}");
            assert_eq!(text.contains("\x1b["), is_coloured, "{case}");
            assert_eq!((text.contains(LINK), text.contains("\x1b]8")), (is_linked, is_linked), "{case}");
        }
    }
}
