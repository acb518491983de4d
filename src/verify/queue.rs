//! Many keys, few requests at once: who is asked next, and what happens after an answer.
//!
//! A key is a job that makes one call at a time and goes back into the queue when another has to follow, so nobody sleeps while others could be
//! asked, and a host that hangs holds four of sixteen threads at most. Jobs for a host that has not answered several times in a row end without
//! being tried. When the time for all is over, or somebody stops it, what is on its way is cut off and what is left is unknown.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::Ordering,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Options, Question, Reply, Tally,
    call::{Target, call, targets},
    client::{Exchange, Failure},
    judge,
    pause::{is_transient, retry_after},
};
use crate::{
    model::{BaseUrl, Live, NotChecked, Unknown, Verdict, Verification},
    rules::verify::Then,
};

/// Requests on their way at once, to everybody and to one host.
const MOST_AT_ONCE: usize = 16;
const MOST_PER_HOST: usize = 4;
/// Calls for one key and host, the first included.
const MOST_TRIES: u32 = 3;
/// Wait before the second try; it grows fourfold.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// A provider that wants longer waits than this is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After so many calls that ran out of time, or so many keys whose every call broke off, and no reply between them, a host is given up.
const MOST_FAILURES: u32 = 4;
/// How often somebody looks whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Asks all `questions` by `client`; the answers come in their order.
pub(super) fn ask(
    questions: Vec<Question>,
    options: &Options,
    tally: &Tally,
    client: Box<dyn Exchange>,
) -> Vec<Verification> {
    let mut answers: Vec<Option<Verification>> = vec![None; questions.len()];
    let (sender, receiver) = mpsc::channel();
    let mut jobs = VecDeque::new();
    for (index, question) in questions.into_iter().enumerate() {
        match Job::new(index, question, options) {
            Ok(job) => jobs.push_back(job),
            Err(verification) => answers[index] = Some(verification),
        }
    }
    let mut left = jobs.len();
    tally.all.store(left as u64, Ordering::Relaxed);
    // A time beyond what the clock can count is no limit.
    let end = Instant::now().checked_add(options.budget);
    let shared = Arc::new(Shared::new(jobs, options.clone(), end, client));
    for _ in 0..left.min(MOST_AT_ONCE) {
        let (shared, sender) = (Arc::clone(&shared), sender.clone());
        // Not waited for when time is over: whatever hangs then ends with its connection.
        thread::spawn(move || shared.work(&sender));
    }
    drop(sender);
    while left > 0 {
        match receiver.recv_timeout(LOOK) {
            Ok((index, said)) => {
                if let Said::Finally(verification) = &said {
                    tally.count(verification);
                    left -= 1;
                }
                answers[index] = Some(said.verification());
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if options.stop.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
    }
    // What was heard before the end counts, also when nobody had looked yet; what the end cuts off does not.
    for (index, said) in receiver.try_iter() {
        answers[index] = Some(said.verification());
    }
    shared.close();
    let is_stopped = options.stop.load(Ordering::Relaxed);
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| unanswered(is_stopped))).collect()
}

/// What is said of a key that was not reached.
fn unanswered(is_stopped: bool) -> Verification {
    let advice = if is_stopped {
        "asking was stopped before anything was heard about it"
    } else {
        "the time for all questions was over: give more with --verify-timeout"
    };
    Verification::of(Verdict::Unknown(Unknown::Timeout)).with_advice(advice)
}

/// What is said of a key.
enum Said {
    /// Until more is heard; stands when time is over before that.
    ForNow(Verification),
    Finally(Verification),
}

impl Said {
    fn verification(self) -> Verification {
        match self {
            Self::ForNow(verification) | Self::Finally(verification) => verification,
        }
    }
}

/// A key and how far it has been asked about.
struct Job {
    index: usize,
    question: Question,
    /// Who is asked as long as nobody knows the key; the first is next.
    targets: VecDeque<Target>,
    /// Whether nothing that could have been asked is left out.
    is_all: bool,
    /// Calls made to the first of them.
    tries: u32,
    not_before: Option<Instant>,
    /// What was said before asking again, or by a host that named another; stands if nothing better comes.
    before: Option<Verification>,
    /// What others said who do not know the key.
    elsewhere: Option<Verification>,
    /// Why the last call has to be made again.
    trouble: Option<Verification>,
    /// A row's [`Then`] is followed once.
    has_followed: bool,
}

/// What a call leads to.
enum Step {
    Done(Verification),
    Again(Option<Duration>),
}

impl Job {
    fn new(index: usize, question: Question, options: &Options) -> Result<Self, Verification> {
        let typed = options.urls.get(&question.inquiry.provider);
        let (targets, is_all) = targets(&question.inquiry, &question.surroundings, typed)?;
        let (before, elsewhere) = (None, None);
        Ok(Self {
            index,
            question,
            targets: targets.into(),
            is_all,
            tries: 0,
            not_before: None,
            before,
            elsewhere,
            trouble: None,
            has_followed: false,
        })
    }

    fn host(&self) -> &str {
        self.targets.front().map_or("", |(address, _)| address.authority())
    }

    /// Makes the next call.
    fn call(&mut self, client: &dyn Exchange, time: Duration) -> Result<Reply, Option<Failure>> {
        let target = self.targets.front().ok_or(None)?;
        let call = call(&self.question, target).ok_or(None)?;
        self.tries += 1;
        client.send(&call, time).map_err(Some)
    }

    /// What follows from the outcome of a call; `gives_up` when the host has not answered for long.
    fn step(&mut self, outcome: Result<Reply, Option<Failure>>, gives_up: bool, options: &Options) -> Step {
        let reply = match outcome {
            Ok(reply) => reply,
            Err(Some(failure)) if failure.is_transient() && self.tries < MOST_TRIES && !gives_up => {
                self.trouble = Some(failure.verification());
                return Step::Again(Some(self.wait(None)));
            }
            Err(Some(failure)) => return self.next(failure.verification()),
            Err(None) => {
                let advice = "what belongs to the key is not whole, so no request can be made of it";
                return self.next(Verification::of(Verdict::NotChecked(NotChecked::NotVerifiable)).with_advice(advice));
            }
        };
        let judgement = judge(&self.question.inquiry, &reply, &self.question.secret);
        let verdict = judgement.verification.verdict;
        let wait = retry_after(&reply, SystemTime::now());
        let may_pass =
            is_transient(reply.status) && verdict.is_unknown() && wait.is_none_or(|wait| wait <= LONGEST_WAIT);
        if may_pass && self.tries < MOST_TRIES {
            self.trouble = Some(judgement.verification);
            return Step::Again(Some(self.wait(wait)));
        }
        if !self.has_followed {
            match (judgement.then, judgement.found.as_deref().and_then(|host| self.known_host(host, options))) {
                (Some(Then::AskAgain), _) => {
                    (self.has_followed, self.before) = (true, Some(judgement.verification));
                    return Step::Again(Some(self.wait(None)));
                }
                (Some(Then::AskFoundHost), Some(address)) => {
                    (self.has_followed, self.before, self.tries) = (true, Some(judgement.verification), 0);
                    let pair = self.targets.pop_front().map(|(_, pair)| pair).unwrap_or_default();
                    self.targets = VecDeque::from([(address, pair)]);
                    return Step::Again(None);
                }
                _ => {}
            }
        }
        self.next(judgement.verification)
    }

    /// Goes on to the next that may know the key unless `said` shows that one does.
    fn next(&mut self, said: Verification) -> Step {
        if said.verdict.is_live() || self.targets.len() <= 1 {
            return self.done(said);
        }
        self.targets.pop_front();
        self.tries = 0;
        self.elsewhere = Some(self.with_elsewhere(said));
        Step::Again(None)
    }

    /// What is known so far, which is never that the key is dead: others may still know it.
    fn so_far(&self) -> Option<&Verification> {
        let elsewhere = self.elsewhere.as_ref().filter(|said| !said.verdict.is_dead());
        self.before.as_ref().or(elsewhere).or(self.trouble.as_ref())
    }

    /// What `said` and those before it come to: while one may know the key it is not dead.
    fn with_elsewhere(&mut self, said: Verification) -> Verification {
        let doubt = |verification: &Verification| match verification.verdict {
            Verdict::Live(_) => 3,
            Verdict::Unknown(_) => 2,
            Verdict::NotChecked(_) => 1,
            Verdict::Dead(_) => 0,
        };
        self.elsewhere.take().filter(|before| doubt(before) > doubt(&said)).unwrap_or(said)
    }

    /// The address of `host` when it is one of the provider's, and nobody said to ask another one instead.
    fn known_host(&self, host: &str, options: &Options) -> Option<BaseUrl> {
        let inquiry = &self.question.inquiry;
        let known = inquiry.provider_hosts.iter().find(|known| known.eq_ignore_ascii_case(host))?;
        (!options.urls.contains_key(&inquiry.provider)).then(|| BaseUrl::of_host(known))
    }

    /// Ends with `last`, unless what was said before says more: a key that one answer proved to be live does not become unknown by the next,
    /// and one that works where it was told to go still has to be used there.
    fn done(&mut self, last: Verification) -> Step {
        let last = self.with_elsewhere(last);
        let last = self.doubt(&last).unwrap_or(last);
        let is_region = |verdict| verdict == Verdict::Live(Live::WrongRegion);
        let stands = |before: &Verification| {
            before.verdict.is_live()
                && (last.verdict.is_unknown() || (last.verdict.is_live() && is_region(before.verdict)))
        };
        Step::Done(self.before.take().filter(stands).unwrap_or(last))
    }

    /// What is said instead of a key that was refused, when it may be good with something, or at some place, that was not tried.
    fn doubt(&self, said: &Verification) -> Option<Verification> {
        let provider = &self.question.inquiry.provider;
        let rival = self.question.surroundings.rival.as_ref();
        let advice = match rival {
            _ if !said.verdict.is_dead() => return None,
            Some(rival) => {
                format!("{rival} is named beside it: if it is for there, say --verify-url {provider}=https://HOST")
            }
            None if !self.is_all => {
                "more than can be tried stands near it that may belong to it, and what was tried did not fit".to_owned()
            }
            None => return None,
        };
        let doubt = Verification::of(Verdict::Unknown(Unknown::UnexpectedAnswer)).with_advice(advice);
        Some(Verification { http_status: said.http_status, ..doubt })
    }

    fn wait(&self, asked: Option<Duration>) -> Duration {
        asked.unwrap_or_else(|| FIRST_WAIT * 4_u32.pow(self.tries.saturating_sub(1).min(3)))
    }
}

/// What all threads share.
struct Shared {
    client: Box<dyn Exchange>,
    options: Options,
    end: Option<Instant>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    on_the_way: usize,
    hosts: HashMap<String, Host>,
    is_closed: bool,
}

#[derive(Default)]
struct Host {
    on_the_way: usize,
    paused_until: Option<Instant>,
    /// Calls in a row without a reply, and why there was none last time.
    failures: u32,
    failure: Option<Failure>,
}

impl Host {
    /// Calls in a row without a reply, while that may mean something.
    fn in_vain(&self) -> usize {
        if self.failures < MOST_FAILURES { self.failures as usize } else { 0 }
    }

    /// Takes note of how a call for `job` ended; tells whether the host is given up.
    fn note(&mut self, outcome: &Result<Reply, Option<Failure>>, job: &Job) -> bool {
        self.on_the_way -= 1;
        match outcome {
            Ok(reply) => {
                if self.failure != Some(Failure::Busy) {
                    self.failures = 0;
                }
                let wait = retry_after(reply, SystemTime::now()).filter(|_| is_transient(reply.status));
                // A limit of one key says nothing to the others.
                let is_general =
                    || judge(&job.question.inquiry, reply, &job.question.secret).verification.verdict.is_unknown();
                if wait.is_some_and(|wait| wait > LONGEST_WAIT) && is_general() {
                    (self.failures, self.failure) = (MOST_FAILURES, Some(Failure::Busy));
                }
                // Of several waits the longest counts: answers come in any order.
                let until = wait.and_then(|wait| Instant::now().checked_add(wait.min(LONGEST_WAIT)));
                self.paused_until = self.paused_until.max(until);
            }
            // One that breaks off may work the next time, so a key has all its tries before it counts.
            Err(Some(Failure::Broken)) if job.tries < MOST_TRIES => {}
            Err(Some(failure)) => (self.failures, self.failure) = (self.failures.saturating_add(1), Some(*failure)),
            Err(None) => {}
        }
        self.failures >= MOST_FAILURES
    }
}

impl Shared {
    fn new(waiting: VecDeque<Job>, options: Options, end: Option<Instant>, client: Box<dyn Exchange>) -> Self {
        let state = Mutex::new(State { waiting, ..State::default() });
        Self { client, options, end, state, changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        drop(state);
        self.changed.notify_all();
        self.client.shutdown();
    }

    /// One thread's part.
    fn work(&self, sender: &Sender<(usize, Said)>) {
        while let Some((mut job, given_up)) = self.take() {
            let host = job.host().to_owned();
            let outcome = match given_up {
                Some(failure) => Err(Some(failure)),
                None => job.call(&*self.client, self.time_for_call()),
            };
            let mut state = self.state();
            state.on_the_way -= 1;
            let gives_up = state.hosts.entry(host).or_default().note(&outcome, &job);
            match job.step(outcome, gives_up, &self.options) {
                // Nobody listens when time is over; then the way out may already be closed.
                Step::Done(verification) => _ = sender.send((job.index, Said::Finally(verification))),
                Step::Again(wait) if !state.is_closed => {
                    if let Some(verification) = job.so_far() {
                        _ = sender.send((job.index, Said::ForNow(verification.clone())));
                    }
                    job.not_before = wait.and_then(|wait| Instant::now().checked_add(wait));
                    state.waiting.push_back(job);
                }
                Step::Again(_) => {}
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    fn time_for_call(&self) -> Duration {
        let most = self.options.call;
        let left = self.end.map_or(most, |end| end.saturating_duration_since(Instant::now()));
        // No time at all would be no limit.
        most.min(left).max(Duration::from_millis(1))
    }

    /// The next job that may be called, and why its host was given up, if it was; `None` when all is done.
    fn take(&self) -> Option<(Job, Option<Failure>)> {
        let mut state = self.state();
        loop {
            if state.is_closed || (state.waiting.is_empty() && state.on_the_way == 0) {
                return None;
            }
            let now = Instant::now();
            if let Some(at) = state.waiting.iter().position(|job| state.ready_in(job, now) == Some(Duration::ZERO)) {
                let job = state.waiting.remove(at)?;
                state.on_the_way += 1;
                let host = state.hosts.entry(job.host().to_owned()).or_default();
                host.on_the_way += 1;
                return Some((job, host.failure.filter(|_| host.failures >= MOST_FAILURES)));
            }
            let soonest = state.waiting.iter().filter_map(|job| state.ready_in(job, now)).min();
            state = match soonest {
                Some(wait) => {
                    self.changed.wait_timeout(state, wait).map_or_else(|error| error.into_inner().0, |woken| woken.0)
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl State {
    /// How long until `job` may be called; `None` when another has to end first.
    fn ready_in(&self, job: &Job, now: Instant) -> Option<Duration> {
        let host = self.hosts.get(job.host());
        // Nobody follows those who wait in vain before it is known whether all of them do.
        if host.is_some_and(|host| host.on_the_way + host.in_vain() >= MOST_PER_HOST) {
            return None;
        }
        let pause = host.filter(|host| host.failures < MOST_FAILURES).and_then(|host| host.paused_until);
        let until = job.not_before.max(pause);
        Some(until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now)))
    }
}
