//! The hosted service as a process: its listener, its database file, its key.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use serde_json::json;

use crate::{
    program::{finish, program},
    service::{Folder, LIST, Service, serve, serve_site},
    site::Site,
};

#[test]
fn with_the_simulation_a_tenant_is_ready_and_the_end_is_clean() {
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
fn on_this_machine_a_key_is_made_once_and_kept_private() {
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
fn a_key_that_does_not_fit_the_database_is_refused_by_name() {
    let folder = Folder::new("wrong");
    let one = "the first key is long enough for anybody";
    drop(Service::start(serve(&folder).env("ENCRYPTION_KEY", one)));
    let other = finish(
        serve(&folder)
            .args(["--listen", "127.0.0.1:0"])
            .env("ENCRYPTION_KEY", "the second key is long enough for anybody"),
    );
    assert_eq!(other.code, Some(1));
    assert!(other.err.contains("does not fit this database: it was sealed with key "), "{}", other.err);
    assert!(!other.err.contains(one));
    let second = "the second key is long enough for anybody";
    let both =
        Service::start(serve(&folder).env("ENCRYPTION_KEY", second).env("ENCRYPTION_KEY_PREVIOUS", one));
    assert_eq!(both.ask("GET /readyz HTTP/1.1", "").0, 200);
}

#[test]
fn without_a_key_it_serves_this_machine_only() {
    let folder = Folder::new("open");
    let refused = finish(serve(&folder).args(["--listen", "0.0.0.0:0"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("openssl rand -base64 48"), "{}", refused.err);
    let short = finish(serve(&folder).args(["--listen", "127.0.0.1:0"]).env("ENCRYPTION_KEY", "short"));
    assert!(short.err.contains("shorter than 32 characters"), "{}", short.err);
    assert!(!Path::new(&folder.key()).exists(), "nothing was made");
}

#[test]
fn a_host_of_somebody_else_is_not_served_on_loopback() {
    let folder = Folder::new("host");
    let service = Service::start(&mut serve(&folder));
    let mut stream = TcpStream::connect(service.address()).unwrap();
    write!(stream, "POST /mcp/u_0123456789012345678901 HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[test]
fn an_operator_counts_finds_and_removes_people_and_changes_the_key() {
    let folder = Folder::new("operate");
    let (one, two) =
        ("the first key is long enough for anybody", "the second key is long enough for anybody");
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
    assert!(operate(&["tenants", "delete"], one, "").err.contains("say whom"));
    assert!(
        operate(&["tenants", "delete", "--email", "a@example.com"], one, "").out.starts_with("0 removed")
    );
    assert!(operate(&["keys", "rotate"], two, one).out.starts_with("0 renewed"));
    assert!(operate(&["keys", "status"], two, "").out.contains("under other keys: 0"));
    assert!(operate(&["keys", "status"], one, "").err.contains("does not fit this database"));
    // A database of Workers may have a short key: it is tried like any other.
    assert!(operate(&["keys", "status"], "short", "").err.contains("does not fit this database"));
    // But none is sealed under one.
    for command in ["rotate", "status"] {
        assert!(operate(&["keys", command], "short", two).err.contains("shorter than 32 characters"));
    }
    assert!(operate(&["keys", "status"], two, "").out.contains("under other keys: 0"));
}

#[cfg(unix)]
#[test]
fn at_the_end_a_call_under_way_is_finished_and_no_new_one_is_taken() {
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
        assert!(!call.is_finished(), "it was under way");
        let (status, answer) = call.join().unwrap();
        assert!(status == 200 && answer.contains("WEB-12"), "{answer}");
    });
    assert_eq!(service.end(), Some(0));
}
