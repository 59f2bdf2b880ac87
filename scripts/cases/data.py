"""Samplers, loaders and splits: which samples come when, and what is drawn for them."""

import torch
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    random_split,
)
from torch.utils.data.distributed import DistributedSampler


def seeded():
    """A generator of one's own."""
    return torch.Generator().manual_seed(5)


def sampled(build):
    """Three epochs of a sampler, built with a generator that it may or may not take."""

    def run():
        generator = seeded()
        sampler = build(generator)
        epochs = [torch.tensor(list(sampler), dtype=torch.int64) for _ in range(3)]
        return {f"epoch.{i}": epoch for i, epoch in enumerate(epochs)} | {"generator": generator.get_state()[-8:]}

    return run


def distributed(n, replicas, rank, **options):
    """Three epochs of one process's share."""

    def run():
        sampler = DistributedSampler(range(n), replicas, rank, **options)
        result = {}
        for epoch in range(3):
            sampler.set_epoch(epoch)
            result[f"epoch.{epoch}"] = torch.tensor(list(sampler), dtype=torch.int64)
        return result

    return run


def batched(sampler, size, drop_last):
    """Three epochs of batches, one behind the other, and how long each is."""

    def run():
        generator = seeded()
        batches = [batch for _ in range(3) for batch in BatchSampler(sampler(generator), size, drop_last)]
        lengths = torch.tensor([len(batch) for batch in batches])
        return {"order": torch.tensor(sum(batches, [])), "lengths": lengths, "generator": generator.get_state()[-8:]}

    return run


class Noisy(Dataset):
    """Numbers, and beside each three that are drawn."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return torch.tensor(index), torch.rand(3), torch.randint(10, (1,)), torch.randperm(4)


def loaded(n, **options):
    """Three epochs of a loader over `Noisy`. A generator is made anew for each run."""

    def run():
        made = {key: option() if callable(option) else option for key, option in options.items()}
        loader = DataLoader(Noisy(n), **made)
        rows = [batch for _ in range(3) for batch in loader]
        lengths = torch.tensor([len(batch[0]) for batch in rows])
        index, uniform, whole, order = (torch.cat(column) for column in zip(*rows))
        return {"index": index, "uniform": uniform, "whole": whole, "order": order, "lengths": lengths}

    return run


def left_early(**options):
    """Two batches of an epoch, then a whole one, and what is drawn after that."""

    def run():
        loader = DataLoader(Noisy(20), **options)
        rows = [batch for _, batch in zip(range(2), loader)] + list(loader)
        index, uniform, *_ = (torch.cat(column) for column in zip(*rows))
        return {"index": index, "uniform": uniform, "after": torch.rand(2)}

    return run


def backwards(rows):
    """A batch whose last sample comes first."""
    return tuple(torch.stack(column[::-1]) for column in zip(*rows))


def split(lengths):
    """The parts of a random split, and a loader over each."""

    def run():
        generator = seeded()
        parts = random_split(range(11), lengths, generator)
        return {f"part.{i}": torch.tensor(part.indices) for i, part in enumerate(parts)}

    return run


def together():
    """Datasets made of datasets, read through a shuffled loader."""
    rows = torch.arange(12.0).reshape(6, 2)
    numbers = torch.arange(6)
    first, second = TensorDataset(rows, numbers), TensorDataset(rows * 10, numbers + 100)
    dataset = Subset(ConcatDataset([first, second]), [11, 0, 6, 5, 5, 3, 7])
    batches = list(DataLoader(dataset, batch_size=3, shuffle=True, num_workers=2))
    return {"rows": torch.cat([a for a, _ in batches]), "numbers": torch.cat([b for _, b in batches])}


WEIGHTS = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6, 0.0, 1.2]

CASES = {
    "sampler_sequential": sampled(lambda g: SequentialSampler(range(10))),
    "sampler_sequential_empty": sampled(lambda g: SequentialSampler(range(0))),
    "sampler_random": sampled(lambda g: RandomSampler(range(10))),
    "sampler_random_generator": sampled(lambda g: RandomSampler(range(10), generator=g)),
    "sampler_random_fewer": sampled(lambda g: RandomSampler(range(10), num_samples=4)),
    "sampler_random_more": sampled(lambda g: RandomSampler(range(10), num_samples=27, generator=g)),
    "sampler_random_replacement": sampled(lambda g: RandomSampler(range(10), replacement=True)),
    "sampler_random_replacement_more": sampled(
        lambda g: RandomSampler(range(10), replacement=True, num_samples=70, generator=g)
    ),
    "sampler_random_replacement_even": sampled(
        lambda g: RandomSampler(range(100), replacement=True, num_samples=64, generator=g)
    ),
    "sampler_random_many": sampled(lambda g: RandomSampler(range(5000))),
    "sampler_subset_random": sampled(lambda g: SubsetRandomSampler([3, 1, 4, 15, 9])),
    "sampler_subset_random_generator": sampled(lambda g: SubsetRandomSampler([3, 1, 4, 15, 9, 2], generator=g)),
    "sampler_weighted": sampled(lambda g: WeightedRandomSampler(WEIGHTS, 20)),
    "sampler_weighted_generator": sampled(lambda g: WeightedRandomSampler(WEIGHTS, 33, generator=g)),
    "sampler_weighted_once": sampled(lambda g: WeightedRandomSampler(WEIGHTS, 7, replacement=False)),
    "sampler_weighted_once_generator": sampled(
        lambda g: WeightedRandomSampler(WEIGHTS, 3, replacement=False, generator=g)
    ),
    "sampler_weighted_many": sampled(lambda g: WeightedRandomSampler([float(i % 7) for i in range(1000)], 300)),
    "sampler_batch": batched(lambda g: SequentialSampler(range(10)), 4, False),
    "sampler_batch_random": batched(lambda g: RandomSampler(range(8), generator=g), 4, False),
    "sampler_batch_drop_last": batched(lambda g: RandomSampler(range(10), generator=g), 4, True),
    "sampler_distributed": distributed(10, 3, 1),
    "sampler_distributed_in_order": distributed(10, 3, 2, shuffle=False),
    "sampler_distributed_seed": distributed(10, 3, 0, seed=7),
    "sampler_distributed_drop_last": distributed(11, 4, 3, drop_last=True),
    "sampler_distributed_more_replicas": distributed(2, 5, 4),
    "sampler_distributed_even": distributed(12, 4, 2, drop_last=True, seed=1),
    "loader": loaded(10, batch_size=4),
    "loader_one_worker": loaded(10, batch_size=4, num_workers=1),
    "loader_three_workers": loaded(10, batch_size=2, num_workers=3),
    "loader_shuffle": loaded(10, batch_size=4, shuffle=True),
    "loader_shuffle_two_workers": loaded(10, batch_size=3, shuffle=True, num_workers=2),
    "loader_shuffle_generator": loaded(10, batch_size=3, shuffle=True, generator=seeded),
    "loader_shuffle_generator_workers": loaded(10, shuffle=True, num_workers=2, generator=seeded),
    "loader_drop_last": loaded(10, batch_size=3, shuffle=True, drop_last=True, num_workers=1),
    "loader_prefetch": loaded(30, batch_size=2, shuffle=True, num_workers=2, prefetch_factor=5),
    "loader_more_workers_than_batches": loaded(5, batch_size=4, num_workers=4),
    "loader_sampler": loaded(10, batch_size=3, sampler=lambda: WeightedRandomSampler(WEIGHTS, 11)),
    "loader_sampler_workers": loaded(
        10, batch_size=3, num_workers=2, sampler=lambda: SubsetRandomSampler([1, 2, 3, 5, 7])
    ),
    "loader_batch_sampler": loaded(
        10, num_workers=2, batch_sampler=lambda: BatchSampler(RandomSampler(range(10)), 4, True)
    ),
    "loader_persistent": loaded(10, batch_size=2, num_workers=3, persistent_workers=True),
    "loader_persistent_one_worker": loaded(
        10, batch_size=3, shuffle=True, num_workers=1, persistent_workers=True
    ),
    "loader_persistent_generator": loaded(
        10, shuffle=True, num_workers=2, persistent_workers=True, generator=seeded
    ),
    "loader_persistent_left_early": left_early(batch_size=2, num_workers=3, persistent_workers=True),
    "loader_left_early": left_early(batch_size=2, shuffle=True, num_workers=2),
    "loader_collate_fn": loaded(10, batch_size=4, shuffle=True, num_workers=2, collate_fn=lambda: backwards),
    "random_split": split([5, 4, 2]),
    "random_split_fractions": split([0.5, 0.3, 0.2]),
    "datasets_of_datasets": together,
}
