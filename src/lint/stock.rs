//! Where the keys of a working tree stand and under which names: what an inventory of them asks of the facts.
//!
//! Nothing is judged here. What the checks would find wrong about a file that goes into an image, or about a variable that a bundler publishes,
//! is asked of the same functions, whether or not those checks run.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    FileFacts, Graph, Language, Options,
    bundle::Bundles,
    bundler::{self, Publishers},
    checks::{self, Context},
    dotenv::file_name::{self, Environment},
    env_file::environment_of,
    facts::{Definition, Fallback, Giver, Shipper, Via},
    graph::Project,
    order,
    place::Place,
    problem::Problem,
    waiting,
};
use crate::model::{Exposure, NameUse, Role, Severity, Sighting, Span};

/// Line and column of a key in a file.
pub type Spot = (String, u32, u32);

/// What the facts say of keys, and the facts themselves for later questions.
#[derive(Debug)]
pub struct Stock {
    /// The places of keys.
    pub sightings: BTreeMap<Spot, Sighting>,
    graph: Graph,
}

impl Stock {
    /// Takes stock of `files`, in any order, where `names` are known to hold keys.
    #[must_use]
    pub fn of(files: Vec<FileFacts>, options: &Options<'_>, names: &BTreeSet<String>) -> Self {
        let graph = order::graph(waiting::settle_with(files, options, names), options);
        let bundles = Bundles::of(&graph, options);
        let sightings = Look::new(&Context::new(&graph, &bundles, options)).sightings();
        Self { sightings, graph }
    }

    /// The places that go by one of `names` and hold no key of their own, sorted, each once.
    #[must_use]
    pub fn uses(&self, names: &BTreeSet<String>) -> Vec<NameUse> {
        let mut uses: Vec<NameUse> = self.graph.files().iter().flat_map(|file| uses_in(file, names)).collect();
        uses.sort();
        uses.dedup();
        uses
    }
}

fn uses_in<'f>(file: &'f FileFacts, names: &'f BTreeSet<String>) -> impl Iterator<Item = NameUse> + 'f {
    let place = |name: &String, role, at| {
        let location = file.sites.get(&at).map(|site| site.location.clone())?;
        Some(NameUse { name: name.clone(), role, location })
    };
    let definitions = file.definitions.iter().filter_map(move |definition| {
        let is_asked = |name: &&String| names.contains(*name);
        let name = [Some(&definition.name), definition.from.as_ref()].into_iter().flatten().find(is_asked)?;
        let holds_key = definition.value.as_ref().is_some_and(|value| file.known_at(value.at).is_some());
        let role = if definition.from.is_some() || definition.value.is_none() { Role::HandsOn } else { Role::Defines };
        // A template tells people what to set, and gives nothing.
        (!holds_key && definition.giver != Giver::Example).then(|| place(name, role, definition.at)).flatten()
    });
    let is_code = file.language.is_code();
    let reads =
        file.reads.iter().filter(move |read| is_code && read.via != Via::Mentioned && names.contains(&read.name));
    definitions.chain(reads.filter_map(move |read| place(&read.name, Role::Reads, read.at)))
}

/// What it takes to look at every key.
struct Look<'c, 'g> {
    context: &'c Context<'g>,
    publishers: Publishers<'g>,
    /// How environment files leave, by their paths.
    shipped: BTreeMap<String, BTreeSet<Exposure>>,
}

impl<'c, 'g> Look<'c, 'g> {
    fn new(context: &'c Context<'g>) -> Self {
        let mut shipped: BTreeMap<String, BTreeSet<Exposure>> = BTreeMap::new();
        for problem in checks::shipped(context) {
            for (path, exposure) in left_by(&problem) {
                shipped.entry(path).or_default().insert(exposure);
            }
        }
        Self { context, publishers: Publishers::of(context.graph), shipped }
    }

    fn sightings(&self) -> BTreeMap<Spot, Sighting> {
        let mut sightings: BTreeMap<Spot, Sighting> = BTreeMap::new();
        for (at, file) in self.context.graph.files().iter().enumerate() {
            let project = self.context.graph.project_of(at);
            let bound = Bound::in_file(file);
            for known in &file.known {
                let Some(site) = file.sites.get(&known.at) else { continue };
                let spot = (file.path.clone(), site.location.start_line, site.location.start_column);
                sightings.insert(spot, self.sighting(file, project, bound.get(&known.at).unwrap_or(&Bound::default())));
            }
        }
        sightings
    }

    fn sighting(&self, file: &FileFacts, project: &Project, bound: &Bound<'_>) -> Sighting {
        let Bound { definitions, reads } = bound;
        let of_definitions = definitions.iter().map(|definition| &definition.name);
        let names: BTreeSet<String> = of_definitions.chain(reads.iter().copied()).cloned().collect();
        let mut exposure = self.shipped.get(&file.path).cloned().unwrap_or_default();
        if file.private {
            exposure.insert(Exposure::Private);
        }
        let is_published = |name: &String| {
            bundler::strip(name).is_some_and(|(prefix, _)| self.publishers.near(prefix, &project.root).is_some())
        };
        let is_shipped = self.context.bundles.get(&file.path).is_some();
        if is_shipped || Place::of(file) == Place::Browser || names.iter().any(is_published) {
            exposure.insert(Exposure::Browser);
        }
        let into_image = |giver| matches!(giver, Giver::Image | Giver::BuildArgument);
        if definitions.iter().any(|definition| into_image(definition.giver)) {
            exposure.insert(Exposure::Image);
        }
        let environment = definitions.iter().find_map(|definition| environment_of(file, definition));
        let environment = environment.or_else(|| file_name::environment(&file.path));
        let environment = match environment {
            // What a pipeline has without saying for what is its own, whatever the file is called.
            None | Some(Environment::Test) if file.language == Language::Pipeline => Some("ci"),
            other => other.map(Environment::as_str),
        };
        Sighting { names, environment, exposure }
    }
}

/// What one key is bound to.
#[derive(Default)]
struct Bound<'f> {
    definitions: Vec<&'f Definition>,
    /// Variables whose place it takes when they are not set.
    reads: Vec<&'f String>,
}

impl<'f> Bound<'f> {
    /// All keys of `file`, by their places.
    fn in_file(file: &'f FileFacts) -> BTreeMap<Span, Self> {
        let mut all: BTreeMap<Span, Self> = BTreeMap::new();
        for definition in &file.definitions {
            if let Some(known) = definition.value.as_ref().and_then(|value| file.known_at(value.at)) {
                all.entry(known.at).or_default().definitions.push(definition);
            }
        }
        for read in &file.reads {
            let Fallback::Literal(at) = read.fallback else { continue };
            if let Some(known) = file.known_at(at) {
                all.entry(known.at).or_default().reads.push(&read.name);
            }
        }
        all
    }
}

/// The environment file that `problem` says leaves, and where to.
fn left_by(problem: &Problem<'_>) -> Vec<(String, Exposure)> {
    // A note is about a stage that the final image is not made of.
    if problem.severity == Severity::Note {
        return Vec::new();
    }
    let file = problem.spot.file;
    if file.language == Language::Dotenv {
        return vec![(file.path.clone(), Exposure::WebRoot)];
    }
    let by = file.shipments.iter().find(|shipment| shipment.at == problem.spot.at).map(|shipment| shipment.by);
    let exposure = if by == Some(Shipper::Image) { Exposure::Image } else { Exposure::Package };
    problem.related.iter().map(|(spot, _)| (spot.file.path.clone(), exposure)).collect()
}
