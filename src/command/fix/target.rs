//! The file that a path in a finding stands for, if it is surely the one that was scanned.
//!
//! Paths come from the scanned repository, which is hostile: a link could lead a write out of it, and a file that was edited since it was read
//! no longer has things where findings say. Such a file is refused with the way out, and nothing is written to it.

use std::{
    fmt, fs, io,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use super::content::Content;
use crate::model::printable_line;

/// Why a fix is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another fix changes the same place.
    Overlaps,
    /// The file is not what was scanned.
    Changed,
    /// So it seems, because its time of change has not come yet.
    FromTheFuture,
    /// It is a link or lies behind one.
    Link,
    /// It is none of the base's own files.
    Outside,
    /// It is no text.
    Binary,
    /// It may not be written to.
    ReadOnly,
    /// It is not there, and its folder neither.
    NoFolder,
    /// The system did not let it be read or written.
    Failed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overlaps => "another fix changes the same place; run `keyward fix` again for this one",
            Self::Changed => "it changed since the scan began; run `keyward fix` again",
            Self::FromTheFuture => "its time of change lies in the future; `touch` it and run `keyward fix` again",
            Self::Link => "it is a link or lies behind one; run `keyward fix` where the link leads to",
            Self::Outside => "it does not belong to the files of this repository; run `keyward fix` in its own",
            Self::Binary => "it is no text; change it with the program that made it",
            Self::ReadOnly => "it may not be written to; `chmod u+w` allows it",
            Self::NoFolder => "its folder is not there; make it and run `keyward fix` again",
            Self::Failed(error) => return write!(f, "{}", printable_line(error, 200)),
        })
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A file to edit.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) file: PathBuf,
    pub(super) content: Content,
    /// When it does not exist, the first edit makes it.
    pub(super) exists: bool,
}

/// Where files are looked for.
#[derive(Debug)]
pub(super) struct Targets {
    /// Folder that paths are relative to; canonical.
    pub(super) base: PathBuf,
    /// When the scan began.
    pub(super) since: SystemTime,
}

impl Targets {
    /// The file at `path`, relative to the base.
    pub(super) fn open(&self, path: &str) -> Result<Target, Refusal> {
        // A name that is no Unicode was changed to be shown, so it may name another file.
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(name) if name != ".git");
        if path.is_empty() || path.contains(char::REPLACEMENT_CHARACTER) || !Path::new(path).components().all(is_plain)
        {
            return Err(Refusal::Outside);
        }
        let file = self.base.join(path);
        let folder = file.parent().unwrap_or(&self.base);
        match folder.canonicalize() {
            Ok(real) if real == folder => {}
            Ok(_) => return Err(Refusal::Link),
            Err(_) => return Err(Refusal::NoFolder),
        }
        let Some(bytes) = self.read(&file)? else {
            let content = Content::new(Vec::new()).expect("nothing is text");
            return Ok(Target { file, content, exists: false });
        };
        let content = Content::new(bytes).ok_or(Refusal::Binary)?;
        Ok(Target { file, content, exists: true })
    }

    /// The content of the file, if it is there.
    fn read(&self, file: &Path) -> Result<Option<Vec<u8>>, Refusal> {
        let about = match file.symlink_metadata() {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if !about.is_file() {
            return Err(if about.is_symlink() { Refusal::Link } else { Refusal::Binary });
        }
        let changed = about.modified()?;
        if changed >= self.since {
            let is_future = changed > SystemTime::now();
            return Err(if is_future { Refusal::FromTheFuture } else { Refusal::Changed });
        }
        if about.permissions().readonly() {
            return Err(Refusal::ReadOnly);
        }
        Ok(Some(fs::read(file)?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        targets: Targets,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        fs::create_dir(&base).unwrap();
        fs::write(base.join("f"), "text\n").unwrap();
        let since = SystemTime::now() + Duration::from_secs(1);
        let targets = Targets { base: base.canonicalize().unwrap(), since };
        Place { folder, targets }
    }

    #[test]
    fn a_file_is_opened_and_one_that_is_not_there_can_be_made() {
        let Place { targets, folder: _folder } = place();
        let there = targets.open("f").unwrap();
        assert_eq!((there.exists, there.content.bytes()), (true, &b"text\n"[..]));
        let new = targets.open(".gitignore").unwrap();
        assert_eq!((new.exists, new.content.bytes()), (false, &b""[..]));
        assert_eq!(targets.open("none/f").unwrap_err(), Refusal::NoFolder);
    }

    #[test]
    fn what_does_not_belong_to_the_base_is_refused() {
        let Place { targets, folder } = place();
        fs::write(folder.path().join("other"), "").unwrap();
        let absolute = folder.path().join("other").display().to_string();
        for path in ["../other", &absolute, "", ".git/config", "a/.git/hooks/pre-commit", "f\u{fffd}", "./../other"] {
            assert_eq!(targets.open(path).unwrap_err(), Refusal::Outside, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_as_files_and_as_folders() {
        let Place { targets, folder } = place();
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("f"), "").unwrap();
        std::os::unix::fs::symlink(&outside, targets.base.join("folder")).unwrap();
        std::os::unix::fs::symlink("f", targets.base.join("link")).unwrap();
        for path in ["folder/f", "folder/new", "link"] {
            assert_eq!(targets.open(path).unwrap_err(), Refusal::Link, "{path}");
        }
    }

    #[test]
    fn what_changed_since_the_scan_began_is_refused() {
        let Place { mut targets, folder: _folder } = place();
        let file = fs::File::options().write(true).open(targets.base.join("f")).unwrap();
        let now = SystemTime::now();
        targets.since = now - Duration::from_mins(1);
        for (modified, expected) in [
            (now - Duration::from_secs(61), None),
            (now - Duration::from_mins(1), Some(Refusal::Changed)),
            (now - Duration::from_secs(1), Some(Refusal::Changed)),
            (now + Duration::from_hours(1), Some(Refusal::FromTheFuture)),
        ] {
            file.set_modified(modified).unwrap();
            assert_eq!(targets.open("f").err(), expected);
        }
    }

    #[test]
    fn binaries_folders_and_what_may_not_be_written_are_refused() {
        let Place { targets, folder: _folder } = place();
        fs::write(targets.base.join("b"), "a\0b").unwrap();
        fs::create_dir(targets.base.join("d")).unwrap();
        assert_eq!(targets.open("b").unwrap_err(), Refusal::Binary);
        assert_eq!(targets.open("d").unwrap_err(), Refusal::Binary);
        let file = fs::File::open(targets.base.join("f")).unwrap();
        let mut permissions = file.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions).unwrap();
        assert_eq!(targets.open("f").unwrap_err(), Refusal::ReadOnly);
    }
}
