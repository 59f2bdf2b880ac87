//! How far an epoch has come, on the screen.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, WeakProgressBar};

/// An epoch's progress: a bar with images per second and the running loss. Where the output is
/// no terminal there is a plain line now and then instead.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    images: u64,
    begun: Instant,
    /// When the next plain line is due; none on a terminal.
    next_line: Option<Duration>,
}

/// The bar that is on the screen, for those who write there too.
static BAR: Mutex<Option<WeakProgressBar>> = Mutex::new(None);

/// Writes to standard error while the bar of a [`Progress`] is taken away, so that neither breaks the
/// other.
pub fn beside_progress(write: impl FnOnce()) {
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar.and_then(|bar| bar.upgrade()) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// How long it is from one plain line to the next.
const PLAIN_LINE_EVERY: Duration = Duration::from_secs(30);

/// How often the bar is drawn in a second: enough to see it move.
const DRAWS_PER_SECOND: u8 = 5;

impl Progress {
    /// An epoch of so many images begins.
    pub fn new(images: usize) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(Some(images as u64), target);
        let style = "{bar:30} {pos}/{len} images, {msg}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is well formed"));
        *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.downgrade());
        let next_line = bar.is_hidden().then_some(PLAIN_LINE_EVERY);
        Self { bar, images: images as u64, begun: Instant::now(), next_line }
    }

    /// A batch of so many images is done, and the sum of the losses so far is `running_loss`.
    pub fn update(&mut self, images: i64, running_loss: f64) {
        self.bar.inc(images as u64);
        let elapsed = self.begun.elapsed();
        let rate = || self.bar.position() as f64 / elapsed.as_secs_f64();
        match self.next_line {
            None => {
                let message = format!("{:.0} images/s, running loss {running_loss:.1}", rate());
                self.bar.set_message(message);
            }
            Some(due) if elapsed >= due => {
                let (done, all) = (self.bar.position(), self.images);
                eprintln!(
                    "{done}/{all} images, {:.0} images/s, running loss {running_loss:.1}",
                    rate()
                );
                self.next_line = Some(due + PLAIN_LINE_EVERY);
            }
            Some(_) => {}
        }
    }

    /// The epoch is over: a line with its time and speed takes the bar's place.
    pub fn finish(self) {
        let (images, seconds) = (self.bar.position(), self.begun.elapsed().as_secs_f64());
        self.bar.finish_and_clear();
        eprintln!("{images} images in {seconds:.1} s, {:.0} images/s", images as f64 / seconds);
    }
}
