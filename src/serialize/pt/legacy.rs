//! The format from before PyTorch 1.6: pickles one after another, and the bytes of the storages
//! behind them.
//!
//! The pickles are a magic number, the format's version, what the machine was, the object, and the
//! keys of its storages. For each of those follow how many numbers it holds, in eight bytes, and the
//! numbers. How large a number is only the object says, which is therefore read first.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use tch::Tensor;

use super::machine::{self, Graph, Node, Value};
use super::storages::{Source, Storage};
use crate::Dtype;
use crate::ffi::filled_bytes;

/// What such a file begins with: 0x1950a86a20f9469cfc6c, pickled.
pub(super) const MAGIC: [u8; 14] =
    [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The largest pickle that is read to find where it ends, at first.
const HEAD: u64 = 1 << 20;

pub(super) struct Legacy {
    file: File,
    map: Option<Tensor>,
    /// Where each storage's bytes lie, and how many they are.
    places: HashMap<String, (u64, u64)>,
}

/// The object's graph, and where its storages are.
pub(super) fn open(
    file: File,
    length: u64,
    map: Option<Tensor>,
) -> Result<(Graph, Legacy, bool), String> {
    let (graph, keys, mut at, little) = pickles(&file, length)?;
    let mut sizes: HashMap<String, usize> = HashMap::new();
    for node in &graph.nodes {
        let Node::Persistent(id) = node else { continue };
        // Classes of modules stand outside as well.
        let storage = graph.items(id).and_then(|items| graph.text(items.first()?));
        if storage == Some("storage") {
            let storage = Storage::named(&graph, id)?;
            sizes.entry(storage.key).or_insert(storage.dtype.map_or(1, Dtype::itemsize));
        }
    }
    let mut places = HashMap::new();
    for key in keys {
        let size = *sizes.get(&key).ok_or_else(|| format!("has a storage {key} for nothing"))?;
        let mut count = [0; 8];
        file.read_exact_at(&mut count, at).map_err(|e| cut(e, length))?;
        let count = if little { u64::from_le_bytes(count) } else { u64::from_be_bytes(count) };
        at += 8;
        let bytes =
            count.checked_mul(size as u64).filter(|bytes| *bytes <= length - at.min(length));
        let bytes = bytes.ok_or_else(|| {
            format!("ends at byte {length}: its storage {key} claims {count} × {size} from {at} on")
        })?;
        places.insert(key, (at, bytes));
        at += bytes;
    }
    Ok((graph, Legacy { file, map, places }, !little))
}

/// The object, the keys of its storages, where the first of them begins, and whether the least byte
/// of a number comes first.
fn pickles(file: &File, length: u64) -> Result<(Graph, Vec<String>, u64, bool), String> {
    // Where the pickles end is known when they were read: so more is read until they do.
    let mut head = HEAD.min(length);
    loop {
        let mut bytes = vec![0; usize::try_from(head).map_err(|_| "is too large")?];
        file.read_exact_at(&mut bytes, 0).map_err(|e| cut(e, length))?;
        match parsed(&bytes) {
            Err(problem) if head < length && problem.contains("in the middle of") => {
                head = head.saturating_mul(8).min(length)
            }
            parsed => return parsed,
        }
    }
}

fn parsed(bytes: &[u8]) -> Result<(Graph, Vec<String>, u64, bool), String> {
    let mut at = 0;
    let mut next = || {
        let (graph, length) = machine::run(&bytes[at..])?;
        at += length;
        Ok::<_, String>(graph)
    };
    let _magic = next()?;
    let version = next()?;
    if !matches!(version.root, Value::Int(1001)) {
        return Err(format!(
            "is of the version {:?} of its format; 1001 can be read",
            version.root
        ));
    }
    let system = next()?;
    let little = match system.node(&system.root) {
        Some(Node::Dict(entries)) => !entries.iter().any(|(key, value)| {
            system.text(key) == Some("little_endian") && matches!(value, Value::Bool(false))
        }),
        _ => true,
    };
    let graph = next()?;
    let keys = next()?;
    let key = |key: &Value| match key {
        Value::Int(number) => Ok(number.to_string()),
        key => Ok(keys.text(key).ok_or("has a storage without a name")?.to_string()),
    };
    let keys = keys.items(&keys.root).ok_or("has no list of its storages")?;
    let keys = keys.iter().map(key).collect::<Result<_, String>>()?;
    Ok((graph, keys, at as u64, little))
}

fn cut(error: io::Error, length: u64) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("ends at byte {length} in the middle of a storage"),
        _ => error.to_string(),
    }
}

impl Source for Legacy {
    fn bytes(&mut self, key: &str) -> Result<Tensor, String> {
        // Its bytes are within the file, and each storage is asked for once.
        let place = self.places.get(key).ok_or_else(|| format!("lacks its storage {key}"))?;
        let (at, length) = *place;
        if let Some(map) = &self.map {
            return map.f_narrow(0, at as i64, length as i64).map_err(|e| e.to_string());
        }
        let bytes = filled_bytes::<crate::Error>(length as usize, |bytes| {
            let read = self.file.read_exact_at(bytes, at);
            read.map_err(|e| crate::Error::Torch(format!("storage {key}: {e}")))
        });
        bytes.map_err(|e| e.to_string())
    }
}
