//! Convolutions, and the windows that they look at.

use flambeau_derive::function;
use tch::Tensor;

use crate::ffi;
use crate::nn::{Padding, Size, Size1, Size2, Size3};

/// The cross-correlation of signals (N, C, L), or one without N, with the kernels `weight`, (out,
/// C/`groups`, k): [`torch.nn.functional.conv1d`].
///
/// The layer is [`Conv1d`](crate::nn::Conv1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8]);
/// let weight = torch::randn([4, 3, 5]);
/// assert_eq!(F::conv1d(&x, &weight).size(), [2, 4, 4]);
/// assert_eq!(F::conv1d_options(&x, &weight).padding("same").call().size(), [2, 4, 8]);
/// ```
///
/// [`torch.nn.functional.conv1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html
#[function]
pub fn conv1d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far the kernel moves from one output to the next.
    #[builder(default = 1, into)]
    stride: Size1,
    /// How many zeros are put on both sides; or `"same"`, so many that the output is as large as the
    /// input; or `"valid"`, none.
    #[builder(default = 0, into)]
    padding: Padding<1>,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size1,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride, padding, dilation, groups)
}

/// The cross-correlation of images (N, C, H, W), or one without N, with the kernels `weight`, (out,
/// C/`groups`, kH, kW): [`torch.nn.functional.conv2d`].
///
/// The layer is [`Conv2d`](crate::nn::Conv2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// let weight = torch::randn([4, 3, 5, 5]);
/// assert_eq!(F::conv2d(&x, &weight).size(), [2, 4, 4, 4]);
/// assert_eq!(F::conv2d_options(&x, &weight).padding("same").call().size(), [2, 4, 8, 8]);
/// ```
///
/// [`torch.nn.functional.conv2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
#[function]
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far the kernel moves from one output to the next.
    #[builder(default = 1, into)]
    stride: Size2,
    /// How many zeros are put on both sides; or `"same"`, so many that the output is as large as the
    /// input; or `"valid"`, none.
    #[builder(default = 0, into)]
    padding: Padding<2>,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride, padding, dilation, groups)
}

/// The cross-correlation of volumes (N, C, D, H, W), or one without N, with the kernels `weight`,
/// (out, C/`groups`, kD, kH, kW): [`torch.nn.functional.conv3d`].
///
/// The layer is [`Conv3d`](crate::nn::Conv3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8, 8]);
/// let weight = torch::randn([4, 3, 5, 5, 5]);
/// assert_eq!(F::conv3d(&x, &weight).size(), [2, 4, 4, 4, 4]);
/// assert_eq!(F::conv3d_options(&x, &weight).padding("same").call().size(), [2, 4, 8, 8, 8]);
/// ```
///
/// [`torch.nn.functional.conv3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html
#[function]
pub fn conv3d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far the kernel moves from one output to the next.
    #[builder(default = 1, into)]
    stride: Size3,
    /// How many zeros are put on both sides; or `"same"`, so many that the output is as large as the
    /// input; or `"valid"`, none.
    #[builder(default = 0, into)]
    padding: Padding<3>,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size3,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
) -> Tensor {
    conv(input, weight, bias, stride, padding, dilation, groups)
}

/// The gradient of a convolution with respect to its input, for signals (N, C, L), or one without
/// N: each cell lays a kernel of `weight`, (C, out/`groups`, k), into the output:
/// [`torch.nn.functional.conv_transpose1d`].
///
/// The layer is [`ConvTranspose1d`](crate::nn::ConvTranspose1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8]);
/// let weight = torch::randn([3, 4, 5]);
/// assert_eq!(F::conv_transpose1d(&x, &weight).size(), [2, 4, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html
#[function]
pub fn conv_transpose1d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far one kernel is laid from the next.
    #[builder(default = 1, into)]
    stride: Size1,
    /// How many cells the output loses on both sides.
    #[builder(default = 0, into)]
    padding: Size1,
    /// How many cells the output gains behind.
    #[builder(default = 0, into)]
    output_padding: Size1,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size1,
) -> Tensor {
    conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)
}

/// The gradient of a convolution with respect to its input, for images (N, C, H, W), or one without
/// N: each cell lays a kernel of `weight`, (C, out/`groups`, kH, kW), into the output:
/// [`torch.nn.functional.conv_transpose2d`].
///
/// The layer is [`ConvTranspose2d`](crate::nn::ConvTranspose2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// let weight = torch::randn([3, 4, 5, 5]);
/// assert_eq!(F::conv_transpose2d(&x, &weight).size(), [2, 4, 12, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
#[function]
pub fn conv_transpose2d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far one kernel is laid from the next.
    #[builder(default = 1, into)]
    stride: Size2,
    /// How many cells the output loses on both sides.
    #[builder(default = 0, into)]
    padding: Size2,
    /// How many cells the output gains behind.
    #[builder(default = 0, into)]
    output_padding: Size2,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
) -> Tensor {
    conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)
}

/// The gradient of a convolution with respect to its input, for volumes (N, C, D, H, W), or one
/// without N: each cell lays a kernel of `weight`, (C, out/`groups`, kD, kH, kW), into the output:
/// [`torch.nn.functional.conv_transpose3d`].
///
/// The layer is [`ConvTranspose3d`](crate::nn::ConvTranspose3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8, 8]);
/// let weight = torch::randn([3, 4, 5, 5, 5]);
/// assert_eq!(F::conv_transpose3d(&x, &weight).size(), [2, 4, 12, 12, 12]);
/// ```
///
/// [`torch.nn.functional.conv_transpose3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html
#[function]
pub fn conv_transpose3d(
    input: &Tensor,
    weight: &Tensor,
    /// What is added to each output channel, (out).
    bias: Option<&Tensor>,
    /// How far one kernel is laid from the next.
    #[builder(default = 1, into)]
    stride: Size3,
    /// How many cells the output loses on both sides.
    #[builder(default = 0, into)]
    padding: Size3,
    /// How many cells the output gains behind.
    #[builder(default = 0, into)]
    output_padding: Size3,
    /// Into how many groups the channels are split, each with kernels of its own.
    #[builder(default = 1)]
    groups: i64,
    /// How far the kernel's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size3,
) -> Tensor {
    conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)
}

/// The cross-correlation of sequences (T, N, C), time first, with the kernels `weight`, (k, C, out),
/// and a `bias`, (out): [`torch.nn.functional.conv_tbc`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([8, 2, 3]);
/// let (weight, bias) = (torch::ones([5, 3, 4]), torch::ones([4]));
/// assert_eq!(F::conv_tbc(&x, &weight, &bias), torch::full([4, 2, 4], 16.0));
/// ```
///
/// [`torch.nn.functional.conv_tbc`]: https://docs.pytorch.org/docs/stable/nn.functional.html
#[function]
pub fn conv_tbc(
    input: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    /// How many zeros are put before and behind.
    #[builder(default = 0)]
    pad: i64,
) -> Tensor {
    input.conv_tbc(weight, bias, pad)
}

/// The windows of images (N, C, H, W) as columns, (N, C·kH·kW, L): [`torch.nn.functional.unfold`].
///
/// The layer is [`Unfold`](crate::nn::Unfold).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 8, 8]);
/// assert_eq!(F::unfold(&x, 5).size(), [2, 75, 16]);
/// ```
///
/// [`torch.nn.functional.unfold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
#[function]
pub fn unfold(
    input: &Tensor,
    #[builder(into)] kernel_size: Size2,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
    /// How many zeros are put on both sides.
    #[builder(default = 0, into)]
    padding: Size2,
    /// How far the window moves from one column to the next.
    #[builder(default = 1, into)]
    stride: Size2,
) -> Tensor {
    let [kernel, dilation] = [kernel_size, dilation].map(Size2::array);
    let [padding, stride] = [padding, stride].map(Size2::array);
    input.im2col(kernel, dilation, padding, stride)
}

/// The sum of windows (N, C·kH·kW, L) at their places in images (N, C, H, W):
/// [`torch.nn.functional.fold`].
///
/// The layer is [`Fold`](crate::nn::Fold).
///
/// ```
/// use flambeau::prelude::*;
///
/// let windows = torch::ones([2, 75, 16]);
/// let images = F::fold(&windows, 8, 5);
/// assert_eq!(images.size(), [2, 3, 8, 8]);
/// assert_eq!(images.i((0, 0, 4, 4)).item(), 16.0);
/// ```
///
/// [`torch.nn.functional.fold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
#[function]
pub fn fold(
    input: &Tensor,
    #[builder(into)] output_size: Size2,
    #[builder(into)] kernel_size: Size2,
    /// How far the window's cells lie apart.
    #[builder(default = 1, into)]
    dilation: Size2,
    /// How many cells the images had more on both sides.
    #[builder(default = 0, into)]
    padding: Size2,
    /// How far the window moves from one column to the next.
    #[builder(default = 1, into)]
    stride: Size2,
) -> Tensor {
    let [size, kernel] = [output_size, kernel_size].map(Size2::array);
    let [dilation, padding, stride] = [dilation, padding, stride].map(Size2::array);
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
