//! An archive: a `.tar.gz`, unpacked so that nothing leaves the folder it is unpacked into, or a
//! `.gz`.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::{GzDecoder, MultiGzDecoder};
use tar::{Archive, Entry, EntryType};

use crate::file::write_whole;
use crate::{Error, Result};

/// Most bytes an archive may unpack to; the largest, CIFAR-100's, has 186 MB.
const LIMIT: u64 = 512 << 20;

const REMEDY: &str = "delete it and download it again";

/// Unpacks the files of `archive` into the folder `into`, or refuses the whole archive.
///
/// On an error `into` may hold a part of the files: it is meant to be a folder that is thrown
/// away then.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<()> {
    let broken = |error| broken(archive, error);
    let file = BufReader::new(File::open(archive).map_err(broken)?);
    // What the headers say is held against the limit below; this stops headers without an end.
    let mut tar = Archive::new(GzDecoder::new(file).take(2 * LIMIT));
    let mut total = 0u64;
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        total = total.saturating_add(entry.size());
        if total > LIMIT {
            return Err(too_large(archive));
        }
        let inside = match inside(&entry) {
            Ok(Some(path)) => into.join(path),
            Ok(None) => continue,
            Err(problem) => {
                return Err(Error::file(
                    archive,
                    problem,
                    "do not trust it: delete it and get it from elsewhere",
                ));
            }
        };
        if entry.header().entry_type() == EntryType::Directory {
            fs::create_dir_all(&inside).map_err(|e| unwritable(&inside, e))?;
            continue;
        }
        let folder = inside.parent().unwrap_or(into);
        fs::create_dir_all(folder).map_err(|e| unwritable(folder, e))?;
        let mut out = File::create(&inside).map_err(|e| unwritable(&inside, e))?;
        let copied = copy(&mut entry, &mut out).map_err(|failure| match failure {
            Failure::Read(error) => broken(error),
            Failure::Write(error) => unwritable(&inside, error),
        })?;
        if copied < entry.size() {
            return Err(broken(ErrorKind::UnexpectedEof.into()));
        }
        out.sync_all().map_err(|e| unwritable(&inside, e))?;
    }
    Ok(())
}

/// Unpacks the one file of `archive`, a `.gz`, to `path`, where it appears whole.
pub(super) fn gunzip(archive: &Path, path: &Path) -> Result<()> {
    let broken = |error| broken(archive, error);
    let file = BufReader::new(File::open(archive).map_err(broken)?);
    let mut bytes = Vec::new();
    MultiGzDecoder::new(file).take(LIMIT + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > LIMIT { Err(too_large(archive)) } else { write_whole(path, &bytes) }
}

/// The path of a file or folder below the one it is unpacked into; none for an entry that is
/// only about the archive. Links, devices and paths that lead elsewhere are refused by name.
fn inside(entry: &Entry<'_, impl Read>) -> std::result::Result<Option<PathBuf>, String> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).escape_debug().to_string();
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Directory => {}
        EntryType::XGlobalHeader => return Ok(None),
        EntryType::Symlink | EntryType::Link => return Err(format!("entry {name} is a link")),
        _ => return Err(format!("entry {name} is neither a file nor a folder")),
    }
    let path = entry.path().map_err(|error| format!("entry {name}: {error}"))?;
    let leads_out = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
    if path.components().any(leads_out) {
        return Err(format!("entry {name} leads out of the folder"));
    }
    Ok(Some(path.into_owned()))
}

/// A copy that did not succeed, by the side that failed.
enum Failure {
    Read(io::Error),
    Write(io::Error),
}

/// Copies all there is and says how much it was.
fn copy(from: &mut impl Read, to: &mut impl io::Write) -> std::result::Result<u64, Failure> {
    let mut chunk = vec![0; 1 << 16];
    let mut copied = 0;
    loop {
        let read = from.read(&mut chunk).map_err(Failure::Read)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok(copied);
        };
        to.write_all(bytes).map_err(Failure::Write)?;
        copied += read as u64;
    }
}

fn broken(archive: &Path, error: io::Error) -> Error {
    let problem = match error.kind() {
        ErrorKind::UnexpectedEof => "ends in the middle".to_string(),
        _ => format!("cannot be unpacked ({error})"),
    };
    Error::file(archive, problem, REMEDY)
}

fn too_large(archive: &Path) -> Error {
    let problem = format!("unpacks to more than {} MiB", LIMIT >> 20);
    Error::file(archive, problem, "it holds something else: delete it and get it from elsewhere")
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::file(path, format!("cannot be written ({error})"), "make room there, or choose another")
}
