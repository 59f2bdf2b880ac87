//~ `Block` is neither a parameter, a buffer nor a module
//~ write `#[derive(Debug, Module)]` above the struct
use flambeau::prelude::*;

#[derive(Debug)]
struct Block {
    layer: nn::Linear,
}

#[derive(Debug, Module)]
struct Net {
    block: Vec<Block>,
}
