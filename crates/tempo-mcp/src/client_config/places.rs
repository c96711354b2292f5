//! Where each client keeps its configuration, by operating system.

use std::path::{Path, PathBuf};

use super::Client;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    Mac,
    Windows,
}

/// One person's folders.
pub(crate) struct Places {
    system: System,
    home: PathBuf,
    /// Where programs keep their settings.
    settings: PathBuf,
    /// Windows: where the programs of the store keep theirs.
    packages: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`
    claude_code: Option<PathBuf>,
}

impl Places {
    pub(crate) fn here() -> Result<Self, String> {
        let system = match std::env::consts::OS {
            "macos" => System::Mac,
            "windows" => System::Windows,
            _ => System::Linux,
        };
        Self::of(system, &|name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from))
            .ok_or_else(|| "nobody's home: the variable HOME (on Windows USERPROFILE) is not set".into())
    }

    fn of(system: System, folder: &dyn Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        let home = folder(if system == System::Windows { "USERPROFILE" } else { "HOME" })?;
        let settings = match system {
            System::Linux => folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            System::Mac => home.join("Library/Application Support"),
            System::Windows => folder("APPDATA").unwrap_or_else(|| home.join("AppData").join("Roaming")),
        };
        let local = || folder("LOCALAPPDATA").unwrap_or_else(|| home.join("AppData").join("Local"));
        let packages = (system == System::Windows).then(|| local().join("Packages"));
        Some(Self { system, settings, packages, claude_code: folder("CLAUDE_CONFIG_DIR"), home })
    }

    /// The file with the client's servers; it may not be there yet.
    pub(crate) fn file(&self, client: Client) -> PathBuf {
        match client {
            Client::ClaudeDesktop => self.claude_desktop().join("claude_desktop_config.json"),
            Client::ClaudeCode => self.claude_code.as_ref().unwrap_or(&self.home).join(".claude.json"),
            Client::Cursor => self.home.join(".cursor").join("mcp.json"),
            Client::Vscode => self.settings.join("Code").join("User").join("mcp.json"),
            Client::Windsurf => self.home.join(".codeium").join("windsurf").join("mcp_config.json"),
        }
    }

    /// Whether the client has been here: its folder exists, or its file.
    pub(crate) fn has(&self, client: Client) -> bool {
        let file = self.file(client);
        // Claude Code's file is in the home folder, which everybody has.
        let folder = match client {
            Client::ClaudeCode => self.claude_code.clone().unwrap_or_else(|| self.home.join(".claude")),
            _ => file.parent().map(Path::to_owned).unwrap_or_default(),
        };
        file.exists() || folder.is_dir()
    }

    /// The packaged app of Windows reads its own folder alone; Windows shows it `%APPDATA%` from there.
    fn claude_desktop(&self) -> PathBuf {
        let packaged = self.packages.as_ref().and_then(|it| std::fs::read_dir(it).ok());
        let packaged = packaged.into_iter().flatten().flatten().find_map(|it| {
            let is_claude = it.file_name().to_string_lossy().starts_with("Claude_");
            let folder = it.path().join("LocalCache").join("Roaming").join("Claude");
            (is_claude && folder.is_dir()).then_some(folder)
        });
        packaged.unwrap_or_else(|| self.settings.join("Claude"))
    }

    /// `~` for the home folder, where people read paths so.
    pub(crate) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if self.system != System::Windows => format!("~/{}", rest.display()),
            _ => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn files(system: System, home: &Path) -> String {
        let folder = |name: &str| matches!(name, "HOME" | "USERPROFILE").then(|| home.to_owned());
        let places = Places::of(system, &folder).unwrap();
        let relative = |it: Client| places.file(it).strip_prefix(home).unwrap().to_owned();
        let lines = Client::ALL.map(|it| format!("{}: {}", it.name(), relative(it).display()));
        lines.join("\n").replace('\\', "/")
    }

    #[test]
    fn each_system_has_its_own_files() {
        let home = Path::new("/home/me");
        expect![[r#"
            claude-desktop: .config/Claude/claude_desktop_config.json
            claude-code: .claude.json
            cursor: .cursor/mcp.json
            vscode: .config/Code/User/mcp.json
            windsurf: .codeium/windsurf/mcp_config.json"#]]
        .assert_eq(&files(System::Linux, home));
        expect![[r#"
            claude-desktop: Library/Application Support/Claude/claude_desktop_config.json
            claude-code: .claude.json
            cursor: .cursor/mcp.json
            vscode: Library/Application Support/Code/User/mcp.json
            windsurf: .codeium/windsurf/mcp_config.json"#]]
        .assert_eq(&files(System::Mac, home));
        expect![[r#"
            claude-desktop: AppData/Roaming/Claude/claude_desktop_config.json
            claude-code: .claude.json
            cursor: .cursor/mcp.json
            vscode: AppData/Roaming/Code/User/mcp.json
            windsurf: .codeium/windsurf/mcp_config.json"#]]
        .assert_eq(&files(System::Windows, home));
    }

    #[test]
    fn the_packaged_app_of_windows_has_a_folder_of_its_own() {
        let home = std::env::temp_dir().join(format!("tempo-mcp-places-{}", std::process::id()));
        let own = home.join("AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude");
        std::fs::create_dir_all(&own).unwrap();
        let shown = files(System::Windows, &home);
        std::fs::remove_dir_all(&home).unwrap();
        expect!["claude-desktop: AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json"]
            .assert_eq(shown.lines().next().unwrap());
    }

    #[test]
    fn folders_that_were_moved_are_followed() {
        let folder = |name: &str| match name {
            "HOME" => Some("/home/me".into()),
            "XDG_CONFIG_HOME" => Some("/settings".into()),
            "CLAUDE_CONFIG_DIR" => Some("/claude".into()),
            _ => None,
        };
        let places = Places::of(System::Linux, &folder).unwrap();
        assert_eq!(places.file(Client::Vscode), Path::new("/settings/Code/User/mcp.json"));
        assert_eq!(places.file(Client::ClaudeCode), Path::new("/claude/.claude.json"));
    }
}
