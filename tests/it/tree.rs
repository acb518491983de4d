//! A project in one text file, as the fixtures of the lint and of `keyward doctor` are written: a header, then files.
//!
//! A text file keeps our own repository free of stray `.env` files and its own scan quiet. Values are templates, expanded when the tree is planted.
//! `let key = TEMPLATE` in the header names a value, and `{=key}` in a file is that value, the same wherever it stands.

use std::{collections::BTreeSet, fs, path::Path};

use keyward::rules::template::expand;

use crate::hook::Repo;

/// A project in one text file.
pub(crate) struct Tree {
    pub(crate) name: String,
    pub(crate) expected: BTreeSet<String>,
    /// Lines in front of the first file.
    pub(crate) header: Vec<String>,
    pub(crate) is_repository: bool,
    pub(crate) files: Vec<Planted>,
}

pub(crate) struct Planted {
    pub(crate) path: String,
    pub(crate) flag: String,
    template: String,
    pub(crate) text: String,
}

impl Tree {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.strip_prefix("fixtures").unwrap().display().to_string();
        let (mut expected, mut is_repository, mut header) = (BTreeSet::new(), true, Vec::new());
        let mut files: Vec<Planted> = Vec::new();
        for line in text.split_inclusive('\n') {
            let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
            match (name, files.last_mut()) {
                (Some(name), _) => {
                    let (path, flag) = name.split_once(" (").unwrap_or((name, ""));
                    let (path, flag) = (path.to_owned(), flag.trim_end_matches(')').to_owned());
                    files.push(Planted { path, flag, template: String::new(), text: String::new() });
                }
                (None, Some(file)) => file.template.push_str(line),
                (None, None) => {
                    expected.extend(line.trim().strip_prefix("expect: ").map(str::to_owned));
                    is_repository &= line.trim() != "no-git";
                    header.push(line.trim().to_owned());
                }
            }
        }
        assert!(!files.is_empty(), "{name} holds no file");
        let named: Vec<(String, String)> = header
            .iter()
            .filter_map(|line: &String| line.strip_prefix("let ")?.split_once(" = "))
            .map(|(name, template)| (format!("{{={name}}}"), expand(template, name)))
            .collect();
        for file in &mut files {
            let template = file.template.replace("\\r\n", "\r\n").replace("{bom}", "\u{feff}");
            let with_named =
                |line: &str| named.iter().fold(line.to_owned(), |line, (name, value)| line.replace(name, value));
            file.text = template.split_inclusive('\n').map(|line| expand(&with_named(line), line.trim())).collect();
        }
        Self { name, expected, header, is_repository, files }
    }

    /// Writes it all down.
    pub(crate) fn plant(&self) -> Repo {
        let repo = Repo::without_git();
        fs::create_dir(repo.path("")).unwrap();
        let write = |wanted: &dyn Fn(&Planted) -> bool| {
            for file in self.files.iter().filter(|file| wanted(file)) {
                repo.file(&file.path, &file.text);
            }
        };
        write(&|file| file.flag != "untracked");
        if self.is_repository {
            repo.git(&["init", "-q", "-b", "main"]);
            repo.git(&["add", "-A"]);
            for file in self.files.iter().filter(|file| file.flag == "tracked") {
                repo.git(&["add", "-f", &file.path]);
            }
        }
        write(&|file| file.flag == "untracked");
        repo
    }

    /// What templates became: text that no output may hold.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let mut secrets = Vec::new();
        for file in &self.files {
            let words = file.text.split(|c| !is_key(c)).filter(|word| word.len() >= 20);
            secrets.extend(words.filter(|word| !file.template.contains(*word)).map(str::to_owned));
        }
        secrets
    }
}
