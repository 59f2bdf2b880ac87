//~ unused `SumCall` that must be used
//~ it is computed by `call()`
#![deny(unused_must_use)]
use flambeau::prelude::*;

pub fn sum(x: &Tensor) {
    torch::sum_options(x).dim(1);
}
