//! `flambeau man`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command};

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
    pub fn run(self, program: Command) -> Result<()> {
        let folder = self.folder.display();
        fs::create_dir_all(&self.folder).with_context(|| format!("making the folder {folder}"))?;
        clap_mangen::generate_to(program, &self.folder)
            .with_context(|| format!("writing the manual into {folder}"))
    }
}
