"""Transforms of images."""

import PIL.Image
import torch
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode as M
from torchvision.transforms import functional as TF
from torchvision.utils import make_grid


def resized(channels, height, width, size=(32, 32)):
    """A Pillow image of random bytes, brought to another size."""

    def run():
        pixels = torch.randint(256, (channels, height, width), dtype=torch.uint8)
        image = T.ToPILImage()(pixels)
        return {"input.0": pixels, "output": T.PILToTensor()(as_pillow_13(image, size))}

    return run


def as_pillow_13(image, size):
    """torchvision's Resize; also under an older Pillow in the order that version 13 brought."""
    (width, height), (new_height, new_width) = image.size, size
    old = int(PIL.__version__.split(".")[0]) < 13
    if old and new_height < height and height - new_height > 2 * (width - new_width):
        image = image.resize((width, new_height), PIL.Image.Resampling.BILINEAR)
    return T.Resize(size)(image)


class Images(Dataset):
    """Images with a transform, as torchvision's data sets have it."""

    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(self.images[index]), index


def to_bytes(image):
    """What a transform left, a Pillow image or a tensor, as a tensor."""
    return image if isinstance(image, torch.Tensor) else T.PILToTensor()(image)


def over_images(transform, floats, channels, workers):
    """A transform over a hundred images of random bytes, in batches of seven from a loader."""

    def run():
        pixels = torch.randint(256, (100, channels, 24, 33), dtype=torch.uint8)
        images = [T.ToPILImage()(image) for image in pixels]
        steps = [T.ToTensor(), transform] if floats else [transform, T.Lambda(to_bytes)]
        loader = DataLoader(Images(images, T.Compose(steps)), batch_size=7, num_workers=workers)
        output = torch.cat([batch for batch, _ in loader])
        place = torch.arange(output[0].numel(), dtype=torch.float64) % 101
        # The images themselves are compared live alone.
        return {"images": output, "sums": (output.double().flatten(1) * place).sum(1)}

    return run


def noisy(image):
    """A transform of one's own that draws."""
    return image + torch.rand(3, 1, 1)


def negative(image):
    """A transform of one's own that does not."""
    return 1 - image


# Of bytes, which are Pillow images here.
BYTES = {
    "to_tensor": T.ToTensor(),
    "resize": T.Resize((15, 20)),
    "resize_edge": T.Resize(16),
    "resize_edge_max_size": T.Resize(40, max_size=50),
    "resize_nearest": T.Resize((17, 40), M.NEAREST),
    "resize_bicubic": T.Resize((15, 50), M.BICUBIC),
    "resize_box": T.Resize((9, 21), M.BOX),
    "resize_hamming": T.Resize((11, 32), M.HAMMING),
    "resize_lanczos": T.Resize((50, 10), M.LANCZOS),
    "center_crop": T.CenterCrop(16),
    "center_crop_larger": T.CenterCrop((31, 20)),
    "random_crop": T.RandomCrop((16, 20)),
    "random_crop_padding": T.RandomCrop(24, padding=4),
    "random_crop_fill": T.RandomCrop(26, padding=(2, 5), fill=(10, 200, 77)),
    "random_crop_edge": T.RandomCrop(26, padding=(1, 2, 3, 4), padding_mode="edge"),
    "random_crop_reflect": T.RandomCrop(30, padding=30, padding_mode="reflect"),
    "random_crop_symmetric": T.RandomCrop((30, 50), padding=40, padding_mode="symmetric"),
    "random_crop_if_needed": T.RandomCrop((40, 36), pad_if_needed=True),
    "random_resized_crop": T.RandomResizedCrop(20),
    "random_resized_crop_options": T.RandomResizedCrop((12, 30), scale=(0.3, 0.5), ratio=(0.5, 3.0), interpolation=M.BICUBIC),
    "random_resized_crop_too_wide": T.RandomResizedCrop(20, scale=(0.9, 1.0), ratio=(4.0, 5.0)),
    "random_resized_crop_too_tall": T.RandomResizedCrop(20, scale=(0.9, 1.0), ratio=(0.1, 0.2)),
    "random_horizontal_flip": T.RandomHorizontalFlip(),
    "random_horizontal_flip_p": T.RandomHorizontalFlip(0.1),
    "random_vertical_flip": T.RandomVerticalFlip(),
    "random_vertical_flip_p": T.RandomVerticalFlip(0.1),
    "random_rotation": T.RandomRotation(30),
    "random_rotation_bilinear": T.RandomRotation((10, 80), M.BILINEAR, fill=(255, 3, 70)),
    "random_rotation_bicubic": T.RandomRotation((-200, -100), M.BICUBIC),
    "random_rotation_expand": T.Compose([T.RandomRotation(90, expand=True), T.CenterCrop(40)]),
    "random_rotation_center": T.RandomRotation(45, center=(3, 20), fill=9),
    "random_rotation_quarter": T.RandomRotation((90, 90), expand=True),
    "random_rotation_three_quarters": T.RandomRotation((270, 270), expand=True),
    "random_rotation_half": T.RandomRotation((180, 180)),
    "random_rotation_half_center": T.RandomRotation((180, 180), center=(10, 12), fill=100),
    "random_rotation_quarter_kept": T.RandomRotation((90, 90), M.BILINEAR),
    "color_jitter_brightness": T.ColorJitter(brightness=0.7),
    "color_jitter_contrast": T.ColorJitter(contrast=(0.2, 3.0)),
    "color_jitter_saturation": T.ColorJitter(saturation=2.0),
    "color_jitter_hue": T.ColorJitter(hue=0.5),
    "color_jitter": T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "color_jitter_hue_range": T.ColorJitter(brightness=(1.5, 2.5), hue=(-0.3, -0.1)),
    "grayscale": T.Grayscale(),
    "grayscale_three": T.Grayscale(3),
}

# Functions of images, of bytes and of floats.
FUNCTIONS = {
    "resize": lambda x: TF.resize(x, [15, 20]),
    "resize_edge": lambda x: TF.resize(x, 16, M.BICUBIC, max_size=20),
    "pad": lambda x: TF.pad(x, [3]),
    "pad_fill": lambda x: TF.pad(x, [1, 2], fill=1),
    "pad_edge": lambda x: TF.pad(x, [1, 2, 3, 4], padding_mode="edge"),
    "pad_reflect": lambda x: TF.pad(x, [5], padding_mode="reflect"),
    "pad_symmetric": lambda x: TF.pad(x, [5, 7], padding_mode="symmetric"),
    "crop": lambda x: TF.crop(x, 3, 5, 10, 12),
    "crop_above": lambda x: TF.crop(x, -3, -2, 10, 12),
    "crop_below": lambda x: TF.crop(x, 20, 30, 10, 12),
    "crop_around": lambda x: TF.crop(x, -2, -5, 30, 50),
    "center_crop": lambda x: TF.center_crop(x, [15, 18]),
    "center_crop_larger": lambda x: TF.center_crop(x, [31, 20]),
    "resized_crop": lambda x: TF.resized_crop(x, 2, 3, 12, 14, [20, 30]),
    "resized_crop_outside": lambda x: TF.resized_crop(x, -4, 10, 20, 40, [9, 11], M.BICUBIC),
    "hflip": TF.hflip,
    "vflip": TF.vflip,
    "five_crop_0": lambda x: TF.five_crop(x, [15, 18])[0],
    "five_crop_1": lambda x: TF.five_crop(x, [15, 18])[1],
    "five_crop_2": lambda x: TF.five_crop(x, 9)[2],
    "five_crop_3": lambda x: TF.five_crop(x, 9)[3],
    "five_crop_4": lambda x: T.FiveCrop([15, 18])(x)[4],
    "ten_crop_1": lambda x: TF.ten_crop(x, [15, 18])[1],
    "ten_crop_5": lambda x: T.TenCrop([15, 18])(x)[5],
    "ten_crop_8": lambda x: TF.ten_crop(x, 9, vertical_flip=True)[8],
    "ten_crop_9": lambda x: T.TenCrop([15, 18], vertical_flip=True)(x)[9],
    "rotate": lambda x: TF.rotate(x, 33),
    "rotate_options": lambda x: TF.rotate(x, -20.5, M.BILINEAR, expand=True, fill=[1]),
    "rotate_center": lambda x: TF.rotate(x, 45, center=[3, 20]),
    "rotate_without_fill": lambda x: TF.rotate(x, 33, M.BILINEAR),
    "rotate_fill": lambda x: TF.rotate(x, 33, M.BILINEAR, fill=0),
    "affine": lambda x: TF.affine(x, 30, [3, -2], 1.2, [10, 5]),
    "affine_moved": lambda x: TF.affine(x, 0, [4, 7], 1, 0),
    "affine_shrunk": lambda x: TF.affine(x, -75.5, [0, 0], 0.4000000059604645, [8.0]),
    "affine_bilinear": lambda x: TF.affine(x, 200, [1, 2], 0.8, 12.5, M.BILINEAR),
    "affine_fill": lambda x: TF.affine(x, 15, [-3, 5], 0.7, [-20, 8.5], M.BILINEAR, fill=[1], center=[4, 9]),
    "affine_nearest_fill": lambda x: TF.affine(x, 15, [-3, 5], 0.7, 3, fill=1),
    "affine_far": lambda x: TF.affine(x, 20, [2, 1], 2e-4, 0, fill=1),
    "adjust_brightness": lambda x: TF.adjust_brightness(x, 1.7),
    "adjust_contrast": lambda x: TF.adjust_contrast(x, 0.3),
    "adjust_saturation": lambda x: TF.adjust_saturation(x, 2.5),
    "adjust_hue": lambda x: TF.adjust_hue(x, -0.2),
    "adjust_gamma": lambda x: TF.adjust_gamma(x, 2.2),
    "adjust_gamma_gain": lambda x: TF.adjust_gamma(x, 0.45, gain=1.3),
    "gaussian_blur": lambda x: TF.gaussian_blur(x, 5),
    "gaussian_blur_sigma": lambda x: TF.gaussian_blur(x, (3, 7), sigma=(0.5, 2)),
    "gaussian_blur_one_sigma": lambda x: TF.gaussian_blur(x, [9, 1], sigma=1.5),
    "rgb_to_grayscale": TF.rgb_to_grayscale,
    "rgb_to_grayscale_three": lambda x: TF.rgb_to_grayscale(x, num_output_channels=3),
}

# Functions of tensors alone.
TENSOR_FUNCTIONS = {
    "resize_aliased": lambda x: TF.resize(x, [15, 20], antialias=False),
    "resized_crop_aliased": lambda x: TF.resized_crop(x, 2, 3, 12, 14, [6, 5], antialias=False),
    "normalize": lambda x: TF.normalize(x, [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]),
    "normalize_inplace": lambda x: TF.normalize(x, [0.5], [0.25], inplace=True),
    "convert_image_dtype": lambda x: TF.convert_image_dtype(x, torch.int16),
    "convert_image_dtype_default": lambda x: TF.convert_image_dtype(x.double()),
    "erase": lambda x: TF.erase(x, 3, 4, 5, 6, torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)),
    "erase_inplace": lambda x: TF.erase(x, 0, 0, 24, 33, torch.tensor(0.5), inplace=True),
    "adjust_gamma_int16": lambda x: TF.adjust_gamma(TF.convert_image_dtype(x, torch.int16), 2),
    "gaussian_blur_batch": lambda x: TF.gaussian_blur(x[None].double(), 3),
    "gaussian_blur_int16": lambda x: TF.gaussian_blur((x * 1000).to(torch.int16), 3),
    "get_dimensions": lambda x: torch.tensor(TF.get_dimensions(x)),
    "get_dimensions_grey": lambda x: torch.tensor(TF.get_dimensions(x[0])),
    "get_dimensions_batch": lambda x: torch.tensor(TF.get_dimensions(x[None])),
}

# Of floats, which are tensors on both sides.
FLOATS = {
    "resize": T.Resize((15, 20)),
    "resize_aliased": T.Resize((15, 20), antialias=False),
    "resize_bicubic": T.Resize((40, 20), M.BICUBIC),
    "resize_bicubic_aliased": T.Resize((15, 50), M.BICUBIC, antialias=False),
    "resize_nearest": T.Resize((17, 40), M.NEAREST),
    "resize_nearest_exact": T.Resize((17, 40), M.NEAREST_EXACT),
    "center_crop": T.CenterCrop((15, 18)),
    "random_crop": T.RandomCrop(26, padding=3, fill=0.3),
    "random_crop_reflect": T.RandomCrop(20, padding=(5, 7), padding_mode="reflect"),
    "random_crop_symmetric": T.RandomCrop(20, padding=5, padding_mode="symmetric"),
    "random_resized_crop": T.RandomResizedCrop(20),
    "random_resized_crop_aliased": T.RandomResizedCrop((30, 12), interpolation=M.BICUBIC, antialias=False),
    "random_horizontal_flip": T.RandomHorizontalFlip(0.8),
    "random_vertical_flip": T.RandomVerticalFlip(0.8),
    "random_rotation": T.RandomRotation(30),
    "random_rotation_bilinear": T.RandomRotation(60, M.BILINEAR, fill=(0.1, 0.2, 0.9)),
    "random_rotation_expand": T.Compose([T.RandomRotation(90, expand=True), T.CenterCrop(40)]),
    "random_rotation_center": T.RandomRotation((0, 45), M.BILINEAR, center=(3, 20)),
    "color_jitter_brightness": T.ColorJitter(brightness=0.7),
    "color_jitter_contrast": T.ColorJitter(contrast=(0.2, 3.0)),
    "color_jitter_saturation": T.ColorJitter(saturation=2.0),
    "color_jitter_hue": T.ColorJitter(hue=0.5),
    "color_jitter": T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "grayscale": T.Grayscale(),
    "grayscale_three": T.Grayscale(3),
    "random_erasing": T.RandomErasing(),
    "random_erasing_random": T.RandomErasing(0.9, value="random"),
    "random_erasing_colors": T.RandomErasing(0.3, scale=(0.3, 0.9), ratio=(0.1, 8.0), value=(0.2, 0.4, 0.6)),
    "normalize": T.Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
    "normalize_one": T.Normalize((0.5,), (0.25,)),
    "convert_to_bytes": T.ConvertImageDtype(torch.uint8),
    "convert_to_double": T.ConvertImageDtype(torch.float64),
    "convert_to_short": T.ConvertImageDtype(torch.int16),
    "convert_bytes": T.Compose([T.ConvertImageDtype(torch.uint8), T.ConvertImageDtype(torch.int32), T.ConvertImageDtype(torch.int8), T.ConvertImageDtype(torch.float32)]),
    "short_color_jitter": T.Compose([T.ConvertImageDtype(torch.int16), T.ColorJitter(0.4, 0.4, 0.4, 0.1)]),
    "int_color_jitter": T.Compose([T.ConvertImageDtype(torch.uint8), T.ConvertImageDtype(torch.int32), T.ColorJitter(0.4, 0.4, 0.4)]),
    "double_color_jitter": T.Compose([T.ConvertImageDtype(torch.float64), T.ColorJitter(0.4, 0.4, 0.4, 0.1)]),
    "short_resize": T.Compose([T.ConvertImageDtype(torch.int16), T.Resize((15, 20))]),
    "short_random_rotation": T.Compose([T.ConvertImageDtype(torch.int16), T.RandomRotation(60, M.BILINEAR, fill=500)]),
    "short_random_crop": T.Compose([T.ConvertImageDtype(torch.int16), T.RandomCrop(26, padding=3, fill=9), T.Grayscale()]),
    "lambda": T.Lambda(negative),
    "lambda_that_draws": T.Compose([T.Lambda(noisy), T.RandomHorizontalFlip(), T.Lambda(noisy)]),
}

# Of one channel.
GREYS = {
    "resize": T.Resize((40, 13), M.LANCZOS),
    "random_rotation": T.RandomRotation(30, M.BILINEAR, fill=50),
    "color_jitter": T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "grayscale_three": T.Grayscale(3),
}

# As people train on CIFAR-10 and ImageNet.
RECIPES = {
    "cifar": T.Compose([
        T.RandomCrop(24, padding=4), T.RandomHorizontalFlip(), T.ToTensor(),
        T.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)), T.RandomErasing(),
    ]),
    "imagenet": T.Compose([
        T.RandomResizedCrop(16), T.RandomHorizontalFlip(), T.ColorJitter(0.3, 0.3, 0.3), T.ToTensor(),
    ]),
}

SETS = [("bytes", BYTES, False, 3), ("floats", FLOATS, True, 3), ("grey", GREYS, False, 1), ("recipe", RECIPES, False, 3)]


def grid(**options):
    """Ten images in rows."""

    def run():
        images = torch.randn(10, 3, 6, 7)
        return {"grid": make_grid(images, **options), "kept": images}

    return run


CASES = {
    "resize_down": resized(3, 75, 100),
    "resize_up": resized(3, 8, 11),
    "resize_tall": resized(3, 90, 40),
    "resize_nearly_tall": resized(3, 64, 48),
    "resize_grey": resized(1, 40, 21, (17, 33)),
    "resize_one_pixel": resized(3, 1, 1),
    "resize_strip": resized(3, 1, 1000),
    "make_grid": grid(),
    "make_grid_rows": grid(nrow=3, padding=5, pad_value=0.5),
    "make_grid_normalize": grid(normalize=True),
    "make_grid_range": grid(normalize=True, value_range=(-1, 0.5)),
    "make_grid_each": grid(normalize=True, scale_each=True, padding=0),
    "make_grid_grey": lambda: {"grid": make_grid(torch.rand(5, 1, 4, 4), nrow=2)},
    "make_grid_one": lambda: {"grid": make_grid(torch.rand(4, 5))},
} | {
    f"{kind}_{name}_{workers}_workers": over_images(transform, floats, channels, workers)
    for kind, table, floats, channels in SETS
    for name, transform in table.items()
    for workers in [0, 1, 3]
} | {
    f"functional_{kind}_{name}": over_images(T.Lambda(function), floats, 3, 0)
    for kind, table, floats in [
        ("bytes", FUNCTIONS, False),
        ("floats", FUNCTIONS | TENSOR_FUNCTIONS, True),
    ]
    for name, function in table.items()
}
