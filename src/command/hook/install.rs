//! Puts a hook into its place and takes it out again.
//!
//! A hook that is there is moved aside, not copied, so that it comes back byte for byte with its mode, also when it is a link. What somebody
//! wrote or altered after us is never touched: each such state is refused with what to do by hand.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    name,
    place::Place,
    refused,
    script::{self, BEFORE, Owner},
};
use crate::{cli::HookStage, pipeline::Error};

/// What is at the place of a hook.
enum There {
    Nothing,
    /// A hook, whose it is, and whether it is what would be written now.
    Hook(Owner, bool),
}

/// The two files that a hook may consist of.
struct Files {
    hook: PathBuf,
    before: PathBuf,
    stage: HookStage,
}

impl Files {
    fn of(place: &Place, stage: HookStage) -> Self {
        let name = name(stage);
        Self { hook: place.folder.join(name), before: place.folder.join(format!("{name}{BEFORE}")), stage }
    }

    fn there(&self) -> Result<There, Error> {
        let unreadable = |source| Error::Unreadable { path: self.hook.clone(), source };
        match self.hook.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
            Err(error) => return Err(unreadable(error)),
            Ok(_) => {}
        }
        // A link that leads nowhere, a folder, a pipe: not ours, and not to be opened.
        let Some(found) = fs::metadata(&self.hook).ok().filter(fs::Metadata::is_file) else {
            return Ok(There::Hook(Owner::Other, false));
        };
        let content = fs::read(&self.hook).map_err(unreadable)?;
        let is_current = content == script::text(self.stage).as_bytes() && is_executable(&found);
        Ok(There::Hook(script::owner(&content), is_current))
    }

    fn has_before(&self) -> bool {
        self.before.symlink_metadata().is_ok()
    }

    fn write(&self) -> Result<(), Error> {
        let folder = self.hook.parent().unwrap_or(Path::new("."));
        write_program(folder, &self.hook, &script::text(self.stage)).map_err(|error| unwritable(&self.hook, error))
    }

    fn edited<T>(&self, what: &str) -> Result<T, Error> {
        let help = format!(
            "move your own lines to {}, delete {}, and {what} again",
            self.before.display(),
            self.hook.display()
        );
        refused(format!("{} was edited after keyward wrote it, so it is left alone", self.hook.display()), help)
    }
}

/// Installs the hook for `stage`, and says what was done.
pub(super) fn install(place: &Place, stage: HookStage) -> Result<String, Error> {
    let files = Files::of(place, stage);
    fs::create_dir_all(&place.folder).map_err(|error| unwritable(&place.folder, error))?;
    let shown = files.hook.display();
    let done = match (files.there()?, files.has_before()) {
        (There::Hook(Owner::Keyward, true), _) => format!("{shown} is there already\n"),
        (There::Hook(Owner::Keyward, false), _) => {
            files.write()?;
            format!("{shown} is up to date again\n")
        }
        (There::Hook(Owner::Edited, _), _) => return files.edited("install"),
        (There::Hook(Owner::Other, _), true) => {
            let problem = format!("there is a hook at {shown} and an earlier one at {}", files.before.display());
            return refused(problem, "make one of the two, or delete the one that is not needed, and install again");
        }
        (There::Nothing, true) => {
            let problem = format!("there is no hook at {shown}, but an earlier one at {}", files.before.display());
            return refused(problem, "`keyward hook uninstall` puts it back; delete it if it is not needed");
        }
        (There::Nothing, false) => {
            files.write()?;
            format!("installed {shown}\n")
        }
        (There::Hook(Owner::Other, _), false) => {
            move_aside(&files)?;
            format!(
                "installed {shown}; the hook that was there is kept as {name}{BEFORE} and runs first\n",
                name = name(stage)
            )
        }
    };
    let everywhere = "core.hooksPath of your own git configuration leads there: it runs in all your repositories\n";
    Ok(if place.of_all_repositories { done + everywhere } else { done })
}

/// Moves the hook aside and writes ours; when that fails the old one is back in its place.
fn move_aside(files: &Files) -> Result<(), Error> {
    fs::rename(&files.hook, &files.before).map_err(|error| unwritable(&files.before, error))?;
    files.write().inspect_err(|_| {
        // Nothing more can be done when this fails too, and the first error says what is wrong.
        let _ = fs::rename(&files.before, &files.hook);
    })
}

/// Takes the hook for `stage` out, and says what was done.
pub(super) fn uninstall(place: &Place, stage: HookStage) -> Result<String, Error> {
    let files = Files::of(place, stage);
    let shown = files.hook.display();
    match (files.there()?, files.has_before()) {
        (There::Nothing, false) => return Ok(format!("there is no hook at {shown}\n")),
        (There::Hook(Owner::Edited, _), _) => return files.edited("uninstall"),
        (There::Hook(Owner::Other, _), _) => {
            let problem = format!("the hook at {shown} is not from keyward, so it is left alone");
            return refused(problem, "if it calls keyward, take that line out of it");
        }
        (There::Nothing | There::Hook(Owner::Keyward, _), true) => {
            fs::rename(&files.before, &files.hook).map_err(|error| unwritable(&files.hook, error))?;
            return Ok(format!("put back the hook that was at {shown} before\n"));
        }
        (There::Hook(Owner::Keyward, _), false) => {
            fs::remove_file(&files.hook).map_err(|error| unwritable(&files.hook, error))?;
        }
    }
    Ok(format!("removed {shown}\n"))
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable { path: path.to_owned(), source }
}

/// Writes a file that can be run, whole or not at all.
fn write_program(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".keyward-");
    // As the user's mask has it, like all that git puts there.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}
