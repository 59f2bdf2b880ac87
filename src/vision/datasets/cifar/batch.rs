//! A batch: one file of pictures and labels, in either of the layouts a CIFAR is published in.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::manifest::Batch;
use super::pickle::Pickle;
use crate::Result;
use crate::checksum::{self, Sum};
use crate::vision::datasets::damage::{altered, check_length, class, damaged, unreadable};

/// Channels, rows and columns of a picture.
pub(super) const SIZE: [usize; 3] = [3, 32, 32];

/// Bytes of a picture: three planes of 32 by 32.
pub(super) const PIXELS: usize = 3 * 32 * 32;

/// Bytes of a record in the binary layout: a label, then the picture.
pub(super) const RECORD: usize = 1 + PIXELS;

/// Classes of CIFAR-10.
const CLASSES: usize = 10;

/// How a folder keeps the batches of CIFAR-10.
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

    /// Checks that the file can hold the batch.
    pub(super) fn check_length(self, root: &Path, batch: &Batch) -> Result<()> {
        let path = self.path(root, batch);
        match self {
            Self::Binary => {
                let length = (batch.records as u64).saturating_mul(RECORD as u64);
                check_length(&path, length, length)
            }
            Self::Pickled => check_pickled_length(&path, batch.records),
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
        class(path, record, i64::from(*label), CLASSES)?;
    }
    let found = sum.finish();
    if found == batch.binary_md5 { Ok(()) } else { Err(altered(path, &batch.binary_md5, &found)) }
}

fn read_pickled(path: &Path, batch: &Batch, rows: Rows<'_>) -> Result<()> {
    let file = fs::read(path).map_err(|e| unreadable(path, e))?;
    let Content { images, labels: [labels] } = read_pickle(path, &file, batch.records, ["labels"])?;
    rows.images.copy_from_slice(&images);
    for (record, (place, label)) in rows.labels.iter_mut().zip(labels).enumerate() {
        *place = class(path, record, label, CLASSES)?;
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

/// Checks that a pickled file can hold so many pictures: within bounds, since it keeps file names as
/// well.
pub(super) fn check_pickled_length(path: &Path, records: usize) -> Result<()> {
    let (records, pixels) = (records as u64, PIXELS as u64);
    // At most, Python 3 writes two bytes for one and 200 bytes of a file name.
    let most = records.saturating_mul(2 * pixels + 200).saturating_add(4096);
    check_length(path, records.saturating_mul(pixels), most)
}

/// What a pickled file of pictures holds.
pub(super) struct Content<'a, const N: usize> {
    /// The pictures, one after another.
    pub(super) images: Cow<'a, [u8]>,
    /// The labels under each key that was asked for.
    pub(super) labels: [Vec<i64>; N],
}

/// Reads a pickled file of so many pictures, with labels under each of the keys.
pub(super) fn read_pickle<'a, const N: usize>(
    path: &Path,
    file: &'a [u8],
    records: usize,
    keys: [&str; N],
) -> Result<Content<'a, N>> {
    let problem = |problem| damaged(path, problem);
    let pickle = Pickle::read(file).map_err(problem)?;
    let mut labels = [const { Vec::new() }; N];
    for (labels, key) in labels.iter_mut().zip(keys) {
        *labels = pickle.numbers(key).map_err(problem)?;
    }
    let images = pickle.into_bytes("data").map_err(problem)?;
    let expected = (records * PIXELS, records);
    match labels.iter().find(|labels| (images.len(), labels.len()) != expected) {
        None => Ok(Content { images, labels }),
        Some(labels) => Err(damaged(
            path,
            format!(
                "holds {} bytes of pictures and {} labels where {} and {records} are expected",
                images.len(),
                labels.len(),
                expected.0
            ),
        )),
    }
}
