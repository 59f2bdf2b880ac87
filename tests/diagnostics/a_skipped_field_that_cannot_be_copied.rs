//~ the skipped field's type `flambeau::Tensor` is not `Clone`, so `nn::deepcopy` cannot copy it
//~ `#[module(skip, copy_with = path)]`
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    #[module(skip)]
    cache: Tensor,
}
