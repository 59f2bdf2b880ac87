//~ this is computed already, and takes no keywords
//~ a keyword after the call
//~ keywords stand between `…_options(…)` and `.call()`: `F::cross_entropy_options(&x, &y).reduction("sum").call()`
use flambeau::prelude::*;

pub fn loss(x: &Tensor, y: &Tensor) -> Tensor {
    F::cross_entropy(x, y).reduction("sum")
}
