//! Distances.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        (
            "pairwise_distance",
            function_of(nn::PairwiseDistance::default, |l, x| l.forward(x, &x.cos()), &[4, 3]),
        ),
        (
            "pairwise_distance_all",
            function_of(
                move || nn::PairwiseDistance::options().p(1.0).eps(1e-3).keepdim(true).build(),
                |l, x| l.forward(x, &x.cos()),
                &[4, 3],
            ),
        ),
        (
            "cosine_similarity",
            function_of(nn::CosineSimilarity::default, |l, x| l.forward(x, &x.cos()), &[4, 3]),
        ),
        (
            "cosine_similarity_dim",
            function_of(
                move || nn::CosineSimilarity::options().dim(0).eps(0.5).build(),
                |l, x| l.forward(x, &x.cos()),
                &[4, 3, 2],
            ),
        ),
    ]
}
