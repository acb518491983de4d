//! `dotenv-loaded-late`: the `.env` is loaded, but the variable was read or the client built before.
//!
//! Programs are followed from the files that nothing imports ([`order`](crate::lint::order)): what stands at the top of a module runs when it
//! is imported, ES imports run before the statements above them, and functions run later. A read that comes before the first load misses
//! it. One problem for each load, at the load, because that is what has to move.
//!
//! Silent where something else fills the environment: a runner, a framework, a compose file. Silent as well where a function that loads may
//! have been called before: calls are not followed.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    lint::{
        facts::{Fallback, FileFacts, Giver, KeyArgument, Language, Load, Scope, Via},
        graph::Graph,
        order::{self, Event, Step},
        problem::{Problem, Spot},
        usage::{self, Usage},
    },
    model::{Severity, Span},
};

const ID: &str = "dotenv-loaded-late";

pub(super) fn run<'g>(context: &Context<'g>) -> Vec<Problem<'g>> {
    let mut late: BTreeMap<(&'g str, Span), Late<'g>> = BTreeMap::new();
    for (project, usage) in context.usages() {
        let Some(case) = Case::of(context, project, usage) else { continue };
        for start in case.starts() {
            let Some(found) = case.late(start) else { continue };
            late.entry((&found.file.path, found.load.at)).or_insert(found);
        }
    }
    late.into_values().map(|late| late.problem(context)).collect()
}

/// A load and what came before it.
struct Late<'g> {
    file: &'g FileFacts,
    load: &'g Load,
    /// The file where the program starts.
    start: &'g FileFacts,
    project: usize,
    missed: Vec<Missed<'g>>,
}

/// Something that asked too early.
#[derive(Clone, Copy)]
struct Missed<'g> {
    file: &'g FileFacts,
    at: Span,
    name: &'g str,
    /// The client's class, if it is one that is built.
    class: Option<&'g str>,
    provider: Option<&'g str>,
    is_optional: bool,
}

/// A project in which the order matters.
struct Case<'c, 'g> {
    context: &'c Context<'g>,
    graph: &'g Graph,
    project: usize,
    usage: &'c Usage<'g>,
}

impl<'c, 'g> Case<'c, 'g> {
    fn of(context: &'c Context<'g>, project: usize, usage: &'c Usage<'g>) -> Option<Self> {
        let graph = context.graph;
        let fills = |file: &usize| graph.files()[*file].loads.iter().any(|load| load.fills);
        if !graph.projects()[project].files.iter().any(fills) || usage::has_runner(graph, project) {
            return None;
        }
        Some(Self { context, graph, project, usage })
    }

    /// Files where programs start: those that nothing imports, and, where imports are not followed, all that load.
    fn starts(&self) -> Vec<usize> {
        let project = &self.graph.projects()[self.project];
        let mut starts = order::starts(self.graph, self.project);
        let is_alone = |file: &usize| {
            let facts = &self.graph.files()[*file];
            !matches!(facts.language, Language::Python | Language::JavaScript) && !facts.loads.is_empty()
        };
        starts.extend(project.files.iter().copied().filter(|file| is_alone(file)));
        starts.retain(|file| {
            let facts = &self.graph.files()[*file];
            facts.language.is_code() && !usage::is_aside(&facts.path) && project.filled_by(facts.language).is_none()
        });
        starts
    }

    /// What the program that starts in the file at position `start` asks for before it loads anything.
    fn late(&self, start: usize) -> Option<Late<'g>> {
        let steps = order::steps(self.graph, start);
        let first = steps.iter().position(|step| matches!(step.event, Event::Load(load) if load.fills))?;
        let Step { file, event: Event::Load(load) } = steps[first] else { return None };
        if self.may_have_loaded(start) {
            return None;
        }
        let missed: Vec<Missed<'g>> = steps[..first].iter().filter_map(|step| self.missed(step, file, load)).collect();
        (!missed.is_empty()).then(|| Late {
            file,
            load,
            start: &self.graph.files()[start],
            project: self.project,
            missed,
        })
    }

    /// Whether a function that loads stands on the way: it may have been called.
    fn may_have_loaded(&self, start: usize) -> bool {
        let in_function = |load: &Load| load.fills && load.scope == Scope::Function;
        order::reached(self.graph, start).iter().any(|file| self.graph.files()[*file].loads.iter().any(in_function))
    }

    fn missed(&self, step: &Step<'g>, file: &FileFacts, load: &Load) -> Option<Missed<'g>> {
        let catalogue = self.context.options.catalogue;
        let (at, scope, name, class, provider, is_optional) = match step.event {
            Event::Load(_) => return None,
            Event::Read(read) if read.via != Via::Process => return None,
            Event::Read(read) => {
                let provider =
                    read.feeds.as_deref().or_else(|| catalogue.named(&read.name).map(|(owner, _)| &*owner.id));
                let is_optional = matches!(read.fallback, Fallback::Literal(_) | Fallback::Other);
                (read.at, read.scope, read.name.as_str(), None, provider, is_optional)
            }
            Event::Client(client) if client.key != KeyArgument::Default => return None,
            Event::Client(client) => {
                let names = usage::default_names(client, step.file.language, catalogue)?;
                let provider = Some(client.provider.as_str());
                (client.at, client.scope, names.first()?.as_str(), Some(client.class.as_str()), provider, false)
            }
        };
        // `main` may stand above the lines that load and then call it.
        let is_unordered = step.file.language == Language::Python && scope == Scope::Main && load.scope == Scope::Main;
        if (is_unordered && step.file.path == file.path) || usage::is_aside(&step.file.path) {
            return None;
        }
        let has_sdk = provider.and_then(|id| catalogue.provider(id)).is_some_and(|provider| !provider.sdks.is_empty());
        (self.comes_from_the_file(name, has_sdk)).then_some(Missed {
            file: step.file,
            at,
            name,
            class,
            provider,
            is_optional,
        })
    }

    /// Whether the variable is one that the `.env` is there for, and comes from nowhere else.
    fn comes_from_the_file(&self, name: &str, is_a_credential: bool) -> bool {
        let mut is_defined = false;
        for gift in self.usage.givers_of(name) {
            match gift.definition.giver {
                Giver::Dotenv | Giver::Example => is_defined = true,
                Giver::Pipeline => {}
                _ => return false,
            }
        }
        is_defined || is_a_credential
    }
}

impl<'g> Late<'g> {
    fn problem(self, context: &Context<'g>) -> Problem<'g> {
        let worst = self.missed.iter().find(|missed| missed.provider.is_some() && !missed.is_optional);
        let missed = *worst.unwrap_or(&self.missed[0]);
        let mut problem = Problem::new(ID, Spot::new(self.file, self.load.at), missed.name);
        let what = match missed.class {
            Some(class) => format!("`{class}` in `{}` looked for `{}`", missed.file.path, missed.name),
            None => format!("`{}` read `{}`", missed.file.path, missed.name),
        };
        problem.message = format!("the `.env` is loaded after {what}");
        problem.help = self.help(&missed);
        problem.provider = missed.provider.map(str::to_owned);
        problem.related = self
            .missed
            .iter()
            .take(5)
            .map(|missed| {
                let verb = if missed.class.is_some() { "looked for" } else { "read" };
                (Spot::new(missed.file, missed.at), format!("`{}` is {verb} here, before the load", missed.name))
            })
            .collect();
        problem.fixes.extend(context.load_at_top(self.start, self.project));
        if worst.is_none() {
            problem.severity = Severity::Warning;
        }
        problem
    }

    fn help(&self, missed: &Missed<'_>) -> String {
        let (start, same) = (&self.start.path, missed.file.path == self.file.path);
        match self.file.language {
            Language::JavaScript if same => "move the load above the first use".to_owned(),
            Language::JavaScript if self.load.hoisted => {
                format!("make `import \"dotenv/config\"` the first import of `{start}`")
            }
            Language::JavaScript if !self.start.imports.iter().any(|import| import.hoisted) => {
                format!("put `require(\"dotenv\").config()` first in `{start}`, above the modules that read variables")
            }
            Language::JavaScript => format!(
                "imports run before the statements above them: make `import \"dotenv/config\"` the first import of `{start}`, or start Node with `--env-file`"
            ),
            Language::Python if same => "move `load_dotenv()` above the first read".to_owned(),
            Language::Python => {
                format!(
                    "call `load_dotenv()` at the top of `{start}`, above the import that leads to `{}`",
                    missed.file.path
                )
            }
            Language::Go => {
                "read the variable in `main` behind `godotenv.Load()`, or import `godotenv/autoload`".to_owned()
            }
            _ => "move the load to the beginning of the program".to_owned(),
        }
    }
}
