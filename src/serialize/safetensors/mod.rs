//! State dictionaries and checkpoints as [safetensors] files: names, kinds, shapes and bytes, nothing
//! that runs.
//!
//! Python's side is `safetensors.torch.save_file` and `load_file`. The format keeps no order;
//! [`load_state_dict`](crate::nn::Module::load_state_dict) goes by name.
//!
//! The format is for tensors by name. What else a checkpoint holds, optimizers' numbers and the like,
//! stands in the file's metadata when it is saved by [`save`]: Python's `load_file` finds its tensors by
//! their paths, such as `model.weight` or `optimizer.state.0.exp_avg`, and [`load`] all of it.
//!
//! ```
//! use flambeau::object::Object;
//! use flambeau::prelude::*;
//! use flambeau::serialize::safetensors;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("linear.safetensors");
//! let model = nn::Linear::new(4, 2);
//! safetensors::save_file(&model.state_dict(), &path)?;
//! model.load_state_dict(&safetensors::load_file(&path)?, true)?;
//!
//! let mut adam = optim::Adam::new(model.parameters(), 1e-3);
//! let checkpoint = Object::dict([
//!     ("model", Object::from(&model.state_dict())),
//!     ("optimizer", adam.state_dict()),
//! ]);
//! safetensors::save(&checkpoint, &path)?;
//! adam.load_state_dict(&safetensors::load(&path)?["optimizer"])?;
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! [safetensors]: https://huggingface.co/docs/safetensors/index

mod outline;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use tch::{Device, Kind, Tensor};

use super::load_into;
use crate::file::write_whole;
use crate::nn::{Module, StateDict};
use crate::object::Object;
use crate::{Error, Result};

/// What a file says about itself, text by name.
pub type Metadata = BTreeMap<String, String>;

/// Writes `state` to `path`, which appears whole or not at all.
///
/// # Errors
/// When the file cannot be written, or a tensor is of a kind that the format does not have.
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    save_file_with(state, &Metadata::new(), path)
}

/// Writes `state` and what is to be known of it: `save_file(state, path, metadata)` in Python.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::serialize::safetensors::{self, Metadata};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("linear.safetensors");
/// let metadata = Metadata::from([("dataset".into(), "CIFAR-10".into())]);
/// safetensors::save_file_with(&nn::Linear::new(4, 2).state_dict(), &metadata, &path)?;
/// assert_eq!(safetensors::load_metadata(&path)?["dataset"], "CIFAR-10");
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`save_file`].
pub fn save_file_with(
    state: &StateDict,
    metadata: &Metadata,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    let views = state.iter().map(|(name, tensor)| Ok((name, Bytes::of(name, tensor)?)));
    let views = views.collect::<Result<Vec<_>>>()?;
    // What Python writes, and asks for when it reads.
    let format = ("format".to_string(), "pt".to_string());
    let metadata = [format].into_iter().chain(metadata.clone()).collect();
    let bytes = safetensors::serialize(views, Some(metadata))
        .map_err(|e| Error::file(path, e, "the state dictionary does not fit the format"))?;
    write_whole(path, &in_order(bytes))
}

/// The same file with a header whose entries stand by name: what wrote it keeps metadata in no order
/// that repeats itself.
fn in_order(mut file: Vec<u8>) -> Vec<u8> {
    use serde_json::Value;
    let (length, rest) = file.split_first_chunk_mut().expect("the header's length");
    let header = &mut rest[..u64::from_le_bytes(*length) as usize];
    let mut entries: BTreeMap<String, Value> =
        serde_json::from_slice(header).expect("a header is JSON");
    if let Some(Value::Object(metadata)) = entries.get_mut("__metadata__") {
        metadata.sort_keys();
    }
    let sorted = serde_json::to_vec(&entries).expect("what was JSON is");
    let (text, blanks) = header.split_at_mut(sorted.len());
    text.copy_from_slice(&sorted);
    blanks.fill(b' ');
    file
}

/// Reads what [`save_file`] or Python wrote.
///
/// # Errors
/// When the file cannot be read, is no safetensors file, or is damaged.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    let path = path.as_ref();
    tensors(path, &contents(path)?)
}

/// Reads what a file says about itself: `safe_open(path, "pt").metadata()` in Python.
///
/// # Errors
/// As [`load_file`].
pub fn load_metadata(path: impl AsRef<Path>) -> Result<Metadata> {
    let path = path.as_ref();
    metadata(path, &contents(path)?)
}

/// Writes a checkpoint: its tensors by their paths, and in the metadata what they stand in.
///
/// Two handles of one tensor are written once, and share their memory when they are read.
///
/// # Errors
/// As [`save_file`], and when `object` is nested deeper than thirty times.
pub fn save(object: &Object, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let (outline, tensors) = outline::of(object).map_err(|problem| {
        Error::file(path, format!("cannot be written: {problem}"), "save less")
    })?;
    save_file_with(&tensors, &Metadata::from([(OUTLINE.into(), outline)]), path)
}

/// Reads what [`save`] wrote; any other safetensors file is a dictionary of its tensors.
///
/// # Errors
/// As [`load_file`].
pub fn load(path: impl AsRef<Path>) -> Result<Object> {
    let path = path.as_ref();
    let bytes = contents(path)?;
    let tensors = tensors(path, &bytes)?;
    match metadata(path, &bytes)?.get(OUTLINE) {
        None => Ok(Object::from(&tensors)),
        Some(outline) => outline::filled(outline, &tensors).map_err(|e| damaged(path, e)),
    }
}

/// The metadata's entry that says what tensors stand in.
const OUTLINE: &str = "flambeau";

fn damaged(path: &Path, problem: impl std::fmt::Display) -> Error {
    let problem = format!("is no whole safetensors file ({problem})");
    Error::file(path, problem, "save it again, or name another")
}

fn contents(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| Error::file(path, e, "check the path and that it may be read"))
}

/// What a file's header says beside where its tensors lie.
fn metadata(path: &Path, bytes: &[u8]) -> Result<Metadata> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(path, e))?;
    Ok(header.metadata().clone().unwrap_or_default().into_iter().collect())
}

/// A file's tensors.
fn tensors(path: &Path, bytes: &[u8]) -> Result<StateDict> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(path, e))?;
    let mut state = StateDict::new();
    // By name, since the format keeps no order, and what reads it none that repeats itself.
    let mut entries: Vec<_> = file.iter().collect();
    entries.sort_by_key(|(name, _)| name.to_string());
    for (name, view) in entries {
        state.insert(name.to_string(), tensor(name, &view).map_err(|e| damaged(path, e))?);
    }
    Ok(state)
}

/// Reads what [`save_file`] or Python wrote into a model: every entry, or none of them.
///
/// # Errors
/// As [`load_file`], and when the file's entries are not the model's.
pub fn load_model(model: &dyn Module, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    load_into(model, &load_file(path)?, path)
}

/// The kinds that both libtorch and the format know.
const KINDS: [(Kind, Dtype); 11] = [
    (Kind::Bool, Dtype::BOOL),
    (Kind::Uint8, Dtype::U8),
    (Kind::Int8, Dtype::I8),
    (Kind::Int16, Dtype::I16),
    (Kind::Int, Dtype::I32),
    (Kind::Int64, Dtype::I64),
    (Kind::Half, Dtype::F16),
    (Kind::BFloat16, Dtype::BF16),
    (Kind::Float, Dtype::F32),
    (Kind::Double, Dtype::F64),
    (Kind::ComplexFloat, Dtype::C64),
];

/// A tensor whose numbers lie in memory, one by one.
fn check_dense(tensor: &Tensor) -> Result<(), &'static str> {
    match tensor.defined() {
        false => Err("is not defined"),
        true if tensor.is_sparse() || tensor.is_mkldnn() => Err("is sparse: make it dense"),
        true => Ok(()),
    }
}

/// A tensor's bytes, as the format's crate wants to see them.
struct Bytes {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Bytes {
    fn of(name: &str, tensor: &Tensor) -> Result<Self> {
        check_dense(tensor).map_err(|problem| Error::argument(name, problem))?;
        let kind = tensor.kind();
        let (_, dtype) = KINDS.iter().find(|(k, _)| *k == kind).ok_or_else(|| {
            Error::argument(name, format!("safetensors has no kind for {kind:?}"))
        })?;
        // A conjugate or a negative may be a view that is turned as it is read.
        let tensor = tensor.detach().to_device(Device::Cpu).resolve_conj().resolve_neg();
        let tensor = tensor.contiguous();
        let mut data = vec![0; tensor.numel() * kind.elt_size_in_bytes()];
        tensor.copy_data_u8(&mut data, tensor.numel());
        let shape = tensor.size().iter().map(|&size| size as usize).collect();
        Ok(Self { dtype: *dtype, shape, data })
    }
}

impl View for Bytes {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

fn tensor(name: &str, view: &TensorView) -> Result<Tensor, String> {
    let dtype = view.dtype();
    let (kind, _) = KINDS
        .iter()
        .find(|(_, d)| *d == dtype)
        .ok_or_else(|| format!("{name} is of type {dtype:?}, which libtorch does not have"))?;
    let size: Vec<i64> = view.shape().iter().map(|&size| size as i64).collect();
    Tensor::f_from_data_size(view.data(), &size, *kind).map_err(|e| format!("{name}: {e}"))
}
