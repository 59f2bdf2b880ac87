//! What TorchScript's modules do beside computing (which `reference` compares).

use flambeau::jit::{self, ScriptModule};
use flambeau::prelude::*;

use crate::panic_of;

fn scripted() -> ScriptModule {
    jit::load("tests/fixtures/scripted.pt").unwrap()
}

#[test]
fn its_mode_is_that_of_the_model() {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(scripted());
    let shift = || model.state_dict()["0.shift"].copy();
    let (before, x) = (shift(), torch::ones([5, 3]));
    model.eval();
    assert_eq!(model.forward(&x), model.forward(&x));
    assert_eq!(shift(), before);
    model.train();
    assert_ne!(model.forward(&x), model.forward(&x));
    assert_eq!(shift(), before + 0.25);
}

#[test]
fn it_is_trained_and_loaded_with_the_model() -> Result<()> {
    let _generator = crate::seeded(0);
    let model = nn::sequential!(scripted(), nn::Linear::new(4, 1));
    model.eval();
    let x = torch::ones([5, 3]);
    let before = model.forward(&x).detach();
    let state =
        model.state_dict().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect();
    let mut sgd = optim::SGD::new(model.parameters(), 0.1);
    torch::sum(&model.forward(&x)).backward();
    sgd.step();
    assert_ne!(model.forward(&x).detach(), before);
    model.load_state_dict(&state)?;
    assert_eq!(model.forward(&x).detach(), before);
    Ok(())
}

#[test]
fn a_copy_has_tensors_of_its_own() {
    let _generator = crate::seeded(0);
    let model = scripted();
    model.eval();
    let copy = nn::deepcopy(&model);
    let x = torch::ones([5, 3]);
    assert_eq!(copy.forward(&x), model.forward(&x));
    let _ = no_grad(|| copy.parameters()[0].fill_(7.0));
    assert_ne!(copy.forward(&x), model.forward(&x));
}

#[test]
fn what_is_no_torchscript_is_refused() {
    let said = |path: &str| jit::load(path).unwrap_err().to_string();
    assert!(
        said("tests/fixtures/nowhere.pt").starts_with("tests/fixtures/nowhere.pt: No such file")
    );
    let text = said("Cargo.toml");
    assert!(text.starts_with("Cargo.toml: ") && text.contains("torch.jit.save"), "{text}");
    assert!(!text.contains('\n'), "{text}");
    let words = panic_of(|| drop(scripted().forward(&torch::ones([5, 4]))));
    assert!(words.contains("The size of tensor a (4) must match"), "{words}");
}
