//! The command line itself: completions, the version, and an output that cannot be written.

use crate::program::run;
#[cfg(target_os = "linux")]
use crate::program::{finish, program};

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = run(&["completions", shell]);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{shell}");
        assert!(done.out.contains("sandbox"), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).code, Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error_and_not_a_crash() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in
        [&["completions", "bash"][..], &["demo"], &["tools"], &["--sandbox", "call", "searchIssues"]]
    {
        let ended = finish(program().args(arguments).stdout(full()));
        assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn version_is_the_packages() {
    let done = run(&["--version"]);
    assert_eq!((done.code, done.out.trim()), (Some(0), concat!("tempo-mcp ", env!("CARGO_PKG_VERSION"))));
}
