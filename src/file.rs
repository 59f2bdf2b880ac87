//! Files that appear under their name whole, or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// Checks that a file can be made at `path`, before long work that would end in one.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let target = target(path)?;
    temporary(&target).map(drop).map_err(|e| unwritable(path, e))
}

/// Makes the folder if it is not there, and checks that a file can be made in it.
///
/// # Errors
/// When it cannot.
pub fn make_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|e| {
        Error::file(path, format!("cannot be made: {e}"), "name a folder that may be written to")
    })?;
    let inside = path.join("file");
    temporary(&inside).map(drop).map_err(|e| unwritable(&inside, e))
}

/// Writes a file under another name beside `path`, then gives it its own.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// [`write_whole`] for what is written piece by piece.
pub(crate) fn write_whole_by(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    let target = target(path)?;
    let write = || {
        let mut file = temporary(&target)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        // The new name is on the disk only when the folder is.
        File::open(folder(&target))?.sync_all()
    };
    write().map_err(|e| unwritable(path, e))
}

/// The file that `path` means: where a link leads, and nothing but an ordinary file.
fn target(path: &Path) -> Result<PathBuf> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let problem = match fs::metadata(&target) {
        Ok(found) if found.is_file() => return Ok(target),
        Ok(found) if found.is_dir() => "is a folder",
        Ok(_) => "is no ordinary file",
        Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => "names a folder",
        Err(_) => return Ok(target),
    };
    Err(Error::file(path, problem, "name a file"))
}

/// A file in the folder of `path` that vanishes unless it is given a name.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    // What any new file may be used for, less what the user's umask takes away.
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().permissions(permissions).tempfile_in(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let remedy =
        format!("check that {} is a folder that may be written to", folder(path).display());
    Error::file(path, format!("cannot be written: {error}"), remedy)
}
