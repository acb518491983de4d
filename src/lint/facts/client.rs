//! How a provider is spoken to: clients of its SDK, addresses of its API, headers, and whether that happens in a browser.

use super::Scope;
use crate::model::Span;

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
    pub(super) fn place_mut(&mut self) -> Option<&mut Span> {
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
