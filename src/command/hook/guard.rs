//! Keeps a file's name from being taken for an option.
//!
//! Hook managers put the names of files behind the hook's own arguments, so a tracked file called `--exit-zero` would switch the hook off,
//! and one called `--help` would too. Behind `--` names are safe, but that is for whoever configures the hook to write. So in a hook an
//! argument before it that looks like an option and exists as a file is refused, before anything acts on it: a scan that fails is better
//! than one that a file decides about.

use std::{env, ffi::OsString, path::Path};

use super::refused;
use crate::pipeline::Error;

/// Set by pre-commit and prek for the hooks they run.
pub(super) const MANAGER: &str = "PRE_COMMIT";

/// Refuses `args`, the program's name first, when one of them may be a file in disguise. Outside hooks nothing is refused: there a person
/// typed the options.
///
/// # Errors
/// [`Error::Usage`].
pub fn refuse_disguised_options(args: &[OsString]) -> Result<(), Error> {
    let is_hook = matches!(args, [_, hook, run, ..] if hook == "hook" && run == "run");
    if is_hook || env::var_os(MANAGER).is_some() { check(args) } else { Ok(()) }
}

fn check(args: &[OsString]) -> Result<(), Error> {
    let before_names = args.iter().skip(1).take_while(|arg| *arg != "--");
    let looks_like_option = |arg: &&OsString| arg.len() > 1 && arg.as_encoded_bytes().starts_with(b"-");
    match before_names.filter(looks_like_option).find(|arg| Path::new(arg).symlink_metadata().is_ok()) {
        Some(arg) => refused(
            format!("`{}` may be an option or the file of that name", arg.to_string_lossy().escape_debug()),
            "end the hook's own arguments with `--` (in pre-commit: args: [\"--\"]), or rename the file",
        ),
        None => Ok(()),
    }
}
