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
    """The notebook's exercise: windows, their products with the kernels, and back to images."""

    def __init__(self, n_channels, out_channels, kernel_size, dilation=1, padding=0, stride=1, bias=False):
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride
        self.weights = nn.Parameter(torch.empty(out_channels, n_channels, kernel_size**2))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weights, a=math.sqrt(5))
        if bias:
            bound = 1 / math.sqrt(n_channels * kernel_size**2)
            nn.init.uniform_(self.bias, -bound, bound)

    def unfold(self, x, dim):
        """The windows along one dimension; their k cells become the last dimension."""
        reach = self.dilation * (self.kernel_size - 1) + 1
        return x.unfold(dim, reach, self.stride)[..., :: self.dilation]

    def forward(self, x):
        if x.dim() == 3:
            return self.forward(x.unsqueeze(0)).squeeze(0)
        if self.padding > 0:
            x = F.pad(x, [self.padding] * 4)

        # The windows' only copy, (H, C, k, N, W'): k rows on end hold those of a row of the output.
        lines = self.unfold(x, 3).permute(2, 1, 4, 0, 3).contiguous()
        windows = self.unfold(lines, 0).permute(0, 5, 1, 2, 3, 4)  # (H', k, C, k, N, W')
        rows, k, channels, _, images, columns = windows.shape
        windows = windows.reshape(rows, k * channels * k, images * columns)

        out = len(self.weights)
        weights = self.weights.view(out, channels, k, k).transpose(1, 2).flatten(1)
        weights = weights.expand(rows, -1, -1)  # (H', out, k·C·k)
        if self.bias is None:
            result = torch.bmm(weights, windows)  # (H', out, N·W')
        else:
            result = torch.baddbmm(self.bias.unsqueeze(1), weights, windows)
        return result.view(rows, out, images, columns).permute(2, 1, 0, 3).contiguous()


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

    def enter(self, x):
        return F.linear(x, self.w_xh, self.b_h)

    def step(self, h, entering):
        return torch.addmm(entering, h, self.w_hh.T).tanh_()

    def output(self, h):
        return F.linear(h, self.w_hy, self.b_y)

    def nothing(self, batch):
        return torch.zeros(batch, self.w_hh.shape[0])

    def forward(self, x):
        h = self.nothing(len(x)) if self.state is None else self.state
        h = self.step(h, self.enter(x))
        self.state = h.detach()
        return self.output(h)

    def read(self, sequence):
        h, hidden = self.nothing(sequence.shape[1]), []
        for entering in self.enter(sequence):
            h = self.step(h, entering)
            hidden.append(h)
        hidden = torch.stack(hidden)
        return self.output(hidden), hidden


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
