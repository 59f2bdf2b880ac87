//! `flambeau completions`.

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::env::{EnvCompleter, Shells};

/// Print what makes a shell complete this program's command lines, names of runs too
///
/// bash: add `source <(flambeau completions bash)` to ~/.bashrc; fish, zsh, elvish and powershell likewise.
#[derive(Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    shell: String,
}

impl Completions {
    pub fn run(self) -> Result<()> {
        let shells = Shells::builtins();
        let shell: &dyn EnvCompleter = shells.completer(&self.shell).expect("one of these");
        let mut script = Vec::new();
        shell
            .write_registration("COMPLETE", "flambeau", "flambeau", "flambeau", &mut script)
            .context("writing the script")?;
        io::stdout().write_all(&script).context("standard output cannot be written")
    }
}
