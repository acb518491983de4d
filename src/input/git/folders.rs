//! Paths in few bytes: a folder is a name within another, and its path is put together when it is asked for. Paths can be long, and folders many.

use std::{collections::HashMap, sync::Arc};

use super::{DEEPEST, LONGEST_PATH};

/// A name of a file or folder, by number.
pub(super) type Name = u32;
/// A folder, by number.
pub(super) type Folder = u32;

/// The folder that holds all others.
pub(super) const TOP: Folder = 0;

/// Names by number. Those that read alike are one.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Arc<str>, Name>,
    all: Vec<Arc<str>>,
    bytes: usize,
}

/// Bytes that a name takes beside its own.
const BYTES_OF_WORD: usize = 64;

impl Words {
    pub(super) fn number(&mut self, name: &[u8]) -> Name {
        let text = String::from_utf8_lossy(name);
        if let Some(number) = self.numbers.get(&*text) {
            return *number;
        }
        let (number, text) = (Name::try_from(self.all.len()).unwrap_or(Name::MAX), Arc::<str>::from(text));
        self.bytes += text.len() + BYTES_OF_WORD;
        self.all.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The text of a name.
    pub(super) fn text(&self, name: Name) -> &str {
        self.all.get(name as usize).map_or("", |text| text)
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A folder within another.
#[derive(Debug)]
struct Within {
    above: Folder,
    name: Name,
    depth: u16,
    /// Bytes of its path.
    length: u32,
}

/// Folders by number.
#[derive(Debug)]
pub(super) struct Folders {
    by_name: HashMap<(Folder, Name), Folder>,
    all: Vec<Within>,
}

impl Folders {
    pub(super) fn new() -> Self {
        Self { by_name: HashMap::new(), all: vec![Within { above: TOP, name: 0, depth: 0, length: 0 }] }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The folder called `name` in `folder`; `None` when it lies too deep.
    pub(super) fn below(&mut self, folder: Folder, name: Name, words: &Words) -> Option<Folder> {
        if let Some(known) = self.by_name.get(&(folder, name)) {
            return Some(*known);
        }
        let above = &self.all[folder as usize];
        let length = above.length as usize + usize::from(above.length > 0) + words.all[name as usize].len();
        if length > LONGEST_PATH || usize::from(above.depth) >= DEEPEST {
            return None;
        }
        let number = Folder::try_from(self.all.len()).ok()?;
        let (depth, length) = (above.depth + 1, u32::try_from(length).ok()?);
        self.all.push(Within { above: folder, name, depth, length });
        self.by_name.insert((folder, name), number);
        Some(number)
    }

    /// The path of `name` in `folder`.
    pub(super) fn path(&self, folder: Folder, name: Name, words: &Words) -> String {
        let (mut names, mut at) = (vec![name], folder);
        while at != TOP {
            let within = &self.all[at as usize];
            names.push(within.name);
            at = within.above;
        }
        let mut path = String::new();
        for name in names.into_iter().rev() {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(&words.all[name as usize]);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_together_from_the_names_and_names_that_read_alike_are_one() {
        let (mut words, mut folders) = (Words::default(), Folders::new());
        let [src, deep, file] = [&b"src"[..], b"d\xff", b"a.py"].map(|name| words.number(name));
        assert_eq!(words.number(b"d\xfe"), deep);
        let below = folders.below(TOP, src, &words).unwrap();
        let deeper = folders.below(below, deep, &words).unwrap();
        assert_eq!(folders.below(below, deep, &words), Some(deeper));
        assert_eq!(folders.path(deeper, file, &words), "src/d\u{fffd}/a.py");
        assert_eq!(folders.path(TOP, file, &words), "a.py");
        assert_eq!(folders.len(), 3);
    }

    #[test]
    fn folders_that_nobody_could_check_out_are_none() {
        let (mut words, mut folders) = (Words::default(), Folders::new());
        let (long, short) = (words.number("x".repeat(LONGEST_PATH + 1).as_bytes()), words.number(b"d"));
        assert_eq!(folders.below(TOP, long, &words), None);
        let mut at = TOP;
        for _ in 0..DEEPEST {
            at = folders.below(at, short, &words).unwrap();
        }
        assert_eq!(folders.below(at, short, &words), None);
    }
}
