//! Datasets on disk and on the network: what is read, what is refused and in which words, and how
//! files are fetched. The datasets are tiny ones in the same format, the network is a server on
//! this machine.

mod cifar10;
mod cifar100;
mod idx;
mod image_folder;
mod mnist;
mod server;

use std::fs;
use std::path::Path;

use md5::{Digest, Md5};
use sha2::Sha256;
use tar::EntryType;

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// What a folder holds, sorted.
fn names(root: &Path) -> Vec<String> {
    let names = fs::read_dir(root).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// An error has to hold these words, in a line or two.
#[track_caller]
fn assert_says<T: std::fmt::Debug>(result: Result<T, String>, parts: &[&str]) {
    let text = result.expect_err("an error");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
    assert!(text.lines().count() <= 2, "{text}");
}

/// A `.tar.gz` of entries that may be anything.
fn tar_gz<'a>(entries: impl IntoIterator<Item = (&'a str, EntryType, Vec<u8>)>) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Default::default()));
    for (path, kind, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        // Written past the checks of `set_path`, which would refuse what is to be tested.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if kind == EntryType::Symlink {
            header.set_link_name("/etc").unwrap();
        }
        header.set_cksum();
        tar.append(&header, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}
