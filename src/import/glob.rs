//! Regular expressions over paths, written as globs.
//!
//! Other scanners leave out files by patterns that are searched in the path; keyward takes globs as in `.gitignore`. Nearly all such patterns in use
//! are a constant with an anchor, a folder or an ending, and those have an equal glob. What has none is refused, not guessed: a glob that leaves out
//! too much hides keys. The way is from the parsed pattern over a list of alternatives, each a row of steps, to one glob for each.

use regex_syntax::ParserBuilder;

use super::alternatives::{LONGEST, MOST, Step, alternatives};

/// Characters of a class that still tells one path from another.
const FEW: usize = 8;

/// How an alternative begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    /// At the beginning of the path.
    Start,
    /// Behind a `/`.
    Slash,
    /// At the beginning of a name, anywhere.
    Name,
    /// Anywhere.
    Open,
}

/// How an alternative ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    /// At the end of the path.
    End,
    /// Before a `/`.
    Slash,
    /// At the end of a name, anywhere.
    Name,
    /// Anywhere.
    Open,
}

/// An alternative, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    front: Front,
    body: Vec<Step>,
    back: Back,
}

/// The globs, as in `.gitignore`, of the paths in which `pattern` is found. It is a pattern as Rust reads it.
///
/// # Errors
/// Why there are none, as the end of a sentence.
pub(super) fn ignore_globs(pattern: &str) -> Result<Vec<String>, String> {
    let (mut of_files, mut globs) = (Vec::new(), Vec::new());
    for row in possible(rows(pattern)?)? {
        for body in bodies(&row.body, &Style::Ignore)? {
            let has_slash = body.contains('/');
            let below = if has_slash { "**/" } else { "" };
            let front = match row.front {
                Front::Start => "/".to_owned(),
                Front::Slash => "*/**/".to_owned(),
                Front::Name => below.to_owned(),
                Front::Open => format!("{below}*"),
            };
            let glob = match row.back {
                Back::Slash => format!("{front}{body}/"),
                Back::Name | Back::End => format!("{front}{body}"),
                Back::Open => format!("{front}{body}*"),
            };
            let is_ours = |name: &str| name == "**" || !name.contains("**");
            if glob.starts_with(['!', '#']) || glob.len() > LONGEST * 4 || !glob.split('/').all(is_ours) {
                return Err("no glob can be written for it".to_owned());
            }
            // A pattern that ends with the path speaks of files: a folder of such a name, `conf.d` say, holds others.
            if row.back == Back::End {
                let folders = format!("!{glob}/");
                of_files.extend([glob, folders]);
            } else {
                globs.push(glob);
            }
        }
    }
    // The last that fits counts, and none may be taken back by what is said of another.
    of_files.extend(globs);
    Ok(once_each(of_files))
}

/// Whether `globs` leave out files of a name and no folder of it, which takes two globs.
pub(super) fn needs_two(globs: &[String]) -> bool {
    globs.iter().any(|glob| glob.starts_with('!'))
}

/// The rows that fit some path: none has an empty name in it.
fn possible(mut rows: Vec<Row>) -> Result<Vec<Row>, String> {
    let slash = Some(&Step::Byte(b'/'));
    rows.retain(|Row { body, .. }| {
        let is_doubled = body.windows(2).any(|two| two.first() == slash && two.last() == slash);
        !is_doubled && body.first() != slash && body.last() != slash
    });
    if rows.is_empty() { Err("it asks for an empty name, which no path has".to_owned()) } else { Ok(rows) }
}

/// The globs over whole paths, in which `*` stands for anything, of the paths in which `pattern` is found, and perhaps of a few more.
///
/// # Errors
/// As [`ignore_globs`].
pub(super) fn path_globs(pattern: &str) -> Result<Vec<String>, String> {
    let mut globs = Vec::new();
    for row in possible(rows(pattern)?)? {
        for body in bodies(&row.body, &Style::Path)? {
            let front = match row.front {
                Front::Start => "",
                Front::Slash | Front::Name => "**/",
                Front::Open => "*",
            };
            let backs: &[&str] = match row.back {
                Back::End => &[""],
                Back::Slash => &["/*"],
                Back::Name => &["", "/*"],
                Back::Open => &["*"],
            };
            globs.extend(backs.iter().map(|back| format!("{front}{body}{back}")));
        }
    }
    Ok(once_each(globs))
}

/// Samples, in which `…` stands for anything, of the values in which `pattern` is found, when constants say it all.
pub(super) fn samples(pattern: &str) -> Option<Vec<String>> {
    let mut samples = Vec::new();
    for row in rows(pattern).ok()? {
        // What is a separator in paths is a character like others in values.
        let mut sample = String::from(match row.front {
            Front::Start => "",
            Front::Slash => "…/",
            Front::Open => "…",
            Front::Name => return None,
        });
        for step in &row.body {
            match step {
                Step::Byte(byte) if byte.is_ascii_graphic() => sample.push(char::from(*byte)),
                Step::Anything => sample.push('…'),
                _ => return None,
            }
        }
        sample.push_str(match row.back {
            Back::End => "",
            Back::Slash => "/…",
            Back::Open => "…",
            Back::Name => return None,
        });
        samples.push(sample);
    }
    Some(once_each(samples))
}

/// `texts` in their order, without those that stand there before.
pub(super) fn once_each(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts
}

/// The alternatives of `pattern`.
fn rows(pattern: &str) -> Result<Vec<Row>, String> {
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let hir = parsed.map_err(|_| "it is no regular expression over bytes".to_owned())?;
    let alternatives = alternatives(&hir)?;
    let rows: Result<Vec<Row>, String> = alternatives.into_iter().map(row).collect();
    // Fronts and ends each: `(^|/)a(/|$)` is four alternatives.
    Ok(joined_edges(joined_edges(rows?)))
}

/// The same with two rows made one where they say together what a name's edge says.
fn joined_edges(rows: Vec<Row>) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::new();
    for row in rows {
        match joined.iter_mut().find(|other| is_beside(other, &row)) {
            Some(other) if other.front != row.front => other.front = Front::Name,
            Some(other) if other.back != row.back => other.back = Back::Name,
            Some(_) => {}
            None => joined.push(row),
        }
    }
    joined
}

/// Whether the two say together what a name's edge says.
fn is_beside(one: &Row, other: &Row) -> bool {
    let fronts = [one.front, other.front];
    let backs = [one.back, other.back];
    let is_front = fronts == [Front::Start, Front::Slash] || fronts == [Front::Slash, Front::Start];
    let is_back = backs == [Back::End, Back::Slash] || backs == [Back::Slash, Back::End];
    one.body == other.body
        && ((is_front && one.back == other.back) || (is_back && one.front == other.front) || one == other)
}

fn row(mut steps: Vec<Step>) -> Result<Row, String> {
    let mut front = Front::Open;
    let mut back = Back::Open;
    if steps.first() == Some(&Step::Start) {
        let anchors = steps.iter().take_while(|step| **step == Step::Start).count();
        steps.drain(..anchors);
        front = Front::Start;
    }
    if steps.last() == Some(&Step::End) {
        while steps.last() == Some(&Step::End) {
            steps.pop();
        }
        back = Back::End;
    }
    if steps.iter().any(|step| matches!(step, Step::Start | Step::End)) {
        return Err("it has an anchor in its middle".to_owned());
    }
    // Stars beside one another would be read as one that crosses folders.
    let is_star = |step: &Step| matches!(step, Step::Anything | Step::Within);
    steps.dedup_by(|next, kept| {
        let is_run = is_star(next) && is_star(kept);
        if is_run && *next == Step::Anything {
            *kept = Step::Anything;
        }
        is_run
    });
    // What may be anything at an end is no end.
    let open = |step: &Step| matches!(step, Step::Anything);
    while steps.first().is_some_and(open) {
        steps.remove(0);
        front = Front::Open;
    }
    while steps.last().is_some_and(open) {
        steps.pop();
        back = Back::Open;
    }
    let idle = |step: &Step| matches!(step, Step::Many(_) | Step::Within | Step::Anything);
    while front == Front::Open && steps.first().is_some_and(idle) {
        steps.remove(0);
    }
    while back == Back::Open && steps.last().is_some_and(idle) {
        steps.pop();
    }
    if front == Front::Open && steps.first() == Some(&Step::Byte(b'/')) {
        steps.remove(0);
        front = Front::Slash;
    }
    if back == Back::Open && steps.last() == Some(&Step::Byte(b'/')) {
        steps.pop();
        back = Back::Slash;
    }
    let is_telling = |step: &Step| match step {
        Step::Byte(byte) => *byte != b'/',
        Step::Class(ranges, _) => {
            ranges.iter().map(|(first, last)| usize::from(last - first) + 1).sum::<usize>() <= FEW
        }
        _ => false,
    };
    if !steps.iter().any(is_telling) {
        return Err("it fits nearly every path".to_owned());
    }
    Ok(Row { front, body: steps, back })
}

/// Whose globs are written.
enum Style {
    /// Those of `.gitignore`, where `*` ends at a `/`.
    Ignore,
    /// Those over whole paths, where it does not.
    Path,
}

/// The globs of a body: one, or two for each place at which anything may stand, with a `/` in it and without.
fn bodies(body: &[Step], style: &Style) -> Result<Vec<String>, String> {
    let mut globs = vec![Vec::new()];
    let anywhere: &[&str] = if matches!(style, Style::Ignore) { &["*", "*/**/*"] } else { &["*"] };
    for step in body {
        let options: Vec<Vec<u8>> = match step {
            Step::Byte(byte) => vec![escaped(*byte)?],
            // A rule must not miss a file for a member that globs cannot say.
            Step::Class(_, false) if matches!(style, Style::Path) => vec![b"?".to_vec()],
            Step::Class(ranges, _) => vec![bracketed(ranges)],
            // Where any character stands alone nobody means a `/`: `package-lock.json`.
            Step::Any | Step::Inside => vec![b"?".to_vec()],
            Step::Within => vec![b"*".to_vec()],
            Step::Anything => anywhere.iter().map(|glob| glob.as_bytes().to_vec()).collect(),
            Step::Many(_) => return Err("it repeats a class in its middle, which no glob can".to_owned()),
            Step::Start | Step::End => return Err("it has an anchor in its middle".to_owned()),
        };
        if globs.len() * options.len() > MOST {
            return Err(format!("it has more than {MOST} alternatives"));
        }
        globs = globs.iter().flat_map(|head| options.iter().map(move |tail| [&head[..], tail].concat())).collect();
    }
    let text = |glob| String::from_utf8(glob).map_err(|_| "it asks for bytes that are not UTF-8".to_owned());
    globs.into_iter().map(text).collect()
}

/// `byte` as it stands in a glob. Those of a longer character follow one another.
fn escaped(byte: u8) -> Result<Vec<u8>, String> {
    match byte {
        b'*' | b'?' | b'[' | b'{' | b'}' | b' ' => Ok(vec![b'[', byte, b']']),
        b'\\' => Err("it asks for a backslash, which keyward's paths do not have".to_owned()),
        byte if byte.is_ascii_control() => Err("it asks for a control character".to_owned()),
        byte => Ok(vec![byte]),
    }
}

fn bracketed(ranges: &[(u8, u8)]) -> Vec<u8> {
    let mut text = vec![b'['];
    for (first, last) in ranges {
        text.push(*first);
        if first != last {
            text.extend([b'-', *last]);
        }
    }
    text.push(b']');
    text
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use ignore::gitignore::{Gitignore, GitignoreBuilder};

    use super::*;

    fn globs(pattern: &str) -> Vec<String> {
        ignore_globs(pattern).unwrap_or_else(|problem| panic!("{pattern}: {problem}"))
    }

    #[test]
    fn usual_patterns_have_short_globs() {
        for (pattern, expected) in [
            ("testdata", &["*testdata*"][..]),
            (r".*test\.go", &["*test.go*"]),
            (r"(^|/)vendor/", &["vendor/"]),
            (r"(?:^|/)package-lock\.json$", &["package-lock.json", "!package-lock.json/"]),
            (r"(^|/)cmd/generate/config/rules", &["**/cmd/generate/config/rules*"]),
            (r"^docs/", &["/docs/"]),
            (r"^docs/[^/]+\.md$", &["/docs/?*.md", "!/docs/?*.md/"]),
            (r"(.*?)\.(jpg|gif)$", &["*.jpg", "!*.jpg/", "*.gif", "!*.gif/"]),
            (r"(^|/)\.env(/|$)", &[".env"]),
            (r"(?i)\.PNG$", &["*.[Pp][Nn][Gg]", "!*.[Pp][Nn][Gg]/"]),
            ("/fixtures/", &["*/**/fixtures/"]),
            (r"a/.*\.key$", &["**/*a/*.key", "!**/*a/*.key/", "**/*a/*/**/*.key", "!**/*a/*/**/*.key/"]),
            (r"/bin/|bin$", &["*bin", "!*bin/", "*/**/bin/"]),
            (r"^foo/[^/]*.*/bar/", &["/foo/*/bar/", "/foo/*/**/*/bar/"]),
            (r"^a/[^/]*[^/]*/b/", &["/a/*/b/"]),
            (r"^pkg/(v1|v2)?/x/", &["/pkg/v1/x/", "/pkg/v2/x/"]),
            (r"bin$", &["*bin", "!*bin/"]),
            (r"v\d+$|gen\d+", &["*gen[0-9]*"]),
            (r"[/\\]mocks?[/\\]", &["*/**/mock/", "*/**/mocks/"]),
            (r"(^|/)密钥 é\.txt$", &["密钥[ ]é.txt", "!密钥[ ]é.txt/"]),
        ] {
            if pattern.starts_with('v') {
                // A repeated class before an anchor has no glob, so the whole has none.
                assert!(ignore_globs(pattern).is_err());
            } else {
                assert_eq!(globs(pattern), expected, "{pattern}");
            }
        }
        assert_eq!(globs(r"gen\d+"), ["*gen[0-9]*"]);
    }

    #[test]
    fn what_has_no_glob_is_refused_with_the_reason() {
        for (pattern, reason) in [
            (".*", "it fits nearly every path"),
            ("", "it fits nearly every path"),
            (r"\bfoo\b", "it asks for the edge of a word, which no glob can"),
            (r"v\d+/x$", "it repeats a class in its middle, which no glob can"),
            ("(ab)*x$", "it repeats a group, which no glob can"),
            (r"a\\b", "it asks for a backslash, which keyward's paths do not have"),
            ("^/vendor/", "it asks for an empty name, which no path has"),
            ("vendor/$", "it asks for an empty name, which no path has"),
            ("a//b", "it asks for an empty name, which no path has"),
            (r"a\x07b", "it asks for a control character"),
            (r"a\xc3/b", "it asks for bytes that are not UTF-8"),
        ] {
            assert_eq!(ignore_globs(pattern).unwrap_err(), reason, "{pattern}");
        }
        let many = "(?:ab|bc|cd|de)x(?:ab|bc|cd|de)y(?:ab|bc|cd|de)";
        assert_eq!(ignore_globs(many).unwrap_err(), "it has more than 48 alternatives");
    }

    #[test]
    fn rules_look_at_the_files_of_their_pattern() {
        assert_eq!(path_globs(r"\.tfvars$").unwrap(), ["*.tfvars"]);
        assert_eq!(path_globs(r"(^|/)k8s/.*\.ya?ml$").unwrap(), ["**/k8s/*.yml", "**/k8s/*.yaml"]);
        assert_eq!(path_globs("^config").unwrap(), ["config*"]);
        // A `!` cannot be said in a class, and the rule must look at such files all the same.
        assert_eq!(path_globs(r"(^|/)conf[^a-z]x\.ini$").unwrap(), ["**/conf?x.ini", "**/conf/x.ini"]);
        assert_eq!(path_globs(r"^a[b!]c[0-9]\.ini$").unwrap(), ["a?c[0-9].ini"]);
        assert!(path_globs("^/vendor/").is_err());
    }

    #[test]
    fn constants_are_samples_of_values() {
        assert_eq!(samples("EXAMPLE").unwrap(), ["…EXAMPLE…"]);
        assert_eq!(samples("^acme_.*fake$").unwrap(), ["acme_…fake"]);
        assert_eq!(samples("^(?:a1|b2)").unwrap(), ["a1…", "b2…"]);
        assert_eq!(samples("[0-9]+x"), None);
    }

    /// Patterns, each with what it is in both forms.
    static BOTH: LazyLock<Vec<(&str, Gitignore, regex::Regex)>> = LazyLock::new(|| {
        let patterns = [
            "a",
            "^a",
            "a$",
            "(^|/)a/",
            "/b/",
            "(^|/)vendor",
            r"a\.b$",
            r"(^|/)\.env(/|$)",
            "a/b",
            "a.*x",
            "^a/[^/]*$",
            "(?:a|x)/",
            "[ab]x?/b",
            "a.b",
            "^a/[^/]*.*/b",
            ".*[^/]*/x",
            "[ab]*.*x/",
            "a/[^/]*[^/]*/b$",
            "a.*.*b$",
            r"/x/|x$",
            "a/(b|x)?/a",
        ];
        let both = |pattern| {
            let mut builder = GitignoreBuilder::new("");
            for glob in globs(pattern) {
                builder.add_line(None, &glob).unwrap();
            }
            (pattern, builder.build().unwrap(), regex::Regex::new(pattern).unwrap())
        };
        patterns.into_iter().map(both).collect()
    });

    proptest::proptest! {
        #[test]
        fn a_glob_leaves_out_nothing_that_its_pattern_does_not(
            path in r"(?:[ab]{1,2}|x|\.env|a\.b|vendor)(?:/(?:[ab]{1,2}|x|\.env|a\.b|vendor)){0,3}"
        ) {
            for (pattern, globs, regex) in &*BOTH {
                let ignored = globs.matched_path_or_any_parents(&path, false).is_ignore();
                let found = regex.is_match(&path);
                // A `/` for a dot is told apart in the module's own words.
                proptest::prop_assert!(
                    ignored == found || (*pattern == "a.b" && found),
                    "{pattern} {path} {ignored} {found}"
                );
            }
        }
    }
}
