//! From what a check noticed to a finding: one way for all checks, so that they all read alike and leak alike nothing.

use std::collections::BTreeSet;

use super::{checks::Context, facts::FileFacts};
use crate::{
    model::{Confidence, Finding, Fingerprint, Fix, Location, Related, SecretSummary, Severity, Span, Verification},
    rules::Check,
};

/// A place in a file of the graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'g> {
    /// The file.
    pub(super) file: &'g FileFacts,
    /// The place in it; one of [`FileFacts::places`].
    pub(super) at: Span,
}

impl<'g> Spot<'g> {
    /// The place `at` in `file`.
    pub(super) fn new(file: &'g FileFacts, at: Span) -> Self {
        Self { file, at }
    }

    /// Path, lines and columns.
    pub(super) fn location(self) -> Location {
        self.file
            .sites
            .get(&self.at)
            .map_or_else(|| Location::point(&self.file.path, 1, 1), |site| site.location.clone())
    }
}

/// Leaves one of the problems that stand in the same place: a file that several projects see has its problems once.
pub(super) fn once_for_each_place(problems: &mut Vec<Problem<'_>>) {
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.spot.file.path.as_str(), problem.spot.at)));
}

/// What a check noticed. Begin with [`Problem::new`], and change what differs from the words of the check.
#[derive(Debug)]
pub(super) struct Problem<'g> {
    /// The check.
    pub(super) check: &'static Check,
    /// Where.
    pub(super) spot: Spot<'g>,
    /// How bad; never above the check's own.
    pub(super) severity: Severity,
    /// How sure.
    pub(super) confidence: Confidence,
    /// One sentence on what is wrong, without a full stop: names and files, never a value.
    pub(super) message: String,
    /// The next step, in the words of the project's own framework.
    pub(super) help: String,
    /// Whose variable it is.
    pub(super) provider: Option<String>,
    /// The other places of the story: "read here", "defined here", "loaded here".
    pub(super) related: Vec<(Spot<'g>, String)>,
    /// Places of the story in files without facts.
    pub(super) elsewhere: Vec<Related>,
    /// How what it is about reaches other people.
    pub(super) exposure: Vec<String>,
    /// Changes that would resolve it. No edit's text ever holds a key: what is wrong is cut away, not written anew.
    pub(super) fixes: Vec<Fix>,
    /// What makes it a different finding from another of the check in the same file, such as the variable's name.
    pub(super) subject: String,
}

impl<'g> Problem<'g> {
    /// A problem of the check called `id` at `spot`, about `subject`.
    ///
    /// # Panics
    /// When there is no such check, which `cargo test` rules out.
    pub(super) fn new(id: &str, spot: Spot<'g>, subject: impl Into<String>) -> Self {
        let check = Check::get(id).expect("every check has its file in rules/checks");
        Self {
            check,
            spot,
            severity: check.severity,
            confidence: check.confidence,
            message: check.summary.clone(),
            help: check.help.clone(),
            provider: None,
            related: Vec::new(),
            elsewhere: Vec::new(),
            exposure: Vec::new(),
            fixes: Vec::new(),
            subject: subject.into(),
        }
    }

    /// The finding.
    pub(super) fn finding(self, context: &Context<'_>) -> Finding {
        let Self {
            check,
            spot,
            severity,
            confidence,
            message,
            help,
            provider,
            related,
            elsewhere,
            exposure,
            fixes,
            subject,
        } = self;
        let parts: [&[u8]; 3] = [check.id.as_str().as_bytes(), spot.file.path.as_bytes(), subject.as_bytes()];
        let known = spot.file.known_at(spot.at).or_else(|| spot.file.encoded.iter().find(|known| known.at == spot.at));
        Finding {
            rule: check.id.clone(),
            group: check.group,
            provider,
            kind: None,
            severity,
            confidence,
            message,
            help,
            location: spot.location(),
            origin: context.options.origin.clone(),
            secret: known.map(|known| SecretSummary {
                masked: known.secret.masked(),
                length: known.secret.length(),
                fingerprint: known.secret.fingerprint(),
                revealed: None,
            }),
            decoded: known
                .iter()
                .flat_map(|known| &known.decoded)
                .map(|decoding| decoding.as_str().to_owned())
                .collect(),
            exposure,
            verification: Verification::NOT_REQUESTED,
            related: related
                .into_iter()
                .map(|(spot, message)| Related { message, location: spot.location() })
                .chain(elsewhere)
                .collect(),
            fixes,
            suppressed: None,
            fingerprint: Fingerprint::of("finding", &parts),
            excerpt: spot.file.sites.get(&spot.at).map(|site| site.excerpt.clone()),
        }
    }
}
