//! State dictionaries as [safetensors] files: names, kinds, shapes and bytes, nothing that runs.
//!
//! Python's side is `safetensors.torch.save_file` and `load_file`. The format keeps no order;
//! [`load_state_dict`](crate::nn::Module::load_state_dict) goes by name.
//!
//! ```
//! use flambeau::prelude::*;
//! use flambeau::serialize::safetensors;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("linear.safetensors");
//! let model = nn::Linear::new(4, 2);
//! safetensors::save_file(&model.state_dict(), &path)?;
//! model.load_state_dict(&safetensors::load_file(&path)?, true)?;
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! [safetensors]: https://huggingface.co/docs/safetensors/index

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use tch::{Device, Kind, Tensor};

use super::load_into;
use crate::file::write_whole;
use crate::nn::{Module, StateDict};
use crate::{Error, Result};

/// Writes `state` to `path`, which appears whole or not at all.
///
/// # Errors
/// When the file cannot be written, or a tensor is of a kind that the format does not have.
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let views = state.iter().map(|(name, tensor)| Ok((name, Bytes::of(name, tensor)?)));
    let views = views.collect::<Result<Vec<_>>>()?;
    // What Python writes, and asks for when it reads.
    let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
    let bytes = safetensors::serialize(views, Some(metadata))
        .map_err(|e| Error::file(path, e, "the state dictionary does not fit the format"))?;
    write_whole(path, &bytes)
}

/// Reads what [`save_file`] or Python wrote.
///
/// # Errors
/// When the file cannot be read, is no safetensors file, or is damaged.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    let path = path.as_ref();
    let bytes = fs::read(path)
        .map_err(|e| Error::file(path, e, "check the path and that it may be read"))?;
    let damaged = |problem: String| {
        let problem = format!("is no whole safetensors file ({problem})");
        Error::file(path, problem, "save it again, or name another")
    };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
    let mut state = StateDict::new();
    // By name, since the format keeps no order, and what reads it none that repeats itself.
    let mut entries: Vec<_> = file.iter().collect();
    entries.sort_by_key(|(name, _)| name.to_string());
    for (name, view) in entries {
        state.insert(name.to_string(), tensor(name, &view).map_err(damaged)?);
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

/// A tensor's bytes, as the format's crate wants to see them.
struct Bytes {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Bytes {
    fn of(name: &str, tensor: &Tensor) -> Result<Self> {
        let kind = tensor.kind();
        let (_, dtype) = KINDS.iter().find(|(k, _)| *k == kind).ok_or_else(|| {
            Error::argument(name, format!("safetensors has no kind for {kind:?}"))
        })?;
        let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
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
