//! A home folder for one test, with configurations of MCP clients.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Removed at the end of the test.
pub(crate) struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Home {
    /// `name` is unique to the test.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Sets every variable that leads to a home folder, on every operating system.
    pub(crate) fn set(&self, command: &mut Command) {
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR", "APPDATA", "LOCALAPPDATA"] {
            command.env_remove(name);
        }
        command.env("HOME", &self.0).env("USERPROFILE", &self.0);
    }

    /// The client's file on this system.
    pub(crate) fn file(&self, client: &str) -> PathBuf {
        let settings = match std::env::consts::OS {
            "macos" => "Library/Application Support",
            "windows" => "AppData/Roaming",
            _ => ".config",
        };
        match client {
            "claude-desktop" => self.0.join(settings).join("Claude/claude_desktop_config.json"),
            "claude-code" => self.0.join(".claude.json"),
            "cursor" => self.0.join(".cursor/mcp.json"),
            "vscode" => self.0.join(settings).join("Code/User/mcp.json"),
            "windsurf" => self.0.join(".codeium/windsurf/mcp_config.json"),
            other => panic!("no client {other}"),
        }
    }

    pub(crate) fn write(&self, client: &str, text: &str) {
        let file = self.file(client);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, client: &str) -> String {
        fs::read_to_string(self.file(client)).unwrap()
    }

    /// The other files next to the client's that begin with its name.
    pub(crate) fn backups(&self, client: &str) -> Vec<PathBuf> {
        let file = self.file(client);
        let start = format!("{}.", file.file_name().unwrap().to_string_lossy());
        let all = fs::read_dir(file.parent().unwrap()).unwrap().map(|it| it.unwrap().path());
        all.filter(|it| it.file_name().unwrap().to_string_lossy().starts_with(&start)).collect()
    }
}
