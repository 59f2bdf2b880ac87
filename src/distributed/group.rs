//! Groups of processes, and the one that all are in.

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use flambeau_derive::function;

use super::rendezvous::{self, Arrived, Launcher, Patience, within};
use super::roll::Roll;
use crate::ffi::{self, LONGEST_WAIT, Store, first_line};
use crate::{Error, Result};

/// What carries the tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    /// Those on the CPU alone.
    Gloo,
    /// Those on the CPU by Gloo, those on a GPU by NCCL.
    GlooAndNccl,
}

impl Backend {
    pub fn of(name: &str) -> Result<Self> {
        match name {
            "gloo" | "cpu:gloo" => Ok(Self::Gloo),
            "nccl" | "cpu:gloo,cuda:nccl" if is_nccl_available() => Ok(Self::GlooAndNccl),
            "nccl" | "cpu:gloo,cuda:nccl" => {
                let problem = "this build has Gloo alone, which is for tensors on the CPU: build it with \
                               `--features nccl` and a libtorch for CUDA, or give \"gloo\"";
                Err(Error::argument("backend", problem))
            }
            other => {
                let problem = format!("there is no backend {other:?}; give \"gloo\" or \"nccl\"");
                Err(Error::argument("backend", problem))
            }
        }
    }
}

/// Was this built with NCCL, that is with the feature `nccl`? [`torch.distributed.is_nccl_available`].
///
/// [`torch.distributed.is_nccl_available`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.is_nccl_available
pub fn is_nccl_available() -> bool {
    cfg!(feature = "nccl")
}

/// The group of all ranks, and what comes with it.
struct World {
    group: ProcessGroup,
    store: Arc<Store>,
    timeout: Duration,
    backend: Backend,
    roll: Arc<Roll>,
    /// How many groups were made, which names the next one on all ranks alike.
    groups: AtomicUsize,
}

static WORLD: Mutex<Option<Arc<World>>> = Mutex::new(None);

fn world() -> MutexGuard<'static, Option<Arc<World>>> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn initialized() -> Result<Arc<World>> {
    world().clone().ok_or_else(|| {
        let problem = "Default process group has not been initialized, please make sure to call \
                       init_process_group.";
        Error::Distributed(problem.into())
    })
}

/// Makes the group of all ranks, once `arrive` has brought them together.
pub(super) fn begin(
    backend: Backend,
    patience: Patience,
    arrive: impl FnOnce(Patience) -> Result<Arrived>,
) -> Result<()> {
    if world().is_some() {
        let problem = "trying to initialize the default process group twice!";
        return Err(Error::Distributed(problem.into()));
    }
    let Arrived { store, rank, world_size, place, host, address } = arrive(patience)?;
    let timeout = patience.timeout;
    let roll = Roll::new(store.prefixed("roll/")?, rank, world_size, place, host, address);
    let roll = Arc::new(roll);
    let ranks = (0..world_size).collect();
    let group = ProcessGroup::new(&store, backend, "default_pg", ranks, rank, patience, &roll)
        .map_err(|error| explained("init_process_group", error, timeout, &roll))?;
    wait_for_others(&store, world_size, timeout);
    rendezvous::count(&roll.place, &store, roll.host == Some(rank));
    *world() =
        Some(Arc::new(World { group, store, timeout, backend, roll, groups: AtomicUsize::new(1) }));
    Ok(())
}

/// Waits until the other ranks have made their connections: one that left at once would end these in the
/// making. Not for long, since whoever is gone fails by itself.
fn wait_for_others(store: &Arc<Store>, world_size: usize, timeout: Duration) {
    const LONGEST: Duration = Duration::from_secs(3);
    let (store, limit) = (store.clone(), timeout.min(LONGEST));
    let ends = Instant::now() + limit;
    within(limit, move || -> Result<()> {
        let mut connected = store.add("connected", 1)?;
        while connected < world_size as i64 && Instant::now() < ends {
            thread::sleep(Duration::from_millis(5));
            connected = store.add("connected", 0)?;
        }
        Ok(())
    });
}

/// What a collective says when it fails: who is not there any more, and what libtorch said.
fn explained(what: &str, error: Error, timeout: Duration, roll: &Roll) -> Error {
    let text = error.to_string();
    let (rank, size) = (roll.rank, roll.world_size);
    let here = format!(", on rank {rank} of {size}: ");
    if text.contains(&here) {
        return Error::Distributed(text);
    }
    if let Some((_, name)) = text.split_once("Unable to find address for: ") {
        let name = name.split_whitespace().next().unwrap_or_default();
        let problem = format!(
            "this host has no network interface {name:?} with an address; `ip address` lists those that it \
             has"
        );
        return Error::argument("GLOO_SOCKET_IFNAME", problem);
    }
    // What is wrong with the arguments is told before anybody was waited for.
    if !SIGNS_OF_THE_NETWORK.iter().any(|sign| text.contains(sign)) {
        return error;
    }
    let reason = roll.reason(timeout).map_or(String::new(), |reason| format!("{reason} "));
    Error::Distributed(format!("{what}{here}{reason}({})", short(&text)))
}

/// What libtorch said, without where in its source and what it guesses.
fn short(text: &str) -> &str {
    let line = first_line(text);
    let line = line.split(". This is typically").next().unwrap_or(line);
    match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((place, said)) if place.contains(".cc:") => said,
        _ => line,
    }
}

/// What stands in libtorch's words where the network or another rank failed.
const SIGNS_OF_THE_NETWORK: [&str; 8] = [
    "gloo/transport",
    "imed out",
    "imeout",
    "onnection",
    "Broken pipe",
    "closed by peer",
    "ocket",
    "monitoredBarrier",
];

/// Some of the ranks, or all, which make calls together: [`torch.distributed.ProcessGroup`].
///
/// [`new_group`](fn@new_group) makes one; the group of all stands behind every collective that names no
/// other. Copies are the same group.
///
/// [`torch.distributed.ProcessGroup`]: https://pytorch.org/docs/stable/distributed.html#groups
#[derive(Clone)]
pub struct ProcessGroup(Arc<Inner>);

struct Inner {
    group: ffi::Group,
    /// The members as all ranks are counted, in the order in which the group counts them.
    ranks: Vec<usize>,
    rank: usize,
    timeout: Duration,
    roll: Arc<Roll>,
}

impl ProcessGroup {
    fn new(
        store: &Arc<Store>,
        backend: Backend,
        name: &str,
        ranks: Vec<usize>,
        rank: usize,
        patience: Patience,
        roll: &Arc<Roll>,
    ) -> Result<Self> {
        let (asked, timeout) = (roll.clone(), patience.timeout);
        let explain = move |text: &str| {
            explained("all_reduce", Error::Torch(text.into()), timeout, &asked).to_string()
        };
        let (store, name, size) = (store.clone(), name.to_string(), ranks.len());
        let made = patience.within(move || {
            let group = ffi::Group::gloo(&store, &name, rank, size, timeout, Box::new(explain))?;
            #[cfg(feature = "nccl")]
            if backend == Backend::GlooAndNccl {
                group.add_nccl(&store, &name, timeout)?;
            }
            let _ = backend;
            Ok(group)
        });
        let silent = || Err(Error::Torch("timed out".into()));
        let group = made.unwrap_or_else(silent)?;
        Ok(Self(Arc::new(Inner { group, ranks, rank, timeout, roll: roll.clone() })))
    }

    /// The group of all ranks: Python's `group.WORLD`.
    ///
    /// # Errors
    /// When there is none, since [`init_process_group`](fn@crate::distributed::init_process_group) was
    /// not called.
    pub fn world() -> Result<Self> {
        Ok(initialized()?.group.clone())
    }

    /// The group that a keyword names, or that of all ranks.
    pub(super) fn or_world(group: Option<&Self>) -> Result<Self> {
        group.cloned().map_or_else(Self::world, Ok)
    }

    /// This process's rank within the group.
    pub fn rank(&self) -> usize {
        self.0.rank
    }

    /// How many ranks the group has.
    pub fn size(&self) -> usize {
        self.0.ranks.len()
    }

    /// The group's members, as all ranks are counted.
    pub fn ranks(&self) -> &[usize] {
        &self.0.ranks
    }

    /// What a rank of all is within the group.
    pub(super) fn place_of(&self, rank: usize) -> Result<usize> {
        let place = self.0.ranks.iter().position(|member| *member == rank);
        place.ok_or_else(|| {
            let problem = format!("{rank} is none of the group's ranks, {:?}", self.0.ranks);
            Error::argument("rank", problem)
        })
    }

    /// The group as libtorch has it.
    pub(crate) fn inner(&self) -> &ffi::Group {
        &self.0.group
    }

    /// The error of a call on this group, with what can be said of the ranks.
    pub(crate) fn explained(&self, what: &str, error: Error) -> Error {
        self.explained_after(what, error, self.0.timeout)
    }

    /// As `explained`, of a call with a timeout of its own.
    pub(super) fn explained_after(&self, what: &str, error: Error, timeout: Duration) -> Error {
        explained(what, error, timeout, &self.0.roll)
    }

    /// How long a call waits for the other ranks.
    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }
}

impl fmt::Debug for ProcessGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut group = f.debug_struct("ProcessGroup");
        group.field("rank", &self.rank()).field("ranks", &self.ranks()).finish_non_exhaustive()
    }
}

impl PartialEq for ProcessGroup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Has [`init_process_group`](fn@crate::distributed::init_process_group) been called?
/// [`torch.distributed.is_initialized`].
///
/// [`torch.distributed.is_initialized`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.is_initialized
pub fn is_initialized() -> bool {
    world().is_some()
}

/// This process's rank among all: [`torch.distributed.get_rank`]. Within another group it is
/// [`ProcessGroup::rank`].
///
/// # Errors
/// When [`init_process_group`](fn@crate::distributed::init_process_group) was not called.
///
/// [`torch.distributed.get_rank`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.get_rank
pub fn get_rank() -> Result<usize> {
    Ok(initialized()?.group.rank())
}

/// How many ranks there are: [`torch.distributed.get_world_size`]. Of another group it is
/// [`ProcessGroup::size`].
///
/// # Errors
/// When [`init_process_group`](fn@crate::distributed::init_process_group) was not called.
///
/// [`torch.distributed.get_world_size`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.get_world_size
pub fn get_world_size() -> Result<usize> {
    Ok(initialized()?.group.size())
}

/// What carries the tensors of the group of all: `"gloo"`, or `"cpu:gloo,cuda:nccl"`.
/// [`torch.distributed.get_backend`].
///
/// # Errors
/// When [`init_process_group`](fn@crate::distributed::init_process_group) was not called.
///
/// [`torch.distributed.get_backend`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.get_backend
pub fn get_backend() -> Result<&'static str> {
    Ok(match initialized()?.backend {
        Backend::Gloo => "gloo",
        Backend::GlooAndNccl => "cpu:gloo,cuda:nccl",
    })
}

/// Was this process started by torchrun? [`torch.distributed.is_torchelastic_launched`].
///
/// [`torch.distributed.is_torchelastic_launched`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.is_torchelastic_launched
pub fn is_torchelastic_launched() -> bool {
    env::var_os("TORCHELASTIC_RUN_ID").is_some()
}

/// Which of its host's ranks this process is, as torchrun says in `LOCAL_RANK`, and Slurm and OpenMPI in
/// variables of their own: the number of its GPU, say. [`torch.distributed.get_node_local_rank`].
///
/// # Errors
/// When none of them is set and no fallback is given, or it is no number.
///
/// [`torch.distributed.get_node_local_rank`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.get_node_local_rank
#[function]
pub fn get_node_local_rank(
    /// What it is where none of them is set, as in a program that was started alone.
    fallback_rank: Option<usize>,
) -> Result<usize> {
    let name = Launcher::of_environment().local_rank;
    match (env::var(name), fallback_rank) {
        (Ok(text), _) => {
            text.parse().map_err(|_| Error::argument(name, format!("{text:?} is no rank")))
        }
        (Err(_), Some(fallback)) => Ok(fallback),
        (Err(_), None) => {
            let problem = format!(
                "{name} is not in the environment. Consider passing fallback_rank, or starting the program \
                 with torchrun, which sets it"
            );
            Err(Error::argument(name, problem))
        }
    }
}

/// Makes a group of some of the ranks: [`torch.distributed.new_group`]. All ranks call it, those that
/// are left out as well, in the same order; these have `None`.
///
/// ```
/// use flambeau::distributed as dist;
/// use flambeau::prelude::*;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let store = format!("file://{}/store", folder.path().display());
/// dist::init_process_group_options().init_method(&store).rank(0).world_size(1).call()?;
/// if let Some(group) = dist::new_group(&[0])? {
///     let x = torch::ones([2]);
///     dist::all_reduce_options(&x).group(&group).call()?;
/// }
/// dist::destroy_process_group()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When a rank is none of the world's or comes twice, or not all that are in it come in time.
///
/// [`torch.distributed.new_group`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.new_group
#[function]
pub fn new_group<R: Into<Members>>(
    ranks: R,
    /// How long a call waits for the other ranks; that of the world, if none is given.
    timeout: Option<Duration>,
) -> Result<Option<ProcessGroup>> {
    let world = initialized()?;
    let size = world.group.size();
    let Members(ranks) = ranks.into();
    let ranks = ranks.unwrap_or_else(|| (0..size).collect());
    let mut members = ranks.clone();
    members.sort_unstable();
    members.dedup();
    if members.len() < ranks.len() || members.is_empty() || members.iter().any(|r| *r >= size) {
        let problem = format!("{ranks:?} are not different ranks of a world of {size}");
        return Err(Error::argument("ranks", problem));
    }
    // All ranks count, or names would differ.
    let number = world.groups.fetch_add(1, Ordering::Relaxed);
    let Some(rank) = members.iter().position(|rank| *rank == world.group.rank()) else {
        return Ok(None);
    };
    let timeout = timeout.unwrap_or(world.timeout).min(LONGEST_WAIT);
    let (name, patience) = (format!("group_{number}"), Patience::new(timeout));
    ProcessGroup::new(&world.store, world.backend, &name, members, rank, patience, &world.roll)
        .map(Some)
        .map_err(|error| explained("new_group", error, timeout, &world.roll))
}

/// Which ranks [`new_group`](fn@new_group) takes: those of a list, or all for `None`.
#[derive(Clone, Debug)]
pub struct Members(Option<Vec<usize>>);

impl From<Option<&[usize]>> for Members {
    fn from(ranks: Option<&[usize]>) -> Self {
        Self(ranks.map(<[usize]>::to_vec))
    }
}

impl From<&[usize]> for Members {
    fn from(ranks: &[usize]) -> Self {
        Some(ranks).into()
    }
}

impl<const N: usize> From<&[usize; N]> for Members {
    fn from(ranks: &[usize; N]) -> Self {
        Some(&ranks[..]).into()
    }
}

impl From<&Vec<usize>> for Members {
    fn from(ranks: &Vec<usize>) -> Self {
        Some(&ranks[..]).into()
    }
}

/// Makes groups of `group_size` ranks that follow each other, as those of a host, and returns this rank's:
/// [`torch.distributed.new_subgroups`]. All ranks call it.
///
/// # Errors
/// When the world is no multiple of the size; else as [`new_group`](fn@new_group).
///
/// [`torch.distributed.new_subgroups`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.new_subgroups
pub fn new_subgroups(group_size: usize) -> Result<ProcessGroup> {
    let (rank, size) = (get_rank()?, get_world_size()?);
    if group_size == 0 || !size.is_multiple_of(group_size) {
        let problem = format!("{group_size} does not divide the world size, {size}");
        return Err(Error::argument("group_size", problem));
    }
    let mut own = None;
    for first in (0..size).step_by(group_size) {
        let ranks = Vec::from_iter(first..first + group_size);
        own = new_group(&ranks)?.or(own);
    }
    own.ok_or_else(|| Error::argument("group_size", format!("no group has rank {rank}")))
}

/// What a program does before it ends after an error: the rank that has the store stays for a moment, until the
/// others end too.
#[cfg(feature = "cli")]
pub(crate) fn end_after_error() {
    if let Ok(world) = initialized() {
        world.roll.end_after_error();
    }
}

/// Ends what [`init_process_group`](fn@crate::distributed::init_process_group) began:
/// [`torch.distributed.destroy_process_group`]. Every rank calls it when it makes no more collectives;
/// another world may be begun then.
///
/// The rank that has the store, as a rule rank 0, stays until all others have called it too, or do not
/// answer any more.
///
/// # Errors
/// When there is no group.
///
/// [`torch.distributed.destroy_process_group`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.destroy_process_group
pub fn destroy_process_group() -> Result<()> {
    let ended = initialized()?;
    *world() = None;
    ended.roll.leave(ended.timeout);
    Ok(())
}
