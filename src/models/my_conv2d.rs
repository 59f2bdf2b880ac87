//! The notebook's own convolution, by unfold and matrix products, and the CNN built on it.

use tch::Tensor;

use super::ConvNet;
use crate::nn::{Forward, Module, Parameter, init};

/// A convolution made by hand: every window of the images becomes a column of a matrix, and a
/// matrix product weighs the columns.
///
/// out[n, o, h, w] = Σ weights[o, c, k·i + j] · x[n, c, s·h + d·i, s·w + d·j] + bias\[o\], over
/// c < `n_channels` and i, j < k, with s = `stride` and d = `dilation`, x padded. It equals
/// [`Conv2d`](crate::nn::Conv2d) with the same numbers, but for the last bits. The notebook's helper
/// takes the height for the width and its windows fit a batch of one; here images need not be
/// square, and a batch has any size.
///
/// The windows are copied along the width only, k times the images' size, and laid so that k rows
/// that follow each other in memory are a matrix of windows, those of one row of the output. (Only
/// with a dilation these k rows lie apart, and are copied once more.)
///
/// # Shapes
/// Input (N, `n_channels`, H, W) or (`n_channels`, H, W); output (N, `out_channels`, H′, W′), with
/// H′ = ⌊(H + 2·padding - dilation·(k - 1) - 1) / stride⌋ + 1, and W′ likewise.
///
/// # Parameters
/// - `weights`, (`out_channels`, `n_channels`, k²), from U(±1/√(`n_channels`·k²)): drawn as
///   Conv2d's are (the notebook leaves them uninitialised).
/// - `bias`, (`out_channels`), from the same; absent unless asked for.
///
/// # Panics
/// When an argument is outside its range, by its name; and in `forward` when the kernel is larger
/// than the padded image.
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = models::MyConv2d::new(3, 1, 3);
/// let output = conv.forward(&torch::randn([1, 3, 24, 24]));
/// assert_eq!(output.size(), [1, 1, 22, 22]);
/// torch::mean(&output).backward();
/// assert_eq!(conv.weights.grad().size(), [1, 3, 9]);
/// ```
#[derive(Debug, Module)]
pub struct MyConv2d {
    #[module(skip)]
    n_channels: i64,
    #[module(skip)]
    out_channels: i64,
    #[module(skip)]
    kernel_size: i64,
    #[module(skip)]
    dilation: i64,
    #[module(skip)]
    padding: i64,
    #[module(skip)]
    stride: i64,
    /// The kernels, one row of k² a channel.
    pub weights: Parameter,
    /// What is added to each output channel.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl MyConv2d {
    /// A layer of stride 1, without padding or bias.
    pub fn new(n_channels: i64, out_channels: i64, kernel_size: i64) -> Self {
        Self::options(n_channels, out_channels, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MyConv2dOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] n_channels: i64,
        #[builder(start_fn)] out_channels: i64,
        #[builder(start_fn)] kernel_size: i64,
        /// How far the kernel's cells lie apart.
        #[builder(default = 1)]
        dilation: i64,
        /// How many zeros are put around the image.
        #[builder(default = 0)]
        padding: i64,
        /// How far the kernel moves from one output to the next.
        #[builder(default = 1)]
        stride: i64,
        /// Whether a learned number is added to each output channel.
        #[builder(default)]
        bias: bool,
    ) -> Self {
        for (name, value, least) in [
            ("n_channels", n_channels, 1),
            ("out_channels", out_channels, 1),
            ("kernel_size", kernel_size, 1),
            ("dilation", dilation, 1),
            ("padding", padding, 0),
            ("stride", stride, 1),
        ] {
            assert!(value >= least, "{name} must be at least {least}, but is {value}");
        }
        let weights = Parameter::empty(&[out_channels, n_channels, kernel_size * kernel_size]);
        let bias = bias.then(|| Parameter::empty(&[out_channels]));
        init::weight_then_bias(&weights, bias.as_deref());
        Self { n_channels, out_channels, kernel_size, dilation, padding, stride, weights, bias }
    }

    /// How many windows fit along a side of this many pixels.
    fn windows_along(&self, side: i64) -> i64 {
        let reach = self.reach();
        let room = side + 2 * self.padding - reach;
        assert!(
            room >= 0,
            "kernel_size: the kernel reaches over {reach} pixels, the padded image has {}",
            side + 2 * self.padding
        );
        room / self.stride + 1
    }

    /// Over how many pixels the kernel reaches.
    fn reach(&self) -> i64 {
        self.dilation * (self.kernel_size - 1) + 1
    }

    /// The windows along one dimension, a view; their k cells become the last dimension.
    fn unfold(&self, x: &Tensor, dim: i64) -> Tensor {
        let windows = x.unfold(dim, self.reach(), self.stride);
        if self.dilation == 1 { windows } else { windows.slice(-1, None, None, self.dilation) }
    }
}

impl Forward for MyConv2d {
    fn forward(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        let (&[_, channels, height, width] | &[channels, height, width]) = size.as_slice() else {
            panic!("x must be (N, C, H, W) or (C, H, W), but is {size:?}")
        };
        assert!(
            channels == self.n_channels,
            "n_channels is {}, but x has {channels} channels: {size:?}",
            self.n_channels
        );
        let (rows, columns) = (self.windows_along(height), self.windows_along(width));
        if size.len() == 3 {
            return self.forward(&x.unsqueeze(0)).squeeze_dim(0);
        }
        let (images, out, k) = (size[0], self.out_channels, self.kernel_size);
        let padded = (self.padding > 0).then(|| x.constant_pad_nd([self.padding; 4]));

        let lines = self.unfold(padded.as_ref().unwrap_or(x), 3); // (N, C, H, W′, k)
        // The windows' only copy, (H, C, k, N, W′): k rows on end hold those of a row of the output.
        let lines = lines.permute([2, 1, 4, 0, 3]).contiguous();
        let windows = self.unfold(&lines, 0).permute([0, 5, 1, 2, 3, 4]); // (H′, k, C, k, N, W′)
        let windows = windows.reshape([rows, k * channels * k, images * columns]);

        let weights = self.weights.view([out, channels, k, k]).transpose(1, 2).flatten(1, -1);
        let weights = weights.expand([rows, -1, -1], false); // (H′, out, k·C·k)
        let result = match &self.bias {
            Some(bias) => bias.unsqueeze(1).baddbmm(&weights, &windows, 1, 1),
            None => weights.bmm(&windows), // (H′, out, N·W′)
        };
        result.view([rows, out, images, columns]).permute([2, 1, 0, 3]).contiguous()
    }
}

/// The notebook's CNN with [`MyConv2d`] in place of the built-in layer: "change your previous
/// model to use your own layer instead". Images (N, 3, 32, 32) to ten scores, (N, 10).
///
/// Its convolutions have a bias, as Conv2d's: so it draws the same weights as
/// [`Cnn`](super::Cnn) and computes the same, to the last bits.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = models::MyCnn::new();
/// let images = torch::randn([4, 3, 32, 32]);
/// assert_eq!(model.forward(&images).size(), [4, 10]);
/// ```
pub type MyCnn = ConvNet<MyConv2d>;

impl MyCnn {
    /// The model with weights newly drawn, layer by layer.
    pub fn new() -> Self {
        Self::with(|in_channels, out_channels, kernel_size| {
            MyConv2d::options(in_channels, out_channels, kernel_size).bias(true).build()
        })
    }
}

impl Default for MyCnn {
    fn default() -> Self {
        Self::new()
    }
}
