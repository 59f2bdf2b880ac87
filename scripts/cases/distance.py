"""Distances."""

from torch import nn

from .helpers import function_of

CASES = {
    "pairwise_distance": function_of(
        lambda: nn.PairwiseDistance(), lambda l, x: l(x, x.cos()), 4, 3
    ),
    "pairwise_distance_all": function_of(
        lambda: nn.PairwiseDistance(p=1.0, eps=1e-3, keepdim=True), lambda l, x: l(x, x.cos()), 4, 3
    ),
    "cosine_similarity": function_of(
        lambda: nn.CosineSimilarity(), lambda l, x: l(x, x.cos()), 4, 3
    ),
    "cosine_similarity_dim": function_of(
        lambda: nn.CosineSimilarity(dim=0, eps=0.5), lambda l, x: l(x, x.cos()), 4, 3, 2
    ),
}
