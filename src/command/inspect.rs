//! `flambeau inspect`.

use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flambeau::cli::{thousands, visible};
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::serialize::{is_safetensors, pt, safetensors};
use flambeau::{Dtype, Error, Layout};
use serde_json::{Map, Value, json};

use crate::trained::Output;

/// Say what a .pt or .safetensors file holds: tensors by their keys, and what stands beside them
///
/// No pickle is run: a class that is not known is shown with its name and what would be set in it.
#[derive(Args)]
pub struct Inspect {
    /// The file, or - for one from standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

struct Entry {
    key: String,
    /// The kind of its numbers, and how they lie where that is not one after the other.
    dtype: String,
    /// Its sides; a nested tensor has none.
    size: Option<Vec<i64>>,
    /// How many numbers it stands for.
    numbers: usize,
    /// What they take; unknown of those that are sparse or nested.
    bytes: Option<u64>,
}

impl Inspect {
    pub fn run(self, output: Output) -> Result<()> {
        let (tensors, rest) = match self.file == Path::new("-") {
            true => read_input()?,
            false => read(&self.file)?,
        };
        let entries: Vec<_> = tensors.into_iter().map(entry).collect();
        output.result(|| text(&entries, &rest), || json(&entries, &rest));
        Ok(())
    }
}

/// What is no tensor, by the path that leads there.
type Rest = Vec<(String, String)>;

/// The tensors by their keys, and what else there is.
type Contents = (Vec<(String, Tensor)>, Rest);

/// What comes from standard input, by way of a file: the formats are read from their ends.
fn read_input() -> Result<Contents> {
    let mut file = tempfile::NamedTempFile::new().context("making a temporary file")?;
    let taken = io::copy(&mut io::stdin().lock(), &mut file).context("reading standard input")?;
    if taken == 0 {
        bail!("standard input is empty; give a file's bytes, as by < FILE");
    }
    read(file.path()).map_err(|error| match error.downcast() {
        Ok(Error::File { problem, remedy, .. }) => {
            Error::File { path: "standard input".into(), problem, remedy }.into()
        }
        Ok(error) => error.into(),
        Err(error) => error,
    })
}

fn read(path: &Path) -> Result<Contents> {
    if is_safetensors(path) {
        let tensors = safetensors::load_file_options(path).mmap(true).call()?;
        let rest = safetensors::load_metadata(path)?.into_iter().collect();
        return Ok((tensors.into_iter().collect(), rest));
    }
    let object = pt::load_options(path).mmap(true).call()?;
    let mut rest = Vec::new();
    beside_tensors(&object, String::new(), &mut rest);
    Ok((object.tensors(), rest))
}

/// What is no tensor, with the path that leads there.
fn beside_tensors(object: &Object, path: String, found: &mut Rest) {
    if object.tensors().is_empty() {
        found.push((path, shortened(object)));
        return;
    }
    let below = |name: String| if path.is_empty() { name } else { format!("{path}.{name}") };
    match (object.as_dict(), object.as_slice(), object.as_opaque()) {
        (Some(dict), ..) => {
            for (key, value) in dict {
                let name = key.as_str().map_or_else(|| key.to_string(), String::from);
                if value.as_tensor().is_none() {
                    beside_tensors(value, below(name), found);
                }
            }
        }
        (_, Some(values), _) => {
            for (i, value) in values.iter().enumerate() {
                if value.as_tensor().is_none() {
                    beside_tensors(value, below(i.to_string()), found);
                }
            }
        }
        (.., Some(opaque)) => {
            found.push((path, format!("an object of {}.{}", opaque.module, opaque.name)));
        }
        _ => {}
    }
}

/// So many tensors, in words.
pub fn tensors(count: usize) -> String {
    if count == 1 { "1 tensor".into() } else { format!("{count} tensors") }
}

/// A line's worth of a value: of what is named often, all of it may be gigabytes.
fn shortened(object: &Object) -> String {
    struct Line {
        text: String,
        left: usize,
    }
    impl fmt::Write for Line {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let before = self.text.len();
            self.text.extend(text.chars().take(self.left));
            self.left -= self.text[before..].chars().count();
            if self.text.len() - before < text.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut line = Line { text: String::new(), left: 200 };
    match write!(line, "{object}") {
        Ok(()) => line.text,
        Err(_) => format!("{}…", line.text),
    }
}

fn entry((key, tensor): (String, Tensor)) -> Entry {
    let (dtype, layout) = (Dtype::of(&tensor), Layout::of(&tensor));
    let size = (layout != Layout::Nested).then(|| tensor.size());
    // What is expanded may be more than can be counted.
    let product =
        |size: &Vec<i64>| size.iter().fold(1, |n: usize, s| n.saturating_mul(*s as usize));
    let numbers = size.as_ref().map_or(0, product);
    let bytes = (numbers as u64).saturating_mul(dtype.map_or(0, Dtype::itemsize) as u64);
    let bytes = match layout {
        Layout::Strided | Layout::Quantized => Some(bytes),
        Layout::Meta => Some(0),
        _ => None,
    };
    let dtype = dtype.map_or("?".into(), |dtype| dtype.to_string());
    let dtype = match layout {
        Layout::Strided | Layout::Quantized => dtype,
        layout => format!("{dtype}, {layout}"),
    };
    Entry { key, dtype, size, numbers, bytes }
}

fn text(entries: &[Entry], rest: &[(String, String)]) -> String {
    let size = |size: &Option<Vec<i64>>| size.as_ref().map_or("–".into(), |s| format!("{s:?}"));
    let sizes: Vec<_> = entries.iter().map(|entry| size(&entry.size)).collect();
    let widest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let keys: Vec<_> = entries.iter().map(|entry| visible(&entry.key, &[]).into_owned()).collect();
    let key = widest(&mut keys.iter());
    let dtype = widest(&mut entries.iter().map(|entry| &entry.dtype));
    let size = widest(&mut sizes.iter());
    let mut lines: Vec<_> = entries
        .iter()
        .zip(keys.iter().zip(&sizes))
        .map(|(entry, (name, sides))| {
            let bytes = entry.bytes.map_or("–".into(), in_words);
            format!("{name:<key$}  {:<dtype$}  {sides:<size$}  {bytes:>9}", entry.dtype)
        })
        .collect();
    let numbers = entries.iter().fold(0, |n: usize, entry| n.saturating_add(entry.numbers));
    let bytes = entries.iter().filter_map(|entry| entry.bytes);
    let bytes = bytes.fold(0, u64::saturating_add);
    let tensors = tensors(entries.len());
    lines.push(format!("{tensors}, {} numbers, {}", thousands(numbers), in_words(bytes)));
    if !rest.is_empty() {
        lines.push("beside them:".into());
        lines.extend(rest.iter().map(|(path, value)| match path.is_empty() {
            true => format!("  {}", visible(value, &[])),
            false => format!("  {}: {}", visible(path, &[]), visible(value, &[])),
        }));
    }
    lines.join("\n")
}

fn json(entries: &[Entry], rest: &[(String, String)]) -> Value {
    let tensors = entries.iter().map(|entry| {
        json!({"key": entry.key, "dtype": entry.dtype, "size": entry.size, "bytes": entry.bytes})
    });
    let rest: Map<_, _> = rest.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    json!({"tensors": tensors.collect::<Vec<_>>(), "beside": rest})
}

/// Bytes in the unit that suits them.
fn in_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
