//! `keyward verify`: one key, looked at and asked about.
//!
//! The key comes from standard input or from a variable, never from an argument, where every process of the machine could read it. What
//! is wrong with it as a text is said first, because most refused keys were mistyped, cut off or never set, and those are not sent anywhere.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fmt::Write as _,
    io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _},
};

use serde::Serialize;
use serde_json::json;

use crate::{
    cli::{AnswerFormat, VerifyKeyArgs},
    config,
    model::{Live, Verdict, Verification, masked_text, printable_line},
    pipeline::{self, Error, Examined, Exit, in_words, output, shape::Flaw},
    report::wrap,
    rules::RuleSet,
    verify::{self, BUDGET, Options, Tally},
};

/// No key is longer.
const LARGEST: u64 = 64 << 10;
/// Version of the JSON.
const SCHEMA: &str = "keyward-verify/1";

/// Looks at the key that `args` name and asks its provider.
///
/// # Errors
/// [`Error`] when there is no key to look at, or an option makes no sense.
pub fn run(args: &VerifyKeyArgs) -> Result<Exit, Error> {
    let provider = args.provider.as_deref();
    let (wanted, _) = config::for_few_keys(provider, &args.verify_url, args.verify_timeout, None)?;
    let value = match &args.env {
        Some(name) => of_variable(name)?,
        None => of_input()?,
    };
    let examined = pipeline::examine(&value, args.env.as_deref(), provider, beside().as_bytes());
    drop(value);
    let verification = ask(&examined, wanted);
    let text = match args.format {
        AnswerFormat::Terminal => for_people(&examined, &verification, output::width()),
        AnswerFormat::Json => for_programs(&examined, &verification),
    };
    output::print(text.as_bytes())?;
    Ok(exit(&examined, &verification))
}

fn exit(examined: &Examined, verification: &Verification) -> Exit {
    match verification.verdict {
        _ if !examined.flaws.is_empty() => Exit::Findings,
        verdict if verdict.is_live() => Exit::Clean,
        verdict if verdict.is_dead() => Exit::Findings,
        _ => Exit::Trouble,
    }
}

fn of_variable(name: &str) -> Result<Vec<u8>, Error> {
    let value = env::var_os(name).ok_or_else(|| Error::Usage {
        problem: format!("there is no environment variable called `{}`", masked_text(&printable_line(name, 80))),
        help: "export it in this shell, or pipe the key into keyward; --env takes a name, never a key".to_owned(),
    })?;
    Ok(value.into_encoded_bytes())
}

/// The key on standard input, without the line break that whatever wrote it put behind it.
fn of_input() -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Stdin { source };
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock().take(LARGEST);
    if io::stdin().is_terminal() {
        let _ = io::stderr().write_all(b"Paste the key and press Enter.\n");
        input.read_until(b'\n', &mut bytes).map_err(failed)?;
    } else {
        input.read_to_end(&mut bytes).map_err(failed)?;
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_owned())
}

/// What the usual variables hold beside keys: ids of pairs, endpoints.
fn beside() -> String {
    let rules = RuleSet::builtin();
    let names = rules.iter().flat_map(|(_, rule)| {
        let provider = &*rule.provider;
        let reads = provider.sdks.iter().flat_map(|sdk| &sdk.base_reads);
        provider.env.iter().chain(&provider.settings).chain(reads)
    });
    let set: BTreeMap<&String, String> =
        names.filter_map(|name| Some((name, env::var_os(OsStr::new(name))?.into_string().ok()?))).collect();
    set.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}={value}");
        text
    })
}

fn ask(examined: &Examined, wanted: config::Verification) -> Verification {
    let question = match &examined.question {
        Ok(question) => question.clone(),
        Err(verification) => return verification.clone(),
    };
    let options = Options { urls: wanted.urls, budget: wanted.budget.unwrap_or(BUDGET), ..Options::default() };
    let ask = |question| {
        let answers = verify::ask(vec![question], &options, &Tally::default());
        answers.into_iter().next().expect("one question has one answer")
    };
    let alone = ask(question.clone());
    // A good key is refused to a program that names another organisation beside it.
    let as_clients = question.as_clients_ask(|name| env::var(name).ok()).filter(|_| alone.verdict.is_live());
    let is_mismatch = |verdict| matches!(verdict, Verdict::Live(Live::WrongOrganization | Live::WrongProject));
    as_clients.map(ask).filter(|with| is_mismatch(with.verdict)).unwrap_or(alone)
}

fn for_people(examined: &Examined, verification: &Verification, width: usize) -> String {
    const INDENT: usize = 10;
    let mut out = String::new();
    let mut line = |name: &str, text: &str| {
        let lines = wrap(text, width.clamp(40, 100) - INDENT);
        for (at, text) in lines.iter().enumerate() {
            let name = if at == 0 { format!("{name}:") } else { String::new() };
            let _ = writeln!(out, "{name:<INDENT$}{text}");
        }
    };
    line("key", &format!("{}, {} characters", examined.masked, examined.length));
    match &examined.identity {
        Some(identity) => {
            let issued = identity.issuer.as_ref().map_or_else(String::new, |issuer| format!(", issued by {issuer}"));
            line("kind", &format!("{}{issued}", identity.title()));
        }
        None if !examined.candidates.is_empty() => {
            line("kind", &format!("it could belong to {}", examined.candidates.join(", ")));
        }
        None => line("kind", "no form that is known"),
    }
    if examined.flaws.is_empty() && examined.identity.is_some() {
        let whole = examined.halves.map_or_else(
            || "whole, as far as can be seen".to_owned(),
            |[left, right]| format!("whole: {left} characters before the marker, {right} behind it"),
        );
        line("shape", &whole);
    }
    for flaw in &examined.flaws {
        line("shape", &flaw.message);
    }
    let verdict = verification.verdict;
    let is_of_pair = examined.question.as_ref().is_ok_and(|question| question.inquiry.is_of_pair());
    let status = verification.http_status.map_or_else(String::new, |status| format!(", HTTP {status}"));
    line("answer", &format!("{} ({}{status}): {}", verdict.status(), verdict.reason(), in_words(verdict, is_of_pair)));
    if let Some(advice) = &verification.advice {
        line("advice", advice);
    }
    out
}

fn for_programs(examined: &Examined, verification: &Verification) -> String {
    let identity = examined.identity.as_ref();
    let object = json!({
        "schema": SCHEMA,
        "provider": identity.map(|identity| &identity.provider),
        "rule": identity.map(|identity| &identity.rule),
        "kind": identity.and_then(|identity| identity.kind.as_ref()),
        "masked": examined.masked,
        "length": examined.length,
        "halves": examined.halves,
        "candidates": examined.candidates,
        "flaws": examined.flaws.iter().map(named).collect::<Vec<_>>(),
        "verification": verification,
    });
    let mut text = serde_json::to_string_pretty(&object).expect("values of JSON are JSON");
    text.push('\n');
    text
}

fn named(flaw: &Flaw) -> impl Serialize {
    json!({ "id": flaw.id, "message": flaw.message })
}
