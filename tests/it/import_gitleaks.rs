//! Moving in from gitleaks: nothing is silenced that was not, and no rule finds less than it did.

use keyward::rules::template::expand;

use crate::{
    archives::pack::{gzip, tar},
    support::{Project, Ran, openai_key},
};

const IMPORT: &[&str] = &["import", "gitleaks", "--write"];

fn acme(seed: &str) -> String {
    expand("acme_live_{lowalnum:24}", seed)
}

const ACME: &str = "[[rules]]\nid = 'acme-token'\nregex = 'acme_live_[a-z0-9]{24}'\nkeywords = ['acme_live_']\n";

/// A repository with this configuration, and a key of Acme in each of `paths`.
fn with(config: &str, paths: &[&str]) -> Project {
    let project = Project::new();
    project.file(".gitleaks.toml", config);
    for path in paths {
        project.file(path, format!("k = '{}'\n", acme(path)));
    }
    project
}

/// Imports, and gives what is said.
fn imported(project: &Project) -> Ran {
    let ran = project.keyward(IMPORT);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran
}

fn says(ran: &Ran, sentence: &str) {
    assert!(ran.stderr.contains(sentence), "{sentence:?} is not in\n{}", ran.stderr);
}

#[test]
fn a_disabled_rule_that_the_file_has_itself_goes_on() {
    let project = with(
        "[extend]\nuseDefault = true\ndisabledRules = ['openai-api-key', 'sendgrid-api-token']\n[[rules]]\nid = 'openai-api-key'\n\
         regex = 'sk-proj-[A-Za-z0-9_-]{74}T3BlbkFJ[A-Za-z0-9_-]{74}'\n[[rules]]\nid = 'sendgrid-api-token'\n",
        &[],
    );
    project.file("a.py", format!("k = '{}'\n", openai_key("a")));
    project.file("b.py", format!("k = '{}'\n", expand("SG.{url64:22}.{url64:43}", "b")));
    let ran = imported(&project);
    says(
        &ran,
        ".gitleaks.toml:3: `openai-api-key` is disabled, and goes on all the same: the file has a rule of that name itself\n",
    );
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key"], "an entry without a pattern is no rule");
}

#[test]
fn what_is_allowed_for_one_rule_is_not_for_a_wider_one_of_keyward() {
    let list = |targets: &str| {
        format!(
            "[extend]\nuseDefault = true\n[[allowlists]]\ntargetRules = [{targets}]\npaths = ['^docs/']\nstopwords = ['a']\n"
        )
    };
    let project = with(&list("'gitlab-feed-token', 'openai-api-key'"), &[]);
    project.file("docs/a.md", format!("k = '{}'\n", expand("gldt-{url64:20}", "docs")));
    project.file("docs/b.md", format!("k = '{}'\n", openai_key("docs")));
    let ran = imported(&project);
    says(
        &ran,
        ".gitleaks.toml:3: this allowlist is for `gitlab-feed-token`, but keyward's `gitlab-other-token` finds the keys of \
         `gitlab-cicd-job-token`, `gitlab-deploy-token`, ",
    );
    assert_eq!(project.findings(&[]), ["docs/a.md:1 gitlab-other-token"]);
    // Whoever means all of them gets what he means; a rule that is disabled is found by nobody.
    let all = "'gitlab-cicd-job-token', 'gitlab-deploy-token', 'gitlab-feature-flag-client-token', 'gitlab-feed-token', \
               'gitlab-incoming-mail-token', 'gitlab-kubernetes-agent-token', 'gitlab-oauth-app-secret', 'gitlab-ptt'";
    let config = list(all).replace("true\n", "true\ndisabledRules = ['gitlab-scim-token']\n");
    project.file(".gitleaks.toml", config);
    assert_eq!(project.keyward(&["import", "gitleaks", "--write", "--force"]).code, 0);
    assert_eq!(project.findings(&[]), ["docs/b.md:1 openai-api-key"]);
}

#[test]
fn a_path_of_one_rule_that_ends_in_a_name_covers_files_and_no_folders() {
    let lists = "[[rules.allowlists]]\npaths = ['bin$', '\\.conf$', '(^|/)samples/']\n";
    let paths = ["app/bin", "bin/a.py", "x.conf", "y.conf/a.py", "samples/a.py"];
    let project = with(&format!("{ACME}{lists}"), &paths);
    let ran = imported(&project);
    says(
        &ran,
        "exceptions for path `bin$` (a glob would cover folders of that name) hold for the present only, because keyward's exceptions name \
         secrets and not their looks: the one finding that fits now is an exception\n",
    );
    assert_eq!(project.findings(&[]), ["bin/a.py:1 acme-token", "y.conf/a.py:1 acme-token"]);
    project.file("samples/new.py", format!("k = '{}'\n", acme("new")));
    project.file("new/bin", format!("k = '{}'\n", acme("new bin")));
    assert_eq!(
        project.findings(&[]),
        ["bin/a.py:1 acme-token", "new/bin:1 acme-token", "y.conf/a.py:1 acme-token"],
        "folders have a glob, and hold for what comes"
    );
}

#[test]
fn excluded_files_leave_folders_of_their_name_and_take_back_no_excluded_folder() {
    let lists =
        "[allowlist]\npaths = ['''(^|/)bin/''', '''(.*?)(bin|\\.config|conf\\.d)$''', '''testdata''', '''data$''']\n";
    let paths =
        ["bin/a.py", "tool/cbin", "cbin/a.py", "a.config", "b.config/a.py", "etc/conf.d/a", "testdata/a", "data/a"];
    let project = with(&format!("{ACME}{lists}"), &paths);
    let ran = imported(&project);
    says(&ran, "taken over from .gitleaks.toml: 6 excluded paths,");
    assert_eq!(
        project.findings(&[]),
        ["b.config/a.py:1 acme-token", "cbin/a.py:1 acme-token", "data/a:1 acme-token", "etc/conf.d/a:1 acme-token"]
    );
}

#[test]
fn stars_beside_one_another_and_empty_names_exclude_nothing_else() {
    let lists = "[allowlist]\npaths = ['''^foo/[^/]*.*/bar/''', '''^/vendor/''', '''^pkg/(v1|v2)?/x/''']\n";
    let paths =
        ["foo/a/bar/k", "foo/a/b/bar/k", "foo/k", "vendor/k", "a/vendor/k", "pkg/v1/x/k", "pkg/x/k", "pkg/v3/x/k"];
    let project = with(&format!("{ACME}{lists}"), &paths);
    says(&imported(&project), "path `^/vendor/` has no equal glob: it asks for an empty name, which no path has;");
    assert_eq!(
        project.findings(&[]),
        [
            "a/vendor/k:1 acme-token",
            "foo/k:1 acme-token",
            "pkg/v3/x/k:1 acme-token",
            "pkg/x/k:1 acme-token",
            "vendor/k:1 acme-token"
        ]
    );
}

#[test]
fn patterns_over_matches_are_tried_on_the_secret_alone() {
    let project =
        with(&format!("{ACME}[allowlist]\nregexTarget = 'match'\nregexes = ['(?i)test.*', 'sandbox']\n"), &[]);
    project.file("a.py", format!("latest = 1; k = '{}'\n", openai_key("a")));
    project.file("b.py", format!("k = 'acme_live_sandbox{}'\n", expand("{lowalnum:17}", "b")));
    says(&imported(&project), "`regexTarget = \"match\"` is tried on the secret alone:");
    assert_eq!(project.findings(&[]), ["a.py:1 openai-api-key"]);
}

#[test]
fn stop_words_are_neither_trimmed_nor_empty() {
    let both = "[[allowlists]]\nstopwords = ['sk ', ' T3BlbkFJ']\n[[allowlists]]\ncondition = 'AND'\nstopwords = ['']\npaths = ['.']\n";
    let project = with(&format!("{ACME}[[rules.allowlists]]\nstopwords = [' a', 'e ', '']\n{both}"), &["a.py"]);
    project.file("b.py", format!("k = '{}'\n", openai_key("b")));
    says(
        &imported(&project),
        ".gitleaks.toml:9: this allowlist needs its `stopwords`, of which none can be used: it was left out\n",
    );
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token", "b.py:1 openai-api-key"]);
}

#[test]
fn what_is_set_for_a_rule_that_keyward_has_is_said() {
    let project = with(
        "[extend]\nuseDefault = true\n[[rules]]\nid = 'stripe-access-token'\npath = '^src/'\nentropy = 4.0\nkeywords = ['x']\ntags = ['y']\n",
        &[],
    );
    says(
        &imported(&project),
        ".gitleaks.toml:3: what rule `stripe-access-token` sets (`path`, `entropy`, `keywords`, `tags`) is left out, because keyward's own stand for \
         it (`stripe-live-key`, `stripe-test-key`); if that matters, give it its pattern and another id\n",
    );
}

#[test]
fn an_imported_rule_finds_what_it_found_whatever_the_keyword_and_the_name_of_the_file() {
    let project = with(
        "[[rules]]\nid = 'acme-token'\nregex = 'acme_live_[a-z0-9]{24}'\nkeywords = ['acmecorp']\npath = '''(^|/)conf[^a-z]x\\.ini$'''\n",
        &["conf!x.ini", "sub/conf-x.ini", "confax.ini", "other.py"],
    );
    project.file("conf_x.ini", format!("# acmecorp\n{}\nk = '{}'\n", "#\n".repeat(2_000), acme("far")));
    let ran = imported(&project);
    says(
        &ran,
        ".gitleaks.toml:3: `keywords` of rule `acme-token` are left out: gitleaks asks that one stands anywhere in the file",
    );
    let found = project.findings(&[]);
    for place in ["conf!x.ini:1", "sub/conf-x.ini:1", "conf_x.ini:2003"] {
        assert!(found.contains(&format!("{place} acme-token")), "{place} is not in {found:?}");
    }
    assert!(!found.iter().any(|found| found.starts_with("other.py")), "{found:?}");
}

#[test]
fn an_imported_rule_finds_every_one_of_many_keys_in_a_row() {
    let project = with("[[rules]]\nid = 'acme-token'\nregex = 'acme_live_[a-z0-9]{20,}'\n", &[]);
    let lines: Vec<String> = (0..30).map(|number| format!("k = '{}'\n", acme(&number.to_string()))).collect();
    project.file("a.py", lines.concat());
    imported(&project);
    let expected: Vec<String> = (1..=30).map(|line| format!("a.py:{line} acme-token")).collect();
    assert_eq!(project.findings(&[]), expected);
}

#[test]
fn the_entropy_of_an_imported_rule_is_that_of_the_whole_secret() {
    let rule = |entropy: &str| format!("{ACME}entropy = {entropy}\n");
    let project = with(&rule("3.0"), &[]);
    // 3.2 bits with its prefix, and 2 without.
    project.file("a.py", format!("k = 'acme_live_{}'\n", "qjzk".repeat(6)));
    imported(&project);
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token"]);
    project.file(".gitleaks.toml", rule("3.4"));
    assert_eq!(project.keyward(&["import", "gitleaks", "--write", "--force"]).code, 0);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
}

#[test]
fn words_that_nobody_listed_and_groups_without_text_silence_no_imported_rule() {
    let project = with(
        "[[rules]]\nid = 'acme-token'\nregex = 'acme_live_[a-z0-9_]{24,}'\n[[rules]]\nid = 'corp-token'\nregex = '(x*)corp_([a-z0-9]{24})'\n",
        &[],
    );
    project.file("a.py", format!("k = 'acme_live_your_example_{}'\n", expand("{lowalnum:20}", "words")));
    project.file("b.py", format!("k = 'corp_{}'\n", expand("{lowalnum:24}", "groups")));
    imported(&project);
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token", "b.py:1 corp-token"]);
}

#[test]
fn stop_words_that_are_not_ascii_stand_for_themselves_alone() {
    let project = with(&format!("{ACME}[[rules.allowlists]]\nstopwords = ['…', 'ß']\n"), &["a.py"]);
    let half = |seed: &str| expand("{lowalnum:11}", seed);
    project.file("b.py", format!("k = 'acme_live_{}ss{}'\n", half("b").to_lowercase(), half("c")));
    imported(&project);
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token", "b.py:1 acme-token"]);
}

#[test]
fn a_line_begins_and_ends_where_gitleaks_has_it_begin_and_end() {
    let lists = "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['''^k =''', '''# end$''', '''^\\s*on =''']\n";
    let project = with(&format!("{ACME}{lists}"), &[]);
    project.file("a.py", format!("k = '{}'\nk = '{}'\non = '{}'\n", acme("first"), acme("second"), acme("on")));
    project.file("b.py", format!("x = '{}' # end\r\nx = '{}' # end\n", acme("crlf"), acme("lf")));
    imported(&project);
    assert_eq!(project.findings(&[]), ["a.py:2 acme-token", "b.py:1 acme-token"]);
}

#[test]
fn a_key_that_stands_in_a_line_that_does_not_fit_as_well_is_no_exception() {
    let project = with(&format!("{ACME}[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['purpose']\n"), &[]);
    let (twice, once) = (acme("twice"), acme("once"));
    project.file("a.py", format!("a = '{twice}' # on purpose\nb = '{twice}'\nc = '{once}' # on purpose\n"));
    says(
        &imported(&project),
        "the one finding that fits now is an exception; 1 more fit, and their keys stand in the same file where nothing does\n",
    );
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token", "a.py:2 acme-token"]);
}

#[test]
fn a_pattern_over_matches_that_asks_for_edges_allows_nothing() {
    let rule = "[[rules]]\nid = 'acme-token'\nregex = '''k = \\x27(acme_live_[a-z0-9]{24})\\x27'''\n";
    let lists = "[[rules.allowlists]]\nregexTarget = 'match'\nregexes = ['^acme', '\\bacme', '[a-z0-9]$']\n";
    let project = with(&format!("{rule}{lists}"), &["a.py"]);
    says(&imported(&project), "`^acme` of `regexes` is left out: it asks where a match begins, ends or has a word,");
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token"]);
}

#[test]
fn of_a_rule_that_is_there_twice_the_last_counts_with_its_allowlists() {
    let other = "[[rules]]\nid = 'acme-token'\nregex = 'other_[a-z]{9}'\n[[rules.allowlists]]\npaths = ['^docs/']\n";
    let project = with(&format!("{other}{ACME}"), &["docs/a.md"]);
    let ran = imported(&project);
    says(&ran, ".gitleaks.toml:6: rule `acme-token` is there again: as in gitleaks, only this one counts\n");
    assert_eq!(project.findings(&[]), ["docs/a.md:1 acme-token"]);
}

#[test]
fn target_rules_of_a_file_that_is_built_on_allow_nothing() {
    let project = with("[extend]\npath = 'base.toml'\n", &["docs/a.md"]);
    project.file("base.toml", format!("{ACME}[[allowlists]]\ntargetRules = ['acme-token']\npaths = ['^docs/']\n"));
    let sentence = "base.toml:5: this allowlist was left out: `targetRules` of a file that another one builds on mean nothing to gitleaks\n";
    says(&imported(&project), sentence);
    assert_eq!(project.findings(&[]), ["docs/a.md:1 acme-token"]);
}

#[test]
fn a_rule_that_asks_for_others_nearby_runs_without_them() {
    let project = with(&format!("{ACME}[[rules.required]]\nid = 'acme-token'\nwithinLines = 1\n"), &["a.py"]);
    says(&imported(&project), "`required` of rule `acme-token` is left out:");
    assert_eq!(project.findings(&[]), ["a.py:1 acme-token"]);
}

#[test]
fn globs_that_are_too_much_for_one_matcher_are_left_out_and_the_rest_is_written() {
    let letters = "abcdefghijklmnopqrstuvwxyz".repeat(7);
    let paths: Vec<String> = (0..100).map(|number| format!("'(?i)(^|/){letters}{number}/'")).collect();
    let project = with(&format!("{ACME}[allowlist]\npaths = ['^docs/', {}]\n", paths.join(", ")), &["docs/a", "a"]);
    let ran = imported(&project);
    assert_eq!(ran.stdout, "keyward.toml: written\n");
    says(&ran, "from here on paths are left out: `exclude` takes 1000 globs, 64 KiB in all; name folders instead\n");
    assert_eq!(project.findings(&[]), ["a:1 acme-token"]);
}

#[test]
fn more_patterns_and_findings_than_are_looked_through_are_said() {
    let patterns: Vec<String> = (0..500).map(|number| format!("'x{number}y'")).collect();
    let list = "[[allowlists]]\nregexTarget = 'line'\nregexes =";
    let project = with(&format!("{ACME}{list} [{}]\n", patterns.join(", ")), &[]);
    let line = |number: u32| format!("k = '{}' # {}\n", acme(&number.to_string()), " ".repeat(4_000));
    project.file("a.py", (0..20).map(line).collect::<String>());
    let ran = project.keyward(IMPORT);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    says(&ran, ".gitleaks.toml:5: `regexes` were not tried: patterns and findings are more than is looked through;");
    assert_eq!(project.findings(&[]).len(), 20);
}

#[test]
fn a_line_of_an_archive_is_told_from_the_same_line_of_other_files() {
    let project = Project::new();
    let of = |seed: &str| format!("k = '{}'\n", openai_key(seed));
    let inner = gzip(tar([("c.py", of("inner")), ("d.py", of("other"))]));
    project.file(
        "a.tgz",
        gzip(tar([("x/b.py", of("one").into_bytes()), ("y.py", of("two").into_bytes()), ("n.tgz", inner)])),
    );
    project.file(
        ".gitleaksignore",
        "a.tgz!x/b.py:openai-api-key:1\na.tgz!n.tgz!c.py:openai-api-key:1\na.tgz:openai-api-key:1\n",
    );
    let ran = imported(&project);
    assert_eq!(ran.stdout, "keyward.baseline: 2 accepted, 2 added\n", "{}", ran.stderr);
    says(&ran, ".gitleaksignore:3: nothing to accept: keyward finds no key in that line\n");
    assert_eq!(project.findings(&[]).len(), 2);
}

#[test]
fn what_is_shown_has_nothing_for_terminals_in_it_and_what_is_written_is_exact() {
    let list = "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['k =']\n";
    let project = with(&format!("{ACME}{list}"), &["a\u{9b}31m\u{202e}.py"]);
    let ran = project.keyward(&["import", "gitleaks"]);
    assert!(ran.stdout.contains("path = ") && !ran.stdout.contains(['\u{9b}', '\u{202e}']), "{:?}", ran.stdout);
    imported(&project);
    assert_eq!(project.findings(&[]), Vec::<String>::new());
}

#[test]
fn a_group_of_a_few_characters_is_not_the_secret_by_which_all_keys_are_accepted() {
    let rule = "[[rules]]\nid = 'acme-token'\nregex = '(acme|corp)_live_[a-z0-9]{24}'\n";
    let project = with(rule, &["a.py", "b.py"]);
    project.file(".gitleaksignore", "a.py:acme-token:1\n");
    imported(&project);
    assert_eq!(project.findings(&[]), ["b.py:1 acme-token"]);
}
