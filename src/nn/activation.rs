//! Activations.

use tch::Tensor;

use super::{Forward, functional as F, module};

/// max(0, x), element by element: [`torch.nn.ReLU`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::ReLU::new().forward(&Tensor::from_slice(&[-1.0, 0.0, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.0, 0.0, 2.0]));
/// ```
///
/// [`torch.nn.ReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
#[derive(Debug, Default)]
pub struct ReLU {}

impl ReLU {
    /// The activation.
    pub fn new() -> Self {
        Self {}
    }
}

module!(ReLU {});

impl Forward for ReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::relu(input)
    }
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along one dimension: [`torch.nn.Softmax`].
///
/// Numbers from 0 to 1 that sum to one. [`CrossEntropyLoss`](super::CrossEntropyLoss) takes scores
/// and does this by itself: before it, a second Softmax squeezes the scores into 0..1, which
/// keeps the loss from coming near zero and slows the learning down.
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softmax::new(1).forward(&Tensor::from_slice2(&[[0.0, 0.0], [0.0, 1e9]]));
/// assert_eq!(output, Tensor::from_slice2(&[[0.5, 0.5], [0.0, 1.0]]));
/// assert_eq!(nn::Softmax::new(1).to_string(), "Softmax(dim=1)");
/// ```
///
/// [`torch.nn.Softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
#[derive(Debug)]
pub struct Softmax {
    dim: i64,
}

impl Softmax {
    /// The activation along dimension `dim`; -1 is the last.
    pub fn new(dim: i64) -> Self {
        Self { dim }
    }
}

module!(Softmax {}, |softmax| format!("dim={}", softmax.dim));

impl Forward for Softmax {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softmax(input, self.dim)
    }
}
