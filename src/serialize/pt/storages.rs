//! The storages that a `.pt` file's tensors lie in.

use std::collections::HashMap;

use tch::Tensor;

use super::machine::{Graph, Value};
use super::problem::Problem;
use crate::Dtype;
use crate::ffi::{filled_bytes, tensor_bytes};
use crate::serialize::source::retyped;

/// Where the bytes of storages come from: an archive, or what stands behind a pickle.
pub(super) trait Bytes {
    /// The bytes of a storage, one dimension of them.
    fn bytes(&mut self, key: &str) -> Result<Tensor, Problem>;
}

/// A storage as a pickle names it.
pub(super) struct Storage {
    pub key: String,
    /// None of a storage that keeps bytes, whose tensors say themselves what they are.
    pub dtype: Option<Dtype>,
    pub numel: usize,
    /// Where in the storage it begins, in numbers: files from before PyTorch 0.4 have such views.
    pub offset: usize,
}

impl Storage {
    /// Reads `("storage", torch.FloatStorage, "0", "cpu", 4)`, perhaps with a view behind it.
    pub fn named(graph: &Graph, id: &Value) -> Result<Self, Problem> {
        let unknown = || Problem::from("names a storage in an unknown form");
        let [tag, class, key, _location, numel, rest @ ..] = graph.items(id).ok_or_else(unknown)?
        else {
            return Err(unknown());
        };
        match graph.text(tag).ok_or_else(unknown)? {
            "storage" => {}
            tag => return Err(format!("names something outside of it, a '{tag}'").into()),
        }
        let (_, class) = graph.global(class).ok_or_else(unknown)?;
        let count = |value: &Value| match value {
            Value::Int(number) => usize::try_from(*number).map_err(|_| "has a storage of no size"),
            _ => Err("has a storage of no size"),
        };
        let (mut offset, mut size) = (0, count(numel)?);
        if let Some(view) = rest.first().filter(|view| !matches!(view, Value::None)) {
            let [_, from, numel] = graph.items(view).ok_or_else(unknown)? else {
                return Err(unknown());
            };
            (offset, size) = (count(from)?, count(numel)?);
        }
        let key = match key {
            Value::Int(number) => number.to_string(),
            key => graph.text(key).ok_or_else(unknown)?.to_string(),
        };
        Ok(Self { key, dtype: dtype(class)?, numel: size, offset })
    }
}

/// What a storage's class says of its numbers.
fn dtype(class: &str) -> Result<Option<Dtype>, Problem> {
    if class == "UntypedStorage" {
        return Ok(None);
    }
    let storage = STORAGES.iter().find(|(_, name)| *name == class);
    storage
        .map(|(dtype, _)| Some(*dtype))
        .ok_or_else(|| format!("has a storage of class {class}").into())
}

/// The kinds of numbers that have a class of storages; the others are kept as bytes.
pub(super) const STORAGES: [(Dtype, &str); 17] = [
    (Dtype::Float, "FloatStorage"),
    (Dtype::Double, "DoubleStorage"),
    (Dtype::Half, "HalfStorage"),
    (Dtype::BFloat16, "BFloat16Storage"),
    (Dtype::Int64, "LongStorage"),
    (Dtype::Int, "IntStorage"),
    (Dtype::Int16, "ShortStorage"),
    (Dtype::Int8, "CharStorage"),
    (Dtype::Uint8, "ByteStorage"),
    (Dtype::Bool, "BoolStorage"),
    (Dtype::ComplexFloat, "ComplexFloatStorage"),
    (Dtype::ComplexDouble, "ComplexDoubleStorage"),
    (Dtype::QInt8, "QInt8Storage"),
    (Dtype::QUInt8, "QUInt8Storage"),
    (Dtype::QInt32, "QInt32Storage"),
    (Dtype::QUInt4x2, "QUInt4x2Storage"),
    (Dtype::QUInt2x4, "QUInt2x4Storage"),
];

/// The storages that were read: tensors that share one share its memory.
pub(super) struct Storages<'a> {
    source: &'a mut dyn Bytes,
    /// As bytes.
    read: HashMap<String, Tensor>,
    /// Whether a machine of the other byte order wrote them.
    swapped: bool,
}

impl<'a> Storages<'a> {
    pub fn new(source: &'a mut dyn Bytes, swapped: bool) -> Self {
        Self { source, read: HashMap::new(), swapped }
    }

    /// The numbers of a storage, in one dimension: all of this kind that it holds.
    pub fn numbers(&mut self, storage: &Storage, dtype: Dtype) -> Result<Tensor, Problem> {
        let size = dtype.itemsize();
        let held = storage.dtype.map_or(1, Dtype::itemsize);
        let place = |numbers: usize| numbers.checked_mul(held);
        let (from, length) = (place(storage.offset), place(storage.numel));
        let (Some(from), Some(length)) = (from, length) else {
            return Err("has a storage of no size".into());
        };
        let until = from.checked_add(length).ok_or("has a storage of no size")?;
        if !self.read.contains_key(&storage.key) {
            let mut bytes = self.source.bytes(&storage.key)?;
            if self.swapped && (size > 1) {
                bytes = swapped(&bytes, if dtype.is_complex() { size / 2 } else { size })?;
            }
            self.read.insert(storage.key.clone(), bytes);
        }
        let bytes = &self.read[&storage.key];
        if until > bytes.numel() {
            let (key, has) = (&storage.key, bytes.numel());
            return Err(format!("data/{key} has {has} bytes, which is less than {until}").into());
        }
        let length = length / size * size;
        let view = bytes.narrow(0, from as i64, length as i64);
        retyped(&view, dtype).map_err(|e| format!("data/{}: {e}", storage.key).into())
    }
}

/// The bytes of each number turned around.
fn swapped(bytes: &Tensor, size: usize) -> Result<Tensor, String> {
    let Some(old) = tensor_bytes(bytes) else { return Ok(bytes.shallow_clone()) };
    filled_bytes(old.len(), |new| {
        new.copy_from_slice(old);
        new.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        Ok(())
    })
}
