//! The arguments that can be left to the program: `auto`.

use std::env;
use std::fmt;
use std::str::FromStr;
use std::thread::{available_parallelism, sleep};

use sysinfo::{Cpu, MINIMUM_CPU_UPDATE_INTERVAL, System};
use tch::Device;

use crate::{Error, Result, device};

/// `--device auto|cpu|cuda|cuda:N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The GPU if there is one, else the CPU.
    Auto,
    /// The GPU: the first; of several ranks, each has its own.
    Cuda,
    /// This one.
    One(Device),
}

impl DeviceChoice {
    /// The device that it comes to on this machine.
    ///
    /// # Errors
    /// When a GPU is asked for that is not there.
    pub fn resolve(self) -> Result<Device> {
        match self {
            Self::Auto => Ok(Device::cuda_if_available()),
            Self::Cuda => Self::One(Device::Cuda(0)).resolve(),
            Self::One(device) => device::check(device).map(|()| device),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::One(Device::Cpu)),
            "cuda" => Ok(Self::Cuda),
            _ => match text.strip_prefix("cuda:").map(str::parse) {
                Some(Ok(index)) => Ok(Self::One(Device::Cuda(index))),
                _ => Err("must be one of auto, cpu, cuda, cuda:0, cuda:1, …".to_string()),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(Device::Cuda(index)) => write!(f, "cuda:{index}"),
            Self::One(_) => f.write_str("cpu"),
            Self::Cuda => f.write_str("cuda"),
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// `--threads auto|N`: how many threads libtorch computes with. The last bits of a run depend on
/// it, in Python as here: only a number makes it repeat itself whatever else the machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One for tiny batches, else one for each core that nobody else computes on; where a GPU computes,
    /// one for each core.
    Auto,
    /// So many.
    Count(i32),
}

/// Below this many images a batch is too small to be worth sharing: the threads would wait for
/// each other longer than they work.
const SHARED_FROM: usize = 32;

/// More than any machine has cores: OpenMP ends the process when it cannot have its threads.
const MOST_THREADS: i32 = 1024;

impl Threads {
    /// The number that it comes to for batches of this size, and why. For batches that are worth
    /// sharing on the CPU it takes a fifth of a second, to see which cores are busy.
    ///
    /// Each of OpenMP's threads waits for the others, many times a step and without giving up
    /// its core. One that has to share its core with another process so holds up all, and two
    /// threads are slower by far than one.
    pub fn resolve(self, batch_size: usize, device: Device) -> ThreadCount {
        let cores = available_parallelism().map_or(1, usize::from);
        let (count, reason) = match self {
            Self::Count(count) => (count, Reason::Asked),
            Self::Auto if batch_size < SHARED_FROM => (1, Reason::BatchSize),
            Self::Auto if cores == 1 || device.is_cuda() => (cores as i32, Reason::BatchSize),
            Self::Auto => match busy_cores() {
                (busy, all) if busy > 0 && all - busy < cores => {
                    ((all - busy).max(1) as i32, Reason::Busy { busy, all })
                }
                _ => (cores as i32, Reason::BatchSize),
            },
        };
        ThreadCount { count, reason }
    }

    /// The number where several ranks share this host: what `OMP_NUM_THREADS` says, or a fair share of the
    /// cores. The others are busy, too.
    pub(super) fn resolve_among(self, ranks: usize, batch_size: usize) -> ThreadCount {
        let cores = available_parallelism().map_or(1, usize::from);
        let (count, reason) = match (self, omp_num_threads()) {
            (Self::Count(count), _) => (count, Reason::Asked),
            (Self::Auto, Some(count @ 1..=MOST_THREADS)) => (count, Reason::Environment),
            (Self::Auto, _) if batch_size < SHARED_FROM => (1, Reason::BatchSize),
            (Self::Auto, _) => ((cores / ranks).max(1) as i32, Reason::Ranks { ranks, cores }),
        };
        if ranks <= cores && ranks * count as usize > cores {
            log::warn!(
                "{ranks} ranks of {count} threads each share the {cores} cores of this host, and wait for \
                 each other; as many threads as cores in all are faster"
            );
        }
        ThreadCount { count, reason }
    }
}

/// What [`Threads`] come to. Shown as `1 thread, as 1 of 2 cores is busy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadCount {
    /// How many threads libtorch computes with.
    pub count: i32,
    /// Why so many.
    pub reason: Reason,
}

impl ThreadCount {
    /// As many as libtorch computes with, where nothing else was said: in a training of several ranks.
    pub fn current() -> Self {
        let count = tch::get_num_threads();
        let of_environment = omp_num_threads() == Some(count);
        let reason = if of_environment { Reason::Environment } else { Reason::Default };
        Self { count, reason }
    }
}

fn omp_num_threads() -> Option<i32> {
    env::var("OMP_NUM_THREADS").ok().and_then(|count| count.trim().parse().ok())
}

/// The environment variable by which OpenMP gives this process fewer than `count` threads, and its value.
/// libtorch's kernels then wait for threads that do not come, or read sums that no thread has written.
pub fn takes_threads_away(count: i32) -> Option<(&'static str, String)> {
    let said = |name| env::var(name).unwrap_or_default().trim().to_lowercase();
    let takes = |(name, value): &(&str, String)| match *name {
        "OMP_THREAD_LIMIT" => value.parse::<i32>().is_ok_and(|limit| limit < count),
        _ => value == "true",
    };
    let variables = ["OMP_THREAD_LIMIT", "OMP_DYNAMIC"].map(|name| (name, said(name)));
    variables.into_iter().find(takes).filter(|_| count > 1)
}

/// Has libtorch compute with `count` threads.
///
/// # Errors
/// When the environment [takes some away](takes_threads_away).
pub fn set_num_threads(count: i32) -> Result<()> {
    if let Some((name, value)) = takes_threads_away(count) {
        let problem = format!(
            "{name}={value} takes some of {count} threads away, and torch then hangs or computes wrongly: \
             unset it, or say --threads 1"
        );
        return Err(Error::argument("threads", problem));
    }
    tch::set_num_threads(count);
    Ok(())
}

/// Why so many threads were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user said so.
    Asked,
    /// It is what batches of this size are worth, and at most one a core.
    BatchSize,
    /// The run that is gone on with had as many.
    Run,
    /// libtorch takes so many by itself: one a core.
    Default,
    /// `OMP_NUM_THREADS` says so, of several ranks.
    Environment,
    /// Several ranks share the host.
    Ranks {
        /// So many
        ranks: usize,
        /// have so many cores.
        cores: usize,
    },
    /// Others compute on some of the cores.
    Busy {
        /// On so many,
        busy: usize,
        /// of those that this process may use.
        all: usize,
    },
}

impl fmt::Display for ThreadCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.count == 1 { "" } else { "s" };
        write!(f, "{} thread{s}", self.count)?;
        match self.reason {
            Reason::Asked => Ok(()),
            Reason::BatchSize => f.write_str(", chosen for the batch size"),
            Reason::Run => f.write_str(", as the run had"),
            Reason::Default => f.write_str(", as libtorch takes by itself"),
            Reason::Environment => f.write_str(
                ", as OMP_NUM_THREADS says, which torchrun sets to 1 where nobody else sets it",
            ),
            Reason::Ranks { ranks, cores } => {
                write!(f, ", as {ranks} ranks share {cores} cores")
            }
            Reason::Busy { busy, all } => {
                let are = if busy == 1 { "is" } else { "are" };
                write!(f, ", as {busy} of {all} cores {are} busy")
            }
        }
    }
}

/// On how many of the cores that this process may use others compute, more than half of the time, and
/// of how many.
fn busy_cores() -> (usize, usize) {
    let mut system = System::new();
    system.refresh_cpu_usage();
    sleep(MINIMUM_CPU_UPDATE_INTERVAL);
    system.refresh_cpu_usage();
    let allowed = core_affinity::get_core_ids().unwrap_or_default();
    let names: Vec<_> = allowed.iter().map(|core| format!("cpu{}", core.id)).collect();
    // Elsewhere they have other names, and a process may use all.
    let mine = |cpu: &&Cpu| !cfg!(target_os = "linux") || names.iter().any(|n| n == cpu.name());
    let loads: Vec<_> = system.cpus().iter().filter(mine).map(Cpu::cpu_usage).collect();
    (loads.iter().filter(|&&load| load > 50.0).count(), loads.len())
}

impl FromStr for Threads {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(count @ 1..=MOST_THREADS) => Ok(Self::Count(count)),
            _ => Err(format!("must be auto or a number from 1 to {MOST_THREADS}")),
        }
    }
}
