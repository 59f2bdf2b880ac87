//~ if all that is called is `forward` of one tensor, make it a `Box<dyn Forward>`
//~ write `impl Field for Box<dyn Block>`, as the docs of `nn::Field` show
use flambeau::prelude::*;

pub trait Block: Forward {}

#[derive(Debug, Module)]
pub struct Net {
    blocks: Vec<Box<dyn Block>>,
}
