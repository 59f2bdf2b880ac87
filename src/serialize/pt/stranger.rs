//! What a file is that is no `.pt` file, and what to do with it.

use std::path::Path;

use super::archive::Archive;
use super::legacy;
use crate::Error;
use crate::serialize::stranger::{another, known, python};

/// The error for a file that is no archive and no pickle of ours, by its first bytes.
pub(super) fn told(path: &Path, head: &[u8], length: u64) -> Error {
    let header = head.first_chunk().map(|size| u64::from_le_bytes(*size));
    let (what, remedy): (String, String) = if head.is_empty() {
        ("is empty".into(), "fetch it again, or name another".into())
    } else if let Some((what, remedy)) = known(head) {
        (format!("is no .pt file, but {what}"), remedy)
    } else if header.is_some_and(|size| size <= length) && head.get(8) == Some(&b'{') {
        (
            "is no .pt file, but a safetensors file".into(),
            "name it .safetensors, or load it with `serialize::safetensors`".into(),
        )
    } else if head.get(257..262) == Some(b"ustar") {
        (
            "is a tar archive, which PyTorch wrote before its version 0.1.10 or something else"
                .into(),
            python("torch.save(torch.load(path, weights_only=False), path)"),
        )
    } else if legacy::is_cut(head) {
        (
            format!("is no whole .pt file: it ends at byte {length}"),
            "fetch or copy it again, or name another".into(),
        )
    } else if head.starts_with(&[0x80]) && matches!(head.get(1), Some(2..=5)) {
        (
            "is no .pt file, but a pickle that Python wrote without PyTorch".into(),
            python("torch.save(pickle.load(open(path, \"rb\")), path)"),
        )
    } else if head.iter().all(|byte| *byte == 0) {
        ("is no .pt file: it begins with nothing but zeros".into(), "fetch it again".into())
    } else {
        ("is no .pt file: it is no zip archive".into(), another())
    };
    Error::file(path, what, remedy)
}

/// The error for an archive without an object in it, or that holds something else besides.
pub(super) fn archived(path: &Path, archive: &mut Archive) -> Option<Error> {
    let names = archive.names();
    let some = |tells: &dyn Fn(&str) -> bool| names.iter().any(|name| tells(name));
    let (what, remedy) = if archive.has("constants.pkl") || some(&|name| name.contains("/code/")) {
        // Of a `VarStore` C++ writes a module, too, whose code is one file without functions.
        let mut code = names.iter().filter(|name| name.contains("code/") && name.ends_with(".py"));
        if code.all(|name| name.ends_with("/code/__torch__.py")) {
            (
                "is a TorchScript program, or what tch's VarStore saved",
                "load it with `jit::load`, or, by a name that ends in .ot, with \
                 `tch::nn::VarStore::load`",
            )
        } else {
            ("is a TorchScript program", "load it with `jit::load`")
        }
    } else if archive.has("data.pkl") {
        let (name, packed) = archive.packed_otherwise()?;
        let what = format!("cannot be read, by Python neither: its part {name} is {packed}");
        return Some(Error::file(path, what, "unpack it, and zip it anew by deflate alone"));
    } else if some(&|name| {
        name.ends_with("/archive_format") || name.ends_with("/models/model.json")
    }) {
        ("is a program of torch.export", "save the model's state_dict() by torch.save")
    } else if some(&|name| name.ends_with(".npy")) {
        (
            "is no .pt file, but an archive of NumPy's arrays",
            "load it in Python with numpy.load, and save tensors of it by torch.save",
        )
    } else if some(&|name| name.ends_with("model.safetensors") || name.ends_with(".pth")) {
        ("is an archive of other files", "unpack it, and name one of them")
    } else {
        ("is no .pt file: it has no data.pkl", "name a file that torch.save wrote")
    };
    Some(Error::file(path, what, remedy))
}
