"""The course notebook's models in Python, its exercises solved the way this crate solves them.

What `src/models` is compared with, bit for bit.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


def sequential_cnn():
    """The notebook's cell."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
        nn.Softmax(dim=1),
    )


class CNN(nn.Module):
    """The notebook's cell; `conv` makes its convolutions."""

    def __init__(self, conv=nn.Conv2d):
        super().__init__()
        self.conv1 = conv(3, 6, 5)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.conv2 = conv(6, 16, 5)
        self.pool2 = nn.MaxPool2d(2, 2)
        self.neur1 = nn.Linear(16 * 5 * 5, 120)
        self.neur2 = nn.Linear(120, 84)
        self.neur3 = nn.Linear(84, 10)

    def forward(self, x):
        l1 = F.relu(self.conv1(x))
        l2 = self.pool1(l1)
        l3 = F.relu(self.conv2(l2))
        l4 = self.pool2(l3)
        l5 = nn.Flatten()(l4)
        l6 = F.relu(self.neur1(l5))
        l7 = F.relu(self.neur2(l6))
        return self.neur3(l7)


class MyConv2d(nn.Module):
    """The notebook's exercise: unfold, one product, and back to images."""

    def __init__(self, n_channels, out_channels, kernel_size, dilation=1, padding=0, stride=1, bias=False):
        super().__init__()
        self.kernel_size, self.out_channels = kernel_size, out_channels
        self.windows = {"dilation": dilation, "padding": padding, "stride": stride}
        self.weights = nn.Parameter(torch.empty(out_channels, n_channels, kernel_size**2))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weights, a=math.sqrt(5))
        if bias:
            bound = 1 / math.sqrt(n_channels * kernel_size**2)
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x):
        def along(side):
            reach = self.windows["dilation"] * (self.kernel_size - 1) + 1
            return (side + 2 * self.windows["padding"] - reach) // self.windows["stride"] + 1

        windows = F.unfold(x, self.kernel_size, **self.windows)
        result = self.weights.flatten(1) @ windows
        if self.bias is not None:
            result = result + self.bias.unsqueeze(1)
        return result.view(*x.shape[:-3], self.out_channels, along(x.shape[-2]), along(x.shape[-1]))


def my_cnn():
    """The CNN on the layer of one's own, with a bias as the built-in one."""
    return CNN(lambda *sizes: MyConv2d(*sizes, bias=True))


class RecurrentNetwork(nn.Module):
    """The notebook's exercise: one step a call, and a whole sequence by `read`."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        bound = 1 / math.sqrt(hidden_size)

        def draw(*size):
            return nn.Parameter(torch.empty(size).uniform_(-bound, bound))

        self.w_xh = draw(hidden_size, input_size)
        self.w_hh = draw(hidden_size, hidden_size)
        self.b_h = draw(hidden_size)
        self.w_hy = draw(output_size, hidden_size)
        self.b_y = draw(output_size)
        self.state = None

    def step(self, h, x):
        return torch.tanh(h @ self.w_hh.T + x @ self.w_xh.T + self.b_h)

    def output(self, h):
        return h @ self.w_hy.T + self.b_y

    def nothing(self, batch):
        return torch.zeros(batch, self.w_hh.shape[0])

    def forward(self, x):
        h = self.step(self.nothing(len(x)) if self.state is None else self.state, x)
        self.state = h.detach()
        return self.output(h)

    def read(self, sequence):
        h, outputs, hidden = self.nothing(sequence.shape[1]), [], []
        for x in sequence:
            h = self.step(h, x)
            outputs.append(self.output(h))
            hidden.append(h)
        return torch.stack(outputs), torch.stack(hidden)


def rows(images):
    """Images (N, C, H, W) as sequences of rows (H, N, C·W)."""
    return images.permute(2, 0, 1, 3).flatten(2)


def last(outputs):
    """The output after the last step."""
    return outputs[-1]


def mean(outputs):
    """The mean of the outputs of all steps."""
    return outputs.mean(0)


class BuiltInReader(nn.Module):
    """Reads an image row by row with one of torch's own layers."""

    def __init__(self, layer, answer=last):
        super().__init__()
        self.answer = answer
        self.rnn = layer(3 * 32, 128)
        self.output = nn.Linear(128, 10)

    def forward(self, images):
        outputs, _state = self.rnn(rows(images))
        return self.output(self.answer(outputs))


class RowReader(RecurrentNetwork):
    """Reads an image row by row."""

    def __init__(self, answer=last):
        super().__init__(3 * 32, 128, 10)
        self.answer = answer

    def forward(self, images):
        outputs, _hidden = self.read(rows(images))
        return self.answer(outputs)
