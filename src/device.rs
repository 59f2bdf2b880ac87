//! Devices that are not there, told before libtorch does so in its own way.

use tch::{Cuda, Device};

use crate::{Error, Result};

/// Checks that `device` can be computed on.
///
/// # Errors
/// When it is a GPU that is not there, with what to do.
pub(crate) fn check(device: Device) -> Result<()> {
    let Device::Cuda(index) = device else { return Ok(()) };
    let count = Cuda::device_count();
    if i64::try_from(index).is_ok_and(|index| index < count) {
        return Ok(());
    }
    let found = match count {
        0 => "no CUDA device was found".to_string(),
        n => format!("there is no CUDA device {index}: {n} found, numbered from 0"),
    };
    Err(Error::argument("device", format!("{found}; check the driver with nvidia-smi, or use cpu")))
}
