//! A checksum: an md5 or sha256 sum, written in hexadecimal as manifests write it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::{Digest, Md5};
use sha2::Sha256;

/// An md5 sum in the making, for bytes that pass by once.
#[derive(Default)]
pub(super) struct Sum(Md5);

impl Sum {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The md5 sum of bytes in memory.
pub(super) fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The md5 and the sha256 sum of a file, read once.
pub(super) fn of_file(path: &Path) -> io::Result<(String, String)> {
    let mut file = File::open(path)?;
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut chunk)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((hex(&md5.finalize()), hex(&sha256.finalize())));
        };
        md5.update(bytes);
        sha256.update(bytes);
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
