//! `keyward baseline`: accept what is there now, so that what comes new stands out.
//!
//! All three actions scan as `keyward scan` would, without applying the baseline, and leave out what a mark or an `[[allow]]` entry
//! accepts already: those carry a reason, a baseline does not. An entry counts as gone only when the run could have found it.

use crate::{
    cli::{BaselineAction, BaselineRun},
    config::PolicyFile,
    pipeline::{Error, Exit, Run, output},
    suppress::Baseline,
};

/// Runs `action` and says on standard output what was done.
///
/// # Errors
/// [`Error`].
pub fn run(action: &BaselineAction) -> Result<Exit, Error> {
    let (BaselineAction::Create(options) | BaselineAction::Update(options) | BaselineAction::Prune(options)) = action;
    if options.scan.what.shard.is_some() {
        return Err(Error::Usage {
            problem: "a baseline is made of the whole repository".to_owned(),
            help: "leave out --shard".to_owned(),
        });
    }
    if options.scan.verify.verify.is_some() {
        return Err(Error::Usage {
            problem: "a baseline lists findings whether or not their keys are live".to_owned(),
            help: "leave out --verify; `keyward --verify` says which keys of the baseline are live".to_owned(),
        });
    }
    let run = Run::new(&options.scan)?;
    let target = run.settings().baseline_target(run.base());
    let old = existing(action, options, &target)?;
    let outcome = run.collect(None)?;
    let reach = run.reach(&outcome);
    let new = match action {
        BaselineAction::Create(_) => Baseline::create(&outcome.findings),
        BaselineAction::Update(_) => old.update(&outcome.findings, reach),
        BaselineAction::Prune(_) => old.prune(&outcome.findings, reach),
    };
    output::replace_file(&target.path, new.to_text().as_bytes())?;
    let missing_from =
        |left: &Baseline, right: &Baseline| left.entries().filter(|entry| !right.contains(entry)).count();
    let (added, dropped) = (missing_from(&new, &old), missing_from(&old, &new));
    let total = new.entries().len();
    output::print(format!("{}: {total} accepted, {added} added, {dropped} dropped\n", target.name).as_bytes())?;
    Ok(run.report(outcome).1.without_findings())
}

/// The baseline that is there, which `create` must not find and the others must.
fn existing(action: &BaselineAction, options: &BaselineRun, target: &PolicyFile) -> Result<Baseline, Error> {
    match action {
        BaselineAction::Create(_) if target.path.symlink_metadata().is_ok() && !options.force => Err(Error::Usage {
            problem: format!("there is already a baseline at {}", target.name),
            help: "`keyward baseline update` brings it up to date, --force replaces it".to_owned(),
        }),
        BaselineAction::Create(_) => Ok(Baseline::default()),
        _ => Ok(Baseline::read(&target.path)?),
    }
}
