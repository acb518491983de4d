//! What an ignore file leaves out, for the dialects that decide what is shipped.
//!
//! Git's own rules are asked of the surroundings. Docker reads each line of `.dockerignore` as a path from the root of the context, with `*`
//! stopping at slashes and `**` crossing them; npm reads `.npmignore` as git reads `.gitignore`, where a name without a slash holds at any
//! depth. In both, the last line that fits decides, and a folder that is left out takes what is in it along.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// How lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `.dockerignore`.
    Docker,
    /// `.npmignore`, and everything that follows `.gitignore`.
    Git,
}

/// Lines beyond these are not read: a bound on what a hostile file can cost.
const MOST_LINES: usize = 2000;
const LONGEST_LINE: usize = 512;

/// The lines of an ignore file, ready to match.
#[derive(Debug)]
pub(super) struct IgnoreList {
    globs: GlobSet,
    /// For each glob, whether it takes a file in again that a line before left out.
    keeps: Vec<bool>,
}

impl IgnoreList {
    /// Reads `lines` as `dialect` does; a line that is no pattern matches nothing.
    pub(super) fn new<'l>(lines: impl IntoIterator<Item = &'l str>, dialect: Dialect) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut keeps = Vec::new();
        for (glob, keep) in lines.into_iter().take(MOST_LINES).filter_map(|line| pattern(line, dialect)) {
            builder.add(glob);
            keeps.push(keep);
        }
        // A set that cannot be built leaves nothing out: the careful side.
        Self { globs: builder.build().unwrap_or_else(|_| GlobSet::empty()), keeps }
    }

    /// Whether the file at `path`, relative to the folder of the ignore file, is left out.
    pub(super) fn leaves_out(&self, path: &str) -> bool {
        let last = self_and_folders(path).filter_map(|part| self.globs.matches(part).last().copied()).max();
        last.is_some_and(|last| !self.keeps[last])
    }
}

/// The glob in a line, and whether it takes files in again.
fn pattern(line: &str, dialect: Dialect) -> Option<(Glob, bool)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.len() > LONGEST_LINE {
        return None;
    }
    let (keeps, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim_start()));
    let pattern = pattern.trim_end_matches('/');
    let is_anchored = dialect == Dialect::Docker || pattern.contains('/');
    let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
    let whole = if is_anchored { pattern.to_owned() } else { format!("**/{pattern}") };
    Some((glob(&whole)?, keeps))
}

/// A glob in which `*` stops at slashes.
pub(super) fn glob(pattern: &str) -> Option<Glob> {
    (pattern.len() <= LONGEST_LINE).then(|| GlobBuilder::new(pattern).literal_separator(true).build().ok())?
}

/// `a/b/c`, `a/b`, `a`.
pub(super) fn self_and_folders(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docker(lines: &[&str], path: &str) -> bool {
        IgnoreList::new(lines.iter().copied(), Dialect::Docker).leaves_out(path)
    }

    fn git(lines: &[&str], path: &str) -> bool {
        IgnoreList::new(lines.iter().copied(), Dialect::Git).leaves_out(path)
    }

    #[test]
    fn docker_reads_each_line_from_the_root_of_the_context() {
        assert!(docker(&[".env"], ".env"));
        assert!(!docker(&[".env"], "server/.env"));
        assert!(docker(&["**/.env"], "server/.env"));
        assert!(docker(&["**/.env"], ".env"));
        assert!(docker(&["/.env"], ".env"));
        assert!(docker(&[".env*"], ".env.local"));
        assert!(!docker(&["*.env"], "config/prod.env"));
    }

    #[test]
    fn a_folder_takes_its_files_along_and_an_exception_takes_one_back() {
        assert!(docker(&["server/"], "server/.env"));
        assert!(docker(&["*", "!src"], ".env"));
        assert!(!docker(&["*", "!src"], "src/.env"));
        assert!(!docker(&[".env*", "!.env.production"], ".env.production"));
        assert!(docker(&["!.env", ".env"], ".env"));
    }

    #[test]
    fn git_reads_a_name_without_a_slash_at_any_depth() {
        assert!(git(&[".env"], "server/.env"));
        assert!(!git(&["/.env"], "server/.env"));
        assert!(git(&["# note", "", "config/*.env"], "config/prod.env"));
        assert!(!git(&["[broken"], "[broken"), "a line that is no pattern matches nothing");
    }
}
