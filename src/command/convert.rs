//! `flambeau convert`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use flambeau::file::check_writable;
use flambeau::nn::StateDict;
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};
use serde_json::json;

use crate::trained::{Output, is_safetensors, read_state};

/// Write a file's weights as another: .pt to .safetensors and back, with other keys or numbers
///
/// What a checkpoint holds beside the weights is left out.
#[derive(Args)]
pub struct Convert {
    /// The file that is read: a state dictionary, or a checkpoint that holds one.
    #[arg(value_name = "FROM")]
    from: PathBuf,

    /// The file that is written, .pt or .safetensors.
    #[arg(value_name = "INTO")]
    into: PathBuf,

    /// Take this away from the beginning of each key, which has to begin with it.
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    strip_prefix: String,

    /// Put this before each key.
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    add_prefix: String,

    /// The kind of number that all real numbers become.
    #[arg(long, value_enum)]
    to: Option<Precision>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Precision {
    F16,
    Bf16,
    F32,
}

impl Convert {
    pub fn run(self, output: Output) -> Result<()> {
        let extension = self.into.extension().and_then(|extension| extension.to_str());
        let extension = extension.map(str::to_ascii_lowercase);
        let Some("pt" | "pth" | "safetensors") = extension.as_deref() else {
            bail!("{}: its name should end in .pt or .safetensors", self.into.display());
        };
        check_writable(&self.into)?;
        let mut state = StateDict::new();
        for (key, tensor) in read_state(&self.from)? {
            let Some(rest) = key.strip_prefix(&self.strip_prefix) else {
                let from = self.from.display();
                bail!("{from}: the key {key} does not begin with {}", self.strip_prefix);
            };
            let converted = self.converted(&key, tensor)?;
            state.insert(format!("{}{rest}", self.add_prefix), converted);
        }
        match is_safetensors(&self.into) {
            true => safetensors::save_file(&state, &self.into)?,
            false => pt::save_file(&state, &self.into)?,
        }
        let (path, tensors) = (self.into.display().to_string(), state.len());
        let text = || format!("saved to {path}: {}", super::inspect::tensors(tensors));
        output.result(text, || json!({"saved": path, "tensors": tensors}));
        Ok(())
    }

    /// Whole numbers stay what they are.
    fn converted(&self, key: &str, tensor: Tensor) -> Result<Tensor> {
        let Some(to) = self.to.filter(|_| tensor.is_floating_point()) else { return Ok(tensor) };
        let converted = match to {
            Precision::F16 => tensor.half(),
            Precision::Bf16 => tensor.bfloat16(),
            Precision::F32 => tensor.float(),
        };
        let infinite = |x: &Tensor| x.double().isinf().sum(None).int64_value(&[]);
        let lost = infinite(&converted) > infinite(&tensor);
        if lost {
            let largest = match to {
                Precision::F16 => "65504, the largest number of f16; --to bf16 has larger ones",
                Precision::Bf16 | Precision::F32 => "3.4e38, the largest number; leave --to out",
            };
            bail!("{}: {key} has numbers beyond {largest}", self.from.display());
        }
        Ok(converted)
    }
}
