//! What a key is called: the summary of its rule, and its kind where that says more.

/// `OpenAI API key (project)` of a summary and a kind, which stands alone when it is a word of the summary already.
#[must_use]
pub fn title(summary: &str, kind: Option<&str>) -> String {
    match kind {
        Some(kind) if !summary.to_lowercase().contains(&kind.to_lowercase()) => format!("{summary} ({kind})"),
        _ => summary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_the_summary_names_is_not_repeated() {
        assert_eq!(title("OpenAI API key", Some("project")), "OpenAI API key (project)");
        assert_eq!(title("truncated OpenAI key", Some("Truncated")), "truncated OpenAI key");
        assert_eq!(title("Groq API key", None), "Groq API key");
    }
}
