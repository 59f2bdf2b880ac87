//~ a module cannot hold a member by `Rc<flambeau::nn::Linear>`
//~ a module that stands at two places is an `nn::Shared`
use std::rc::Rc;

use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    linear: Option<Rc<nn::Linear>>,
}
