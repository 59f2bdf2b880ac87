//~ `i64` is neither a parameter, a buffer nor a module
//~ write `#[module(skip)]` above the field
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    layer: nn::Linear,
    width: i64,
}
