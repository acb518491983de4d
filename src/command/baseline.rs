//! `keyward baseline`: accept what is there now, so that what comes new stands out.
//!
//! All three actions scan as `keyward scan` would, without applying the baseline, and leave out what a mark or an `[[allow]]` entry
//! accepts already: those carry a reason, a baseline does not.

use std::path::{Path, PathBuf};

use crate::{
    cli::{BaselineAction, BaselineRun},
    config::BASELINE,
    pipeline::{Error, Exit, Outcome, Run, output, read_baseline},
    suppress::{Baseline, baseline},
};

/// Runs `action` and says on standard output what was done.
///
/// # Errors
/// [`Error`].
pub fn run(action: &BaselineAction) -> Result<Exit, Error> {
    let (BaselineAction::Create(options) | BaselineAction::Update(options) | BaselineAction::Prune(options)) = action;
    let run = Run::new(&options.scan)?;
    let path = run.settings().baseline.clone().unwrap_or_else(|| run.base().join(BASELINE));
    let old = existing(action, options, &path, run.base())?;
    let outcome = run.collect(None)?;
    let complete = outcome.coverage.complete;
    let found = Baseline::of(open_entries(&outcome));
    let new = match action {
        BaselineAction::Create(_) | BaselineAction::Update(_) => found,
        BaselineAction::Prune(_) => Baseline::of(old.entries().intersection(found.entries()).cloned()),
    };
    if !complete && !matches!(action, BaselineAction::Create(_)) {
        let problem = "not everything could be read, so entries might look gone that are not".to_owned();
        return Err(Error::Usage { problem, help: "run `keyward` to see what is missing".to_owned() });
    }
    output::write_file(&path, new.text().as_bytes())?;
    let added = new.entries().difference(old.entries()).count();
    let dropped = old.entries().difference(new.entries()).count();
    let line = format!(
        "{}: {} accepted, {added} added, {dropped} dropped\n",
        path.strip_prefix(run.base()).unwrap_or(&path).display(),
        new.entries().len()
    );
    output::print(line.as_bytes())?;
    Ok(if complete { Exit::Clean } else { Exit::Trouble })
}

/// The baseline that is there, which `create` must not find and the others must.
fn existing(action: &BaselineAction, options: &BaselineRun, path: &PathBuf, base: &Path) -> Result<Baseline, Error> {
    match action {
        BaselineAction::Create(_) if path.exists() && !options.force => Err(Error::Usage {
            problem: format!("there is already a baseline at {}", path.display()),
            help: "`keyward baseline update` brings it up to date, --force replaces it".to_owned(),
        }),
        BaselineAction::Create(_) => Ok(Baseline::default()),
        _ => read_baseline(path, base),
    }
}

fn open_entries(outcome: &Outcome) -> impl Iterator<Item = baseline::Entry> {
    outcome.findings.iter().filter(|finding| finding.suppressed.is_none()).map(baseline::entry)
}
