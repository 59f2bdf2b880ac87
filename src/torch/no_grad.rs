//! Computing without gradients.

/// Does `work` without recording it for a backward pass: [`torch.no_grad`].
///
/// Whether gradients are recorded is a state of the thread. It is as before when `work` ends, also
/// when that is by a panic; tch's own `no_grad` leaves a thread whose panic was caught without
/// gradients.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::ones([2]).set_requires_grad(true);
/// assert!(!no_grad(|| &x * 2).requires_grad());
///
/// let failed = std::panic::catch_unwind(|| no_grad(|| torch::ones([2]).view([3])));
/// assert!(failed.is_err() && (&x * 2).requires_grad());
/// ```
///
/// [`torch.no_grad`]: https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
#[track_caller]
pub fn no_grad<T>(work: impl FnOnce() -> T) -> T {
    let _guard = tch::no_grad_guard();
    work()
}
