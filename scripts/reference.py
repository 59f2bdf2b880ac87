"""The reference: what PyTorch computes for each case that this crate is compared in.

`CASES` is the one table: a case's name, what to build and what to feed it. Its twin under the
same names is `tests/cases/mod.rs`. Two readers use what `run` gives:

- `.venv/bin/python scripts/reference.py` writes it to `tests/fixtures/reference.safetensors`,
  which `cargo test` compares with, within a tolerance, on any machine; with `--check` it only
  says whether the file is still what the table gives;
- `scripts/parity` compares it live, bit for bit.
"""

import pathlib
import sys

import notebook
import PIL.Image
import torch
from safetensors.torch import load_file, save_file
from torch import nn, optim
from torch.nn import functional as F
from torchvision import transforms

FIXTURE = pathlib.Path(__file__).parent.parent / "tests/fixtures/reference.safetensors"


def randn(*shape):
    """An input drawn from the normal distribution, whose gradient is compared too."""
    return lambda: torch.randn(shape).requires_grad_()


def classes(n, *shape):
    """An input of class numbers below n."""
    return lambda: torch.randint(n, shape)


def layer(build, *inputs):
    """A layer or a loss: its initial weights, print, keys, output and all gradients."""

    def run():
        module = build()
        xs = [draw() for draw in inputs]
        output = module(*xs)
        output.backward(torch.randn_like(output))
        result = {f"input.{i}": x for i, x in enumerate(xs)}
        result |= {f"input.{i}.grad": x.grad for i, x in enumerate(xs) if x.requires_grad}
        result |= {f"{name}.grad": p.grad for name, p in module.named_parameters()}
        return result | module.state_dict() | {
            "output": output,
            "print": text(str(module)),
            "keys": text("\n".join(module.state_dict())),
        }

    return run


def both_modes(build, *inputs):
    """A layer that acts otherwise in evaluation: what `layer` tells, and its output there."""

    def run():
        module = build()
        xs = [draw() for draw in inputs]
        output = module(*xs)
        output.backward(torch.randn_like(output))
        result = {f"{name}.grad": p.grad for name, p in module.named_parameters()}
        result |= {f"input.{i}": x for i, x in enumerate(xs)}
        result |= {f"input.{i}.grad": x.grad for i, x in enumerate(xs)}
        module.eval()
        return result | module.state_dict() | {
            "output": output,
            "evaluated": module(*xs),
            "print": text(str(module)),
            "keys": text("\n".join(module.state_dict())),
        }

    return run


def looked_up(build, n, *shape):
    """A layer of whole numbers below n: its weights, print, keys, output and gradients."""

    def run():
        module = build()
        indices = torch.randint(n, shape)
        output = module(indices)
        output.backward(torch.randn_like(output))
        result = {f"{name}.grad": p.grad.to_dense() for name, p in module.named_parameters()}
        return result | module.state_dict() | {
            "input.0": indices,
            "output": output,
            "print": text(str(module)),
            "keys": text("\n".join(module.state_dict())),
        }

    return run


def drawn(fill, *shape):
    """Initial values."""

    def run():
        w = torch.empty(shape, requires_grad=True)
        fill(w)
        return {"weight": w}

    return run


def probabilities(*shape):
    """Targets that are a distribution over the classes."""
    return lambda: torch.rand(shape).softmax(1)


def function(compute, *shape):
    """A function of torch.nn.functional: its output and its gradient."""

    def run():
        x = randn(*shape)()
        output = compute(x)
        output.backward(torch.randn_like(output))
        return {"input.0": x, "input.0.grad": x.grad, "output": output}

    return run


def function_of(build, compute, *shape):
    """A layer or a loss that is called in a way of its own: the same of it."""

    def run():
        module = build()
        x = randn(*shape)()
        output = compute(module, x)
        output.backward(torch.randn_like(output))
        result = {f"{name}.grad": p.grad for name, p in module.named_parameters()}
        return result | module.state_dict() | {
            "input.0": x,
            "input.0.grad": x.grad,
            "output": output,
            "print": text(str(module)),
            "keys": text("\n".join(module.state_dict())),
        }

    return run


def optimizer(build, steps=10):
    """An optimizer: the weights, and what it keeps of them, after some steps."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        x = torch.randn(8, 6)
        algorithm = build(model.parameters())
        for _ in range(steps):
            algorithm.zero_grad()
            model(x).square().mean().backward()
            algorithm.step()
        result = dict(model.state_dict())
        for i, state in algorithm.state_dict()["state"].items():
            result |= {f"state.{i}.{k}": v for k, v in state.items() if v is not None}
        return result

    return run


def clipped(max_norm):
    """The gradients of a small network after clip_grad_norm_, and the norm that they had."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        model(torch.randn(8, 6)).square().sum().backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        return {"norm": norm} | {f"{name}.grad": p.grad for name, p in model.named_parameters()}

    return run


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


def recurrent(compute):
    """The notebook's recurrent network: three calls, and a sequence with its gradients."""

    def run():
        network = notebook.RecurrentNetwork(4, 10, 5)
        result = {f"call.{i}": network(torch.ones(16, 4)) for i in range(3)}
        sequence = torch.randn(7, 16, 4).requires_grad_()
        (outputs, hidden), gradients = compute(network, sequence)
        (outputs * torch.randn_like(outputs)).sum().backward()
        result |= {"sequence": sequence, "sequence.grad": sequence.grad}
        result |= {"outputs": outputs, "hidden": hidden}
        result |= {f"{name}.grad": gradient() for name, gradient in gradients.items()}
        return result | network.state_dict()

    return run


def sequence_layer(build, *shape):
    """A recurrent layer: its output, its state, and all gradients, in training and evaluation."""

    def run():
        module = build()
        x = torch.randn(shape).requires_grad_()
        output, state = module(x)
        (output * torch.randn_like(output)).sum().backward()
        result = {"input.0": x, "input.0.grad": x.grad, "output": output}
        states = state if isinstance(state, tuple) else (state,)
        result |= {f"state.{i}": s for i, s in enumerate(states)}
        result |= {f"{name}.grad": p.grad for name, p in module.named_parameters()}
        result |= module.state_dict()
        result |= {"print": text(str(module)), "keys": text("\n".join(module.state_dict()))}
        module.eval()
        result["output in evaluation"] = module(x, state)[0]
        return result

    return run


def cell(build, *shape):
    """A recurrent cell: two steps, and all gradients."""

    def run():
        module = build()
        x = torch.randn(shape).requires_grad_()
        state = module(x, module(x))
        states = state if isinstance(state, tuple) else (state,)
        sum(s.sum() for s in states).backward()
        result = {"input.0": x, "input.0.grad": x.grad}
        result |= {f"state.{i}": s for i, s in enumerate(states)}
        result |= {f"{name}.grad": p.grad for name, p in module.named_parameters()}
        result |= module.state_dict()
        return result | {"print": text(str(module)), "keys": text("\n".join(module.state_dict()))}

    return run


def by_hand(network, sequence):
    parameters = dict(network.named_parameters())
    return network.read(sequence), {name: lambda p=p: p.grad for name, p in parameters.items()}


def by_nn_rnn(network, sequence):
    """The same by torch's own layers, which are given the network's weights."""
    with torch.random.fork_rng():
        rnn, linear = nn.RNN(4, 10), nn.Linear(10, 5)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(network.w_xh)
        rnn.weight_hh_l0.copy_(network.w_hh)
        rnn.bias_ih_l0.copy_(network.b_h)
        rnn.bias_hh_l0.zero_()
        linear.weight.copy_(network.w_hy)
        linear.bias.copy_(network.b_y)
    hidden, _last = rnn(sequence)
    return (linear(hidden), hidden), {
        "w_xh": lambda: rnn.weight_ih_l0.grad,
        "w_hh": lambda: rnn.weight_hh_l0.grad,
        "b_h": lambda: rnn.bias_ih_l0.grad,
        "w_hy": lambda: linear.weight.grad,
        "b_y": lambda: linear.bias.grad,
    }


CASES = {
    "linear": layer(lambda: nn.Linear(20, 30), randn(8, 20)),
    "linear_no_bias": layer(lambda: nn.Linear(20, 30, bias=False), randn(8, 20)),
    "linear_3d_input": layer(lambda: nn.Linear(5, 7), randn(2, 3, 5)),
    "linear_vector": layer(lambda: nn.Linear(5, 7), randn(5)),
    "conv2d": layer(lambda: nn.Conv2d(3, 6, 5), randn(2, 3, 12, 12)),
    "conv2d_no_bias": layer(lambda: nn.Conv2d(3, 6, 5, bias=False), randn(2, 3, 12, 12)),
    "conv2d_stride_padding": layer(
        lambda: nn.Conv2d(3, 6, 3, stride=2, padding=1), randn(2, 3, 11, 9)
    ),
    "conv2d_each_side": layer(
        lambda: nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1)),
        randn(2, 3, 12, 10),
    ),
    "conv2d_dilation": layer(lambda: nn.Conv2d(2, 3, 3, dilation=2), randn(2, 2, 9, 9)),
    "conv2d_groups": layer(lambda: nn.Conv2d(4, 8, 3, groups=2), randn(2, 4, 8, 8)),
    "conv2d_depthwise": layer(lambda: nn.Conv2d(4, 4, 3, groups=4), randn(2, 4, 8, 8)),
    "conv2d_one_image": layer(lambda: nn.Conv2d(3, 6, 3), randn(3, 8, 8)),
    "conv2d_same": layer(lambda: nn.Conv2d(2, 3, (3, 4), padding="same"), randn(2, 2, 7, 8)),
    "conv2d_same_dilated": layer(
        lambda: nn.Conv2d(2, 3, 4, padding="same", dilation=(1, 2)), randn(2, 2, 7, 8)
    ),
    "conv2d_valid": layer(lambda: nn.Conv2d(2, 3, 3, padding="valid"), randn(2, 2, 7, 8)),
    "conv2d_reflect": layer(
        lambda: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"), randn(2, 2, 7, 8)
    ),
    "conv2d_replicate": layer(
        lambda: nn.Conv2d(2, 3, 3, padding=2, stride=2, padding_mode="replicate"), randn(2, 2, 7, 8)
    ),
    "conv2d_circular_same": layer(
        lambda: nn.Conv2d(2, 3, (2, 3), padding="same", padding_mode="circular"), randn(2, 2, 7, 8)
    ),
    "conv1d": layer(lambda: nn.Conv1d(4, 6, 3), randn(2, 4, 12)),
    "conv1d_all": layer(
        lambda: nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False),
        randn(2, 4, 15),
    ),
    "conv1d_same": layer(lambda: nn.Conv1d(4, 6, 4, padding="same"), randn(2, 4, 9)),
    "conv1d_circular": layer(
        lambda: nn.Conv1d(4, 6, 3, padding=1, padding_mode="circular"), randn(2, 4, 9)
    ),
    "conv1d_one_signal": layer(lambda: nn.Conv1d(4, 6, 3), randn(4, 9)),
    "conv3d": layer(lambda: nn.Conv3d(2, 3, 3), randn(2, 2, 5, 6, 7)),
    "conv3d_each_side": layer(
        lambda: nn.Conv3d(2, 4, (3, 2, 1), stride=(2, 1, 1), padding=(1, 0, 2)),
        randn(2, 2, 6, 5, 4),
    ),
    "conv3d_groups_replicate": layer(
        lambda: nn.Conv3d(4, 4, 3, padding=1, groups=2, bias=False, padding_mode="replicate"),
        randn(1, 4, 4, 5, 4),
    ),
    "conv3d_same": layer(lambda: nn.Conv3d(2, 2, 2, padding="same"), randn(1, 2, 3, 4, 5)),
    "conv_transpose1d": layer(lambda: nn.ConvTranspose1d(4, 3, 3), randn(2, 4, 7)),
    "conv_transpose1d_all": layer(
        lambda: nn.ConvTranspose1d(
            4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2
        ),
        randn(2, 4, 7),
    ),
    "conv_transpose2d": layer(lambda: nn.ConvTranspose2d(4, 3, 3), randn(2, 4, 5, 6)),
    "conv_transpose2d_each_side": layer(
        lambda: nn.ConvTranspose2d(
            4, 3, (3, 5), stride=(2, 1), padding=(4, 2), output_padding=(1, 0)
        ),
        randn(2, 4, 8, 6),
    ),
    "conv_transpose2d_groups": layer(
        lambda: nn.ConvTranspose2d(4, 8, 2, groups=4, stride=2), randn(4, 5, 5)
    ),
    "conv_transpose2d_output_size": function_of(
        lambda: nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1),
        lambda up, x: up(x, output_size=(12, 11)),
        2, 3, 6, 6,
    ),
    "conv_transpose3d": layer(lambda: nn.ConvTranspose3d(2, 3, 2), randn(2, 2, 3, 4, 5)),
    "conv_transpose3d_each_side": layer(
        lambda: nn.ConvTranspose3d(
            2, 4, (3, 1, 2), stride=(2, 1, 3), padding=(1, 0, 1), output_padding=(1, 0, 2), groups=2
        ),
        randn(1, 2, 3, 4, 3),
    ),
    "relu": layer(lambda: nn.ReLU(), randn(4, 10)),
    "relu6": layer(lambda: nn.ReLU6(), randn(4, 10)),
    "sigmoid": layer(lambda: nn.Sigmoid(), randn(4, 10)),
    "tanh": layer(lambda: nn.Tanh(), randn(4, 10)),
    "log_sigmoid": layer(lambda: nn.LogSigmoid(), randn(4, 10)),
    "hardsigmoid": layer(lambda: nn.Hardsigmoid(), randn(4, 10)),
    "silu": layer(lambda: nn.SiLU(), randn(4, 10)),
    "mish": layer(lambda: nn.Mish(), randn(4, 10)),
    "hardswish": layer(lambda: nn.Hardswish(), randn(4, 10)),
    "selu": layer(lambda: nn.SELU(), randn(4, 10)),
    "softsign": layer(lambda: nn.Softsign(), randn(4, 10)),
    "tanhshrink": layer(lambda: nn.Tanhshrink(), randn(4, 10)),
    "hardtanh": layer(lambda: nn.Hardtanh(), randn(4, 10)),
    "elu": layer(lambda: nn.ELU(), randn(4, 10)),
    "celu": layer(lambda: nn.CELU(), randn(4, 10)),
    "leaky_relu": layer(lambda: nn.LeakyReLU(), randn(4, 10)),
    "rrelu": layer(lambda: nn.RReLU(), randn(4, 10)),
    "hardshrink": layer(lambda: nn.Hardshrink(), randn(4, 10)),
    "softshrink": layer(lambda: nn.Softshrink(), randn(4, 10)),
    "softplus": layer(lambda: nn.Softplus(), randn(4, 10)),
    "gelu": layer(lambda: nn.GELU(), randn(4, 10)),
    "prelu": layer(lambda: nn.PReLU(), randn(4, 10)),
    "glu": layer(lambda: nn.GLU(), randn(4, 10)),
    "hardtanh_range": layer(lambda: nn.Hardtanh(-0.5, 1.5), randn(4, 10)),
    "elu_alpha": layer(lambda: nn.ELU(0.3), randn(4, 10)),
    "celu_alpha": layer(lambda: nn.CELU(2.5), randn(4, 10)),
    "leaky_relu_slope": layer(lambda: nn.LeakyReLU(0.2), randn(4, 10)),
    "rrelu_range": layer(lambda: nn.RReLU(0.1, 0.9), randn(4, 10)),
    "hardshrink_lambd": layer(lambda: nn.Hardshrink(0.3), randn(4, 10)),
    "softshrink_lambd": layer(lambda: nn.Softshrink(0.3), randn(4, 10)),
    "softplus_beta": layer(lambda: nn.Softplus(2.0, 1.5), randn(4, 10)),
    "gelu_tanh": layer(lambda: nn.GELU("tanh"), randn(4, 10)),
    "prelu_channels": layer(lambda: nn.PReLU(3, 0.1), randn(2, 3, 5)),
    "glu_dim": layer(lambda: nn.GLU(1), randn(2, 4, 5)),
    "threshold": layer(lambda: nn.Threshold(0.25, 20.5), randn(4, 10)),
    "threshold_negative": layer(lambda: nn.Threshold(-0.5, -1.5), randn(4, 10)),
    "softmin": layer(lambda: nn.Softmin(1), randn(4, 10)),
    "softmin_dim_0": layer(lambda: nn.Softmin(0), randn(4, 10)),
    "log_softmax": layer(lambda: nn.LogSoftmax(1), randn(4, 10)),
    "log_softmax_last": layer(lambda: nn.LogSoftmax(-1), randn(2, 3, 5)),
    "softmax2d": layer(lambda: nn.Softmax2d(), randn(2, 3, 4, 5)),
    "softmax2d_one_image": layer(lambda: nn.Softmax2d(), randn(3, 4, 5)),
    "max_pool2d": layer(lambda: nn.MaxPool2d(2, 2), randn(2, 3, 8, 8)),
    "max_pool2d_stride": layer(lambda: nn.MaxPool2d(3, stride=2), randn(2, 3, 9, 9)),
    "max_pool2d_padding": layer(lambda: nn.MaxPool2d(3, padding=1), randn(2, 3, 9, 9)),
    "max_pool2d_dilation": layer(lambda: nn.MaxPool2d(2, dilation=2), randn(2, 3, 9, 9)),
    "max_pool2d_ceil_mode": layer(lambda: nn.MaxPool2d(2, ceil_mode=True), randn(2, 3, 7, 9)),
    "max_pool2d_each_side": layer(
        lambda: nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0)), randn(2, 3, 9, 8)
    ),
    "max_pool1d": layer(lambda: nn.MaxPool1d(2), randn(2, 3, 9)),
    "max_pool1d_all": layer(lambda: nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True), randn(2, 3, 12)),
    "max_pool3d": layer(lambda: nn.MaxPool3d(2), randn(2, 3, 4, 5, 6)),
    "max_pool3d_each_side": layer(lambda: nn.MaxPool3d((3, 2, 2), stride=(2, 1, 2), padding=(1, 0, 1)), randn(2, 3, 6, 5, 4)),
    "avg_pool1d": layer(lambda: nn.AvgPool1d(3), randn(2, 3, 10)),
    "avg_pool1d_all": layer(lambda: nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), randn(2, 3, 10)),
    "avg_pool2d": layer(lambda: nn.AvgPool2d(2), randn(2, 3, 6, 7)),
    "avg_pool2d_each_side": layer(lambda: nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 0)), randn(2, 3, 6, 7)),
    "avg_pool2d_divisor": layer(lambda: nn.AvgPool2d(2, divisor_override=3, ceil_mode=True), randn(2, 3, 7, 7)),
    "avg_pool3d": layer(lambda: nn.AvgPool3d(2), randn(2, 3, 4, 4, 6)),
    "avg_pool3d_all": layer(lambda: nn.AvgPool3d((3, 2, 2), stride=2, padding=1, count_include_pad=False), randn(2, 3, 5, 4, 6)),
    "adaptive_avg_pool1d": layer(lambda: nn.AdaptiveAvgPool1d(4), randn(2, 3, 10)),
    "adaptive_avg_pool1d_tuple": layer(lambda: nn.AdaptiveAvgPool1d((3,)), randn(3, 7)),
    "adaptive_avg_pool2d": layer(lambda: nn.AdaptiveAvgPool2d(3), randn(2, 3, 8, 7)),
    "adaptive_avg_pool2d_one": layer(lambda: nn.AdaptiveAvgPool2d((1, 1)), randn(2, 3, 8, 7)),
    "adaptive_avg_pool2d_none": layer(lambda: nn.AdaptiveAvgPool2d((None, 5)), randn(2, 3, 8, 7)),
    "adaptive_avg_pool3d": layer(lambda: nn.AdaptiveAvgPool3d(2), randn(2, 3, 5, 4, 6)),
    "adaptive_avg_pool3d_each_side": layer(lambda: nn.AdaptiveAvgPool3d((2, 3, 4)), randn(2, 3, 5, 4, 6)),
    "adaptive_max_pool1d": layer(lambda: nn.AdaptiveMaxPool1d(4), randn(2, 3, 10)),
    "adaptive_max_pool1d_tuple": layer(lambda: nn.AdaptiveMaxPool1d((3,)), randn(3, 7)),
    "adaptive_max_pool2d": layer(lambda: nn.AdaptiveMaxPool2d(3), randn(2, 3, 8, 7)),
    "adaptive_max_pool2d_none": layer(lambda: nn.AdaptiveMaxPool2d((2, None)), randn(2, 3, 8, 7)),
    "adaptive_max_pool3d": layer(lambda: nn.AdaptiveMaxPool3d(2), randn(2, 3, 5, 4, 6)),
    "adaptive_max_pool3d_each_side": layer(lambda: nn.AdaptiveMaxPool3d((2, 3, 1)), randn(2, 3, 5, 4, 6)),
    "lp_pool1d": layer(lambda: nn.LPPool1d(2, 3), randn(2, 3, 10)),
    "lp_pool1d_stride": layer(lambda: nn.LPPool1d(4, 2, stride=1, ceil_mode=True), randn(2, 3, 9)),
    "lp_pool2d": layer(lambda: nn.LPPool2d(2, 2), randn(2, 3, 6, 7)),
    "lp_pool2d_each_side": layer(lambda: nn.LPPool2d(1, (3, 2), stride=(2, 1)), randn(2, 3, 6, 7)),
    "lp_pool2d_infinity": layer(lambda: nn.LPPool2d(float("inf"), 2), randn(2, 3, 6, 7)),
    "lp_pool3d": layer(lambda: nn.LPPool3d(2, 2), randn(2, 3, 4, 4, 6)),
    "lp_pool3d_stride": layer(lambda: nn.LPPool3d(2, (2, 1, 2), stride=(1, 1, 2), ceil_mode=True), randn(2, 3, 4, 4, 5)),
    "max_unpool1d": function_of(
        lambda: nn.MaxUnpool1d(2),
        lambda unpool, x: unpool(*nn.MaxPool1d(2, return_indices=True)(x)),
        2, 3, 8,
    ),
    "max_unpool2d": function_of(
        lambda: nn.MaxUnpool2d(2),
        lambda unpool, x: unpool(*nn.MaxPool2d(2, return_indices=True)(x)),
        2, 3, 6, 8,
    ),
    "max_unpool3d": function_of(
        lambda: nn.MaxUnpool3d(2),
        lambda unpool, x: unpool(*nn.MaxPool3d(2, return_indices=True)(x)),
        2, 2, 4, 6, 4,
    ),
    "max_unpool1d_size": function_of(
        lambda: nn.MaxUnpool1d(2, stride=2),
        lambda unpool, x: unpool(*nn.MaxPool1d(2, return_indices=True)(x), output_size=[9]),
        2, 3, 9,
    ),
    "max_unpool2d_size": function_of(
        lambda: nn.MaxUnpool2d(3, stride=2, padding=1),
        lambda unpool, x: unpool(
            *nn.MaxPool2d(3, stride=2, padding=1, return_indices=True)(x), output_size=[6, 7]
        ),
        2, 3, 6, 7,
    ),
    "max_unpool3d_size": function_of(
        lambda: nn.MaxUnpool3d((2, 1, 2)),
        lambda unpool, x: unpool(
            *nn.MaxPool3d((2, 1, 2), return_indices=True)(x), output_size=[5, 3, 4]
        ),
        2, 2, 5, 3, 4,
    ),
    "adaptive_max_pool2d_indices": function_of(
        lambda: nn.AdaptiveMaxPool2d(3, return_indices=True),
        lambda pool, x: torch.mul(*pool(x)),
        2, 3, 8, 7,
    ),
    "batch_norm1d": both_modes(lambda: nn.BatchNorm1d(3), randn(4, 3, 5)),
    "batch_norm1d_cumulative": both_modes(lambda: nn.BatchNorm1d(3, eps=1e-3, momentum=None), randn(4, 3, 5)),
    "instance_norm1d": both_modes(lambda: nn.InstanceNorm1d(3), randn(4, 3, 5)),
    "instance_norm1d_all": both_modes(lambda: nn.InstanceNorm1d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(4, 3, 5)),
    "batch_norm2d": both_modes(lambda: nn.BatchNorm2d(3), randn(4, 3, 5, 4)),
    "batch_norm2d_cumulative": both_modes(lambda: nn.BatchNorm2d(3, eps=1e-3, momentum=None), randn(4, 3, 5, 4)),
    "instance_norm2d": both_modes(lambda: nn.InstanceNorm2d(3), randn(4, 3, 5, 4)),
    "instance_norm2d_all": both_modes(lambda: nn.InstanceNorm2d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(4, 3, 5, 4)),
    "batch_norm3d": both_modes(lambda: nn.BatchNorm3d(3), randn(2, 3, 4, 3, 2)),
    "batch_norm3d_cumulative": both_modes(lambda: nn.BatchNorm3d(3, eps=1e-3, momentum=None), randn(2, 3, 4, 3, 2)),
    "instance_norm3d": both_modes(lambda: nn.InstanceNorm3d(3), randn(2, 3, 4, 3, 2)),
    "instance_norm3d_all": both_modes(lambda: nn.InstanceNorm3d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(2, 3, 4, 3, 2)),
    "batch_norm1d_vectors": both_modes(lambda: nn.BatchNorm1d(3, affine=False), randn(6, 3)),
    "batch_norm2d_no_tracking": both_modes(lambda: nn.BatchNorm2d(3, track_running_stats=False, bias=False), randn(4, 3, 5, 4)),
    "instance_norm2d_one_image": both_modes(lambda: nn.InstanceNorm2d(3, affine=True, bias=False), randn(3, 5, 4)),
    "layer_norm": both_modes(lambda: nn.LayerNorm(6), randn(4, 6)),
    "layer_norm_two": both_modes(lambda: nn.LayerNorm((3, 6), eps=1e-3, bias=False), randn(4, 3, 6)),
    "layer_norm_plain": both_modes(lambda: nn.LayerNorm(6, elementwise_affine=False), randn(2, 4, 6)),
    "group_norm": both_modes(lambda: nn.GroupNorm(3, 6), randn(4, 6, 5)),
    "group_norm_one": both_modes(lambda: nn.GroupNorm(1, 6, eps=1e-3, affine=False), randn(2, 6, 4, 3)),
    "group_norm_each": both_modes(lambda: nn.GroupNorm(4, 4, bias=False), randn(2, 4, 5)),
    "rms_norm": both_modes(lambda: nn.RMSNorm(6), randn(4, 6)),
    "rms_norm_eps": both_modes(lambda: nn.RMSNorm((3, 6), eps=1e-5), randn(4, 3, 6)),
    "rms_norm_plain": both_modes(lambda: nn.RMSNorm(6, elementwise_affine=False), randn(4, 6)),
    "local_response_norm": both_modes(lambda: nn.LocalResponseNorm(2), randn(2, 5, 6, 4)),
    "local_response_norm_all": both_modes(lambda: nn.LocalResponseNorm(3, alpha=0.5, beta=0.25, k=2.0), randn(2, 5, 6)),
    "dropout": both_modes(lambda: nn.Dropout(), randn(8, 10)),
    "dropout_p": both_modes(lambda: nn.Dropout(0.2), randn(8, 10)),
    "dropout1d": both_modes(lambda: nn.Dropout1d(), randn(4, 8, 5)),
    "dropout1d_p": both_modes(lambda: nn.Dropout1d(0.2), randn(4, 8, 5)),
    "dropout2d": both_modes(lambda: nn.Dropout2d(), randn(4, 8, 3, 2)),
    "dropout2d_p": both_modes(lambda: nn.Dropout2d(0.2), randn(4, 8, 3, 2)),
    "dropout3d": both_modes(lambda: nn.Dropout3d(), randn(2, 8, 3, 2, 2)),
    "dropout3d_p": both_modes(lambda: nn.Dropout3d(0.2), randn(2, 8, 3, 2, 2)),
    "alpha_dropout": both_modes(lambda: nn.AlphaDropout(), randn(8, 10)),
    "alpha_dropout_p": both_modes(lambda: nn.AlphaDropout(0.2), randn(8, 10)),
    "feature_alpha_dropout": both_modes(lambda: nn.FeatureAlphaDropout(), randn(4, 8, 3)),
    "feature_alpha_dropout_p": both_modes(lambda: nn.FeatureAlphaDropout(0.2), randn(4, 8, 3)),
    "dropout_all": both_modes(lambda: nn.Dropout(1.0), randn(4, 5)),
    "dropout1d_one_signal": both_modes(lambda: nn.Dropout1d(0.4), randn(8, 5)),
    "zero_pad1d": layer(lambda: nn.ZeroPad1d(2), randn(2, 3, 5)),
    "zero_pad1d_each_side": layer(lambda: nn.ZeroPad1d((1, 3)), randn(2, 3, 5)),
    "zero_pad2d": layer(lambda: nn.ZeroPad2d(2), randn(2, 3, 5, 6)),
    "zero_pad2d_each_side": layer(lambda: nn.ZeroPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "zero_pad3d": layer(lambda: nn.ZeroPad3d(2), randn(2, 3, 4, 5, 6)),
    "zero_pad3d_each_side": layer(lambda: nn.ZeroPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "reflection_pad1d": layer(lambda: nn.ReflectionPad1d(2), randn(2, 3, 5)),
    "reflection_pad1d_each_side": layer(lambda: nn.ReflectionPad1d((1, 3)), randn(2, 3, 5)),
    "reflection_pad2d": layer(lambda: nn.ReflectionPad2d(2), randn(2, 3, 5, 6)),
    "reflection_pad2d_each_side": layer(lambda: nn.ReflectionPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "reflection_pad3d": layer(lambda: nn.ReflectionPad3d(2), randn(2, 3, 4, 5, 6)),
    "reflection_pad3d_each_side": layer(lambda: nn.ReflectionPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "replication_pad1d": layer(lambda: nn.ReplicationPad1d(2), randn(2, 3, 5)),
    "replication_pad1d_each_side": layer(lambda: nn.ReplicationPad1d((1, 3)), randn(2, 3, 5)),
    "replication_pad2d": layer(lambda: nn.ReplicationPad2d(2), randn(2, 3, 5, 6)),
    "replication_pad2d_each_side": layer(lambda: nn.ReplicationPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "replication_pad3d": layer(lambda: nn.ReplicationPad3d(2), randn(2, 3, 4, 5, 6)),
    "replication_pad3d_each_side": layer(lambda: nn.ReplicationPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "circular_pad1d": layer(lambda: nn.CircularPad1d(2), randn(2, 3, 5)),
    "circular_pad1d_each_side": layer(lambda: nn.CircularPad1d((1, 3)), randn(2, 3, 5)),
    "circular_pad2d": layer(lambda: nn.CircularPad2d(2), randn(2, 3, 5, 6)),
    "circular_pad2d_each_side": layer(lambda: nn.CircularPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "circular_pad3d": layer(lambda: nn.CircularPad3d(2), randn(2, 3, 4, 5, 6)),
    "circular_pad3d_each_side": layer(lambda: nn.CircularPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "constant_pad1d": layer(lambda: nn.ConstantPad1d(2, 3.5), randn(2, 3, 5)),
    "constant_pad1d_cuts": layer(lambda: nn.ConstantPad1d((-1, 2), -0.5), randn(2, 3, 5)),
    "constant_pad2d": layer(lambda: nn.ConstantPad2d(2, 3.5), randn(2, 3, 5, 6)),
    "constant_pad2d_cuts": layer(lambda: nn.ConstantPad2d((-1, 2, 0, -2), -0.5), randn(2, 3, 5, 6)),
    "constant_pad3d": layer(lambda: nn.ConstantPad3d(2, 3.5), randn(2, 3, 4, 5, 6)),
    "constant_pad3d_cuts": layer(lambda: nn.ConstantPad3d((-1, 2, 0, -2, 1, 0), -0.5), randn(2, 3, 4, 5, 6)),
    "flatten": layer(lambda: nn.Flatten(), randn(2, 3, 4, 5)),
    "flatten_dims": layer(lambda: nn.Flatten(0, 2), randn(2, 3, 4, 5)),
    "identity": layer(lambda: nn.Identity(), randn(4, 5)),
    "unflatten": layer(lambda: nn.Unflatten(1, (2, 3)), randn(4, 6)),
    "unflatten_infers": layer(lambda: nn.Unflatten(-1, (-1, 4)), randn(2, 3, 8)),
    "unfold": layer(lambda: nn.Unfold((2, 3)), randn(2, 3, 5, 6)),
    "unfold_all": layer(lambda: nn.Unfold(3, dilation=2, padding=1, stride=(2, 1)), randn(2, 3, 7, 6)),
    "fold": layer(lambda: nn.Fold((4, 5), 2), randn(2, 12, 12)),
    "fold_all": layer(lambda: nn.Fold(6, (2, 3), dilation=(2, 1), padding=1, stride=2), randn(2, 12, 9)),
    "pixel_shuffle": layer(lambda: nn.PixelShuffle(2), randn(2, 8, 3, 4)),
    "pixel_shuffle_three": layer(lambda: nn.PixelShuffle(3), randn(9, 2, 2)),
    "pixel_unshuffle": layer(lambda: nn.PixelUnshuffle(2), randn(2, 3, 4, 6)),
    "pixel_unshuffle_three": layer(lambda: nn.PixelUnshuffle(3), randn(2, 3, 3)),
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
    "bilinear": function_of(
        lambda: nn.Bilinear(4, 5, 3), lambda b, x: b(x, F.pad(x.sin(), (0, 1))), 6, 4
    ),
    "bilinear_no_bias": function_of(
        lambda: nn.Bilinear(4, 4, 2, bias=False), lambda b, x: b(x, x.cos()), 2, 3, 4
    ),
    "softmax": layer(lambda: nn.Softmax(dim=1), randn(4, 10)),
    "softmax_dim_0": layer(lambda: nn.Softmax(dim=0), randn(4, 10)),
    "sequential": layer(
        lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Sequential(nn.Linear(5, 4))),
        randn(3, 6),
    ),
    "sequential_empty": layer(lambda: nn.Sequential(), randn(3, 6)),
    "cross_entropy": layer(lambda: nn.CrossEntropyLoss(), randn(8, 10), classes(10, 8)),
    "cross_entropy_sum": layer(
        lambda: nn.CrossEntropyLoss(reduction="sum"), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_none": layer(
        lambda: nn.CrossEntropyLoss(reduction="none"), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_weight": layer(
        lambda: nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0])),
        randn(8, 3),
        classes(3, 8),
    ),
    "cross_entropy_ignore_index": layer(
        lambda: nn.CrossEntropyLoss(ignore_index=1), randn(8, 3), classes(3, 8)
    ),
    "cross_entropy_label_smoothing": layer(
        lambda: nn.CrossEntropyLoss(label_smoothing=0.1), randn(8, 10), classes(10, 8)
    ),
    "cross_entropy_images": layer(
        lambda: nn.CrossEntropyLoss(), randn(2, 5, 3, 4), classes(5, 2, 3, 4)
    ),
    "cross_entropy_probabilities": layer(
        lambda: nn.CrossEntropyLoss(), randn(8, 10), probabilities(8, 10)
    ),
    "cross_entropy_weight_smoothing": layer(
        lambda: nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]), label_smoothing=0.2),
        randn(8, 3),
        classes(3, 8),
    ),
    "l1_loss": function_of(
        lambda: nn.L1Loss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "l1_loss_none": function_of(
        lambda: nn.L1Loss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "mse_loss": function_of(
        lambda: nn.MSELoss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "mse_loss_none": function_of(
        lambda: nn.MSELoss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss": function_of(
        lambda: nn.SmoothL1Loss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_none": function_of(
        lambda: nn.SmoothL1Loss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss": function_of(
        lambda: nn.HuberLoss(), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss_none": function_of(
        lambda: nn.HuberLoss(reduction="none"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "l1_loss_sum": function_of(
        lambda: nn.L1Loss(reduction="sum"), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_beta": function_of(
        lambda: nn.SmoothL1Loss(beta=0.25), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "smooth_l1_loss_zero": function_of(
        lambda: nn.SmoothL1Loss(beta=0.0), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "huber_loss_delta": function_of(
        lambda: nn.HuberLoss(delta=0.25), lambda l, x: l(x, x.detach().sin()), 4, 5
    ),
    "poisson_nll_loss": function_of(
        lambda: nn.PoissonNLLLoss(), lambda l, x: l(x, x.detach().abs().ceil()), 4, 5
    ),
    "poisson_nll_loss_all": function_of(
        lambda: nn.PoissonNLLLoss(log_input=False, full=True, eps=1e-4, reduction="sum"), lambda l, x: l(x.exp(), x.detach().abs().ceil()), 4, 5
    ),
    "gaussian_nll_loss": function_of(
        lambda: nn.GaussianNLLLoss(), lambda l, x: l(x, x.detach().sin(), x.exp()), 4, 5
    ),
    "gaussian_nll_loss_all": function_of(
        lambda: nn.GaussianNLLLoss(full=True, eps=0.5, reduction="none"), lambda l, x: l(x, x.detach().sin(), x[:, 0].exp()), 4, 5
    ),
    "kl_div_loss": function_of(
        lambda: nn.KLDivLoss(), lambda l, x: l(x.log_softmax(1), x.detach().cos().softmax(1)), 4, 5
    ),
    "kl_div_loss_batch_mean": function_of(
        lambda: nn.KLDivLoss(reduction="batchmean"), lambda l, x: l(x.log_softmax(1), x.detach().cos().softmax(1)), 4, 5
    ),
    "kl_div_loss_log_target": function_of(
        lambda: nn.KLDivLoss(log_target=True, reduction="sum"), lambda l, x: l(x.log_softmax(1), x.detach().cos().log_softmax(1)), 4, 5
    ),
    "nll_loss": function_of(
        lambda: nn.NLLLoss(), lambda l, x: l(x.log_softmax(1), torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "nll_loss_all": function_of(
        lambda: nn.NLLLoss(weight=torch.tensor([0.5, 1.0, 2.0]), ignore_index=0, reduction="sum"), lambda l, x: l(x.log_softmax(1), torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "nll_loss_images": function_of(
        lambda: nn.NLLLoss(weight=torch.tensor([0.5, 1.0, 2.0])), lambda l, x: l(x.log_softmax(1), torch.arange(12).remainder(3).view(2, 2, 3)), 2, 3, 2, 3
    ),
    "bce_loss": function_of(
        lambda: nn.BCELoss(), lambda l, x: l(x.sigmoid(), x.detach().cos().abs()), 4, 3
    ),
    "bce_loss_weight": function_of(
        lambda: nn.BCELoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction="none"), lambda l, x: l(x.sigmoid(), x.detach().cos().abs()), 4, 3
    ),
    "bce_with_logits_loss": function_of(
        lambda: nn.BCEWithLogitsLoss(), lambda l, x: l(x, x.detach().cos().abs()), 4, 3
    ),
    "bce_with_logits_loss_all": function_of(
        lambda: nn.BCEWithLogitsLoss(
            weight=torch.tensor([0.5, 1.0, 2.0]), pos_weight=torch.tensor([1.0, 2.0, 4.0]), reduction="sum"
        ), lambda l, x: l(x, x.detach().cos().abs()), 4, 3
    ),
    "soft_margin_loss": function_of(
        lambda: nn.SoftMarginLoss(), lambda l, x: l(x, (-x.detach()).sign()), 4, 3
    ),
    "soft_margin_loss_sum": function_of(
        lambda: nn.SoftMarginLoss(reduction="sum"), lambda l, x: l(x, (-x.detach()).sign()), 4, 3
    ),
    "multi_label_margin_loss": function_of(
        lambda: nn.MultiLabelMarginLoss(), lambda l, x: l(x, torch.tensor([[2, 0, -1, 1], [1, -1, 0, 2]])), 2, 4
    ),
    "multi_label_margin_loss_none": function_of(
        lambda: nn.MultiLabelMarginLoss(reduction="none"), lambda l, x: l(x, torch.tensor([[2, 0, -1, 1], [1, -1, 0, 2]])), 2, 4
    ),
    "multi_label_soft_margin_loss": function_of(
        lambda: nn.MultiLabelSoftMarginLoss(), lambda l, x: l(x, x.detach().cos().gt(0.5).float()), 4, 3
    ),
    "multi_label_soft_margin_loss_all": function_of(
        lambda: nn.MultiLabelSoftMarginLoss(weight=torch.tensor([0.5, 1.0, 2.0]), reduction="none"), lambda l, x: l(x, x.detach().cos().gt(0.5).float()), 4, 3
    ),
    "multi_margin_loss": function_of(
        lambda: nn.MultiMarginLoss(), lambda l, x: l(x, torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "multi_margin_loss_all": function_of(
        lambda: nn.MultiMarginLoss(
            p=2, margin=0.5, weight=torch.tensor([0.5, 1.0, 2.0]), reduction="sum"
        ), lambda l, x: l(x, torch.tensor([1, 0, 2, 1])), 4, 3
    ),
    "margin_ranking_loss": function_of(
        lambda: nn.MarginRankingLoss(), lambda l, x: l(x, x.cos(), x.detach().sin().sign()), 8
    ),
    "margin_ranking_loss_all": function_of(
        lambda: nn.MarginRankingLoss(margin=0.5, reduction="none"), lambda l, x: l(x, x.cos(), x.detach().sin().sign()), 8
    ),
    "hinge_embedding_loss": function_of(
        lambda: nn.HingeEmbeddingLoss(), lambda l, x: l(x, x.detach().sin().sign()), 4, 3
    ),
    "hinge_embedding_loss_all": function_of(
        lambda: nn.HingeEmbeddingLoss(margin=0.5, reduction="sum"), lambda l, x: l(x, x.detach().sin().sign()), 4, 3
    ),
    "cosine_embedding_loss": function_of(
        lambda: nn.CosineEmbeddingLoss(), lambda l, x: l(x, x.cos(), torch.tensor([1.0, -1.0, 1.0, -1.0])), 4, 3
    ),
    "cosine_embedding_loss_all": function_of(
        lambda: nn.CosineEmbeddingLoss(margin=0.2, reduction="none"), lambda l, x: l(x, x.cos(), torch.tensor([1.0, -1.0, 1.0, -1.0])), 4, 3
    ),
    "triplet_margin_loss": function_of(
        lambda: nn.TripletMarginLoss(), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_loss_all": function_of(
        lambda: nn.TripletMarginLoss(margin=0.5, p=1.0, eps=1e-3, swap=True, reduction="none"), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_with_distance_loss": function_of(
        lambda: nn.TripletMarginWithDistanceLoss(), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "triplet_margin_with_distance_loss_all": function_of(
        lambda: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda a, b: (a - b).abs().sum(1), margin=2.0, swap=True, reduction="sum"
        ), lambda l, x: l(x, x.cos(), x.sin()), 4, 3
    ),
    "ctc_loss": function_of(
        lambda: nn.CTCLoss(), lambda l, x: l(
            x.log_softmax(2),
            torch.tensor([[1, 2, 2, 4], [3, 1, 4, 0]]),
            torch.tensor([12, 10]),
            torch.tensor([4, 3]),
        ), 12, 2, 5
    ),
    "ctc_loss_all": function_of(
        lambda: nn.CTCLoss(blank=0, zero_infinity=True, reduction="sum"), lambda l, x: l(
            x.log_softmax(2),
            torch.tensor([[1, 2, 2, 4], [3, 1, 4, 0]]),
            torch.tensor([12, 3]),
            torch.tensor([4, 3]),
        ), 12, 2, 5
    ),
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
    "init_uniform": drawn(lambda w: nn.init.uniform_(w, -0.5, 1.5), 4, 5),
    "init_normal": drawn(lambda w: nn.init.normal_(w, 1.0, 2.0), 4, 5),
    "init_trunc_normal": drawn(lambda w: nn.init.trunc_normal_(w, 0.0, 1.0, -1.0, 1.0), 20, 15),
    "init_trunc_normal_far": drawn(lambda w: nn.init.trunc_normal_(w, 0.0, 1.0, 1.0, 2.5), 20, 15),
    "init_constant": drawn(lambda w: nn.init.constant_(w, 0.3), 4, 5),
    "init_ones": drawn(lambda w: nn.init.ones_(w), 4, 5),
    "init_zeros": drawn(lambda w: nn.init.zeros_(w), 4, 5),
    "init_eye": drawn(lambda w: nn.init.eye_(w), 4, 5),
    "init_dirac": drawn(lambda w: nn.init.dirac_(w), 4, 3, 3, 5),
    "init_dirac_groups": drawn(lambda w: nn.init.dirac_(w, 2), 4, 3, 3),
    "init_xavier_uniform": drawn(lambda w: nn.init.xavier_uniform_(w), 4, 5),
    "init_xavier_uniform_gain": drawn(lambda w: nn.init.xavier_uniform_(w, nn.init.calculate_gain("tanh")), 4, 3, 2, 2),
    "init_xavier_normal": drawn(lambda w: nn.init.xavier_normal_(w), 4, 5),
    "init_xavier_normal_gain": drawn(lambda w: nn.init.xavier_normal_(w, nn.init.calculate_gain("selu")), 4, 3, 2),
    "init_kaiming_uniform": drawn(lambda w: nn.init.kaiming_uniform_(w), 4, 5),
    "init_kaiming_uniform_fan_out": drawn(lambda w: nn.init.kaiming_uniform_(w, a=0.2, mode="fan_out"), 4, 3, 2, 2),
    "init_kaiming_normal": drawn(lambda w: nn.init.kaiming_normal_(w), 4, 5),
    "init_kaiming_normal_fan_out": drawn(lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"), 4, 3, 2, 2),
    "init_orthogonal": drawn(lambda w: nn.init.orthogonal_(w), 5, 4),
    "init_orthogonal_wide": drawn(lambda w: nn.init.orthogonal_(w, 2.0), 3, 2, 5),
    "init_sparse": drawn(lambda w: nn.init.sparse_(w, 0.3), 7, 4),
    "init_sparse_std": drawn(lambda w: nn.init.sparse_(w, 0.5, 2.0), 4, 6),
    "functional_relu": function(F.relu, 4, 10),
    "functional_softmax": function(lambda x: F.softmax(x, 1), 4, 10),
    "functional_linear": function(lambda x: F.linear(x, torch.ones(3, 5), torch.ones(3)), 4, 5),
    "functional_conv2d": function(
        lambda x: F.conv2d(x, torch.ones(2, 3, 3, 3), None, 2, 1, 1, 1), 2, 3, 7, 7
    ),
    "functional_max_pool2d": function(lambda x: F.max_pool2d(x, (2, 3)), 2, 3, 7, 7),
    "functional_cross_entropy": function(
        lambda x: F.cross_entropy(x, torch.arange(4)), 4, 10
    ),
    "my_conv2d": layer(lambda: notebook.MyConv2d(3, 1, 3), randn(1, 3, 24, 24)),
    "my_conv2d_all": layer(
        lambda: notebook.MyConv2d(3, 4, 3, dilation=2, padding=1, stride=3, bias=True),
        randn(5, 3, 13, 9),
    ),
    "my_conv2d_one_image": layer(lambda: notebook.MyConv2d(2, 3, 2), randn(2, 5, 6)),
    "recurrent_network": recurrent(by_hand),
    "recurrent_network_as_nn_rnn": recurrent(by_nn_rnn),
    "rnn": sequence_layer(lambda: nn.RNN(4, 6), 5, 3, 4),
    "rnn_layers": sequence_layer(lambda: nn.RNN(4, 6, num_layers=2, bidirectional=True), 5, 3, 4),
    "rnn_no_bias": sequence_layer(lambda: nn.RNN(4, 6, bias=False, batch_first=True), 3, 5, 4),
    "rnn_one_sequence": sequence_layer(lambda: nn.RNN(4, 6), 5, 4),
    "lstm": sequence_layer(lambda: nn.LSTM(4, 6), 5, 3, 4),
    "lstm_layers": sequence_layer(
        lambda: nn.LSTM(4, 6, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True),
        3, 5, 4,
    ),
    "lstm_one_sequence": sequence_layer(lambda: nn.LSTM(4, 6, batch_first=True), 5, 4),
    "gru": sequence_layer(lambda: nn.GRU(4, 6), 5, 3, 4),
    "gru_layers": sequence_layer(lambda: nn.GRU(4, 6, num_layers=3, dropout=0.25), 5, 3, 4),
    "gru_no_bias": sequence_layer(lambda: nn.GRU(4, 6, bias=False, bidirectional=True), 5, 3, 4),
    "rnn_cell": cell(lambda: nn.RNNCell(4, 6), 3, 4),
    "lstm_cell": cell(lambda: nn.LSTMCell(4, 6), 3, 4),
    "lstm_cell_no_bias": cell(lambda: nn.LSTMCell(4, 6, bias=False), 3, 4),
    "gru_cell": cell(lambda: nn.GRUCell(4, 6), 3, 4),
    "gru_cell_one": cell(lambda: nn.GRUCell(4, 6), 4),
    "sgd": optimizer(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_momentum": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "sgd_dampening": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    "sgd_nesterov": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    "sgd_weight_decay": optimizer(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1)),
    "sgd_maximize": optimizer(lambda p: optim.SGD(p, lr=0.01, maximize=True)),
    "sgd_all": optimizer(
        lambda p: optim.SGD(
            p, lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True
        )
    ),
    "sgd_fused": optimizer(lambda p: optim.SGD(p, lr=0.1, fused=True)),
    "sgd_fused_all": optimizer(
        lambda p: optim.SGD(
            p, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True, fused=True
        )
    ),
    "adam": optimizer(lambda p: optim.Adam(p, lr=1e-2)),
    "adam_betas_eps": optimizer(lambda p: optim.Adam(p, lr=1e-2, betas=(0.8, 0.9), eps=1e-3)),
    "adam_weight_decay": optimizer(lambda p: optim.Adam(p, lr=1e-2, weight_decay=0.1)),
    "adam_amsgrad": optimizer(lambda p: optim.Adam(p, lr=1e-2, amsgrad=True)),
    "adam_maximize": optimizer(lambda p: optim.Adam(p, lr=1e-2, maximize=True)),
    "adam_all": optimizer(
        lambda p: optim.Adam(
            p, lr=1e-2, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True, maximize=True
        )
    ),
    "adam_fused": optimizer(lambda p: optim.Adam(p, lr=1e-2, fused=True)),
    "adam_fused_all": optimizer(
        lambda p: optim.Adam(
            p, lr=1e-2, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True, fused=True
        )
    ),
    "clip_grad_norm": clipped(1.0),
    "clip_grad_norm_above": clipped(1000.0),
    "resize_down": resized(3, 75, 100),
    "resize_up": resized(3, 8, 11),
    "resize_tall": resized(3, 90, 40),
    "resize_nearly_tall": resized(3, 64, 48),
    "resize_grey": resized(1, 40, 21, (17, 33)),
    "resize_one_pixel": resized(3, 1, 1),
    "resize_strip": resized(3, 1, 1000),
}


# Cases that cannot be equal to the bit, and why.
WITHIN_TOLERANCE = {
    "recurrent_network_as_nn_rnn": "nn.RNN adds the same numbers up in another order",
}


def text(string):
    """A string as a tensor of its bytes, so that a case's result is tensors alone."""
    return torch.tensor(list(string.encode()), dtype=torch.uint8)


def run(name):
    """What the case computes after `manual_seed(0)`, and the generator's state at the end."""
    torch.manual_seed(0)
    result = CASES[name]()
    result["rng_state"] = torch.get_rng_state()
    return {key: value.detach().clone().contiguous() for key, value in result.items()}


def check(tensors):
    """Fails unless the fixture holds these tensors, floats to a tolerance: machines differ."""
    recorded = load_file(FIXTURE)
    for name in recorded.keys() | tensors.keys():
        if name not in recorded or name not in tensors:
            sys.exit(f"{FIXTURE}: {name} is on one side only; run scripts/reference.py")
        old, new = recorded[name], tensors[name]
        if old.shape != new.shape or not torch.allclose(old, new, rtol=1e-5, atol=1e-6):
            sys.exit(f"{FIXTURE}: {name} is no longer what Python computes; run scripts/reference.py")
    print(f"{len(CASES)} cases, as recorded")


def main():
    torch.set_num_threads(1)
    tensors = {"torch": text(torch.__version__.split("+")[0])}
    for name in CASES:
        # The generator's state is 5,056 bytes of which a draw changes few: `scripts/parity` has it.
        tensors |= {f"{name}/{k}": v for k, v in run(name).items() if k != "rng_state"}
    if sys.argv[1:] == ["--check"]:
        return check(tensors)
    FIXTURE.parent.mkdir(exist_ok=True)
    save_file(tensors, FIXTURE)
    print(f"{len(CASES)} cases, {FIXTURE.stat().st_size:,} bytes, written to {FIXTURE}")


if __name__ == "__main__":
    main()
