//! A checksum: an md5 or sha256 sum, written in hexadecimal as manifests write it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::{Digest, Md5};
use sha2::Sha256;

/// An md5 sum in the making, for bytes that pass by once.
#[derive(Default)]
pub(crate) struct Sum(Md5);

impl Sum {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The md5 sum of bytes in memory.
pub(crate) fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The md5 and the sha256 sum of a file, read once.
pub(crate) fn of_file(path: &Path) -> io::Result<(String, String)> {
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    each_chunk(File::open(path)?, |bytes| {
        md5.update(bytes);
        sha256.update(bytes);
    })?;
    Ok((hex(&md5.finalize()), hex(&sha256.finalize())))
}

/// The sha256 sum of all that is read.
pub(crate) fn sha256(from: impl Read) -> io::Result<String> {
    let mut sha256 = Sha256::new();
    each_chunk(from, |bytes| sha256.update(bytes))?;
    Ok(hex(&sha256.finalize()))
}

fn each_chunk(mut from: impl Read, mut work: impl FnMut(&[u8])) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 16];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(()),
            read => work(&chunk[..read]),
        }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
