//! What the readers for Python and JavaScript share, above the syntax tree: [`script`] (what names stand for, and the facts so far),
//! [`wording`] (texts put together from pieces), [`place`] (paths put together from pieces), [`call`] (clients, headers, addresses),
//! [`misread`] (what errors of syntax hide).

mod address;
mod call;
mod misread;
mod place;
mod script;
#[cfg(test)]
mod tests;
mod wording;

pub(super) use self::{
    address::Address,
    call::{Argument, Arguments, Use, is_base},
    place::{Base, Place},
    script::{Binding, Dialect, LONGEST_NAME, Script},
    wording::{Piece, Wording},
};
pub(super) use crate::syntax::{Grammar, Kinds, Node, Tree, parse, sound};
