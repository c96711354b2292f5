//! `/readyz` and the pages when something happens to the database's file.

use std::fs;

use rusqlite::Connection;

use crate::{
    service::{Folder, Service, serve_site, shown, sign_up},
    site::Site,
    storage::{refused, start_at},
};

/// Nothing is read from a file that is gone, and nothing is stored there. `unread` was not called before.
#[cfg(unix)]
fn assert_out_of_order(service: &Service, site: &Site, unread: &str, reason: &str) {
    let (status, text) = service.ask("GET /readyz HTTP/1.1", "");
    assert!(status == 503 && text.contains(reason), "{text}");
    assert_eq!(service.list(unread), 503, "not 404");
    assert_eq!(service.list("/mcp/u_0123456789abcdefghijKL"), 503, "no URL is called unknown");
    let (status, page) = sign_up(service.address(), site).unwrap();
    assert!(status == 503 && shown(&page).is_none(), "{page}");
    assert!(!text.contains("t.sqlite"), "the path is not for the public");
}

#[cfg(unix)]
#[test]
fn deleted_database_is_reported() {
    let (folder, site) = (Folder::new("deleted"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let url = service.sign_up(&site);
    fs::remove_file(folder.file()).unwrap();
    assert_out_of_order(&service, &site, &url, "the database file was deleted");
    drop(service);
    // A restart does not begin with an empty database, where every URL would be unknown.
    let text = refused(start_at(&folder.file()).spawn().unwrap());
    assert!(text.contains("is gone, although a service has used it"), "{text}");
    assert!(!folder.file().exists());
    for suffix in ["-wal", "-shm", ".pid"] {
        let _ = fs::remove_file(folder.0.join(format!("t.sqlite{suffix}")));
    }
    drop(Service::start(&mut serve_site(&folder, &site)));
}

#[cfg(unix)]
#[test]
fn replaced_database_is_reported() {
    let (folder, site) = (Folder::new("replaced"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let url = service.sign_up(&site);
    let copy = folder.0.join("copy.sqlite");
    assert_eq!(folder.operate(&["backup", &copy.display().to_string()]).code, Some(0));
    fs::rename(&copy, folder.file()).unwrap();
    assert_out_of_order(&service, &site, &url, "the database file was replaced");
}

/// Another database in the same file: its tables are all there, but no tenant is.
#[test]
fn exchanged_content_is_not_a_404_to_everybody() {
    let (folder, site) = (Folder::new("exchanged"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let url = service.sign_up(&site);
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("DELETE FROM tenants; UPDATE server_keys SET key_id = 'other'").unwrap();
    let (status, text) = service.ask("GET /readyz HTTP/1.1", "");
    assert!(status == 503 && text.contains("the database was exchanged"), "{text}");
    assert_eq!(service.list(&url), 503, "not 404");
}

#[cfg(unix)]
#[test]
fn damaged_database_is_refused_at_start() {
    let (folder, site) = (Folder::new("damaged"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    service.sign_up(&site);
    assert_eq!(service.end(), Some(0));
    let file = Connection::open(folder.file()).unwrap();
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(file);
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[4096..].fill(0xff);
    fs::write(folder.file(), bytes).unwrap();
    let text = refused(start_at(&folder.file()).spawn().unwrap());
    assert!(text.contains("the database is damaged (") && text.contains("restore a backup"), "{text}");
}
