//! Where a credential in built code was written, by the source map beside it or in it.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    decode::source_map::{Position, path_of},
    lint::{
        FileFacts, Options, Surroundings,
        bundle::WRITTEN_HERE,
        facts::Written,
        graph::{Graph, folder_of},
        read, resolve,
    },
    model::{Location, Related, Span},
};

/// Bytes of source maps that are read for one run beyond those that the scan reads anyway. What lies beyond is not followed.
const MOST_BYTES: usize = 1 << 30;

/// A place in a source of the project.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Origin {
    /// The place. Its path is that of a file of the project, if it could be told which one is meant.
    pub(in crate::lint) location: Location,
    /// The variable whose value the build put there.
    pub(in crate::lint) variable: Option<String>,
    /// The credential itself stands there, as the map has the text; otherwise only what became of it.
    is_exact: bool,
}

impl Origin {
    /// The same for people.
    pub(in crate::lint) fn related(&self) -> Related {
        let message = match &self.variable {
            Some(variable) => format!("`{variable}` is read here"),
            None if self.is_exact => WRITTEN_HERE.to_owned(),
            None => "comes from here".to_owned(),
        };
        Related { message, location: self.location.clone() }
    }
}

/// Origins by file and place.
#[derive(Debug, Default)]
pub(in crate::lint) struct Origins<'g>(BTreeMap<&'g str, BTreeMap<Span, Origin>>);

/// Whether there is a file.
type Exists<'e> = &'e dyn Fn(&str) -> bool;

/// Files with credentials of which a map beside tells more, by the map's path.
type Waiting<'g> = BTreeMap<String, Vec<&'g FileFacts>>;

impl<'g> Origins<'g> {
    /// Those of all credentials in built code of `graph`.
    pub(super) fn of(graph: &'g Graph, options: &Options<'_>) -> Self {
        let mut origins = Self::default();
        let mut waiting = Waiting::new();
        let asked = RefCell::new(BTreeMap::new());
        let exists = |path: &str| {
            let mut asked = asked.borrow_mut();
            *asked.entry(path.to_owned()).or_insert_with(|| options.surroundings.exists(path))
        };
        for file in graph.files() {
            let Some(built) = &file.built else { continue };
            for (at, written) in &built.written {
                origins.add(file, *at, written, &file.path, &exists);
            }
            if built.written.len() < file.credentials().count() {
                let map = built.map.as_ref().and_then(|name| resolve::normal(folder_of(&file.path), name));
                if let Some(map) = map {
                    waiting.entry(map).or_default().push(file);
                }
            }
        }
        origins.follow(&waiting, options.surroundings, &exists);
        origins
    }

    /// Asks the maps, each once.
    fn follow(&mut self, waiting: &Waiting<'g>, surroundings: &dyn Surroundings, exists: Exists<'_>) {
        let mut room = MOST_BYTES;
        for (path, files) in waiting {
            let Some(map) = surroundings.read_large(path) else { continue };
            let Some(left) = room.checked_sub(map.len()) else { return };
            room = left;
            // Several files with one map are pieces that were cut apart, or somebody's joke; a map describes one.
            let Some(file) = files.first() else { continue };
            let mut places: Vec<(Position, Span)> =
                file.credentials().filter_map(|known| position(file, known.at)).collect();
            places.sort_unstable();
            let positions: Vec<Position> = places.iter().map(|(position, _)| *position).collect();
            for ((_, at), written) in places.iter().zip(read::origins(&map, &positions)) {
                if let Some(written) = written {
                    self.add(file, *at, &written, path, exists);
                }
            }
        }
    }

    fn add(&mut self, file: &'g FileFacts, at: Span, written: &Written, map: &str, exists: Exists<'_>) {
        let Some(location) = location(written, map, exists) else { return };
        let is_exact = file.built.as_ref().is_some_and(|built| built.is_map);
        let origin = Origin { location, variable: written.variable.clone(), is_exact };
        self.0.entry(&file.path).or_default().entry(at).or_insert(origin);
    }

    /// Where the credential at `at` in `file` was written.
    pub(in crate::lint) fn get(&self, file: &FileFacts, at: Span) -> Option<&Origin> {
        self.0.get(file.path.as_str())?.get(&at)
    }
}

/// The place `written`, as the map at `map` tells it, in a file that `exists`, or else in the one that is meant most likely.
fn location(written: &Written, map: &str, exists: Exists<'_>) -> Option<Location> {
    let path = path_of(&written.source, map, exists)?;
    let Written { line, column, end_line, end_column, .. } = *written;
    Some(Location { end_line, end_column, ..Location::point(&path, line, column) })
}

/// Line and column of the credential at `at` in `file`, counted from 0.
fn position(file: &FileFacts, at: Span) -> Option<(Position, Span)> {
    let location = &file.sites.get(&at)?.location;
    let (line, column) = (location.start_line.checked_sub(1)?, location.start_column.checked_sub(1)?);
    Some((Position { line, column }, at))
}
