//! Pools. The layers of the same names compute by what stands at the end, over any number of sides.

use flambeau_derive::function;
use tch::Tensor;

use crate::ffi;
use crate::nn::{MaybeSize, OutputSize, PerSide, Size, Size1, Size2, Size3};
use crate::refusal::{check, refuse};
use crate::repr::python_tuple;
use crate::torch;

/// The mean under each window of signals (N, C, L), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool1d`].
///
/// The layer is [`AvgPool1d`](crate::nn::AvgPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::avg_pool1d(&x, 2), torch::ones([2, 3, 4]));
/// ```
///
/// [`torch.nn.functional.avg_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html
#[function]
pub fn avg_pool1d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size1,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<1>,
    /// How many zeros are put around the input.
    #[builder(default = 0, into)]
    padding: Size1,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
    /// Whether the zeros around the input count in the mean.
    #[builder(default = true)]
    count_include_pad: bool,
) -> Tensor {
    let stride = stride.or(kernel_size);
    avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)
}

/// The mean under each window of images (N, C, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool2d`].
///
/// The layer is [`AvgPool2d`](crate::nn::AvgPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::avg_pool2d(&x, 2), torch::ones([2, 3, 4, 4]));
/// let output = F::avg_pool2d_options(&x, (3, 2)).stride(2).padding((1, 0)).call();
/// assert_eq!(output.size(), [2, 3, 4, 4]);
/// ```
///
/// [`torch.nn.functional.avg_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
#[function]
pub fn avg_pool2d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<2>,
    /// How many zeros are put around the input.
    #[builder(default = 0, into)]
    padding: Size2,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
    /// Whether the zeros around the input count in the mean.
    #[builder(default = true)]
    count_include_pad: bool,
    /// What each sum is divided by, instead of the cells of its window.
    divisor_override: Option<i64>,
) -> Tensor {
    let stride = stride.or(kernel_size);
    avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
}

/// The mean under each window of volumes (N, C, D, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool3d`].
///
/// The layer is [`AvgPool3d`](crate::nn::AvgPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::avg_pool3d(&x, 2), torch::ones([2, 3, 4, 4, 4]));
/// ```
///
/// [`torch.nn.functional.avg_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool3d.html
#[function]
pub fn avg_pool3d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<3>,
    /// How many zeros are put around the input.
    #[builder(default = 0, into)]
    padding: Size3,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
    /// Whether the zeros around the input count in the mean.
    #[builder(default = true)]
    count_include_pad: bool,
    /// What each sum is divided by, instead of the cells of its window.
    divisor_override: Option<i64>,
) -> Tensor {
    let stride = stride.or(kernel_size);
    avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
}

/// The largest value under each window of signals (N, C, L), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.max_pool1d`].
///
/// The layer is [`MaxPool1d`](crate::nn::MaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::max_pool1d(&x, 2), torch::ones([2, 3, 4]));
/// ```
///
/// [`torch.nn.functional.max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
#[function]
pub fn max_pool1d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size1,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<1>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size1,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size1,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The largest value under each window of images (N, C, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.max_pool2d`].
///
/// The layer is [`MaxPool2d`](crate::nn::MaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::max_pool2d(&x, 2), torch::ones([2, 3, 4, 4]));
/// ```
///
/// [`torch.nn.functional.max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
#[function]
pub fn max_pool2d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<2>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size2,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The largest value under each window of volumes (N, C, D, H, W), or one without N; one window
/// every `kernel_size`: [`torch.nn.functional.max_pool3d`].
///
/// The layer is [`MaxPool3d`](crate::nn::MaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::max_pool3d(&x, 2), torch::ones([2, 3, 4, 4, 4]));
/// ```
///
/// [`torch.nn.functional.max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
#[function]
pub fn max_pool3d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<3>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size3,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size3,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The largest value under each window, and where it stood: what [`max_unpool1d`] takes:
/// [`torch.nn.functional.max_pool1d`].
///
/// The layer is [`MaxPool1d`](crate::nn::MaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// let (output, indices) = F::max_pool1d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
#[function]
pub fn max_pool1d_with_indices(
    input: &Tensor,
    #[builder(into)] kernel_size: Size1,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<1>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size1,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size1,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> (Tensor, Tensor) {
    let stride = stride.or(kernel_size);
    max_pool_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The largest value under each window, and where it stood: what [`max_unpool2d`] takes:
/// [`torch.nn.functional.max_pool2d`].
///
/// The layer is [`MaxPool2d`](crate::nn::MaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// let (output, indices) = F::max_pool2d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
#[function]
pub fn max_pool2d_with_indices(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<2>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size2,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> (Tensor, Tensor) {
    let stride = stride.or(kernel_size);
    max_pool_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The largest value under each window, and where it stood: what [`max_unpool3d`] takes:
/// [`torch.nn.functional.max_pool3d`].
///
/// The layer is [`MaxPool3d`](crate::nn::MaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// let (output, indices) = F::max_pool3d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
#[function]
pub fn max_pool3d_with_indices(
    input: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<3>,
    /// How many cells of minus infinity are put around the input.
    #[builder(default = 0, into)]
    padding: Size3,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size3,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> (Tensor, Tensor) {
    let stride = stride.or(kernel_size);
    max_pool_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
}

/// The values that [`max_pool1d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool1d`].
///
/// The layer is [`MaxUnpool1d`](crate::nn::MaxUnpool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8]);
/// let (values, indices) = F::max_pool1d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool1d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool1d.html
#[function]
pub fn max_unpool1d(
    input: &Tensor,
    indices: &Tensor,
    #[builder(into)] kernel_size: Size1,
    /// The pool's stride; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<1>,
    /// The pool's padding.
    #[builder(default = 0, into)]
    padding: Size1,
    /// The size of the output, its sides or all of it: several sizes are pooled to one, of which the
    /// smallest is meant if it is not given.
    #[builder(into)]
    output_size: Option<torch::Size>,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_unpool(input, indices, kernel_size, stride, padding, output_size.as_deref())
}

/// The values that [`max_pool2d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool2d`].
///
/// The layer is [`MaxUnpool2d`](crate::nn::MaxUnpool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// let (values, indices) = F::max_pool2d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool2d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool2d.html
#[function]
pub fn max_unpool2d(
    input: &Tensor,
    indices: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// The pool's stride; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<2>,
    /// The pool's padding.
    #[builder(default = 0, into)]
    padding: Size2,
    /// The size of the output, its sides or all of it: several sizes are pooled to one, of which the
    /// smallest is meant if it is not given.
    #[builder(into)]
    output_size: Option<torch::Size>,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_unpool(input, indices, kernel_size, stride, padding, output_size.as_deref())
}

/// The values that [`max_pool3d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool3d`].
///
/// The layer is [`MaxUnpool3d`](crate::nn::MaxUnpool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8, 8]);
/// let (values, indices) = F::max_pool3d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool3d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool3d.html
#[function]
pub fn max_unpool3d(
    input: &Tensor,
    indices: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// The pool's stride; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<3>,
    /// The pool's padding.
    #[builder(default = 0, into)]
    padding: Size3,
    /// The size of the output, its sides or all of it: several sizes are pooled to one, of which the
    /// smallest is meant if it is not given.
    #[builder(into)]
    output_size: Option<torch::Size>,
) -> Tensor {
    let stride = stride.or(kernel_size);
    max_unpool(input, indices, kernel_size, stride, padding, output_size.as_deref())
}

/// (Σ xᵖ)^(1/p) over each window of signals (N, C, L), or one without N, with p = `norm_type`; one
/// window every `kernel_size`: [`torch.nn.functional.lp_pool1d`].
///
/// The layer is [`LPPool1d`](crate::nn::LPPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::lp_pool1d(&x, 1, 2), torch::full([2, 3, 4], 2.0));
/// ```
///
/// [`torch.nn.functional.lp_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool1d.html
#[function]
pub fn lp_pool1d(
    input: &Tensor,
    norm_type: f64,
    #[builder(into)] kernel_size: Size1,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<1>,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    lp_pool(input, norm_type, kernel_size, stride.0, ceil_mode)
}

/// (Σ xᵖ)^(1/p) over each window of images (N, C, H, W), or one without N, with p = `norm_type`;
/// one window every `kernel_size`: [`torch.nn.functional.lp_pool2d`].
///
/// The layer is [`LPPool2d`](crate::nn::LPPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::lp_pool2d(&x, 1, 2), torch::full([2, 3, 4, 4], 4.0));
/// ```
///
/// [`torch.nn.functional.lp_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool2d.html
#[function]
pub fn lp_pool2d(
    input: &Tensor,
    norm_type: f64,
    #[builder(into)] kernel_size: Size2,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<2>,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    lp_pool(input, norm_type, kernel_size, stride.0, ceil_mode)
}

/// (Σ xᵖ)^(1/p) over each window of volumes (N, C, D, H, W), or one without N, with p =
/// `norm_type`; one window every `kernel_size`: [`torch.nn.functional.lp_pool3d`].
///
/// The layer is [`LPPool3d`](crate::nn::LPPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::lp_pool3d(&x, 1, 2), torch::full([2, 3, 4, 4, 4], 8.0));
/// ```
///
/// [`torch.nn.functional.lp_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool3d.html
#[function]
pub fn lp_pool3d(
    input: &Tensor,
    norm_type: f64,
    #[builder(into)] kernel_size: Size3,
    /// How far the window moves from one output to the next; `kernel_size` if not given.
    #[builder(default, into)]
    stride: MaybeSize<3>,
    /// Whether a window that reaches over the edge counts.
    #[builder(default)]
    ceil_mode: bool,
) -> Tensor {
    lp_pool(input, norm_type, kernel_size, stride.0, ceil_mode)
}

/// The mean under each of as many windows as the output is to have cells, over signals (N, C, L),
/// or one without N: [`torch.nn.functional.adaptive_avg_pool1d`].
///
/// The layer is [`AdaptiveAvgPool1d`](crate::nn::AdaptiveAvgPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::adaptive_avg_pool1d(&x, 3), torch::ones([2, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html
#[function]
pub fn adaptive_avg_pool1d(input: &Tensor, #[builder(into)] output_size: OutputSize<1>) -> Tensor {
    adaptive_avg_pool(input, output_size)
}

/// The mean under each of as many windows as the output is to have cells, over images (N, C, H, W),
/// or one without N: [`torch.nn.functional.adaptive_avg_pool2d`].
///
/// The layer is [`AdaptiveAvgPool2d`](crate::nn::AdaptiveAvgPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::adaptive_avg_pool2d(&x, 3), torch::ones([2, 3, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
#[function]
pub fn adaptive_avg_pool2d(input: &Tensor, #[builder(into)] output_size: OutputSize<2>) -> Tensor {
    adaptive_avg_pool(input, output_size)
}

/// The mean under each of as many windows as the output is to have cells, over volumes (N, C, D, H,
/// W), or one without N: [`torch.nn.functional.adaptive_avg_pool3d`].
///
/// The layer is [`AdaptiveAvgPool3d`](crate::nn::AdaptiveAvgPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::adaptive_avg_pool3d(&x, 3), torch::ones([2, 3, 3, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool3d.html
#[function]
pub fn adaptive_avg_pool3d(input: &Tensor, #[builder(into)] output_size: OutputSize<3>) -> Tensor {
    adaptive_avg_pool(input, output_size)
}

/// The largest value under each of as many windows as the output is to have cells, over signals (N,
/// C, L), or one without N: [`torch.nn.functional.adaptive_max_pool1d`].
///
/// The layer is [`AdaptiveMaxPool1d`](crate::nn::AdaptiveMaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::adaptive_max_pool1d(&x, 3), torch::ones([2, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
#[function]
pub fn adaptive_max_pool1d(input: &Tensor, #[builder(into)] output_size: OutputSize<1>) -> Tensor {
    adaptive_max_pool(input, output_size).0
}

/// The largest value under each of as many windows as the output is to have cells, over images (N,
/// C, H, W), or one without N: [`torch.nn.functional.adaptive_max_pool2d`].
///
/// The layer is [`AdaptiveMaxPool2d`](crate::nn::AdaptiveMaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::adaptive_max_pool2d(&x, 3), torch::ones([2, 3, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
#[function]
pub fn adaptive_max_pool2d(input: &Tensor, #[builder(into)] output_size: OutputSize<2>) -> Tensor {
    adaptive_max_pool(input, output_size).0
}

/// The largest value under each of as many windows as the output is to have cells, over volumes (N,
/// C, D, H, W), or one without N: [`torch.nn.functional.adaptive_max_pool3d`].
///
/// The layer is [`AdaptiveMaxPool3d`](crate::nn::AdaptiveMaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::adaptive_max_pool3d(&x, 3), torch::ones([2, 3, 3, 3, 3]));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
#[function]
pub fn adaptive_max_pool3d(input: &Tensor, #[builder(into)] output_size: OutputSize<3>) -> Tensor {
    adaptive_max_pool(input, output_size).0
}

/// What [`adaptive_max_pool1d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool1d`].
///
/// The layer is [`AdaptiveMaxPool1d`](crate::nn::AdaptiveMaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// let (output, indices) = F::adaptive_max_pool1d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
#[function]
pub fn adaptive_max_pool1d_with_indices(
    input: &Tensor,
    #[builder(into)] output_size: OutputSize<1>,
) -> (Tensor, Tensor) {
    adaptive_max_pool(input, output_size)
}

/// What [`adaptive_max_pool2d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool2d`].
///
/// The layer is [`AdaptiveMaxPool2d`](crate::nn::AdaptiveMaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// let (output, indices) = F::adaptive_max_pool2d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
#[function]
pub fn adaptive_max_pool2d_with_indices(
    input: &Tensor,
    #[builder(into)] output_size: OutputSize<2>,
) -> (Tensor, Tensor) {
    adaptive_max_pool(input, output_size)
}

/// What [`adaptive_max_pool3d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool3d`].
///
/// The layer is [`AdaptiveMaxPool3d`](crate::nn::AdaptiveMaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// let (output, indices) = F::adaptive_max_pool3d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
#[function]
pub fn adaptive_max_pool3d_with_indices(
    input: &Tensor,
    #[builder(into)] output_size: OutputSize<3>,
) -> (Tensor, Tensor) {
    adaptive_max_pool(input, output_size)
}

/// The largest value under each of as many windows as the output is to have cells, over images
/// (N, C, H, W), or one without N; the windows' places are drawn:
/// [`torch.nn.functional.fractional_max_pool2d`].
///
/// See [Graham, 2014](https://arxiv.org/abs/1412.6071).
///
/// # Panics
/// When neither `output_size` nor `output_ratio` is given, or the windows do not fit.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// let output = F::fractional_max_pool2d_options(&x, 2).output_size(5).call();
/// assert_eq!(output.size(), [2, 3, 5, 5]);
/// ```
///
/// [`torch.nn.functional.fractional_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool2d.html
#[function]
pub fn fractional_max_pool2d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// The output's sides.
    #[builder(into)]
    output_size: Option<Size2>,
    /// The output's sides as shares of the input's, each below 1.
    #[builder(into)]
    output_ratio: Option<PerSide<f64>>,
    /// Where the windows are, numbers from 0 to 1 of the size (N, C, 2); drawn if not given.
    random_samples: Option<&Tensor>,
) -> Tensor {
    fractional_max_pool(input, kernel_size, output_size, output_ratio, random_samples).0
}

/// What [`fractional_max_pool2d`](fn@fractional_max_pool2d) gives, and where each value stood:
/// [`torch.nn.functional.fractional_max_pool2d`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// let halves = F::fractional_max_pool2d_with_indices_options(&x, 2).output_ratio(0.5);
/// let (output, indices) = halves.call();
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.fractional_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool2d.html
#[function]
pub fn fractional_max_pool2d_with_indices(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// The output's sides.
    #[builder(into)]
    output_size: Option<Size2>,
    /// The output's sides as shares of the input's, each below 1.
    #[builder(into)]
    output_ratio: Option<PerSide<f64>>,
    /// Where the windows are, numbers from 0 to 1 of the size (N, C, 2); drawn if not given.
    random_samples: Option<&Tensor>,
) -> (Tensor, Tensor) {
    fractional_max_pool(input, kernel_size, output_size, output_ratio, random_samples)
}

/// The largest value under each of as many windows as the output is to have cells, over volumes
/// (N, C, D, H, W), or one without N; the windows' places are drawn:
/// [`torch.nn.functional.fractional_max_pool3d`].
///
/// See [Graham, 2014](https://arxiv.org/abs/1412.6071).
///
/// # Panics
/// When neither `output_size` nor `output_ratio` is given, or the windows do not fit.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8, 8]);
/// let output = F::fractional_max_pool3d_options(&x, 2).output_size(5).call();
/// assert_eq!(output.size(), [2, 3, 5, 5, 5]);
/// ```
///
/// [`torch.nn.functional.fractional_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool3d.html
#[function]
pub fn fractional_max_pool3d(
    input: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// The output's sides.
    #[builder(into)]
    output_size: Option<Size3>,
    /// The output's sides as shares of the input's, each below 1.
    #[builder(into)]
    output_ratio: Option<PerSide<f64>>,
    /// Where the windows are, numbers from 0 to 1 of the size (N, C, 3); drawn if not given.
    random_samples: Option<&Tensor>,
) -> Tensor {
    fractional_max_pool(input, kernel_size, output_size, output_ratio, random_samples).0
}

/// What [`fractional_max_pool3d`](fn@fractional_max_pool3d) gives, and where each value stood:
/// [`torch.nn.functional.fractional_max_pool3d`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8, 8]);
/// let halves = F::fractional_max_pool3d_with_indices_options(&x, 2).output_ratio(0.5);
/// let (output, indices) = halves.call();
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.fractional_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool3d.html
#[function]
pub fn fractional_max_pool3d_with_indices(
    input: &Tensor,
    #[builder(into)] kernel_size: Size3,
    /// The output's sides.
    #[builder(into)]
    output_size: Option<Size3>,
    /// The output's sides as shares of the input's, each below 1.
    #[builder(into)]
    output_ratio: Option<PerSide<f64>>,
    /// Where the windows are, numbers from 0 to 1 of the size (N, C, 3); drawn if not given.
    random_samples: Option<&Tensor>,
) -> (Tensor, Tensor) {
    fractional_max_pool(input, kernel_size, output_size, output_ratio, random_samples)
}

/// The means over N sides.
pub(in crate::nn) fn avg_pool<const N: usize>(
    input: &Tensor,
    kernel: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    ceil: bool,
    count: bool,
    divisor: Option<i64>,
) -> Tensor {
    let [kernel, stride, padding] = [kernel, stride, padding].map(Size::array);
    match N {
        1 => input.avg_pool1d(kernel, stride, padding, ceil, count),
        2 => input.avg_pool2d(kernel, stride, padding, ceil, count, divisor),
        _ => input.avg_pool3d(kernel, stride, padding, ceil, count, divisor),
    }
}

/// The largest values over N sides.
pub(in crate::nn) fn max_pool<const N: usize>(
    input: &Tensor,
    kernel: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    dilation: Size<N>,
    ceil: bool,
) -> Tensor {
    let [kernel, stride, padding, dilation] = [kernel, stride, padding, dilation].map(Size::array);
    if N == 2
        && !ceil
        && (kernel, stride, padding, dilation) == ([2; N], [2; N], [0; N], [1; N])
        && let Some(pooled) = ffi::max_pool_2x2(input)
    {
        return pooled;
    }
    match N {
        1 => input.max_pool1d(kernel, stride, padding, dilation, ceil),
        2 => input.max_pool2d(kernel, stride, padding, dilation, ceil),
        _ => input.max_pool3d(kernel, stride, padding, dilation, ceil),
    }
}

/// The largest values over N sides, and where they stood.
pub(in crate::nn) fn max_pool_with_indices<const N: usize>(
    input: &Tensor,
    kernel: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    dilation: Size<N>,
    ceil: bool,
) -> (Tensor, Tensor) {
    let [kernel, stride, padding, dilation] = [kernel, stride, padding, dilation].map(Size::array);
    match N {
        1 => input.max_pool1d_with_indices(kernel, stride, padding, dilation, ceil),
        2 => input.max_pool2d_with_indices(kernel, stride, padding, dilation, ceil),
        _ => input.max_pool3d_with_indices(kernel, stride, padding, dilation, ceil),
    }
}

/// The largest values back in their places, over N sides.
#[track_caller]
pub(in crate::nn) fn max_unpool<const N: usize>(
    input: &Tensor,
    indices: &Tensor,
    kernel: Size<N>,
    stride: Size<N>,
    padding: Size<N>,
    output_size: Option<&[i64]>,
) -> Tensor {
    let [kernel, stride, padding] = [kernel, stride, padding].map(Size::array);
    let sides = last_sides::<N>(input);
    let usual: [i64; N] =
        std::array::from_fn(|i| (sides[i] - 1) * stride[i] + kernel[i] - 2 * padding[i]);
    let size = match output_size {
        Some(size) => wanted(size, usual, stride),
        None => usual,
    };
    if let Some(side) = size.iter().position(|side| *side < 0) {
        refuse(format!(
            "max_unpooling: output_size must contain non-negative spatial dimensions, but got \
             output_size[{side}]={}",
            size[side]
        ));
    }
    match size[..] {
        [length] => {
            let image = input.unsqueeze(-1);
            image.max_unpool2d(&indices.unsqueeze(-1), [length, 1]).squeeze_dim(-1)
        }
        [_, _] => input.max_unpool2d(indices, size),
        _ => input.max_unpool3d(indices, size, stride, padding),
    }
}

/// The sides that an unpooled output is to have, if they can be pooled to the input's.
#[track_caller]
fn wanted<const N: usize>(size: &[i64], usual: [i64; N], stride: [i64; N]) -> [i64; N] {
    let sides = if size.len() == N + 2 { &size[2..] } else { size };
    let Ok(sides) = <[i64; N]>::try_from(sides) else {
        refuse(format!(
            "output_size should be a sequence containing {N} or {} elements, but it has a length of \
             '{}'",
            N + 2,
            sides.len()
        ))
    };
    for side in 0..N {
        let (low, high) = (usual[side] - stride[side], usual[side] + stride[side]);
        check!(
            low < sides[side] && sides[side] < high,
            "invalid output_size \"{}\" (dim {side} must be between {low} and {high})",
            python_tuple(size)
        );
    }
    sides
}

/// The power means over N sides.
pub(in crate::nn) fn lp_pool<const N: usize>(
    input: &Tensor,
    norm_type: f64,
    kernel: Size<N>,
    stride: Option<Size<N>>,
    ceil: bool,
) -> Tensor {
    let stride = stride.unwrap_or(kernel);
    let largest = |x: &Tensor| max_pool(x, kernel, stride, Size::All(0), Size::All(1), ceil);
    if norm_type == f64::INFINITY {
        return largest(&input.abs());
    }
    if norm_type == f64::NEG_INFINITY {
        return -largest(&-input.abs());
    }
    // The sum of a window is its mean times its cells.
    let powers = input.pow_tensor_scalar(norm_type);
    let means = avg_pool(&powers, kernel, stride, Size::All(0), ceil, true, None);
    let positive = means.sign() * means.abs().relu();
    (positive * kernel.array().iter().product::<i64>()).pow_tensor_scalar(1.0 / norm_type)
}

/// The means under as many windows as the output has cells, over N sides.
#[track_caller]
pub(in crate::nn) fn adaptive_avg_pool<const N: usize>(
    input: &Tensor,
    output_size: OutputSize<N>,
) -> Tensor {
    let size = sides_of(output_size, input);
    match N {
        1 => input.adaptive_avg_pool1d(size),
        2 => input.adaptive_avg_pool2d(size),
        _ => input.adaptive_avg_pool3d(size),
    }
}

/// The largest values under as many windows as the output has cells, and where they stood.
#[track_caller]
pub(in crate::nn) fn adaptive_max_pool<const N: usize>(
    input: &Tensor,
    output_size: OutputSize<N>,
) -> (Tensor, Tensor) {
    let size = sides_of(output_size, input);
    match N {
        1 => input.adaptive_max_pool1d(size),
        2 => input.adaptive_max_pool2d(size),
        _ => input.adaptive_max_pool3d(size),
    }
}

/// The sides that an adaptive pool is to give.
fn sides_of<const N: usize>(output_size: OutputSize<N>, input: &Tensor) -> [i64; N] {
    match output_size {
        OutputSize::All(side) => [side; N],
        OutputSize::Each(wanted) | OutputSize::List(wanted) => {
            // A signal's only side is a number, in Python too.
            check!(
                N > 1 || wanted[0].is_some(),
                "argument 'output_size' (position 2) must be tuple of ints, but found element of type \
                 NoneType at pos 0"
            );
            let size = input.size();
            check!(size.len() > N, "Input dimension should be at least {}", N + 1);
            let sides = &size[size.len() - N..];
            std::array::from_fn(|i| wanted[i].unwrap_or(sides[i]))
        }
    }
}

/// The largest values under windows at drawn places, and where they stood.
fn fractional_max_pool<const N: usize>(
    input: &Tensor,
    kernel: Size<N>,
    output_size: Option<Size<N>>,
    output_ratio: Option<PerSide<f64>>,
    random_samples: Option<&Tensor>,
) -> (Tensor, Tensor) {
    let sides = last_sides::<N>(input);
    let output_size = match (output_size, output_ratio) {
        (Some(size), _) => size.array().to_vec(),
        (None, Some(ratio)) => {
            let ratios = ratio.of(N).unwrap_or_else(|_| {
                refuse(format!(
                    "fractional_max_pool{N}d requires output_ratio to either be a single Int or tuple \
                     of Ints."
                ))
            });
            sides.iter().zip(ratios).map(|(side, ratio)| (*side as f64 * ratio) as i64).collect()
        }
        (None, None) => refuse(format!(
            "fractional_max_pool{N}d requires specifying either an output_size or an output_ratio"
        )),
    };
    let size = input.size();
    let batch = if size.len() == N + 1 { 1 } else { size[0] };
    let samples = match random_samples {
        Some(samples) => samples.shallow_clone(),
        None => {
            let drawn = [batch, size[size.len() - N - 1], N as i64];
            Tensor::rand(drawn, (input.kind(), input.device()))
        }
    };
    match N {
        2 => input.fractional_max_pool2d(kernel.array(), output_size, &samples),
        _ => input.fractional_max_pool3d(kernel.array(), output_size, &samples),
    }
}

/// The input's last N sides, which come behind its channels.
#[track_caller]
fn last_sides<const N: usize>(input: &Tensor) -> [i64; N] {
    let size = input.size();
    check!(size.len() > N, "input is {size:?}, which has no channels and {N} sides");
    size[size.len() - N..].try_into().expect("there are N")
}
