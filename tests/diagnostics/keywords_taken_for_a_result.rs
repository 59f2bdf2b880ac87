//~ the keywords of `ResizeCall<'_>` are set, but it is not called
//~ write `.call()` before this
use flambeau::prelude::*;
use flambeau::vision::transforms::functional;

pub fn small(image: &Tensor) -> Tensor {
    functional::resize_options(image, 32).antialias(false).unwrap()
}
