"""A model of TorchScript, whose Python is not in its package: what it computes, for `flambeau::jit`."""

import torch

from . import reference

TEST = """use std::path::{{Path, PathBuf}};

use flambeau::jit;
use flambeau::prelude::*;
use flambeau::serialize::safetensors;
use flambeau::tch::IValue;

fn file(name: &str) -> PathBuf {{
    Path::new(file!()).with_file_name(name)
}}

#[test]
fn computes_what_python_computes() -> Result<()> {{
    flambeau::tch::set_num_threads(1);
    let reference = safetensors::load_file(file("{stem}_reference.safetensors"))?;
    let told = safetensors::load_metadata(file("{stem}_reference.safetensors"))?;
    let (print, names) = told["print"].rsplit_once("\\n\\n").expect("the print and the keys");
    let model = jit::load(file("{stem}.jit"))?;
    assert_eq!(model.to_string(), print);
    let keys: Vec<_> = model.state_dict().into_keys().collect();
    assert_eq!(keys.join("\\n"), names);
    model.eval();
    for i in 0..{calls} {{
        let inputs = [IValue::Tensor(reference[&format!("input.{{i}}")].shallow_clone()){others}];
        let IValue::Tensor(output) = no_grad(|| model.forward_is(&inputs)) else {{
            panic!("Python gives a tensor")
        }};
        let python = &reference[&format!("output.{{i}}")];
        assert!(output.view_dtype(Kind::Int).equal(&python.view_dtype(Kind::Int)), "call {{i}}");
    }}
    Ok(())
}}
"""


def save(file, size, numbers, calls, folder, stem):
    """Calls the model several times, since it may keep a state; writes the test and what it needs."""
    (folder / f"{stem}.jit").write_bytes(file.read_bytes())
    model = torch.jit.load(file).eval()
    keys = model.state_dict()
    print_ = "\n\n".join([str(model), "\n".join(keys)])
    torch.manual_seed(0)
    found = {}
    with torch.no_grad():
        for i in range(calls):
            found[f"input.{i}"] = torch.randn(size) * 0.1
            found[f"output.{i}"] = model(found[f"input.{i}"], *numbers)
    reference.save_file(reference.whole(found), folder / f"{stem}_reference.safetensors", {"print": print_})
    others = "".join(f", IValue::Int({number})" for number in numbers)
    (folder / f"{stem}_test.rs").write_text(TEST.format(stem=stem, calls=calls, others=others))
    return sum(tensor.numel() for tensor in keys.values())
