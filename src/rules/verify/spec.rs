//! How a rule file says what is asked about a key, and what each answer means.
//!
//! `[provider.verify]` holds what all keys of a provider have in common; a rule's own `[rule.verify]`, which may be empty, says that keys of
//! this rule are asked about, and comes first where both say something. A rule without that table is never sent anywhere.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The request, the table of answers and an example of each.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerifySpec {
    /// What is asked.
    #[serde(default)]
    pub request: Option<Request>,
    /// Asked only when the provider is named, as in `--verify=perplexity`: the call costs something or leaves traces.
    #[serde(default)]
    pub opt_in: bool,
    /// Pattern of the keys that can be asked about, when not all of the rule's can.
    #[serde(default)]
    pub only: Option<String>,
    /// What names the provider when the shape of the key does not.
    #[serde(default)]
    pub certain: Option<Certain>,
    /// What must be known beside the key.
    #[serde(default, rename = "companion")]
    pub companions: Vec<Companion>,
    /// Headers that clients send along when a variable is set, with the variables. A key is asked about without them, because a stale one makes a
    /// good key look bad; with them only to tell whether they fit.
    #[serde(default)]
    pub diagnostic: BTreeMap<String, Vec<String>>,
    /// Pattern of hosts on which people run the service themselves. When one is named near the key, the key is not sent to the
    /// provider's own host.
    #[serde(default)]
    pub own_hosts: Option<String>,
    /// What answers mean; the first that fits decides.
    #[serde(default, rename = "answer")]
    pub answers: Vec<AnswerSpec>,
    /// Answers as they come, each with the verdict it leads to.
    #[serde(default, rename = "example")]
    pub examples: Vec<AnswerExample>,
}

/// A request. In `path` and `headers`, `{secret}` stands for the key, `{name}` for a companion, `{base64:…}` for what is encoded.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// `GET`, or `POST` where that changes nothing.
    #[serde(default)]
    pub method: Method,
    /// Hosts of the provider; as long as one refuses the key, the next is asked. Empty: only what `--verify-url` names.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// A companion that is the host, and what it must end in.
    #[serde(default)]
    pub host_from: Option<HostFrom>,
    /// The path, with its query.
    pub path: String,
    /// Paths for keys that begin so.
    #[serde(default)]
    pub paths: BTreeMap<String, String>,
    /// Headers by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; no template unless `place` is `body`.
    #[serde(default)]
    pub body: Option<String>,
    /// Where the key stands.
    #[serde(default)]
    pub place: Place,
}

/// How a request is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Sends a body.
    Post,
}

/// Where the key stands in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In one header.
    #[default]
    Header,
    /// In the path: only where the API knows no other way.
    Path,
    /// In the body: likewise.
    Body,
    /// Nowhere: it signs the request, as AWS wants it.
    Signature,
}

/// A host that is found beside the key.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HostFrom {
    /// The companion that holds it.
    pub companion: String,
    /// Hosts of the provider of which it must be a subdomain.
    pub below: Vec<String>,
}

/// What names the provider of a key whose shape does not.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Certain {
    /// Keys of this form are the provider's after all.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Others are when one of these words stands near on the same line,
    #[serde(default)]
    pub words: Vec<String>,
    /// and none of these: names of others whose keys look the same.
    #[serde(default)]
    pub not_words: Vec<String>,
}

/// Something that a request needs beside the key, such as the public half of a pair.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Companion {
    /// What templates call it.
    pub name: String,
    /// What it looks like; the first group, when there is one, is the value.
    pub pattern: String,
    /// What it is, for who has to provide it.
    pub what: String,
    /// Whether the request can be made without it.
    #[serde(default)]
    pub optional: bool,
}

/// What an answer must be, and what it then means. All conditions must hold, and of `code` and `message` one: an error has a code or says the
/// same in words. Text is compared without regard to case.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerSpec {
    /// HTTP status, or several.
    pub status: Several<u16>,
    /// What `/error/code` may be.
    #[serde(default)]
    pub code: Vec<String>,
    /// Places in the JSON, as JSON pointers (`*` stands for any member), and what stands there.
    #[serde(default)]
    pub is: BTreeMap<String, Several<Value>>,
    /// Places in the JSON where something stands.
    #[serde(default)]
    pub has: Vec<String>,
    /// Places in the JSON where nothing stands, or `null`. The answer is JSON all the same.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Places in the JSON that hold a number of at most this.
    #[serde(default)]
    pub at_most: BTreeMap<String, f64>,
    /// Texts of which one stands in an answer in JSON.
    #[serde(default)]
    pub message: Vec<String>,
    /// Texts of which one stands in an answer of any format.
    #[serde(default)]
    pub text: Vec<String>,
    /// Headers and what stands in them.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Pattern whose first group is `{found}` in `advice`; `{found|HOST}` says what stands there when there is none. It must not be able to
    /// match a key.
    #[serde(default)]
    pub find: Option<String>,
    /// Status and reason: `live/restricted-scope`.
    pub verdict: String,
    /// What follows for whoever holds the key, where it is more than what follows from the verdict alone.
    #[serde(default)]
    pub advice: Option<String>,
    /// What is done before the verdict stands.
    #[serde(default)]
    pub then: Option<Then>,
}

/// What is done before a verdict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// The same is asked once more: the answer is known to come by mistake.
    AskAgain,
    /// `{found}` names another host of the provider; it is asked once.
    AskFoundHost,
}

/// One value or a list of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Several<T> {
    /// One of these. First, because a list is also one value in JSON.
    Of(Vec<T>),
    /// One.
    One(T),
}

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self::Of(Vec::new())
    }
}

impl<T: PartialEq> Several<T> {
    /// Whether `value` is among them.
    pub fn contains(&self, value: &T) -> bool {
        self.as_slice().contains(value)
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Of(values) => values,
        }
    }
}

/// An answer as it comes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerExample {
    /// What it shows.
    pub name: String,
    /// HTTP status.
    pub status: u16,
    /// Headers by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// The verdict it leads to.
    pub verdict: String,
    /// What its advice says, in part.
    #[serde(default)]
    pub advises: Option<String>,
}
