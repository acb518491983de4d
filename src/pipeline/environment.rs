//! The environment lint's part of a run: whether it runs, what it may ask, and what becomes of its findings.
//!
//! Phase one gathers the facts with everything else ([`facts`]). Projects of which only some files were named are read around those files
//! too; what is found there takes part in the judgement and is not reported.

use std::collections::HashSet;

use super::{
    Run, facts,
    gather::{Gathered, Purpose, Shared},
    threads,
};
use crate::{
    lint::{self, Catalogue, Chain, FileFacts, Surroundings},
    model::{Finding, Group, Notice, Origin, OriginKind},
    rules::{Check, checks},
};

impl Run<'_> {
    /// Whether the environment lint runs: versions of files say nothing about a chain that has to hold now.
    pub(super) fn lints(&self) -> bool {
        let what = &self.args.what;
        let is_on = |check: &Check| check.group == Group::Env && !self.settings.skipped.contains(check.id.as_str());
        !what.history && what.diff.is_none() && self.purpose == Purpose::Report && checks().iter().any(is_on)
    }

    /// What must be said when checks cannot judge some of the `files` that were named.
    pub(super) fn left_out(&self, files: &[FileFacts]) -> Option<Notice> {
        let what = &self.args.what;
        let is_named = !what.stdin && what.shard.is_none() && self.repository.is_none();
        let is_on = |id: &&str| self.lints() && !self.settings.skipped.contains(*id);
        let checks: Vec<&str> = lint::JUDGE_WHOLE_PROJECTS.into_iter().filter(is_on).collect();
        is_named.then(|| self.extent.notice(files, &checks)).flatten()
    }

    /// What the files around the projects say; whatever else is in them is not asked for.
    pub(super) fn facts_around(&self, shared: &Shared<'_>) -> Gathered {
        if !self.extent.around.is_empty() {
            self.read_tree(self.extent.around.clone(), shared);
        }
        shared.take()
    }

    /// Judges the facts that were gathered and those of the files `around`, about which nothing is reported. Gives the chains that were wished for.
    pub(super) fn lint(
        &self,
        gathered: &mut Gathered,
        around: Gathered,
        catalogue: &Catalogue,
        shared: &Shared<'_>,
    ) -> Vec<Chain> {
        let unasked: HashSet<String> = around.facts.iter().map(|file| file.path.clone()).collect();
        let mut facts = std::mem::take(&mut gathered.facts);
        facts.extend(around.facts);
        gathered.secrets.absorb(around.secrets);
        let surroundings = self.surroundings(shared);
        let outcome = lint::check(facts, &mut gathered.findings, &self.lint_options(catalogue, &*surroundings));
        let asked = outcome.findings.into_iter().filter(|finding| !unasked.contains(&finding.location.path));
        let rules = shared.detector.rules();
        let is_secret = |finding: &Finding| rules.get(&finding.rule).is_some_and(|rule| !rule.spec.may_be_public);
        let packed =
            lint::packed_bundles(&gathered.findings, &is_secret, &self.lint_options(catalogue, &*surroundings));
        gathered.findings.extend(asked.chain(packed));
        gathered.findings.sort_by(Finding::order);
        let is_asked = |notice: &Notice| notice.path.as_ref().is_none_or(|path| !unasked.contains(path));
        gathered.notices.extend(outcome.notices.into_iter().filter(is_asked));
        outcome.chains
    }

    pub(super) fn lint_options<'o>(
        &'o self,
        catalogue: &'o Catalogue,
        surroundings: &'o dyn Surroundings,
    ) -> lint::Options<'o> {
        static TREE: Origin = Origin::plain(OriginKind::Tree);
        static INDEX: Origin = Origin::plain(OriginKind::Index);
        static STDIN: Origin = Origin::plain(OriginKind::Stdin);
        let what = &self.args.what;
        lint::Options {
            catalogue,
            surroundings,
            skipped: &self.settings.skipped,
            whole: &self.extent.whole,
            wish: self.wish.as_ref(),
            origin: if what.stdin {
                &STDIN
            } else if what.staged {
                &INDEX
            } else {
                &TREE
            },
        }
    }

    /// What the lint may ask beyond what was read: the working tree, or nothing where that is not what is scanned.
    pub(super) fn surroundings<'s>(&'s self, shared: &'s Shared<'s>) -> Box<dyn Surroundings + 's> {
        if self.is_tree() {
            Box::new(facts::Tree::new(&self.base, shared, threads(self.args.reading.threads)))
        } else {
            Box::new(facts::Nothing { staged: self.args.what.staged })
        }
    }
}
