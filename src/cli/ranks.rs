//! The command line on several ranks: all do the same, and the first alone prints and writes.

use std::env;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sysinfo::System;
use tch::{Cuda, Device};

use super::{DeviceChoice, ThreadCount, Threads, set_num_threads, timeout, warnings};
use crate::data::{Dataset, Sampler, Subset};
use crate::distributed as dist;
use crate::train::{self, Ranks};
use crate::{Error, Result, device, ffi, set_quiet};

use super::Args;

/// The one flag of a program that has no others, and may run on several ranks.
#[derive(Clone, Debug, Parser)]
#[command(about = None, long_about = None)]
pub struct RankArgs {
    /// How long one of several ranks waits for the others before it ends with an error, as 90s, 5m or 2h.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = timeout)]
    pub timeout: Duration,
}

/// Where a program computes.
pub(super) struct Joined {
    /// None in one process.
    several: Option<Ranks>,
    pub device: Device,
}

impl Joined {
    /// Brings the ranks together, where torchrun, srun or mpirun has started several.
    pub fn join(asked: DeviceChoice, timeout: Duration) -> Result<Self> {
        Ok(match join(asked, timeout)? {
            Some((ranks, device)) => Self { several: Some(ranks), device },
            None => Self { several: None, device: asked.resolve()? },
        })
    }

    /// Has all ranks compute with as many threads as the first does, which are `of_run` or what `threads` come
    /// to. Gives the beginning of a program's first line, which the others do not print.
    pub fn set_num_threads(
        &self,
        threads: Threads,
        batch_size: usize,
        of_run: impl FnOnce() -> Option<ThreadCount>,
    ) -> Result<String> {
        let of_host = self.several.map(|_| of_host()).transpose()?;
        let mut line = String::new();
        let count = of_first_rank(|| {
            let found = of_run().unwrap_or_else(|| match of_host {
                Some(ranks) => threads.resolve_among(ranks, batch_size),
                None => threads.resolve(batch_size, self.device),
            });
            line = match self.several {
                None => format!("{}, {found}", DeviceChoice::One(self.device)),
                Some(ranks) => ranks.line(batch_size, self.device, found),
            };
            Ok(found.count)
        })?;
        set_num_threads(count)?;
        Ok(line)
    }
}

impl Ranks {
    /// The beginning of a program's first line.
    fn line(self, batch_size: usize, device: Device, threads: ThreadCount) -> String {
        let (size, all) = (self.size, self.size * batch_size);
        let device = if device.is_cuda() { "a GPU each" } else { "cpu" };
        format!(
            "{size} ranks, a batch of {batch_size} each, {all} in all; {device}, each {threads}"
        )
    }
}

/// What a program with arguments of its own does first of all: brings the ranks together, where torchrun, srun
/// or mpirun has started several, and sets how many threads compute. Gives the device, and the beginning of
/// the program's first line. The first rank alone prints from here on.
///
/// # Errors
/// When the other ranks do not come, or the device is not there or taken by another rank.
pub fn start(
    device: DeviceChoice,
    threads: Threads,
    batch_size: usize,
    timeout: Duration,
) -> Result<(Device, String)> {
    let joined = Joined::join(device, timeout)?;
    let line = joined.set_num_threads(threads, batch_size, || None)?;
    Ok((joined.device, line))
}

/// Brings the ranks of a training on the CPU together, where torchrun, srun or mpirun has started several. The
/// first says how many they are, and how many samples their batches have in all; it alone prints from here on.
///
/// # Errors
/// When they do not come within the timeout, which is each later call's too.
pub fn join_ranks(batch_size: usize, timeout: Duration) -> Result<()> {
    let device = Device::Cpu;
    if let Some((ranks, _)) = join(DeviceChoice::One(device), timeout)? {
        train::say(&ranks.line(batch_size, device, ThreadCount::current()));
    }
    Ok(())
}

/// Brings the ranks together, where torchrun, srun or mpirun has started several, and gives each its device.
fn join(asked: DeviceChoice, timeout: Duration) -> Result<Option<(Ranks, Device)>> {
    let Some((rank, _)) = dist::launched()? else { return Ok(None) };
    if rank > 0 {
        set_quiet(true);
        ffi::mute_output();
    }
    let gpus = if Cuda::is_available() { Cuda::device_count() } else { 0 };
    let has_nccl = match dist::get_backend() {
        Ok(backend) => backend == GLOO_AND_NCCL,
        Err(_) => dist::is_nccl_available(),
    };
    let place = place(asked, dist::get_node_local_rank(), gpus as usize, has_nccl);
    if !dist::is_initialized() {
        let backend = place.as_ref().map_or(GLOO, |place| place.backend);
        dist::init_process_group_options().backend(backend).timeout(timeout).call()?;
    }
    if rank > 0 {
        // Until here it may have to say itself that it waits for the first.
        warnings::hide();
    }
    let Some(ranks) = Ranks::several() else { return Ok(None) };
    // What is wrong on one is told on all.
    let Place { device, unused_gpus, .. } = train::agree(place)?;
    if unused_gpus {
        log::warn!(
            "the CPU computes, and no GPU: that takes NCCL, so build with `--features nccl`"
        );
    }
    let seat = Seat {
        gpu: if let Device::Cuda(index) = device { Some(index) } else { None },
        visible: env::var("CUDA_VISIBLE_DEVICES").ok(),
        host: System::host_name(),
    };
    train::agree(check_seats(&dist::all_gather_object(&seat)?))?;
    Ok(Some((ranks, device)))
}

const GLOO: &str = "gloo";
/// What Python takes where it is told no backend and there is CUDA.
const GLOO_AND_NCCL: &str = "cpu:gloo,cuda:nccl";

/// On which device a rank computes.
#[derive(Debug, PartialEq)]
struct Place {
    device: Device,
    /// What carries the tensors there.
    backend: &'static str,
    /// Whether there are GPUs, which cannot be used.
    unused_gpus: bool,
}

/// The place of one of several ranks, in a process that sees `gpus` GPUs: as in Python's examples, the GPU of
/// its local rank. A GPU that is named by its number is that one, as where each rank is shown one alone.
fn place(
    asked: DeviceChoice,
    local_rank: Result<usize>,
    gpus: usize,
    has_nccl: bool,
) -> Result<Place> {
    let device = match asked {
        DeviceChoice::One(Device::Cpu) => Device::Cpu,
        DeviceChoice::Auto if gpus == 0 || !has_nccl => Device::Cpu,
        DeviceChoice::One(device) => device,
        DeviceChoice::Cuda if gpus == 0 => Device::Cuda(0),
        DeviceChoice::Auto | DeviceChoice::Cuda => Device::Cuda(local_rank?),
    };
    let unused_gpus = asked == DeviceChoice::Auto && gpus > 0 && !has_nccl;
    let Device::Cuda(index) = device else {
        return Ok(Place { device, backend: GLOO, unused_gpus });
    };
    let refused = |problem: String| Err(Error::argument("device", problem));
    if gpus > 0 && !has_nccl {
        return refused(
            "several ranks on GPUs take NCCL: build with `--features nccl`, or use cpu".into(),
        );
    }
    if gpus > 0 && index >= gpus && !matches!(asked, DeviceChoice::One(_)) {
        let s = if gpus == 1 { "" } else { "s" };
        return refused(format!(
            "local rank {index} is one too many for the {gpus} GPU{s} that it sees: start {gpus} rank{s} a \
             host, show it more by CUDA_VISIBLE_DEVICES, or use cpu"
        ));
    }
    device::check_among(device, gpus)?;
    Ok(Place { device, backend: GLOO_AND_NCCL, unused_gpus })
}

/// Where a rank computes, as the others are told.
#[derive(PartialEq, serde::Serialize, serde::Deserialize)]
struct Seat {
    /// None on the CPU.
    gpu: Option<usize>,
    visible: Option<String>,
    host: Option<String>,
}

/// Refuses ranks of which some are on GPUs and some are not, and two on one GPU, for which NCCL would wait.
fn check_seats(seats: &[Seat]) -> Result<()> {
    let refused = |problem: String| Err(Error::argument("device", problem));
    let name = |on_gpu| if on_gpu { "a GPU" } else { "the CPU" };
    let first = seats[0].gpu.is_some();
    if let Some(rank) = seats.iter().position(|seat| seat.gpu.is_some() != first) {
        let (other, first) = (name(!first), name(first));
        return refused(format!(
            "rank {rank} would compute on {other}, and rank 0 on {first}: use cpu, or start ranks only where \
             there are GPUs"
        ));
    }
    let taken = |(rank, seat): (usize, &Seat)| {
        let before = seats[..rank].iter().position(|before| before == seat)?;
        Some((before, rank, seat.gpu?))
    };
    match seats.iter().enumerate().find_map(taken) {
        Some((before, rank, gpu)) => refused(format!(
            "ranks {before} and {rank} are both on cuda:{gpu} of one host: --device cuda gives each its own"
        )),
        None => Ok(()),
    }
}

/// Whether torchrun, srun or mpirun has started this process as another than the first of several ranks, to
/// which it leaves what is done once. Other than [`is_first_rank`], it may be asked before the ranks are
/// together.
pub fn is_another_rank() -> bool {
    dist::launched().is_ok_and(|told| told.is_some_and(|(rank, _)| rank > 0))
}

/// Whether the first rank says this error by itself.
pub(super) fn is_told_by_first(error: &str) -> bool {
    is_another_rank() && error.contains("rank 0 has ended: ")
}

/// Ends after an error. The rank with the store lets the others end first, who know of it as a rule: libtorch
/// warns each of a store that ends.
pub(super) fn fail() {
    dist::end_after_error();
}

/// Leaves the others, at the end, as [`destroy_process_group`](fn@dist::destroy_process_group); nothing in one
/// process.
pub fn leave_ranks() {
    // What there was to be done together is done.
    let _ = dist::is_initialized().then(dist::destroy_process_group);
}

/// How many of the ranks are on this host.
fn of_host() -> Result<usize> {
    let host = System::host_name();
    Ok(dist::all_gather_object(&host)?.iter().filter(|other| **other == host).count())
}

/// Whether this process prints and writes: the only one, or the first of several ranks.
pub fn is_first_rank() -> bool {
    train::is_first()
}

/// What `work` comes to on the first of several ranks, on all of them; in one process, what it comes to.
///
/// # Errors
/// Those of `work`, on all ranks.
pub fn of_first_rank<T: Serialize + DeserializeOwned>(
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    train::of_first(work)
}

/// Has the first of several ranks do `work`, and the others wait, which have nothing of it; in one process, it is
/// done.
///
/// # Errors
/// Those of `work`, on all ranks.
pub fn first_rank_does<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    train::first_does(work)
}

/// Whether torchrun has started this process again, and one before it has begun the run in this folder.
pub fn is_begun_by_this_job(folder: &Path) -> bool {
    train::is_begun_by_this_job(folder)
}

impl Args {
    /// In which order so many training images come: shuffled, but with `--overfit-batches` as they are.
    /// Of several ranks, each has its share of them.
    ///
    /// # Errors
    /// When there are none.
    pub fn sampler(&self, images: usize) -> Result<Box<dyn Sampler>> {
        train::sampler(images, self.shuffle(), self.seed)
    }

    /// The [beginning](Self::limited) of the test images; of several ranks, each has its share of it, and
    /// none comes twice.
    pub fn share<D: Dataset>(&self, dataset: D) -> Subset<D> {
        let n = self.most_images().min(dataset.len());
        let (rank, size) = Ranks::several().map_or((0, 1), |ranks| (ranks.rank, ranks.size));
        Subset::new(dataset, (rank..n).step_by(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a rank comes to: device and backend, or what it is told.
    fn told(asked: &str, local_rank: usize, gpus: usize, has_nccl: bool) -> String {
        match place(asked.parse().unwrap(), Ok(local_rank), gpus, has_nccl) {
            Ok(Place { device, backend, unused_gpus }) => {
                let unused = if unused_gpus { ", GPUs unused" } else { "" };
                format!("{}, {backend}{unused}", DeviceChoice::One(device))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_rank_has_the_gpu_of_its_local_rank() {
        let no_nccl =
            "device: several ranks on GPUs take NCCL: build with `--features nccl`, or use cpu";
        let none = "device: no CUDA device was found; check the driver with nvidia-smi, or use cpu";
        let too_many = "device: local rank 2 is one too many for the 2 GPUs that it sees: start 2 ranks a host, \
                        show it more by CUDA_VISIBLE_DEVICES, or use cpu";
        let not_there = "device: there is no CUDA device 2: 2 found, numbered from 0; check the driver with \
                         nvidia-smi, or use cpu";
        for (asked, local_rank, gpus, has_nccl, expected) in [
            ("auto", 1, 0, true, "cpu, gloo"),
            ("auto", 1, 0, false, "cpu, gloo"),
            ("auto", 1, 2, false, "cpu, gloo, GPUs unused"),
            ("auto", 0, 2, true, "cuda:0, cpu:gloo,cuda:nccl"),
            ("auto", 1, 2, true, "cuda:1, cpu:gloo,cuda:nccl"),
            ("auto", 2, 2, true, too_many),
            ("cuda", 1, 2, true, "cuda:1, cpu:gloo,cuda:nccl"),
            ("cuda", 2, 2, true, too_many),
            ("cuda", 1, 2, false, no_nccl),
            ("cuda", 1, 0, false, none),
            ("cuda", 1, 0, true, none),
            ("cuda:0", 1, 1, true, "cuda:0, cpu:gloo,cuda:nccl"),
            ("cuda:1", 0, 2, false, no_nccl),
            ("cuda:2", 0, 2, true, not_there),
            ("cuda:0", 0, 0, true, none),
            ("cpu", 1, 2, true, "cpu, gloo"),
            ("cpu", 1, 2, false, "cpu, gloo"),
        ] {
            let found = told(asked, local_rank, gpus, has_nccl);
            assert_eq!(found, expected, "{asked} {local_rank} {gpus} {has_nccl}");
        }
        // Only where it matters.
        let untold =
            |gpus| place(DeviceChoice::Auto, Err(Error::Torch("untold".into())), gpus, true);
        assert_eq!(untold(0).unwrap().device, Device::Cpu);
        assert_eq!(untold(2).unwrap_err().to_string(), "untold");
    }

    #[test]
    fn ranks_do_not_share_a_gpu_nor_compute_on_different_devices() {
        let seat = |gpu, visible: Option<&str>, host: &str| Seat {
            gpu,
            visible: visible.map(Into::into),
            host: Some(host.into()),
        };
        let told = |seats: &[Seat]| check_seats(seats).err().map(|error| error.to_string());
        assert_eq!(told(&[seat(None, None, "a"), seat(None, None, "a")]), None);
        assert_eq!(told(&[seat(Some(0), None, "a"), seat(Some(1), None, "a")]), None);
        assert_eq!(told(&[seat(Some(0), None, "a"), seat(Some(0), None, "b")]), None);
        // Each is shown one alone.
        assert_eq!(told(&[seat(Some(0), Some("0"), "a"), seat(Some(0), Some("1"), "a")]), None);
        let same = [seat(Some(1), None, "a"), seat(Some(0), None, "a"), seat(Some(0), None, "a")];
        let words = "device: ranks 1 and 2 are both on cuda:0 of one host: --device cuda gives each its own";
        assert_eq!(told(&same).as_deref(), Some(words));
        let words = "device: rank 1 would compute on the CPU, and rank 0 on a GPU: use cpu, or start ranks only \
                     where there are GPUs";
        assert_eq!(
            told(&[seat(Some(0), None, "a"), seat(None, None, "b")]).as_deref(),
            Some(words)
        );
    }
}
