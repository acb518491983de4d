//! Moving in from gitleaks: nothing is silenced that was not, and no rule finds less than it did.

use keyward::rules::template::expand;

use crate::support::{Project, Ran, openai_key};

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
