//! Paths that a program puts together: `Path(__file__).parent / ".env"`, `path.join(__dirname, "../.env")`.

use super::{Dialect, Node, Wording};

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Base {
    /// At the folder of the file that the expression stands in.
    Caller,
    /// At the folder that the program was started in, or at the root of the file system.
    Current,
}

/// A path that is known in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Place {
    /// Where it begins.
    pub(in super::super) base: Base,
    parts: Vec<String>,
    absolute: bool,
}

impl Place {
    /// The folder of the calling file.
    pub(in super::super) fn folder() -> Self {
        Self { base: Base::Caller, parts: Vec::new(), absolute: false }
    }

    /// The calling file itself.
    pub(in super::super) fn file() -> Self {
        Self { base: Base::Caller, parts: vec![String::new()], absolute: false }
    }

    /// The folder that the program runs in.
    pub(in super::super) fn current() -> Self {
        Self { base: Base::Current, parts: Vec::new(), absolute: false }
    }

    /// The path that a string or a template spells out: `".env"`, `f"{folder}/.env"`. The expression in front of its text, if there is one,
    /// is a place by `of_hole`.
    pub(in super::super) fn worded<'s, D: Dialect>(
        node: Node<'s>,
        of_hole: impl FnOnce(Node<'s>) -> Option<Self>,
    ) -> Option<Self> {
        let wording = Wording::of::<D>(node)?;
        if let Some(at) = wording.literal() {
            return Some(Self::current().join(node.slice(at)));
        }
        let mut holes = wording.holes();
        let (hole, rest) = (holes.next()?, holes.next());
        if rest.is_some() || !wording.before().is_empty() {
            return None;
        }
        Some(of_hole(hole)?.join(wording.after().trim_start_matches('/')))
    }

    /// Steps to the folder around it.
    pub(in super::super) fn up(mut self) -> Self {
        match self.parts.last() {
            Some(last) if last != ".." => {
                self.parts.pop();
            }
            _ => self.parts.push("..".to_owned()),
        }
        self
    }

    /// Goes along `path`, which starts anew when it is absolute.
    pub(in super::super) fn join(mut self, path: &str) -> Self {
        if path.starts_with(['/', '~']) {
            self = Self { base: Base::Current, parts: Vec::new(), absolute: path.starts_with('/') };
        }
        for part in path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").take(64) {
            if part == ".." { self = self.up() } else { self.parts.push(part.to_owned()) }
        }
        self
    }

    /// The path as one would write it.
    pub(in super::super) fn written(&self) -> String {
        let path = self.parts.join("/");
        if self.absolute { format!("/{path}") } else { path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_up_from_the_file_and_down_again() {
        assert_eq!(Place::file().up().join(".env").written(), ".env");
        assert_eq!(Place::file().up().up().join(".env").written(), "../.env");
        assert_eq!(Place::folder().join("../config/./.env").written(), "../config/.env");
        assert_eq!(Place::current().join("/srv/app/.env").written(), "/srv/app/.env");
    }

    #[test]
    fn an_absolute_path_is_no_longer_the_callers() {
        assert_eq!(Place::folder().join("/etc/app.env").base, Base::Current);
    }
}
