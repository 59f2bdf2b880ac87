//! [`GradientSync`]: what makes one model of those of all ranks.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use tch::{TchError, Tensor};

use super::{Outputs, SyncBatchNorm, join::Join, verify::verify};
use crate::distributed::ProcessGroup;
use crate::ffi::{self, Reducer, ReducerOptions, first_line, without_frames};
use crate::nn::{self, Embedding, EmbeddingBag, Member, Module};
use crate::torch::no_grad;
use crate::{Error, Result};

/// How many bytes of gradients are summed up at once.
const BUCKET_BYTES: i64 = 25 * 1024 * 1024;
/// The first bucket's, which is small so that the ranks begin early to sum up.
const FIRST_BUCKET_BYTES: i64 = 1024 * 1024;
/// In what pieces parameters and buffers are sent around.
const BROADCAST_BYTES: i64 = 250 * 1024 * 1024;

impl ProcessGroup {
    /// Has all ranks take the values of the one in place `source`.
    pub(super) fn broadcast_coalesced(
        &self,
        what: &str,
        tensors: &[Tensor],
        source: usize,
    ) -> Result<()> {
        if tensors.is_empty() {
            return Ok(());
        }
        let sent = self.inner().broadcast_coalesced(tensors, BROADCAST_BYTES, source);
        sent.map_err(|error| self.explained(what, error))
    }
}

/// The parameters that ask for gradients, by name, and whether these are sparse.
fn learned(module: &dyn Module) -> Result<Vec<(String, Tensor, bool)>> {
    let is_sparse = |module: &dyn Module| {
        module.downcast_ref().is_some_and(Embedding::is_sparse)
            || module.downcast_ref().is_some_and(EmbeddingBag::is_sparse)
    };
    let (mut learned, mut seen) = (Vec::new(), HashSet::new());
    for (path, module) in nn::named_modules(module) {
        for (name, member) in module.members() {
            if let Member::Parameter(parameter) = member
                && parameter.requires_grad()
                && seen.insert(ffi::identity(parameter))
            {
                let name = if path.is_empty() { name } else { format!("{path}.{name}") };
                learned.push((name, parameter.shallow_clone(), is_sparse(module)));
            }
        }
    }
    if learned.is_empty() {
        let problem = "DistributedDataParallel is not needed when a module doesn't have any parameter \
                       that requires a gradient.";
        return Err(Error::argument("module", problem));
    }
    Ok(learned)
}

/// Python's defaults for this model.
pub(crate) fn default_options(module: &dyn Module) -> ReducerOptions {
    ReducerOptions {
        bucket_bytes_cap: BUCKET_BYTES,
        first_bucket_bytes_cap: FIRST_BUCKET_BYTES,
        find_unused_parameters: false,
        gradient_as_bucket_view: false,
        static_graph: false,
        forward_sync_buffers: true,
        has_sync_batch_norm: nn::named_modules(module)
            .into_iter()
            .any(|(_, m)| SyncBatchNorm::is_in(m)),
    }
}

/// Has all ranks take the first one's parameters, and its buffers if they are to.
///
/// # Errors
/// When a rank has another model.
pub(crate) fn broadcast(
    module: &dyn Module,
    process_group: &ProcessGroup,
    buffers: bool,
) -> Result<()> {
    verify(process_group, &learned(module)?)?;
    let mut states = module.parameters();
    if buffers {
        states.extend(module.buffers());
    }
    process_group.broadcast_coalesced("DistributedDataParallel", &states, 0)
}

/// Sums up the gradients of a model over the ranks, and gives all the first one's buffers: what a
/// [`DistributedDataParallel`](super::DistributedDataParallel) is beside its model.
pub(crate) struct GradientSync {
    pub(super) reducer: Reducer,
    pub(super) process_group: ProcessGroup,
    pub(super) options: ReducerOptions,
    require_backward_grad_sync: Cell<bool>,
    pub(super) require_forward_param_sync: Cell<bool>,
    /// Inside of `join`.
    pub(super) join: Cell<Option<Join>>,
}

impl GradientSync {
    /// For the parameters of this model; `buckets` are those that another had, or none.
    pub fn new(
        module: &dyn Module,
        process_group: ProcessGroup,
        options: ReducerOptions,
        buckets: &[Vec<usize>],
    ) -> Result<Self> {
        let parameters = learned(module)?;
        let class_name = module.class_name();
        let reducer =
            Reducer::new(process_group.inner(), &parameters, class_name, options, buckets)?;
        Ok(Self {
            reducer,
            process_group,
            options,
            require_backward_grad_sync: Cell::new(true),
            require_forward_param_sync: Cell::new(true),
            join: Cell::new(None),
        })
    }

    /// The same for another model.
    pub fn copy_for(&self, module: &dyn Module) -> Result<Self> {
        self.with_buckets(module, &[])
    }

    /// The same with these buckets.
    pub fn with_buckets(&self, module: &dyn Module, buckets: &[Vec<usize>]) -> Result<Self> {
        Self::new(module, self.process_group.clone(), self.options, buckets)
    }

    /// Does `work` without summing up.
    #[track_caller]
    pub fn no_sync<T>(&self, work: impl FnOnce() -> T) -> T {
        /// As it was, also after a panic.
        struct Before<'a>(&'a Cell<bool>, bool);
        impl Drop for Before<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let syncs = &self.require_backward_grad_sync;
        let _before = Before(syncs, syncs.replace(false));
        work()
    }

    /// Says whether what follows is summed up.
    pub fn set_sync(&self, syncs: bool) {
        self.require_backward_grad_sync.set(syncs);
    }

    /// Which parameters' gradients go at once. All ranks call it.
    pub fn buckets(&self) -> Result<Vec<Vec<usize>>> {
        self.reducer.buckets()
    }

    pub fn process_group(&self) -> &ProcessGroup {
        &self.process_group
    }

    /// Gives all ranks the first one's buffers.
    pub fn broadcast_buffers(&self, module: &dyn Module) -> Result<()> {
        self.broadcast_buffers_from(0, module)
    }

    fn broadcast_buffers_from(&self, source: usize, module: &dyn Module) -> Result<()> {
        let buffers = module.buffers();
        no_grad(|| self.process_group.broadcast_coalesced("forward", &buffers, source))
    }

    pub fn before_forward(&self, module: &dyn Module) -> Result<()> {
        let syncs = self.require_backward_grad_sync.get();
        if ffi::grad_is_enabled() && syncs {
            self.reducer.before_forward()?;
        }
        if let Some(join) = self.join.get() {
            self.has_inputs(join)?;
        }
        if ffi::grad_is_enabled() {
            self.rebuild_buckets()?;
        }
        if self.syncs_buffers(module) {
            self.sync_buffers(true, module)?;
        }
        if self.join.get().is_some() {
            self.any_syncs(syncs)?;
        }
        Ok(())
    }

    pub(super) fn rebuild_buckets(&self) -> Result<()> {
        let rebuilt = self.reducer.rebuild_buckets();
        rebuilt.map_err(|error| self.process_group.explained("forward", error))
    }

    pub(super) fn syncs_buffers(&self, module: &dyn Module) -> bool {
        self.require_forward_param_sync.get()
            && self.options.forward_sync_buffers
            && !module.buffers().is_empty()
    }

    /// Has all ranks take the first one's buffers, or in `join` those of the last that still has inputs.
    pub(super) fn sync_buffers(&self, has_inputs: bool, module: &dyn Module) -> Result<()> {
        let source = if self.join.get().is_some() { self.last_of(has_inputs)? } else { 0 };
        self.broadcast_buffers_from(source, module)
    }

    /// Calls a model, which is `module`, between what comes before and after.
    pub fn forward<T: Outputs>(
        &self,
        module: &dyn Module,
        forward: impl FnOnce() -> T,
    ) -> Result<T> {
        self.before_forward(module)?;
        let mut output = forward();
        self.after_forward(&mut output)?;
        Ok(output)
    }

    /// Goes back from a loss.
    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        let told =
            |error: TchError| Error::Torch(first_line(&without_frames(&error.to_string())).into());
        loss.f_backward().map_err(|error| self.process_group.explained("backward", told(error)))
    }

    pub fn after_forward(&self, output: &mut impl Outputs) -> Result<()> {
        let ReducerOptions { find_unused_parameters, static_graph, .. } = self.options;
        let searches = find_unused_parameters && !static_graph;
        let syncs = ffi::grad_is_enabled() && self.require_backward_grad_sync.get();
        self.require_forward_param_sync.set(syncs);
        if syncs {
            let mut outputs = Vec::new();
            if searches {
                output.for_each(&mut |tensor| outputs.push(tensor.shallow_clone()));
            }
            self.reducer.before_backward(&outputs.iter().collect::<Vec<_>>())?;
        }
        let mut sunk = Ok(());
        if searches || static_graph && !self.reducer.has_delayed() {
            output.for_each(&mut |tensor| {
                if tensor.requires_grad() && !tensor.is_leaf() {
                    match self.reducer.sink(static_graph, tensor) {
                        Ok(same) => *tensor = same,
                        Err(error) => sunk = Err(error),
                    }
                }
            });
        }
        sunk
    }
}

impl fmt::Debug for GradientSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("GradientSync");
        fields.field("process_group", &self.process_group);
        fields.field("options", &self.options).finish_non_exhaustive()
    }
}
