"""Embeddings."""

import torch
from torch import nn

from .helpers import function_of, layer


def looked_up(build, n, *shape):
    """A layer of whole numbers below n."""
    return layer(build, lambda: torch.randint(n, shape))


CASES = {
    "embedding": looked_up(lambda: nn.Embedding(10, 3), 10, 4, 5),
    "embedding_padding": looked_up(lambda: nn.Embedding(10, 3, padding_idx=-1, scale_grad_by_freq=True), 10, 4, 5),
    "embedding_max_norm": looked_up(lambda: nn.Embedding(10, 3, max_norm=1.5, norm_type=1.0), 10, 4, 5),
    "embedding_sparse": looked_up(lambda: nn.Embedding(10, 3, sparse=True), 10, 4, 5),
    "embedding_bag": looked_up(lambda: nn.EmbeddingBag(10, 3), 10, 4, 5),
    "embedding_bag_sum": looked_up(lambda: nn.EmbeddingBag(10, 3, mode="sum", padding_idx=2, scale_grad_by_freq=True), 10, 4, 5),
    "embedding_bag_max": looked_up(lambda: nn.EmbeddingBag(10, 3, mode="max", max_norm=1.0), 10, 4, 5),
    "embedding_bag_offsets": function_of(
        lambda: nn.EmbeddingBag(6, 3, mode="sum"),
        lambda bag, x: bag(torch.tensor([1, 2, 4, 5, 4, 3]), torch.tensor([0, 2]), x),
        6,
    ),
    "embedding_bag_last_offset": function_of(
        lambda: nn.EmbeddingBag(6, 3, include_last_offset=True),
        lambda bag, x: bag(torch.tensor([1, 2, 4, 5, 4, 3]), torch.tensor([0, 2, 6])) * x,
        2, 3,
    ),
    "embedding_bag_weights_of_rows": function_of(
        lambda: nn.EmbeddingBag(6, 3, mode="sum"),
        lambda bag, x: bag(torch.tensor([[1, 2, 4], [5, 4, 3]]), per_sample_weights=x),
        2, 3,
    ),
    "embedding_from_pretrained": looked_up(
        lambda: nn.Embedding.from_pretrained(torch.randn(10, 3), freeze=False, padding_idx=1), 10, 4, 5
    ),
    "embedding_bag_from_pretrained": looked_up(
        lambda: nn.EmbeddingBag.from_pretrained(torch.randn(10, 3), freeze=False, mode="sum"), 10, 4, 5
    ),
}
