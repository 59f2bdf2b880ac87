//! State dictionaries as files.

use std::fs;

use flambeau::file::check_writable;
use flambeau::nn::StateDict;
use flambeau::prelude::*;
use flambeau::serialize::safetensors::{load_file, save_file};

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
    for result in [check_writable(&path), save_file(&state(), &path)] {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("missing/state.safetensors: cannot be written"), "{error}");
        assert!(error.contains("check that"), "{error}");
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
    assert_eq!(error, "quantized: safetensors has no kind for ComplexHalf");
    assert_eq!(fs::read(&path).unwrap(), before);
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
