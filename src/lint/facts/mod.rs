//! What one file says about environment variables: the nouns that readers produce and checks judge.
//!
//! A fact is something that stands in the text, with its place, and nothing is concluded here: whether a name is misspelled or a `.env` is
//! loaded in time depends on other files. Places are byte spans of the text as it was read (after UTF-16 was turned into UTF-8); `pipeline`
//! adds lines, columns and masked excerpts while it still holds the text, as [`Site`]s. Values may be keys, so they are [`Secret`]s.

mod built;
mod client;
mod language;
mod load;
mod program;
mod variable;

use std::collections::BTreeMap;

pub use self::{
    built::{Built, Written},
    client::{AuthHeader, Client, Endpoint, EndpointRole, Exposure, KeyArgument, Side},
    language::Language,
    load::{Import, Load, Search},
    program::{Build, Package, Run, Shipment, Shipper},
    variable::{Definition, Fallback, Giver, Read, Value, Via},
};

use crate::{
    lint::dotenv,
    model::{Decoding, Excerpt, Location, Secret, Severity, Span},
};

/// Where in a run of the program a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Runs when the file is loaded.
    Top,
    /// Runs when the file is the program: below `if __name__ == "__main__"` or in `main`.
    Main,
    /// Runs when somebody calls the function, method or handler it stands in.
    Function,
}

/// Why a file was not understood in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A clause that goes on after a colon.
    pub why: String,
    /// Where, if that is one place.
    pub at: Option<Span>,
}

impl From<String> for Trouble {
    /// What holds for the file as a whole.
    fn from(why: String) -> Self {
        Self { why, at: None }
    }
}

/// Where a fact stands, for people.
#[derive(Clone, Debug)]
pub struct Site {
    /// Path, lines and columns.
    pub location: Location,
    /// The masked line.
    pub excerpt: Excerpt,
}

/// A credential that detection found in the file, whether or not it is reported.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where.
    pub at: Span,
    /// The rule that found it.
    pub rule: String,
    /// Whose it is, if that is certain.
    pub provider: Option<String>,
    /// Kind within the rule.
    pub kind: Option<String>,
    /// How bad the rule says it is.
    pub severity: Severity,
    /// Whether keys of its kind are put into pages on purpose.
    pub may_be_public: bool,
    /// What was undone to see it, outermost first; nothing when it stands there as it is.
    pub decoded: Vec<Decoding>,
    /// The value.
    pub secret: Secret,
}

/// All credentials that detection found in a file.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Those that stand there as they are, sorted by place.
    pub plain: Vec<Known>,
    /// Those that are encoded or put together, by the places of that; sorted, and some may overlap.
    pub hidden: Vec<Known>,
}

/// All that one file says.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Path relative to the base of the report, with `/`.
    pub path: String,
    /// What kind of file.
    pub language: Language,
    /// A `.env` file that git ignores: what is in it is where it belongs.
    pub private: bool,
    /// The words in capitals of a file of which nothing else was read yet, since it may never have to be.
    pub waits: Option<Vec<String>>,
    /// Variables read.
    pub reads: Vec<Read>,
    /// Variables given a value.
    pub definitions: Vec<Definition>,
    /// Loaders of `.env` files.
    pub loads: Vec<Load>,
    /// Clients built.
    pub clients: Vec<Client>,
    /// Addresses of providers.
    pub endpoints: Vec<Endpoint>,
    /// Authorization headers.
    pub headers: Vec<AuthHeader>,
    /// Modules of the project.
    pub imports: Vec<Import>,
    /// What a bundler passes on.
    pub exposures: Vec<Exposure>,
    /// Commands.
    pub runs: Vec<Run>,
    /// Packages depended on.
    pub packages: Vec<Package>,
    /// What is shipped.
    pub shipments: Vec<Shipment>,
    /// Images that are built.
    pub builds: Vec<Build>,
    /// Where the code runs.
    pub side: Side,
    /// Lines of an ignore file, with the place of each.
    pub patterns: Vec<(String, Span)>,
    /// What a `.env` file says that no list above holds: its form, line by line. See [`dotenv`].
    pub dotenv: Option<dotenv::Document>,
    /// Credentials in the file, sorted by place.
    pub known: Vec<Known>,
    /// Credentials that are encoded or put together, sorted by place; some may overlap.
    pub encoded: Vec<Known>,
    /// How it was built; of scripts and of what is shipped with them, where a credential stands in it.
    pub built: Option<Built>,
    /// Text that no excerpt may show, beyond what detection found: values of variables that hold credentials.
    pub hidden: Vec<Span>,
    /// What could not be read, such as a syntax error; the rest was read all the same.
    pub trouble: Option<Trouble>,
    /// Lines, columns and excerpts of the places in the facts; filled by `pipeline`.
    pub sites: BTreeMap<Span, Site>,
}

impl FileFacts {
    /// No facts yet on the file at `path`.
    #[must_use]
    pub fn new(path: &str, language: Language) -> Self {
        Self {
            path: path.to_owned(),
            language,
            private: false,
            waits: None,
            reads: Vec::new(),
            definitions: Vec::new(),
            loads: Vec::new(),
            clients: Vec::new(),
            endpoints: Vec::new(),
            headers: Vec::new(),
            imports: Vec::new(),
            exposures: Vec::new(),
            runs: Vec::new(),
            packages: Vec::new(),
            shipments: Vec::new(),
            builds: Vec::new(),
            side: Side::Unknown,
            patterns: Vec::new(),
            dotenv: None,
            known: Vec::new(),
            encoded: Vec::new(),
            built: None,
            hidden: Vec::new(),
            trouble: None,
            sites: BTreeMap::new(),
        }
    }

    /// Every place that a finding may point at, sorted, each once.
    #[must_use]
    pub fn places(&self) -> Vec<Span> {
        let mut places: Vec<Span> = Vec::new();
        places.extend(self.reads.iter().flat_map(|read| {
            let literal = if let Fallback::Literal(at) = read.fallback { Some(at) } else { None };
            [Some(read.at), Some(read.whole), literal].into_iter().flatten()
        }));
        places.extend(self.definitions.iter().flat_map(|definition| {
            let value = definition.value.as_ref().map(|value| value.at);
            [Some(definition.at), Some(definition.whole), value].into_iter().flatten()
        }));
        places.extend(self.loads.iter().map(|load| load.at));
        places.extend(self.clients.iter().flat_map(|client| {
            let key = match client.key {
                KeyArgument::Literal(at) | KeyArgument::Expression(at) => Some(at),
                KeyArgument::Default | KeyArgument::Variable(_) => None,
            };
            let options = client.options.iter().map(|(_, at)| *at);
            [Some(client.at), key, client.base_url, client.browser].into_iter().flatten().chain(options)
        }));
        places.extend(self.endpoints.iter().map(|endpoint| endpoint.at));
        places.extend(self.headers.iter().map(|header| header.at));
        places.extend(self.imports.iter().map(|import| import.at));
        places.extend(self.exposures.iter().map(|exposure| exposure.at));
        places.extend(self.runs.iter().map(|run| run.at));
        places.extend(self.packages.iter().map(|package| package.at));
        places.extend(self.shipments.iter().map(|shipment| shipment.at));
        places.extend(self.builds.iter().map(|build| build.at));
        places.extend(self.patterns.iter().map(|(_, at)| *at));
        places.extend(self.dotenv.iter().flat_map(dotenv::Document::places));
        places.extend(self.credentials().map(|known| known.at));
        places.extend(self.trouble.iter().filter_map(|trouble| trouble.at));
        places.push(Span::new(0, 0));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Moves every place that a reader of source code notes; for texts that were decoded before they were read. Places of known credentials
    /// are those of the file already.
    pub(super) fn move_places(&mut self, moved: impl Fn(Span) -> Span) {
        let mut places: Vec<&mut Span> = Vec::new();
        for read in &mut self.reads {
            places.extend([&mut read.at, &mut read.whole]);
            if let Fallback::Literal(at) = &mut read.fallback {
                places.push(at);
            }
        }
        for definition in &mut self.definitions {
            places.extend([&mut definition.at, &mut definition.whole]);
            places.extend(definition.value.as_mut().map(|value| &mut value.at));
        }
        for client in &mut self.clients {
            places.push(&mut client.at);
            places.extend(client.key.place_mut());
            places.extend(client.base_url.iter_mut().chain(&mut client.browser));
            places.extend(client.options.iter_mut().map(|(_, at)| at));
        }
        for header in &mut self.headers {
            places.push(&mut header.at);
            places.extend(header.key.place_mut());
        }
        places.extend(self.loads.iter_mut().map(|load| &mut load.at));
        places.extend(self.endpoints.iter_mut().map(|endpoint| &mut endpoint.at));
        places.extend(self.imports.iter_mut().map(|import| &mut import.at));
        places.extend(self.exposures.iter_mut().map(|exposure| &mut exposure.at));
        places.extend(&mut self.hidden);
        places.extend(self.trouble.iter_mut().filter_map(|trouble| trouble.at.as_mut()));
        for place in places {
            *place = moved(*place);
        }
    }

    /// All credentials in the file, those that stand there as they are first.
    pub fn credentials(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().chain(&self.encoded)
    }

    /// The credential that `at` holds or lies in, if detection found one.
    #[must_use]
    pub fn known_at(&self, at: Span) -> Option<&Known> {
        // They are sorted and never overlap.
        let first = self.known.partition_point(|known| known.at.end <= at.start);
        self.known.get(first).filter(|known| known.at.overlaps(at))
    }
}
