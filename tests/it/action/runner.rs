//! A runner of composite actions: as much of GitHub's as `action.yml` needs, and a refusal of everything else.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Origin, document::yaml};
use crate::support::Ran;

/// Commands that the runner takes from any line of the log; `##[…]` even from the middle of one.
const COMMANDS: [&str; 13] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "save-state",
    "set-env",
    "set-output",
    "warning",
];

/// A job with one step, which uses the Action.
pub(crate) struct Runner<'o> {
    origin: &'o Origin,
    action: PathBuf,
    inputs: BTreeMap<String, String>,
    event: (String, Value),
    variables: BTreeMap<String, String>,
}

/// How the step ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// 0 unless the job failed.
    pub(crate) code: i32,
    /// The outputs of the Action.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What the steps printed.
    pub(crate) log: String,
    /// The commands in it that the runner obeys, as they stand there.
    pub(crate) commands: Vec<String>,
    /// What the page of the job shows.
    pub(crate) summary: String,
    /// The other actions that were called, with their inputs.
    pub(crate) called: Vec<(String, Value)>,
}

impl Outcome {
    /// Asserts how the step ended, and that the outputs say the same.
    #[track_caller]
    pub(crate) fn assert_ended(&self, code: i32, findings: &str) -> &Self {
        let outputs = (self.outputs["exit-code"].as_str(), self.outputs["findings"].as_str());
        assert_eq!((self.code, outputs), (code, (code.to_string().as_str(), findings)), "{self:#?}");
        self
    }

    /// Asserts that an annotation of the Action says something.
    #[track_caller]
    pub(crate) fn assert_said(&self, kind: &str, words: &str) -> &Self {
        let start = format!("::{kind} title=keyward::");
        let said = self.commands.iter().any(|command| command.starts_with(&start) && command.contains(words));
        assert!(said, "no {kind} says {words:?}: {self:#?}");
        self
    }

    /// The findings that are annotations: `path:line`.
    pub(crate) fn annotated(&self) -> Vec<String> {
        let place = |command: &String| {
            let (path, rest) = command.split_once(" file=")?.1.split_once(",line=")?;
            Some(format!("{path}:{}", rest.split(',').next()?))
        };
        self.commands.iter().filter_map(place).collect()
    }

    /// The report for code scanning.
    pub(crate) fn sarif(&self) -> Value {
        serde_json::from_slice(&fs::read(&self.outputs["sarif-file"]).unwrap()).unwrap()
    }
}

impl<'o> Runner<'o> {
    /// On a push of a branch of which nothing was known before.
    pub(crate) fn new(origin: &'o Origin) -> Self {
        let inputs = BTreeMap::from([("version".to_owned(), "system".to_owned())]);
        let action = env::current_dir().unwrap();
        let event = ("workflow_dispatch".to_owned(), json!({"repository": {"default_branch": "main"}}));
        let runner = Self { origin, action, inputs, event, variables: BTreeMap::new() };
        runner.variable("GITHUB_REF", "refs/heads/main")
    }

    /// Takes the Action from another folder.
    pub(crate) fn action(mut self, folder: PathBuf) -> Self {
        self.action = folder;
        self
    }

    pub(crate) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn inputs(self, inputs: &[(&str, &str)]) -> Self {
        inputs.iter().fold(self, |runner, (name, value)| runner.input(name, value))
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts the workflow by an event with this in its payload.
    pub(crate) fn event(mut self, name: &str, payload: Value) -> Self {
        let Value::Object(more) = payload else { panic!("a payload is an object: {payload}") };
        let mut whole = self.event.1;
        whole.as_object_mut().unwrap().extend(more);
        self.event = (name.to_owned(), whole);
        self
    }

    pub(crate) fn run(self) -> Outcome {
        let action = yaml(&fs::read_to_string(self.action.join("action.yml")).unwrap());
        let mut context = json!({"github": {"event": self.event.1}, "steps": {}, "inputs": {}});
        for (name, declared) in action["inputs"].as_object().unwrap() {
            let given = self.inputs.get(name).map(String::as_str);
            context["inputs"][name] = given.or(declared["default"].as_str()).unwrap().into();
        }
        for name in self.inputs.keys() {
            assert!(context["inputs"][name].is_string(), "there is no input {name}");
        }
        let mut outcome = Outcome {
            code: 0,
            outputs: BTreeMap::new(),
            log: String::new(),
            commands: Vec::new(),
            summary: String::new(),
            called: Vec::new(),
        };
        for step in action["runs"]["steps"].as_array().unwrap() {
            if outcome.code == 0 && step["if"].as_str().is_none_or(|condition| holds(condition, &context)) {
                self.step(step, &mut context, &mut outcome);
            }
            // A step that did not run has outputs too: none.
            if let Some(id) = step["id"].as_str().filter(|id| context["steps"][id].is_null()) {
                context["steps"][id] = json!({"outputs": {}});
            }
        }
        for (name, output) in action["outputs"].as_object().unwrap() {
            outcome.outputs.insert(name.clone(), filled(output["value"].as_str().unwrap(), &context));
        }
        outcome
    }

    fn step(&self, step: &Value, context: &mut Value, outcome: &mut Outcome) {
        if let Some(uses) = step["uses"].as_str() {
            let with = step["with"].as_object().unwrap().iter();
            let with = with.map(|(name, value)| (name.clone(), filled(value.as_str().unwrap(), context).into()));
            outcome.called.push((uses.to_owned(), Value::Object(with.collect())));
            return;
        }
        let files = self.origin.project().path("runner");
        fs::create_dir_all(files.join("temp")).unwrap();
        for name in ["output", "summary"] {
            fs::write(files.join(name), "").unwrap();
        }
        let ran = self.script(step, context, &files);
        outcome.commands.extend(obeyed(&ran.stdout).into_iter().chain(obeyed(&ran.stderr)));
        outcome.log.extend([ran.stdout.as_str(), &ran.stderr]);
        outcome.code = ran.code;
        outcome.summary.push_str(&fs::read_to_string(files.join("summary")).unwrap());
        if let Some(id) = step["id"].as_str() {
            let written = fs::read_to_string(files.join("output")).unwrap();
            let pairs = written.lines().map(|line| line.split_once('=').unwrap());
            let outputs = pairs.map(|(name, value)| (name.to_owned(), value.into())).collect();
            context["steps"][id] = json!({"outputs": Value::Object(outputs)});
        }
    }

    fn script(&self, step: &Value, context: &Value, files: &Path) -> Ran {
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "an expression in a script is its author's to write: {run}");
        assert_eq!(step["shell"], "bash", "{run}");
        fs::write(files.join("script.sh"), run).unwrap();
        let path = |name: &str| files.join(name).to_str().unwrap().to_owned();
        let mut variables: BTreeMap<String, String> = BTreeMap::from(
            [
                ("CI", "true"),
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", &self.event.0),
                ("GITHUB_REPOSITORY", "acme/api"),
                ("GITHUB_ACTION_PATH", self.action.to_str().unwrap()),
                ("GITHUB_OUTPUT", &path("output")),
                ("GITHUB_STEP_SUMMARY", &path("summary")),
                ("RUNNER_TEMP", &path("temp")),
                ("RUNNER_OS", "Linux"),
                ("RUNNER_ARCH", "X64"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        variables.extend(self.variables.clone());
        if let Some(own) = step["env"].as_object() {
            variables.extend(own.iter().map(|(name, value)| (name.clone(), filled(value.as_str().unwrap(), context))));
        }
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let script = path("script.sh");
        let arguments = ["--noprofile", "--norc", "-eo", "pipefail", &script];
        self.origin.repo().run(Path::new("bash"), &self.origin.checkout(), &arguments, &variables)
    }
}

/// `text` with its expressions replaced by what they stand for.
fn filled(text: &str, context: &Value) -> String {
    let mut parts = text.split("${{");
    let mut filled = parts.next().unwrap().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").unwrap();
        filled.push_str(&looked_up(expression.trim(), context));
        filled.push_str(rest);
    }
    filled
}

/// What a name stands for. What an event does not have is empty, as on GitHub; there, so is a misspelled input or step, which here is an error.
fn looked_up(name: &str, context: &Value) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let value = match parts[..] {
        ["inputs", input] => Some(&context["inputs"][input]).filter(|value| value.is_string()),
        ["steps", step, "outputs", output] => {
            let step = &context["steps"][step];
            assert!(step.is_object(), "no step before is called as in {name}");
            Some(&step["outputs"][output])
        }
        ["github", "event", ..] => Some(parts.iter().fold(context, |at, part| &at[part])),
        _ => None,
    };
    value
        .unwrap_or_else(|| panic!("an expression that is not known here: {name}"))
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Whether an `if` is true: `NAME == 'TEXT'` is all it may be.
fn holds(condition: &str, context: &Value) -> bool {
    let (name, text) = condition.split_once(" == ").unwrap_or_else(|| panic!("not known here: {condition}"));
    looked_up(name, context) == text.trim_matches('\'')
}

/// The commands in a log that the runner obeys, between those that it was told to pass over.
fn obeyed(log: &str) -> Vec<String> {
    let known: BTreeSet<&str> = COMMANDS.into_iter().collect();
    let (mut commands, mut token) = (Vec::new(), None);
    for line in log.lines() {
        let line = line.trim_start();
        let named = line.strip_prefix("::").and_then(|rest| rest.split([' ', ':']).next());
        let old = line.split_once("##[").and_then(|(_, rest)| rest.split([' ', ';', ']']).next());
        if token.is_some() {
            if named == token {
                token = None;
            }
        } else if named == Some("stop-commands") {
            token = line.strip_prefix("::stop-commands::");
            assert!(token.is_some_and(|token| token.len() == 32), "{line}");
        } else if named.or(old).is_some_and(|name| known.contains(name)) {
            commands.push(line.to_owned());
        }
    }
    assert_eq!(token, None, "commands were switched off and not on again");
    commands
}
