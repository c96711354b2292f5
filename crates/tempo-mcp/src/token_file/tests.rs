use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::SystemTime,
};

use expect_test::expect;

use super::*;

use tempo_test_support::token_store_contract::{self, SITE, tokens};

fn folder() -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::AcqRel);
    let path = std::env::temp_dir().join(format!("tempo-mcp-tokens-{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

fn with(text: &str) -> TokenFile {
    let file = TokenFile::new(folder());
    make_private_folder(&file.0.path).unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

fn text(file: &TokenFile) -> String {
    fs::read_to_string(file.path()).unwrap()
}

async fn put(file: &TokenFile, name: &str) -> Version {
    let seen = file.load(SITE).await.unwrap().map(|it| it.version);
    match file.swap(SITE, seen, Some(&tokens(name))).await.unwrap() {
        Swap::Stored(version) => version,
        Swap::Stale(_) => panic!("somebody else wrote"),
    }
}

#[tokio::test]
async fn the_file_keeps_to_the_story() {
    token_store_contract::tell(&TokenFile::new(folder())).await;
}

#[tokio::test]
async fn the_file_is_the_other_servers_own() {
    let file = TokenFile::new(folder());
    put(&file, "a").await;
    expect![[r#"
        {
          "https://acme.atlassian.net": {
            "accessToken": "access-a",
            "cloudId": "cloud-1",
            "expiresAt": 1773846000123,
            "refreshToken": "refresh-a"
          }
        }
    "#]]
    .assert_eq(&text(&file));
}

#[tokio::test]
async fn what_the_other_server_wrote_is_a_sign_in_and_what_is_not_ours_stays() {
    let file = with(
        r#"{"https://ACME.atlassian.net/":{"accessToken":"x","refreshToken":"y","expiresAt":1773846000123.5,"cloudId":"c","scope":["z"]},
            "https://other.atlassian.net":{"anything":1},"note":"kept"}"#,
    );
    let found = file.load(SITE).await.unwrap().unwrap();
    assert_eq!(found.tokens.expires_at.as_millisecond(), 1_773_846_000_123);
    put(&file, "b").await;
    expect![[r#"
        {
          "https://ACME.atlassian.net/": {
            "accessToken": "access-b",
            "cloudId": "cloud-1",
            "expiresAt": 1773846000123,
            "refreshToken": "refresh-b",
            "scope": [
              "z"
            ]
          },
          "https://other.atlassian.net": {
            "anything": 1
          },
          "note": "kept"
        }
    "#]]
    .assert_eq(&text(&file));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_failure_and_stays_as_it_is() {
    for broken in
        ["", "{", "[]", "nonsense", r#"{"https://acme.atlassian.net": {"accessToken": "secret-token"}}"#]
    {
        let file = with(broken);
        let told = [
            file.load(SITE).await.unwrap_err().0,
            file.claim(SITE, Version(1)).await.unwrap_err().0,
            file.swap(SITE, None, Some(&tokens("a"))).await.unwrap_err().0,
        ];
        for why in told {
            assert!(why.contains("tokens.json: ") && !why.contains("secret-token"), "{broken:?}: {why}");
        }
        assert_eq!(text(&file), broken);
        assert!(!file.0.file("tokens.lock").exists(), "{broken:?} left a lock behind");
    }
    let file = TokenFile::new(folder());
    fs::create_dir_all(file.path()).unwrap();
    assert!(file.load(SITE).await.is_err(), "a folder in its place");
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = with("{}");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&file.0.path, fs::Permissions::from_mode(0o755)).unwrap();
    put(&file, "a").await;
    assert_eq!((mode(&file.path()), mode(&file.0.path)), (0o600, 0o700));
    let names = fs::read_dir(&file.0.path).unwrap().map(|it| it.unwrap().path());
    for path in names {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// The other server's lock: held while it is young, whoever's it is; ours is nobody's once our own lock is free.
#[tokio::test]
async fn the_other_servers_lock_is_respected_until_it_is_stale() {
    let file = TokenFile::new(folder());
    let version = put(&file, "a").await;
    let lock = file.0.file("tokens.lock");
    fs::write(&lock, "").unwrap();
    assert!(matches!(file.claim(SITE, version).await.unwrap(), Claim::Taken));
    assert!(lock.exists());

    let old = SystemTime::now() - Duration::from_secs(31);
    File::options().write(true).open(&lock).unwrap().set_modified(old).unwrap();
    let held = file.claim(SITE, version).await.unwrap();
    assert!(matches!(held, Claim::Won(_)), "{held:?}");
    assert!(lock.exists(), "the other server sees that somebody refreshes");
    drop(held);
    assert!(!lock.exists());

    fs::write(&lock, "tempo-mcp\n").unwrap();
    assert!(matches!(file.claim(SITE, version).await.unwrap(), Claim::Won(_)), "left by a process that died");
}

#[tokio::test]
async fn a_lock_that_the_other_server_took_over_is_left_to_it() {
    let file = TokenFile::new(folder());
    let version = put(&file, "a").await;
    let lock = file.0.file("tokens.lock");
    let held = file.claim(SITE, version).await.unwrap();
    fs::write(&lock, "").unwrap();
    drop(held);
    assert!(lock.exists());
}
