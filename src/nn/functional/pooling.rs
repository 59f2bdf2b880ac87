//! Pools with their usual numbers: other strides and paddings are the layers' options.

use tch::Tensor;

use crate::nn::{
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d,
    AdaptiveMaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d, Forward, LPPool1d, LPPool2d, LPPool3d,
    MaxPool1d, MaxPool2d, MaxPool3d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, OutputSize, Size1,
    Size2, Size3,
};

/// The mean under each window of signals (N, C, L), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool1d`].
///
/// The layer is [`AvgPool1d`](crate::nn::AvgPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::avg_pool1d(&x, 2), Tensor::ones([2, 3, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.avg_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html
#[track_caller]
pub fn avg_pool1d(input: &Tensor, kernel_size: impl Into<Size1>) -> Tensor {
    Forward::forward(&AvgPool1d::new(kernel_size), input)
}

/// The mean under each window of images (N, C, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool2d`].
///
/// The layer is [`AvgPool2d`](crate::nn::AvgPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::avg_pool2d(&x, 2), Tensor::ones([2, 3, 4, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.avg_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
#[track_caller]
pub fn avg_pool2d(input: &Tensor, kernel_size: impl Into<Size2>) -> Tensor {
    Forward::forward(&AvgPool2d::new(kernel_size), input)
}

/// The mean under each window of volumes (N, C, D, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.avg_pool3d`].
///
/// The layer is [`AvgPool3d`](crate::nn::AvgPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::avg_pool3d(&x, 2), Tensor::ones([2, 3, 4, 4, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.avg_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool3d.html
#[track_caller]
pub fn avg_pool3d(input: &Tensor, kernel_size: impl Into<Size3>) -> Tensor {
    Forward::forward(&AvgPool3d::new(kernel_size), input)
}

/// The largest value under each window of signals (N, C, L), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.max_pool1d`].
///
/// The layer is [`MaxPool1d`](crate::nn::MaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::max_pool1d(&x, 2), Tensor::ones([2, 3, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
#[track_caller]
pub fn max_pool1d(input: &Tensor, kernel_size: impl Into<Size1>) -> Tensor {
    Forward::forward(&MaxPool1d::new(kernel_size), input)
}

/// The largest value under each window of images (N, C, H, W), or one without N; one window every
/// `kernel_size`: [`torch.nn.functional.max_pool2d`].
///
/// The layer is [`MaxPool2d`](crate::nn::MaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::max_pool2d(&x, 2), Tensor::ones([2, 3, 4, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
#[track_caller]
pub fn max_pool2d(input: &Tensor, kernel_size: impl Into<Size2>) -> Tensor {
    Forward::forward(&MaxPool2d::new(kernel_size), input)
}

/// The largest value under each window of volumes (N, C, D, H, W), or one without N; one window
/// every `kernel_size`: [`torch.nn.functional.max_pool3d`].
///
/// The layer is [`MaxPool3d`](crate::nn::MaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::max_pool3d(&x, 2), Tensor::ones([2, 3, 4, 4, 4], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
#[track_caller]
pub fn max_pool3d(input: &Tensor, kernel_size: impl Into<Size3>) -> Tensor {
    Forward::forward(&MaxPool3d::new(kernel_size), input)
}

/// The largest value under each window, and where it stood: what [`max_unpool1d`] takes:
/// [`torch.nn.functional.max_pool1d`].
///
/// The layer is [`MaxPool1d`](crate::nn::MaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::max_pool1d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
#[track_caller]
pub fn max_pool1d_with_indices(input: &Tensor, kernel_size: impl Into<Size1>) -> (Tensor, Tensor) {
    MaxPool1d::new(kernel_size).compute_with_indices(input)
}

/// The largest value under each window, and where it stood: what [`max_unpool2d`] takes:
/// [`torch.nn.functional.max_pool2d`].
///
/// The layer is [`MaxPool2d`](crate::nn::MaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::max_pool2d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
#[track_caller]
pub fn max_pool2d_with_indices(input: &Tensor, kernel_size: impl Into<Size2>) -> (Tensor, Tensor) {
    MaxPool2d::new(kernel_size).compute_with_indices(input)
}

/// The largest value under each window, and where it stood: what [`max_unpool3d`] takes:
/// [`torch.nn.functional.max_pool3d`].
///
/// The layer is [`MaxPool3d`](crate::nn::MaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::max_pool3d_with_indices(&x, 2);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
#[track_caller]
pub fn max_pool3d_with_indices(input: &Tensor, kernel_size: impl Into<Size3>) -> (Tensor, Tensor) {
    MaxPool3d::new(kernel_size).compute_with_indices(input)
}

/// The values that [`max_pool1d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool1d`].
///
/// The layer is [`MaxUnpool1d`](crate::nn::MaxUnpool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8], (Kind::Float, Device::Cpu));
/// let (values, indices) = F::max_pool1d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool1d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool1d.html
#[track_caller]
pub fn max_unpool1d(input: &Tensor, indices: &Tensor, kernel_size: impl Into<Size1>) -> Tensor {
    MaxUnpool1d::new(kernel_size).compute(input, indices)
}

/// The values that [`max_pool2d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool2d`].
///
/// The layer is [`MaxUnpool2d`](crate::nn::MaxUnpool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// let (values, indices) = F::max_pool2d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool2d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool2d.html
#[track_caller]
pub fn max_unpool2d(input: &Tensor, indices: &Tensor, kernel_size: impl Into<Size2>) -> Tensor {
    MaxUnpool2d::new(kernel_size).compute(input, indices)
}

/// The values that [`max_pool3d_with_indices`] kept, back in their places, with zeros between:
/// [`torch.nn.functional.max_unpool3d`].
///
/// The layer is [`MaxUnpool3d`](crate::nn::MaxUnpool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// let (values, indices) = F::max_pool3d_with_indices(&x, 2);
/// assert_eq!(F::max_unpool3d(&values, &indices, 2).size(), x.size());
/// ```
///
/// [`torch.nn.functional.max_unpool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool3d.html
#[track_caller]
pub fn max_unpool3d(input: &Tensor, indices: &Tensor, kernel_size: impl Into<Size3>) -> Tensor {
    MaxUnpool3d::new(kernel_size).compute(input, indices)
}

/// (Σ xᵖ)^(1/p) over each window of signals (N, C, L), or one without N, with p = `norm_type`; one
/// window every `kernel_size`: [`torch.nn.functional.lp_pool1d`].
///
/// The layer is [`LPPool1d`](crate::nn::LPPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::lp_pool1d(&x, 1.0, 2), Tensor::full([2, 3, 4], 2.0, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.lp_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool1d.html
#[track_caller]
pub fn lp_pool1d(input: &Tensor, norm_type: f64, kernel_size: impl Into<Size1>) -> Tensor {
    Forward::forward(&LPPool1d::new(norm_type, kernel_size), input)
}

/// (Σ xᵖ)^(1/p) over each window of images (N, C, H, W), or one without N, with p = `norm_type`;
/// one window every `kernel_size`: [`torch.nn.functional.lp_pool2d`].
///
/// The layer is [`LPPool2d`](crate::nn::LPPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::lp_pool2d(&x, 1.0, 2), Tensor::full([2, 3, 4, 4], 4.0, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.lp_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool2d.html
#[track_caller]
pub fn lp_pool2d(input: &Tensor, norm_type: f64, kernel_size: impl Into<Size2>) -> Tensor {
    Forward::forward(&LPPool2d::new(norm_type, kernel_size), input)
}

/// (Σ xᵖ)^(1/p) over each window of volumes (N, C, D, H, W), or one without N, with p =
/// `norm_type`; one window every `kernel_size`: [`torch.nn.functional.lp_pool3d`].
///
/// The layer is [`LPPool3d`](crate::nn::LPPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::lp_pool3d(&x, 1.0, 2), Tensor::full([2, 3, 4, 4, 4], 8.0, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.lp_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool3d.html
#[track_caller]
pub fn lp_pool3d(input: &Tensor, norm_type: f64, kernel_size: impl Into<Size3>) -> Tensor {
    Forward::forward(&LPPool3d::new(norm_type, kernel_size), input)
}

/// The mean under each of as many windows as the output is to have cells, over signals (N, C, L),
/// or one without N: [`torch.nn.functional.adaptive_avg_pool1d`].
///
/// The layer is [`AdaptiveAvgPool1d`](crate::nn::AdaptiveAvgPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_avg_pool1d(&x, 3), Tensor::ones([2, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html
#[track_caller]
pub fn adaptive_avg_pool1d(input: &Tensor, output_size: impl Into<OutputSize<1>>) -> Tensor {
    Forward::forward(&AdaptiveAvgPool1d::new(output_size), input)
}

/// The mean under each of as many windows as the output is to have cells, over images (N, C, H, W),
/// or one without N: [`torch.nn.functional.adaptive_avg_pool2d`].
///
/// The layer is [`AdaptiveAvgPool2d`](crate::nn::AdaptiveAvgPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_avg_pool2d(&x, 3), Tensor::ones([2, 3, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
#[track_caller]
pub fn adaptive_avg_pool2d(input: &Tensor, output_size: impl Into<OutputSize<2>>) -> Tensor {
    Forward::forward(&AdaptiveAvgPool2d::new(output_size), input)
}

/// The mean under each of as many windows as the output is to have cells, over volumes (N, C, D, H,
/// W), or one without N: [`torch.nn.functional.adaptive_avg_pool3d`].
///
/// The layer is [`AdaptiveAvgPool3d`](crate::nn::AdaptiveAvgPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_avg_pool3d(&x, 3), Tensor::ones([2, 3, 3, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_avg_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool3d.html
#[track_caller]
pub fn adaptive_avg_pool3d(input: &Tensor, output_size: impl Into<OutputSize<3>>) -> Tensor {
    Forward::forward(&AdaptiveAvgPool3d::new(output_size), input)
}

/// The largest value under each of as many windows as the output is to have cells, over signals (N,
/// C, L), or one without N: [`torch.nn.functional.adaptive_max_pool1d`].
///
/// The layer is [`AdaptiveMaxPool1d`](crate::nn::AdaptiveMaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_max_pool1d(&x, 3), Tensor::ones([2, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
#[track_caller]
pub fn adaptive_max_pool1d(input: &Tensor, output_size: impl Into<OutputSize<1>>) -> Tensor {
    Forward::forward(&AdaptiveMaxPool1d::new(output_size), input)
}

/// The largest value under each of as many windows as the output is to have cells, over images (N,
/// C, H, W), or one without N: [`torch.nn.functional.adaptive_max_pool2d`].
///
/// The layer is [`AdaptiveMaxPool2d`](crate::nn::AdaptiveMaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_max_pool2d(&x, 3), Tensor::ones([2, 3, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
#[track_caller]
pub fn adaptive_max_pool2d(input: &Tensor, output_size: impl Into<OutputSize<2>>) -> Tensor {
    Forward::forward(&AdaptiveMaxPool2d::new(output_size), input)
}

/// The largest value under each of as many windows as the output is to have cells, over volumes (N,
/// C, D, H, W), or one without N: [`torch.nn.functional.adaptive_max_pool3d`].
///
/// The layer is [`AdaptiveMaxPool3d`](crate::nn::AdaptiveMaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::adaptive_max_pool3d(&x, 3), Tensor::ones([2, 3, 3, 3, 3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
#[track_caller]
pub fn adaptive_max_pool3d(input: &Tensor, output_size: impl Into<OutputSize<3>>) -> Tensor {
    Forward::forward(&AdaptiveMaxPool3d::new(output_size), input)
}

/// What [`adaptive_max_pool1d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool1d`].
///
/// The layer is [`AdaptiveMaxPool1d`](crate::nn::AdaptiveMaxPool1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::adaptive_max_pool1d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
#[track_caller]
pub fn adaptive_max_pool1d_with_indices(
    input: &Tensor,
    output_size: impl Into<OutputSize<1>>,
) -> (Tensor, Tensor) {
    AdaptiveMaxPool1d::new(output_size).compute_with_indices(input)
}

/// What [`adaptive_max_pool2d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool2d`].
///
/// The layer is [`AdaptiveMaxPool2d`](crate::nn::AdaptiveMaxPool2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::adaptive_max_pool2d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
#[track_caller]
pub fn adaptive_max_pool2d_with_indices(
    input: &Tensor,
    output_size: impl Into<OutputSize<2>>,
) -> (Tensor, Tensor) {
    AdaptiveMaxPool2d::new(output_size).compute_with_indices(input)
}

/// What [`adaptive_max_pool3d`] gives, and where each value stood:
/// [`torch.nn.functional.adaptive_max_pool3d`].
///
/// The layer is [`AdaptiveMaxPool3d`](crate::nn::AdaptiveMaxPool3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// let (output, indices) = F::adaptive_max_pool3d_with_indices(&x, 3);
/// assert_eq!(output.size(), indices.size());
/// ```
///
/// [`torch.nn.functional.adaptive_max_pool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
#[track_caller]
pub fn adaptive_max_pool3d_with_indices(
    input: &Tensor,
    output_size: impl Into<OutputSize<3>>,
) -> (Tensor, Tensor) {
    AdaptiveMaxPool3d::new(output_size).compute_with_indices(input)
}
