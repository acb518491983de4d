//! The shape of a rule file: exactly what may stand in `rules/<provider>.toml` and in a user's `[[rule]]`.
//!
//! These structs are the documentation of the format: the JSON schema, `keyward explain` and `rules/README.md` come from them.
//! They hold text only; [`super::RuleSet`] checks that the text makes sense.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verify::VerifySpec;
use crate::model::{Confidence, RuleId, Severity};

/// One file in `rules/`: a provider and the rules for its credentials.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderFile {
    /// Whose credentials these are.
    pub provider: Provider,
    /// One rule for each kind of credential.
    #[serde(rename = "rule")]
    pub rules: Vec<RuleSpec>,
}

/// The issuer of credentials.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Provider {
    /// Short name; equals the file's name.
    pub id: String,
    /// Name as the provider writes it.
    pub name: String,
    /// Whether nobody issues these: private keys, passwords and the like, which people make for themselves, or whose issuer cannot be told.
    #[serde(default)]
    pub issues_nothing: bool,
    /// Environment variables its SDKs read for a credential; the first is the one to recommend.
    #[serde(default)]
    pub env: Vec<String>,
    /// Names that other software reads for the same credential.
    #[serde(default)]
    pub also: Vec<OtherName>,
    /// Names that people write by mistake or make up, and that no common software reads.
    #[serde(default)]
    pub mistaken: Vec<String>,
    /// Names that people write for it by mistake and that as often belong to something else, such as `OPENAPI_KEY`. They count only
    /// beside other evidence: a key of the provider as the value, or a client of it that takes it.
    #[serde(default)]
    pub ambiguous: Vec<String>,
    /// Of all these names, those under which people also keep a key that is meant to be public, such as one for maps. They say nothing
    /// where only the name speaks.
    #[serde(default)]
    pub may_be_public: Vec<String>,
    /// Variables that go with it and hold no credential: base URL, organization, region.
    #[serde(default)]
    pub settings: Vec<String>,
    /// Those of them that say whom a key belongs to, and that SDKs send along with it: one that is out of date turns a good key away.
    #[serde(default)]
    pub owners: Vec<Owner>,
    /// Hosts of its API.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Where a key is revoked.
    #[serde(default)]
    pub revoke: Option<String>,
    /// How its API is called, as far as the environment lint judges that.
    #[serde(default)]
    pub api: Option<Api>,
    /// How its keys are verified, as far as all have it in common. Only rules that come with keyward have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifySpec>,
    /// Libraries that call it.
    #[serde(default, rename = "sdk")]
    pub sdks: Vec<Sdk>,
}

impl Provider {
    /// Who issues its credentials, if anybody does.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        (!self.issues_nothing).then_some(&*self.name)
    }
}

/// What a key belongs to, such as an organisation, as far as a variable names it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Owner {
    /// What it is, for people: `organisation`.
    pub what: String,
    /// Variables that hold its id; the first is the one that the provider's own SDKs read.
    pub names: Vec<String>,
    /// How its ids begin: `org-`.
    pub begins: String,
    /// The header in which SDKs send it.
    pub header: String,
}

/// How a provider's API is called.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Api {
    /// Headers that take a key, each as the header's name in lower case and the word in front of the key, if there is one:
    /// `authorization Bearer`, `x-api-key`. The first is the one to recommend.
    pub headers: Vec<String>,
    /// Headers, in the same form, that take something else than a key of the API, such as a token of a signed-in user.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// What an address ends in that is given to a client, by the provider whose client it is: `openai = ["/v1"]` for clients made for OpenAI.
    #[serde(default)]
    pub bases: BTreeMap<String, Vec<String>>,
    /// How every path of the API begins: `/v1`. Empty when it is not known.
    #[serde(default)]
    pub roots: Vec<String>,
    /// Beginnings of paths that no longer answer; where one ends in `/`, only what is below it.
    #[serde(default)]
    pub retired: Vec<String>,
    /// What a client must be told of the API's version.
    #[serde(default)]
    pub version: Option<Version>,
}

/// A version of the API that calls must name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Version {
    /// The parameter in addresses.
    pub parameter: String,
    /// Arguments of clients that set it.
    pub arguments: Vec<String>,
    /// Variables that set it.
    pub env: Vec<String>,
    /// Paths that do without it.
    #[serde(default)]
    pub free: Vec<String>,
}

/// A name under which other software than the provider's SDKs reads its credential.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OtherName {
    /// The variable.
    pub name: String,
    /// What reads it.
    pub by: String,
}

/// What rule files call the client that is a module's default export.
pub const DEFAULT_EXPORT: &str = "default";

/// A library that calls a provider, as far as the environment lint needs to know it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sdk {
    /// `python`, `javascript`, `ruby`, `go`, `rust`, `php`, `java`, `csharp`, `elixir`, `dart`, `swift`; Kotlin counts as Java.
    pub language: String,
    /// Packages as a manifest or an import names them: `openai`, `@ai-sdk/openai`, `github.com/openai/openai-go`.
    pub packages: Vec<String>,
    /// Classes or functions that build a client: `OpenAI`, `openai.NewClient`. `default` stands for the default export of a JavaScript
    /// module; it is called by the first name of the list.
    #[serde(default)]
    pub clients: Vec<String>,
    /// Beginnings of the names of models for which it calls this provider, when it calls several: `groq/`, `gpt-`. The model is the
    /// argument called so, or the first one.
    #[serde(default)]
    pub models: Vec<String>,
    /// Arguments that take the key, such as `api_key`; `0` stands for the first positional one.
    #[serde(default)]
    pub key: Vec<String>,
    /// Arguments that take the address.
    #[serde(default)]
    pub base: Vec<String>,
    /// Variables that it reads by itself when no key is passed, in the order it asks; empty when it reads none.
    #[serde(default)]
    pub reads: Vec<String>,
    /// Variables that it reads for the address.
    #[serde(default)]
    pub base_reads: Vec<String>,
    /// The option that lets it run in a browser.
    #[serde(default)]
    pub browser: Option<String>,
    /// Options and variables of older versions that are no longer read, or that belong to other clients.
    #[serde(default)]
    pub retired: Vec<String>,
}

/// How a rule finds the credential once one of its literals was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// The match begins with the literal.
    #[default]
    Start,
    /// The literal stands somewhere inside the match, at most `before` bytes after its beginning.
    Inside,
    /// The literal is part of a *name*; the pattern describes the value assigned or passed to it on the same line. The name
    /// must say that it is a credential (key, token, secret, …).
    Assignment,
    /// The literal is a marker with a body of equal length on both sides and a known prefix in front (`kinds`).
    Marker,
}

/// What may not touch the match, for shapes that have no prefix or no fixed end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Edges {
    /// Anything may stand before and after. Right for every credential with a prefix and a fixed length.
    #[default]
    Open,
    /// No letter, digit, `_` or `-` before it, unless that is the end of an escape such as `\n` or `%3D`.
    Left,
    /// No letter, digit, `_` or `-` after it.
    Right,
    /// Both.
    Both,
}

/// A test on the matched text that a regular expression cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Structure {
    /// Last six characters are the CRC-32 of the 30 before them, in base 62 (GitHub, npm).
    Crc32Base62,
    /// Last eight hexadecimal digits are the little-endian CRC-32 of all before the last `_` (Grafana).
    Crc32Hex,
    /// Header is base64url JSON with an `alg`, and the payload does not say that the token is public.
    Jwt,
    /// A JWT whose payload has the role `service_role` (Supabase).
    JwtServiceRole,
    /// The body between the PEM lines is base64 of a private key, unencrypted.
    Pem,
    /// Azure's annotated key: dates and signatures at their offsets.
    AzureCask,
    /// What follows the literal is base64 that begins a JSON object.
    Base64Json,
    /// First dot-separated part is the base64 of a decimal number (Discord).
    Base64Number,
    /// Last 32 characters are hexadecimal digits of alternating case (one-api relays).
    RelayUuid,
    /// Upper case, lower case and a digit all occur, as random text of this length always has.
    Mixed,
    /// At least one digit and one letter occur.
    AlphaNumeric,
    /// There is a digit, or nothing joins words: `process.env.TOKEN` and `some-test-token` are none.
    NoWords,
    /// A drawn token: hexadecimal with digits and letters, or of mixed case with digits, few separators and high entropy, unlike words that
    /// are joined.
    Token,
    /// The value is a password in a URL that is neither empty, a variable nor a well-known default.
    Password,
}

/// One prefix of a rule and the kind it names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kind {
    /// Beginning of the credential. For [`Anchor::Marker`], `sk-*-` stands for any name in the middle.
    pub prefix: String,
    /// Name of the kind, such as `project`.
    pub kind: String,
}

/// What the entropy of a credential is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntropyOf {
    /// The part that differs from key to key.
    #[default]
    Variable,
    /// All of it, with the prefix that names its kind.
    Secret,
}

/// Words of which at least one must stand near the match.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Context {
    /// Words or hosts, compared without regard to case. Empty means: the provider's `hosts`, `env` and `also`.
    #[serde(default)]
    pub words: Vec<String>,
    /// How many bytes before and after the match are searched.
    #[serde(default = "default_reach")]
    pub reach: usize,
    /// Whether a word in the file's path counts as well.
    #[serde(default)]
    pub path: bool,
}

fn default_reach() -> usize {
    200
}

/// A text that shows what a rule matches or leaves alone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// A template: `{alnum:20}` is replaced by twenty seeded random letters and digits. See [`super::template`].
    pub text: String,
    /// Path the text is taken to stand in; decides `files` and `context.path`.
    #[serde(default)]
    pub path: Option<String>,
}

/// What a rule of ours shows by example, kept apart from the rule.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Examples {
    /// Texts that must match.
    #[serde(default, rename = "match")]
    pub matches: Vec<Example>,
    /// Texts that must not.
    #[serde(default)]
    pub no_match: Vec<Example>,
}

/// One kind of credential.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own in a rule file")]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSpec {
    /// Stable name; reads well after "allow".
    pub id: RuleId,
    /// Version of keyward that brought it; empty for a user's own.
    #[serde(default)]
    pub since: String,
    /// How bad it is when true.
    #[serde(default = "default_severity")]
    pub severity: Severity,
    /// How sure a match is.
    #[serde(default = "default_confidence")]
    pub confidence: Confidence,
    /// What it is, as a noun phrase: "OpenAI API key".
    pub summary: String,
    /// Why it matters: one sentence.
    #[serde(default = "default_why")]
    pub why: String,
    /// What to do: one or two sentences.
    #[serde(default = "default_help")]
    pub help: String,
    /// Kind within the provider; `kinds` can refine it by prefix.
    #[serde(default)]
    pub kind: Option<String>,
    /// Where this kind is revoked, when it differs from the provider's page.
    #[serde(default)]
    pub revoke: Option<String>,
    /// Where the shape and the meaning are described.
    #[serde(default)]
    pub references: Vec<String>,
    /// What the rule does not see.
    #[serde(default)]
    pub limits: Option<String>,
    /// Whether keys of this kind are put into pages on purpose, so that one in what browsers download is no fault by itself.
    #[serde(default)]
    pub may_be_public: bool,

    /// Every match contains (or, for assignments, is named by) one of these; at least three bytes each.
    pub literals: Vec<String>,
    /// Whether literals are compared without regard to case. Always so for assignments.
    #[serde(default)]
    pub ignore_case: bool,
    /// How pattern and literal relate.
    #[serde(default)]
    pub anchor: Anchor,
    /// Regular expression (bytes, no Unicode classes). The group `secret`, when there is one, is the credential. Not used by
    /// [`Anchor::Marker`].
    #[serde(default)]
    pub pattern: String,
    /// [`Anchor::Inside`]: how many bytes before the literal the match may begin.
    #[serde(default)]
    pub before: usize,
    /// Longest match in bytes, counted from the literal; longer text is not looked at. It bounds `+` and `{20,}`, which cost less than
    /// large counted repetitions.
    #[serde(default = "default_longest")]
    pub longest: usize,
    /// What may not touch the match.
    #[serde(default)]
    pub edges: Edges,
    /// Prefixes and the kinds they name.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// [`Anchor::Marker`]: lengths of one half that are known. Other equal halves of 40 or more are accepted as a form that is
    /// not known yet.
    #[serde(default)]
    pub halves: Vec<usize>,
    /// [`Anchor::Marker`]: report keys whose right half is too short, instead of whole ones.
    #[serde(default)]
    pub truncated: bool,
    /// Tests on the match; all must hold.
    #[serde(default)]
    pub structure: Vec<Structure>,
    /// Least Shannon entropy, in bits per character.
    #[serde(default)]
    pub entropy: Option<f64>,
    /// Of what `entropy` is the least.
    #[serde(default)]
    pub entropy_of: EntropyOf,
    /// Values that vendors publish as samples. `…` stands for anything, so that the file holds no key.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// Whether dictionary-like placeholder words (`example`, `your`, `dummy`, …) inside the value silence it. Off for formats whose checksum
    /// proves them genuine, and for rules of other scanners that do not ask.
    #[serde(default = "default_true")]
    pub placeholder_words: bool,
    /// Words that must stand near the match.
    #[serde(default)]
    pub context: Option<Context>,
    /// Globs of the file names in which the rule applies; empty means everywhere.
    #[serde(default)]
    pub files: Vec<String>,
    /// Whether the rule also applies in binary files. Needs a literal that does not occur there by chance.
    #[serde(default)]
    pub in_binaries: bool,
    /// Name shared by rules whose shapes are the same. On one match, the rule with the better evidence wins; when there is no
    /// better one, the rule without `context` reports it and names the candidates.
    #[serde(default)]
    pub family: Option<String>,

    /// That and how keys of this rule are verified; may be empty where the provider's table says all. Only rules that come with keyward
    /// have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<VerifySpec>,

    /// Texts that must match.
    #[serde(default, rename = "match")]
    pub matches: Vec<Example>,
    /// Texts that must not.
    #[serde(default, rename = "no-match")]
    pub no_matches: Vec<Example>,
}

fn default_severity() -> Severity {
    Severity::Error
}

fn default_confidence() -> Confidence {
    Confidence::Medium
}

fn default_why() -> String {
    "Anyone who can read the repository can use it.".to_owned()
}

fn default_help() -> String {
    "Revoke it, and read the new one from the environment or a secret store.".to_owned()
}

fn default_longest() -> usize {
    512
}

fn default_true() -> bool {
    true
}
