//! Bodies of Python's functions, so that those without a piece need not be parsed.
//!
//! What a function gives a name of its own is read nowhere outside it, and what it returns, or gives to a member or a `global` name, is not followed. So a
//! literal in the body of a function is put together there or not at all, and a body in which no key begins matters only when it changes the names
//! of the module. A test of half a megabyte has such a literal in one of its hundreds of functions.
//!
//! Bodies are found by strings, brackets and indentation, without a parser. A text that is not as Python writes them is left as it is.

use std::borrow::Cow;

use memchr::memmem;

use crate::model::Span;

/// Shorter bodies are parsed as soon as they are asked about.
const SHORTEST: usize = 80;

/// The program `text` with `pass` for the bodies of functions that are not `worth` parsing. Everything else stays where it is, and all does when what
/// stands outside of functions is worth it, since any of them may read that.
pub(super) fn narrowed<'t>(text: &'t str, worth: &dyn Fn(&[u8]) -> bool) -> Cow<'t, str> {
    let Some(mut bodies) = Lines::new(text.as_bytes()).bodies() else { return Cow::Borrowed(text) };
    bodies.retain(|body| text[body.range()].trim_start_matches(' ').len() >= SHORTEST);
    if bodies.is_empty() || worth(without(text, &bodies).as_bytes()) {
        return Cow::Borrowed(text);
    }
    // A function may change a name of the module.
    let stays = |part: &[u8]| memmem::find(part, b"global").is_some() || worth(part);
    bodies.retain(|body| !stays(&text.as_bytes()[body.range()]));
    if bodies.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(without(text, &bodies)) }
}

const PASS: &str = "pass";

/// `text` with `pass` for its `bodies`, and blanks for the rest of them.
fn without(text: &str, bodies: &[Span]) -> String {
    let mut left = String::with_capacity(text.len());
    for body in bodies {
        left.push_str(&text[left.len()..body.start]);
        let part = &text[body.range()];
        let indent = part.len() - part.trim_start_matches(' ').len();
        left.extend(std::iter::repeat_n(' ', indent));
        left.push_str(PASS);
        left.extend(part.bytes().skip(indent + PASS.len()).map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }
    left.push_str(&text[left.len()..]);
    left
}

/// Goes through the lines of a program, those that strings and brackets continue taken as one.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The bodies of functions that stand in no other, from the first line with code to the next line that is indented less; `None` when the program
    /// cannot be read.
    fn bodies(mut self) -> Option<Vec<Span>> {
        let mut bodies = Vec::new();
        // The indentation of the function whose body is under way, and where that begins.
        let mut open: Option<(usize, Option<usize>)> = None;
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            let indent = rest.iter().take_while(|byte| **byte == b' ').count();
            let code = &rest[indent..];
            if let [b'\t' | b'\x0c', ..] = code {
                return None;
            }
            let is_code = !matches!(code, [] | [b'\n' | b'\r' | b'#', ..]);
            self.at += indent;
            self.pass_line()?;
            if !is_code {
                continue;
            }
            match &mut open {
                Some((around, begin)) if indent > *around => {
                    begin.get_or_insert(start);
                }
                _ => {
                    let ended = open.take().and_then(|(_, begin)| begin);
                    bodies.extend(ended.map(|begin| Span::new(begin, start)));
                    let is_function = code.starts_with(b"def ") || code.starts_with(b"async def ");
                    open = is_function.then_some((indent, None));
                }
            }
        }
        let last = open.and_then(|(_, begin)| begin);
        bodies.extend(last.map(|begin| Span::new(begin, self.text.len())));
        Some(bodies)
    }

    /// Goes to the end of the line.
    fn pass_line(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\n' if depth == 0 => return Some(()),
                b'#' => self.at += self.text[self.at..].iter().take_while(|byte| **byte != b'\n').count(),
                b'"' | b'\'' => self.pass_string(*byte)?,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
                b'\\' => self.pass_escaped(),
                _ => {}
            }
        }
        (depth == 0).then_some(())
    }

    /// Goes behind the string whose first `quote` was passed.
    fn pass_string(&mut self, quote: u8) -> Option<()> {
        let three = [quote; 3];
        if self.text[self.at - 1..].starts_with(&three) {
            self.at += 2;
            while !self.text.get(self.at..)?.starts_with(&three) {
                let byte = self.text.get(self.at)?;
                self.at += 1;
                if *byte == b'\\' {
                    self.pass_escaped();
                }
            }
            self.at += 3;
            return Some(());
        }
        loop {
            let byte = self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'\n' => return None,
                b'\\' => self.pass_escaped(),
                byte if *byte == quote => return Some(()),
                _ => {}
            }
        }
    }

    /// Goes behind what a backslash takes its meaning from: a character, or the end of a line.
    fn pass_escaped(&mut self) {
        let is_two = self.text[self.at..].starts_with(b"\r\n");
        self.at = self.text.len().min(self.at + if is_two { 2 } else { 1 });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        decode::split::{Fold, views},
        syntax::Grammar,
    };

    const FILLER: &str = "print('a line of nothing at all, over and over, so that its body is long enough')\n";

    fn has_mark(part: &[u8]) -> bool {
        memmem::find(part, b"ab-").is_some()
    }

    #[test]
    fn bodies_without_a_piece_are_left_out_and_all_else_keeps_its_place() {
        let program = |one: &str, other: &str| {
            format!(
                "K = 'x'\n\n@d\ndef one(\n  a,\n):\n    {one}\nclass C:\n    async def two(self): # c\n        {other}    k = 'y'\n"
            )
        };
        let (long, text) = (format!("'''{FILLER}def no():\n'''; {FILLER}"), "k = 'ab-'\n");
        let kept = format!("{text}        {FILLER}");
        let whole = program(&long, &kept);
        let left = narrowed(&whole, &has_mark).into_owned();
        assert_eq!(left.len(), whole.len());
        let words: Vec<&str> = left.split_whitespace().collect();
        let expected = program("pass", &kept);
        assert_eq!(words, expected.split_whitespace().collect::<Vec<_>>());
        assert_eq!(left.find("class C"), whole.find("class C"));
    }

    #[test]
    fn what_changes_names_of_the_module_or_cannot_be_read_stays() {
        for text in [
            format!("def f():\n    global K\n    {FILLER}"),
            format!("def f():\n\t{FILLER}"),
            format!("def f():\n    {FILLER}    x = 'open\n"),
            format!("def f():\n    {FILLER}    x = (\n"),
            format!("def f():\n    {FILLER})\n"),
            format!("def f():\n    {FILLER}\"\"\" no end\n"),
        ] {
            assert_eq!(narrowed(&text, &has_mark), text);
        }
        let ordinary = format!("def f():\n    {FILLER}");
        assert_ne!(narrowed(&ordinary, &has_mark), ordinary);
    }

    /// A program of blocks, each of some `kind` with one of the `statements` or several.
    fn program(blocks: &[(usize, Vec<&str>)]) -> String {
        let body = |statements: &[&str], indent: &str| {
            statements.iter().flat_map(|statement| [indent, statement, "\n"]).collect::<String>()
        };
        let block = |(kind, statements): &(usize, Vec<&str>)| match kind {
            0 => body(statements, ""),
            1 => format!("def f(x):\n{}", body(statements, "    ")),
            2 => format!("class C:\n{}", body(statements, "    ")),
            3 => format!("class C:\n    b = 'x'\n    async def g(self):\n{}", body(statements, "        ")),
            4 => format!("def f(\n  x\n):\n    def h():\n{0}\n    {FILLER}", body(statements, "      ")),
            _ => format!("if x:\n    def f():\n{}else:\n    pass\n", body(statements, "        ")),
        };
        blocks.iter().map(block).collect()
    }

    proptest! {
        #[test]
        fn keys_are_put_together_as_in_the_whole_program(blocks in prop::collection::vec((0..6_usize, prop::collection::vec(prop::sample::select(vec![
            "a = 'ab-'", "b = 'cdef-0123456789xyz'", "k = a + b", "k = C.a + b", "k = self.a + C.b", "k = 'ab-' + b", "a = 'other'", "global a",
            "return a + 'cdef-0123456789xyz'", "x = f'{a}{b}'", "a += b", "x = \'\'\'\ndef no(:\n\'\'\'", "y = (\n'ab-'\n)", "# c'(", "del a", "",
            "pass", FILLER, FILLER,
        ]), 1..7)), 0..8)) {
            let text = program(&blocks);
            let keys = |worth: &dyn Fn(&[u8]) -> bool| {
                let folds = views(text.as_bytes(), Grammar::Python, worth).folds.into_iter();
                folds.filter(|fold| has_mark(&fold.view.bytes[fold.folded.range()])).collect::<Vec<Fold>>()
            };
            prop_assert_eq!(keys(&has_mark), keys(&|_| true), "{}", text);
        }
    }
}
