"""Gradient scaling: torch.amp.GradScaler with each optimizer."""

import copy

import torch
from torch import nn, optim
from torch.nn import functional as F

from .helpers import text
from .optimizer import kept, network, numbers

INF, NAN = float("inf"), float("nan")
# A scale that is no power of two shows in the last bits whether gradients are divided by it, or
# multiplied by what.
ODD = 1000 / 3


def state(scaler, name="scaler"):
    """The scaler's state, and its keys."""
    values = [numbers(value) for value in scaler.state_dict().values()]
    return {
        f"{name}.keys": text("\n".join(scaler.state_dict())),
        f"{name}.values": torch.cat([torch.empty(0, dtype=torch.float64), *values]),
        f"{name}.scale": torch.tensor(scaler.get_scale(), dtype=torch.float64),
    }


def iteration(model, x, algorithm, scaler, spoiled=None, clip=None):
    """One, in which a gradient comes to be what `spoiled` says."""
    algorithm.zero_grad()
    scaler.scale(model(x).square().mean()).backward()
    if spoiled is not None:
        model[0].weight.grad[1, 2] = spoiled
    if clip:
        scaler.unscale_(algorithm)
        nn.utils.clip_grad_norm_(model.parameters(), clip)
    scaler.step(algorithm)


def scaled(build, steps=8, spoiled={}, clip=None, dtype=None, **options):
    """Some iterations, in which `spoiled` says what a gradient comes to be: the scale after each, the
    weights, and what the optimizer and the scaler keep."""

    def run():
        model = network().to(dtype)
        x = torch.randn(8, 6, dtype=dtype)
        algorithm = build(model.parameters())
        scaler = torch.amp.GradScaler("cpu", **options)
        scales = []
        for step in range(steps):
            iteration(model, x, algorithm, scaler, spoiled.get(step), clip)
            scaler.update()
            scales.append(scaler.get_scale())
        result = {"scales": torch.tensor(scales, dtype=torch.float64)} | dict(model.state_dict())
        grads = {f"{name}.grad": p.grad for name, p in model.named_parameters()}
        return result | grads | kept(algorithm) | state(scaler)

    return run


def new_scales():
    """The scale is set from outside: by a number, and by a tensor."""
    model = network()
    x = torch.randn(8, 6)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", growth_interval=2)
    scales = []
    for new_scale in [None, 77.7, None, None, torch.tensor(3.25, dtype=torch.float64), None, None, None]:
        iteration(model, x, sgd, scaler)
        scaler.update(new_scale)
        scales.append(scaler.get_scale())
    return {"scales": torch.tensor(scales, dtype=torch.float64)} | dict(model.state_dict()) | state(scaler)


def resumed(began):
    """A scaler takes another's state over in the middle, before its own first scale or after."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        adam = optim.Adam(model.parameters(), lr=0.01)
        first = torch.amp.GradScaler(
            "cpu", init_scale=ODD, growth_factor=1.7, backoff_factor=0.3, growth_interval=4
        )
        untouched = state(first, "untouched")
        for step in range(6):
            iteration(model, x, adam, first, INF if step == 2 else None)
            first.update()
        second = torch.amp.GradScaler("cpu")
        if began:
            second.scale(torch.ones(()))
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        result = untouched | state(second, "loaded")
        for _ in range(6):
            iteration(model, x, adam, second)
            second.update()
        return result | dict(model.state_dict()) | kept(adam) | state(second)

    return run


def two_optimizers(fused):
    """Two optimizers, of which the first alone leaves a step out."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        first = optim.Adam(model[0].parameters(), lr=0.01, fused=fused)
        second = optim.SGD(model[2].parameters(), lr=0.1, momentum=0.9)
        scaler = torch.amp.GradScaler("cpu", init_scale=ODD, growth_interval=2)
        result = {}
        for step in range(6):
            first.zero_grad()
            second.zero_grad()
            losses = scaler.scale([model(x).square().mean(), model(x).abs().mean()])
            sum(losses).backward()
            if step == 2:
                model[0].bias.grad[3] = NAN
            scaler.step(first)
            scaler.step(second)
            scaler.update()
            result |= state(scaler, f"scaler.{step}")
        return result | dict(model.state_dict()) | kept(first, "first") | kept(second, "second")

    return run


def setters():
    """Factors and interval are set in the middle."""
    model = network()
    x = torch.randn(8, 6)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=ODD)
    result = {}
    for step in range(6):
        if step == 2:
            scaler.set_growth_factor(1.3)
            scaler.set_backoff_factor(0.7)
            scaler.set_growth_interval(3)
        iteration(model, x, sgd, scaler, INF if step == 3 else None)
        scaler.update()
        result |= state(scaler, f"scaler.{step}")
    told = [scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval()]
    return result | dict(model.state_dict()) | {"told": torch.tensor(told, dtype=torch.float64)}


def accumulated():
    """Two backward passes a step, by one scale."""
    model = network()
    x = torch.randn(2, 8, 6)
    adam = optim.AdamW(model.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=ODD, growth_interval=2)
    for step in range(6):
        adam.zero_grad()
        for part in x:
            scaler.scale(model(part).square().mean() / 2).backward()
        if step == 3:
            model[2].weight.grad[0, 0] = -INF
        scaler.step(adam)
        scaler.update()
    return dict(model.state_dict()) | kept(adam) | state(scaler)


def sparse():
    """The gradient of an embedding has but some rows, one of them twice."""
    embedding = nn.Embedding(6, 3, sparse=True)
    sgd = optim.SGD(embedding.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=ODD, growth_interval=2)
    rows = torch.tensor([1, 4, 1, 0])
    for step in range(5):
        sgd.zero_grad()
        scaler.scale((embedding(rows) * (INF if step == 2 else 1.0)).square().mean()).backward()
        scaler.unscale_(sgd)
        grad = embedding.weight.grad
        scaler.step(sgd)
        scaler.update()
    return {"weight": embedding.weight, "grad": grad.to_dense()} | state(scaler)


def several_kinds():
    """Parameters in single and in double precision."""
    single, double = nn.Linear(4, 3), nn.Linear(4, 3).double()
    x = torch.randn(5, 4)
    params = [*single.parameters(), *double.parameters()]
    adam = optim.Adam(params, lr=0.01, fused=True)
    sgd = optim.SGD(params, lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=ODD)
    for algorithm in [adam, sgd, adam, sgd]:
        adam.zero_grad()
        loss = single(x).square().mean() + double(x.double()).square().mean()
        scaler.scale(loss).backward()
        scaler.step(algorithm)
        scaler.update()
    weights = {f"single.{name}": w for name, w in single.state_dict().items()}
    weights |= {f"double.{name}": w for name, w in double.state_dict().items()}
    return weights | kept(adam) | {"loss": loss} | state(scaler)


def kinds_of_outputs():
    """What a scale makes of each kind of numbers."""
    scaler = torch.amp.GradScaler("cpu", init_scale=ODD)
    kinds = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64]
    outputs = [torch.tensor(value, dtype=kind) for kind in kinds for value in [1, [1, 2]]]
    return {f"{i}": scaler.scale(output) for i, output in enumerate(outputs)}


def half():
    """Autocast to half precision, whose gradients overflow at first."""
    model = network()
    x = torch.randn(8, 6)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**24, growth_interval=3)
    result = {}
    for step in range(16):
        sgd.zero_grad()
        with torch.autocast("cpu", dtype=torch.float16):
            loss = F.mse_loss(model(x), x[:, :3])
        scaler.scale(loss).backward()
        scaler.step(sgd)
        scaler.update()
        result |= state(scaler, f"scaler.{step}")
    return result | {f"late.{k}": v for k, v in model.state_dict().items()}


def sgd(params, **options):
    return optim.SGD(params, lr=0.1, **options)


CASES = {
    "scaler_growth": scaled(sgd, growth_interval=3),
    "scaler_backoff": scaled(sgd, spoiled={2: INF, 3: INF, 5: -INF}, init_scale=1024),
    "scaler_nan": scaled(sgd, spoiled={0: NAN, 6: NAN}, growth_interval=2),
    "scaler_odd_factors": scaled(
        sgd, spoiled={3: INF}, init_scale=ODD, growth_factor=1.7, backoff_factor=0.3, growth_interval=2
    ),
    "scaler_growth_interval_1": scaled(sgd, spoiled={4: NAN}, growth_interval=1),
    "scaler_grows_to_the_largest": scaled(sgd, init_scale=2.0**125, growth_interval=1, growth_factor=1.9),
    "scaler_below_1": scaled(sgd, spoiled={i: INF for i in range(8)}, init_scale=2.0),
    "scaler_disabled": scaled(sgd, enabled=False, growth_factor=0.5),
    "scaler_clipped": scaled(sgd, clip=0.1, init_scale=ODD),
    "scaler_clipped_inf": scaled(sgd, spoiled={1: INF}, clip=0.1, init_scale=ODD),
    "scaler_double": scaled(sgd, dtype=torch.float64, spoiled={1: INF}, init_scale=ODD),
    "scaler_new_scale": new_scales,
    "scaler_resumed": resumed(began=False),
    "scaler_resumed_after_its_first": resumed(began=True),
    "scaler_two_optimizers": two_optimizers(fused=False),
    "scaler_two_optimizers_fused": two_optimizers(fused=True),
    "scaler_setters": setters,
    "scaler_accumulated": accumulated,
    "scaler_sparse": sparse,
    "scaler_several_kinds": several_kinds,
    "scaler_kinds_of_outputs": kinds_of_outputs,
    "scaler_half": half,
    "scaler_sgd_momentum": scaled(lambda p: sgd(p, momentum=0.9), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_sgd_fused": scaled(lambda p: sgd(p, fused=True), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_sgd_fused_momentum": scaled(
        lambda p: sgd(p, momentum=0.9, nesterov=True, weight_decay=0.1, fused=True),
        spoiled={2: INF, 3: NAN}, init_scale=ODD,
    ),
    "scaler_adam": scaled(lambda p: optim.Adam(p, lr=0.01), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_adam_fused": scaled(
        lambda p: optim.Adam(p, lr=0.01, fused=True), spoiled={0: INF, 3: NAN}, init_scale=ODD
    ),
    "scaler_adam_fused_all": scaled(
        lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1, amsgrad=True, maximize=True, fused=True),
        spoiled={2: -INF}, init_scale=ODD, growth_interval=2,
    ),
    "scaler_adam_fused_clipped": scaled(
        lambda p: optim.Adam(p, lr=0.01, fused=True), spoiled={2: INF}, clip=0.1, init_scale=ODD
    ),
    "scaler_adamw": scaled(lambda p: optim.AdamW(p, lr=0.01), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_adamw_fused": scaled(
        lambda p: optim.AdamW(p, lr=0.01, fused=True), spoiled={0: INF, 3: NAN}, init_scale=ODD
    ),
    "scaler_adagrad": scaled(lambda p: optim.Adagrad(p, lr=0.1), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_adagrad_fused": scaled(
        lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, fused=True), spoiled={0: INF, 3: NAN}, init_scale=ODD
    ),
    "scaler_adadelta": scaled(lambda p: optim.Adadelta(p, lr=0.5), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_adamax": scaled(lambda p: optim.Adamax(p, lr=0.01), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_nadam": scaled(lambda p: optim.NAdam(p, lr=0.01), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_radam": scaled(lambda p: optim.RAdam(p, lr=0.01), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_rmsprop": scaled(lambda p: optim.RMSprop(p, lr=0.001), spoiled={0: INF, 3: NAN}, init_scale=ODD),
    "scaler_muon": scaled(
        lambda p: optim.Muon([p for p in p if p.ndim == 2], lr=0.02), steps=4, spoiled={0: INF, 2: NAN}, init_scale=ODD
    ),
}
