//! [`SyncBatchNorm`].

use tch::Tensor;

use crate::distributed::{self as dist, ProcessGroup};
use crate::ffi::{self, Norm};
use crate::nn::BatchNorm1d;
use crate::nn::call::{check, refuse};
use crate::nn::{self, BatchNorm, Forward, Module, Synced};
use crate::torch::{MaybeNumber, Number};

/// Batch normalisation whose mean and variance, in training, are those of all ranks' batches together:
/// [`torch.nn.SyncBatchNorm`]. Formula and parameters stand at [`BatchNorm`].
///
/// In evaluation, with one rank, and where there is no process group, it is batch normalisation as
/// ever. Python refuses it on the CPU; here it works there as well: N ranks compute what one does with
/// the whole batch, but for rounding.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::sequential!(nn::Conv2d::new(3, 6, 5), nn::BatchNorm2d::new(6));
/// let model = nn::SyncBatchNorm::convert_sync_batchnorm(model);
/// assert!(model.to_string().contains("(1): SyncBatchNorm(6, eps=1e-05"));
/// assert_eq!(model.forward(&torch::zeros([2, 3, 8, 8])).size(), [2, 6, 4, 4]);
/// ```
///
/// # Shapes
/// Input (N, C, ∗), C = `num_features`; output the same. N may differ from rank to rank.
///
/// # Panics
/// In `forward`, when the input has less than two dimensions, in PyTorch's words, or when a rank is not
/// there any more.
///
/// [`torch.nn.SyncBatchNorm`]: https://pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html
#[derive(Debug, Module)]
pub struct SyncBatchNorm {
    /// What a layer for one rank is made of.
    #[module(flatten)]
    pub norm: BatchNorm1d,
}

/// Which ranks normalise together; all, if none are named.
#[derive(Debug)]
struct Ranks(Option<ProcessGroup>);

impl Synced for Ranks {
    fn normalise(&self, input: &Tensor, norm: Norm<'_>) -> Option<Tensor> {
        let group = match &self.0 {
            Some(group) => group.clone(),
            None => dist::is_initialized().then(ProcessGroup::world)?.ok()?,
        };
        if group.size() == 1 {
            return None;
        }
        let normalised = ffi::sync_batch_norm(group.inner(), input, norm);
        Some(
            normalised.unwrap_or_else(|error| {
                refuse(group.explained("SyncBatchNorm", error).to_string())
            }),
        )
    }
}

#[bon::bon]
impl SyncBatchNorm {
    /// A layer for so many channels, over all ranks.
    pub fn new(num_features: i64) -> Self {
        Self::options(num_features).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SyncBatchNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_features: i64,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        eps: Number,
        /// How far a batch moves the running statistics; with `None` they are the mean of all.
        #[builder(into, default = MaybeNumber::from(0.1))]
        momentum: MaybeNumber,
        /// Whether there are weight and bias.
        #[builder(default = true)]
        affine: bool,
        /// Whether there are running statistics; without them evaluation takes the batch's too.
        #[builder(default = true)]
        track_running_stats: bool,
        /// The ranks that normalise together; all, if none is named.
        process_group: Option<ProcessGroup>,
    ) -> Self {
        let norm = BatchNorm::options(num_features)
            .eps(eps)
            .momentum(momentum)
            .affine(affine)
            .track_running_stats(track_running_stats)
            .build();
        norm.sync(Ranks(process_group));
        Self { norm }
    }

    /// Makes of every [`BatchNorm`] inside a module one over all ranks, with the parameters and
    /// statistics that it has: [`convert_sync_batchnorm`]. The module's type stays as it is; the layers
    /// compute and print as Python's converted ones.
    ///
    /// [`convert_sync_batchnorm`]: https://pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html#torch.nn.SyncBatchNorm.convert_sync_batchnorm
    pub fn convert_sync_batchnorm<M: Module>(module: M) -> M {
        Self::convert(&module, None);
        module
    }

    /// As [`convert_sync_batchnorm`](Self::convert_sync_batchnorm), over some of the ranks: Python's
    /// `process_group=`.
    pub fn convert_sync_batchnorm_in<M: Module>(module: M, process_group: &ProcessGroup) -> M {
        Self::convert(&module, Some(process_group));
        module
    }

    fn convert(module: &dyn Module, group: Option<&ProcessGroup>) {
        fn of<const N: usize>(module: &dyn Module, group: Option<&ProcessGroup>) {
            if let Some(norm) = module.downcast_ref::<BatchNorm<N>>() {
                norm.sync(Ranks(group.cloned()));
            }
        }
        for (_, module) in nn::named_modules(module) {
            of::<1>(module, group);
            of::<2>(module, group);
            of::<3>(module, group);
        }
    }

    /// Is this such a layer?
    pub(super) fn is_in(module: &dyn Module) -> bool {
        module.class_name() == "SyncBatchNorm"
    }
}

impl Forward for SyncBatchNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        check!(dim >= 2, "expected at least 2D input (got {dim}D input)");
        check!(input.size()[1] != 0, "SyncBatchNorm number of input channels should be non-zero");
        self.norm.normalised(input)
    }
}
