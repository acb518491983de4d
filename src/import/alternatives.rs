//! What a regular expression stands for, as a list of alternatives, each a row of steps.
//!
//! A glob has no choice, no group and no count. So a pattern is multiplied out first, within bounds: a hostile one stands for more alternatives than
//! there is memory. What globs cannot say, whatever is done about it, is refused here with the reason.

use regex_syntax::hir::{Class, ClassBytes, Hir, HirKind, Look};

/// More alternatives than this are not written out.
pub(super) const MOST: usize = 48;
/// Steps of one alternative.
pub(super) const LONGEST: usize = 256;
/// Ranges of a class that a glob may hold.
const MOST_RANGES: usize = 12;

/// One step of an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This byte.
    Byte(u8),
    /// One of these ranges, in which there is no `/`, and whether they are the whole class.
    Class(Vec<(u8, u8)>, bool),
    /// Any character.
    Any,
    /// Any character but `/`.
    Inside,
    /// Any number of characters, `/` among them.
    Anything,
    /// Any number of characters but `/`.
    Within,
    /// Any number of what a step stands for; can be written at an open end only.
    Many(Box<Step>),
    Start,
    End,
}

/// The alternatives that `hir` stands for.
pub(super) fn alternatives(hir: &Hir) -> Result<Vec<Vec<Step>>, String> {
    Ok(match hir.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.iter().map(|byte| Step::Byte(*byte)).collect()],
        HirKind::Look(Look::Start | Look::StartLF) => vec![vec![Step::Start]],
        HirKind::Look(Look::End | Look::EndLF) => vec![vec![Step::End]],
        HirKind::Look(_) => return Err("it asks for the edge of a word, which no glob can".to_owned()),
        HirKind::Class(class) => one_of(class)?,
        HirKind::Capture(capture) => alternatives(&capture.sub)?,
        HirKind::Concat(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                all = joined(all, &alternatives(part)?)?;
            }
            all
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(alternatives(part)?);
                all = bounded(all)?;
            }
            all
        }
        HirKind::Repetition(repetition) => {
            let once = alternatives(&repetition.sub)?;
            repeated(&once, repetition.min, repetition.max)?
        }
    })
}

fn bounded(all: Vec<Vec<Step>>) -> Result<Vec<Vec<Step>>, String> {
    if all.len() > MOST || all.iter().any(|steps| steps.len() > LONGEST) {
        return Err(format!("it has more than {MOST} alternatives"));
    }
    Ok(all)
}

fn joined(mut left: Vec<Vec<Step>>, right: &[Vec<Step>]) -> Result<Vec<Vec<Step>>, String> {
    if left.len() * right.len() > MOST {
        return Err(format!("it has more than {MOST} alternatives"));
    }
    // A long row of single steps is not copied for each of them.
    if let [only] = right {
        for head in &mut left {
            head.extend_from_slice(only);
        }
        return bounded(left);
    }
    bounded(left.iter().flat_map(|head| right.iter().map(move |tail| [&head[..], tail].concat())).collect())
}

fn repeated(once: &[Vec<Step>], least: u32, most: Option<u32>) -> Result<Vec<Vec<Step>>, String> {
    let mut all = vec![Vec::new()];
    if least > 16 || most.is_some_and(|most| most > 16) {
        return Err("it repeats something very often".to_owned());
    }
    for _ in 0..least {
        all = joined(all, once)?;
    }
    match most {
        None => {
            let [steps] = once else { return Err("it repeats a choice, which no glob can".to_owned()) };
            let many = match &steps[..] {
                [Step::Any] => Step::Anything,
                [Step::Inside] => Step::Within,
                [step @ (Step::Byte(_) | Step::Class(..))] => Step::Many(Box::new(step.clone())),
                _ => return Err("it repeats a group, which no glob can".to_owned()),
            };
            joined(all, &[vec![many]])
        }
        Some(most) => {
            let mut up_to = all.clone();
            for _ in least..most {
                all = joined(all, once)?;
                up_to.extend(all.clone());
            }
            bounded(up_to)
        }
    }
}

/// The step for a class, and another for a `/` in it.
fn one_of(class: &Class) -> Result<Vec<Vec<Step>>, String> {
    let class = match class {
        Class::Bytes(class) => class.clone(),
        Class::Unicode(class) => class.to_byte_class().ok_or("it has a class that is not of ASCII")?,
    };
    let holds = |byte: u8| class.iter().any(|range| (range.start()..=range.end()).contains(&byte));
    let members = class.iter().map(regex_syntax::hir::ClassBytesRange::len).sum::<usize>();
    // `[/\\]`: the separators of two systems, of which keyward writes one.
    if holds(b'/') && holds(b'\\') && members == 2 {
        return Ok(vec![vec![Step::Byte(b'/')]]);
    }
    // All but a few: `.`, `[^/]`, `[^/\\]`.
    if members >= 250 {
        let others = (b' '..=b'~').filter(|byte| !holds(*byte)).all(|byte| matches!(byte, b'/' | b'\\'));
        let step = if holds(b'/') { Step::Any } else { Step::Inside };
        return if others { Ok(vec![vec![step]]) } else { Err("it has a class that no glob has".to_owned()) };
    }
    let ranges = printable_ranges(&class);
    if ranges.is_empty() || ranges.len() > MOST_RANGES {
        return Err("it has a class that no glob has".to_owned());
    }
    let said: usize = ranges.iter().map(|(first, last)| usize::from(last - first) + 1).sum();
    let is_whole = said + usize::from(holds(b'/')) == members;
    let mut all = Vec::new();
    match ranges[..] {
        [(first, last)] if first == last && is_whole => all.push(vec![Step::Byte(first)]),
        _ => all.push(vec![Step::Class(ranges, is_whole)]),
    }
    if holds(b'/') {
        all.push(vec![Step::Byte(b'/')]);
    }
    Ok(all)
}

/// The ranges of `class` in which a glob can say them: printable, and without the characters that globs have for themselves.
fn printable_ranges(class: &ClassBytes) -> Vec<(u8, u8)> {
    let is_plain =
        |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'[' | b']' | b'!' | b'^' | b'-');
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for byte in class.iter().flat_map(|range| range.start()..=range.end()).filter(is_plain) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == byte => *last = byte,
            _ => ranges.push((byte, byte)),
        }
    }
    if class.iter().any(|range| (range.start()..=range.end()).contains(&b'-')) {
        ranges.push((b'-', b'-'));
    }
    ranges
}
