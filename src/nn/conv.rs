//! Convolutions.

use std::fmt::Write;

use tch::Tensor;

use super::{Forward, Parameter, Size2, functional as F, init, module};

/// Slides kernels over images and sums what lies under them: [`torch.nn.Conv2d`].
///
/// `out[n, o] = bias[o] + Σ_c weight[o, c] ⋆ input[n, c]`, where ⋆ is the two-dimensional
/// cross-correlation (a convolution without the flip).
///
/// # Shapes
/// Input (N, `in_channels`, H, W) or (`in_channels`, H, W); output (N, `out_channels`, H′, W′),
/// with H′ = ⌊(H + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1, and W′ likewise.
///
/// # Parameters
/// - `weight`, (`out_channels`, `in_channels`/`groups`, kernel height, kernel width), from
///   U(±1/√fan_in), fan_in = `in_channels`/`groups` · kernel height · kernel width.
/// - `bias`, (`out_channels`), from the same; absent with `bias(false)`.
///
/// # Panics
/// When a size is negative, or `groups` is not positive or does not divide both numbers of channels.
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv2d::options(3, 6, 5).stride(2).padding((4, 2)).build();
/// let output = conv.forward(&Tensor::randn([20, 3, 32, 32], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [20, 6, 18, 16]);
/// assert_eq!(
///     conv.to_string(),
///     "Conv2d(3, 6, kernel_size=(5, 5), stride=(2, 2), padding=(4, 2))"
/// );
/// ```
///
/// [`torch.nn.Conv2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
#[derive(Debug)]
pub struct Conv2d {
    in_channels: i64,
    out_channels: i64,
    kernel_size: Size2,
    stride: Size2,
    padding: Size2,
    dilation: Size2,
    groups: i64,
    /// The kernels.
    pub weight: Parameter,
    /// What is added to each output channel.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl Conv2d {
    /// A layer of stride 1, without padding, with a bias.
    pub fn new(in_channels: i64, out_channels: i64, kernel_size: impl Into<Size2>) -> Self {
        Self::options(in_channels, out_channels, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = Conv2dOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_channels: i64,
        #[builder(start_fn)] out_channels: i64,
        #[builder(start_fn, into)] kernel_size: Size2,
        /// How far the kernel moves from one output to the next.
        #[builder(into, default = 1)]
        stride: Size2,
        /// How many zeros are put around the image.
        #[builder(into, default = 0)]
        padding: Size2,
        /// How far the kernel's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size2,
        /// Into how many groups the channels are split, each convolved by itself.
        #[builder(default = 1)]
        groups: i64,
        /// Whether a learned number is added to each output channel.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(groups > 0, "groups must be a positive integer");
        assert!(in_channels % groups == 0, "in_channels must be divisible by groups");
        assert!(out_channels % groups == 0, "out_channels must be divisible by groups");
        let [height, width] = kernel_size.pair();
        let weight = Parameter::empty(&[out_channels, in_channels / groups, height, width]);
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
            weight,
            bias,
        }
    }

    /// Python leaves out of the print what has its usual value.
    fn repr(&self) -> String {
        let mut repr = format!(
            "{}, {}, kernel_size={}, stride={}",
            self.in_channels,
            self.out_channels,
            self.kernel_size.tuple(),
            self.stride.tuple(),
        );
        if self.padding.pair() != [0, 0] {
            let _ = write!(repr, ", padding={}", self.padding.tuple());
        }
        if self.dilation.pair() != [1, 1] {
            let _ = write!(repr, ", dilation={}", self.dilation.tuple());
        }
        if self.groups != 1 {
            let _ = write!(repr, ", groups={}", self.groups);
        }
        if self.bias.is_none() {
            repr.push_str(", bias=False");
        }
        repr
    }
}

module!(Conv2d { weight, bias }, |conv| conv.repr());

impl Forward for Conv2d {
    fn forward(&self, input: &Tensor) -> Tensor {
        let bias = self.bias.as_deref();
        F::conv2d(input, &self.weight, bias, self.stride, self.padding, self.dilation, self.groups)
    }
}
