//! A digest over a whole file, in the comment of its archive: what tells a file that was damaged
//! from one that is as it was written, in each of its bits.
//!
//! The comment is the archive's last part: `sha256:` and the digest of all bytes before those of the
//! digest, in hexadecimal digits. `torch.save` writes no comment, and `torch.load` reads none.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::checksum;

const LABEL: &[u8] = b"sha256:";

/// How many digits the digest has.
const DIGITS: usize = 64;

/// The end of an archive without its comment, and how it begins.
const END: usize = 22;
const END_BEGINS: &[u8] = b"PK\x05\x06";

/// How far before its place a digest is looked for, behind which something was written.
const NEAR: u64 = 1 << 16;

/// What the digest of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    /// The file is as it was written.
    Whole,
    /// It is not.
    Broken,
    /// There is no digest: the file was written by somebody else, or its end is missing.
    Absent,
}

/// The comment of an archive whose digest is not known yet.
pub(super) fn comment() -> Vec<u8> {
    [LABEL, &[b'0'; DIGITS]].concat()
}

/// Puts the digest into the comment of an archive that is written.
pub(super) fn put(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))? - DIGITS as u64;
    let digest = digest(file, length)?;
    file.seek(SeekFrom::Start(length))?;
    file.write_all(digest.as_bytes())
}

/// Holds the bytes of a file against its digest.
pub(super) fn look(file: &mut File) -> io::Result<Seal> {
    let length = file.seek(SeekFrom::End(0))?;
    let comment = (LABEL.len() + DIGITS) as u64;
    let Some(start) = length.checked_sub(comment + END as u64) else { return Ok(Seal::Absent) };
    let before = start.min(NEAR);
    file.seek(SeekFrom::Start(start - before))?;
    let mut tail = vec![0; before as usize + END + comment as usize];
    file.read_exact(&mut tail)?;
    let (end, comment) = tail[before as usize..].split_at(END);
    let (label, digits) = comment.split_at(LABEL.len());
    // Each tells that there has been a digest: no single damage takes all away.
    let near = tail.windows(LABEL.len()).any(|part| part == LABEL);
    if !near && !end.starts_with(END_BEGINS) {
        return Ok(Seal::Absent);
    }
    let whole = label == LABEL && digits == digest(file, length - DIGITS as u64)?.as_bytes();
    Ok(if whole { Seal::Whole } else { Seal::Broken })
}

/// The digest of a file's beginning.
fn digest(file: &mut File, length: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    checksum::sha256(file.take(length))
}
