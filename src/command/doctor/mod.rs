//! `keyward doctor`: why is my key refused?
//!
//! It scans the project as `keyward` would and reads the lint's findings as answers to a checklist ([`checklist`]). What the files say of a credential
//! comes from the lint as a [`Chain`], which [`case`] lays beside this shell. Each module then answers the questions of its subject, with `--verify` the
//! provider is asked ([`asking`]), and [`cause`] ends in one sentence. No configuration of the repository is read: it could quieten findings, and who
//! asks a doctor wants to hear them. No value is shown.

mod asking;
mod case;
mod cause;
mod checklist;
mod code;
mod destination;
mod exposure;
mod finding;
mod network;
mod owner;
mod shell;
mod target;
mod terminal;
mod value;
mod variable;

use std::{
    io::{self, IsTerminal as _},
    path::Path,
};

use self::{asking::Second, case::Case, target::Target, terminal::Terminal};
use crate::{
    cli::{AnswerFormat, DoctorArgs, PolicyArgs, ScanArgs, WhatArgs},
    config,
    lint::Catalogue,
    model::Verdict,
    pipeline::{Error, Exit, Run, output, project_around},
    report::Paint,
    rules::RuleSet,
};

pub use self::checklist::{Cause, Checkup, Evidence, Item, Line, Mark, Section};

/// Version of the JSON.
pub const SCHEMA: &str = "keyward-doctor/1";
/// More credentials at once are no checklist.
const MOST_SECTIONS: usize = 6;

/// Looks for the reason.
///
/// # Errors
/// [`Error`] when there is no folder to look at, or an option makes no sense.
pub fn run(args: &DoctorArgs) -> Result<Exit, Error> {
    let catalogue = Catalogue::new(&RuleSet::builtin());
    let target = Target::of(args, &catalogue)?;
    let scan = ScanArgs {
        what: WhatArgs { paths: vec![project_around(&target.folder)], ..WhatArgs::default() },
        policy: PolicyArgs { no_config: true, ..PolicyArgs::default() },
        ..ScanArgs::default()
    };
    let run = Run::new(&scan)?.with_chains(target.wish);
    // Before anything is read, so that a mistake is said at once.
    let whom = || config::for_few_keys(None, &args.verify_url, args.verify_timeout, Some(run.base()));
    let (wanted, passed_over) = args.verify.then(whom).transpose()?.unzip();
    let mut outcome = run.collect(None)?;
    outcome.mask_names();
    let chains = std::mem::take(&mut outcome.chains);
    let (report, read) = run.report(outcome);
    let shown = chains.iter().take(MOST_SECTIONS);
    let mut cases: Vec<Case<'_>> = shown.map(|chain| Case::new(chain, &catalogue, &report.findings)).collect();
    let seconds = match wanted {
        Some(wanted) => asking::ask(&mut cases, args, wanted),
        None => vec![None; cases.len()],
    };
    let sections =
        cases.iter().zip(&seconds).map(|(case, second)| section(case, second.as_ref(), args.verify, run.base()));
    let checkup = Checkup {
        schema: SCHEMA.to_owned(),
        complete: read != Exit::Trouble,
        asked: args.verify,
        sections: sections.collect(),
        left_out: chains.len().saturating_sub(MOST_SECTIONS),
        notices: passed_over.flatten().into_iter().collect(),
    };
    show(&checkup, args)?;
    Ok(exit(&checkup, &cases))
}

fn section(case: &Case<'_>, second: Option<&Second>, was_asked: bool, base: &Path) -> Section {
    let lines = vec![
        variable::shell(case),
        variable::files(case),
        variable::winner(case),
        code::reading(case),
        code::loading(case),
        value::form(case),
        value::fit(case),
        owner::line(case, second),
        exposure::browser(case),
        exposure::git(case, base),
        code::deployment(case),
        network::line(case),
        asking::line(case, was_asked),
    ];
    let provider = case.provider();
    Section {
        variable: case.variable().to_owned(),
        provider: provider.map(|provider| provider.id.clone()),
        provider_name: provider.map(|provider| provider.name.clone()),
        project: case.chain.root.clone(),
        cause: cause::cause(case, &lines),
        lines,
    }
}

fn show(checkup: &Checkup, args: &DoctorArgs) -> Result<(), Error> {
    let text = match args.format {
        AnswerFormat::Json => serde_json::to_string_pretty(checkup).expect("a checkup is JSON") + "\n",
        AnswerFormat::Terminal => {
            let paint = Paint { color: output::is_coloured(args.color, io::stdout().is_terminal()) };
            Terminal { paint, unicode: output::is_unicode(), width: output::width() }.show(checkup)
        }
    };
    output::print(text.as_bytes())
}

/// What is wrong is wrong whatever else could not be told.
fn exit(checkup: &Checkup, cases: &[Case<'_>]) -> Exit {
    let is_untold = |case: &Case<'_>| {
        let said = case.winner().and_then(|winner| winner.said.as_ref());
        said.is_some_and(|said| matches!(said.verdict, Verdict::Unknown(_)))
    };
    match () {
        () if checkup.sections.iter().any(Section::fails) => Exit::Findings,
        () if !checkup.complete || cases.iter().any(is_untold) => Exit::Trouble,
        () => Exit::Clean,
    }
}
