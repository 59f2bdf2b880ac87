//! Windows of images as columns, and back.

use tch::Tensor;

use super::{Forward, Module, Size2, functional as F};

/// Lays out every window of an image as a column: [`torch.nn.Unfold`]. A convolution is a matrix
/// product with these.
///
/// # Shapes
/// Input (N, C, H, W) or (C, H, W); output (N, C·kH·kW, L), with L = H′·W′ windows,
/// H′ = ⌊(H + 2·padding - dilation·(kH - 1) - 1) / stride⌋ + 1 and W′ likewise.
///
/// ```
/// use flambeau::prelude::*;
///
/// let unfold = nn::Unfold::new((2, 3));
/// let output = unfold.forward(&torch::randn([2, 5, 3, 4]));
/// assert_eq!(output.size(), [2, 30, 4]);
/// assert_eq!(unfold.to_string(), "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)");
/// ```
///
/// [`torch.nn.Unfold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Unfold {
    #[module(skip)]
    kernel_size: Size2,
    #[module(skip)]
    dilation: Size2,
    #[module(skip)]
    padding: Size2,
    #[module(skip)]
    stride: Size2,
}

#[bon::bon]
impl Unfold {
    /// Windows of this size, one beginning at each pixel.
    pub fn new(kernel_size: impl Into<Size2>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = UnfoldOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size2,
        /// How far a window's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size2,
        /// How many zeros are put around the image.
        #[builder(into, default = 0)]
        padding: Size2,
        /// How far the window moves from one column to the next.
        #[builder(into, default = 1)]
        stride: Size2,
    ) -> Self {
        Self { kernel_size, dilation, padding, stride }
    }
}

impl Unfold {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "kernel_size={}, dilation={}, padding={}, stride={}",
            self.kernel_size, self.dilation, self.padding, self.stride
        )
    }
}

impl Forward for Unfold {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::unfold_options(input, self.kernel_size)
            .dilation(self.dilation)
            .padding(self.padding)
            .stride(self.stride)
            .call()
    }
}

/// Puts columns back as windows of an image, and adds up where they overlap: [`torch.nn.Fold`].
///
/// # Shapes
/// Input (N, C·kH·kW, L) or (C·kH·kW, L), as [`Unfold`] gives it; output (N, C, `output_size`).
///
/// # Panics
/// In `forward`, when the columns are not as many as the windows of such an image, in libtorch's
/// words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let fold = nn::Fold::new((4, 5), 2);
/// let output = fold.forward(&torch::randn([1, 3 * 2 * 2, 12]));
/// assert_eq!(output.size(), [1, 3, 4, 5]);
/// ```
///
/// [`torch.nn.Fold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Fold {
    #[module(skip)]
    output_size: Size2,
    #[module(skip)]
    kernel_size: Size2,
    #[module(skip)]
    dilation: Size2,
    #[module(skip)]
    padding: Size2,
    #[module(skip)]
    stride: Size2,
}

#[bon::bon]
impl Fold {
    /// An image of this size, of windows of this size.
    pub fn new(output_size: impl Into<Size2>, kernel_size: impl Into<Size2>) -> Self {
        Self::options(output_size, kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = FoldOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] output_size: Size2,
        #[builder(start_fn, into)] kernel_size: Size2,
        /// How far a window's cells lie apart.
        #[builder(into, default = 1)]
        dilation: Size2,
        /// How many pixels around the image the windows reach over.
        #[builder(into, default = 0)]
        padding: Size2,
        /// How far the window moves from one column to the next.
        #[builder(into, default = 1)]
        stride: Size2,
    ) -> Self {
        Self { output_size, kernel_size, dilation, padding, stride }
    }
}

impl Fold {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "output_size={}, kernel_size={}, dilation={}, padding={}, stride={}",
            self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )
    }
}

impl Forward for Fold {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::fold_options(input, self.output_size, self.kernel_size)
            .dilation(self.dilation)
            .padding(self.padding)
            .stride(self.stride)
            .call()
    }
}
