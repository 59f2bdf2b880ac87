//! CIFAR-100: pictures with two labels each, and the names of the classes.

use flambeau::data::Dataset;
use flambeau::tch::Tensor;
use flambeau::vision::datasets::{Cifar100, Cifar100Batch, Cifar100Manifest};
use tempfile::{TempDir, tempdir};

use super::server::{Answer, serve};
use super::*;

const FOLDER: &str = "cifar-100-python";
const ARCHIVE: &str = "cifar-100-python.tar.gz";
const CLOSED: &str = "http://127.0.0.1:1/cifar-100-python.tar.gz";

/// The names of the official file, in its order.
const FINE: &str = "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy \
    bridge bus butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud \
    cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster \
    house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree \
    plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew \
    skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank \
    telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf \
    woman worm";
const COARSE: &str = "aquatic_mammals fish flowers food_containers fruit_and_vegetables \
    household_electrical_devices household_furniture insects large_carnivores \
    large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores \
    medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 \
    vehicles_2";

// Pickles as Python 2 writes them, each object with the next number of the memo.

struct Pickler {
    bytes: Vec<u8>,
    memo: u8,
}

impl Pickler {
    fn new() -> Self {
        let mut pickler = Self { bytes: b"\x80\x02}".to_vec(), memo: 0 };
        pickler.put();
        pickler.bytes.push(b'(');
        pickler
    }

    fn put(&mut self) {
        self.memo = self.memo.wrapping_add(1);
        self.bytes.extend([b'q', self.memo]);
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend([b'U', text.len() as u8]);
        self.bytes.extend(text.as_bytes());
        self.put();
    }

    fn texts(&mut self, key: &str, texts: &str) {
        self.text(key);
        self.bytes.push(b']');
        self.put();
        self.bytes.push(b'(');
        texts.split_whitespace().for_each(|text| self.text(text));
        self.bytes.push(b'e');
    }

    fn numbers(&mut self, key: &str, numbers: &[u8]) {
        self.text(key);
        self.bytes.push(b']');
        self.put();
        self.bytes.push(b'(');
        numbers.iter().for_each(|&number| self.bytes.extend([b'K', number]));
        self.bytes.push(b'e');
    }

    fn array(&mut self, key: &str, rows: u8, data: &[u8]) {
        self.text(key);
        self.bytes
            .extend(b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b");
        self.bytes.extend(b"\x87R(K\x01K");
        self.bytes.push(rows);
        self.bytes.extend(b"M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ");
        self.bytes.extend(b"\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T");
        self.bytes.extend((data.len() as u32).to_le_bytes());
        self.bytes.extend(data);
        self.bytes.extend(b"tb");
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.extend(b"u.");
        self.bytes
    }
}

fn meta(fine: &str, coarse: &str) -> Vec<u8> {
    let mut pickler = Pickler::new();
    pickler.texts("fine_label_names", fine);
    pickler.texts("coarse_label_names", coarse);
    pickler.end()
}

/// A file of pictures with these labels.
fn pictures(fine: &[u8], coarse: &[u8]) -> Vec<u8> {
    let mut pickler = Pickler::new();
    pickler.texts("filenames", &"bos_taurus_s_000507.png ".repeat(fine.len()));
    pickler.text("batch_label");
    pickler.text("training batch 1 of 1");
    pickler.numbers("fine_labels", fine);
    pickler.numbers("coarse_labels", coarse);
    pickler.array("data", fine.len() as u8, &(0..fine.len()).flat_map(image).collect::<Vec<_>>());
    pickler.end()
}

fn image(i: usize) -> Vec<u8> {
    (0..3072).map(|pixel| ((pixel * 31 + i * 7) % 251) as u8).collect()
}

/// A tiny CIFAR-100: three pictures to train on, two to test with.
struct Files {
    train: Vec<u8>,
    test: Vec<u8>,
    meta: Vec<u8>,
}

impl Files {
    fn new() -> Self {
        Self {
            train: pictures(&[19, 0, 99], &[11, 4, 13]),
            test: pictures(&[1, 8], &[1, 18]),
            meta: meta(FINE, COARSE),
        }
    }

    /// What describes them, without a place to download them from.
    fn manifest(&self) -> Cifar100Manifest {
        let batch = |name: &str, records, file| Cifar100Batch {
            name: name.into(),
            records,
            md5: md5(file),
        };
        Cifar100Manifest {
            url: CLOSED.into(),
            md5: String::new(),
            sha256: String::new(),
            train: batch("train", 3, &self.train),
            test: batch("test", 2, &self.test),
            meta_md5: md5(&self.meta),
        }
    }

    fn members(&self) -> [(&'static str, &[u8]); 3] {
        [("train", &self.train), ("test", &self.test), ("meta", &self.meta)]
    }

    /// A root with these files.
    fn root(&self) -> TempDir {
        let root = tempdir().unwrap();
        fs::create_dir(root.path().join(FOLDER)).unwrap();
        for (name, file) in self.members() {
            fs::write(root.path().join(FOLDER).join(name), file).unwrap();
        }
        root
    }

    /// Reads the training split of these files.
    fn open(&self) -> Result<Cifar100, String> {
        open(self.root().path(), false, &self.manifest())
    }

    /// The archive, with the file that the official one holds besides.
    fn archive(&self) -> Vec<u8> {
        let member = |(name, file): (&str, &[u8])| (format!("{FOLDER}/{name}"), file.to_vec());
        let members = self.members().map(member);
        let besides = (format!("{FOLDER}/file.txt~"), Vec::new());
        let entries = [besides].into_iter().chain(members).collect::<Vec<_>>();
        tar_gz(entries.iter().map(|(path, file)| (&**path, EntryType::Regular, file.clone())))
    }
}

fn open(root: &Path, download: bool, manifest: &Cifar100Manifest) -> Result<Cifar100, String> {
    Cifar100::options(root)
        .download(download)
        .manifest(manifest)
        .build()
        .map_err(|error| error.to_string())
}

/// The manifest with an archive, expected and served.
fn served(manifest: Cifar100Manifest, archive: &[u8]) -> Cifar100Manifest {
    let (url, _) = serve([(ARCHIVE.into(), archive.to_vec())], &[Answer::Range]);
    let url = format!("{url}{ARCHIVE}");
    Cifar100Manifest { url, md5: md5(archive), sha256: sha256(archive), ..manifest }
}

#[test]
fn a_split_is_read_with_both_labels_and_their_names() {
    let files = Files::new();
    let root = files.root();
    let train = open(root.path(), false, &files.manifest()).unwrap();
    assert_eq!((train.len(), train.is_train(), train.is_empty()), (3, true, false));
    assert_eq!(train.labels(), [19, 0, 99]);
    assert_eq!(train.coarse_labels(), [11, 4, 13]);
    assert_eq!(train.image(2), image(2));
    let name = |i| {
        let (fine, coarse) = (train.label(i), train.coarse_label(i));
        (&*train.classes()[fine as usize], &*train.coarse_classes()[coarse as usize])
    };
    assert_eq!(name(0), ("cattle", "large_omnivores_and_herbivores"));
    assert_eq!(name(1), ("apple", "fruit_and_vegetables"));
    assert_eq!(name(2), ("worm", "non-insect_invertebrates"));
    assert_eq!(train.images().as_ptr(), train.clone().images().as_ptr());
    assert_eq!(format!("{train:?}"), "Cifar100 { train: true, len: 3 }");

    let test =
        Cifar100::options(root.path()).train(false).manifest(&files.manifest()).build().unwrap();
    assert_eq!((test.labels(), test.coarse_labels()), (&[1, 8][..], &[1, 18][..]));
    let (images, labels) = test.get_batch(&[1, 0]).unwrap();
    assert_eq!(labels, Tensor::from_slice(&[8_i64, 1]));
    assert_eq!(images.size(), [2, 3, 32, 32]);
    assert_eq!(images.get(0), test.get(1).unwrap().0);
    assert!(test.is_uniform());
}

#[test]
fn the_names_are_those_of_the_official_file() {
    let files = Files::new();
    assert_eq!(md5(&files.meta), Cifar100Manifest::official().meta_md5);
    let train = files.open().unwrap();
    assert_eq!(train.classes(), FINE.split_whitespace().collect::<Vec<_>>());
    assert_eq!(train.coarse_classes(), COARSE.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn a_meta_of_python_3_is_read_too() {
    let meta = b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x10fine_label_names\x94]\
        \x94(\x8c\x05apple\x94\x8c\x03bee\x94e\x8c\x12coarse_label_names\x94]\x94\x8c\x04fish\x94au.";
    let train = pictures(&[1, 0, 1], &[0, 0, 0]);
    let train = Files { train, meta: meta.to_vec(), ..Files::new() }.open().unwrap();
    assert_eq!((train.classes()[1].as_str(), train.coarse_classes()[0].as_str()), ("bee", "fish"));
}

#[test]
fn a_missing_dataset_is_not_found_and_the_remedy_is_download() {
    let root = tempdir().unwrap();
    let parts = [FOLDER, "not found", "pass download(true)", "cifar-100-python.tar.gz there"];
    assert_says(open(root.path(), false, &Files::new().manifest()), &parts);
}

#[test]
fn a_missing_file_is_named() {
    let files = Files::new();
    for name in ["train", "meta"] {
        let root = files.root();
        fs::remove_file(root.path().join(FOLDER).join(name)).unwrap();
        let parts = [&*format!("{FOLDER}/{name}: not found"), "download(true)"];
        assert_says(open(root.path(), false, &files.manifest()), &parts);
    }
}

#[test]
fn a_file_of_another_length_is_named_with_both() {
    let files = Files::new();
    let manifest = files.manifest();
    let length = files.train.len();
    let short = Files { train: files.train[..9000].to_vec(), ..Files::new() };
    let parts = [&*format!("{FOLDER}/train"), "truncated: 9000 bytes where 9216 are expected"];
    assert_says(open(short.root().path(), false, &manifest), &parts);
    let long = Files { train: [files.train, vec![0; 20_000]].concat(), ..Files::new() };
    let parts = ["too long", &*format!("{} bytes", length + 20_000), "delete it"];
    assert_says(open(long.root().path(), false, &manifest), &parts);
    let long = Files { meta: vec![0; (1 << 20) + 1], ..Files::new() };
    assert_says(open(long.root().path(), false, &manifest), &["/meta", "too long"]);
}

#[test]
fn a_wrong_md5_is_named_with_both_sums() {
    let files = Files::new();
    for name in ["train", "meta"] {
        let root = files.root();
        let path = root.path().join(FOLDER).join(name);
        let good = fs::read(&path).unwrap();
        let mut altered = good.clone();
        *altered.last_mut().unwrap() ^= 1;
        fs::write(&path, &altered).unwrap();
        let parts = [&*format!("{FOLDER}/{name}"), "md5", &md5(&good), &md5(&altered), "delete it"];
        assert_says(open(root.path(), false, &files.manifest()), &parts);
    }
}

#[test]
fn a_label_without_a_name_is_named_with_its_record() {
    let files = Files { train: pictures(&[19, 100, 99], &[11, 4, 13]), ..Files::new() };
    assert_says(files.open(), &["/train", "record 1", "label 100", "not 0 to 99"]);
    let files = Files { train: pictures(&[19, 0, 99], &[11, 4, 20]), ..Files::new() };
    assert_says(files.open(), &["/train", "record 2", "label 20", "not 0 to 19"]);
}

#[test]
fn pictures_and_labels_that_are_not_as_many_are_counted() {
    let files = Files { train: pictures(&[19, 0, 99], &[11, 4]), ..Files::new() };
    assert_says(files.open(), &["/train", "9216 bytes of pictures and 2 labels"]);
    // As many bytes as three pictures, but of four.
    let files = Files { train: pictures(&[19, 0, 99, 1], &[11, 4, 13, 1]), ..Files::new() };
    assert_says(files.open(), &["/train", "12288 bytes of pictures and 4 labels"]);
}

#[test]
fn a_file_that_holds_something_else_is_told_what_it_lacks() {
    let files = Files { meta: pictures(&[1], &[1]), ..Files::new() };
    assert_says(files.open(), &["/meta", "has no entry named fine_label_names"]);

    let mut train = Pickler::new();
    train.numbers("labels", &[1, 2, 3]);
    train.array("data", 3, &[0; 9216]);
    let files = Files { train: train.end(), ..Files::new() };
    assert_says(files.open(), &["/train", "has no entry named fine_labels"]);

    let mut numbers = Pickler::new();
    numbers.numbers("fine_label_names", &[1]);
    let files = Files { meta: numbers.end(), ..Files::new() };
    assert_says(files.open(), &["/meta", "a number where text is expected"]);

    let mut text = Pickler::new();
    text.text("fine_label_names");
    text.text("apple");
    let files = Files { meta: text.end(), ..Files::new() };
    assert_says(files.open(), &["/meta", "its fine_label_names are bytes, not a list"]);
}

#[test]
fn a_text_that_is_named_again_and_again_is_refused() {
    let mut meta = Pickler::new();
    meta.text("fine_label_names");
    meta.bytes.extend(b"](T");
    meta.bytes.extend(10_000_u32.to_le_bytes());
    meta.bytes.extend([b'a'; 10_000]);
    meta.bytes.extend(b"q\x09");
    meta.bytes.extend(b"h\x09".repeat(1000));
    meta.bytes.push(b'e');
    let files = Files { meta: meta.end(), ..Files::new() };
    assert_says(files.open(), &["/meta", "its fine_label_names are longer than the file"]);
}

#[test]
fn a_pickle_that_calls_something_is_refused_by_name() {
    let meta = b"\x80\x02cos\nsystem\nU\x04true\x85R.".to_vec();
    let files = Files { meta, ..Files::new() };
    assert_says(files.open(), &["/meta", "refused", "os.system", "delete it"]);
}

#[test]
fn a_download_brings_the_files_and_leaves_nothing_half_done() {
    let files = Files::new();
    let root = tempdir().unwrap();
    let manifest = served(files.manifest(), &files.archive());
    for _ in 0..2 {
        assert_eq!(open(root.path(), true, &manifest).unwrap().labels(), [19, 0, 99]);
    }
    assert_eq!(names(root.path()), [".cifar-100.lock", FOLDER, ARCHIVE]);
    assert_eq!(names(&root.path().join(FOLDER)), ["meta", "test", "train"]);
    // Found again from the archive that was kept, without a network.
    fs::write(root.path().join(FOLDER).join("meta"), "damaged").unwrap();
    let closed = Cifar100Manifest { url: CLOSED.into(), ..manifest };
    assert_eq!(open(root.path(), true, &closed).unwrap().len(), 3);
}

#[test]
fn an_archive_without_a_file_is_refused() {
    let files = Files::new();
    let root = tempdir().unwrap();
    let member = |(name, file): (&str, &[u8])| (format!("{FOLDER}/{name}"), file.to_vec());
    let members = [files.members()[0], files.members()[1]].map(member);
    let archive =
        tar_gz(members.iter().map(|(path, file)| (&**path, EntryType::Regular, file.clone())));
    let parts = ["CIFAR-100 could not be downloaded", "holds no cifar-100-python/meta", "by hand"];
    assert_says(open(root.path(), true, &served(files.manifest(), &archive)), &parts);
    assert_eq!(names(root.path()), [".cifar-100.lock", ARCHIVE]);
}

#[test]
fn an_archive_that_is_not_as_published_is_removed() {
    let files = Files::new();
    let root = tempdir().unwrap();
    let manifest = served(files.manifest(), &files.archive());
    let manifest = Cifar100Manifest { sha256: "0123456789abcdef".into(), ..manifest };
    let parts = [ARCHIVE, "sha256", "not 0123456789abcdef", "by hand"];
    assert_says(open(root.path(), true, &manifest), &parts);
    assert_eq!(names(root.path()), [".cifar-100.lock"]);
}

#[test]
fn without_a_network_the_reason_and_the_remedy_are_named() {
    let root = tempdir().unwrap();
    let parts = [
        "CIFAR-100 could not be downloaded",
        CLOSED,
        "connection refused",
        "connect to the network, or put the files of cifar-100-python.tar.gz under",
    ];
    let files = Files::new();
    assert_says(open(root.path(), true, &files.manifest()), &parts);
    // And so is what is damaged there.
    let root = files.root();
    fs::write(root.path().join(FOLDER).join("train"), "x").unwrap();
    let parts = ["/train: truncated: 1 bytes", "delete it", "connection refused"];
    assert_says(open(root.path(), true, &files.manifest()), &parts);
}

#[test]
#[ignore = "downloads 169 MB"]
fn the_real_dataset_is_downloaded_and_met_to_the_byte() {
    let root = tempdir().unwrap();
    let train = Cifar100::options(root.path()).download(true).build().unwrap();
    let test = Cifar100::options(root.path()).train(false).download(true).build().unwrap();
    assert_eq!((train.len(), test.len()), (50_000, 10_000));
    assert_eq!(train.classes()[usize::from(train.label(0))], "cattle");
}
