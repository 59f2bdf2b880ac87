//! How far an epoch has come, on the screen.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, WeakProgressBar};

use super::interrupted;
use crate::Result;
use crate::data::{Batches, DataLoader, Dataset, DistributedSampler, Sample, Sampler};
use crate::screen::{draws, heard, is_quiet};

/// An epoch's progress: a bar with images per second and the running loss. Where the output is
/// no terminal there is a plain line now and then instead.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    images: u64,
    /// How many were done when this began, in an epoch that is gone on with.
    done: u64,
    begun: Instant,
    /// When the next plain line is due; none on a terminal.
    next_line: Option<Duration>,
}

/// The bar that is on the screen, for those who write there too.
static BAR: Mutex<Option<WeakProgressBar>> = Mutex::new(None);

/// Writes a line to standard error while the bar of a [`Progress`] is taken away, so that neither breaks
/// the other; or gives it to who [listens](super::listen).
pub fn tell(line: &str) {
    if heard(line) {
        return;
    }
    // At once, lest another rank's words come between. A closed output is no reason to stop.
    let line = format!("{line}\n");
    let write = || drop(io::stderr().write_all(line.as_bytes()));
    match current() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// How many images of the epoch at hand are done, of how many; none between two epochs.
pub fn epoch_progress() -> Option<(u64, u64)> {
    let bar = current()?;
    Some((bar.position(), bar.length()?))
}

/// The bar, while there is one.
fn current() -> Option<ProgressBar> {
    lock(&BAR).as_ref().and_then(WeakProgressBar::upgrade)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long it is from one plain line to the next.
const PLAIN_LINE_EVERY: Duration = Duration::from_secs(30);

/// How often the bar is drawn in a second: enough to see it move.
const DRAWS_PER_SECOND: u8 = 5;

impl Progress {
    /// An epoch of so many images begins.
    pub fn new(images: usize) -> Self {
        Self::starting_at(0, images)
    }

    /// An epoch of so many images, of which so many are done, is gone on with.
    fn starting_at(done: usize, images: usize) -> Self {
        let (done, images) = (done as u64, images as u64);
        let target = match draws() {
            true => ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(images), target).with_position(done);
        let style = "{bar:30} {pos}/{len} images, {msg}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is well formed"));
        bar.reset_eta();
        *lock(&BAR) = Some(bar.downgrade());
        let next_line = (bar.is_hidden() && draws()).then_some(PLAIN_LINE_EVERY);
        Self { bar, images, done, begun: Instant::now(), next_line }
    }

    /// An epoch of a loader's batches, with its progress on the screen. It ends early when the
    /// training was [interrupted]: no batch follows then. With a [`DistributedSampler`] the images of all
    /// ranks are counted.
    ///
    /// ```
    /// use flambeau::prelude::*;
    /// use flambeau::train::Progress;
    ///
    /// let numbers = data::TensorDataset::new(Tensor::arange(6, (Kind::Int64, Device::Cpu)))?;
    /// let loader = DataLoader::options(numbers).batch_size(4).build()?;
    /// let batches = Progress::over(&loader).collect::<Result<Vec<_>>>()?;
    /// assert_eq!(batches[1], torch::tensor([4, 5]));
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// [interrupted]: super::interrupted
    pub fn over<D: Dataset + 'static>(loader: &DataLoader<D>) -> Over<D> {
        let ranks = loader.distributed_sampler().map_or(1, DistributedSampler::num_replicas);
        Self::over_all(loader, ranks)
    }

    /// The same over `ranks` ranks, each with as many images as this one.
    pub(super) fn over_all<D: Dataset + 'static>(loader: &DataLoader<D>, ranks: usize) -> Over<D> {
        let batches = loader.iter();
        let all = loader.distributed_sampler().map_or(loader.dataset().len(), Sampler::len);
        let size = loader.batch_size().unwrap_or(all.div_ceil(loader.len().max(1)));
        // A sampler may give fewer than there are, or more.
        let (done, all) = ((loader.len() - batches.len()) * size, all.min(loader.len() * size));
        let progress = Some(Self::starting_at(ranks * done, ranks * all));
        Over { batches, progress, images: 0, ranks: ranks as i64 }
    }

    /// A batch of so many images is done, and the sum of the losses so far is `running_loss`.
    pub fn update(&mut self, images: i64, running_loss: f64) {
        self.advance(images, Some(running_loss));
    }

    fn advance(&mut self, images: i64, running_loss: Option<f64>) {
        self.bar.inc(images as u64);
        let elapsed = self.begun.elapsed();
        let message = || {
            let rate = (self.bar.position() - self.done) as f64 / elapsed.as_secs_f64();
            match running_loss {
                Some(loss) => format!("{rate:.0} images/s, running loss {loss:.1}"),
                None => format!("{rate:.0} images/s"),
            }
        };
        match self.next_line {
            None => self.bar.set_message(message()),
            Some(due) if elapsed >= due => {
                eprintln!("{}/{} images, {}", self.bar.position(), self.images, message());
                self.next_line = Some(due + PLAIN_LINE_EVERY);
            }
            Some(_) => {}
        }
    }

    /// The epoch is over: a line with its time and speed takes the bar's place.
    pub fn finish(self) {
        let images = self.bar.position() - self.done;
        let seconds = self.begun.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        if !is_quiet() {
            let speed = images as f64 / seconds;
            tell(&format!("{images} images in {seconds:.1} s, {speed:.0} images/s"));
        }
    }
}

/// The batches of [`Progress::over`].
#[derive(Debug)]
pub struct Over<D: Dataset> {
    batches: Batches<D>,
    progress: Option<Progress>,
    /// How many are in the batch at hand.
    images: i64,
    /// How many ranks make such batches at once.
    ranks: i64,
}

impl<D: Dataset + 'static> Over<D> {
    /// How many batches are left.
    pub(super) fn left(&self) -> usize {
        self.batches.len()
    }

    /// How many images are in the batch at hand.
    pub(super) fn images(&self) -> i64 {
        self.images
    }

    /// The next batch, or the end if that is to be. The one before is done, and the sum of the losses
    /// so far is `running_loss`, if anyone counts it.
    pub(super) fn next_unless(
        &mut self,
        over: bool,
        running_loss: Option<f64>,
    ) -> Option<Result<D::Sample>> {
        if let Some(progress) = &mut self.progress {
            progress.advance(self.ranks * self.images, running_loss);
        }
        match if over { None } else { self.batches.next() } {
            Some(Ok(batch)) => {
                let (batch, images) = counted(batch);
                self.images = images;
                Some(Ok(batch))
            }
            other => {
                self.progress.take().into_iter().for_each(Progress::finish);
                other
            }
        }
    }
}

impl<D: Dataset + 'static> Iterator for Over<D> {
    type Item = Result<D::Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_unless(interrupted(), None)
    }
}

/// A batch, and how many samples it has.
fn counted<S: Sample>(batch: S) -> (S, i64) {
    let tensors = batch.into_tensors();
    let samples = tensors.first().and_then(|tensor| tensor.size().first().copied());
    (S::from_tensors(tensors), samples.unwrap_or(1))
}
