//~ cannot move out of `self.scale` which is behind a shared reference
use flambeau::prelude::*;

#[derive(Debug, Module)]
pub struct Scaled {
    scale: nn::Parameter,
}

impl Forward for Scaled {
    fn forward(&self, x: &Tensor) -> Tensor {
        x * self.scale
    }
}
