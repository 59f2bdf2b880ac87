//~ `flambeau::Tensor` is neither a parameter, a buffer nor a module
//~ if it is a tensor, make it an `nn::Parameter` or an `nn::Buffer`
use flambeau::prelude::*;

#[derive(Debug, Module)]
struct Net {
    scale: Tensor,
}
