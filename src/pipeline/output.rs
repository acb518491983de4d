//! Where reports go: standard output, files, and what the terminal may show.
//!
//! Files are written beside their place and moved into it, so a reader never sees half a report and a failed run leaves the old one. Colours
//! and width follow the terminal and the usual variables; what is reported does not.

use std::{
    env, fs,
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
};

use super::Error;
use crate::{
    cli::{self, ColorWhen, FailOn, OutputArgs},
    model::{Notice, Report},
    report::{self, Detail, Kind, Look},
    rules::RuleSet,
};

/// Checks what can be checked before anything is read.
///
/// # Errors
/// [`Error::Usage`] when `--show-secrets` is used where others could read the output.
pub fn check(args: &OutputArgs) -> Result<(), Error> {
    let refused = |problem: &str, help: &str| Err(Error::Usage { problem: problem.to_owned(), help: help.to_owned() });
    let mut files: Vec<&Path> =
        args.report.iter().map(|(_, path)| path.as_path()).chain(args.output.as_deref()).collect();
    files.sort();
    if let Some(twice) = files.windows(2).find(|pair| pair[0] == pair[1]) {
        let problem = format!("two reports would be written to {}", twice[0].display());
        return refused(&problem, "give each a file of its own");
    }
    if !args.show_secrets {
        return Ok(());
    }
    if args.format.unwrap_or_default() != cli::Format::Terminal || args.output.is_some() || !args.report.is_empty() {
        let help = "leave out --format, --output and --report";
        return refused("--show-secrets works in terminal format only, so that no file ever holds a secret", help);
    }
    if env::var_os("CI").is_some() || env::var_os("GITHUB_ACTIONS").is_some() || !io::stdout().is_terminal() {
        let help = "run it at a terminal; logs and pipes keep what they are given";
        return refused("--show-secrets works on a terminal only", help);
    }
    Ok(())
}

/// Whether a report that was asked for needs GitHub's line hashes.
pub(super) fn needs_line_hashes(args: &OutputArgs) -> bool {
    let formats = args.report.iter().map(|(format, _)| *format).chain(args.format);
    formats.into_iter().any(|format| format == cli::Format::Sarif)
}

/// What to say when a report that was asked for has no room for all findings: who takes it for the whole would take the rest for fixed.
#[must_use]
pub fn left_out(args: &OutputArgs, report: &Report, rules: &RuleSet) -> Option<Notice> {
    let asked = args.report.iter().map(|(format, _)| *format).chain([args.format.unwrap_or_default()]);
    let options = report::Options { category: args.sarif_category.as_deref(), ..report::Options::default() };
    let most = asked.map(|format| report::format(kind(format), &options).left_out(report, rules)).max()?;
    (most > 0).then(|| report::results_left_out(most))
}

/// Writes every report that was asked for, of a run that fails at `fail_on`.
///
/// # Errors
/// [`Error::Unwritable`]. A reader that closes the pipe early is not an error.
pub fn write_all(args: &OutputArgs, fail_on: FailOn, report: &Report, rules: &RuleSet) -> Result<(), Error> {
    let category = args.sarif_category.as_deref();
    let options = |look| report::Options { look, category, fails_from: fail_on.least() };
    for (format, path) in &args.report {
        write_file(path, &rendered(*format, &options(look(args, false)), report, rules))?;
    }
    let format = args.format.unwrap_or_default();
    write_main(args, |look| rendered(format, &options(look), report, rules))
}

/// Writes what `render` gives to the file that `args` name, or to standard output.
///
/// # Errors
/// [`Error::Unwritable`]. A reader that closes the pipe early is not an error.
pub fn write_main(args: &OutputArgs, render: impl FnOnce(Look) -> Vec<u8>) -> Result<(), Error> {
    match &args.output {
        Some(path) if path.as_os_str() != "-" => write_file(path, &render(look(args, false))),
        _ => print(&render(look(args, io::stdout().is_terminal()))),
    }
}

fn rendered(format: cli::Format, options: &report::Options<'_>, report: &Report, rules: &RuleSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = report::format(kind(format), options);
    format.write(report, rules, &mut bytes).expect("writing into memory does not fail");
    bytes
}

fn kind(format: cli::Format) -> Kind {
    match format {
        cli::Format::Terminal => Kind::Terminal,
        cli::Format::Json => Kind::Json,
        cli::Format::Jsonl => Kind::Jsonl,
        cli::Format::Sarif => Kind::Sarif,
        cli::Format::Github => Kind::Github,
        cli::Format::Gitlab => Kind::Gitlab,
        cli::Format::Junit => Kind::Junit,
        cli::Format::Csv => Kind::Csv,
        cli::Format::Markdown => Kind::Markdown,
        cli::Format::Html => Kind::Html,
    }
}

/// Writes `bytes` to standard output.
///
/// # Errors
/// [`Error::Unwritable`], unless the reader closed the pipe.
pub fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Unwritable { path: "standard output".into(), source: error })
        }
        _ => Ok(()),
    }
}

/// Writes `bytes` to the file at `path`, whole or not at all. Devices and pipes are written to as they are, and through a link its target
/// is replaced: the path is the user's.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let written = fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
        return written.map_err(|source| Error::Unwritable { path: path.to_owned(), source });
    }
    replace_file(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), bytes)
}

/// The same for a place that the scanned repository names: a link there is replaced and not followed, because where it leads may not be
/// ours.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // Temporary files are private by default; a report is an ordinary file, as the user's mask has it.
    replace_with(path, bytes, None)
}

/// The same for a file whose content is changed: its permissions stay what they are.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn rewrite_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace_with(path, bytes, fs::symlink_metadata(path).ok().map(|about| about.permissions()))
}

fn replace_with(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> Result<(), Error> {
    let unwritable = |source| Error::Unwritable { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".keyward-");
    #[cfg(unix)]
    if permissions.is_none() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(unwritable)?;
    file.write_all(bytes).map_err(unwritable)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions).map_err(unwritable)?;
    }
    file.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}

/// Whether the environment variable `name` says yes.
fn set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Whether what is written in colour `when` is, given whether it goes to a terminal.
#[must_use]
pub fn is_coloured(when: ColorWhen, on_terminal: bool) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto if set("CLICOLOR_FORCE") => true,
        ColorWhen::Auto => on_terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// How the terminal format looks, given whether it goes to a terminal.
fn look(args: &OutputArgs, on_terminal: bool) -> Look {
    let color = is_coloured(args.color.unwrap_or_default(), on_terminal);
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    };
    let links = Reader::of_output(on_terminal).takes_links(color);
    Look { color, unicode: is_unicode(), links, width: width(), detail }
}

/// Who reads the terminal format, as far as it decides on hyperlinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    on_terminal: bool,
    /// What runs there is read later, as a log.
    in_ci: bool,
    /// Whether the terminal is known to follow links, or somebody says so.
    follows_links: bool,
}

impl Reader {
    fn of_output(on_terminal: bool) -> Self {
        Self { on_terminal, in_ci: set("CI"), follows_links: supports_hyperlinks::supports_hyperlinks() }
    }

    /// Whether addresses are hyperlinks. They are escape codes like colours, so who wants none of those gets none of these.
    fn takes_links(self, color: bool) -> bool {
        color && self.on_terminal && !self.in_ci && self.follows_links
    }
}

/// Wider lines are hard to read; unknown terminals have the classic width.
const WIDEST: usize = 140;
const USUAL: usize = 80;

/// Columns that text on standard output may fill.
#[must_use]
pub fn width() -> usize {
    let given = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    given.or_else(asked).unwrap_or(USUAL).min(WIDEST)
}

/// `sentence` for standard error, in lines that break between words where a terminal shows them. Anything else takes it as it is.
#[must_use]
pub fn in_lines(sentence: &str) -> String {
    error_width().map_or_else(|| sentence.to_owned(), |width| textwrap::fill(sentence, width))
}

/// Columns that text on standard error may fill, when a terminal shows it.
#[must_use]
pub fn error_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0).min(WIDEST))
}

/// Whether the locale can show box-drawing characters. Without any hint, as in most containers, it usually can.
#[must_use]
pub fn is_unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_none_or(|locale| locale.to_ascii_uppercase().replace('-', "").contains("UTF8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_temporary_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_file(&path, b"long first text").unwrap();
        write_file(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(write_file(&folder.path().join("none/x"), b""), Err(Error::Unwritable { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_users_link_is_followed_and_a_repositorys_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        fs::write(&target, "old").unwrap();
        write_file(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        replace_file(&link, b"other").unwrap();
        assert_eq!((fs::read(&target).unwrap(), fs::read(&link).unwrap()), (b"new".to_vec(), b"other".to_vec()));
    }

    #[test]
    fn addresses_are_hyperlinks_only_in_colour_on_a_terminal_that_follows_them_outside_of_ci() {
        let mut linked = Vec::new();
        for number in 0..16 {
            let is = |bit: u32| number >> bit & 1 == 1;
            let when = if is(0) { ColorWhen::Always } else { ColorWhen::Never };
            let reader = Reader { on_terminal: is(1), in_ci: is(2), follows_links: is(3) };
            if reader.takes_links(is_coloured(when, reader.on_terminal)) {
                linked.push((when, reader));
            }
        }
        let reader = Reader { on_terminal: true, in_ci: false, follows_links: true };
        assert_eq!(linked, [(ColorWhen::Always, reader)]);
    }

    #[test]
    fn secrets_are_shown_in_terminal_format_only() {
        let args = OutputArgs { show_secrets: true, format: Some(cli::Format::Json), ..OutputArgs::default() };
        assert!(matches!(check(&args), Err(Error::Usage { .. })));
    }
}
