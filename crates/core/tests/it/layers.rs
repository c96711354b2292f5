//! The modules of core are listed in `lib.rs` in dependency order: each uses only those above it.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn source(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)
}

/// All files of a module: `name.rs` and everything in `name/`.
fn files(name: &str) -> Vec<PathBuf> {
    let mut found = vec![source(format!("{name}.rs"))];
    let mut folders = vec![source(name)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The modules of core that a text names: in `crate::name`, or at the first level of `crate::{…}`.
fn named(text: &str) -> Vec<String> {
    let mut res = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let (mut depth, mut word, mut follows_path) = (0, String::new(), false);
        let first_level = i32::from(rest.starts_with('{'));
        for it in rest.chars() {
            if it.is_alphanumeric() || it == '_' {
                word.push(it);
                continue;
            }
            if depth == first_level && !word.is_empty() && !follows_path {
                res.push(std::mem::take(&mut word));
            }
            word.clear();
            follows_path = it == ':';
            depth += i32::from(it == '{') - i32::from(it == '}');
            if depth == 0 {
                break;
            }
        }
    }
    res
}

#[test]
fn modules_use_only_modules_above_them() {
    let list = fs::read_to_string(source("lib.rs")).unwrap();
    let modules: Vec<&str> =
        list.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.len() > 8 && modules.first() == Some(&"domain"), "{modules:?}");
    for (i, module) in modules.iter().enumerate() {
        for file in files(module) {
            let names = named(&fs::read_to_string(&file).unwrap());
            let below = names.iter().find(|it| modules[i + 1..].contains(&it.as_str()));
            assert_eq!(below, None, "{} uses a module below {module}", file.display());
        }
    }
}

#[test]
fn grouped_and_single_imports_are_found() {
    let text = "use crate::{\n    config::{Config, tools},\n    jira,\n};\nfn f() { crate::tempo::x(jira) }";
    assert_eq!(named(text), ["config", "jira", "tempo"]);
}
