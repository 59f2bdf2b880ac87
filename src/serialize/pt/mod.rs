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
//! model.load_state_dict(&checkpoint["model"].state_dict()?)?;
//! adam.load_state_dict(&checkpoint["optimizer"])?;
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! Such a file is a zip archive of a pickle, a program for Python's stack machine, and the bytes of
//! the tensors; before PyTorch 1.6 it was a row of pickles with the bytes behind them. Both are read.
//! Nothing of the program is executed here: the few functions that rebuild tensors and dictionaries
//! are known by name and imitated. What is of any other class becomes an
//! [`Opaque`](crate::object::Opaque) object, that says what it is and what it would be made of.

mod allowance;
mod archive;
mod components;
mod legacy;
mod machine;
mod names;
mod objects;
mod problem;
mod seal;
mod storages;
mod stranger;
mod tensors;
mod writer;

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use flambeau_derive::function;
use tempfile::NamedTempFile;

use super::load_into;
use super::source::Source;
use super::stranger::HEAD;
use crate::nn::{Module, StateDict};
use crate::object::Object;
use crate::{Error, Result};
use allowance::Allowance;
use archive::Archive;
use legacy::Legacy;
use problem::Problem;
pub(crate) use seal::Seal;
use storages::Storages;

/// Reads what [`save`] or `torch.save` wrote: `torch.load(path, map_location="cpu")` in Python.
///
/// Tensors that shared their memory share it again. Devices are left out: all is read to the CPU.
/// A storage that stands by itself becomes a tensor of all its numbers, in one dimension.
/// Objects of classes that are not known here are [opaque](crate::object::Opaque). What stands at
/// several places is read once, and shared. Where a list, a dictionary or an object holds itself, a
/// [`Cycle`](Object::Cycle) stands inside. Each part of the archive is held against its sum, which
/// Python does not do.
///
/// What refers to something around it, as a child to its parent, is another at each of its places:
/// the parent is the `Cycle` inside of itself, and whole elsewhere. Objects may refer to each other
/// in more ways than there is memory for. Then each stands whole at the place where it comes first,
/// and may be a `Cycle` at others; a warning says so.
///
/// With `load_options(path).mmap(true).call()` the tensors lie in the file, and come from there when
/// they are first looked at. What is written to them does not reach the file. Sums are not held
/// against anything then; what is compressed is read as ever. The file has to stay as it is for as
/// long as one of the tensors lives: where it is cut short, the program ends with a bus error
/// (SIGBUS), and where it is written to, the tensors may change. One that is replaced as a whole, as
/// [`save`] does, stays.
///
/// A lone surrogate in a text, as in the names of files that are not UTF-8, becomes its spelling:
/// `\udcff`.
///
/// A file of a few bytes can say much, and may be compressed. Beside the tensors' numbers, what it says
/// may take 128 times its size and 128 MiB, what it has to be copied for, as that which refers to
/// something around it, 24 times its size and 96 MiB more, and what is compressed in it may come to 128
/// times its size and 64 MiB. What it names more than once is counted each time that it is named: it
/// may not come to more than 2²⁸ values and one for each of its bytes.
///
/// ```
/// use flambeau::object::Object;
/// use flambeau::serialize::pt;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("epoch.pt");
/// pt::save(&Object::dict([("epoch", 3.into())]), &path)?;
/// assert_eq!(pt::load(&path)?["epoch"].as_i64(), Some(3));
/// let mapped = pt::load_options(&path).mmap(true).call()?;
/// assert_eq!(mapped.entry("epoch")?.as_i64(), Some(3));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read or mapped; when it is no such file, where the error says what it is
/// instead; and when it is damaged, is nested deeper than a thousand times, or would take more memory
/// than that.
#[function]
pub fn load(
    #[builder(into)] path: PathBuf,
    /// Whether the tensors stay in the file until they are looked at.
    #[builder(default)]
    mmap: bool,
) -> Result<Object> {
    read(&path, mmap)
}

fn read(path: &Path, mmap: bool) -> Result<Object> {
    let source = Source::open(path, mmap)?;
    let head = source.head(HEAD);
    let head = head.map_err(|e| Error::file(path, e, "check that it may be read"))?;
    let damaged = |problem: Problem| problem.of(path);
    let length = source.length;
    if legacy::is_legacy(&head) {
        let (graph, mut legacy, left) = Legacy::open(source).map_err(damaged)?;
        let swapped = legacy.is_swapped();
        let storages = Storages::new(&mut legacy, swapped);
        return objects::object(path, &graph, storages, left).map_err(damaged);
    }
    if !head.starts_with(b"PK") {
        return Err(stranger::told(path, &head, length));
    }
    let mut archive = Archive::open(source).map_err(damaged)?;
    if let Some(error) = stranger::archived(path, &mut archive) {
        return Err(error);
    }
    let order = archive.has("byteorder").then(|| archive.read("byteorder")).transpose();
    let swapped = order.map_err(damaged)?.is_some_and(|order| order == b"big");
    let program = archive.read("data.pkl").map_err(damaged)?;
    let mut left = Allowance::of(length);
    let (graph, _) = machine::run(&program, &mut left).map_err(damaged)?;
    drop(program);
    objects::object(path, &graph, Storages::new(&mut archive, swapped), left).map_err(damaged)
}

/// Writes `object` to `path`, which appears whole or not at all: `torch.save(object, path)`.
///
/// Tensors are written without gaps, devices and gradients; two handles of one tensor are written
/// once, and are handles of one tensor when they are read; tensors that lie in memory alike share it. One that was expanded takes as much as before.
/// [Opaque](crate::object::Opaque) objects are written as they were read.
///
/// # Errors
/// When the file cannot be written, a tensor is of a form that PyTorch does not write so, or
/// `object` is nested deeper than a thousand times, or a
/// [`Cycle`](Object::Cycle) stands in it: the error says where.
pub fn save(object: impl Into<Object>, path: impl AsRef<Path>) -> Result<()> {
    writer::write(&object.into(), path.as_ref(), false)
}

/// As [`save`], with a digest over the whole file, which [`seal`] looks at.
pub(crate) fn save_sealed(object: &Object, path: &Path) -> Result<()> {
    writer::write(object, path, true)
}

/// The bytes of a file of `object`, to be sent elsewhere.
pub(crate) fn to_bytes(object: &Object) -> Result<Vec<u8>> {
    let file = NamedTempFile::new();
    let mut file = file.map_err(|e| Error::file(env::temp_dir(), e, "make room"))?;
    let path = file.path().to_path_buf();
    writer::write_to(object, &path, file.as_file_mut())?;
    fs::read(&path).map_err(|e| Error::file(path, e, "try again"))
}

/// The object that [`to_bytes`] was given.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Object> {
    let written = NamedTempFile::new().and_then(|mut file| {
        file.write_all(bytes)?;
        Ok(file)
    });
    let file = written.map_err(|e| Error::file(env::temp_dir(), e, "make room"))?;
    load(file.path())
}

/// What the digest of a file says.
pub(crate) fn seal(path: &Path) -> Result<Seal> {
    File::open(path)
        .and_then(|mut file| seal::look(&mut file))
        .map_err(|e| Error::file(path, format!("cannot be read: {e}"), "check that it may be read"))
}

/// Writes a state dictionary: `torch.save(model.state_dict(), path)`.
///
/// # Errors
/// As [`save`].
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    save(state, path)
}

/// Reads a state dictionary that [`save_file`] or `torch.save` wrote, alone or in a checkpoint:
/// [`Object::state_dict`] says where it is looked for.
///
/// # Errors
/// As [`load`], and when the file holds no state dictionary, or more than one.
pub fn load_file(path: impl AsRef<Path>) -> Result<StateDict> {
    let path = path.as_ref();
    load(path)?.state_dict().map_err(|error| without(path, error))
}

fn without(path: &Path, error: Error) -> Error {
    let remedy = "load it whole, and take the state dictionary out of it";
    Error::file(path, format!("holds no state dictionary ({error})"), remedy)
}

/// Reads a state dictionary into a model: every entry, or none of them.
///
/// # Errors
/// As [`load_file`], and when the file's entries are not the model's.
pub fn load_model(model: &dyn Module, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let state = load(path)?.state_dict_with_prefixes().map_err(|error| without(path, error))?;
    load_into(model, state, path)
}

/// How deep lists and dictionaries may stand in each other: as deep as Python writes them, which is 993
/// tuples and half as many lists, and more.
const DEPTH: usize = 1000;

/// Goes one value deeper. A thread's stack of 2 MiB has no room for a thousand objects of classes, or
/// for dictionaries in a build that is not optimised: where little of it is left, there is more.
fn deeper<T>(work: impl FnOnce() -> T) -> T {
    const LEFT: usize = 256 << 10;
    const MORE: usize = 2 << 20;
    stacker::maybe_grow(LEFT, MORE, work)
}

/// The place that these steps lead to, as [`Object::tensors`] spells it, as far as one cares to read.
fn place(steps: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 200;
    let mut place = String::new();
    for step in steps {
        if place.len() > SHOWN {
            return place + "…";
        }
        if !place.is_empty() {
            place.push('.');
        }
        place.extend(step.chars().take(SHOWN));
    }
    place
}
