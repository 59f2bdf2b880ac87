//~ the skipped field's type `RefCell<Option<flambeau::Tensor>>` is not `Clone`, so `nn::deepcopy` cannot copy it
//~ `#[module(skip, copy_with = path)]`
use std::cell::RefCell;

use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(skip)]
    cache: RefCell<Option<Tensor>>,
}
