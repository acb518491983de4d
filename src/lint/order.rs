//! What a program does, in order, from when it starts at a file until its own statements are over.
//!
//! A load helps what comes after it. So the files are followed as the interpreter follows them: a file runs once, when it is first
//! imported, and its imports run where they stand, those of ES modules before everything else. What stands in a function runs some time
//! later; nothing is said about it here. Circles end because no file is entered twice, and there is no recursion.
//!
//! Only Python and JavaScript are followed, where this goes wrong in practice. A file in between may hold no word that made it worth
//! reading; such files are read when an import leads to them, up to a limit.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Options,
    facts::{Client, FileFacts, Language, Load, Read, Scope},
    graph::Graph,
    resolve,
};

/// At most so many files are read because an import leads to them.
const MOST_EXTRA: usize = 300;
/// At most so often it is asked whether a file exists.
const MOST_QUESTIONS: usize = 20_000;
/// A walk ends after so many steps.
const MOST_STEPS: usize = 50_000;
/// Files that programs usually start with, below a project's root.
const USUAL_STARTS: [&str; 18] = [
    "main.py",
    "app.py",
    "run.py",
    "src/main.py",
    "src/app.py",
    "app/main.py",
    "index.js",
    "index.ts",
    "index.mjs",
    "server.js",
    "server.ts",
    "app.js",
    "app.ts",
    "main.ts",
    "src/index.ts",
    "src/index.js",
    "src/main.ts",
    "src/server.ts",
];

/// A file that another one loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Which of its imports.
    pub(super) import: usize,
    /// Position of the file it leads to.
    pub(super) file: usize,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'g> {
    /// A `.env` file is loaded.
    Load(&'g Load),
    /// A variable is read.
    Read(&'g Read),
    /// A client is built.
    Client(&'g Client),
}

/// Something that happens, and in which file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'g> {
    /// The file.
    pub(super) file: &'g FileFacts,
    /// What happens.
    pub(super) event: Event<'g>,
}

/// The graph of `files` with what they load of each other; files that imports lead to are read as far as needed.
pub(super) fn graph(files: Vec<FileFacts>, options: &Options<'_>) -> Graph {
    let graph = Graph::new(files, options.whole);
    let followed: BTreeSet<String> =
        followed(&graph).into_iter().map(|project| graph.projects()[project].root.clone()).collect();
    if followed.is_empty() {
        return graph;
    }
    let mut finder = Finder { options, answers: BTreeMap::new() };
    let extra = finder.extra_files(&graph, &followed);
    let mut files = graph.into_files();
    files.extend(extra);
    let mut graph = Graph::new(files, options.whole);
    for at in 0..graph.files().len() {
        if followed.contains(&graph.project_of(at).root) {
            graph.edges[at] = finder.edges(&graph, at);
        }
    }
    graph
}

/// Projects in whose code a `.env` is loaded: only there does the order matter.
fn followed(graph: &Graph) -> BTreeSet<usize> {
    let loads = |file: &&usize| {
        let file = &graph.files()[**file];
        is_followed(file.language) && !file.loads.is_empty()
    };
    let projects = graph.projects().iter().enumerate();
    projects.filter(|(_, project)| project.files.iter().any(|file| loads(&file))).map(|(at, _)| at).collect()
}

fn is_followed(language: Language) -> bool {
    matches!(language, Language::Python | Language::JavaScript)
}

/// Looks for files, and remembers what was there.
struct Finder<'o> {
    options: &'o Options<'o>,
    answers: BTreeMap<String, bool>,
}

impl Finder<'_> {
    fn exists(&mut self, graph: &Graph, path: &str) -> bool {
        if graph.position(path).is_some() {
            return true;
        }
        if let Some(known) = self.answers.get(path) {
            return *known;
        }
        let is_there = self.answers.len() < MOST_QUESTIONS && self.options.surroundings.exists(path);
        self.answers.insert(path.to_owned(), is_there);
        is_there
    }

    /// Files that `file` loads, each with the import that does it.
    fn targets(&mut self, graph: &Graph, file: &FileFacts, root: &str) -> Vec<(usize, String)> {
        let mut targets = Vec::new();
        for (at, import) in file.imports.iter().enumerate() {
            for group in resolve::candidates(import, &file.path, file.language, root) {
                let found = group.into_iter().find(|path| self.exists(graph, path));
                targets.extend(found.filter(|path| *path != file.path).map(|path| (at, path)));
            }
        }
        targets
    }

    fn edges(&mut self, graph: &Graph, at: usize) -> Vec<Edge> {
        let root = graph.project_of(at).root.clone();
        let targets = self.targets(graph, &graph.files()[at], &root);
        let edge = |(import, path): (usize, String)| Some(Edge { import, file: graph.position(&path)? });
        targets.into_iter().filter_map(edge).collect()
    }

    /// Files without facts that imports lead to, and those where programs usually start.
    fn extra_files(&mut self, graph: &Graph, followed: &BTreeSet<String>) -> Vec<FileFacts> {
        let mut extra: BTreeMap<String, FileFacts> = BTreeMap::new();
        let mut waiting: Vec<(String, String)> = Vec::new();
        for root in followed {
            waiting.extend(USUAL_STARTS.iter().map(|start| (resolve::joined(root, start), root.clone())));
        }
        for (at, file) in graph.files().iter().enumerate() {
            let root = &graph.project_of(at).root;
            if followed.contains(root) && is_followed(file.language) {
                waiting.extend(self.targets(graph, file, root).into_iter().map(|(_, path)| (path, root.clone())));
            }
        }
        while let Some((path, root)) = waiting.pop() {
            if extra.len() >= MOST_EXTRA || extra.contains_key(&path) || graph.position(&path).is_some() {
                continue;
            }
            if !self.exists(graph, &path) {
                continue;
            }
            let Some(facts) = self.read(&path) else { continue };
            waiting.extend(self.targets(graph, &facts, &root).into_iter().map(|(_, path)| (path, root.clone())));
            extra.insert(path, facts);
        }
        extra.into_values().collect()
    }

    fn read(&self, path: &str) -> Option<FileFacts> {
        let facts = self.options.surroundings.facts(&[path.to_owned()]).pop()?;
        is_followed(facts.language).then_some(facts)
    }
}

/// One thing to do while a file runs.
#[derive(Clone, Copy)]
enum Item<'g> {
    Event(Event<'g>),
    Enter(usize),
}

/// What happens when a program starts with the file at position `entry`.
pub(super) fn steps(graph: &Graph, entry: usize) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut entered = BTreeSet::from([entry]);
    let mut stack = vec![(entry, items(graph, entry, Part::Program).into_iter())];
    while let Some((file, rest)) = stack.last_mut() {
        let file = *file;
        match rest.next() {
            None => drop(stack.pop()),
            Some(Item::Event(event)) => steps.push(Step { file: &graph.files()[file], event }),
            Some(Item::Enter(next)) => {
                if entered.insert(next) {
                    stack.push((next, items(graph, next, Part::Module).into_iter()));
                }
            }
        }
        if steps.len() > MOST_STEPS {
            break;
        }
    }
    steps
}

/// Files that run when a program starts with the file at position `entry`, functions that import included.
pub(super) fn reached(graph: &Graph, entry: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([entry]);
    let mut waiting = vec![entry];
    while let Some(file) = waiting.pop() {
        let next = graph.edges[file].iter().map(|edge| edge.file);
        waiting.extend(next.filter(|next| reached.insert(*next)));
    }
    reached
}

/// Files with facts in `project` that no other file loads: where its programs start.
pub(super) fn starts(graph: &Graph, project: usize) -> Vec<usize> {
    let loaded: BTreeSet<usize> = graph.edges.iter().flatten().map(|edge| edge.file).collect();
    let is_start = |file: &&usize| {
        let facts = &graph.files()[**file];
        // A package's `__init__.py` runs because of what lies in it.
        is_followed(facts.language) && !loaded.contains(*file) && !facts.path.ends_with("__init__.py")
    };
    graph.projects()[project].files.iter().filter(is_start).copied().collect()
}

/// How much of a file runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Its own statements, and then what runs because it is the program.
    Program,
    /// Its own statements only.
    Module,
}

/// What the file at position `at` does, in order.
fn items<'g>(graph: &'g Graph, at: usize, part: Part) -> Vec<Item<'g>> {
    let file = &graph.files()[at];
    let mut items: Vec<((u8, usize, usize), Item<'g>)> = Vec::new();
    let mut add = |scope: Scope, hoisted: bool, start: usize, item: Item<'g>| {
        let phase = match scope {
            _ if hoisted => 0,
            Scope::Top => 1,
            Scope::Main if part == Part::Program => 2,
            Scope::Main | Scope::Function => return,
        };
        items.push(((phase, start, items.len()), item));
    };
    for load in &file.loads {
        add(load.scope, load.hoisted, load.at.start, Item::Event(Event::Load(load)));
    }
    for edge in &graph.edges[at] {
        let import = &file.imports[edge.import];
        add(import.scope, import.hoisted, import.at.start, Item::Enter(edge.file));
    }
    for read in &file.reads {
        add(read.scope, false, read.whole.start, Item::Event(Event::Read(read)));
    }
    for client in &file.clients {
        add(client.scope, false, client.at.start, Item::Event(Event::Client(client)));
    }
    items.sort_by_key(|(key, _)| *key);
    items.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        lint::{
            Catalogue, Surroundings,
            facts::{Import, Search},
            read::language_of,
        },
        model::{Origin, OriginKind, Span},
        rules::RuleSet,
    };

    /// A place where only these files exist beside the facts, all of them empty.
    struct Place(BTreeSet<&'static str>);

    impl Surroundings for Place {
        fn read(&self, path: &str) -> Option<Vec<u8>> {
            self.0.contains(path).then(Vec::new)
        }

        fn read_large(&self, path: &str) -> Option<Vec<u8>> {
            self.read(path)
        }

        fn facts(&self, paths: &[String]) -> Vec<FileFacts> {
            let there = paths.iter().filter(|path| self.0.contains(path.as_str()));
            there.map(|path| file(path, &[])).collect()
        }

        fn exists(&self, path: &str) -> bool {
            self.0.contains(path)
        }

        fn is_tracked(&self, _: &str) -> Option<bool> {
            None
        }

        fn is_ignored(&self, _: &str) -> Option<bool> {
            None
        }
    }

    /// A line of a file: where it stands is how it is told apart.
    enum Line {
        Load(Scope, bool),
        Import(&'static str, Scope, bool),
    }

    fn file(path: &str, lines: &[Line]) -> FileFacts {
        let mut facts = FileFacts::new(path, language_of(path).unwrap());
        for (number, line) in lines.iter().enumerate() {
            let at = Span::new(number * 10, number * 10 + 5);
            match *line {
                Line::Load(scope, hoisted) => facts.loads.push(Load {
                    at,
                    loader: "dotenv",
                    fills: true,
                    files: Vec::new(),
                    computed: false,
                    search: Search::Current,
                    overrides: false,
                    scope,
                    hoisted,
                    command: None,
                }),
                Line::Import(module, scope, hoisted) => {
                    facts.imports.push(Import { module: module.to_owned(), names: Vec::new(), at, scope, hoisted });
                }
            }
        }
        facts
    }

    fn graph_of(files: Vec<FileFacts>, there: &[&'static str]) -> Graph {
        let (catalogue, skipped) = (Catalogue::new(&RuleSet::builtin()), BTreeSet::new());
        let place = Place(there.iter().copied().collect());
        let (origin, whole) = (Origin::plain(OriginKind::Tree), [String::new()]);
        let options = Options {
            catalogue: &catalogue,
            surroundings: &place,
            skipped: &skipped,
            whole: &whole,
            origin: &origin,
            wish: None,
        };
        graph(files, &options)
    }

    /// `path:line` of the loads in the order in which they happen.
    fn happens(graph: &Graph, start: &str) -> Vec<String> {
        let steps = steps(graph, graph.position(start).unwrap());
        steps
            .iter()
            .map(|step| match step.event {
                Event::Load(load) => format!("{}:{}", step.file.path, load.at.start / 10),
                _ => unreachable!("the files only load"),
            })
            .collect()
    }

    #[test]
    fn what_an_import_runs_comes_where_it_stands() {
        use Line::{Import, Load};
        use Scope::{Function, Main, Top};
        let graph = graph_of(
            vec![
                file(
                    "main.py",
                    &[Load(Main, false), Load(Function, false), Import("conf", Top, false), Load(Top, false)],
                ),
                file("conf.py", &[Load(Main, false), Load(Top, false)]),
            ],
            &[],
        );
        assert_eq!(happens(&graph, "main.py"), ["conf.py:1", "main.py:3", "main.py:0"]);
    }

    #[test]
    fn hoisted_imports_come_first_and_required_ones_do_not() {
        use Line::{Import, Load};
        use Scope::Top;
        let graph = graph_of(
            vec![
                file("a.js", &[Load(Top, false), Import("./b", Top, true), Load(Top, true), Import("./c", Top, false)]),
                file("b.js", &[Load(Top, false)]),
                file("c.js", &[Load(Top, false)]),
            ],
            &[],
        );
        assert_eq!(happens(&graph, "a.js"), ["b.js:0", "a.js:2", "a.js:0", "c.js:0"]);
    }

    #[test]
    fn circles_end_and_each_file_runs_once() {
        use Line::{Import, Load};
        use Scope::Top;
        let graph = graph_of(
            vec![
                file("a.py", &[Import("b", Top, false), Load(Top, false), Import("b", Top, false)]),
                file("b.py", &[Import("a", Top, false), Load(Top, false)]),
            ],
            &[],
        );
        assert_eq!(happens(&graph, "a.py"), ["b.py:1", "a.py:1"]);
        assert!(starts(&graph, 0).is_empty());
    }

    #[test]
    fn starts_are_the_files_that_nothing_loads() {
        use Line::{Import, Load};
        use Scope::{Function, Top};
        let graph = graph_of(
            vec![
                file("app/__init__.py", &[Load(Top, false)]),
                file("app/main.py", &[Import(".lazy", Function, false)]),
                file("app/lazy.py", &[Load(Top, false)]),
                file("tool.py", &[Load(Top, false)]),
            ],
            &["app/nothing.py"],
        );
        let paths: Vec<&str> = starts(&graph, 0).into_iter().map(|start| graph.files()[start].path.as_str()).collect();
        assert_eq!(paths, ["app/main.py", "tool.py"]);
        assert!(happens(&graph, "app/main.py").is_empty());
        assert_eq!(reached(&graph, graph.position("app/main.py").unwrap()).len(), 2);
    }

    #[test]
    fn a_long_chain_of_imports_needs_no_stack() {
        let name = |number: usize| format!("m{number:05}.py");
        let mut files: Vec<FileFacts> = (0..20_000).map(|number| file(&name(number), &[])).collect();
        for (number, file) in files.iter_mut().enumerate() {
            let module = format!("m{:05}", number + 1);
            let at = Span::new(0, 1);
            file.imports.push(Import { module, names: Vec::new(), at, scope: Scope::Top, hoisted: false });
        }
        files.push(file(&name(20_000), &[Line::Load(Scope::Top, false)]));
        let graph = graph_of(files, &[]);
        assert_eq!(happens(&graph, "m00000.py"), ["m20000.py:0"]);
    }
}
