//! Opens a URL in the user's browser, without a shell.

use std::process::{Command, Stdio};

use url::Url;

/// Opens `url` with the program that `BROWSER` names, or else with the system's own; `BROWSER=none` opens nothing.
pub(crate) fn open(url: &Url) {
    let mut command = match std::env::var("BROWSER").unwrap_or_default().trim() {
        "none" => return,
        "" => system(),
        program => Command::new(program),
    };
    // Standard output belongs to the protocol.
    let command = command.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::info!(%error, "the browser could not be opened"),
    }
}

fn system() -> Command {
    if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    }
}
