//! Several reports into one: the shards of a scan, the repositories of an organisation, or both.
//!
//! Reports of one repository are its shards and must be complete; together they are what the scan of the whole would have said. Reports of
//! different repositories stand side by side, with the repository's name before each path. The result is a report like any other and may
//! be merged again: in which order and in how many steps does not matter. Anything that makes the sum less than what it looks like (a part
//! that is missing, other rules, two runs mixed) is an error, because a merged report that is clean is taken for a clean repository.
//!
//! Nothing is read or written here; `report` reads the line format and writes all of them.

mod error;
mod hide;

use std::collections::{BTreeMap, BTreeSet};

pub use error::MergeError;
pub use hide::Hider;

use crate::model::{Coverage, Finding, Notice, RESULTS_LEFT_OUT, RepoId, Report, Shard, Summary, one_for_each_secret};

/// Missing parts that are named one by one.
const NAMED: usize = 8;

/// A report and what it is called in messages.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file it came from.
    pub name: String,
    /// The report.
    pub report: Report,
}

/// The report that all `parts` make up.
///
/// # Errors
/// [`MergeError`] when they do not belong together, or something is missing, or all is.
pub fn merge(mut parts: Vec<Part>) -> Result<Report, MergeError> {
    agree(&parts)?;
    for Part { report, .. } in &mut parts {
        // That another report of the run was cut is not true of those that come of this one.
        report.notices.retain(|notice| notice.code != RESULTS_LEFT_OUT);
    }
    let mut targets: BTreeMap<Vec<RepoId>, Vec<Part>> = BTreeMap::new();
    for part in parts {
        targets.entry(repositories(&part.report)).or_default().push(part);
    }
    distinct(&targets)?;
    let mut repos: Vec<RepoId> = targets.keys().flatten().cloned().collect();
    repos.sort();
    let mut wholes: Vec<Report> = targets.into_values().map(whole).collect::<Result<_, _>>()?;
    match wholes.pop() {
        None => Err(MergeError::Nothing),
        // One that is about several repositories already, alone, is what it was.
        Some(only) if wholes.is_empty() => Ok(only),
        Some(last) => {
            let side_by_side = wholes.into_iter().chain([last]).map(named).collect();
            Ok(Report { repo_id: None, repos, ..sum(side_by_side, total) })
        }
    }
}

fn total(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |sum, number| sum.saturating_add(*number))
}

/// The repositories that `report` is about; none when that was not said.
fn repositories(report: &Report) -> Vec<RepoId> {
    report.repo_id.iter().chain(&report.repos).cloned().collect()
}

/// Whether all reports were made by the same program with the same rules, in the same mode.
fn agree(parts: &[Part]) -> Result<(), MergeError> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    for part in rest {
        let (one, other) = (first.name.clone(), part.name.clone());
        let (tool, other_tool) = (&first.report.tool, &part.report.tool);
        if tool.version != other_tool.version {
            let (version, other_version) = (tool.version.to_string(), other_tool.version.to_string());
            return Err(MergeError::Versions { one, version, other, other_version });
        }
        if tool != other_tool {
            return Err(MergeError::Rules { one, other });
        }
        if first.report.coverage.mode != part.report.coverage.mode {
            return Err(MergeError::Modes { one, other });
        }
    }
    Ok(())
}

/// Whether every repository is in one place only, and can be told from the others by its name.
fn distinct(targets: &BTreeMap<Vec<RepoId>, Vec<Part>>) -> Result<(), MergeError> {
    let mut places: BTreeMap<&RepoId, &str> = BTreeMap::new();
    let mut last: Option<(&[RepoId], &str)> = None;
    for (repos, parts) in targets {
        let name = parts[0].name.as_str();
        // The unnamed ones come first.
        if let Some((_, unnamed)) = last.filter(|(before, _)| before.is_empty()) {
            return Err(MergeError::Unnamed { named: name.to_owned(), unnamed: unnamed.to_owned() });
        }
        last = Some((repos, name));
        for repo in repos {
            if let Some(other) = places.insert(repo, name) {
                let (one, other, repo) = (other.to_owned(), name.to_owned(), repo.to_string());
                return Err(MergeError::Overlap { one, other, repo });
            }
        }
    }
    let names: BTreeSet<&str> = places.keys().map(|repo| repo.as_str()).collect();
    for inner in places.keys() {
        if let Some(outer) = inner.parents().find(|outer| names.contains(outer)) {
            return Err(MergeError::Inside { inner: inner.to_string(), outer: outer.to_owned() });
        }
    }
    Ok(())
}

/// The report on one repository, or on one set of merged ones, from all of its shards.
fn whole(parts: Vec<Part>) -> Result<Report, MergeError> {
    let mut shards: BTreeMap<Option<Shard>, Part> = BTreeMap::new();
    for part in parts {
        let shard = part.report.shard;
        match shards.get(&shard) {
            Some(same) if same.report == part.report => {}
            Some(same) => {
                let (one, other) = (same.name.clone(), part.name);
                return Err(MergeError::Twice { one, other, part: title(shard), of: subject(&part.report) });
            }
            None => _ = shards.insert(shard, part),
        }
    }
    let count = |shard: &Option<Shard>| shard.map_or(0, Shard::count);
    let (first, one) = shards.first_key_value().expect("a target begins with a part");
    let (last, other) = shards.last_key_value().expect("a target begins with a part");
    let of = subject(&one.report);
    if count(first) != count(last) {
        let (part, other_part) = (title(*first), title(*last));
        return Err(MergeError::Counts { one: one.name.clone(), part, of, other: other.name.clone(), other_part });
    }
    let all = (1..=count(last)).filter_map(|index| Shard::new(index, count(last)));
    let missing: Vec<Shard> = all.filter(|shard| !shards.contains_key(&Some(*shard))).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing: list(&missing), of });
    }
    let reports: Vec<Report> = shards.into_values().map(|part| part.report).collect();
    // Every shard walks all commits and reads its part of what they hold.
    Ok(Report { shard: None, ..sum(reports, |all| all.iter().copied().max().unwrap_or(0)) })
}

/// What a report with this shard is.
fn title(shard: Option<Shard>) -> String {
    shard.map_or("the whole".to_owned(), |shard| format!("shard {shard}"))
}

/// What it is a report on.
fn subject(report: &Report) -> String {
    match (&report.repo_id, report.repos.len()) {
        (Some(repo), _) => repo.to_string(),
        (None, 0) => "the repository".to_owned(),
        (None, several) => format!("{several} repositories"),
    }
}

fn list(missing: &[Shard]) -> String {
    let named: Vec<String> = missing.iter().take(NAMED).map(Shard::to_string).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!("shard {}{more}", named.join(", "))
}

/// `report` with the name of its repository before every path. One that is merged has them already.
fn named(mut report: Report) -> Report {
    let Some(repo) = report.repo_id.take() else { return report };
    for finding in &mut report.findings {
        let related = finding.related.iter_mut().map(|related| &mut related.location);
        let edits = finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.location);
        for location in related.chain(edits).chain([&mut finding.location]) {
            location.path = repo.join(&location.path);
        }
        finding.origin.anchor = finding.origin.anchor.take().map(|path| repo.join(&path));
    }
    for skipped in &mut report.coverage.skipped {
        skipped.path = repo.join(&skipped.path);
    }
    for notice in &mut report.notices {
        notice.path = match &notice.path {
            Some(path) => Some(repo.join(path)),
            // What is said of the run as a whole is said of the repository; what counts others adds up over all of them.
            None if notice.is_count() => None,
            None => Some(repo.to_string()),
        };
    }
    report
}

/// All of `reports`, which agree and of which there is at least one, as one. How their commits add up is said by `commits`.
fn sum(reports: Vec<Report>, commits: fn(&[u64]) -> u64) -> Report {
    let walked: Vec<u64> = reports.iter().map(|report| report.coverage.commits).collect();
    let mut reports = reports.into_iter();
    let mut all = reports.next().expect("there is something to add up");
    for other in reports {
        let Coverage { mode: _, files, bytes, commits: _, blobs, complete, skipped } = other.coverage;
        let coverage = &mut all.coverage;
        coverage.files = coverage.files.saturating_add(files);
        coverage.bytes = coverage.bytes.saturating_add(bytes);
        coverage.blobs = coverage.blobs.saturating_add(blobs);
        coverage.complete &= complete;
        coverage.skipped.extend(skipped);
        all.summary.suppressed = all.summary.suppressed.saturating_add(other.summary.suppressed);
        all.findings.extend(other.findings);
        all.notices.extend(other.notices);
    }
    all.coverage.commits = commits(&walked);
    // Every shard meets the folders and links that none of them reads.
    all.coverage.skipped.sort();
    all.coverage.skipped.dedup();
    all.notices = Notice::bounded(all.notices);
    all.findings = one_for_each_secret(all.findings);
    all.findings.sort_by(Finding::order);
    let silenced = |findings: &[Finding]| findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let before = silenced(&all.findings);
    all.findings.dedup_by(|later, earlier| later.is_same(earlier));
    let told_twice = (before - silenced(&all.findings)) as u64;
    // Of silenced findings a report may hold the number only.
    let suppressed = all.summary.suppressed.saturating_sub(told_twice);
    all.summary = Summary { suppressed, ..Summary::of(&all.findings) };
    all
}

#[cfg(test)]
mod tests;
