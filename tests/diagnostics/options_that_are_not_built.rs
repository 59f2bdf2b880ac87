//~ if it is a layer's `…Options`, end it with `.build()`
use flambeau::prelude::*;

pub fn chain() -> nn::Sequential {
    nn::sequential!(nn::Linear::options(2, 3).bias(false))
}
