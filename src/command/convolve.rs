//! `flambeau convolve`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use flambeau::cli::FilterArgs;
use flambeau::vision::io::{check_writable, write_image};
use serde_json::json;

use crate::trained::Output;

/// Look at an image through a kernel: blur, sharpen, edges
#[derive(Args)]
pub struct Convolve {
    #[command(flatten)]
    filter: FilterArgs,

    /// Where to write what comes of it, .png or .jpg.
    #[arg(long, value_name = "FILE", default_value = "convolution.png")]
    out: PathBuf,
}

impl Convolve {
    pub fn run(self, output: Output) -> Result<()> {
        check_writable(&self.out)?;
        let filter = self.filter.filter().context("reading the kernel")?;
        let image = self.filter.image().context("reading the image")?;
        write_image(&filter.apply(&image), &self.out).context("saving the filtered image")?;
        let path = self.out.display().to_string();
        output.result(|| format!("saved to {path}"), || json!({"saved": path}));
        Ok(())
    }
}
