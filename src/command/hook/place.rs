//! Where git looks for hooks.
//!
//! That is `hooks` in the folder that all worktrees share, unless `core.hooksPath` says otherwise. Git's configuration is read by gix-config,
//! with its includes and conditions, and git itself is not asked: no child process runs in the repository. A folder of hooks that belongs to
//! the repository's own files is refused, since what is written there would be committed, or overwritten by the tool that made it.

use std::{
    env,
    path::{Path, PathBuf},
};

use gix_config::{
    File, Source,
    file::{Metadata, includes, init},
    path::interpolate,
    source::Kind,
};

use super::{name, refused};
use crate::{
    cli::HookStage,
    input::{
        shown,
        tracked::{Tracked, common_folder, git_folder},
    },
    pipeline::Error,
};

/// A folder in which git looks for hooks.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// Whether the user's own configuration leads there, so that all repositories use it.
    pub(super) of_all_repositories: bool,
}

/// A working tree and what belongs to it.
struct Repository {
    root: PathBuf,
    /// Folder of this working tree.
    git: PathBuf,
    /// Folder of all of them.
    common: PathBuf,
}

impl Place {
    /// The folder for the repository around `current`. The stage is for the sentence that says what to do instead.
    pub(super) fn of(current: &Path, stage: HookStage) -> Result<Self, Error> {
        let repository = Repository::around(current)?;
        let config = repository.config()?;
        let Some(value) = config.path("core.hooksPath") else {
            let folder = repository.common.join("hooks");
            // A link from there into the working tree was the way before there was a setting.
            repository.expect_own_folder(&folder, stage)?;
            return Ok(Self { folder, of_all_repositories: false });
        };
        let written = value.to_string();
        let home = home();
        let context = interpolate::Context { home_dir: home.as_deref(), ..interpolate::Context::default() };
        let folder = match value.interpolate(context) {
            // As git does it, relative to where hooks run.
            Ok(path) => repository.root.join(path),
            Err(error) => {
                let help = "write a folder: `git config core.hooksPath FOLDER`, or take it out with --unset";
                return refused(format!("core.hooksPath = `{}` cannot be used: {error}", written.escape_debug()), help);
            }
        };
        if folder.metadata().is_ok_and(|there| !there.is_dir()) {
            let help = "`git config --unset core.hooksPath` makes git look for hooks again";
            return refused(format!("core.hooksPath leads to {}, which is not a folder", folder.display()), help);
        }
        repository.expect_own_folder(&folder, stage)?;
        let local = config.path_filter("core.hooksPath", |meta| meta.source.kind() == Kind::Repository);
        Ok(Self { folder, of_all_repositories: local.is_none() })
    }
}

impl Repository {
    fn around(current: &Path) -> Result<Self, Error> {
        let is_bare = |folder: &Path| {
            folder.file_name().is_none_or(|name| name != ".git")
                && folder.join("HEAD").is_file()
                && folder.join("objects").is_dir()
                && folder.join("refs").is_dir()
        };
        let is_repository = |folder: &&Path| folder.join(".git").exists() || is_bare(folder);
        let Some(root) = current.ancestors().find(is_repository) else {
            let problem = format!("{} lies in no git repository", current.display());
            return refused(problem, "change into a working tree, or make one with `git init`");
        };
        if !root.join(".git").exists() {
            let problem = format!("{} is a bare repository, in which nobody commits", root.display());
            return refused(problem, "install the hook where the commits are made");
        }
        let Some(git) = git_folder(root).filter(|git| git.is_dir()) else {
            let problem = format!("{} does not lead to a git folder", root.join(".git").display());
            return refused(problem, "`git status` says what is wrong; `git worktree repair` may mend it");
        };
        Ok(Self { root: root.to_owned(), common: common_folder(&git), git })
    }

    /// Git's configuration: the system's, the user's, the repository's, and the worktree's where it has one.
    fn config(&self) -> Result<File, Error> {
        let mut places = Vec::new();
        for kind in [Kind::System, Kind::Global] {
            let sources = kind.sources().iter();
            places.extend(
                sources.filter_map(|source| Some((*source, source.storage_location(&mut |name| env::var_os(name))?))),
            );
        }
        places.push((Source::Local, self.common.join("config")));
        let config = self.read(&places)?;
        if !config.boolean("extensions.worktreeConfig").is_ok_and(|value| value == Some(true)) {
            return Ok(config);
        }
        places.push((Source::Worktree, self.git.join("config.worktree")));
        self.read(&places)
    }

    fn read(&self, places: &[(Source, PathBuf)]) -> Result<File, Error> {
        let home = home();
        let interpolate = interpolate::Context { home_dir: home.as_deref(), ..interpolate::Context::default() };
        // A condition on the branch does not hold here: a hook cannot depend on which one is checked out just now.
        let conditional = includes::conditional::Context { git_dir: Some(&self.git), branch_name: None };
        let options = init::Options {
            includes: includes::Options::follow(interpolate, conditional),
            lossy: true,
            ignore_io_errors: false,
        };
        // A device or a pipe is no configuration, and reading it need not end.
        let there = places.iter().filter(|(_, path)| path.is_file());
        let mut files = there.map(|(source, path)| Metadata::from(*source).at(path));
        match File::from_paths_metadata_buf(&mut files, &mut Vec::new(), false, options) {
            Ok(config) => Ok(config.unwrap_or_default()),
            Err(error) => refused(
                format!("git's configuration cannot be read: {error}"),
                "`git config --list` names the mistake; keyward needs to know core.hooksPath",
            ),
        }
    }

    /// Refuses a folder of hooks that is part of the repository's content.
    fn expect_own_folder(&self, folder: &Path, stage: HookStage) -> Result<(), Error> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (root, folder) = (real(&self.root), real(folder));
        if !folder.starts_with(&root) || folder.starts_with(real(&self.common)) {
            return Ok(());
        }
        let (name, shown) = (name(stage), shown(&folder, &root));
        let remote = if stage == HookStage::PrePush { " --remote=\"$1\"" } else { "" };
        let line = format!("keyward hook run --stage {name}{remote}");
        if folder.ends_with("_") {
            let above = shown.trim_end_matches('_');
            let problem = format!("git takes its hooks from {shown}, which husky writes anew");
            return refused(problem, format!("add the line `{line}` to {above}{name}"));
        }
        if Tracked::read(&root, &self.git).holds_below(&folder) {
            let problem = format!("git takes its hooks from {shown}, which is committed and shared");
            return refused(problem, format!("add the line `{line}` to {shown}/{name} and commit it"));
        }
        Ok(())
    }
}

fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}
