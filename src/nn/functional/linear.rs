//! Linear maps.

use flambeau_derive::function;
use tch::Tensor;

/// x·weightᵀ + bias, over the last dimension of `input`; `weight` is (out, in):
/// [`torch.nn.functional.linear`].
///
/// The layer is [`Linear`](crate::nn::Linear).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([4, 3]);
/// let weight = torch::ones([2, 3]);
/// assert_eq!(F::linear(&x, &weight), torch::full([4, 2], 3.0));
/// let bias = torch::tensor([1.0, -3.0]);
/// let output = F::linear_options(&x, &weight).bias(&bias).call();
/// assert_eq!(output.get(0), torch::tensor([4.0, 0.0]));
/// ```
///
/// [`torch.nn.functional.linear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
#[function]
pub fn linear(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output, (out).
    bias: Option<&Tensor>,
) -> Tensor {
    input.linear(weight, bias)
}

/// `x₁ᵀ·weight[k]·x₂ + bias[k]` for each output k; `weight` is (out, in₁, in₂):
/// [`torch.nn.functional.bilinear`].
///
/// The layer is [`Bilinear`](crate::nn::Bilinear).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x1, x2) = (torch::ones([4, 3]), torch::ones([4, 2]));
/// let weight = torch::ones([5, 3, 2]);
/// assert_eq!(F::bilinear(&x1, &x2, &weight), torch::full([4, 5], 6.0));
/// ```
///
/// [`torch.nn.functional.bilinear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html
#[function]
pub fn bilinear(
    input1: &Tensor,
    input2: &Tensor,
    weight: &Tensor,
    /// What is added to each output, (out).
    bias: Option<&Tensor>,
) -> Tensor {
    Tensor::bilinear(input1, input2, weight, bias)
}
