//~ a parameter has no `clone`, which could mean either
//~ `decoder.weight = embedding.weight.tie()`
use flambeau::prelude::*;

pub fn tied(embedding: &nn::Embedding, decoder: &mut nn::Linear) {
    decoder.weight = embedding.weight.clone();
}
