use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use expect_test::expect;

use super::*;
use crate::adapters::private_file;

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
    private_file::make_folder(&file.0.path).unwrap();
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
        Swap::Stale(_) => panic!("another process wrote"),
    }
}

#[tokio::test]
async fn token_file_fulfils_the_contract() {
    token_store_contract::check(&TokenFile::new(folder())).await;
}

#[tokio::test]
async fn file_has_the_format_of_the_typescript_server() {
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
async fn typescript_sign_in_is_read_and_unknown_fields_stay() {
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
async fn unreadable_file_is_an_error_and_stays_unchanged() {
    for broken in
        ["", "{", "[]", "nonsense", r#"{"https://acme.atlassian.net": {"accessToken": "secret-token"}}"#]
    {
        let file = with(broken);
        let errors = [
            file.load(SITE).await.unwrap_err().0,
            file.claim(SITE, Version(1)).await.unwrap_err().0,
            file.swap(SITE, None, Some(&tokens("a"))).await.unwrap_err().0,
        ];
        for text in errors {
            assert!(text.contains("tokens.json: ") && !text.contains("secret-token"), "{broken:?}: {text}");
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
async fn only_the_owner_can_read_the_file() {
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

/// A young lock of the TypeScript server is respected; one of ours is abandoned once our own lock is free.
#[tokio::test]
async fn typescript_lock_is_respected_until_it_is_stale() {
    let file = TokenFile::new(folder());
    let version = put(&file, "a").await;
    let lock = file.0.file("tokens.lock");
    fs::write(&lock, "").unwrap();
    assert!(matches!(file.claim(SITE, version).await.unwrap(), Claim::Taken));
    assert!(lock.exists());

    let old = SystemTime::now() - Duration::from_secs(31);
    File::options().write(true).open(&lock).unwrap().set_modified(old).unwrap();
    let claim = file.claim(SITE, version).await.unwrap();
    assert!(matches!(claim, Claim::Won(_)), "{claim:?}");
    assert!(lock.exists(), "the TypeScript server sees that a refresh is in progress");
    drop(claim);
    assert!(!lock.exists());

    fs::write(&lock, "tempo-mcp\n").unwrap();
    assert!(matches!(file.claim(SITE, version).await.unwrap(), Claim::Won(_)), "left by a process that died");
}

#[tokio::test]
async fn lock_taken_over_by_the_typescript_server_is_left_alone() {
    let file = TokenFile::new(folder());
    let version = put(&file, "a").await;
    let lock = file.0.file("tokens.lock");
    let claim = file.claim(SITE, version).await.unwrap();
    fs::write(&lock, "").unwrap();
    drop(claim);
    assert!(lock.exists());
}

#[tokio::test]
async fn lock_that_is_never_freed_is_an_error() {
    let file = TokenFile(Arc::new(Folder { path: folder(), lock_deadline: Duration::ZERO }));
    let held = file.try_lock("tokens.writing").unwrap().unwrap();
    let error = file.swap(SITE, None, Some(&tokens("a"))).await.unwrap_err().0;
    assert!(error.contains("tokens.json: another program has been writing it for"), "{error}");
    drop(held);
    assert!(matches!(file.swap(SITE, None, Some(&tokens("a"))).await, Ok(Swap::Stored(_))));
}

/// Opening a pipe would wait for its other end, and a device has no end.
#[cfg(unix)]
#[tokio::test]
async fn pipe_or_device_is_refused_without_waiting() {
    let pipe = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let device = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    for make in [&pipe as &dyn Fn(&Path), &device] {
        for name in ["tokens.json", "tokens.writing"] {
            let file = TokenFile::new(folder());
            private_file::make_folder(&file.0.path).unwrap();
            make(&file.0.file(name));
            let error = file.swap(SITE, None, Some(&tokens("a"))).await.unwrap_err().0;
            assert!(error.contains("not an ordinary file"), "{name}: {error}");
        }
    }
    let file = TokenFile::new(folder());
    let version = put(&file, "a").await;
    pipe(&file.0.file("tokens.lock"));
    assert!(matches!(file.claim(SITE, version).await.unwrap(), Claim::Taken));
}
