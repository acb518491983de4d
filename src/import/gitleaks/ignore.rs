//! `.gitleaksignore`: findings that were accepted, by their line.
//!
//! A line is `path:rule:line`, or the same behind the id of a commit; a path leads into archives by `!`. keyward accepts a secret wherever it stands, so each is looked up once, and
//! what is found there goes into the baseline.

use super::{
    super::{Fate, Known, Mark, Place, Plan, quoted},
    Names, Source, rules_for,
};

/// Lines that are read.
const MOST: usize = 100_000;

/// Reads the file `source` into `plan`, given what the rules of the configuration are called here.
pub fn read(source: Source<'_>, names: &Names, plan: &mut Plan) {
    let (mut number, mut entries) = (0, 0);
    for line in source.text.lines() {
        number += 1;
        let text = line.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let place = Place::line(source.name, number);
        entries += 1;
        if entries > MOST {
            plan.unread(&place, format!("what follows was not read: the file has more than {MOST} entries"));
            return;
        }
        match entry(text) {
            Some((commit, path, rule, line)) => {
                let rules = names.get(rule).cloned().unwrap_or_else(|| rules_for(rule));
                // Only the rule tells the key that was accepted from others in its line.
                if rules.is_empty() {
                    plan.left(&place, format!("not accepted: keyward has no rule for `{}`", quoted(rule)));
                    continue;
                }
                let mark = Mark::Line { line, commit: commit.map(str::to_lowercase) };
                plan.known.push(Known { place, path: path.replace('\\', "/"), mark, rules, fate: Fate::Accept });
            }
            None => plan.unread(
                &place,
                format!("`{}` is no fingerprint of the form `path:rule:line`: correct or remove it", quoted(text)),
            ),
        }
    }
}

/// Commit, path, rule and line. The path may hold colons, so it is read from both ends.
fn entry(text: &str) -> Option<(Option<&str>, &str, &str, u32)> {
    let mut parts = text.rsplitn(3, ':');
    let (line, rule, rest) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    // gitleaks compares whole ids.
    let is_commit = |id: &str| matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit), path),
        _ => (None, rest),
    };
    (!path.is_empty() && !rule.is_empty()).then_some((commit, path, rule, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_and_without_a_commit() {
        assert_eq!(entry("src/a.py:aws-access-token:12"), Some((None, "src/a.py", "aws-access-token", 12)));
        let commit = "5ed010c944ccc715cb9245abafd4e97d98d75e9f";
        let text = format!("{commit}:src/a:b.py:jwt:3");
        assert_eq!(entry(&text), Some((Some(commit), "src/a:b.py", "jwt", 3)));
        assert_eq!(entry("5ed010c:a.py:jwt:3"), Some((None, "5ed010c:a.py", "jwt", 3)), "gitleaks compares whole ids");
        for wrong in ["src/a.py", "a:b", "a:b:c", ":b:1", "a::1", "a:b:-1"] {
            assert_eq!(entry(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_fingerprint_is_said_with_its_line() {
        let mut plan = Plan::default();
        let text = "# a comment\n\nsrc\\a.py:openai-api-key:2\nnonsense\n";
        read(Source { name: ".gitleaksignore", text }, &Names::new(), &mut plan);
        assert_eq!(plan.known.len(), 1);
        assert_eq!((plan.known[0].path.as_str(), &plan.known[0].rules[0]), ("src/a.py", &"openai-api-key".to_owned()));
        assert_eq!(plan.said.len(), 1);
        assert_eq!(plan.said[0].place.to_string(), ".gitleaksignore:4");
    }
}
