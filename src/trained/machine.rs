//! [`Machine`]: where something is computed, and where the data lies.

use std::path::PathBuf;

use clap::Args;
use flambeau::Device;
use flambeau::cli::{self, DeviceChoice, Threads};
use flambeau::data::DataLoader;
use flambeau::prelude::*;
use flambeau::vision::datasets::Transformed;

/// Where something is computed, and where the data lies.
#[derive(Args)]
pub struct Machine {
    /// The folder of the data sets; CIFAR-10 is downloaded into it (170 MB) if it is not there.
    #[arg(long, value_name = "FOLDER", default_value = Cifar10::DEFAULT_ROOT)]
    pub data: PathBuf,

    /// Where to compute: auto (a GPU if there is one), cpu, cuda, cuda:N.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,

    /// How many threads compute: auto (one a core that is idle) or a number.
    #[arg(long, value_name = "N", default_value = "auto")]
    threads: Threads,
}

/// How many images are looked at together.
pub const BATCH: usize = 100;

impl Machine {
    /// Makes ready, and says where it computes.
    pub fn start(&self) -> Result<Device> {
        let device = self.device.resolve()?;
        cli::set_num_threads(self.threads.resolve(BATCH, device).count)?;
        Ok(device)
    }

    /// The images that no training sees.
    pub fn test_images(&self) -> Result<Cifar10> {
        Cifar10::options(&self.data).train(false).download(true).build()
    }
}

/// A data set as a model sees it.
pub fn loader(images: Cifar10) -> Result<DataLoader<Transformed<Cifar10>>> {
    DataLoader::options(images.transform(cli::transform())).batch_size(BATCH).build()
}
