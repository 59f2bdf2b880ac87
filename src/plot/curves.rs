//! Several curves in one frame.

use super::axes::{Axes, Scale};
use super::picture::{Anchor, BLUE, FAINT, INK, ORANGE, Picture, TEXT};

/// One after the other: colours that are told apart also by those who see few.
const COLOURS: [&str; 8] =
    [BLUE, ORANGE, "#2a9d8f", "#b5179e", "#6c757d", "#e9b000", "#6a4c93", "#8d5524"];

/// Draws curves, each a name and its points (x, y), over one x. Where there are several, a legend names
/// them. A value that is no number leaves a gap.
pub fn curves(
    title: &str,
    x_label: &str,
    y_label: &str,
    curves: &[(String, Vec<(f64, f64)>)],
) -> Picture {
    const WIDTH: f64 = 480.0;
    const LEFT: f64 = 96.0;
    const MIDDLE: f64 = LEFT + 180.0;
    const ROW: f64 = 22.0;
    let several = curves.len() > 1;
    let legend = if several { ROW * curves.len() as f64 + 12.0 } else { 0.0 };
    let mut picture = Picture::new(WIDTH as u32, (340.0 + legend) as u32);
    let points = || curves.iter().flat_map(|(_, points)| points);
    let axes = Axes {
        frame: [LEFT, 44.0, 360.0, 236.0],
        x: Scale::holding(points().map(|&(x, _)| x), 1.0),
        y: Scale::holding(points().map(|&(_, y)| y), 1e-6),
        x_label,
        y_label,
    };
    axes.draw(&mut picture);
    for (i, (name, points)) in curves.iter().enumerate() {
        let name = if several { format!("{name}, ") } else { String::new() };
        axes.curve(&mut picture, points, COLOURS[i % COLOURS.len()], &name);
    }
    if !points().any(|(_, y)| y.is_finite()) {
        picture.text((MIDDLE, 166.0), TEXT, Anchor::Middle, FAINT, "no numbers to draw");
    }
    picture.text((MIDDLE, 28.0), 1.2 * TEXT, Anchor::Middle, INK, title);
    for (i, (name, _)) in curves.iter().enumerate().filter(|_| several) {
        let y = 350.0 + ROW * i as f64;
        picture.line(&[(LEFT, y), (LEFT + 24.0, y)], COLOURS[i % COLOURS.len()], 3.0);
        picture.text((LEFT + 34.0, y + 0.36 * TEXT), TEXT, Anchor::Start, INK, name);
    }
    picture
}
