//! `flambeau convert`.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use flambeau::Layout;
use flambeau::nn::StateDict;
use flambeau::prelude::*;
use flambeau::serialize;
use serde_json::json;

use crate::trained::{Output, read_state};

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
        serialize::check_writable(&self.into)?;
        let (mut state, mut done) = (StateDict::new(), Done::new());
        for (key, tensor) in read_state(&self.from)? {
            let Some(rest) = key.strip_prefix(&self.strip_prefix) else {
                let from = self.from.display();
                bail!(
                    "{from}: the key {key} does not begin with {}; `flambeau inspect` shows the keys",
                    self.strip_prefix
                );
            };
            let converted = self.converted(&key, tensor, &mut done)?;
            state.insert(format!("{}{rest}", self.add_prefix), converted);
        }
        if state.is_empty() {
            bail!("{}: holds no tensors, so there is nothing to convert", self.from.display());
        }
        serialize::save_file(&state, &self.into)?;
        let (path, tensors) = (self.into.display().to_string(), state.len());
        let text = || format!("saved to {path}: {}", super::inspect::tensors(tensors));
        output.result(text, || json!({"saved": path, "tensors": tensors}));
        Ok(())
    }

    /// The tensor in the other kind of number. Whole numbers stay what they are, and tensors that are one
    /// stay that.
    fn converted(&self, key: &str, tensor: Tensor, done: &mut Done) -> Result<Tensor> {
        let Some(to) = self.to.filter(|_| tensor.is_floating_point()) else { return Ok(tensor) };
        let kind = match to {
            Precision::F16 => Kind::Half,
            Precision::Bf16 => Kind::BFloat16,
            Precision::F32 => Kind::Float,
        };
        let is_strided = Layout::of(&tensor) == Layout::Strided;
        let place = (is_strided && tensor.numel() > 0)
            .then(|| (tensor.data_ptr() as usize, tensor.kind(), tensor.size(), tensor.stride()));
        if let Some(converted) = place.as_ref().and_then(|place| done.get(place)) {
            return Ok(converted.shallow_clone());
        }
        let before = if is_strided { without_repeats(&tensor) } else { tensor.shallow_clone() };
        let converted = before
            .f_to_kind(kind)
            .with_context(|| format!("{}: {key} cannot be converted", self.from.display()))?;
        if infinite(&converted)
            .is_some_and(|now| now > 0 && infinite(&before).is_some_and(|then| then < now))
        {
            let largest = match to {
                Precision::F16 => "65504, the largest number of f16; --to bf16 has larger ones",
                Precision::Bf16 | Precision::F32 => "3.4e38, the largest number; leave --to out",
            };
            bail!("{}: {key} has numbers beyond {largest}", self.from.display());
        }
        let converted = if is_strided { converted.expand(tensor.size(), false) } else { converted };
        if let Some(place) = place {
            done.insert(place, converted.shallow_clone());
        }
        Ok(converted)
    }
}

/// What was converted, by where it lay and how.
type Done = HashMap<(usize, Kind, Vec<i64>, Vec<i64>), Tensor>;

/// What is left of a tensor that was expanded when nothing stands there twice.
fn without_repeats(tensor: &Tensor) -> Tensor {
    let mut once = tensor.shallow_clone();
    for (dim, stride) in tensor.stride().into_iter().enumerate() {
        if stride == 0 && once.size()[dim] > 1 {
            once = once.narrow(dim as i64, 0, 1);
        }
    }
    once
}

/// How many numbers are infinite; none where they cannot be looked at, as on the device meta.
fn infinite(tensor: &Tensor) -> Option<i64> {
    let double = tensor.f_to_kind(Kind::Double).ok()?;
    double.f_isinf().and_then(|x| x.f_sum(Kind::Int64)).and_then(|n| n.f_int64_value(&[])).ok()
}
