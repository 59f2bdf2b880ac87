//! Devices that are not there, told before libtorch does so in its own way.

use tch::{Cuda, Device};

use crate::{Error, Result};

/// Checks that `device` can be computed on.
///
/// # Errors
/// When it is a GPU that is not there, with what to do.
pub(crate) fn check(device: Device) -> Result<()> {
    check_among(device, usize::try_from(Cuda::device_count()).unwrap_or(0))
}

/// The same on a machine with `gpus` GPUs.
pub(crate) fn check_among(device: Device, gpus: usize) -> Result<()> {
    let index = match device {
        Device::Cuda(index) if index >= gpus => index,
        _ => return Ok(()),
    };
    let found = match gpus {
        0 => "no CUDA device was found".to_string(),
        n => format!("there is no CUDA device {index}: {n} found, numbered from 0"),
    };
    Err(Error::argument("device", format!("{found}; check the driver with nvidia-smi, or use cpu")))
}
