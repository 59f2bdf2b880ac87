//! State dictionaries and checkpoints as files, that Python reads and writes too.
//!
//! - [`pt`]: what `torch.save` writes, states of optimizers and all
//! - [`safetensors`]: tensors by name, and nothing else

mod place;
pub mod pt;
pub mod safetensors;
mod source;
mod stranger;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::nn::{Module, StateDict};
use crate::object::without_prefixes;
use crate::{Error, Result, file};

/// The formats, by the endings of their files.
#[derive(Clone, Copy)]
enum Format {
    Pt,
    Safetensors,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        let formats = [("pt", Self::Pt), ("pth", Self::Pt), ("safetensors", Self::Safetensors)];
        file::by_ending(path, &formats)
    }
}

/// Writes a state dictionary by [`pt::save_file`] or [`safetensors::save_file`], as the name's ending
/// says: `.pt`, `.pth` or `.safetensors`.
///
/// # Errors
/// When it ends in none of them, and as those.
pub fn save_file(state: &StateDict, path: impl AsRef<Path>) -> Result<()> {
    match Format::of(path.as_ref())? {
        Format::Pt => pt::save_file(state, path),
        Format::Safetensors => safetensors::save_file(state, path),
    }
}

/// Whether a file is a safetensors file: by its name's ending, or by how it begins, with the length of a
/// header in JSON. All else is read as a `.pt` file, whatever it is called.
pub fn is_safetensors(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    let begins = || {
        let mut head = [0; 9];
        let read =
            path.is_file() && File::open(path).is_ok_and(|mut f| f.read_exact(&mut head).is_ok());
        read && head[8] == b'{' && !head.starts_with(b"PK")
    };
    matches!(Format::of(path), Ok(Format::Safetensors)) || begins()
}

/// Reads into a model what [`save_file`] or Python wrote, every entry or none of them: by
/// [`safetensors::load_model`] or [`pt::load_model`], as [`is_safetensors`] says.
///
/// # Errors
/// As those.
pub fn load_model(model: &dyn Module, path: impl AsRef<Path>) -> Result<()> {
    match is_safetensors(path.as_ref()) {
        true => safetensors::load_model(model, path),
        false => pt::load_model(model, path),
    }
}

/// Checks that [`save_file`] can write there, before long work that would end in it.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    file::check_writable(path.as_ref())?;
    Format::of(path.as_ref()).map(drop)
}

/// Loads what a file held into a model: every entry, or none of them. What DistributedDataParallel
/// and `torch.compile` put before each key is taken away.
fn load_into(model: &dyn Module, state: StateDict, path: &Path) -> Result<()> {
    // A model's own keys may begin like those of a wrapper.
    let its_own = model.state_dict().keys().all(|key| state.contains_key(key));
    let state = if its_own { state } else { without_prefixes(state) };
    model.load_state_dict(&state).map(drop).map_err(|e| {
        let report = e.to_string();
        Error::file(path, report.trim_end_matches([' ', '.']), "name a file saved from this model")
    })
}
