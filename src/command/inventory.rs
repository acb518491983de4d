//! `keyward inventory`: every distinct key of a repository, with its places, names, age and state, and the order in which to replace them.
//!
//! The working tree and the history are read by a run each, as a scan reads them, and their outcomes joined: so each key is asked about once,
//! and an exception that allows it anywhere keeps it from being sent. The history is read by default, because a key that was taken out of the
//! files is the one that is forgotten.

use crate::{
    cli::{InventoryArgs, InventoryFormat, OutputArgs, ScanArgs, WhatArgs},
    input::{git::Repository, repository_of},
    inventory::{Found, Inventory, Key, Read, Urgency, keys},
    model::{Notice, Skipped},
    pipeline::{self, Error, Exit, Outcome, Run, output},
    report::{InventoryKind, write_inventory},
};

/// Lists the keys.
///
/// # Errors
/// [`Error`].
pub fn run(args: &InventoryArgs) -> Result<Exit, Error> {
    let tree = scan_args(args, false);
    let run = Run::new(&tree)?.to_take_stock();
    let inventory = take(&run, args)?;
    output::write_main(&tree.output, |look| write_inventory(&inventory, kind(args.format), &look))?;
    Ok(exit(&run, &inventory))
}

/// Reads everything, asks whom there is to ask, and makes the rows, in which nothing is shown that is a key.
fn take(run: &Run<'_>, args: &InventoryArgs) -> Result<Inventory, Error> {
    let past = scan_args(args, true);
    // Before anything is read, so that a mistake is said at once.
    let past = reads_history(args)?.then(|| Run::new(&past)).transpose()?.map(Run::to_take_stock);
    let baseline = run.baseline()?;
    let mut outcome = run.collect(baseline.as_ref())?;
    let history = match past {
        Some(past) => Some(outcome.join(past.collect(baseline.as_ref())?)),
        None => None,
    };
    run.verify(&mut outcome);
    let mut keys = rows(run, &outcome);
    let mut coverage = Read { tree: outcome.coverage.clone(), history };
    let mut notices = std::mem::take(&mut outcome.notices);
    outcome.mask(keys.iter_mut().flat_map(Key::texts_mut));
    outcome.mask(notices.iter_mut().flat_map(Notice::texts_mut));
    let skipped = coverage.all_mut().flat_map(|coverage| &mut coverage.skipped);
    outcome.mask(skipped.map(|Skipped { path, .. }| path));
    Ok(Inventory::new(keys, run.tool(), coverage, notices))
}

/// The scan of the working tree, or of the history.
fn scan_args(args: &InventoryArgs, history: bool) -> ScanArgs {
    ScanArgs {
        what: WhatArgs { paths: args.paths.clone(), history, ..WhatArgs::default() },
        policy: args.policy.clone(),
        output: OutputArgs {
            output: args.output.clone(),
            color: args.color,
            quiet: args.quiet,
            verbose: args.verbose,
            no_progress: args.no_progress,
            ..OutputArgs::default()
        },
        repo_id: None,
        verify: args.verify.clone(),
        reading: args.reading.clone(),
    }
}

/// Whether the history is read: when it is asked for, and in a repository unless it is declined.
fn reads_history(args: &InventoryArgs) -> Result<bool, Error> {
    if args.history || args.no_history {
        return Ok(args.history);
    }
    let named = args.paths.first().and_then(|path| path.canonicalize().ok());
    let start = named.unwrap_or_else(pipeline::current_folder);
    let folder = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
    match Repository::discover(folder) {
        Ok(_) => Ok(true),
        Err(_) if repository_of(folder).is_none() => Ok(false),
        // What is there and cannot be read must not look like what is not there.
        Err(error) => Err(Error::Usage {
            problem: format!("the history cannot be read: {error}"),
            help: "repair the repository, or leave its history out with --no-history".to_owned(),
        }),
    }
}

fn rows(run: &Run<'_>, outcome: &Outcome) -> Vec<Key> {
    keys(&Found {
        findings: &outcome.findings,
        private: &outcome.stock.private,
        sighting: &|finding| outcome.stock.sighting(finding),
        uses: &|names| outcome.stock.uses(names),
        rules: &run.settings().all,
        is_asked: run.settings().verification.is_some(),
    })
}

const fn kind(format: InventoryFormat) -> InventoryKind {
    match format {
        InventoryFormat::Terminal => InventoryKind::Terminal,
        InventoryFormat::Json => InventoryKind::Json,
        InventoryFormat::Csv => InventoryKind::Csv,
        InventoryFormat::Markdown => InventoryKind::Markdown,
    }
}

fn exit(run: &Run<'_>, inventory: &Inventory) -> Exit {
    let settings = run.settings();
    let counts = |key: &Key| key.suppressed.is_none() && key.urgency != Urgency::InPlace;
    let fails = |key: &Key| counts(key) && settings.fail_on.includes(key.severity);
    let fails = !settings.exit_zero && inventory.keys.iter().any(fails);
    Exit::after(&inventory.coverage.all().collect::<Vec<_>>(), 0, fails)
}
