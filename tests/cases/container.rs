//! Modules made of modules.

use flambeau::jit;
use flambeau::tch::IValue;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        (
            "sequential",
            layer(
                || {
                    nn::sequential!(
                        nn::Linear::new(6, 5),
                        nn::ReLU::new(),
                        nn::sequential!(nn::Linear::new(5, 4)),
                    )
                },
                &[3, 6],
            ),
        ),
        ("sequential_empty", layer(|| nn::sequential!(), &[3, 6])),
        ("sequential_named", layer(named, &[3, 6])),
        ("sequential_append", layer(|| named().append(nn::Linear::new(5, 2)), &[3, 6])),
        (
            "module_list",
            function_of(
                || (0..3).map(|_| nn::Linear::new(4, 4)).collect::<nn::ModuleList<_>>(),
                |layers, x| layers[2].forward(&layers[1].forward(&layers[0].forward(x))),
                &[3, 4],
            ),
        ),
        (
            "module_list_of_any",
            function_of(
                || {
                    nn::ModuleList::<dyn Forward>::new(vec![
                        Box::new(nn::Linear::new(4, 5)),
                        Box::new(nn::ReLU::new()),
                        Box::new(nn::ReLU::new()),
                        Box::new(nn::BatchNorm1d::new(5)),
                    ])
                },
                |layers, x| nn::call(&layers[3], &nn::call(&layers[1], &nn::call(&layers[0], x))),
                &[3, 4],
            ),
        ),
        (
            "module_dict",
            function_of(
                || {
                    let layers = [("b", nn::Linear::new(4, 5)), ("a", nn::Linear::new(5, 2))];
                    layers.into_iter().collect::<nn::ModuleDict<_>>()
                },
                |layers, x| layers["a"].forward(&layers["b"].forward(x)),
                &[3, 4],
            ),
        ),
        (
            "module_dict_of_any",
            function_of(
                || {
                    nn::ModuleDict::<dyn Forward>::new(vec![
                        ("act", Box::new(nn::PReLU::default())),
                        ("fc", Box::new(nn::Linear::new(4, 2))),
                    ])
                },
                |layers, x| nn::call(&layers["fc"], &nn::call(&layers["act"], x)),
                &[3, 4],
            ),
        ),
        (
            "module_to_double",
            function_of(
                || {
                    let model = nn::sequential!(nn::BatchNorm1d::new(4), nn::Linear::new(4, 3));
                    model.to(Kind::Double).expect("a kind of real numbers");
                    model
                },
                |model, x| model.forward(&x.to_kind(Kind::Double)),
                &[5, 4],
            ),
        ),
        ("script_module", both_modes(scripted, &[5, 3])),
        (
            "script_module_inside",
            layer(|| nn::sequential!(scripted(), nn::Linear::new(4, 2)), &[5, 3]),
        ),
        (
            "script_module_deepcopy",
            function_of(
                || [scripted()].into_iter().collect::<nn::ModuleList<_>>(),
                |models, x| models[0].forward(x) + nn::deepcopy(&models[0]).forward(x),
                &[5, 3],
            ),
        ),
        (
            "script_module_method",
            function_of(
                scripted,
                |model, x| {
                    let inputs = [IValue::Tensor(x.shallow_clone()), IValue::Int(2)];
                    let IValue::Tuple(parts) = model.method_is("parts", &inputs) else {
                        panic!("Python gives a tuple")
                    };
                    let [IValue::Tensor(first), IValue::Int(n)] = &parts[..] else {
                        panic!("Python gives a tensor and a number")
                    };
                    first * *n + model.forward(x).i((..2, ..3))
                },
                &[5, 3],
            ),
        ),
        (
            "module_apply",
            layer(
                || {
                    let model = nn::sequential!(nn::Linear::new(4, 3), nn::Tanh::new());
                    model.apply(|module| {
                        if let Some(linear) = module.downcast_ref::<nn::Linear>() {
                            nn::init::ones_(&linear.weight);
                        }
                    });
                    model
                },
                &[5, 4],
            ),
        ),
    ]
}

/// What scripts/scripted.py writes.
fn scripted() -> jit::ScriptModule {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/scripted.pt");
    jit::load(file).expect("a file of the project's")
}

fn named() -> nn::Sequential {
    nn::sequential!("hidden" => nn::Linear::new(6, 5), "act" => nn::Tanh::new())
}
