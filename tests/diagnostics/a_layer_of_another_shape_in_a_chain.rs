//~ `Recurrent<LongShortTerm>` has no `forward` that maps one tensor to one
//~ `Forward` is missing
use flambeau::prelude::*;

pub fn chain() -> nn::Sequential {
    nn::sequential!(nn::Linear::new(2, 3), nn::LSTM::new(3, 4))
}
