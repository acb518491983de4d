//! Workflows and pipelines of GitHub, GitLab, `CircleCI`, Azure, Bitbucket and their like.
//!
//! They name the same few things alike: blocks of variables under `env`, `environment` or `variables`, and commands under `run`, `script` and
//! some others. So one walk over the tree reads them all, and a host that is not known by name is mostly read too.

use super::{
    Source, command,
    scribe::{Notation, Scribe},
    text::plain,
    tree::{self, Entry, Node},
    variables::{self, Names},
};
use crate::lint::{FileFacts, facts::Giver};

/// Reads a workflow or pipeline.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let parsed = tree::yaml(&text);
    let mut scribe = Scribe::new(source, Giver::Pipeline, facts);
    scribe.trouble(parsed.trouble);
    for document in &parsed.documents {
        for entry in document.entries() {
            let is_job = entry.value.get("script").is_some();
            walk(entry, is_job.then_some(&*entry.key.text), &mut scribe);
        }
    }
}

fn walk(entry: &Entry, section: Option<&str>, scribe: &mut Scribe<'_>) {
    let value = &entry.value;
    match &*entry.key.text {
        "env" | "variables" => variables::read(value, Names::Any, section, scribe),
        // On GitHub it is the place a job deploys to, with a name and an address.
        "environment" => variables::read(value, Names::Capital, section, scribe),
        "run" | "script" | "before_script" | "after_script" | "bash" | "command" | "commands" | "install"
        | "before_install"
            if value.entries().is_empty() =>
        {
            for line in value.scalars() {
                scribe.run(section.unwrap_or_default(), line.snippet());
                command::read(line.snippet(), section, scribe);
            }
        }
        _ => {}
    }
    let names_jobs = entry.key.text == "jobs";
    below(value, names_jobs, section, scribe);
}

/// What stands below a key; under `jobs`, each key names a section.
fn below(node: &Node, names_jobs: bool, section: Option<&str>, scribe: &mut Scribe<'_>) {
    match node {
        Node::Scalar(scalar) => scribe.references(scalar.snippet(), Notation::Expression),
        Node::List(items, _) => items.iter().for_each(|item| below(item, names_jobs, section, scribe)),
        Node::Map(entries, _) => {
            for entry in entries {
                let job = entry.value.get("job").or_else(|| entry.value.get("stage")).and_then(Node::text);
                let section = if names_jobs { Some(job.unwrap_or(&entry.key.text)) } else { section };
                walk(entry, section, scribe);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, facts_of};

    #[test]
    fn workflows_of_github_are_read() {
        let text = "env:\n  A: ${{ secrets.A }}\njobs:\n  test:\n    environment: production\n    env: {B: plain}\n    steps:\n      - run: |\n          export C=\"$A\"\n          echo \"D=${{ vars.D }}\" >> $GITHUB_ENV\n        env:\n          E: ${{ secrets.OTHER }}\n      - uses: x\n        with:\n          key: ${{ secrets.F }}\n";
        assert_told(
            ".github/workflows/ci.yml",
            &[(
                text,
                &[
                    "read A in `${{ secrets.A }}` Interpolated Top",
                    "read A in `$A` Interpolated Top",
                    "read D in `${{ vars.D }}` Interpolated Top",
                    "read OTHER in `${{ secrets.OTHER }}` Interpolated Top",
                    "read F in `${{ secrets.F }}` Interpolated Top",
                    "define A at `A` in `A: ${{ secrets.A }}` from A",
                    "define B at `B` in `B: plain` = `plain`",
                    "define C at `C` in `C=\"$A\"` from A",
                    "define D at `D` in `D=${{ vars.D }}` from D",
                    "define E at `E` in `E: ${{ secrets.OTHER }}` from OTHER",
                ],
            )],
        );
        let facts = facts_of(".github/workflows/ci.yml", text.as_bytes());
        let sections: Vec<Option<&str>> = facts.definitions.iter().map(|it| it.section.as_deref()).collect();
        assert_eq!(sections, [None, Some("test"), Some("test"), Some("test"), Some("test")]);
    }

    #[test]
    fn pipelines_of_others_are_read() {
        let gitlab = "variables:\n  A: one\ndeploy:\n  variables:\n    B: {value: two, description: x}\n  script:\n    - export C=3\n";
        let azure =
            "variables:\n- group: keys\n- name: A\n  value: one\nsteps:\n- script: run\n  env:\n    B: $(B_SECRET)\n";
        let circle = "jobs:\n  build:\n    environment:\n      A: one\n    steps:\n      - run:\n          command: export B=2\n";
        assert_told(
            ".gitlab-ci.yml",
            &[(
                gitlab,
                &[
                    "define A at `A` in `A: one` = `one`",
                    "define B at `B` in `B: {value: two, description: x}` = `two`",
                    "define C at `C` in `C=3` = `3`",
                ],
            )],
        );
        assert_told(
            "azure-pipelines.yml",
            &[(
                azure,
                &[
                    "define A at `A` in `name: A\n  value: one` = `one`",
                    "define B at `B` in `B: $(B_SECRET)` from B_SECRET",
                ],
            )],
        );
        assert_told(
            ".circleci/config.yml",
            &[(circle, &["define A at `A` in `A: one` = `one`", "define B at `B` in `B=2` = `2`"])],
        );
    }
}
