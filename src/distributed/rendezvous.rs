//! How the ranks come together: the store, and who has come to it.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use flambeau_derive::function;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use super::group::{self, Backend};
use super::roll::SocketAddress;
use crate::ffi::{self, LONGEST_WAIT, Store, first_line};
use crate::warning::warn;
use crate::{Error, Result};

/// How often a rank looks again whether another has come.
const GLANCE: Duration = Duration::from_millis(20);

/// After how long a rank says for whom it waits.
const LONG: Duration = Duration::from_secs(10);

/// How long after the end of its patience a rank may take to say what was wrong.
const GRACE: Duration = Duration::from_secs(2);

/// A rank that has come to a store, with all others.
pub(super) struct Arrived {
    pub store: Arc<Store>,
    pub rank: usize,
    pub world_size: usize,
    /// Where the store is, as messages name it.
    pub place: String,
    /// Which rank the store ends with.
    pub host: Option<usize>,
    /// The store's address, where it has one.
    pub address: Option<SocketAddress>,
}

/// Brings the ranks together, and makes of them the group that collectives are called on:
/// [`torch.distributed.init_process_group`]. All ranks call it, once.
///
/// [The module's page](crate::distributed) says how ranks find each other. `world_size` and `rank` are
/// for `tcp://` and `file://`, where the address does not tell them.
///
/// ```
/// use flambeau::distributed as dist;
///
/// let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
/// let address = format!("tcp://127.0.0.1:{port}?rank=0&world_size=1");
/// dist::init_process_group_options().init_method(&address).call()?;
/// assert_eq!((dist::get_rank()?, dist::get_world_size()?), (0, 1));
/// dist::destroy_process_group()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When there is a group already, what tells the rank is missing or no number, the port is taken, the
/// host's name does not resolve, no store answers or not all ranks come within `timeout`, two come as
/// the same rank, or one was told another world size. The text says which, and what to do. A warning says
/// for whom it waits when that takes ten seconds.
///
/// [`torch.distributed.init_process_group`]: https://pytorch.org/docs/stable/distributed.html#torch.distributed.init_process_group
#[function]
pub fn init_process_group(
    /// What carries the tensors: `"gloo"`, those on the CPU; `"nccl"`, with the feature of this name, those
    /// on a GPU, while Gloo carries those on the CPU, as Python's `"cpu:gloo,cuda:nccl"`.
    #[builder(default = "gloo")]
    backend: &str,
    /// Where the store is.
    #[builder(default = "env://")]
    init_method: &str,
    /// How long any call waits for the other ranks.
    #[builder(default = Duration::from_secs(30 * 60))]
    timeout: Duration,
    /// How many ranks there are.
    world_size: Option<usize>,
    /// Which of them this process is.
    rank: Option<usize>,
) -> Result<()> {
    let timeout = timeout.min(LONGEST_WAIT);
    group::begin(Backend::of(backend)?, Patience::new(timeout), |patience| {
        let address = Address::of(init_method, rank, world_size)?;
        warn_of_too_many();
        address.arrive(patience)
    })
}

/// Warns where a host has more ranks than it can compute at once.
fn warn_of_too_many() {
    let launcher = Launcher::of_environment();
    // One of a host says it.
    if variable(launcher.local_rank).is_some_and(|rank| rank.trim() != "0") {
        return;
    }
    let seen = thread::available_parallelism().map_or(usize::MAX, usize::from);
    // srun and mpirun bind each rank to cores of its own, and it sees these alone.
    let cores = match launcher.rank {
        "RANK" => seen,
        _ => {
            let of_job = variable("SLURM_CPUS_ON_NODE").and_then(|cores| cores.parse().ok());
            let cpus = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing());
            of_job.unwrap_or_else(|| System::new_with_specifics(cpus).cpus().len()).max(seen)
        }
    };
    let ranks = launcher.ranks_of_host().unwrap_or(1);
    if ranks > cores {
        warn(&format!(
            "{ranks} ranks share the {cores} cores of this host, and wait for each other; one a core \
             is faster"
        ));
    }
}

/// Until when a rank waits, of how long in all.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    ends: Instant,
    pub timeout: Duration,
}

impl Patience {
    /// Begins now.
    pub fn new(timeout: Duration) -> Self {
        Self { ends: Instant::now() + timeout, timeout }
    }

    fn left(self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Whether this has taken so long that one wants to know why: ten seconds, or half of a shorter timeout.
    fn is_long(self) -> bool {
        self.timeout.saturating_sub(self.left()) > LONG.min(self.timeout / 2)
    }

    /// What `work` comes to; None if it takes longer than there is patience for.
    pub fn within<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        within(self.left() + GRACE, work)
    }
}

/// The worlds that this process has begun at a store's address. The next one's keys are others; and the rank
/// that has the store keeps it, since another may come to the next world before it has left the last one.
struct Begun {
    worlds: usize,
    own_store: Option<Arc<Store>>,
}

static BEGUN: Mutex<BTreeMap<String, Begun>> = Mutex::new(BTreeMap::new());

/// Counts a world that has begun.
pub(super) fn count(place: &str, store: &Arc<Store>, is_own: bool) {
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    let first = || Begun { worlds: 0, own_store: is_own.then(|| store.clone()) };
    begun.entry(place.to_string()).or_insert_with(first).worlds += 1;
}

/// What `work` comes to; None if it takes longer than `limit`. Its thread is then left behind: a store
/// whose process was stopped never answers, and libtorch waits for it without an end.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    let done = receiver.recv_timeout(limit).ok();
    if done.is_none() {
        ffi::exit_untidily();
    }
    done
}

/// How far a rank has come on its way to the others.
#[derive(Clone, Copy)]
enum Stage {
    /// It looks for something that listens at the store's address.
    Looking,
    /// Something does.
    Reached,
    /// It is to be the store, and the address is another host's, which may lead to it or not.
    Elsewhere,
    /// It is the store; as far as this rank knows, this many ranks have come to it.
    Connected(usize),
}

/// Where the store is, and who this process is.
#[derive(Debug)]
struct Address {
    rank: usize,
    world_size: usize,
    place: String,
    kind: Kind,
    /// What the keys begin with.
    prefix: String,
}

#[derive(Debug, PartialEq)]
enum Kind {
    /// `agent` where torchrun has the store, and not rank 0.
    Tcp {
        host: String,
        port: u16,
        agent: bool,
    },
    File(PathBuf),
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable of the environment that has to be there.
fn needed_variable(name: &str) -> Result<String> {
    variable(name).ok_or_else(|| {
        let problem = format!(
            "env:// rendezvous: environment variable {name} expected, but not set; start the program \
             with `torchrun --no-python`, srun or mpirun, or set RANK, WORLD_SIZE, MASTER_ADDR and \
             MASTER_PORT"
        );
        Error::argument(name, problem)
    })
}

/// In which variables the program that started this one says which rank it is, of how many, and which
/// of its host's.
pub(super) struct Launcher {
    pub rank: &'static str,
    pub world_size: &'static str,
    pub local_rank: &'static str,
}

/// torchrun, or whoever sets what it sets; OpenMPI, which may run inside Slurm; Slurm.
const LAUNCHERS: [Launcher; 3] = [
    Launcher { rank: "RANK", world_size: "WORLD_SIZE", local_rank: "LOCAL_RANK" },
    Launcher {
        rank: "OMPI_COMM_WORLD_RANK",
        world_size: "OMPI_COMM_WORLD_SIZE",
        local_rank: "OMPI_COMM_WORLD_LOCAL_RANK",
    },
    Launcher {
        rank: "SLURM_PROCID",
        world_size: "SLURM_STEP_NUM_TASKS",
        local_rank: "SLURM_LOCALID",
    },
];

impl Launcher {
    pub fn of_environment() -> &'static Self {
        LAUNCHERS.iter().find(|launcher| launcher.has_started_this()).unwrap_or(&LAUNCHERS[0])
    }

    fn has_started_this(&self) -> bool {
        // A batch script and a shell of salloc's are no step of Slurm's job: they are one process, which is told
        // of the tasks that srun may start.
        let is_step = self.rank != "SLURM_PROCID" || variable(self.world_size).is_some();
        variable(self.rank).is_some() && is_step
    }

    /// Which rank this process is said to be, of how many; None where it was started alone.
    #[cfg(feature = "cli")]
    fn told(&self) -> Result<Option<(usize, usize)>> {
        let Some(rank) = variable(self.rank) else {
            // One process may be told of one.
            return match variable(self.world_size).filter(|size| size.trim() != "1") {
                None => Ok(None),
                Some(size) => {
                    check_world_size(self.world_size, number(self.world_size, &size)?)?;
                    needed_variable(self.rank).map(|_| None)
                }
            };
        };
        let (name, size) = (self.world_size, needed_variable(self.world_size)?);
        let (rank, size): (usize, usize) = (number(self.rank, &rank)?, number(name, &size)?);
        check_world_size(name, size)?;
        if rank >= size {
            return Err(Error::argument(self.rank, format!("{rank} is not below {name}, {size}")));
        }
        Ok(Some((rank, size)).filter(|_| size > 1))
    }

    /// How many ranks are on this host, so far as it is told.
    fn ranks_of_host(&self) -> Option<usize> {
        match self.rank {
            "SLURM_PROCID" => {
                let counts = variable("SLURM_STEP_TASKS_PER_NODE")?;
                let node = variable("SLURM_NODEID").and_then(|node| node.parse().ok());
                tasks_of_node(&counts, node.unwrap_or(0))
            }
            "OMPI_COMM_WORLD_RANK" => variable("OMPI_COMM_WORLD_LOCAL_SIZE")?.parse().ok(),
            _ => variable("LOCAL_WORLD_SIZE")?.parse().ok(),
        }
    }

    /// The host and the port of rank 0's store.
    fn address(&self) -> Result<(String, u16)> {
        let job = || variable("SLURM_JOB_ID").and_then(|job| job.parse::<u64>().ok());
        let (host, port) = match self.rank {
            "SLURM_PROCID" => {
                let hosts = variable("SLURM_STEP_NODELIST").or(variable("SLURM_JOB_NODELIST"));
                // Jobs that share a host have ports of their own.
                let port = job().map(|job| 20_000 + (job % 10_000) as u16);
                (hosts.map(|hosts| first_host(&hosts)), port)
            }
            "OMPI_COMM_WORLD_RANK" => {
                let of_host = variable("OMPI_COMM_WORLD_LOCAL_SIZE");
                let on_one_host = of_host.is_some() && of_host == variable(self.world_size);
                (on_one_host.then(|| "127.0.0.1".into()), Some(29_500))
            }
            _ => (None, None),
        };
        let host = match variable("MASTER_ADDR").or(host) {
            Some(host) => host,
            None if self.rank == "OMPI_COMM_WORLD_RANK" => {
                let problem = "OpenMPI's ranks on several hosts have to be told where rank 0 is: `mpirun -x \
                               MASTER_ADDR=HOST -x MASTER_PORT=PORT`, with rank 0's host and a free port of it";
                return Err(Error::argument("MASTER_ADDR", problem));
            }
            None => needed_variable("MASTER_ADDR")?,
        };
        let port = match (variable("MASTER_PORT"), port) {
            (None, Some(port)) => port,
            _ => number("MASTER_PORT", &needed_variable("MASTER_PORT")?)?,
        };
        Ok((host, port))
    }
}

/// Which rank torchrun, srun or mpirun says that this process is, of how many; None where it was started
/// alone.
///
/// # Errors
/// When its variables are incomplete, or no numbers.
#[cfg(feature = "cli")]
pub(crate) fn launched() -> Result<Option<(usize, usize)>> {
    Launcher::of_environment().told()
}

/// How many tasks a node has in Slurm's list, as 2 of `2(x3),1` for the first three.
fn tasks_of_node(counts: &str, node: usize) -> Option<usize> {
    let mut before = 0;
    for part in counts.split(',') {
        let (count, nodes) = part.split_once("(x").unwrap_or((part, "1)"));
        before += nodes.trim_end_matches(')').parse::<usize>().ok()?;
        if node < before {
            return count.parse().ok();
        }
    }
    None
}

/// The first of Slurm's list, as `node01` of `node[01-03,07],other`.
fn first_host(list: &str) -> String {
    let Some((before, rest)) = list.split_once('[').filter(|(before, _)| !before.contains(','))
    else {
        return list.split(',').next().unwrap_or(list).to_string();
    };
    let (numbers, after) = rest.split_once(']').unwrap_or((rest, ""));
    let first = numbers.split([',', '-']).next().unwrap_or(numbers);
    let after = after.split(',').next().unwrap_or(after);
    format!("{before}{first}{after}")
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T> {
    text.trim().parse().map_err(|_| Error::argument(name, format!("{text:?} is no such number")))
}

fn check_world_size(name: &str, size: usize) -> Result<()> {
    if size == 0 {
        return Err(Error::argument(name, "0 is no number of ranks: there is at least one"));
    }
    Ok(())
}

/// Whether a store of this process can be at one of these addresses.
fn are_own(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|address| TcpListener::bind((address.ip(), 0)).is_ok())
}

impl Address {
    fn of(init_method: &str, rank: Option<usize>, world_size: Option<usize>) -> Result<Self> {
        let refused = |problem: String| Error::argument("init_method", problem);
        let Some((scheme, rest)) = init_method.split_once("://") else {
            let problem =
                format!("{init_method:?} is none of env://, tcp://host:port and file:///path");
            return Err(refused(problem));
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let query: HashMap<_, _> =
            query.split('&').filter_map(|entry| entry.split_once('=')).collect();
        // The address goes before the arguments, as in Python.
        let told = |name: &str, given: Option<usize>| match query.get(name) {
            Some(text) => number(name, text).map(Some),
            None => Ok(given),
        };
        let (rank, world_size) = (told("rank", rank)?, told("world_size", world_size)?);
        let needed = |name: &str, given: Option<usize>| {
            given.ok_or_else(|| {
                Error::argument(name, format!("{scheme}:// rendezvous: {name} parameter missing"))
            })
        };
        let of_environment = |name: &str, given: Option<usize>| match given {
            Some(given) => Ok(given),
            None => number(name, &needed_variable(name)?),
        };
        let mut prefix = String::new();
        let (rank, world_size, kind) = match scheme {
            "env" => {
                let launcher = Launcher::of_environment();
                let rank = of_environment(launcher.rank, rank)?;
                let world_size = of_environment(launcher.world_size, world_size)?;
                let (host, port) = launcher.address()?;
                let agent = variable("TORCHELASTIC_USE_AGENT_STORE").is_some_and(|v| v == "True");
                if agent {
                    // The agent's store outlives the ranks that it starts anew.
                    let attempt = variable("TORCHELASTIC_RESTART_COUNT").unwrap_or("0".into());
                    prefix = format!("/worker/attempt_{attempt}/");
                }
                (rank, world_size, Kind::Tcp { host, port, agent })
            }
            "tcp" => {
                let (host, port) = rest
                    .trim_end_matches('/')
                    .rsplit_once(':')
                    .ok_or_else(|| refused("tcp:// rendezvous: port number missing".into()))?;
                let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
                let port = number("init_method", port)?;
                let kind = Kind::Tcp { host, port, agent: false };
                (needed("rank", rank)?, needed("world_size", world_size)?, kind)
            }
            "file" => {
                let path = PathBuf::from(rest);
                if rest.is_empty() {
                    return Err(refused("file:// rendezvous: path missing".into()));
                }
                (needed("rank", rank)?, needed("world_size", world_size)?, Kind::File(path))
            }
            _ => {
                let problem = format!("there is no {scheme}://; give env://, tcp:// or file://");
                return Err(refused(problem));
            }
        };
        check_world_size("world_size", world_size)?;
        if rank >= world_size {
            let problem = format!("{rank} is not below the world size, {world_size}");
            return Err(Error::argument("rank", problem));
        }
        let place = match &kind {
            Kind::Tcp { host, port, .. } if host.contains(':') => format!("tcp://[{host}]:{port}"),
            Kind::Tcp { host, port, .. } => format!("tcp://{host}:{port}"),
            Kind::File(path) => format!("file://{}", path.display()),
        };
        Ok(Self { rank, world_size, place, kind, prefix })
    }

    /// Comes to the store, and waits there for all ranks.
    fn arrive(self, patience: Patience) -> Result<Arrived> {
        let address = Arc::new(self);
        let stage = Arc::new(Mutex::new(Stage::Looking));
        let (inner, seen) = (address.clone(), stage.clone());
        let arrived = patience.within(move || {
            let reach = |now| *seen.lock().unwrap_or_else(PoisonError::into_inner) = now;
            let (store, host, socket) = inner.store(patience, &reach)?;
            reach(Stage::Connected(1));
            let arrived = Arrived {
                store: Arc::new(store),
                rank: inner.rank,
                world_size: inner.world_size,
                place: inner.place.clone(),
                host,
                address: socket,
            };
            arrived.meet(patience, &reach).inspect_err(|_| {
                // The others still have to read what was wrong.
                if arrived.host == Some(arrived.rank) {
                    thread::sleep(Duration::from_millis(500));
                }
            })?;
            Ok(arrived)
        });
        let silent = || {
            let stage = *stage.lock().unwrap_or_else(PoisonError::into_inner);
            address.silent(stage, patience)
        };
        match arrived {
            // libtorch names nobody when the store's connection ends.
            Some(Err(Error::Torch(_))) if matches!(address.kind, Kind::Tcp { .. }) => Err(silent()),
            Some(arrived) => arrived,
            None => Err(silent()),
        }
    }

    /// What is said of a store that does not answer.
    fn silent(&self, stage: Stage, patience: Patience) -> Error {
        let waited = patience.timeout;
        let owner = match &self.kind {
            Kind::Tcp { agent: false, .. } => "rank 0, which has the store,",
            Kind::Tcp { agent: true, .. } => "torchrun's store",
            Kind::File(_) => "the file",
        };
        self.failed(&match stage {
            Stage::Elsewhere => format!(
                "rank 0 has been given an address that is not this host's, and that has not led to its store \
                 within {waited:.0?}; name rank 0's own host"
            ),
            Stage::Looking => format!(
                "no store has answered within {waited:.0?}; rank 0 has it there: does it run, and does \
                 the address lead to its host?"
            ),
            Stage::Reached => format!(
                "what listens there has not answered as a store within {waited:.0?}; rank 0 has it there, \
                 and is stopped or cut off, or another program has this port"
            ),
            Stage::Connected(came) => format!(
                "{owner} does not answer any more: its process or its host is gone or stopped, or the \
                 network to it; {came} of {} ranks had come, and the others were waited for",
                self.world_size
            ),
        })
    }

    /// Connects to the store, or opens it; with it comes which rank it ends with, and its address.
    fn store(
        &self,
        patience: Patience,
        reach: &impl Fn(Stage),
    ) -> Result<(Store, Option<usize>, Option<SocketAddress>)> {
        let (worlds, own_store) = {
            let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
            let here = begun.get(&self.place);
            here.map_or((0, None), |begun| (begun.worlds, begun.own_store.clone()))
        };
        let (store, rank, address) = match (&self.kind, own_store) {
            (Kind::File(path), _) => (self.file(path, patience)?, None, None),
            (Kind::Tcp { host, port, .. }, Some(own)) => {
                (own.connected_anew(patience.left())?, Some(0), Some((host.clone(), *port)))
            }
            (Kind::Tcp { host, port, agent }, None) => {
                let listener = match self.rank == 0 && !agent {
                    true => Some(listen(&self.place, host, *port)?),
                    false => None,
                };
                // Port 0 is any that is free, which is of use to a single rank.
                let bound = listener.as_ref().and_then(|listener| listener.local_addr().ok());
                let port = bound.map_or(*port, |address| address.port());
                let stage = self.wait_for_store(host, port, patience, listener.is_some())?;
                reach(stage);
                let left = patience.left();
                let store = Store::tcp(host, port, listener, self.world_size, left)
                    .map_err(|_| self.silent(stage, patience))?;
                (store, (!agent).then_some(0), Some((host.clone(), port)))
            }
        };
        let mut prefix = self.prefix.clone();
        if worlds > 0 {
            prefix += &format!("world_{worlds}/");
        }
        match prefix.as_str() {
            "" => Ok((store, rank, address)),
            prefix => Ok((store.prefixed(prefix)?, rank, address)),
        }
    }

    fn failed(&self, problem: &str) -> Error {
        Error::Distributed(format!("{}: {}", self.place, first_line(problem)))
    }

    fn file(&self, path: &Path, patience: Patience) -> Result<Store> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let problem = "the folder for the ranks' store is not there";
            return Err(Error::file(folder, problem, "make it, or name another file"));
        }
        Store::file(path, self.world_size, patience.left())
    }

    /// Waits until something listens there: libtorch would wait too, with a warning every second, and
    /// could not say which of these was the trouble. The rank that `has_store` sees whether the address is its
    /// own, or leads to it by another host.
    fn wait_for_store(
        &self,
        host: &str,
        port: u16,
        patience: Patience,
        has_store: bool,
    ) -> Result<Stage> {
        let waited = patience.timeout;
        loop {
            let resolved = (host, port).to_socket_addrs().map(Vec::from_iter);
            let (so_far, problem) = match resolved {
                Ok(addresses) if has_store && are_own(&addresses) => return Ok(Stage::Reached),
                Ok(addresses) => {
                    let reached = addresses.iter().any(|address| {
                        let once = patience.left().clamp(GLANCE, Duration::from_secs(5));
                        TcpStream::connect_timeout(address, once).is_ok()
                    });
                    match (reached, has_store) {
                        (true, false) => return Ok(Stage::Reached),
                        (true, true) => return Ok(Stage::Elsewhere),
                        (false, false) => {
                            let so_far = "rank 0 is waited for, whose store has not answered yet";
                            (so_far.into(), self.silent(Stage::Looking, patience))
                        }
                        (false, true) => {
                            let so_far = "the address is not this host's, and has not led to rank 0's store yet";
                            (so_far.into(), self.silent(Stage::Elsewhere, patience))
                        }
                    }
                }
                Err(error) => {
                    let problem = format!(
                        "the host {host:?} has not been found within {waited:.0?} ({error}); name rank \
                         0's host as this one knows it"
                    );
                    (format!("the host {host:?} has not been found yet"), self.failed(&problem))
                }
            };
            if patience.left().is_zero() {
                return Err(problem);
            }
            if patience.is_long() {
                warn(&format!("{}: {so_far}; the wait ends after {waited:.0?}", self.place));
            }
            thread::sleep(patience.left().min(Duration::from_millis(100)));
        }
    }
}

/// Listens for all interfaces, as Python does.
fn listen(place: &str, host: &str, port: u16) -> Result<TcpListener> {
    let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    // libtorch asks for the name of whoever connects, and serves nobody meanwhile. 127.0.0.1 has its name in
    // /etc/hosts, where ::ffff:127.0.0.1 is asked of a name server, which may take its five seconds.
    let first = match host.parse::<Ipv4Addr>() {
        Ok(host) if host.is_loopback() => v4,
        _ => SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
    };
    let bound = match TcpListener::bind(first) {
        // A host without IPv6.
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => TcpListener::bind(v4),
        bound => bound,
    };
    bound.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "port {port} is in use on this host, by another job perhaps; give another port to all \
                 ranks"
            ),
            _ => format!("rank 0 cannot listen at port {port}: {error}"),
        };
        Error::Distributed(format!("{place}: {problem}"))
    })
}

impl Arrived {
    /// Waits for all ranks, and sees that they are told of the same world.
    fn meet(&self, patience: Patience, reach: &impl Fn(Stage)) -> Result<()> {
        let (rank, world_size) = (self.rank, self.world_size);
        let refused = |problem: String| {
            // Whoever waits reads it. If that fails as well, it has waited long enough anyhow.
            let _ = self.store.set("refused", &problem);
            Err(Error::Distributed(problem))
        };
        if self.store.add(&format!("came/{rank}"), 1)? > 1 {
            let place = &self.place;
            return refused(match place.starts_with("file://") {
                true => format!(
                    "{place}: rank {rank} has come to this file before; it is an earlier job's, or \
                     two processes are rank {rank}: remove it, or name another one"
                ),
                false => format!("{place}: two processes have come as rank {rank}"),
            });
        }
        self.store.set(&format!("size/{rank}"), &world_size.to_string())?;
        let mut tells = true;
        loop {
            if self.store.has("refused")? {
                return Err(Error::Distributed(self.store.get("refused")?));
            }
            if self.store.has("size/0")? {
                let size = self.store.get("size/0")?;
                if size != world_size.to_string() {
                    return refused(format!(
                        "{}: rank {rank} was told of {world_size} ranks, rank 0 of {size}; start all \
                         with the same world size",
                        self.place
                    ));
                }
                break;
            }
            self.glance(patience, &mut tells)?;
        }
        // One number that tells of all, so that none asks for a thousand keys.
        self.store.add("arrived", 1)?;
        // Where rank 0 is there, it says for whom all wait.
        tells &= rank == 0;
        loop {
            let came = number("arrived", &self.store.get("arrived")?)?;
            reach(Stage::Connected(came));
            if came >= world_size {
                return Ok(());
            }
            if self.store.has("refused")? {
                return Err(Error::Distributed(self.store.get("refused")?));
            }
            self.glance(patience, &mut tells)?;
        }
    }

    /// Waits a little, or says who has not come in time. One that `tells` warns of it before, once.
    fn glance(&self, patience: Patience, tells: &mut bool) -> Result<()> {
        let (place, waited) = (&self.place, patience.timeout);
        if patience.left().is_zero() {
            let absent = self.absent()?;
            return Err(Error::Distributed(format!("{place}: {absent} within {waited:.0?}")));
        }
        if *tells && patience.is_long() {
            *tells = false;
            let absent = self.absent()?;
            warn(&format!("{place}: {absent} yet; the wait ends after {waited:.0?}"));
        }
        thread::sleep(GLANCE);
        Ok(())
    }

    /// `rank 1 of 3 has not come`.
    fn absent(&self) -> Result<String> {
        let mut missing = Vec::new();
        for rank in 0..self.world_size {
            if !self.store.has(&format!("size/{rank}"))? {
                missing.push(rank);
            }
        }
        if missing.is_empty() {
            return Ok("not all ranks have come".into());
        }
        let has = if missing.len() == 1 { "has" } else { "have" };
        Ok(format!("{} of {} {has} not come", ranks(&missing), self.world_size))
    }
}

/// `rank 1`, `ranks 1, 2 and 5`; of many, how many more.
pub(super) fn ranks(ranks: &[usize]) -> String {
    let names: Vec<String> = ranks.iter().map(usize::to_string).collect();
    match names.as_slice() {
        [] => "no rank".into(),
        [one] => format!("rank {one}"),
        [first @ .., last] if names.len() <= 8 => format!("ranks {} and {last}", first.join(", ")),
        _ => format!("ranks {} and {} others", names[..8].join(", "), names.len() - 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_as_in_python() {
        let address = Address::of("tcp://[::1]:2950?rank=1&world_size=3", Some(0), None).unwrap();
        assert_eq!((address.rank, address.world_size), (1, 3));
        assert_eq!(address.place, "tcp://[::1]:2950");
        assert_eq!(address.kind, Kind::Tcp { host: "::1".into(), port: 2950, agent: false });
        let address = Address::of("file:///tmp/a b", Some(1), Some(2)).unwrap();
        assert_eq!(address.kind, Kind::File("/tmp/a b".into()));
        let refused = |method, rank| Address::of(method, rank, Some(2)).unwrap_err().to_string();
        assert_eq!(
            refused("tcp://host:1", None),
            "rank: tcp:// rendezvous: rank parameter missing"
        );
        assert_eq!(refused("tcp://host:1", Some(2)), "rank: 2 is not below the world size, 2");
        assert_eq!(
            refused("tcp://host", Some(0)),
            "init_method: tcp:// rendezvous: port number missing"
        );
        assert_eq!(refused("tcp://host:x", Some(0)), "init_method: \"x\" is no such number");
        assert!(refused("host:1", Some(0)).starts_with("init_method: \"host:1\" is none of"));
        assert!(refused("udp://host:1", Some(0)).starts_with("init_method: there is no udp://"));
    }

    #[test]
    fn ranks_of_one_host_come_from_addresses_that_have_names() {
        let listens = |host| listen("", host, 0).unwrap().local_addr().unwrap();
        assert_eq!(listens("127.0.0.1").ip(), Ipv4Addr::UNSPECIFIED);
        let has_v6 = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
        assert_eq!(["::1", "node01", "10.0.0.1"].map(|host| listens(host).is_ipv6()), [has_v6; 3]);
    }

    #[test]
    fn the_first_of_slurms_hosts() {
        assert_eq!(first_host("node7"), "node7");
        assert_eq!(first_host("a,b[1-2]"), "a");
        assert_eq!(first_host("node[01-03,07],other"), "node01");
        assert_eq!(first_host("rack[2,5]-ib,other"), "rack2-ib");
    }

    #[test]
    fn the_tasks_of_slurms_nodes() {
        let tasks = [0, 2, 3, 4].map(|node| tasks_of_node("2(x3),1", node));
        assert_eq!(tasks, [Some(2), Some(2), Some(1), None]);
        assert_eq!(tasks_of_node("4", 0), Some(4));
        assert_eq!(tasks_of_node("many", 0), None);
    }

    #[test]
    fn ranks_are_listed() {
        assert_eq!(ranks(&[1]), "rank 1");
        assert_eq!(ranks(&[1, 2, 5]), "ranks 1, 2 and 5");
        assert_eq!(ranks(&Vec::from_iter(0..20)), "ranks 0, 1, 2, 3, 4, 5, 6, 7 and 12 others");
    }
}
