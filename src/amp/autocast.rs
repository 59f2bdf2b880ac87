//! Computing in a shorter kind of number.

use tch::{Device, Kind};

use crate::ffi;

/// Computes `work` in a shorter kind of number where that pays and does no harm:
/// [`torch.autocast`].
///
/// Products, as those of a convolution or a linear layer, are computed in `dtype`, their inputs
/// and weights cast as they come; sums that would lose by it, as a loss's, are computed in single
/// precision; all else is in the kind that its inputs have. Parameters and their gradients stay as
/// they are, so the optimizer goes on in single precision. libtorch's lists of what is computed how
/// [stand in PyTorch's docs].
///
/// It is the forward pass that belongs into `work`, with the loss if wished; a backward pass goes by
/// the kinds of its forward one. What is said here is said for the tensors on devices of `device`'s
/// type and for the calling thread, until `work` ends, by a panic too. One may stand inside another:
/// `.enabled(false)` makes an exception.
///
/// # Keywords
/// Set by name between [`autocast_options`] and `.call(|| …)`:
///
/// - `dtype`: [`Kind::BFloat16`] or [`Kind::Half`]; by default the first on a CPU, the second on a
///   GPU.
/// - `enabled`: whether to cast at all, true by default.
/// - `cache_enabled`: whether a weight that is used twice is cast once; by default as it was, and it
///   was so at first. With the cache a weight must not change inside `work`.
///
/// It is worth its while on a processor that multiplies bf16 itself (AMX, AVX-512 BF16) and with
/// images that lie [channels last](crate::MemoryFormat), and is slow on others. Where CUDA is not to
/// be had, `autocast(Device::Cuda(0), …)` casts nothing, as in Python.
///
/// # Panics
/// When `dtype` is another kind, unless `enabled` is false: Python then warns on a CPU, and casts
/// nothing. And when libtorch casts nothing on such a device.
///
/// ```
/// use flambeau::amp::autocast_options;
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(4, 3);
/// let inputs = torch::randn([8, 4]);
/// let labels = torch::randint(3, [8]);
/// let loss = autocast_options(Device::Cpu).dtype(Kind::BFloat16).call(|| {
///     let scores = model.forward(&inputs);
///     assert_eq!(scores.kind(), Kind::BFloat16);
///     nn::CrossEntropyLoss::new().forward(&scores, &labels)
/// });
/// loss.backward();
/// assert_eq!((loss.kind(), model.weight.grad().kind()), (Kind::Float, Kind::Float));
/// ```
///
/// [`torch.autocast`]: https://docs.pytorch.org/docs/stable/amp.html#torch.autocast
/// [stand in PyTorch's docs]: https://docs.pytorch.org/docs/stable/amp.html#autocast-op-reference
#[track_caller]
pub fn autocast<T>(device: Device, work: impl FnOnce() -> T) -> T {
    autocast_options(device).call(work)
}

/// [`autocast`] with keywords, set by name before `.call(|| …)`.
#[bon::builder(
    start_fn(name = autocast_options, vis = "pub"),
    finish_fn = call,
    builder_type(name = AutocastCall, vis = "pub")
)]
#[track_caller]
fn autocast_with<T>(
    #[builder(start_fn)] device: Device,
    #[builder(finish_fn)] work: impl FnOnce() -> T,
    /// The kind of number to compute in.
    dtype: Option<Kind>,
    /// Whether to cast at all.
    #[builder(default = true)]
    enabled: bool,
    /// Whether a weight that is used twice is cast once.
    cache_enabled: Option<bool>,
) -> T {
    let before = state(device);
    let kind = match dtype {
        None => before.kind,
        Some(_) if !enabled => before.kind,
        Some(kind) => scalar_type(kind).unwrap_or_else(|| {
            panic!(
                "autocast: the target dtype {kind:?} is not supported, only BFloat16 and Half are"
            )
        }),
    };
    let there = !matches!(device, Device::Cuda(_)) || tch::Cuda::is_available();
    let _guard = ffi::AutocastGuard::enter(ffi::Autocast {
        kind,
        enabled: enabled && there,
        cache_enabled: cache_enabled.unwrap_or(before.cache_enabled),
        ..before
    })
    .expect("its state could be read");
    work()
}

/// Does [`autocast`] cast on this thread what is on such a device?
/// [`torch.is_autocast_enabled`].
///
/// # Panics
/// When libtorch casts nothing on such a device.
///
/// ```
/// use flambeau::Device::Cpu;
/// use flambeau::amp::{autocast, autocast_options, is_autocast_enabled};
///
/// assert!(!is_autocast_enabled(Cpu));
/// assert!(autocast(Cpu, || is_autocast_enabled(Cpu)));
/// let inner = || autocast_options(Cpu).enabled(false).call(|| is_autocast_enabled(Cpu));
/// assert!(!autocast(Cpu, inner));
/// ```
///
/// [`torch.is_autocast_enabled`]: https://docs.pytorch.org/docs/stable/amp.html#torch.is_autocast_enabled
#[track_caller]
pub fn is_autocast_enabled(device: Device) -> bool {
    state(device).enabled
}

#[track_caller]
fn state(device: Device) -> ffi::Autocast {
    // As at::DeviceType counts them.
    let (device_type, name) = match device {
        Device::Cpu => (0, "cpu"),
        Device::Cuda(_) => (1, "cuda"),
        Device::Vulkan => (10, "vulkan"),
        Device::Mps => (13, "mps"),
    };
    ffi::autocast_state(device_type)
        .unwrap_or_else(|_| panic!("User specified an unsupported autocast device_type '{name}'"))
}

/// The kind as at::ScalarType counts it, if it is one to cast to.
fn scalar_type(kind: Kind) -> Option<i32> {
    match kind {
        Kind::Half => Some(5),
        Kind::BFloat16 => Some(15),
        _ => None,
    }
}
