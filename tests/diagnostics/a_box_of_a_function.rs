//~ if it is no part of the model's state, write `#[module(skip)]` above the field
use flambeau::prelude::*;

#[derive(Module)]
struct Net {
    activation: Box<dyn Fn(&Tensor) -> Tensor + Send>,
}
