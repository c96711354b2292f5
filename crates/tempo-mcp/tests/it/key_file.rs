//! The file with the encryption key: generated whole or not at all, and private.

use std::fs;

use crate::{
    program::finish,
    service::{Folder, KEY, Service, serve},
    storage::{refused, start_at},
};

/// The error of a start without `ENCRYPTION_KEY`.
fn refused_without_key(folder: &Folder) -> String {
    refused(start_at(&folder.file()).env_remove("ENCRYPTION_KEY").spawn().unwrap())
}

#[test]
fn empty_key_file_is_never_used() {
    let folder = Folder::new("empty-key");
    fs::write(folder.key(), "").unwrap();
    // Nothing is sealed yet: an interrupted start left the file.
    drop(Service::start(&mut serve(&folder)));
    assert!(fs::read_to_string(folder.key()).unwrap().len() >= 32, "a new key was generated");

    fs::write(folder.key(), "").unwrap();
    let text = refused_without_key(&folder);
    assert!(text.contains("t.sqlite.key is empty: restore it"), "{text}");
    let outside = folder.0.join("outside");
    fs::write(&outside, " \n").unwrap();
    for arguments in [["keys", "status"], ["tenants", "count"]] {
        let mut command = crate::service::bare();
        command.args(arguments).args(["--database", &folder.database()]);
        let run = finish(command.env("ENCRYPTION_KEY_FILE", &outside));
        assert!(run.code == Some(1) && run.err.contains("outside is empty"), "{}", run.err);
    }
}

#[test]
fn weak_key_is_refused_before_a_database_exists() {
    let folder = Folder::new("weak-key");
    for (key, why) in
        [("a".repeat(32), "repeats a few characters"), ("short".into(), "shorter than 32 characters")]
    {
        let file = folder.0.join("key");
        fs::write(&file, &key).unwrap();
        for (name, value) in
            [("ENCRYPTION_KEY", key.as_str()), ("ENCRYPTION_KEY_FILE", file.to_str().unwrap())]
        {
            let mut command = start_at(&folder.file());
            let text = refused(command.env_remove("ENCRYPTION_KEY").env(name, value).spawn().unwrap());
            assert!(text.contains(why) && text.contains("openssl rand -base64 48"), "{text}");
        }
    }
    fs::write(folder.key(), "a".repeat(40)).unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.key(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(refused_without_key(&folder).contains("repeats a few characters"));
    assert!(!folder.file().exists(), "no database was created");
}

#[cfg(unix)]
#[test]
fn key_file_that_others_can_read_is_refused_or_reported() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("open-key");
    drop(Service::start(&mut serve(&folder)));
    for mode in [0o640, 0o604] {
        fs::set_permissions(folder.key(), PermissionsExt::from_mode(mode)).unwrap();
        let text = refused_without_key(&folder);
        assert!(text.contains("open to other users") && text.contains("chmod 600"), "{text}");
    }
    fs::set_permissions(folder.key(), PermissionsExt::from_mode(0o600)).unwrap();
    drop(Service::start(&mut serve(&folder)));

    let (elsewhere, outside) = (Folder::new("outside-key"), folder.0.join("outside"));
    fs::write(&outside, KEY).unwrap();
    for (mode, is_reported) in [(0o644, true), (0o600, false), (0o440, false)] {
        fs::set_permissions(&outside, PermissionsExt::from_mode(mode)).unwrap();
        let service = Service::start(serve(&elsewhere).env("ENCRYPTION_KEY_FILE", &outside));
        assert_eq!(service.ask("GET /readyz HTTP/1.1", "").0, 200);
        let text = service.stderr();
        assert_eq!(text.contains("the key file can be read by every user"), is_reported, "{mode:o}: {text}");
        assert!(!text.contains(KEY));
    }
}

/// A limit on the size of files stands for a full disk: an empty file can still be created.
#[cfg(target_os = "linux")]
#[test]
fn full_disk_leaves_no_key_file() {
    use std::process::{Command, Stdio};
    let folder = Folder::new("full-key");
    let mut command = Command::new("sh");
    // Writing beyond the limit raises a signal; only a process that ignores it gets an error.
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_tempo-mcp")).args(["serve", "--listen", "127.0.0.1:0"]);
    command.args(["--database", &folder.database()]).env_remove("ENCRYPTION_KEY");
    let text = refused(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert!(text.contains("t.sqlite.key cannot be written"), "{text}");
    assert!(!folder.key().exists() && !folder.file().exists());
    drop(Service::start(&mut serve(&folder)));
    assert!(fs::read_to_string(folder.key()).unwrap().len() >= 32);
}
