//~ a module cannot be held by `Rc`: one that stands at two places is an `nn::Shared`
use flambeau::prelude::*;
use std::rc::Rc;

#[derive(Debug, Module)]
pub struct Tied {
    layers: Option<Vec<Box<Rc<nn::Linear>>>>,
}
