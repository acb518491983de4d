//! What detect-secrets keeps: `.secrets.baseline`.
//!
//! It lists findings by file, with the SHA-1 of what was taken for the secret, and perhaps what somebody said of them in an audit: no secret, or a real
//! one. A real one is never accepted here. Beside the findings stand the filters of the scan, of which those with a pattern are somebody's own wish,
//! and the plugins, of which those that guess by entropy have no counterpart.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Condition, Fate, Known, Mark, Place, Plan,
    condition::Test,
    glob::ignore_globs,
    named,
    pattern::{Dialect, Pattern, Search},
    quoted,
};

/// Findings that are read.
const MOST: usize = 100_000;

/// Keys and paths of which each is said.
const MOST_KEYS: usize = 100;

/// Plugins that look for one provider's credentials and have an equal here.
const COVERED: [&str; 19] = [
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
];
/// Plugins that take what looks random, or stands behind a telling name, for a secret.
const GUESSING: [&str; 3] = ["Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector"];

/// One finding of the list.
#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    what: String,
    hashed_secret: String,
    #[serde(default)]
    is_verified: bool,
    #[serde(default)]
    is_secret: Option<bool>,
    #[serde(default)]
    line_number: Option<u32>,
}

/// Reads the baseline `text`, called `name`, into `plan`.
pub fn baseline(name: &str, text: &str, plan: &mut Plan) {
    let file = Place::file(name);
    let mut top: Map<String, Value> = match serde_json::from_str(text) {
        Ok(top) => top,
        Err(error) => {
            let place = Place::line(name, u32::try_from(error.line().max(1)).unwrap_or(u32::MAX));
            let sentence = "this is no baseline of detect-secrets: its JSON cannot be read there; make it anew with `detect-secrets scan`";
            plan.unread(&place, sentence);
            return;
        }
    };
    let version = top.get("version").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("1.") && !version.starts_with("0.") {
        let sentence = "its version is not one that is known here (0.x and 1.x); it was read as 1.x";
        plan.note(&file, sentence);
    }
    plugins(&file, top.remove("plugins_used"), plan);
    filters(&file, top.remove("filters_used"), plan);
    // Before version 0.12 there was one for files.
    excluded_files(&file, top.remove("exclude_regex").iter().filter(|pattern| **pattern != ""), plan);
    if let Some(Value::Object(exclude)) = top.remove("exclude") {
        // Before version 1 there was one pattern of each.
        excluded_files(&file, exclude.get("files").into_iter(), plan);
        excluded_values(&file, "exclude.lines", exclude.get("lines").into_iter(), Test::Line, plan);
    }
    before_version_one(&file, &mut top, plan);
    let results = top.remove("results");
    for key in top.keys().filter(|key| !matches!(key.as_str(), "version" | "generated_at")).take(MOST_KEYS) {
        plan.note(&file, format!("`{}` is a key that is not known here, and was passed over", quoted(key)));
    }
    match results {
        Some(Value::Object(results)) => listed(name, results, plan),
        None => {
            plan.unread(
                &file,
                "it has no `results`, so no finding was taken over: is it a baseline of detect-secrets?",
            );
        }
        Some(_) => plan.unread(
            &file,
            "its `results` are no object, so no finding was taken over: make it anew with `detect-secrets scan`",
        ),
    }
}

fn listed(name: &str, results: Map<String, Value>, plan: &mut Plan) {
    for (path, entries) in results {
        let of_path = Place::listed(name, &path, None);
        let Value::Array(entries) = entries else {
            plan.unread(&of_path, "what is listed for this file is no list, and was passed over");
            continue;
        };
        for entry in entries {
            if plan.known.len() >= MOST {
                plan.unread(&of_path, format!("what follows was not read: the baseline has more than {MOST} findings"));
                return;
            }
            let is_whole = ["type", "hashed_secret"].iter().all(|key| entry.get(key).is_some_and(Value::is_string));
            if let Ok(entry) = serde_json::from_value::<Listed>(entry) {
                one(name, &path, &entry, plan);
                continue;
            }
            let wrong = if is_whole {
                "has a `line_number`, `is_secret` or `is_verified` that is none"
            } else {
                "lacks `type` or `hashed_secret`"
            };
            plan.unread(&of_path, format!("an entry of this file {wrong}, and was passed over"));
        }
    }
}

fn one(name: &str, path: &str, entry: &Listed, plan: &mut Plan) {
    let path = path.replace('\\', "/");
    let line = entry.line_number.filter(|line| *line > 0);
    let place = Place::listed(name, &path, line);
    let is_digest = entry.hashed_secret.len() == 40 && entry.hashed_secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        plan.unread(&place, "its `hashed_secret` is no SHA-1, and it was passed over");
        return;
    }
    let what = quoted(&entry.what);
    let fate = match entry.is_secret {
        Some(true) => {
            plan.left(&place, format!("{what}: the audit called it a secret, so it is not accepted: revoke it"));
            Fate::Refuse
        }
        Some(false) => Fate::Allow("audited as no secret with detect-secrets".to_owned()),
        None if entry.is_verified => {
            plan.left(&place, format!("{what}: detect-secrets found that it works, so it is not accepted: revoke it"));
            Fate::Refuse
        }
        None => Fate::Accept,
    };
    let mark = Mark::Digest { sha1: entry.hashed_secret.to_lowercase(), line };
    plan.known.push(Known { place, path, mark, rules: Vec::new(), fate });
}

/// What stood at the top of the file before filters and plugins did all of it.
fn before_version_one(file: &Place, top: &mut Map<String, Value>, plan: &mut Plan) {
    if let Some(list) = top.remove("word_list").as_ref().and_then(|list| list.get("file")?.as_str()) {
        words_left(file, list, plan);
    }
    if let Some(Value::Array(paths)) = top.remove("custom_plugin_paths") {
        for path in paths.iter().filter_map(Value::as_str).take(MOST_KEYS) {
            let sentence = format!(
                "plugins at `{}` are programs of your own: write what they look for as [[rule]]s in keyward.toml",
                named(path)
            );
            plan.left(file, sentence);
        }
    }
}

fn words_left(file: &Place, list: &str, plan: &mut Plan) {
    let list = named(list);
    plan.left(
        file,
        format!("the list of words `{list}` is not taken over: keyward has its own words for placeholders"),
    );
}

fn plugins(file: &Place, plugins: Option<Value>, plan: &mut Plan) {
    let Some(Value::Array(plugins)) = plugins else { return };
    let (mut guessing, mut unequalled) = (Vec::new(), Vec::new());
    for plugin in &plugins {
        let name = plugin.get("name").and_then(Value::as_str).unwrap_or_default();
        if let Some(pattern) = plugin.get("keyword_exclude").and_then(Value::as_str).filter(|text| !text.is_empty()) {
            let sentence = format!(
                "`keyword_exclude` `{}` of plugin `{}` is not taken over: it takes back what that plugin finds, and keyward does not guess by names",
                quoted(pattern),
                quoted(name)
            );
            plan.note(file, sentence);
        }
        if plugin.get("path").is_some() {
            let sentence = format!(
                "plugin `{}` is a program of your own: write what it looks for as a [[rule]] in keyward.toml",
                quoted(name)
            );
            plan.left(file, sentence);
        } else if GUESSING.contains(&name) {
            guessing.push(format!("`{name}`"));
        } else if !COVERED.contains(&name) {
            unequalled.push(format!("`{}`", quoted(name)));
        }
    }
    match &unequalled[..] {
        [] => {}
        [name] => plan.left(file, format!("plugin {name} has no equal in keyward")),
        names => plan.left(file, format!("plugins {} have no equal in keyward", names.join(", "))),
    }
    if !guessing.is_empty() {
        let sentence = format!(
            "what a text's looks or its name suggest ({}) is not looked for; keyward finds what has a provider's form, and passwords only in URLs, \
             connection strings and credentials files",
            guessing.join(", ")
        );
        plan.left(file, sentence);
    }
}

fn filters(file: &Place, filters: Option<Value>, plan: &mut Plan) {
    let Some(Value::Array(filters)) = filters else { return };
    let mut own = 0;
    for filter in &filters {
        let path = filter.get("path").and_then(Value::as_str).unwrap_or_default();
        let patterns = match filter.get("pattern") {
            Some(Value::Array(patterns)) => patterns.as_slice(),
            Some(pattern) => std::slice::from_ref(pattern),
            None => &[],
        };
        let (module, function) = path.rsplit_once('.').unwrap_or_default();
        match (module.strip_prefix("detect_secrets.filters."), function) {
            (Some("regex"), "should_exclude_file") => excluded_files(file, patterns.iter(), plan),
            (Some("regex"), "should_exclude_line") => {
                excluded_values(file, function, patterns.iter(), Test::Line, plan);
            }
            (Some("regex"), "should_exclude_secret") => {
                excluded_values(file, function, patterns.iter(), Test::Secret, plan);
            }
            (Some("wordlist"), _) => {
                let list = filter.get("file_name").and_then(Value::as_str).unwrap_or_default();
                words_left(file, list, plan);
            }
            (Some("allowlist" | "common" | "heuristic" | "gibberish"), _) => own += 1,
            _ => plan.left(file, format!("filter `{}` is a program of your own, and has no counterpart", quoted(path))),
        }
    }
    if own > 0 {
        let sentence = format!(
            "{own} filters of detect-secrets' own (marks, placeholders, identifiers) are left to keyward's tests of the same kind; `pragma: allowlist \
             secret` is honoured"
        );
        plan.note(file, sentence);
    }
}

/// The texts among `patterns`; what is none is said.
fn texts<'v>(file: &Place, key: &str, patterns: impl Iterator<Item = &'v Value>, plan: &mut Plan) -> Vec<&'v str> {
    let mut texts = Vec::new();
    for pattern in patterns.filter(|pattern| !pattern.is_null()) {
        match pattern.as_str() {
            Some(text) => texts.push(text),
            None => plan.unread(file, format!("a pattern of `{key}` is no text, and was passed over")),
        }
    }
    texts
}

fn excluded_files<'v>(file: &Place, patterns: impl Iterator<Item = &'v Value>, plan: &mut Plan) {
    for text in texts(file, "should_exclude_file", patterns, plan) {
        if !plan.may_read_pattern(file, text) {
            break;
        }
        match Pattern::read(text, Dialect::Python, 0).and_then(|pattern| ignore_globs(&pattern.text)) {
            Ok(globs) => plan.exclude(file, globs),
            Err(reason) => {
                let sentence =
                    format!("path `{}` has no equal glob: {reason}; add a glob to `exclude` by hand", named(text));
                plan.left(file, sentence);
            }
        }
    }
}

fn excluded_values<'v>(
    file: &Place,
    key: &str,
    patterns: impl Iterator<Item = &'v Value>,
    test: impl Fn(Vec<Search>) -> Test,
    plan: &mut Plan,
) {
    for text in texts(file, key, patterns, plan) {
        if !plan.may_read_pattern(file, text) {
            break;
        }
        match Search::read(text, Dialect::Python) {
            Ok(pattern) => plan.conditions.push(Condition {
                place: file.clone(),
                what: format!("`{}` of `{key}`", quoted(text)),
                rules: None,
                reason: format!("left out by {} ({key})", file.file),
                tests: vec![test(vec![pattern])],
            }),
            Err(reason) => {
                let sentence = format!("`{}` of `{key}` cannot be used: {reason}; write it without that", quoted(text));
                plan.unread(file, sentence);
            }
        }
    }
}
