//! Dropout.

use flambeau_derive::function;
use tch::Tensor;

use crate::refusal::check;
use crate::repr::python_float;
use crate::warning::warn;

/// Each value set to zero with probability `p`, and the others divided by 1 - p; the input itself
/// when not in training: [`torch.nn.functional.dropout`].
///
/// The layer is [`Dropout`](crate::nn::Dropout).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([100]);
/// let output = F::dropout_options(&x).p(0.2).call();
/// assert!(Vec::<f32>::try_from(output).unwrap().iter().all(|&x| x == 0.0 || x == 1.25));
/// assert_eq!(F::dropout_options(&x).training(false).call(), x);
/// ```
///
/// [`torch.nn.functional.dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
#[function]
pub fn dropout(
    input: &Tensor,
    /// The probability with which a value is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default = true)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    match inplace {
        true => input.shallow_clone().dropout_(p, training),
        false => input.dropout(p, training),
    }
}

/// Whole channels of signals (N, C, L), or one without N, set to zero with probability `p`, and the
/// others divided by 1 - p: [`torch.nn.functional.dropout1d`].
///
/// The layer is [`Dropout1d`](crate::nn::Dropout1d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8]);
/// assert_eq!(F::dropout1d(&x).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout1d.html
#[function]
pub fn dropout1d(
    input: &Tensor,
    /// The probability with which a channel is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default = true)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    let dim = input.dim();
    check!(
        dim == 2 || dim == 3,
        "dropout1d: Expected 2D or 3D input, but received a {dim}D input. Note that dropout1d \
         exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel \
         dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
    );
    of_channels(input, dim == 3, p, training, inplace)
}

/// Whole channels of images (N, C, H, W), or of signals (N, C, L), set to zero with probability
/// `p`, and the others divided by 1 - p: [`torch.nn.functional.dropout2d`].
///
/// The layer is [`Dropout2d`](crate::nn::Dropout2d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8]);
/// assert_eq!(F::dropout2d(&x).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout2d.html
#[function]
pub fn dropout2d(
    input: &Tensor,
    /// The probability with which a channel is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default = true)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    let dim = input.dim();
    if dim != 3 && dim != 4 {
        warn(&unusual(dim, 2));
    }
    if dim == 3 {
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout \
             behavior is desired - input is interpreted as shape (N, C, L), where C is the channel \
             dim. This behavior will change in a future release to interpret the input as one \
             without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout \
             behavior, please switch to using dropout1d instead.",
        );
    }
    of_channels(input, true, p, training, inplace)
}

/// Whole channels of volumes (N, C, D, H, W), or one without N, set to zero with probability `p`,
/// and the others divided by 1 - p: [`torch.nn.functional.dropout3d`].
///
/// The layer is [`Dropout3d`](crate::nn::Dropout3d).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2, 3, 8, 8, 8]);
/// assert_eq!(F::dropout3d(&x).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout3d.html
#[function]
pub fn dropout3d(
    input: &Tensor,
    /// The probability with which a channel is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default = true)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    let dim = input.dim();
    if dim != 4 && dim != 5 {
        warn(&unusual(dim, 3));
    }
    of_channels(input, dim == 5, p, training, inplace)
}

/// Each value set to what a SELU gives at -∞ with probability `p`, and all scaled and moved so that
/// mean and variance stay: [`torch.nn.functional.alpha_dropout`].
///
/// The layer is [`AlphaDropout`](crate::nn::AlphaDropout).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([100]);
/// assert_eq!(F::alpha_dropout(&x), x);
/// ```
///
/// [`torch.nn.functional.alpha_dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.alpha_dropout.html
#[function]
pub fn alpha_dropout(
    input: &Tensor,
    /// The probability with which a value is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    match inplace {
        true => input.shallow_clone().alpha_dropout_(p, training),
        false => input.alpha_dropout(p, training),
    }
}

/// [`alpha_dropout`] of whole channels: [`torch.nn.functional.feature_alpha_dropout`].
///
/// The layer is [`FeatureAlphaDropout`](crate::nn::FeatureAlphaDropout).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 4]);
/// assert_eq!(F::feature_alpha_dropout_options(&x).training(true).call().size(), x.size());
/// ```
///
/// [`torch.nn.functional.feature_alpha_dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.feature_alpha_dropout.html
#[function]
pub fn feature_alpha_dropout(
    input: &Tensor,
    /// The probability with which a channel is left out.
    #[builder(default = 0.5)]
    p: f64,
    /// Whether something is left out at all.
    #[builder(default)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check_probability(p);
    match inplace {
        true => input.shallow_clone().feature_alpha_dropout_(p, training),
        false => input.feature_alpha_dropout(p, training),
    }
}

#[track_caller]
fn check_probability(p: f64) {
    let within = (0.0..=1.0).contains(&p);
    check!(within, "dropout probability has to be between 0 and 1, but got {}", python_float(p));
}

/// Leaves out whole channels, of a batch or of one.
fn of_channels(input: &Tensor, batched: bool, p: f64, training: bool, inplace: bool) -> Tensor {
    let mut batch = if batched { input.shallow_clone() } else { input.unsqueeze(0) };
    let output = match inplace {
        true => batch.feature_dropout_(p, training),
        false => batch.feature_dropout(p, training),
    };
    if batched { output } else { output.squeeze_dim(0) }
}

/// What Python says of an input for which dropout over so many sides was not made.
fn unusual(dim: usize, sides: usize) -> String {
    format!(
        "dropout{sides}d: Received a {dim}-D input to dropout{sides}d, which is deprecated and will \
         result in an error in a future release. To retain the behavior and silence this warning, \
         please use dropout instead. Note that dropout{sides}d exists to provide channel-wise dropout \
         on inputs with {sides} spatial dimensions, a channel dimension, and an optional batch \
         dimension (i.e. {}D or {}D inputs).",
        sides + 1,
        sides + 2
    )
}
