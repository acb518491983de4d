//! The entry in the template of a project's `.env` that tells others which variable they must set.

use crate::{
    lint::{
        Graph, Language, Surroundings,
        dotenv::file_name::is_template,
        facts::{Definition, FileFacts},
        graph::folder_of,
    },
    model::{Edit, Location},
};

/// What a template is called that is made.
const NEW: &str = ".env.example";

/// The edit that adds `name` to the template of the project that `facts` belongs to; none when it is there.
pub(super) fn entry(name: &str, facts: &FileFacts, graph: &Graph, surroundings: &dyn Surroundings) -> Option<Edit> {
    let root = graph.position(&facts.path).map_or("", |at| graph.project_of(at).root.as_str());
    let is_near = |file: &&FileFacts| {
        let folder = folder_of(&file.path);
        file.language == Language::Dotenv && is_template(&file.path) && (folder == root || folder.is_empty())
    };
    let templates = || graph.files().iter().filter(is_near);
    let names = |definition: &Definition| definition.name == name;
    if templates().any(|template| template.definitions.iter().any(names)) {
        return None;
    }
    // The one nearest to the project; of several there the first by name.
    match templates().max_by_key(|template| (folder_of(&template.path) == root, std::cmp::Reverse(&template.path))) {
        Some(template) => append(name, template),
        None => create(name, root, surroundings),
    }
}

fn append(name: &str, template: &FileFacts) -> Option<Edit> {
    let last = template.definitions.iter().max_by_key(|definition| definition.whole.end);
    let Some(last) = last else {
        return Some(Edit { location: Location::point(&template.path, 1, 1), text: format!("{name}=\n") });
    };
    let mut location = template.sites.get(&last.whole)?.location.clone();
    (location.start_line, location.start_column) = (location.end_line, location.end_column);
    Some(Edit { location, text: format!("\n{name}=") })
}

fn create(name: &str, root: &str, surroundings: &dyn Surroundings) -> Option<Edit> {
    let path = if root.is_empty() { NEW.to_owned() } else { format!("{root}/{NEW}") };
    let is_wanted = !surroundings.exists(&path) && surroundings.is_ignored(&path) != Some(true);
    is_wanted.then(|| Edit { location: Location::point(&path, 1, 1), text: format!("{name}=\n") })
}
