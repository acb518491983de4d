//! With `--verify`: what the provider says of the value that wins, and of those that lose.
//!
//! Each distinct key is asked about once, whatever the number of places, and only at the provider's own host or where the person at the keyboard
//! said. Ids of organisation and project are tried in a second call, and only about a key that the provider has just called good: a header that
//! is out of date turns a good key away, and would make the first answer worthless.

use std::sync::{Arc, atomic::AtomicBool};

use super::{
    case::{Candidate, Case},
    checklist::{Item, Line, Mark},
    destination::Party,
    owner::named,
};
use crate::{
    cli::DoctorArgs,
    config,
    model::{Live, NotChecked, Secret, Unknown, Verdict, Verification},
    rules::verify::{Filling, Inquiry},
    verify::{self, BUDGET, Options, Question, Tally},
};

/// What the second call said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Second {
    /// The key is good with the ids that are named.
    Accepted,
    /// It is not the key of this kind of owner: `organisation`.
    Refused(String),
}

/// Asks about all values of `cases`, and tells of each case what the second call said, if one was made.
pub(super) fn ask(cases: &mut [Case<'_>], args: &DoctorArgs, wanted: config::Verification) -> Vec<Option<Second>> {
    verify::stoppable(|stop| {
        let asker = Asker::new(args, wanted, stop);
        asker.first(cases);
        asker.second(cases)
    })
}

struct Asker {
    options: Options,
    /// Whether somebody named the variable or the provider, as some calls want it.
    is_named: bool,
}

impl Asker {
    fn new(args: &DoctorArgs, wanted: config::Verification, stop: Arc<AtomicBool>) -> Self {
        let is_named = args.provider.is_some() || args.variable.is_some();
        let (urls, budget) = (wanted.urls, wanted.budget.unwrap_or(BUDGET));
        Self { options: Options { urls, budget, stop, ..Options::default() }, is_named }
    }

    fn first(&self, cases: &mut [Case<'_>]) {
        let mut known: Vec<(String, Secret)> = Vec::new();
        let mut questions = Vec::new();
        for case in &*cases {
            for question in case.candidates.iter().filter_map(|candidate| self.question(case, candidate).ok()) {
                let key = (question.inquiry.provider.clone(), question.secret.clone());
                if !known.contains(&key) {
                    known.push(key);
                    questions.push(question);
                }
            }
        }
        let answers = verify::ask(questions, &self.options, &Tally::default());
        for case in cases {
            let said = case.candidates.iter().map(|candidate| match self.question(case, candidate) {
                Ok(Question { inquiry, secret, .. }) => {
                    let is_it =
                        |(provider, known): &(String, Secret)| *provider == inquiry.provider && *known == secret;
                    known.iter().position(is_it).map(|at| answers[at].clone())
                }
                Err(verification) => Some(verification),
            });
            let said: Vec<Option<Verification>> = said.collect();
            for (candidate, said) in case.candidates.iter_mut().zip(said) {
                candidate.said = said;
            }
        }
    }

    /// What to ask about `candidate`.
    fn question(&self, case: &Case<'_>, candidate: &Candidate<'_>) -> Result<Question, Verification> {
        let question = candidate.examined.question.clone()?;
        let provider = &question.inquiry.provider;
        let refused = |reason, advice: String| Err(Verification::of(Verdict::NotChecked(reason)).with_advice(advice));
        if question.inquiry.opt_in && !self.is_named {
            return refused(NotChecked::NotRequested, format!("asked about only when named: --provider {provider}"));
        }
        // What goes to somebody else may be somebody else's key.
        let is_elsewhere = matches!(case.destination.party, Party::Unknown | Party::Local);
        if is_elsewhere && !self.options.urls.contains_key(provider) {
            let source = case.destination.source();
            let advice = format!("{source} sends it elsewhere: to ask there, say --verify-url {provider}=URL");
            return refused(NotChecked::HostNotAllowed, advice);
        }
        Ok(question)
    }

    fn second(&self, cases: &[Case<'_>]) -> Vec<Option<Second>> {
        let (mut asked, mut questions) = (Vec::new(), Vec::new());
        for (at, case) in cases.iter().enumerate() {
            let Some(winner) = case.winner().filter(|winner| is_good(winner)) else { continue };
            let Ok(question) = self.question(case, winner) else { continue };
            let headers: Vec<(String, Filling)> = named(case)
                .iter()
                .filter_map(|named| Some((named.owner.header.clone(), Filling::constant(named.id()?))))
                .collect();
            if headers.is_empty() || case.provider().is_none_or(|own| own.id != question.inquiry.provider) {
                continue;
            }
            let mut inquiry = Inquiry::clone(&question.inquiry);
            inquiry.request.headers.extend(headers);
            asked.push(at);
            questions.push(Question { inquiry: Arc::new(inquiry), ..question });
        }
        let mut said = vec![None; cases.len()];
        for (at, answer) in asked.into_iter().zip(verify::ask(questions, &self.options, &Tally::default())) {
            said[at] = match answer.verdict {
                Verdict::Live(Live::WrongOrganization) => Some(Second::Refused("organisation".to_owned())),
                Verdict::Live(Live::WrongProject) => Some(Second::Refused("project".to_owned())),
                Verdict::Live(_) => Some(Second::Accepted),
                _ => None,
            };
        }
        said
    }
}

fn is_good(candidate: &Candidate<'_>) -> bool {
    candidate.said.as_ref().is_some_and(|said| said.verdict == Verdict::Live(Live::Ok))
}

/// What does the provider say?
pub(super) fn line(case: &Case<'_>, was_asked: bool) -> Line {
    let Some(winner) = case.winner() else {
        return Line::new(Item::Provider, Mark::NotApplicable, "there is no key to ask about");
    };
    let Some(said) = winner.said.as_ref().filter(|_| was_asked) else {
        return Line::new(Item::Provider, Mark::NotChecked, "nobody was asked; --verify does");
    };
    let verdict = said.verdict;
    let words = if verdict == Verdict::Live(Live::Ok) {
        "it works right now; its credit was not asked"
    } else {
        verdict.in_words()
    };
    let place = winner.place();
    let line = Line::new(Item::Provider, mark(verdict), format!("{place}: {}: {words}", verdict.status()));
    let line = match next(case, said) {
        Some(next) => line.next(next),
        None => line,
    };
    let others = case.candidates.iter().skip(1).filter(|other| other.value != winner.value);
    others.fold(line, |line, other| match &other.said {
        Some(said) => line.with(format!("{}: {}: {}", other.place(), said.verdict.status(), said.verdict.in_words())),
        None => line,
    })
}

fn mark(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Live(Live::Ok) => Mark::Passed,
        Verdict::Live(Live::RateLimited) => Mark::Warned,
        Verdict::Live(_) | Verdict::Dead(_) | Verdict::Unknown(Unknown::RegionUnsupported | Unknown::KeyNotSent) => {
            Mark::Failed
        }
        Verdict::Unknown(_) => Mark::Warned,
        Verdict::NotChecked(_) => Mark::NotChecked,
    }
}

/// What to do after this answer. The advice of rule files speaks to who found a leaked key, and says to revoke a live one.
fn next(case: &Case<'_>, said: &Verification) -> Option<String> {
    match said.verdict {
        Verdict::Live(Live::Ok) => None,
        Verdict::Dead(_) => {
            let page = case.provider().and_then(|provider| provider.revoke.as_deref());
            let at = page.map_or_else(String::new, |page| format!(" at {page}"));
            Some(format!("make a new key{at} and put it in the place of this one"))
        }
        _ => said.advice.clone(),
    }
}
