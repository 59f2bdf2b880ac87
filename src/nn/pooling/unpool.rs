//! Maximum pooling backwards.

use tch::Tensor;

use crate::nn::call::check;
use crate::nn::{Module, Size, guard};

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
/// let signal = Tensor::from_slice(&[1.0, 2.0, 4.0, 3.0]).view([1, 4]);
/// let (output, indices) = nn::MaxPool1d::new(2).forward_with_indices(&signal);
/// let back = nn::MaxUnpool1d::new(2).forward(&output, &indices);
/// assert_eq!(back, Tensor::from_slice(&[0.0, 2.0, 4.0, 0.0]).view([1, 4]));
/// ```
///
/// [`torch.nn.MaxUnpool1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
pub type MaxUnpool1d = MaxUnpool<1>;

/// A [`MaxPool2d`](crate::nn::MaxPool2d) backwards: [`torch.nn.MaxUnpool2d`]. Shapes stand at [`MaxUnpool`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = Tensor::randn([2, 3, 5, 5], (Kind::Float, Device::Cpu));
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
/// let volumes = Tensor::randn([2, 3, 4, 6, 8], (Kind::Float, Device::Cpu));
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
        #[builder(into, default = kernel_size)]
        stride: Size<N>,
        /// The pool's padding.
        #[builder(into, default = 0)]
        padding: Size<N>,
    ) -> Self {
        Self { kernel_size, stride, padding }
    }

    /// Puts the values back to where `indices` says.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, indices: &Tensor) -> Tensor {
        guard(self, &[input, indices], || self.compute(input, indices))
    }

    #[track_caller]
    pub(in crate::nn) fn compute(&self, input: &Tensor, indices: &Tensor) -> Tensor {
        self.unpool(input, indices, self.usual(input))
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
        guard(self, &[input, indices], || {
            let Some(output_size) = output_size.map(Size::array) else {
                return self.compute(input, indices);
            };
            let (usual, stride) = (self.usual(input), self.stride.array());
            for side in 0..N {
                let (low, high) = (usual[side] - stride[side], usual[side] + stride[side]);
                check!(
                    low < output_size[side] && output_size[side] < high,
                    "invalid output_size \"{output_size:?}\" (dim {side} must be between {low} and {high})"
                );
            }
            self.unpool(input, indices, output_size)
        })
    }

    /// The sides of the output where they are not said.
    fn usual(&self, input: &Tensor) -> [i64; N] {
        let size = input.size();
        check!(size.len() > N, "input is {size:?}, which has no channels and {N} sides");
        let sides = &size[size.len() - N..];
        let [kernel, stride, padding] =
            [self.kernel_size, self.stride, self.padding].map(Size::array);
        std::array::from_fn(|i| (sides[i] - 1) * stride[i] + kernel[i] - 2 * padding[i])
    }

    fn unpool(&self, input: &Tensor, indices: &Tensor, size: [i64; N]) -> Tensor {
        match size[..] {
            [length] => {
                let image = input.unsqueeze(-1);
                image.max_unpool2d(&indices.unsqueeze(-1), [length, 1]).squeeze_dim(-1)
            }
            [_, _] => input.max_unpool2d(indices, size),
            _ => input.max_unpool3d(indices, size, self.stride.array(), self.padding.array()),
        }
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
