//! Whom a run may ask about keys: what the person at the keyboard said, here or once for all runs.
//!
//! The configuration of a repository has no say in it. What holds for all runs stands in a file of the user's own, `keyward/config.toml` in the
//! folder for configurations; where that lies inside what is scanned it is somebody else's word, and not read.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use super::ConfigError;
use crate::{
    cli::VerifyArgs,
    model::{BaseUrl, Notice, masked_text, nearest, printable_line},
    rules::verifiable,
};

/// Larger files of one's own are a mistake.
const LARGEST: u64 = 64 << 10;
/// More of a mistake is not repeated.
const LONGEST_QUOTE: usize = 160;

/// Whom to ask, where and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The providers that were named; empty means all that may be asked without being named.
    pub providers: BTreeSet<String>,
    /// Addresses that are asked instead of a provider's own.
    pub urls: BTreeMap<String, BaseUrl>,
    /// Time for all questions, when it was given.
    pub budget: Option<Duration>,
}

/// The user's own file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct OwnFile {
    verify: Wish,
    verify_url: BTreeMap<String, String>,
    verify_timeout: Option<u64>,
}

/// `verify = true` or the names of providers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Wish {
    All(bool),
    Some(Vec<String>),
}

impl Default for Wish {
    fn default() -> Self {
        Self::All(false)
    }
}

/// What `typed` and the user's own file come to for a scan of `root`; `None` when nobody is asked. `with_own_file` is unset by `--no-config`.
/// Says so when that file was passed over.
pub(super) fn verification(
    typed: &VerifyArgs,
    root: &Path,
    with_own_file: bool,
) -> Result<(Option<Verification>, Option<Notice>), ConfigError> {
    let (own, passed_over) = if with_own_file { own_file(Some(root))? } else { Default::default() };
    let wish = match (&typed.verify, own.verify) {
        (Some(names), _) => Some(names.clone()),
        (None, Wish::All(wanted)) => wanted.then(Vec::new),
        (None, Wish::Some(names)) => Some(names),
    };
    let urls = urls(own.verify_url, &typed.verify_url)?;
    for provider in wish.iter().flatten().chain(urls.keys()) {
        expect_verifiable(provider)?;
    }
    let Some(names) = wish else {
        return if typed.verify_url.is_empty() {
            Ok((None, passed_over))
        } else {
            Err(ConfigError::AddressWithoutVerify)
        };
    };
    let budget = typed.verify_timeout.map(NonZeroU64::get).or(own.verify_timeout).map(Duration::from_secs);
    Ok((Some(Verification { providers: names.into_iter().collect(), urls, budget }), passed_over))
}

/// Whom `keyward verify` and `keyward doctor` ask and for how long: what was typed before what the user's own file says. `keyward verify` scans
/// nothing, so that file is the user's wherever it is; for the project at `root` see [`passed_over`].
///
/// # Errors
/// What cannot be used of it.
pub fn for_few_keys(
    provider: Option<&str>,
    typed: &[(String, BaseUrl)],
    timeout: Option<NonZeroU64>,
    root: Option<&Path>,
) -> Result<(Verification, Option<Notice>), ConfigError> {
    let (own, passed_over) = own_file(root)?;
    let urls = urls(own.verify_url, typed)?;
    for provider in provider.into_iter().chain(urls.keys().map(String::as_str)) {
        expect_verifiable(provider)?;
    }
    let budget = timeout.map(NonZeroU64::get).or(own.verify_timeout).map(Duration::from_secs);
    Ok((Verification { providers: BTreeSet::new(), urls, budget }, passed_over))
}

/// The addresses of the user's own file, and those that were typed in their place.
fn urls(own: BTreeMap<String, String>, typed: &[(String, BaseUrl)]) -> Result<BTreeMap<String, BaseUrl>, ConfigError> {
    let mut urls = BTreeMap::new();
    for (provider, text) in own {
        let url = text.parse().map_err(|problem| ConfigError::BadAddress { provider: provider.clone(), problem })?;
        urls.insert(provider, url);
    }
    urls.extend(typed.iter().cloned());
    Ok(urls)
}

/// Fails unless `provider` can be asked about its keys.
///
/// # Errors
/// [`ConfigError::UnknownProvider`], with the name that may have been meant.
pub fn expect_verifiable(provider: &str) -> Result<(), ConfigError> {
    let known = verifiable();
    if known.contains(&provider) {
        return Ok(());
    }
    let help = match nearest(provider, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("providers that can be asked: {}", known.join(", ")),
    };
    Err(ConfigError::UnknownProvider { name: masked_text(&printable_line(provider, LONGEST_QUOTE)), help })
}

/// Where the user's own file would be.
fn own_path() -> Option<PathBuf> {
    // A path that is relative leads elsewhere from each folder, and is as good as none.
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("APPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(base.join("keyward").join("config.toml"))
}

/// The user's own file, and what has to be said when it is not read because it lies inside `root`, which is scanned.
fn own_file(root: Option<&Path>) -> Result<(OwnFile, Option<Notice>), ConfigError> {
    let Some(path) = own_path().filter(|path| path.is_file()) else { return Ok(Default::default()) };
    if let Some(notice) = root.and_then(|root| passed_over(&path, root)) {
        return Ok((OwnFile::default(), Some(notice)));
    }
    let bad = |problem: String| ConfigError::OwnFile { path: path.clone(), problem };
    if fs::metadata(&path).is_ok_and(|about| about.len() > LARGEST) {
        return Err(bad(format!("it is larger than {} KiB", LARGEST >> 10)));
    }
    let text = fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
    let own = toml::from_str(&text);
    own.map(|own| (own, None)).map_err(|error| bad(masked_text(&printable_line(error.message(), LONGEST_QUOTE))))
}

/// What is said of the user's file at `path` when it lies inside `root`: what is scanned has no say in whom to ask.
fn passed_over(path: &Path, root: &Path) -> Option<Notice> {
    let (path, root) = (path.canonicalize().ok()?, root.canonicalize().ok()?);
    let inside = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    Some(Notice {
        code: "own-config-passed-over".to_owned(),
        message: "your own configuration was not read, because it lies inside what is scanned".to_owned(),
        help: Some(
            "type --verify and --verify-url, or keep it elsewhere and name its folder in XDG_CONFIG_HOME".to_owned(),
        ),
        path: Some(parts.join("/")),
        line: None,
    })
}
