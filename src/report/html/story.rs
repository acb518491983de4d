//! One story on the page, and its line in the table at the top.

use std::fmt::Write as _;

use super::{
    super::{
        markup,
        particulars::{may_link, particulars, title, words},
        printable::Place,
        snippet::Line,
        statement::{capital, grouped},
        story::Story,
    },
    code, prose,
};
use crate::{model::Finding, rules::RuleSet};

/// Places of one story that are listed.
const PLACES: usize = 50;

/// The line of `story` in the table.
pub(super) fn line(page: &mut String, number: usize, story: &Story<'_>, rules: &RuleSet) {
    let finding = story.primary;
    let masked = finding.secret.as_ref().map(|secret| format!("<br>{}", code(&secret.masked))).unwrap_or_default();
    let _ = writeln!(
        page,
        "<tr><td>{}</td><td><a href=\"#f{number}\">{}</a>{masked}</td><td>{}</td><td class=\"count\">{}</td></tr>",
        badges(finding),
        prose(&title(finding, rules)),
        code(&Place::of(finding).to_string()),
        grouped(story.others.len() as u64 + 1)
    );
}

/// The story in full.
pub(super) fn write(page: &mut String, number: usize, story: &Story<'_>, rules: &RuleSet) {
    let finding = story.primary;
    let class = if finding.suppressed.is_some() { "suppressed" } else { finding.severity.as_str() };
    let _ = writeln!(
        page,
        "<article class=\"{class}\" id=\"f{number}\">\n<h3>{} {}</h3>",
        badges(finding),
        prose(&title(finding, rules))
    );
    // Secrets in places of no note are called what their rule calls them.
    let message = capital(&finding.message);
    if message != title(finding, rules) {
        let _ = writeln!(page, "<p>{}.</p>", prose(&message));
    }
    excerpt(page, finding);
    known(page, story);
    places(page, story);
    if let Some(words) = words(finding, rules) {
        let _ = writeln!(page, "<h4>Why it matters</h4>\n<p>{}</p>", prose(words.why));
    }
    if finding.suppressed.is_none() {
        let _ = writeln!(page, "<h4>What to do</h4>\n<p>{}</p>", next_step(finding, rules));
    }
    let _ = writeln!(
        page,
        "<p class=\"ids\">Rule {}, fingerprint {}</p>\n</article>",
        code(finding.rule.as_str()),
        code(finding.fingerprint.as_str())
    );
}

fn badges(finding: &Finding) -> String {
    let badge = |class: &str, word: &str| format!("<span class=\"badge {class}\">{word}</span>");
    let mut all = badge(finding.severity.as_str(), finding.severity.as_str());
    let verdict = finding.verification.verdict;
    for (is_so, word) in
        [(verdict.is_live(), "live"), (verdict.is_dead(), "dead"), (finding.suppressed.is_some(), "suppressed")]
    {
        if is_so {
            all.push(' ');
            all.push_str(&badge(word, word));
        }
    }
    all
}

/// The masked line, as the terminal shows it.
fn excerpt(page: &mut String, finding: &Finding) {
    let Some(excerpt) = &finding.excerpt else { return };
    let Line { number, before, secret, after } = Line::of(excerpt);
    let [before, secret, after] = [before, secret, after].map(|part| markup::text(&part));
    let secret = if secret.is_empty() { secret } else { format!("<mark>{secret}</mark>") };
    let _ = writeln!(page, "<pre><span class=\"number\">{number} │ </span>{before}{secret}{after}</pre>");
}

/// What is known of the secret beside its places.
fn known(page: &mut String, story: &Story<'_>) {
    let mut before = "";
    let mut list = String::new();
    for part in particulars(story.primary).into_iter().filter(|part| part.word != "place") {
        if part.word != before {
            let _ = writeln!(list, "<dt>{}</dt>", capital(part.word));
        }
        before = part.word;
        let said = if part.word == "key" { code(&part.text) } else { prose(&part.text) };
        let _ = writeln!(list, "<dd>{said}</dd>");
    }
    if let Some(age) = story.age {
        let _ = writeln!(list, "<dt>Age</dt>\n<dd>{} {}</dd>", badges(age), prose(&age.message));
    }
    if !list.is_empty() {
        let _ = writeln!(page, "<dl>\n{list}</dl>");
    }
}

fn places(page: &mut String, story: &Story<'_>) {
    let all = [story.primary].into_iter().chain(story.others.iter().copied());
    page.push_str("<h4>Where</h4>\n<ul>\n");
    for finding in all.take(PLACES) {
        let _ = writeln!(page, "<li>{}</li>", code(&Place::of(finding).to_string()));
    }
    let rest = (story.others.len() + 1).saturating_sub(PLACES);
    if rest > 0 {
        let _ = writeln!(page, "<li>and {} more; the report in JSON lists all</li>", grouped(rest as u64));
    }
    page.push_str("</ul>\n");
}

/// The help, with the page where the key is revoked, as a link when we chose it.
fn next_step(finding: &Finding, rules: &RuleSet) -> String {
    let mut help = prose(&finding.help);
    // Nothing is put behind an address.
    if help.ends_with(char::is_alphanumeric) && !help.rsplit(' ').next().is_some_and(|last| last.contains("://")) {
        help.push('.');
    }
    let rule = rules.get(&finding.rule).filter(|_| !finding.verification.verdict.is_dead());
    let Some((rule, page)) = rule.and_then(|rule| Some((rule, rule.revoke()?))) else { return help };
    let shown = markup::text(page);
    let is_linked = may_link(rule) && page.starts_with("https://");
    let link = if is_linked { format!("<a href=\"{shown}\" rel=\"noreferrer\">{shown}</a>") } else { code(page) };
    if help.contains(&shown) { help.replacen(&shown, &link, 1) } else { format!("{help} Revoke it at {link}.") }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::{sample, story::stories},
        *,
    };
    use crate::model::RuleId;

    #[test]
    fn pages_of_rules_that_the_repository_brings_are_no_links() {
        let mut finding = sample::report().findings.remove(0);
        let mut rules = RuleSet::builtin();
        assert!(next_step(&finding, &rules).contains("<a href=\"https://platform.openai.com/"));
        let text = "[provider]\nid = \"custom\"\nname = \"Acme\"\n[[rule]]\nid = \"acme-key\"\nsummary = \"Acme key\"\n\
                    revoke = \"https://evil.example/\"\nliterals = [\"acme\"]\npattern = \"acme[0-9]+\"\n";
        rules.add(RuleSet::parse(std::path::Path::new("custom.toml"), text).unwrap()).unwrap();
        finding.rule = RuleId::new("acme-key");
        let step = next_step(&finding, &rules);
        assert!(step.contains("<code>https://evil.example/</code>") && !step.contains("<a "), "{step}");
    }

    #[test]
    fn a_page_that_the_help_names_is_the_link() {
        let rules = RuleSet::builtin();
        let mut finding = sample::report().findings.remove(0);
        let page = rules.get(&finding.rule).unwrap().revoke().unwrap();
        finding.help = format!("Go to {page} & revoke it");
        let step = next_step(&finding, &rules);
        assert_eq!(step, format!("Go to <a href=\"{page}\" rel=\"noreferrer\">{page}</a> &amp; revoke it."));
    }

    #[test]
    fn places_beyond_fifty_are_counted() {
        let finding = sample::report().findings.remove(0);
        let findings = vec![finding; PLACES + 4];
        let mut page = String::new();
        places(&mut page, &stories(&findings)[0]);
        assert_eq!(page.matches("<li><code>").count(), PLACES);
        assert!(page.contains("<li>and 4 more; the report in JSON lists all</li>"), "{page}");
    }
}
