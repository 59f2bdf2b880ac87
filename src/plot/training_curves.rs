//! How a training went, epoch by epoch.

use super::axes::{Axes, Scale};
use super::picture::{Anchor, BLUE, FAINT, INK, ORANGE, Picture, TEXT};

/// Draws the running loss of each epoch and, beside it, the test accuracy after each, a share
/// from 0 to 1.
///
/// A value that is no number leaves a gap; where there is no other, the panel says so.
pub fn training_curves(losses: &[f64], accuracies: &[f64]) -> Picture {
    let mut picture = Picture::new(1000, 400);
    // Epochs count from 0, as the notebook prints them.
    let epochs = |values: &[f64], factor: f64| -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(epoch, v)| (epoch as f64, v * factor)).collect()
    };
    for (left, title, y_label, points, colour) in [
        (90.0, "training loss", "sum over the epoch's batches", epochs(losses, 1.0), BLUE),
        (590.0, "test accuracy", "% of the test images", epochs(accuracies, 100.0), ORANGE),
    ] {
        let axes = Axes {
            frame: [left, 50.0, 380.0, 280.0],
            x: Scale::holding([0.0, 1.0_f64.max(points.len() as f64 - 1.0)].into_iter(), 1.0),
            y: Scale::holding(points.iter().map(|&(_, y)| y), 0.01),
            x_label: "epoch",
            y_label,
        };
        axes.draw(&mut picture);
        axes.line(&mut picture, &points, colour);
        if !points.iter().any(|(_, y)| y.is_finite()) {
            let middle = (left + 190.0, 195.0);
            picture.text(middle, TEXT, Anchor::Middle, FAINT, "no numbers to draw");
        }
        picture.text((left + 190.0, 32.0), 1.2 * TEXT, Anchor::Middle, INK, title);
    }
    picture
}
