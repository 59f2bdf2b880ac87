//! [`Args`]: the arguments that all examples share.

use std::fmt::Display;
use std::num::IntErrorKind;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use clap::{ArgMatches, Command, Parser};
use tch::{Device, Tensor};

use super::ranks::Joined;
use super::training_args::{Amp, TrainingArgs, of_all_ranks, plain};
use super::{DeviceChoice, Reason, ThreadCount, Threads, is_first_rank};
use crate::data::{DataLoader, Dataset, Subset};
use crate::nn::Module;
use crate::object::Object;
use crate::serialize::{self, pt};
use crate::train::{
    CHECKPOINTS, Checkpoints, Facts, compare_facts, first_does, is_begun_by_this_job, say,
    share_model, terminated,
};
use crate::vision::datasets::Cifar10;
use crate::{Result, file, random};

/// The arguments that all examples share.
#[derive(Clone, Debug, Parser)]
pub struct Args {
    /// The folder of the data sets; CIFAR-10 is downloaded into it (170 MB) if it is not there.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    pub data: PathBuf,

    /// How many times to go through the training images.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub epochs: usize,

    /// How many images make a batch, of several ranks on each.
    #[arg(long, value_name = "N", default_value = "4", value_parser = positive)]
    pub batch_size: usize,

    /// The learning rate.
    #[arg(long, value_name = "X", default_value = "0.001", value_parser = learning_rate, allow_negative_numbers = true)]
    pub lr: f64,

    /// The seed of all random numbers.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub seed: i64,

    /// Where to compute: auto (a GPU if there is one), cpu, cuda, cuda:N. Of several ranks on a host each
    /// takes the GPU of its local rank.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// How many threads compute: auto (one for tiny batches, else one a core that is idle) or a
    /// number. The last bits of the losses depend on it.
    #[arg(long, value_name = "N", default_value = "auto")]
    pub threads: Threads,

    /// How many threads make batches ahead of time.
    #[arg(long, value_name = "N", default_value = "2", value_parser = workers)]
    pub workers: usize,

    /// Train and test on the first N images only.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub limit: Option<usize>,

    /// Train on one batch, test on one, and end: to see that all works.
    #[arg(long)]
    pub dry_run: bool,

    /// Where to save the trained weights, .safetensors or .pt.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// What it does besides.
    #[command(flatten)]
    pub training: TrainingArgs,

    /// All of them, those of the example too, as a run keeps them.
    #[arg(skip = Object::None)]
    pub(super) arguments: Object,

    /// Those that have to be the same on all ranks.
    #[arg(skip)]
    of_all_ranks: Facts,
}

impl Args {
    /// These arguments as the command line has them, which a run keeps by the names of their flags.
    pub fn recorded(self, command: &Command, matches: &ArgMatches) -> Self {
        let of_all_ranks = of_all_ranks(command, matches);
        Self { arguments: plain(command, matches), of_all_ranks, ..self }
    }

    /// Makes ready: joins the other ranks, if there are several, chooses device and threads, says which, and
    /// seeds.
    ///
    /// # Errors
    /// When the other ranks do not come or have other arguments, the device is not there or taken by another
    /// rank, or `--save` or `--run` names a place that cannot be written to: better now than after the training.
    pub fn start(&self) -> Result<Device> {
        let joined = Joined::join(self.device, self.training.timeout)?;
        // They decide what the ranks do together, from here on.
        compare_facts(&self.of_all_ranks)?;
        let device = joined.device;
        first_does(|| {
            if let Some(path) = &self.save {
                serialize::check_writable(path)?;
            }
            self.training.run.as_ref().map_or(Ok(()), file::make_folder)
        })?;
        let of_run = || self.threads_of_run();
        let line = joined.set_num_threads(self.threads, self.batch_size, of_run)?;
        random::manual_seed(self.seed);
        self.say(format_args!("{line}; seed {}", self.seed));
        if device == Device::Cpu && self.training.amp == Some(Amp::F16) && is_first_rank() {
            eprintln!("f16 is slow on a CPU: bf16 needs no scaler, and has instructions there");
        }
        Ok(device)
    }

    /// As many threads as the run had that is gone on with, so that it comes to the same bits; where the
    /// arguments leave it open, and this machine has as many cores.
    fn threads_of_run(&self) -> Option<ThreadCount> {
        let goes_on = |folder: &&PathBuf| self.training.resume || is_begun_by_this_job(folder);
        let run = self.training.run.as_ref().filter(goes_on)?;
        let paths = Checkpoints::paths(run.join(CHECKPOINTS)).ok()?;
        let read = |path: &PathBuf| pt::load_options(path).mmap(true).call().ok();
        let checkpoint = paths.iter().rev().find_map(read)?;
        let count = i32::try_from(checkpoint.get("threads")?.as_i64()?).ok()?;
        let cores = available_parallelism().map_or(1, usize::from) as i32;
        let fits = self.threads == Threads::Auto && (1..=cores).contains(&count);
        fits.then_some(ThreadCount { count, reason: Reason::Run })
    }

    /// Prints what is done on the way, unless the program is to be [quiet](crate::set_quiet).
    pub fn say(&self, line: impl Display) {
        say(&line.to_string());
    }

    /// The dataset, or with `--limit` or `--overfit-batches` its beginning.
    pub fn limited<D: Dataset>(&self, dataset: D) -> Subset<D> {
        let n = self.most_images().min(dataset.len());
        Subset::new(dataset, 0..n)
    }

    /// A test's batches; only the first with `--dry-run`. After SIGTERM there are none: the time that is left
    /// is short.
    pub fn batches<D: Dataset<Sample = (Tensor, Tensor)> + 'static>(
        &self,
        loader: &DataLoader<D>,
    ) -> impl Iterator<Item = Result<(Tensor, Tensor)>> {
        let batches = loader.iter().take(if self.dry_run { 1 } else { usize::MAX });
        batches.take_while(|_| !terminated())
    }

    /// Saves the model's weights where `--save` says, if it does.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, model: &dyn Module) -> Result<()> {
        if let Some(path) = self.save.as_ref().filter(|_| is_first_rank()) {
            serialize::save_file(&model.state_dict(), path)?;
            self.say(format_args!("saved to {}", path.display()));
        }
        Ok(())
    }

    /// Gives the model the weights that `--save` has written into this file. Of several ranks, the first
    /// reads it, and all have its weights.
    ///
    /// # Errors
    /// As [`load_model`](serialize::load_model), on all ranks.
    pub fn load(&self, model: &dyn Module, path: &Path) -> Result<()> {
        first_does(|| serialize::load_model(model, path))?;
        share_model(model)
    }
}

/// Reads a whole number above zero: the `value_parser` of such an argument.
///
/// # Errors
/// When the text is none.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(number @ 1..) => Ok(number),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => {
            Err(format!("must be at most {}", usize::MAX))
        }
        _ => Err("must be a number from 1 up".to_string()),
    }
}

/// More would not help anyone, and a machine has only so many threads.
const MOST_WORKERS: usize = 256;

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 0..=MOST_WORKERS) => Ok(number),
        _ => Err(format!("must be a number from 0 to {MOST_WORKERS}")),
    }
}

/// Reads a number above zero: the `value_parser` of such an argument.
///
/// # Errors
/// When the text is none.
pub fn above_zero(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number < f64::INFINITY => Ok(number),
        _ => Err("must be a number above 0".to_string()),
    }
}

fn learning_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(lr) if (0.0..f64::INFINITY).contains(&lr) => Ok(lr),
        _ => Err("must be a number from 0 up".to_string()),
    }
}
