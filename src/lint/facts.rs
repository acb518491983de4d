//! What one file says about environment variables: the nouns that readers produce and checks judge.
//!
//! A fact is something that stands in the text, with its place, and nothing is concluded here: whether a name is misspelled or a `.env` is
//! loaded in time depends on other files. Places are byte spans of the text as it was read (after UTF-16 was turned into UTF-8); `pipeline`
//! adds lines, columns and masked excerpts while it still holds the text, as [`Site`]s. Values may be keys, so they are [`Secret`]s.

use std::collections::BTreeMap;

use crate::model::{Excerpt, Location, Secret, Span};

/// What kind of file it is, as far as the lint tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// Python source.
    Python,
    /// JavaScript or TypeScript source, JSX included, and the script blocks of Vue, Svelte and Astro files.
    JavaScript,
    /// Ruby source.
    Ruby,
    /// Go source.
    Go,
    /// Rust source.
    Rust,
    /// PHP source.
    Php,
    /// Java source.
    Java,
    /// Kotlin source.
    Kotlin,
    /// C# source.
    CSharp,
    /// Elixir source.
    Elixir,
    /// Dart source.
    Dart,
    /// Swift source.
    Swift,
    /// A shell script, `.envrc` included.
    Shell,
    /// A `.env` file of any name, examples included.
    Dotenv,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A workflow or action of GitHub, or a pipeline of GitLab, `CircleCI`, Azure and others.
    Pipeline,
    /// A manifest of a platform that runs containers or functions: Kubernetes, Helm values, serverless, Render, Fly, App Engine, Vercel.
    Manifest,
    /// Terraform.
    Terraform,
    /// A Makefile.
    Makefile,
    /// A Procfile.
    Procfile,
    /// A justfile or Taskfile.
    TaskFile,
    /// A manifest of packages: `package.json`, `pyproject.toml`, `requirements.txt`, `Gemfile`, `go.mod`, `Cargo.toml`, `composer.json`, …
    Packages,
    /// Settings of a framework that name variables: Spring's `application.yml`, `launch.json`, `appsettings.json`, `turbo.json`, `mise.toml`.
    Settings,
    /// An ignore file: `.gitignore`, `.dockerignore`, `.npmignore`, `.vercelignore`.
    Ignore,
    /// Prose: a readme that tells which variables to set.
    Document,
    /// A notebook; its cells are read in their language.
    Notebook,
}

impl Language {
    /// Those in which programs are written.
    pub const SOURCES: [Self; 13] = [
        Self::Python,
        Self::JavaScript,
        Self::Ruby,
        Self::Go,
        Self::Rust,
        Self::Php,
        Self::Java,
        Self::Kotlin,
        Self::CSharp,
        Self::Elixir,
        Self::Dart,
        Self::Swift,
        Self::Notebook,
    ];

    /// Whether it is source of a program, as opposed to what configures, starts or describes one.
    #[must_use]
    pub fn is_code(self) -> bool {
        Self::SOURCES.contains(&self)
    }

    /// What `[[provider.sdk]]` calls it, if libraries for it are known.
    #[must_use]
    pub fn library_name(self) -> Option<&'static str> {
        Some(match self {
            Self::Python | Self::Notebook => "python",
            Self::JavaScript => "javascript",
            Self::Ruby => "ruby",
            Self::Go => "go",
            Self::Rust => "rust",
            Self::Php => "php",
            Self::Java | Self::Kotlin => "java",
            Self::CSharp => "csharp",
            Self::Elixir => "elixir",
            Self::Dart => "dart",
            Self::Swift => "swift",
            _ => return None,
        })
    }
}

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

/// How a variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// From the environment of the process.
    Process,
    /// From what a bundler or compiler puts in its place when it builds: `import.meta.env.X`, `env!("X")`, `String.fromEnvironment`.
    Build,
    /// From a settings class or reader that has its own idea of files: pydantic, decouple, environs, Spring's `@Value`.
    Settings,
    /// From a store of the platform: Streamlit's `st.secrets`, Colab's `userdata`, a Worker's `env`.
    Platform,
    /// Interpolated into a manifest: `${X}` in compose, `$X` in a shell script, `${{ secrets.X }}` in a workflow.
    Interpolated,
    /// Named in a template or readme as something to set.
    Mentioned,
}

/// A variable that is read.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its name, as the reader asks for it.
    pub name: String,
    /// The name in the text.
    pub at: Span,
    /// The whole expression, such as `os.environ["X"]`.
    pub whole: Span,
    /// From where.
    pub via: Via,
    /// When.
    pub scope: Scope,
    /// What is taken when it is not set.
    pub fallback: Fallback,
    /// Name it is bound to, when the statement only does that: `client_key` in `client_key = os.getenv("X")`.
    pub bound_to: Option<String>,
    /// Provider (id as in `rules/`) whose client, call or header it is handed to in the same file, directly or through [`Read::bound_to`].
    pub feeds: Option<String>,
}

/// What a read gives when the variable is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: `None`, `undefined`, `nil`, an empty string.
    Nothing,
    /// It fails: `os.environ["X"]`, `ENV.fetch("X")`, `${X:?}`.
    Fails,
    /// A literal value, by its place without quotes.
    Literal(Span),
    /// Another variable or an expression.
    Other,
}

/// What kind of thing gives a variable its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// A `.env` file.
    Dotenv,
    /// A `.env.example` or another template.
    Example,
    /// `environment:` or a build argument of a compose file.
    Compose,
    /// `ENV` of a Dockerfile.
    Image,
    /// `ARG` of a Dockerfile.
    BuildArgument,
    /// `env:` of a workflow or pipeline.
    Pipeline,
    /// A manifest of a platform, or Terraform.
    Manifest,
    /// `export X=…` in a script, `.envrc` or Makefile, `X=… command` in front of a command.
    Shell,
    /// The program itself: `os.environ["X"] = …`, `process.env.X = …`.
    Program,
    /// A settings file of a framework, an editor or a build tool.
    Settings,
}

/// A value as written.
#[derive(Clone, Debug)]
pub struct Value {
    /// The text between the quotes, if there are any.
    pub text: Secret,
    /// Its place.
    pub at: Span,
}

/// A variable that is given a value.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The name in the text.
    pub at: Span,
    /// The whole statement or line, without the line break.
    pub whole: Span,
    /// What gives it.
    pub giver: Giver,
    /// The literal value; `None` when it is passed through, comes from a secret store or is computed.
    pub value: Option<Value>,
    /// The variable or secret whose value it takes: `Y` in `X: ${Y}`, `${{ secrets.Y }}`, `secretKeyRef: key: Y`.
    pub from: Option<String>,
    /// The service, job, stage or environment it stands in, where the file has several.
    pub section: Option<String>,
}

/// Which folders a loader looks in for its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The folder of the calling file, then those above (python-dotenv).
    CallerUp,
    /// The current folder only.
    Current,
    /// The current folder, then those above.
    CurrentUp,
    /// The root of the project, as the framework knows it.
    Project,
    /// Only where the path says, seen from the folder that the program runs in.
    Path,
    /// Only where the path says, seen from the folder of the calling file: `Path(__file__).parent / ".env"`.
    Caller,
}

/// Something that reads `.env` files.
#[allow(clippy::struct_excessive_bools, reason = "each is a property of loaders of its own")]
#[derive(Clone, Debug)]
pub struct Load {
    /// Where it stands.
    pub at: Span,
    /// The loader's name as people know it: `python-dotenv`, `dotenv`, `next`, `node --env-file`, `godotenv`, `docker compose`.
    pub loader: &'static str,
    /// Whether the variables end up in the environment of the process, where an SDK finds them.
    pub fills: bool,
    /// Files that are named, as written, when they are literal; empty for the loader's own choice.
    pub files: Vec<String>,
    /// A file is named by an expression that is not followed.
    pub computed: bool,
    /// Where files are looked for.
    pub search: Search,
    /// Whether values of the file win over those of the environment.
    pub overrides: bool,
    /// When it runs.
    pub scope: Scope,
    /// Whether it runs before every statement of the file wherever it stands: a hoisted import (`import "dotenv/config"`).
    pub hoisted: bool,
    /// The command line, for loads that a runner does (`node --env-file=.env app.js`), and with it the programs they hold for.
    pub command: Option<String>,
}

/// How a client gets its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyArgument {
    /// It does not: the SDK reads its own variable.
    Default,
    /// A variable read in place, or through a name bound in this file.
    Variable(String),
    /// A literal, by its place without quotes.
    Literal(Span),
    /// Another expression.
    Expression(Span),
}

impl KeyArgument {
    /// Its place, if it stands in the text itself.
    fn place_mut(&mut self) -> Option<&mut Span> {
        match self {
            Self::Literal(at) | Self::Expression(at) => Some(at),
            Self::Default | Self::Variable(_) => None,
        }
    }
}

/// A client of a provider's SDK that is built.
#[derive(Clone, Debug)]
pub struct Client {
    /// Provider's id as in `rules/`.
    pub provider: String,
    /// The class or function: `OpenAI`, `AsyncAzureOpenAI`, `ChatOpenAI`.
    pub class: String,
    /// Package it comes from when an import says so: `openai`, `@ai-sdk/openai`, `langchain_openai`.
    pub package: Option<String>,
    /// The whole expression.
    pub at: Span,
    /// Its key.
    pub key: KeyArgument,
    /// The base URL or endpoint, when it is a literal: place without quotes.
    pub base_url: Option<Span>,
    /// A base URL or endpoint is given, literal or not.
    pub has_base_url: bool,
    /// `dangerouslyAllowBrowser: true` or its like.
    pub browser: Option<Span>,
    /// All named arguments with the places of their names.
    pub options: Vec<(String, Span)>,
    /// When it is built.
    pub scope: Scope,
}

/// An address of a provider's API that stands in the text.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Provider's id as in `rules/`.
    pub provider: String,
    /// The address as written, without quotes; it may end in a template part.
    pub url: String,
    /// Its place.
    pub at: Span,
    /// What it is.
    pub role: EndpointRole,
}

/// What an address is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointRole {
    /// Base of a client: `base_url`, `baseURL`, `OPENAI_BASE_URL`.
    Base,
    /// Called: `fetch(…)`, `requests.post(…)`, `curl …`.
    Call,
    /// Something else, such as a constant or a link.
    Other,
}

/// What is written for an `Authorization`, `api-key` or `x-api-key` header.
#[derive(Clone, Debug)]
pub struct AuthHeader {
    /// The header's name in lower case.
    pub name: String,
    /// The value's literal text in front of the key: `Bearer ` in `f"Bearer {key}"`.
    pub before: String,
    /// The value's literal text behind the key.
    pub after: String,
    /// The key: a variable of the program or of the environment, or a literal.
    pub key: KeyArgument,
    /// Provider whose address the same call names, if one does.
    pub provider: Option<String>,
    /// The whole value.
    pub at: Span,
}

/// Another file of the project that this one loads.
#[derive(Clone, Debug)]
pub struct Import {
    /// The module as written: `./config`, `app.settings`, `..lib`, `@/env`.
    pub module: String,
    /// Names taken from it, for Python's `from package import module`; empty otherwise.
    pub names: Vec<String>,
    /// Where it stands.
    pub at: Span,
    /// When it is loaded.
    pub scope: Scope,
    /// Whether it is loaded before every statement of the file wherever it stands: an `import` of JavaScript, not a `require`.
    pub hoisted: bool,
}

/// A variable that a bundler's configuration passes on to the browser.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The variable; `None` when all are passed on.
    pub name: Option<String>,
    /// Where.
    pub at: Span,
    /// The mechanism: `define`, `env`, `publicRuntimeConfig`, `runtimeConfig.public`, `DefinePlugin`, `EnvironmentPlugin`, `envPrefix`.
    pub by: &'static str,
}

/// A command that starts a program of the project: a script, a process, the command of an image.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its name: `dev`, `web`, `CMD`; empty when it has none.
    pub name: String,
    /// The command line.
    pub command: String,
    /// Where.
    pub at: Span,
}

/// A package that the project depends on.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name as the manifest writes it, in lower case.
    pub name: String,
    /// Where.
    pub at: Span,
}

/// Files that go into an image or a package.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// Paths or patterns as written, relative to the context or the package.
    pub sources: Vec<String>,
    /// Where.
    pub at: Span,
    /// What ships them.
    pub by: Shipper,
    /// Whether they reach those who get it. False for a stage of a Dockerfile from which the final one takes only built files.
    pub carried: bool,
}

/// An image that is built from a folder.
#[derive(Clone, Debug)]
pub struct Build {
    /// The folder whose files the build sees, as written.
    pub context: String,
    /// The Dockerfile, as written, when one is named.
    pub dockerfile: Option<String>,
    /// Where.
    pub at: Span,
    /// The service it is for.
    pub section: Option<String>,
}

/// What puts files where other people get them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shipper {
    /// `COPY` or `ADD` of a Dockerfile.
    Image,
    /// `files` of a `package.json`, or its absence.
    Npm,
    /// `include` of a `Cargo.toml`.
    Crate,
    /// Package data of a Python project.
    Wheel,
}

/// Whether code runs in the browser, as far as the file itself tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Nothing tells.
    #[default]
    Unknown,
    /// `"use client"`, a Vue or Svelte component, `window`/`document` in use.
    Browser,
    /// `"use server"`, `server-only`, a server's file name, modules of Node.
    Server,
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
    /// The value.
    pub secret: Secret,
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
    /// Nothing was read yet, and may never have to be: see [`super::read::Gated::Ajar`].
    pub waits: bool,
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
    /// What a `.env` file says that no list above holds: its form, line by line. See [`super::dotenv`].
    pub dotenv: Option<super::dotenv::Document>,
    /// Credentials in the file, sorted by place.
    pub known: Vec<Known>,
    /// Text that no excerpt may show, beyond what detection found: values of variables that hold credentials.
    pub hidden: Vec<Span>,
    /// A sentence on what could not be read, such as a syntax error; the rest was read all the same.
    pub trouble: Option<String>,
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
            waits: false,
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
        places.extend(self.dotenv.iter().flat_map(super::dotenv::Document::places));
        places.extend(self.known.iter().map(|known| known.at));
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
        for place in places {
            *place = moved(*place);
        }
    }

    /// The credential that `at` holds or lies in, if detection found one.
    #[must_use]
    pub fn known_at(&self, at: Span) -> Option<&Known> {
        // They are sorted and never overlap.
        let first = self.known.partition_point(|known| known.at.end <= at.start);
        self.known.get(first).filter(|known| known.at.overlaps(at))
    }
}
