//! Asking providers whether keys still work: the one module that opens a socket, and only when somebody said `--verify`.
//!
//! A key goes to its provider's own host, or to where the person at the keyboard said, in one header of one request; each key is asked about once. What
//! a scanned repository says decides neither whether nor whom to ask. Everything ends in a [`Verification`]: a verdict with its reason, never
//! an error, since a provider that cannot be reached is no reason to lose a report.
//!
//! Built without the feature `network` there is no client here and nothing to make one of.

#[cfg(feature = "network")]
mod call;
#[cfg(feature = "network")]
mod client;
#[cfg(feature = "network")]
mod interrupt;
mod judge;
mod nearby;
#[cfg(feature = "network")]
mod pause;
#[cfg(feature = "network")]
mod proxy;
#[cfg(feature = "network")]
mod queue;
#[cfg(feature = "network")]
mod signature;
mod surroundings;
#[cfg(test)]
#[cfg(feature = "network")]
mod tests;
#[cfg(feature = "network")]
mod trust;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

#[cfg(feature = "network")]
pub use interrupt::stoppable;
pub use judge::{Judgement, Reply, judge};
pub use nearby::Companions;
pub use surroundings::Surroundings;

use crate::{
    model::{BaseUrl, Secret, Verification},
    rules::verify::Inquiry,
};

/// Time for all questions of a run, unless told otherwise.
pub const BUDGET: Duration = Duration::from_mins(1);
/// Time for one call. Providers need up to ten seconds on bad days, and what is slower is as good as gone.
const CALL: Duration = Duration::from_secs(10);

/// Whom to ask and for how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the person at the keyboard said to ask instead of a provider's own hosts, by provider.
    pub urls: BTreeMap<String, BaseUrl>,
    /// Time for all questions.
    pub budget: Duration,
    /// Time for one call.
    pub call: Duration,
    /// Set from outside to stop asking.
    pub stop: Arc<AtomicBool>,
}

impl Default for Options {
    fn default() -> Self {
        Self { urls: BTreeMap::new(), budget: BUDGET, call: CALL, stop: Arc::default() }
    }
}

/// A key, and what it takes to ask about it.
#[derive(Clone, Debug)]
pub struct Question {
    /// How keys of its kind are verified.
    pub inquiry: Arc<Inquiry>,
    /// The key.
    pub secret: Secret,
    /// What stands around it.
    pub surroundings: Surroundings,
    /// Further headers by name, none of which holds a key.
    pub headers: BTreeMap<String, String>,
}

impl Question {
    /// The question as clients ask it that find `variable`s set: with the headers that those fill. `None` when none is set.
    #[must_use]
    pub fn as_clients_ask(&self, variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let is_plain = |value: &String| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic());
        let value = |names: &Vec<String>| names.iter().find_map(|name| variable(name)).filter(is_plain);
        let headers = self.inquiry.diagnostic.iter();
        let headers: BTreeMap<String, String> =
            headers.filter_map(|(header, names)| Some((header.clone(), value(names)?))).collect();
        (!headers.is_empty()).then(|| Self { headers, ..self.clone() })
    }
}

/// How far the questions have come, for who watches.
#[derive(Debug, Default)]
pub struct Tally {
    /// Keys that somebody is asked about.
    pub all: AtomicU64,
    /// Keys about which that is done.
    pub done: AtomicU64,
    /// Those of them that are live.
    pub live: AtomicU64,
}

impl Tally {
    #[cfg(feature = "network")]
    fn count(&self, verification: &Verification) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.live.fetch_add(verification.verdict.is_live().into(), Ordering::Relaxed);
    }

    /// What is shown of it: `asked about 3 of 12 keys, 1 live`.
    #[must_use]
    pub fn line(&self) -> String {
        let [done, all, live] = [&self.done, &self.all, &self.live].map(|number| number.load(Ordering::Relaxed));
        format!("asked about {done} of {all} keys, {live} live")
    }
}

/// Asks all `questions`; the answers come in their order. Returns when all are answered, time is over or `options.stop` is set.
#[cfg(feature = "network")]
#[must_use]
pub fn ask(questions: Vec<Question>, options: &Options, tally: &Tally) -> Vec<Verification> {
    queue::ask(questions, options, tally, Box::new(client::Client::new()))
}

/// Does `work`, which is over at once: there is nothing to stop.
#[cfg(not(feature = "network"))]
pub fn stoppable<T>(work: impl FnOnce(Arc<AtomicBool>) -> T) -> T {
    work(Arc::default())
}

/// Asks nobody: this program cannot open a socket.
#[cfg(not(feature = "network"))]
#[must_use]
pub fn ask(questions: Vec<Question>, _: &Options, _: &Tally) -> Vec<Verification> {
    use crate::model::{NotChecked, Verdict};

    let verdict = Verdict::NotChecked(NotChecked::BuiltWithoutNetwork);
    let advice = "use a build of keyward with the feature `network`";
    questions.into_iter().map(|_| Verification::of(verdict).with_advice(advice)).collect()
}
