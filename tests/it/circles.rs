//! No two files of the source import each other, directly or in a circle: read from their `use`
//! lines and from the paths in their code. What a `mod.rs` only re-exports counts as an import of
//! the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A file as a module: its path from the root of the crate, `["table", "block"]`.
type Module = Vec<String>;

/// The code of each module, without comments and tests.
fn modules() -> BTreeMap<Module, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = BTreeMap::new();
    let mut folders = vec![(source, Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let inner = [&module[..], &[name.to_owned()]].concat();
            if path.is_dir() {
                folders.push((path, inner));
            } else if path.extension().is_some_and(|extension| extension == "rs") && name != "main"
            {
                let is_own = name == "mod" || name == "lib";
                let module = if is_own { module.clone() } else { inner };
                all.insert(module, code(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all
}

/// The text without comments and without its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

/// The paths of a `use` line: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let Some((prefix, inside)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in inside.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let paths = parts.iter().filter(|part| !part.trim().is_empty()).flat_map(|part| expand(part));
    paths.map(|path| format!("{}{path}", prefix.trim())).collect()
}

/// What a file imports: the paths of its `use` lines, those that it re-exports apart, and the paths
/// in its code.
#[derive(Default)]
struct Paths {
    used: Vec<String>,
    exported: Vec<String>,
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn paths(code: &str) -> Paths {
    let mut paths = Paths::default();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let use_at = statement
            .match_indices("use ")
            .map(|(at, _)| at)
            .find(|at| statement[..*at].lines().last().is_none_or(is_visibility));
        match use_at {
            Some(at) => {
                let line = statement[..at].lines().last().unwrap_or_default().trim().to_owned();
                let tree = statement[at + 4..].trim_end_matches(';');
                let all = expand(&tree.split_whitespace().collect::<Vec<_>>().join(" "));
                let list = if line.is_empty() { &mut paths.used } else { &mut paths.exported };
                list.extend(all);
                rest.push_str(&statement[..at]);
            }
            None => rest.push_str(statement),
        }
    }
    // Any path of two names or more in the code: `super::a::b`, `child::function`.
    for word in rest.split(|c: char| !is_name(c) && c != ':') {
        if word.contains("::") {
            paths.used.push(word.trim_matches(':').to_owned());
        }
    }
    paths
}

/// `pub `, `pub(crate) `, or nothing.
fn is_visibility(before: &str) -> bool {
    let before = before.trim();
    before.is_empty() || before == "pub" || before.starts_with("pub(") && before.ends_with(')')
}

struct Imports {
    paths: BTreeMap<Module, Paths>,
}

impl Imports {
    fn read() -> Self {
        Self {
            paths: modules().iter().map(|(module, code)| (module.clone(), paths(code))).collect(),
        }
    }

    /// The module that defines what a path names, as it is written in a module.
    fn target(&self, from: &Module, path: &str) -> Option<Module> {
        let path = path.split(" as ").next().unwrap();
        let mut names: Vec<&str> = path.split("::").collect();
        let mut base = match names[0] {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            // A child, or another crate.
            child => {
                let inner = [&from[..], &[child.to_owned()]].concat();
                return self
                    .paths
                    .contains_key(&inner)
                    .then(|| self.walk(inner, &names[1..]))
                    .flatten();
            }
        };
        names.remove(0);
        while names.first() == Some(&"super") {
            base.pop()?;
            names.remove(0);
        }
        self.walk(base, &names)
    }

    /// Follows names from a module, and what modules re-export.
    fn walk(&self, mut module: Module, names: &[&str]) -> Option<Module> {
        for name in names {
            let inner = [&module[..], &[(*name).to_owned()]].concat();
            if self.paths.contains_key(&inner) {
                module = inner;
                continue;
            }
            let is_it = |path: &&String| path.rsplit([':', ' ']).next() == Some(*name);
            return match self.paths.get(&module)?.exported.iter().find(is_it) {
                Some(exported) => self.target(&module, exported),
                None => Some(module),
            };
        }
        Some(module)
    }

    fn of(&self, module: &Module) -> BTreeSet<Module> {
        let targets = self.paths[module].used.iter().filter_map(|path| self.target(module, path));
        targets.filter(|target| target != module).collect()
    }
}

/// Each file that imports itself by way of others, with those.
fn circles() -> BTreeMap<Module, Vec<String>> {
    let imports = Imports::read();
    let edges: BTreeMap<Module, BTreeSet<Module>> =
        imports.paths.keys().map(|module| (module.clone(), imports.of(module))).collect();
    let reached = |from: &Module| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(edges[module].iter().filter(|target| seen.insert((*target).clone())));
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        edges.keys().map(|module| (module, reached(module))).collect();
    let in_circle = edges.keys().filter(|module| reach[module].contains(*module));
    in_circle
        .map(|module| {
            let back = edges[module].iter().filter(|target| reach[target].contains(module));
            (module.clone(), back.map(|target| target.join("/")).collect())
        })
        .collect()
}

#[test]
fn files_import_each_other_in_no_circle() {
    let found: BTreeMap<String, Vec<String>> =
        circles().into_iter().map(|(module, back)| (module.join("/"), back)).collect();
    assert!(found.is_empty(), "move what they share into a file of its own: {found:#?}");
}

#[test]
fn imports_are_found_behind_nested_and_relative_paths() {
    assert_eq!(expand("super::{a::{B, c::D}, e}"), ["super::a::B", "super::a::c::D", "super::e"]);
    let found = paths("use crate::a::B;\npub use c::{D, E as F};\nfn f() { super::g::h(1); }\n");
    assert_eq!(found.used, ["crate::a::B", "super::g::h"]);
    assert_eq!(found.exported, ["c::D", "c::E as F"]);
    let imports = Imports::read();
    let from: Module = ["table", "input"].map(str::to_owned).into();
    let defined_in = |path| imports.target(&from, path).map(|module| module.join("/"));
    assert_eq!(defined_in("super::blocks::Blocks").as_deref(), Some("table/blocks"));
    assert_eq!(defined_in("crate::table::Cells").as_deref(), Some("table/cells"), "a re-export");
    assert_eq!(defined_in("super::super::plan::Plan").as_deref(), Some("plan/planner"));
    assert_eq!(defined_in("std::io"), None);
}
