//! Maximum pooling backwards.

use tch::Tensor;

use crate::nn::{MaybeSize, Module, Size, functional as F, guard};

/// What [`MaxUnpool1d`], [`MaxUnpool2d`] and [`MaxUnpool3d`] have in common: a [`MaxPool`](crate::nn::MaxPool) backwards.
/// The largest values go back to where they stood, and zeros everywhere else.
///
/// # Shapes
/// Input and indices (N, C, ∗) or (C, ∗); output (N, C, ∗′), each side L becoming
/// L′ = (L - 1)·stride - 2·padding + kernel, unless `forward_options` sets an `output_size`.
#[derive(Debug, Module)]
#[module(class = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"][N - 1], extra_repr = self.arguments())]
pub struct MaxUnpool<const N: usize> {
    #[module(skip)]
    kernel_size: Size<N>,
    #[module(skip)]
    stride: Size<N>,
    #[module(skip)]
    padding: Size<N>,
}

/// A [`MaxPool1d`](crate::nn::MaxPool1d) backwards: [`torch.nn.MaxUnpool1d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signal = torch::tensor([1.0, 2.0, 4.0, 3.0]).view([1, 4]);
/// let (output, indices) = nn::MaxPool1d::new(2).forward_with_indices(&signal);
/// let back = nn::MaxUnpool1d::new(2).forward(&output, &indices);
/// assert_eq!(back, torch::tensor([0.0, 2.0, 4.0, 0.0]).view([1, 4]));
/// ```
///
/// [`torch.nn.MaxUnpool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
pub type MaxUnpool1d = MaxUnpool<1>;

/// A [`MaxPool2d`](crate::nn::MaxPool2d) backwards: [`torch.nn.MaxUnpool2d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = torch::randn([2, 3, 5, 5]);
/// let (output, indices) = nn::MaxPool2d::new(2).forward_with_indices(&images);
/// let unpool = nn::MaxUnpool2d::new(2);
/// // 4 × 4 and 5 × 5 both come down to 2 × 2; without a size it is the smaller.
/// assert_eq!(unpool.forward_options(&output, &indices).output_size(5).call().size(), images.size());
/// assert_eq!(unpool.to_string(), "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))");
/// ```
///
/// [`torch.nn.MaxUnpool2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
pub type MaxUnpool2d = MaxUnpool<2>;

/// A [`MaxPool3d`](crate::nn::MaxPool3d) backwards: [`torch.nn.MaxUnpool3d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volumes = torch::randn([2, 3, 4, 6, 8]);
/// let (output, indices) = nn::MaxPool3d::new(2).forward_with_indices(&volumes);
/// assert_eq!(nn::MaxUnpool3d::new(2).forward(&output, &indices).size(), volumes.size());
/// ```
///
/// [`torch.nn.MaxUnpool3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html
pub type MaxUnpool3d = MaxUnpool<3>;

#[bon::bon]
impl<const N: usize> MaxUnpool<N> {
    /// Undoes a pool whose windows lay side by side.
    pub fn new(kernel_size: impl Into<Size<N>>) -> Self {
        Self::options(kernel_size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MaxUnpoolOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] kernel_size: Size<N>,
        /// The pool's stride; `kernel_size` if not given.
        #[builder(into, default)]
        stride: MaybeSize<N>,
        /// The pool's padding.
        #[builder(into, default = 0)]
        padding: Size<N>,
    ) -> Self {
        let stride = stride.or(kernel_size);
        Self { kernel_size, stride, padding }
    }

    /// Puts the values back to where `indices` says.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, indices: &Tensor) -> Tensor {
        guard(self, &[input, indices], || self.unpool(input, indices, None))
    }

    /// Begins a call whose keyword arguments are set by name; `call()` makes it.
    ///
    /// # Panics
    /// When a pool of this kernel and stride does not lead from the `output_size` to the input's
    /// sides.
    #[builder(start_fn(name = forward_options, vis = "pub"), finish_fn = call)]
    #[builder(builder_type(name = MaxUnpoolCall, vis = "pub"))]
    #[track_caller]
    fn forward_with(
        &self,
        #[builder(start_fn)] input: &Tensor,
        #[builder(start_fn)] indices: &Tensor,
        /// The sides of the output, where several are possible.
        #[builder(into)]
        output_size: Option<Size<N>>,
    ) -> Tensor {
        let output_size = output_size.map(Size::array);
        let output_size = output_size.as_ref().map(|size| &size[..]);
        guard(self, &[input, indices], || self.unpool(input, indices, output_size))
    }

    fn unpool(&self, input: &Tensor, indices: &Tensor, output_size: Option<&[i64]>) -> Tensor {
        let (kernel, stride, padding) = (self.kernel_size, self.stride, self.padding);
        F::max_unpool(input, indices, kernel, stride, padding, output_size)
    }
}

impl<const N: usize> MaxUnpool<N> {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "kernel_size={}, stride={}, padding={}",
            self.kernel_size.tuple(),
            self.stride.tuple(),
            self.padding.tuple(),
        )
    }
}
