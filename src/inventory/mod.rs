//! Every distinct key with all that is known of it, the most urgent first, and the order in which to replace them.
//!
//! A scan answers "what is wrong here?", finding by finding. Who has to rotate keys asks "which keys are there, where does each stand, how bad is
//! it, and what do I do first?". So the findings of the working tree and of the history are folded into one row for each key ([`Key`]), which gets
//! an [`Urgency`] by rules that a person can check, and steps that follow from where it stands.
//!
//! Nothing is read, asked or written here. Texts that the repository gave must be masked by the caller, between [`keys`] and [`Inventory::new`]:
//! plans quote them.

mod assembly;
mod key;
mod plan;
mod urgency;

pub use self::{
    assembly::{Found, keys},
    key::{Key, Moment, Past, Place, Use},
    plan::{Action, Step, Task},
    urgency::Urgency,
};

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Coverage, Notice, Tool};

/// Version of the JSON.
pub const SCHEMA: &str = "keyward-inventory/1";

/// What was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Read {
    /// The working tree.
    pub tree: Coverage,
    /// The history; `null` when it was left out, or there is no repository.
    pub history: Option<Coverage>,
}

impl Read {
    /// All statements there are.
    pub fn all(&self) -> impl Iterator<Item = &Coverage> {
        std::iter::once(&self.tree).chain(&self.history)
    }

    /// The same to change them.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Coverage> {
        std::iter::once(&mut self.tree).chain(&mut self.history)
    }
}

/// Counts of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// All of them.
    pub keys: u64,
    /// Those that the provider says are live.
    pub live: u64,
    /// Those of them that may not do everything.
    pub restricted: u64,
    /// Those that the provider refuses.
    pub dead: u64,
    /// Those about which somebody was asked and nothing is known.
    pub unknown: u64,
    /// Those about which nobody was asked.
    pub not_checked: u64,
    /// Those to be revoked at once.
    pub now: u64,
    /// Those to be replaced in the next days.
    pub soon: u64,
    /// Those to be replaced when there is time.
    pub later: u64,
    /// Dead ones that files still hold.
    pub clean_up: u64,
    /// Those that an exception with a reason allows.
    pub accepted: u64,
    /// Those that stand only where they belong.
    pub in_place: u64,
    /// Dead ones that only the history holds.
    pub over: u64,
}

impl Summary {
    fn of(keys: &[Key]) -> Self {
        let mut summary = Self { keys: keys.len() as u64, ..Self::default() };
        for key in keys {
            let verdict = key.verification.verdict;
            let is_asked = verdict.is_live() || verdict.is_dead() || verdict.is_unknown();
            summary.live += u64::from(verdict.is_live());
            summary.restricted += u64::from(verdict.is_restricted());
            summary.dead += u64::from(verdict.is_dead());
            summary.unknown += u64::from(verdict.is_unknown());
            summary.not_checked += u64::from(!is_asked);
            *summary.of_urgency(key.urgency) += 1;
        }
        summary
    }

    fn of_urgency(&mut self, urgency: Urgency) -> &mut u64 {
        match urgency {
            Urgency::Now => &mut self.now,
            Urgency::Soon => &mut self.soon,
            Urgency::Later => &mut self.later,
            Urgency::CleanUp => &mut self.clean_up,
            Urgency::Accepted => &mut self.accepted,
            Urgency::InPlace => &mut self.in_place,
            Urgency::Over => &mut self.over,
        }
    }
}

/// The whole inventory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Inventory {
    /// Version of this format.
    pub schema: &'static str,
    /// The program that made it.
    pub tool: Tool,
    /// What was read.
    pub coverage: Read,
    /// Counts.
    pub summary: Summary,
    /// The keys, the most urgent first.
    pub keys: Vec<Key>,
    /// What to do about all of them, in this order.
    pub plan: Vec<Task>,
    /// What the user should know about the run.
    pub notices: Vec<Notice>,
}

impl Inventory {
    /// The inventory of `keys`, whose texts are masked.
    #[must_use]
    pub fn new(mut keys: Vec<Key>, tool: Tool, coverage: Read, notices: Vec<Notice>) -> Self {
        for key in &mut keys {
            key.plan = plan::steps(key);
        }
        let (summary, plan) = (Summary::of(&keys), plan::tasks(&keys));
        Self { schema: SCHEMA, tool, coverage, summary, keys, plan, notices }
    }
}
