//! `flambeau completions`.

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::env::{EnvCompleter, Shells};
use serde_json::json;

use crate::trained::Output;

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
    pub fn run(self, output: Output) -> Result<()> {
        let shells = Shells::builtins();
        let shell: &dyn EnvCompleter = shells.completer(&self.shell).expect("one of these");
        let mut script = Vec::new();
        shell
            .write_registration("COMPLETE", "flambeau", "flambeau", "flambeau", &mut script)
            .context("writing the script")?;
        let script = String::from_utf8(script).context("the script is no text")?;
        output
            .result(|| script.trim_end().into(), || json!({"shell": self.shell, "script": script}));
        Ok(())
    }
}
