//! Which paths the configuration leaves out, in the language of `.gitignore`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use toml::Spanned;

use super::{ConfigError, document::Document};
use crate::model::from_root;

/// The compiled `exclude` list. Later globs win over earlier ones, `!` takes back, as in `.gitignore`.
#[derive(Clone, Debug)]
pub struct Exclude(Gitignore);

impl Exclude {
    /// Leaves nothing out.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Gitignore::empty())
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the file at `path`, relative to the root and with `/`, or a folder above it is left out.
    #[must_use]
    pub fn covers_file(&self, path: &str) -> bool {
        self.covers(path, false)
    }

    /// Whether the whole folder at `path` is left out, so that a walk need not enter it.
    #[must_use]
    pub fn covers_folder(&self, path: &str) -> bool {
        self.covers(path, true)
    }

    fn covers(&self, path: &str, is_folder: bool) -> bool {
        // The library panics on absolute paths, and names from standard input or an archive may be that.
        let relative = path.trim_start_matches('/');
        !relative.is_empty() && self.0.matched_path_or_any_parents(relative, is_folder).is_ignore()
    }

    pub(super) fn new(document: &Document) -> Result<Self, ConfigError> {
        let mut builder = GitignoreBuilder::new("");
        // Otherwise `[a` silently means the file of that name.
        builder.allow_unclosed_class(false);
        let mut last = None;
        for glob in &document.file.exclude {
            add(&mut builder, document, glob)?;
            last = Some(glob);
        }
        let Some(last) = last else { return Ok(Self::nothing()) };
        builder.build().map(Self).map_err(|error| bad(document, last, &format!("the list does not compile: {error}")))
    }
}

fn add(builder: &mut GitignoreBuilder, document: &Document, glob: &Spanned<String>) -> Result<(), ConfigError> {
    let text = &*from_root(glob.get_ref());
    if text.starts_with('#') {
        return Err(bad(document, glob, "a glob that begins with `#` is a comment and matches nothing"));
    }
    if text.trim().trim_start_matches('!').trim_matches('/').is_empty() {
        return Err(bad(document, glob, "this glob names no path"));
    }
    match builder.add_line(None, text) {
        Ok(_) => Ok(()),
        Err(ignore::Error::Glob { err, .. }) => Err(bad(document, glob, &format!("this is not a glob: {err}"))),
        Err(error) => Err(bad(document, glob, &format!("this is not a glob: {error}"))),
    }
}

fn bad(document: &Document, glob: &Spanned<String>, problem: &str) -> ConfigError {
    let help = "write it as a line of .gitignore, such as `fixtures/` or `*.pem`";
    ConfigError::BadValue(document.mistake(glob.span(), problem, help))
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::{super::PolicyFile, *};

    fn exclude(list: &str) -> Result<Exclude, ConfigError> {
        let origin = PolicyFile { path: "keyward.toml".into(), name: "keyward.toml".into(), content: None };
        Exclude::new(&Document::parse(origin, &format!("exclude = {list}")).unwrap())
    }

    #[test]
    fn globs_mean_what_they_mean_in_gitignore() {
        let exclude = exclude("['*.pem', 'fixtures/', '/build', 'docs/*.md', './keys/', '!./docs/keep.md']").unwrap();
        for out in ["a.pem", "x/y/a.pem", "fixtures/a", "x/fixtures/deep/a", "build/x", "docs/a.md", "keys/a"] {
            assert!(exclude.covers_file(out), "{out}");
        }
        for stays in ["a.pem.txt", "x/keys/a", "fixtures", "x/build/y", "docs/keep.md", "docs/deep/a.md"] {
            assert!(!exclude.covers_file(stays), "{stays}");
        }
        assert!(exclude.covers_folder("fixtures") && exclude.covers_folder("x/fixtures"));
        assert!(!exclude.covers_folder("docs"));
    }

    #[test]
    fn a_path_that_is_absolute_or_empty_does_no_harm() {
        let exclude = exclude("['*.pem']").unwrap();
        assert!(exclude.covers_file("/etc/a.pem"));
        assert!(!exclude.covers_file("") && !exclude.covers_file("//"));
        assert!(!Exclude::nothing().covers_file("a"));
    }

    #[test]
    fn a_glob_that_cannot_match_is_an_error_at_its_place() {
        let cases = [
            ("[a", "this is not a glob: unclosed character class; missing ']'"),
            ("[z-a]", "this is not a glob: invalid range; 'z' > 'a'"),
            ("# x", "a glob that begins with `#` is a comment and matches nothing"),
            ("!/", "this glob names no path"),
            ("", "this glob names no path"),
            ("./", "this glob names no path"),
        ];
        for (glob, message) in cases {
            let error = exclude(&format!("['a', '{glob}']")).unwrap_err();
            assert_eq!(error.to_string(), message);
            let label = error.labels().unwrap().next().unwrap();
            assert_eq!((label.offset(), label.len()), (16, glob.len() + 2), "{glob}");
        }
    }
}
