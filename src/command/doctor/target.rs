//! What `keyward doctor` was asked to look at: a variable or a provider, and the folder of a project.
//!
//! Names of variables and paths are told apart by their form, so that `keyward doctor services/chat` does what it says. Whatever is neither may be a
//! key that somebody pasted, and is not repeated.

use std::path::{Path, PathBuf};

use crate::{
    cli::DoctorArgs,
    lint::{Catalogue, Standing, Wish},
    pipeline::Error,
    rules::RuleSet,
};

/// Looked at where neither the code nor anybody else names a variable.
const USUAL: &str = "OPENAI_API_KEY";
/// Longer names are none.
const LONGEST: usize = 100;

/// Which chains to tell, and of which project.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) wish: Wish,
    pub(super) folder: PathBuf,
}

impl Target {
    pub(super) fn of(args: &DoctorArgs, catalogue: &Catalogue) -> Result<Self, Error> {
        let (variable, path) = match (&args.variable, &args.path) {
            (Some(only), None) if is_path(only) => (None, Some(PathBuf::from(only))),
            (variable, path) => (variable.as_deref(), path.clone()),
        };
        let folder = path.unwrap_or_else(|| PathBuf::from("."));
        if !folder.is_dir() {
            let problem = "there is no such folder to look at".to_owned();
            return Err(Error::Usage {
                problem,
                help: "name the folder of the project behind the variable".to_owned(),
            });
        }
        if let Some((provider, Standing::Setting)) = variable.and_then(|name| catalogue.named(name)) {
            let key = provider.env.first().map_or("the variable of the key", String::as_str);
            let problem = "that variable holds a setting and no key".to_owned();
            return Err(Error::Usage {
                problem,
                help: format!("`keyward doctor {key}` looks at it together with the key"),
            });
        }
        Ok(Self { wish: wish(variable, args.provider.as_deref())?, folder })
    }
}

fn is_path(text: &str) -> bool {
    text == "." || text.contains(['/', '\\']) || (!is_variable(text) && Path::new(text).is_dir())
}

fn is_variable(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= LONGEST
        && text.bytes().all(is_part)
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn wish(variable: Option<&str>, provider: Option<&str>) -> Result<Wish, Error> {
    let refused = |problem: &str, help: String| Err(Error::Usage { problem: problem.to_owned(), help });
    match (variable, provider) {
        (Some(_), Some(_)) => refused(
            "a variable and --provider were given",
            "name one of them; a variable tells whose key it holds".to_owned(),
        ),
        (Some(name), None) if is_variable(name) => Ok(Wish::Variable(name.to_owned())),
        (Some(_), None) => refused(
            "the first argument is no name of a variable",
            "write it like OPENAI_API_KEY; a key itself is never given as an argument".to_owned(),
        ),
        (None, Some(id)) if RuleSet::builtin().iter().any(|(_, rule)| rule.provider.id == id) => {
            Ok(Wish::Provider(id.to_owned()))
        }
        (None, Some(_)) => refused("there is no such provider", "`keyward rules` lists all of them".to_owned()),
        (None, None) => Ok(Wish::Needed(USUAL.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::template::expand;

    #[test]
    fn a_name_a_provider_or_nothing_is_a_wish_and_a_key_is_not_repeated() {
        assert_eq!(wish(Some("MY_KEY"), None).unwrap(), Wish::Variable("MY_KEY".to_owned()));
        assert_eq!(wish(None, Some("openai")).unwrap(), Wish::Provider("openai".to_owned()));
        assert_eq!(wish(None, None).unwrap(), Wish::Needed(USUAL.to_owned()));
        let key = expand("sk-proj-{url64:74}T3BlbkFJ{url64:73}A", "typed");
        for refused in [wish(Some(&key), None), wish(None, Some(&key)), wish(Some("A"), Some("openai"))] {
            assert!(!format!("{refused:?}").contains(&key[..12]), "{refused:?}");
            assert!(refused.is_err());
        }
    }

    #[test]
    fn a_path_is_told_from_a_variable() {
        assert!(is_path(".") && is_path("services/chat") && is_path("./KEY"));
        assert!(!is_path("OPENAI_API_KEY"));
    }
}
