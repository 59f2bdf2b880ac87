//! The search along a direction for a step that is long enough, and not too long.

use std::mem;

use tch::Tensor;

use super::number::Number;

/// Where a step leads to.
#[derive(Debug)]
pub(super) struct Point {
    /// The step's length.
    pub t: Number,
    pub loss: f64,
    pub grad: Tensor,
    /// The gradient along the direction.
    pub slope: Number,
}

impl Clone for Point {
    fn clone(&self) -> Self {
        Self { grad: self.grad.shallow_clone(), ..*self }
    }
}

/// How much the loss has to fall, and its slope, as parts of the slope at the start.
const C1: f64 = 1e-4;
const C2: f64 = 0.9;

/// From `start`, at first by `t`: the point that is found, and how many points were looked at.
pub(super) fn strong_wolfe(
    start: &Point,
    t: Number,
    largest_of_direction: Number,
    tolerance_change: f64,
    max_ls: i64,
    mut look: impl FnMut(Number) -> Point,
) -> (Point, i64) {
    let too_high =
        |p: &Point| Number::from(p.loss) > Number::from(start.loss) + p.t * C1 * start.slope;
    let flat_enough = |p: &Point| p.slope.abs() <= start.slope * -C2;
    let zero = Number::from(0.0);

    // Further and further, until there is a point between the two that will do.
    let (mut previous, mut new) = (start.clone(), look(t));
    let (mut done, mut ls_iter) = (false, 0);
    let mut bracket = loop {
        if ls_iter >= max_ls {
            break vec![start.clone(), new];
        }
        if too_high(&new) || (ls_iter > 1 && new.loss >= previous.loss) {
            break vec![previous, new];
        }
        if flat_enough(&new) {
            done = true;
            break vec![new];
        }
        if new.slope >= zero {
            break vec![previous, new];
        }
        let bounds = (new.t + (new.t - previous.t) * 0.01, new.t * 10.0);
        let t = cubic_interpolate(&previous, &new, Some(bounds));
        previous = mem::replace(&mut new, look(t));
        ls_iter += 1;
    };

    // Closer and closer.
    let lower_first = |bracket: &[Point]| {
        let first = bracket[0].loss <= bracket[bracket.len() - 1].loss;
        if first { (0, 1) } else { (1, 0) }
    };
    let (mut low, mut high) = lower_first(&bracket);
    let mut stuck = false;
    while !done && ls_iter < max_ls {
        let (a, b) = (bracket[0].t, bracket[1].t);
        if (b - a).abs() * largest_of_direction < tolerance_change.into() {
            break;
        }
        let mut t = cubic_interpolate(&bracket[0], &bracket[1], None);
        // So close to an end twice, it goes away from there.
        let (least, most) = (a.min(b), a.max(b));
        let margin = (most - least) * 0.1;
        let close = (most - t).min(t - least) < margin;
        let away = close && (stuck || t >= most || t <= least);
        if away {
            let above = (t - most).abs() < (t - least).abs();
            t = if above { most - margin } else { least + margin };
        }
        stuck = close && !away;

        let new = look(t);
        ls_iter += 1;
        if too_high(&new) || new.loss >= bracket[low].loss {
            bracket[high] = new;
            (low, high) = lower_first(&bracket);
        } else {
            done = flat_enough(&new);
            if !done && new.slope * (bracket[high].t - bracket[low].t) >= zero {
                bracket[high] = bracket[low].clone();
            }
            bracket[low] = new;
        }
    }
    (bracket.swap_remove(low), ls_iter + 1)
}

/// Where the cubic through both points, with their slopes, is lowest.
fn cubic_interpolate(p1: &Point, p2: &Point, bounds: Option<(Number, Number)>) -> Number {
    let (x1, x2, g1, g2) = (p1.t, p2.t, p1.slope, p2.slope);
    let (least, most) = bounds.unwrap_or(if x1 <= x2 { (x1, x2) } else { (x2, x1) });
    let d1 = g1 + g2 - Number::from(3.0 * (p1.loss - p2.loss)) / (x1 - x2);
    let d2_square = d1 * d1 - g1 * g2;
    if d2_square >= 0.0.into() {
        let d2 = d2_square.sqrt();
        let lowest = if x1 <= x2 {
            x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + d2 * 2.0))
        } else {
            x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + d2 * 2.0))
        };
        lowest.max(least).min(most)
    } else {
        (least + most) / 2.0.into()
    }
}
