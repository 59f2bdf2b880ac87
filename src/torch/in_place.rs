//! Tensors written over: filled, drawn anew, marked.
//!
//! Each function gives a handle of its input.

use flambeau_derive::function;
use tch::Tensor;

use super::draws::drawn;
use super::number::{Number, TensorOrNumber};
use crate::ffi::Argument;
use crate::random::{self, Generator};

/// Fills a tensor with draws from U(`from`, `to`): [`torch.Tensor.uniform_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::uniform_options(&torch::empty(100)).from(-1).to(1).call();
/// assert!(x.min().item() >= -1.0 && x.max().item() < 1.0);
/// ```
///
/// [`torch.Tensor.uniform_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html
#[function]
pub fn uniform_(
    input: &Tensor,
    /// Where the draws begin.
    #[builder(default = 0.0)]
    from: f64,
    /// Where the draws end.
    #[builder(default = 1.0)]
    to: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    match generator {
        Some(generator) => generator.uniform_(input, from, to),
        None => random::uniform_(input, from, to),
    }
}

/// Fills a tensor with draws from N(`mean`, `std`²): [`torch.Tensor.normal_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::normal_in_place_options(&torch::empty(100)).mean(5).std(0.1).call();
/// assert!((torch::mean(&x).item() - 5.0).abs() < 0.1);
/// ```
///
/// [`torch.Tensor.normal_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.normal_.html
#[function(options = normal_in_place_options)]
pub fn normal_(
    input: &Tensor,
    /// The mean of the draws.
    #[builder(default = 0.0)]
    mean: f64,
    /// Their standard deviation.
    #[builder(default = 1.0)]
    std: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    match generator {
        Some(generator) => generator.normal_(input, mean, std),
        None => random::normal_(input, mean, std),
    }
}

/// Fills a tensor with draws from the exponential distribution: [`torch.Tensor.exponential_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::exponential_options(&torch::empty(100)).lambd(2).call();
/// assert!(x.min().item() >= 0.0);
/// ```
///
/// [`torch.Tensor.exponential_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.exponential_.html
#[function]
pub fn exponential_(
    input: &Tensor,
    /// λ, one over the mean.
    #[builder(default = 1.0)]
    lambd: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let arguments = [input.into(), Argument::Number(lambd)];
    drawn(c"aten::exponential_", c"", input, &arguments, generator)
}

/// Fills a tensor with draws from the Cauchy distribution: [`torch.Tensor.cauchy_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::cauchy_options(&torch::empty(100)).median(2).call();
/// assert!(x.median().item().is_finite());
/// ```
///
/// [`torch.Tensor.cauchy_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.cauchy_.html
#[function]
pub fn cauchy_(
    input: &Tensor,
    /// The median of the draws.
    #[builder(default = 0.0)]
    median: f64,
    /// Half the distance of their quartiles.
    #[builder(default = 1.0)]
    sigma: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let arguments = [input.into(), Argument::Number(median), Argument::Number(sigma)];
    drawn(c"aten::cauchy_", c"", input, &arguments, generator)
}

/// Fills a tensor with draws whose logarithms are from N(`mean`, `std`²): [`torch.Tensor.log_normal_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::log_normal_options(&torch::empty(100)).mean(0).std(1).call();
/// assert!(x.min().item() > 0.0);
/// ```
///
/// [`torch.Tensor.log_normal_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.log_normal_.html
#[function]
pub fn log_normal_(
    input: &Tensor,
    /// The mean of the logarithms.
    #[builder(default = 1.0)]
    mean: f64,
    /// Their standard deviation.
    #[builder(default = 2.0)]
    std: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let arguments = [input.into(), Argument::Number(mean), Argument::Number(std)];
    drawn(c"aten::log_normal_", c"", input, &arguments, generator)
}

/// Fills a tensor with 0 and 1, 1 as often as `p` says: [`torch.Tensor.bernoulli_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// assert_eq!(torch::bernoulli_in_place_options(&torch::empty(3)).p(1).call(), torch::ones(3));
/// ```
///
/// [`torch.Tensor.bernoulli_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.bernoulli_.html
#[function(options = bernoulli_in_place_options)]
pub fn bernoulli_<'a>(
    input: &Tensor,
    /// How likely 1 is: a number, or a tensor with one for each element.
    #[builder(default = 0.5, into)]
    p: TensorOrNumber<'a>,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let (overload, p) = match p.told_apart() {
        Ok(p) => (c"Tensor", p.into()),
        Err(p) => (c"float", Argument::Number(p.to_f64())),
    };
    drawn(c"aten::bernoulli_", overload, input, &[input.into(), p], generator)
}

/// Fills a tensor with draws from the geometric distribution: how many times it takes until what
/// happens with a probability of `p`, between 0 and 1, does, [`torch.Tensor.geometric_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::geometric_(&torch::empty(100), 0.5);
/// assert!(x.min().item() == 1.0 && x.max().item() > 1.0);
/// ```
///
/// [`torch.Tensor.geometric_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.geometric_.html
#[function]
pub fn geometric_(
    input: &Tensor,
    p: f64,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    let arguments = [input.into(), Argument::Number(p)];
    drawn(c"aten::geometric_", c"", input, &arguments, generator)
}

/// Fills a tensor with whole numbers from `from` to `to` - 1, each as likely:
/// [`torch.Tensor.random_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::random_options(&torch::empty(100)).from(2).to(4).call();
/// assert_eq!(torch::unique(&x), torch::tensor([2.0, 3.0]));
/// ```
///
/// [`torch.Tensor.random_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.random_.html
#[function]
pub fn random_(
    input: &Tensor,
    /// The smallest number.
    #[builder(default)]
    from: i64,
    /// What all stay below; if not given, no more than the tensor's kind holds exactly.
    to: Option<i64>,
    /// What to draw from instead of the default generator.
    generator: Option<&Generator>,
) -> Tensor {
    if from == 0 && to.is_none() {
        return drawn(c"aten::random_", c"", input, &[input.into()], generator);
    }
    let arguments = [input.into(), from.into(), to.into()];
    drawn(c"aten::random_", c"from", input, &arguments, generator)
}

/// Writes a number on the diagonal: [`torch.Tensor.fill_diagonal_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 2]);
/// torch::fill_diagonal_(&x, 1);
/// assert_eq!(x, torch::eye(2));
/// ```
///
/// [`torch.Tensor.fill_diagonal_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.fill_diagonal_.html
#[function]
pub fn fill_diagonal_(
    input: &Tensor,
    #[builder(into)] fill_value: Number,
    /// Whether the diagonal of a tall matrix begins anew where it has ended.
    #[builder(default)]
    wrap: bool,
) -> Tensor {
    input.shallow_clone().fill_diagonal_(fill_value, wrap)
}

/// Says whether gradients are to be computed for this tensor: [`torch.Tensor.requires_grad_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let w = torch::requires_grad_(&torch::ones(2));
/// torch::sum(&(&w * 3)).backward();
/// assert_eq!(w.grad(), torch::tensor([3.0, 3.0]));
/// ```
///
/// [`torch.Tensor.requires_grad_`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.requires_grad_.html
#[function]
pub fn requires_grad_(
    input: &Tensor,
    /// Whether they are.
    #[builder(default = true)]
    requires_grad: bool,
) -> Tensor {
    input.set_requires_grad(requires_grad)
}
