//! Uses flambeau from outside: its macros and its names.

use flambeau::prelude::*;

#[derive(Debug, Module)]
#[module(class = "MLP")]
pub struct Mlp {
    hidden: nn::Linear,
    output: nn::Linear,
}

impl Mlp {
    pub fn new() -> Self {
        Self { hidden: nn::Linear::new(4, 8), output: nn::Linear::new(8, 2) }
    }

    /// The size of what three inputs become.
    pub fn size(&self) -> Vec<i64> {
        let x = Tensor::zeros([3, 4], (Kind::Float, Device::Cpu));
        assert_eq!(self.forward(&x), x.apply(self));
        self.forward(&x).size()
    }
}

impl Default for Mlp {
    fn default() -> Self {
        Self::new()
    }
}

impl Forward for Mlp {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.output.forward(&F::relu(&self.hidden.forward(x)))
    }
}
