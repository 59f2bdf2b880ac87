//! Activations along a dimension.

use tch::Tensor;

use crate::nn::call::check;
use crate::nn::{Forward, Module, Training, functional as F};
use crate::warning::warn;

/// An activation along one dimension, which has to be said.
macro_rules! along {
    ($(#[$docs:meta])* $type:ident, $name:literal, $function:expr) => {
        $(#[$docs])*
        #[derive(Debug, Default, Module)]
        #[module(extra_repr = format!("dim={}", printed(self.dim)))]
        pub struct $type {
            #[module(skip)]
            dim: Option<i64>,
        }

        impl $type {
            /// The activation along dimension `dim`; -1 is the last. `default()` is Python's `dim=None`,
            /// which is deprecated: it takes dimension 0 of an input of 0, 1 or 3 dimensions, else
            /// 1, and warns.
            pub fn new(dim: i64) -> Self {
                Self { dim: Some(dim) }
            }
        }

        impl Forward for $type {
            fn forward(&self, input: &Tensor) -> Tensor {
                $function(input, self.dim.unwrap_or_else(|| implicit_dim($name, input)))
            }
        }
    };
}

/// The dimension that Python takes when none is given.
fn implicit_dim(name: &str, input: &Tensor) -> i64 {
    warn(&format!(
        "Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as \
         an argument."
    ));
    if matches!(input.dim(), 0 | 1 | 3) { 0 } else { 1 }
}

fn printed(dim: Option<i64>) -> String {
    dim.map_or("None".to_string(), |dim| dim.to_string())
}

along!(
    /// exp(xᵢ) / Σⱼ exp(xⱼ) along one dimension: [`torch.nn.Softmax`].
    ///
    /// Numbers from 0 to 1 that sum to one. [`CrossEntropyLoss`](crate::nn::CrossEntropyLoss) takes scores
    /// and does this by itself: before it, a second Softmax squeezes the scores into 0..1, which
    /// keeps the loss from coming near zero and slows the learning down.
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Softmax::new(1).forward(&torch::tensor([[0.0, 0.0], [0.0, 1e9]]));
    /// assert_eq!(output, torch::tensor([[0.5, 0.5], [0.0, 1.0]]));
    /// assert_eq!(nn::Softmax::new(1).to_string(), "Softmax(dim=1)");
    /// ```
    ///
    /// [`torch.nn.Softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
    Softmax, "softmax", F::softmax
);

along!(
    /// exp(-xᵢ) / Σⱼ exp(-xⱼ) along one dimension: [`torch.nn.Softmin`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Softmin::new(0).forward(&torch::tensor([0.0, 0.0]));
    /// assert_eq!(output, torch::tensor([0.5, 0.5]));
    /// ```
    ///
    /// [`torch.nn.Softmin`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html
    Softmin, "softmin", F::softmin
);

along!(
    /// log(exp(xᵢ) / Σⱼ exp(xⱼ)) along one dimension: [`torch.nn.LogSoftmax`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::LogSoftmax::new(0).forward(&torch::tensor([0.0, 0.0]));
    /// assert_eq!(output, torch::tensor([0.5_f64.ln(), 0.5_f64.ln()]));
    /// ```
    ///
    /// [`torch.nn.LogSoftmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
    LogSoftmax, "log_softmax", F::log_softmax
);

/// A [`Softmax`] over the channels at each place of an image: [`torch.nn.Softmax2d`].
///
/// # Shapes
/// Input (N, C, H, W) or (C, H, W); output the same.
///
/// # Panics
/// When the input is no image.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softmax2d::new().forward(&torch::zeros([4, 2, 2]));
/// assert_eq!(output, torch::full([4, 2, 2], 0.25));
/// ```
///
/// [`torch.nn.Softmax2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html
#[derive(Debug, Default, Module)]
pub struct Softmax2d {
    training: Training,
}

impl Softmax2d {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Forward for Softmax2d {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        check!(
            dim == 3 || dim == 4,
            "Softmax2d: expected input to be 3D or 4D, got {dim}D instead"
        );
        F::softmax(input, -3)
    }
}

/// a · σ(b), where a and b are the halves of the input along `dim`: [`torch.nn.GLU`].
///
/// See [Dauphin et al., 2016](https://arxiv.org/abs/1612.08083).
///
/// # Shapes
/// Input (∗₁, C, ∗₂), C even; output (∗₁, C/2, ∗₂).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::GLU::default().forward(&torch::tensor([3.0, 0.0]));
/// assert_eq!(output, torch::tensor([1.5]));
/// ```
///
/// [`torch.nn.GLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("dim={}", self.dim))]
pub struct GLU {
    #[module(skip)]
    dim: i64,
}

impl GLU {
    /// The activation along dimension `dim`; `default()` has Python's -1.
    pub fn new(dim: i64) -> Self {
        Self { dim }
    }
}

impl Default for GLU {
    fn default() -> Self {
        Self::new(-1)
    }
}

impl Forward for GLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::glu_options(input).dim(self.dim).call()
    }
}
