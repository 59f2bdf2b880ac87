//! The layers as functions: [`torch.nn.functional`], `F` in the prelude.
//!
//! [`torch.nn.functional`]: https://docs.pytorch.org/docs/stable/nn.functional.html

use tch::Tensor;

pub use super::attention::multi_head_attention_forward;
use super::{Reduction, Size2};

/// max(0, x), element by element.
pub fn relu(input: &Tensor) -> Tensor {
    input.relu()
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along dimension `dim`.
pub fn softmax(input: &Tensor, dim: i64) -> Tensor {
    input.softmax(dim, None)
}

/// x·weightᵀ + bias, over the last dimension of `input`; `weight` is (out, in).
pub fn linear(input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
    input.linear(weight, bias)
}

/// The cross-correlation of images (N, C, H, W) or (C, H, W) with the kernels `weight`,
/// (out, C/`groups`, kH, kW).
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size2>,
    padding: impl Into<Size2>,
    dilation: impl Into<Size2>,
    groups: i64,
) -> Tensor {
    let [stride, padding, dilation] =
        [stride.into(), padding.into(), dilation.into()].map(Size2::array);
    input.conv2d(weight, bias, stride, padding, dilation, groups)
}

/// The largest value under each window of images (N, C, H, W) or (C, H, W), one window every
/// `kernel_size`.
pub fn max_pool2d(input: &Tensor, kernel_size: impl Into<Size2>) -> Tensor {
    let kernel_size = kernel_size.into().array();
    input.max_pool2d(kernel_size, kernel_size, [0, 0], [1, 1], false)
}

/// The mean over the batch of `-log softmax(input)[target]`: `input` holds scores, (N, C),
/// `target` classes, (N).
pub fn cross_entropy(input: &Tensor, target: &Tensor) -> Tensor {
    input.cross_entropy_loss(target, None::<&Tensor>, Reduction::Mean.into(), -100, 0.0)
}
