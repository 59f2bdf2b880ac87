//! Normalisation of groups of channels.

use tch::Tensor;

use super::ones_and_zeros;
use crate::nn::{Forward, Module, Parameter, functional as F};
use crate::repr::python_bool;
use crate::torch::Number;

/// Normalises groups of channels of each sample: [`torch.nn.GroupNorm`].
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`, mean and biased variance over the
/// channels of a group and all sides. See [Wu and He, 2018](https://arxiv.org/abs/1803.08494).
///
/// # Shapes
/// Input (N, C, ∗), C = `num_channels`; output the same.
///
/// # Parameters
/// `weight`, (C), each 1, and `bias`, (C), each 0; both absent with `affine(false)`, the latter
/// with `bias(false)`.
///
/// # Panics
/// When `num_groups` is not positive or does not divide `num_channels`; in `forward`, when there is
/// one value a group.
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::GroupNorm::new(3, 6);
/// let images = torch::randn([20, 6, 10, 10]);
/// assert_eq!(norm.forward(&images).size(), images.size());
/// assert_eq!(norm.to_string(), "GroupNorm(3, 6, eps=1e-05, affine=True, bias=True)");
/// ```
///
/// [`torch.nn.GroupNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct GroupNorm {
    #[module(skip)]
    num_groups: i64,
    #[module(skip)]
    num_channels: i64,
    #[module(skip)]
    eps: Number,
    #[module(skip)]
    affine: bool,
    /// What each channel is multiplied by.
    pub weight: Option<Parameter>,
    /// What is added to each channel.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl GroupNorm {
    /// A layer of so many groups of so many channels in all.
    pub fn new(num_groups: i64, num_channels: i64) -> Self {
        Self::options(num_groups, num_channels).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = GroupNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_groups: i64,
        #[builder(start_fn)] num_channels: i64,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        eps: Number,
        /// Whether there are weight and bias.
        #[builder(default = true)]
        affine: bool,
        /// Whether there is a bias beside the weight.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(num_groups > 0, "num_groups must be positive, but is {num_groups}");
        assert!(
            num_channels % num_groups == 0,
            "num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
        );
        let (weight, bias) = ones_and_zeros(&[num_channels], affine, bias);
        Self { num_groups, num_channels, eps, affine, weight, bias }
    }
}

impl GroupNorm {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "{}, {}, eps={}, affine={}, bias={}",
            self.num_groups,
            self.num_channels,
            self.eps,
            python_bool(self.affine),
            python_bool(self.bias.is_some()),
        )
    }
}

impl Forward for GroupNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::group_norm_options(input, self.num_groups)
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .eps(self.eps)
            .call()
    }
}
