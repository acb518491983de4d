//! Which variables a project's code asks for, and what gives them: the two sides of the chain that the checks of names and loads compare.
//!
//! An SDK that is built without a key asks as much as a read does. Of several names of which one is enough each knows the others. Tests,
//! examples and documentation ask for nothing: whoever runs them knows what they need.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    Catalogue,
    catalogue::{Likeness, Standing},
    facts::{Client, Definition, Fallback, FileFacts, Giver, KeyArgument, Language, Read, Scope, Side, Via},
    graph::Graph,
};
use crate::{model::Span, rules::Provider};

/// What asks for a variable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker<'g> {
    /// A read.
    Read(&'g Read),
    /// A client of an SDK that was given no key.
    Client(&'g Client),
}

/// A variable that code asks for.
#[derive(Clone, Debug)]
pub(super) struct Need<'g> {
    /// The file.
    pub(super) file: &'g FileFacts,
    /// The variable.
    pub(super) name: &'g str,
    /// What asks.
    pub(super) asker: Asker<'g>,
    /// Whose credential it is.
    pub(super) provider: Option<&'g Provider>,
    /// Names that would do as well.
    pub(super) others: Vec<&'g str>,
}

impl Need<'_> {
    /// The place to point at.
    pub(super) fn at(&self) -> Span {
        match self.asker {
            Asker::Read(read) => read.at,
            Asker::Client(client) => client.at,
        }
    }

    /// When it is asked for.
    pub(super) fn scope(&self) -> Scope {
        match self.asker {
            Asker::Read(read) => read.scope,
            Asker::Client(client) => client.scope,
        }
    }

    /// Whether the program does without it, because something else is taken.
    pub(super) fn is_optional(&self) -> bool {
        match self.asker {
            Asker::Read(read) => matches!(read.fallback, Fallback::Literal(_) | Fallback::Other),
            Asker::Client(_) => false,
        }
    }

    /// "read here" or its like.
    pub(super) fn label(&self) -> String {
        match self.asker {
            Asker::Read(_) => "read here".to_owned(),
            Asker::Client(client) => format!("`{}` looks for `{}` here", client.class, self.name),
        }
    }

    /// Who asks, as the subject of a sentence.
    pub(super) fn who(&self) -> String {
        match self.asker {
            Asker::Read(_) => format!("`{}`", self.file.path),
            Asker::Client(client) => format!("`{}` in `{}`", client.class, self.file.path),
        }
    }
}

/// A variable that something gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gift<'g> {
    /// The file.
    pub(super) file: &'g FileFacts,
    /// How it is given.
    pub(super) definition: &'g Definition,
}

impl<'g> Gift<'g> {
    /// The variable.
    pub(super) fn name(&self) -> &'g str {
        &self.definition.name
    }

    /// Whether it only hands on what the variable of the same name holds elsewhere.
    pub(super) fn is_passed_on(&self) -> bool {
        let passes =
            matches!(self.definition.giver, Giver::Compose | Giver::Image | Giver::BuildArgument | Giver::Shell);
        passes && self.definition.from.as_ref().is_some_and(|from| *from == self.definition.name)
    }

    /// Whether it stands in a `.env` file that programs load, as opposed to a template.
    pub(super) fn is_real(&self) -> bool {
        self.file.language == Language::Dotenv && self.definition.giver == Giver::Dotenv
    }
}

/// The two sides of one project.
#[derive(Debug, Default)]
pub(super) struct Usage<'g> {
    /// What its code asks for.
    pub(super) needs: Vec<Need<'g>>,
    /// What it sees defined, by name.
    gifts: BTreeMap<&'g str, Vec<Gift<'g>>>,
    /// Names that stand on its command lines.
    in_commands: BTreeSet<&'g str>,
    /// Every name that anything asks for in whatever way, in all projects: what this one sees may be there for another.
    asked: Rc<BTreeSet<&'g str>>,
    /// Names that prose and templates tell people to set.
    mentioned: BTreeSet<&'g str>,
    /// Command lines.
    commands: Vec<&'g str>,
}

impl<'g> Usage<'g> {
    /// Both sides of every project that asks for something or defines something, each with the project's position.
    pub(super) fn all(graph: &'g Graph, catalogue: &'g Catalogue) -> Vec<(usize, Self)> {
        let mut asked: BTreeSet<&str> = graph.files().iter().flat_map(asked).collect();
        for file in graph.files() {
            let defaults = file.clients.iter().filter(|client| client.key == KeyArgument::Default);
            let names = defaults.filter_map(|client| default_names(client, file.language, catalogue));
            asked.extend(names.flatten().map(String::as_str));
        }
        let asked = Rc::new(asked);
        let says = |file: &usize| {
            let facts = &graph.files()[*file];
            !facts.reads.is_empty() || !facts.clients.is_empty() || !facts.definitions.is_empty()
        };
        let speaking = (0..graph.projects().len()).filter(|at| graph.projects()[*at].files.iter().any(says));
        let usage = |project| {
            let mut usage = Self { asked: Rc::clone(&asked), ..Self::default() };
            for file in graph.visible(project) {
                usage.add(&graph.files()[file], catalogue);
            }
            (project, usage)
        };
        speaking.map(usage).collect()
    }

    fn add(&mut self, file: &'g FileFacts, catalogue: &'g Catalogue) {
        let mentioned = file.reads.iter().filter(|read| read.via == Via::Mentioned);
        self.mentioned.extend(mentioned.map(|read| read.name.as_str()));
        for definition in &file.definitions {
            self.gifts.entry(&definition.name).or_default().push(Gift { file, definition });
        }
        for run in &file.runs {
            self.in_commands.extend(run.command.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
            self.commands.push(&run.command);
        }
        if file.language.is_code() && !is_aside(&file.path) && file.side != Side::Browser {
            self.needs.extend(needs(file, catalogue));
        }
    }

    /// Whether anything at all asks for `name`, in code, in a manifest or on a command line.
    pub(super) fn is_asked(&self, name: &str) -> bool {
        self.asked.contains(name) || self.in_commands.contains(name)
    }

    /// What is defined, by name.
    pub(super) fn gifts(&self) -> impl Iterator<Item = (&'g str, &[Gift<'g>])> {
        self.gifts.iter().map(|(name, gifts)| (*name, gifts.as_slice()))
    }

    /// Whether people are told to set `name`.
    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        self.mentioned.contains(name)
    }

    /// Names that people are told to set.
    pub(super) fn mentioned(&self) -> impl Iterator<Item = &'g str> {
        self.mentioned.iter().copied()
    }

    /// Command lines of scripts, images, tasks and readmes.
    pub(super) fn commands(&self) -> impl Iterator<Item = &'g str> {
        self.commands.iter().copied()
    }

    /// Whether something beside `.env` files and their templates gives `name`: the program, its image, the platform, a script.
    pub(super) fn is_given_elsewhere(&self, name: &str) -> bool {
        self.givers_of(name).any(|gift| !matches!(gift.definition.giver, Giver::Dotenv | Giver::Example))
    }

    /// What gives `name` under exactly this name.
    pub(super) fn givers_of(&self, name: &str) -> impl Iterator<Item = &Gift<'g>> {
        self.gifts.get(name).into_iter().flatten()
    }

    /// Whether something gives one of the names that `need` can do with, other than by handing on what is not there.
    pub(super) fn is_given(&self, need: &Need<'_>) -> bool {
        let names = need.others.iter().copied().chain([need.name]);
        names.into_iter().any(|name| self.givers_of(name).any(|gift| !gift.is_passed_on()))
    }
}

/// Whether something in the project or around it starts a program with a `.env` file loaded: a runner, a compose file, a task.
pub(super) fn has_runner(graph: &Graph, project: usize) -> bool {
    let loads = |file: &usize| {
        let file = &graph.files()[*file];
        let is_runner = |load: &super::facts::Load| load.fills && (load.command.is_some() || !file.language.is_code());
        file.loads.iter().any(is_runner)
    };
    graph.visible(project).iter().any(loads)
}

/// Names that `file` asks for in any way: to read them, to hand them on, to build them in.
fn asked(file: &FileFacts) -> impl Iterator<Item = &str> {
    let mut passed_on: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for definition in file.definitions.iter().filter(|definition| definition.from.is_some()) {
        passed_on.entry(&definition.name).or_default().push(definition.whole);
    }
    // `X: ${{ secrets.X }}` asks for nothing but itself.
    let is_passed_on = move |read: &Read| {
        let around = passed_on.get(read.name.as_str()).into_iter().flatten();
        read.via == Via::Interpolated && around.into_iter().any(|whole| whole.overlaps(read.at))
    };
    let reads = file.reads.iter().filter(move |read| read.via != Via::Mentioned && !is_passed_on(read));
    let keys = file.clients.iter().filter_map(|client| match &client.key {
        KeyArgument::Variable(name) => Some(name.as_str()),
        _ => None,
    });
    let sources = file
        .definitions
        .iter()
        .filter_map(|definition| definition.from.as_deref().filter(|from| *from != definition.name));
    let exposed = file.exposures.iter().filter_map(|exposure| exposure.name.as_deref());
    reads.map(|read| read.name.as_str()).chain(keys).chain(sources).chain(exposed)
}

/// What `file` asks for.
fn needs<'g>(file: &'g FileFacts, catalogue: &'g Catalogue) -> Vec<Need<'g>> {
    let mut reads: Vec<&Read> = file.reads.iter().filter(|read| read.via == Via::Process).collect();
    reads.sort_by_key(|read| (read.whole.start, read.at.start));
    let by_reads = reads.iter().enumerate().map(|(at, read)| Need {
        file,
        name: &read.name,
        asker: Asker::Read(read),
        provider: owner_of(read, catalogue),
        others: alternatives(&reads, at),
    });
    let defaults = file.clients.iter().filter(|client| client.key == KeyArgument::Default);
    let by_clients = defaults.filter_map(|client| {
        let (first, others) = default_names(client, file.language, catalogue)?.split_first()?;
        Some(Need {
            file,
            name: first,
            asker: Asker::Client(client),
            provider: catalogue.provider(&client.provider),
            others: others.iter().map(String::as_str).collect(),
        })
    });
    by_reads.chain(by_clients).collect()
}

/// Whose credential `read` asks for: that of the client it is handed to, or of the name.
fn owner_of<'g>(read: &Read, catalogue: &'g Catalogue) -> Option<&'g Provider> {
    let by_name = || match catalogue.named(&read.name) {
        Some((provider, standing)) if standing.is_read() || standing == Standing::Mistaken => Some(provider),
        Some(_) => None,
        None => {
            let near = catalogue.nearest(&read.name)?;
            let is_certain = near.likeness != Likeness::Ambiguous && near.standing != Standing::Setting;
            is_certain.then_some(near.provider)
        }
    };
    read.feeds.as_ref().and_then(|id| catalogue.provider(id)).or_else(by_name)
}

/// Variables that `client` looks for by itself.
pub(super) fn default_names<'c>(client: &Client, language: Language, catalogue: &'c Catalogue) -> Option<&'c [String]> {
    let is_of = |packages: &[String], package: &String| {
        packages.iter().any(|known| {
            package == known || package.strip_prefix(known).is_some_and(|rest| rest.starts_with(['.', '/']))
        })
    };
    let mut sdks = catalogue.sdks(language.library_name()?).filter(|(provider, sdk)| {
        provider.id == client.provider && client.package.as_ref().is_none_or(|package| is_of(&sdk.packages, package))
    });
    let first = sdks.next()?.1;
    // An SDK may have several clients that look for different variables.
    let names = |sdk: &crate::rules::Sdk| {
        sdk.clients.iter().any(|class| class.rsplit('.').next() == client.class.rsplit('.').next())
    };
    let exact = std::iter::once(first).chain(sdks.map(|(_, sdk)| sdk)).find(|sdk| names(sdk)).unwrap_or(first);
    Some(&exact.reads)
}

/// How far apart in the text `a or b` may stand.
const BESIDE: usize = 60;
/// How many reads before and behind one are looked at.
const NEIGHBOURS: usize = 6;

/// Names that are taken when the read at position `at` gives nothing, and those that it is taken for: `os.getenv("A") or os.getenv("B")`.
fn alternatives<'g>(reads: &[&'g Read], at: usize) -> Vec<&'g str> {
    let read = reads[at];
    let is_other = |one: &Read, two: &Read| {
        let inside = one.whole.start <= two.whole.start && two.whole.end <= one.whole.end;
        let behind = one.whole.end <= two.whole.start && two.whole.start - one.whole.end <= BESIDE;
        one.fallback == Fallback::Other && (inside || behind)
    };
    let same_name = |other: &Read| other.bound_to.is_some() && other.bound_to == read.bound_to;
    let near = &reads[at.saturating_sub(NEIGHBOURS)..reads.len().min(at + NEIGHBOURS + 1)];
    near.iter()
        .filter(|other| other.name != read.name)
        .filter(|other| is_other(read, other) || is_other(other, read) || same_name(other))
        .map(|other| other.name.as_str())
        .collect()
}

/// Parts of paths below which nothing is a program of the project.
const ASIDE: [&str; 22] = [
    "test",
    "tests",
    "testing",
    "__tests__",
    "spec",
    "specs",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "fixtures",
    "mocks",
    "__mocks__",
    "benchmark",
    "benchmarks",
    "cookbook",
    "evals",
];

/// Whether the file at `path` belongs to tests, examples or documentation, or configures a tool.
pub(super) fn is_aside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let of_tests = name.starts_with("test_")
        || matches!(name, "conftest.py" | "setup.py" | "noxfile.py")
        || name.contains(".config.")
        || ["_test.", ".test.", ".spec.", "_spec.", "tests."].iter().any(|part| name.contains(part));
    of_tests || folders.split('/').any(|folder| ASIDE.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_examples_and_documentation_stand_aside() {
        for path in [
            "tests/a.py",
            "src/__tests__/x.ts",
            "test_a.py",
            "a_test.go",
            "x.spec.ts",
            "docs/conf.py",
            "examples/chat/main.py",
        ] {
            assert!(is_aside(path), "{path}");
        }
        for path in ["src/latest.py", "contest.js", "app/main.py", "testimonials/index.js"] {
            assert!(!is_aside(path), "{path}");
        }
    }
}
