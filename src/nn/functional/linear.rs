//! Linear maps.

use tch::Tensor;

/// x·weightᵀ + bias, over the last dimension of `input`; `weight` is (out, in), `bias` (out):
/// [`torch.nn.functional.linear`].
///
/// The layer is [`Linear`](crate::nn::Linear).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([4, 3], (Kind::Float, Device::Cpu));
/// let weight = Tensor::ones([2, 3], (Kind::Float, Device::Cpu));
/// assert_eq!(F::linear(&x, &weight, None), Tensor::full([4, 2], 3.0, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.linear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
#[track_caller]
pub fn linear(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
    input.linear(weight, bias)
}

/// `x₁ᵀ·weight[k]·x₂ + bias[k]` for each output k; `weight` is (out, in₁, in₂), `bias` (out):
/// [`torch.nn.functional.bilinear`].
///
/// The layer is [`Bilinear`](crate::nn::Bilinear).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x1, x2) = (Tensor::ones([4, 3], (Kind::Float, Device::Cpu)), Tensor::ones([4, 2], (Kind::Float, Device::Cpu)));
/// let weight = Tensor::ones([5, 3, 2], (Kind::Float, Device::Cpu));
/// assert_eq!(F::bilinear(&x1, &x2, &weight, None), Tensor::full([4, 5], 6.0, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.bilinear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html
pub fn bilinear(
    input1: &Tensor,
    input2: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Tensor {
    Tensor::bilinear(input1, input2, weight, bias)
}
