//! `flambeau report`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::trained::{Machine, Output, RunFolder};

/// Write a run's report.html: one page with curves, mistakes, filters and all that it was begun with
#[derive(Args)]
pub struct Report {
    #[command(flatten)]
    run: RunFolder,

    #[command(flatten)]
    machine: Machine,
}

impl Report {
    pub fn run(self, output: Output) -> Result<()> {
        let folder = self.run.find()?;
        let device = self.machine.start()?;
        let path = crate::report::of_run(&folder, &self.machine.data, device)?;
        let path = path.display().to_string();
        output.result(|| path.clone(), || json!({"report": path}));
        Ok(())
    }
}
