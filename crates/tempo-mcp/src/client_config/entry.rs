//! One server in a client's configuration, and whether it is this program, or the one that it replaces.

use std::path::Path;

use jsonc_parser::cst::{CstNode, CstObject, CstObjectProp};

/// What the TypeScript server reads: a path that ends like its own is it only with one of these.
const ITS_VARIABLES: [&str; 3] = ["TEMPO_API_TOKEN", "JIRA_API_TOKEN", "JIRA_BASE_URL"];

#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    /// Its name among the servers.
    pub(crate) key: String,
    pub(crate) command: Option<String>,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// This program, on this machine or hosted.
    Ours,
    /// The server that this one replaces.
    TypeScript,
    Foreign,
}

impl Entry {
    pub(crate) fn read(prop: &CstObjectProp) -> Option<Self> {
        let object = prop.object_value()?;
        let url = text_of(&object, "url").or_else(|| text_of(&object, "serverUrl"));
        let args = object.array_value("args").map(|it| it.elements()).unwrap_or_default();
        let env = object.object_value("env").map(|it| it.properties()).unwrap_or_default();
        Some(Self {
            key: prop.decoded_name()?,
            command: text_of(&object, "command"),
            args: args.iter().filter_map(text).collect(),
            env: env.iter().filter_map(|it| Some((it.decoded_name()?, text(&it.value()?)?))).collect(),
            url,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        let words = || self.command.iter().chain(&self.args);
        let has_variables = || self.env.iter().any(|(name, _)| ITS_VARIABLES.contains(&name.as_str()));
        let is_built = |it: &String| it.replace('\\', "/").ends_with("build/index.js");
        if words().any(|it| is_package(it)) || (words().any(is_built) && has_variables()) {
            return Kind::TypeScript;
        }
        let is_program = self.command.as_deref().is_some_and(is_this_program);
        // A personal address of the hosted service.
        let is_hosted = self.url.as_deref().is_some_and(|it| it.contains("/mcp/u_"));
        if is_program || is_hosted { Kind::Ours } else { Kind::Foreign }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// `${input:…}`, `${env:…}`: the client fills it in.
pub(crate) fn is_placeholder(value: &str) -> bool {
    value.starts_with("${") && value.ends_with('}')
}

/// `tempo-mcp-server`, `@ivelin-web/tempo-mcp-server@1.2.3`
fn is_package(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.split('@').next() == Some("tempo-mcp-server")
}

fn is_this_program(command: &str) -> bool {
    let path = command.replace('\\', "/");
    Path::new(&path).file_stem().is_some_and(|it| it.eq_ignore_ascii_case("tempo-mcp"))
}

fn text(node: &CstNode) -> Option<String> {
    node.as_string_lit()?.decoded_value().ok()
}

fn text_of(object: &CstObject, name: &str) -> Option<String> {
    text(&object.get(name)?.value()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(command: &str, args: &[&str], env: &[&str]) -> Kind {
        let entry = Entry {
            command: Some(command.into()),
            args: args.iter().map(|it| (*it).into()).collect(),
            env: env.iter().map(|it| ((*it).into(), "x".into())).collect(),
            ..Entry::default()
        };
        entry.kind()
    }

    #[test]
    fn the_server_that_is_replaced_is_known_in_every_form() {
        for (command, args) in [
            ("npx", &["-y", "@ivelin-web/tempo-mcp-server"][..]),
            ("npx", &["-y", "@ivelin-web/tempo-mcp-server@latest"]),
            ("cmd", &["/c", "npx", "-y", "@ivelin-web/tempo-mcp-server@1.4.0"]),
            ("tempo-mcp-server", &[]),
            ("/usr/local/bin/tempo-mcp-server", &[]),
        ] {
            assert_eq!(kind(command, args, &[]), Kind::TypeScript, "{command} {args:?}");
        }
        for path in ["/src/tempo-mcp-server/build/index.js", "C:\\src\\tempo\\build\\index.js"] {
            assert_eq!(kind("node", &[path], &["TEMPO_API_TOKEN"]), Kind::TypeScript);
            assert_eq!(kind("node", &[path], &["GITHUB_TOKEN"]), Kind::Foreign, "somebody else's build");
        }
    }

    #[test]
    fn this_program_is_known_by_its_name() {
        for command in ["/home/me/.cargo/bin/tempo-mcp", "C:\\Program Files\\Tempo-MCP.EXE", "tempo-mcp"] {
            assert_eq!(kind(command, &[], &[]), Kind::Ours, "{command}");
        }
        for command in ["npx", "/usr/bin/tempo", "/opt/tempo-mcp/other"] {
            assert_eq!(kind(command, &["x"], &["TEMPO_API_TOKEN"]), Kind::Foreign, "{command}");
        }
    }
}
