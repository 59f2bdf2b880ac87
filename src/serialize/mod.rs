//! State dictionaries and checkpoints as files, that Python reads and writes too.
//!
//! - [`pt`]: what `torch.save` writes, states of optimizers and all
//! - [`safetensors`]: tensors by name, and nothing else

pub mod pt;
pub mod safetensors;
