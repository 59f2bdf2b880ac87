"""The twin of `functional_cnn --load FILE --predict FILE`: what a script does that feeds one image.

As the notebook does it, with torchvision's transforms; with `--lean` by Pillow alone, since
torchvision takes long to import.
"""

import argparse

import numpy
import torch
from cifar10 import CLASSES
from notebook import CNN
from PIL import Image
from safetensors.torch import load_file


def as_in_the_notebook(image):
    from torchvision import transforms

    transform = transforms.Compose([
        transforms.Resize((32, 32)),
        transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ])
    return transform(image)


def lean(image):
    pixels = torch.from_numpy(numpy.array(image.resize((32, 32), Image.Resampling.BILINEAR)))
    return (pixels.permute(2, 0, 1).float() / 255 - 0.5) / 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--load", required=True, help="the weights, as safetensors")
    parser.add_argument("--predict", required=True, help="the image")
    parser.add_argument("--lean", action="store_true")
    args = parser.parse_args()
    model = CNN()
    model.load_state_dict(load_file(args.load))
    image = Image.open(args.predict).convert("RGB")
    with torch.no_grad():
        scores = model((lean if args.lean else as_in_the_notebook)(image).unsqueeze(0))
    for probability, i in zip(*(values[0].tolist() for values in scores.softmax(1).topk(5))):
        print(f"  {CLASSES[i]:<6}{100 * probability:6.1f} %")


if __name__ == "__main__":
    main()
