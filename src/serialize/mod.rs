//! State dictionaries as files, that Python reads and writes too.

pub mod safetensors;
