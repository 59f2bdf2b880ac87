//! [`to`]: a tensor on another device.

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

/// The tensor on another device, or itself where it is there already: [`torch.Tensor.to`].
///
/// With `non_blocking`, from memory that is [pinned](crate::data::DataLoader), the program goes on while
/// the numbers travel to a GPU.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::to(&torch::ones(3), Device::Cpu);
/// let half = torch::to_options(&x, Device::Cpu).dtype(Kind::Half).non_blocking(true).call();
/// assert_eq!(half.kind(), Kind::Half);
/// ```
///
/// [`torch.Tensor.to`]: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html
#[function]
pub fn to(
    input: &Tensor,
    device: Device,
    /// The kind of its numbers, instead of the one that they have.
    dtype: Option<Kind>,
    /// Whether the program goes on before the numbers have arrived.
    #[builder(default)]
    non_blocking: bool,
    /// Whether it is a copy in any case.
    #[builder(default)]
    copy: bool,
) -> Tensor {
    input.to_device_(device, dtype.unwrap_or(input.kind()), non_blocking, copy)
}
