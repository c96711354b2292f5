//! A module of core may name only the modules that `lib.rs` declares above it, and only some may name what they
//! wrap.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules in the order in which `lib.rs` declares them.
fn modules() -> Vec<String> {
    let lib = read(&source().join("lib.rs"));
    let names = lib.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "the test reads the sources; core itself reads no file")]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// A module's own file and everything below it.
fn files(module: &str) -> Vec<PathBuf> {
    let mut res = vec![source().join(format!("{module}.rs"))];
    let mut folders = vec![source().join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { res.push(path) }
        }
    }
    res.retain(|it| it.extension().is_some_and(|it| it == "rs"));
    res
}

/// The code without comments and doc comments, in one line: `use crate::{\n a,\n b}` is as good as `crate::a`.
fn code(path: &Path) -> String {
    let text = read(path);
    let lines = text.lines().map(str::trim).filter(|it| !it.starts_with("//"));
    lines.collect::<Vec<_>>().join(" ")
}

/// Whether the code names `crate::module`, by path or inside the braces of a `use crate::{…}`.
fn names(code: &str, module: &str) -> bool {
    let is_word = |rest: &str| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '_');
    let by_path = code
        .match_indices("crate::")
        .any(|(at, found)| code[at + found.len()..].strip_prefix(module).is_some_and(is_word));
    by_path
        || code
            .match_indices("crate::{")
            .any(|(at, found)| braces(&code[at + found.len()..]).iter().any(|it| it == module))
}

/// The first segments of a `use` list: `a::{b, c}, d::e}` gives a and d.
fn braces(list: &str) -> Vec<String> {
    let (mut depth, mut res, mut word) = (1, Vec::new(), String::new());
    let mut in_head = true;
    for it in list.chars() {
        match it {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                res.push(std::mem::take(&mut word));
                in_head = true;
                continue;
            }
            ':' if depth == 1 => in_head = false,
            it if depth == 1 && in_head && !it.is_whitespace() => word.push(it),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    res.push(word);
    res
}

#[test]
fn modules_depend_upwards_only() {
    let order = modules();
    assert!(order.len() >= 8, "lib.rs no longer lists its modules one a line: {order:?}");
    let mut wrong = Vec::new();
    for (i, module) in order.iter().enumerate() {
        for file in files(module) {
            let code = code(&file);
            for later in order[i + 1..].iter().filter(|it| names(&code, it)) {
                wrong.push(format!(
                    "{} names `{later}`, which lib.rs declares below `{module}`",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Only these modules of core may name the word.
fn only(word: &str, allowed: &[&str]) {
    let offenders: Vec<String> = modules()
        .iter()
        .filter(|it| !allowed.contains(&it.as_str()))
        .flat_map(|it| files(it))
        .filter(|it| code(it).contains(word))
        .map(|it| it.display().to_string())
        .collect();
    assert!(offenders.is_empty(), "only {allowed:?} may name `{word}`:\n{}", offenders.join("\n"));
}

#[test]
fn only_one_module_knows_the_protocol() {
    only("rmcp", &["mcp"]);
    only("jsonrpc", &["mcp"]);
}

#[test]
fn only_upstream_sends_requests() {
    only("HttpClient", &["ports", "upstream"]);
    only(".http.send(", &["upstream"]);
}

#[test]
fn core_names_no_edge() {
    for edge in ["reqwest", "rusqlite", "worker::", "tempo_sandbox", "std::env", "std::fs", "std::thread"] {
        only(edge, &[]);
    }
}

#[test]
fn the_test_itself_sees_every_form() {
    for code in [
        "use crate::mcp;",
        "crate::mcp::Server",
        "use crate::{ domain::ids, mcp, };",
        "use crate::{mcp::{a, b}, x}",
        "pub(in crate::mcp) fn x()",
    ] {
        assert!(names(code, "mcp"), "{code}");
    }
    for code in ["use crate::{domain::{mcp}}", "crate::mcplike", "mcp::x", "use crate::{a::mcp}"] {
        assert!(!names(code, "mcp"), "{code}");
    }
}
