//! State dictionaries as files.

use std::fs;

use flambeau::Dtype;
use flambeau::file::check_writable;
use flambeau::nn::StateDict;
use flambeau::object::{Key, Object};
use flambeau::prelude::*;
use flambeau::serialize::pt;
use flambeau::serialize::safetensors::{
    Metadata, load, load_file, load_file_options, load_metadata, save, save_file, save_file_options,
};
use flambeau::vision::io::write_image;

fn state() -> StateDict {
    let floats = Tensor::from_slice(&[1.5_f32, -2.0, f32::INFINITY, 0.1]).view([2, 2]);
    let mut state = StateDict::new();
    for kind in [
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
    ] {
        // Infinity has no integer.
        let tensor = floats.clamp(-2, 100).to_kind(kind);
        state.insert(format!("a.{kind:?}"), tensor);
    }
    state.insert("number".into(), Tensor::from(3.5));
    state.insert("empty".into(), Tensor::zeros([0, 3], (Kind::Float, Device::Cpu)));
    state.insert("transposed".into(), floats.tr());
    state
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    save_file(&state(), &path).unwrap();
    let loaded = load_file(&path).unwrap();
    let state = state();
    assert_eq!(loaded.len(), state.len());
    for (name, tensor) in &state {
        assert_eq!((tensor, tensor.kind()), (&loaded[name], loaded[name].kind()), "{name}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left in the folder");
}

#[test]
fn a_file_that_is_none_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    assert!(load_file(&path).unwrap_err().to_string().contains("state.safetensors: No such file"));

    save_file(&state(), &path).unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in [0, 5, 100, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = load_file(&path).unwrap_err().to_string();
        assert!(error.contains("state.safetensors") && error.contains("is no whole"), "{error}");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_told_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/state.safetensors");
    for result in [
        check_writable(&path),
        save_file(&state(), &path),
        save(&Object::dict([("epoch", 3.into())]), &path),
        pt::save(Tensor::from(1.0), &path),
        write_image(
            &Tensor::zeros([1, 2, 2], (Kind::Uint8, Device::Cpu)),
            path.with_extension("png"),
        ),
    ] {
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains("missing/state.") && error.contains(": cannot be written: "),
            "{error}"
        );
        let remedy = "/missing is not there; make that folder, or name another";
        assert!(error.ends_with(remedy) && !error.contains("missing/."), "{error}");
    }
    assert!(check_writable(folder.path()).unwrap_err().to_string().contains("is a folder"));
    let slash = folder.path().join("missing/");
    assert!(check_writable(slash).unwrap_err().to_string().contains("names a folder"));
    let error = check_writable("/dev/null").unwrap_err().to_string();
    assert_eq!(error, "/dev/null: is no ordinary file; name a file");
    let fine = folder.path().join("state.safetensors");
    check_writable(&fine).unwrap();
    assert!(!fine.exists(), "looking leaves nothing behind");
}

#[test]
fn a_failed_save_leaves_the_old_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    save_file(&state(), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let mut bad = state();
    bad.insert("quantized".into(), Tensor::zeros([1], (Kind::ComplexHalf, Device::Cpu)));
    let error = save_file(&bad, &path).unwrap_err().to_string();
    let words =
        "cannot be written: 'quantized': safetensors has no kind for ComplexHalf; convert it";
    assert!(error.starts_with(&path.display().to_string()) && error.contains(words), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn kinds_that_tch_cannot_name_are_saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pt");
    let mut state = StateDict::new();
    for name in [
        "uint16",
        "uint32",
        "uint64",
        "float8_e4m3fn",
        "float8_e5m2",
        "float8_e4m3fnuz",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    ] {
        let of = pt::load(fixtures.join(format!("dt_{name}.pt"))).unwrap();
        state.insert(name.into(), of["a"].as_tensor().unwrap().shallow_clone());
    }
    save_file(&state, &path).unwrap();
    for loaded in [load_file(&path), load_file_options(&path).mmap(true).call()] {
        let loaded = loaded.unwrap();
        for (name, tensor) in &state {
            assert_eq!(Dtype::of(&loaded[name]), Dtype::named(name));
            assert_eq!(Object::from(loaded[name].shallow_clone()), tensor.shallow_clone().into());
        }
    }
}

#[test]
fn a_mapped_file_is_written_to_in_memory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    save_file(&state(), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let mapped = load_file_options(&path).mmap(true).call().unwrap();
    for (name, tensor) in load_file(&path).unwrap() {
        assert_eq!(mapped[&name], tensor, "{name}");
    }
    let _ = mapped["transposed"].shallow_clone().fill_(7.0);
    assert_eq!(mapped["transposed"].double_value(&[1, 1]), 7.0);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_shape_that_cannot_be_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    for shape in ["[0,9223372036854775808]", "[0,9223372036854775807,4]"] {
        let entry =
            format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,0]}}}}");
        let file = [&(entry.len() as u64).to_le_bytes()[..], entry.as_bytes()].concat();
        fs::write(&path, file).unwrap();
        let Err(error) = load_file(&path) else { continue };
        let error = error.to_string();
        assert!(error.contains("is no whole safetensors file"), "{error}");
        assert!(!error.contains("Exception raised") && !error.contains('\n'), "{error}");
    }
    let expanded = Tensor::from_slice(&[1.0_f32]).expand([1 << 40], true);
    let whole = save(&Object::dict([("a", expanded.shallow_clone().into())]), &path);
    for error in [save_file(&StateDict::from([("a".into(), expanded)]), &path), whole] {
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("was expanded to [1099511627776]: save what it was expanded from"),
            "{error}"
        );
    }
}

/// A file with this header and these bytes behind it.
fn headed(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// Written by `safetensors.torch.save` of `torch.arange(1, 7, dtype=torch.uint8).view(2, 3)` as
/// `torch.float4_e2m1fn_x2`: the format counts numbers, PyTorch pairs of them.
#[test]
fn numbers_of_four_bits_are_counted_as_in_python() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let header = r#"{"a":{"dtype":"F4","shape":[2,6],"data_offsets":[0,6]}}"#;
    fs::write(&path, headed(header, &[1, 2, 3, 4, 5, 6])).unwrap();
    let state = load_file(&path).unwrap();
    let of = |state: &StateDict| {
        let tensor = &state["a"];
        assert_eq!((Dtype::of(tensor), tensor.size()), (Some(Dtype::Float4e2m1fnX2), vec![2, 3]));
        Vec::<u8>::try_from(tensor.view_dtype(Kind::Uint8).reshape([-1])).unwrap()
    };
    assert_eq!(of(&state), [1, 2, 3, 4, 5, 6]);
    save_file(&state, &path).unwrap();
    let written = fs::read(&path).unwrap();
    let shape = br#""shape":[2,6]"#;
    assert!(written.windows(shape.len()).any(|part| part == shape));
    assert_eq!(of(&load_file(&path).unwrap()), [1, 2, 3, 4, 5, 6]);
    // As Python's reader, which asks for pairs.
    let header = r#"{"a":{"dtype":"F4","shape":[2,1],"data_offsets":[0,1]}}"#;
    fs::write(&path, headed(header, &[1])).unwrap();
    let said = load_file(&path).unwrap_err().to_string();
    assert!(said.contains("a is of F4, and has no even number of columns"), "{said}");
}

#[test]
fn kinds_that_pytorch_does_not_have_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    for kind in ["F6_E2M3", "F6_E3M2"] {
        let header = format!(r#"{{"a":{{"dtype":"{kind}","shape":[4],"data_offsets":[0,3]}}}}"#);
        fs::write(&path, headed(&header, &[1, 2, 3])).unwrap();
        let said = load_file(&path).unwrap_err().to_string();
        let words = format!("holds a of {kind}, which PyTorch does not have; save it as another");
        assert!(said.contains(&words), "{said}");
    }
    let header = r#"{"a":{"dtype":"C128","shape":[1],"data_offsets":[0,16]}}"#;
    fs::write(&path, headed(header, &[0; 16])).unwrap();
    let said = load_file(&path).unwrap_err().to_string();
    assert!(said.contains("holds numbers of C128, a kind that is not known; save them"), "{said}");
}

#[test]
fn a_link_stays_one_and_its_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    save_file(&state(), &link).unwrap();
    assert!(link.is_symlink());
    assert_eq!(load_file(&file).unwrap().len(), state().len());
}

#[test]
fn metadata_comes_back_and_a_file_is_always_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let metadata: Metadata = (0..20).map(|i| (format!("key {i}"), format!("\"{i}\" ü"))).collect();
    let mut files = (0..4).map(|_| {
        save_file_options(&state(), &path).metadata(metadata.clone()).call().unwrap();
        fs::read(&path).unwrap()
    });
    let first = files.next().unwrap();
    assert!(files.all(|file| file == first));
    let mut found = load_metadata(&path).unwrap();
    assert_eq!(found.remove("format").as_deref(), Some("pt"));
    assert_eq!(found, metadata);
    assert_eq!(load_file(&path).unwrap().len(), state().len());
}

#[test]
fn a_checkpoint_comes_back_whole() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let weight = Tensor::from_slice(&[1.0_f32, 2.0]);
    let dict = |entries: Vec<(Key, Object)>| Object::dict(entries);
    let checkpoint = dict(vec![
        ("none".into(), Object::None),
        ("truth".into(), true.into()),
        ("whole".into(), i64::MIN.into()),
        ("real".into(), 0.1.into()),
        ("whole, but real".into(), 3.0.into()),
        ("large".into(), 1e300.into()),
        ("infinite".into(), f64::NEG_INFINITY.into()),
        ("text".into(), "\"dict\": ü\n".into()),
        ("tuple".into(), (0.9, 0.999).into()),
        ("empty".into(), Object::tuple([])),
        ("counter".into(), Object::counter([(3, 1.into())])),
        ("list".into(), vec![Object::None, weight.shallow_clone().into()].into()),
        ("weight".into(), weight.shallow_clone().into()),
        // Their paths are spelt alike.
        ("a".into(), dict(vec![("b".into(), Tensor::from(1_i64).into())])),
        ("a.b".into(), Tensor::from(2_i64).into()),
        ("__metadata__".into(), Tensor::from(3_i64).into()),
        (7.into(), dict(vec![((-1).into(), Tensor::from(4_i64).into())])),
    ]);
    save(&checkpoint, &path).unwrap();
    let back = load(&path).unwrap();
    assert_eq!(back, checkpoint);
    // One tensor is still one.
    let list = back["list"].as_slice().unwrap();
    let _ = list[1].as_tensor().unwrap().shallow_clone().fill_(9.0);
    assert_eq!(back["weight"].as_tensor().unwrap().double_value(&[0]), 9.0);
    let names = load_file(&path).unwrap();
    assert!(
        ["list.1", "a.b", "a.b'", "__metadata__'", "7.-1"].iter().all(|n| names.contains_key(*n))
    );

    let nan = Object::Float(f64::NAN);
    save(&nan, &path).unwrap();
    assert!(load(&path).unwrap().as_f64().unwrap().is_nan());
    save_file(&state(), &path).unwrap();
    assert_eq!(load(&path).unwrap().state_dict().unwrap().len(), state().len());
}

#[test]
fn a_checkpoint_that_does_not_fit_or_is_damaged_is_refused() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let deep = |levels| (0..levels).fold(Object::None, |inner, _| vec![inner].into());
    save(&deep(29), &path).unwrap();
    assert_eq!(load(&path).unwrap(), deep(29));
    let nested = (0..29).fold(Object::None, |inner, _| Object::dict([("a", inner)]));
    save(&nested, &path).unwrap();
    assert_eq!(load(&path).unwrap(), nested);
    let error = save(&deep(30), &path).unwrap_err().to_string();
    assert!(error.contains("nested deeper than 30 times"), "{error}");
    let sparse = Tensor::eye(2, (Kind::Float, Device::Cpu)).to_sparse(None, None::<&[i64]>, None);
    let sparse = Object::dict([("w", sparse.into())]);
    assert!(save(&sparse, &path).unwrap_err().to_string().contains("w is sparse"));

    for outline in
        ["", "{", "[1, {\"tensor\": \"a\"}]", "{\"dict\": [[1, 2, 3]]}", "{\"bag\": []}", "1e999"]
    {
        let metadata = Metadata::from([("flambeau".into(), outline.into())]);
        save_file_options(&StateDict::new(), &path).metadata(metadata).call().unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("checkpoint.safetensors: is no whole"), "{outline}: {error}");
    }
}

/// The format's own bound, whatever the file.
#[test]
fn a_header_that_is_too_long_is_not_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.safetensors");
    fs::write(&path, 100_000_001_u64.to_le_bytes()).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(200 << 20).unwrap();
    let error = load_file(&path).unwrap_err().to_string();
    assert!(error.contains("has a header of 100000001 bytes, more than the 100000000"), "{error}");
    assert!(!error.contains("no whole"), "{error}");
}
