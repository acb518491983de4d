//! What kind of file it is. Readers are chosen by it, and checks tell code from what configures, starts or describes a program by it.

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
    /// What a front end ships beside its scripts: pages, styles, source maps, data. Only the credentials in it are noted.
    Asset,
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
