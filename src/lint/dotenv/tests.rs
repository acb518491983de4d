//! Every line of the table of loaders, column by column, and what must hold for any bytes.

use proptest::prelude::*;

use super::{Dialect, Document, Form, Outcome, Wrong};
use crate::model::Secret;

/// An outcome as the table writes it: a value, or one of the words in [`show`].
fn show(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(value) => format!("={}", String::from_utf8_lossy(value.expose())),
        Outcome::Unset => "unset".to_owned(),
        Outcome::Null => "null".to_owned(),
        Outcome::Inherited => "inherited".to_owned(),
        Outcome::Error => "error".to_owned(),
        Outcome::Swallows => "swallows".to_owned(),
        Outcome::Executed => "executed".to_owned(),
    }
}

/// What the six measured loaders make of the entry of `text` that begins at or after `at`.
fn row(text: &str, entry: usize) -> Vec<String> {
    let document = Document::parse(text.as_bytes(), false);
    let entry = &document.entries()[entry];
    Dialect::MEASURED.iter().map(|dialect| show(&document.value(entry, *dialect))).collect()
}

/// A line, and what python-dotenv, dotenv, `node --env-file`, compose, a shell and `docker run --env-file` make of it.
const TABLE: [(&str, [&str; 6]); 41] = [
    ("K=v\n", ["=v", "=v", "=v", "=v", "=v", "=v"]),
    ("K=\"v\"\n", ["=v", "=v", "=v", "=v", "=v", "=\"v\""]),
    ("K='v'\n", ["=v", "=v", "=v", "=v", "=v", "='v'"]),
    ("K=`v`\n", ["=`v`", "=v", "=v", "=`v`", "executed", "=`v`"]),
    ("K = v\n", ["=v", "=v", "=v", "=v", "error", "error"]),
    ("K= v\n", ["=v", "=v", "=v", "=v", "error", "= v"]),
    ("K=v # note\n", ["=v", "=v", "=v", "=v", "=v", "=v # note"]),
    ("K=v#tail\n", ["=v#tail", "=v", "=v", "=v#tail", "=v#tail", "=v#tail"]),
    ("K=\"v#tail\" # n\n", ["=v#tail", "=v#tail", "=v#tail", "=v#tail", "=v#tail", "=\"v#tail\" # n"]),
    ("K=v  \n", ["=v", "=v", "=v", "=v", "=v", "=v  "]),
    ("K=\"v \"\n", ["=v ", "=v ", "=v ", "=v ", "=v ", "=\"v \""]),
    ("K=v\r\n", ["=v", "=v", "=v", "=v", "=v\r", "=v"]),
    ("\u{feff}K=v\n", ["=v", "=v", "unset", "=v", "error", "=v"]),
    ("export K=v\n", ["=v", "=v", "=v", "=v", "=v", "error"]),
    ("K: v\n", ["unset", "=v", "unset", "=v", "error", "error"]),
    ("K:v\n", ["unset", "unset", "unset", "=v", "error", "error"]),
    ("K=\"a\nb\"\n", ["=a\nb", "=a\nb", "=a\nb", "=a\nb", "=a\nb", "=\"a"]),
    ("K=a\nb\nC=w\n", ["=a", "=a", "=a", "=a", "=a", "=a"]),
    ("K=v\\\nw\n", ["=v\\", "=v\\", "=v\\", "=v\\", "=vw", "=v\\"]),
    ("K=a$bc\n", ["=a$bc", "=a$bc", "=a$bc", "=a", "=a", "=a$bc"]),
    ("K=\"a$bc\"\n", ["=a$bc", "=a$bc", "=a$bc", "=a", "=a", "=\"a$bc\""]),
    ("K='a$bc'\n", ["=a$bc", "=a$bc", "=a$bc", "=a$bc", "=a$bc", "='a$bc'"]),
    ("K=a${bc}d\n", ["=ad", "=a${bc}d", "=a${bc}d", "=ad", "=ad", "=a${bc}d"]),
    ("K=a\\$bc\n", ["=a\\$bc", "=a\\$bc", "=a\\$bc", "=a\\", "=a$bc", "=a\\$bc"]),
    ("K=\"a\\nb\"\n", ["=a\nb", "=a\nb", "=a\nb", "=a\nb", "=a\\nb", "=\"a\\nb\""]),
    ("K=\n", ["=", "=", "=", "=", "=", "="]),
    ("K=\"\"\n", ["=", "=", "=", "=", "=", "=\"\""]),
    ("K\nB=w\n", ["null", "unset", "swallows", "inherited", "error", "inherited"]),
    ("K=\"v\n", ["unset", "=\"v", "=\"v", "error", "error", "=\"v"]),
    ("K=\"v\"junk\n", ["unset", "=\"v\"junk", "=v", "=v", "=vjunk", "=\"v\"junk"]),
    ("K=\"v\",\n", ["unset", "=\"v\",", "=v", "error", "=v,", "=\"v\","]),
    ("K=v;\n", ["=v;", "=v;", "=v;", "=v;", "=v", "=v;"]),
    ("K=“v”\n", ["=“v”", "=“v”", "=“v”", "=“v”", "=“v”", "=“v”"]),
    ("K=v\u{a0}\n", ["=v", "=v", "=v\u{a0}", "=v", "=v\u{a0}", "=v\u{a0}"]),
    ("K=$(cmd)\n", ["=$(cmd)", "=$(cmd)", "=$(cmd)", "error", "executed", "=$(cmd)"]),
    ("K=v B=w\n", ["=v B=w", "=v B=w", "=v B=w", "=v B=w", "=v", "=v B=w"]),
    ("K=<your-key>\n", ["=<your-key>", "=<your-key>", "=<your-key>", "=<your-key>", "error", "=<your-key>"]),
    ("K='v\"w'\n", ["=v\"w", "=v\"w", "=v\"w", "=v\"w", "=v\"w", "='v\"w'"]),
    ("K=\tv\n", ["=v", "=v", "=\tv", "=v", "error", "=\tv"]),
    ("K=v \r\n", ["=v", "=v", "=v", "=v", "error", "=v "]),
    ("K= # note\n", ["=# note", "=", "=", "=# note", "=", "= # note"]),
];

#[test]
fn every_loader_makes_of_a_line_what_was_measured() {
    for (text, expected) in TABLE {
        assert_eq!(row(text, 0), expected, "{text:?}");
    }
}

#[test]
fn the_second_line_of_a_wrapped_value_is_a_name_that_node_joins_with_the_next() {
    let text = "K=first-part\nsecond-part\nB=w\n";
    assert_eq!(row(text, 1), ["null", "unset", "swallows", "inherited", "error", "inherited"]);
    assert_eq!(row(text, 2), ["=w", "=w", "unset", "=w", "=w", "=w"]);
}

#[test]
fn a_utf16_file_gives_nothing_to_any_loader() {
    let document = Document::parse(b"K=v\n", true);
    let outcomes = Dialect::MEASURED.map(|dialect| show(&document.value(&document.entries()[0], dialect)));
    assert_eq!(outcomes, ["error", "unset", "unset", "error", "error", "error"]);
}

#[test]
fn of_two_definitions_the_last_wins_but_for_deno() {
    assert!(Dialect::Deno.first_wins());
    assert!(Dialect::MEASURED.iter().all(|dialect| !dialect.first_wins()));
}

#[test]
fn an_open_quote_goes_on_to_the_next_quote_for_node_and_python() {
    let text = "K=\"v\nB=w\nC=\"x\"\nD=1\n";
    assert_eq!(row(text, 0), ["unset", "=\"v", "swallows", "error", "error", "=\"v"]);
    assert_eq!(row(text, 1), ["unset", "=w", "unset", "=w", "=w", "=w"]);
    assert_eq!(row(text, 3), ["=1", "=1", "=1", "=1", "=1", "=1"]);
}

#[test]
fn the_other_loaders_follow_their_families() {
    let value = |text: &str, dialect| {
        let document = Document::parse(text.as_bytes(), false);
        show(&document.value(&document.entries()[0], dialect))
    };
    assert_eq!(value("K='a$bc'\n", Dialect::Expand), "=a");
    assert_eq!(value("K=a\\$bc\n", Dialect::Expand), "=a$bc");
    assert_eq!(value("K=`v`\n", Dialect::Bun), "=v");
    assert_eq!(value("K=$(cmd)\n", Dialect::RubyDotenv), "executed");
    assert_eq!(value("\u{feff}K=v\n", Dialect::Godotenv), "unset");
    assert_eq!(value("K=a b\n", Dialect::Dotenvy), "error");
    assert_eq!(value("K=a${b:-c}\n", Dialect::Compose), "=ac");
}

/// The flaws of the first entry.
fn flaws(text: &str) -> Vec<Wrong> {
    let document = Document::parse(text.as_bytes(), false);
    document.flaws_of(&document.entries()[0]).map(|flaw| flaw.wrong).collect()
}

/// What the first entry is meant to be.
fn meant(text: &str) -> String {
    let document = Document::parse(text.as_bytes(), false);
    String::from_utf8(document.meant(&document.entries()[0]).to_vec()).unwrap()
}

#[test]
fn what_was_not_meant_is_taken_off_layer_by_layer() {
    for text in [
        "K=v",
        "K=\"v\"",
        "K=Bearer v",
        "K=\"Bearer v\"",
        "K=K=v",
        "K=\"'v'\"",
        "K=“v”",
        "K=v,",
        "K=\"v\",",
        "K=v;",
        "K=\"v \"",
        "K=v\u{200b}",
        "K=\"\\\"v\\\"\"",
        "K='\"Bearer v\";'",
        "K=export K=v",
    ] {
        assert_eq!(meant(text), "v", "{text}");
    }
}

#[test]
fn a_flaw_is_named_and_cut_where_it_stands() {
    assert_eq!(flaws("K=\"Bearer v\"\n"), [Wrong::Bearer, Wrong::Quotes]);
    assert_eq!(flaws("K = v\r\n"), [Wrong::BlanksAround, Wrong::CarriageReturn]);
    assert_eq!(flaws("\"K\": \"v\",\n"), [Wrong::QuotedName, Wrong::Comma, Wrong::Colon, Wrong::Quotes]);
    assert_eq!(flaws("K=sk-aBcDeFgHiJkLmNoP\nqRsTuV\nB=w\n"), [Wrong::Wrapped]);
    assert_eq!(flaws("K=sk-aBcDeFgHiJkLmNoP\nDEBUG\nB=w\n"), []);
    let text = "K=“Bearer v”, \n";
    let document = Document::parse(text.as_bytes(), false);
    let mut left = text.to_owned();
    let mut cuts: Vec<_> = document.flaws_of(&document.entries()[0]).flat_map(|flaw| flaw.cuts.clone()).collect();
    cuts.sort();
    for cut in cuts.iter().rev() {
        left.replace_range(cut.range(), "");
    }
    assert_eq!(left, "K=v\n");
}

#[test]
fn debug_shows_no_value() {
    let document = Document::parse(b"K=hunter2hunter2\n", false);
    assert!(!format!("{document:?}").contains("hunter2"));
    assert!(!format!("{:?}", Outcome::Value(Secret::new(b"hunter2hunter2", 0))).contains("hunter2"));
}

#[test]
fn a_file_of_names_is_cut_and_says_so() {
    let document = Document::parse("A\n".repeat(10_000).as_bytes(), false);
    assert!(document.cut);
    assert_eq!(document.entries().len(), super::parse::MOST_ENTRIES);
}

#[test]
fn quotes_that_are_never_closed_take_linear_time() {
    let text = "K=\"a\\\nL='b\nM=`c\n".repeat(300);
    let document = Document::parse(text.as_bytes(), false);
    for entry in document.entries() {
        for dialect in Dialect::ALL {
            let _ = document.value(entry, dialect);
        }
    }
}

/// Text in which what matters to the grammar is frequent.
fn dotenv_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "K", "=", ":", "\"", "'", "`", "\\", "\n", "\r\n", "#", " ", "\t", "export ", "$", "${K}", "$(", ";", ",",
            "“", "”", "\u{a0}", "\u{200b}", "\u{feff}", "Bearer ", "K=", "é", "<", "&",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_and_every_place_is_in_bounds(text in dotenv_text(), utf16 in any::<bool>()) {
        let document = Document::parse(&text, utf16);
        for place in document.places() {
            prop_assert!(place.start <= place.end && place.end <= text.len(), "{place:?}");
        }
        let mut end = 0;
        for entry in document.entries() {
            prop_assert!(entry.whole.start >= end && !entry.whole.is_empty());
            end = entry.whole.end;
            for span in [entry.name, entry.raw, entry.value, entry.tail, entry.before_separator, entry.after_separator] {
                prop_assert!(span.start <= span.end && span.end <= text.len());
                prop_assert!(entry.whole.start <= span.start && span.end <= entry.whole.end, "{span:?} {entry:?}");
            }
            prop_assert!(entry.form != Form::Assignment || !document.name(entry).is_empty());
            for dialect in Dialect::ALL {
                if let Outcome::Value(value) = document.value(entry, dialect) {
                    prop_assert!(value.expose().len() <= text.len());
                }
            }
        }
    }
}
