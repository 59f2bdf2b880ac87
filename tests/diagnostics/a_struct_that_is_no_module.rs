//~ `Net` is not a module
//~ write `#[derive(Debug, Module)]` above the struct
use flambeau::prelude::*;

#[derive(Debug)]
pub struct Net {
    layer: nn::Linear,
}

pub fn copy(net: &Net) -> Net {
    nn::deepcopy(net)
}
