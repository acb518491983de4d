//! Organisation and project: settings that SDKs send along whenever they are set, and that turn a good key away when they are out of date.

use super::{
    asking::Second,
    case::{Case, spot},
    checklist::{Item, Line, Mark},
};
use crate::{
    lint::chain::{Given, Source},
    rules::Owner,
};

/// Ids are shorter.
const LONGEST: usize = 100;

/// An id that is sent along with the key.
#[derive(Clone, Debug)]
pub(super) struct Named<'c> {
    pub(super) owner: &'c Owner,
    pub(super) name: String,
    /// `.env:3`, or this shell.
    pub(super) place: String,
    given: Option<&'c Given>,
    id: String,
    /// Whether another place holds another id.
    differs: bool,
}

impl Named<'_> {
    /// The id, when it has the form of one.
    pub(super) fn id(&self) -> Option<&str> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_whole = self.id.len() > self.owner.begins.len() && self.id.len() <= LONGEST;
        (is_whole && self.id.starts_with(&self.owner.begins) && self.id.bytes().all(is_part)).then_some(&self.id)
    }
}

/// The ids that are named for `case`: for each kind of owner the one that is sent.
pub(super) fn named<'c>(case: &Case<'c>) -> Vec<Named<'c>> {
    let owners = case.chain.provider.as_ref().map_or(&[][..], |provider| &provider.owners);
    owners.iter().filter_map(|owner| of(case, owner)).collect()
}

fn of<'c>(case: &Case<'c>, owner: &'c Owner) -> Option<Named<'c>> {
    let given = |name: &str| {
        let is_it = |given: &&Given| {
            given.name == name && given.source == Source::EnvFile && !given.is_elsewhere && text(given).is_some()
        };
        case.chain.settings.iter().find(is_it)
    };
    let name = owner.names.iter().find(|name| case.shell.setting(name).is_some() || given(name).is_some())?;
    let (set, file) = (case.shell.setting(name), given(name));
    let in_file = file.and_then(text);
    let differs = set.is_some_and(|set| in_file.as_ref().is_some_and(|id| *id != set.text()));
    let (id, place) = match (set, file) {
        (Some(set), _) => (set.text(), "this shell".to_owned()),
        (None, Some(file)) => (in_file?, spot(&file.location)),
        (None, None) => return None,
    };
    Some(Named { owner, name: name.clone(), place, given: file, id, differs })
}

fn text(given: &Given) -> Option<String> {
    let text = String::from_utf8_lossy(given.value.as_ref()?.expose()).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Do organisation and project belong to the key?
pub(super) fn line(case: &Case<'_>, second: Option<&Second>) -> Line {
    let named = named(case);
    if named.is_empty() {
        let has_owners = case.provider().is_some_and(|provider| !provider.owners.is_empty());
        let says = if has_owners { "no organisation or project is named" } else { "nothing of the kind is sent" };
        return Line::new(Item::Owner, Mark::NotApplicable, says);
    }
    let lines = named.iter().map(|named| one(named, second));
    lines.reduce(Line::or_worse).expect("there is one at least")
}

fn one(named: &Named<'_>, second: Option<&Second>) -> Line {
    let Named { owner, name, place, .. } = named;
    let line = |mark, says: String| {
        let line = Line::new(Item::Owner, mark, says);
        named.given.map_or(line.clone(), |given| line.at(&given.location, format!("{name} is defined here")))
    };
    let out = format!("take {name} out, or correct it");
    if named.id().is_none() {
        let says = format!("{name} in {place} is no id of a {}, which begins with `{}`", owner.what, owner.begins);
        return line(Mark::Failed, article(&says)).next(out);
    }
    match second {
        Some(Second::Accepted) => line(Mark::Passed, format!("the provider takes the key with {name} from {place}")),
        Some(Second::Refused(what)) if *what == owner.what => {
            line(Mark::Failed, format!("{name} in {place} names another {} than the key's", owner.what)).next(out)
        }
        _ if named.differs => line(Mark::Warned, format!("{name} in this shell hides another one in a file")).next(out),
        _ => line(Mark::Warned, format!("{name} in {place} is sent along; an old one turns a good key away"))
            .next(format!("compare {name} with the key's own {}, or leave it out", owner.what)),
    }
}

/// "an organisation", "a project".
fn article(says: &str) -> String {
    says.replace(" of a organisation", " of an organisation")
}
