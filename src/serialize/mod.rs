//! State dictionaries and checkpoints as files, that Python reads and writes too.
//!
//! - [`pt`]: what `torch.save` writes, states of optimizers and all
//! - [`safetensors`]: tensors by name, and nothing else

mod place;
pub mod pt;
pub mod safetensors;
mod source;

use std::path::Path;

use crate::nn::{Module, StateDict};
use crate::object::without_prefixes;
use crate::{Error, Result};

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
