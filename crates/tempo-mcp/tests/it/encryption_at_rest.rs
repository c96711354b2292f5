//! What a stolen database, key or both reveal; rotating the key; backup and restore.

use std::{fs, path::Path};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hkdf::Hkdf;
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempo_sandbox::MAIN_ACCOUNT_ID;

use crate::{
    program::{Run, finish},
    service::{Folder, KEY, Service, bare, filled_in, form_cookie, post_form, serve_site},
    site::Site,
};

const NEW_KEY: &str = "the second key, with a comma, is long enough too";

fn derive(secret: impl AsRef<[u8]>, purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, secret.as_ref()).expand(purpose.as_bytes(), &mut key).unwrap();
    key
}

/// RFC 5869 and AES-256-GCM as SECURITY.md describes them, independent of the program's code.
fn unseal(secret: &str, purpose: &str, associated: &str, sealed: &str) -> Option<Vec<u8>> {
    let key = derive(secret, purpose);
    let bytes = BASE64_STANDARD.decode(sealed).ok()?;
    let (nonce, msg) = bytes.split_at_checked(12)?;
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    let payload = Payload { msg, aad: associated.as_bytes() };
    Aes256Gcm::new(&key.into()).decrypt(&nonce.into(), payload).ok()
}

fn reseal(secret: &str, purpose: &str, associated: &str, text: &[u8]) -> String {
    let nonce = [7; 12];
    let payload = Payload { msg: text, aad: associated.as_bytes() };
    let sealed = Aes256Gcm::new(&derive(secret, purpose).into()).encrypt(&nonce.into(), payload).unwrap();
    BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat())
}

/// Opens the outer seal; the result is still sealed.
fn outer(key: &str, record: &str, sealed: &str) -> Option<String> {
    let opened = unseal(key, "tempo-mcp/server-key/v1", &format!("v1\0credentials\0{record}"), sealed)?;
    String::from_utf8(opened).ok()
}

fn inner(id: &str, record: &str, sealed: &str) -> Option<Value> {
    let associated = format!("v1\0credentials/inner\0{record}");
    serde_json::from_slice(&unseal(id, "tempo-mcp/tenant-key/v1", &associated, sealed)?).ok()
}

fn hash(id: &str) -> String {
    Sha256::digest(id.as_bytes()).iter().map(|it| format!("{it:02x}")).collect()
}

/// Record and seal of every tenant.
fn rows(database: &Path) -> Vec<(String, String)> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection.prepare("SELECT record, sealed FROM tenants").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn id_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

/// All files of the database.
fn loot(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(&folder.0).unwrap().map(|it| it.unwrap().path());
    files.map(|it| (it.display().to_string(), fs::read(it).unwrap())).collect()
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|it| it.eq_ignore_ascii_case(secret.as_bytes()))
}

#[test]
fn credentials_need_both_the_key_and_the_url() {
    let (folder, site) = (Folder::new("thief"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let urls = [service.sign_up(&site), service.sign_up(&site)];
    assert_eq!(service.list(&urls[0]), 200);

    let tokens = ["TEMPO_API_TOKEN", "JIRA_API_TOKEN", "JIRA_EMAIL"].map(|it| site.value(it));
    let secrets = [tokens[0], tokens[1], tokens[2], MAIN_ACCOUNT_ID, id_of(&urls[0]), id_of(&urls[1])];
    let files = loot(&folder);
    assert!(files.len() >= 3, "the write-ahead log and its index are there, too");
    for (name, bytes) in &files {
        for secret in secrets {
            assert!(!holds(bytes, secret), "{name} holds {secret}");
        }
    }
    assert!(
        files.iter().any(|(_, bytes)| holds(bytes, &hash(id_of(&urls[0])))),
        "the search finds what is in the files"
    );

    let rows = rows(&folder.file());
    assert_eq!(rows.len(), 2);
    for (record, sealed) in &rows {
        assert_eq!(outer(NEW_KEY, record, sealed), None, "without the key, nothing");
        let own = urls.iter().map(|it| id_of(it)).find(|it| hash(it) == *record).unwrap();
        assert_eq!(inner(own, record, sealed), None, "the URL alone opens nothing either");
        let with_key = outer(KEY, record, sealed).unwrap();
        assert!(!secrets.iter().any(|it| holds(with_key.as_bytes(), it)));
        for other in [KEY, record.as_str(), urls.iter().map(|it| id_of(it)).find(|it| *it != own).unwrap()] {
            assert_eq!(inner(other, record, &with_key), None, "with the key, without the URL, nothing");
        }
        let opened = inner(own, record, &with_key).unwrap();
        assert_eq!(opened["tempoApiToken"], tokens[0], "with both, it opens");
    }
}

/// RFC 2104.
fn hmac(key: &[u8; 32], message: &[u8]) -> Vec<u8> {
    let hashed = |pad: u8, rest: &[u8]| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::digest([&block, rest].concat()).to_vec()
    };
    hashed(0x5c, &hashed(0x36, message))
}

#[test]
fn hashed_addresses_cannot_be_guessed_without_the_key() {
    const ADDRESS: &str = "203.0.113.77";
    let (folder, site) = (Folder::new("hashed"), Site::start());
    let service = Service::start(serve_site(&folder, &site).args(["--client-addresses", "hashed"]));
    let cookie = form_cookie(service.address()).unwrap();
    let from = format!("X-Forwarded-For: {ADDRESS}");
    let page = post_form(service.address(), "/setup", &cookie, &[&from], &filled_in(&site)).unwrap();
    assert_eq!(page.0, 200, "{}", page.1);
    assert!(!loot(&folder).iter().any(|(_, bytes)| holds(bytes, ADDRESS)));

    let database = Connection::open(folder.file()).unwrap();
    let row = |sql: &str| -> [String; 2] {
        database.query_row(sql, [], |it| Ok([it.get(0)?, it.get(1)?])).unwrap()
    };
    let [id, sealed] = row("SELECT key_id, sealed FROM server_keys");
    let secret = |key| unseal(key, "tempo-mcp/server-key/v1", &format!("v1\0index-secret\0{id}"), &sealed);
    assert_eq!(secret(NEW_KEY), None);
    let key = derive(secret(KEY).unwrap(), "tempo-mcp/index-key/v1");
    let expected = hmac(&key, format!("client-address\0{ADDRESS}").as_bytes());
    let [event, client] = row("SELECT event, client FROM audit_events");
    let hex: String = expected[..8].iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!((event.as_str(), client), ("sign-up", hex));
}

#[test]
fn rotated_key_opens_everything_and_the_old_key_nothing() {
    let (folder, site) = (Folder::new("rotate"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let urls = [service.sign_up(&site), service.sign_up(&site)];
    drop(service);

    let file = folder.0.join("new.key");
    fs::write(&file, format!("{NEW_KEY}\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let operate = |arguments: &[&str], previous: &str| -> Run {
        let mut command = bare();
        command.args(arguments).args(["--database", &folder.database()]);
        finish(command.env("ENCRYPTION_KEY_FILE", &file).env("ENCRYPTION_KEY_PREVIOUS", previous))
    };
    assert!(operate(&["keys", "rotate"], "").err.contains("does not fit this database"));
    assert_eq!(operate(&["keys", "rotate"], KEY).err, "");
    assert!(operate(&["keys", "status"], "").out.contains("2 tenants; under other keys: 0"));

    for (record, sealed) in rows(&folder.file()) {
        assert_eq!(outer(KEY, &record, &sealed), None);
        assert!(outer(NEW_KEY, &record, &sealed).is_some());
    }
    assert!(folder.operate(&["tenants", "count"]).err.contains("does not fit this database"));
    let mut command = serve_site(&folder, &site);
    let service = Service::start(command.env_remove("ENCRYPTION_KEY").env("ENCRYPTION_KEY_FILE", &file));
    assert_eq!(urls.each_ref().map(|it| service.list(it)), [200, 200]);
}

/// A key that no new database would take opens its own, and can be rotated away.
#[test]
fn existing_database_accepts_its_short_key() {
    const SHORT: &str = "short";
    const SERVER_KEY: &str = "tempo-mcp/server-key/v1";
    let (folder, site) = (Folder::new("short"), Site::start());
    drop(Service::start(&mut serve_site(&folder, &site)));
    let connection = Connection::open(folder.file()).unwrap();
    let (id, sealed): (String, String) = connection
        .query_row("SELECT key_id, sealed FROM server_keys", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let secret = unseal(KEY, SERVER_KEY, &format!("v1\0index-secret\0{id}"), &sealed).unwrap();
    let id = derive(SHORT, "tempo-mcp/server-key-id/v1");
    let id: String = id[..4].iter().map(|it| format!("{it:02x}")).collect();
    let sealed = reseal(SHORT, SERVER_KEY, &format!("v1\0index-secret\0{id}"), &secret);
    connection.execute("UPDATE server_keys SET key_id = ?1, sealed = ?2", [id, sealed]).unwrap();
    drop(connection);

    let service = Service::start(serve_site(&folder, &site).env("ENCRYPTION_KEY", SHORT));
    let url = service.sign_up(&site);
    assert_eq!(service.list(&url), 200);
    drop(service);
    let mut rotate = bare();
    rotate.args(["keys", "rotate", "--database", &folder.database()]);
    let rotated = finish(rotate.env("ENCRYPTION_KEY", NEW_KEY).env("ENCRYPTION_KEY_PREVIOUS", SHORT));
    assert!(rotated.out.starts_with("1 sealed again"), "{}", rotated.err);
    let service = Service::start(serve_site(&folder, &site).env("ENCRYPTION_KEY", NEW_KEY));
    assert_eq!(service.list(&url), 200);
}

/// README's "Backup and restore".
#[test]
fn backup_of_a_running_service_can_be_restored() {
    let (folder, elsewhere, site) = (Folder::new("backup"), Folder::new("restore"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let before = service.sign_up(&site);
    let backup = folder.0.join("copy.sqlite");
    let taken = folder.operate(&["backup", &backup.display().to_string()]);
    assert_eq!((taken.code, taken.err.as_str()), (Some(0), ""), "{}", taken.out);
    let again = folder.operate(&["backup", &backup.display().to_string()]);
    assert!(
        again.code == Some(1) && again.err.contains("cannot be written"),
        "an existing backup is not overwritten"
    );
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&backup).unwrap().permissions()) & 0o777,
        0o600
    );
    let after = service.sign_up(&site);
    assert_eq!([&before, &after].map(|it| service.list(it)), [200, 200], "the service went on serving");

    fs::copy(&backup, elsewhere.file()).unwrap();
    let restored = Service::start(&mut serve_site(&elsewhere, &site));
    assert_eq!([&before, &after].map(|it| restored.list(it)), [200, 404]);
    let healthy = finish(bare().args(["health", &restored.url]));
    assert_eq!((healthy.code, healthy.out.as_str()), (Some(0), "ok\n"));
    let url = restored.url.clone();
    drop(restored);
    assert_eq!(finish(bare().args(["health", &url])).code, Some(1));
}
