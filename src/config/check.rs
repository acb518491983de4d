//! From what was written to what it means: each value of the file is checked here, and a mistake points at it.

use std::{
    collections::BTreeSet,
    path::{Component, Path},
};

use clap::{Args as _, FromArgMatches as _};
use toml::{Spanned, Value};

use crate::{
    cli::ReadingArgs,
    model::{Allow, Date, Fingerprint, PathGlob, masked_text, printable_line, printable_text},
    rules::{CUSTOM, Provider, ProviderFile, RuleError, RuleSet, RuleSpec},
};

use super::{
    ConfigError, PolicyFile,
    document::Document,
    file::AllowEntry,
    locate::{self, expect_inside},
};

/// Bytes around a literal that a rule of the scanned repository may look at: it must not slow the scan down.
const REACH: usize = 2048;
/// More of a reason than this is not shown.
const LONGEST_REASON: usize = 300;
/// More of a wrong value than this is not repeated.
const LONGEST_QUOTE: usize = 60;

/// Adds the file's `[[rule]]` entries to `rules`.
pub(super) fn add_rules(document: &Document, rules: &mut RuleSet) -> Result<(), ConfigError> {
    for entry in &document.file.rules {
        // The compiler's message quotes the pattern.
        let bad = |problem: String, help: String| {
            ConfigError::BadRule(document.mistake(entry.span(), printable_text(&problem), printable_text(&help)))
        };
        let spec = entry.get_ref();
        if let Some(field) = unprintable(spec) {
            let problem = format!("`{field}` of this rule holds a control character");
            return Err(bad(problem, "remove it: the text is shown on terminals".to_owned()));
        }
        let reach = spec.longest.max(spec.before).max(spec.context.as_ref().map_or(0, |context| context.reach));
        if reach > REACH {
            let problem =
                format!("rule `{}` looks at {reach} bytes, and rules of a repository may look at {REACH}", spec.id);
            return Err(bad(problem, "bound its pattern, or load it with `--rules DIR`".to_owned()));
        }
        let provider =
            Provider { id: CUSTOM.to_owned(), name: CUSTOM.to_owned(), issues_nothing: true, ..Provider::default() };
        rules.add(ProviderFile { provider, rules: vec![spec.clone()] }).map_err(|error| match error {
            RuleError::Invalid { id, problem, help } => bad(format!("rule `{id}`: {problem}"), help),
            other => bad(other.to_string(), "`keyward schema config` prints the format".to_owned()),
        })?;
    }
    Ok(())
}

/// The field of `spec` that would send control characters to a report. Line breaks are common in TOML texts and do no
/// harm.
fn unprintable(spec: &RuleSpec) -> Option<&'static str> {
    let has_control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    let optional = [("kind", &spec.kind), ("revoke", &spec.revoke), ("limits", &spec.limits), ("family", &spec.family)];
    let optional = optional.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
    let required = [("summary", &spec.summary), ("why", &spec.why), ("help", &spec.help), ("since", &spec.since)];
    required
        .into_iter()
        .map(|(field, text)| (field, text.as_str()))
        .chain(optional)
        .chain(spec.references.iter().map(|text| ("references", text.as_str())))
        .chain(spec.kinds.iter().map(|kind| ("kinds", kind.kind.as_str())))
        .find(|(_, text)| has_control(text))
        .map(|(field, _)| field)
}

/// Fails unless every name in `only`, `skip` and the allow entries is among `known`.
pub(super) fn names(document: &Document, rules: &RuleSet, known: &BTreeSet<String>) -> Result<(), ConfigError> {
    let file = &document.file;
    let allowed = file.allows.iter().filter_map(|entry| entry.get_ref().rule.as_ref());
    let Some(wrong) = file.only.iter().chain(&file.skip).chain(allowed).find(|name| !known.contains(name.get_ref()))
    else {
        return Ok(());
    };
    let name = printable_line(wrong.get_ref(), LONGEST_QUOTE);
    let help = match rules.expect_name(&name) {
        Err(RuleError::Unknown { help, .. }) => help,
        _ => "`keyward rules` lists all rules and providers".to_owned(),
    };
    let problem = format!("there is no rule, provider or group called `{name}`");
    Err(ConfigError::UnknownRule(document.mistake(wrong.span(), problem, help)))
}

/// The `[[allow]]` entries.
pub(super) fn allows(document: &Document) -> Result<Vec<Allow>, ConfigError> {
    document.file.allows.iter().map(|entry| allow(document, entry)).collect()
}

fn allow(document: &Document, entry: &Spanned<AllowEntry>) -> Result<Allow, ConfigError> {
    let bad = |problem, help| ConfigError::BadAllow(document.mistake(entry.span(), problem, help));
    let fields = entry.get_ref();
    if fields.rule.is_none() && fields.path.is_none() && fields.fingerprint.is_none() {
        let help = "add `rule`, `path` or `fingerprint`; the report shows the fingerprint of each finding";
        return Err(bad("this entry does not say what it allows", help));
    }
    let reason = fields.reason.as_ref().map_or("", |reason| reason.get_ref().trim());
    if reason.is_empty() {
        return Err(bad("this entry has no reason", "add `reason = \"why it is no leak\"`"));
    }
    Ok(Allow {
        rule: fields.rule.as_ref().map(|rule| rule.get_ref().clone()),
        path: fields.path.as_ref().map(|path| path_glob(document, path)).transpose()?,
        fingerprint: fields.fingerprint.as_ref().map(|text| fingerprint(document, text)).transpose()?,
        reason: masked_text(&printable_line(reason, LONGEST_REASON)),
        expires: fields.expires.as_ref().map(|value| date(document, value)).transpose()?,
        line: document.line(entry.span().start),
    })
}

fn path_glob(document: &Document, text: &Spanned<String>) -> Result<PathGlob, ConfigError> {
    PathGlob::new(text.get_ref()).map_err(|error| {
        let help = "write it as a line of .gitignore, such as `fixtures/` or `*.pem`";
        ConfigError::BadValue(document.mistake(text.span(), format!("this glob cannot be used: {error}"), help))
    })
}

fn fingerprint(document: &Document, text: &Spanned<String>) -> Result<Fingerprint, ConfigError> {
    Fingerprint::parse(text.get_ref()).ok_or_else(|| {
        let problem = format!("`{}` is not a fingerprint", printable_line(text.get_ref(), LONGEST_QUOTE));
        let help = "copy it from a report: `kw1:` and 24 digits of 0-9 and a-f";
        ConfigError::BadValue(document.mistake(text.span(), problem, help))
    })
}

fn date(document: &Document, value: &Spanned<Value>) -> Result<Date, ConfigError> {
    let read = match value.get_ref() {
        // A time of day is refused: "until noon" would be a promise we do not keep.
        Value::Datetime(moment) if moment.time.is_none() => Date::parse(&moment.to_string()),
        Value::String(text) => Date::parse(text),
        _ => None,
    };
    read.ok_or_else(|| {
        let help = "write the last day on which the entry holds, such as `expires = 2026-12-31`";
        ConfigError::BadValue(document.mistake(value.span(), "`expires` is not a date", help))
    })
}

/// `max-file-size` in bytes.
pub(super) fn max_file_size(document: &Document) -> Result<Option<u64>, ConfigError> {
    let Some(value) = &document.file.max_file_size else { return Ok(None) };
    let read = match value.get_ref() {
        Value::Integer(bytes) => u64::try_from(*bytes).ok(),
        Value::String(text) => size(text),
        _ => None,
    };
    let help = "write a number with k, M or G, such as `max-file-size = \"5M\"`";
    let mistake = || document.mistake(value.span(), "`max-file-size` is not a size", help);
    read.ok_or_else(|| ConfigError::BadValue(mistake())).map(Some)
}

/// Reads a size as the command line does, through its own option, so that `5M` cannot come to mean two things.
fn size(text: &str) -> Option<u64> {
    let command = ReadingArgs::augment_args(clap::Command::new("size").no_binary_name(true));
    let matches = command.try_get_matches_from([format!("--max-file-size={text}")]).ok()?;
    ReadingArgs::from_arg_matches(&matches).ok()?.max_file_size
}

/// The file's `baseline`. The repository is hostile, so the path must stay inside the root, links followed.
pub(super) fn baseline(document: &Document, root: &Path) -> Result<Option<PolicyFile>, ConfigError> {
    let Some(text) = &document.file.baseline else { return Ok(None) };
    let bad = |problem, help| ConfigError::BadValue(document.mistake(text.span(), problem, help));
    let path = Path::new(text.get_ref());
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    // Backslash and colon mean something on one system only; the same file must not be harmless here and hostile there.
    if !inside || text.get_ref().contains(['\\', ':']) {
        let help = "write a path relative to the root without `..`, such as `keyward.baseline`; \
                    the command line's `--baseline` may name any file";
        return Err(bad("`baseline` leads out of the repository", help));
    }
    let parts: Vec<_> = path.components().filter(|part| *part != Component::CurDir).collect();
    if parts.is_empty() || text.get_ref().chars().any(char::is_control) {
        return Err(bad("`baseline` names no file", "write a path such as `keyward.baseline`"));
    }
    let name: Vec<_> = parts.iter().map(|part| part.as_os_str().to_string_lossy()).collect();
    let file = PolicyFile::inside(root, &name.join("/"));
    if leads_out(root, &file.path) {
        let help = "a link on the way to it leads elsewhere: replace the link by the file or folder itself";
        return Err(bad("`baseline` leads out of the repository", help));
    }
    Ok(Some(file))
}

/// Whether a link takes `path`, or the nearest folder above it that exists, out of `root`.
fn leads_out(root: &Path, path: &Path) -> bool {
    let Ok(real_root) = root.canonicalize() else { return true };
    // A dangling link is met by its own metadata and then refused, because what it will lead to is not known.
    let exists = |path: &&Path| path.symlink_metadata().is_ok();
    path.ancestors()
        .find(exists)
        .is_none_or(|existing| existing.canonicalize().map_or(true, |real| !real.starts_with(real_root)))
}

/// The baseline at its default place, when it is there.
pub(super) fn default_baseline(root: &Path) -> Result<Option<PolicyFile>, ConfigError> {
    let file = PolicyFile::inside(root, locate::BASELINE);
    if file.path.symlink_metadata().is_err() {
        return Ok(None);
    }
    expect_inside(root, &file.path)?;
    Ok(Some(file))
}
