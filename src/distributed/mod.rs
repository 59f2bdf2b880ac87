//! Several processes that compute together: [`torch.distributed`], on its own engine, c10d.
//!
//! Each process, a *rank*, runs the same program. [`init_process_group`](fn@init_process_group) brings them together; then
//! a collective, as [`all_reduce`], is a call that all ranks make in the same order, each with its own
//! tensor. Models are trained by
//! [`nn::parallel::DistributedDataParallel`](crate::nn::parallel::DistributedDataParallel), which makes
//! these calls by itself.
//!
//! ```
//! use flambeau::distributed::{self as dist, ReduceOp};
//! use flambeau::prelude::*;
//!
//! // What torchrun sets in the environment, for a world of one rank.
//! # let folder = tempfile::tempdir().unwrap();
//! # let store = format!("file://{}/store", folder.path().display());
//! dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
//! let loss = torch::tensor([0.5]);
//! dist::all_reduce_options(&loss).op(ReduceOp::Avg).call()?;
//! if dist::get_rank()? == 0 {
//!     println!("loss {}", loss.item());
//! }
//! dist::destroy_process_group()?;
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! # How the ranks find each other
//!
//! By a store of small texts, which `init_method` names:
//!
//! | `init_method` | the store | rank and world size |
//! |---|---|---|
//! | `env://`, the default | with rank 0, at `MASTER_ADDR` and `MASTER_PORT`, or torchrun's own | `RANK` and `WORLD_SIZE`, as torchrun sets them, or what srun and mpirun set |
//! | `tcp://host:port` | with rank 0, at that address | given, or `?rank=…&world_size=…` |
//! | `file:///path` | a file that all reach, which is not there before | given, or as above |
//!
//! Of Slurm, the processes of a step are ranks, which srun has started. A batch script and a shell of salloc's
//! are none, though they are told of the job's tasks: there the programs of this crate run as one process, and
//! `env://` asks for `RANK`.
//!
//! The tensors then go from each rank to each other, over the network interface that the host's name
//! leads to, or the one that `GLOO_SOCKET_IFNAME` names.
//!
//! libtorch asks for the name of each address that it connects to, in Python too. A name server that does
//! not answer takes five seconds each time; with `RES_OPTIONS=timeout:1` in the environment it takes one.
//! Ranks of one host need none where `/etc/hosts` has a line `::ffff:127.0.0.1 localhost`.
//!
//! # Errors
//!
//! No call waits for longer than the group's `timeout`, the first one included. It is half an hour, as in
//! Python, unless another is given. When one fails, the ranks that have not ended are called by way of the
//! store, and the error says which do not answer: [`Error::Distributed`](crate::Error::Distributed). That
//! takes up to four seconds more, and up to five more on the rank that has the store, which stays for others
//! that have not noticed yet. After an error the group is of no use any more.
//!
//! A rank whose process ends is noticed at once, since its connections end. One that is stopped (SIGSTOP)
//! keeps them, as does a host that is gone or cut off, and is noticed when the timeout is over. Until then
//! it is waited for like one that is slow. A timeout has to be longer than what a rank does alone while the
//! others wait. The programs of this crate have the flag `--timeout` for it.
//!
//! # What carries the tensors
//!
//! Gloo, those on the CPU. With the feature `nccl` and a libtorch for CUDA,
//! `init_process_group_options().backend("nccl")` has NCCL carry those on GPUs, and Gloo those on the CPU:
//! Python's `"cpu:gloo,cuda:nccl"`. NCCL was built and linked, not run: no machine with a GPU was at hand.
//! As in Python, a call on it returns when its work is queued on the GPU, and its own watchdog ends the
//! process when a rank does not come within the timeout; with `TORCH_NCCL_BLOCKING_WAIT=1` in the
//! environment the wait fails instead.
//!
//! # Other names
//!
//! | Python | here |
//! |---|---|
//! | `get_process_group_ranks(group)` | [`ProcessGroup::ranks`] |
//! | `get_global_rank(group, i)`, `get_group_rank(group, rank)` | `group.ranks()[i]`, and the place in it |
//! | `work.get_future().then(…)` | [`Work::then`] |
//! | `all_gather_single`, `reduce_scatter_single` | [`all_gather_into_tensor`], [`reduce_scatter_tensor`] |
//!
//! # What is not here
//!
//! `batch_isend_irecv`, which on Gloo is no more than each [`isend`] and [`irecv`] by itself; `split_group`
//! and what else is bound to one GPU; Python's `*_coalesced`, which it deprecates; MPI, UCC and XPU. A rank
//! is one process with one thread that calls collectives.
//!
//! [`torch.distributed`]: https://pytorch.org/docs/stable/distributed.html

mod collectives;
mod group;
mod objects;
mod rendezvous;
mod roll;

pub use collectives::{
    AllToAllSingle, Collective, Future, ReduceOp, Reduction, Work, all_gather,
    all_gather_into_tensor, all_gather_into_tensor_options, all_gather_options, all_reduce,
    all_reduce_options, all_to_all, all_to_all_options, all_to_all_single,
    all_to_all_single_options, barrier, barrier_options, broadcast, broadcast_options, gather,
    gather_options, irecv, isend, monitored_barrier, monitored_barrier_options, recv, recv_options,
    reduce, reduce_options, reduce_scatter, reduce_scatter_options, reduce_scatter_tensor,
    reduce_scatter_tensor_options, scatter, scatter_options, send, send_options,
};
#[cfg(feature = "cli")]
pub(crate) use group::end_after_error;
pub use group::{
    GetNodeLocalRankCall, Members, NewGroupCall, ProcessGroup, destroy_process_group, get_backend,
    get_node_local_rank, get_node_local_rank_options, get_rank, get_world_size, is_initialized,
    is_nccl_available, is_torchelastic_launched, new_group, new_group_options, new_subgroups,
};
pub use objects::{
    all_gather_object, all_gather_object_options, broadcast_object_list,
    broadcast_object_list_options, gather_object, gather_object_options, recv_object_list,
    recv_object_list_options, scatter_object_list, scatter_object_list_options, send_object_list,
    send_object_list_options,
};
#[cfg(feature = "cli")]
pub(crate) use rendezvous::launched;
pub use rendezvous::{InitProcessGroupCall, init_process_group, init_process_group_options};
