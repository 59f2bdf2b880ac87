//! CIFAR-10, in both layouts, from the archive and from the mirror.

mod mirror;
mod network;
mod pickles;

use std::fs;
use std::path::Path;

use flambeau::vision::datasets::{Batch, Cifar10, Manifest};
use tempfile::{TempDir, tempdir};

use super::{assert_says, md5, names, sha256, tar_gz};
use pickles::pickle;

const BIN: &str = "cifar-10-batches-bin";
const PY: &str = "cifar-10-batches-py";
const CLOSED: &str = "http://127.0.0.1:1/cifar-10-binary.tar.gz";

// A tiny data set: two training batches of three pictures, a test batch of two.

const SIZES: [(&str, u8); 3] = [("data_batch_1", 3), ("data_batch_2", 3), ("test_batch", 2)];

/// Labels and pictures of a batch.
fn pictures(name: &str, records: u8) -> Vec<(u8, Vec<u8>)> {
    let seed = name.bytes().fold(7, |a: u8, b| a.wrapping_mul(31).wrapping_add(b));
    let pixel = |record: u8, i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed ^ record;
    (0..records).map(|r| ((seed ^ r) % 10, (0..3072).map(|i| pixel(r, i)).collect())).collect()
}

fn binary(name: &str, records: u8) -> Vec<u8> {
    pictures(name, records).into_iter().flat_map(|(l, image)| [vec![l], image].concat()).collect()
}

/// The tiny set's manifest, without any place to download from.
fn manifest() -> Manifest {
    let batch = |&(name, records): &(&str, u8)| Batch {
        name: name.into(),
        records: records.into(),
        binary_md5: md5(&binary(name, records)),
        pickle_md5: md5(&pickle(&pictures(name, records))),
    };
    Manifest {
        url: CLOSED.into(),
        md5: String::new(),
        sha256: String::new(),
        npm: vec!["no-such-npm".into()],
        package: "pictures@1.0.0".into(),
        train: SIZES[..2].iter().map(batch).collect(),
        test: SIZES[2..].iter().map(batch).collect(),
    }
}

/// A root with all batches in the binary layout.
fn root() -> TempDir {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join(BIN)).unwrap();
    for (name, records) in SIZES {
        fs::write(root.path().join(BIN).join(format!("{name}.bin")), binary(name, records))
            .unwrap();
    }
    root
}

fn open(root: &Path, download: bool, manifest: &Manifest) -> Result<Cifar10, String> {
    Cifar10::options(root)
        .download(download)
        .manifest(manifest)
        .build()
        .map_err(|error| error.to_string())
}

fn assert_whole(dataset: &Cifar10) {
    let expected: Vec<_> = SIZES[..2].iter().flat_map(|(name, n)| pictures(name, *n)).collect();
    assert_eq!(dataset.len(), expected.len());
    for (i, (label, image)) in expected.iter().enumerate() {
        assert_eq!((dataset.label(i), dataset.image(i)), (*label, image.as_slice()));
    }
}

#[test]
fn a_split_is_read_in_order_and_clones_share_its_bytes() {
    let root = root();
    let train = open(root.path(), false, &manifest()).unwrap();
    assert_whole(&train);
    assert_eq!(train.images().as_ptr(), train.clone().images().as_ptr());
    assert_whole(&open(root.path(), true, &manifest()).unwrap());
    let test = Cifar10::options(root.path()).train(false).manifest(&manifest()).build().unwrap();
    assert_eq!((test.len(), test.is_train(), test.is_empty()), (2, false, false));
    assert_eq!(test.labels(), pictures("test_batch", 2).iter().map(|p| p.0).collect::<Vec<_>>());
}

#[test]
fn a_missing_dataset_is_not_found_and_the_remedy_is_download() {
    let root = tempdir().unwrap();
    let parts = [BIN, "not found", "pass download(true)", "unpack cifar-10-binary.tar.gz there"];
    assert_says(open(root.path(), false, &manifest()), &parts);
}

#[test]
fn a_missing_batch_is_named() {
    let root = root();
    fs::remove_file(root.path().join(BIN).join("data_batch_2.bin")).unwrap();
    let parts = ["data_batch_2.bin", "not found", "download(true)"];
    assert_says(open(root.path(), false, &manifest()), &parts);
}

/// Reading has to fail with these words when the second batch holds these bytes.
#[track_caller]
fn assert_refused(second_batch: &[u8], parts: &[&str]) {
    let root = root();
    fs::write(root.path().join(BIN).join("data_batch_2.bin"), second_batch).unwrap();
    let text = open(root.path(), false, &manifest());
    assert_says(text.clone(), parts);
    assert_says(text, &["data_batch_2.bin", "delete it and download it again"]);
}

#[test]
fn a_truncated_batch_is_named_with_both_lengths() {
    let good = binary("data_batch_2", 3);
    assert_refused(&good[..5000], &["truncated", "5000", "9219"]);
    assert_refused(&[], &["truncated", "0 bytes", "9219"]);
}

#[test]
fn a_batch_that_is_too_long_is_named_with_both_lengths() {
    let long = [&binary("data_batch_2", 3)[..], b"x"].concat();
    assert_refused(&long, &["too long", "9220", "9219"]);
}

#[test]
fn a_label_above_nine_is_named_with_its_record() {
    let mut bytes = binary("data_batch_2", 3);
    bytes[3073] = 10;
    assert_refused(&bytes, &["record 1", "label 10", "not 0 to 9"]);
}

#[test]
fn a_wrong_md5_is_named_with_both_sums() {
    let good = binary("data_batch_2", 3);
    let mut altered = good.clone();
    altered[5] ^= 1;
    assert_refused(&altered, &["md5", &md5(&good), &md5(&altered)]);
}

#[test]
#[ignore = "downloads 139 to 170 MB"]
fn the_real_dataset_is_downloaded_and_met_to_the_byte() {
    let root = tempdir().unwrap();
    let train = Cifar10::options(root.path()).download(true).build().unwrap();
    let test = Cifar10::options(root.path()).train(false).download(true).build().unwrap();
    assert_eq!((train.len(), test.len()), (50_000, 10_000));
    assert_eq!(train.labels()[..10], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    assert_eq!(test.labels()[..10], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
}
