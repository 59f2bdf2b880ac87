//~ `persistent = false` is for buffers, and `flambeau::nn::Linear` is none
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(persistent = false)]
    layer: nn::Linear,
}
