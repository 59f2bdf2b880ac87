//! [`Axes`]: a frame with two scales, and a line in it.

use super::picture::{Anchor, FAINT, GRID, INK, Picture, TEXT};

/// A frame in a picture, its scales and what they are called.
pub(super) struct Axes<'a> {
    /// Left, top, width and height of the frame, in pixels.
    pub frame: [f64; 4],
    pub x: Scale,
    pub y: Scale,
    pub x_label: &'a str,
    pub y_label: &'a str,
}

/// The numbers from one end of an axis to the other.
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

/// A scale has about so many marks.
const MARKS: f64 = 5.0;

impl Scale {
    /// A scale with round marks that holds all of the values that are numbers. `least` is the
    /// smallest distance of two marks.
    pub fn holding(values: impl Iterator<Item = f64>, least: f64) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = match (high - low).total_cmp(&0.0) {
            std::cmp::Ordering::Greater => (low, high),
            // One value alone stands in the middle; none leaves a scale from 0 to 1.
            std::cmp::Ordering::Equal => {
                let around = least.max(low.abs() / 10.0);
                (low - around, high + around)
            }
            std::cmp::Ordering::Less => (0.0, 1.0),
        };
        let rough = (high - low) / MARKS;
        let power = 10_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|r| r * power >= rough);
        let step = (round.unwrap_or(10.0) * power).max(least);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// Where a value lies, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round() as u32;
        (0..=count).map(|i| self.low + f64::from(i) * self.step)
    }
}

impl Axes<'_> {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, width, height] = self.frame;
        (left + self.x.place(x) * width, top + (1.0 - self.y.place(y)) * height)
    }

    /// Draws grid, frame, marks and labels.
    pub fn draw(&self, picture: &mut Picture) {
        let [left, top, width, height] = self.frame;
        for mark in self.x.marks() {
            let (x, _) = self.at(mark, self.y.low);
            picture.line(&[(x, top), (x, top + height)], GRID, 1.0);
            let below = (x, top + height + 1.4 * TEXT);
            picture.text(below, TEXT, Anchor::Middle, INK, &number(mark, self.x.step));
        }
        for mark in self.y.marks() {
            let (_, y) = self.at(self.x.low, mark);
            picture.line(&[(left, y), (left + width, y)], GRID, 1.0);
            let beside = (left - 8.0, y + 0.36 * TEXT);
            picture.text(beside, TEXT, Anchor::End, INK, &number(mark, self.y.step));
        }
        picture.rect(self.frame, "none", FAINT);
        let below = (left + width / 2.0, top + height + 3.0 * TEXT);
        picture.text(below, TEXT, Anchor::Middle, INK, self.x_label);
        // As far off as the marks need it.
        let widest = self.y.marks().map(|mark| number(mark, self.y.step).len()).max();
        let off = 4.6_f64.max(1.6 + 0.6 * widest.unwrap_or(0) as f64);
        let beside = (left - off * TEXT, top + height / 2.0);
        picture.turned_text(beside, TEXT, Anchor::Middle, INK, self.y_label, -90);
    }

    /// Draws the values as a line with a dot each. What is no number leaves a gap.
    pub fn line(&self, picture: &mut Picture, points: &[(f64, f64)], colour: &str) {
        for run in points.split(|(_, y)| !y.is_finite()) {
            let run: Vec<_> = run.iter().map(|&(x, y)| self.at(x, y)).collect();
            picture.line(&run, colour, 2.0);
            for point in run {
                picture.circle(point, 3.0, colour, "none");
            }
        }
    }

    /// Draws the values as a line. What is no number leaves a gap. On a page each says what it is when it
    /// is pointed at; few have a dot each.
    pub fn curve(&self, picture: &mut Picture, points: &[(f64, f64)], colour: &str, name: &str) {
        const FEW: usize = 40;
        for run in points.split(|(_, y)| !y.is_finite()) {
            let places: Vec<_> = run.iter().map(|&(x, y)| self.at(x, y)).collect();
            picture.line(&places, colour, 2.0);
            for (&place, (x, y)) in places.iter().zip(run) {
                let radius = if points.len() <= FEW { 3.0 } else { 0.0 };
                let what = format!("{name}{} {x}: {}", self.x_label, significant(*y));
                picture.point(place, radius, colour, &what);
            }
        }
    }

    /// Draws a large dot at each of the values.
    pub fn dots(&self, picture: &mut Picture, points: &[(f64, f64)], colour: &str) {
        for &(x, y) in points {
            picture.circle(self.at(x, y), 6.0, colour, "none");
        }
    }
}

/// A number with four significant digits.
fn significant(number: f64) -> String {
    let digits = (3 - number.abs().max(1e-300).log10().floor() as i32).clamp(0, 9) as usize;
    match number != 0.0 && number.abs() < 1e-4 {
        true => format!("{number:.3e}"),
        false => format!("{number:.digits$}"),
    }
}

/// A mark's number, with as many digits as its step needs.
fn number(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).max(0.0) as usize;
    // No "-0".
    format!("{:.digits$}", value + 0.0)
}
