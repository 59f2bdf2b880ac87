//! The arguments that can be left to the program: `auto`.

use std::fmt;
use std::str::FromStr;
use std::thread::available_parallelism;

use tch::Device;

use crate::{Result, device};

/// `--device auto|cpu|cuda|cuda:N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first GPU if there is one, else the CPU.
    Auto,
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
            "cuda" => Ok(Self::One(Device::Cuda(0))),
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
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// `--threads auto|N`: how many threads libtorch computes with. The last bits of a run depend on
/// it, in Python as here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One for tiny batches, else one a core.
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
    /// The number that it comes to for batches of this size.
    pub fn resolve(self, batch_size: usize) -> i32 {
        match self {
            Self::Count(count) => count,
            Self::Auto if batch_size < SHARED_FROM => 1,
            Self::Auto => available_parallelism().map_or(1, |cores| cores.get() as i32),
        }
    }
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
