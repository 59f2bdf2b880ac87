//! `flambeau doctor`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use flambeau::Error;
use flambeau::cli::takes_threads_away;
use flambeau::prelude::*;
use flambeau::tch::Cuda;
use serde_json::json;
use sysinfo::{Disks, System};

use crate::trained::Output;

/// Look at this machine: libtorch, GPU, threads, processor, data, disk and memory, each with a remedy
///
/// Where the program does not even start, scripts/doctor in flambeau's sources says why. Ends with 1 where
/// something is wrong.
#[derive(Args)]
pub struct Doctor {
    /// The folder of the data sets.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    data: PathBuf,
}

/// What is found of one thing.
struct Finding {
    what: &'static str,
    state: State,
    found: String,
    /// What to do, where there is something.
    remedy: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Fine,
    /// It works, and might work better.
    Note,
    Wrong,
}

impl Finding {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Fine, found: found.into(), remedy: None }
    }

    fn note(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Note, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn wrong(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, state: State::Wrong, found: found.into(), remedy: Some(remedy.into()) }
    }
}

impl Doctor {
    pub fn run(self, output: Output) -> Result<()> {
        let system = System::new_all();
        let mut findings = vec![libtorch()];
        findings.extend(cuda());
        findings.extend(threads(&system));
        findings.push(processor(&system));
        findings.push(data(&self.data));
        findings.extend(disk(&self.data));
        findings.push(memory(&system));
        findings.push(home());
        output.result(|| text(&findings), || json(&findings));
        match findings.iter().filter(|finding| finding.state == State::Wrong).count() {
            0 => Ok(()),
            1 => bail!("one thing is wrong"),
            n => bail!("{n} things are wrong"),
        }
    }
}

/// The version that tch wants.
const NEEDED: &str = "2.13.0";

/// A library that this process has opened.
fn opened(name: &str) -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.contains(name))?;
    Some(line[line.find('/')?..].into())
}

fn libtorch() -> Finding {
    let version = flambeau::torch_version();
    let place = opened("libtorch_cpu.so");
    let folder = place.as_deref().and_then(Path::parent);
    let folder = folder.map_or("a place that cannot be told".into(), |f| f.display().to_string());
    let whose = match &*folder {
        f if f.contains("/flambeau/libtorch-") => ", fetched by scripts/cargo",
        f if f.contains("site-packages") => ", Python's torch",
        _ => "",
    };
    let found = format!("{version} in {folder}{whose}");
    match version.split('+').next() == Some(NEEDED) {
        true => Finding::fine("libtorch", found),
        false => Finding::wrong(
            "libtorch",
            found,
            format!(
                "this program wants {NEEDED}: unset LIBTORCH and LD_LIBRARY_PATH, run scripts/cargo"
            ),
        ),
    }
}

fn cuda() -> Vec<Finding> {
    let found = Cuda::device_count();
    if found > 0 {
        let cudnn = if Cuda::cudnn_is_available() { ", with cuDNN" } else { "" };
        let devices = if found == 1 { "1 device".into() } else { format!("{found} devices") };
        return vec![Finding::fine("CUDA", format!("{devices}{cudnn}"))];
    }
    let library = opened("libtorch_cpu.so").map(|path| path.with_file_name("libtorch_cuda.so"));
    let driver = fs::read_to_string("/proc/driver/nvidia/version").ok();
    let version = driver.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
    let hidden = env::var("CUDA_VISIBLE_DEVICES").is_ok_and(|value| matches!(&*value, "" | "-1"));
    let why = if !library.is_some_and(|path| path.exists()) {
        (
            "libtorch is one for CPUs alone",
            "unset LIBTORCH and run scripts/cargo, which fetches one with CUDA",
        )
    } else if opened("libcuda.so").is_none() && driver.is_none() {
        (
            "there is no NVIDIA driver",
            "with an NVIDIA GPU, install its driver until nvidia-smi shows it",
        )
    } else if opened("libcuda.so").is_none() {
        (
            "there is a driver, but its libcuda.so.1 is not found",
            "in a container, start it with --gpus all; else install the driver's libraries",
        )
    } else if hidden {
        (
            "CUDA_VISIBLE_DEVICES hides all devices",
            "unset it, or name a device: CUDA_VISIBLE_DEVICES=0",
        )
    } else {
        (
            "the driver shows no device that this libtorch takes",
            "see what nvidia-smi says; CUDA 13 wants driver 580 or newer",
        )
    };
    let found = format!("not used: {} {version}", why.0);
    vec![Finding::note("CUDA", found.trim_end(), why.1)]
}

fn threads(system: &System) -> Vec<Finding> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let all = system.cpus().len();
    // OpenMP binds this thread as it starts: what the process may use, its parent may, too.
    let bound = env::var("OMP_PROC_BIND").is_ok_and(|value| !value.eq_ignore_ascii_case("false"));
    let found = match cores < all {
        true if bound => format!("{all}, of which OMP_PROC_BIND leaves this thread {cores}"),
        true => format!("{cores} of {all}: the others are not for this process"),
        false => cores.to_string(),
    };
    let mut findings = vec![Finding::fine("cores", found)];
    if let Some(quota) = quota().filter(|quota| *quota < cores as f64) {
        findings.push(Finding::note(
            "cores' time",
            format!("the container may use {quota:.1} cores' time"),
            format!("--threads {}: more threads only wait for each other", quota.max(1.0) as usize),
        ));
    }
    for (name, meaning, remedy) in [
        (
            "OMP_NUM_THREADS",
            "Python's torch takes so many threads; here --threads does",
            "leave it, or use --threads",
        ),
        (
            "MKL_NUM_THREADS",
            "so many threads for MKL's matrix products",
            "unset it: --threads is for all",
        ),
        (
            "OMP_WAIT_POLICY",
            "passive: threads sleep while they wait, which is slower on a quiet machine",
            "unset it, unless others compute here too",
        ),
        (
            "GOMP_SPINCOUNT",
            "how long threads wait awake",
            "unset it, unless others compute here too",
        ),
        (
            "OMP_PROC_BIND",
            "threads are bound to cores, the first to one: --threads auto takes one, and two programs may share it",
            "unset it",
        ),
        ("GOMP_CPU_AFFINITY", "threads are bound to these cores, and use no other", "unset it"),
        ("OMP_PLACES", "threads are bound to these places, and use no other", "unset it"),
    ] {
        if let Ok(value) = env::var(name)
            && !(name == "OMP_PROC_BIND" && value.eq_ignore_ascii_case("false"))
        {
            let is_count = value.split(',').all(|n| n.trim().parse::<u32>().is_ok_and(|n| n > 0));
            let meaning = match name.ends_with("_NUM_THREADS") && !is_count {
                true => "is no number of threads, and so ignored",
                false => meaning,
            };
            findings.push(Finding::note("threads", format!("{name}={value}: {meaning}"), remedy));
        }
    }
    if let Some((name, value)) = takes_threads_away(i32::MAX) {
        let found = format!("{name}={value}: with more threads, torch hangs or is wrong");
        findings.push(Finding::wrong("threads", found, "unset it"));
    }
    findings
}

/// How many cores' time a container may use.
fn quota() -> Option<f64> {
    let text = fs::read_to_string("/sys/fs/cgroup/cpu.max").ok()?;
    let (quota, period) = text.trim().split_once(' ')?;
    Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
}

fn processor(system: &System) -> Finding {
    let brand = system.cpus().first().map_or("unknown", |cpu| cpu.brand()).trim().to_string();
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = flags.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    let has = |flag: &str| flags.split_whitespace().any(|other| other == flag);
    let telling =
        [("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "bf16"), ("amx_bf16", "AMX")];
    let there: Vec<_> =
        telling.iter().filter(|(flag, _)| has(flag)).map(|(_, name)| *name).collect();
    let found = match there.is_empty() {
        true => brand,
        false => format!("{brand}; {}", there.join(", ")),
    };
    if !has("avx2") {
        let remedy =
            "none: libtorch and the convolutions here have faster kernels for AVX2 and AVX-512";
        return Finding::note("processor", format!("{found}, without AVX2"), remedy);
    }
    if !has("avx512_bf16") && !has("amx_bf16") {
        let found = format!("{found}; no instructions for bf16");
        return Finding::note("processor", found, "--amp bf16 saves nothing here: leave it");
    }
    Finding::fine("processor", found)
}

fn data(folder: &Path) -> Finding {
    let found = folder.join("cifar-10-batches-bin");
    match [true, false].map(|train| Cifar10::options(folder).train(train).build()) {
        [Ok(_), Ok(_)] => Finding::fine("CIFAR-10", format!("whole, in {}", found.display())),
        [Err(Error::File { path, problem, .. }), _]
        | [_, Err(Error::File { path, problem, .. })]
            if found.exists() =>
        {
            let remedy = format!("remove {}, and run flambeau data", found.display());
            let problem = if path == found { "is not whole" } else { &problem };
            Finding::wrong("CIFAR-10", format!("{}: {problem}", path.display()), remedy)
        }
        _ if folder.is_file() => {
            let found = format!("{} is a file, and no folder", folder.display());
            Finding::wrong("CIFAR-10", found, "name a folder by --data")
        }
        _ => {
            let found = format!("not in {}", folder.display());
            Finding::note(
                "CIFAR-10",
                found,
                "flambeau data fetches it (170 MB); a training does, too",
            )
        }
    }
}

fn disk(data: &Path) -> Vec<Finding> {
    let here = env::current_dir().unwrap_or_default();
    let mut findings = vec![room("disk", &here, 1.0)];
    let data = here.join(data);
    if !data.exists() {
        // Where it will be made.
        let above = data.ancestors().find(|folder| folder.exists());
        findings.push(room("disk, data", above.unwrap_or(&here), 0.5));
    }
    findings
}

/// Whether there is room in a folder, in GB.
fn room(what: &'static str, folder: &Path, wanted: f64) -> Finding {
    let disks = Disks::new_with_refreshed_list();
    let holding = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    let holding = holding.max_by_key(|disk| disk.mount_point().as_os_str().len());
    let Some(disk) = holding else {
        return Finding::note(
            what,
            format!("the disk of {} cannot be told", folder.display()),
            "see df -h",
        );
    };
    let free = disk.available_space() as f64 / 1e9;
    let found = format!("{free:.1} GB free in {}", folder.display());
    if tempfile::tempfile_in(folder).is_err() {
        let found = format!("{} cannot be written to", folder.display());
        return Finding::wrong(what, found, "go to a folder of your own, or mend its owner: chown");
    }
    match free < wanted {
        true => Finding::wrong(what, found, format!("make room: {wanted} GB at least")),
        false => Finding::fine(what, found),
    }
}

fn memory(system: &System) -> Finding {
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    let total = system.total_memory().min(limit) as f64 / f64::from(1 << 30);
    let free = system.available_memory().min(limit) as f64 / f64::from(1 << 30);
    let found = format!("{free:.1} of {total:.1} GiB free");
    match free < 1.0 {
        true => {
            Finding::wrong("memory", found, "end other programs: a training here takes half a GiB")
        }
        false => Finding::fine("memory", found),
    }
}

/// Whether the cache, which all clones share, is this user's.
fn home() -> Finding {
    let folder = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    let Some(cache) = cache.map(|cache| cache.join("flambeau")) else {
        let remedy = "set HOME, or XDG_CACHE_HOME";
        return Finding::note("cache", "HOME is not set, so there is none", remedy);
    };
    let name = cache.display().to_string();
    if !cache.exists() {
        return Finding::note("cache", format!("{name} is not there"), "scripts/cargo makes it");
    }
    match tempfile::tempfile_in(&cache) {
        Ok(_) => Finding::fine("cache", name),
        Err(error) => Finding::wrong(
            "cache",
            format!("{name} cannot be written to: {error}"),
            format!("make it yours: sudo chown -R $(id -u) {name}; or set XDG_CACHE_HOME"),
        ),
    }
}

fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
    let line = |finding: &Finding| {
        let mark = match finding.state {
            State::Fine => "ok  ",
            State::Note => "note",
            State::Wrong => "BAD ",
        };
        let remedy = finding.remedy.as_ref();
        let remedy = remedy.map_or(String::new(), |r| format!("\n      {:width$}  → {r}", ""));
        format!("{mark}  {:<width$}  {}{remedy}", finding.what, finding.found)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn json(findings: &[Finding]) -> serde_json::Value {
    let one = |finding: &Finding| {
        let state = match finding.state {
            State::Fine => "ok",
            State::Note => "note",
            State::Wrong => "wrong",
        };
        json!({"what": finding.what, "state": state, "found": finding.found, "remedy": finding.remedy})
    };
    findings.iter().map(one).collect()
}
