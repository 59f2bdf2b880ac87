//! `flambeau report`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::trained::{Architecture, Machine, Output, RunFolder};

/// Write a run's report.html: one page with curves, mistakes, filters and all that it was begun with
#[derive(Args)]
pub struct Report {
    #[command(flatten)]
    run: RunFolder,

    /// The model, for a run that does not tell it, as an example's.
    #[arg(long, value_enum)]
    model: Option<Architecture>,

    /// Of a recurrent model: it answers with the mean of the outputs after each row. A run knows it.
    #[arg(long)]
    average: bool,

    #[command(flatten)]
    machine: Machine,
}

impl Report {
    pub fn run(self, output: Output) -> Result<()> {
        let folder = self.run.find()?;
        let device = self.machine.start()?;
        let report =
            crate::report::of_run(&folder, self.model, self.average, &self.machine.data, device)?;
        if let Some(missing) = report.missing {
            eprintln!("nothing is said of the model: {missing}");
        }
        let path = report.path;
        let path = path.display().to_string();
        output.result(|| path.clone(), || json!({"report": path}));
        Ok(())
    }
}
