//! Manifests that are programs or lists: read line by line for what names a package.

use super::depends;
use crate::{
    lint::read::{
        scribe::Scribe,
        text::{lines, trimmed},
    },
    model::Span,
};

/// Reads a `Gemfile`.
pub(super) fn gemfile(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        let (line, at) = trimmed(line, at);
        if let Some(rest) = line.strip_prefix("gem ").or_else(|| line.strip_prefix("gem(")) {
            quoted(rest, at.end - rest.len(), scribe);
        }
    }
}

/// The text between the first quotes of `rest`, which begins at `start`.
fn quoted(rest: &str, start: usize, scribe: &mut Scribe<'_>) {
    let Some(open) = rest.find(['"', '\'']) else { return };
    let body = &rest[open + 1..];
    let Some(length) = body.find(['"', '\'']) else { return };
    let begin = start + open + 1;
    depends(&body[..length], Span::new(begin, begin + length), scribe);
}

/// Reads a `go.mod`.
pub(super) fn go_mod(text: &str, scribe: &mut Scribe<'_>) {
    let mut inside = false;
    for (line, at) in lines(text) {
        let (line, at) = trimmed(line, at);
        let single = line.strip_prefix("require ").map(str::trim_start);
        match single {
            Some(rest) if rest.starts_with('(') => inside = true,
            Some(rest) => module(rest, at, scribe),
            None if line.starts_with(')') => inside = false,
            None if inside => module(line, at, scribe),
            None => {}
        }
    }
}

fn module(line: &str, at: Span, scribe: &mut Scribe<'_>) {
    let name = line.split_whitespace().next().unwrap_or_default();
    if name.contains('/') && !name.starts_with("//") {
        let start = at.end - line.len();
        depends(name, Span::new(start, start + name.len()), scribe);
    }
}

/// Reads a `mix.exs`: `{:name, …}`.
pub(super) fn mix(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for (open, _) in line.match_indices("{:") {
            let rest = &line[open + 2..];
            let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            if rest[length..].starts_with(',') {
                let start = at.start + open + 2;
                depends(&rest[..length], Span::new(start, start + length), scribe);
            }
        }
    }
}

/// Longest tag with its content that is looked at.
const LONGEST_TAG: usize = 300;

/// Reads a `pom.xml`: group and artifact of every dependency, joined by a colon.
pub(super) fn pom(text: &str, scribe: &mut Scribe<'_>) {
    let mut group = "";
    for (line, at) in lines(text) {
        for (tag, open) in line.match_indices('<').map(|(open, _)| (&line[open..], open)) {
            // Tags and coordinates are short; a line of open brackets has no end to look for.
            let tag = &tag[..tag.floor_char_boundary(tag.len().min(LONGEST_TAG))];
            let Some((name, rest)) = tag[1..].split_once('>') else { continue };
            let value = rest.split('<').next().unwrap_or(rest).trim();
            match name {
                "groupId" => group = value,
                "artifactId" => {
                    let start = at.start + open + 1 + name.len() + 1;
                    depends(
                        &format!("{group}:{value}"),
                        Span::new(start, start + value.len().min(at.end - start)),
                        scribe,
                    );
                }
                _ => {}
            }
        }
    }
}

/// Reads a `build.gradle`: strings of the form `group:artifact:version` behind the name of a configuration.
pub(super) fn gradle(text: &str, scribe: &mut Scribe<'_>) {
    let configurations = [
        "implementation",
        "api",
        "compileOnly",
        "runtimeOnly",
        "testImplementation",
        "developmentOnly",
        "annotationProcessor",
        "kapt",
        "ksp",
    ];
    for (line, at) in lines(text) {
        let (line, at) = trimmed(line, at);
        let Some(rest) = configurations.iter().find_map(|name| line.strip_prefix(name)) else { continue };
        let Some(open) = rest.find(['"', '\'']).filter(|_| rest.starts_with(['(', ' '])) else { continue };
        let body = &rest[open + 1..];
        let coordinates = &body[..body.find(['"', '\'']).unwrap_or(body.len())];
        let mut parts = coordinates.split(':');
        if let (Some(group), Some(artifact)) = (parts.next(), parts.next()) {
            let start = at.end - body.len();
            depends(
                &coordinates[..group.len() + 1 + artifact.len()],
                Span::new(start, start + group.len() + 1 + artifact.len()),
                scribe,
            );
        }
    }
}

/// Reads a `.csproj` or its like: `<PackageReference Include="…">`.
pub(super) fn project_file(text: &str, scribe: &mut Scribe<'_>) {
    for (line, at) in lines(text) {
        if let Some(tag) = line.find("<PackageReference")
            && let Some(include) = line[tag..].find("Include=").map(|found| tag + found)
        {
            quoted(&line[include..], at.start + include, scribe);
        }
    }
}
