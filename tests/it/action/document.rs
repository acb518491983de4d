//! YAML as JSON values. Every scalar is a string, which is what GitHub makes of inputs.

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// A list or a map that is not closed yet, with the key that waits for its value.
enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// The one document that `text` is.
pub(super) fn yaml(text: &str) -> Value {
    let (mut open, mut document) = (Vec::new(), None);
    for event in Parser::new_from_str(text) {
        let (event, _) = event.unwrap_or_else(|error| panic!("{error}\n{text}"));
        let done = match event {
            Event::Scalar(value, ..) => Value::String(value.into_owned()),
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop().unwrap() {
                Open::List(items) => Value::Array(items),
                Open::Map(entries, _) => Value::Object(entries),
            },
            Event::Alias(_) => panic!("GitHub did not know aliases for years; do without"),
            _ => continue,
        };
        match open.last_mut() {
            None => assert!(document.replace(done).is_none(), "one document is expected\n{text}"),
            Some(Open::List(items)) => items.push(done),
            Some(Open::Map(entries, key)) => match key.take() {
                None => *key = Some(done.as_str().unwrap().to_owned()),
                Some(key) => assert!(entries.insert(key, done).is_none(), "a key is there twice\n{text}"),
            },
        }
    }
    document.unwrap()
}
