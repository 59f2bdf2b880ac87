//! IDX files: every kind is read, and whatever the bytes are, there is a tensor or an error.

use std::os::unix::fs::symlink;

use flambeau::prelude::*;
use flambeau::vision::datasets::read_idx;
use proptest::prelude::*;

use super::*;

/// An IDX file of a kind and size, with these bytes as its numbers.
pub fn idx(kind: u8, size: &[u32], numbers: &[u8]) -> Vec<u8> {
    let size = size.iter().flat_map(|side| side.to_be_bytes()).collect::<Vec<_>>();
    [&[0, 0, kind, (size.len() / 4) as u8], &size[..], numbers].concat()
}

fn read(file: &[u8]) -> Result<Tensor, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    fs::write(&path, file).unwrap();
    read_idx(&path).map_err(|error| {
        let error = error.to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        error
    })
}

#[test]
fn every_kind_is_read_from_the_largest_byte_on() {
    let read = |kind, size: &[u32], numbers: &[u8]| read(&idx(kind, size, numbers)).unwrap();
    assert_eq!(read(8, &[3], &[0, 127, 255]), Tensor::from_slice(&[0_u8, 127, 255]));
    assert_eq!(read(9, &[3], &[0, 127, 255]), Tensor::from_slice(&[0_i8, 127, -1]));
    assert_eq!(read(11, &[2], &[1, 2, 255, 254]), Tensor::from_slice(&[258_i16, -2]));
    assert_eq!(read(12, &[1], &[1, 2, 3, 4]), Tensor::from_slice(&[0x0102_0304_i32]));
    let numbers = [1.5_f32, -2.0e30].map(f32::to_be_bytes).concat();
    assert_eq!(read(13, &[2], &numbers), Tensor::from_slice(&[1.5_f32, -2.0e30]));
    let numbers = [1.5_f64, -2.0e300].map(f64::to_be_bytes).concat();
    assert_eq!(read(14, &[2], &numbers), Tensor::from_slice(&[1.5_f64, -2.0e300]));
}

#[test]
fn a_size_is_read_up_to_eight_dimensions_and_down_to_nothing() {
    let numbers: Vec<u8> = (0..24).collect();
    let read = |size: &[u32], numbers: &[u8]| read(&idx(8, size, numbers)).unwrap();
    let expected = Tensor::arange(24, (Kind::Uint8, Device::Cpu));
    assert_eq!(read(&[2, 3, 4], &numbers), expected.view([2, 3, 4]));
    assert_eq!(read(&[2, 1, 3, 1, 1, 2, 2, 1], &numbers).size(), [2, 1, 3, 1, 1, 2, 2, 1]);
    for size in [&[0][..], &[0, 28, 28], &[5, 0], &[65_535, 0, 65_535]] {
        let size_64: Vec<i64> = size.iter().map(|&side| side.into()).collect();
        assert_eq!(read(size, &[]).size(), size_64);
    }
}

#[test]
fn what_is_no_idx_file_is_told_by_its_first_bytes() {
    let parts = ["is no IDX file: begins with [1f, 8b, 08, 00]", "name a whole IDX file, unpacked"];
    assert_says(read(b"\x1f\x8b\x08\x00more"), &parts);
    assert_says(read(b"text"), &["is no IDX file"]);
    for kind in [0, 7, 10, 15, 255] {
        let parts = [&*format!("is of an unknown kind, {kind:#04x}")];
        assert_says(read(&idx(kind, &[1], &[1])), &parts);
    }
}

#[test]
fn another_length_than_announced_is_named_with_both() {
    assert_says(read(b""), &["truncated: 0 bytes, of which 4 would be the header"]);
    assert_says(read(&[0, 0, 8]), &["truncated: 3 bytes, of which 4"]);
    assert_says(read(&idx(8, &[1, 2, 3], &[])[..15]), &["truncated: 15 bytes, of which 16"]);
    assert_says(read(&idx(8, &[3], &[1, 2])), &["truncated: 10 bytes where 11 are expected"]);
    assert_says(read(&idx(8, &[3], &[1, 2, 3, 4])), &["too long: 12 bytes where 11 are expected"]);
    assert_says(read(&idx(12, &[2], &[0; 7])), &["truncated: 15 bytes where 16 are expected"]);
    assert_says(read(&idx(8, &[0], &[1])), &["too long: 9 bytes where 8 are expected"]);
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_taken() {
    assert_says(read(&idx(8, &[], &[1])), &["has 0 dimensions, where 1 to 8 can be read"]);
    assert_says(read(&idx(8, &[1; 9], &[1])), &["has 9 dimensions"]);
    assert_says(read(&idx(8, &[1; 255], &[1])), &["has 255 dimensions"]);
    let most = u32::MAX;
    assert_says(read(&idx(8, &[most], &[1])), &["truncated: 9 bytes where 4294967303"]);
    for size in [&[most, most, most][..], &[most, most], &[most; 8], &[0, most, most]] {
        let parts = ["is of size [", "4294967295", "which is more than any file holds"];
        assert_says(read(&idx(8, size, &[1])), &parts);
    }
    // It would fit as bytes, but not as numbers of eight.
    assert_says(read(&idx(14, &[1 << 31, 1 << 30], &[1])), &["more than any file holds"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing");
    let error = |path| read_idx(path).map_err(|error| error.to_string());
    assert_says(error(path.as_path()), &["missing", "check the path and that it may be read"]);
    assert_says(error(folder.path()), &["is no ordinary file"]);
    symlink("/dev/zero", folder.path().join("endless")).unwrap();
    assert_says(error(&folder.path().join("endless")), &["endless: is no ordinary file"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn any_bytes_are_a_tensor_or_an_error(
        kind in prop_oneof![Just(8_u8), Just(9), Just(11), Just(12), Just(13), Just(14), any::<u8>()],
        size in prop::collection::vec(prop_oneof![0_u32..4, any::<u32>()], 0..10),
        numbers in prop::collection::vec(any::<u8>(), 0..40),
        changed in prop::option::of((0_usize..12, any::<u8>())),
    ) {
        let mut file = idx(kind, &size, &numbers);
        if let Some((at, byte)) = changed {
            let at = at.min(file.len() - 1);
            file[at] = byte;
        }
        if let Ok(tensor) = read(&file) {
            let length = tensor.numel() * tensor.kind().elt_size_in_bytes();
            prop_assert_eq!(file.len(), 4 + 4 * tensor.dim() + length);
        }
    }

    #[test]
    fn a_whole_file_is_read_as_what_it_was_made_of(
        size in prop::collection::vec(0_u32..4, 1..=8),
        seed in any::<u8>(),
    ) {
        let count = size.iter().product::<u32>();
        let numbers: Vec<u8> = (0..count).map(|i| (i as u8).wrapping_mul(7) ^ seed).collect();
        let tensor = read(&idx(8, &size, &numbers)).unwrap();
        let size: Vec<i64> = size.iter().map(|&side| side.into()).collect();
        prop_assert_eq!(tensor.size(), size);
        prop_assert_eq!(Vec::<u8>::try_from(tensor.flatten(0, -1)).unwrap(), numbers);
    }
}
