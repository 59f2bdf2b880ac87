//~ `dyn Block` is neither a parameter, a buffer nor a module
//~ if it is a `Box` of a trait of your own, implement `nn::Field` for `Box<dyn …>`: its page shows how
use flambeau::prelude::*;

pub trait Block: Module {}

#[derive(Debug, Module)]
pub struct Blocks {
    blocks: Vec<Box<dyn Block>>,
}
