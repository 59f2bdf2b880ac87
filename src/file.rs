//! Files that appear under their name whole, or not at all.
//!
//! The one exception is a file that is there and may be written to, in a folder in which none may be
//! put in its place: it is written over where it stands.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// Checks that a file can be made at `path`, before long work that would end in one.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    Way::to(&target(path)?).map(drop).map_err(|e| unwritable(path, e))
}

/// The format of a file by the ending of its name, small letters or not.
///
/// # Errors
/// When it ends in none of these.
pub(crate) fn by_ending<F: Copy>(path: &Path, formats: &[(&str, F)]) -> Result<F> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let known = formats.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
    known.map(|(_, format)| *format).ok_or_else(|| {
        let endings: Vec<_> = formats.iter().map(|(known, _)| format!(".{known}")).collect();
        let (last, others) = endings.split_last().expect("there is one");
        let remedy = format!("end it in {} or {last}", others.join(", "));
        Error::file(path, "has an ending of no format", remedy)
    })
}

/// Makes the folder if it is not there, and checks that a file can be made in it.
///
/// # Errors
/// When it cannot.
pub fn make_folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    fs::create_dir_all(path).map_err(|e| {
        let problem = match obstacle(path) {
            Some(file) => format!("cannot be made: {} is a file, and no folder", file.display()),
            None => format!("cannot be made: {e}"),
        };
        Error::file(path, problem, "name a folder that may be written to")
    })?;
    temporary(&path.join("file")).map(drop).map_err(|e| {
        let problem = format!("cannot be written to: {}", words(&e));
        Error::file(path, problem, "name a folder that may be written to")
    })
}

/// Writes a file under another name beside `path`, then gives it its own. Where that cannot be done to
/// a file that can be written to, it is written over.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_whole_by(path.as_ref(), |file| file.write_all(bytes))
}

/// [`write_whole`] for what is written piece by piece.
pub(crate) fn write_whole_by(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    let target = target(path)?;
    let write = || {
        let mut file = match Way::to(&target)? {
            Way::Beside(file) => file,
            Way::Over(mut file) => {
                file.set_len(0)?;
                write(&mut file)?;
                return file.sync_all();
            }
        };
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        // The new name is on the disk only when the folder is.
        File::open(folder(&target))?.sync_all()
    };
    write().map_err(|e| unwritable(path, e))
}

/// Gives a file a second name, which appears whole or not at all.
pub(crate) fn link_whole(path: &Path, second: &Path) -> Result<()> {
    let link = || {
        let beside =
            tempfile::Builder::new().prefix(TEMPORARY).make_in(folder(second), |name| {
                // Where the file system has no links, a copy.
                fs::hard_link(path, name).or_else(|_| fs::copy(path, name).map(drop))
            })?;
        beside.persist(second)?;
        File::open(folder(second))?.sync_all()
    };
    link().map_err(|e| unwritable(second, e))
}

/// Removes what writes that were cut short have left in a folder that nobody else writes to.
pub(crate) fn remove_temporary(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// How the names of files begin that have not got their own yet.
const TEMPORARY: &str = ".tmp";

/// The file that `path` means: where a link leads, and nothing but an ordinary file.
fn target(path: &Path) -> Result<PathBuf> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| linked(path));
    let problem = match fs::metadata(&target) {
        Ok(found) if found.is_file() => return Ok(target),
        Ok(found) if found.is_dir() => "is a folder",
        Ok(_) => "is no ordinary file",
        Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => "names a folder",
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(target),
        // A name that is too long, above all.
        Err(e) => return Err(unwritable(path, e)),
    };
    Err(Error::file(path, problem, "name a file"))
}

/// Where a link leads, also where nothing is yet, as what opens it to write would follow it; what is no
/// link is itself.
fn linked(path: &Path) -> PathBuf {
    let mut target = path.to_path_buf();
    // Links in a circle are no more than the system follows.
    for _ in 0..40 {
        match fs::read_link(&target) {
            Ok(next) => target = folder(&target).join(next),
            Err(_) => return target,
        }
    }
    path.to_path_buf()
}

const NOT_YOURS: &str = "it is another user's, and in its folder only an owner may replace a file";

/// How a file gets its content.
enum Way {
    /// By a new file in its folder, which then takes its place.
    Beside(NamedTempFile),
    /// The file itself, which no other may replace.
    Over(File),
}

impl Way {
    fn to(target: &Path) -> io::Result<Self> {
        let beside = temporary(target);
        let found = fs::metadata(target).ok();
        let problem = match (beside, &found) {
            (Ok(beside), None) => return Ok(Self::Beside(beside)),
            (Ok(beside), Some(found)) => {
                let folder = fs::metadata(folder(target))?;
                if may_replace(beside.as_file().metadata()?.uid(), found, &folder) {
                    return Ok(Self::Beside(beside));
                }
                io::Error::new(ErrorKind::PermissionDenied, NOT_YOURS)
            }
            (Err(problem), Some(_)) if is_forbidden(&problem) => problem,
            (Err(problem), _) => return Err(problem),
        };
        OpenOptions::new().write(true).open(target).map(Self::Over).map_err(|_| problem)
    }
}

fn is_forbidden(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

/// Whether a user who may write to a folder may replace a file in it: in a sticky one, as `/tmp`,
/// only the owner of either may, and root.
fn may_replace(user: u32, file: &Metadata, folder: &Metadata) -> bool {
    const STICKY: u32 = 0o1000;
    folder.mode() & STICKY == 0 || user == 0 || user == file.uid() || user == folder.uid()
}

/// A file in the folder of `path` that vanishes unless it is given a name.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    // What any new file may be used for, less what the user's umask takes away.
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(TEMPORARY).permissions(permissions).tempfile_in(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// What the system said, without the temporary file's name, which `tempfile` adds.
fn words(error: &io::Error) -> String {
    let said = error.to_string();
    said.split(" at path \"").next().unwrap_or_default().into()
}

/// What stands in the place of a folder, or of one that it would be in.
fn obstacle(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|place| place.exists()).filter(|place| !place.is_dir())
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let target = linked(path);
    let place = folder(&target);
    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) && !place.is_dir() {
        let (place, problem, remedy) = match obstacle(place) {
            Some(file) => (file, "is a file, and no folder", "name another folder"),
            None => (place, "is not there", "make that folder, or name another"),
        };
        let problem = format!("cannot be written: {} {problem}", place.display());
        return Error::file(path, problem, remedy);
    }
    let remedy = match error.kind() {
        ErrorKind::InvalidFilename => "give it a shorter name".to_string(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room for it".to_string()
        }
        // Our own words, for a folder that may be written to.
        _ if error.to_string() == NOT_YOURS => "name another file".to_string(),
        _ => format!("check that {} is a folder that may be written to", place.display()),
    };
    Error::file(path, format!("cannot be written: {}", words(&error)), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_sticky_folder_only_an_owner_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"").unwrap();
        let file = fs::metadata(&path).unwrap();
        let (mine, other) = (file.uid(), file.uid() + 1);
        for (mode, user, may) in
            [(0o777, other, true), (0o1777, other, false), (0o1777, mine, true)]
        {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            let folder = fs::metadata(folder.path()).unwrap();
            assert_eq!(may_replace(user, &file, &folder), may, "mode {mode:o}, user {user}");
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, file) = (folder.path().join("missing"), folder.path().join("file"));
        write_whole(&file, b"").unwrap();
        let (absent, taken) = (
            "is not there; make that folder, or name another",
            "is a file, and no folder; name another folder",
        );
        for (path, place, words) in [
            (missing.join("x"), &missing, absent),
            (file.join("x"), &file, taken),
            (file.join("inside/x"), &file, taken),
        ] {
            let words =
                format!("{}: cannot be written: {} {words}", path.display(), place.display());
            assert_eq!(check_writable(&path).unwrap_err().to_string(), words);
            assert_eq!(write_whole(&path, b"").unwrap_err().to_string(), words);
            let linked = link_whole(&folder.path().join("file"), &path).unwrap_err().to_string();
            assert_eq!(linked, words);
        }
        let unmade = make_folder(file.join("inside")).unwrap_err().to_string();
        assert!(unmade.contains("/file is a file, and no folder; name a folder"), "{unmade}");
        // What a crate says of its own file is left out.
        let forbidden = check_writable("/proc/x").unwrap_err().to_string();
        assert!(!forbidden.contains(TEMPORARY) && forbidden.contains("/proc"), "{forbidden}");
        let unmade = make_folder("/proc/self").unwrap_err().to_string();
        assert!(unmade.starts_with("/proc/self: cannot be written to: "), "{unmade}");
        assert!(!unmade.contains(TEMPORARY), "{unmade}");
    }

    #[test]
    fn a_name_that_is_too_long_is_told_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(folder.path().join("a".repeat(255))).unwrap();
        let error = check_writable(folder.path().join("a".repeat(256))).unwrap_err().to_string();
        assert!(error.contains("cannot be written: File name too long"), "{error}");
        assert!(error.ends_with("give it a shorter name"), "{error}");
    }

    #[test]
    fn a_link_to_what_is_not_there_yet_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("there")).unwrap();
        std::os::unix::fs::symlink("there/file", at("second")).unwrap();
        std::os::unix::fs::symlink(at("second"), at("first")).unwrap();
        for content in [&b"new"[..], b"newer"] {
            check_writable(at("first")).unwrap();
            write_whole(at("first"), content).unwrap();
            assert_eq!(fs::read(at("there/file")).unwrap(), content);
            assert!(at("first").is_symlink() && at("second").is_symlink());
        }
        std::os::unix::fs::symlink("missing/file", at("lost")).unwrap();
        let error = write_whole(at("lost"), b"").unwrap_err().to_string();
        assert!(error.contains("missing is not there; make that folder"), "{error}");
        std::os::unix::fs::symlink("circle", at("circle")).unwrap();
        let error = write_whole(at("circle"), b"").unwrap_err().to_string();
        assert!(error.contains("symbolic link"), "{error}");
        assert!(at("lost").is_symlink() && at("circle").is_symlink());
    }
}
