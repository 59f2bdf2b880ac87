//~ no method named `clone` found for struct `flambeau::nn::Linear`
//~ expected `Tensor`, found `Parameter`
use flambeau::prelude::*;

pub fn clone(layer: nn::Linear) -> nn::Linear {
    layer.clone()
}

pub fn tied(layer: &nn::Linear) -> nn::Parameter {
    nn::Parameter::new(layer.weight.tie())
}
