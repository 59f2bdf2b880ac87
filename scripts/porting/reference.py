"""What Python computes with the model, for the test beside its Rust."""

import copy
import inspect

import torch
from safetensors.torch import save_file

from . import names
from .construction import Computed
from .expressions import number, text
from .kinds import FLOAT, TENSOR, Kind
from .record import restore
from .report import Untranslated

SEED = 0


def tensors(output):
    """The tensors of an output, in their order."""
    if isinstance(output, torch.Tensor):
        return [output]
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, (tuple, list)):
        return [tensor for part in output for tensor in tensors(part)]
    return []


def flat(inputs, named):
    """By the names that they have in the file."""
    found = {f"input.{i}": value for i, value in enumerate(inputs)}
    for name, value in named.items():
        parts = {f"input.{name}.{key}": part for key, part in value.items()} if isinstance(value, dict) else {f"input.{name}": value}
        found |= parts
    return found


def computed(model, inputs, named):
    """Outputs, loss, gradients and buffers, in training and in evaluation mode, on one thread; the weights; and the modes
    of which Python computes gradients: in evaluation some models change what a gradient would need."""
    found, trained = flat(inputs, named), []
    own = dict(model.named_parameters())
    # Running changes the buffers alone, and a large model's parameters are held once.
    weights = {name: tensor.detach() if name in own else tensor.clone() for name, tensor in model.state_dict().items()}
    generator = torch.Generator().manual_seed(SEED)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for mode in ("train", "eval"):
            restore(model, weights)
            model.train(mode == "train")
            model.zero_grad(set_to_none=True)
            torch.manual_seed(SEED)
            outputs = tensors(model(*copy.deepcopy(inputs), **copy.deepcopy(named)))
            loss = 0
            for i, output in enumerate(outputs):
                weight = torch.randn(output.shape, generator=generator)
                found |= {f"{mode}.output.{i}": output.detach().clone(), f"{mode}.weight.{i}": weight}
                loss = loss + (output * weight).sum()
            found[f"{mode}.loss"] = loss.detach().clone()
            if loss.requires_grad:
                try:
                    loss.backward()
                    trained.append(mode)
                except RuntimeError:
                    if mode == "train":
                        raise
                    model.zero_grad(set_to_none=True)
            for name, parameter in model.named_parameters():
                if parameter.grad is not None:
                    found[f"{mode}.grad.{name}"] = parameter.grad
            model.zero_grad(set_to_none=True)
            for name, buffer in model.state_dict().items():
                if name not in own:
                    found[f"{mode}.buffer.{name}"] = buffer.clone()
        restore(model, weights)
    finally:
        torch.set_num_threads(threads)
    return found, weights, trained


def lay_out(model, program):
    """Makes parameters contiguous that `new` does not compute as Python does: a product of what lies otherwise may differ in its last bits."""
    for name, parameter in model.named_parameters():
        path, _, leaf = name.rpartition(".")
        plan = program.plans.get(type(model.get_submodule(path)))
        member = plan.member(leaf) if plan else None
        if not parameter.is_contiguous() and not (member and isinstance(member.node, Computed)):
            program.report.otherwise(f"`{name}`, which Python makes with the strides {parameter.stride()}, is contiguous: the last bits may be others")
            parameter.data = parameter.data.contiguous()


def whole(state):
    """Each tensor in a storage of its own, as the format asks; what has one is not copied."""
    made, seen = {}, set()
    for name, tensor in state.items():
        tensor = tensor.detach().contiguous()
        storage = tensor.untyped_storage()
        if storage.nbytes() != tensor.nbytes or storage.data_ptr() in seen:
            tensor = tensor.clone()
        seen.add(tensor.untyped_storage().data_ptr())
        made[name] = tensor
    return made


def save(model, found, weights, weights_path, reference_path):
    save_file(whole(weights), weights_path)
    # In one piece: of several, the order in the file would be by chance.
    metadata = {"print": "\n\n".join([str(model), "\n".join(weights)])}
    save_file(whole(found), reference_path, metadata)


def flattened(program, kind, code):
    """The Rust that puts the tensors of an output into a `Vec`."""
    if kind == TENSOR:
        return f"vec![{code}]"
    if kind.name == "list" and kind.parts[0] == TENSOR:
        return code
    pieces = []

    def gather(kind, code):
        if kind == TENSOR:
            pieces.append(f"vec![{code}]")
        elif kind.name == "option" and kind.parts[0] == TENSOR:
            pieces.append(f"Vec::from_iter({code})")
        elif kind.name == "list" and kind.parts[0] == TENSOR:
            pieces.append(code)
        elif kind.name == "tuple":
            for place, part in enumerate(kind.parts):
                gather(part, f"{code}.{place}")
        elif kind.fields:
            for field, part in program.fields_of(kind)[1].items():
                gather(part, f"{code}.{names.field(field)}")
        elif kind.name == "option" and kind.parts[0].fields:
            pieces.append(f"{code}.into_iter().flat_map(|output| -> Vec<Tensor> {{ {flattened(program, kind.parts[0], 'output')} }}).collect()")
        elif kind == Kind("list", (Kind("list", (TENSOR,)),)):
            pieces.append(f"{code}.into_iter().flatten().collect()")
        elif kind.name == "list" and (kind.parts[0].fields or kind.parts[0].name in ("tuple", "list")):
            pieces.append(f"{code}.into_iter().flat_map(|output| -> Vec<Tensor> {{ {flattened(program, kind.parts[0], 'output')} }}).collect()")

    gather(kind, code)
    return f"Vec::from_iter([{', '.join(pieces)}].into_iter().flatten())"


TEST = """//! Does `{file}` compute what Python computes, with the same weights? To the last bit, on one thread.

#[path = "{file}"]
mod {module};

use std::path::{{Path, PathBuf}};

use flambeau::prelude::*;
use flambeau::serialize::safetensors;
use {module}::{used};

fn file(name: &str) -> PathBuf {{
    Path::new(file!()).with_file_name(name)
}}

/// The same bits, where `==` takes 0 and -0 for one number.
fn assert_same(what: &str, ours: &Tensor, python: &Tensor) {{
    assert_eq!((ours.kind(), ours.size()), (python.kind(), python.size()), "{{what}}");
    let bits = |x: &Tensor| match x.kind() {{
        Kind::Float => x.contiguous().view_dtype(Kind::Int),
        _ => x.contiguous(),
    }};
    let most = || torch::sub(ours, python).abs().max();
    assert!(bits(ours).equal(&bits(python)), "{{what}} differs, by {{}} at most", most());
}}

#[test]
fn computes_what_python_computes() -> Result<()> {{
    flambeau::tch::set_num_threads(1);
    let weights = safetensors::load_file(file("{stem}.safetensors"))?;
    let reference = safetensors::load_file(file("{stem}_reference.safetensors"))?;
    let told = safetensors::load_metadata(file("{stem}_reference.safetensors"))?;
    let (print, names) = told["print"].rsplit_once("\\n\\n").expect("the print and the keys");{drawn}
    for mode in ["train", "eval"] {{
        let model = {made};
        assert_eq!(model.to_string(), print);
        let keys: Vec<_> = model.state_dict().into_keys().collect();
        assert_eq!(keys.join("\\n"), names);
        model.load_state_dict(&weights)?;
        if mode == "eval" {{
            model.eval();
        }}
        random::manual_seed({seed});
        let output = model.forward({inputs});
        let outputs: Vec<Tensor> = {outputs};
        let mut loss = torch::zeros(());
        for (i, output) in outputs.iter().enumerate() {{
            assert_same(&format!("{{mode}}: output {{i}}"), output, &reference[&format!("{{mode}}.output.{{i}}")]);
            loss += torch::sum(&(output * &reference[&format!("{{mode}}.weight.{{i}}")]));
        }}
        assert!(!reference.contains_key(&format!("{{mode}}.output.{{}}", outputs.len())));
        assert_same(&format!("{{mode}}: loss"), &loss, &reference[&format!("{{mode}}.loss")]);
        if {asks} {{
            loss.backward();
        }}
        for (name, parameter) in model.named_parameters() {{
            match reference.get(&format!("{{mode}}.grad.{{name}}")) {{
                Some(grad) => assert_same(&format!("{{mode}}: gradient of {{name}}"), &parameter.grad(), grad),
                None => assert!(!parameter.grad().defined(), "{{mode}}: gradient of {{name}}"),
            }}
        }}
        for (name, tensor) in model.state_dict() {{
            if let Some(buffer) = reference.get(&format!("{{mode}}.buffer.{{name}}")) {{
                assert_same(&format!("{{mode}}: {{name}}"), &tensor, buffer);
            }}
        }}
    }}
    Ok(())
}}
"""


DRAWN = """
    random::manual_seed({seed});
    for (name, tensor) in {made}.state_dict() {{
        assert_same(&format!("initial value of {{name}}"), &tensor, &weights[&name]);
    }}"""


def test(program, stem, inputs, named, seed, trained=("train", "eval")):
    """The Rust of the test."""
    model = type(program.model)
    plan = program.plans.get(model)
    used = [program.root or plan.rust]
    forward = inspect.unwrap(model.forward)
    if plan is None and (named or len(inputs) != 1 or not program.maps(model)):
        raise Untranslated(None, f"a {model.__name__} takes more than one tensor", "give a class around it")
    if plan is None or plan.forward_is_base:
        result, places = TENSOR, ['&reference["input.0"]']
    else:
        signature = program.signature(forward)
        result = signature.result
        by_name = {
            name: {key: f"input.{name}.{key}" for key in value} if isinstance(value, dict) else f"input.{name}"
            for name, value in named.items()
        }
        bound = inspect.signature(forward).bind(None, *(f"input.{i}" for i in range(len(inputs))), **by_name)
        bound.apply_defaults()
        places = [argument(program, parameter, bound.arguments[parameter.python]) for parameter in signature.parameters]
        used += [program.named(parameter.kind) for parameter in signature.parameters if parameter.kind.fields]
    made = f"{used[0]}()" if program.root else f"{used[0]}::new()"
    return TEST.format(
        file=f"{stem}.rs", module=names.snake(stem), stem=stem, used=used[0] if len(used) == 1 else f"{{{', '.join(used)}}}", made=made, seed=SEED,
        asks="loss.requires_grad()" if trained != ["train"] else 'mode == "train"',
        drawn=DRAWN.format(seed=seed, made=made) if program.is_exact else "",
        inputs=", ".join(places), outputs=flattened(program, result, "output"),
    )


def argument(program, parameter, given):
    """What stands at its place in the test: a tensor of the references, or what it is by default."""
    if isinstance(given, dict):
        name, fields = program.fields_of(parameter.kind)
        tensor = lambda key: f'reference["{given[key]}"].shallow_clone()'
        some = lambda key, kind: "None" if key not in given else f"Some({tensor(key)})" if kind.name == "option" else tensor(key)
        return f"&{name} {{ {', '.join(f'{names.field(key)}: {some(key, kind)}' for key, kind in fields.items())} }}"
    if isinstance(given, str) and given.startswith("input."):
        code = f'&reference["{given}"]'
        return f"Some({code})" if parameter.kind.name == "option" else code
    if isinstance(given, tuple) and parameter.kind.name == "list" and all(isinstance(part, str) for part in given):
        items = [f'reference["{part}"].shallow_clone()' for part in given]
        return f"&[{', '.join(items)}]"
    if given is None:
        return "None"
    if isinstance(given, (bool, int, float)):
        code = number(float(given) if parameter.kind == FLOAT else given)
        return f"Some({code})" if parameter.kind.name == "option" else code
    if isinstance(given, str):
        return text(given)
    raise Untranslated(None, f"the argument `{parameter.python}` is {given!r} by default, which the test cannot give")
