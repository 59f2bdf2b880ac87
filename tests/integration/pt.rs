//! `.pt` files. What Python writes and reads of them is compared by `scripts/parity`.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::Arc;

use flambeau::object::{Key, Made, Object, Opaque};
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn checkpoint() -> Object {
    let floats = Tensor::from_slice(&[1.5_f32, -2.0, f32::INFINITY, 0.1]).view([2, 2]);
    let shared = floats.shallow_clone();
    let kinds = [
        Kind::Float,
        Kind::Double,
        Kind::Half,
        Kind::BFloat16,
        Kind::Int64,
        Kind::Int,
        Kind::Int16,
        Kind::Int8,
        Kind::Uint8,
        Kind::Bool,
        Kind::ComplexFloat,
        Kind::ComplexDouble,
    ];
    let of_kind =
        |kind: &Kind| (format!("of {kind:?}"), floats.clamp(-2, 100).to_kind(*kind).into());
    Object::dict([
        ("kinds", Object::dict(kinds.iter().map(of_kind))),
        ("twice", vec![floats.shallow_clone().into(), Object::Tensor(shared)].into()),
        ("turned", floats.tr().into()),
        ("number", Tensor::from(3.5).into()),
        ("empty", Tensor::zeros([0, 3], (Kind::Float, Device::Cpu)).into()),
        ("plain", vec![Object::None, true.into(), 7.into(), (-1_i64 << 40).into()].into()),
        ("pair", (0.9, 0.999).into()),
        ("a.name/with Ünïcode 🔥", "a text".into()),
        ("by number", Object::dict([(0, Object::Int(1)), (-5, Object::Int(2))])),
        ("nothing", Object::dict::<Key>([])),
        ("counts", Object::counter([(Key::Int(30), 2.into()), ("a".into(), 1.into())])),
    ])
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.pt");
    let saved = checkpoint();
    pt::save(&saved, &path).unwrap();
    let loaded = pt::load(&path).unwrap();
    assert_eq!(loaded, saved);
    // What shared its memory shares it again.
    let twice = loaded["twice"].as_slice().unwrap();
    let _ = twice[0].as_tensor().unwrap().shallow_clone().fill_(7.0);
    assert_eq!(twice[1].as_tensor().unwrap().double_value(&[0, 0]), 7.0);
}

#[test]
fn a_state_dictionary_goes_both_ways() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pt");
    let (model, other) = (models::Cnn::new(), models::Cnn::new());
    pt::save_file(&model.state_dict(), &path).unwrap();
    pt::load_model(&other, &path).unwrap();
    assert_eq!(pt::load_file(&path).unwrap(), model.state_dict());
    assert_eq!(other.state_dict(), model.state_dict());

    pt::save(Object::dict([("epoch", Object::Int(3))]), &path).unwrap();
    let error = pt::load_file(&path).unwrap_err().to_string();
    assert!(error.contains("holds no state dictionary") && error.contains("'epoch'"), "{error}");
}

/// An archive of these files, stored as they are.
fn archive(path: &Path, files: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        archive.start_file(format!("x/{name}"), stored).unwrap();
        archive.write_all(bytes).unwrap();
    }
    fs::write(path, archive.finish().unwrap().into_inner()).unwrap();
}

/// What is said of a file with this program.
fn said(program: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.pt");
    archive(&path, &[("data.pkl", program), ("data/0", &[0; 16])]);
    let error = pt::load(&path).unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "{error}");
    error
}

/// A tensor in a pickle: its storage's size, offset, size and stride, each below 256.
fn tensor(numel: u8, offset: u8, size: &[u8], stride: &[u8]) -> Vec<u8> {
    let mut program = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((".to_vec();
    program.extend(b"X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK");
    program.extend([numel, b't', b'Q', b'K', offset]);
    for numbers in [size, stride] {
        program.push(b'(');
        numbers.iter().for_each(|number| program.extend([b'K', *number]));
        program.push(b't');
    }
    program.extend(b"\x89ccollections\nOrderedDict\n)RtR.");
    program
}

#[test]
fn what_is_wrong_is_said() {
    for (program, words) in [
        (&b"\x80\x02]"[..], "in the middle of a value"),
        (b"\x80\x09.", "pickle protocol 9"),
        (b"\x80\x02.", "empty stack"),
        (b"\x80\x02}K\x01s.", "empty stack"),
        (b"\x80\x02h\x05.", "recalls"),
        (b"\x80\x02t.", "no mark"),
        (b"\x80\x02\xff.", "0xff"),
        (b"\x80\x02X\xff\xff\xff\xff.", "in the middle of a value"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.", "other arguments than it takes"),
        (b"\x80\x02K\x01)R.", "calls what is no function"),
    ] {
        let said = said(program);
        assert!(said.contains(words), "{program:?}: {said}");
    }
    // Deeper than Python writes, and no deeper than the stack is.
    let deep = [b"\x80\x02".to_vec(), b"]".repeat(2000), b"a".repeat(1999), b".".to_vec()].concat();
    assert!(said(&deep).contains("nested deeper than 1000 times"));
}

#[test]
fn a_handful_of_bytes_cannot_ask_for_all_memory() {
    // Each list holds the one before twice: 2^60 values.
    let mut bomb = b"\x80\x02]q\0".to_vec();
    for i in 0..60 {
        bomb.extend([b']', b'(', b'h', i, b'h', i, b'e', b'q', i + 1]);
    }
    bomb.push(b'.');
    assert!(said(&bomb).contains("come to more values than can be looked through"));
    // A list of 3,000 numbers is named 100,000 times.
    let mut echo = b"\x80\x02](](".to_vec();
    echo.extend(b"K\0".repeat(3000));
    echo.extend(b"eq\x01");
    echo.extend(b"h\x01".repeat(100_000));
    echo.extend(b"e.");
    assert!(said(&echo).contains("come to more values than can be looked through"));
    // A chain of 600 lists stands at the end of another.
    let mut chain = [b"\x80\x02]".to_vec(), b"]".repeat(600), b"a".repeat(599)].concat();
    chain.extend(b"q\0a");
    chain.extend([b"]".repeat(600), b"h\0".to_vec(), b"a".repeat(601), b".".to_vec()].concat());
    assert!(said(&chain).contains("nested deeper than 1000 times"));
    // A key is spelled out: a tuple of 4,096 letters, 60,000 times.
    let mut key = b"\x80\x02](X\0\x10\0\0".to_vec();
    key.extend([b'a'; 4096]);
    key.extend(b"q\x01}(");
    key.extend(b"h\x01".repeat(60_000));
    key.extend(b"tNse.");
    assert!(said(&key).contains("holds more than a file of its size can mean"));
    // Bytes are made of one text again and again.
    let mut bytes = b"\x80\x02](c_codecs\nencode\nq\x02X\0\0\x10\0".to_vec();
    bytes.extend([b'a'; 1 << 20]);
    bytes.extend(b"q\x01");
    bytes.extend(b"h\x02h\x01\x85R".repeat(1000));
    bytes.extend(b"e.");
    assert!(said(&bytes).contains("holds more than a file of its size can mean"));
    // It is not said to be damaged, and what to do is said.
    for program in [bomb, echo, chain, key, bytes] {
        let said = said(&program);
        assert!(said.contains("may be whole, but ") && !said.contains("no whole"), "{said}");
        assert!(said.ends_with("open it in Python, and save what you need of it"), "{said}");
    }
    // What costs nothing is no harm: one long text, named a million times.
    let mut text = b"\x80\x02](X\0\x10\0\0".to_vec();
    text.extend([b'a'; 4096]);
    text.extend(b"q\x01");
    text.extend(b"h\x01".repeat(1_000_000));
    text.extend(b"e.");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.pt");
    archive(&path, &[("data.pkl", &text)]);
    assert_eq!(pt::load(&path).unwrap().as_slice().unwrap().len(), 1_000_001);
}

/// What a pickle says.
fn told(program: &[u8]) -> Object {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("told.pt");
    archive(&path, &[("data.pkl", program)]);
    pt::load(&path).unwrap()
}

/// Whether two lists or dictionaries are one.
fn is(one: &Object, other: &Object) -> bool {
    match (one, other) {
        (Object::List(one), Object::List(other)) => Arc::ptr_eq(one, other),
        (Object::Dict(one), Object::Dict(other)) => Arc::ptr_eq(one, other),
        (Object::Set(one), Object::Set(other)) => Arc::ptr_eq(one, other),
        (Object::Opaque(one), Object::Opaque(other)) => Arc::ptr_eq(one, other),
        _ => panic!("{one} and {other}"),
    }
}

#[test]
fn what_is_named_again_is_shared() {
    for made in [
        &b"](K\x01K\x02e"[..],
        b"}X\x01\0\0\0aK\x01s",
        b"ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x01u",
        b"c__builtin__\nset\n](K\x01K\x02e\x85R",
        b"cargparse\nNamespace\n)\x81}X\x02\0\0\0lrK\x01sb",
    ] {
        let again = b"h\0".repeat(9_999);
        let object = told(&[b"\x80\x02](", made, b"q\0", &again, b"e."].concat());
        let values = object.as_slice().unwrap();
        assert_eq!(values.len(), 10_000);
        assert_eq!(values[0], told(&[b"\x80\x02", made, b"."].concat()));
        assert!(values.iter().all(|value| is(value, &values[0])), "{}", values[0]);
    }
}

#[test]
fn threads_read_an_object_that_they_share() {
    let object = Object::list([Tensor::from(1.5).into(), Object::dict([("a", 1.into())])]);
    let expected = object.to_string();
    std::thread::scope(|scope| {
        for handle in [object.clone(), object.clone()] {
            let (shared, expected) = (&object, &expected);
            scope.spawn(move || assert!(handle == *shared && handle.to_string() == *expected));
        }
    });
}

#[test]
fn what_is_shared_is_written_once_and_shared_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.pt");
    let words = Object::dict((0..1000).map(|i| (format!("word {i}"), i.into())));
    let labels = Object::list((0..1000).map(Object::Int));
    let mut object = Object::dict([
        ("a", Object::list([words.clone(), words.clone()])),
        ("b", Object::tuple([words, labels.clone(), labels])),
    ]);
    pt::save(&object, &path).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 40_000);
    let loaded = pt::load(&path).unwrap();
    assert_eq!(loaded, object);
    let (a, b) = (loaded["a"].as_slice().unwrap(), loaded["b"].as_slice().unwrap());
    assert!(is(&a[0], &a[1]) && is(&a[0], &b[0]) && is(&b[1], &b[2]));
    // What is written to is one's own.
    let a = object.as_dict_mut().unwrap()[0].as_list_mut().unwrap();
    a[1].as_dict_mut().unwrap().insert("new".into(), 7.into());
    assert_eq!(
        (object["a"].as_slice().unwrap()[0].get("new"), loaded["b"].get("new")),
        (None, None)
    );
    assert_eq!(object["a"].as_slice().unwrap()[1]["new"].as_i64(), Some(7));
    // Each is 600 deep, and one stands in the other.
    let chain = |end: Object| (0..600).fold(end, |inner, _| Object::list([inner]));
    let first = chain(Object::None);
    let deep = Object::list([first.clone(), chain(first)]);
    let said = pt::save(&deep, &path).unwrap_err().to_string();
    assert!(said.contains("nested deeper than 1000 times"), "{said}");
    // A list and a tuple of the same values are two.
    let values = Arc::new(vec![Object::Int(1)]);
    let both = Object::list([Object::List(values.clone()), Object::Tuple(values)]);
    pt::save(&both, &path).unwrap();
    assert_eq!(pt::load(&path).unwrap().to_string(), "[[1], (1,)]");
}

#[test]
fn what_holds_what_is_around_it_is_whole_at_each_place() {
    // [a, a] whose a holds the list; a list that holds itself, thrice; the same two, the other way
    // around, where a is around the list at one place.
    for (program, words) in [
        (&b"]q\0(]q\x01h\0ah\x01e."[..], "[[...], [...]]"),
        (b"](]q\0h\0ah\0h\0e.", "[[...], [...], [...]]"),
        (b"](]q\0]q\x01K\x07ah\0aah\x01h\0e.", "[[[7, ...]], [7, [...]], [[7, ...]]]"),
    ] {
        let program = [b"\x80\x02", program].concat();
        assert_eq!(told(&program).to_string(), words);
    }
}

/// Two objects of one class, and their names.
const TWO: &[u8] = b"\x80\x02cm\nC\n)\x81q\0cm\nC\n)\x81q\x01";

#[test]
fn keys_that_are_spelled_alike_stay_two() {
    let tensor = |numel| {
        let tensor = tensor(numel, 0, &[numel], &[1]);
        tensor[2..tensor.len() - 1].to_vec()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.pt");
    let load = |program: &[u8]| {
        archive(&path, &[("data.pkl", program), ("data/0", &[0; 8])]);
        pt::load(&path).unwrap()
    };
    // Objects, tuples of objects, sets of them, tuples of tensors, numbers that are none.
    let nan = [&b"G"[..], &f64::NAN.to_be_bytes()].concat();
    let tensors = [tensor(2), b"\x85K\x01".to_vec(), tensor(2), b"\x85K\x02".to_vec()].concat();
    for (dict, count) in [
        ([TWO, b"}(h\0K\x01h\x01K\x02u."].concat(), 2),
        ([TWO, b"}(h\0\x85K\x01h\x01\x85K\x02u."].concat(), 2),
        ([b"\x80\x02}(", &nan[..], b"K\x01", &nan[..], b"K\x02u."].concat(), 2),
        ([b"\x80\x02}(", &tensors[..], b"u."].concat(), 2),
        // The same object again is the same key.
        ([TWO, b"}(h\0K\x02h\x01K\x02h\0K\x01u."].concat(), 2),
        // A class is what it is called.
        (b"\x80\x02}(cm\nC\nK\x02cm\nC\nK\x01u.".to_vec(), 1),
        // 1, 1.0, True and 1 + 0j; 0.0 and -0.0; a tuple of such.
        (b"\x80\x02}(K\x01K\x02\x88K\x03G\x3f\xf0\0\0\0\0\0\0K\x01u.".to_vec(), 1),
        (b"\x80\x02}(K\x01\x85K\x02\x88\x85K\x01u.".to_vec(), 1),
        (b"\x80\x02}(G\0\0\0\0\0\0\0\0K\x02G\x80\0\0\0\0\0\0\0K\x01u.".to_vec(), 1),
    ] {
        let loaded = load(&dict);
        let entries = loaded.as_dict().unwrap();
        assert_eq!((entries.len(), entries[0].as_i64()), (count, Some(1)), "{loaded}");
        for (key, value) in entries {
            assert_eq!(entries.get(key), Some(value));
        }
        // And when it was written and read again.
        pt::save(&loaded, &path).unwrap();
        assert_eq!(pt::load(&path).unwrap().as_dict().unwrap().len(), count);
        // Tensors that lie at one place are one tensor there.
        if loaded.to_string().contains("tensor") {
            continue;
        }
        let other = folder.path().join("keys.safetensors");
        safetensors::save(&loaded, &other).unwrap();
        assert_eq!(safetensors::load(&other).unwrap().as_dict().unwrap().len(), count, "{loaded}");
    }
    let set = load(&[TWO, b"c__builtin__\nset\n](h\0h\x01h\0e\x85R."].concat());
    assert_eq!(set.as_set().unwrap().len(), 2);
    safetensors::save(&set, folder.path().join("set.safetensors")).unwrap();
    let again = safetensors::load(folder.path().join("set.safetensors")).unwrap();
    assert_eq!(again.as_set().unwrap().len(), 2);
    // Made here, the key is that of the first.
    let found = load(&[TWO, b"}(h\0K\x01h\x01K\x02u."].concat());
    assert_eq!(found.get(Object::from(Opaque::new("m", "C"))), Some(&Object::Int(1)));
}

#[test]
fn texts_with_lone_surrogates_stay_apart() {
    // {"\udc80": 1, "a\udc81b": 2}, as Python pickles it.
    let read = told(b"\x80\x02}(X\x03\0\0\0\xed\xb2\x80K\x01X\x05\0\0\0a\xed\xb2\x81bK\x02u.");
    let dict = read.as_dict().unwrap();
    assert_eq!(dict.len(), 2);
    assert_eq!(read[r"\udc80"].as_i64(), Some(1));
    assert_eq!(read[r"a\udc81b"].as_i64(), Some(2));
    // Protocol 0 spells them out.
    assert_eq!(told(b"Vx\\udcff\n.").as_str(), Some(r"x\udcff"));
    // What Python does not read.
    assert!(said(b"\x80\x02X\x01\0\0\0\xff.").contains("holds a text that is not UTF-8"));
}

#[test]
fn keys_are_equal_where_they_are_in_python() {
    let big = |number: f64| Object::Float(number);
    let whole = Object::BigInt("100000000000000000000".parse().unwrap());
    for (one, other, same) in [
        (1.into(), true.into(), true),
        (1.into(), 1.0.into(), true),
        (1.0.into(), Object::Complex(1.0, 0.0), true),
        (0.0.into(), big(-0.0), true),
        (big(1e20), whole, true),
        (Object::Int(i64::MAX), big(9223372036854775807.0), false),
        (Object::Int(i64::MIN), big(-9223372036854775808.0), true),
        (1.5.into(), Object::Complex(1.5, -0.0), true),
        (1.5.into(), Object::Complex(1.5, 1.0), false),
        ("1".into(), 1.into(), false),
        ("None".into(), Object::None, false),
        ((0.0, 1.0).into(), Object::tuple([false.into(), true.into()]), true),
        (Object::tuple([1.into()]), Object::tuple([1.into(), 1.into()]), false),
        (Object::tuple(["1".into()]), Object::tuple([1.into()]), false),
        (Object::Bytes([1][..].into()), Object::ByteArray([1][..].into()), false),
    ] {
        let (one, other) = (Key::from(one), Key::from(other));
        assert_eq!(one == other, same, "{one} and {other}");
        let dict = Object::dict([(one, 1.into()), (other, 2.into())]);
        assert_eq!(dict.as_dict().unwrap().len(), if same { 1 } else { 2 }, "{dict}");
    }
    let tensor = Tensor::from(1.5);
    let key = |tensor: &Tensor| Key::from(Object::tuple([tensor.shallow_clone().into()]));
    assert_eq!(key(&tensor), key(&tensor));
    assert_ne!(key(&tensor), key(&tensor.copy()));
}

/// What `depth` levels of a kind are, and nothing inside.
fn nested(kind: &str, depth: usize) -> Object {
    (0..depth).fold(Object::None, |inner, i| match kind {
        "list" => Object::list([inner]),
        "tuple" => Object::tuple([inner]),
        "dict" => Object::dict([("a", inner)]),
        "counter" => Object::counter([("a", inner)]),
        "mixed" if i % 2 == 0 => Object::dict([("a", inner), ("b", 1.into())]),
        "mixed" => Object::tuple([inner]),
        _ => {
            let mut opaque = Opaque::new("m", "C");
            match kind {
                "arguments" => opaque.made = Made::Called(vec![inner]),
                "keywords" => opaque.made = Made::New(vec![], [("a".into(), inner)].into()),
                "state" => opaque.state = Some(inner),
                "items" => opaque.items = vec![inner],
                _ => drop(opaque.entries.insert("a".into(), inner)),
            }
            opaque.into()
        }
    })
}

/// Python writes 993 tuples in each other. The stack of a test's thread is no larger than others.
#[test]
fn what_is_nested_as_deep_as_python_writes_it_is_read() {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let work = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep.pt");
        let kinds = ["list", "tuple", "dict", "counter", "mixed"];
        for kind in kinds.into_iter().chain(["arguments", "keywords", "state", "items", "entries"])
        {
            let object = nested(kind, 1000);
            pt::save(&object, &path).unwrap();
            let loaded = pt::load(&path).unwrap();
            assert!(loaded == object, "{kind}");
            assert_eq!(loaded.to_string(), object.to_string());
            assert!(loaded.tensors().is_empty());
            assert!(loaded.state_dict().is_err());
            let mapped = pt::load_options(&path).mmap(true).call().unwrap();
            assert_eq!(Key::from(mapped.clone()), Key::from(mapped), "{kind}");
            let key = Object::dict([(nested(kind, 998), 1.into())]);
            pt::save(&key, &path).unwrap();
            assert_eq!(pt::load(&path).unwrap().to_string(), key.to_string());
        }
        // What a file has that calls for each dictionary.
        for level in [
            &b"ccollections\nOrderedDict\n)RX\x01\0\0\0a"[..],
            b"ccollections\nCounter\n}X\x01\0\0\0a",
        ] {
            let ends: &[u8] = if level.contains(&b'R') { b"s" } else { b"s\x85R" };
            let program = [b"\x80\x02", &level.repeat(999)[..], b"N", &ends.repeat(999), b"."];
            let loaded = told(&program.concat());
            assert!(loaded.to_string().contains("'a': None"));
        }
    };
    thread.spawn(work).unwrap().join().unwrap();
}

#[test]
fn what_leads_back_to_itself_alone_is_shared_inside_of_what_is_made_again() {
    // a = [b, c], b = [a, d, e], d = [d], e = [7], and the whole is [a, b]: b is another in itself.
    let program = b"\x80\x02](]q\0(]q\x01(h\0]q\x02h\x02a](K\x07eeK\x08eh\x01e.";
    let loaded = told(program);
    assert_eq!(loaded.to_string(), "[[[..., [...], [7]], 8], [[..., 8], [...], [7]]]");
    let [a, b] = loaded.as_slice().unwrap() else { panic!("{loaded}") };
    let inner = a.as_slice().unwrap()[0].as_slice().unwrap();
    let outer = b.as_slice().unwrap();
    assert!(is(&inner[1], &outer[1]) && is(&inner[2], &outer[2]));
}

#[test]
fn what_stands_in_itself_is_not_written_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cycle.pt");
    let inner = Object::list([1.into(), Object::Cycle]);
    let object = Object::dict([("a", Object::list([2.into()])), ("model", inner)]);
    let words = "cannot be written: it holds `...`, for what stands there once more inside of itself, \
                 at 'model.1'";
    let said = pt::save(&object, &path).unwrap_err().to_string();
    assert!(said.ends_with(&format!("{words}; put something else there")), "{said}");
    let said = flambeau::serialize::safetensors::save(&object, &path).unwrap_err().to_string();
    assert!(said.contains(words), "{said}");
    let said = pt::save(Object::Cycle, &path).unwrap_err().to_string();
    assert!(said.contains("inside of itself; put"), "{said}");
    // And what else cannot be written.
    let quantized = Tensor::ones([2], (Kind::Float, Device::Cpu));
    let quantized = quantized.quantize_per_tensor(0.1, 0, Kind::QInt8);
    let object = Object::dict([("a", Object::tuple([1.into(), quantized.into()]))]);
    let said = pt::save(object, &path).unwrap_err().to_string();
    assert!(said.contains(", at 'a.1'; save what `dequantize`"), "{said}");
    assert!(!path.exists());
}

#[test]
fn handles_of_one_tensor_stay_that() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.pt");
    let tensor = Tensor::from_slice(&[1.5_f32, 2.5]);
    let view = tensor.view([2, 1]);
    let handle = || Object::from(tensor.shallow_clone());
    let bytes = Object::ByteArray([7; 1000][..].into());
    let values = [handle(), handle(), Object::list([handle()]), view.into()];
    pt::save(Object::list(values.into_iter().chain([bytes.clone(), bytes])), &path).unwrap();
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 2600, "{length}");
    let loaded = pt::load(&path).unwrap();
    let values = loaded.as_slice().unwrap();
    let list = values[2].as_slice().unwrap();
    // One tensor: it is changed in its shape in all places, which a view is not.
    let _ = values[0].as_tensor().unwrap().shallow_clone().resize_([1]);
    for handle in [&values[1], &list[0]] {
        assert_eq!(handle.as_tensor().unwrap().size(), [1]);
    }
    assert_eq!(values[3].as_tensor().unwrap().size(), [2, 1]);
    assert!(
        matches!((&values[4], &values[5]), (Object::ByteArray(a), Object::ByteArray(b)) if Arc::ptr_eq(a, b))
    );
}

#[test]
fn nothing_is_executed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.pt");
    archive(&path, &[("data.pkl", b"\x80\x02cos\nsystem\nX\x04\0\0\0echo\x85R.")]);
    let call = pt::load(&path).unwrap();
    let call = call.as_opaque().unwrap();
    assert_eq!((&call.module[..], &call.name[..]), ("os", "system"));
    assert_eq!(call.arguments(), [Object::from("echo")]);
}

#[test]
fn a_tensor_has_to_lie_in_its_storage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tensor.pt");
    let storage = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let load = |program: Vec<u8>| {
        archive(&path, &[("data.pkl", &program), ("data/0", &storage)]);
        pt::load(&path)
    };
    let turned = load(tensor(4, 0, &[2, 2], &[1, 2])).unwrap();
    let expected = Tensor::from_slice2(&[[1.0_f32, 3.0], [2.0, 4.0]]);
    assert_eq!(turned, Object::Tensor(expected));
    assert_eq!(load(tensor(4, 3, &[], &[])).unwrap(), Object::Tensor(Tensor::from(4.0_f32)));
    for bad in [
        tensor(4, 1, &[2, 2], &[1, 2]),
        tensor(4, 0, &[5], &[1]),
        tensor(4, 4, &[1], &[1]),
        tensor(4, 0, &[2], &[4]),
        tensor(4, 0, &[2, 2], &[1]),
    ] {
        assert!(load(bad).unwrap_err().to_string().contains("does not lie in its storage"));
    }
    let long = load(tensor(5, 0, &[5], &[1])).unwrap_err().to_string();
    assert!(long.contains("data/0 has 16 bytes"), "{long}");
}

/// What a file from before PyTorch 1.6 begins with.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

#[test]
fn much_that_differs_is_much_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vocabulary.pt");
    let words = (0..60_000).map(|i| (format!("word {i}"), i.into()));
    let object = Object::dict([
        ("words", Object::dict(words)),
        ("ids", Object::list((0..400_000).map(Object::Int))),
        ("labels", Object::list((0..1_000_000).map(|i| Object::Int(i % 10)))),
        ("mask", Object::list((0..300_000).map(|i| Object::Bool(i % 3 == 0)))),
        ("pairs", Object::list((0..100_000).map(|i| Object::tuple([i.into(), 0.5.into()])))),
    ]);
    pt::save(object.clone(), &path).unwrap();
    assert!(pt::load(&path).unwrap() == object);
}

/// Their count and their places stand in the records of zip64.
#[test]
fn an_archive_has_more_parts_than_sixteen_bits_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.pt");
    let storage = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let names: Vec<String> = (0..70_000).map(|i| format!("data/{i}")).collect();
    let program = tensor(4, 0, &[4], &[1]);
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (&name[..], &b""[..])).collect();
    files[0].1 = &storage;
    files.push(("data.pkl", &program));
    archive(&path, &files);
    let expected = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]);
    assert_eq!(pt::load(&path).unwrap(), Object::Tensor(expected));
}

#[test]
fn parts_that_are_packed_otherwise_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.pt");
    archive(&path, &[("data.pkl", b"\x80\x02N.")]);
    let whole = fs::read(&path).unwrap();
    // The method stands in two headers, 8 and 10 bytes behind where each begins.
    let at = |begin: &[u8]| whole.windows(4).position(|part| part == begin).unwrap();
    let places = [at(b"PK\x03\x04") + 8, at(b"PK\x01\x02") + 10];
    for (method, words) in [
        (9, "compressed by Deflate64"),
        (12, "compressed by bzip2"),
        (14, "compressed by LZMA"),
        (93, "compressed by Zstandard"),
        (95, "compressed by XZ"),
        (6, "compressed by an unusual method"),
    ] {
        let mut file = whole.clone();
        places.iter().for_each(|&place| file[place] = method);
        fs::write(&path, file).unwrap();
        let said = pt::load(&path).unwrap_err().to_string();
        let words = format!(
            "cannot be read, by Python neither: its part x/data.pkl is {words}; unpack it, and zip it \
             anew by deflate alone"
        );
        assert!(said.ends_with(&words), "{said}");
    }
}

/// An archive with the records that PyTorch puts before its end, as if it were a large one.
fn with_records(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.split_off(bytes.len() - 22);
    let number = |at: usize, length: usize| {
        end[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let (count, size, start, place) =
        (number(10, 2), number(12, 4), number(16, 4), bytes.len() as u64);
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([30, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    [count, count, size, start].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(place.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(end);
    bytes
}

#[test]
fn the_name_that_a_file_was_saved_by_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pt");
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for length in 1..=64 {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [("data.pkl", &b"\x80\x02K\x07."[..]), ("version", b"3\n")] {
            archive.start_file(format!("{}/{name}", "x".repeat(length)), stored).unwrap();
            archive.write_all(bytes).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        fs::write(&path, with_records(bytes)).unwrap();
        assert_eq!(pt::load(&path).unwrap().as_i64(), Some(7), "{length}");
    }
}

#[test]
fn what_is_no_pt_file_is_told_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.pt");
    let said = || {
        let error = pt::load(&path).unwrap_err().to_string();
        let mapped = pt::load_options(&path).mmap(true).call().unwrap_err().to_string();
        assert_eq!(error, mapped);
        error
    };
    assert!(said().contains("check the path"));
    fs::create_dir(&path).unwrap();
    assert!(said().contains("is a folder"));
    fs::remove_dir(&path).unwrap();
    let safetensors = [&70_u64.to_le_bytes()[..], b"{\"a\":{}}", &[b' '; 70]].concat();
    for (bytes, words) in [
        (&b""[..], "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>Not found</html>", "a page of the web; fetch it again"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "unpack it with `gunzip`"),
        (&safetensors, "load it with `serialize::safetensors`"),
        (b"\x28\xb5\x2f\xfd\x04", "unpack it with `unzstd`"),
        (b"GGUF\x03\0\0\0", "a GGUF file"),
        (b"{\"metadata\": {}, \"weight_map\": {}}", "an index names the files"),
        (b"\x93NUMPY\x01\0", "torch.save(torch.from_numpy(numpy.load(path)), path)"),
        (b"\x80\x04}.", "torch.save(pickle.load(open(path, \"rb\")), path)"),
        (&MAGIC[..10], "is no whole .pt file: it ends at byte 10; fetch or copy it again"),
        (&MAGIC[..4], "it ends at byte 4"),
        (b"L1195470", "it ends at byte 8"),
        (&[0; 100], "nothing but zeros"),
        (b"something else", "is no zip archive"),
        (b"PK\x03\x04 and no archive", "is no whole .pt file"),
    ] {
        fs::write(&path, bytes).unwrap();
        let said = said();
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(
            words.contains("torch.save("),
            said.contains("save it again in Python"),
            "{said}"
        );
    }
    let save = |files: &[(&str, &[u8])]| archive(&path, files);
    save(&[("else", b"")]);
    assert!(said().contains("has no data.pkl"));
    save(&[("archive_format", b"pt2")]);
    assert!(said().contains("a program of torch.export"));
    save(&[("a.npy", b"")]);
    assert!(said().contains("an archive of NumPy's arrays"));
    save(&[("data.pkl", b"\x80\x02N."), ("constants.pkl", b""), ("code/a.py", b"")]);
    assert!(said().contains("TorchScript") && said().contains("`jit::load`"));
    // tch's own.
    let store = tch::nn::VarStore::new(Device::Cpu);
    let _ = store.root().zeros("a", &[2]);
    store.save(&path).unwrap();
    assert!(said().contains("VarStore"), "{}", said());
}

#[test]
fn what_is_no_safetensors_file_is_told_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let pt = folder.path().join("x.pt");
    pt::save(Object::Int(1), &pt).unwrap();
    for (bytes, words) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"[..],
            "git lfs pull",
        ),
        (b"<!DOCTYPE html><html>Not found</html>", "a page of the web; fetch it again"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "unpack it with `gunzip`"),
        (b"{\"metadata\": {}, \"weight_map\": {}}", "an index names the files"),
        (&fs::read(&pt).unwrap(), "a .pt file; name it .pt"),
        (MAGIC, "a .pt file; name it .pt"),
        (b"", "is no whole safetensors file (it has no header)"),
        (&[&2_u64.to_le_bytes()[..], b"{]"].concat(), "is no whole safetensors file"),
    ] {
        fs::write(&path, bytes).unwrap();
        let said = safetensors::load_file(&path).unwrap_err().to_string();
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_file_that_was_cut_or_damaged_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pt");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pt");
    for name in ["legacy_ckpt", "views", "legacy_views"] {
        let whole = fs::read(fixtures.join(name).with_extension("pt")).unwrap();
        for length in [whole.len() - 1, whole.len() / 2, 200] {
            fs::write(&path, &whole[..length]).unwrap();
            let error = pt::load(&path).unwrap_err().to_string();
            assert!(error.contains("is no whole .pt file") && error.contains("again"), "{error}");
        }
    }
    let mut damaged = fs::read(fixtures.join("views.pt")).unwrap();
    let at = damaged.windows(4).position(|four| four == 11_f32.to_le_bytes()).unwrap();
    damaged[at] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let error = pt::load(&path).unwrap_err().to_string();
    assert!(error.contains("archive/data/0 is damaged: its sum is wrong"), "{error}");
}

#[test]
fn what_cannot_be_written_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.pt");
    let mut deep = Object::None;
    for _ in 0..1001 {
        deep = vec![deep].into();
    }
    let error = pt::save(&deep, &path).unwrap_err().to_string();
    assert!(error.contains("nested deeper than 1000 times"), "{error}");
    let quantized = Tensor::ones([2], (Kind::Float, Device::Cpu));
    let quantized = quantized.quantize_per_tensor(0.1, 0, Kind::QInt8);
    let error = pt::save(quantized, &path).unwrap_err().to_string();
    assert!(
        error.contains("it holds a tensor of torch.q") && error.contains("`dequantize`"),
        "{error}"
    );
    assert!(!path.exists());
}

#[test]
fn a_tensor_held_twice_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.pt");
    let tensor = Tensor::zeros([300, 200], (Kind::Float, Device::Cpu)).tr();
    let twice = vec![tensor.shallow_clone().into(), Object::from(tensor)];
    pt::save(twice, &path).unwrap();
    let length = fs::metadata(&path).unwrap().len();
    assert!((240_000..245_000).contains(&length), "{length}");
    let loaded = pt::load(&path).unwrap();
    let [a, b] = loaded.as_slice().unwrap() else { panic!("{loaded}") };
    assert_eq!(a.as_tensor().unwrap().data_ptr(), b.as_tensor().unwrap().data_ptr());
    assert_eq!(a.as_tensor().unwrap().stride(), [1, 200]);
}

/// A single number's strides may be any: `torch.ones(1).expand(3, 2)` is one number of strides 0.
#[test]
fn a_single_number_is_saved_whatever_its_strides() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.pt");
    let one = Tensor::from_slice(&[1.5_f32, 2.5]);
    for tensor in [
        one.narrow(0, 1, 1).expand([3, 2], false),
        one.narrow(0, 1, 1).expand([1, 1], false),
        one.as_strided([1, 1], [5, 7], 1),
        one.select(0, 1),
        one.select(0, 1).expand([4], false),
    ] {
        pt::save(Object::from(tensor.shallow_clone()), &path).unwrap();
        let loaded = pt::load(&path).unwrap();
        assert_eq!(loaded.as_tensor().unwrap(), &tensor);
        let state = nn::StateDict::from([("a".into(), tensor.shallow_clone())]);
        let path = folder.path().join("one.safetensors");
        flambeau::serialize::safetensors::save_file(&state, &path).unwrap();
        let loaded = flambeau::serialize::safetensors::load_file(&path).unwrap();
        assert_eq!(loaded["a"], tensor);
    }
}

#[test]
fn a_tensor_that_was_expanded_takes_no_more_than_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expanded.pt");
    let tensor = Tensor::from_slice(&[1.0_f32, 2.0]).expand([1 << 40, 2], true);
    pt::save(tensor, &path).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 2000);
    let loaded = pt::load(&path).unwrap();
    let loaded = loaded.as_tensor().unwrap();
    assert_eq!((loaded.size(), loaded.stride()), (vec![1 << 40, 2], vec![0, 1]));
    assert_eq!(loaded.double_value(&[1 << 39, 1]), 2.0);
}

#[test]
fn keys_may_be_numbers_and_texts() {
    let object = checkpoint();
    assert_eq!(object["by number"].get(-5), Some(&Object::Int(2)));
    assert_eq!(object.as_dict().unwrap().get(&Key::from("pair")), Some(&(0.9, 0.999).into()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever becomes of a file's bytes, the answer is an object or an error.
    #[test]
    fn damaged_files_are_refused_or_read(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.pt");
        pt::save(checkpoint(), &path).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(&path, &bytes).unwrap();
        let _ = pt::load(&path);
    }

    /// And whatever the program is.
    #[test]
    fn any_program_ends(
        program in prop::collection::vec(
            prop_oneof![
                prop::sample::select(b"()]}NKMJGXtusea0qhcQRb.\x88\x89\x85\x86\x87\x8a\x8c\x94\x93".to_vec()),
                any::<u8>(),
            ],
            0..200,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program.pt");
        archive(&path, &[("data.pkl", &program), ("data/0", &[0; 16])]);
        let _ = pt::load(&path);
    }
}
