//! Variables: where one is read, and where one is given a value.
//!
//! Both sides stand together because nearly every check lays one beside the other.

use super::Scope;
use crate::model::{Secret, Span};

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
