//! How the loss goes with the learning rate.

use super::axes::{Axes, Scale};
use super::picture::{Anchor, BLUE, INK, ORANGE, Picture, TEXT};

/// Draws the loss at each learning rate, which has a logarithmic scale, and a dot where the rate is
/// suggested.
pub fn learning_rates(lrs: &[f64], losses: &[f64], suggestion: Option<f64>) -> Picture {
    let mut picture = Picture::new(640, 420);
    let points: Vec<_> = lrs.iter().map(|lr| lr.log10()).zip(losses.iter().copied()).collect();
    let axes = Axes {
        frame: [90.0, 50.0, 510.0, 300.0],
        x: Scale::holding(points.iter().map(|&(x, _)| x), 1.0),
        y: Scale::holding(losses.iter().copied(), 1e-3),
        x_label: "learning rate, as a power of ten",
        y_label: "loss, smoothed",
    };
    axes.draw(&mut picture);
    axes.line(&mut picture, &points, BLUE);
    let title = match suggestion {
        Some(lr) => {
            let there = points.iter().zip(lrs).filter(|(_, other)| **other == lr);
            let there: Vec<_> = there.map(|(point, _)| *point).collect();
            axes.dots(&mut picture, &there, ORANGE);
            format!("the loss falls fastest at a rate of {lr:.1e}")
        }
        None => "the loss does not fall".into(),
    };
    picture.text((345.0, 32.0), 1.2 * TEXT, Anchor::Middle, INK, &title);
    picture
}
