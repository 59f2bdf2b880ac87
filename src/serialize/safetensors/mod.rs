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
//! model.load_state_dict(&safetensors::load_file(&path)?)?;
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

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use flambeau_derive::function;
use safetensors::tensor::{Dtype as Kind, Metadata as Header, TensorInfo};
use serde_json::json;
use tch::{Device, Tensor};

use super::load_into;
use super::source::{Source, retyped};
use super::stranger::{HEAD, known};
use crate::ffi::{Layout, tensor_bytes, without_frames};
use crate::file::write_whole_by;
use crate::nn::{Module, StateDict};
use crate::object::Object;
use crate::{Dtype, Error, Result};

/// What a file says about itself, text by name.
pub type Metadata = BTreeMap<String, String>;

/// Writes `state` to `path`, which appears whole or not at all.
///
/// # Errors
/// When the file cannot be written, or a tensor is of a kind that the format does not have.
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    save_file_options(state, path.as_ref()).call()
}

/// [`save_file`] with a keyword, which is set before `.call()`: `metadata`.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::serialize::safetensors::{self, Metadata};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("linear.safetensors");
/// let state = nn::Linear::new(4, 2).state_dict();
/// let metadata = Metadata::from([("dataset".into(), "CIFAR-10".into())]);
/// safetensors::save_file_options(&state, &path).metadata(metadata).call()?;
/// assert_eq!(safetensors::load_metadata(&path)?["dataset"], "CIFAR-10");
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`save_file`].
#[bon::builder(finish_fn = call, builder_type(name = SaveFileCall, vis = "pub"))]
pub fn save_file_options(
    #[builder(start_fn)] state: &StateDict,
    #[builder(start_fn, into)] path: PathBuf,
    /// What is to be known of the state.
    #[builder(default)]
    metadata: Metadata,
) -> Result<()> {
    let path = &*path;
    let mut tensors = state
        .iter()
        .map(|(name, tensor)| match packed(name, tensor) {
            Ok(packed) => Ok((name, packed)),
            Err(Error::Argument { name: key, problem }) => {
                let problem = format!("cannot be written: '{key}': {problem}");
                Err(Error::file(path, problem, "convert it, or save without it"))
            }
            Err(error) => Err(error),
        })
        .collect::<Result<Vec<_>>>()?;
    // The larger numbers first, so that each lies at a multiple of its size, as Python's writer does.
    tensors.sort_by(|(a, (left, ..)), (b, (right, ..))| right.cmp(left).then(a.cmp(b)));
    // What Python writes, and asks for when it reads.
    let format = ("format".to_string(), "pt".to_string());
    let about: BTreeMap<String, String> = [format].into_iter().chain(metadata).collect();
    // By name, so that it repeats itself.
    let mut header = BTreeMap::from([("__metadata__", json!(about))]);
    let mut offset = 0;
    for (name, (dtype, tensor)) in &tensors {
        let end = offset + tensor_bytes(tensor).map_or(0, <[u8]>::len);
        let mut size = tensor.size();
        if let (Kind::F4, Some(last)) = (dtype, size.last_mut()) {
            *last *= 2;
        }
        let entry = json!({ "dtype": dtype, "shape": size, "data_offsets": [offset, end] });
        header.insert(name, entry);
        offset = end;
    }
    let mut header = serde_json::to_vec(&header).expect("texts and numbers are JSON");
    header.resize(header.len().next_multiple_of(LENGTH), b' ');
    write_whole_by(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        let mut bytes = tensors.iter().map(|(_, (_, tensor))| tensor_bytes(tensor));
        bytes.try_for_each(|bytes| file.write_all(bytes.unwrap_or_default()))
    })
}

/// How many bytes say how long the header is, and how long it may be.
const LENGTH: usize = 8;
const MOST: u64 = 100_000_000;

/// Reads what [`save_file`] or Python wrote.
///
/// With `load_file_options(path).mmap(true).call()` the tensors lie in the file, as
/// [`pt::load`](super::pt::load) says.
///
/// # Errors
/// When the file cannot be read or mapped, is no safetensors file, or is damaged.
#[function]
pub fn load_file(
    #[builder(into)] path: PathBuf,
    /// Whether the tensors stay in the file until they are looked at.
    #[builder(default)]
    mmap: bool,
) -> Result<StateDict> {
    Contents::open(&path, mmap)?.tensors()
}

/// Reads what a file says about itself: `safe_open(path, "pt").metadata()` in Python.
///
/// # Errors
/// As [`load_file`].
pub fn load_metadata(path: impl AsRef<Path>) -> Result<Metadata> {
    let path = path.as_ref();
    Ok(Contents::open(path, false)?.metadata())
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
    let metadata = Metadata::from([(OUTLINE.into(), outline)]);
    save_file_options(&tensors, path).metadata(metadata).call()
}

/// Reads what [`save`] wrote; any other safetensors file is a dictionary of its tensors.
///
/// # Errors
/// As [`load_file`].
pub fn load(path: impl AsRef<Path>) -> Result<Object> {
    let path = path.as_ref();
    let contents = Contents::open(path, false)?;
    let tensors = contents.tensors()?;
    match contents.metadata().get(OUTLINE) {
        None => Ok(Object::from(&tensors)),
        Some(outline) => outline::filled(outline, &tensors).map_err(|e| damaged(path, e)),
    }
}

/// The metadata's entry that says what tensors stand in.
const OUTLINE: &str = "flambeau";

/// Whether a file begins as `torch.save` writes it, or wrote it before PyTorch 1.6.
fn is_pt(beginning: &[u8]) -> bool {
    beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(&[0x80, 0x02, 0x8a])
}

fn damaged(path: &Path, problem: impl std::fmt::Display) -> Error {
    let problem = format!("is no whole safetensors file ({problem})");
    Error::file(path, problem, "fetch or copy it again, or name another")
}

/// A file, whose header was read.
struct Contents<'a> {
    path: &'a Path,
    source: Source,
    header: Header,
    /// Where the first tensor begins.
    start: u64,
}

impl<'a> Contents<'a> {
    fn open(path: &'a Path, mmap: bool) -> Result<Self> {
        let source = Source::open(path, mmap)?;
        let beginning = source.head(HEAD).map_err(|e| damaged(path, e))?;
        let damaged = |problem: String| {
            // What it is instead helps more than what is wrong with it.
            match known(&beginning) {
                // JSON is what a header is.
                Some((what, remedy)) if beginning.get(LENGTH) != Some(&b'{') => {
                    Error::file(path, format!("is no safetensors file, but {what}"), remedy)
                }
                _ if is_pt(&beginning) => {
                    let remedy = "name it .pt, or load it with `serialize::pt`";
                    Error::file(path, "is no safetensors file, but a .pt file", remedy)
                }
                _ => damaged(path, problem),
            }
        };
        let unreadable = |e: std::io::Error| damaged(e.to_string());
        let head = source.head(LENGTH).map_err(unreadable)?;
        let length = head.first_chunk().map(|length| u64::from_le_bytes(*length));
        let length = length.ok_or_else(|| damaged("it has no header".into()))?;
        let start = length.checked_add(LENGTH as u64).filter(|start| *start <= source.length);
        let start = start.ok_or_else(|| {
            damaged(format!("its header claims {length} bytes of the file's {}", source.length))
        })?;
        if length > MOST {
            let problem =
                format!("has a header of {length} bytes, more than the {MOST} that are read");
            return Err(Error::file(path, problem, "save fewer tensors in one file"));
        }
        let text = source.head(start as usize).map_err(unreadable)?;
        let header: Header = serde_json::from_slice(&text[LENGTH..]).map_err(|e| {
            let problem = e.to_string();
            match problem.strip_prefix("unknown variant `").and_then(|rest| rest.split_once('`')) {
                Some((kind, _)) => {
                    let problem = format!("holds numbers of {kind}, a kind that is not known");
                    Error::file(path, problem, "save them as another kind of numbers")
                }
                None => damaged(problem),
            }
        })?;
        let end = start.checked_add(header.data_len() as u64);
        if end != Some(source.length) {
            let (data, left) = (header.data_len(), source.length - start);
            return Err(damaged(format!("its header tells of {data} bytes, there are {left}")));
        }
        Ok(Self { path, source, header, start })
    }

    /// What the header says beside where its tensors lie.
    fn metadata(&self) -> Metadata {
        self.header.metadata().clone().unwrap_or_default().into_iter().collect()
    }

    fn tensors(&self) -> Result<StateDict> {
        // By name, since the format keeps no order, and what reads it none that repeats itself.
        let infos: BTreeMap<_, _> = self.header.tensors().into_iter().collect();
        let tensor = |(name, info): (String, &TensorInfo)| {
            let known = DTYPES.iter().find(|(_, kind)| *kind == info.dtype);
            let (dtype, _) = known.ok_or_else(|| {
                let problem =
                    format!("holds {name} of {}, which PyTorch does not have", info.dtype);
                Error::file(self.path, problem, "save it as another kind of numbers")
            })?;
            let tensor = self.tensor(&name, info, *dtype).map_err(|e| damaged(self.path, e))?;
            Ok((name, tensor))
        };
        infos.into_iter().map(tensor).collect()
    }

    fn tensor(&self, name: &str, info: &TensorInfo, dtype: Dtype) -> Result<Tensor, String> {
        let side =
            |&side: &usize| i64::try_from(side).map_err(|_| format!("{name} has a side of {side}"));
        let mut size: Vec<i64> = info.shape.iter().map(side).collect::<Result<_, _>>()?;
        // The format counts numbers, PyTorch the bytes that they share in twos.
        if dtype == Dtype::Float4e2m1fnX2 {
            match size.last_mut() {
                Some(last) if *last % 2 == 0 => *last /= 2,
                _ => return Err(format!("{name} is of F4, and has no even number of columns")),
            }
        }
        let (begin, end) = info.data_offsets;
        let bytes = self.source.bytes(self.start + begin as u64, (end - begin) as u64);
        let bytes = bytes.map_err(|e| format!("{name}: {e}"))?;
        let numbers = retyped(&bytes, dtype).map_err(|e| format!("{name}: {e}"))?;
        let of_size = numbers.f_view(&size[..]);
        of_size.map_err(|e| format!("{name}: {}", without_frames(&e.to_string())))
    }
}

/// Reads what [`save_file`] or Python wrote into a model: every entry, or none of them.
///
/// # Errors
/// As [`load_file`], and when the file's entries are not the model's.
pub fn load_model(model: &dyn Module, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    load_into(model, load_file(path)?, path)
}

/// The kinds of numbers that both libtorch and the format know.
const DTYPES: [(Dtype, Kind); 20] = [
    (Dtype::Bool, Kind::BOOL),
    (Dtype::Uint8, Kind::U8),
    (Dtype::Int8, Kind::I8),
    (Dtype::Int16, Kind::I16),
    (Dtype::Int, Kind::I32),
    (Dtype::Int64, Kind::I64),
    (Dtype::Half, Kind::F16),
    (Dtype::BFloat16, Kind::BF16),
    (Dtype::Float, Kind::F32),
    (Dtype::Double, Kind::F64),
    (Dtype::ComplexFloat, Kind::C64),
    (Dtype::UInt16, Kind::U16),
    (Dtype::UInt32, Kind::U32),
    (Dtype::UInt64, Kind::U64),
    (Dtype::Float8e4m3fn, Kind::F8_E4M3),
    (Dtype::Float8e5m2, Kind::F8_E5M2),
    (Dtype::Float8e4m3fnuz, Kind::F8_E4M3FNUZ),
    (Dtype::Float8e5m2fnuz, Kind::F8_E5M2FNUZ),
    (Dtype::Float8e8m0fnu, Kind::F8_E8M0),
    (Dtype::Float4e2m1fnX2, Kind::F4),
];

/// A tensor whose numbers lie in memory, one by one.
fn check_dense(tensor: &Tensor) -> Result<(), &'static str> {
    match Layout::of(tensor) {
        Layout::Strided => Ok(()),
        Layout::Undefined => Err("is not defined"),
        Layout::Sparse(_) | Layout::Opaque => Err("is sparse: make it dense"),
        Layout::Meta => Err("is on the device meta, and has no numbers"),
        Layout::Quantized => Err("is quantized: dequantize it"),
        Layout::Nested => Err("is nested: pad it, or save its parts"),
    }
}

/// Copies without gaps are made up to this size of tensors that were expanded: 64 GiB.
const COPIED: usize = 64 << 30;

/// A tensor's numbers on the CPU, one after another, and what the format calls their kind.
fn packed(name: &str, tensor: &Tensor) -> Result<(Kind, Tensor)> {
    let wrong = |problem: String| Error::argument(name, problem);
    check_dense(tensor).map_err(|problem| wrong(problem.into()))?;
    let dtype = Dtype::of(tensor).ok_or_else(|| wrong("is not defined".into()))?;
    let known = DTYPES.iter().find(|(known, _)| *known == dtype);
    let (_, kind) = known.ok_or_else(|| {
        let kind = dtype.kind().map_or(dtype.name().into(), |kind| format!("{kind:?}"));
        wrong(format!("safetensors has no kind for {kind}"))
    })?;
    if dtype == Dtype::Float4e2m1fnX2 && tensor.dim() == 0 {
        return Err(wrong("is two numbers of four bits, and has no dimension for them".into()));
    }
    let bytes = tensor.numel().checked_mul(dtype.itemsize());
    if bytes.is_none_or(|bytes| bytes > COPIED) && tensor.stride().contains(&0) {
        let size = tensor.size();
        return Err(wrong(format!("was expanded to {size:?}: save what it was expanded from")));
    }
    // A conjugate or a negative may be a view that is turned as it is read.
    let packed = tensor
        .detach()
        .f_to_device(Device::Cpu)
        .and_then(|tensor| tensor.f_resolve_conj()?.f_resolve_neg()?.f_contiguous());
    let packed = packed.map_err(|e| wrong(without_frames(&e.to_string())))?;
    Ok((*kind, packed))
}
