//! Procfiles. Whatever starts one on a developer's machine (foreman, honcho, overmind, `heroku local`) loads `.env` first.

use super::{
    Source, command,
    scribe::Scribe,
    text::{Mapping, Snippet, lines, plain, trimmed},
};
use crate::{
    lint::{
        FileFacts,
        facts::{Giver, Search},
    },
    model::Span,
};

/// Reads a Procfile.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    let mut scribe = Scribe::new(source, Giver::Shell, facts);
    for (line, at) in lines(&text) {
        let Some(colon) = line.find(':').filter(|_| !line.trim_start().starts_with('#')) else { continue };
        let (process, place) = trimmed(&line[colon + 1..], Span::new(at.start + colon + 1, at.end));
        let mapping = Mapping::straight(place);
        let snippet = Snippet { text: process, mapping: &mapping };
        let name = line[..colon].trim();
        scribe.run(name, snippet);
        command::read(snippet, Some(name), &mut scribe);
        let load = scribe.load(at, "foreman", Vec::new());
        (load.search, load.command) = (Search::Current, Some(process.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::facts_of;

    #[test]
    fn processes_run_behind_a_runner_that_loads() {
        let facts = facts_of("Procfile", b"# no: x\nweb: A=1 node app.js\n");
        assert_eq!((&*facts.runs[0].name, &*facts.runs[0].command), ("web", "A=1 node app.js"));
        assert_eq!(facts.loads[0].command.as_deref(), Some("A=1 node app.js"));
        assert_eq!(facts.definitions[0].name, "A");
        assert_eq!(facts.runs.len(), 1);
    }
}
