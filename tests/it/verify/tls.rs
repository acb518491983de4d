//! Encryption: a certificate that nobody knows is not trusted, and `SSL_CERT_FILE` makes one known.

use std::{io, net::TcpStream, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;

use super::server::{Act, MODELS, Server, Stream};
use crate::support::{Project, openai_key};

/// A server for `localhost` whose certificate an authority of its own has signed, and the certificate of that authority.
fn encrypted() -> (Server, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let own = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let wrap = move |stream: TcpStream| -> io::Result<Box<dyn Stream>> {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, stream)))
    };
    let server = Server::wrapped(|_, _| Act::json(200, MODELS), Box::new(wrap));
    (server, authority.pem())
}

#[test]
fn a_private_authority_is_trusted_when_ssl_cert_file_names_it() {
    let (project, elsewhere) = (Project::new(), Project::without_git());
    project.file("a.py", format!("K = '{}'\n", openai_key("encrypted")));
    let (server, authority) = encrypted();
    elsewhere.file("ca.pem", authority);
    let option = format!("--verify-url=openai=https://localhost:{}", server.port());
    let run = |variables: &[(&str, &str)]| {
        let ran = project.keyward_with(&["-f", "json", "--verify", &option], variables);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        report["findings"][0]["verification"].clone()
    };
    let said = run(&[]);
    assert_eq!([&said["status"], &said["reason"]], ["unknown", "network"]);
    assert!(said["advice"].as_str().unwrap().contains("name its certificate in SSL_CERT_FILE"), "{said}");
    // A file that cannot be used is said to be one.
    elsewhere.file("garbled.pem", "-----BEGIN CERTIFICATE-----\n???\n");
    for (file, says) in [
        ("none.pem", "what SSL_CERT_FILE names is no file that can be read"),
        ("garbled.pem", "the file that SSL_CERT_FILE names holds no whole certificate"),
    ] {
        let said = run(&[("SSL_CERT_FILE", elsewhere.path(file).to_str().unwrap())]);
        assert_eq!([&said["status"], &said["reason"]], ["unknown", "network"], "{file}");
        assert!(said["advice"].as_str().unwrap().contains(says), "{said}");
    }
    assert!(server.asked().is_empty());
    let said = run(&[("SSL_CERT_FILE", elsewhere.path("ca.pem").to_str().unwrap())]);
    assert_eq!([&said["status"], &said["reason"]], ["live", "ok"]);
    assert_eq!(server.asked().len(), 1);
}
