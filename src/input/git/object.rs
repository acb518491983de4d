//! Commits, tags and trees as bytes: only what a scanner needs of them.
//!
//! Format: gitformat-pack and `git help cat-file`. Everything comes from a hostile repository, so what does not parse is `None` and
//! never a panic.

use gix_hash::{Kind, ObjectId};

/// The head of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// When it was written: seconds since 1970, and the offset of the author's clock as git writes it.
    pub(super) author_time: Time,
    /// When it was committed, in seconds since 1970; the order of a walk.
    pub(super) committed: i64,
}

/// Seconds since 1970 and the minutes that the author's clock was ahead of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) offset: i32,
}

impl Commit {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut commit: Option<Self> = None;
        for line in head(bytes).split(|byte| *byte == b'\n') {
            let (name, value) = split_once(line, b' ')?;
            match (name, &mut commit) {
                (b"tree", None) => {
                    let tree = ObjectId::from_hex(value).ok()?;
                    commit = Some(Self { tree, parents: Vec::new(), author_time: Time::default(), committed: 0 });
                }
                (b"parent", Some(commit)) => commit.parents.push(ObjectId::from_hex(value).ok()?),
                (b"author", Some(commit)) => commit.author_time = time(value),
                // Signatures and merged tags follow; nothing of them matters.
                (b"committer", Some(commit)) => {
                    commit.committed = time(value).seconds;
                    break;
                }
                _ => break,
            }
        }
        commit
    }
}

/// The lines before the empty one.
fn head(bytes: &[u8]) -> &[u8] {
    memchr::memmem::find(bytes, b"\n\n").map_or(bytes, |end| &bytes[..end])
}

/// What follows the head of a commit or tag: its message, and the offset at which it begins.
pub(super) fn message(bytes: &[u8]) -> (usize, &[u8]) {
    let start = (head(bytes).len() + 2).min(bytes.len());
    (start, &bytes[start..])
}

/// The messages of the tags that a commit has merged, which git keeps in its head.
pub(super) fn merged_tags(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const NAME: &[u8] = b"\nmergetag ";
    let mut rest = head(bytes);
    std::iter::from_fn(move || {
        let from = memchr::memmem::find(rest, NAME)? + NAME.len();
        // Further lines of a value begin with a blank.
        let mut tag = Vec::new();
        rest = &rest[from..];
        loop {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            tag.extend_from_slice(&rest[..end]);
            let next = rest.get(end..).and_then(|next| next.strip_prefix(b"\n "));
            let Some(next) = next else {
                rest = &rest[end..];
                break;
            };
            tag.push(b'\n');
            rest = next;
        }
        Some(message(&tag).1.to_vec())
    })
}

fn split_once(line: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = memchr::memchr(at, line)?;
    Some((&line[..place], &line[place + 1..]))
}

/// Reads `Name <address> 1700000000 +0200`; a time that cannot be read is 1970.
fn time(value: &[u8]) -> Time {
    let text = String::from_utf8_lossy(value.rsplit(|byte| *byte == b'>').next().unwrap_or(value)).into_owned();
    let mut parts = text.split_ascii_whitespace();
    let seconds = parts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let offset: i32 = parts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    Time { seconds, offset: offset / 100 * 60 + offset % 100 }
}

impl Time {
    /// The time as RFC 3339 writes it, in the author's own zone; `None` for a year that has no four digits.
    pub(super) fn rfc3339(self) -> Option<String> {
        let offset = if self.offset.abs() < 24 * 60 { self.offset } else { 0 };
        let local = self.seconds.checked_add(i64::from(offset) * 60)?;
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let date = crate::model::Date::of_days(days)?;
        let (sign, ahead) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
        let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
        Some(format!("{date}T{hour:02}:{minute:02}:{rest:02}{sign}{:02}:{:02}", ahead / 60, ahead % 60))
    }
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Tree,
    /// A file, or the target of a symbolic link.
    Blob,
    /// A commit of a submodule: not in this repository.
    Submodule,
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreeEntry<'a> {
    pub(super) kind: EntryKind,
    pub(super) name: &'a [u8],
    pub(super) id: &'a gix_hash::oid,
}

/// The entries of a tree, up to the first that does not parse.
pub(super) fn entries(mut bytes: &[u8], hash: Kind) -> impl Iterator<Item = TreeEntry<'_>> {
    std::iter::from_fn(move || {
        let (entry, rest) = entry(bytes, hash)?;
        bytes = rest;
        Some(entry)
    })
}

/// The first entry of a tree, and the bytes behind it.
pub(super) fn entry(bytes: &[u8], hash: Kind) -> Option<(TreeEntry<'_>, &[u8])> {
    let (mode, rest) = split_once(bytes, b' ')?;
    let (name, rest) = split_once(rest, 0)?;
    let (id, rest) = rest.split_at_checked(hash.len_in_bytes())?;
    let kind = match mode {
        b"40000" | b"040000" => EntryKind::Tree,
        b"160000" => EntryKind::Submodule,
        _ => EntryKind::Blob,
    };
    Some((TreeEntry { kind, name, id: gix_hash::oid::try_from_bytes(id).ok()? }, rest))
}

/// The object that an annotated tag points to.
pub(super) fn tagged(bytes: &[u8]) -> Option<ObjectId> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    ObjectId::from_hex(line.strip_prefix(b"object ")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "89e5a3e7d8f6c4b2a1908f7e6d5c4b3a29181706";

    #[test]
    fn a_commit_is_read_as_far_as_it_goes() {
        let text = format!(
            "tree {ID}\nparent {ID}\nauthor A <a@b> 1700000000 +0230\ncommitter C <c@d> 1700000001 -0100\n\nhi\n\nthere\n"
        );
        let commit = Commit::parse(text.as_bytes()).unwrap();
        assert_eq!((commit.parents.len(), commit.committed), (1, 1_700_000_001));
        assert_eq!(commit.author_time.rfc3339().unwrap(), "2023-11-15T00:43:20+02:30");
        assert_eq!(message(text.as_bytes()).1, b"hi\n\nthere\n");
        assert_eq!(Commit::parse(b"tree 12\n\n"), None);
        assert_eq!(Commit::parse(b""), None);
        assert_eq!(message(b"tree"), (4, &b""[..]));
    }

    #[test]
    fn merged_tags_are_read_out_of_the_head() {
        let tag = |text: &str| format!("mergetag object {ID}\n type commit\n tag v1\n \n {text}\n second\n");
        let text = format!("tree {ID}\ncommitter C <c@d> 1 +0000\n{}{}gpgsig x\n y\n\nown\n", tag("one"), tag("two"));
        let found: Vec<Vec<u8>> = merged_tags(text.as_bytes()).collect();
        assert_eq!(found, [b"one\nsecond".to_vec(), b"two\nsecond".to_vec()]);
        assert_eq!(merged_tags(b"tree x\nmergetag ").count(), 1);
        assert_eq!(merged_tags(b"tree x\n\nof a\nmergetag here\n").count(), 0);
    }

    #[test]
    fn the_entries_of_a_tree_end_where_it_is_broken() {
        let mut tree = b"100644 a.txt\0".to_vec();
        tree.extend([1; 20]);
        tree.extend(b"40000 sub\0");
        tree.extend([2; 20]);
        tree.extend(b"100644 cut\0abc");
        let kinds: Vec<_> = entries(&tree, Kind::Sha1).map(|entry| (entry.kind, entry.name.to_vec())).collect();
        assert_eq!(kinds, [(EntryKind::Blob, b"a.txt".to_vec()), (EntryKind::Tree, b"sub".to_vec())]);
    }

    #[test]
    fn odd_times_do_no_harm() {
        assert_eq!(time(b"A <a> 99999999999999 +9999").rfc3339(), None);
        assert_eq!(time(b"nothing").rfc3339().unwrap(), "1970-01-01T00:00:00+00:00");
        assert_eq!(time(b"A <a> 0 -2500").rfc3339().unwrap(), "1970-01-01T00:00:00+00:00");
    }
}
