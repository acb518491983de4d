//! `dotenv-not-loaded`: a `.env` defines what the code reads, and nothing loads it.
//!
//! The check most easily wrong, so it first looks for every reason to be silent: a loader anywhere in the project, a runner in a script, a
//! task or an image, a framework or library that reads the file by itself, anything else that gives the variable, and code that never runs
//! by itself. What is left has a file on disk that is only text. A loader that keeps the values to itself (`dotenv_values`, a settings
//! class, Vite) is no reason: an SDK looks in the environment of the process.
//!
//! Where the project does load the file, a program of its own that starts elsewhere and reaches no load is reported as a warning; so is a
//! file in a folder where its framework does not look. Without a `.env` on disk only a readme or script that tells to make one out of a
//! template gives rise to a note.
//!
//! Not seen: loads in files outside the repository, in a shell's profile or in an editor's settings.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use super::Context;
use crate::{
    lint::{
        facts::{Giver, Language, Scope},
        framework::{Fills, Framework},
        graph::{Graph, folder_of, is_within},
        order,
        problem::{Problem, Spot, once_for_each_place},
        remedy,
        usage::{self, Asker, Gift, Need, Usage},
    },
    model::{Confidence, Severity},
};

const ID: &str = "dotenv-not-loaded";

pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut problems = Vec::new();
    for (project, usage) in context.whole_usages() {
        problems.extend(Case::new(context, project, usage).problems());
    }
    once_for_each_place(&mut problems);
    problems
}

/// Packages on which programs are built and no libraries.
const APPLICATIONS: &str = "
    rails sinatra hanami django fastapi flask quart sanic streamlit gradio uvicorn gunicorn python-telegram-bot
    aiogram express fastify koa @nestjs/core next @sveltejs/kit discord.js telegraf laravel/framework
    symfony/framework-bundle phoenix
";

/// Files that serve the machine they lie on, as opposed to those of tests and deployments.
const LOCAL: [&str; 5] = [".env", ".env.local", ".env.dev", ".env.development", ".env.development.local"];

/// Beyond this many files that nothing imports, it is not told which programs lead where.
const MOST_PROGRAMS: usize = 500;

/// Why a file does not help.
#[derive(Clone, Copy, Debug)]
enum Why {
    /// Nothing loads any `.env`.
    Nowhere,
    /// The framework looks in another folder.
    OtherFolder(&'static Framework),
    /// Other programs of the project load it.
    OtherPrograms,
}

/// A project under judgement.
struct Case<'u, 'g> {
    context: &'u Context<'g>,
    graph: &'g Graph,
    project: usize,
    usage: &'u Usage<'g>,
    /// Languages in whose code something loads a file into the environment.
    loading: BTreeSet<&'static str>,
    /// The same, for packages of the repository that are used here.
    loading_neighbours: BTreeSet<&'static str>,
    /// What runs when each of the programs starts.
    programs: OnceCell<Vec<BTreeSet<usize>>>,
}

impl<'u, 'g> Case<'u, 'g> {
    fn new(context: &'u Context<'g>, project: usize, usage: &'u Usage<'g>) -> Self {
        let graph = context.graph;
        let loading = languages_of_loads(graph, project);
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
        let used: BTreeSet<String> = graph.projects()[project].packages.iter().map(|name| last(name)).collect();
        let neighbours = (0..graph.projects().len())
            .filter(|other| *other != project && used.contains(&last(&graph.projects()[*other].root)));
        let loading_neighbours = neighbours.flat_map(|other| languages_of_loads(graph, other)).collect();
        Self { context, graph, project, usage, loading, loading_neighbours, programs: OnceCell::new() }
    }

    fn problems(&self) -> Vec<Problem<'g>> {
        if usage::has_runner(self.graph, self.project) {
            return Vec::new();
        }
        // One problem for each file that defines what is missed, however many variables that are.
        let mut missed: BTreeMap<&str, Vec<(&Need<'g>, &Gift<'g>, Why)>> = BTreeMap::new();
        for need in self.usage.needs.iter().filter(|need| self.could_miss(need)) {
            let Some(gift) = self.gift(need) else { continue };
            let Some(why) = self.why(need, gift) else { continue };
            missed.entry(&gift.file.path).or_default().push((need, gift, why));
        }
        missed.into_values().filter_map(|all| self.problem(&all)).collect()
    }

    /// Whether the program would miss the variable if no file were loaded.
    fn could_miss(&self, need: &Need<'_>) -> bool {
        let names = || need.others.iter().copied().chain([need.name]);
        !need.is_optional() && !names().any(|name| self.usage.is_given_elsewhere(name))
    }

    /// The definition that the program does not see: in a `.env`, or in a template that people are told to copy.
    fn gift(&self, need: &Need<'g>) -> Option<&Gift<'g>> {
        let names = || [need.name].into_iter().chain(need.others.iter().copied());
        let all: Vec<&Gift<'g>> = names().flat_map(|name| self.usage.givers_of(name)).collect();
        let is_local = |gift: &&&Gift<'g>| gift.is_real() && LOCAL.contains(&name_of(&gift.file.path));
        let real = all.iter().find(|gift| is_local(gift) && gift.definition.value.is_some());
        let copied = |gift: &&&Gift<'g>| gift.definition.giver == Giver::Example && self.is_copied(&gift.file.path);
        real.or_else(|| all.iter().find(copied)).copied()
    }

    /// Whether a script or a readme makes a `.env` out of the template at `path`.
    fn is_copied(&self, path: &str) -> bool {
        let name = name_of(path);
        let copies = |command: &str| {
            let mut words = command.split_ascii_whitespace();
            matches!(words.next(), Some("cp" | "copy" | "mv"))
                && command.contains(name)
                && words.next_back().is_some_and(|last| matches!(last.rsplit('/').next(), Some(".env" | ".env.local")))
        };
        self.usage.commands().any(copies)
    }

    /// Why `need` does not see `gift`; `None` when it may.
    fn why(&self, need: &Need<'g>, gift: &Gift<'g>) -> Option<Why> {
        let project = &self.graph.projects()[self.project];
        let language = need.file.language;
        if let Some(framework) = project.filled_by(language) {
            let is_elsewhere = framework.root_only
                && is_within(&gift.file.path, &project.root)
                && folder_of(&gift.file.path) != project.root;
            // With a loader besides, it may be that one that reads the file.
            return (is_elsewhere && !self.has_load(language)).then_some(Why::OtherFolder(framework));
        }
        if language.library_name().is_some_and(|name| self.loading_neighbours.contains(name)) {
            return None;
        }
        if self.has_load(language) {
            return self.is_missed_by_its_programs(need).then_some(Why::OtherPrograms);
        }
        self.runs_by_itself(need).then_some(Why::Nowhere)
    }

    /// Whether some code of the project loads a file in a language that shares its processes.
    fn has_load(&self, language: Language) -> bool {
        language.library_name().is_some_and(|name| self.loading.contains(name))
    }

    /// Whether the program runs by itself, and is no library: it has a beginning, or something starts it.
    fn runs_by_itself(&self, need: &Need<'_>) -> bool {
        let has_start = |file: &&usize| {
            let facts = &self.graph.files()[**file];
            let scopes =
                facts.reads.iter().map(|read| read.scope).chain(facts.clients.iter().map(|client| client.scope));
            facts.language == need.file.language && scopes.into_iter().any(|scope| scope == Scope::Main)
        };
        need.scope() != Scope::Function
            || self.is_application()
            || self.usage.commands().any(starts_a_program)
            || self.graph.projects()[self.project].files.iter().any(|file| has_start(&file))
    }

    /// Whether it is built on a framework for programs, so that somebody starts it.
    fn is_application(&self) -> bool {
        let packages = &self.graph.projects()[self.project].packages;
        APPLICATIONS.split_ascii_whitespace().any(|name| packages.contains(name))
    }

    /// What runs when each of the programs starts; nothing in a project with too many to tell.
    fn programs(&self) -> &[BTreeSet<usize>] {
        self.programs.get_or_init(|| {
            let starts = order::starts(self.graph, self.project);
            let few = starts.into_iter().take(MOST_PROGRAMS + 1).map(|start| order::reached(self.graph, start));
            Some(few.collect::<Vec<_>>()).filter(|programs| programs.len() <= MOST_PROGRAMS).unwrap_or_default()
        })
    }

    /// Whether every program that leads to `need` loads nothing on its way, and there is one.
    fn is_missed_by_its_programs(&self, need: &Need<'g>) -> bool {
        let Some(at) = self.graph.position(&need.file.path) else { return false };
        let loads = |file: &usize| self.graph.files()[*file].loads.iter().any(|load| load.fills);
        let programs: Vec<&BTreeSet<usize>> = self.programs().iter().filter(|reached| reached.contains(&at)).collect();
        // A file that nothing imports and that only defines functions is no program that anybody saw.
        let is_program = need.scope() == Scope::Main || (need.scope() == Scope::Top && programs.len() == 1);
        is_program && !programs.is_empty() && !programs.iter().any(|reached| reached.iter().any(loads))
    }

    fn problem(&self, missed: &[(&Need<'g>, &Gift<'g>, Why)]) -> Option<Problem<'g>> {
        let (need, gift, why) = missed.iter().find(|(need, ..)| need.provider.is_some()).or(missed.first())?;
        let spot = Spot::new(need.file, need.at());
        let mut problem = Problem::new(ID, spot, gift.file.path.clone());
        let (path, name) = (&gift.file.path, gift.name());
        problem.message = self.message(need, gift, *why);
        problem.help = match why {
            Why::OtherFolder(framework) => {
                let root = &self.graph.projects()[self.project].root;
                let right = crate::lint::resolve::joined(root, name_of(path));
                format!("{} reads it only from the root of its project; move it to `{right}`", framework.name)
            }
            Why::Nowhere | Why::OtherPrograms => remedy::load(self.graph, self.project, need.file, need.scope(), path),
        };
        problem.provider = need.provider.map(|provider| provider.id.clone());
        problem.related.push((Spot::new(gift.file, gift.definition.at), format!("`{name}` is defined here")));
        let others = missed.iter().filter(|(other, ..)| (&other.file.path, other.at()) != (&need.file.path, need.at()));
        problem.related.extend(others.take(4).map(|(other, ..)| (Spot::new(other.file, other.at()), other.label())));
        problem.severity = match why {
            _ if !gift.is_real() => Severity::Note,
            Why::Nowhere if need.provider.is_some() => Severity::Error,
            _ => Severity::Warning,
        };
        // Below the top of a module it is not known which file the program starts with.
        if !matches!(why, Why::OtherFolder(_)) && need.scope() != Scope::Function {
            problem.fixes.extend(self.context.load_at_top(need.file, self.project));
        }
        problem.confidence = if matches!(need.asker, Asker::Client(_)) { Confidence::High } else { Confidence::Medium };
        Some(problem)
    }

    fn message(&self, need: &Need<'g>, gift: &Gift<'g>, why: Why) -> String {
        let (path, name, who) = (&gift.file.path, gift.name(), need.who());
        let keeps = self.keeper(need.file.language);
        match (why, keeps) {
            (Why::OtherFolder(framework), _) => {
                format!("`{path}` defines `{name}`, and {} does not look in that folder", framework.name)
            }
            (Why::OtherPrograms, _) => format!("`{path}` defines `{name}`, and {who} runs without loading it"),
            (Why::Nowhere, Some(loader)) => format!(
                "`{path}` defines `{name}`, but {loader} keeps it out of the environment of the process, where {who} looks for it"
            ),
            (Why::Nowhere, None) if gift.is_real() => {
                format!("`{path}` defines `{name}`, and nothing loads the file before {who} reads it")
            }
            (Why::Nowhere, None) => format!("nothing loads the `.env` made of `{path}` before {who} reads `{name}`"),
        }
    }

    /// What reads `.env` files without filling the environment of the process.
    fn keeper(&self, language: Language) -> Option<&'static str> {
        let project = &self.graph.projects()[self.project];
        let in_code = project.files.iter().map(|file| &self.graph.files()[*file]);
        let loader = in_code
            .filter(|file| file.language == language)
            .flat_map(|file| &file.loads)
            .find(|load| !load.fills)
            .map(|load| load.loader);
        let keeps = |framework: &&&Framework| {
            framework.helps(language) && matches!(framework.fills, Fills::Build | Fills::Settings)
        };
        loader.or_else(|| project.frameworks.iter().find(keeps).map(|framework| framework.name))
    }
}

/// The file's name without its folders.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Languages in whose code something loads a file into the environment, in the project at position `project`.
fn languages_of_loads(graph: &Graph, project: usize) -> BTreeSet<&'static str> {
    let files = graph.projects()[project].files.iter().map(|file| &graph.files()[*file]);
    let loading = files.filter(|file| file.loads.iter().any(|load| load.fills));
    loading.filter_map(|file| file.language.library_name()).collect()
}

/// Whether a command starts a program, as opposed to a build, a test or a tool.
fn starts_a_program(command: &str) -> bool {
    const STARTERS: [&str; 22] = [
        "node",
        "nodemon",
        "tsx",
        "ts-node",
        "python",
        "python3",
        "uvicorn",
        "gunicorn",
        "fastapi",
        "flask",
        "streamlit",
        "go",
        "cargo",
        "php",
        "ruby",
        "rackup",
        "puma",
        "rails",
        "java",
        "dotnet",
        "mix",
        "npm",
    ];
    let mut words = command.split_ascii_whitespace().filter(|word| !word.contains('='));
    words.next().is_some_and(|first| STARTERS.contains(&first))
        && !command.contains("test")
        && !command.contains("build")
}
