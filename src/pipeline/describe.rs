//! From a candidate to a finding: the words, the place and the masked source.

use super::{
    disclose::{Disclosed, Disclosure},
    excerpt,
    hidden::{Hidden, Masked},
    place::{Cursor, Place, places},
    written,
};
use crate::{
    decode::{
        notebook::{Guide, Part, Whereabouts, is_notebook},
        source_map::Original,
    },
    detect::{Candidate, Detection},
    lint::{EXPOSURE, is_for_browsers, is_packed_for_browsers},
    model::{
        Blob, Confidence, Decoding, Finding, Fingerprint, Group, Related, Secret, SecretSummary, Span, Verification,
        title,
    },
    rules::{Rule, RuleSet, Structure, structure::jwt_end},
};

/// How findings are described.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// Fill [`SecretSummary::revealed`].
    pub(super) reveal: bool,
    /// Show the source around what was found. A binary shows nothing: only few rules look into it, so nobody knows what else would be shown.
    pub(super) with_source: bool,
}

/// Encodings in one another from which on a finding is less certain: what looks like one more and more often is something else.
const DEEP: usize = 3;
/// Pieces from which on a finding is less certain still.
const MANY_PIECES: usize = 8;
/// Pieces that are told one by one; of more, those in one line are one.
const MOST_TOLD: usize = 16;

/// A credential that is reported: it stands in the text as it is, or a view of it discloses it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reported<'d> {
    Plain(&'d Candidate),
    Disclosed(&'d Disclosed),
}

impl<'d> Reported<'d> {
    /// The candidate, placed in the text.
    pub(super) fn candidate(self) -> &'d Candidate {
        match self {
            Self::Plain(candidate) => candidate,
            Self::Disclosed(disclosed) => &disclosed.candidate,
        }
    }

    fn secret(self, text: &[u8]) -> Secret {
        match self {
            Self::Plain(candidate) => secret(text, candidate),
            Self::Disclosed(disclosed) => disclosed.secret.clone(),
        }
    }

    fn decoded(self) -> &'d [Decoding] {
        match self {
            Self::Plain(_) => &[],
            Self::Disclosed(disclosed) => &disclosed.decoded,
        }
    }

    /// The places of its pieces, when a program puts it together.
    fn pieces(self) -> &'d [Span] {
        match self {
            Self::Plain(_) => &[],
            Self::Disclosed(disclosed) => &disclosed.pieces,
        }
    }

    /// The more was undone and put together to see it, the less certain it is.
    fn confidence(self, rule: &Rule) -> Confidence {
        let pieces = self.pieces().len();
        let doubts = [self.decoded().len() >= DEEP, pieces > 1, pieces > MANY_PIECES];
        match (rule.spec.confidence, doubts.into_iter().filter(|doubt| *doubt).count()) {
            (confidence, 0) => confidence,
            (Confidence::High, 1) => Confidence::Medium,
            _ => Confidence::Low,
        }
    }
}

/// Describes the `reported` credentials, sorted by place, as findings in the same order. All that was found in `blob` is masked in their
/// excerpts, also what is not reported.
pub(super) fn findings(
    rules: &RuleSet,
    blob: Blob<'_>,
    all_masked: &[Masked],
    reported: &[Reported<'_>],
    options: Options,
) -> Vec<Finding> {
    let hidden = Hidden::new(blob.bytes, all_masked, &[]);
    let mut cursor = Cursor::new(blob.bytes);
    let mut guide = is_notebook(blob.own_path()).then(|| Guide::new(blob.bytes));
    let originals = written::written(blob.bytes, reported);
    let exposure = if is_shipped(blob, reported) { vec![EXPOSURE.to_owned()] } else { Vec::new() };
    let describe = |(reported, original): (&Reported<'_>, &Option<Original>)| {
        let candidate = reported.candidate();
        let secret = reported.secret(blob.bytes);
        let rule = rules.at(candidate.rule);
        let place = cursor.place(candidate.span);
        let excerpt = options
            .with_source
            .then(|| excerpt::excerpt(blob.bytes, place.start_line, place.line_start, candidate.span, &hidden));
        let mut location = place.in_file(blob.path);
        let whereabouts = guide.as_mut().and_then(|guide| guide.whereabouts(candidate.span.start));
        location.cell = whereabouts.map(|found| found.cell);
        let source = original.as_ref().and_then(written::in_source);
        let message = [
            Some(message(rules, rule, candidate)),
            ends(rule, &secret),
            in_pieces(reported.pieces()),
            whereabouts.map(in_cell),
            source,
        ];
        let mut related = related(blob, reported.pieces(), guide.as_mut());
        related.extend(original.as_ref().and_then(|original| written::related(blob, original)));
        let mut parts = vec![rule.id().as_str().as_bytes(), blob.path.as_bytes(), secret.expose()];
        parts.extend(blob.origin.archive.iter().map(String::as_bytes));
        Finding {
            rule: rule.id().clone(),
            group: Group::Secrets,
            provider: provider(rule),
            kind: candidate.kind.clone(),
            severity: rule.spec.severity,
            confidence: reported.confidence(rule),
            message: message.into_iter().flatten().collect::<Vec<String>>().join(", "),
            help: help(rule),
            location,
            origin: blob.origin.clone(),
            secret: Some(SecretSummary {
                masked: secret.masked(),
                length: secret.length(),
                fingerprint: secret.fingerprint(),
                revealed: options.reveal.then(|| String::from_utf8_lossy(secret.expose()).into_owned()),
            }),
            decoded: reported.decoded().iter().map(|decoding| decoding.as_str().to_owned()).collect(),
            exposure: exposure.clone(),
            verification: Verification::NOT_REQUESTED,
            related,
            fixes: Vec::new(),
            suppressed: None,
            fingerprint: Fingerprint::of("finding", &parts),
            excerpt,
        }
    };
    reported.iter().zip(&originals).map(describe).collect()
}

/// Whether browsers get `blob`, as far as that can be told now: of files the lint tells more once all were read.
fn is_shipped(blob: Blob<'_>, reported: &[Reported<'_>]) -> bool {
    let path = blob.own_path();
    if blob.origin.archive.is_empty() {
        return is_for_browsers(path);
    }
    let places: Vec<Span> = reported.iter().map(|reported| reported.candidate().span).collect();
    !places.is_empty() && is_packed_for_browsers(path, blob.bytes, &places)
}

/// When a token ends that says so. Not whether that day is over: a report of the same content is the same tomorrow.
fn ends(rule: &Rule, secret: &Secret) -> Option<String> {
    let is_token = rule.spec.structure.contains(&Structure::Jwt);
    let day = is_token.then(|| jwt_end(secret.expose())).flatten()?;
    Some(format!("valid until {day}"))
}

/// What is said of a credential that was put together.
fn in_pieces(pieces: &[Span]) -> Option<String> {
    (pieces.len() > 1).then(|| format!("put together from {} pieces", pieces.len()))
}

/// Where in a notebook it stands, as somebody who looks at the notebook sees it.
fn in_cell(Whereabouts { cell, part }: Whereabouts) -> String {
    match part {
        Part::Source(line) => format!("in line {line} of cell {cell}"),
        Part::Output => format!("in the output of cell {cell}"),
        Part::Metadata => format!("in the metadata of cell {cell}"),
    }
}

/// Where the `pieces` of a credential stand, when there are several.
fn related(blob: Blob<'_>, pieces: &[Span], mut guide: Option<&mut Guide<'_>>) -> Vec<Related> {
    if pieces.len() < 2 {
        return Vec::new();
    }
    let is_one_line =
        |one: Span, next: Span| memchr::memchr(b'\n', &blob.bytes[one.end..next.end.max(one.end)]).is_none();
    let mut told: Vec<Span> = Vec::new();
    for piece in pieces {
        match told.last_mut().filter(|last| pieces.len() > MOST_TOLD && is_one_line(**last, *piece)) {
            Some(last) => last.end = last.end.max(piece.end),
            None => told.push(*piece),
        }
    }
    let tell = |(place, piece): (Place, &Span)| {
        let mut location = place.in_file(blob.path);
        let whereabouts = guide.as_mut().and_then(|guide| guide.whereabouts(piece.start));
        location.cell = whereabouts.map(|found| found.cell);
        Related { message: "a piece of it stands here".to_owned(), location }
    };
    places(blob.bytes, &told).into_iter().zip(&told).map(tell).collect()
}

/// The credential that `candidate` is.
pub(super) fn secret(text: &[u8], candidate: &Candidate) -> Secret {
    Secret::new(&text[candidate.span.range()], candidate.prefix)
}

/// All that excerpts of `text` hide: what was detected, what its views disclose, and what is `hidden` besides.
pub(super) fn masked(text: &[u8], detection: &Detection, disclosure: &Disclosure, hidden: &[Span]) -> Vec<Masked> {
    let shadow = |span: &Span| Masked::plain(*span, &Secret::new(&text[span.range()], 0));
    let candidates =
        detection.candidates.iter().map(|candidate| Masked::plain(candidate.span, &secret(text, candidate)));
    let encoded = disclosure.hidden.iter().map(|span| Masked::encoded(*span));
    // A key shows what kind it is, also where the lint hides all values.
    let is_key = |span: &&Span| detection.candidates.binary_search_by_key(*span, |candidate| candidate.span).is_ok();
    let hidden = hidden.iter().filter(|span| !is_key(span));
    candidates.chain(encoded).chain(detection.shadows.iter().chain(hidden).map(shadow)).collect()
}

/// The issuer of what `rule` finds; `None` when it cannot be told.
pub(super) fn provider(rule: &Rule) -> Option<String> {
    (rule.provider.id != UNKNOWN).then(|| rule.provider.id.clone())
}

/// Provider of the rules for keys that cannot be attributed.
const UNKNOWN: &str = "unknown";

fn message(rules: &RuleSet, rule: &Rule, candidate: &Candidate) -> String {
    let summary = &rule.spec.summary;
    if !candidate.possible.is_empty() {
        let mut names: Vec<&str> =
            candidate.possible.iter().map(|index| rules.at(*index).provider.name.as_str()).collect();
        names.dedup();
        return format!("{summary}: it could belong to {}", names.join(", "));
    }
    title(summary, candidate.kind.as_deref())
}

fn help(rule: &Rule) -> String {
    match rule.revoke() {
        Some(page) if !rule.spec.help.contains(page) => format!("{} See {page}", rule.spec.help),
        _ => rule.spec.help.clone(),
    }
}
