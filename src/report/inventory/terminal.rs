//! The inventory for people: under a heading for each level one story per key, then the plan for all, then what was read.

use std::fmt::Write as _;

use super::{
    super::{
        Detail, Look,
        layout::{Ink, Paint, columns, wrap},
        printable::printable,
        statement,
    },
    wording,
};
use crate::{
    inventory::{Inventory, Key, Urgency},
    model::{MASK, Notice},
};

/// Places and uses of one key that are listed unless all are asked for.
const SOME: usize = 5;
/// Narrower than this, lines are allowed to overflow.
const NARROWEST: usize = 40;
/// Wider than this, prose stops being readable.
const WIDEST: usize = 100;
/// Columns in front of what is said.
const INDENT: usize = 10;

/// The text.
pub(super) fn text(inventory: &Inventory, look: &Look) -> String {
    let page = Page { paint: Paint { color: look.color }, look: *look };
    let mut out = String::new();
    for urgency in Urgency::ALL {
        let keys: Vec<&Key> = inventory.keys.iter().filter(|key| key.urgency == urgency).collect();
        if !keys.is_empty() {
            page.sentence(&mut out, ink(urgency), wording::heading(urgency));
            out.push('\n');
            for key in keys {
                page.story(&mut out, key);
            }
        }
    }
    if look.detail == Detail::Quiet {
        return page.in_charset(out);
    }
    page.plan(&mut out, inventory);
    inventory.notices.iter().for_each(|notice| page.notice(&mut out, notice));
    page.ending(&mut out, inventory);
    page.in_charset(out)
}

const fn ink(urgency: Urgency) -> Ink {
    match urgency {
        Urgency::Now => Ink::Error,
        Urgency::Soon | Urgency::Later => Ink::Warning,
        Urgency::CleanUp => Ink::Note,
        Urgency::Accepted | Urgency::InPlace | Urgency::Over => Ink::Faint,
    }
}

struct Page {
    look: Look,
    paint: Paint,
}

impl Page {
    fn story(&self, out: &mut String, key: &Key) {
        let title = format!("{} {}", printable(&key.title()), printable(&key.masked));
        self.sentence(out, Ink::Strong, &title);
        self.field(out, "status:", &wording::status(key));
        self.field(out, "why:", &key.why);
        let places = key.places.iter().map(|place| {
            let about = wording::about(place);
            if about.is_empty() { wording::at(place) } else { format!("{} ({about})", wording::at(place)) }
        });
        self.some(out, "stands:", &places.collect::<Vec<_>>());
        if let Some(seen) = wording::seen(key) {
            self.field(out, "git:", &seen);
        }
        if !key.names.is_empty() {
            self.field(out, "names:", &key.names.join(", "));
        }
        if !key.environments.is_empty() {
            self.field(out, "for:", &key.environments.join(", "));
        }
        self.some(out, "used:", &key.uses.iter().map(wording::used).collect::<Vec<_>>());
        if self.look.detail == Detail::Verbose {
            let provider = key.provider.as_deref().unwrap_or("unknown");
            self.field(out, "id:", &format!("{} ({}, {provider})", key.fingerprint, key.rule));
        }
        let steps = key.plan.iter().enumerate();
        let many = key.plan.len() > 1;
        for (at, step) in steps {
            let number = if many { format!("{}. ", at + 1) } else { String::new() };
            let name = if at == 0 { "do:" } else { "" };
            self.hanging(out, name, &number, &step.text);
        }
        out.push('\n');
    }

    fn plan(&self, out: &mut String, inventory: &Inventory) {
        if inventory.plan.is_empty() {
            return;
        }
        self.sentence(out, Ink::Strong, "In this order");
        for (at, task) in inventory.plan.iter().enumerate() {
            let page = task.page.as_ref().map_or_else(String::new, |page| format!(" at {page}"));
            let when = task.urgency.map_or_else(String::new, |urgency| format!("{}: ", urgency.as_str()));
            let text = format!("{when}{}{page}", task.text);
            let number = format!("{}.", at + 1);
            for (at, line) in wrap(&printable(&text), self.prose() - 5).iter().enumerate() {
                let _ = writeln!(out, "  {:<3}{line}", if at == 0 { number.as_str() } else { "" });
            }
        }
        out.push('\n');
    }

    fn notice(&self, out: &mut String, notice: &Notice) {
        let place = notice.path.as_ref().map_or_else(String::new, |path| {
            notice.line.map_or_else(|| format!(" ({path})"), |line| format!(" ({path}:{line})"))
        });
        let help = notice.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        self.sentence(out, Ink::Note, &format!("notice[{}]: {}{place}{help}", notice.code, notice.message));
    }

    fn ending(&self, out: &mut String, inventory: &Inventory) {
        self.sentence(out, Ink::Strong, &wording::found(inventory));
        for coverage in inventory.coverage.all() {
            self.sentence(out, Ink::Faint, &statement::covered(coverage, ""));
            if let Some(gap) = statement::gap(coverage) {
                self.sentence(out, Ink::Error, &format!("incomplete: {gap}"));
            }
        }
    }

    fn sentence(&self, out: &mut String, ink: Ink, text: &str) {
        for line in wrap(&printable(text), self.prose()) {
            let _ = writeln!(out, "{}", self.paint.on(ink, line));
        }
    }

    /// `  name:   text`, wrapped under itself.
    fn field(&self, out: &mut String, name: &str, text: &str) {
        self.hanging(out, name, "", text);
    }

    /// The same for a list item, whose further lines stand under its text.
    fn hanging(&self, out: &mut String, name: &str, number: &str, text: &str) {
        let room = self.prose().saturating_sub(INDENT + number.len());
        for (at, line) in wrap(&printable(text), room).iter().enumerate() {
            let (name, number) = if at == 0 { (name, number.to_owned()) } else { ("", " ".repeat(number.len())) };
            let pad = " ".repeat((INDENT - 2).saturating_sub(columns(name)));
            let name = if name.is_empty() { String::new() } else { self.paint.on(Ink::Label, name) };
            let _ = writeln!(out, "  {name}{pad}{number}{line}");
        }
    }

    fn some(&self, out: &mut String, name: &str, items: &[String]) {
        let shown = if self.look.detail == Detail::Verbose { items.len() } else { SOME.min(items.len()) };
        let rest = items.len() - shown;
        for (at, item) in items.iter().take(shown).enumerate() {
            self.field(out, if at == 0 { name } else { "" }, item);
        }
        if rest > 0 {
            self.field(out, "", &format!("and {} more; -v lists them", statement::grouped(rest as u64)));
        }
    }

    /// What a terminal without Unicode shows.
    fn in_charset(&self, text: String) -> String {
        if self.look.unicode { text } else { text.replace('…', "...").replace(MASK, "*") }
    }

    fn prose(&self) -> usize {
        self.look.width.clamp(NARROWEST, WIDEST)
    }
}
