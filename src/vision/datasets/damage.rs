//! Damage: what can be wrong with a dataset's file, and what to do about it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::{Error, Result};

/// What to do about a file that is not as published.
const REMEDY: &str = "delete it and download it again (download(true))";

/// What Linux says when memory or file descriptors run out: ENOMEM, ENFILE, EMFILE.
const SHORTAGES: [i32; 3] = [12, 23, 24];

/// What to do then.
const ENOUGH: &str = "raise the limits of this process (ulimit -a shows them), or let it do less";

/// Whether another copy of the file would help.
pub(super) fn is_replaceable(error: &Error) -> bool {
    !matches!(error, Error::File { remedy, .. } if remedy == ENOUGH)
}

/// A file that is not as published.
pub(super) fn damaged(path: &Path, problem: impl ToString) -> Error {
    Error::file(path, problem, REMEDY)
}

/// A file with another md5 sum.
pub(super) fn altered(path: &Path, expected: &str, found: &str) -> Error {
    damaged(path, format!("its md5 sum is {found}, not {expected}"))
}

/// A file that could not be read, or was found to be none of its kind.
pub(super) fn unreadable(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::file(path, "not found", "download it (download(true))"),
        ErrorKind::InvalidData => damaged(path, error),
        _ if error.raw_os_error().is_some_and(|code| SHORTAGES.contains(&code)) => {
            Error::file(path, format!("cannot be read ({error})"), ENOUGH)
        }
        _ => damaged(path, format!("cannot be read ({error})")),
    }
}

/// A folder that cannot be read, since no thread can be had for it.
pub(super) fn no_thread(folder: &Path, error: io::Error) -> Error {
    Error::file(folder, format!("cannot be read: no more threads can be had ({error})"), ENOUGH)
}

/// Whether there is no file. One that cannot be looked at counts as there: reading it tells what is
/// wrong.
pub(super) fn is_absent(path: &Path) -> bool {
    match path.try_exists() {
        Ok(there) => !there,
        // A file stands where a folder should.
        Err(error) => error.kind() == ErrorKind::NotADirectory,
    }
}

/// Checks a file's length before memory is taken for what it holds.
pub(super) fn check_length(path: &Path, least: u64, most: u64) -> Result<()> {
    let found = fs::metadata(path).map_err(|e| unreadable(path, e))?.len();
    if found < least {
        Err(damaged(path, format!("truncated: {found} bytes where {least} are expected")))
    } else if found > most {
        Err(damaged(path, format!("too long: {found} bytes where {most} are expected")))
    } else {
        Ok(())
    }
}

/// The label of a record, if it is one of so many classes.
pub(super) fn class(path: &Path, record: usize, label: i64, classes: usize) -> Result<u8> {
    let class = u8::try_from(label).ok().filter(|&class| usize::from(class) < classes);
    class.ok_or_else(|| {
        let last = classes.saturating_sub(1);
        let problem = format!("record {record} has label {label}, which is not 0 to {last}");
        damaged(path, problem)
    })
}
