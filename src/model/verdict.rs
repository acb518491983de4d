//! What a provider said about a key, in a closed vocabulary.
//!
//! Nothing else in the program stands for "live" or "dead": not a boolean, not a missing value. Each status has reasons of its own, so a
//! verdict that makes no sense cannot be built: "refused" is not "dead", and what nobody answered is never more than unknown. Rule files write a
//! verdict as `live/restricted-scope`.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Whether a key works, and why we say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// The provider knows the key.
    Live(Live),
    /// The provider refuses it, and will go on doing so.
    Dead(Dead),
    /// Somebody was asked, and nothing follows from the answer.
    Unknown(Unknown),
    /// Nobody was asked.
    NotChecked(NotChecked),
}

/// What is said of a key that works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Live {
    /// It answered the question.
    Ok,
    /// It is good, and may not do what was asked.
    RestrictedScope,
    /// It is good, and there is no money behind it.
    NoCredit,
    /// It is good, and was used too often just now.
    RateLimited,
    /// It is good, and belongs to another organisation than the one named.
    WrongOrganization,
    /// It is good, and belongs to another project than the one named.
    WrongProject,
    /// It is good, and belongs to another region than the one asked.
    WrongRegion,
    /// It is good, and may not be used from this address.
    IpRestricted,
    /// It is good, and has no access to the model.
    ModelAccess,
}

/// What is said of a key that works no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dead {
    /// Revoked, deleted or never valid: providers do not tell these apart.
    Rejected,
    /// The account it belongs to is closed.
    AccountDeactivated,
    /// Its time is over.
    Expired,
}

/// Why nothing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// There was no connection.
    Network,
    /// There was no answer in time.
    Timeout,
    /// The provider answers nobody from here.
    RegionUnsupported,
    /// The provider is out of order.
    ServerError,
    /// The answer is none that we know.
    UnexpectedAnswer,
    /// Somebody else answered.
    NotTheProvider,
    /// It could belong to several providers, so none was asked.
    AmbiguousProvider,
    /// The key did not reach the provider.
    KeyNotSent,
}

/// Why nobody was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotChecked {
    /// Verification was not asked for.
    NotRequested,
    /// There is no way to ask about a key of this kind, or what it takes beside the key is not known.
    NotVerifiable,
    /// An exception says that the key is no leak.
    Suppressed,
    /// It belongs to a host that nobody allowed us to ask.
    HostNotAllowed,
    /// This program cannot open a socket.
    BuiltWithoutNetwork,
}

impl Verdict {
    /// The state of every finding until somebody asks the provider.
    pub const NOT_REQUESTED: Self = Self::NotChecked(NotChecked::NotRequested);

    /// Every verdict there is.
    pub const ALL: [Self; 25] = [
        Self::Live(Live::Ok),
        Self::Live(Live::RestrictedScope),
        Self::Live(Live::NoCredit),
        Self::Live(Live::RateLimited),
        Self::Live(Live::WrongOrganization),
        Self::Live(Live::WrongProject),
        Self::Live(Live::WrongRegion),
        Self::Live(Live::IpRestricted),
        Self::Live(Live::ModelAccess),
        Self::Dead(Dead::Rejected),
        Self::Dead(Dead::AccountDeactivated),
        Self::Dead(Dead::Expired),
        Self::Unknown(Unknown::Network),
        Self::Unknown(Unknown::Timeout),
        Self::Unknown(Unknown::RegionUnsupported),
        Self::Unknown(Unknown::ServerError),
        Self::Unknown(Unknown::UnexpectedAnswer),
        Self::Unknown(Unknown::NotTheProvider),
        Self::Unknown(Unknown::AmbiguousProvider),
        Self::Unknown(Unknown::KeyNotSent),
        Self::NotChecked(NotChecked::NotRequested),
        Self::NotChecked(NotChecked::NotVerifiable),
        Self::NotChecked(NotChecked::Suppressed),
        Self::NotChecked(NotChecked::HostNotAllowed),
        Self::NotChecked(NotChecked::BuiltWithoutNetwork),
    ];

    /// The word for the status in every format.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Live(_) => "live",
            Self::Dead(_) => "dead",
            Self::Unknown(_) => "unknown",
            Self::NotChecked(_) => "not-checked",
        }
    }

    /// The word for the reason in every format.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Live(reason) => match reason {
                Live::Ok => "ok",
                Live::RestrictedScope => "restricted-scope",
                Live::NoCredit => "no-credit",
                Live::RateLimited => "rate-limited",
                Live::WrongOrganization => "wrong-organization",
                Live::WrongProject => "wrong-project",
                Live::WrongRegion => "wrong-region",
                Live::IpRestricted => "ip-restricted",
                Live::ModelAccess => "model-access",
            },
            Self::Dead(reason) => match reason {
                Dead::Rejected => "rejected",
                Dead::AccountDeactivated => "account-deactivated",
                Dead::Expired => "expired",
            },
            Self::Unknown(reason) => match reason {
                Unknown::Network => "network",
                Unknown::Timeout => "timeout",
                Unknown::RegionUnsupported => "region-unsupported",
                Unknown::ServerError => "server-error",
                Unknown::UnexpectedAnswer => "unexpected-answer",
                Unknown::NotTheProvider => "not-the-provider",
                Unknown::AmbiguousProvider => "ambiguous-provider",
                Unknown::KeyNotSent => "key-not-sent",
            },
            Self::NotChecked(reason) => match reason {
                NotChecked::NotRequested => "not-requested",
                NotChecked::NotVerifiable => "not-verifiable",
                NotChecked::Suppressed => "suppressed",
                NotChecked::HostNotAllowed => "host-not-allowed",
                NotChecked::BuiltWithoutNetwork => "built-without-network",
            },
        }
    }

    /// The reason as people say it, behind the status: "live: …".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Live(reason) => match reason {
                Live::Ok => "it works right now",
                Live::RestrictedScope => "it works, within narrower rights than were asked for",
                Live::NoCredit => "it works, but its account has no credit",
                Live::RateLimited => "it works, and has been used up to its limit just now",
                Live::WrongOrganization => "it works, for another organisation than the one named",
                Live::WrongProject => "it works, for another project than the one named",
                Live::WrongRegion => "it works, at another regional host",
                Live::IpRestricted => "it works, from other addresses than this one",
                Live::ModelAccess => "it works, without access to the model",
            },
            Self::Dead(reason) => match reason {
                Dead::Rejected => "revoked or deleted",
                Dead::AccountDeactivated => "its account has been deactivated",
                Dead::Expired => "expired",
            },
            Self::Unknown(reason) => match reason {
                Unknown::Network => "the provider could not be reached",
                Unknown::Timeout => "the provider did not answer in time",
                Unknown::RegionUnsupported => "the provider answers nobody from this place",
                Unknown::ServerError => "the provider is out of order",
                Unknown::UnexpectedAnswer => "the answer says nothing about the key",
                Unknown::NotTheProvider => "somebody else than the provider answered",
                Unknown::AmbiguousProvider => "it cannot be told whose key it is, so nobody was asked",
                Unknown::KeyNotSent => "the key did not reach the provider",
            },
            Self::NotChecked(reason) => match reason {
                NotChecked::NotRequested => "nobody was asked",
                NotChecked::NotVerifiable => "there is no way to ask about this one",
                NotChecked::Suppressed => "an exception says that it is no leak, so nobody was asked",
                NotChecked::HostNotAllowed => "it belongs to a host that may not be asked",
                NotChecked::BuiltWithoutNetwork => "this program was built without network",
            },
        }
    }

    /// Which of two verdicts on one key says more; the smaller does.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Live(_) => 0,
            Self::Dead(_) => 1,
            Self::Unknown(_) => 2,
            Self::NotChecked(_) => 3,
        }
    }

    /// Whether the provider knows the key.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live(_))
    }

    /// Whether the key is live and something stands in its way: rights, place, organisation.
    #[must_use]
    pub const fn is_restricted(self) -> bool {
        matches!(self, Self::Live(reason) if !matches!(reason, Live::Ok | Live::NoCredit | Live::RateLimited))
    }

    /// Whether the provider will go on refusing the key.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        matches!(self, Self::Dead(_))
    }

    /// Whether somebody was asked and nothing follows.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.status(), self.reason())
    }
}

/// A text that is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no verdict `{0}`")]
pub struct VerdictError(String);

impl FromStr for Verdict {
    type Err = VerdictError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_meant = |verdict: &Self| text.split_once('/') == Some((verdict.status(), verdict.reason()));
        Self::ALL.into_iter().find(is_meant).ok_or_else(|| VerdictError(text.to_owned()))
    }
}

/// A verdict and what led to it: what a finding says of its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// Whether the key works, and why we say so.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Status of the answer that decided, where there was one.
    pub http_status: Option<u16>,
    /// What follows for whoever holds the key.
    pub advice: Option<String>,
}

impl Verification {
    /// The state of every finding until somebody asks the provider.
    pub const NOT_REQUESTED: Self = Self::of(Verdict::NOT_REQUESTED);

    /// A verdict without an answer behind it.
    #[must_use]
    pub const fn of(verdict: Verdict) -> Self {
        Self { verdict, http_status: None, advice: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_written_as_rule_files_and_reports_write_it() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.to_string().parse(), Ok(verdict));
            let json = serde_json::to_value(Verification::of(verdict)).unwrap();
            assert_eq!(json["status"], verdict.status());
            assert_eq!(json["reason"], verdict.reason());
            assert_eq!(serde_json::from_value::<Verification>(json).unwrap(), Verification::of(verdict));
        }
        assert!("live/rejected".parse::<Verdict>().is_err());
        assert!("live".parse::<Verdict>().is_err());
    }

    #[test]
    fn a_status_with_the_reason_of_another_is_no_verdict() {
        let json = serde_json::json!({"status": "dead", "reason": "ok", "http_status": null, "advice": null});
        assert!(serde_json::from_value::<Verification>(json).is_err());
    }

    #[test]
    fn a_report_from_before_there_was_verification_is_still_read() {
        let json = serde_json::json!({"status": "not-checked", "reason": "not-requested"});
        assert_eq!(serde_json::from_value::<Verification>(json).unwrap(), Verification::NOT_REQUESTED);
    }

    #[test]
    fn restricted_keys_are_live() {
        let restricted: Vec<&str> =
            Verdict::ALL.iter().filter(|verdict| verdict.is_restricted()).map(|verdict| verdict.reason()).collect();
        assert_eq!(
            restricted,
            [
                "restricted-scope",
                "wrong-organization",
                "wrong-project",
                "wrong-region",
                "ip-restricted",
                "model-access"
            ]
        );
    }
}
