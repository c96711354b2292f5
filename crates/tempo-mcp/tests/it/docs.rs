//! The pages that people read, taken apart.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From the root of the repository.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

pub(crate) fn file(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One Markdown file; `name` is its path from the root.
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A fenced block of code.
pub(crate) struct Block {
    pub(crate) language: String,
    /// The HTML comment on the line above.
    pub(crate) mark: Option<String>,
    pub(crate) text: String,
    /// Where its text begins in the page.
    pub(crate) start: usize,
    pub(crate) line: usize,
}

/// The pages with commands: README, CONTRIBUTING, and `docs/` with its folders.
pub(crate) fn guides() -> Vec<Page> {
    let mut names = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    add_pages("docs", &mut names);
    names.sort();
    names.into_iter().map(Page::read).collect()
}

fn add_pages(folder: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(path(folder)).unwrap().map(|it| it.unwrap()) {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add_pages(&name, names);
        } else if Path::new(&name).extension().is_some_and(|it| it == "md") {
            names.push(name);
        }
    }
}

impl Page {
    pub(crate) fn read(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { text: file(&name), name }
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut res: Vec<Block> = Vec::new();
        let (mut offset, mut above, mut open) = (0, "", false);
        for (number, line) in self.text.lines().enumerate() {
            offset += line.len() + 1;
            let trimmed = line.trim();
            match trimmed.strip_prefix("```") {
                Some(language) if !open => res.push(Block {
                    language: language.to_owned(),
                    mark: comment(above).map(str::to_owned),
                    text: String::new(),
                    start: offset,
                    line: number + 1,
                }),
                Some(_) => {}
                None if open => {
                    if let Some(last) = res.last_mut() {
                        last.text += line;
                        last.text.push('\n');
                    }
                }
                None => {}
            }
            open ^= trimmed.starts_with("```");
            above = line;
        }
        assert!(!open, "{}: a block of code does not end", self.name);
        res
    }

    /// The blocks that the tests run.
    pub(crate) fn commands(&self) -> Vec<Block> {
        self.blocks().into_iter().filter(|it| it.mark.as_deref() == Some("run")).collect()
    }

    /// The text without blocks of code.
    pub(crate) fn prose(&self) -> String {
        let mut open = false;
        let outside = self.text.lines().filter(|line| {
            let is_fence = line.trim().starts_with("```");
            open ^= is_fence;
            !open && !is_fence
        });
        outside.map(|it| format!("{it}\n")).collect()
    }

    /// The texts between backticks in the prose.
    pub(crate) fn code_spans(&self) -> Vec<String> {
        // A span may continue on the next line of its paragraph.
        let prose = self.prose();
        let paragraphs = prose.split("\n\n").map(|it| it.replace('\n', " "));
        paragraphs
            .flat_map(|it| it.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

fn comment(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim())
}
