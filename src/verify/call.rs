//! A request with everything filled in, and the hosts it may go to.

use std::fmt;

use super::{Companions, Question, Surroundings, signature};
use crate::{
    model::{BaseUrl, NotChecked, Unknown, Verdict, Verification},
    rules::verify::{Inquiry, Method, Place},
};

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Any part of it may hold the key.
        write!(f, "Call({:?})", self.method)
    }
}

/// Whom a key is asked about, and what stands beside it there.
pub(super) type Target = (BaseUrl, Companions);

/// What is asked about a key, in this order, and whether nothing that could have been asked is left out.
///
/// # Errors
/// What is said of a key that nobody can be asked about.
pub(super) fn targets(
    inquiry: &Inquiry,
    surroundings: &Surroundings,
    typed: Option<&BaseUrl>,
) -> Result<(Vec<Target>, bool), Verification> {
    let of_host = inquiry.request.host_from.as_ref().map(|(name, _)| name);
    // The person at the keyboard has said what the host is.
    let is_host = |name: &String| typed.is_some() && Some(name) == of_host;
    if let Some(verification) = in_the_way(inquiry, surroundings, is_host) {
        return Err(verification);
    }
    let (pairs, is_all) = surroundings.pairs(inquiry);
    let at = |address: &BaseUrl| pairs.iter().map(|pair| (address.clone(), pair.clone())).collect::<Vec<_>>();
    if let Some(typed) = typed {
        // Whatever hosts stand around, there is one to ask.
        let targets = if inquiry.companions.iter().all(|(companion, _)| is_host(&companion.name)) {
            at(typed).into_iter().take(1).collect()
        } else {
            at(typed)
        };
        return Ok((targets, is_all));
    }
    let by_hand = |of: &str| format!("to ask {of}, say --verify-url {}=https://HOST", inquiry.provider);
    if let Some(own) = &surroundings.own_host {
        return Err(not_checked(NotChecked::HostNotAllowed, by_hand(own)));
    }
    if let Some((name, below)) = &inquiry.request.host_from {
        let address = |pair: &Companions| {
            let host = String::from_utf8_lossy(pair.get(name)?.expose()).to_ascii_lowercase();
            is_label_below(&host, below).then(|| (BaseUrl::of_host(&host), pair.clone()))
        };
        let found: Vec<Target> = pairs.iter().filter_map(address).collect();
        if found.is_empty() {
            return Err(not_checked(NotChecked::HostNotAllowed, by_hand("the host it belongs to")));
        }
        let is_all = is_all && found.len() == pairs.len();
        return Ok((found, is_all));
    }
    // A site that is named comes first. The page that names it may speak of another one than the key's, so the others follow.
    let mut hosts: Vec<&String> = inquiry.request.hosts.iter().collect();
    hosts.sort_by_key(|host| !surroundings.hosts.contains(*host));
    if hosts.is_empty() {
        return Err(not_checked(NotChecked::HostNotAllowed, by_hand("the host it belongs to")));
    }
    let with = |pair: &Companions| {
        let pair = pair.clone();
        hosts.iter().map(move |host| (BaseUrl::of_host(host), pair.clone())).collect::<Vec<_>>()
    };
    Ok((pairs.iter().flat_map(with).collect(), is_all))
}

/// What is said of a key about which nobody may be asked, or that lacks what it takes; what `is_given` does not stand near it.
fn in_the_way(
    inquiry: &Inquiry,
    surroundings: &Surroundings,
    is_given: impl Fn(&String) -> bool,
) -> Option<Verification> {
    let doubt =
        |advice: String| Some(Verification::of(Verdict::Unknown(Unknown::AmbiguousProvider)).with_advice(advice));
    if surroundings.is_disputed {
        return doubt(format!("an address beside it leads elsewhere than to {}", inquiry.name));
    }
    if surroundings.is_unnamed {
        return doubt(format!("nothing near it says that it is a key of {}", inquiry.name));
    }
    let mut needed = inquiry.companions.iter().map(|(companion, _)| companion).filter(|companion| !companion.optional);
    let lacking = needed.find(|companion| surroundings.lacks(&companion.name) && !is_given(&companion.name))?;
    let is_host = inquiry.request.host_from.as_ref().is_some_and(|(name, _)| *name == lacking.name);
    let way_out = if is_host { format!(": say --verify-url {}=https://HOST", inquiry.provider) } else { String::new() };
    let advice = format!("it takes {} to ask, which was not found beside it{way_out}", lacking.what);
    Some(not_checked(NotChecked::NotVerifiable, advice))
}

fn not_checked(reason: NotChecked, advice: String) -> Verification {
    Verification::of(Verdict::NotChecked(reason)).with_advice(advice)
}

/// Whether `host` is one label in front of one of the hosts in `below`.
fn is_label_below(host: &str, below: &[String]) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.len() < 64 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    below
        .iter()
        .any(|own| host.strip_suffix(own.as_str()).and_then(|rest| rest.strip_suffix('.')).is_some_and(is_label))
}

/// The request that asks `question` of `target`; `None` when the key cannot stand in a request.
pub(super) fn call(question: &Question, (address, companions): &Target) -> Option<Call> {
    let Question { inquiry, secret, headers: further, .. } = question;
    let is_plain = secret.expose().iter().all(u8::is_ascii_graphic);
    let key = std::str::from_utf8(secret.expose()).ok().filter(|_| is_plain)?;
    let blank = &inquiry.request;
    if blank.place == Place::Path && key.contains(['/', '?', '#', '%']) {
        return None;
    }
    let other = blank.paths.iter().find(|(prefix, _)| key.starts_with(prefix.as_str())).map(|(_, path)| path);
    let url = address.join(&other.unwrap_or(&blank.path).fill(key, companions));
    let headers = blank.headers.iter().map(|(name, value)| (name.clone(), value.fill(key, companions)));
    let mut headers: Vec<(String, String)> = headers.chain(further.clone()).collect();
    let body = blank.body.as_ref().map(|body| body.fill(key, companions));
    if blank.place == Place::Signature {
        headers.extend(signature::headers(key, companions, address.authority(), body.as_deref().unwrap_or_default())?);
    }
    Some(Call { method: blank.method, url, headers, body })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        model::{RuleId, Secret, Span},
        rules::{RuleSet, template::expand},
    };

    /// Who is asked about the key that `rule` finds as `key` in `text`, or the reason why nobody is.
    fn targets_of(rule: &str, text: &str, key: &str) -> Result<(Vec<Target>, bool), Verification> {
        let rules = RuleSet::builtin();
        let rule = rules.get(&RuleId::new(rule)).unwrap();
        let (inquiry, at) = (rule.inquiry().unwrap(), text.find(key).unwrap());
        let surroundings = Surroundings::of(rule, &inquiry, text.as_bytes(), Span::new(at, at + key.len()));
        targets(&inquiry, &surroundings, None)
    }

    fn asked(rule: &str, text: &str, key: &str) -> Result<Vec<String>, &'static str> {
        targets_of(rule, text, key)
            .map(|(all, _)| all.iter().map(|(address, _)| address.to_string()).collect())
            .map_err(|verification| verification.verdict.reason())
    }

    #[test]
    fn an_azure_key_goes_to_the_resource_beside_it_and_nowhere_else() {
        let key = expand("{hex:32}", "azure");
        let of = |host: &str| {
            asked(
                "azure-openai-classic-key",
                &format!("AZURE_OPENAI_ENDPOINT=https://{host}/\nAZURE_OPENAI_API_KEY={key}\n"),
                &key,
            )
        };
        assert_eq!(of("Acme.openai.azure.com"), Ok(vec!["https://acme.openai.azure.com".to_owned()]));
        for host in [
            "openai.azure.com",
            "acme.openai.azure.com.evil.example",
            "evil.example",
            "a.b.openai.azure.com@evil.example",
        ] {
            let found = of(host);
            let goes = found.iter().flatten().all(|address| address.ends_with(".openai.azure.com"));
            assert!(goes, "{host}: {found:?}");
        }
        assert_eq!(of("evil.example"), Err("ambiguous-provider"));
    }

    #[test]
    fn a_site_that_is_named_nearby_is_asked_first_and_the_others_after_it() {
        let key = expand("sk-{alnum:48}", "moonshot");
        let text = format!("base_url = 'https://api.moonshot.cn/v1'\nkey = '{key}'  # moonshot\n");
        let all = ["https://api.moonshot.cn", "https://api.moonshot.ai"].map(str::to_owned);
        assert_eq!(asked("moonshot-api-key", &text, &key), Ok(all.to_vec()));
        let key = expand("{hex:32}", "datadog");
        let first = |text: &str| {
            let all = asked("datadog-api-key", text, &key).unwrap();
            assert_eq!(all.len(), 8);
            all[0].clone()
        };
        let set = |site: &str| format!("DD_SITE={site}\nDD_API_KEY={key}\n");
        assert_eq!(first(&set("datadoghq.eu")), "https://api.datadoghq.eu");
        assert_eq!(first(&set("us5.datadoghq.com")), "https://api.us5.datadoghq.com");
        assert_eq!(first(&set("us2.ddog-gov.com")), "https://api.us2.ddog-gov.com");
        // A page is no site.
        let page = format!("# see https://datadoghq.eu/docs\nDD_API_KEY={key}\n");
        assert_eq!(first(&page), "https://api.datadoghq.com");
    }

    #[test]
    fn an_address_of_somebody_else_makes_a_key_doubtful_and_one_of_a_distinct_form_does_not_mind() {
        let doubtful = expand("sk-{hex:32}", "doubt");
        let text = |key: &str| format!("client(api_key='{key}', base_url='https://relay.example/v1')");
        assert_eq!(asked("deepseek-api-key", &text(&doubtful), &doubtful), Err("ambiguous-provider"));
        let distinct = expand("gsk_{alnum:52}", "doubt");
        assert_eq!(asked("groq-api-key", &text(&distinct), &distinct), Ok(vec!["https://api.groq.com".to_owned()]));
    }

    #[test]
    fn every_half_around_a_key_is_tried_that_of_the_same_object_first() {
        let [one, two] = ["one", "two"].map(|seed| expand("sk-lf-{uuid}", seed));
        let [first, second] = ["one", "two"].map(|seed| expand("pk-lf-{uuid}", seed));
        let text = format!(r#"[{{"public":"{first}","secret":"{one}"}},{{"public":"{second}","secret":"{two}"}}]"#);
        let halves = |key: &str| {
            let (all, is_all) = targets_of("langfuse-secret-key", &text, key).unwrap();
            let half = |pair: &Companions| String::from_utf8_lossy(pair["public"].expose()).into_owned();
            let mut halves: Vec<String> = all.iter().map(|(_, pair)| half(pair)).collect();
            halves.dedup();
            (halves, is_all)
        };
        assert_eq!(halves(&one), (vec![first.clone(), second.clone()], true));
        assert_eq!(halves(&two), (vec![second, first], true));
        let many: String = (0..5).map(|seed| expand("pk-lf-{uuid}\n", &format!("many {seed}"))).collect();
        let (all, is_all) = targets_of("langfuse-secret-key", &format!("{many}{one}"), &one).unwrap();
        assert_eq!((all.len(), is_all), (12, false), "three halves at four sites");
    }

    #[test]
    fn a_token_of_a_service_that_somebody_runs_is_not_for_the_public_one() {
        let github = expand("ghp_{crc62:30}", "own");
        let gitlab = expand("glpat-{url64:20}", "own");
        let own = Err("host-not-allowed");
        for text in [
            format!("git clone https://{github}@github.acme.example/a/b"),
            format!("git clone https://user:{github}@code.acme.example/a/b"),
            format!("GH_HOST=code.acme.example\n{}\nGH_TOKEN={github}", "# \n".repeat(900)),
            format!("remote = 'https://github.acme.example/'\ntoken = '{github}'"),
            format!("remote = 'https://acme.ghe.com/a/b.git'\ntoken = '{github}'"),
            format!("export GITHUB_API_URL=https://code.acme.example/api/v3\ntoken={github}"),
            format!("curl -H 'Authorization: token {github}' https://ghe.acme.example/api/v3/user"),
        ] {
            assert_eq!(asked("github-personal-access-token", &text, &github), own, "{}", &text[..60]);
        }
        for text in [
            format!("GITLAB_HOST=https://code.acme.example\nGITLAB_TOKEN={gitlab}"),
            format!("CI_SERVER_URL: 'https://code.acme.example'\nGITLAB_TOKEN: {gitlab}"),
            format!("gl = gitlab.Gitlab('https://code.acme.example', private_token='{gitlab}')"),
        ] {
            assert_eq!(asked("gitlab-personal-access-token", &text, &gitlab), own, "{text}");
        }
        for text in [
            format!("https://{github}@github.com/a/b"),
            format!("GITHUB_API_URL=https://api.github.com\ntoken={github}"),
            format!("url = 'https://github.com/login/oauth/authorize'\ntoken = '{github}'"),
            format!("raw = 'https://raw.githubusercontent.com/a/b/main/c'\ntoken = '{github}'"),
            format!("API_URL=https://api.acme.example\nDB_HOST=https://db.acme.example\nGITHUB_TOKEN={github}"),
            format!("status = 'https://www.githubstatus.com'\nblog = 'https://github.blog'\ntoken = '{github}'"),
        ] {
            assert_eq!(
                asked("github-personal-access-token", &text, &github),
                Ok(vec!["https://api.github.com".to_owned()]),
                "{text}"
            );
        }
        for text in [
            format!("gl = gitlab.Gitlab(private_token='{gitlab}')"),
            format!("token: ${{{{ secrets.gitlab.token }}}}\nother: {gitlab}"),
            format!("GITLAB_HOST=gitlab.com\nGITLAB_TOKEN={gitlab}"),
        ] {
            assert_eq!(
                asked("gitlab-personal-access-token", &text, &gitlab),
                Ok(vec!["https://gitlab.com".to_owned()]),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_in_the_same_call_or_under_the_providers_own_name_makes_a_key_doubtful() {
        let key = expand("sk-{hex:32}", "call");
        for text in [
            format!("DEEPSEEK_BASE_URL=https://relay.example\nX=1\nDEEPSEEK_API_KEY={key}"),
            format!("curl https://relay.example/v1 -H 'Authorization: Bearer {key}' # deepseek"),
            format!("post(\n 'https://relay.example/v1',\n deepseek_api_key='{key}',\n)"),
            format!("client = DeepSeek(api_key='{key}', server_url='https://relay.example')"),
        ] {
            assert_eq!(asked("deepseek-api-key", &text, &key), Err("ambiguous-provider"), "{text}");
        }
        let text = format!("DEEPSEEK_API_KEY={key} # from https://platform.deepseek.com/api_keys");
        assert!(asked("deepseek-api-key", &text, &key).is_ok());
        // An older address of the provider's is its own.
        let key = expand("{alnum:40}", "older");
        let text = format!("CO_API_URL=https://api.cohere.ai\nCO_API_KEY={key}\n");
        assert_eq!(asked("cohere-api-key", &text, &key), Ok(vec!["https://api.cohere.com".to_owned()]));
    }

    #[test]
    fn a_key_of_clerk_in_minified_code_is_not_stripes() {
        let key = expand("sk_live_{alnum:44}", "clerk");
        let far = "x".repeat(200);
        for text in
            [format!("var s='stripe',f='{far}',k='{key}';"), format!("clerk('{key}'),stripe()"), format!("k='{key}'")]
        {
            assert_eq!(asked("stripe-live-key", &text, &key), Err("ambiguous-provider"), "{text}");
        }
        assert!(asked("stripe-live-key", &format!("stripe('{key}')"), &key).is_ok());
    }

    #[test]
    fn a_key_that_could_leave_its_place_makes_no_request() {
        let rules = RuleSet::builtin();
        let call_of = |rule: &str, key: &str| {
            let inquiry = rules.get(&RuleId::new(rule)).unwrap().inquiry().unwrap();
            let address = BaseUrl::of_host("api.example");
            let (surroundings, headers) = (Surroundings::default(), BTreeMap::new());
            let question = Question { inquiry, secret: Secret::new(key.as_bytes(), 0), surroundings, headers };
            call(&question, &(address, Companions::new()))
        };
        assert!(call_of("openai-api-key", "k").is_some());
        for key in ["a\r\nhost: evil", "a b", "ä", "a\0"] {
            assert!(call_of("openai-api-key", key).is_none(), "{key:?}");
        }
        for key in ["1:A/../x", "1:A?x", "1:A#x", "1:A%2f"] {
            assert!(call_of("telegram-bot-token", key).is_none(), "{key:?}");
        }
        assert_eq!(format!("{:?}", call_of("openai-api-key", "hidden")), "Some(Call(Get))");
    }
}
