//! A batch: one file of pictures and labels, in either of the layouts CIFAR-10 is published in.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::checksum::{self, Sum};
use super::manifest::Batch;
use super::pickle;
use crate::{Error, Result};

/// Bytes of a picture: three planes of 32 by 32.
pub(super) const PIXELS: usize = 3 * 32 * 32;

/// Bytes of a record in the binary layout: a label, then the picture.
pub(super) const RECORD: usize = 1 + PIXELS;

/// What to do about a batch that is not as published.
const REMEDY: &str = "delete it and download it again (download = true)";

/// How a folder keeps its batches.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    /// `cifar-10-batches-bin/data_batch_1.bin`: records of a label and a picture.
    Binary,
    /// `cifar-10-batches-py/data_batch_1`: a Python dictionary, pickled.
    Pickled,
}

/// The place of a batch's pictures and labels among those of its split.
pub(super) struct Rows<'a> {
    pub(super) images: &'a mut [u8],
    pub(super) labels: &'a mut [u8],
}

impl Layout {
    /// All layouts, the one to look for first in front.
    pub(super) const ALL: [Self; 2] = [Self::Binary, Self::Pickled];

    /// The folder's name, as the archives unpack it.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Binary => "cifar-10-batches-bin",
            Self::Pickled => "cifar-10-batches-py",
        }
    }

    /// The name of the file in that folder.
    pub(super) fn file_name(self, batch: &Batch) -> String {
        match self {
            Self::Binary => format!("{}.bin", batch.name),
            Self::Pickled => batch.name.clone(),
        }
    }

    /// The path of the file under the dataset's root.
    pub(super) fn path(self, root: &Path, batch: &Batch) -> PathBuf {
        root.join(self.folder()).join(self.file_name(batch))
    }

    /// Checks that the file can hold the batch: exactly in the binary layout; within bounds in
    /// the pickled one, which keeps file names as well.
    pub(super) fn check_length(self, root: &Path, batch: &Batch) -> Result<()> {
        let path = self.path(root, batch);
        let found = fs::metadata(&path).map_err(|e| unreadable(&path, e))?.len();
        let records = batch.records as u64;
        let (least, most) = match self {
            Self::Binary => (records * RECORD as u64, records * RECORD as u64),
            // At most, Python 3 writes two bytes for one and 200 bytes of a file name.
            Self::Pickled => (records * PIXELS as u64, records * (2 * PIXELS as u64 + 200) + 4096),
        };
        if found < least {
            let problem = format!("truncated: {found} bytes where {least} are expected");
            Err(Error::file(path, problem, REMEDY))
        } else if found > most {
            let problem = format!("too long: {found} bytes where {most} are expected");
            Err(Error::file(path, problem, REMEDY))
        } else {
            Ok(())
        }
    }

    /// Reads the file into its place and checks labels and md5 sum.
    pub(super) fn read(self, root: &Path, batch: &Batch, rows: Rows<'_>) -> Result<()> {
        let path = self.path(root, batch);
        match self {
            Self::Binary => read_binary(&path, batch, rows),
            Self::Pickled => read_pickled(&path, batch, rows),
        }
    }
}

fn read_binary(path: &Path, batch: &Batch, rows: Rows<'_>) -> Result<()> {
    let mut file = File::open(path).map_err(|e| unreadable(path, e))?;
    let mut sum = Sum::default();
    // A few records at a time, so that the bytes are still in the cache when they are summed.
    const AT_ONCE: usize = 32;
    let mut chunk = vec![0; AT_ONCE * RECORD];
    let images = rows.images.chunks_mut(AT_ONCE * PIXELS);
    for (images, labels) in images.zip(rows.labels.chunks_mut(AT_ONCE)) {
        chunk.truncate(labels.len() * RECORD);
        file.read_exact(&mut chunk).map_err(|e| unreadable(path, e))?;
        sum.update(&chunk);
        let places = images.chunks_exact_mut(PIXELS).zip(labels);
        for (record, (image, label)) in chunk.chunks_exact(RECORD).zip(places) {
            if let Some((first, pixels)) = record.split_first() {
                *label = *first;
                image.copy_from_slice(pixels);
            }
        }
    }
    for (record, label) in rows.labels.iter().enumerate() {
        class(path, record, i64::from(*label))?;
    }
    let found = sum.finish();
    if found == batch.binary_md5 { Ok(()) } else { Err(altered(path, &batch.binary_md5, &found)) }
}

fn read_pickled(path: &Path, batch: &Batch, rows: Rows<'_>) -> Result<()> {
    let file = fs::read(path).map_err(|e| unreadable(path, e))?;
    let content = pickle::read(&file).map_err(|problem| Error::file(path, problem, REMEDY))?;
    if (content.data.len(), content.labels.len()) != (rows.images.len(), rows.labels.len()) {
        let problem = format!(
            "holds {} bytes of pictures and {} labels where {} and {} are expected",
            content.data.len(),
            content.labels.len(),
            rows.images.len(),
            rows.labels.len()
        );
        return Err(Error::file(path, problem, REMEDY));
    }
    rows.images.copy_from_slice(&content.data);
    for (record, (place, label)) in rows.labels.iter_mut().zip(content.labels).enumerate() {
        *place = class(path, record, label)?;
    }

    let found = checksum::md5(&file);
    if found == batch.pickle_md5 {
        return Ok(());
    }
    // Pickled anew, by a later Python, the same pictures make another file: they are recognised
    // by the sum they have in the binary layout.
    let mut records = Sum::default();
    for (label, image) in rows.labels.iter().zip(rows.images.chunks_exact(PIXELS)) {
        records.update(&[*label]);
        records.update(image);
    }
    if records.finish() == batch.binary_md5 {
        Ok(())
    } else {
        Err(altered(path, &batch.pickle_md5, &found))
    }
}

/// The label of a record, if it is one of the ten.
fn class(path: &Path, record: usize, label: i64) -> Result<u8> {
    u8::try_from(label).ok().filter(|&class| class <= 9).ok_or_else(|| {
        let problem = format!("record {record} has label {label}, which is not 0 to 9");
        Error::file(path, problem, REMEDY)
    })
}

fn altered(path: &Path, expected: &str, found: &str) -> Error {
    Error::file(path, format!("its md5 sum is {found}, not {expected}"), REMEDY)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::file(path, "not found", "download it (download = true)")
        }
        _ => Error::file(path, format!("cannot be read ({error})"), REMEDY),
    }
}
