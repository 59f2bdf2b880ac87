"""What Python computes with the model, for the test beside its Rust."""

import torch
from safetensors.torch import save_file

from . import names
from .kinds import TENSOR
from .record import restore

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


def computed(model, inputs):
    """Outputs, loss, gradients and buffers, in training and in evaluation mode, on one thread."""
    found = {f"input.{i}": value for i, value in enumerate(inputs)}
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
            outputs = tensors(model(*[value.clone() for value in inputs]))
            loss = 0
            for i, output in enumerate(outputs):
                weight = torch.randn(output.shape, generator=generator)
                found |= {f"{mode}.output.{i}": output.detach().clone(), f"{mode}.weight.{i}": weight}
                loss = loss + (output * weight).sum()
            found[f"{mode}.loss"] = loss.detach().clone()
            if loss.requires_grad:
                loss.backward()
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
    return found, weights


def whole(state):
    """Each tensor in a storage of its own, as the format asks; what has one is not copied."""
    made = {name: tensor.detach().contiguous() for name, tensor in state.items()}
    alone = lambda tensor: tensor.untyped_storage().nbytes() == tensor.nbytes
    return {name: tensor if alone(tensor) else tensor.clone() for name, tensor in made.items()}


def save(model, inputs, weights_path, reference_path):
    found, weights = computed(model, inputs)
    save_file(whole(weights), weights_path)
    # In one piece: of several, the order in the file would be by chance.
    metadata = {"print": "\n\n".join([str(model), "\n".join(weights)])}
    save_file(whole(found), reference_path, metadata)


def flattened(program, kind, code):
    """The Rust that puts the tensors of an output into a `Vec`."""
    if kind == TENSOR:
        return f"vec![{code}]"
    if kind.name == "list":
        return code
    parts = []
    fields = kind.cls._fields if kind.name == "named" else range(len(kind.parts))
    inside = program.fields_of(kind)[1].values() if kind.name == "named" else kind.parts
    for field, part in zip(fields, inside):
        place = f"output.{names.field(field) if isinstance(field, str) else field}"
        if part == TENSOR:
            parts.append(f"Some({place})")
        elif part.name == "option":
            parts.append(place)
    return f"[{', '.join(parts)}].into_iter().flatten().collect()"


TEST = """//! Does `{file}` compute what Python computes, with the same weights? To the last bit, on one thread.

#[path = "{file}"]
mod {module};

use std::path::{{Path, PathBuf}};

use flambeau::prelude::*;
use flambeau::serialize::safetensors;
use {module}::{model};

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
    assert!(bits(ours).equal(&bits(python)), "{{what}} differs");
}}

#[test]
fn computes_what_python_computes() -> Result<()> {{
    flambeau::tch::set_num_threads(1);
    let weights = safetensors::load_file(file("{stem}.safetensors"))?;
    let reference = safetensors::load_file(file("{stem}_reference.safetensors"))?;
    let told = safetensors::load_metadata(file("{stem}_reference.safetensors"))?;
    let (print, names) = told["print"].rsplit_once("\n\n").expect("the print and the keys");
    for mode in ["train", "eval"] {{
        let model = {model}::new();
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
        if loss.requires_grad() {{
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


def test(program, stem, inputs):
    """The Rust of the test."""
    import inspect

    model = type(program.model)
    signature = program.signature(inspect.unwrap(model.forward)) if not program.plans[model].forward_is_base else None
    result = signature.result if signature else TENSOR
    parameters = signature.parameters if signature else [None]
    places = []
    for i, parameter in enumerate(parameters):
        code = f'&reference["input.{i}"]'
        if parameter is not None and parameter.kind.name == "option":
            code = f"Some({code})"
        places.append(code)
    return TEST.format(
        file=f"{stem}.rs", module=stem, stem=stem, model=program.plans[model].rust, seed=SEED,
        inputs=", ".join(places), outputs=flattened(program, result, "output"),
    )
