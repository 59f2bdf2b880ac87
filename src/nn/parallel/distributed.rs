//! [`DistributedDataParallel`].

use std::collections::BTreeMap;
use std::fmt;

use tch::Tensor;

use super::gradient_sync::{GradientSync, broadcast, default_options};
use super::{GradBucket, Outputs};
use crate::distributed::{Future, ProcessGroup};
use crate::ffi::{Finish, ReducerOptions};
use crate::nn::{self, Copies, Field, Forward, Member, Module, print};
use crate::refusal::refuse;
use crate::warning::warn;
use crate::{Error, Result};

const MIB: f64 = 1024.0 * 1024.0;

/// A model that several processes train together: [`torch.nn.parallel.DistributedDataParallel`].
///
/// Each rank wraps the same model and calls it on its own share of the batch. When it is made, rank 0's
/// parameters and buffers go to all. In each backward pass the gradients are summed up over the ranks
/// and divided by their number, bucket by bucket while the pass goes on, so that all ranks' optimizers
/// make the same step. Before each forward pass in training, rank 0's buffers go to all.
///
/// It is libtorch's own engine, with the buckets that Python makes: losses, gradients and weights are
/// Python's to the bit on as many ranks.
///
/// The state dictionary's keys begin with `module.`; the model's own are those of
/// [`module`](Self::module), which is what to save.
///
/// ```
/// use flambeau::distributed as dist;
/// use flambeau::nn::parallel::DistributedDataParallel;
/// use flambeau::prelude::*;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let store = format!("file://{}/store", folder.path().display());
/// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
/// let model = DistributedDataParallel::new(nn::Linear::new(4, 2))?;
/// let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
/// for _ in 0..3 {
///     optimizer.zero_grad();
///     torch::mean(&model.forward(&torch::ones([8, 4])).square()).backward();
///     optimizer.step();
/// }
/// let keys: Vec<_> = model.state_dict().into_keys().collect();
/// assert_eq!(keys, ["module.weight", "module.bias"]);
/// dist::destroy_process_group()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Panics
/// In `forward`, when the last backward pass has not brought a gradient for each parameter, in
/// PyTorch's words: then `find_unused_parameters(true)` or `static_graph(true)` is needed. And when a
/// rank is not there any more, as tch's `backward` does then. [`f_forward`](Self::f_forward) and
/// [`backward`](Self::backward) return the error.
///
/// [`torch.nn.parallel.DistributedDataParallel`]: https://pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html
pub struct DistributedDataParallel<M: Module> {
    /// The model itself.
    pub module: M,
    pub(super) sync: GradientSync,
}

/// What is sent in the gradients' place: [`torch.distributed.algorithms.ddp_comm_hooks`].
///
/// [`torch.distributed.algorithms.ddp_comm_hooks`]: https://pytorch.org/docs/stable/ddp_comm_hooks.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommHook {
    /// They themselves: Python's `allreduce_hook`.
    AllReduce,
    /// They as fp16, which halves what is sent: Python's `fp16_compress_hook`.
    Fp16Compress,
    /// They as bf16, which halves what is sent and cannot overflow: Python's `bf16_compress_hook`.
    Bf16Compress,
}

#[bon::bon]
impl<M: Module> DistributedDataParallel<M> {
    /// The model on all ranks, with PyTorch's defaults. All ranks call it.
    ///
    /// # Errors
    /// When there is no process group, no parameter asks for a gradient, or a rank has another model.
    pub fn new(module: M) -> Result<Self> {
        Self::options(module).build()
    }

    /// Begins a model whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails as [`new`](Self::new) does.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = DistributedDataParallelOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] module: M,
        /// Whether buffers go from rank 0 to all, when it is made and before each forward pass. Python
        /// deprecates it for `forward_sync_buffers`.
        broadcast_buffers: Option<bool>,
        /// Whether rank 0's parameters and buffers go to all when it is made, which also compares the
        /// models.
        #[builder(default = true)]
        init_sync: bool,
        /// The ranks that train it; all, if none is named.
        process_group: Option<ProcessGroup>,
        /// How many MiB of gradients are summed up at once. It is 25, and 1 for the first bucket, if
        /// nothing is said.
        #[builder(into)]
        bucket_cap_mb: Option<f64>,
        /// Whether each forward pass is searched for parameters that its output does not depend on.
        #[builder(default)]
        find_unused_parameters: bool,
        /// Whether gradients lie in the buckets themselves, which saves their copies.
        #[builder(default)]
        gradient_as_bucket_view: bool,
        /// Whether all steps use the same parameters in the same way, which the first one then tells.
        #[builder(default)]
        static_graph: bool,
        /// Whether buffers go from rank 0 to all before each forward pass.
        forward_sync_buffers: Option<bool>,
    ) -> Result<Self> {
        let process_group = process_group.map_or_else(ProcessGroup::world, Ok)?;
        if broadcast_buffers.is_some() {
            warn(match forward_sync_buffers {
                Some(_) => BOTH,
                None => DEPRECATED,
            });
        }
        let init_sync_buffers = forward_sync_buffers.is_some() || broadcast_buffers.unwrap_or(true);
        let forward_sync_buffers = forward_sync_buffers.or(broadcast_buffers).unwrap_or(true);
        let usual = default_options(&module);
        let (mut bucket_bytes_cap, mut first_bucket_bytes_cap) =
            (usual.bucket_bytes_cap, usual.first_bucket_bytes_cap);
        if let Some(cap) = bucket_cap_mb {
            if !(cap.is_finite() && cap > 0.0) {
                let problem = format!("{cap} is no size in MiB");
                return Err(Error::argument("bucket_cap_mb", problem));
            }
            bucket_bytes_cap = (cap * MIB) as i64;
            first_bucket_bytes_cap = bucket_bytes_cap;
        }
        if static_graph && find_unused_parameters {
            warn(STATIC_AND_UNUSED);
        }
        let options = ReducerOptions {
            bucket_bytes_cap,
            first_bucket_bytes_cap,
            find_unused_parameters,
            gradient_as_bucket_view,
            static_graph,
            forward_sync_buffers,
            ..usual
        };
        if init_sync {
            broadcast(&module, &process_group, init_sync_buffers)?;
        }
        let sync = GradientSync::new(&module, process_group, options, &[])?;
        Ok(Self { module, sync })
    }
}

const BOTH: &str = "Both `broadcast_buffers` and `forward_sync_buffers` were specified. \
                    `broadcast_buffers` is deprecated and its value is ignored when \
                    `forward_sync_buffers` is provided.";
const DEPRECATED: &str = "`broadcast_buffers` is deprecated. Use `forward_sync_buffers` instead. \
                          IMPORTANT: unlike `broadcast_buffers=False`, `forward_sync_buffers=False` \
                          still syncs buffers at init. If you rely on buffers NOT being synced at init \
                          (e.g. rank-local buffers), keep using `broadcast_buffers=False` until \
                          `init_sync_buffers` is available.";
const STATIC_AND_UNUSED: &str = "You passed find_unused_parameters=true to DistributedDataParallel, \
                                 `_set_static_graph` will detect unused parameters automatically, so \
                                 you do not need to set find_unused_parameters=true, just be sure these \
                                 unused parameters will not change during training loop while calling \
                                 `_set_static_graph`.";

impl<M: Module> DistributedDataParallel<M> {
    /// Does `work` without summing up gradients over the ranks: they gather in each rank's parameters,
    /// until the next backward pass after it sums up all. The forward pass has to be inside too.
    /// [`no_sync`].
    ///
    /// ```no_run
    /// # use flambeau::nn::parallel::DistributedDataParallel;
    /// # use flambeau::prelude::*;
    /// # let ddp = DistributedDataParallel::new(nn::Linear::new(4, 2))?;
    /// # let (inputs, last) = (vec![torch::ones([8, 4])], torch::ones([8, 4]));
    /// ddp.no_sync(|| {
    ///     for input in &inputs {
    ///         torch::mean(&ddp.forward(input)).backward(); // gathers gradients
    ///     }
    /// });
    /// torch::mean(&ddp.forward(&last)).backward(); // sums them up
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// [`no_sync`]: https://pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html#torch.nn.parallel.DistributedDataParallel.no_sync
    #[track_caller]
    pub fn no_sync<T>(&self, work: impl FnOnce() -> T) -> T {
        self.sync.no_sync(work)
    }

    /// Goes back from a loss: as tch's `backward`, which panics when a rank is not there any more.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::nn::parallel::DistributedDataParallel;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let model = DistributedDataParallel::new(nn::Linear::new(4, 2))?;
    /// let loss = torch::mean(&model.forward(&torch::ones([8, 4])));
    /// model.backward(&loss)?;
    /// assert_eq!(model.module.bias.as_ref().unwrap().grad(), torch::full([2], 0.5));
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// Instead of that panic, and of libtorch's.
    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        self.sync.backward(loss)
    }

    /// Has another thing sent in the gradients' place. It is said once, before the first backward pass.
    /// [`register_comm_hook`].
    ///
    /// # Errors
    /// When it has been said already, in PyTorch's words.
    ///
    /// [`register_comm_hook`]: https://pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html#torch.nn.parallel.DistributedDataParallel.register_comm_hook
    pub fn register_comm_hook(&self, hook: CommHook) -> Result<()> {
        self.sync.reducer.hook(hook as i32)
    }

    /// Has a function send something of its own in the gradients' place: Python's `register_comm_hook` with
    /// a hook of one's own. It is called for each bucket when its gradients are there, and returns what
    /// they are to be, at once or when a collective is done, while the backward pass goes on. As in Python
    /// it has to divide by the number of ranks itself.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::nn::parallel::DistributedDataParallel;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let model = DistributedDataParallel::new(nn::Linear::new(4, 2))?;
    /// let ranks = dist::get_world_size()? as f64;
    /// model.register_comm_hook_fn(move |bucket| {
    ///     let gradients = bucket.buffer()? / ranks;
    ///     let sum = dist::all_reduce_options(&gradients).async_op()?;
    ///     Ok(sum.then(move || Ok(gradients)))
    /// })?;
    /// torch::mean(&model.forward(&torch::ones([8, 4]))).backward();
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`register_comm_hook`](Self::register_comm_hook). An error of the hook's is the backward pass's.
    pub fn register_comm_hook_fn(
        &self,
        hook: impl Fn(&GradBucket) -> Result<Future> + Send + Sync + 'static,
    ) -> Result<()> {
        self.sync.reducer.hook_closure(Box::new(move |bucket| {
            let Future { work, finish } = hook(&GradBucket(bucket))?;
            let Some(work) = work else {
                return Ok((None, Box::new(|_: Option<&str>| finish()) as Finish));
            };
            let (work, error) = work.into_parts();
            let finish = move |failed: Option<&str>| match failed {
                Some(words) => Err(error(words)),
                None => finish(),
            };
            Ok((Some(work), Box::new(finish)))
        }))
    }

    /// What c10d has measured, by its names: Python's `_get_ddp_logging_data`, so far as it is numbers.
    /// Times are in nanoseconds, means over the first ten steps and each hundredth, or each so many as
    /// `set_runtime_logging_sample_rate` says: `avg_backward_comm_time` is from the first sum's start to the
    /// last one's end, `avg_backward_compute_comm_overlap_time` the part of it in which the backward pass
    /// still computed.
    pub fn logging_data(&self) -> Result<BTreeMap<String, i64>> {
        self.sync.reducer.log()
    }

    /// After the first ten steps, every `sample_rate`th is measured for `logging_data`; 100 at first.
    /// Python's `_set_ddp_runtime_logging_sample_rate`.
    ///
    /// # Errors
    /// `sample_rate` is zero.
    pub fn set_runtime_logging_sample_rate(&self, sample_rate: u32) -> Result<()> {
        let rate = i32::try_from(sample_rate).unwrap_or(i32::MAX);
        if rate == 0 {
            return Err(Error::argument("sample_rate", "should be at least 1"));
        }
        self.sync.reducer.sample(rate)
    }

    /// How many bytes of gradients are summed up at once, in the order in which they come.
    pub fn bucket_sizes(&self) -> Result<Vec<i64>> {
        self.sync.reducer.bucket_sizes()
    }

    /// The ranks that train it.
    pub fn process_group(&self) -> &ProcessGroup {
        self.sync.process_group()
    }

    /// Calls the model in a way of its own, where `forward` does not map one tensor to one:
    /// `ddp.forward_with(|model| model.forward(&x, &mask))`.
    ///
    /// # Panics
    /// As `forward` does.
    #[track_caller]
    pub fn forward_with<T: Outputs>(&self, forward: impl FnOnce(&M) -> T) -> T {
        self.f_forward_with(forward).unwrap_or_else(|error| refuse(error.to_string()))
    }

    /// As [`forward_with`](Self::forward_with), which panics when a rank is not there any more.
    ///
    /// # Errors
    /// Instead of that panic, and where the last backward pass has not brought all gradients.
    #[track_caller]
    pub fn f_forward_with<T: Outputs>(&self, forward: impl FnOnce(&M) -> T) -> Result<T> {
        self.sync.forward(&self.module, || forward(&self.module))
    }
}

impl<M: Forward> DistributedDataParallel<M> {
    /// Computes the model's output, and gets ready for the backward pass.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        nn::call(self, input)
    }

    /// As [`forward`](Self::forward), which panics when a rank is not there any more.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::nn::parallel::DistributedDataParallel;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let model = DistributedDataParallel::new(nn::Linear::new(4, 2))?;
    /// let loss = torch::mean(&model.f_forward(&torch::ones([8, 4]))?);
    /// model.backward(&loss)?;
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// Instead of that panic, and where the last backward pass has not brought all gradients.
    #[track_caller]
    pub fn f_forward(&self, input: &Tensor) -> Result<Tensor> {
        nn::guarded(self, &[input], |replaced| {
            self.f_forward_with(|module| nn::call(module, replaced.unwrap_or(input)))
        })
    }
}

impl<M: Forward> Forward for DistributedDataParallel<M> {
    fn forward(&self, input: &Tensor) -> Tensor {
        self.forward_with(|module| nn::call(module, input))
    }
}

impl<M: Forward> tch::nn::Module for DistributedDataParallel<M> {
    fn forward(&self, input: &Tensor) -> Tensor {
        nn::call(self, input)
    }
}

impl<M: Module> Field for DistributedDataParallel<M> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    /// A copy with a reducer of its own. As in Python, a hook is not copied.
    fn deepcopy(&self, copies: &mut Copies) -> Self {
        let module = self.module.deepcopy(copies);
        let sync = self.sync.copy_for(&module).unwrap_or_else(|error| refuse(error.to_string()));
        Self { module, sync }
    }
}

/// By hand, since a reducer belongs to its module's parameters.
impl<M: Module> Module for DistributedDataParallel<M> {
    fn class_name(&self) -> &'static str {
        "DistributedDataParallel"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let module = self.module.member().map(|module| ("module".to_string(), module));
        module.into_iter().collect()
    }
}

impl<M: Module> fmt::Display for DistributedDataParallel<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

impl<M: Module> fmt::Debug for DistributedDataParallel<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("DistributedDataParallel");
        fields.field("module", &self.module).field("sync", &self.sync).finish()
    }
}
