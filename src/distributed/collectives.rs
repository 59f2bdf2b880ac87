//! What all ranks do together with their tensors.

use std::fmt;
use std::time::Duration;

use flambeau_derive::function;
use tch::Tensor;

use super::ProcessGroup;
use crate::ffi::{self, Call, Collective as Which};
use crate::{Error, Result};

/// How numbers of several ranks become one: [`torch.distributed.ReduceOp`].
///
/// [`torch.distributed.ReduceOp`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.ReduceOp
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReduceOp {
    /// Their sum.
    #[default]
    Sum,
    /// Their mean.
    Avg,
    /// Their product.
    Product,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Whole numbers, bit by bit: set where all are.
    BAnd,
    /// Whole numbers, bit by bit: set where any is.
    BOr,
    /// Whole numbers, bit by bit: set where an odd number is.
    BXor,
}

/// A collective that has begun: [`torch.distributed.Work`]. Its tensors are to be left alone until
/// [`wait`](Self::wait) has returned.
///
/// [`torch.distributed.Work`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.Work
#[must_use = "its tensors may be touched after `wait()`"]
pub struct Work {
    work: ffi::Work,
    what: &'static str,
    group: ProcessGroup,
}

impl Work {
    /// Waits until it is done.
    ///
    /// # Errors
    /// When it failed, or not all ranks have made the call within the group's timeout.
    pub fn wait(&self) -> Result<()> {
        self.work.wait().map_err(|error| self.group.explained(self.what, error))
    }

    /// Is it done? One that failed is done too, which `wait` says.
    pub fn is_completed(&self) -> bool {
        self.work.is_completed().unwrap_or(true)
    }

    /// What `finish` makes of the tensors when the collective is done: Python's `get_future().then()`. A
    /// hook of [`DistributedDataParallel`](crate::nn::parallel::DistributedDataParallel) returns it.
    pub fn then(self, finish: impl FnOnce() -> Result<Tensor> + Send + 'static) -> Future {
        Future { work: Some(self), finish: Box::new(finish) }
    }

    pub(crate) fn inner(&self) -> &ffi::Work {
        &self.work
    }

    /// With what makes an error of libtorch's words, if it fails.
    pub(crate) fn into_parts(self) -> (ffi::Work, impl FnOnce(&str) -> crate::Error + Send) {
        let Self { work, what, group } = self;
        (work, move |words| group.explained(what, crate::Error::Torch(words.into())))
    }
}

/// A tensor that is there when a collective is done: [`torch.futures.Future`]. [`Work::then`] makes one,
/// and one that is there already is made of a tensor.
///
/// [`torch.futures.Future`]: https://pytorch.org/docs/stable/futures.html#torch.futures.Future
#[must_use = "the tensor is had by `wait()`"]
pub struct Future {
    pub(crate) work: Option<Work>,
    pub(crate) finish: Box<dyn FnOnce() -> Result<Tensor> + Send>,
}

impl Future {
    /// Waits for the tensor.
    ///
    /// # Errors
    /// As [`Work::wait`], and where what is made of it fails.
    pub fn wait(self) -> Result<Tensor> {
        if let Some(work) = self.work {
            work.wait()?;
        }
        (self.finish)()
    }
}

impl From<Tensor> for Future {
    fn from(tensor: Tensor) -> Self {
        Self { work: None, finish: Box::new(|| Ok(tensor)) }
    }
}

impl fmt::Debug for Future {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Future").field("work", &self.work).finish_non_exhaustive()
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("what", &self.what).finish_non_exhaustive()
    }
}

/// The keywords of a collective, which `call` or `async_op` ends.
#[must_use = "it is done by `call()` or begun by `async_op()`"]
pub struct Collective<'a> {
    what: &'static str,
    which: Which,
    outputs: Vec<Tensor>,
    inputs: Vec<Tensor>,
    root: Option<usize>,
    tag: i32,
    op: ReduceOp,
    output_splits: &'a [i64],
    input_splits: &'a [i64],
    group: Option<&'a ProcessGroup>,
}

impl<'a> Collective<'a> {
    fn new(what: &'static str, which: Which, outputs: Vec<Tensor>, inputs: Vec<Tensor>) -> Self {
        let (root, tag, op, group) = (None, 0, ReduceOp::Sum, None);
        let (output_splits, input_splits) = (&[], &[]);
        Self { what, which, outputs, inputs, root, tag, op, output_splits, input_splits, group }
    }

    fn root(self, rank: usize) -> Self {
        Self { root: Some(rank), ..self }
    }

    /// The ranks that make the call; all, if none is named.
    pub fn group(self, group: &'a ProcessGroup) -> Self {
        Self { group: Some(group), ..self }
    }

    /// Does it, and waits until it is done.
    ///
    /// # Errors
    /// When a tensor is not as it has to be, or when not all ranks make the call within the group's
    /// timeout.
    pub fn call(self) -> Result<()> {
        self.async_op()?.wait()
    }

    /// Begins it: Python's `async_op=True`.
    ///
    /// # Errors
    /// When a tensor is not as it has to be, or the group is of no use any more.
    pub fn async_op(self) -> Result<Work> {
        let group = ProcessGroup::or_world(self.group)?;
        let call = Call {
            which: self.which,
            outputs: &self.outputs,
            inputs: &self.inputs,
            op: self.op as i32,
            root: self.root.map_or(Ok(0), |root| group.place_of(root))?,
            tag: self.tag,
            output_splits: self.output_splits,
            input_splits: self.input_splits,
        };
        let begun = group.inner().begin(call);
        let work = begun.map_err(|error| group.explained(self.what, error))?;
        Ok(Work { work, what: self.what, group })
    }
}

impl fmt::Debug for Collective<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collective").field("what", &self.what).finish_non_exhaustive()
    }
}

/// The keywords of a collective that makes one number of several, which `call` or `async_op` ends.
#[derive(Debug)]
#[must_use = "it is done by `call()` or begun by `async_op()`"]
pub struct Reduction<'a>(Collective<'a>);

impl<'a> Reduction<'a> {
    /// How numbers of several ranks become one; they are summed up, if nothing is said.
    pub fn op(self, op: ReduceOp) -> Self {
        Self(Collective { op, ..self.0 })
    }

    /// The ranks that make the call; all, if none is named.
    pub fn group(self, group: &'a ProcessGroup) -> Self {
        Self(self.0.group(group))
    }

    /// Does it, and waits until it is done.
    ///
    /// # Errors
    /// As [`Collective::call`].
    pub fn call(self) -> Result<()> {
        self.0.call()
    }

    /// Begins it: Python's `async_op=True`.
    ///
    /// # Errors
    /// As [`Collective::async_op`].
    pub fn async_op(self) -> Result<Work> {
        self.0.async_op()
    }
}

/// The keywords of [`all_to_all_single`], which `call` or `async_op` ends.
#[derive(Debug)]
#[must_use = "it is done by `call()` or begun by `async_op()`"]
pub struct AllToAllSingle<'a>(Collective<'a>);

impl<'a> AllToAllSingle<'a> {
    /// How many of the output's rows come from each rank; as many from each, if nothing is said.
    pub fn output_split_sizes(self, sizes: &'a [i64]) -> Self {
        Self(Collective { output_splits: sizes, ..self.0 })
    }

    /// How many of the input's rows go to each rank; as many to each, if nothing is said.
    pub fn input_split_sizes(self, sizes: &'a [i64]) -> Self {
        Self(Collective { input_splits: sizes, ..self.0 })
    }

    /// The ranks that make the call; all, if none is named.
    pub fn group(self, group: &'a ProcessGroup) -> Self {
        Self(self.0.group(group))
    }

    /// Does it, and waits until it is done.
    ///
    /// # Errors
    /// As [`Collective::call`].
    pub fn call(self) -> Result<()> {
        self.async_op()?.wait()
    }

    /// Begins it: Python's `async_op=True`.
    ///
    /// # Errors
    /// As [`Collective::async_op`].
    pub fn async_op(self) -> Result<Work> {
        self.check()?;
        self.0.async_op()
    }

    /// Gloo would find out when it is at work, and the group would be of no use for a while after it.
    fn check(&self) -> Result<()> {
        let ranks = ProcessGroup::or_world(self.0.group)?.size();
        let Collective { outputs, inputs, output_splits, input_splits, .. } = &self.0;
        for (name, tensors, sizes) in
            [("output", outputs, output_splits), ("input", inputs, input_splits)]
        {
            let Some(tensor) = tensors.iter().find(|tensor| tensor.defined()) else { continue };
            let rows = tensor.size().first().copied().unwrap_or(0);
            let sum = sizes.iter().sum::<i64>();
            let problem = if sizes.is_empty() && rows % ranks as i64 != 0 {
                format!("the {name}'s {rows} rows do not go evenly to {ranks} ranks")
            } else if !sizes.is_empty() && sizes.len() != ranks {
                format!("{sizes:?} are not a size for each of {ranks} ranks")
            } else if !sizes.is_empty() && (sum != rows || sizes.iter().any(|size| *size < 0)) {
                format!("{sizes:?} are not the {name}'s {rows} rows")
            } else {
                continue;
            };
            return Err(Error::argument(format!("{name}_split_sizes"), problem));
        }
        Ok(())
    }
}

fn handles<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Vec<Tensor> {
    tensors.into_iter().map(Tensor::shallow_clone).collect()
}

/// A collective by place alone, and with keywords.
macro_rules! collective {
    (
        $(#[$doc:meta])*
        $name:ident / $options:ident ($($argument:ident: $type:ty),*) -> $call:ident, $made:expr
    ) => {
        $(#[$doc])*
        pub fn $name($($argument: $type),*) -> Result<()> {
            $options($($argument),*).call()
        }

        #[doc = concat!(
            " [`", stringify!($name), "`] with keywords, which are set before `.call()` or ",
            "`.async_op()`."
        )]
        pub fn $options<'a>($($argument: $type),*) -> $call<'a> {
            $made
        }
    };
}

collective! {
    /// Reduces a tensor over all ranks, in place: [`torch.distributed.all_reduce`]. Afterwards all have
    /// the same bits.
    ///
    /// # Shapes
    /// Any, the same on all ranks.
    ///
    /// # Keywords
    /// Set between `all_reduce_options` and `.call()`: `op`, the sum at first, and `group`.
    /// `.async_op()` in place of `.call()` returns at once, with a [`Work`] to wait for.
    ///
    /// ```
    /// use flambeau::distributed::{self as dist, ReduceOp};
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let x = torch::tensor([1.0, 2.0]);
    /// dist::all_reduce(&x)?;
    /// let work = dist::all_reduce_options(&x).op(ReduceOp::Max).async_op()?;
    /// work.wait()?;
    /// assert_eq!(x, torch::tensor([1.0, 2.0])); // in a world of one
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Collective::call`]; also when the numbers have no such reduction.
    ///
    /// [`torch.distributed.all_reduce`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_reduce
    all_reduce / all_reduce_options(tensor: &Tensor) -> Reduction,
    Reduction(Collective::new("all_reduce", Which::AllReduce, handles([tensor]), vec![]))
}

collective! {
    /// Copies rank `src`'s tensor into all others': [`torch.distributed.broadcast`]. It has the same
    /// shape on all ranks. Keyword: `group`, or `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.broadcast`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.broadcast
    broadcast / broadcast_options(tensor: &Tensor, src: usize) -> Collective,
    Collective::new("broadcast", Which::Broadcast, handles([tensor]), vec![]).root(src)
}

collective! {
    /// Reduces a tensor over all ranks into rank `dst`'s: [`torch.distributed.reduce`]. What is in the
    /// others' afterwards is not said. Keywords: `op` and `group`, or `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`]; also when the numbers have no such reduction.
    ///
    /// [`torch.distributed.reduce`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.reduce
    reduce / reduce_options(tensor: &Tensor, dst: usize) -> Reduction,
    Reduction(Collective::new("reduce", Which::Reduce, handles([tensor]), vec![]).root(dst))
}

collective! {
    /// Copies each rank's tensor into the list of all, in the order of the ranks:
    /// [`torch.distributed.all_gather`]. The list has as many tensors as there are ranks, of the
    /// tensor's shape. Keyword: `group`, or `.async_op()`.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let own = torch::tensor([dist::get_rank()? as i64]);
    /// let all: Vec<_> = (0..dist::get_world_size()?).map(|_| own.zeros_like()).collect();
    /// dist::all_gather(&all, &own)?;
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.all_gather`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_gather
    all_gather / all_gather_options(tensor_list: &[Tensor], tensor: &Tensor) -> Collective,
    Collective::new("all_gather", Which::AllGather, handles(tensor_list), handles([tensor]))
}

collective! {
    /// As [`all_gather`], into one tensor, in which the ranks' stand one behind the other:
    /// [`torch.distributed.all_gather_into_tensor`]. Keyword: `group`, or `.async_op()`.
    ///
    /// # Shapes
    /// Input (n, ∗); output (ranks · n, ∗) or (ranks, n, ∗).
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.all_gather_into_tensor`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_gather_into_tensor
    all_gather_into_tensor / all_gather_into_tensor_options(output: &Tensor, input: &Tensor) -> Collective,
    Collective::new("all_gather_into_tensor", Which::AllGatherSingle, handles([output]), handles([input]))
}

collective! {
    /// Copies each rank's tensor into rank `dst`'s list, in the order of the ranks:
    /// [`torch.distributed.gather`]. The others give an empty list. Keyword: `group`, or
    /// `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.gather`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.gather
    gather / gather_options(tensor: &Tensor, gather_list: &[Tensor], dst: usize) -> Collective,
    Collective::new("gather", Which::Gather, handles(gather_list), handles([tensor])).root(dst)
}

collective! {
    /// Copies each of rank `src`'s list into the tensor of the rank in that place:
    /// [`torch.distributed.scatter`]. The others give an empty list. Keyword: `group`, or
    /// `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.scatter`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.scatter
    scatter / scatter_options(tensor: &Tensor, scatter_list: &[Tensor], src: usize) -> Collective,
    Collective::new("scatter", Which::Scatter, handles([tensor]), handles(scatter_list)).root(src)
}

collective! {
    /// Reduces the lists of all ranks place by place, and gives each rank what is in its place:
    /// [`torch.distributed.reduce_scatter`]. Keywords: `op` and `group`, or `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`]; also when the numbers have no such reduction.
    ///
    /// [`torch.distributed.reduce_scatter`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.reduce_scatter
    reduce_scatter / reduce_scatter_options(output: &Tensor, input_list: &[Tensor]) -> Reduction,
    Reduction(Collective::new("reduce_scatter", Which::ReduceScatter, handles([output]), handles(input_list)))
}

collective! {
    /// As [`reduce_scatter`], of one tensor, which is split along its first dimension:
    /// [`torch.distributed.reduce_scatter_tensor`]. Keywords: `op` and `group`, or `.async_op()`.
    ///
    /// # Shapes
    /// Input (ranks · n, ∗) or (ranks, n, ∗); output (n, ∗).
    ///
    /// # Errors
    /// As [`Collective::call`]; also when the numbers have no such reduction.
    ///
    /// [`torch.distributed.reduce_scatter_tensor`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.reduce_scatter_tensor
    reduce_scatter_tensor / reduce_scatter_tensor_options(output: &Tensor, input: &Tensor) -> Reduction,
    Reduction(Collective::new("reduce_scatter_tensor", Which::ReduceScatterSingle, handles([output]), handles([input])))
}

collective! {
    /// Sends each of a list to the rank in that place, and takes what each sends:
    /// [`torch.distributed.all_to_all`]. Keyword: `group`, or `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.all_to_all`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_to_all
    all_to_all / all_to_all_options(output_tensor_list: &[Tensor], input_tensor_list: &[Tensor]) -> Collective,
    Collective::new("all_to_all", Which::AllToAll, handles(output_tensor_list), handles(input_tensor_list))
}

collective! {
    /// As [`all_to_all`], of one tensor, which is split along its first dimension, evenly if nothing is
    /// said: [`torch.distributed.all_to_all_single`].
    ///
    /// # Shapes
    /// Input (the sum of `input_split_sizes`, ∗); output (the sum of `output_split_sizes`, ∗). What a rank
    /// sends to another is as long as what that takes from it.
    ///
    /// # Keywords
    /// `output_split_sizes`, `input_split_sizes` and `group`, or `.async_op()`.
    ///
    /// ```
    /// use flambeau::distributed as dist;
    /// use flambeau::prelude::*;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let store = format!("file://{}/store", folder.path().display());
    /// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
    /// let (input, output) = (torch::randn([3, 2]), torch::zeros([3, 2]));
    /// let call = dist::all_to_all_single_options(&output, &input);
    /// call.output_split_sizes(&[3]).input_split_sizes(&[3]).call()?; // a size for each rank
    /// assert_eq!(output, input);
    /// # dist::destroy_process_group()?;
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Collective::call`]; also when the sizes are not as many as the ranks, or their sum is not the
    /// tensor's.
    ///
    /// [`torch.distributed.all_to_all_single`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.all_to_all_single
    all_to_all_single / all_to_all_single_options(output: &Tensor, input: &Tensor) -> AllToAllSingle,
    AllToAllSingle(Collective::new("all_to_all_single", Which::AllToAllSingle, handles([output]), handles([input])))
}

collective! {
    /// Waits until all ranks have come to it: [`torch.distributed.barrier`]. Keyword: `group`, or
    /// `.async_op()`.
    ///
    /// # Errors
    /// As [`Collective::call`].
    ///
    /// [`torch.distributed.barrier`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.barrier
    barrier / barrier_options() -> Collective,
    Collective::new("barrier", Which::Barrier, vec![], vec![])
}

/// Waits until all ranks have come to it, and says which have not: [`torch.distributed.monitored_barrier`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use flambeau::distributed as dist;
///
/// dist::monitored_barrier_options().timeout(Duration::from_secs(60)).wait_all_ranks(true).call()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When not all have come within the timeout. Rank 0 says which.
///
/// [`torch.distributed.monitored_barrier`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.monitored_barrier
#[function]
pub fn monitored_barrier(
    /// The ranks that make the call; all, if none is named.
    group: Option<&ProcessGroup>,
    /// How long rank 0 waits; the group's timeout, if none is given. The others wait for it as long as the
    /// group does, as in Python.
    timeout: Option<Duration>,
    /// Whether rank 0 names all that have not come, rather than the first.
    #[builder(default = false)]
    wait_all_ranks: bool,
) -> Result<()> {
    let group = ProcessGroup::or_world(group)?;
    let waited = group.inner().monitored_barrier(timeout, wait_all_ranks);
    let timeout = timeout.unwrap_or(group.timeout());
    waited.map_err(|error| group.explained_after("monitored_barrier", error, timeout))
}

/// Sends a tensor to rank `dst`, and waits until it is on its way: [`torch.distributed.send`]. It
/// receives by [`recv`](fn@recv).
///
/// # Errors
/// As [`Collective::call`]; also when `dst` is this rank.
///
/// [`torch.distributed.send`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.send
#[function]
pub fn send(
    tensor: &Tensor,
    dst: usize,
    /// The group that the rank is in; all, if none is named.
    group: Option<&ProcessGroup>,
    /// What tells messages between the same ranks apart.
    #[builder(default)]
    tag: i32,
) -> Result<()> {
    isend(tensor, dst, tag, group)?.wait()
}

/// As [`send`](fn@send), which it begins: [`torch.distributed.isend`].
///
/// # Errors
/// As [`send`](fn@send).
///
/// [`torch.distributed.isend`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.isend
pub fn isend(tensor: &Tensor, dst: usize, tag: i32, group: Option<&ProcessGroup>) -> Result<Work> {
    let collective = Collective::new("send", Which::Send, vec![], handles([tensor])).root(dst);
    between("dst", Collective { tag, group, ..collective })
}

/// Receives a tensor of the same shape and kind from rank `src`, or from any where none is named, and
/// returns the rank that it came from: [`torch.distributed.recv`].
///
/// ```no_run
/// use flambeau::distributed as dist;
/// use flambeau::prelude::*;
///
/// dist::init_process_group()?;
/// let x = torch::zeros([3]);
/// match dist::get_rank()? {
///     0 => dist::send(&torch::ones([3]), 1)?,
///     _ => assert_eq!(dist::recv_options(&x).src(0).call()?, 0),
/// }
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`Collective::call`]; also when `src` is this rank.
///
/// [`torch.distributed.recv`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.recv
#[function]
pub fn recv(
    tensor: &Tensor,
    /// The rank that it comes from; any, if none is named.
    src: Option<usize>,
    /// The group that the rank is in; all, if none is named.
    group: Option<&ProcessGroup>,
    /// What tells messages between the same ranks apart.
    #[builder(default)]
    tag: i32,
) -> Result<usize> {
    let work = irecv(tensor, src, tag, group)?;
    work.wait()?;
    match src {
        Some(src) => Ok(src),
        None => Ok(work.group.ranks()[work.work.source()?]),
    }
}

/// As [`recv`](fn@recv), which it begins: [`torch.distributed.irecv`].
///
/// # Errors
/// As [`recv`](fn@recv).
///
/// [`torch.distributed.irecv`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.irecv
pub fn irecv(
    tensor: &Tensor,
    src: Option<usize>,
    tag: i32,
    group: Option<&ProcessGroup>,
) -> Result<Work> {
    let which = if src.is_some() { Which::Recv } else { Which::RecvAnySource };
    let collective = Collective::new("recv", which, handles([tensor]), vec![]);
    between("src", Collective { tag, group, root: src, ..collective })
}

/// From one rank to another.
fn between(name: &str, collective: Collective<'_>) -> Result<Work> {
    let group = ProcessGroup::or_world(collective.group)?;
    if collective.root.is_some_and(|other| group.ranks()[group.rank()] == other) {
        let problem = "it is this rank, which cannot send to or receive from itself";
        return Err(crate::Error::argument(name, problem));
    }
    collective.async_op()
}
