//! `.pt` files: what `torch.save` writes and `torch.load` reads, states of optimizers included.
//!
//! ```
//! use flambeau::object::Object;
//! use flambeau::prelude::*;
//! use flambeau::serialize::pt;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("checkpoint.pt");
//! let model = nn::Linear::new(4, 2);
//! let mut adam = optim::Adam::new(model.parameters(), 1e-3);
//! let checkpoint = Object::dict([
//!     ("model", Object::from(&model.state_dict())),
//!     ("optimizer", adam.state_dict()),
//!     ("epoch", 3.into()),
//! ]);
//! pt::save(&checkpoint, &path)?; // Python: torch.load(path)
//!
//! let checkpoint = pt::load(&path)?; // or what torch.save wrote
//! model.load_state_dict(&checkpoint["model"].state_dict()?, true)?;
//! adam.load_state_dict(&checkpoint["optimizer"])?;
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! Such a file is a zip archive of a pickle, a program for Python's stack machine, and the bytes of
//! the tensors. Nothing of the program is executed here: the few functions that rebuild tensors and
//! dictionaries are known by name and imitated, and any other is refused by its name.

mod pickle;
mod reader;
mod writer;

use std::path::Path;

use super::load_into;
use crate::file::write_whole;
use crate::nn::{Module, StateDict};
use crate::object::Object;
use crate::{Error, Result};

/// Reads what [`save`] or `torch.save` wrote: `torch.load(path, map_location="cpu", weights_only=True)`
/// in Python.
///
/// Tensors that shared their memory share it again. Devices are left out: all is read to the CPU.
///
/// # Errors
/// When the file cannot be read, is not of the format that PyTorch has written since its version 1.6,
/// is damaged, or holds something else than tensors, numbers, texts, lists and dictionaries: a model
/// that was saved whole is refused by the name of its class. Whole numbers of more than 64 bits are
/// refused too.
pub fn load(path: impl AsRef<Path>) -> Result<Object> {
    let path = path.as_ref();
    reader::read(path)
}

/// Writes `object` to `path`, which appears whole or not at all: `torch.save(object, path)`.
///
/// Tensors are written without gaps, devices and gradients; two handles of one tensor are written
/// once, and share their memory when they are read.
///
/// # Errors
/// When the file cannot be written, a tensor is of a kind that PyTorch does not write so, or `object`
/// is nested deeper than a hundred times.
pub fn save(object: &Object, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    write_whole(path, &writer::write(object).map_err(|problem| unsuitable(path, problem))?)
}

/// Writes a state dictionary: `torch.save(model.state_dict(), path)`.
///
/// # Errors
/// As [`save`].
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    save(&Object::from(state), path)
}

/// Reads a state dictionary that [`save_file`] or `torch.save` wrote.
///
/// # Errors
/// As [`load`], and when the file holds something else than tensors by name.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    let path = path.as_ref();
    load(path)?.state_dict().map_err(|error| {
        let remedy = "load it whole, and take the state dictionary out of it";
        Error::file(path, format!("holds no state dictionary ({error})"), remedy)
    })
}

/// Reads a state dictionary into a model: every entry, or none of them.
///
/// # Errors
/// As [`load_file`], and when the file's entries are not the model's.
pub fn load_model(model: &dyn Module, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    load_into(model, &load_file(path)?, path)
}

fn unsuitable(path: &Path, problem: String) -> Error {
    Error::file(path, format!("cannot be written: {problem}"), "save something else")
}

/// The kinds of tensors, and the storages that Python names them by.
const STORAGES: [(tch::Kind, &str); 12] = [
    (tch::Kind::Float, "FloatStorage"),
    (tch::Kind::Double, "DoubleStorage"),
    (tch::Kind::Half, "HalfStorage"),
    (tch::Kind::BFloat16, "BFloat16Storage"),
    (tch::Kind::Int64, "LongStorage"),
    (tch::Kind::Int, "IntStorage"),
    (tch::Kind::Int16, "ShortStorage"),
    (tch::Kind::Int8, "CharStorage"),
    (tch::Kind::Uint8, "ByteStorage"),
    (tch::Kind::Bool, "BoolStorage"),
    (tch::Kind::ComplexFloat, "ComplexFloatStorage"),
    (tch::Kind::ComplexDouble, "ComplexDoubleStorage"),
];

/// How deep lists and dictionaries may stand in each other.
const DEPTH: usize = 100;
