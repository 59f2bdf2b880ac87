//! `flambeau serve`.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, value_parser};

use crate::serve;
use crate::trained::{Machine, Output, Weights};

/// Show a page on this machine on which one drops an image, and sees what the model makes of it
///
/// Other programs post an image to /api/predict. Nothing that is sent is kept.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    weights: Weights,

    /// The address that it listens on. Any but this machine's own lets others in.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = address)]
    bind: IpAddr,

    /// The port that it listens on; 0 takes one that is free.
    #[arg(long, value_name = "N", default_value_t = 8000)]
    port: u16,

    /// How many seconds an image may take on its way, and its answer after that.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = value_parser!(u64).range(1..=3600))]
    timeout: u64,

    #[command(flatten)]
    machine: Machine,
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "must be an address of this machine, as 127.0.0.1 or 0.0.0.0".into())
}

impl Serve {
    pub fn run(self, output: Output) -> Result<()> {
        let device = self.machine.start()?;
        let Self { weights, bind, port, timeout, .. } = self;
        let patience = Duration::from_secs(timeout);
        serve::run((bind, port).into(), patience, output, move || {
            Ok((weights.load(device, output)?, device))
        })
    }
}
