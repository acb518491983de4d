//! One row: a key, its places, and what is known of it. The JSON of an inventory is made of these types.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Step, Urgency};
use crate::model::{
    Confidence, Exposure, Fingerprint, ObjectKind, Role, RuleId, Severity, Suppression, Verification, title,
};

/// A commit, as a point in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// Its id; `null` for what no commit holds.
    pub commit: Option<String>,
    /// When it was made, RFC 3339.
    pub time: Option<String>,
}

impl Moment {
    /// The day.
    #[must_use]
    pub fn day(&self) -> Option<&str> {
        self.time.as_deref().and_then(|time| time.get(..10))
    }
}

/// What the history says of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Past {
    /// The first commit that held the key there.
    pub first: Option<Moment>,
    /// The youngest commit that does.
    pub last: Option<Moment>,
    /// Whether HEAD holds it there.
    pub in_head: bool,
    /// Versions of the file that hold it.
    pub versions: u32,
    /// References from which it can be reached, sorted.
    pub refs: Vec<String>,
    /// What kind of git object holds it.
    pub object: Option<ObjectKind>,
}

/// A file that holds a key or once did, or a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// Relative to the repository root, with `/`.
    pub path: String,
    /// Lines in the file as it is now, or else in a version of it.
    pub lines: Vec<u32>,
    /// Whether the file holds it now, in the working tree.
    pub in_working_tree: bool,
    /// How far the key has come by this place, the farthest first.
    pub exposure: Vec<Exposure>,
    /// Names that hold it here.
    pub names: Vec<String>,
    /// The environment that the file, or the section in it, is for.
    pub environment: Option<String>,
    /// What the history says; `null` when it was not read or does not have it.
    pub history: Option<Past>,
    /// Set when something silences the finding here.
    pub suppressed: Option<Suppression>,
}

/// A place that goes by the name of a variable that holds the key elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Use {
    /// The variable.
    pub name: String,
    /// What is done with it.
    pub role: Role,
    /// Relative to the repository root, with `/`.
    pub path: String,
    /// The line.
    pub line: u32,
}

/// A distinct key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Key {
    /// When to do something about it.
    pub urgency: Urgency,
    /// Why then.
    pub why: String,
    /// The rule that knows it.
    pub rule: RuleId,
    /// What it is: "OpenAI API key".
    pub summary: String,
    /// Whose credential it is; `null` when that cannot be told.
    pub provider: Option<String>,
    /// The provider's name.
    pub provider_name: Option<String>,
    /// Kind within the rule, such as `project`.
    pub kind: Option<String>,
    /// How bad a scan calls it.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Prefix and at most the last four characters.
    pub masked: String,
    /// Length in characters.
    pub length: usize,
    /// Identity of the key.
    pub fingerprint: Fingerprint,
    /// What the provider said.
    pub verification: Verification,
    /// How far it has come, the farthest first.
    pub exposure: Vec<Exposure>,
    /// Environments it stands in.
    pub environments: Vec<String>,
    /// Names it goes under.
    pub names: Vec<String>,
    /// The first commit that held it; `null` when none does.
    pub first_seen: Option<Moment>,
    /// The youngest commit that holds it; `null` when none does.
    pub last_seen: Option<Moment>,
    /// Whether a file of the working tree holds it.
    pub in_working_tree: bool,
    /// Whether HEAD holds it.
    pub in_head: bool,
    /// Where it stands and stood.
    pub places: Vec<Place>,
    /// What goes by its names.
    pub uses: Vec<Use>,
    /// How many further places go by its names and are not listed.
    pub uses_not_listed: u64,
    /// Set when something silences it at all of its places.
    pub suppressed: Option<Suppression>,
    /// Page where it is revoked.
    pub revoke: Option<String>,
    /// What to do, in this order.
    pub plan: Vec<Step>,
}

impl Key {
    /// The farthest it has come.
    #[must_use]
    pub fn worst(&self) -> Exposure {
        self.exposure.first().copied().unwrap_or(Exposure::Local)
    }

    /// What it is, with its kind.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.summary, self.kind.as_deref())
    }

    /// Everything in it that the repository gave a name to, or that quotes such a name.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { names, places, uses, suppressed, verification, .. } = self;
        let of_places = places.iter_mut().flat_map(|place| {
            let Place { path, names, history, suppressed, .. } = place;
            let refs = history.iter_mut().flat_map(|past| &mut past.refs);
            let reason = suppressed.iter_mut().map(|suppression| &mut suppression.reason);
            [path].into_iter().chain(names).chain(refs).chain(reason)
        });
        let of_uses = uses.iter_mut().flat_map(|used| [&mut used.name, &mut used.path]);
        let reason = suppressed.iter_mut().map(|suppression| &mut suppression.reason);
        names.iter_mut().chain(of_places).chain(of_uses).chain(reason).chain(&mut verification.advice)
    }
}

#[cfg(test)]
impl Key {
    /// A key of which nothing is known.
    pub(super) fn sample() -> Self {
        Self {
            urgency: Urgency::Later,
            why: String::new(),
            rule: RuleId::new("openai-api-key"),
            summary: "OpenAI API key".to_owned(),
            provider: Some("openai".to_owned()),
            provider_name: Some("OpenAI".to_owned()),
            kind: Some("project".to_owned()),
            severity: Severity::Error,
            confidence: Confidence::High,
            masked: "sk-proj-…".to_owned(),
            length: 164,
            fingerprint: Fingerprint::of("secret", &[b"sample"]),
            verification: Verification::NOT_REQUESTED,
            exposure: Vec::new(),
            environments: Vec::new(),
            names: Vec::new(),
            first_seen: None,
            last_seen: None,
            in_working_tree: false,
            in_head: false,
            places: Vec::new(),
            uses: Vec::new(),
            uses_not_listed: 0,
            suppressed: None,
            revoke: None,
            plan: Vec::new(),
        }
    }
}
