"""CIFAR-10 for Python's side of the comparisons."""

import pathlib

import numpy
import torch
from PIL import Image
from torch.utils.data import Dataset

CLASSES = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


class Cifar10(Dataset):
    """The binary files of CIFAR-10 as Pillow images, which is what torchvision's class gives."""

    def __init__(self, root, transform, train=True):
        names = [f"data_batch_{i}" for i in range(1, 6)] if train else ["test_batch"]
        files = [pathlib.Path(root) / f"cifar-10-batches-bin/{name}.bin" for name in names]
        records = numpy.concatenate([numpy.fromfile(f, numpy.uint8).reshape(-1, 3073) for f in files])
        self.labels = records[:, 0].astype(int).tolist()
        self.images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.transform = transform

    def tensors(self):
        """All images at once, bytes (N, C, H, W), and their labels."""
        return torch.from_numpy(self.images.transpose(0, 3, 1, 2).copy()), torch.tensor(self.labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]
