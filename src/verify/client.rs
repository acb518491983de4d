//! The socket: one request out, one reply or one failure back.
//!
//! No redirect is followed, a body is read up to a limit, and every call has a time. Which proxy stands between is said in `proxy`, whose
//! certificates are taken in `trust`. A failure is one word of ours: what the library says may hold the address, and an address may hold a key.

use std::{io, io::Read as _, time::Duration};

use ureq::{
    Agent, AsSendBody, Body,
    http::{HeaderName, HeaderValue, Request, Response},
    tls::TlsConfig,
};

use super::{
    Reply,
    call::Call,
    proxy::{Way, way},
    trust::{OwnFile, roots},
};
use crate::{
    model::{Unknown, Verdict, Verification},
    rules::verify::Method,
};

/// Larger bodies are read up to here. The longest list of models has a third of it.
const LARGEST_BODY: u64 = 2 << 20;
const LARGEST_HEADER: usize = 64 << 10;
const CONNECT: Duration = Duration::from_secs(5);
/// Who asks, and why: it stands in the logs of providers.
const USER_AGENT: &str =
    concat!("keyward/", env!("CARGO_PKG_VERSION"), " (secret scanner: is this leaked key still live?)");

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Time was over.
    Timeout,
    /// The host has no address.
    NoHost,
    /// Nobody listens there, or the way is barred.
    Refused,
    /// The connection broke, or what came is not HTTP.
    Broken,
    /// The certificate is not one that we trust.
    Certificate,
    /// Likewise, and the file that `SSL_CERT_FILE` names cannot be read.
    NoOwnFile,
    /// Likewise, and there is no certificate in that file.
    EmptyOwnFile,
    /// The proxy does not let us through.
    Proxy,
    /// A proxy is named that we cannot use.
    Barred,
    /// The host wants to be left alone for longer than we wait.
    Busy,
}

impl Failure {
    /// Whether it may go away by itself.
    pub(super) fn is_transient(self) -> bool {
        matches!(self, Self::Timeout | Self::Broken)
    }

    /// What is said of a key about which nobody answered.
    pub(super) fn verification(self) -> Verification {
        let (reason, advice) = match self {
            Self::Timeout => (Unknown::Timeout, "ask again; a firewall may swallow the request"),
            Self::NoHost => {
                (Unknown::Network, "its host has no address: there is no connection, or the resource was deleted")
            }
            Self::Refused => (Unknown::Network, "its host refuses the connection: is a proxy needed (HTTPS_PROXY)?"),
            Self::Broken => (Unknown::Network, "the connection broke off: ask again"),
            Self::Certificate => (
                Unknown::Network,
                "its certificate is not trusted: if a proxy of your own stands between, name its certificate in SSL_CERT_FILE",
            ),
            Self::NoOwnFile => (
                Unknown::Network,
                "its certificate is not trusted, and what SSL_CERT_FILE names is no file that can be read: correct the path, or unset it",
            ),
            Self::EmptyOwnFile => (
                Unknown::Network,
                "its certificate is not trusted, and the file that SSL_CERT_FILE names holds no whole certificate: put that of your proxy into it (PEM, -----BEGIN CERTIFICATE-----)",
            ),
            Self::Proxy => {
                (Unknown::Network, "the proxy does not let the request through: see HTTPS_PROXY and NO_PROXY")
            }
            Self::Barred => (
                Unknown::Network,
                "nothing was sent: the proxy that HTTPS_PROXY or ALL_PROXY names is none that can be used; write http://HOST:PORT",
            ),
            Self::Busy => (Unknown::ServerError, "its host wants no more questions for a while: ask again later"),
        };
        Verification::of(Verdict::Unknown(reason)).with_advice(advice)
    }
}

/// Who makes requests; shared by all threads.
pub(super) trait Exchange: Send + Sync {
    /// Makes one request within `time`.
    fn send(&self, call: &Call, time: Duration) -> Result<Reply, Failure>;
    /// Ends all requests that are on their way.
    fn shutdown(&self);
}

/// The one that opens sockets.
pub(super) struct Client {
    agent: Agent,
    is_barred: bool,
    own_file: OwnFile,
}

impl Client {
    pub(super) fn new() -> Self {
        let (proxy, is_barred) = match way() {
            Way::Direct => (None, false),
            Way::Through(proxy) => (Some(*proxy), false),
            Way::Barred => (None, true),
        };
        let (roots, own_file) = roots();
        let tls = TlsConfig::builder().root_certs(roots).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(LARGEST_HEADER)
            .timeout_connect(Some(CONNECT))
            .user_agent(USER_AGENT)
            .proxy(proxy)
            .tls_config(tls)
            .build();
        Self { agent: config.new_agent(), is_barred, own_file }
    }

    fn run<B: AsSendBody>(&self, request: Request<B>, time: Duration) -> Result<Response<Body>, Failure> {
        let is_near = request.uri().scheme_str() != Some("https");
        if self.is_barred && !is_near {
            return Err(Failure::Barred);
        }
        let mut request = self.agent.configure_request(request).timeout_global(Some(time));
        if is_near {
            // Without encryption a proxy would read the key, and such an address is one of this machine or its network.
            request = request.proxy(None);
        }
        self.agent.run(request.build()).map_err(|error| match (failure(&error), self.own_file) {
            (Failure::Certificate, OwnFile::Unreadable) => Failure::NoOwnFile,
            (Failure::Certificate, OwnFile::Empty) => Failure::EmptyOwnFile,
            (failure, _) => failure,
        })
    }
}

impl Exchange for Client {
    fn send(&self, call: &Call, time: Duration) -> Result<Reply, Failure> {
        let request = request(call).ok_or(Failure::Broken)?;
        let mut response = match &call.body {
            Some(body) => self.run(request.map(|()| body.clone()), time)?,
            None => self.run(request, time)?,
        };
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let mut body = Vec::new();
        let read = response.body_mut().as_reader().take(LARGEST_BODY).read_to_end(&mut body);
        read.map_err(|error| of_io(&error))?;
        Ok(Reply { status: response.status().as_u16(), headers, body })
    }

    fn shutdown(&self) {
        self.agent.clone().shutdown();
    }
}

/// `call` in the terms of the library. Values are marked as sensitive, so that nothing prints them.
fn request(call: &Call) -> Option<Request<()>> {
    let method = match call.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut request = Request::builder().method(method).uri(&call.url);
    let headers = request.headers_mut()?;
    headers.insert("accept", HeaderValue::from_static("application/json"));
    for (name, value) in &call.headers {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    request.body(()).ok()
}

fn failure(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Timeout,
        ureq::Error::HostNotFound => Failure::NoHost,
        ureq::Error::Io(error) => of_io(error),
        ureq::Error::ConnectionFailed => Failure::Refused,
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_) => Failure::Certificate,
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => Failure::Proxy,
        _ => Failure::Broken,
    }
}

fn of_io(error: &io::Error) -> Failure {
    // The library wraps its own errors into those of reading a body and of the handshake.
    let inner = error.get_ref();
    if let Some(own) = inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        return failure(own);
    }
    if inner.is_some_and(|inner| inner.to_string().contains("certificate")) {
        return Failure::Certificate;
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Failure::Timeout,
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Failure::Refused,
        _ => Failure::Broken,
    }
}
