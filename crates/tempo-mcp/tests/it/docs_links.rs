//! Links between the pages: every file and every heading that they lead to is there.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::docs::{Page, guides, path};

/// Every page with links that a reader may follow.
fn pages() -> Vec<Page> {
    let more = ["ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"].map(Page::read);
    guides().into_iter().chain(more).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let anchors: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|it| (it.name.as_str(), anchors(it))).collect();
    let mut broken = Vec::new();
    for page in &pages {
        for link in links(page) {
            if let Err(why) = follow(page, &link, &anchors) {
                broken.push(format!("{}: {link}: {why}", page.name));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Another host is not asked; its address has to be one.
fn follow(page: &Page, link: &str, anchors: &BTreeMap<&str, BTreeSet<String>>) -> Result<(), String> {
    if link.contains("://") {
        let url = Url::parse(link).map_err(|error| error.to_string())?;
        let is_right = match (url.scheme(), url.host_str()) {
            ("https", Some(host)) => host.contains('.'),
            ("http", Some(host)) => host == "localhost",
            _ => false,
        };
        return if is_right { Ok(()) } else { Err("neither a file nor an https address".into()) };
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { page.name.clone() } else { resolved(&page.name, file)? };
    if !path(&target).exists() {
        return Err("there is no such file".into());
    }
    match (anchor, anchors.get(target.as_str())) {
        (None, _) => Ok(()),
        (Some(anchor), Some(known)) if known.contains(anchor) => Ok(()),
        (Some(_), Some(_)) => Err("there is no such heading".into()),
        (Some(_), None) => Err("an anchor needs a page".into()),
    }
}

/// A link's path from the root of the repository.
fn resolved(page: &str, file: &str) -> Result<String, String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop().ok_or("it leaves the repository")?),
            other => parts.push(other),
        }
    }
    Ok(parts.join("/"))
}

/// Targets of Markdown's links and pictures, and of HTML's.
fn links(page: &Page) -> Vec<String> {
    let prose = page.prose();
    // Text in backticks is not a link.
    let prose: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let markdown = prose.match_indices("](").filter_map(|(at, _)| prose[at + 2..].split([')', ' ']).next());
    let html = ["src=\"", "srcset=\"", "href=\""].into_iter().flat_map(|attribute| {
        let values = prose.match_indices(attribute).map(move |(at, _)| at + attribute.len());
        values.filter_map(|at| prose[at..].split('"').next()).collect::<Vec<_>>()
    });
    let plain = prose.match_indices("<http").filter_map(|(at, _)| prose[at + 1..].split('>').next());
    markdown.chain(html).chain(plain).map(str::to_owned).collect()
}

/// The names that GitHub gives to headings.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut res = BTreeSet::new();
    for heading in page.prose().lines().filter(|it| it.starts_with('#')) {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept: String =
            kept.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it)).collect();
        let name = kept.replace(' ', "-");
        let mut numbered = name.clone();
        let mut number = 0;
        while !res.insert(numbered) {
            number += 1;
            numbered = format!("{name}-{number}");
        }
    }
    res
}

#[test]
fn index_leads_to_every_page() {
    let index = Page::read("docs/README.md");
    let linked = links(&index);
    for page in guides().iter().filter_map(|it| it.name.strip_prefix("docs/")).filter(|it| *it != "README.md")
    {
        assert!(linked.iter().any(|it| it == page), "docs/README.md does not link to {page}");
    }
}
