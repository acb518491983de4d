//! `keyward doctor` on whole projects: every `fixtures/doctor/*.tree` is planted in a folder of its own and looked at, with nothing of this
//! machine's environment but what the tree says.
//!
//! The header of a tree, beside what the lint's trees know:
//!
//! ```text
//! shell: OPENAI_API_KEY=sk-proj-{url64:74}T3BlbkFJ{url64:74}     a variable of the shell
//! same: OPENAI_API_KEY .env                                      the same with the value that a file gives to it
//! run: OPENAI_API_KEY --verify                                   arguments
//! answer: shell dead                                             what the provider says to the key there
//! fails: winner                                                  the lines that fail
//! cause: …                                                       the closing sentence, whole
//! next: …                                                        the next step, whole
//! exit: 1
//! ```

mod causes;
mod output;

use std::{collections::BTreeMap, fs, path::Path};

use keyward::rules::template::expand;
use serde_json::Value;

use crate::{
    hook::Repo,
    support::Ran,
    tree::Tree,
    verify::server::{Act, Asked, MODELS, REFUSED, Server},
};

/// A tree, planted, with the server that answers for the provider.
pub(crate) struct Patient {
    tree: Tree,
    repo: Repo,
    pub(crate) variables: Vec<(String, String)>,
    server: Server,
}

impl Patient {
    fn new(path: &Path) -> Self {
        let tree = Tree::read(path);
        let repo = tree.plant();
        commit(&tree, &repo);
        let mut variables: Vec<(String, String)> = lines(&tree, "shell")
            .map(|line| {
                let (name, template) = line.split_once('=').unwrap();
                (name.to_owned(), expand(template, &format!("{}/shell", tree.name)))
            })
            .collect();
        variables.extend(lines(&tree, "same").map(|line| {
            let (name, file) = line.split_once(' ').unwrap();
            (name.to_owned(), value_in(&tree, name, file))
        }));
        let answers: BTreeMap<String, String> = lines(&tree, "answer")
            .map(|line| {
                let (place, answer) = line.split_once(' ').unwrap();
                let of_shell = || variables.iter().find(|(name, _)| name.contains("KEY")).unwrap().1.clone();
                let key = if place == "shell" { of_shell() } else { value_in(&tree, "OPENAI_API_KEY", place) };
                (format!("Bearer {key}"), answer.to_owned())
            })
            .collect();
        let server = Server::new(move |asked, _| {
            let key = asked.header("authorization");
            answer(answers.get(key).unwrap_or_else(|| panic!("nobody answers for {} characters", key.len())), asked)
        });
        Self { tree, repo, variables, server }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::new(&Path::new("fixtures/doctor").join(name).with_extension("tree"))
    }

    /// Runs the doctor as the tree says, with further arguments.
    pub(crate) fn run(&self, more: &[&str]) -> Ran {
        let typed: Vec<String> =
            lines(&self.tree, "run").flat_map(str::split_ascii_whitespace).map(str::to_owned).collect();
        let option = self.server.option("openai");
        let mut arguments: Vec<&str> = ["doctor"].into_iter().chain(typed.iter().map(String::as_str)).collect();
        if arguments.contains(&"--verify") {
            arguments.push(&option);
        }
        arguments.extend(more);
        let variables: Vec<(&str, &str)> = self.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.repo.keyward_with("", &arguments, &variables)
    }

    /// The checkup as JSON, and how the run ended.
    fn checkup(&self) -> (Value, i32) {
        let ran = self.run(&["--format", "json"]);
        (serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}")), ran.code)
    }

    /// Everything that no output may hold.
    fn secrets(&self) -> Vec<String> {
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let long =
            |value: &str| value.split(|c| !is_key(c)).filter(|word| word.len() >= 20).map(str::to_owned).collect();
        let of_shell: Vec<Vec<String>> =
            self.variables.iter().filter(|(name, _)| name.contains("KEY")).map(|(_, value)| long(value)).collect();
        self.tree.secrets().into_iter().chain(of_shell.into_iter().flatten()).collect()
    }
}

/// What stands behind `name:` in the header.
fn lines<'t>(tree: &'t Tree, name: &'t str) -> impl Iterator<Item = &'t str> {
    tree.header.iter().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// What `file` gives to the variable `name`.
fn value_in(tree: &Tree, name: &str, file: &str) -> String {
    let file = tree.files.iter().find(|planted| planted.path == file).unwrap_or_else(|| panic!("no {file}"));
    let line = file.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{} does not define {name}", file.path)).trim().to_owned()
}

/// Puts files marked `(committed)` into a commit and out of the index again.
fn commit(tree: &Tree, repo: &Repo) {
    let committed: Vec<&str> =
        tree.files.iter().filter(|file| file.flag == "committed").map(|file| file.path.as_str()).collect();
    if committed.is_empty() {
        return;
    }
    for file in &committed {
        repo.git(&["add", "-f", file]);
    }
    repo.git(&["commit", "-q", "-m", "with the file"]);
    for file in &committed {
        repo.git(&["rm", "-q", "--cached", file]);
    }
    repo.git(&["commit", "-q", "-m", "without it"]);
}

/// What the provider says.
fn answer(name: &str, asked: &Asked) -> Act {
    let error = |status: u16, code: &str, message: &str| {
        let body = serde_json::json!({ "error": { "message": message, "type": "x", "param": null, "code": code } });
        Act::json(status, &body.to_string())
    };
    match name {
        "dead" => Act::json(401, REFUSED),
        "deactivated" => error(401, "account_deactivated", "Your OpenAI account has been deactivated"),
        "scope" => {
            error(401, "", "You have insufficient permissions for this operation. Missing scopes: api.model.read.")
        }
        "credit" => error(429, "insufficient_quota", "You exceeded your current quota"),
        "address" => error(401, "ip_not_authorized", "IP not authorized"),
        "country" => error(403, "unsupported_country_region_territory", "Country, region, or territory not supported"),
        "region" => error(
            401,
            "incorrect_hostname",
            "incorrect regional hostname. Please make your request to us.api.openai.com",
        ),
        "stripped" => error(401, "", "You didn't provide an API key."),
        "outage" => Act::Say(503, Vec::new(), "<html>down</html>".to_owned()),
        "reset" => Act::Reset,
        "organisation" if !asked.header("openai-organization").is_empty() => {
            error(401, "mismatched_organization", "OpenAI-Organization header should match organization for API key")
        }
        "project" if !asked.header("openai-project").is_empty() => {
            error(401, "mismatched_project", "OpenAI-Project header should match project for API key")
        }
        "live" | "organisation" | "project" => Act::json(200, MODELS),
        other => panic!("there is no answer {other}"),
    }
}

/// All trees.
fn patients() -> Vec<Patient> {
    let mut paths: Vec<_> = fs::read_dir("fixtures/doctor").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Patient::new(path)).collect()
}

/// `item` of every line with `mark` in the first section.
fn items(checkup: &Value, mark: &str) -> Vec<String> {
    let lines = checkup["sections"][0]["lines"].as_array().unwrap();
    let marked = lines.iter().filter(|line| line["mark"] == mark);
    marked.map(|line| line["item"].as_str().unwrap().to_owned()).collect()
}
