//! `keyward import`: the configuration and the accepted findings of another scanner, as `keyward.toml` and `keyward.baseline`.
//!
//! `import` says what the files mean; here they are found and read, what stands at the places they name is looked up ([`resolve`]), and the result is
//! shown or written. It is checked first, by the reader that a scan uses. What is taken over goes to standard output, what is not to standard error.

mod lines;
mod resolve;
mod source;
mod versions;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use toml::de::DeTable;

use self::source::{Place, Source};
use crate::{
    cli::{ImportFrom, ImportRun, OutputArgs, PolicyArgs, ScanArgs, WhatArgs},
    config::{self, BASELINE, PLACES},
    import::{self, Kind, Plan, Said, detect_secrets, gitleaks},
    model::{masked_text, printable_text},
    pipeline::{Error, Exit, Run, masked, output},
    suppress::Baseline,
};

/// Sentences that are said one by one.
const MOST_SAID: usize = 2_000;

/// Takes over what another scanner keeps.
///
/// # Errors
/// [`Error`].
pub fn run(from: &ImportFrom) -> Result<Exit, Error> {
    let (place, Read { mut plan, is_whole }, run) = match from {
        ImportFrom::Gitleaks { path, run } => {
            let place = Place::find(path.as_deref(), ".gitleaks.toml");
            let read = of_gitleaks(&place)?;
            (place, read, *run)
        }
        ImportFrom::DetectSecrets { path, run } => {
            let place = Place::find(path.as_deref(), ".secrets.baseline");
            let read = of_detect_secrets(&place)?;
            (place, read, *run)
        }
    };
    let names = place.names();
    // What is looked up is looked up with the rules that are written.
    ready(&mut plan, &names);
    let accepted = resolve::resolve(&mut plan, &place.root)?;
    ready(&mut plan, &names);
    let text = import::config(&plan, &names);
    check(&text, &place.root)?;
    if run.write && !is_whole {
        let sentence =
            "nothing was written, because this file was not understood: correct it and import again, or move it away";
        let file = place.main().map_or(names, |source| source.name);
        plan.said.push(Said { place: import::Place::file(&file), kind: Kind::Unread, sentence: sentence.to_owned() });
    } else if run.write {
        write(&text, &accepted, &place.root, run)?;
    } else {
        // TOML keeps what turns a line around or begins an escape code in eight bits; only the file has it as it is.
        output::print(printable_text(&shown(&text, &accepted)).as_bytes())?;
    }
    say(&plan, accepted.entries().len(), &place);
    let unread = plan.said.iter().any(|said| said.kind == Kind::Unread);
    Ok(if unread { Exit::Trouble } else { Exit::Clean })
}

/// What the files of another scanner come to.
struct Read {
    plan: Plan,
    /// Whether the configuration was read: without it nobody knows which rules and exceptions its list was for.
    is_whole: bool,
}

/// Leaves out of `plan` what no configuration may hold. `names` are those of the files it comes from.
fn ready(plan: &mut Plan, names: &str) {
    without_keys(plan, names);
    import::fit(plan, names, usize::try_from(config::LARGEST).unwrap_or(usize::MAX));
}

fn of_gitleaks(place: &Place) -> Result<Read, Error> {
    let mut plan = Plan::default();
    let configuration = place.main();
    let ignored = place.beside(".gitleaksignore");
    if configuration.is_none() && ignored.is_none() {
        return Err(nothing(place, ".gitleaks.toml and no .gitleaksignore"));
    }
    let mut names = gitleaks::Names::new();
    let mut is_whole = configuration.is_none();
    if let Some(source) = configuration.and_then(|source| source.text(&mut plan)) {
        is_whole = DeTable::parse(&source.text).is_ok();
        let extend = |path: &str| place.inside(path);
        let file = gitleaks::Source { name: &source.name, text: &source.text };
        names = gitleaks::config(file, &extend, &mut plan);
    }
    if let Some(source) = ignored.and_then(|source| source.text(&mut plan)) {
        gitleaks::ignore::read(gitleaks::Source { name: &source.name, text: &source.text }, &names, &mut plan);
    }
    Ok(Read { plan, is_whole })
}

fn of_detect_secrets(place: &Place) -> Result<Read, Error> {
    let mut plan = Plan::default();
    let Some(source) = place.main() else { return Err(nothing(place, ".secrets.baseline")) };
    if let Some(source) = source.text(&mut plan) {
        detect_secrets::baseline(&source.name, &source.text, &mut plan);
    }
    // All stands in the one file: where that is not read there is nothing to write.
    Ok(Read { plan, is_whole: true })
}

fn nothing(place: &Place, names: &str) -> Error {
    Error::Usage {
        problem: format!("there is no {names} at {}", place.root.display()),
        help: "name the file: `keyward import gitleaks PATH`, `keyward import detect-secrets FILE`".to_owned(),
    }
}

/// Where the configuration is written.
fn target(root: &Path, run: ImportRun) -> Result<&'static str, Error> {
    let there: Vec<&str> = PLACES.into_iter().filter(|place| root.join(place).symlink_metadata().is_ok()).collect();
    match there[..] {
        [] => Ok(PLACES[0]),
        [name] if run.force => Ok(name),
        [name] => Err(Error::Usage {
            problem: format!("there is already a configuration at {name}"),
            help: "leave out --write and copy what is shown into it, or replace it with --force".to_owned(),
        }),
        [kept, ref others @ ..] => Err(Error::Usage {
            problem: format!("there is more than one configuration: {}", there.join(", ")),
            help: format!("keyward takes one only: keep {kept}, remove {}, and import again", others.join(" and ")),
        }),
    }
}

/// Texts of which it is asked whether each holds a key, once all together do.
const MOST_ASKED: usize = 64;

/// Leaves out what holds a key itself: it would stand in one more file. `names` are those of the files it comes from.
fn without_keys(plan: &mut Plan, names: &str) {
    let rules = plan.rules.iter().map(|rule| rule.text.as_str());
    let paths = plan.exceptions.iter().filter_map(|exception| exception.path.as_deref());
    let all: Vec<&str> = rules.chain(paths).chain(plan.exclude.iter().map(String::as_str)).collect();
    let all = all.join("\n");
    if masked(&all) == all {
        return;
    }
    let mut asked = 0;
    let mut holds_key = |text: &str| {
        asked += usize::from(masked_text(text) != text);
        masked_text(text) != text && (asked > MOST_ASKED || masked(text) != text)
    };
    let mut left = Vec::new();
    plan.rules.retain(|rule| {
        let holds = holds_key(&rule.text);
        if holds {
            let sentence = format!("rule `{}` holds what looks like a key, and is not taken over", rule.id);
            left.push((rule.place.clone(), sentence));
        }
        !holds
    });
    let before = plan.exclude.len() + plan.exceptions.len();
    plan.exclude.retain(|glob| !holds_key(glob));
    plan.exceptions.retain(|exception| exception.path.as_deref().is_none_or(|path| !holds_key(path)));
    let lost = before - plan.exclude.len() - plan.exceptions.len();
    if lost > 0 {
        let sentence = format!("{lost} paths hold what looks like a key, and are not taken over");
        left.push((import::Place::file(names), sentence));
    }
    plan.said.extend(left.into_iter().map(|(place, sentence)| Said { place, kind: Kind::Left, sentence }));
}

/// Reads `text` as a scan would.
fn check(text: &str, root: &Path) -> Result<(), Error> {
    resolve::with_config(text, |path| Run::new(&scan_args(root, path)).map(drop))
}

/// A scan of everything below `root` for secrets, with the configuration at `config`.
fn scan_args(root: &Path, config: &Path) -> ScanArgs {
    ScanArgs {
        what: WhatArgs { paths: vec![root.to_owned()], ..WhatArgs::default() },
        policy: PolicyArgs { config: Some(config.to_owned()), skip: vec!["env".to_owned()], ..PolicyArgs::default() },
        // The values are compared here with what the other scanner knows of them, and leave with the outcome.
        output: OutputArgs { show_secrets: true, no_progress: true, ..OutputArgs::default() },
        ..ScanArgs::default()
    }
}

/// What would be written: the configuration, and the lines of the baseline as comments behind it.
fn shown(text: &str, accepted: &Baseline) -> String {
    let mut out = text.to_owned();
    if accepted.entries().len() > 0 {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "# Lines of {BASELINE}, which --write adds:");
        for line in accepted.to_text().lines().filter(|line| !line.starts_with('#')) {
            let _ = writeln!(out, "# {line}");
        }
    }
    out
}

/// Writes both files, or what there is of them.
fn write(text: &str, accepted: &Baseline, root: &Path, run: ImportRun) -> Result<(), Error> {
    let mut done = String::new();
    // A configuration that stays says where its baseline is.
    let baseline = if text.is_empty() {
        let file = config::settings(&ScanArgs::default(), root, None)?.baseline_target(root);
        (file.path, file.name)
    } else {
        let target = target(root, run)?;
        let path = root.join(target);
        let verb = if path.symlink_metadata().is_ok() { "replaced" } else { "written" };
        output::replace_file(&path, text.as_bytes())?;
        let _ = writeln!(done, "{target}: {verb}");
        (root.join(BASELINE), BASELINE.to_owned())
    };
    if accepted.entries().len() > 0 {
        let (path, name) = baseline;
        let old = if path.symlink_metadata().is_ok() { Baseline::read(&path)? } else { Baseline::default() };
        let before = old.entries().len();
        let all: Baseline = old.entries().chain(accepted.entries()).cloned().collect();
        output::replace_file(&path, &with_entries(&path, &old, &all)?)?;
        let _ = writeln!(done, "{name}: {} accepted, {} added", all.entries().len(), all.entries().len() - before);
    }
    output::print(done.as_bytes())
}

/// The text of the baseline at `path`, which holds `old`, with what is new in `all`. What people wrote into it stays: new entries then stand at its end.
fn with_entries(path: &Path, old: &Baseline, all: &Baseline) -> Result<Vec<u8>, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let text = if path.symlink_metadata().is_ok() { fs::read(path).map_err(unreadable)? } else { Vec::new() };
    let is_plain = text.is_empty() || text == old.to_text().as_bytes();
    if is_plain {
        return Ok(all.to_text().into_bytes());
    }
    let new: Baseline = all.entries().filter(|entry| !old.contains(entry)).cloned().collect();
    let mut text = text;
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    for line in new.to_text().lines().filter(|line| !line.starts_with('#')) {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    Ok(text)
}

/// Says on standard error what was not taken over, and how much was.
fn say(plan: &Plan, accepted: usize, place: &Place) {
    let mut text = String::new();
    let mut said: Vec<&Said> = plan.said.iter().collect();
    said.sort_by_key(|said| &said.place);
    said.dedup();
    let sentences = together(&said);
    for sentence in sentences.iter().take(MOST_SAID) {
        text.push_str(sentence);
        text.push('\n');
    }
    if sentences.len() > MOST_SAID {
        let _ = writeln!(text, "and {} more sentences", sentences.len() - MOST_SAID);
    }
    let counted = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let of_kind = |kind: Kind| said.iter().filter(|said| said.kind == kind).count();
    let sentence = format!(
        "taken over from {}: {}, {}, {}, {}, {}; not taken over: {}; not understood: {}",
        place.names(),
        counted(plan.exclude.iter().filter(|glob| !glob.starts_with('!')).count(), "excluded path", "excluded paths"),
        counted(plan.skip.len(), "rule that does not run", "rules that do not run"),
        counted(plan.exceptions.len(), "exception", "exceptions"),
        counted(plan.rules.len(), "rule", "rules"),
        counted(accepted, "accepted secret", "accepted secrets"),
        of_kind(Kind::Left),
        of_kind(Kind::Unread),
    );
    text.push_str(&sentence);
    let _ = io::stderr().write_all(fit(&text, output::in_lines).as_bytes());
}

/// The lines of `text` without keys, each laid out by `in_lines`. In this order: a key that is broken over lines is none to a scan.
fn fit(text: &str, in_lines: impl Fn(&str) -> String) -> String {
    masked(text).lines().map(|line| in_lines(line) + "\n").collect()
}

/// What is `said`, once for all places of a file of which the same is said.
fn together(said: &[&Said]) -> Vec<String> {
    let mut order = Vec::new();
    let mut places: BTreeMap<(&str, &str), Vec<&import::Place>> = BTreeMap::new();
    for Said { place, sentence, .. } in said {
        let of = places.entry((&place.file, sentence)).or_insert_with(|| {
            order.push((place.file.as_str(), sentence.as_str()));
            Vec::new()
        });
        of.push(place);
    }
    let told = |of: (&str, &str)| format!("{}{}: {}", of.0, spots(&places[&of]), of.1);
    order.into_iter().map(told).collect()
}

/// Runs of lines that are named for one sentence. The scan after the import names whatever of them still matters.
const MOST_RUNS: usize = 12;

/// `:3,7-9`, or `, a.py:3, b.py:7-9 and 20 more`. `places` are those of one file, in their order.
fn spots(places: &[&import::Place]) -> String {
    let mut runs: Vec<(Option<&str>, Option<[u32; 2]>)> = Vec::new();
    let (mut text, mut named) = (String::new(), 0);
    for place in places {
        let path = place.path.as_deref();
        let is_full = runs.len() == MOST_RUNS;
        match (runs.last_mut(), place.line) {
            (Some((before, Some([_, last]))), Some(line)) if *before == path && line <= *last + 1 => *last = line,
            (Some((before, _)), None) if *before == path => {}
            _ if is_full => break,
            (_, line) => runs.push((path, line.map(|line| [line, line]))),
        }
        named += 1;
    }
    let mut before = None;
    for (number, (path, lines)) in runs.iter().enumerate() {
        let is_same = number > 0 && before == *path;
        if let Some(path) = path.filter(|_| !is_same) {
            let _ = write!(text, ", {path}");
        }
        if let Some([first, last]) = lines {
            let _ = write!(text, "{}{first}", if is_same { ',' } else { ':' });
            if first != last {
                let _ = write!(text, "-{last}");
            }
        }
        before = *path;
    }
    if named < places.len() {
        let _ = write!(text, " and {} more", places.len() - named);
    }
    text
}

/// A text that was read, and how it is called.
struct Text {
    name: String,
    text: String,
}

impl Source {
    /// The text; what keeps it from being read is said.
    fn text(self, plan: &mut Plan) -> Option<Text> {
        match self.read() {
            Ok(text) => Some(Text { name: self.name, text }),
            Err(reason) => {
                let sentence = format!("this file was not read: {reason}");
                plan.said.push(Said { place: import::Place::file(&self.name), kind: Kind::Unread, sentence });
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_told_by_the_lines_of_a_narrow_terminal() {
        let key = crate::rules::template::expand("sk-proj-{url64:74}T3BlbkFJ{url64:74}", "narrow");
        let shown = fit(&format!("one\na: rule `(?{key})` is not taken over\nthree"), |line| textwrap::fill(line, 40));
        assert!(shown.starts_with("one\na: rule `(?") && shown.ends_with("\nthree\n"), "{shown}");
        assert!(shown.lines().count() > 3 && shown.lines().all(|line| line.chars().count() <= 40), "{shown}");
        let flat = shown.replace('\n', "");
        assert!(!flat.contains(&key[30..60]) && !flat.contains(&key[100..130]), "{shown}");
    }

    #[test]
    fn the_same_sentence_is_said_once_for_all_lines() {
        let said = |place, sentence: &str| Said { place, kind: Kind::Note, sentence: sentence.to_owned() };
        let line = |line, sentence: &str| said(import::Place::line("a", line), sentence);
        let told = |said: &[Said]| together(&said.iter().collect::<Vec<_>>());
        let lines = [line(1, "x"), line(2, "x"), line(3, "y"), line(4, "x"), line(7, "x"), line(8, "x")];
        assert_eq!(told(&lines), ["a:1-2,4,7-8: x", "a:3: y"]);
        assert_eq!(told(&[said(import::Place::file("a"), "x")]), ["a: x"]);
        let listed = |path: &str, line| said(import::Place::listed("a", path, line), "x");
        let listed = [listed("b", Some(3)), listed("b", Some(4)), listed("b", Some(9)), listed("c", None)];
        assert_eq!(told(&listed), ["a, b:3-4,9, c: x"]);
    }

    #[test]
    fn of_very_many_places_the_rest_is_counted() {
        let places: Vec<import::Place> = (0..40).map(|number| import::Place::line("a", 1 + 2 * number)).collect();
        let places: Vec<&import::Place> = places.iter().collect();
        assert_eq!(spots(&places), ":1,3,5,7,9,11,13,15,17,19,21,23 and 28 more");
        assert_eq!(spots(&places[..MOST_RUNS]), ":1,3,5,7,9,11,13,15,17,19,21,23");
    }
}
