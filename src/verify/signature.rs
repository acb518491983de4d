//! Signature version 4, with which AWS is asked whose key it is: the secret half signs the request and does not travel.
//!
//! Only what one call needs: the security token service, a body that is a form, no query.

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Companions;
use crate::model::Date;

/// The service's global endpoint belongs to this region; that of a partition apart from the others names its own.
const REGION: &str = "us-east-1";
const SERVICE: &str = "sts";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// Keys that begin so work together with a session's token only.
const TEMPORARY: &str = "ASIA";

/// Headers that sign a request with `body` to `host` by the pair of `secret` and the companion `id`, now. `None` when the pair is not whole.
pub(super) fn headers(secret: &str, companions: &Companions, host: &str, body: &str) -> Option<Vec<(String, String)>> {
    let text = |name: &str| companions.get(name).and_then(|value| std::str::from_utf8(value.expose()).ok());
    let (id, session) = (text("id")?, text("session"));
    if id.starts_with(TEMPORARY) && session.is_none() {
        return None;
    }
    let pair = Pair { region: region(host), id, secret, session: session.filter(|_| id.starts_with(TEMPORARY)) };
    Some(pair.headers(host, body, &moment(SystemTime::now())))
}

/// The region that `host` names: `sts.us-gov-west-1.amazonaws.com`.
fn region(host: &str) -> &str {
    let named = host.strip_prefix("sts.").and_then(|rest| rest.split_once(".amazonaws.com"));
    named.map_or(REGION, |(region, _)| region)
}

struct Pair<'p> {
    region: &'p str,
    id: &'p str,
    secret: &'p str,
    session: Option<&'p str>,
}

impl Pair<'_> {
    fn headers(&self, host: &str, body: &str, moment: &str) -> Vec<(String, String)> {
        let mut headers = vec![("content-type", FORM), ("host", host), ("x-amz-date", moment)];
        headers.extend(self.session.map(|token| ("x-amz-security-token", token)));
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let lines = lines.concat();
        let request = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
        let day = &moment[..8];
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let steps = [day, self.region, SERVICE, "aws4_request", &text];
        let signature =
            steps.iter().fold(format!("AWS4{}", self.secret).into_bytes(), |key, step| signed(&key, step.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.id,
            hex(&signature)
        );
        // The client writes `host` itself.
        let signed = headers.into_iter().filter(|(name, _)| *name != "host");
        signed.chain([("authorization", &*authorization)]).map(|(name, value)| (name.into(), value.into())).collect()
    }
}

fn signed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length are taken");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `20260131T235959Z`.
fn moment(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let day = i64::try_from(days).ok().and_then(Date::of_days).unwrap_or_else(Date::today);
    let day = day.to_string().replace('-', "");
    format!("{day}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Secret;
    use crate::rules::template::expand;

    const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    #[test]
    fn moments_are_written_without_separators() {
        assert_eq!(moment(UNIX_EPOCH + Duration::from_mins(24_015_636)), "20150830T123600Z");
    }

    /// The chain of keys as AWS documents it: the example of "Deriving the signing key".
    #[test]
    fn the_key_is_derived_step_by_step() {
        // AWS's own sample, in pieces so that nobody takes it for a key.
        let secret = ["wJalrXUtnFEMI/K7MDENG", "+bPxRfiCYEXAMPLEKEY"].concat();
        let key = ["20150830", "us-east-1", "iam", "aws4_request"]
            .iter()
            .fold(format!("AWS4{secret}").into_bytes(), |key, step| signed(&key, step.as_bytes()));
        assert_eq!(hex(&key), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    }

    #[test]
    fn the_secret_half_is_in_no_header_and_decides_about_the_signature() {
        let (secret, other) = (expand("{b64:40}", "one"), expand("{b64:40}", "other"));
        let headers = |secret| {
            Pair { region: REGION, id: "AKIAX", secret, session: None }.headers(
                "sts.amazonaws.com",
                BODY,
                "20150830T123600Z",
            )
        };
        let (one, two) = (headers(&secret), headers(&other));
        assert_ne!(one, two);
        assert_eq!(one, headers(&secret));
        assert!(one.iter().all(|(_, value)| !value.contains(&secret[..10])), "{one:?}");
        let authorization = &one.last().unwrap().1;
        assert!(authorization.contains("Credential=AKIAX/20150830/us-east-1/sts/aws4_request"), "{authorization}");
        assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date,"), "{authorization}");
    }

    #[test]
    fn a_temporary_pair_needs_the_token_of_its_session() {
        let companions = |id: &str, session: Option<&str>| {
            let all = [("id", Some(id)), ("session", session)];
            all.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), Secret::new(value?.as_bytes(), 0))))
                .collect()
        };
        let of = |id, session| headers("s", &companions(id, session), "sts.amazonaws.com", BODY);
        assert!(of("ASIAX", None).is_none());
        assert!(of("ASIAX", Some("token")).unwrap().iter().any(|(name, _)| name == "x-amz-security-token"));
        assert!(of("AKIAX", Some("token")).unwrap().iter().all(|(name, _)| name != "x-amz-security-token"));
        assert!(headers("s", &Companions::new(), "sts.amazonaws.com", BODY).is_none());
    }

    #[test]
    fn a_partition_signs_for_its_own_region() {
        assert_eq!(region("sts.amazonaws.com"), "us-east-1");
        assert_eq!(region("sts.cn-north-1.amazonaws.com.cn"), "cn-north-1");
        assert_eq!(region("sts.us-gov-west-1.amazonaws.com"), "us-gov-west-1");
        assert_eq!(region("127.0.0.1:80"), "us-east-1");
    }
}
