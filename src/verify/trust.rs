//! Whose certificates are taken: those of Mozilla's authorities, and of those in the file that `SSL_CERT_FILE` names. A company that looks into its
//! own traffic signs with a certificate that only its machines know.
//!
//! A file that cannot be used takes nothing away. It is said when a certificate is not trusted, which is when it matters.

use std::{
    env,
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Larger files hold more than certificates; those of all authorities have a twentieth of it.
const LARGEST: u64 = 8 << 20;

/// What became of the file that `SSL_CERT_FILE` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnFile {
    /// None is named.
    Unnamed,
    /// Its certificates are taken.
    Taken,
    /// It is not there, no file, or may not be read.
    Unreadable,
    /// There is no certificate in it.
    Empty,
}

/// Whom to trust, as the environment says.
pub(super) fn roots() -> (RootCerts, OwnFile) {
    match env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) {
        Some(file) => roots_with(Path::new(&file)),
        None => (RootCerts::WebPki, OwnFile::Unnamed),
    }
}

fn roots_with(file: &Path) -> (RootCerts, OwnFile) {
    let Ok(text) = read(file) else { return (RootCerts::WebPki, OwnFile::Unreadable) };
    let own: Vec<Certificate<'static>> = parse_pem(&text).filter_map(certificate).collect();
    if own.is_empty() {
        return (RootCerts::WebPki, OwnFile::Empty);
    }
    let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let all = mozilla.iter().map(|der| Certificate::from_der(der).to_owned()).chain(own);
    (RootCerts::Specific(Arc::new(all.collect())), OwnFile::Taken)
}

fn certificate<E>(item: Result<PemItem<'static>, E>) -> Option<Certificate<'static>> {
    match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // What is no file, such as a pipe, may never end.
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn certificates_are_taken_beside_mozillas_and_a_file_without_any_takes_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let own = rcgen::generate_simple_self_signed(vec!["acme.example".to_owned()]).unwrap().cert.pem();
        let (roots, state) = roots_with(&file("own.pem", &format!("# ours\n{own}\n-----BEGIN X-----\n")));
        let RootCerts::Specific(all) = roots else { panic!("Mozilla's alone") };
        assert_eq!((all.len(), state), (webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() + 1, OwnFile::Taken));
        for (path, expected) in [
            (folder.path().join("none.pem"), OwnFile::Unreadable),
            (folder.path().to_owned(), OwnFile::Unreadable),
            (file("empty.pem", ""), OwnFile::Empty),
            (file("words.pem", "to be filled in\n"), OwnFile::Empty),
            (file("cut.pem", &own[..own.len() / 2]), OwnFile::Empty),
        ] {
            let (roots, state) = roots_with(&path);
            assert!(matches!(roots, RootCerts::WebPki), "{path:?}");
            assert_eq!(state, expected, "{path:?}");
        }
    }
}
