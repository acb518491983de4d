//! A repository on a server, pull requests to it, and what actions/checkout makes of them.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Runner;
use crate::{
    hook::{Repo, secret},
    support::Project,
};

/// A branch that is proposed, and what GitHub makes of it.
pub(crate) struct PullRequest {
    /// Where the base branch stood when the pull request was opened.
    pub(crate) base: String,
    pub(crate) head: String,
    /// Both in one, which is what is checked out.
    pub(crate) merge: String,
}

/// The repository on the server in `repo`, and a checkout of it beside.
pub(crate) struct Origin {
    repo: Repo,
}

impl Origin {
    /// With one commit on `main`.
    pub(crate) fn new() -> Self {
        Self { repo: Repo::new() }
    }

    /// With a key in `a.py`, checked out.
    pub(crate) fn with_key() -> Self {
        let origin = Self::new();
        origin.repo.file("a.py", secret("a"));
        origin.commit("key");
        origin.check_out("refs/heads/main", None);
        origin
    }

    /// Without a key, checked out.
    pub(crate) fn clean() -> Self {
        let origin = Self::new();
        origin.check_out("refs/heads/main", None);
        origin
    }

    pub(crate) fn repo(&self) -> &Repo {
        &self.repo
    }

    pub(crate) fn project(&self) -> &Project {
        &self.repo.project
    }

    /// Where the workflow runs.
    pub(crate) fn checkout(&self) -> PathBuf {
        self.repo.project.path("checkout")
    }

    /// Commits everything on the branch that is checked out on the server; the id of the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.repo.git(&["add", "-A"]).git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    pub(crate) fn id(&self, name: &str) -> String {
        self.repo.try_git(&["rev-parse", name]).stdout.trim().to_owned()
    }

    /// Opens a pull request with the commits that `work` makes on a branch, and merges it with what came to `main` since.
    pub(crate) fn pull_request(&self, work: impl FnOnce(&Self), meanwhile: impl FnOnce(&Self)) -> PullRequest {
        let base = self.id("main");
        self.repo.git(&["checkout", "-q", "-b", "work"]);
        work(self);
        let head = self.id("HEAD");
        self.repo.git(&["checkout", "-q", "main"]);
        meanwhile(self);
        self.repo.git(&["checkout", "-q", "--detach"]).git(&["merge", "-q", "--no-ff", "-m", "merge", "work"]);
        let merge = self.id("HEAD");
        self.repo.git(&["update-ref", "refs/pull/1/merge", "HEAD"]).git(&["checkout", "-q", "main"]);
        PullRequest { base, head, merge }
    }

    /// Checks out a reference of the server as actions/checkout does: with `depth` commits of it alone, or with all of all branches.
    pub(crate) fn check_out(&self, reference: &str, depth: Option<u32>) {
        let server = format!("file://{}", self.repo.path("").display());
        let git = |arguments: &[&str]| {
            let ran = self.repo.run("git".as_ref(), &self.checkout(), arguments, &[]);
            assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
        };
        std::fs::create_dir(self.checkout()).unwrap();
        git(&["init", "-q", "-b", "main"]);
        git(&["remote", "add", "origin", &server]);
        let own = format!("+{reference}:refs/remotes/checked/out");
        match depth {
            Some(depth) => git(&["fetch", "-q", "--no-tags", &format!("--depth={depth}"), "origin", &own]),
            None => git(&["fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", &own]),
        }
        git(&["checkout", "-q", "--detach", "refs/remotes/checked/out"]);
    }

    /// The Action on a pull request from a branch of the repository itself.
    pub(crate) fn on_pull_request(&self, request: &PullRequest) -> Runner<'_> {
        self.on_pull_request_from("acme/api", request)
    }

    pub(crate) fn on_pull_request_from(&self, repository: &str, request: &PullRequest) -> Runner<'_> {
        let head = json!({"sha": request.head, "repo": {"full_name": repository}});
        let payload = json!({"pull_request": {"base": {"sha": request.base}, "head": head}});
        let runner = Runner::new(self).event("pull_request", payload).variable("GITHUB_SHA", &request.merge);
        runner.variable("GITHUB_REF", "refs/pull/1/merge")
    }

    /// The Action on a push to a branch that was at `before`.
    pub(crate) fn on_push(&self, branch: &str, before: &str) -> Runner<'_> {
        let payload: Value = json!({"before": before});
        Runner::new(self).event("push", payload).variable("GITHUB_REF", &format!("refs/heads/{branch}"))
    }
}
