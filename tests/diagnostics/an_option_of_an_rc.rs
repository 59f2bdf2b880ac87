//~ a module cannot be held by `Rc`: one that stands at two places is an `nn::Shared`
use std::rc::Rc;

use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    linear: Option<Rc<nn::Linear>>,
}
