//! Dropout.

use tch::Tensor;

use crate::nn::call::check;

/// Each value set to zero with probability `p`, and the others divided by 1 - p; the input itself
/// when not in training: [`torch.nn.functional.dropout`].
///
/// The layer is [`Dropout`](crate::nn::Dropout).
///
/// In Python `p` is 1/2 and `training` true if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([100], (Kind::Float, Device::Cpu));
/// let output = F::dropout(&x, 0.2, true);
/// assert!(Vec::<f32>::try_from(output).unwrap().iter().all(|&x| x == 0.0 || x == 1.25));
/// assert_eq!(F::dropout(&x, 0.2, false), x);
/// ```
///
/// [`torch.nn.functional.dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
#[track_caller]
pub fn dropout(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.dropout(p, training)
}

/// Whole channels of signals (N, C, L), or one without N, set to zero with probability `p`, and the
/// others divided by 1 - p: [`torch.nn.functional.dropout1d`].
///
/// The layer is [`Dropout1d`](crate::nn::Dropout1d).
///
/// In Python `p` is 1/2 and `training` true if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::dropout1d(&x, 0.5, true).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout1d.html
#[track_caller]
pub fn dropout1d(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    on_channels(input, are_signals(input), |batch| batch.feature_dropout(p, training))
}

/// Whole channels of images (N, C, H, W), or of signals (N, C, L), set to zero with probability
/// `p`, and the others divided by 1 - p: [`torch.nn.functional.dropout2d`].
///
/// The layer is [`Dropout2d`](crate::nn::Dropout2d).
///
/// In Python `p` is 1/2 and `training` true if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::dropout2d(&x, 0.5, true).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout2d.html
#[track_caller]
pub fn dropout2d(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.feature_dropout(p, training)
}

/// Whole channels of volumes (N, C, D, H, W), or one without N, set to zero with probability `p`,
/// and the others divided by 1 - p: [`torch.nn.functional.dropout3d`].
///
/// The layer is [`Dropout3d`](crate::nn::Dropout3d).
///
/// In Python `p` is 1/2 and `training` true if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::ones([2, 3, 8, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::dropout3d(&x, 0.5, true).size(), x.size());
/// ```
///
/// [`torch.nn.functional.dropout3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout3d.html
#[track_caller]
pub fn dropout3d(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    on_channels(input, input.dim() == 5, |batch| batch.feature_dropout(p, training))
}

/// Each value set to what a SELU gives at -∞ with probability `p`, and all scaled and moved so that
/// mean and variance stay: [`torch.nn.functional.alpha_dropout`].
///
/// The layer is [`AlphaDropout`](crate::nn::AlphaDropout).
///
/// In Python `p` is 1/2 and `training` false if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([100], (Kind::Float, Device::Cpu));
/// assert_eq!(F::alpha_dropout(&x, 0.5, false), x);
/// ```
///
/// [`torch.nn.functional.alpha_dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.alpha_dropout.html
#[track_caller]
pub fn alpha_dropout(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.alpha_dropout(p, training)
}

/// [`alpha_dropout`] of whole channels: [`torch.nn.functional.feature_alpha_dropout`].
///
/// The layer is [`FeatureAlphaDropout`](crate::nn::FeatureAlphaDropout).
///
/// In Python `p` is 1/2 and `training` false if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 4], (Kind::Float, Device::Cpu));
/// assert_eq!(F::feature_alpha_dropout(&x, 0.5, true).size(), x.size());
/// ```
///
/// [`torch.nn.functional.feature_alpha_dropout`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.feature_alpha_dropout.html
#[track_caller]
pub fn feature_alpha_dropout(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.feature_alpha_dropout(p, training)
}

#[track_caller]
pub(super) fn check_probability(p: f64) {
    let within = (0.0..=1.0).contains(&p);
    check!(within, "dropout probability has to be between 0 and 1, but got {p}");
}

/// Leaves out whole channels, of a batch or of one.
pub(super) fn on_channels(
    input: &Tensor,
    batched: bool,
    leave_out: impl FnOnce(&Tensor) -> Tensor,
) -> Tensor {
    match batched {
        true => leave_out(input),
        false => leave_out(&input.unsqueeze(0)).squeeze_dim(0),
    }
}

/// Are these signals, or one?
#[track_caller]
pub(super) fn are_signals(input: &Tensor) -> bool {
    let dim = input.dim();
    check!(
        dim == 2 || dim == 3,
        "dropout1d: Expected 2D or 3D input, but received a {dim}D input."
    );
    dim == 3
}
