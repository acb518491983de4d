//! Where in a file a program stands: all of it, or blocks in a file of another form (Vue, Svelte, Astro, HTML).
//!
//! Everything around the blocks is blanked out, byte for byte, and the rest is one program: places stay true without a map.

use std::borrow::Cow;

use super::Grammar;
use crate::model::Span;

/// The program in the file at `path` and the grammar that fits it; `None` when its name is not that of one.
pub(crate) fn program<'t>(path: &str, text: &'t [u8]) -> Option<(Cow<'t, [u8]>, Grammar)> {
    let ending = path.rsplit('/').next()?.rsplit_once('.')?.1;
    if let Some(grammar) = Grammar::of_ending(ending) {
        return Some((Cow::Borrowed(text), grammar));
    }
    let (mut blocks, grammar) = match ending {
        "vue" | "svelte" | "html" | "htm" | "astro" => scripts(text),
        _ => return None,
    };
    let Some(front) = frontmatter(text).filter(|_| ending == "astro") else {
        return Some((Cow::Owned(only(text, &blocks)), grammar));
    };
    blocks.retain(|block| block.start >= front.end);
    blocks.push(front);
    Some((Cow::Owned(only(text, &blocks)), Grammar::TypeScript))
}

/// `text` with blanks for all that is not in `blocks`. Line breaks stay.
pub(crate) fn only(text: &[u8], blocks: &[Span]) -> Vec<u8> {
    let mut kept: Vec<u8> = text.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }).collect();
    for block in blocks {
        kept[block.range()].copy_from_slice(&text[block.range()]);
    }
    kept
}

/// What stands between `---` and `---` at the beginning of an Astro file.
pub(crate) fn frontmatter(text: &[u8]) -> Option<Span> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = text[start..].strip_prefix(b"---")?;
    let end = memchr::memmem::find(rest, b"\n---")?;
    Some(Span::new(start + 3, start + 3 + end + 1))
}

/// More blocks than a component has.
const MOST_SCRIPTS: usize = 16;

/// The content of all script elements, and the grammar that fits all of them.
pub(crate) fn scripts(text: &[u8]) -> (Vec<Span>, Grammar) {
    let mut blocks = Vec::new();
    let mut grammar = Grammar::JavaScript;
    let mut from = 0;
    while let Some(tag) = memchr::memmem::find(&text[from..], b"<script").map(|at| at + from)
        && blocks.len() < MOST_SCRIPTS
    {
        let Some(open) = memchr::memchr(b'>', &text[tag..]).map(|at| at + tag) else { break };
        let attributes = String::from_utf8_lossy(&text[tag..open]);
        if attributes.contains("tsx") {
            grammar = Grammar::Tsx;
        } else if (attributes.contains("\"ts\"") || attributes.contains("'ts'") || attributes.contains("=ts"))
            && grammar == Grammar::JavaScript
        {
            grammar = Grammar::TypeScript;
        }
        let end = memchr::memmem::find(&text[open..], b"</script").map_or(text.len(), |at| at + open);
        blocks.push(Span::new(open + 1, end.max(open + 1)));
        from = end.max(open + 1);
    }
    (blocks, grammar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Option<(String, Grammar)> {
        let (program, grammar) = program(path, text.as_bytes())?;
        Some((String::from_utf8(program.into_owned()).unwrap(), grammar))
    }

    #[test]
    fn a_program_is_told_by_its_name() {
        for (path, grammar) in [
            ("a/b.py", Grammar::Python),
            ("b.mjs", Grammar::JavaScript),
            ("b.cts", Grammar::TypeScript),
            ("b.tsx", Grammar::Tsx),
        ] {
            assert_eq!(told(path, "x"), Some(("x".to_owned(), grammar)), "{path}");
        }
        assert_eq!((told("a.rb", "x"), told("py", "x"), told("a.py/b", "x")), (None, None, None));
    }

    #[test]
    fn of_a_component_only_the_scripts_stay_and_in_their_place() {
        let html = "<p>ä</p>\n<script>a\n</script><script type=\"module\">b</script>";
        let (text, grammar) = told("index.html", html).unwrap();
        assert_eq!((text.len(), grammar), (html.len(), Grammar::JavaScript));
        assert_eq!(text.find('a'), html.find("a\n"));
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(told("a.vue", "<script lang=\"ts\">a</script>").unwrap().1, Grammar::TypeScript);
        let astro = told("a.astro", "---\na\n---\n<p>b</p><script>c</script>").unwrap();
        assert_eq!(astro.0.split_whitespace().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(told("a.astro", "<script>c").unwrap().0.trim(), "c");
    }
}
