"""Computing in bf16, and images whose channels lie last in memory.

bf16's last digit is the third, so another processor's sums would fail any tolerance worth having: what
is computed in it is compared live alone.
"""

import torch
from torch import nn, optim
from torch.nn import functional as F

from .helpers import described, text


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.head = nn.Linear(16 * 3 * 3, 5)

    def forward(self, x):
        x = F.max_pool2d(F.gelu(self.norm(self.conv1(x))), 2)
        x = F.relu(self.conv2(x))
        return self.head(x.flatten(1))


def network(channels_last=False, **options):
    """Three steps of a small CNN under autocast: what it says, its loss and gradients, its weights."""

    def run():
        model = Network()
        sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        images, labels = torch.randn(6, 3, 10, 10), torch.randint(5, (6,))
        if channels_last:
            model.to(memory_format=torch.channels_last)
            images = images.to(memory_format=torch.channels_last)
        result = {}
        for step in range(3):
            sgd.zero_grad()
            with torch.autocast("cpu", **options):
                output = model(images)
                loss = F.cross_entropy(output, labels)
            loss.backward()
            sgd.step()
            kinds = [x.dtype for x in [output, loss, model.conv1.weight.grad]]
            result[f"kinds.{step}"] = text(" ".join(map(str, kinds)))
            result |= {f"late.output.{step}": output.float(), f"late.loss.{step}": loss}
        result |= {f"late.{name}.grad": p.grad for name, p in model.named_parameters()}
        return result | {f"late.{name}": x for name, x in model.state_dict().items()}

    return run


def nested():
    """An exception within, and what comes after it."""
    linear = nn.Linear(40, 30)
    x = torch.randn(8, 40)
    with torch.autocast("cpu"):
        cast = linear(x)
        with torch.autocast("cpu", enabled=False):
            exact = linear(x)
        again = linear(x)
    outside = linear(x)
    kinds = text(" ".join(str(y.dtype) for y in [cast, exact, again, outside]))
    return {"kinds": kinds, "exact": exact, "late.cast": cast.float(), "late.again": again.float()}


def turned():
    """A model and images whose channels come last: numbers, gradients and strides."""
    model = Network()
    model.to(memory_format=torch.channels_last)
    x = torch.randn(6, 3, 10, 10).to(memory_format=torch.channels_last).requires_grad_()
    middle = model.norm(model.conv1(x))
    output = model(x)
    output.backward(torch.randn_like(output))
    result = described(model, [x]) | {"output": output, "middle": middle}
    seen = [x, x.grad, middle, model.conv1.weight, model.conv1.weight.grad, model.head.weight]
    result["strides"] = text("\n".join(str(list(t.stride())) for t in seen))
    back = middle.to(memory_format=torch.contiguous_format)
    result["lie"] = text(
        " ".join(
            str(t.is_contiguous(memory_format=f)).lower()
            for t in [middle, back]
            for f in [torch.contiguous_format, torch.channels_last]
        )
    )
    return result


def volumes():
    """Volumes whose channels come last."""
    model = nn.Conv3d(2, 4, 3, padding=1).to(memory_format=torch.channels_last_3d)
    x = torch.randn(2, 2, 4, 5, 6).to(memory_format=torch.channels_last_3d).requires_grad_()
    output = model(x)
    output.backward(torch.randn_like(output))
    strides = [x, x.grad, output, model.weight, model.weight.grad]
    result = described(model, [x]) | {"output": output}
    return result | {"strides": text("\n".join(str(list(t.stride())) for t in strides))}


CASES = {
    "autocast_cnn": network(),
    "autocast_cnn_without_cache": network(dtype=torch.bfloat16, cache_enabled=False),
    "autocast_cnn_disabled": network(enabled=False),
    "autocast_cnn_channels_last": network(channels_last=True, dtype=torch.bfloat16),
    "autocast_nested": nested,
    "channels_last_cnn": turned,
    "channels_last_3d": volumes,
}
