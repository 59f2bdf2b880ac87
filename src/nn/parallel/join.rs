//! Ranks that have different numbers of inputs: those that are done take part in what the others do.

use std::cell::Cell;

use tch::Tensor;

use super::{DistributedDataParallel, gradient_sync::GradientSync};
use crate::distributed::{ReduceOp, Work, all_reduce_options};
use crate::nn::Module;
use crate::{Error, Result, torch};

/// Inside of `join`, its keywords.
#[derive(Clone, Copy)]
pub(super) struct Join {
    divide_by_initial_world_size: bool,
    throw_on_early_termination: bool,
}

#[bon::bon]
impl<M: Module> DistributedDataParallel<M> {
    /// Does `work`, in which ranks may have different numbers of inputs: Python's [`join`]. One that is
    /// done takes part in the others' collectives with zeros, until all are done; then all take the weights
    /// of the last. All ranks call it, each with the same model; other collectives within `work` are not
    /// taken part in.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::nn::parallel::DistributedDataParallel;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let model = DistributedDataParallel::new(nn::Linear::new(1, 1))?;
    /// let inputs = 10 + dist::get_rank()?; // rank 1 has one more than rank 0
    /// model.join(|| {
    ///     for _ in 0..inputs {
    ///         torch::sum(&model.forward(&torch::ones([4, 1]))).backward();
    ///     }
    /// })?;
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a rank is not there any more.
    ///
    /// [`join`]: https://pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html#torch.nn.parallel.DistributedDataParallel.join
    pub fn join<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        self.join_options(work).call()
    }

    /// [`join`](Self::join) with keywords, which are set before `.call()`.
    ///
    /// # Errors
    /// As [`join`](Self::join); also, with `throw_on_early_termination`, when this rank is done before
    /// another, whose `forward` panics then.
    #[builder(
        start_fn(name = join_options, vis = "pub"),
        finish_fn = call,
        builder_type(name = JoinOptions, vis = "pub")
    )]
    fn joined<T>(
        &self,
        #[builder(start_fn)] work: impl FnOnce() -> T,
        /// Whether gradients are divided by the number of all ranks, or of those that have inputs.
        #[builder(default = true)]
        divide_by_initial_world_size: bool,
        /// Whether all ranks fail when one is done before the others.
        #[builder(default = false)]
        throw_on_early_termination: bool,
    ) -> Result<T> {
        self.sync.join(
            Join { divide_by_initial_world_size, throw_on_early_termination },
            &self.module,
            work,
        )
    }
}

impl GradientSync {
    fn join<T>(&self, join: Join, module: &dyn Module, work: impl FnOnce() -> T) -> Result<T> {
        /// Out of it, also after a panic.
        struct Outside<'a>(&'a Cell<Option<Join>>);
        impl Drop for Outside<'_> {
            fn drop(&mut self) {
                self.0.set(None);
            }
        }
        self.reducer.joins()?;
        self.join.set(Some(join));
        let _outside = Outside(&self.join);
        let done = work();
        let mut is_last = true;
        while self.sum_up(0.0)? != 0.0 {
            if join.throw_on_early_termination {
                self.sum_up(1.0)?;
                let rank = self.process_group.rank();
                return Err(Error::Distributed(format!("Rank {rank} exhausted all inputs.")));
            }
            self.shadow(module)?;
            is_last = false;
        }
        let source = self.last_of(is_last)?;
        let mut states = module.parameters();
        if self.options.forward_sync_buffers {
            states.extend(module.buffers());
        }
        self.process_group.broadcast_coalesced("join", &states, source)?;
        Ok(done)
    }

    /// Before a forward pass: this rank still has inputs.
    pub(super) fn has_inputs(&self, join: Join) -> Result<()> {
        let work = self.begin_sum(&torch::ones([1]))?;
        self.reducer.expect(work.inner(), join.divide_by_initial_world_size)?;
        if join.throw_on_early_termination && self.sum_up(0.0)? != 0.0 {
            let problem =
                "Detected at least one rank that exhausted inputs. Throwing across all ranks.";
            return Err(Error::Distributed(problem.into()));
        }
        Ok(())
    }

    /// Before a forward pass, tells those that are done whether its backward pass syncs.
    pub(super) fn any_syncs(&self, syncs: bool) -> Result<()> {
        // Nobody asks here what comes of it.
        self.begin_sum(&torch::full([1], f64::from(syncs))).map(drop)
    }

    /// The last place in the group of a rank that says so.
    pub(super) fn last_of(&self, is_one: bool) -> Result<usize> {
        let place = torch::tensor([if is_one { self.process_group.rank() as i64 } else { -1 }]);
        let group = &self.process_group;
        all_reduce_options(&place).op(ReduceOp::Max).group(group).call()?;
        usize::try_from(place.int64_value(&[0]))
            .map_err(|_| Error::Distributed("no rank has the buffers that the others take".into()))
    }

    /// What the others do in a step, without an input.
    fn shadow(&self, module: &dyn Module) -> Result<()> {
        self.rebuild_buckets()?;
        if self.syncs_buffers(module) {
            self.sync_buffers(false, module)?;
        }
        let syncs = self.sum_up(0.0)? != 0.0;
        self.require_forward_param_sync.set(syncs);
        if syncs {
            let shadowed = self.reducer.shadow(self.options.find_unused_parameters);
            shadowed.map_err(|error| self.process_group.explained("join", error))?;
        }
        Ok(())
    }

    fn begin_sum(&self, number: &Tensor) -> Result<Work> {
        all_reduce_options(number).group(&self.process_group).async_op()
    }

    fn sum_up(&self, number: f64) -> Result<f64> {
        let sum = torch::full([1], number);
        self.begin_sum(&sum)?.wait()?;
        Ok(sum.double_value(&[0]))
    }
}
