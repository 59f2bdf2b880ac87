//! The source of a dataset's files: who may download, from where, and how files reach their place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::archive;
use super::damage::is_replaceable;
use super::download::{Remote, part};
use super::notice::say;
use crate::{Error, Result};

/// A dataset that is published as files.
pub(super) trait Published: Sized {
    /// Its name in messages and, in small letters, in the names of hidden files.
    const TITLE: &'static str;

    /// What describes its files and where they come from.
    type Manifest;

    /// A split as the files under `root` have it; none if there is no trace of them.
    fn find(root: &Path, train: bool, manifest: &Self::Manifest) -> Result<Option<Self>>;

    /// What to say when there is no trace of them.
    fn missing(root: &Path) -> Error;

    /// Brings the files of both splits to their place under `root`, which is this process's own
    /// meanwhile.
    fn fetch(root: &Path, manifest: &Self::Manifest) -> Result<()>;
}

/// Opens a split under `root`; with `download`, files that are missing or damaged are fetched first.
pub(super) fn open<D: Published>(
    root: &Path,
    train: bool,
    download: bool,
    manifest: &D::Manifest,
) -> Result<D> {
    let find = || D::find(root, train, manifest);
    if !download {
        return find()?.ok_or_else(|| D::missing(root));
    }
    match find() {
        Ok(Some(dataset)) => {
            say("Files already downloaded and verified");
            return Ok(dataset);
        }
        Ok(None) => {}
        Err(shortage) if !is_replaceable(&shortage) => return Err(shortage),
        // Named, since it is about to be replaced.
        Err(damaged) => say(&damaged),
    }
    let _lock = Lock::acquire(root, D::TITLE)?;
    // Another process may have brought the files since.
    let damaged = match find() {
        Ok(Some(dataset)) => return Ok(dataset),
        found => found.err(),
    };
    D::fetch(root, manifest).map_err(|error| match (error, damaged) {
        // What is damaged there stays so: it is part of the error.
        (Error::Download { what, reason: failure, remedy }, Some(damaged)) => {
            Error::Download { what, reason: format!("{}; {failure}", reason(damaged)), remedy }
        }
        (error, _) => error,
    })?;
    find()?.ok_or_else(|| D::missing(root))
}

/// The right to download to a root, one process at a time. The operating system takes it back
/// when the process ends, however it ends; the empty lock file stays.
struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    /// Makes the root if need be, and waits while another process has the lock.
    fn acquire(root: &Path, title: &str) -> Result<Self> {
        let open = |root: &Path| {
            fs::create_dir_all(root)?;
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true).open(hidden(root, title, ".lock"))
        };
        let file = open(root).map_err(|e| unwritable(root, e))?;
        match file.try_lock() {
            Ok(()) => return Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                say(format!("Another process is downloading {title}; waiting for it"));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(root, error)),
        }
        file.lock().map_err(|e| unwritable(root, e))?;
        Ok(Self(file))
    }
}

/// A folder for what is not finished, removed with all that is left in it. The lock makes it
/// this process's own: what is there at the start was left by one that was killed.
pub(super) struct Work(PathBuf);

impl Work {
    pub(super) fn new(root: &Path, title: &str) -> Result<Self> {
        let work = Self(hidden(root, title, "-work"));
        let _ = fs::remove_dir_all(&work.0);
        fs::create_dir_all(&work.0).map_err(|e| unwritable(&work.0, e))?;
        Ok(work)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A path under `root` that is the dataset's own and shown to nobody.
fn hidden(root: &Path, title: &str, ending: &str) -> PathBuf {
    root.join(format!(".{}{ending}", title.to_lowercase()))
}

/// An archive on the network, and the files that are wanted of it.
pub(super) struct Archive<'a> {
    /// Its name, under the dataset's root. It stays there, as torchvision's does.
    pub(super) name: &'static str,
    pub(super) remote: Remote<'a>,
    /// The folder that all wanted files are in.
    pub(super) folder: &'static str,
    pub(super) files: Vec<String>,
}

impl Archive<'_> {
    /// Brings the files to their folder under `root`.
    pub(super) fn fetch(&self, root: &Path, work: &Work) -> Result<()> {
        let archive = root.join(self.name);
        self.remote.bring(&archive)?;
        say(format!("Extracting {} to {}", archive.display(), root.display()));
        archive::unpack(&archive, work.path())?;
        let folder = work.path().join(self.folder);
        if let Some(name) = self.files.iter().find(|name| !folder.join(name).is_file()) {
            let problem = format!("holds no {}/{name}", self.folder);
            return Err(Error::file(archive, problem, "delete it and download it again"));
        }
        install(&folder, &root.join(self.folder), &self.files)
    }
}

/// Moves finished files into place, each in one step: no reader ever sees half a file.
pub(super) fn install(from: &Path, folder: &Path, files: &[String]) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| unwritable(folder, e))?;
    for name in files {
        let to = folder.join(name);
        fs::rename(from.join(name), &to).map_err(|e| unwritable(&to, e))?;
    }
    Ok(())
}

/// Whether the file that was to be brought to `path`, or its network, is at fault, rather than this
/// machine's disk.
pub(super) fn elsewhere_may_help(error: &Error, path: &Path) -> bool {
    match error {
        Error::Download { .. } => true,
        Error::File { path: named, problem, .. } => {
            (named == path || *named == part(path)) && !problem.starts_with("cannot be written")
        }
        _ => false,
    }
}

/// An error as a reason within another: a file's with its own remedy, while a download's is
/// that of the whole.
pub(super) fn reason(error: Error) -> String {
    match error {
        Error::Download { what, reason, .. } => format!("{what}: {reason}"),
        Error::File { path, problem, remedy } => {
            format!("{}: {problem} ({remedy})", path.display())
        }
        other => other.to_string(),
    }
}

pub(super) fn unwritable(path: &Path, error: io::Error) -> Error {
    let remedy = "make it a folder you may write to, or choose another root";
    Error::file(path, format!("cannot be written ({error})"), remedy)
}
