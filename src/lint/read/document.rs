//! Readmes: the variables they tell people to set, and the loaders they tell them to use.
//!
//! Only blocks of code are read, and of variables only those that sound like a credential or are a provider's own: prose names everything.

use super::{
    Source, command,
    scribe::{Scribe, sounds_secret},
    text::{Mapping, Snippet, is_variable, lines, name_length, plain, trimmed},
};
use crate::{
    lint::{
        FileFacts,
        facts::{Fallback, Giver, Via},
    },
    model::Span,
};

/// Reads a readme.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mut scribe = Scribe::new(source, Giver::Shell, facts);
    let mut fence: Option<(&str, bool)> = None;
    for (line, at) in lines(&text) {
        let (content, at) = trimmed(line, at);
        let marker = ["```", "~~~"].into_iter().find(|marker| content.starts_with(marker));
        match (fence, marker) {
            (None, Some(marker)) => fence = Some((marker, is_shell(&content[3..]))),
            (Some((open, _)), Some(marker)) if open == marker => fence = None,
            (Some((_, shell)), _) => code_line(content, at, shell, &mut scribe),
            // A block may also be indented.
            (None, None) if line.starts_with("    ") || line.starts_with('\t') => {
                code_line(content, at, true, &mut scribe);
            }
            _ => {}
        }
    }
}

/// Whether a block called `language` holds command lines or a `.env`.
fn is_shell(language: &str) -> bool {
    let name = language.trim().split([' ', '{', ',']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(
        &*name,
        "" | "sh"
            | "bash"
            | "zsh"
            | "shell"
            | "console"
            | "terminal"
            | "env"
            | "dotenv"
            | "ini"
            | "text"
            | "txt"
            | "plaintext"
            | "cmd"
            | "powershell"
    )
}

fn code_line(line: &str, at: Span, shell: bool, scribe: &mut Scribe<'_>) {
    let content = ["$ ", "> ", "% "].iter().find_map(|prompt| line.strip_prefix(prompt)).unwrap_or(line).trim_start();
    let start = at.end - content.len();
    if !shell || content.starts_with('#') {
        return;
    }
    let prefixes = ["export ", "set ", "setx ", "$env:", "env:", "- ", ""];
    let prefix = prefixes.into_iter().find(|prefix| content.starts_with(prefix)).unwrap_or_default();
    let rest = content[prefix.len()..].trim_start();
    let begin = start + (content.len() - rest.len());
    let length = name_length(rest);
    let name = &rest[..length];
    let is_given = rest[length..].trim_start().starts_with(['=', ':']) || prefix == "setx ";
    if is_given && is_variable(name) && (sounds_secret(name) || scribe.catalogue.named(name).is_some()) {
        let place = Span::new(begin, begin + length);
        scribe.interpolated(name, place, Span::new(start, at.end), Fallback::Nothing);
        if let Some(read) = scribe.facts.reads.last_mut() {
            read.via = Via::Mentioned;
        }
        return;
    }
    commands(content, Span::new(start, at.end), scribe);
}

/// What a command line of the readme loads, and what it copies; what it defines and uses is only an example.
fn commands(line: &str, at: Span, scribe: &mut Scribe<'_>) {
    if !line.contains("env") && !line.contains("doppler") && !line.contains("op run") {
        return;
    }
    let mapping = Mapping::straight(at);
    let snippet = Snippet { text: line, mapping: &mapping };
    let (reads, definitions, imports) =
        (scribe.facts.reads.len(), scribe.facts.definitions.len(), scribe.facts.imports.len());
    command::read(snippet, None, scribe);
    scribe.facts.reads.truncate(reads);
    scribe.facts.imports.truncate(imports);
    scribe.facts.definitions.truncate(definitions);
    if line.starts_with("cp ") || line.starts_with("mv ") || line.starts_with("copy ") {
        scribe.run("", snippet);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::{assert_told, facts_of};

    #[test]
    fn readmes_mention_variables_in_blocks_of_code_only() {
        let text = "Set OPENAI_API_KEY=x first.\n```bash\n$ export OPENAI_API_KEY=sk-...\nPORT=3000\ncp .env.example .env\nnode --env-file=.env app.js\n```\n```python\nOPENAI_API_KEY = 1\n```\n    $env:ANTHROPIC_API_KEY = \"x\"\n";
        assert_told(
            "README.md",
            &[(
                text,
                &[
                    "read OPENAI_API_KEY in `export OPENAI_API_KEY=sk-...` Mentioned Top",
                    "read ANTHROPIC_API_KEY in `$env:ANTHROPIC_API_KEY = \"x\"` Mentioned Top",
                    "load `node --env-file=.env` node --env-file Path Top fills [\".env\"]",
                ],
            )],
        );
        let facts = facts_of("README.md", text.as_bytes());
        assert_eq!(facts.runs.iter().map(|run| &*run.command).collect::<Vec<_>>(), ["cp .env.example .env"]);
    }
}
