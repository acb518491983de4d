//! Where the configuration is, and its text.
//!
//! A file that the repository brings is treated as hostile: it is looked for in three places only, must lie inside the
//! root once links are followed (or an error message would show a piece of somebody's private file), must be a regular
//! file (a pipe would block for ever), and is read up to a bound. A file that the user names is theirs: it may lie
//! anywhere and be a pipe.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::ConfigError;
use crate::model::{Notice, masked_text, printable_line};

/// Where the repository's configuration may be.
pub const PLACES: [&str; 3] = ["keyward.toml", ".keyward.toml", ".github/keyward.toml"];
/// Where the baseline is unless another place is named.
pub const BASELINE: &str = "keyward.baseline";
/// Bytes of the largest configuration that is read.
pub const LARGEST: u64 = 1024 * 1024;

/// Characters of a revision's name that are repeated.
const LONGEST_NAME: usize = 80;

/// A file that shapes the run, and how notices call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Where it is.
    pub path: PathBuf,
    /// Relative to the root and with `/` when it lies inside, otherwise as the user typed it.
    pub name: String,
    /// Its text, when it comes from a commit and not from the disk.
    pub content: Option<Arc<str>>,
}

/// A commit from which policy is read, so that a change cannot switch off the scanner that looks at it.
pub struct Revision<'r> {
    /// How it was named.
    pub name: &'r str,
    /// Reads files of it.
    pub read: &'r ReadAt<'r>,
}

/// Reads the file at a path, when there is one; the error says why it cannot be read.
pub(super) type ReadAt<'r> = dyn Fn(&str) -> Result<Option<Vec<u8>>, String> + 'r;

impl Revision<'_> {
    /// The file called `name`.
    pub(super) fn file(&self, name: &str) -> Result<Option<PolicyFile>, ConfigError> {
        let path = || PathBuf::from(format!("{}:{name}", self.name));
        let unreadable = |reason| ConfigError::Unreadable { path: path(), source: io::Error::other(reason) };
        let Some(bytes) = (self.read)(name).map_err(unreadable)? else { return Ok(None) };
        if bytes.len() as u64 > LARGEST {
            return Err(ConfigError::TooLarge { path: path() });
        }
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::NotText { path: path() })?;
        Ok(Some(PolicyFile { path: path(), name: name.to_owned(), content: Some(text.into()) }))
    }

    /// The configuration of this commit.
    pub(super) fn find(&self) -> Result<Option<PolicyFile>, ConfigError> {
        let found: Result<Vec<_>, _> = PLACES.into_iter().map(|place| self.file(place)).collect();
        let mut found: Vec<PolicyFile> = found?.into_iter().flatten().collect();
        if found.len() > 1 {
            return Err(ConfigError::SeveralFiles { found: found.into_iter().map(|file| file.name).collect() });
        }
        Ok(found.pop())
    }

    /// What is said of those of `names` that are in `root`: this commit has none of them. Who adds the first baseline of a repository wonders why it
    /// accepts nothing.
    pub(super) fn notice_of_new(&self, root: &Path, names: impl Iterator<Item = &'static str>) -> Option<Notice> {
        let there: Vec<&str> = names.filter(|name| root.join(name).symlink_metadata().is_ok()).collect();
        let first = there.first()?;
        let name = masked_text(&printable_line(self.name, LONGEST_NAME));
        let (are, count) = if there.len() == 1 { ("is", "does") } else { ("are", "do") };
        Some(Notice {
            code: "policy-too-new".to_owned(),
            message: format!(
                "{} {are} not in `{name}`, where the policy comes from, and {count} not count",
                there.join(" and ")
            ),
            help: Some(
                "bring it there first, in a change of its own: what silences findings must not come with them"
                    .to_owned(),
            ),
            path: Some((*first).to_owned()),
            line: None,
        })
    }
}

impl PolicyFile {
    pub(super) fn inside(root: &Path, name: &str) -> Self {
        Self { path: root.join(name), name: name.to_owned(), content: None }
    }

    pub(super) fn typed(root: &Path, path: &Path) -> Self {
        let relative = match (root.canonicalize(), path.canonicalize()) {
            (Ok(root), Ok(path)) => path.strip_prefix(root).ok().map(slashed),
            _ => None,
        };
        let name = relative.unwrap_or_else(|| path.display().to_string());
        Self { path: path.to_owned(), name, content: None }
    }
}

/// A path as git writes it: with `/`, and without `./`.
pub(super) fn slashed(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The one configuration in `root`, if there is one.
pub(super) fn find(root: &Path) -> Result<Option<PolicyFile>, ConfigError> {
    // A dangling link counts as there: passing over it in silence would run with other rules than the repository asks
    // for.
    let found: Vec<&str> = PLACES.into_iter().filter(|place| root.join(place).symlink_metadata().is_ok()).collect();
    match found[..] {
        [] => Ok(None),
        [place] => {
            let file = PolicyFile::inside(root, place);
            expect_inside(root, &file.path)?;
            Ok(Some(file))
        }
        _ => Err(ConfigError::SeveralFiles { found: found.into_iter().map(str::to_owned).collect() }),
    }
}

/// Fails unless `path`, links followed, is a regular file inside `root`.
pub(super) fn expect_inside(root: &Path, path: &Path) -> Result<(), ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let real_root = root.canonicalize().map_err(unreadable)?;
    let real = path.canonicalize().map_err(unreadable)?;
    if !real.starts_with(real_root) {
        return Err(ConfigError::Outside { path: path.to_owned() });
    }
    if !fs::metadata(&real).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    Ok(())
}

/// The text of `file`, up to [`LARGEST`].
pub(super) fn read(file: &PolicyFile) -> Result<String, ConfigError> {
    if let Some(content) = &file.content {
        return Ok(content.to_string());
    }
    let path = || file.path.clone();
    let mut bytes = Vec::new();
    File::open(&file.path)
        .and_then(|open| open.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|source| ConfigError::Unreadable { path: path(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(ConfigError::TooLarge { path: path() });
    }
    String::from_utf8(bytes).map_err(|_| ConfigError::NotText { path: path() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn each_of_the_three_places_is_found() {
        for place in PLACES {
            let root = root();
            fs::create_dir(root.path().join(".github")).unwrap();
            fs::write(root.path().join(place), "skip = []").unwrap();
            let file = find(root.path()).unwrap().unwrap();
            assert_eq!(file.name, place);
            assert_eq!(read(&file).unwrap(), "skip = []");
        }
        assert_eq!(find(root().path()).unwrap(), None);
    }

    #[test]
    fn two_files_at_once_are_an_error_that_names_both() {
        let root = root();
        fs::write(root.path().join("keyward.toml"), "").unwrap();
        fs::write(root.path().join(".keyward.toml"), "").unwrap();
        let message = find(root.path()).unwrap_err().to_string();
        assert_eq!(message, "there is more than one configuration file: keyward.toml, .keyward.toml");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_of_the_root_is_not_read() {
        let (root, outside) = (root(), root());
        fs::write(outside.path().join("private"), "password").unwrap();
        std::os::unix::fs::symlink(outside.path().join("private"), root.path().join("keyward.toml")).unwrap();
        assert!(matches!(find(root.path()), Err(ConfigError::Outside { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_inside_the_root_is_followed_and_a_dangling_one_is_an_error() {
        let root = root();
        fs::write(root.path().join("real.toml"), "").unwrap();
        std::os::unix::fs::symlink("real.toml", root.path().join("keyward.toml")).unwrap();
        assert_eq!(find(root.path()).unwrap().unwrap().name, "keyward.toml");
        fs::remove_file(root.path().join("real.toml")).unwrap();
        assert!(matches!(find(root.path()), Err(ConfigError::Unreadable { .. })));
    }

    #[test]
    fn a_folder_with_the_name_of_the_configuration_is_an_error() {
        let root = root();
        fs::create_dir(root.path().join("keyward.toml")).unwrap();
        let message = find(root.path()).unwrap_err().to_string();
        assert!(message.ends_with("keyward.toml: it is not a regular file"), "{message}");
    }

    #[test]
    fn a_file_beyond_the_bound_is_refused() {
        let root = root();
        let file = PolicyFile::inside(root.path(), "keyward.toml");
        let size = usize::try_from(LARGEST).unwrap();
        fs::write(&file.path, "#".repeat(size)).unwrap();
        assert_eq!(read(&file).unwrap().len(), size);
        fs::write(&file.path, "#".repeat(size + 1)).unwrap();
        assert!(matches!(read(&file), Err(ConfigError::TooLarge { .. })));
    }

    #[test]
    fn a_file_that_is_not_text_is_refused() {
        let root = root();
        let file = PolicyFile::inside(root.path(), "keyward.toml");
        fs::write(&file.path, b"\xff\xfe").unwrap();
        assert!(matches!(read(&file), Err(ConfigError::NotText { .. })));
    }

    #[test]
    fn a_typed_path_is_named_relative_to_the_root_when_it_lies_inside() {
        let root = root();
        fs::create_dir(root.path().join("ci")).unwrap();
        let path = root.path().join("ci/../ci/strict.toml");
        fs::write(&path, "").unwrap();
        assert_eq!(PolicyFile::typed(root.path(), &path).name, "ci/strict.toml");
        let elsewhere = Path::new("/nowhere/x.toml");
        assert_eq!(PolicyFile::typed(root.path(), elsewhere).name, "/nowhere/x.toml");
    }
}
