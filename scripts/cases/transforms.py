"""Transforms of images."""

import PIL.Image
import torch
from torchvision import transforms


def resized(channels, height, width, size=(32, 32)):
    """A Pillow image of random bytes, brought to another size."""

    def run():
        pixels = torch.randint(256, (channels, height, width), dtype=torch.uint8)
        image = transforms.ToPILImage()(pixels)
        return {"input.0": pixels, "output": transforms.PILToTensor()(as_pillow_13(image, size))}

    return run


def as_pillow_13(image, size):
    """torchvision's Resize; also under an older Pillow in the order that version 13 brought."""
    (width, height), (new_height, new_width) = image.size, size
    old = int(PIL.__version__.split(".")[0]) < 13
    if old and new_height < height and height - new_height > 2 * (width - new_width):
        image = image.resize((width, new_height), PIL.Image.Resampling.BILINEAR)
    return transforms.Resize(size)(image)


CASES = {
    "resize_down": resized(3, 75, 100),
    "resize_up": resized(3, 8, 11),
    "resize_tall": resized(3, 90, 40),
    "resize_nearly_tall": resized(3, 64, 48),
    "resize_grey": resized(1, 40, 21, (17, 33)),
    "resize_one_pixel": resized(3, 1, 1),
    "resize_strip": resized(3, 1, 1000),
}
