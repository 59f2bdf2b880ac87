//! `flambeau eval`.

use anyhow::{Context, Result};
use clap::Args;

use crate::trained::{Answers, Machine, Output, Weights, as_json};

/// Test a trained model on the 10,000 images that no training sees
#[derive(Args)]
pub struct Eval {
    #[command(flatten)]
    weights: Weights,

    #[command(flatten)]
    machine: Machine,
}

impl Eval {
    pub fn run(self, output: Output) -> Result<()> {
        let device = self.machine.start()?;
        let trained = self.weights.load(device, output)?;
        let images = self.machine.test_images().context("reading the test images")?;
        let answers = Answers::of(&trained, images, device).context("testing")?;
        let text = || {
            let accuracy = &answers.accuracy;
            format!("accuracy: {accuracy}\namong the first five: {:.2} %", 100.0 * accuracy.top5())
        };
        output.result(text, || as_json(&answers.accuracy));
        Ok(())
    }
}
