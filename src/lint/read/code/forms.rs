//! The forms in which programs read, set and load variables, language by language.
//!
//! A form is written as it would be in a program, and taken apart by the same lexer as the program. `"NAME"` stands for the name that is read;
//! any other string must be there as it is. A form ends where its arguments go on.

use crate::lint::{
    Language,
    facts::{Search, Via},
};

/// What a read gives when the variable is not set and nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unset {
    /// Nothing.
    Nothing,
    /// It fails.
    Fails,
}

/// A way to read a variable.
#[derive(Debug)]
pub(super) struct ReadForm {
    pub(super) form: &'static str,
    pub(super) via: Via,
    pub(super) unset: Unset,
}

/// A way to load a `.env` file.
#[derive(Debug)]
pub(super) struct LoadForm {
    pub(super) form: &'static str,
    pub(super) loader: &'static str,
    pub(super) fills: bool,
    pub(super) search: Search,
    pub(super) overrides: bool,
    /// Whether it runs before everything else of the file.
    pub(super) hoisted: bool,
}

const fn read(form: &'static str, via: Via, unset: Unset) -> ReadForm {
    ReadForm { form, via, unset }
}

const fn process(form: &'static str) -> ReadForm {
    read(form, Via::Process, Unset::Nothing)
}

const fn load(form: &'static str, loader: &'static str, search: Search) -> LoadForm {
    LoadForm { form, loader, fills: true, search, overrides: false, hoisted: false }
}

/// The forms of one language.
#[derive(Debug)]
pub(super) struct Forms {
    /// Reads.
    pub(super) reads: &'static [ReadForm],
    /// Functions that set the variable named first to the value that follows.
    pub(super) sets: &'static [&'static str],
    /// Loads.
    pub(super) loads: &'static [LoadForm],
    /// What loads another file of the project, whose name is `"NAME"`.
    pub(super) imports: &'static [&'static str],
    /// Keywords that begin a function.
    pub(super) functions: &'static [&'static str],
}

static RUBY: Forms = Forms {
    reads: &[
        process("ENV[\"NAME\""),
        read("ENV.fetch(\"NAME\"", Via::Process, Unset::Fails),
        process("ENV.dig(\"NAME\""),
    ],
    sets: &[],
    loads: &[
        LoadForm { overrides: true, ..load("Dotenv.overload", "dotenv (Ruby)", Search::Current) },
        LoadForm { overrides: true, ..load("Dotenv.overload!", "dotenv (Ruby)", Search::Current) },
        load("Dotenv.load", "dotenv (Ruby)", Search::Current),
        load("Dotenv.load!", "dotenv (Ruby)", Search::Current),
        load("Dotenv::Railtie.load", "dotenv-rails", Search::Project),
        load("Dotenv::Rails.load", "dotenv-rails", Search::Project),
        load("require \"dotenv/load\"", "dotenv (Ruby)", Search::Current),
        load("require \"dotenv/autoload\"", "dotenv (Ruby)", Search::Current),
        LoadForm { fills: false, ..load("Dotenv.parse", "dotenv (Ruby)", Search::Current) },
    ],
    imports: &["require_relative \"NAME\"", "require_relative(\"NAME\""],
    functions: &["def"],
};

static GO: Forms = Forms {
    reads: &[
        process("os.Getenv(\"NAME\""),
        process("os.LookupEnv(\"NAME\""),
        process("syscall.Getenv(\"NAME\""),
        read("viper.GetString(\"NAME\"", Via::Settings, Unset::Nothing),
        read("viper.BindEnv(\"NAME\"", Via::Settings, Unset::Nothing),
    ],
    sets: &["os.Setenv(\"NAME\""],
    loads: &[
        load("godotenv.Load(", "godotenv", Search::Current),
        LoadForm { overrides: true, ..load("godotenv.Overload(", "godotenv", Search::Current) },
        LoadForm { hoisted: true, ..load("\"github.com/joho/godotenv/autoload\"", "godotenv", Search::Current) },
        LoadForm { fills: false, ..load("godotenv.Read(", "godotenv", Search::Current) },
        LoadForm { fills: false, ..load("godotenv.Parse(", "godotenv", Search::Path) },
        LoadForm { fills: false, ..load("godotenv.Unmarshal(", "godotenv", Search::Path) },
        LoadForm { fills: false, ..load("viper.SetConfigFile(", "viper", Search::Current) },
    ],
    imports: &[],
    functions: &["func"],
};

static RUST: Forms = Forms {
    reads: &[
        read("env::var(\"NAME\"", Via::Process, Unset::Fails),
        read("env::var_os(\"NAME\"", Via::Process, Unset::Nothing),
        read("dotenvy::var(\"NAME\"", Via::Process, Unset::Fails),
        read("dotenv::var(\"NAME\"", Via::Process, Unset::Fails),
        read("env!(\"NAME\"", Via::Build, Unset::Fails),
        read("option_env!(\"NAME\"", Via::Build, Unset::Nothing),
        read("dotenv!(\"NAME\"", Via::Build, Unset::Fails),
    ],
    sets: &["env::set_var(\"NAME\""],
    loads: &[
        LoadForm { overrides: true, ..load("dotenvy::dotenv_override(", "dotenvy", Search::CurrentUp) },
        load("dotenvy::dotenv(", "dotenvy", Search::CurrentUp),
        load("dotenv::dotenv(", "dotenv (Rust)", Search::CurrentUp),
        load("dotenvy::from_filename(", "dotenvy", Search::CurrentUp),
        load("dotenv::from_filename(", "dotenv (Rust)", Search::CurrentUp),
        load("dotenvy::from_path(", "dotenvy", Search::Path),
        load("dotenv::from_path(", "dotenv (Rust)", Search::Path),
        LoadForm { overrides: true, ..load("dotenvy::from_filename_override(", "dotenvy", Search::CurrentUp) },
        LoadForm { overrides: true, ..load("dotenvy::from_path_override(", "dotenvy", Search::Path) },
        load("#[dotenvy::load", "dotenvy", Search::CurrentUp),
        load("EnvLoader::new(", "dotenvy", Search::Current),
        load("EnvLoader::with_path(", "dotenvy", Search::Path),
        load("dotenv(", "dotenvy", Search::CurrentUp),
        load("dotenv_flow::dotenv_flow(", "dotenv-flow (Rust)", Search::CurrentUp),
    ],
    imports: &[],
    functions: &["fn"],
};

static PHP: Forms = Forms {
    reads: &[
        process("getenv(\"NAME\""),
        process("$_ENV[\"NAME\""),
        process("$_SERVER[\"NAME\""),
        read("env(\"NAME\"", Via::Settings, Unset::Nothing),
        read("Env::get(\"NAME\"", Via::Settings, Unset::Nothing),
    ],
    sets: &[],
    loads: &[
        load("Dotenv::createImmutable(", "phpdotenv", Search::Project),
        load("Dotenv::createUnsafeImmutable(", "phpdotenv", Search::Project),
        LoadForm { overrides: true, ..load("Dotenv::createMutable(", "phpdotenv", Search::Project) },
        LoadForm { overrides: true, ..load("Dotenv::createUnsafeMutable(", "phpdotenv", Search::Project) },
        LoadForm { fills: false, ..load("Dotenv::createArrayBacked(", "phpdotenv", Search::Project) },
        load("->bootEnv(", "symfony/dotenv", Search::Project),
        load("->loadEnv(", "symfony/dotenv", Search::Project),
    ],
    imports: &[
        "require \"NAME\"",
        "require_once \"NAME\"",
        "include \"NAME\"",
        "include_once \"NAME\"",
        "require __DIR__ . \"NAME\"",
        "require_once __DIR__ . \"NAME\"",
        "include __DIR__ . \"NAME\"",
    ],
    functions: &["function", "fn"],
};

const JVM: Forms = Forms {
    reads: &[
        process("System.getenv(\"NAME\""),
        process("System.getenv().get(\"NAME\""),
        read("System.getenv().getOrDefault(\"NAME\"", Via::Process, Unset::Nothing),
        process("System.getenv()[\"NAME\""),
        process("System.getenv().getValue(\"NAME\""),
        read("System.getProperty(\"NAME\"", Via::Settings, Unset::Nothing),
        read("environment.getProperty(\"NAME\"", Via::Settings, Unset::Nothing),
        read("env.getProperty(\"NAME\"", Via::Settings, Unset::Nothing),
        read("environment.getRequiredProperty(\"NAME\"", Via::Settings, Unset::Fails),
        read("dotenv.get(\"NAME\"", Via::Settings, Unset::Nothing),
        read("dotenv[\"NAME\"", Via::Settings, Unset::Nothing),
    ],
    sets: &[],
    loads: &[
        LoadForm { fills: false, ..load("Dotenv.load(", "dotenv-java", Search::Current) },
        LoadForm { fills: false, ..load("Dotenv.configure(", "dotenv-java", Search::Current) },
        LoadForm { fills: false, ..load("dotenv {", "dotenv-kotlin", Search::Current) },
        LoadForm { fills: false, ..load("dotenv(", "dotenv-kotlin", Search::Current) },
    ],
    imports: &[],
    functions: &[],
};

static JAVA: Forms = JVM;

static KOTLIN: Forms = Forms { functions: &["fun"], ..JVM };

static CSHARP: Forms = Forms {
    reads: &[
        process("Environment.GetEnvironmentVariable(\"NAME\""),
        read("configuration[\"NAME\"", Via::Settings, Unset::Nothing),
        read("Configuration[\"NAME\"", Via::Settings, Unset::Nothing),
        read("_configuration[\"NAME\"", Via::Settings, Unset::Nothing),
        read("config[\"NAME\"", Via::Settings, Unset::Nothing),
        read("_config[\"NAME\"", Via::Settings, Unset::Nothing),
        read("GetValue<string>(\"NAME\"", Via::Settings, Unset::Nothing),
        read("Env.GetString(\"NAME\"", Via::Process, Unset::Nothing),
    ],
    sets: &["Environment.SetEnvironmentVariable(\"NAME\""],
    loads: &[
        load("Env.Load(", "DotNetEnv", Search::Current),
        load("Env.TraversePath(", "DotNetEnv", Search::CurrentUp),
        load("DotEnv.Load(", "dotenv.net", Search::Current),
        load("DotEnv.Fluent(", "dotenv.net", Search::Current),
    ],
    imports: &[],
    functions: &[],
};

static ELIXIR: Forms = Forms {
    reads: &[
        process("System.get_env(\"NAME\""),
        read("System.fetch_env!(\"NAME\"", Via::Process, Unset::Fails),
        process("System.fetch_env(\"NAME\""),
        read("env!(\"NAME\"", Via::Settings, Unset::Fails),
    ],
    sets: &["System.put_env(\"NAME\""],
    loads: &[
        LoadForm { fills: false, ..load("Dotenvy.source!(", "Dotenvy", Search::Current) },
        LoadForm { fills: false, ..load("Dotenvy.source(", "Dotenvy", Search::Current) },
        LoadForm { fills: false, ..load("source!(", "Dotenvy", Search::Current) },
        load("DotenvParser.load_file(", "dotenv_parser", Search::Current),
        load("Dotenv.load!", "dotenv (Elixir)", Search::Current),
        load("Dotenv.load", "dotenv (Elixir)", Search::Current),
    ],
    imports: &["import_config \"NAME\""],
    functions: &["def", "defp"],
};

static DART: Forms = Forms {
    reads: &[
        read("String.fromEnvironment(\"NAME\"", Via::Build, Unset::Nothing),
        read("bool.fromEnvironment(\"NAME\"", Via::Build, Unset::Nothing),
        process("Platform.environment[\"NAME\""),
        read("dotenv.env[\"NAME\"", Via::Settings, Unset::Nothing),
        read("dotenv.get(\"NAME\"", Via::Settings, Unset::Fails),
        read("dotenv.maybeGet(\"NAME\"", Via::Settings, Unset::Nothing),
        read("DotEnv().env[\"NAME\"", Via::Settings, Unset::Nothing),
    ],
    sets: &[],
    loads: &[
        LoadForm { fills: false, ..load("dotenv.load(", "flutter_dotenv", Search::Project) },
        LoadForm { fills: false, ..load("DotEnv().load(", "flutter_dotenv", Search::Project) },
    ],
    imports: &["import \"NAME\""],
    functions: &[],
};

static SWIFT: Forms = Forms {
    reads: &[
        process("ProcessInfo.processInfo.environment[\"NAME\""),
        process("Environment.get(\"NAME\""),
        read("object(forInfoDictionaryKey: \"NAME\"", Via::Build, Unset::Nothing),
        process("getenv(\"NAME\""),
    ],
    sets: &["setenv(\"NAME\""],
    loads: &[
        load("DotEnv.load(", "swift-dotenv", Search::Current),
        load("Dotenv.configure(", "swift-dotenv", Search::Current),
    ],
    imports: &[],
    functions: &["func", "init"],
};

static NONE: Forms = Forms { reads: &[], sets: &[], loads: &[], imports: &[], functions: &[] };

/// The forms of `language`.
pub(super) fn forms(language: Language) -> &'static Forms {
    match language {
        Language::Ruby => &RUBY,
        Language::Go => &GO,
        Language::Rust => &RUST,
        Language::Php => &PHP,
        Language::Java => &JAVA,
        Language::Kotlin => &KOTLIN,
        Language::CSharp => &CSHARP,
        Language::Elixir => &ELIXIR,
        Language::Dart => &DART,
        Language::Swift => &SWIFT,
        _ => &NONE,
    }
}

/// What `[[provider.sdk]]` calls `language`.
pub(super) fn sdk_language(language: Language) -> &'static str {
    match language {
        Language::Ruby => "ruby",
        Language::Go => "go",
        Language::Rust => "rust",
        Language::Php => "php",
        Language::Java | Language::Kotlin => "java",
        Language::CSharp => "csharp",
        Language::Elixir => "elixir",
        Language::Dart => "dart",
        Language::Swift => "swift",
        _ => "",
    }
}
