"""Optimizers, each over fifty steps."""

import copy
import warnings

import torch
from torch import nn, optim

from .helpers import text


def network():
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


def train(model, x, algorithms, steps):
    for _ in range(steps):
        for algorithm in algorithms:
            algorithm.zero_grad()
        model(x).square().mean().backward()
        for algorithm in algorithms:
            algorithm.step()


def numbers(option):
    """An option as numbers: of a text its bytes."""
    if option is None or isinstance(option, str):
        option = list((option or "").encode())
    values = option if isinstance(option, (list, tuple)) else [option]
    return torch.tensor([float(v) for v in values], dtype=torch.float64)


def kept(algorithm, name="state"):
    """What an optimizer keeps of its parameters, and the options of its groups."""
    result = {}
    for i, state in algorithm.state_dict()["state"].items():
        result |= {f"{name}.{i}.{k}": v.to_dense() for k, v in state.items() if v is not None}
    return result | kept_of_groups(algorithm, name)


def kept_of_groups(algorithm, name="state"):
    result = {}
    for i, group in enumerate(algorithm.state_dict()["param_groups"]):
        # None leaves the choice of the kernel to Python, which takes the loop.
        group = {k: bool(v) if k == "fused" else v for k, v in group.items() if k != "foreach"}
        result[f"{name}.group.{i}.keys"] = text("\n".join(group))
        result[f"{name}.group.{i}.values"] = torch.cat([numbers(group[k]) for k in sorted(group)])
    return result


def optimizer(build, steps=50):
    """An optimizer: the weights, and what it keeps of them, after some steps."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        algorithm = build(model.parameters())
        train(model, x, [algorithm], steps)
        return dict(model.state_dict()) | kept(algorithm)

    return run


def resumed(build):
    """Twenty-five steps, and as many by another optimizer that takes the first one's state over."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        algorithm = build(model.parameters())
        train(model, x, [algorithm], 25)
        again = build(model.parameters(), lr=0.5)
        again.load_state_dict(copy.deepcopy(algorithm.state_dict()))
        train(model, x, [again], 25)
        return dict(model.state_dict()) | kept(again)

    return run


def grouped(build):
    """Two groups, the second with options of its own."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        algorithm = build(model)
        train(model, x, [algorithm], 50)
        return dict(model.state_dict()) | kept(algorithm)

    return run


def matrices(**options):
    """Muon for the matrices, AdamW for the rest."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        muon = optim.Muon([p for p in model.parameters() if p.ndim == 2], **options)
        adam = optim.AdamW([p for p in model.parameters() if p.ndim != 2], lr=1e-2)
        train(model, x, [muon, adam], 50)
        return dict(model.state_dict()) | kept(muon, "muon") | kept(adam, "adam")

    return run


def given_twice(build, params):
    """An optimizer that has the first parameter and the last one twice, of which Python warns."""
    params = list(params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build(params + [params[0], params[-1]])


def twice(build, which=lambda p: True):
    """Parameters given twice: ten steps, and as many by another optimizer that takes the state over."""

    def run():
        model = network()
        x = torch.randn(8, 6)
        params = [p for p in model.parameters() if which(p)]
        algorithm = given_twice(build, params)
        train(model, x, [algorithm], 10)
        middle = copy.deepcopy(kept(algorithm, "middle"))
        again = given_twice(build, params)
        again.load_state_dict(copy.deepcopy(algorithm.state_dict()))
        train(model, x, [again], 10)
        return middle | dict(model.state_dict()) | kept(again)

    return run


def lbfgs_twice(**options):
    """L-BFGS on parameters that are given twice."""

    def run():
        p, q = torch.randn(4, requires_grad=True), torch.randn(2, requires_grad=True)
        algorithm = given_twice(lambda params: optim.LBFGS(params, **options), [p, q])
        losses = []

        def closure():
            p.grad = q.grad = None
            loss = (p - 1.0).square().sum() * 0.1 + (q + 1.0).square().sum()
            loss.backward()
            return loss

        for step in range(6):
            if step == 3:
                state = copy.deepcopy(algorithm.state_dict())
                algorithm = given_twice(lambda params: optim.LBFGS(params, **options), [p, q])
                algorithm.load_state_dict(state)
            losses.append(algorithm.step(closure).item())
        numbers = text(" ".join(map(str, algorithm.state_dict()["state"])))
        losses = torch.tensor(losses, dtype=torch.float64)
        return {"p": p, "q": q, "losses": losses, "numbers": numbers} | kept_of_groups(algorithm)

    return run


def taken_over(first, second):
    """Adam's state of some of three parameters, by their places, in an Adam of others of them."""

    def run():
        params = [torch.randn(3, requires_grad=True) for _ in range(3)]

        def step(adam):
            adam.zero_grad()
            for p in params:
                p.square().sum().backward()
            adam.step()

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            adams = [optim.Adam([params[i] for i in places], lr=0.01) for places in (first, second)]
        step(adams[0])
        step(adams[0])
        adams[1].load_state_dict(copy.deepcopy(adams[0].state_dict()))
        loaded = copy.deepcopy(kept(adams[1], "loaded"))
        step(adams[1])
        return loaded | kept(adams[1]) | {f"param.{i}": p for i, p in enumerate(params)}

    return run


def rows(build):
    """An embedding, whose gradient is sparse."""

    def run():
        table = nn.Embedding(8, 3, sparse=True)
        algorithm = build(table.parameters())
        for _ in range(50):
            algorithm.zero_grad()
            table(torch.randint(8, (4,))).square().sum().backward()
            algorithm.step()
        return dict(table.state_dict()) | kept(algorithm)

    return run


def numbers_in(value):
    """All numbers of a state's entry in a row."""
    if isinstance(value, (list, tuple)):
        return torch.cat([numbers_in(item) for item in value] or [torch.zeros(0).double()])
    return torch.as_tensor(value, dtype=torch.float64).reshape(-1)


def lbfgs(steps=50, kind=torch.float32, resumed=False, **options):
    """L-BFGS: the weights after its first step; late, the losses, the weights, and what it keeps, but
    for its scratch."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)).to(kind)
        x, y = torch.randn(64, 6).to(kind), torch.randn(64, 3).to(kind)
        algorithm = optim.LBFGS(model.parameters(), **options)
        losses, begun = [], {}

        def closure():
            model.zero_grad()
            loss = (model(x) - y).square().mean()
            loss.backward()
            return loss

        for step in range(steps):
            if resumed and step == steps // 2:
                state = copy.deepcopy(algorithm.state_dict())
                algorithm = optim.LBFGS(model.parameters(), lr=0.5)
                algorithm.load_state_dict(state)
            losses.append(algorithm.step(closure).item())
            begun = begun or {f"begun.{k}": v.clone() for k, v in model.state_dict().items()}
        state = algorithm.state_dict()["state"][0]
        late = {f"state.{k}": numbers_in(v) for k, v in state.items() if k != "al"}
        late |= {"losses": torch.tensor(losses, dtype=torch.float64)} | dict(model.state_dict())
        return begun | {f"late.{k}": v for k, v in late.items()} | kept_of_groups(algorithm)

    return run


def valley(**options):
    """L-BFGS along Rosenbrock's valley, which bends its line searches."""

    def run():
        p = torch.tensor([-1.5, 2.0], requires_grad=True)
        algorithm = optim.LBFGS([p], **options)
        path = []

        def closure():
            p.grad = None
            loss = (p[1] - p[0] * p[0]).square() * 100.0 + (p[0] - 1.0).square()
            loss.backward()
            path.append(p.detach().clone())
            return loss

        for _ in range(50):
            algorithm.step(closure)
        return {"begun": torch.stack(path[:10]), "late.path": torch.stack(path)}

    return run


def late(case):
    """A training at whose end another processor's last bits, in Python too, have grown past the
    reference's tolerance: from AVX-512 to AVX2 by up to a tenth. All but its options is late."""

    def run():
        stays = lambda key: key.startswith("late.") or ".group." in key
        return {key if stays(key) else f"late.{key}": value for key, value in case().items()}

    return run


CASES = {
    "sgd": optimizer(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_momentum": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "sgd_dampening": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    "sgd_nesterov": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    "sgd_weight_decay": optimizer(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1)),
    "sgd_maximize": optimizer(lambda p: optim.SGD(p, lr=0.001, maximize=True)),
    "sgd_all": optimizer(lambda p: optim.SGD(p, lr=0.001, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True)),
    "sgd_fused": optimizer(lambda p: optim.SGD(p, lr=0.1, fused=True)),
    "sgd_fused_momentum": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, fused=True)),
    "sgd_fused_all": optimizer(lambda p: optim.SGD(p, lr=0.001, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True, fused=True)),
    "adam": optimizer(lambda p: optim.Adam(p, lr=0.01)),
    "adam_betas": late(optimizer(lambda p: optim.Adam(p, lr=0.01, betas=(0.8, 0.9)))),
    "adam_beta_of_a_half": optimizer(lambda p: optim.Adam(p, lr=0.01, betas=(0.5, 0.999))),
    "adam_beta_of_nearly_one": late(optimizer(lambda p: optim.Adam(p, lr=0.01, betas=(0.99, 0.5)))),
    "adam_eps": optimizer(lambda p: optim.Adam(p, lr=0.01, eps=1e-3)),
    "adam_weight_decay": optimizer(lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1)),
    "adam_amsgrad": optimizer(lambda p: optim.Adam(p, lr=0.01, amsgrad=True)),
    "adam_maximize": optimizer(lambda p: optim.Adam(p, lr=0.01, maximize=True)),
    "adam_all": optimizer(lambda p: optim.Adam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True, maximize=True)),
    "adam_fused": optimizer(lambda p: optim.Adam(p, lr=0.01, fused=True)),
    "adam_fused_amsgrad": optimizer(lambda p: optim.Adam(p, lr=0.01, amsgrad=True, fused=True)),
    "adam_fused_all": optimizer(lambda p: optim.Adam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True, maximize=True, fused=True)),
    "adamw": optimizer(lambda p: optim.AdamW(p, lr=0.01)),
    "adamw_betas": optimizer(lambda p: optim.AdamW(p, lr=0.01, betas=(0.8, 0.9))),
    "adamw_eps": optimizer(lambda p: optim.AdamW(p, lr=0.01, eps=1e-3)),
    "adamw_weight_decay": optimizer(lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1)),
    "adamw_amsgrad": optimizer(lambda p: optim.AdamW(p, lr=0.01, amsgrad=True)),
    "adamw_maximize": optimizer(lambda p: optim.AdamW(p, lr=0.01, maximize=True)),
    "adamw_all": optimizer(lambda p: optim.AdamW(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True, maximize=True)),
    "adamw_fused": optimizer(lambda p: optim.AdamW(p, lr=0.01, fused=True)),
    "adamw_fused_amsgrad": optimizer(lambda p: optim.AdamW(p, lr=0.01, amsgrad=True, fused=True)),
    "adamw_fused_all": optimizer(lambda p: optim.AdamW(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True, maximize=True, fused=True)),
    "adam_decoupled": optimizer(lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    "adam_fused_decoupled": optimizer(lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True, fused=True)),
    "adamax": optimizer(lambda p: optim.Adamax(p, lr=0.01)),
    "adamax_betas": late(optimizer(lambda p: optim.Adamax(p, lr=0.01, betas=(0.8, 0.9)))),
    "adamax_eps": optimizer(lambda p: optim.Adamax(p, lr=0.01, eps=1e-3)),
    "adamax_weight_decay": optimizer(lambda p: optim.Adamax(p, lr=0.01, weight_decay=0.1)),
    "adamax_maximize": optimizer(lambda p: optim.Adamax(p, lr=0.01, maximize=True)),
    "adamax_all": optimizer(lambda p: optim.Adamax(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, maximize=True)),
    "nadam": optimizer(lambda p: optim.NAdam(p, lr=0.01)),
    "nadam_betas": late(optimizer(lambda p: optim.NAdam(p, lr=0.01, betas=(0.8, 0.9)))),
    "nadam_eps": optimizer(lambda p: optim.NAdam(p, lr=0.01, eps=1e-3)),
    "nadam_weight_decay": optimizer(lambda p: optim.NAdam(p, lr=0.01, weight_decay=0.1)),
    "nadam_momentum_decay": optimizer(lambda p: optim.NAdam(p, lr=0.01, momentum_decay=0.1)),
    "nadam_decoupled": optimizer(lambda p: optim.NAdam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    "nadam_maximize": optimizer(lambda p: optim.NAdam(p, lr=0.01, maximize=True)),
    "nadam_all": optimizer(lambda p: optim.NAdam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, momentum_decay=0.1, decoupled_weight_decay=True, maximize=True)),
    "radam": optimizer(lambda p: optim.RAdam(p, lr=0.01)),
    "radam_betas": optimizer(lambda p: optim.RAdam(p, lr=0.01, betas=(0.8, 0.9))),
    "radam_eps": optimizer(lambda p: optim.RAdam(p, lr=0.01, eps=1e-3)),
    "radam_weight_decay": optimizer(lambda p: optim.RAdam(p, lr=0.01, weight_decay=0.1)),
    "radam_decoupled": optimizer(lambda p: optim.RAdam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    "radam_maximize": optimizer(lambda p: optim.RAdam(p, lr=0.01, maximize=True)),
    "radam_all": optimizer(lambda p: optim.RAdam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)),
    "rmsprop": optimizer(lambda p: optim.RMSprop(p, lr=0.001)),
    "rmsprop_alpha": optimizer(lambda p: optim.RMSprop(p, lr=0.001, alpha=0.9)),
    "rmsprop_eps": optimizer(lambda p: optim.RMSprop(p, lr=0.001, eps=1e-3)),
    "rmsprop_weight_decay": optimizer(lambda p: optim.RMSprop(p, lr=0.001, weight_decay=0.1)),
    "rmsprop_momentum": optimizer(lambda p: optim.RMSprop(p, lr=0.001, momentum=0.9)),
    "rmsprop_centered": optimizer(lambda p: optim.RMSprop(p, lr=0.001, centered=True)),
    "rmsprop_maximize": optimizer(lambda p: optim.RMSprop(p, lr=0.001, maximize=True)),
    "rmsprop_all": optimizer(lambda p: optim.RMSprop(p, lr=0.001, alpha=0.9, eps=1e-3, weight_decay=0.1, momentum=0.9, centered=True, maximize=True)),
    "adagrad": optimizer(lambda p: optim.Adagrad(p, lr=0.1)),
    "adagrad_lr_decay": optimizer(lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1)),
    "adagrad_weight_decay": optimizer(lambda p: optim.Adagrad(p, lr=0.1, weight_decay=0.1)),
    "adagrad_accumulator": optimizer(lambda p: optim.Adagrad(p, lr=0.1, initial_accumulator_value=0.5)),
    "adagrad_eps": optimizer(lambda p: optim.Adagrad(p, lr=0.1, eps=1e-3)),
    "adagrad_maximize": optimizer(lambda p: optim.Adagrad(p, lr=0.1, maximize=True)),
    "adagrad_all": optimizer(lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3, maximize=True)),
    "adagrad_fused": optimizer(lambda p: optim.Adagrad(p, lr=0.1, fused=True)),
    "adagrad_fused_all": optimizer(lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3, maximize=True, fused=True)),
    "adadelta": optimizer(lambda p: optim.Adadelta(p, lr=0.5)),
    "adadelta_rho": optimizer(lambda p: optim.Adadelta(p, lr=0.5, rho=0.5)),
    "adadelta_eps": optimizer(lambda p: optim.Adadelta(p, lr=0.5, eps=1e-3)),
    "adadelta_weight_decay": optimizer(lambda p: optim.Adadelta(p, lr=0.5, weight_decay=0.1)),
    "adadelta_maximize": optimizer(lambda p: optim.Adadelta(p, lr=0.5, maximize=True)),
    "adadelta_all": optimizer(lambda p: optim.Adadelta(p, lr=0.5, rho=0.5, eps=1e-3, weight_decay=0.1, maximize=True)),
    "sgd_resumed": resumed(lambda p, lr=0.1: optim.SGD(p, lr=lr, momentum=0.9)),
    "adam_resumed": resumed(lambda p, lr=0.01: optim.Adam(p, lr=lr, amsgrad=True)),
    "adamw_fused_resumed": resumed(lambda p, lr=0.01: optim.AdamW(p, lr=lr, fused=True)),
    "nadam_resumed": resumed(lambda p, lr=0.01: optim.NAdam(p, lr=lr)),
    "rmsprop_resumed": late(resumed(lambda p, lr=0.01: optim.RMSprop(p, lr=lr, momentum=0.9, centered=True))),
    "adagrad_resumed": resumed(lambda p, lr=0.1: optim.Adagrad(p, lr=lr)),
    "sgd_groups": grouped(
        lambda m: optim.SGD(
            [{"params": m[0].parameters()}, {"params": m[2].parameters(), "lr": 0.01, "momentum": 0.5}],
            lr=0.1, momentum=0.9,
        )
    ),
    "adam_groups": grouped(
        lambda m: optim.Adam(
            # "lr" too, since Python writes first what a group was given.
            [
                {"params": m[0].parameters()},
                {"params": m[2].parameters(), "lr": 0.01, "betas": (0.5, 0.9)},
            ],
            lr=0.01,
        )
    ),
    "muon": late(matrices(lr=0.02)),
    "muon_plain": late(matrices(lr=0.02, momentum=0.8, nesterov=False, weight_decay=0.0)),
    "muon_all": matrices(
        lr=0.02, weight_decay=0.2, momentum=0.9, ns_coefficients=(3.0, -4.0, 2.0), eps=1e-3, ns_steps=3,
        adjust_lr_fn="match_rms_adamw",
    ),
    "lbfgs": lbfgs(max_iter=2),
    "lbfgs_slow": lbfgs(lr=0.1, max_iter=4, history_size=5),
    "lbfgs_tolerances": late(lbfgs(tolerance_grad=1e-2, tolerance_change=1e-4)),
    "lbfgs_double": lbfgs(kind=torch.float64, lr=0.7, max_iter=3),
    "lbfgs_resumed": lbfgs(resumed=True, lr=0.5, max_iter=3),
    "lbfgs_wolfe": lbfgs(max_iter=4, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_all": lbfgs(
        lr=0.8, max_iter=5, max_eval=9, tolerance_grad=1e-6, tolerance_change=1e-8, history_size=3,
        line_search_fn="strong_wolfe",
    ),
    "lbfgs_wolfe_double": lbfgs(kind=torch.float64, max_iter=4, line_search_fn="strong_wolfe"),
    "lbfgs_wolfe_resumed": lbfgs(resumed=True, max_iter=3, line_search_fn="strong_wolfe"),
    "lbfgs_valley": valley(lr=0.1),
    "lbfgs_valley_wolfe": valley(max_iter=2, line_search_fn="strong_wolfe"),
    "lbfgs_valley_wolfe_far": valley(lr=20.0, max_iter=1, max_eval=30, line_search_fn="strong_wolfe"),
    "sgd_sparse": rows(lambda p: optim.SGD(p, lr=0.1)),
    "adagrad_sparse": rows(lambda p: optim.Adagrad(p, lr=0.1)),
    "sgd_sparse_momentum": rows(lambda p: optim.SGD(p, lr=0.01, momentum=0.9)),
    "sgd_sparse_nesterov": rows(lambda p: optim.SGD(p, lr=0.001, momentum=0.9, nesterov=True, maximize=True)),
    "adagrad_sparse_all": rows(
        lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, eps=1e-3, initial_accumulator_value=0.5, maximize=True)
    ),
    "sgd_twice": twice(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_momentum_twice": twice(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "sgd_all_twice": twice(lambda p: optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True)),
    "sgd_dampening_twice": twice(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    "sgd_fused_twice": twice(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1, fused=True)),
    "adam_twice": twice(lambda p: optim.Adam(p, lr=0.01, weight_decay=0.1)),
    "adam_amsgrad_twice": twice(lambda p: optim.Adam(p, lr=0.01, amsgrad=True)),
    "adam_fused_twice": twice(lambda p: optim.Adam(p, lr=0.01, amsgrad=True, fused=True)),
    "adamw_twice": twice(lambda p: optim.AdamW(p, lr=0.01)),
    "adamw_fused_twice": twice(lambda p: optim.AdamW(p, lr=0.01, fused=True)),
    "adamax_twice": twice(lambda p: optim.Adamax(p, lr=0.01, weight_decay=0.1)),
    "nadam_twice": twice(lambda p: optim.NAdam(p, lr=0.01, weight_decay=0.1)),
    "radam_twice": twice(lambda p: optim.RAdam(p, lr=0.01, betas=(0.8, 0.9))),
    "rmsprop_twice": twice(lambda p: optim.RMSprop(p, lr=0.001)),
    "rmsprop_all_twice": twice(lambda p: optim.RMSprop(p, lr=0.001, weight_decay=0.1, momentum=0.9, centered=True)),
    "adagrad_twice": twice(lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1)),
    "adagrad_fused_twice": twice(lambda p: optim.Adagrad(p, lr=0.1, fused=True)),
    "adadelta_twice": twice(lambda p: optim.Adadelta(p, lr=0.5, weight_decay=0.1)),
    "muon_twice": late(twice(lambda p: optim.Muon(p, lr=0.02), lambda p: p.ndim == 2)),
    "lbfgs_twice": lbfgs_twice(lr=0.5, max_iter=3),
    "lbfgs_wolfe_twice": lbfgs_twice(max_iter=3, line_search_fn="strong_wolfe"),
    "adam_twice_from_once": taken_over([0, 1, 2], [0, 0, 2]),
    "adam_once_from_twice": taken_over([0, 2, 0], [0, 1, 2]),
    "adam_twice_from_twice_elsewhere": taken_over([0, 1, 1], [2, 1, 2]),
}
