//! [`Worker`]: the thread that asks the model, one image after another.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::vision::io::{decode_image_options, encode_png};
use flambeau::vision::transforms::Resize;
use image::ImageReader;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{AT_ONCE, Image};
use crate::report::pictures::of_image;
use crate::trained::{Trained, likeliest};

/// The most pixels of an image.
const MOST_PIXELS: u64 = 50_000_000;

/// An image, and who waits for what is said of it.
struct Job {
    image: Image,
    answer: oneshot::Sender<Answer>,
}

/// What is said of an image, or what is wrong, and whether with the image.
pub type Answer = Result<Value, (Fault, String)>;

/// Whose fault it is that there is no answer.
#[derive(Clone, Copy)]
pub enum Fault {
    Image,
    Server,
}

pub struct Worker(SyncSender<Job>);

impl Worker {
    /// Starts the thread, which reads the model for itself.
    pub fn start(
        load: impl FnOnce() -> Result<(Trained, Device)> + Send + 'static,
    ) -> Result<Self> {
        let (sender, jobs) = sync_channel(AT_ONCE);
        let (ready, loaded) = sync_channel(1);
        let work = move || match load() {
            Ok((trained, device)) => {
                let _ = ready.send(Ok(()));
                answer_all(&jobs, &trained, device);
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        };
        thread::Builder::new().name("flambeau model".into()).spawn(work)?;
        loaded.recv().unwrap_or_else(|_| Err(anyhow!("the model could not be read")))?;
        Ok(Self(sender))
    }

    /// Has an image looked at; none if too many wait.
    pub fn ask(&self, image: Image) -> Option<oneshot::Receiver<Answer>> {
        let (answer, receiver) = oneshot::channel();
        self.0.try_send(Job { image, answer }).ok().map(|()| receiver)
    }
}

fn answer_all(jobs: &Receiver<Job>, trained: &Trained, device: Device) {
    for Job { image, answer } in jobs {
        // Nobody waits any more.
        if answer.is_closed() {
            continue;
        }
        // One image that goes wrong is not to end the others.
        let said = catch_unwind(AssertUnwindSafe(|| look_at(image, trained, device)));
        let lost = |_| Err((Fault::Server, "the image cannot be looked at".into()));
        let _ = answer.send(said.unwrap_or_else(lost));
    }
}

fn look_at(image: Image, trained: &Trained, device: Device) -> Answer {
    let begun = Instant::now();
    let read = read(image).map_err(|error| (Fault::Image, format!("{error:#}")))?;
    answered(&read, trained, device, begun).map_err(|error| (Fault::Server, format!("{error:#}")))
}

/// The image as a model sees it, of bytes (3, 32, 32).
fn read(image: Image) -> Result<Tensor> {
    // The permit is kept for as long as the bytes are.
    let Image { bytes, permit: _permit } = image;
    // The beginning tells its sides.
    let sides = ImageReader::new(Cursor::new(&bytes)).with_guessed_format()?.into_dimensions();
    if let Ok((width, height)) = sides
        && u64::from(width) * u64::from(height) > MOST_PIXELS
    {
        bail!(
            "the image has {width} × {height} pixels, more than {} million",
            MOST_PIXELS / 1_000_000
        );
    }
    let image = decode_image_options(bytes).mode("RGB").call()?;
    Ok(Resize::new([32, 32]).apply(&image)?)
}

fn answered(image: &Tensor, trained: &Trained, device: Device, begun: Instant) -> Result<Value> {
    let input = cli::model_input(image)?.to_device(device);
    let classes = likeliest(trained, &input)?;
    let best = Cifar10::CLASSES.iter().position(|class| *class == classes[0].0);
    let mattered = mattered(trained, &input, best.context("no class")? as i64);
    let maps = of_image(trained, image, "as the model sees it", device)?;
    let maps = maps
        .iter()
        .map(|shown| json!({"caption": shown.caption, "svg": shown.picture.svg(&shown.caption)}));
    let classes =
        classes.iter().map(|(class, share)| json!({"class": class, "probability": share}));
    Ok(json!({
        "model": trained.architecture.name(),
        "classes": classes.collect::<Vec<_>>(),
        "seen": data_url(image)?,
        "mattered": data_url(&over(image, &mattered))?,
        "method": "gradient × input: how much the likeliest class's score changes with each pixel, times the pixel, summed over the colours",
        "maps": maps.collect::<Vec<_>>(),
        "milliseconds": begun.elapsed().as_secs_f64() * 1000.0,
    }))
}

/// How much each pixel mattered for a class, (32, 32), from 0 to 1: the gradient of its score times the
/// input ([Shrikumar et al., 2016](https://arxiv.org/abs/1605.01713)).
fn mattered(trained: &Trained, input: &Tensor, class: i64) -> Tensor {
    let input = input.detach().copy().set_requires_grad(true);
    // cuDNN has gradients of recurrent layers in training mode only. No model here computes anything
    // else in it.
    trained.model.train();
    let scores = nn::call(&*trained.model, &input);
    trained.model.eval();
    scores.get(0).get(class).backward();
    trained.model.zero_grad();
    let shares =
        no_grad(|| (input.grad() * &input).sum_dim_intlist([1].as_slice(), false, None).abs());
    let shares = shares.get(0).to_device(Device::Cpu);
    let most = shares.max();
    shares / most.clamp_min(1e-30)
}

/// The image in grey, with what mattered in orange.
fn over(image: &Tensor, mattered: &Tensor) -> Tensor {
    let grey = image.float().mean_dim([0].as_slice(), false, None) * 0.55 + 60.0;
    let orange = [255.0, 130.0, 20.0].map(|level| &grey * (1.0f64 - mattered) + mattered * level);
    Tensor::stack(&orange, 0).clamp(0.0, 255.0).to_kind(Kind::Uint8)
}

fn data_url(image: &Tensor) -> Result<String> {
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(encode_png(image)?)))
}
