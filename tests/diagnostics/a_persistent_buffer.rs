//~ a buffer is saved by itself; one that is not is marked `persistent = false`
use flambeau::prelude::*;

#[derive(Debug, Module)]
pub struct Masked {
    #[module(persistent)]
    mask: nn::Buffer,
}
