//~ the keywords of `CrossEntropyCall<'_>` are set, but it is not called
//~ write `.call()` before this
//~ the keywords of `MeanCall<'_>` are set, but it is not called
use flambeau::prelude::*;

pub fn step(x: &Tensor, y: &Tensor) {
    F::cross_entropy_options(x, y).label_smoothing(0.1).backward();
}

pub fn mean(x: &Tensor) -> f64 {
    torch::mean_options(x).dim(1).item()
}
