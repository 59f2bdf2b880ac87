//! Histograms as TensorBoard shows them.

use tch::{Kind, Tensor};

use super::message::Message;
use super::row;
use crate::{Error, Result};

/// The limits between the bins, as Python's `SummaryWriter` has them by default: 0, and on both sides
/// of it from 10⁻¹² to 10²⁰ each a tenth above the one before.
fn limits() -> Vec<f64> {
    let above = std::iter::successors(Some(1e-12), |limit| Some(limit * 1.1));
    let above: Vec<f64> = above.take_while(|limit| *limit < 1e20).collect();
    let below = above.iter().rev().map(|limit| -limit);
    below.chain([0.0]).chain(above.iter().copied()).collect()
}

/// A `HistogramProto` of `histogram.proto`: of the bins only those from the first that is not empty to
/// the last, and one before.
pub(super) fn histogram(values: &Tensor) -> Result<Message> {
    if values.numel() == 0 {
        return Err(Error::argument("values", "The input has no element."));
    }
    let values: Vec<f64> =
        Vec::try_from(row(values, Kind::Double)?).expect("it is a row of doubles");
    let limits = limits();
    let counts = counts(&values, &limits);
    let filled = |count: &f64| *count > 0.0;
    let (Some(first), Some(last)) =
        (counts.iter().position(filled), counts.iter().rposition(filled))
    else {
        let problem = "none is a finite number below 1e20: there is nothing to show of them";
        return Err(Error::argument("values", problem));
    };
    // A bin is named by its upper limit: an empty one before tells where the first begins.
    let counts: Vec<f64> = [0.0].into_iter().chain(counts[first..=last].iter().copied()).collect();
    // A NaN among the values is the least and the largest, as in NumPy.
    let extreme = |pick: fn(f64, f64) -> f64| {
        let of_two = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) };
        values.iter().copied().fold(values[0], of_two)
    };
    Ok(Message::new()
        .double(1, extreme(f64::min))
        .double(2, extreme(f64::max))
        .double(3, values.len() as f64)
        .double(4, values.iter().sum())
        .double(5, values.iter().map(|value| value * value).sum())
        .doubles(6, &limits[first..=last + 1])
        .doubles(7, &counts))
}

/// How many values lie from each limit, that one included, to the next, the last one included.
fn counts(values: &[f64], limits: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; limits.len() - 1];
    for &value in values {
        // So many limits are not above it; none of a NaN, which is in no bin.
        let below = limits.partition_point(|limit| *limit <= value);
        if below == limits.len() && value == limits[below - 1] {
            counts[below - 2] += 1.0;
        } else if below > 0 && below < limits.len() {
            counts[below - 1] += 1.0;
        }
    }
    counts
}
