//! `keyward fix`: makes the changes that findings propose, or shows them as a patch.
//!
//! It scans as `keyward scan` would, takes one fix of each finding that nothing silenced ([`choice`]), plans what becomes of each file ([`plan`]),
//! and then prints a patch ([`patch`]) or writes the files ([`write`]). A fix is safe when it cannot change what a working program does;
//! the others are made on request. What cannot be made is named with the way out.

mod change;
mod choice;
mod content;
mod patch;
mod plan;
mod target;
mod write;

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
    time::SystemTime,
};

use self::{
    choice::{Allowed, Choices, choose},
    plan::{Plan, Refused},
    target::Targets,
};
use crate::{
    cli::{FixArgs, OutputArgs, ScanArgs, WhatArgs},
    model::{printable_line, printable_text},
    pipeline::{Error, Exit, Run, Veil, output},
};

/// Longer titles of fixes are cut.
const LONGEST_TITLE: usize = 200;

/// Runs the command.
///
/// # Errors
/// [`Error`].
pub fn run(args: &FixArgs) -> Result<Exit, Error> {
    if args.policy.fail_on.is_some() {
        let problem = "--fail-on has no meaning for `keyward fix`".to_owned();
        return Err(Error::Usage { problem, help: "--only and --skip choose what is fixed".to_owned() });
    }
    let scan = scan_args(args);
    let since = SystemTime::now();
    let run = Run::new(&scan)?.with_facts();
    let outcome = run.collect(run.baseline()?.as_ref())?;
    let (report, read) = run.report(outcome);
    let allowed = if args.include_unsafe { Allowed::Unsafe } else { Allowed::Safe };
    let choices = choose(&report.findings, allowed);
    let mut plan = plan::plan(&choices.made, &Targets { base: run.base().to_owned(), since });
    let exit = if args.write {
        output::print(write::write(&mut plan)?.as_bytes())?;
        if plan.refused.is_empty() && plan.overtaken == 0 { Exit::Clean } else { Exit::Findings }
    } else {
        show(&plan, &Veil::new(&run.settings().all))?;
        if plan.rewrites.is_empty() && plan.refused.is_empty() { Exit::Clean } else { Exit::Findings }
    };
    if !args.quiet {
        say(&statement(&plan, &choices, args, read));
    }
    Ok(match read.without_findings() {
        Exit::Clean if args.policy.exit_zero => Exit::Clean,
        Exit::Clean => exit,
        trouble => trouble,
    })
}

/// The scan that finds what is to be fixed.
fn scan_args(args: &FixArgs) -> ScanArgs {
    ScanArgs {
        what: WhatArgs { paths: args.paths.clone(), ..WhatArgs::default() },
        policy: args.policy.clone(),
        output: OutputArgs { quiet: args.quiet, no_progress: args.no_progress, ..OutputArgs::default() },
        reading: args.reading.clone(),
        ..ScanArgs::default()
    }
}

/// Prints the patch, and behind it what is no part of it.
fn show(plan: &Plan<'_>, veil: &Veil) -> Result<(), Error> {
    let patches: Vec<patch::Patch> = plan.rewrites.iter().map(|rewrite| patch::patch(rewrite, veil)).collect();
    let mut out: Vec<u8> = patches.iter().flat_map(|patch| &patch.applies).copied().collect();
    out.extend(patches.iter().flat_map(|patch| patch.masked.as_bytes()));
    if io::stdout().is_terminal() {
        // Who reads it there does not apply it, and the repository's text could move the cursor.
        out = printable_text(&String::from_utf8_lossy(&out)).into_bytes();
    }
    output::print(&out)
}

/// What was done and what was not, in sentences.
fn statement(plan: &Plan<'_>, choices: &Choices<'_>, args: &FixArgs, read: Exit) -> String {
    let mut out = String::new();
    for refused in &plan.refused {
        let _ = writeln!(out, "{}", not_made(refused));
    }
    let files = plan.rewrites.len();
    let made = counted(plan.made, "fix", "fixes");
    let _ = match (files, args.write) {
        (0, _) if plan.refused.is_empty() => write!(out, "nothing to fix"),
        (0, _) => write!(out, "nothing was fixed"),
        (_, true) => write!(out, "{made} made in {}", counted(files, "file", "files")),
        (_, false) => write!(out, "{made} for {}; `--write` makes them", counted(files, "file", "files")),
    };
    if choices.unsafe_left > 0 {
        let _ = write!(out, "; `--unsafe` offers {} more, to be read before they are kept", choices.unsafe_left);
    }
    if choices.without > 0 {
        let (findings, have) =
            (counted(choices.without, "finding", "findings"), if choices.without == 1 { "has" } else { "have" });
        let _ = write!(out, "; {findings} {have} no fix, `keyward` says what to do");
    }
    out.push('\n');
    if read == Exit::Trouble {
        out.push_str("not everything could be read; `keyward` says what is missing\n");
    }
    out
}

fn not_made(refused: &Refused<'_>) -> String {
    let Refused { choice, path, why } = refused;
    let title = printable_line(&choice.fix.title, LONGEST_TITLE);
    let place = &choice.finding.location;
    let file = printable_line(path, LONGEST_TITLE);
    format!("not fixed: {title} ({} in line {}): `{file}`: {why}", choice.finding.rule, place.start_line)
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Says `text` on standard error; who closed that does not want to know.
fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
