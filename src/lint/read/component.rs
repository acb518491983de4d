//! Components whose scripts are blocks in a file of another form: Vue, Svelte, Astro.
//!
//! Everything around the script is blanked out, byte for byte, and the rest is read as JavaScript: places stay true without a map.

use super::{Source, javascript, syntax::Grammar};
use crate::{
    lint::{FileFacts, facts::Side},
    syntax::{frontmatter, only, scripts},
};

/// Whether the file at `path` is such a component.
pub(super) fn is_component(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("vue" | "svelte" | "astro"))
}

/// Adds what the scripts of `source` say to `facts`.
pub(super) fn read(source: &Source<'_>, facts: &mut FileFacts) {
    let is_astro = source.path.rsplit('.').next() == Some("astro");
    // The frontmatter of Astro runs on the server, its scripts in the browser. They cannot be told apart within one file's facts, and
    // what holds keys is the frontmatter.
    let frontmatter = if is_astro { frontmatter(source.text) } else { None };
    let side = if frontmatter.is_some() { Side::Server } else { Side::Browser };
    let (blocks, grammar) =
        frontmatter.map_or_else(|| scripts(source.text), |block| (vec![block], Grammar::TypeScript));
    let text = only(source.text, &blocks);
    javascript::read_as(&Source { text: &text, ..*source }, grammar, facts);
    if !(facts.side == Side::Server && source.path.contains(".server.")) {
        facts.side = side;
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::{
        facts::Side,
        read::telling::{facts_of, tell},
    };

    #[test]
    fn scripts_of_components_are_read_in_place() {
        let vue = "<template><p>{{ x }}</p></template>\n<script setup lang=\"ts\">\nconst key: string = import.meta.env.VITE_OPENAI_API_KEY\n</script>\n<style>p { color: red }</style>";
        let line = "read VITE_OPENAI_API_KEY in `import.meta.env.VITE_OPENAI_API_KEY` Build Top as key";
        assert_eq!(tell("src/App.vue", vue), [line]);
        assert_eq!(facts_of("src/App.vue", vue.as_bytes()).side, Side::Browser);
        let svelte = "<script context=\"module\">\nlet a = 1\n</script>\n<script>\n  import { PUBLIC_KEY_A } from '$env/static/public'\n</script>\n<p>ä</p>";
        assert_eq!(tell("a.svelte", svelte), ["read PUBLIC_KEY_A in `PUBLIC_KEY_A` Build Top as PUBLIC_KEY_A"]);
    }

    #[test]
    fn the_frontmatter_of_astro_runs_on_the_server() {
        let astro =
            "---\nconst key = import.meta.env.OPENAI_API_KEY;\n---\n<p>{key}</p>\n<script>window.x = 1</script>";
        let line = "read OPENAI_API_KEY in `import.meta.env.OPENAI_API_KEY` Build Top as key";
        assert_eq!(tell("src/pages/index.astro", astro), [line]);
        assert_eq!(facts_of("src/pages/index.astro", astro.as_bytes()).side, Side::Server);
    }

    #[test]
    fn a_script_without_end_is_read_to_the_end() {
        assert_eq!(tell("a.vue", "<script>\nprocess.env.A_KEY"), ["read A_KEY in `process.env.A_KEY` Process Top"]);
        assert!(tell("a.vue", "<script").is_empty());
        assert!(tell("a.astro", "---\nno end").is_empty());
    }
}
