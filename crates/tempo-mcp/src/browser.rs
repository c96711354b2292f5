//! Opening an address in the person's browser, without a shell.

use std::process::{Command, Stdio};

use url::Url;

/// `BROWSER` names another program than the system's own, which gets the address as its only argument; `none` opens
/// nothing.
pub(crate) fn open(url: &Url) {
    let mut command = match std::env::var("BROWSER").unwrap_or_default().trim() {
        "none" => return,
        "" => system(),
        program => Command::new(program),
    };
    // Standard output is the protocol's.
    let command = command.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::info!(%error, "no browser could be opened"),
    }
}

fn system() -> Command {
    if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut res = Command::new("rundll32");
        res.arg("url.dll,FileProtocolHandler");
        res
    } else {
        Command::new("xdg-open")
    }
}
