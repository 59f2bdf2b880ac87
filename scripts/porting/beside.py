"""What a model does beside its classes' `forward`, which Rust would not do: hooks, and methods of `nn.Module` that
it has written anew."""

import inspect

import torch

from . import layers, record, source
from .report import Untranslated

# The methods that every module has, which this crate calls by itself.
METHODS = {
    "train": "call `train` and `eval` on its parts as it does, where you train",
    "eval": "call `train` and `eval` on its parts as it does, where you train",
    "__call__": "write it in `forward`",
    "state_dict": "rename the keys where you save",
}
HOOKS = {
    "_forward_hooks": ("a forward hook", "write it in the `forward` of its class"),
    "_backward_hooks": ("a backward hook", "change the gradients where you train"),
    "_backward_pre_hooks": ("a backward hook", "change the gradients where you train"),
    "_state_dict_hooks": ("a hook of its `state_dict`", METHODS["state_dict"]),
}


def refuse(program):
    """Raises Untranslated for the first of them."""
    modules = [(path, module) for path, module in program.model.named_modules() if not isinstance(module, torch.jit.ScriptModule)]
    for path, module in modules:
        place, name = program.place_of(path) if path else None, f"`{path}`" if path else "the model"
        own = [method for method in ("forward", *METHODS) if method in vars(module)]
        if own:
            raise Untranslated(place, f"{name} has a `{own[0]}` of its own, as an object", "write it in its class")
        hooks = [words for held, words in HOOKS.items() if getattr(module, held)]
        pre = [hook for hook in module._forward_pre_hooks.values() if not isinstance(hook, layers.OldHook)]
        if pre:
            whose = getattr(pre[0], "__qualname__", type(pre[0]).__name__)
            hooks.insert(0, (f"a forward pre-hook, {whose}", "write what it does in the `forward` of its class, or call it there"))
        if hooks:
            what, by_hand = hooks[0]
            raise Untranslated(place, f"{name} has {what}", by_hand)
        for method, by_hand in METHODS.items():
            function = inspect.unwrap(getattr(type(module), method))
            if not record.is_theirs(function) and source.is_there(function):
                written = source.of(function)
                if method in ("train", "eval") and not resting(program.model, modules):
                    program.report.note(f"{written.place(written.node)}: the `{method}` of {type(module).__name__}, which sets here what any module's does")
                    continue
                raise Untranslated(written.place(written.node), f"{type(module).__name__} has a `{method}` of its own", by_hand)
    for path, parameter in program.model.named_parameters():
        if parameter._backward_hooks or parameter._post_accumulate_grad_hooks:
            raise Untranslated(program.place_of(path), f"the parameter `{path}` has a hook", "change the gradient where you train")
    for path, module in modules:
        changed = difference(module)
        if changed:
            raise Untranslated(program.place_of(path), f"`{path}` is changed after it was made: {changed}", "make it as it is used")
    modes = [module.training for _, module in modules]
    if not all(modes):
        at_rest = [f"`{path}`" if path else "the model" for path, module in modules if not module.training]
        told = f"{at_rest[0]} and {len(at_rest) - 1} others are" if len(at_rest) > 1 else f"{at_rest[0]} is"
        program.report.otherwise(f"{told} in evaluation mode when Python has made the model, and until its `train` is called; `new` gives one that trains")
    found = resting(program.model, modules)
    if found:
        raise Untranslated(program.place_of(found), f"`{found}` does not go with the model from training to evaluation", METHODS["train"])


def resting(model, modules):
    """The path of a module that does not follow `train` and `eval`."""
    found = None
    with record.modes_kept(model):
        for mode in (True, False):
            model.train() if mode else model.eval()
            found = found or next((path for path, module in modules if module.training != mode), None)
    return found


def difference(module):
    """How a layer of PyTorch's differs from one that is made with the same arguments."""
    if not layers.is_layer(type(module)) or module._forward_pre_hooks:
        return None
    try:
        by_place, by_name = layers.arguments(module, type(module))
        with torch.device("meta"):
            fresh = type(module)(**dict(by_place), **by_name)
    except Exception:
        # What its arguments are is told where it is written.
        return None
    tensors = lambda one: {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in one.named_parameters(recurse=False)} | {
        name: (tuple(tensor.shape), tensor.dtype) for name, tensor in one.named_buffers(recurse=False)
    }
    now, made = tensors(module), tensors(fresh)
    for name in [*made, *now]:
        if now.get(name) != made.get(name):
            told = [f"{list(one[name][0])} of {one[name][1]}" if name in one else "none" for one in (now, made)]
            return f"its `{name}` is {told[0]}, and was {told[1]}"
    simple = lambda value: isinstance(value, (bool, int, float, str, tuple, type(None)))
    for name, value in vars(fresh).items():
        if not name.startswith("_") and name != "training" and simple(value) and vars(module).get(name, value) != value:
            return f"its `{name}` is {vars(module)[name]}, and was {value}"
    return None
