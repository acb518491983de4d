//! How the project is put together: commands that start it, packages it needs, images it is built into and files that others get.

use crate::model::Span;

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
