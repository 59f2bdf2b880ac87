//! The pickles of the python archive: read, refused by name, and never a panic.

use proptest::prelude::*;

use super::*;

fn short(text: &str) -> Vec<u8> {
    [&[b'U', text.len() as u8], text.as_bytes()].concat()
}

/// A batch as Python 2 pickles it, memo and all.
pub fn pickle(pictures: &[(u8, Vec<u8>)]) -> Vec<u8> {
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
