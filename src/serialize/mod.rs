//! State dictionaries and checkpoints as files, that Python reads and writes too.
//!
//! - [`pt`]: what `torch.save` writes, states of optimizers and all
//! - [`safetensors`]: tensors by name, and nothing else

pub mod pt;
pub mod safetensors;
mod source;

use std::path::Path;

use crate::nn::{Module, StateDict};
use crate::{Error, Result};

/// Loads what a file held into a model: every entry, or none of them.
fn load_into(model: &dyn Module, state: &StateDict, path: &Path) -> Result<()> {
    model.load_state_dict(state, true).map(drop).map_err(|e| {
        let report = e.to_string();
        Error::file(path, report.trim_end_matches([' ', '.']), "name a file saved from this model")
    })
}
