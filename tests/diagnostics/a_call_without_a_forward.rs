//~ the method `forward` exists for reference `&Net`, but its trait bounds were not satisfied
//~ the trait `flambeau::nn::Forward` must be implemented
use flambeau::prelude::*;

#[derive(Debug, Module)]
pub struct Net {
    layer: nn::Linear,
}

pub fn call(net: &Net, x: &Tensor) -> Tensor {
    net.forward(x)
}
