//! MNIST and Fashion-MNIST: IDX files in torchvision's folder, packed and unpacked.

use std::io::Write;

use flambeau::data::Dataset;
use flambeau::tch::Tensor;
use flambeau::vision::datasets::{FashionMnist, Mnist, MnistManifest, Resource};
use tempfile::{TempDir, tempdir};

use super::idx::idx;
use super::server::{Answer, serve};
use super::*;

const CLOSED: &str = "http://127.0.0.1:1/";
const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn pixels(i: u32) -> Vec<u8> {
    (0..784).map(|pixel: u32| ((pixel * 13 + i * 5) % 241) as u8).collect()
}

fn images(count: u32) -> Vec<u8> {
    idx(8, &[count, 28, 28], &(0..count).flat_map(pixels).collect::<Vec<_>>())
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(8, &[labels.len() as u32], labels)
}

/// A tiny MNIST: three images to train on, two to test with.
fn files() -> [Vec<u8>; 4] {
    [images(3), labels(&[5, 0, 9]), images(2), labels(&[7, 2])]
}

fn gz(file: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    packed.write_all(file).unwrap();
    packed.finish().unwrap()
}

/// A root with these files, under the folder of a dataset.
fn root(folder: &str, files: [Vec<u8>; 4]) -> TempDir {
    let root = tempdir().unwrap();
    let raw = root.path().join(folder).join("raw");
    fs::create_dir_all(&raw).unwrap();
    for (name, file) in NAMES.iter().zip(files) {
        fs::write(raw.join(name), file).unwrap();
    }
    root
}

/// What describes the tiny MNIST; each of its files is to be had at each of the mirrors.
fn manifest<const N: usize>(mirrors: [&str; N]) -> MnistManifest {
    let resource = |(name, file): (&str, Vec<u8>)| {
        let packed = gz(&file);
        Resource { name: format!("{name}.gz"), md5: md5(&packed), sha256: sha256(&packed) }
    };
    MnistManifest {
        mirrors: mirrors.map(String::from).into(),
        resources: NAMES.into_iter().zip(files()).map(resource).collect(),
    }
}

/// A mirror of the tiny MNIST.
fn mirror(answers: &'static [Answer]) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let packed = NAMES.iter().zip(files()).map(|(name, file)| (format!("{name}.gz"), gz(&file)));
    serve(packed, answers)
}

fn open(root: &Path, download: bool, manifest: &MnistManifest) -> Result<Mnist, String> {
    Mnist::options(root)
        .download(download)
        .manifest(manifest)
        .build()
        .map_err(|error| error.to_string())
}

/// Reading has to fail with these words when the training split consists of these files.
#[track_caller]
fn assert_refused(images: Vec<u8>, labels: Vec<u8>, parts: &[&str]) {
    let [_, _, test_images, test_labels] = files();
    let root = root("MNIST", [images, labels, test_images, test_labels]);
    let text = open(root.path(), false, &manifest([CLOSED]));
    assert_says(text.clone(), parts);
    assert_says(text, &["MNIST/raw/train-", "delete it and download it again (download(true))"]);
}

#[test]
fn a_split_is_read_where_torchvision_keeps_it() {
    let root = root("MNIST", files());
    let train = Mnist::new(root.path()).unwrap();
    assert_eq!((train.len(), train.is_train(), train.is_empty()), (3, true, false));
    assert_eq!(train.labels(), [5, 0, 9]);
    assert_eq!(train.image(2), pixels(2));
    assert_eq!(Mnist::CLASSES[usize::from(train.label(2))], "9 - nine");
    assert_eq!(train.images().as_ptr(), train.clone().images().as_ptr());
    assert_eq!(format!("{train:?}"), "Mnist { train: true, len: 3 }");

    let test = Mnist::options(root.path()).train(false).build().unwrap();
    let (images, labels) = test.get_batch(&[1, 0, 1]).unwrap();
    assert_eq!(labels, Tensor::from_slice(&[2_i64, 7, 2]));
    assert_eq!(images.size(), [3, 1, 28, 28]);
    let (image, label) = test.get(1).unwrap();
    assert_eq!((images.get(0), label), (image.shallow_clone(), Tensor::from(2_i64)));
    assert_eq!(Vec::<u8>::try_from(image.flatten(0, -1)).unwrap(), pixels(1));
}

#[test]
fn fashion_mnist_has_a_folder_of_its_own() {
    let root = root("FashionMNIST", files());
    let train = FashionMnist::new(root.path()).unwrap();
    assert_eq!(train.labels(), [5, 0, 9]);
    assert_eq!(FashionMnist::CLASSES[usize::from(train.label(2))], "Ankle boot");
    assert_eq!(format!("{train:?}"), "FashionMnist { train: true, len: 3 }");
    let parts = ["MNIST/raw: not found", "pass download(true)", "unpack the IDX files there"];
    assert_says(open(root.path(), false, &manifest([CLOSED])), &parts);
}

#[test]
fn a_missing_file_is_named() {
    for name in &NAMES[..2] {
        let root = root("MNIST", files());
        fs::remove_file(root.path().join("MNIST/raw").join(name)).unwrap();
        let parts = [&*format!("MNIST/raw/{name}: not found"), "download(true)"];
        assert_says(open(root.path(), false, &manifest([CLOSED])), &parts);
    }
}

#[test]
fn a_damaged_file_is_named() {
    let [images, labels, ..] = files();
    assert_refused(gz(&images), labels.clone(), &["train-images-idx3-ubyte: is no IDX file"]);
    assert_refused(images[..2000].into(), labels.clone(), &["truncated: 2000 bytes where 2368"]);
    assert_refused([&images[..], b"x"].concat(), labels.clone(), &["too long: 2369 bytes"]);
    assert_refused(images, labels[..10].into(), &["train-labels-idx1-ubyte: truncated: 10 bytes"]);
}

#[test]
fn images_of_another_size_or_kind_are_refused() {
    let [_, labels, ..] = files();
    let parts = ["its images are 27 × 28, not 28 × 28"];
    assert_refused(idx(8, &[3, 27, 28], &[0; 3 * 27 * 28]), labels.clone(), &parts);
    let parts = ["holds Uint8 of size [3], not images of bytes"];
    assert_refused(labels.clone(), labels.clone(), &parts);
    let parts = ["holds Int8 of size [3, 28, 28], not images of bytes"];
    assert_refused(idx(9, &[3, 28, 28], &[0; 3 * 784]), labels, &parts);
}

#[test]
fn labels_that_do_not_fit_the_images_are_refused() {
    let parts = ["train-labels-idx1-ubyte: holds 2 labels of 3 images"];
    assert_refused(images(3), labels(&[5, 0]), &parts);
    let parts = ["train-labels-idx1-ubyte: record 1 has label 10, which is not 0 to 9"];
    assert_refused(images(3), labels(&[5, 10, 9]), &parts);
    let parts = ["holds Uint8 of size [3, 28, 28], not labels of bytes"];
    assert_refused(images(3), images(3), &parts);
    let parts = ["holds Int of size [3], not labels of bytes"];
    assert_refused(images(3), idx(12, &[3], &[0; 12]), &parts);
}

#[test]
fn a_split_of_nothing_is_empty() {
    let [_, _, test_images, test_labels] = files();
    let root = root("MNIST", [images(0), labels(&[]), test_images, test_labels]);
    assert!(open(root.path(), false, &manifest([CLOSED])).unwrap().is_empty());
}

#[test]
fn a_download_keeps_the_packed_files_beside_the_others_as_torchvision_does() {
    let root = tempdir().unwrap();
    let (url, requests) = mirror(&[Answer::Range]);
    for _ in 0..2 {
        assert_eq!(open(root.path(), true, &manifest([&url])).unwrap().labels(), [5, 0, 9]);
    }
    assert_eq!(requests.lock().unwrap().len(), 4);
    assert_eq!(names(root.path()), [".mnist.lock", "MNIST"]);
    let mut expected: Vec<_> =
        NAMES.iter().flat_map(|name| [name.to_string(), format!("{name}.gz")]).collect();
    expected.sort();
    assert_eq!(names(&root.path().join("MNIST/raw")), expected);
    for (name, file) in NAMES.iter().zip(files()) {
        assert_eq!(fs::read(root.path().join("MNIST/raw").join(name)).unwrap(), file);
    }
}

#[test]
fn packed_files_that_are_there_are_unpacked_without_a_network() {
    let root = tempdir().unwrap();
    let raw = root.path().join("FashionMNIST/raw");
    fs::create_dir_all(&raw).unwrap();
    for (name, file) in NAMES.iter().zip(files()) {
        fs::write(raw.join(format!("{name}.gz")), gz(&file)).unwrap();
    }
    // What is damaged beside them is replaced.
    fs::write(raw.join(NAMES[0]), "damaged").unwrap();
    let train = FashionMnist::options(root.path())
        .download(true)
        .manifest(&manifest([CLOSED]))
        .build()
        .unwrap();
    assert_eq!(train.labels(), [5, 0, 9]);
    assert_eq!(names(root.path()), [".fashion-mnist.lock", "FashionMNIST"]);
}

#[test]
fn the_next_mirror_is_asked_where_one_does_not_serve() {
    let root = tempdir().unwrap();
    let (empty, _) = serve([], &[Answer::Whole]);
    let (cut, _) = mirror(&[Answer::Cut(40)]);
    let (whole, _) = mirror(&[Answer::Range]);
    let mirrors = [CLOSED, &empty, &cut, &whole];
    assert_eq!(open(root.path(), true, &manifest(mirrors)).unwrap().len(), 3);
    assert!(!names(&root.path().join("MNIST/raw")).iter().any(|name| name.ends_with(".part")));
}

#[test]
fn without_a_network_each_mirrors_reason_and_the_remedy_are_named() {
    let root = tempdir().unwrap();
    let (empty, _) = serve([], &[Answer::Whole]);
    let parts = [
        "MNIST could not be downloaded",
        "http://127.0.0.1:1/train-images-idx3-ubyte.gz: connection refused",
        &format!("{empty}train-images-idx3-ubyte.gz: the server answered 404 Not Found"),
        "connect to the network, or put ",
        "MNIST/raw/train-images-idx3-ubyte.gz there by hand",
    ];
    assert_says(open(root.path(), true, &manifest([CLOSED, &empty])), &parts);
}

#[test]
fn a_packed_file_that_is_not_as_published_is_removed() {
    let root = tempdir().unwrap();
    let (url, _) = serve([(format!("{}.gz", NAMES[0]), gz(b"another"))], &[Answer::Whole]);
    let parts = ["MNIST could not be downloaded", "train-images-idx3-ubyte.gz", "md5 sum is"];
    assert_says(open(root.path(), true, &manifest([&url])), &parts);
    assert!(names(&root.path().join("MNIST/raw")).is_empty());
}

#[test]
fn a_packed_file_that_cannot_be_unpacked_is_named() {
    let root = tempdir().unwrap();
    let name = format!("{}.gz", NAMES[0]);
    let packed = gz(&images(3));
    for (packed, problem) in [
        (&packed[..packed.len() / 2], "ends in the middle"),
        (b"no gzip at all", "cannot be unpacked"),
    ] {
        let (url, _) = serve([(name.clone(), packed.to_vec())], &[Answer::Whole]);
        let resource = Resource { name: name.clone(), md5: md5(packed), sha256: sha256(packed) };
        let manifest = MnistManifest { mirrors: vec![url], resources: vec![resource] };
        let parts = [&*name, problem, "delete it and download it again"];
        assert_says(open(root.path(), true, &manifest), &parts);
        assert_eq!(names(&root.path().join("MNIST/raw")), [&*name]);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("MNIST"), "in the way").unwrap();
    let parts = ["MNIST/raw", "cannot be written", "choose another root"];
    assert_says(open(root.path(), true, &manifest([CLOSED])), &parts);
}

#[test]
#[ignore = "downloads 42 MB"]
fn the_real_datasets_are_downloaded() {
    let root = tempdir().unwrap();
    let train = Mnist::options(root.path()).download(true).build().unwrap();
    let test = Mnist::options(root.path()).train(false).download(true).build().unwrap();
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    let train = FashionMnist::options(root.path()).download(true).build().unwrap();
    let test = FashionMnist::options(root.path()).train(false).download(true).build().unwrap();
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.labels()[..10], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
}
