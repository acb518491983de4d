//! The known name that a wrong one was meant to be.

/// More of a name than this is not compared: the distance takes the product of the lengths.
const LONGEST: usize = 64;

/// Of `known`, the name that `name` is most like, if a third of its letters or fewer differ; the first in the alphabet of several.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name: String = name.chars().take(LONGEST).collect();
    let distances = known.into_iter().map(|known| (strsim::damerau_levenshtein(&name, known), known));
    distances.filter(|(distance, known)| *distance <= known.len().div_ceil(3)).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_known_and_another_word_is_not() {
        let known = ["openai", "private-key", "env"];
        assert_eq!(nearest("privatekey", known), Some("private-key"));
        assert_eq!(nearest("opnai", known), Some("openai"));
        assert_eq!(nearest("database", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
        assert_eq!(nearest("b", ["d", "c"]), Some("c"));
        assert_eq!(
            nearest("openai-key", ["openai", "openai-api-key"]),
            Some("openai-api-key"),
            "one that is near enough"
        );
    }
}
