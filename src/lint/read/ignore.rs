//! Ignore files: their patterns, as written.

use super::{
    Source,
    text::{lines, plain, trimmed},
};
use crate::{lint::FileFacts, model::Span};

/// Reads an ignore file.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let text = plain(source.text);
    for (line, at) in lines(&text) {
        let content = line.trim_start_matches('\u{feff}');
        let (pattern, at) = trimmed(content, Span::new(at.end - content.len(), at.end));
        if !pattern.is_empty() && !pattern.starts_with('#') {
            facts.patterns.push((pattern.to_owned(), at));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::read::telling::facts_of;

    #[test]
    fn patterns_are_kept_with_their_places() {
        let text = "\u{feff}.env\r\n# note\n\n  !.env.example  \n";
        let facts = facts_of(".gitignore", text.as_bytes());
        let found: Vec<(&str, &str)> =
            facts.patterns.iter().map(|(pattern, at)| (&**pattern, &text[at.range()])).collect();
        assert_eq!(found, [(".env", ".env"), ("!.env.example", "!.env.example")]);
    }
}
