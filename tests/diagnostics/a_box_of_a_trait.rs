//~ a module cannot hold a `Box<dyn Block>`
//~ if it is a trait of your own, implement `nn::Field` for the box: that trait's page shows how
use flambeau::prelude::*;

pub trait Block: Module {}

#[derive(Debug, Module)]
pub struct Blocks {
    blocks: Vec<Box<dyn Block>>,
}
