"""Models of the forms that real models have beside plain layers: `scripts/port port_cases:Everything`,
`:More`, `:Loops`, `:Forms`, `:Drawn` and `:Sequences`."""

import math
from collections import OrderedDict, namedtuple
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence

Pair = namedtuple("Pair", ["low", "high"])


class Tied(nn.Module):
    """A module at two places, and a parameter at two."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.first = nn.Linear(8, 8)
        self.again = self.first
        self.layers = nn.ModuleList([self.first, nn.Linear(8, 8)])
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        x = self.again(self.first(self.embedding(x)))
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


def rotations(dim, length, base=10000.0):
    inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
    return torch.outer(torch.arange(length).float(), inv_freq)


class Positions(nn.Module):
    """Buffers that are not part of the weights."""

    def __init__(self, length, scale=2.0):
        super().__init__()
        mask = torch.tril(torch.ones(length, length))
        self.register_buffer("mask", mask.view(1, length, length), persistent=False)
        self.register_buffer("angles", rotations(8, length) * scale, persistent=False)
        self.register_buffer("mean", torch.zeros(8))

    def forward(self, x):
        length = x.shape[1]
        x = torch.cat([x[..., :4] * self.angles[:length].cos(), x[..., 4:] * self.angles[:length].sin()], dim=-1)
        return self.mask[:, :length, :length] @ (x - self.mean)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.activation = F.gelu

    def scale(self, x):
        return x * 0.5

    def forward(self, x):
        return self.scale(self.activation(self.fc(x)))


class Wider(Block):
    """A class that extends another of the model's."""

    def __init__(self, width):
        super().__init__(width)
        self.out = nn.Linear(width, width)

    def scale(self, x):
        return super().scale(x) + 1

    def forward(self, x):
        return self.out(super().forward(x)) + x


class Joined(nn.Module):
    """`*args`, and keyword arguments."""

    def forward(self, *parts, scale=1.0):
        return torch.cat(parts, dim=-1) * scale


class Splits(nn.Module):
    """A named tuple, and functions within a function."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        heads = lambda t: t.view(t.shape[0], t.shape[1], 2, 4).transpose(1, 2)
        q, k, v = map(heads, self.qkv(x).chunk(3, dim=-1))

        def attend(q, k, scale):
            scores = q @ k.transpose(-2, -1) * scale
            return scores.softmax(dim=-1)

        y = (attend(q, k, 0.5) @ v).transpose(1, 2).flatten(2)
        return Pair(low=y[..., :4], high=y[..., 4:])


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        self.tied = Tied()
        self.positions = Positions(12)
        self.later = Positions(16, scale=3.0)
        self.block = Block(8)
        self.wider = Wider(8)
        self.joined = Joined()
        self.splits = Splits()
        self.fc = nn.Linear(10, 8)

    def run(self, x):
        out = {"states": self.fc(x)}
        if self.training:
            out["middle"] = out["states"] * 2
        out["last"] = self.block(out["states"])
        return out

    def forward(self, tokens, other=None, *, weights=None):
        x = self.tied(tokens)
        found = self.run(x)
        y = self.wider(self.later(self.positions(found["last"])))
        if "middle" in found:
            y = y + found["middle"]
        pair = self.splits(y)
        low, high = pair
        if other is not None:
            low = low + other
        y = self.joined(low, pair.high, scale=0.5)
        pieces = (y, x)
        y = self.joined(*pieces)
        if weights is not None:
            y = y * weights
        result = OrderedDict()
        result["out"] = y
        if self.training:
            result["aux"] = {"high": high, "sum": low + high}
        return result


class Timed(nn.Module):
    pass


class Residual(Timed):
    def __init__(self, width, dilation):
        super().__init__()
        self.conv = nn.utils.weight_norm(nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation))
        self.time = nn.Linear(4, width)

    def forward(self, x, t):
        return x + self.conv(F.leaky_relu(x, 0.1)) + self.time(t).unsqueeze(-1)


class Halved(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.op = nn.Conv1d(width, width, 3, stride=2, padding=1)

    def forward(self, x, t):
        return self.op(x)


class Chain(nn.Sequential):
    """Layers, some of which take more than one tensor."""

    def forward(self, x, t):
        for layer in self:
            if isinstance(layer, Timed):
                x = layer(x, t)
            else:
                x = layer(x)
        return x


class More(nn.Module):
    """Lists of several classes, lists that grow, plain tensors, ties inside lists, a dictionary as input."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.down = nn.ModuleList([Residual(8, 1), Halved(8), Residual(8, 2)])
        self.middle = Chain(Residual(8, 1), nn.Conv1d(8, 8, 1), nn.SiLU(), nn.BatchNorm1d(8))
        self.heads = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])
        self.heads[2].weight = self.heads[0].weight
        self.scale = torch.linspace(0.5, 2, 8).view(1, 1, 8)

    def forward(self, batch, output_states=True):
        x = self.embedding(batch["tokens"]).transpose(1, 2)
        t = batch["time"]
        skips = [x]
        states = () if output_states else None
        for layer in self.down:
            x = layer(x, t)
            skips.append(x)
            states = states + (x,)
        x = self.middle(x, t)
        first = skips.pop(0)
        x = torch.cat([x, first], dim=-1).transpose(1, 2)
        mask = batch.get("mask")
        if mask is not None:
            x = x.masked_fill(mask.unsqueeze(-1), 0.0)
        for i in range(3):
            if i > 0:
                x = self.heads[i](x)
            else:
                x = self.heads[i](x) * self.scale
        return {"out": x, "states": states, "last": skips.pop()}


# Loops of `__init__` that make layers: `scripts/port port_cases:Loops`.


def divisible(value, divisor):
    new = max(divisor, int(value + divisor / 2) // divisor * divisor)
    if new < 0.9 * value:
        new += divisor
    return new


class Setting:
    """A row of a configuration."""

    def __init__(self, width, count, out=None):
        self.width, self.count, self.out = width, count, out


class ConvAct(nn.Sequential):
    """Its activation is an argument, of one class or another, or none."""

    def __init__(self, i, o, kernel_size, activation_layer=nn.ReLU):
        layers = [nn.Conv1d(i, o, kernel_size, padding=(kernel_size - 1) // 2), nn.BatchNorm1d(o)]
        if activation_layer is not None:
            layers.append(activation_layer())
        super().__init__(*layers)


class Bottleneck(nn.Module):
    """Layers under conditions, and what is of one class or of another."""

    def __init__(self, i, o, stride=1, smooth=False, squeeze=True):
        super().__init__()
        activation = nn.Hardswish if smooth else nn.ReLU
        hidden = divisible(i * 0.3, 4)
        layers = []
        if hidden != i:
            layers.append(ConvAct(i, hidden, 1, activation))
        if squeeze:
            middle = hidden // 2
            layers += [nn.Conv1d(hidden, middle, 1), nn.Sigmoid(), nn.Conv1d(middle, hidden, 1)]
        layers.append(ConvAct(hidden, o, 3, None))
        self.body = nn.Sequential(*layers)
        self.proj = nn.Conv1d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x):
        return self.body(x) + self.proj(x)


class Stage(nn.Module):
    """As many layers as an argument says."""

    def __init__(self, width, depth, rate):
        super().__init__()
        layers = []
        for i in range(depth):
            layers.append(nn.Conv1d(width, width, 3, padding=1 + i, dilation=1 + i))
            if rate > 0:
                layers.append(nn.Dropout(rate * i / depth))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class Unit(nn.Module):
    def __init__(self, i, o, stride=1, shortcut=None):
        super().__init__()
        self.conv = nn.Conv1d(i, o, 3, stride, padding=1)
        self.shortcut = shortcut

    def forward(self, x):
        return self.conv(x) + (x if self.shortcut is None else self.shortcut(x))


class Layered(nn.Module):
    """A method that makes its layers, and changes a member."""

    def __init__(self):
        super().__init__()
        self.width = 4
        self.one = self._make_layer(4, 2)
        self.two = self._make_layer(6, 3, 2)
        self.three = self._make_layer(8, 1, stride=1)

    def _make_layer(self, planes, blocks, stride=1):
        shortcut = None
        if stride != 1 or self.width != planes:
            shortcut = nn.Sequential(nn.Conv1d(self.width, planes, 1, stride), nn.BatchNorm1d(planes))
        layers = [Unit(self.width, planes, stride, shortcut)]
        self.width = planes
        for _ in range(1, blocks):
            layers.append(Unit(self.width, planes))
        return nn.Sequential(*layers)

    def forward(self, x):
        return self.three(self.two(self.one(x)))


class Gated(nn.Module):
    """A member that the first instance lacks, between others, and one that is set anew under a condition."""

    def __init__(self, i, o, gate=False):
        super().__init__()
        self.a = nn.Conv1d(i, o, 1)
        self.gate = nn.Linear(4, 4) if gate else None
        self.b = nn.BatchNorm1d(o)
        self.shortcut = nn.Sequential()
        if i != o:
            self.shortcut = nn.Sequential(nn.Conv1d(i, o, 1, bias=False), nn.BatchNorm1d(2 * o // 2))

    def forward(self, x):
        y = self.a(x)
        if self.gate is not None:
            y = self.gate(y)
        return self.b(y) + self.shortcut(x)


class Settled(nn.Module):
    """It is made with a configuration."""

    def __init__(self, setting):
        super().__init__()
        self.conv = nn.Conv1d(setting.width, setting.out, setting.count)

    def forward(self, x):
        return self.conv(x)


class Strides(nn.Module):
    """A list that is another at each call."""

    def __init__(self):
        super().__init__()
        self.planes = 8
        self.one = self._make(8, 1, 1)
        self.two = self._make(6, 3, 2)

    def _make(self, o, count, stride):
        strides = [stride] + [1] * (count - 1)
        layers = []
        for stride in strides:
            layers.append(nn.Conv1d(self.planes, o, 3, stride, padding=1))
            self.planes = o
        return nn.Sequential(*layers)

    def forward(self, x):
        return self.two(self.one(x))


class Loops(nn.Module):
    def __init__(self, channels=6, layers=5, kernel_size=3, depths=(2, 1, 3), heads=(1, 2, 4), widths=(4, 8, 12), rate=0.2):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.convs = nn.ModuleList()
        self.gates = nn.ModuleList()
        for i in range(layers):
            dilation = 2**i
            padding = (kernel_size - 1) * dilation // 2
            self.convs.append(nn.Conv1d(channels, channels, kernel_size, dilation=dilation, padding=padding))
            self.gates.append(nn.Conv1d(channels, channels, 1))

        dims = [channels] + list(widths)
        blocks = []
        for d_in, d_out in zip(dims[:-1], dims[1:]):
            blocks += [nn.Conv1d(d_in, d_out, 1), nn.BatchNorm1d(d_out), nn.ReLU(inplace=True)]
        blocks.append(nn.Conv1d(dims[-1], channels, 1))
        self.narrow = nn.Sequential(*blocks)

        total, block = sum(depths), 0
        stages = [nn.Sequential(nn.Conv1d(channels, 8, 2, stride=2), nn.ReLU())]
        for stage in range(len(depths)):
            inside = []
            dim = 8 * 2**stage
            for place in range(depths[stage]):
                drop = rate * float(block) / (total - 1)
                inside.append(nn.Conv1d(dim, dim, 3, padding=1, groups=heads[stage] if place % 2 == 0 else 1))
                inside.append(nn.Dropout(drop))
                block += 1
            stages.append(nn.Sequential(*inside))
            if stage < len(depths) - 1:
                stages.append(nn.Conv1d(dim, 2 * dim, 1))
        self.stages = nn.Sequential(*stages)

        rows = []
        for row in (Setting(32, 2, 16), Setting(16, 1, 12), Setting(12, 3)):
            for _ in range(row.count):
                rows.append(Bottleneck(row.width, row.width, smooth=row.count > 1))
            if row.out is not None:
                rows.append(nn.Sequential(nn.BatchNorm1d(row.width), nn.Conv1d(row.width, row.out, 1)))
        self.rows = nn.ModuleList(rows)

        hidden = 12
        mixed = []
        for t, c, n in ((1, 11, 1), (2, 17, 2), (2, 9, 1)):
            out = divisible(c, 4)
            for i in range(n):
                mixed.append(Bottleneck(hidden, out, smooth=t == 2, squeeze=i == 0))
                hidden = out
        self.mixed = nn.Sequential(*mixed)

        self.pyramid = nn.ModuleList([nn.Conv1d(i, o, 1) for i, o in ((hidden, 6), (6, 5), (5, 4))])
        self.drops = nn.Sequential(*[nn.Dropout(x) for x in (0.1, 0.2, 0.3)])
        self.few = Stage(4, 2, 0.0)
        self.some = Stage(4, 3, 0.3)
        self.many = Stage(4, 4, 0.5)
        self.layered = Layered()
        self.plain, self.wider = Gated(8, 8), Gated(8, 8, gate=True)
        self.other = Gated(8, 6)
        self.strides = Strides()
        by_settings = []
        for setting in (Setting(5, 2, 7), Setting(7, 1, 6)):
            by_settings.append(Settled(setting))
        self.settled = nn.Sequential(*by_settings)

    def forward(self, x):
        x = x * self.scale.view(-1, 1)
        for conv, gate in zip(self.convs, self.gates):
            x = x + torch.tanh(conv(x)) * torch.sigmoid(gate(x))
        x = self.stages(self.narrow(x))
        for row in self.rows:
            x = row(x)
        x = self.mixed(x)
        for i in range(len(self.pyramid)):
            x = self.pyramid[i](x)
        x = self.layered(self.drops(self.many(self.some(self.few(x)))))
        return self.settled(self.other(self.wider(self.plain(x)))[:, :5]), self.strides(x)


class Graph(nn.Module):
    """Parameters of its own, one of them under a condition, and a method that sets them."""

    def __init__(self, width, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.FloatTensor(width, width))
        if bias:
            self.bias = nn.Parameter(torch.FloatTensor(width))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = nn.init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            self.bias.data.uniform_(-bound, bound)

    def forward(self, x):
        y = x @ self.weight
        return y + self.bias if self.bias is not None else y


class Waves(nn.Module):
    """Buffers that are computed, in `__init__` and in a method."""

    def __init__(self, width, length=20):
        super().__init__()
        waves = torch.zeros(length, width)
        position = torch.arange(0, length, dtype=torch.float).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
        waves[:, 0::2] = torch.sin(position * frequency)
        waves[:, 1::2] = torch.cos(position * frequency)
        self.register_buffer("waves", waves.unsqueeze(0))
        self.sides = (2, 3)
        self.make_index()

    def make_index(self):
        index = torch.stack(torch.meshgrid(torch.arange(self.sides[0]), torch.arange(self.sides[1]), indexing="ij"))
        index[0] *= 2 * self.sides[1] - 1
        self.register_buffer("index", index.sum(0).flatten())

    def forward(self, x):
        return x + self.waves[:, : x.size(1)] + self.index.sum()


class Between(nn.Module):
    """What is drawn before other members are made."""

    def __init__(self, width, std, zero=False):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        nn.init.normal_(self.fc1.weight, std=std)
        nn.init.zeros_(self.fc1.bias)
        self.token = nn.Parameter(torch.randn(1, 1, width) * std)
        self.table = nn.Parameter(torch.empty(width).normal_(std=0.02))
        self.fc2 = nn.Linear(width, width)
        self.scale = nn.Parameter(1e-5 * torch.ones(width))
        nn.init.xavier_uniform_(self.fc2.weight, gain=nn.init.calculate_gain("relu"))
        if zero:
            nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x + self.token))) * self.scale + self.table


class Scaled(nn.Linear):
    def __init__(self, width, scale):
        super().__init__(width, width)
        self.scale = scale

    def forward(self, x):
        return super().forward(x) * self.scale


class Language(nn.Module):
    """`apply` with a method, loops over named parameters and over lists, a tie."""

    def __init__(self, layers=2, std=0.05):
        super().__init__()
        self.std = std
        self.embedding = nn.Embedding(10, 8, padding_idx=0)
        self.graphs = nn.ModuleList([Graph(8), Graph(8, bias=False)])
        self.waves = Waves(8)
        self.between = nn.ModuleList([Between(8, 0.1), Between(8, 0.3, zero=True)])
        self.scaled = Scaled(8, 2.0)
        self.proj = nn.Linear(8, 8, bias=False)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 10, bias=False)
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("proj.weight"):
                nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * layers))
        for block in self.between:
            nn.init.constant_(block.fc1.bias, -0.5)
        self.head.weight = self.embedding.weight

    def _init_weights(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=self.std)
        elif isinstance(module, nn.LayerNorm):
            module.bias.data.zero_()
            module.weight.data.fill_(0.5)
        if isinstance(module, nn.Linear) and module.bias is not None:
            module.bias.data.zero_()
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            module.weight.data[module.padding_idx].zero_()

    def forward(self, x):
        x = self.waves(self.embedding(x))
        for graph in self.graphs:
            x = graph(x)
        for block in self.between:
            x = block(x)
        return self.head(self.norm(self.proj(self.scaled(x))))


def start(m):
    kind = m.__class__.__name__
    if kind.find("Conv") != -1:
        m.weight.data.normal_(0.0, 0.02)
    elif kind.find("BatchNorm") != -1:
        m.weight.data.normal_(1.0, 0.02)
        m.bias.data.fill_(0)


def fill(layer, std=0.1, bias=None):
    nn.init.trunc_normal_(layer.weight, std=std)
    if bias is not None:
        nn.init.constant_(layer.bias, bias)


class Standardized(nn.Conv2d):
    """Numbers of a layer's, of which it makes one for each side."""

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Picture(nn.Module):
    """`apply` with a function, loops over modules and layers, functions of a layer, changes without a gradient."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()]
        last = nn.Conv2d(4, 4, 3)
        self.first, self.second = Standardized(3, 3, 3, 2, 1), Standardized(3, 3, 1)
        self.net = nn.Sequential(*layers, last)
        self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.a.std = 0.3
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.table = nn.Parameter(torch.empty(4, 4))
        nn.init.orthogonal_(self.table, gain=2.0)
        self.apply(start)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=m.std if hasattr(m, "std") else 0.1)
            if not isinstance(m, nn.Conv2d):
                continue
            fan_out = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
            if m is last:
                nn.init.normal_(m.weight, std=math.sqrt(2.0 / fan_out))
            if hasattr(m, "bias") and m.bias is not None:
                nn.init.uniform_(m.bias, -0.1, 0.1)
        for layer in self.net:
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.constant_(layer.bias, 0.25)
        for layer in (self.a, self.b):
            nn.init.ones_(layer.bias)
        fill(self.c)
        fill(self.b, 0.2, bias=1.0)
        nn.init.zeros_(self.net[-1].weight[0])
        with torch.no_grad():
            self.a.weight.mul_(0.5)
            self.a.bias.copy_(torch.arange(4) * 0.1)
            self.a.weight[0, 1:] = 0.75
            self.c.weight *= 2
        for name, p in self.lstm.named_parameters():
            if "weight_hh" in name:
                nn.init.orthogonal_(p)
            elif "bias" in name:
                p.data.fill_(0)
                n = p.size(0)
                p.data[n // 4 : n // 2].fill_(1)

    def forward(self, x):
        y = self.net(x + self.second(self.first(x)).mean((2, 3), keepdim=True)).mean((2, 3))
        y = self.c(self.b(self.a(y))) @ self.table
        y, _ = self.lstm(y.unsqueeze(1))
        return y


class Drawn(nn.Module):
    """Initial values, of which each form of theirs is one of Python's under the same seed."""

    def __init__(self):
        super().__init__()
        self.language = Language()
        self.picture = Picture()

    def forward(self, tokens, image):
        return self.language(tokens), self.picture(image)


# Sequences: `scripts/port port_cases:Sequences`.


class DropPath(nn.Module):
    """As timm has it."""

    def __init__(self, drop_prob):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if self.drop_prob == 0.0 or not self.training:
            return x
        keep_prob = 1 - self.drop_prob
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        random_tensor = x.new_empty(shape).bernoulli_(keep_prob)
        if keep_prob > 0.0:
            random_tensor.div_(keep_prob)
        return x * random_tensor


class Cells(nn.Module):
    """A step at a time."""

    def __init__(self, dim):
        super().__init__()
        self.lstm = nn.LSTMCell(dim, dim)
        self.gru = nn.GRUCell(dim, dim, bias=False)
        self.rnn = nn.RNNCell(dim, dim, nonlinearity="relu")
        self.dim = dim

    def forward(self, x):
        h = torch.zeros(x.shape[0], self.dim, device=x.device)
        c, g = torch.zeros_like(h), torch.zeros_like(h, dtype=torch.float32)
        r = self.rnn(x[:, 0])
        outputs = []
        for i in range(x.shape[1]):
            h, c = self.lstm(x[:, i], (h, c))
            g = self.gru(x[:, i], g)
            r = self.rnn(x[:, i], hx=r)
            outputs.append(h + g + r)
        return torch.stack(outputs, dim=1)


class Packed(nn.Module):
    """Sequences of different lengths."""

    def __init__(self, dim):
        super().__init__()
        self.lstm = nn.LSTM(dim, dim, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(2 * dim, dim, batch_first=True)

    def read(self, packed):
        output, _ = self.gru(packed)
        return output

    def forward(self, x, tokens):
        lengths = (tokens != 0).sum(dim=1).clamp(min=1)
        mask = torch.arange(tokens.size(1))[None, :] < lengths[:, None]
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed, (h, c) = self.lstm(packed)
        packed = self.read(PackedSequence(packed.data * 2, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices))
        output, lens = pad_packed_sequence(packed, batch_first=True, padding_value=-1.0, total_length=tokens.size(1))
        rows = [x[0, :2], x[1, :3]]
        padded = pad_sequence(rows, batch_first=True) + pad_sequence([x[0, 1:4], x[1, :1]], batch_first=True, padding_value=0.5)
        back, _ = pad_packed_sequence(pack_sequence(rows, enforce_sorted=False))
        return output * mask.unsqueeze(-1), h + c, lens, padded, back


class Sequences(nn.Module):
    """Stacks with masks, cells, packed sequences, sizes made of tuples, draws after other tensors."""

    def __init__(self, dim=16, depth=2, size=8, patch=4):
        super().__init__()
        n = (size // patch) ** 2
        self.embedding = nn.Embedding(20, dim, padding_idx=0)
        self.pos = nn.Parameter(torch.randn(1, n + 1, dim) * 0.02)
        layer = nn.TransformerEncoderLayer(dim, 2, dim * 2, 0.1, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(dim), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(dim, 2, dim * 2, activation=F.gelu, batch_first=True), depth)
        self.whole = nn.Transformer(dim, 2, 1, 1, 32, batch_first=True)
        self.single = nn.TransformerDecoderLayer(dim, 2, 32, batch_first=True)
        self.cells = Cells(dim)
        self.packed = Packed(dim)
        self.fc1, self.fc2, self.act = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.ReLU()
        self.drop_path = DropPath(0.25)
        self.hidden_dims = [4, dim]

    def pool(self, x, mean):
        return x.mean(dim=1) if mean else x.sum(dim=1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std + torch.rand_like(std, dtype=torch.float32)

    def forward(self, tokens, tgt):
        pad = tokens == 0
        x = self.embedding(tokens) + self.pos
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.size(1), device=tgt.device)
        memory = self.encoder(x, mask=self.whole.generate_square_subsequent_mask(x.shape[1]) < 0, src_key_padding_mask=pad)
        y = self.decoder(tgt, memory, causal, memory_key_padding_mask=pad, tgt_is_causal=True)
        y = self.single(y, memory, tgt_mask=causal)
        y = self.whole(memory, y, None, causal, tgt_is_causal=True)
        for layer in (self.fc1, self.fc2):
            y = layer(y)
        for layer in [self.act, self.fc1]:
            y = layer(y)
        y = self.drop_path(y.masked_fill(y < 0.01, -torch.finfo(y.dtype).eps))
        pooled = []
        for mean in (True, False):
            pooled.append(self.pool(y, mean))
        z = self.reparameterize(pooled[0], pooled[1]) + torch.randint_like(pooled[0], 2, 5)
        for scale in (1, 2.5):
            z = z * scale
        z = z.view(-1, self.hidden_dims[-1]) / self.hidden_dims[-1] - torch.tensor([[0.5], [1]])
        output, state, lengths, padded, back = self.packed(memory, tokens)
        return z, self.cells(y), output, state, lengths, padded, back


class Vec(nn.Module):
    """A class that is called as a type of Rust's, with parameters whose names differ in their case."""

    def __init__(self, dim):
        super().__init__()
        self.W = nn.Parameter(torch.randn(dim, dim))
        self.w = nn.Parameter(torch.randn(dim))
        self.kernels = nn.ParameterList([nn.Parameter(torch.rand(dim, dim)) for _ in range(2)])

    def part(self, x):
        if x.size(1) > 100:
            return None
        return x[:, :1]

    def mask(self, x):
        if x.size(1) > 100:
            return torch.ones_like(x)
        return None

    def forward(self, x):
        part, mask = self.part(x), self.mask(x)
        if part is not None:
            x = x + part
        if mask is not None:
            x = x * mask
        for kernel in self.kernels:
            x = x @ kernel
        return x @ self.W + self.w


class Asked(nn.Module):
    """Arguments that need not be given, though here they are."""

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x, context=None, mask: Optional[Tensor] = None, scale=None):
        context = context if context is not None else x
        if mask is None:
            mask = torch.ones_like(x)
        if scale is not None:
            scale = scale.unsqueeze(-1)
        for _ in range(2):
            x = self.fc(x) * mask + context
            if scale is not None:
                x = x * scale
        return F.linear(x, self.fc.weight, self.fc.bias)


class Norm(nn.LayerNorm):
    """A layer's arguments, without an `__init__`, and a bias that may be missing."""

    def forward(self, x):
        return F.layer_norm(x, self.normalized_shape, self.weight.to(x.dtype), None if self.bias is None else self.bias.to(x.dtype), self.eps)


class Optional(nn.Module):
    """Members that some have, under the names of variables, and members that are asked for by name."""

    def __init__(self, dim, gated=False, biased=True, act=None, scale=None, body=None):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.gate = nn.Linear(dim, dim) if gated else None
        self.bias = nn.Parameter(torch.randn(dim)) if biased else None
        self.act = act
        if body is not None:
            self.body = body
        if scale is not None:
            self.scale = scale
        for i in range(1, 3):
            self.add_module(f"norm{i}", nn.LayerNorm(dim))
            setattr(self, "out%d" % i, nn.Linear(dim, dim))

    def forward(self, x):
        gate, bias = self.gate, self.bias
        y = F.linear(x, self.proj.weight, bias)
        if gate is not None:
            y = y * torch.sigmoid(gate(x))
        for i in range(2):
            norm = getattr(self, "norm{}".format(i + 1))
            y = norm(y) + getattr(self, f"out{i + 1}")(x)
        body = getattr(self, "body", None)
        y = y if body is None else body(y)
        scale = getattr(self, "scale", None)
        if scale is not None:
            y = y * scale
        if getattr(self, "bias", None) is not None:
            y = y + self.bias
        y = self.shifted(y, self.gate, self.bias)
        act = self.act
        if not act:
            return y
        return act(y)

    def shifted(self, x, layer, bias=None):
        if layer is not None:
            x = layer(x)
        return F.layer_norm(x, (x.size(-1),), None, bias)


class Forms(nn.Module):
    """What is decided before it is asked, numbers that nothing reads, sizes beside tuples, parts of lists, views that change."""

    def __init__(self, dim=8, size=16, limit=0):
        super().__init__()
        self.limit = limit
        self.vec, self.asked = Vec(dim), Asked(dim)
        self.norm = Norm(dim, eps=1e-3)
        self.some, self.other = Optional(dim, True, act=nn.GELU(), scale=0.5), Optional(dim, biased=False, body=nn.Linear(dim, dim))
        self.fcs = nn.ModuleList([nn.Linear(dim, dim) for _ in range(3)])
        layers = []
        width = dim
        while size > 4:
            layers.append(nn.Linear(width, width * 2))
            layers.append(nn.ReLU())
            width *= 2
            size //= 2
        self.net = nn.Sequential(*layers)

    def route(self, x):
        logits = torch.zeros_like(x)
        for i in range(3):
            votes = self.fcs[0](F.softmax(logits, dim=-1) * x)
            if i < 2:
                logits = logits + votes
        return votes

    def forward(self, x):
        scale, count = 1, 0
        if x.size(1) < 100 or self.training:
            x = x * 2
        if x.shape[1:] == (3, 8) and list(x.shape) == [2, 3, 8]:
            x = x + 1
        for i, j in zip(range(3), reversed(range(3))):
            x = self.fcs[i](x) + self.fcs[j](x) * (j + 1)
            scale *= 2
        for i, fc, other in zip(range(3), self.fcs, reversed(self.fcs)):
            x = fc(x) * count + other(x) * i
            count += 1
        y = self.norm(self.other(self.some(x))) * 2
        y += 1
        y[:, 0] += x[:, 1] * 0.5
        y[..., :2] *= 3
        y[0] -= x[1]
        y[1, 2, 3] /= 2
        y[y > 2] += 1
        k = self.limit or x.size(1) // 2
        parts = [self.fcs[0](x), self.vec(x), self.route(x)]
        middle = torch.cat(parts[1:-1], dim=1)[:, :k]
        total = sum(parts) + self.vec.part(x) + self.asked(x, x, mask=y, scale=x.mean(-1))
        return self.net(torch.cat([middle, total, torch.stack(parts[:2]).sum(dim=0)], dim=1))
