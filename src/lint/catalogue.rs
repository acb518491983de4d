//! What is known of variables, hosts and libraries, from the `[provider]` tables in `rules/`.
//!
//! A name may also be *near* one that is known: [`Catalogue::nearest`] says of which, and in what way it differs. That is no verdict.
//! Odd names that are read and handed on explicitly work, so the checks ask for more than likeness.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use aho_corasick::AhoCorasick;

use super::{bundler, spelling};
use crate::rules::{Provider, RuleSet, Sdk};

/// What a variable's name is to its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The provider's own SDKs read it for a credential.
    Official,
    /// Other software reads it for a credential.
    Also,
    /// People write it by mistake.
    Mistaken,
    /// People write it by mistake, and it as often belongs to something else.
    Ambiguous,
    /// It goes with the credential and is none.
    Setting,
}

impl Standing {
    /// Whether some software reads a credential under such a name.
    #[must_use]
    pub fn is_read(self) -> bool {
        matches!(self, Self::Official | Self::Also)
    }
}

/// In what way a name is like a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same but for case and separators.
    Separators,
    /// A slip or two of the finger away.
    Slip,
    /// One of the names that people make up.
    MadeUp,
    /// The same behind the prefix by which a bundler publishes variables.
    Prefixed,
    /// It may as well belong to something else.
    Ambiguous,
    /// It holds the known name among other words: a variable of the application's own.
    Own,
}

/// A known name that another one is like.
#[derive(Clone, Copy, Debug)]
pub struct Near<'c> {
    /// The known name.
    pub name: &'c str,
    /// Whose it is.
    pub provider: &'c Provider,
    /// What the known name is to the provider.
    pub standing: Standing,
    /// In what way the two are alike.
    pub likeness: Likeness,
}

/// All providers, by what names them.
#[derive(Debug)]
pub struct Catalogue {
    providers: Vec<Arc<Provider>>,
    names: BTreeMap<String, (usize, Standing)>,
    /// The same without case and separators, each with the name it stands for.
    squashed: BTreeMap<String, String>,
    /// What [`Catalogue::nearest`] answered so far: many checks ask for the same few names, and each answer is a walk over all known ones.
    answers: Mutex<HashMap<String, Option<Answer>>>,
    /// Names that may be mistyped.
    mistypeable: Vec<Mistypeable>,
    /// What every known name holds some of, and so does every name that is like one: the words they are put together from.
    parts: OnceLock<AhoCorasick>,
}

/// A name that is long enough for a slip to be told from another name.
#[derive(Debug)]
struct Mistypeable {
    name: String,
    /// The name without case and separators.
    letters: String,
    /// Which letters occur.
    signature: u64,
    /// What replacing a letter costs, and how many slips may lie between.
    bounds: (usize, usize),
}

/// A [`Near`] without borrows: the known name, the position of its provider, and the rest.
type Answer = (String, usize, Standing, Likeness);

impl Catalogue {
    /// The catalogue of the providers in `rules`.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let mut providers: Vec<Arc<Provider>> = Vec::new();
        for (_, rule) in rules.iter() {
            if !providers.iter().any(|known| known.id == rule.provider.id) {
                providers.push(Arc::clone(&rule.provider));
            }
        }
        let mut names = BTreeMap::new();
        for (at, provider) in providers.iter().enumerate() {
            let official = provider.env.iter().map(|name| (name, Standing::Official));
            let also = provider.also.iter().map(|other| (&other.name, Standing::Also));
            let mistaken = provider.mistaken.iter().map(|name| (name, Standing::Mistaken));
            let ambiguous = provider.ambiguous.iter().map(|name| (name, Standing::Ambiguous));
            let settings = provider.settings.iter().map(|name| (name, Standing::Setting));
            for (name, standing) in official.chain(also).chain(mistaken).chain(ambiguous).chain(settings) {
                names.entry(name.clone()).or_insert((at, standing));
            }
        }
        let squashed = squashed_names(&names);
        let in_use = names.iter().filter(|(_, (_, standing))| standing.is_read());
        let mistypeable = in_use.filter_map(|(name, _)| Mistypeable::new(name)).collect();
        Self { providers, names, squashed, answers: Mutex::default(), mistypeable, parts: OnceLock::new() }
    }

    /// All providers, in the order of their rules.
    #[must_use]
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }

    /// The provider called `id`.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id).map(|provider| &**provider)
    }

    /// Whose variable `name` is, and what it is to it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&Provider, Standing)> {
        self.names.get(name).map(|(at, standing)| (&*self.providers[*at], *standing))
    }

    /// The known name that `name` is like without being one; `None` for names that are known to be read by something.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<Near<'_>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.get(name) {
            let (name, at, standing, likeness) = answer.as_ref()?;
            let (name, _) = self.names.get_key_value(name)?;
            return Some(Near { name, provider: &self.providers[*at], standing: *standing, likeness: *likeness });
        }
        let near = self.search(name);
        let answer = near.as_ref().and_then(|near| {
            let at = self.providers.iter().position(|provider| provider.id == near.provider.id)?;
            Some((near.name.to_owned(), at, near.standing, near.likeness))
        });
        answers.insert(name.to_owned(), answer);
        near
    }

    /// Whether `name` is known or like a known one. It is asked for every other word of a file, so unlike
    /// [`Catalogue::nearest`] it remembers nothing, and most words it refuses at a glance.
    pub(super) fn is_like_a_known_one(&self, name: &str) -> bool {
        self.parts().is_match(name) && (self.named(name).is_some() || self.search(name).is_some())
    }

    /// Finds what every known name holds some of, and so does every name that is like one: the words they are put together from.
    fn parts(&self) -> &AhoCorasick {
        const SHORTEST: usize = 3;
        self.parts.get_or_init(|| {
            let words: BTreeSet<String> = self.names.keys().flat_map(|name| spelling::words(name)).collect();
            let parts = words.iter().filter(|word| word.len() >= SHORTEST);
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(parts)
                .expect("a few hundred words are no large automaton")
        })
    }

    fn search(&self, name: &str) -> Option<Near<'_>> {
        let is_somebodys = |(_, standing): (&Provider, Standing)| standing.is_read() || standing == Standing::Setting;
        if name.len() > spelling::LONGEST || self.named(name).is_some_and(is_somebodys) {
            return None;
        }
        // A prefix says where a value goes and not what it is.
        let stripped = bundler::without_prefix(name);
        let bare = stripped.unwrap_or(name);
        let mut near = self.same_letters(bare).or_else(|| self.inside(bare)).or_else(|| self.slip(bare))?;
        if stripped.is_some() && near.likeness == Likeness::Separators {
            near.likeness = Likeness::Prefixed;
        }
        Some(near)
    }

    /// The provider that `name` has to do with, whether it is known or only like a known one.
    #[must_use]
    pub fn owner(&self, name: &str) -> Option<(&Provider, Standing)> {
        self.named(name).or_else(|| self.nearest(name).map(|near| (near.provider, near.standing)))
    }

    /// The name in use that is `bare` but for case and separators.
    fn same_letters(&self, bare: &str) -> Option<Near<'_>> {
        let (known, (at, standing)) = self.names.get_key_value(self.squashed.get(&spelling::squashed(bare))?)?;
        let provider = &*self.providers[*at];
        let first = provider.env.first().unwrap_or(known);
        let (name, standing, likeness) = match standing {
            Standing::Mistaken => (first, Standing::Official, Likeness::MadeUp),
            Standing::Ambiguous => (first, Standing::Official, Likeness::Ambiguous),
            _ => (known, *standing, Likeness::Separators),
        };
        Some(Near { name, provider, standing, likeness })
    }

    /// The name in use that `bare` was meant to be, if it is a slip away from the names of one provider only.
    fn slip(&self, bare: &str) -> Option<Near<'_>> {
        let flat = spelling::squashed(bare);
        let signature = spelling::signature(&flat);
        let mut best: Option<(usize, Near<'_>)> = None;
        let mut is_tied = false;
        for known in &self.mistypeable {
            let Some(distance) = known.slips(bare, &flat, signature) else { continue };
            let known = &known.name;
            let Some((at, standing)) = self.names.get(known) else { continue };
            let near =
                Near { name: known, provider: &self.providers[*at], standing: *standing, likeness: Likeness::Slip };
            match &best {
                Some((least, _)) if *least < distance => {}
                Some((least, other)) if *least == distance => {
                    is_tied |= other.provider.id != near.provider.id;
                    if standing == &Standing::Official {
                        best = Some((distance, near));
                    }
                }
                _ => (best, is_tied) = (Some((distance, near)), false),
            }
        }
        let (_, mut near) = best.filter(|_| !is_tied)?;
        let is_like = |name: &String| spelling::distance(&flat, &spelling::squashed(name), 2, 1).is_some();
        if near.provider.ambiguous.iter().any(is_like) {
            near.likeness = Likeness::Ambiguous;
        }
        Some(near)
    }

    /// The name in use that stands among other words in `bare`.
    fn inside(&self, bare: &str) -> Option<Near<'_>> {
        let words = spelling::words(bare);
        let runs = (2..words.len()).rev().flat_map(|length| words.windows(length));
        runs.filter_map(|run| self.same_letters(&run.concat()))
            .find(|near| near.likeness == Likeness::Separators && near.standing.is_read())
            .map(|near| Near { likeness: Likeness::Own, ..near })
    }

    /// The provider that answers at `host`: one of its hosts, or a name below one, such as the resource in front of `openai.azure.com`.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Option<&Provider> {
        let is_below = |known: &String| {
            let cut = host.len().checked_sub(known.len())?;
            let (front, end) = (host.get(..cut)?, host.get(cut..)?);
            Some(end.eq_ignore_ascii_case(known) && (front.is_empty() || front.ends_with('.')))
        };
        let answers = |provider: &&Arc<Provider>| provider.hosts.iter().any(|known| is_below(known) == Some(true));
        self.providers.iter().find(answers).map(|provider| &**provider)
    }

    /// The libraries for `language`, each with its provider.
    pub fn sdks<'c>(&'c self, language: &'c str) -> impl Iterator<Item = (&'c Provider, &'c Sdk)> {
        let of = |provider: &'c Arc<Provider>| provider.sdks.iter().map(move |sdk| (&**provider, sdk));
        self.providers.iter().flat_map(of).filter(move |(_, sdk)| sdk.language == language)
    }
}

/// Names by their letters alone; where two are the same, the one that more readers use wins.
fn squashed_names(names: &BTreeMap<String, (usize, Standing)>) -> BTreeMap<String, String> {
    let mut squashed: BTreeMap<String, String> = BTreeMap::new();
    for rank in [Standing::Official, Standing::Also, Standing::Setting, Standing::Mistaken, Standing::Ambiguous] {
        for (name, _) in names.iter().filter(|(_, (_, standing))| *standing == rank) {
            squashed.entry(spelling::squashed(name)).or_insert_with(|| name.clone());
        }
    }
    squashed
}

/// Words at the end of a name that say it is a credential and not whose.
const ENDINGS: [&str; 6] = ["APIKEY", "APITOKEN", "SECRETKEY", "ACCESSTOKEN", "TOKEN", "KEY"];
/// Names whose own part is shorter than this are compared exactly: `XAI` and `ZAI` are two providers.
const SHORTEST_OWN: usize = 4;
/// From here on a replaced letter is a slip too, and two slips may happen.
const LONG_OWN: usize = 7;

impl Mistypeable {
    /// `None` for addresses and identifiers, which are too short and too many to guess at.
    fn new(name: &str) -> Option<Self> {
        let letters = spelling::squashed(name);
        let own = ENDINGS.iter().find_map(|ending| letters.strip_suffix(ending))?;
        let bounds = if own.len() < LONG_OWN { (2, 1) } else { (1, 2) };
        let signature = spelling::signature(&letters);
        (own.len() >= SHORTEST_OWN).then(|| Self { name: name.to_owned(), letters: letters.clone(), signature, bounds })
    }

    /// How many slips `bare`, whose letters are `flat`, is from this name.
    fn slips(&self, bare: &str, flat: &str, signature: u64) -> Option<usize> {
        let (replaced, most) = self.bounds;
        // A slip brings in and takes out one kind of letter at most.
        if (signature ^ self.signature).count_ones() as usize > 2 * most {
            return None;
        }
        let distance = spelling::distance(flat, &self.letters, replaced, most)?;
        let is_another =
            spelling::means_something_else(bare, &self.name) || spelling::have_other_words(bare, &self.name);
        (!is_another).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::LazyLock};

    use proptest::prelude::*;

    use super::*;

    fn catalogue() -> &'static Catalogue {
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(&RuleSet::builtin()));
        &CATALOGUE
    }

    #[test]
    fn odd_names_lead_to_the_name_they_were_meant_to_be() {
        use Likeness::{Ambiguous, MadeUp, Own, Prefixed, Separators, Slip};
        let catalogue = catalogue();
        for (name, known, likeness) in [
            ("OPEN_AI_KEY", "OPENAI_API_KEY", MadeUp),
            ("OPENAI_KEY", "OPENAI_API_KEY", MadeUp),
            ("OPEN_AI_API_KEY", "OPENAI_API_KEY", Separators),
            ("Openai_Api_Key", "OPENAI_API_KEY", Separators),
            ("OPENAI_SECRET_KEY", "OPENAI_API_KEY", MadeUp),
            ("OPENAI_SECRET", "OPENAI_API_KEY", MadeUp),
            ("OPENAPI_KEY", "OPENAI_API_KEY", Ambiguous),
            ("OPENAPI_API_KEY", "OPENAI_API_KEY", Ambiguous),
            ("OPEN_API_KEY", "OPENAI_API_KEY", Ambiguous),
            ("OPENIA_API_KEY", "OPENAI_API_KEY", Slip),
            ("OPEANAI_API_KEY", "OPENAI_API_KEY", Slip),
            ("OPENAI_PAI_KEY", "OPENAI_API_KEY", Slip),
            ("OPENAI_API_KYE", "OPENAI_API_KEY", Slip),
            ("AZURE_OPENAIAI_KEY", "AZURE_OPENAI_API_KEY", Slip),
            ("OPENAI_KEY_API", "OPENAI_API_KEY", MadeUp),
            ("CHATGPT_API_KEY", "OPENAI_API_KEY", MadeUp),
            ("GPT_API_KEY", "OPENAI_API_KEY", MadeUp),
            ("OPENAI_API", "OPENAI_API_KEY", MadeUp),
            ("OPENAI", "OPENAI_API_KEY", MadeUp),
            ("API_KEY_OPENAI", "OPENAI_API_KEY", MadeUp),
            ("OPENAI_BASEURL", "OPENAI_BASE_URL", Separators),
            ("AZURE_OPEN_AI_KEY", "AZURE_OPENAI_KEY", Separators),
            ("ANTROPIC_API_KEY", "ANTHROPIC_API_KEY", Slip),
            ("ANTHRPOIC_API_KEY", "ANTHROPIC_API_KEY", Slip),
            ("CLAUDE_API_KEY", "ANTHROPIC_API_KEY", MadeUp),
            ("ANTHROPIC_KEY", "ANTHROPIC_API_KEY", MadeUp),
            ("GEMINI_KEY", "GEMINI_API_KEY", MadeUp),
            ("GOOGLE_GEMINI_API_KEY", "GEMINI_API_KEY", MadeUp),
            ("HUGGING_FACE_API_KEY", "HUGGINGFACE_API_KEY", Separators),
            ("HuggingFace_API_KEY", "HUGGINGFACE_API_KEY", Separators),
            ("GROK_API_KEY", "XAI_API_KEY", MadeUp),
            ("NEXT_PUBLIC_OPENAI_API_KEY", "OPENAI_API_KEY", Prefixed),
            ("VITE_OPENAI_KEY", "OPENAI_API_KEY", MadeUp),
            ("SHOP_OPENAI_API_KEY", "OPENAI_API_KEY", Own),
            ("OPENAI_API_KEY_2", "OPENAI_API_KEY", Own),
            ("TEST_AZURE_OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", Own),
        ] {
            let near = catalogue.nearest(name).unwrap_or_else(|| panic!("{name} is like nothing"));
            assert_eq!((near.name, near.likeness), (known, likeness), "{name}");
        }
    }

    #[test]
    fn names_that_belong_to_something_else_are_like_nothing() {
        let catalogue = catalogue();
        for name in [
            // known to be read by something
            "OPENAI_API_KEY",
            "OPENAI_ACCESS_TOKEN",
            "OPENAI_TOKEN",
            "OPENAI_APIKEY",
            "OPENAI_API_KEYS",
            "AZURE_OPENAI_KEY",
            "OPEN_ROUTER_API_KEY",
            "OPENAI_ORGANIZATION",
            "OPENAI_API_BASE",
            // other services with names alike
            "KRX_OPENAPI_KEY",
            "SEOUL_OPEN_API_KEY",
            "OPENAQ_API_KEY",
            "OPENUV_API_KEY",
            "OPENID_API_KEY",
            "OPENCAGE_API_KEY",
            "ZAI_KEY",
            "CO_KEY",
            "GROQQ",
            // more general than a known one
            "APP_SECRET",
            // other variables of the same provider
            "OPENAI_MODEL_KEY",
            "OPENAI_API_KEY_X",
            "OPENAI_API_URL",
            "OPENAI_API_KE2Y",
            "ANTHROPIC_API_KEYS",
            "CLOUDFLARE_KV_API_KEY",
            "BAWS_SECRET_ACCESS_KEY",
            "DATABASE_URL",
            "APP_URL",
            "API_KEY",
            "",
        ] {
            let near = catalogue.nearest(name).filter(|near| near.likeness != Likeness::Own);
            assert!(near.is_none(), "{name} is taken for {near:?}");
        }
    }

    #[test]
    fn each_name_stands_in_one_list_of_one_provider() {
        let (mut seen, mut twice) = (BTreeSet::new(), Vec::new());
        for provider in catalogue().providers() {
            let also = provider.also.iter().map(|other| &other.name);
            let lists = [&provider.mistaken, &provider.ambiguous, &provider.settings].into_iter().flatten();
            twice.extend(
                provider.env.iter().chain(also).chain(lists).filter(|name| !seen.insert((*name).clone())).cloned(),
            );
        }
        assert!(twice.is_empty(), "{twice:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_compared_without_trouble_and_no_known_name_is_near(name in "\\PC{0,70}") {
            let catalogue = catalogue();
            if let Some(near) = catalogue.nearest(&name) {
                prop_assert_ne!(near.name, &name);
                prop_assert!(near.standing != Standing::Mistaken && near.standing != Standing::Ambiguous);
            }
        }

        #[test]
        fn a_swap_of_two_letters_in_a_long_name_is_found_out(at in 0_usize..15) {
            let catalogue = catalogue();
            let mut letters: Vec<char> = "ANTHROPIC_API_KEY".chars().collect();
            letters.swap(at, at + 1);
            let name: String = letters.into_iter().collect();
            let near = catalogue.nearest(&name).map(|near| near.name);
            prop_assert!(name == "ANTHROPIC_API_KEY" || near == Some("ANTHROPIC_API_KEY"), "{} {:?}", name, near);
        }
    }
}
