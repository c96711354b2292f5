//! `keys rotate` while a service is running: refused if the service could no longer read its tenants, and no tenant is
//! ever lost.

use std::{fs, sync::mpsc};

use crate::{
    program::{Run, finish},
    service::{Folder, Service, bare, serve_site},
    site::Site,
    storage::{MANY_URLS, SOAK, stream_of_setups},
};

fn key(number: u32) -> String {
    format!("key number {number} is long enough for anybody")
}

/// Rotates to a key from the one before.
fn rotate(folder: &Folder, to: u32) -> Run {
    let mut command = bare();
    command.args(["keys", "rotate", "--database", &folder.database()]);
    finish(command.env("ENCRYPTION_KEY", key(to)).env("ENCRYPTION_KEY_PREVIOUS", key(to - 1)))
}

#[test]
fn rotation_beside_a_service_without_the_key_is_refused() {
    let (folder, site) = (Folder::new("beside"), Site::start());
    let service = Service::start(serve_site(&folder, &site).env("ENCRYPTION_KEY", key(0)));
    let url = service.sign_up(&site);
    let refused = rotate(&folder, 1);
    let process =
        format!("a service (process {}) uses this database without the new key", service.child.id());
    assert!(refused.code == Some(1) && refused.err.contains(&process), "{}", refused.err);
    assert_eq!(service.ask("GET /readyz HTTP/1.1", "").0, 200, "nothing was changed");
    drop(service);

    let mut both = serve_site(&folder, &site);
    let both = Service::start(both.env("ENCRYPTION_KEY", key(1)).env("ENCRYPTION_KEY_PREVIOUS", key(0)));
    let rotated = rotate(&folder, 1);
    assert!(rotated.code == Some(0) && rotated.out.starts_with("1 sealed again"), "{}", rotated.err);
    assert_eq!((both.list(&url), both.ask("GET /readyz HTTP/1.1", "").0), (200, 200));
    let new = both.sign_up(&site);
    drop(both);
    let alone = Service::start(serve_site(&folder, &site).env("ENCRYPTION_KEY", key(1)));
    assert_eq!([&url, &new].map(|it| alone.list(it)), [200, 200]);
}

/// Without the lock, as if someone had deleted it: a service goes on signing people up while its key is rotated.
#[test]
fn every_url_that_was_shown_survives_a_rotation() {
    let rounds: u32 = std::env::var(SOAK).map_or(2, |it| it.parse().unwrap());
    let (folder, site) = (Folder::new("rotations"), Site::start());
    let mut urls: Vec<String> = Vec::new();
    for round in 0..rounds {
        let mut command = serve_site(&folder, &site);
        let service = Service::start(command.env("ENCRYPTION_KEY", key(round)).env(MANY_URLS.0, MANY_URLS.1));
        let address = service.address().to_owned();
        let (seen, signed_up) = mpsc::channel();
        let shown = std::thread::scope(|scope| {
            let stream = scope.spawn(|| stream_of_setups(&address, &site, &seen));
            signed_up.recv().unwrap();
            fs::remove_file(folder.0.join("t.sqlite.lock")).unwrap();
            let rotated = rotate(&folder, round + 1);
            assert_eq!(rotated.code, Some(0), "{}", rotated.err);
            stream.join().unwrap()
        });
        let (status, text) = service.ask("GET /readyz HTTP/1.1", "");
        assert!(status == 503 && text.contains("the key was rotated"), "{text}");
        urls.extend(shown);
    }
    let service = Service::start(serve_site(&folder, &site).env("ENCRYPTION_KEY", key(rounds)));
    let lost: Vec<_> = urls.iter().filter(|it| service.list(it) != 200).collect();
    assert!(urls.len() >= rounds as usize && lost.is_empty(), "{} of {} URLs", lost.len(), urls.len());
}
