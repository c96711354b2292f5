//! Files that only their owner can read, written whole or not at all.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

/// Replaces the file at `path`: a reader finds the old text or the new one, never a part. Permissions of an existing file
/// are preserved.
///
/// # Errors
/// The old text is still there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let prefix = format!("{}.new-", name(path));
    let file = fill(Builder::new().prefix(&prefix), path, text)?;
    if let Ok(about) = fs::metadata(path) {
        fs::set_permissions(file.path(), about.permissions())?;
    }
    file.persist(path)?;
    Ok(())
}

/// As [`replace`], for a caller that holds the lock of the file: the temporary file always has the same name, so one that a
/// killed process left is removed. The new file is private, whatever the permissions of the old one, and outlasts a power
/// cut.
///
/// # Errors
/// The file cannot be written or synced.
pub(crate) fn replace_locked(path: &Path, text: &str) -> io::Result<()> {
    let fresh_name = format!("{}.new", name(path));
    match fs::remove_file(path.with_file_name(&fresh_name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fill(Builder::new().prefix(&fresh_name).rand_bytes(0), path, text)?.persist(path)?;
    sync_folder(path)
}

/// Creates a file with `text`, whole or not at all. It survives a power failure.
///
/// # Errors
/// `AlreadyExists`: there is a file of this name, which is unchanged.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    fill(&Builder::new(), path, text)?.persist_noclobber(path)?;
    sync_folder(path)
}

/// Creates a file that `write` fills through its path.
///
/// # Errors
/// Those of `write`; `AlreadyExists`: there is a file of this name, which is unchanged.
pub(crate) fn create_with<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let file = Builder::new().tempfile_in(folder(path))?;
    write(file.path())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|it| it.error)?;
    Ok(())
}

/// Reads an ordinary file.
///
/// # Errors
/// It cannot be read, or is not an ordinary file: opening a pipe would wait for its other end, and reading a device may
/// never end.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    check_ordinary(&fs::metadata(path)?)?;
    fs::read(path)
}

fn check_ordinary(about: &Metadata) -> io::Result<()> {
    if about.is_file() { Ok(()) } else { Err(io::Error::other("it is not an ordinary file")) }
}

/// Opens the file of a lock, and creates it where it is missing.
///
/// # Errors
/// It can neither be opened nor created, or is not an ordinary file.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    if let Ok(about) = fs::metadata(path) {
        check_ordinary(&about)?;
    }
    let mut options = OpenOptions::new();
    make_private(options.write(true).create(true).truncate(false)).open(path)
}

/// Creates an empty file at `path` for a library that would create it with wider permissions, or makes an existing one
/// unreadable for others.
///
/// # Errors
/// It can neither be created nor closed to others.
pub(crate) fn prepare(path: &Path) -> io::Result<()> {
    match make_private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => close_to_others(path).map(drop),
        outcome => outcome.map(drop),
    }
}

/// New files with these options are for their owner only.
fn make_private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Removes everyone's permissions but the owner's from an ordinary file. Returns whether anyone else had any: never on
/// Windows, where the folder decides.
///
/// # Errors
/// The file does not exist, or belongs to someone else.
pub(crate) fn close_to_others(path: &Path) -> io::Result<bool> {
    let about = fs::metadata(path)?;
    check_ordinary(&about)?;
    restrict(path, &about)
}

#[cfg(unix)]
fn restrict(path: &Path, about: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(false);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700)).map(|()| true)
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: &Metadata) -> io::Result<bool> {
    Ok(false)
}

/// Creates a folder that only its owner can enter; one that others can enter is closed to them.
///
/// # Errors
/// The folder cannot be created or closed.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    restrict(path, &fs::metadata(path)?).map(drop)
}

/// A temporary file next to `path`, so that renaming it is atomic. `tempfile` makes it private.
fn fill(builder: &Builder<'_, '_>, path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = builder.tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes sure that the name of a new file reaches the disk. Windows cannot sync a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in the folder, in alphabetical order.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|it| name(&it.unwrap().path())).collect();
        names.sort();
        names
    }

    #[test]
    fn existing_file_is_never_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, "one").unwrap();
        assert_eq!(create(&path, "two").unwrap_err().kind(), ErrorKind::AlreadyExists);
        let refused = create_with(&path, |it| fs::write(it, "three")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), names(folder.path())),
            ("one", vec!["key".into()])
        );
    }

    #[test]
    fn failed_write_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let failed = create_with(&folder.path().join("copy"), |_| Err(io::Error::other("the disk is full")));
        assert!(failed.is_err() && names(folder.path()).is_empty());
    }

    #[test]
    fn leftover_of_a_killed_process_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        fs::write(folder.path().join("tokens.json.new"), "half").unwrap();
        replace_locked(&path, "whole").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(names(folder.path()), ["tokens.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn replaced_file_keeps_its_permissions_and_new_ones_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings");
        replace(&path, "one").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, "two").unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o640, "two"));
        replace_locked(&path, "three").unwrap();
        assert_eq!(mode(&path), 0o600);
    }
}
