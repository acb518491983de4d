//! The next step when a `.env` is not loaded, in the words of the language and the framework at hand.

use super::{
    facts::{FileFacts, Language, Scope},
    graph::Graph,
};

/// How the program whose `file` reads a variable in `scope` would come to load the `.env` at `path`.
pub(super) fn load(graph: &Graph, project: usize, file: &FileFacts, scope: Scope, path: &str) -> String {
    let project = &graph.projects()[project];
    let uses = |name: &str| project.packages.contains(name);
    // What is read in a function may be read after the load of another file.
    let here = match scope {
        Scope::Function => "the file that the program starts with".to_owned(),
        Scope::Top | Scope::Main => format!("`{}`", file.path),
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    match file.language {
        Language::JavaScript if uses("@sveltejs/kit") => {
            "SvelteKit hands it out by `$env/static/private` or `$env/dynamic/private`; import it from there".to_owned()
        }
        Language::JavaScript if uses("astro") => {
            "Astro hands it to server code as `import.meta.env`; read it from there, or load the file with `dotenv`".to_owned()
        }
        Language::JavaScript if uses("@nestjs/core") => {
            "import `ConfigModule.forRoot()` of `@nestjs/config` in the root module".to_owned()
        }
        Language::JavaScript if uses("dotenv") => {
            format!("put `import \"dotenv/config\"` first in {here}")
        }
        Language::JavaScript => {
            format!("start Node with `--env-file={name}`, or put `import \"dotenv/config\"` first in {here}")
        }
        Language::Python if uses("django") => {
            "call `load_dotenv()` of python-dotenv at the top of `manage.py`, `wsgi.py` and `asgi.py`".to_owned()
        }
        Language::Python if uses("streamlit") => {
            "put `load_dotenv()` at the top of the script, or move the key to `.streamlit/secrets.toml`".to_owned()
        }
        Language::Python if uses("uvicorn") && !uses("python-dotenv") => {
            format!("start it with `uvicorn --env-file {name}`, or put `load_dotenv()` of python-dotenv at the top of the program")
        }
        Language::Python => format!(
            "put `load_dotenv()` of python-dotenv at the top of {here}, before its other imports"
        ),
        Language::Notebook => "run `%load_ext dotenv` and `%dotenv` in the first cell".to_owned(),
        Language::Ruby if uses("rails") => "add the gem `dotenv-rails` to the groups `development` and `test`".to_owned(),
        Language::Ruby => "put `require \"dotenv/load\"` first in the program".to_owned(),
        Language::Go => "call `godotenv.Load()` first in `main`, before anything reads a variable".to_owned(),
        Language::Rust => "call `dotenvy::dotenv().ok()` first in `main`".to_owned(),
        Language::Php => "call `Dotenv\\Dotenv::createImmutable(__DIR__)->load()` behind the autoloader".to_owned(),
        Language::Java | Language::Kotlin => {
            "set the variable where the program is started; Java reads no `.env` by itself (`spring-dotenv` does it for Spring)".to_owned()
        }
        Language::CSharp => "call `DotNetEnv.Env.Load()` first in `Program.cs`".to_owned(),
        Language::Elixir => "load it in `config/runtime.exs` with `Dotenvy.source!`".to_owned(),
        _ => format!("load `{name}` before the variable is read"),
    }
}
