//! Convolutions over signals, images and volumes.

use std::fmt;

use tch::Tensor;

use super::call::check;
use super::{Forward, Module, PaddingMode, Parameter, Size, functional as F, guard, init};
use crate::torch::Integer;

/// What [`Conv1d`], [`Conv2d`] and [`Conv3d`] have in common: kernels slide over an input, and what
/// lies under them is summed.
///
/// `out[n, o] = bias[o] + Σ_c weight[o, c] ⋆ input[n, c]`, where ⋆ is the cross-correlation in N
/// dimensions (a convolution without the flip).
///
/// # Shapes
/// Input (N, `in_channels`, ∗) or (`in_channels`, ∗), where ∗ is one to three sides; output
/// (N, `out_channels`, ∗′), each side L becoming
/// L′ = ⌊(L + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1. With `padding("same")` L′ = L.
///
/// # Parameters
/// - `weight`, (`out_channels`, `in_channels`/`groups`, the kernel's sides), from U(±1/√fan_in),
///   fan_in = `in_channels`/`groups` · the kernel's cells.
/// - `bias`, (`out_channels`), from the same; absent with `bias(false)`.
///
/// # Panics
/// When a size is negative, `groups` is not positive or does not divide both numbers of channels,
/// or `padding("same")` meets another stride than 1.
#[derive(Debug, Module)]
#[module(class = ["Conv1d", "Conv2d", "Conv3d"][N - 1], extra_repr = self.arguments())]
pub struct Conv<const N: usize> {
    #[module(skip)]
    in_channels: i64,
    #[module(skip)]
    out_channels: i64,
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Size<N>,
    #[module(skip)]
    padding: Padding<N>,
    #[module(skip)]
    dilation: Size<N>,
    #[module(skip)]
    groups: i64,
    #[module(skip)]
    padding_mode: PaddingMode,
    /// The kernels.
    pub weight: Parameter,
    /// What is added to each output channel.
    pub bias: Option<Parameter>,
}

/// Slides kernels over a signal, (N, C, L): [`torch.nn.Conv1d`]. Shapes and parameters stand at
/// [`Conv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv1d::options(16, 33, 3).stride(2).build();
/// let output = conv.forward(&torch::randn([20, 16, 50]));
/// assert_eq!(output.size(), [20, 33, 24]);
/// assert_eq!(conv.to_string(), "Conv1d(16, 33, kernel_size=(3,), stride=(2,))");
/// ```
///
/// [`torch.nn.Conv1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
pub type Conv1d = Conv<1>;

/// Slides kernels over images, (N, C, H, W): [`torch.nn.Conv2d`]. Shapes and parameters stand at
/// [`Conv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv2d::options(3, 6, 5).stride(2).padding((4, 2)).build();
/// let output = conv.forward(&torch::randn([20, 3, 32, 32]));
/// assert_eq!(output.size(), [20, 6, 18, 16]);
/// assert_eq!(
///     conv.to_string(),
///     "Conv2d(3, 6, kernel_size=(5, 5), stride=(2, 2), padding=(4, 2))"
/// );
/// let same = nn::Conv2d::options(3, 6, (3, 4)).padding("same").padding_mode("reflect").build();
/// assert_eq!(same.forward(&torch::zeros([3, 9, 7])).size(), [6, 9, 7]);
/// ```
///
/// [`torch.nn.Conv2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
pub type Conv2d = Conv<2>;

/// Slides kernels over volumes, (N, C, D, H, W): [`torch.nn.Conv3d`]. Shapes and parameters stand
/// at [`Conv`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv3d::options(4, 8, (3, 5, 2)).padding((4, 2, 0)).build();
/// let output = conv.forward(&torch::randn([2, 4, 10, 10, 20]));
/// assert_eq!(output.size(), [2, 8, 16, 10, 19]);
/// ```
///
/// [`torch.nn.Conv3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html
pub type Conv3d = Conv<3>;

/// What is put around the input of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding<const N: usize> {
    /// So many cells on each side.
    Cells(Size<N>),
    /// As many as keep the sides: `"same"`.
    Same,
    /// None: `"valid"`.
    Valid,
}

impl<const N: usize, I: Integer> From<I> for Padding<N> {
    fn from(cells: I) -> Self {
        Self::Cells(cells.into())
    }
}

impl<const N: usize, I: Integer> From<[I; N]> for Padding<N> {
    fn from(cells: [I; N]) -> Self {
        Self::Cells(cells.into())
    }
}

impl<L: Integer> From<(L,)> for Padding<1> {
    fn from(cells: (L,)) -> Self {
        Self::Cells(cells.into())
    }
}

impl<H: Integer, W: Integer> From<(H, W)> for Padding<2> {
    fn from(cells: (H, W)) -> Self {
        Self::Cells(cells.into())
    }
}

impl<D: Integer, H: Integer, W: Integer> From<(D, H, W)> for Padding<3> {
    fn from(cells: (D, H, W)) -> Self {
        Self::Cells(cells.into())
    }
}

impl<const N: usize> From<&str> for Padding<N> {
    fn from(name: &str) -> Self {
        match name {
            "same" => Self::Same,
            "valid" => Self::Valid,
            _ => panic!("Invalid padding string '{name}', should be one of {{'valid', 'same'}}"),
        }
    }
}

#[bon::bon]
impl<const N: usize> Conv<N> {
    /// A layer of stride 1, without padding, with a bias.
    pub fn new(in_channels: i64, out_channels: i64, kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(in_channels, out_channels, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ConvOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_channels: i64,
        #[builder(start_fn)] out_channels: i64,
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far the kernel moves from one output to the next.
        #[builder(into, default = 1)]
        stride: Size<N>,
        /// How many cells are put around the input; or `"same"`, which keeps its sides, or
        /// `"valid"`, which is none.
        #[builder(into, default = 0)]
        padding: Padding<N>,
        /// How far the kernel's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size<N>,
        /// Into how many groups the channels are split, each convolved by itself.
        #[builder(default = 1)]
        groups: i64,
        /// Whether a learned number is added to each output channel.
        #[builder(default = true)]
        bias: bool,
        /// What the padding holds: `"zeros"`, `"reflect"`, `"replicate"` or `"circular"`.
        #[builder(into, default)]
        padding_mode: PaddingMode,
    ) -> Self {
        check_groups(in_channels, out_channels, groups);
        assert!(
            padding != Padding::Same || stride.array() == [1; N],
            "padding='same' is not supported for strided convolutions"
        );
        let size = [&[out_channels, in_channels / groups], &kernel_size.array()[..]].concat();
        let weight = Parameter::empty(&size);
        let bias = bias.then(|| Parameter::empty(&[out_channels]));
        init::weight_then_bias(&weight, bias.as_deref());
        Self {
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            padding_mode,
            weight,
            bias,
        }
    }

    /// How many cells stand before and behind the input, side by side: "same" puts the odd one
    /// behind.
    fn around(&self) -> [(i64, i64); N] {
        let (kernel, dilation) = (self.kernel_size.array(), self.dilation.array());
        std::array::from_fn(|side| match self.padding {
            Padding::Cells(cells) => (cells.array()[side], cells.array()[side]),
            Padding::Valid => (0, 0),
            Padding::Same => {
                let all = dilation[side] * (kernel[side] - 1);
                (all / 2, all - all / 2)
            }
        })
    }
}

fn check_groups(in_channels: i64, out_channels: i64, groups: i64) {
    assert!(groups > 0, "groups must be a positive integer");
    assert!(in_channels % groups == 0, "in_channels must be divisible by groups");
    assert!(out_channels % groups == 0, "out_channels must be divisible by groups");
}

/// What stands in the print of a convolution and of its transpose: what has its usual value is
/// left out, as in Python.
struct Repr<const N: usize> {
    in_channels: i64,
    out_channels: i64,
    kernel_size: Size<N>,
    stride: Size<N>,
    padding: Option<String>,
    dilation: Size<N>,
    output_padding: Size<N>,
    groups: i64,
    bias: bool,
    padding_mode: PaddingMode,
}

impl<const N: usize> fmt::Display for Repr<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}, kernel_size={}, stride={}",
            self.in_channels,
            self.out_channels,
            self.kernel_size.tuple(),
            self.stride.tuple(),
        )?;
        if let Some(padding) = &self.padding {
            write!(f, ", padding={padding}")?;
        }
        if self.dilation.array() != [1; N] {
            write!(f, ", dilation={}", self.dilation.tuple())?;
        }
        if self.output_padding.array() != [0; N] {
            write!(f, ", output_padding={}", self.output_padding.tuple())?;
        }
        if self.groups != 1 {
            write!(f, ", groups={}", self.groups)?;
        }
        if !self.bias {
            f.write_str(", bias=False")?;
        }
        if self.padding_mode != PaddingMode::Zeros {
            write!(f, ", padding_mode={}", self.padding_mode)?;
        }
        Ok(())
    }
}

/// A tuple of cells, unless there are none.
fn unless_zero<const N: usize>(cells: Size<N>) -> Option<String> {
    (cells.array() != [0; N]).then(|| cells.tuple())
}

impl<const N: usize> Conv<N> {
    /// The same layer with other parameters.
    pub(super) fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self {
        Self { weight, bias, ..*self }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        let padding = match self.padding {
            Padding::Cells(cells) => unless_zero(cells),
            Padding::Same => Some("same".to_string()),
            Padding::Valid => Some("valid".to_string()),
        };
        Repr {
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            kernel_size: self.kernel_size,
            stride: self.stride,
            padding,
            dilation: self.dilation,
            output_padding: Size::All(0),
            groups: self.groups,
            bias: self.bias.is_some(),
            padding_mode: self.padding_mode,
        }
        .to_string()
    }
}

impl<const N: usize> Forward for Conv<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let (weight, bias) = (&*self.weight, self.bias.as_deref());
        let (input, padding) = match self.padding_mode {
            PaddingMode::Zeros => (input.shallow_clone(), self.padding),
            mode => (mode.pad(input, &self.around()), Padding::Valid),
        };
        F::conv(&input, weight, bias, self.stride, padding, self.dilation, self.groups)
    }
}

/// What [`ConvTranspose1d`], [`ConvTranspose2d`] and [`ConvTranspose3d`] have in common: the
/// gradient of a convolution with respect to its input, as a layer. Each input cell lays a
/// weighted kernel into the output, `stride` cells from the last.
///
/// # Shapes
/// Input (N, `in_channels`, ∗) or (`in_channels`, ∗); output (N, `out_channels`, ∗′), each side L
/// becoming L′ = (L - 1)·stride - 2·padding + dilation·(kernel - 1) + output_padding + 1.
///
/// # Parameters
/// - `weight`, (`in_channels`, `out_channels`/`groups`, the kernel's sides), from U(±1/√fan_in),
///   fan_in = `out_channels`/`groups` · the kernel's cells.
/// - `bias`, (`out_channels`), from the same; absent with `bias(false)`.
///
/// # Panics
/// When a size is negative, `groups` is not positive or does not divide both numbers of channels;
/// in `forward`, when `output_padding` is not smaller than stride or dilation, in libtorch's words.
#[derive(Debug, Module)]
#[module(class = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"][N - 1], extra_repr = self.arguments())]
pub struct ConvTranspose<const N: usize> {
    #[module(skip)]
    in_channels: i64,
    #[module(skip)]
    out_channels: i64,
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Size<N>,
    #[module(skip)]
    padding: Size<N>,
    #[module(skip)]
    output_padding: Size<N>,
    #[module(skip)]
    groups: i64,
    #[module(skip)]
    dilation: Size<N>,
    /// The kernels.
    pub weight: Parameter,
    /// What is added to each output channel.
    pub bias: Option<Parameter>,
}

/// Lays kernels into a signal, (N, C, L): [`torch.nn.ConvTranspose1d`]. Shapes and parameters
/// stand at [`ConvTranspose`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let up = nn::ConvTranspose1d::options(4, 2, 3).stride(2).build();
/// let output = up.forward(&torch::zeros([1, 4, 10]));
/// assert_eq!(output.size(), [1, 2, 21]);
/// ```
///
/// [`torch.nn.ConvTranspose1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
pub type ConvTranspose1d = ConvTranspose<1>;

/// Lays kernels into images, (N, C, H, W): [`torch.nn.ConvTranspose2d`]. Shapes and parameters
/// stand at [`ConvTranspose`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let input = torch::randn([1, 16, 12, 12]);
/// let down = nn::Conv2d::options(16, 16, 3).stride(2).padding(1).build();
/// let up = nn::ConvTranspose2d::options(16, 16, 3).stride(2).padding(1).build();
/// let small = down.forward(&input);
/// assert_eq!(small.size(), [1, 16, 6, 6]);
/// // Several sizes come down to 6 × 6; which one to go back to has to be said.
/// assert_eq!(up.forward(&small).size(), [1, 16, 11, 11]);
/// assert_eq!(up.forward_options(&small).output_size(12).call().size(), input.size());
/// ```
///
/// [`torch.nn.ConvTranspose2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
pub type ConvTranspose2d = ConvTranspose<2>;

/// Lays kernels into volumes, (N, C, D, H, W): [`torch.nn.ConvTranspose3d`]. Shapes and parameters
/// stand at [`ConvTranspose`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let up = nn::ConvTranspose3d::options(4, 2, (3, 5, 2)).stride((2, 1, 1)).build();
/// let output = up.forward(&torch::zeros([1, 4, 3, 4, 5]));
/// assert_eq!(output.size(), [1, 2, 7, 8, 6]);
/// ```
///
/// [`torch.nn.ConvTranspose3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html
pub type ConvTranspose3d = ConvTranspose<3>;

#[bon::bon]
impl<const N: usize> ConvTranspose<N> {
    /// A layer of stride 1, without padding, with a bias.
    pub fn new(in_channels: i64, out_channels: i64, kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(in_channels, out_channels, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ConvTransposeOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_channels: i64,
        #[builder(start_fn)] out_channels: i64,
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// How far apart in the output neighbours of the input are.
        #[builder(into, default = 1)]
        stride: Size<N>,
        /// How many cells are cut from each side of the output.
        #[builder(into, default = 0)]
        padding: Size<N>,
        /// How many cells are added at the end of each side of the output.
        #[builder(into, default = 0)]
        output_padding: Size<N>,
        /// Into how many groups the channels are split.
        #[builder(default = 1)]
        groups: i64,
        /// Whether a learned number is added to each output channel.
        #[builder(default = true)]
        bias: bool,
        /// How far the kernel's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size<N>,
    ) -> Self {
        check_groups(in_channels, out_channels, groups);
        let size = [&[in_channels, out_channels / groups], &kernel_size.array()[..]].concat();
        let weight = Parameter::empty(&size);
        let bias = bias.then(|| Parameter::empty(&[out_channels]));
        init::weight_then_bias(&weight, bias.as_deref());
        Self {
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            dilation,
            weight,
            bias,
        }
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    ///
    /// # Panics
    /// When no `output_padding` leads to the `output_size`.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = ConvTransposeCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] input: &Tensor,
        /// The sides of the output, where several are possible.
        #[builder(into)]
        output_size: Option<Size<N>>,
    ) -> Tensor {
        guard(self, &[input], || {
            let Some(output_size) = output_size.map(Size::array) else {
                return self.lay(input, self.output_padding.array());
            };
            let least = self.least(input);
            let stride = self.stride.array();
            let padding = std::array::from_fn(|side| {
                let (low, high) = (least[side], least[side] + stride[side] - 1);
                let wanted = output_size[side];
                check!(
                    (low..=high).contains(&wanted),
                    "requested an output size of {output_size:?}, but valid sizes range from \
                     {least:?} to {:?} (for an input of {:?})",
                    std::array::from_fn::<_, N, _>(|side| least[side] + stride[side] - 1),
                    input.size()
                );
                wanted - low
            });
            self.lay(input, padding)
        })
    }

    /// The sides of the output without any `output_padding`.
    fn least(&self, input: &Tensor) -> [i64; N] {
        let size = input.size();
        check!(size.len() > N, "input is {size:?}, which has no channels and {N} sides");
        let sides = &size[size.len() - N..];
        let [kernel, stride, padding, dilation] =
            [self.kernel_size, self.stride, self.padding, self.dilation].map(Size::array);
        std::array::from_fn(|i| {
            (sides[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + 1
        })
    }

    fn lay(&self, input: &Tensor, output_padding: [i64; N]) -> Tensor {
        let (weight, bias) = (&*self.weight, self.bias.as_deref());
        let (stride, padding, dilation) = (self.stride, self.padding, self.dilation);
        let (more, groups) = (output_padding.into(), self.groups);
        F::conv_transpose(input, weight, bias, stride, padding, more, groups, dilation)
    }
}

impl<const N: usize> ConvTranspose<N> {
    /// The same layer with other parameters.
    pub(super) fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self {
        Self { weight, bias, ..*self }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        Repr {
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            kernel_size: self.kernel_size,
            stride: self.stride,
            padding: unless_zero(self.padding),
            dilation: self.dilation,
            output_padding: self.output_padding,
            groups: self.groups,
            bias: self.bias.is_some(),
            padding_mode: PaddingMode::Zeros,
        }
        .to_string()
    }
}

impl<const N: usize> Forward for ConvTranspose<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        self.lay(input, self.output_padding.array())
    }
}
