//! `keyward hook run`: what a hook scans, and what its result means for the commit or the push.
//!
//! A commit is what the index brings. A push is one range of commits for each ref, as git writes them to standard input or as a hook manager
//! names them in variables. Where files are named, the manager has put the content into the working tree, and they are read there.
//!
//! Having nothing to read is no reason to stop a commit (an empty one, one that only removes files), so exit code 3 becomes 0. But a hook manager calls
//! a hook because there is something to check: when it then finds nothing staged or no refs, it was called in a way in which it cannot see
//! anything, such as `pre-commit run --all-files`. To let that pass would be to pass without looking.

use std::{
    collections::HashSet,
    env,
    ffi::OsString,
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{action, guard::MANAGER, refused};
use crate::{
    cli::{HookOutput, HookRun, HookStage, OutputArgs, ScanArgs, WhatArgs},
    input::git::Repository,
    pipeline::{self, Error, Exit, output::in_lines},
};

/// Stands for what is not there: of a ref, on either side.
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// Scans what `args` say, and says how to get on after findings.
///
/// # Errors
/// [`Error`].
pub(super) fn run(args: &HookRun) -> Result<Exit, Error> {
    let exit = match args.stage {
        _ if !args.files.is_empty() => named(args)?,
        HookStage::PreCommit => staged(args)?,
        HookStage::PrePush => pushed(args)?,
    };
    match exit {
        Exit::Findings => say(&way_on(args)),
        Exit::Nothing => say(
            "this hook reads what is staged or pushed, and there is nothing of the kind; to check files, use the hook that takes their names",
        ),
        Exit::Clean | Exit::Trouble => {}
    }
    Ok(exit)
}

/// Scans the files that were named. Links among them are left out: what they lead to need not belong to the repository.
fn named(args: &HookRun) -> Result<Exit, Error> {
    let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|there| there.is_symlink());
    // Where the hook's own arguments do not end with `--`, a file of that name is swallowed as if they did.
    let swallowed = Some(Path::new("--")).filter(|path| path.is_file());
    let named = args.files.iter().map(PathBuf::as_path);
    let paths: Vec<PathBuf> = named.chain(swallowed).filter(|path| !is_link(path)).map(Path::to_owned).collect();
    if paths.is_empty() {
        return Ok(Exit::Clean);
    }
    let (_, exit) = pipeline::scan_covered(&scan_args(args, WhatArgs { paths, ..WhatArgs::default() }))?;
    Ok(let_pass(exit))
}

fn staged(args: &HookRun) -> Result<Exit, Error> {
    let (coverage, exit) = pipeline::scan_covered(&scan_args(args, WhatArgs { staged: true, ..WhatArgs::default() }))?;
    let saw_nothing = exit == Exit::Nothing && coverage.skipped.is_empty();
    Ok(if saw_nothing && is_managed() { exit } else { let_pass(exit) })
}

fn pushed(args: &HookRun) -> Result<Exit, Error> {
    let mut input = Vec::new();
    // At a terminal nobody would know what to type.
    if !io::stdin().is_terminal() {
        io::stdin().lock().read_to_end(&mut input).map_err(|source| Error::Stdin { source })?;
    }
    let input = String::from_utf8_lossy(&input);
    let ranges = if input.trim().is_empty() {
        ranges_of_manager(|name| env::var_os(name))
    } else {
        let repository = Repository::discover(&pipeline::current_folder())?;
        Some(ranges(&input, |id| repository.commit(id).is_ok())?)
    };
    // Managers say it in a variable.
    let remote =
        args.remote.clone().or_else(|| env::var("PRE_COMMIT_REMOTE_NAME").ok()).filter(|name| !name.is_empty());
    let Some(ranges) = ranges else {
        // Git itself calls the hook without refs when everything is up to date.
        return Ok(if is_managed() { Exit::Nothing } else { Exit::Clean });
    };
    let mut worst = Exit::Clean;
    for range in ranges {
        let what = WhatArgs { diff: Some(range), remote: remote.clone(), ..WhatArgs::default() };
        let (_, exit) = pipeline::scan_covered(&scan_args(args, what))?;
        worst = worse(worst, let_pass(exit));
    }
    Ok(worst)
}

fn is_managed() -> bool {
    env::var_os(MANAGER).is_some()
}

fn let_pass(exit: Exit) -> Exit {
    if exit == Exit::Nothing { Exit::Clean } else { exit }
}

fn worse(one: Exit, other: Exit) -> Exit {
    if other as u8 > one as u8 { other } else { one }
}

/// The ranges that git names, a line for each ref: its local name and id, its remote name and id. Deleted refs bring nothing. What the remote
/// has may not be here, when a push is forced over it: then what is new is what the remote is not known to hold, as for a new branch.
fn ranges(input: &str, is_here: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
    let mut ranges = Vec::new();
    let mut seen = HashSet::new();
    for line in input.lines().filter(|line| !line.trim().is_empty()) {
        // The local name may be any expression for a commit, with blanks in it.
        let mut fields = line.trim_end().rsplitn(4, ' ');
        let (Some(remote), Some(_), Some(local), Some(_)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return not_from_git();
        };
        if !is_id(remote) || !is_id(local) {
            return not_from_git();
        }
        let is_known = !is_zero(remote) && is_here(remote);
        let range = format!("{}..{local}", if is_known { remote } else { ZEROS });
        if !is_zero(local) && seen.insert(range.clone()) {
            ranges.push(range);
        }
    }
    Ok(ranges)
}

fn not_from_git<T>() -> Result<T, Error> {
    let help = "git writes `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` for each ref; the hook must hand that on";
    refused("standard input is not what git gives to a pre-push hook".to_owned(), help)
}

fn is_id(text: &str) -> bool {
    text.len() >= ZEROS.len() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// The range that pre-commit and prek name, who read standard input themselves. For the first push of a branch with its root commit they name
/// the branch only.
fn ranges_of_manager(variable: impl Fn(&str) -> Option<OsString>) -> Option<Vec<String>> {
    let value = |name| variable(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
    let range = match (value("PRE_COMMIT_FROM_REF"), value("PRE_COMMIT_TO_REF")) {
        (Some(from), Some(to)) => format!("{from}..{to}"),
        _ => format!("{ZEROS}..{}", value("PRE_COMMIT_LOCAL_BRANCH")?),
    };
    Some(vec![range])
}

fn scan_args(args: &HookRun, what: WhatArgs) -> ScanArgs {
    let HookOutput { format, show_suppressed, color, quiet, verbose } = args.output;
    let output = OutputArgs { format, show_suppressed, color, quiet, verbose, ..OutputArgs::default() };
    let (policy, reading) = (args.policy.clone(), args.reading.clone());
    ScanArgs { what, policy, output, reading, ..ScanArgs::default() }
}

/// How to get on, in one line.
fn way_on(args: &HookRun) -> String {
    let fix = match args.stage {
        HookStage::PreCommit => "take the secrets out and stage the files again",
        HookStage::PrePush => {
            "take the secrets out of the commits (`git commit --amend`, or `git rebase -i` for older ones)"
        }
    };
    let action = action(args.stage);
    format!(
        "{action} stopped: {fix}, or end the line of one that is no secret with the comment `keyward: allow RULE -- REASON`; \
         `git {action} --no-verify` passes by all hooks, as the last resort"
    )
}

/// On standard error, so that a report on standard output stays one. Nobody is left to tell when that fails.
fn say(sentence: &str) {
    let _ = io::stderr().write_all(format!("{}\n", in_lines(&format!("keyward: {sentence}"))).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn each_ref_is_a_range_and_deleted_ones_are_passed_over() {
        let input = format!(
            "refs/heads/main {A} refs/heads/main {B}\nHEAD^{{/a b}} {A} refs/heads/new {ZEROS}\n\
             (delete) {ZEROS} refs/heads/old {B}\nrefs/tags/v1 {A} refs/tags/v1 {ZEROS}\r\n"
        );
        assert_eq!(ranges(&input, |_| true).unwrap(), [format!("{B}..{A}"), format!("{ZEROS}..{A}")]);
        assert_eq!(ranges(&input, |_| false).unwrap(), [format!("{ZEROS}..{A}")], "what the remote has is not here");
    }

    #[test]
    fn what_is_not_from_git_is_refused() {
        for input in ["origin", "a b c d", &format!("refs/heads/main {A} refs/heads/main --exit-zero")] {
            assert!(matches!(ranges(input, |_| true), Err(Error::Usage { .. })), "{input}");
        }
    }

    #[test]
    fn a_managers_variables_name_the_range_or_the_branch() {
        let ranges = |given: &[(&str, &str)]| {
            ranges_of_manager(|name| given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
        };
        let both = [("PRE_COMMIT_FROM_REF", "a"), ("PRE_COMMIT_TO_REF", "b"), ("PRE_COMMIT_LOCAL_BRANCH", "c")];
        assert_eq!(ranges(&both), Some(vec!["a..b".to_owned()]));
        assert_eq!(ranges(&[("PRE_COMMIT_FROM_REF", ""), both[2]]), Some(vec![format!("{ZEROS}..c")]));
        assert_eq!(ranges(&[]), None);
    }

    #[test]
    fn the_worst_exit_code_wins_and_nothing_to_read_is_none() {
        assert_eq!(worse(Exit::Findings, let_pass(Exit::Nothing)), Exit::Findings);
        assert_eq!(worse(Exit::Trouble, Exit::Findings), Exit::Trouble);
        assert_eq!(worse(Exit::Clean, Exit::Findings), Exit::Findings);
    }
}
