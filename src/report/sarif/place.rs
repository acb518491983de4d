//! Where a result points, and what is said of its place when that is not where it points.
//!
//! GitHub shows alerts on the files of HEAD and drops those on files that are not there. A key of the history may stand in no file any more, and one in an
//! archive stands on no line: then a result points at the first line of a file that is there, and says in words where the key stands or stood. Alerts are told
//! apart by a hash of the line they point at; for a line that has nothing to do with them it is made from the fingerprint of the finding.

use std::collections::{BTreeMap, HashMap};

use serde_sarif::sarif::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};

use super::{super::printable::Place, super::statement, uri};
use crate::model::{self, Finding, OriginKind};

/// Digits of a hash of a line.
const DIGITS: usize = 16;

/// A file of HEAD that stands for the place of `finding`, when that is gone.
fn anchor(finding: &Finding) -> Option<&str> {
    let origin = &finding.origin;
    origin.anchor.as_deref().filter(|_| origin.kind == OriginKind::History && !origin.in_head)
}

/// Where a result on `finding` points.
pub(super) fn of(finding: &Finding) -> Location {
    let place = &finding.location;
    let path = anchor(finding).unwrap_or(&place.path);
    if finding.origin.archive.is_empty() && anchor(finding).is_none() {
        return at(place);
    }
    let region = Region { start_line: Some(1), ..Default::default() };
    let member = LogicalLocation {
        fully_qualified_name: Some(Place::of(finding).to_string()),
        kind: Some(if finding.origin.archive.is_empty() { "version" } else { "member" }.to_owned()),
        ..Default::default()
    };
    Location {
        physical_location: Some(physical(path, Some(region))),
        logical_locations: Some(vec![member]),
        ..Default::default()
    }
}

/// What is said of a place that a result cannot point at.
pub(super) fn in_words(finding: &Finding) -> Option<String> {
    let place = Place::of(finding);
    match anchor(finding) {
        Some(_) => Some(format!(" It stood in {place}: {}.", statement::origin(&finding.origin)?)),
        None if finding.origin.archive.is_empty() => None,
        None => Some(format!(" It stands in {place}.")),
    }
}

/// A place as a location.
pub(super) fn at(place: &model::Location) -> Location {
    let region = Region {
        start_line: Some(place.start_line.into()),
        start_column: Some(place.start_column.into()),
        end_line: Some(place.end_line.into()),
        end_column: Some(place.end_column.into()),
        ..Default::default()
    };
    Location { physical_location: Some(physical(&place.path, Some(region))), ..Default::default() }
}

/// A file, or a region of it.
pub(super) fn physical(path: &str, region: Option<Region>) -> PhysicalLocation {
    let artifact = ArtifactLocation { uri: Some(uri::relative(path)), ..Default::default() };
    PhysicalLocation { artifact_location: Some(artifact), region, ..Default::default() }
}

/// By what alerts are told apart.
#[derive(Debug, Default)]
pub(super) struct Identities(HashMap<String, u32>);

impl Identities {
    /// Of these GitHub uses the first only; the others let `merge` and `baseline` recognise a finding in a SARIF file.
    pub(super) fn of(&mut self, finding: &Finding) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([("keyward/finding/v1".to_owned(), finding.fingerprint.to_string())]);
        if let Some(hash) = self.line_hash(finding) {
            all.insert("primaryLocationLineHash".to_owned(), hash);
        }
        if let Some(secret) = &finding.secret {
            all.insert("keyward/secret/v1".to_owned(), secret.fingerprint.to_string());
        }
        all
    }

    fn line_hash(&mut self, finding: &Finding) -> Option<String> {
        let known = finding.location.line_hash.clone().filter(|hash| !hash.is_empty());
        let is_elsewhere = anchor(finding).is_some() || (known.is_none() && !finding.origin.archive.is_empty());
        if !is_elsewhere {
            return known;
        }
        let (_, digits) = finding.fingerprint.as_str().split_once(':')?;
        let digits = digits.get(..DIGITS)?;
        let number = self.0.entry(digits.to_owned()).or_default();
        *number += 1;
        Some(format!("{digits}:{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample, *};
    use crate::model::Origin;

    fn past() -> Finding {
        let mut finding = sample::report().findings.remove(2);
        finding.origin = Origin {
            commit: Some("1f2e3d4c5b6a79880123".into()),
            author_time: Some("2024-05-06T07:08:09Z".into()),
            in_head: false,
            anchor: Some("README.md".into()),
            refs: vec!["refs/heads/main".into()],
            ..Origin::plain(OriginKind::History)
        };
        finding
    }

    fn pointed(finding: &Finding) -> (String, i64) {
        let place = of(finding).physical_location.unwrap();
        (place.artifact_location.unwrap().uri.unwrap(), place.region.unwrap().start_line.unwrap())
    }

    #[test]
    fn what_is_gone_points_at_a_file_that_is_there_and_says_where_it_stood() {
        let finding = past();
        assert_eq!(pointed(&finding), ("README.md".to_owned(), 1));
        assert_eq!(
            in_words(&finding).unwrap(),
            " It stood in src/app.py:3:26: first in 1f2e3d4c5b6a of 2024-05-06, not in the files of HEAD; in the history of refs/heads/main."
        );
    }

    #[test]
    fn what_stands_in_head_points_at_its_own_line() {
        let mut finding = past();
        finding.origin.in_head = true;
        assert_eq!(pointed(&finding), ("src/app.py".to_owned(), 3));
        assert_eq!(in_words(&finding), None);
        // Without any file there is nothing better than where it stood.
        finding.origin.in_head = false;
        finding.origin.anchor = None;
        assert_eq!(pointed(&finding), ("src/app.py".to_owned(), 3));
    }

    #[test]
    fn alerts_on_a_line_that_is_not_theirs_are_told_apart_by_what_they_are() {
        let (one, mut other) = (past(), past());
        other.fingerprint = crate::model::Fingerprint::of("finding", &[b"other"]);
        let mut identities = Identities::default();
        let hashes = [&one, &other, &one].map(|finding| identities.of(finding)["primaryLocationLineHash"].clone());
        assert_eq!(hashes[0], format!("{}:1", &one.fingerprint.as_str()[4..20]));
        assert!(hashes[1] != hashes[0] && hashes[2] == format!("{}2", &hashes[0][..17]), "{hashes:?}");
        assert_eq!(Identities::default().of(&one)["primaryLocationLineHash"], hashes[0]);
    }
}
