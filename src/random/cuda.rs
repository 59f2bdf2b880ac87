//! The default generators of CUDA devices: [`torch.cuda`].
//!
//! [`torch.cuda`]: https://docs.pytorch.org/docs/stable/cuda.html#random-number-generator

use tch::{Cuda, Tensor};

use crate::{Result, ffi};

/// How many CUDA devices there are: [`torch.cuda.device_count`].
///
/// [`torch.cuda.device_count`]: https://docs.pytorch.org/docs/stable/generated/torch.cuda.device_count.html
pub fn device_count() -> usize {
    usize::try_from(Cuda::device_count()).unwrap_or(0)
}

/// The state of a CUDA device's default generator, a tensor of bytes: [`torch.cuda.get_rng_state`].
///
/// # Errors
/// When the device is not there.
///
/// [`torch.cuda.get_rng_state`]: https://docs.pytorch.org/docs/stable/generated/torch.cuda.get_rng_state.html
pub fn get_rng_state(device: usize) -> Result<Tensor> {
    Ok(ffi::get_rng_state(Some(&ffi::Generator::of_cuda(device)?)))
}

/// Puts a CUDA device's default generator back into a state that [`get_rng_state`] gave, here or in
/// Python: [`torch.cuda.set_rng_state`].
///
/// # Errors
/// When the device is not there, or `state` is no such tensor of bytes; the generator then stays as
/// it is.
///
/// [`torch.cuda.set_rng_state`]: https://docs.pytorch.org/docs/stable/generated/torch.cuda.set_rng_state.html
pub fn set_rng_state(state: &Tensor, device: usize) -> Result<()> {
    ffi::set_rng_state(Some(&ffi::Generator::of_cuda(device)?), state)
}
