//! Trouble with the database: a killed process, a full disk, a locked file, or one that cannot be used.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use serde_json::json;

use crate::{
    service::{Folder, KEY, Service, bare, serve, serve_site, shown, sign_up},
    site::Site,
};

/// How often a service is killed; `./bench soak` sets 50.
pub(crate) const SOAK: &str = "TEMPO_MCP_SOAK";
/// More URLs of one account than a test creates.
pub(crate) const MANY_URLS: (&str, &str) = ("TEMPO_MCP_URLS_PER_ACCOUNT", "100000");

fn search() -> serde_json::Value {
    json!({ "text": "WEB-12" })
}

/// Signs people up one after the other until the service refuses or is gone, and returns the URLs that were shown.
pub(crate) fn stream_of_setups(address: &str, site: &Site, seen: &mpsc::Sender<()>) -> Vec<String> {
    let mut urls = Vec::new();
    while let Ok((200, page)) = sign_up(address, site) {
        urls.extend(shown(&page));
        let _ = seen.send(());
    }
    urls
}

#[cfg(unix)]
#[test]
fn every_url_that_was_shown_outlives_a_kill() {
    let kills: u32 = std::env::var(SOAK).map_or(3, |it| it.parse().unwrap());
    let (folder, site) = (Folder::new("kill"), Site::start());
    let mut urls: Vec<String> = Vec::new();
    for round in 0..kills {
        let mut service = Service::start(serve_site(&folder, &site).env(MANY_URLS.0, MANY_URLS.1));
        let address = service.address().to_owned();
        let (seen, signed_up) = mpsc::channel();
        let shown = std::thread::scope(|scope| {
            let stream = scope.spawn(|| stream_of_setups(&address, &site, &seen));
            signed_up.recv().unwrap();
            let since = Instant::now();
            signed_up.recv().unwrap();
            // At another point of a sign-up each time.
            let wait = since.elapsed() * (round * 7 % 20) / 20;
            let at = Instant::now() + wait;
            while Instant::now() < at {
                std::hint::spin_loop();
            }
            service.child.kill().unwrap();
            stream.join().unwrap()
        });
        assert!(shown.len() >= 2, "{}", service.stderr());
        urls.extend(shown);
    }
    let service = Service::start(&mut serve_site(&folder, &site));
    let mut working = urls.iter().filter(|it| service.list(it) == 200);
    assert_eq!(working.by_ref().count(), urls.len());
    assert_eq!(service.call(&urls[0], 1, "searchIssues", search()).0, 200);

    // Ended properly, since the days of use are written after the responses.
    assert_eq!(service.end(), Some(0));
    let listed = folder.operate(&["tenants", "list"]).out;
    let never = listed.lines().filter(|it| it.contains(" never ")).count();
    let all = listed.lines().skip(1).count();
    assert_eq!(all - never, urls.len(), "{listed}");
    assert!(never <= kills as usize, "a kill leaves at most one unused tenant: {listed}");
}

/// Runs `work` with the files of a running service limited to what they are: every write fails, as on a full disk.
#[cfg(target_os = "linux")]
fn with_full_disk(service: &Service, work: impl FnOnce()) {
    let limit = |size: &str| {
        let id = service.child.id().to_string();
        let status = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={size}:")]).status();
        assert!(status.unwrap().success());
    };
    limit("1");
    work();
    limit("unlimited");
}

/// Calls work, but the service does not say that it is ready. A result is used for a second.
fn assert_not_writable(service: &Service) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, text) = service.ask("GET /readyz HTTP/1.1", "");
        if status == 503 {
            assert!(text.contains("the database cannot be written ("), "{text}");
            return;
        }
        assert!(Instant::now() < deadline, "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_stops_sign_up_and_nothing_else() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: needs prlimit (util-linux)");
        return;
    }
    let (folder, site) = (Folder::new("full"), Site::start());
    let command = serve_site(&folder, &site);
    // Writing beyond the limit raises a signal; only a process that ignores it gets an error.
    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(command.get_program());
    ignoring
        .args(command.get_args())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => ignoring.env(name, value),
            None => ignoring.env_remove(name),
        };
    }
    let service = Service::start(&mut ignoring);
    let (used, unused) = (service.sign_up(&site), service.sign_up(&site));
    assert_eq!(service.call(&used, 1, "searchIssues", search()).0, 200);
    with_full_disk(&service, || {
        let (status, page) = sign_up(service.address(), &site).unwrap();
        assert_eq!(status, 503, "{page}");
        assert!(page.contains("cannot store anything at the moment") && shown(&page).is_none(), "{page}");
        // Reads go on, and so do writes to Tempo, although neither the day of use nor the write can be recorded.
        for url in [&used, &unused] {
            assert_eq!(service.call(url, 2, "searchIssues", search()).0, 200);
        }
        let entry = json!({ "issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "15m" });
        let (_, answer) = service.call(&used, 3, "createWorklog", entry);
        assert!(answer.contains("Logged 15m on WEB-12"), "{answer}");
        assert_not_writable(&service);
    });
    let later = service.sign_up(&site);
    assert_eq!(service.list(&later), 200);
    drop(service);
    assert_eq!(folder.operate(&["tenants", "count"]).out, "3\n");
}

#[test]
fn locked_database_delays_sign_up_and_nothing_else() {
    let (folder, site) = (Folder::new("locked"), Site::start());
    let first = Service::start(&mut serve_site(&folder, &site));
    let known = first.sign_up(&site);
    drop(first);
    // A new process has not read any row yet.
    let service = Service::start(&mut serve_site(&folder, &site));
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM tenants;").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| sign_up(service.address(), &site).unwrap());
        assert_eq!(service.call(&known, 1, "searchIssues", search()).0, 200);
        let entry = json!({ "issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "15m" });
        assert!(service.call(&known, 2, "createWorklog", entry).1.contains("Logged 15m"));
        assert_not_writable(&service);
        let (status, page) = waiting.join().unwrap();
        assert_eq!(status, 503, "{page}");
        assert!(page.contains("cannot store anything at the moment") && shown(&page).is_none());
    });
    other.execute_batch("ROLLBACK").unwrap();
    service.sign_up(&site);
    drop(service);
    assert_eq!(folder.operate(&["tenants", "count"]).out, "2\n");
}

/// A start that has to be refused.
pub(crate) fn start_at(database: &Path) -> Command {
    let mut command = bare();
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("ENCRYPTION_KEY", KEY);
    command.args(["--database", &format!("sqlite:{}", database.display())]);
    command
}

/// The error with which the program refuses to start.
pub(crate) fn refused(child: Child) -> String {
    let mut child = child;
    let (mut url, mut text) = (String::new(), String::new());
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    if !url.is_empty() {
        child.kill().unwrap();
    }
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((url.as_str(), child.wait().unwrap().code()), ("", Some(1)), "{text}");
    text
}

#[test]
fn unusable_database_is_reported_at_start() {
    let folder = Folder::new("unusable");
    let text = folder.0.join("text");
    fs::write(&text, "this is not a database, whatever its name").unwrap();
    for (path, why) in [
        (folder.0.as_path(), "unable to open database file"),
        (&folder.0.join("missing").join("t.sqlite"), "unable to open database file"),
        (&text, "file is not a database"),
    ] {
        let text = refused(start_at(path).spawn().unwrap());
        let named = format!("the database {} cannot be opened for writing: ", path.display());
        assert!(text.contains(&named) && text.contains(why), "{text}");
    }
    assert!(fs::read_to_string(&text).unwrap().starts_with("this is not a database"));
}

/// Going back to an older version is refused, and changes nothing.
#[test]
fn database_of_a_newer_version_is_refused() {
    let folder = Folder::new("newer");
    drop(Service::start(serve(&folder).env("ENCRYPTION_KEY", KEY)));
    let newer = Connection::open(folder.file()).unwrap();
    newer.execute_batch("INSERT INTO migrations (number) VALUES (99)").unwrap();
    let text = refused(start_at(&folder.file()).spawn().unwrap());
    assert!(
        text.contains("a newer version of this program (schema 99)") && text.contains("backup"),
        "{text}"
    );
    assert!(folder.operate(&["tenants", "count"]).err.contains("schema 99"));
    newer.execute_batch("DELETE FROM migrations WHERE number = 99").unwrap();
    drop(newer);
    assert_eq!(folder.operate(&["tenants", "count"]).out, "0\n");
}

#[cfg(unix)]
#[test]
fn read_only_database_is_refused() {
    use std::os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    };
    const UNPRIVILEGED: u32 = 65534;
    let folder = Folder::new("read-only");
    drop(Service::start(serve(&folder).env("ENCRYPTION_KEY", KEY)));
    let allow = |file: u32, parent: u32| {
        fs::set_permissions(folder.file(), PermissionsExt::from_mode(file)).unwrap();
        fs::set_permissions(&folder.0, PermissionsExt::from_mode(parent)).unwrap();
    };
    allow(0o444, 0o555);
    let mut command = start_at(&folder.file());
    // Root may write everywhere, so it starts the program as another user.
    let is_root = fs::metadata(&folder.0).unwrap().uid() == 0;
    let command = if is_root { command.uid(UNPRIVILEGED) } else { &mut command };
    match command.spawn() {
        Ok(child) => {
            let text = refused(child);
            assert!(text.contains("cannot be opened for writing"), "{text}");
        }
        Err(error) => println!("skipped: no other user may run the program here: {error}"),
    }
    allow(0o644, 0o755);
}

#[cfg(unix)]
#[test]
fn database_journals_and_key_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let home = Folder::new("modes");
    let start = || {
        // The umask of the user who starts it must not matter.
        let script = format!("umask 0; exec '{}' serve \"$@\"", env!("CARGO_BIN_EXE_tempo-mcp"));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, "sh"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        Service::start(command.env_clear().env("XDG_DATA_HOME", &home.0))
    };
    let folder = home.0.join("tempo-mcp");
    let modes = || {
        let files = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path());
        let mut modes: Vec<(String, u32)> =
            files.map(|it| (it.file_name().unwrap().to_string_lossy().into_owned(), mode(&it))).collect();
        modes.sort();
        modes
    };
    let is_private = |modes: Vec<(String, u32)>| {
        for suffix in ["", "-shm", "-wal", ".key"] {
            let name = format!("tempo-mcp.sqlite{suffix}");
            assert!(modes.contains(&(name.clone(), 0o600)), "{name}: {modes:?}");
        }
        assert!(modes.iter().all(|it| it.1 == 0o600), "{modes:?}");
    };
    let service = start();
    is_private(modes());
    assert_eq!(mode(&folder), 0o700);
    drop(service);
    // As an earlier version left them, with journals since it was killed.
    for (name, _) in modes().into_iter().filter(|it| !it.0.ends_with(".key")) {
        set(&folder.join(name), 0o644);
    }
    set(&folder, 0o755);
    let _service = start();
    is_private(modes());
    assert_eq!(mode(&folder), 0o700);
}
