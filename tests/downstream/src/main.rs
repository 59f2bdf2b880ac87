//! Uses flambeau from outside: its macros, its names, and libtorch at run time.

use flambeau::prelude::*;

#[derive(Debug, Module)]
#[module(class = "MLP")]
struct Mlp {
    hidden: nn::Linear,
    output: nn::Linear,
}

impl Forward for Mlp {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.output.forward(&F::relu(&self.hidden.forward(x)))
    }
}

fn main() {
    let mlp = Mlp { hidden: nn::Linear::new(4, 8), output: nn::Linear::new(8, 2) };
    println!("{mlp}");
    let x = Tensor::zeros([3, 4], (Kind::Float, Device::Cpu));
    assert_eq!(mlp.forward(&x), x.apply(&mlp));
    println!("output {:?}", mlp.forward(&x).size());
}
