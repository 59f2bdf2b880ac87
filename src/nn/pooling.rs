//! Pooling.

use tch::Tensor;

use super::{Forward, Size2, module};

/// Takes the largest value under each window of an image: [`torch.nn.MaxPool2d`].
///
/// `out[n, c, i, j] = max_m,k input[n, c, stride·i + dilation·m, stride·j + dilation·k]`.
/// It selects values and does not change them; only the size shrinks.
///
/// # Shapes
/// Input (N, C, H, W) or (C, H, W); output (N, C, H′, W′), with
/// H′ = ⌊(H + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1, and W′ likewise. With
/// `ceil_mode` it is rounded up, unless the last window would begin past the edge.
///
/// # Panics
/// In `forward`, when the padding is more than half of the window, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let pool = nn::MaxPool2d::new(2);
/// let output = pool.forward(&Tensor::randn([20, 16, 50, 32], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [20, 16, 25, 16]);
/// assert_eq!(
///     pool.to_string(),
///     "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
/// );
/// ```
///
/// [`torch.nn.MaxPool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
#[derive(Debug)]
pub struct MaxPool2d {
    kernel_size: Size2,
    stride: Size2,
    padding: Size2,
    dilation: Size2,
    ceil_mode: bool,
}

#[bon::bon]
impl MaxPool2d {
    /// A layer whose windows lie side by side.
    pub fn new(kernel_size: impl Into<Size2>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MaxPool2dOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size2,
        /// How far the window moves from one output to the next; `kernel_size` if not given.
        #[builder(into, default = kernel_size)]
        stride: Size2,
        /// How many cells of minus infinity are put around the image.
        #[builder(into, default = 0)]
        padding: Size2,
        /// How far the window's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size2,
        /// Whether a window that reaches over the edge counts.
        #[builder(default)]
        ceil_mode: bool,
    ) -> Self {
        Self { kernel_size, stride, padding, dilation, ceil_mode }
    }
}

module!(MaxPool2d {}, |pool| format!(
    "kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}",
    pool.kernel_size,
    pool.stride,
    pool.padding,
    pool.dilation,
    if pool.ceil_mode { "True" } else { "False" },
));

impl Forward for MaxPool2d {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.max_pool2d(
            self.kernel_size.array(),
            self.stride.array(),
            self.padding.array(),
            self.dilation.array(),
            self.ceil_mode,
        )
    }
}
