//! `flambeau predict`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::vision::io::decode_image_options;
use serde_json::{Value, json};

use crate::trained::{Machine, Output, Weights, likeliest};

/// Say what images show: the likeliest classes, with their probabilities
#[derive(Args)]
pub struct Predict {
    #[command(flatten)]
    weights: Weights,

    /// Images, folders of images, or - for an image from standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// How many classes are named.
    #[arg(long, value_name = "N", default_value = "5", value_parser = cli::positive)]
    top: usize,

    #[command(flatten)]
    machine: Machine,
}

impl Predict {
    pub fn run(self, output: Output) -> Result<()> {
        let device = self.machine.start()?;
        let trained = self.weights.load(device, output)?;
        let mut files = Vec::new();
        for file in &self.files {
            match images_of(file) {
                Ok(images) => files.extend(images.into_iter().map(|image| (image, None))),
                Err(error) => files.push((file.clone(), Some(error))),
            }
        }
        let n = files.len();
        let (mut answers, mut failed) = (Vec::new(), 0);
        for (file, error) in files {
            let file = &*file;
            let input = error.map_or_else(|| input(file), Err);
            let classes = input.and_then(|input| {
                likeliest(&trained, &input.to_device(device))
                    .with_context(|| trained.path.display().to_string())
            });
            match classes {
                Ok(classes) => {
                    let classes = &classes[..classes.len().min(self.top)];
                    answers.push(json_of(file, classes));
                    if !output.is_json() {
                        println!("{}", text_of(file, classes));
                    }
                }
                Err(error) if n == 1 => return Err(error),
                // The others can be told all the same.
                Err(error) => {
                    eprintln!("error: {error:#}");
                    failed += 1;
                }
            }
        }
        if output.is_json() {
            println!("{:#}", Value::Array(answers));
        }
        match failed {
            0 => Ok(()),
            failed => bail!("{failed} of {n} images got no answer"),
        }
    }
}

/// The most bytes that are read from standard input.
const MOST: u64 = 256 << 20;

/// An image as the model sees it.
fn input(file: &Path) -> Result<Tensor> {
    if file != Path::new("-") {
        return Ok(cli::new_image(file)?);
    }
    let mut bytes = Vec::new();
    let taken = io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes);
    match taken.context("reading standard input")? as u64 {
        0 => bail!("standard input is empty; pipe an image into it"),
        taken if taken > MOST => {
            bail!("standard input has more than {} MB; name a file", MOST >> 20)
        }
        _ => {
            let image = decode_image_options(bytes).mode("RGB").call();
            Ok(cli::model_input(&image.context("standard input")?)?)
        }
    }
}

/// The images that a path means: itself, or those in a folder, in the order of their names.
fn images_of(path: &Path) -> Result<Vec<PathBuf>> {
    const KNOWN: [&str; 12] =
        ["bmp", "gif", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"];
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
    let is_image = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| KNOWN.contains(&&*extension.to_ascii_lowercase()))
    };
    let mut images: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_image).collect();
    images.sort();
    match images.is_empty() {
        true => bail!("{}: there are no images in this folder; name another", path.display()),
        false => Ok(images),
    }
}

fn text_of(file: &Path, classes: &[(&str, f64)]) -> String {
    let lines = classes.iter().map(|(class, p)| format!("\n  {class:<6}{:6.1} %", 100.0 * p));
    let name = file.display().to_string();
    format!("{}{}", cli::visible(&name, &[]), lines.collect::<String>())
}

fn json_of(file: &Path, classes: &[(&str, f64)]) -> Value {
    let classes = classes.iter().map(|(class, p)| json!({"class": class, "probability": p}));
    json!({"file": file.display().to_string(), "classes": classes.collect::<Vec<_>>()})
}
