//! The hosted service as a process: its listener, its database file, its key.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
};

use serde_json::json;

use tempo_sandbox::{
    COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, MAIN_ACCOUNT_ID,
};

use crate::{
    program::{finish, program},
    service::{Folder, KEY as FIRST_KEY, LIST, Service, serve, serve_site},
    site::Site,
};

const SECOND_KEY: &str = "the second key is long enough for anybody";

#[test]
fn simulated_service_has_a_tenant_and_exits_cleanly() {
    let service = Service::start(program().args(["--sandbox", "serve"]));
    let path = service.url.split(service.address()).nth(1).unwrap().to_owned();
    let (status, answer) =
        service.ask(&format!("POST {path} HTTP/1.1\r\nContent-Type: application/json"), LIST);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("createWorklog"));
    assert_eq!(service.ask("GET /readyz HTTP/1.1", "").0, 200);
    assert_eq!(
        service.ask("POST /mcp/..%2f..%2fsetup HTTP/1.1\r\nContent-Type: application/json", LIST).0,
        404
    );
    #[cfg(unix)]
    assert_eq!(service.end(), Some(0));
}

#[test]
fn local_service_generates_a_private_key_once() {
    let folder = Folder::new("key");
    let first = Service::start(&mut serve(&folder));
    assert_eq!(first.ask("GET /setup HTTP/1.1", "").0, 200);
    drop(first);
    let key = fs::read_to_string(folder.key()).unwrap();
    assert!(key.len() >= 32);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder.key()).unwrap().permissions()) & 0o777,
        0o600
    );
    let second = Service::start(&mut serve(&folder));
    assert_eq!(second.ask("GET /readyz HTTP/1.1", "").0, 200);
    assert_eq!(fs::read_to_string(folder.key()).unwrap(), key);
}

#[test]
fn key_of_another_database_is_refused() {
    let folder = Folder::new("wrong");
    let one = FIRST_KEY;
    drop(Service::start(serve(&folder).env("ENCRYPTION_KEY", one)));
    let other = finish(serve(&folder).args(["--listen", "127.0.0.1:0"]).env("ENCRYPTION_KEY", SECOND_KEY));
    assert_eq!(other.code, Some(1));
    assert!(other.err.contains("does not fit this database: it was sealed with key "), "{}", other.err);
    assert!(!other.err.contains(one));
    let second = SECOND_KEY;
    let both =
        Service::start(serve(&folder).env("ENCRYPTION_KEY", second).env("ENCRYPTION_KEY_PREVIOUS", one));
    assert_eq!(both.ask("GET /readyz HTTP/1.1", "").0, 200);
}

#[test]
fn without_a_key_only_this_machine_is_served() {
    let folder = Folder::new("open");
    let refused = finish(serve(&folder).args(["--listen", "0.0.0.0:0"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("openssl rand -base64 48"), "{}", refused.err);
    let short = finish(serve(&folder).args(["--listen", "127.0.0.1:0"]).env("ENCRYPTION_KEY", "short"));
    assert!(short.err.contains("shorter than 32 characters"), "{}", short.err);
    assert!(!Path::new(&folder.key()).exists(), "no key was generated");
}

#[test]
fn foreign_host_header_is_refused_on_loopback() {
    let folder = Folder::new("host");
    let service = Service::start(&mut serve(&folder));
    let mut stream = TcpStream::connect(service.address()).unwrap();
    write!(stream, "POST /mcp/u_0123456789012345678901 HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[test]
fn operator_lists_deletes_tenants_and_rotates_the_key() {
    let folder = Folder::new("operate");
    let (one, two) = (FIRST_KEY, SECOND_KEY);
    let operate = |arguments: &[&str], key: &str, previous: &str| {
        let mut command = program();
        command.args(arguments).args(["--database", &folder.database()]);
        finish(
            command
                .env("ENCRYPTION_KEY", key)
                .env("ENCRYPTION_KEY_PREVIOUS", previous)
                .env_remove("ENCRYPTION_KEY_FILE"),
        )
    };
    assert!(operate(&["tenants", "count"], one, "").err.contains("there is no database at"));
    drop(Service::start(serve(&folder).env("ENCRYPTION_KEY", one)));
    assert_eq!(operate(&["tenants", "count"], one, "").out, "0\n");
    assert!(operate(&["tenants", "list"], one, "").out.starts_with("NAME"));
    assert!(operate(&["tenants", "delete"], one, "").err.contains("choose the tenants to delete"));
    assert!(
        operate(&["tenants", "delete", "--email", "a@example.com"], one, "").out.starts_with("0 deleted")
    );
    assert!(operate(&["keys", "rotate"], two, one).out.starts_with("0 sealed again"));
    assert!(operate(&["keys", "status"], two, "").out.contains("under other keys: 0"));
    assert!(operate(&["keys", "status"], one, "").err.contains("does not fit this database"));
    // A database of the Worker may have a short key: it is tried like any other.
    assert!(operate(&["keys", "status"], "short", "").err.contains("does not fit this database"));
    // But nothing new is sealed with one.
    for command in ["rotate", "status"] {
        assert!(operate(&["keys", command], "short", two).err.contains("shorter than 32 characters"));
    }
    assert!(operate(&["keys", "status"], two, "").out.contains("under other keys: 0"));
}

/// A service for the simulated site as if it were the real one, with one tenant for the credentials in the environment.
fn serve_tenant(folder: &Folder, site: &Site, jira_token: &str, tempo_token: &str) -> Command {
    let mut command = serve_site(folder, site);
    command.args(["--tenants", "1"]).env("JIRA_BASE_URL", site.value("JIRA_BASE_URL"));
    command.env("JIRA_EMAIL", site.value("JIRA_EMAIL"));
    command.env("JIRA_API_TOKEN", jira_token).env("TEMPO_API_TOKEN", tempo_token);
    command
}

#[test]
fn ready_tenant_belongs_to_the_account_that_jira_names() {
    let site = Site::start();
    let main = [site.value("JIRA_API_TOKEN"), site.value("TEMPO_API_TOKEN"), MAIN_ACCOUNT_ID];
    let colleague = [COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, COLLEAGUE_ACCOUNT_ID];
    for (name, email, [jira_token, tempo_token, account]) in
        [("main", site.value("JIRA_EMAIL"), main), ("colleague", COLLEAGUE_EMAIL, colleague)]
    {
        let folder = Folder::new(&format!("ready-{name}"));
        let service =
            Service::start(serve_tenant(&folder, &site, jira_token, tempo_token).env("JIRA_EMAIL", email));
        let search = json!({ "text": "WEB-12" });
        let (status, answer) = service.call(&service.url, 1, "searchIssues", search);
        assert!(status == 200 && answer.contains("WEB-12"), "{answer}");
        let count = |account: &str| folder.operate(&["tenants", "count", "--account-id", account]).out;
        assert_eq!(count(account), "1\n", "{name}");
        let other = if account == MAIN_ACCOUNT_ID { COLLEAGUE_ACCOUNT_ID } else { MAIN_ACCOUNT_ID };
        assert_eq!(count(other), "0\n", "{name}");
    }
}

#[test]
fn ready_tenant_with_refused_credentials_stops_the_start() {
    let (folder, site) = (Folder::new("ready-refused"), Site::start());
    let mut command = serve_tenant(&folder, &site, "made-up-token", site.value("TEMPO_API_TOKEN"));
    let refused = finish(command.args(["--listen", "127.0.0.1:0"]));
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(refused.err.contains("JIRA_API_TOKEN") && !refused.err.contains("made-up"), "{}", refused.err);
    assert_eq!(folder.operate(&["tenants", "count"]).out, "0\n");
}

#[cfg(unix)]
#[test]
fn shutdown_finishes_calls_in_progress() {
    let (folder, site) = (Folder::new("end"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let url = service.sign_up(&site);
    let slow = json!({ "path": "/rest/api/3/", "times": 1, "effect": { "type": "latency", "ms": 2000 } });
    site.faults(json!([slow]));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| service.call(&url, 1, "searchIssues", json!({ "text": "WEB-12" })));
        while !site.faults_are_played() && !call.is_finished() {
            std::thread::yield_now();
        }
        service.terminate();
        while TcpStream::connect(service.address()).is_ok() {
            std::thread::yield_now();
        }
        assert!(!call.is_finished(), "the call was in progress");
        let (status, answer) = call.join().unwrap();
        assert!(status == 200 && answer.contains("WEB-12"), "{answer}");
    });
    assert_eq!(service.end(), Some(0));
}
