//! The text of a hook, and how to recognise it.
//!
//! Its second line holds a digest of all the others. So any later keyward, whose text may be another, knows whether a hook is as keyward wrote
//! it, and may be replaced or removed, or was edited and belongs to somebody else by now.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{action, name};
use crate::cli::HookStage;

/// Begins the line with the digest.
const MARK: &str = "# keyward-hook ";

/// What follows the name of a hook that was there before.
pub(super) const BEFORE: &str = ".keyward-before";

/// Whose a hook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// As some keyward wrote it.
    Keyward,
    /// Written by keyward and altered since.
    Edited,
    /// Not from keyward.
    Other,
}

/// Whose the hook with this content is.
pub(super) fn owner(content: &[u8]) -> Owner {
    let text = String::from_utf8_lossy(content);
    let Some(line) = text.split_inclusive('\n').find(|line| line.starts_with(MARK)) else { return Owner::Other };
    let rest = text.replacen(line, "", 1);
    if line.strip_prefix(MARK) == Some(&(digest(&rest) + "\n")) { Owner::Keyward } else { Owner::Edited }
}

/// The hook for `stage`.
pub(super) fn text(stage: HookStage) -> String {
    let rest = head(stage) + &before(stage) + &body(stage);
    let digest = digest(&rest);
    let after_first_line = rest.find('\n').map_or(0, |end| end + 1);
    let (first, others) = rest.split_at(after_first_line);
    format!("{first}{MARK}{digest}\n{others}")
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn head(stage: HookStage) -> String {
    let name = name(stage);
    format!(
        "#!/bin/sh
# Looks for keys in what is about to leave. Written by `keyward hook install`, taken out by
# `keyward hook uninstall --stage {name}`. Your own commands belong into {name}{BEFORE},
# which is called first.

before=$(dirname -- \"$0\")/{name}{BEFORE}
"
    )
}

/// Calls the hook that was there before. What git writes to a pre-push hook can be read only once, and both need it.
fn before(stage: HookStage) -> String {
    match stage {
        HookStage::PreCommit => "if [ -x \"$before\" ]; then
    \"$before\" \"$@\" || exit $?
fi
"
        .to_owned(),
        HookStage::PrePush => "# The dot keeps the last line's end, which $() would cut off.
refs=$(cat; echo .)
refs=${refs%.}
if [ -x \"$before\" ]; then
    printf %s \"$refs\" | \"$before\" \"$@\" || exit $?
fi
"
        .to_owned(),
    }
}

/// Without keyward the hook fails, as those of pre-commit and of git's large file storage do: a check that passes unseen when its program is
/// gone is one that everybody believes in and nobody has.
fn body(stage: HookStage) -> String {
    let (name, action) = (name(stage), action(stage));
    let run = match stage {
        HookStage::PreCommit => format!("exec keyward hook run --stage {name}"),
        HookStage::PrePush => format!("printf %s \"$refs\" | keyward hook run --stage {name} --remote=\"$1\""),
    };
    format!(
        "
# Programs that are started from a desktop know a short PATH only.
PATH=${{PATH:+$PATH:}}$HOME/.cargo/bin:$HOME/.local/bin:/opt/homebrew/bin:/usr/local/bin
if ! command -v keyward >/dev/null 2>&1; then
    echo \"keyward is not on PATH, so this {action} was not checked and is stopped: install keyward, pass by with git {action} --no-verify, or delete $0\" >&2
    exit 1
fi
{run}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: [HookStage; 2] = [HookStage::PreCommit, HookStage::PrePush];

    #[test]
    fn a_hook_is_recognised_until_somebody_edits_it() {
        for stage in STAGES {
            let text = text(stage);
            assert_eq!(owner(text.as_bytes()), Owner::Keyward);
            assert_eq!(owner((text.clone() + "make lint\n").as_bytes()), Owner::Edited);
            assert_eq!(owner(text.replace("exit 1", "exit 0").as_bytes()), Owner::Edited);
            assert_eq!(owner(text.replace('\n', "\r\n").as_bytes()), Owner::Edited);
        }
        assert_eq!(owner(b"#!/bin/sh\nkeyward --staged\n"), Owner::Other);
        assert_eq!(owner(b"\xff\xfe"), Owner::Other);
    }

    #[test]
    fn the_hook_of_another_version_is_recognised_too() {
        let rest = "#!/bin/sh\nexec keyward something-else\n";
        let text = format!("#!/bin/sh\n{MARK}{}\nexec keyward something-else\n", digest(rest));
        assert_eq!(owner(text.as_bytes()), Owner::Keyward);
    }

    #[cfg(unix)]
    #[test]
    fn a_plain_shell_accepts_the_text() {
        for stage in STAGES {
            let checked = std::process::Command::new("sh").args(["-n", "-c", &text(stage)]).output().unwrap();
            assert!(checked.status.success(), "{checked:?}");
        }
    }
}
