//! Reports for the tests of this module: one with everything that is awkward in it, one with nothing.

use crate::{
    model::{
        Confidence, Coverage, Excerpt, ExcerptSpan, Finding, Fingerprint, Group, Location, Mode, Notice, Origin,
        OriginKind, Related, Report, RuleId, SCHEMA, Secret, SecretSummary, Severity, SkipReason, Skipped, Summary,
        SuppressedBy, Suppression, Tool, Verification,
    },
    rules::{RuleSet, template},
};

/// A path that tries to break out of a table, a code span, a workflow command, a URL and a line.
pub(super) const HOSTILE: &str = "docs/a|b`c\u{202e}[x](y)<b>\n#%, ü.md";

/// A key that never was one: the same for the same seed.
pub(super) fn key(prefix: &str, seed: &str) -> Secret {
    let text = template::expand(&format!("{prefix}{{alnum:74}}T3BlbkFJ{{alnum:74}}"), seed);
    Secret::new(text.as_bytes(), prefix.len())
}

/// A finding of `secret` in `{before}{secret}{after}` on `line` of `path`, with the excerpt a scan would give it.
pub(super) fn finding(path: &str, line: u32, (before, after): (&str, &str), secret: &Secret) -> Finding {
    let masked = secret.masked_in_place();
    let column = u32::try_from(before.chars().count()).unwrap() + 1;
    let length = u32::try_from(secret.length()).unwrap();
    let rule = RuleId::new("openai-api-key");
    Finding {
        fingerprint: Fingerprint::of("finding", &[rule.as_str().as_bytes(), path.as_bytes(), secret.expose()]),
        rule,
        group: Group::Secrets,
        provider: Some("openai".into()),
        kind: Some("project".into()),
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "OpenAI project key in source code".into(),
        help: "Revoke the key, create a new one, and read it from OPENAI_API_KEY instead of writing it into a file."
            .into(),
        location: Location {
            path: path.into(),
            start_line: line,
            start_column: column,
            end_line: line,
            end_column: column + length,
            cell: None,
            line_hash: None,
        },
        origin: Origin::plain(OriginKind::Tree),
        secret: Some(SecretSummary {
            masked: secret.masked(),
            length: secret.length(),
            fingerprint: secret.fingerprint(),
            revealed: None,
        }),
        decoded: Vec::new(),
        exposure: Vec::new(),
        verification: Verification::NOT_REQUESTED,
        related: Vec::new(),
        fixes: Vec::new(),
        suppressed: None,
        excerpt: Some(Excerpt {
            text: format!("{before}{masked}{after}"),
            first_line: line,
            cut_before: false,
            span: ExcerptSpan { start: before.len(), length: masked.len() },
        }),
    }
}

/// One secret in two files, an admin key under a hostile name, a suppressed finding, notices, and files that were not read.
pub(super) fn report() -> Report {
    let leaked = key("sk-proj-", "leaked");
    let env = finding("config/old.env", 1, ("OPENAI_API_KEY=", ""), &leaked);
    let mut admin = finding(HOSTILE, 7, ("    \"admin\": \"", "\","), &key("sk-admin-", "admin"));
    admin.rule = RuleId::new("openai-admin-key");
    admin.kind = Some("admin".into());
    admin.message = "OpenAI admin key in documentation".into();
    admin.help =
        "Revoke the key now, look through the organisation's audit log, and keep the new one in a secret store.".into();
    let mut app = finding("src/app.py", 3, ("client = OpenAI(api_key=\"", "\", timeout=30)"), &leaked);
    app.location.line_hash = Some("83fa1f01f8d6c4e5:1".into());
    app.related = vec![Related {
        message: "defined here".into(),
        location: Location { line_hash: None, ..env.location.clone() },
    }];
    let mut allowed = finding("tests/fixture.py", 12, ("KEY = \"", "\""), &key("sk-proj-", "allowed"));
    allowed.suppressed =
        Some(Suppression { by: SuppressedBy::Inline, reason: "a made-up key, checked by hand".into() });
    with(vec![env, admin, app, allowed])
}

/// The awkward run, with these findings.
pub(super) fn with(findings: Vec<Finding>) -> Report {
    Report {
        coverage: Coverage {
            complete: false,
            skipped: vec![
                Skipped { path: "assets/logo.png".into(), reason: SkipReason::Binary },
                Skipped { path: "assets/photo.jpg".into(), reason: SkipReason::Binary },
                Skipped { path: "data/dump.sql".into(), reason: SkipReason::TooLarge },
            ],
            ..clean().coverage
        },
        summary: Summary::of(&findings),
        findings,
        notices: vec![
            Notice {
                code: "stale-allow".into(),
                message: "the allow entry for `openai-api-key` in legacy/ matches nothing any more".into(),
                help: Some("remove the entry".into()),
                path: Some("keyward.toml".into()),
                line: Some(12),
            },
            Notice {
                code: "unreadable".into(),
                message: "cannot read a\u{1b}]0;title\u{7}: permission denied".into(),
                help: None,
                path: Some("a\u{1b}]0;title\u{7}".into()),
                line: None,
            },
        ],
        ..clean()
    }
}

/// Nothing found, everything read.
pub(super) fn clean() -> Report {
    Report {
        schema: SCHEMA,
        tool: Tool { name: "keyward".into(), version: "0.1.0".into(), rules: "0".repeat(64) },
        repo_id: None,
        repos: Vec::new(),
        shard: None,
        coverage: Coverage {
            mode: Mode::Tree,
            files: 812,
            bytes: 5_120_000,
            commits: 0,
            blobs: 0,
            complete: true,
            skipped: Vec::new(),
        },
        summary: Summary::default(),
        findings: Vec::new(),
        notices: Vec::new(),
    }
}

/// What `format` writes for `report` with the built-in rules.
pub(super) fn written(format: &dyn super::Format, report: &Report) -> String {
    let mut out = Vec::new();
    format.write(report, &RuleSet::builtin(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A report whose first finding and whose notice bear whatever names the scanned repository gave them.
pub(super) fn named(path: String, message: String) -> Report {
    let mut report = report();
    report.findings.truncate(1);
    report.findings[0].location.path.clone_from(&path);
    report.findings[0].message.clone_from(&message);
    report.notices[1].path = Some(path);
    report.notices[1].message = message;
    report
}
