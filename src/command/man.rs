//! `flambeau man`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command};
use flambeau::file::make_folder;
use serde_json::json;

use crate::trained::Output;

/// Write the manual: a page for the program, and one for each command
///
/// `flambeau man ~/.local/share/man/man1`, and then `man flambeau-train`.
#[derive(Args)]
pub struct Man {
    /// The folder that they are written into; it is made if it is not there.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Man {
    pub fn run(self, program: Command, output: Output) -> Result<()> {
        let folder = self.folder.display();
        make_folder(&self.folder)?;
        clap_mangen::generate_to(program, &self.folder)
            .with_context(|| format!("writing the manual into {folder}"))?;
        output.result(|| format!("written: {folder}"), || json!({"written": self.folder}));
        Ok(())
    }
}
