//! A `.pt` file, opened.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use tch::{Kind, Tensor};
use zip::{CompressionMethod, ZipArchive};

use super::pickle::{self, Storages};
use crate::object::Object;
use crate::{Error, Result};

/// Reads the file's object.
pub(super) fn read(path: &Path) -> Result<Object> {
    let unreadable = |e| Error::file(path, e, "check the path and that it may be read");
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut beginning = [0; 8];
    let begun = file.read(&mut beginning).map_err(unreadable)?;
    let damaged = |problem: String| {
        let problem = format!("is no whole .pt file ({problem})");
        Error::file(path, problem, "save it again, or name another")
    };
    if !beginning[..begun].starts_with(b"PK") {
        // The old format's first pickle is this number.
        let old = beginning[..begun].starts_with(&[0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46]);
        let (problem, remedy) = if old {
            (
                "is of the format that PyTorch wrote before its version 1.6",
                "load it in Python, and save it again",
            )
        } else {
            ("is no .pt file: it is no zip archive", "name a file that torch.save wrote")
        };
        return Err(Error::file(path, problem, remedy));
    }
    let file = File::open(path).map_err(unreadable)?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(e.to_string()))?;
    let folder = folder(&archive).ok_or_else(|| damaged("it has no data.pkl".into()))?;
    let mut archive = Archive { archive, folder, length, storages: HashMap::new() };
    if archive.has("byteorder") {
        let order = archive.bytes("byteorder").map_err(damaged)?;
        if order != b"little" {
            let order = String::from_utf8_lossy(&order).into_owned();
            let problem = format!("was written by a machine of the other byte order, {order}");
            return Err(Error::file(path, problem, "load it in Python, and save it again"));
        }
    }
    let program = archive.bytes("data.pkl").map_err(damaged)?;
    pickle::read(&program, &mut archive).map_err(damaged)
}

/// The folder that all of the archive's files are in.
fn folder<R: Read + std::io::Seek>(archive: &ZipArchive<R>) -> Option<String> {
    archive.file_names().find_map(|name| Some(name.ok()?.strip_suffix("/data.pkl")?.to_string()))
}

struct Archive {
    archive: ZipArchive<BufReader<File>>,
    folder: String,
    /// How much of the file was not read yet.
    length: u64,
    /// Those that were read, as bytes: tensors that share one share its memory.
    storages: HashMap<String, Tensor>,
}

impl Archive {
    fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(&format!("{}/{name}", self.folder)).is_some()
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let path = format!("{}/{name}", self.folder);
        let mut file = self.archive.by_name(&path).map_err(|e| format!("{path}: {e}"))?;
        if file.compression() != CompressionMethod::Stored {
            return Err(format!("{path} is compressed, which torch.save does not do"));
        }
        // What is stored as it is cannot be longer than the file, all together: so no memory is taken
        // for a lie.
        let size = file.size();
        let left = self.length.checked_sub(size);
        let problem =
            || format!("{path} claims {size} bytes, {} of the file are left", self.length);
        self.length = left.ok_or_else(problem)?;
        let mut bytes = Vec::with_capacity(size as usize);
        file.read_to_end(&mut bytes).map_err(|e| format!("{path}: {e}"))?;
        Ok(bytes)
    }
}

impl Storages for Archive {
    fn storage(&mut self, key: &str, kind: Kind, numel: usize) -> Result<Tensor, String> {
        if !self.storages.contains_key(key) {
            let bytes = self.bytes(&format!("data/{key}"))?;
            self.storages.insert(key.to_string(), Tensor::from_slice(&bytes));
        }
        let bytes = &self.storages[key];
        let size = kind.elt_size_in_bytes();
        let needed = numel.checked_mul(size).filter(|needed| *needed <= bytes.numel());
        let needed = needed.ok_or_else(|| {
            format!("data/{key} has {} bytes, which is less than {numel} × {size}", bytes.numel())
        })?;
        if numel == 0 {
            return Ok(Tensor::empty([0], (kind, tch::Device::Cpu)));
        }
        let whole = bytes.narrow(0, 0, needed as i64);
        whole.f_view_dtype(kind).map_err(|e| format!("data/{key}: {e}"))
    }
}
