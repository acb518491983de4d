//! The file and the command line together, on folders made for each test.

use std::{fs, path::Path};

use miette::Diagnostic as _;
use tempfile::TempDir;

use super::*;
use crate::model::{Date, RuleId};

fn root(config: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("keyward.toml"), config).unwrap();
    root
}

fn of(config: &str) -> Result<Settings, ConfigError> {
    settings(&ScanArgs::default(), root(config).path(), None)
}

fn with(config: &str, change: impl FnOnce(&mut ScanArgs)) -> Result<Settings, ConfigError> {
    let mut args = ScanArgs::default();
    change(&mut args);
    settings(&args, root(config).path(), None)
}

/// The error's code, sentence, way out, and the text it points at.
fn told(config: &str) -> (String, String, String, String) {
    let error = of(config).unwrap_err();
    let label = error.labels().unwrap().next().unwrap();
    let at = &config[label.offset()..label.offset() + label.len()];
    let help = error.help().unwrap().to_string();
    (error.code().unwrap().to_string(), error.to_string(), help, at.to_owned())
}

fn expect(config: &str, code: &str, message: &str, help: &str, at: &str) {
    let told = told(config);
    let wanted = (format!("keyward::config::{code}"), message.to_owned(), help.to_owned(), at.to_owned());
    assert_eq!(told, wanted, "{config}");
}

const CUSTOM_RULE: &str =
    "[[rule]]\nid = 'acme-token'\nsummary = 'Acme token'\nliterals = ['acme_']\npattern = 'acme_[a-z]{20}'\n";

#[test]
fn without_a_file_the_defaults_hold() {
    let root = tempfile::tempdir().unwrap();
    let settings = settings(&ScanArgs::default(), root.path(), None).unwrap();
    assert_eq!(settings.fail_on, FailOn::Warning);
    assert_eq!(settings.max_file_size, 256 * 1024 * 1024);
    assert_eq!((settings.config, settings.baseline, settings.exit_zero), (None, None, false));
    assert!(settings.allows.is_empty() && settings.skipped.is_empty());
    assert_eq!(settings.rules.digest(), RuleSet::builtin().digest());
}

#[test]
fn every_key_is_read() {
    let config = format!(
        "skip = ['openai-admin-key']\nfail-on = 'error'\nexclude = ['*.pem']\nbaseline = 'ci/accepted'\nmax-file-size = '5M'\n\n\
         [[allow]]\nrule = 'openai'\npath = 'docs/'\nfingerprint = 'kw1:0123456789abcdef01234567'\nreason = ' sample '\n\
         expires = 2026-12-31\n\n{CUSTOM_RULE}"
    );
    let settings = of(&config).unwrap();
    assert_eq!(settings.fail_on, FailOn::Error);
    assert_eq!(settings.max_file_size, 5 << 20);
    assert!(settings.exclude.covers_file("a/b.pem"));
    assert_eq!(settings.baseline.unwrap().name, "ci/accepted");
    assert_eq!(settings.config.unwrap().name, "keyward.toml");
    assert!(settings.rules.get(&RuleId::new("openai-admin-key")).is_none());
    assert_eq!(settings.rules.get(&RuleId::new("acme-token")).unwrap().provider.id, "custom");
    let [allow] = &settings.allows[..] else { panic!("one entry") };
    assert_eq!(allow.rule.as_deref(), Some("openai"));
    assert_eq!(allow.path.as_ref().unwrap().as_str(), "docs/");
    assert_eq!(allow.fingerprint.as_ref().unwrap().as_str(), "kw1:0123456789abcdef01234567");
    assert_eq!((allow.reason.as_str(), allow.expires, allow.line), ("sample", Date::new(2026, 12, 31), 7));
}

#[test]
fn the_command_line_wins_over_the_file() {
    let config = "only = ['openai-admin-key']\nfail-on = 'never'\nbaseline = 'a'\nmax-file-size = 5";
    let settings = with(config, |args| {
        args.policy.only = vec!["openai-api-key".into()];
        args.policy.fail_on = Some(FailOn::Note);
        args.policy.baseline = Some("elsewhere/b".into());
        args.reading.max_file_size = Some(7);
    })
    .unwrap();
    let ids: Vec<&str> = settings.rules.iter().map(|(_, rule)| rule.id().as_str()).collect();
    assert_eq!(ids, ["openai-api-key"]);
    assert_eq!((settings.fail_on, settings.max_file_size), (FailOn::Note, 7));
    assert_eq!(settings.baseline.unwrap().path, Path::new("elsewhere/b"));
}

#[test]
fn a_typed_skip_replaces_the_skip_of_the_file() {
    let settings =
        with("skip = ['openai-api-key']", |args| args.policy.skip = vec!["openai-admin-key".into()]).unwrap();
    assert!(settings.rules.get(&RuleId::new("openai-api-key")).is_some());
    assert!(settings.rules.get(&RuleId::new("openai-admin-key")).is_none());
}

#[test]
fn names_of_rules_that_do_not_run_are_kept_apart() {
    let settings = of("skip = ['openai-admin-key']").unwrap();
    let skipped: Vec<&str> = settings.skipped.iter().map(String::as_str).collect();
    assert_eq!(skipped, ["openai", "openai-admin-key", "secrets"]);
    assert!(settings.known.contains("openai-admin-key") && settings.known.contains("openai-api-key"));
}

#[test]
fn an_allow_entry_may_name_a_rule_that_is_skipped_or_the_users_own() {
    let config = format!(
        "skip = ['openai-admin-key']\n[[allow]]\nrule = 'openai-admin-key'\nreason = 'x'\n\
         [[allow]]\nrule = 'acme-token'\nreason = 'x'\n[[allow]]\nrule = 'custom'\nreason = 'x'\n{CUSTOM_RULE}"
    );
    assert_eq!(of(&config).unwrap().allows.len(), 3);
}

#[test]
fn a_selection_that_leaves_nothing_is_an_error() {
    assert!(matches!(of("skip = ['secrets', 'env']"), Err(ConfigError::NoRules)));
    let error = with("skip = ['openai']", |args| args.policy.only = vec!["openai".into()]).unwrap_err();
    assert_eq!(error.to_string(), "no rule is left to run");
}

#[test]
fn an_unknown_rule_is_named_with_the_nearest_one() {
    let (message, help) =
        ("there is no rule, provider or group called `openai-api-kye`", "did you mean `openai-api-key`?");
    let help = format!("{help} `keyward rules` lists all");
    expect("skip = ['openai-api-kye']", "unknown_rule", message, &help, "'openai-api-kye'");
    expect("only = ['openai-api-kye']", "unknown_rule", message, &help, "'openai-api-kye'");
    let allow = "[[allow]]\nreason = 'x'\nrule = 'openai-api-kye'";
    expect(allow, "unknown_rule", message, &help, "'openai-api-kye'");
}

#[test]
fn an_unknown_rule_on_the_command_line_is_an_error_too() {
    let error = with("", |args| args.policy.only = vec!["opnai".into()]).unwrap_err();
    assert_eq!(error.to_string(), "there is no rule, provider or group called `opnai`");
    assert_eq!(error.code().unwrap().to_string(), "keyward::rules::unknown");
    assert_eq!(error.help().unwrap().to_string(), "did you mean `openai`? `keyward rules` lists all");
}

#[test]
fn an_allow_entry_needs_a_condition_and_a_reason() {
    let help = "add `rule`, `path` or `fingerprint`; the report shows the fingerprint of each finding";
    let message = "this entry does not say what it allows";
    expect("\n[[allow]]\nreason = 'x'", "bad_allow", message, help, "[[allow]]");
    let help = "add `reason = \"why it is no leak\"`";
    for without in ["[[allow]]\nrule = 'openai'", "[[allow]]\nrule = 'openai'\nreason = ' '"] {
        expect(without, "bad_allow", "this entry has no reason", help, "[[allow]]");
    }
}

#[test]
fn a_malformed_fingerprint_is_pointed_at() {
    let message = "`kw1:12` is not a fingerprint";
    let help = "copy it from a report: `kw1:` and 24 digits of 0-9 and a-f";
    expect("[[allow]]\nreason = 'x'\nfingerprint = 'kw1:12'", "bad_value", message, help, "'kw1:12'");
}

#[test]
fn a_date_may_be_toml_or_text_and_must_exist() {
    let with = |date: &str| format!("[[allow]]\nreason = 'x'\nrule = 'openai'\nexpires = {date}");
    for date in ["2026-12-31", "'2026-12-31'"] {
        assert_eq!(of(&with(date)).unwrap().allows[0].expires, Date::new(2026, 12, 31));
    }
    let help = "write the last day on which the entry holds, such as `expires = 2026-12-31`";
    for date in ["'31.12.2026'", "2026-12-31T10:00:00Z", "10:00:00", "20261231", "'2026-02-30'"] {
        expect(&with(date), "bad_value", "`expires` is not a date", help, date);
    }
}

#[test]
fn a_bad_glob_of_an_allow_entry_is_pointed_at() {
    let help = "write it as a line of .gitignore, such as `fixtures/` or `*.pem`";
    let with = |glob: &str| format!("[[allow]]\nreason = 'x'\npath = '{glob}'");
    let message = "this glob cannot be used: unclosed character class; missing ']'";
    expect(&with("a/[b"), "bad_value", message, help, "'a/[b'");
    let message = "this glob cannot be used: it begins with `!`, which has no meaning here";
    expect(&with("!a"), "bad_value", message, help, "'!a'");
}

#[test]
fn sizes_are_read_as_on_the_command_line() {
    for (written, bytes) in [("'5M'", 5 << 20), ("'200 k'", 200 << 10), ("17", 17), ("'17'", 17)] {
        assert_eq!(of(&format!("max-file-size = {written}")).unwrap().max_file_size, bytes);
    }
    let help = "write a number with k, M or G, such as `max-file-size = \"5M\"`";
    for wrong in ["'lots'", "-1", "1.5", "true", "''", "'99999999999G'", "'--help'", "'1 --no-ignore'"] {
        expect(&format!("max-file-size = {wrong}"), "bad_value", "`max-file-size` is not a size", help, wrong);
    }
}

#[test]
fn the_baseline_of_the_file_stays_inside_the_root() {
    for outside in ["/etc/passwd", "../b", "a/../../b", "a/../b", "C:/b", "..\\\\b", "\\\\\\\\host\\\\b"] {
        let config = format!("baseline = \"{outside}\"");
        let (code, message, ..) = told(&config);
        assert_eq!(code, "keyward::config::bad_value");
        assert_eq!(message, "`baseline` leads out of the repository", "{outside}");
    }
    for nothing in ["", ".", "./."] {
        assert_eq!(told(&format!("baseline = '{nothing}'")).1, "`baseline` names no file", "{nothing}");
    }
    assert_eq!(of("baseline = './ci/./b'").unwrap().baseline.unwrap().name, "ci/b");
}

#[cfg(unix)]
#[test]
fn a_link_does_not_take_the_baseline_out_of_the_root() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    let root = root("baseline = 'ci/list'");
    symlink(outside.path(), root.path().join("ci")).unwrap();
    let error = settings(&ScanArgs::default(), root.path(), None).unwrap_err();
    assert_eq!(error.to_string(), "`baseline` leads out of the repository");
    let root = self::root("");
    symlink(outside.path().join("list"), root.path().join(BASELINE)).unwrap();
    fs::write(outside.path().join("list"), "").unwrap();
    let error = settings(&ScanArgs::default(), root.path(), None).unwrap_err();
    assert!(matches!(error, ConfigError::Outside { .. }), "{error}");
}

#[test]
fn a_baseline_at_the_default_place_is_used_unless_no_config_is_wanted() {
    let root = root("");
    let args = ScanArgs::default();
    assert_eq!(settings(&args, root.path(), None).unwrap().baseline, None);
    assert_eq!(
        settings(&args, root.path(), None).unwrap().baseline_target(root.path()).path,
        root.path().join(BASELINE)
    );
    fs::write(root.path().join(BASELINE), "").unwrap();
    assert_eq!(settings(&args, root.path(), None).unwrap().baseline.unwrap().name, BASELINE);
    let mut args = args;
    args.policy.no_config = true;
    assert_eq!(settings(&args, root.path(), None).unwrap().baseline, None);
}

#[test]
fn a_named_file_is_read_instead_and_no_config_reads_none() {
    let root = root("fail-on = 'never'");
    fs::write(root.path().join("strict.toml"), "fail-on = 'note'").unwrap();
    let mut args = ScanArgs::default();
    args.policy.config = Some(root.path().join("strict.toml"));
    let read = settings(&args, root.path(), None).unwrap();
    assert_eq!((read.fail_on, read.config.unwrap().name.as_str()), (FailOn::Note, "strict.toml"));
    args.policy = PolicyArgs { no_config: true, ..PolicyArgs::default() };
    let read = settings(&args, root.path(), None).unwrap();
    assert_eq!((read.fail_on, read.config), (FailOn::Warning, None));
}

#[test]
fn a_named_file_that_is_missing_is_an_error() {
    let error = with("", |args| args.policy.config = Some("/nowhere/keyward.toml".into())).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the configuration /nowhere/keyward.toml: "), "{error}");
}

#[test]
fn a_rule_that_contradicts_itself_is_pointed_at() {
    let config = "[[rule]]\nid = 'acme'\nsummary = 'x'\nliterals = ['ab']\npattern = 'ab'";
    let help = "use a longer constant part, or `anchor = \"assignment\"` with the name of the variable";
    expect(config, "bad_rule", "rule `acme`: the literal `ab` is shorter than 3 bytes", help, "[[rule]]");
    let taken = CUSTOM_RULE.replace("acme-token", "openai-api-key");
    let message = "rule `openai-api-key`: there is already a rule with this id";
    expect(&taken, "bad_rule", message, "choose another id", "[[rule]]");
}

#[test]
fn a_rule_cannot_send_escape_codes_to_the_terminal() {
    let config = CUSTOM_RULE.replace("'Acme token'", "\"Acme \\u001b[2J\"");
    let message = "`summary` of this rule holds a control character";
    expect(&config, "bad_rule", message, "remove it: the text is shown on terminals", "[[rule]]");
    for hostile in [("acme-token", "acme\\u001b"), ("acme_[a-z]{20}", "(\\u001b")] {
        let config = CUSTOM_RULE.replace(hostile.0, hostile.1).replace('\'', "\"");
        let (code, message, ..) = told(&config);
        assert_eq!(code, "keyward::config::bad_rule");
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
}

#[test]
fn rule_folders_are_read_in_the_order_of_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let provider = "[provider]\nid = 'acme'\nname = 'Acme'\n";
    fs::write(folder.path().join("b.toml"), format!("{provider}{}", CUSTOM_RULE.replace("acme-token", "second")))
        .unwrap();
    fs::write(folder.path().join("a.toml"), format!("{provider}{}", CUSTOM_RULE.replace("acme-token", "first")))
        .unwrap();
    fs::write(folder.path().join("notes.md"), "no rule").unwrap();
    let change = |args: &mut ScanArgs| {
        args.policy.rules = vec![folder.path().to_owned()];
        args.policy.only = vec!["acme".into()];
    };
    let settings = with("", change).unwrap();
    let ids: Vec<&str> = settings.rules.iter().map(|(_, rule)| rule.id().as_str()).collect();
    assert_eq!(ids, ["first", "second"]);
}

#[test]
fn a_rule_folder_that_is_missing_or_holds_no_rules_is_an_error() {
    let error = with("", |args| args.policy.rules = vec!["/nowhere/rules".into()]).unwrap_err();
    assert_eq!(error.code().unwrap().to_string(), "keyward::rules::unreadable");
    let empty = tempfile::tempdir().unwrap();
    let error = with("", |args| args.policy.rules = vec![empty.path().to_owned()]).unwrap_err();
    assert!(error.to_string().ends_with("it holds no .toml file"), "{error}");
}

#[test]
fn explain_sees_rules_that_do_not_run() {
    let root = root(&format!("skip = ['openai']\nonly = ['acme-token']\n{CUSTOM_RULE}"));
    let rules = all_rules(&PolicyArgs::default(), root.path()).unwrap();
    assert!(rules.get(&RuleId::new("openai-api-key")).is_some() && rules.get(&RuleId::new("acme-token")).is_some());
}

#[test]
fn an_error_shows_the_line_it_is_about() {
    let error = of("skip = []\nfail_on = 'error'\n").unwrap_err();
    let mut shown = String::new();
    let plain = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    plain.render_report(&mut shown, &error).unwrap();
    assert!(shown.contains("keyward.toml:2:1") && shown.contains("2 │ fail_on = 'error'"), "{shown}");
    assert!(shown.contains("did you mean `fail-on`?"), "{shown}");
}
