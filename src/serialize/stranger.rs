//! What a file is that is of neither format, and what to do with it.

/// How much of a file tells what it is.
pub(super) const HEAD: usize = 512;

/// What a file is by its first bytes, and what to do with it; none where these do not tell.
pub(super) fn known(head: &[u8]) -> Option<(&'static str, String)> {
    let text = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    let is_text = |beginnings: &[&str]| beginnings.iter().any(|b| text.starts_with(b));
    let fetch = "fetch it again, from the address of the file itself".to_string();
    Some(if is_text(&["version https://git-lfs"]) {
        ("what Git LFS keeps in its place", "fetch it with `git lfs pull`".into())
    } else if is_text(&["<!doctype html", "<html", "<?xml"]) {
        ("a page of the web", fetch)
    } else if head.starts_with(&[0x1f, 0x8b]) {
        ("one packed by gzip", "unpack it with `gunzip`".into())
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        ("one packed by Zstandard", "unpack it with `unzstd`".into())
    } else if head.starts_with(b"\xfd7zXZ\0") || head.starts_with(b"BZh") {
        ("a packed one", "unpack it".into())
    } else if head.starts_with(b"\x93NUMPY") {
        ("one of NumPy's arrays", python("torch.save(torch.from_numpy(numpy.load(path)), path)"))
    } else if head.starts_with(b"\x89HDF") {
        ("an HDF5 file, as Keras writes them", another())
    } else if head.starts_with(b"GGUF") {
        ("a GGUF file, as llama.cpp reads them", another())
    } else if is_text(&["{", "["]) {
        ("a text, as JSON; an index names the files that hold the tensors", another())
    } else {
        return None;
    })
}

/// To be done in Python, by this line.
pub(super) fn python(line: &str) -> String {
    format!("save it again in Python: {line}")
}

pub(super) fn another() -> String {
    "name a file that torch.save or safetensors wrote".into()
}
