//! A run over texts that are given, such as versions of files that somebody named, instead of over what lies in a place.

use super::{
    Run,
    gather::{Shared, Worker},
};
use crate::{
    input::{Entry, Visitor as _},
    model::{Blob, Origin, OriginKind},
};

/// A text, and where it comes from.
#[derive(Clone, Debug)]
pub struct GivenText {
    /// The commit that has it.
    pub commit: String,
    /// Its path there.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Run<'_> {
    /// The same run, which looks through `texts` and at nothing else. Findings carry the commit of their text.
    #[must_use]
    pub fn over_texts(self, texts: Vec<GivenText>) -> Self {
        Self { texts: Some(texts), ..self }
    }
}

/// Looks through `texts`.
pub(super) fn read(texts: &[GivenText], shared: &Shared<'_>) {
    let mut worker = Worker::new(shared);
    for GivenText { commit, path, bytes } in texts {
        let origin = Origin { commit: Some(commit.clone()), ..Origin::plain(OriginKind::Diff) };
        worker.visit(Entry::Blob(Blob { path, bytes, origin: &origin, private: false }));
    }
}
