//! `keyward merge`: the reports of many workers as one, in any format.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use crate::{
    cli::MergeArgs,
    merge::{Hider, Part, merge},
    model::{Report, printable_line},
    pipeline::{Error, Exit, output},
    report::{ReadError, read},
    rules::RuleSet,
};

/// Characters of a file's name in messages.
const LONGEST_NAME: usize = 200;

/// Reads the files in `args`, merges them and writes the reports that were asked for.
///
/// # Errors
/// [`Error`].
pub fn run(args: &MergeArgs) -> Result<Exit, Error> {
    let refused = |problem: &str, help: &str| Err(Error::Usage { problem: problem.to_owned(), help: help.to_owned() });
    if args.output.show_secrets {
        return refused("reports hold no secrets that could be shown", "leave out --show-secrets, or scan with it");
    }
    if args.files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return refused("standard input can be read once only", "give `-` once; it may hold several reports");
    }
    output::check(&args.output)?;
    let mut hider = Hider::default();
    let mut parts = Vec::new();
    for file in &args.files {
        let name = printable_line(&file.display().to_string(), LONGEST_NAME);
        for mut report in open(file, &name)? {
            hider.hide(&mut report);
            parts.push(Part { name: name.clone(), report });
        }
    }
    let mut report = merge(parts)?;
    // Whether there was something to report is decided before anything is left out.
    let fail_on = args.fail_on.unwrap_or_default();
    let exit = Exit::of(&report, 0, fail_on, args.exit_zero);
    if !args.output.show_suppressed {
        report.findings.retain(|finding| finding.suppressed.is_none());
    }
    let rules = RuleSet::builtin();
    let exit = exit.after_writing(output::left_out(&args.output, &report, &rules), &mut report);
    output::write_all(&args.output, fail_on, &report, &rules)?;
    Ok(exit)
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn open(file: &Path, name: &str) -> Result<Vec<Report>, ReadError> {
    if is_stdin(file) {
        return read("standard input", io::stdin().lock());
    }
    let unreadable = |source| ReadError::Unreadable { file: name.to_owned(), source };
    read(name, BufReader::with_capacity(1 << 16, File::open(file).map_err(unreadable)?))
}
