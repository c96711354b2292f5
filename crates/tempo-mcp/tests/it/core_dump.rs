//! A crash leaves no copy of the memory, which holds tokens and keys.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
};

use crate::{
    docs::file,
    service::{Folder, Service},
};

/// Allows core dumps of any size, and then becomes another program.
const ALLOWED: &str = "ulimit -c unlimited && exec \"$0\" \"$@\"";

#[test]
fn crashed_service_leaves_no_core_dump() {
    let folder = Folder::new("core");
    let program = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", ALLOWED]).args(arguments).current_dir(&folder.0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let control = program(&["sh", "-c", "kill -ABRT $$"]).status().unwrap();
    if !control.core_dumped() {
        println!("skipped: this system writes no core dumps");
        return;
    }
    let mut service = Service::start(&mut program(&[env!("CARGO_BIN_EXE_tempo-mcp"), "--sandbox", "serve"]));
    let id = service.child.id().to_string();
    assert!(Command::new("kill").args(["-ABRT", &id]).status().unwrap().success());
    let ended = service.child.wait().unwrap();
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false));
}

#[test]
fn unit_forbids_core_dumps() {
    assert!(file("deploy/tempo-mcp.service").lines().any(|it| it == "LimitCORE=0"));
}
