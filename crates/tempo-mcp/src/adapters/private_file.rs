//! Files that only their owner can read, written whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

/// Puts `text` into the place of the file at `path`: a reader finds the old text or the new one, never a part. A file
/// that was there passes on its permissions.
///
/// # Errors
/// The old text is still there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let prefix = format!("{}.new-", name(path));
    let file = fill(Builder::new().prefix(&prefix), path, text)?;
    if let Ok(about) = fs::metadata(path) {
        fs::set_permissions(file.path(), about.permissions())?;
    }
    put(file, path)
}

/// As [`replace`], for a caller that holds the lock of the file: the temporary file always has the same name, so what a
/// killed process left behind is removed. The new file is private, whatever the permissions of the old one.
///
/// # Errors
/// The old text is still there.
pub(crate) fn replace_locked(path: &Path, text: &str) -> io::Result<()> {
    let fresh_name = format!("{}.new", name(path));
    match fs::remove_file(path.with_file_name(&fresh_name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    put(fill(Builder::new().prefix(&fresh_name).rand_bytes(0), path, text)?, path)
}

/// Creates a file with `text`.
///
/// # Errors
/// `AlreadyExists`: there is a file of this name, which is unchanged.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    put_new(fill(&Builder::new(), path, text)?, path)
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
    Ok(put_new(file, path)?)
}

/// Opens the file of a lock, and creates it where it is missing.
///
/// # Errors
/// It can neither be opened nor created.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a folder that only its owner can enter; one that others can enter is closed to them.
///
/// # Errors
/// The folder cannot be created or closed.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// A temporary file next to `path`, so that renaming it is atomic. `tempfile` makes it private.
fn fill(builder: &Builder<'_, '_>, path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = builder.tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn put(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path)?;
    sync_folder(path)
}

fn put_new(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist_noclobber(path)?;
    sync_folder(path)
}

/// The new name has to outlast a power cut, too. Windows cannot sync a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
