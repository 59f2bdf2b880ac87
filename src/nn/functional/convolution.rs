//! Convolutions, and the windows that they look at.

use tch::Tensor;

use crate::ffi;
use crate::nn::{Padding, Size, Size1, Size2, Size3};

/// The cross-correlation of signals (N, C, L), or one without N, with the kernels `weight`, (out,
/// C/`groups`, k): [`torch.nn.functional.conv1d`].
///
/// The layer is [`Conv1d`](crate::nn::Conv1d).
///
/// In Python `stride`, `dilation` and `groups` are 1, and `padding` 0 if not given; it may be
/// `"same"` or `"valid"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([4, 3, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv1d(&x, &weight, None, 1, 0, 1, 1).size(), [2, 4, 4]);
/// assert_eq!(F::conv1d(&x, &weight, None, 1, "same", 1, 1).size(), [2, 4, 8]);
/// ```
///
/// [`torch.nn.functional.conv1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html
#[track_caller]
pub fn conv1d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size1>,
    padding: impl Into<Padding<1>>,
    dilation: impl Into<Size1>,
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride.into(), padding.into(), dilation.into(), groups)
}

/// The cross-correlation of images (N, C, H, W), or one without N, with the kernels `weight`, (out,
/// C/`groups`, kH, kW): [`torch.nn.functional.conv2d`].
///
/// The layer is [`Conv2d`](crate::nn::Conv2d).
///
/// In Python `stride`, `dilation` and `groups` are 1, and `padding` 0 if not given; it may be
/// `"same"` or `"valid"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([4, 3, 5, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv2d(&x, &weight, None, 1, 0, 1, 1).size(), [2, 4, 4, 4]);
/// assert_eq!(F::conv2d(&x, &weight, None, 1, "same", 1, 1).size(), [2, 4, 8, 8]);
/// ```
///
/// [`torch.nn.functional.conv2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
#[track_caller]
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size2>,
    padding: impl Into<Padding<2>>,
    dilation: impl Into<Size2>,
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride.into(), padding.into(), dilation.into(), groups)
}

/// The cross-correlation of volumes (N, C, D, H, W), or one without N, with the kernels `weight`,
/// (out, C/`groups`, kD, kH, kW): [`torch.nn.functional.conv3d`].
///
/// The layer is [`Conv3d`](crate::nn::Conv3d).
///
/// In Python `stride`, `dilation` and `groups` are 1, and `padding` 0 if not given; it may be
/// `"same"` or `"valid"`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([4, 3, 5, 5, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv3d(&x, &weight, None, 1, 0, 1, 1).size(), [2, 4, 4, 4, 4]);
/// assert_eq!(F::conv3d(&x, &weight, None, 1, "same", 1, 1).size(), [2, 4, 8, 8, 8]);
/// ```
///
/// [`torch.nn.functional.conv3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html
#[track_caller]
pub fn conv3d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size3>,
    padding: impl Into<Padding<3>>,
    dilation: impl Into<Size3>,
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride.into(), padding.into(), dilation.into(), groups)
}

/// The gradient of a convolution with respect to its input, for signals (N, C, L), or one without
/// N: each cell lays a kernel of `weight`, (C, out/`groups`, k), into the output:
/// [`torch.nn.functional.conv_transpose1d`].
///
/// The layer is [`ConvTranspose1d`](crate::nn::ConvTranspose1d).
///
/// In Python `stride`, `dilation` and `groups` are 1, `padding` and `output_padding` 0 if not
/// given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([3, 4, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv_transpose1d(&x, &weight, None, 1, 0, 0, 1, 1).size(), [2, 4, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
#[track_caller]
pub fn conv_transpose1d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size1>,
    padding: impl Into<Size1>,
    output_padding: impl Into<Size1>,
    groups: i64,
    dilation: impl Into<Size1>,
) -> Tensor {
    let [stride, padding, dilation] = [stride.into(), padding.into(), dilation.into()];
    conv_transpose(input, weight, bias, stride, padding, output_padding.into(), groups, dilation)
}

/// The gradient of a convolution with respect to its input, for images (N, C, H, W), or one without
/// N: each cell lays a kernel of `weight`, (C, out/`groups`, kH, kW), into the output:
/// [`torch.nn.functional.conv_transpose2d`].
///
/// The layer is [`ConvTranspose2d`](crate::nn::ConvTranspose2d).
///
/// In Python `stride`, `dilation` and `groups` are 1, `padding` and `output_padding` 0 if not
/// given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([3, 4, 5, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv_transpose2d(&x, &weight, None, 1, 0, 0, 1, 1).size(), [2, 4, 12, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
#[track_caller]
pub fn conv_transpose2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size2>,
    padding: impl Into<Size2>,
    output_padding: impl Into<Size2>,
    groups: i64,
    dilation: impl Into<Size2>,
) -> Tensor {
    let [stride, padding, dilation] = [stride.into(), padding.into(), dilation.into()];
    conv_transpose(input, weight, bias, stride, padding, output_padding.into(), groups, dilation)
}

/// The gradient of a convolution with respect to its input, for volumes (N, C, D, H, W), or one
/// without N: each cell lays a kernel of `weight`, (C, out/`groups`, kD, kH, kW), into the output:
/// [`torch.nn.functional.conv_transpose3d`].
///
/// The layer is [`ConvTranspose3d`](crate::nn::ConvTranspose3d).
///
/// In Python `stride`, `dilation` and `groups` are 1, `padding` and `output_padding` 0 if not
/// given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// let weight = Tensor::randn([3, 4, 5, 5, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::conv_transpose3d(&x, &weight, None, 1, 0, 0, 1, 1).size(), [2, 4, 12, 12, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
#[track_caller]
pub fn conv_transpose3d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: impl Into<Size3>,
    padding: impl Into<Size3>,
    output_padding: impl Into<Size3>,
    groups: i64,
    dilation: impl Into<Size3>,
) -> Tensor {
    let [stride, padding, dilation] = [stride.into(), padding.into(), dilation.into()];
    conv_transpose(input, weight, bias, stride, padding, output_padding.into(), groups, dilation)
}

/// The windows of images (N, C, H, W) as columns, (N, C·kH·kW, L): [`torch.nn.functional.unfold`].
///
/// The layer is [`Unfold`](crate::nn::Unfold).
///
/// In Python `dilation` and `stride` are 1, `padding` 0 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::unfold(&x, 5, 1, 0, 1).size(), [2, 75, 16]);
/// ```
///
/// [`torch.nn.functional.unfold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
#[track_caller]
pub fn unfold(
    input: &Tensor,
    kernel_size: impl Into<Size2>,
    dilation: impl Into<Size2>,
    padding: impl Into<Size2>,
    stride: impl Into<Size2>,
) -> Tensor {
    let [kernel, dilation] = [kernel_size.into(), dilation.into()].map(Size2::array);
    let [padding, stride] = [padding.into(), stride.into()].map(Size2::array);
    input.im2col(kernel, dilation, padding, stride)
}

/// The sum of windows (N, C·kH·kW, L) at their places in images (N, C, H, W):
/// [`torch.nn.functional.fold`].
///
/// The layer is [`Fold`](crate::nn::Fold).
///
/// In Python `dilation` and `stride` are 1, `padding` 0 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let windows = Tensor::ones([2, 75, 16], (Kind::Float, Device::Cpu));
/// let images = F::fold(&windows, 8, 5, 1, 0, 1);
/// assert_eq!(images.size(), [2, 3, 8, 8]);
/// assert_eq!(images.double_value(&[0, 0, 4, 4]), 16.0);
/// ```
///
/// [`torch.nn.functional.fold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
#[track_caller]
pub fn fold(
    input: &Tensor,
    output_size: impl Into<Size2>,
    kernel_size: impl Into<Size2>,
    dilation: impl Into<Size2>,
    padding: impl Into<Size2>,
    stride: impl Into<Size2>,
) -> Tensor {
    let [size, kernel] = [output_size.into(), kernel_size.into()].map(Size2::array);
    let [dilation, padding, stride] =
        [dilation.into(), padding.into(), stride.into()].map(Size2::array);
    input.col2im(size, kernel, dilation, padding, stride)
}

/// The convolution over N sides.
pub(in crate::nn) fn conv<const N: usize>(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: Size<N>,
    padding: Padding<N>,
    dilation: Size<N>,
    groups: i64,
) -> Tensor {
    let [stride, dilation] = [stride, dilation].map(Size::array);
    // To the same bits, and for few channels in half the time.
    if (N, stride, dilation, groups) == (2, [1; N], [1; N], 1)
        && let Some(cells) = cells_for_direct(padding, weight)
        && let Some(output) = ffi::direct_conv2d(input, weight, bias, cells)
    {
        return output;
    }
    let padding = match padding {
        Padding::Same => {
            return match N {
                1 => input.conv1d_padding(weight, bias, stride, "same", dilation, groups),
                2 => input.conv2d_padding(weight, bias, stride, "same", dilation, groups),
                _ => input.conv3d_padding(weight, bias, stride, "same", dilation, groups),
            };
        }
        Padding::Valid => [0; N],
        Padding::Cells(cells) => cells.array(),
    };
    match N {
        1 => input.conv1d(weight, bias, stride, padding, dilation, groups),
        2 => input.conv2d(weight, bias, stride, padding, dilation, groups),
        _ => input.conv3d(weight, bias, stride, padding, dilation, groups),
    }
}

/// The cells on both sides of the images, where there are as many on the one as on the other.
fn cells_for_direct<const N: usize>(padding: Padding<N>, weight: &Tensor) -> Option<[i64; 2]> {
    match padding {
        Padding::Valid => Some([0; 2]),
        Padding::Cells(cells) => cells.array()[..].try_into().ok(),
        Padding::Same => match weight.size()[..] {
            [_, _, height, width] if height % 2 == 1 && width % 2 == 1 => {
                Some([height / 2, width / 2])
            }
            _ => None,
        },
    }
}

/// The transposed convolution over N sides.
#[expect(clippy::too_many_arguments, reason = "they are Python's")]
pub(in crate::nn) fn conv_transpose<const N: usize>(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: Size<N>,
    padding: Size<N>,
    output_padding: Size<N>,
    groups: i64,
    dilation: Size<N>,
) -> Tensor {
    let [stride, padding, dilation] = [stride, padding, dilation].map(Size::array);
    let more = output_padding.array();
    match N {
        1 => input.conv_transpose1d(weight, bias, stride, padding, more, groups, dilation),
        2 => input.conv_transpose2d(weight, bias, stride, padding, more, groups, dilation),
        _ => input.conv_transpose3d(weight, bias, stride, padding, more, groups, dilation),
    }
}
