//! Files of every form that PyTorch writes, and of some that it does not. `scripts/pt_files.py` makes
//! them and says what is in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flambeau::Dtype;
use flambeau::nn::utils::parametrizations::weight_norm;
use flambeau::object::{Key, Made, Object, Opaque};
use flambeau::prelude::*;
use flambeau::serialize::pt;

use crate::spelling::spelled;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pt")
}

fn load(name: &str) -> Object {
    pt::load(folder().join(name).with_extension("pt")).unwrap()
}

/// Each file with what is expected of it.
fn expected() -> Vec<(PathBuf, String)> {
    let text = fs::read_to_string(folder().join("expected.txt")).unwrap();
    let line = |line: &str| {
        let (name, expected) = line.split_once('\t').unwrap();
        (folder().join(name).with_extension("pt"), expected.to_string())
    };
    let files: Vec<_> = text.lines().map(line).collect();
    assert!(files.len() > 100);
    files
}

/// What differs, of all files at once.
fn compare(read: impl Fn(&Path) -> flambeau::Result<Object>) {
    let mut wrong = Vec::new();
    for (path, expected) in expected() {
        let found = match read(&path) {
            Ok(object) => spelled(&object),
            Err(error) => error.to_string(),
        };
        if found != expected {
            wrong.push(format!("{}:\n{found:.500}\n{expected:.500}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_form_of_file_is_read() {
    compare(|path| pt::load(path));
}

#[test]
fn a_mapped_file_reads_the_same() {
    compare(|path| pt::load_options(path).mmap(true).call());
}

#[test]
fn what_was_read_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.pt");
    compare(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        // These have to be made dense first, or are no tree.
        let left = [
            "quantized",
            "quantized_4_bits",
            "legacy_quantized",
            "nested",
            "sparse_csr",
            "sparse_csc",
            "sparse_bsr",
            "sparse_bsc",
            "cycle",
            "recursive_object",
        ];
        let object = pt::load(path)?;
        // What is written is protocol 2, in which such names are those of Python 2.
        if name == "names_of_python_3" {
            return Ok(object);
        }
        if left.contains(&name) {
            let said = pt::save(&object, &copy).unwrap_err().to_string();
            let remedy = match name {
                "nested" => {
                    "save its parts, which `unbind` gives, or what `to_padded_tensor` makes"
                }
                "cycle" => "inside of itself, at '1'; put something else there",
                "recursive_object" => "it holds `...`, for what stands there once more inside",
                _ if name.contains("quantized") => "; save what `dequantize` makes of it, or its",
                _ => "; save what `to_dense` makes of it",
            };
            assert!(said.contains(remedy), "{name}: {said}");
            return Ok(object);
        }
        pt::save(&object, &copy)?;
        pt::load(&copy)
    });
}

#[test]
fn what_is_mapped_is_written_to_in_memory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mapped.pt");
    pt::save(Tensor::from_slice(&[1.0_f32, 2.0]), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let mapped = pt::load_options(&path).mmap(true).call().unwrap();
    let tensor = mapped.as_tensor().unwrap();
    let _ = tensor.shallow_clone().fill_(7.0);
    assert_eq!(tensor.double_value(&[1]), 7.0);
    assert_eq!(fs::read(&path).unwrap(), before);
    // What replaces it leaves it alone.
    pt::save(Tensor::from(3.0), &path).unwrap();
    assert_eq!(tensor.double_value(&[0]), 7.0);
}

#[test]
fn tensors_that_share_memory_share_it_again() {
    for name in ["views", "legacy_views"] {
        let views = load(name);
        let of = |name: &str| views[name].as_tensor().unwrap();
        let _ = of("base").shallow_clone().fill_(7.0);
        assert_eq!(of("turned").double_value(&[3, 2]), 7.0, "{name}");
        assert_eq!(of("part").double_value(&[1, 1]), 7.0, "{name}");
    }
}

#[test]
fn kinds_that_tch_cannot_name_never_panic() {
    for name in ["uint16", "uint32", "uint64", "float8_e8m0fnu"] {
        let object = load(&format!("dt_{name}"));
        let tensor = object["a"].as_tensor().unwrap();
        assert_eq!(Dtype::of(tensor), Dtype::named(name));
        assert_eq!(Dtype::of(tensor).unwrap().kind(), None);
        assert!(object.to_string().contains(name) && format!("{object:?}").contains(name));
        assert_eq!(object, object.clone());
        assert_ne!(object["a"], object["view"]);
        if name.starts_with("uint") {
            assert_eq!(Vec::<i64>::try_from(tensor.to_kind(Kind::Int64)).unwrap(), [0, 1, 1]);
        }
    }
}

/// `scripts/pt_files.py` writes a `range` by protocol 2, which has it by the name of Python 2.
#[test]
fn what_python_2_called_otherwise_is_written_as_python_3_calls_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("range.pt");
    pt::save(load("range"), &path).unwrap();
    let written = fs::read(&path).unwrap();
    let has = |text: &[u8]| written.windows(text.len()).any(|part| part == text);
    assert!(has(b"cbuiltins\nrange\n") && !has(b"xrange"));
}

#[test]
fn an_unknown_class_says_what_it_is() {
    let namespace = load("namespace");
    let arguments = namespace["args"].as_opaque().unwrap();
    assert_eq!((&arguments.module[..], &arguments.name[..]), ("argparse", "Namespace"));
    assert_eq!(namespace["args"]["lr"].as_f64(), Some(0.1));
    assert_eq!(namespace.to_string(), "{'args': <argparse.Namespace {'lr': 0.1}>}");

    let scalars = load("np_scalar");
    let loss = scalars["loss"].as_opaque().unwrap();
    assert_eq!(loss.name, "scalar");
    assert_eq!(loss.arguments()[1].as_bytes().unwrap(), 1.5_f32.to_le_bytes());
    assert_eq!(scalars["a"].as_tensor().unwrap().size(), [4, 3]);

    let path = load("path");
    assert!(
        matches!(&path["p"].as_opaque().unwrap().made, Made::Called(parts) if parts.len() == 2)
    );
    assert_eq!(path.tensors().len(), 1);

    let module = load("module");
    assert_eq!(module["0"]["weight"].as_tensor().unwrap().size(), [3, 2]);
    assert_eq!(module["training"].as_bool(), Some(true));
}

#[test]
fn keys_are_of_any_kind() {
    let keys = load("keys");
    assert_eq!(keys.get(Object::None), Some(&Object::Int(1)));
    assert_eq!(keys.get(Object::Bool(true)), Some(&Object::Int(2)));
    assert_eq!(keys.get(Object::Dtype(Dtype::Half)), Some(&Object::Int(7)));
    let tuple = Object::tuple([1.into(), Object::tuple(["x".into(), Object::None])]);
    assert_eq!(keys.get(tuple), Some(&Object::Int(5)));
    assert!(matches!(keys.as_dict().unwrap().get_index(5).unwrap().0, Key::Int(-7)));
}

#[test]
fn a_state_dictionary_is_found_wherever_it_stands() {
    let keys = |object: &Object| object.state_dict().unwrap().into_keys().collect::<Vec<_>>();
    let whole = [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
    ];
    assert_eq!(keys(&load("module")), whole);
    assert_eq!(keys(&load("legacy_module")), whole);
    assert_eq!(keys(&load("legacy_ckpt")["m"]), whole);

    let state = || load("legacy_ckpt")["m"].clone();
    for name in ["state_dict", "model", "model_state_dict", "generator"] {
        let object = Object::dict([("epoch", 3.into()), (name, state())]);
        assert_eq!(keys(&object), whole, "{name}");
        let deeper = Object::dict([("loss", Tensor::from(0.5).into()), ("model", object)]);
        assert_eq!(keys(&deeper), whole, "{name}");
    }
    let prefixed = |prefix: &str| {
        let state = state();
        let entries = state.as_dict().unwrap().iter();
        Object::dict(
            entries
                .map(|(key, value)| (format!("{prefix}{}", key.as_str().unwrap()), value.clone())),
        )
    };
    for prefix in ["module.", "_orig_mod.", "module._orig_mod."] {
        assert_eq!(keys(&prefixed(prefix)), whole, "{prefix}");
    }
    // One key without the prefix, and it is a name like others.
    let averaged = {
        let mut object = prefixed("module.");
        object.as_dict_mut().unwrap().insert("n_averaged".into(), Tensor::from(1).into());
        object
    };
    assert_eq!(keys(&averaged)[0], "module.0.weight");

    let said = |object: Object| object.state_dict().unwrap_err().to_string();
    let mut other = state();
    other.as_dict_mut().unwrap().pop();
    let two = Object::dict([("generator", state()), ("discriminator", other)]);
    assert!(said(two).contains("'generator' or 'discriminator': take one"));
    assert!(said(3.into()).contains("is no dictionary, but a whole number"));
    let one = || Object::from(Tensor::from(1));
    let odd = Object::dict([("a", one()), ("b", Object::dict([("c", one())]))]);
    assert!(said(odd).contains("'b' is no tensor, but a dictionary"));
    // What an optimizer keeps of each parameter is no model's state.
    let kept = Object::dict([("step", Tensor::from(1.0).into())]);
    let adam = Object::dict([("state", Object::dict([(0, kept)]))]);
    assert!(said(Object::dict([("optimizer", adam)])).contains("'optimizer' is no tensor"));
}

#[test]
fn a_state_dictionary_stands_in_lists_and_beside_tensors() {
    let one = || Object::from(Tensor::from(1.5));
    let state = || Object::dict([("weight", one()), ("bias", one()), ("scale", one())]);
    let keys = |object: &Object| object.state_dict().unwrap().into_keys().collect::<Vec<_>>();
    let said = |object: &Object| object.state_dict().unwrap_err().to_string();
    let whole = ["weight", "bias", "scale"];

    assert_eq!(keys(&Object::tuple([state(), 3.into()])), whole);
    assert_eq!(keys(&Object::dict([("best", Object::list([0.5.into(), state()]))])), whole);
    let adam = Object::dict([("state", Object::dict([(0, Object::dict([("step", one())]))]))]);
    assert_eq!(keys(&Object::list([adam, state()])), whole);
    assert_eq!(keys(&Object::dict([("net_g", state()), ("mean", one())])), whole);
    assert_eq!(keys(&Object::dict([("std", one()), ("net_g", state()), ("mean", one())])), whole);
    assert_eq!(keys(&Object::dict([("mean", one()), ("params", state())])), whole);
    // As many beside it, and which of them is meant is not known.
    let beside = ["a", "b", "c"].map(|name| (name, one()));
    let even = Object::dict(beside.into_iter().chain([("net_g", state())]));
    assert!(said(&even).ends_with("'net_g' is no tensor, but a dictionary"), "{}", said(&even));
    // The same twice is one, and two are two wherever they stand.
    assert_eq!(keys(&Object::dict([("best", state()), ("last", state())])), whole);
    let other = Object::dict([("weight", one())]);
    let two = Object::dict([("nets", Object::list([state(), other])), ("epoch", 3.into())]);
    assert!(said(&two).contains("may be 'nets.0' or 'nets.1': take one of them"), "{}", said(&two));

    // A data set: each of its samples might be one.
    let samples = (0..100_000).map(|i| Object::dict([("x", Tensor::from(i).into())]));
    let words = "may be '0' or '1' or '2' or others: take one of them";
    assert!(said(&Object::list(samples)).contains(words));

    let nothing = || Object::dict::<Key>([]);
    assert_eq!(keys(&Object::dict([("state_dict", nothing()), ("model", state())])), whole);
    assert_eq!(keys(&Object::dict([("state_dict", nothing()), ("generator", state())])), whole);
    assert!(keys(&Object::dict([("state_dict", nothing()), ("epoch", 3.into())])).is_empty());
}

#[test]
fn what_is_no_tensor_is_named_where_it_stands() {
    let one = || Object::from(Tensor::from(1.5));
    let keys = |object: &Object| object.state_dict().unwrap().into_keys().collect::<Vec<_>>();
    let said = |object: &Object| object.state_dict().unwrap_err().to_string();
    // What a module keeps by itself is of any kind, and does not count; as a tensor it does.
    let extra = Object::dict([
        ("a.weight", one()),
        ("a._extra_state", Object::Bytes([1, 2][..].into())),
        ("_extra_state", Object::dict([("weight", one()), ("bias", one())])),
        ("b._extra_state", one()),
    ]);
    assert_eq!(keys(&extra), ["a.weight", "b._extra_state"]);
    assert_eq!(keys(&Object::dict([("model", extra), ("epoch", 3.into())])).len(), 2);
    // Python names such an entry too, and loads nothing.
    let counted = Object::dict([("running_mean", one()), ("num_batches_tracked", 3.into())]);
    let words = "'num_batches_tracked' is no tensor, but a whole number";
    assert_eq!(said(&counted), format!("state dictionary: {words}"));
    let nested = Object::dict([("epoch", 3.into()), ("state_dict", counted)]);
    assert_eq!(said(&nested), format!("state dictionary: in 'state_dict', {words}"));
    let deeper = Object::dict([("nets", Object::list([Object::None, nested]))]);
    assert_eq!(said(&deeper), format!("state dictionary: in 'nets.1.state_dict', {words}"));
    assert_eq!(deeper.tensors()[0].0, "nets.1.state_dict.running_mean");
}

#[test]
fn no_other_tensors_are_taken_for_those_that_something_else_stands_beside() {
    let one = || Object::from(Tensor::from(1.5));
    let spoiled = || Object::dict([("w", one()), ("b", one()), ("step", 3.into())]);
    let (few, many) = (
        || Object::dict([("w", one())]),
        || Object::dict([("w", one()), ("b", one()), ("c", one())]),
    );
    let said = |object: Object| object.state_dict().unwrap_err().to_string();
    let words = "'step' is no tensor, but a whole number";
    for (name, other) in [("model", "rng"), ("state_dict", "ema"), ("state_dict", "model")] {
        let object = Object::dict([(name, spoiled()), (other, few())]);
        assert_eq!(said(object), format!("state dictionary: in '{name}', {words}"));
    }
    let inner = Object::dict([("enc", spoiled())]);
    let object = Object::dict([("opt", few()), ("gen", inner)]);
    assert_eq!(said(object), format!("state dictionary: in 'gen.enc', {words}"));
    // An optimizer by name holds twice as many as its model.
    let object = Object::dict([("model", spoiled()), ("optimizer", many())]);
    assert_eq!(said(object), format!("state dictionary: in 'model', {words}"));
    // Several in the place that is looked at first: what is meant may be one of them.
    let two = Object::dict([("generator", few()), ("discriminator", many())]);
    let words = "may be 'model.generator' or 'model.discriminator': take one of them";
    let object = Object::dict([("params_ema", many()), ("model", two)]);
    assert_eq!(said(object), format!("state dictionary: {words}"));
    // What holds more is no part of it, and what comes after a usual name says nothing against it.
    for (name, other) in [("options", "weights"), ("net", "model"), ("options", "best")] {
        let object = Object::dict([(name, spoiled()), (other, many())]);
        assert_eq!(object.state_dict().unwrap().len(), 3, "{name}, {other}");
    }
    let object = Object::dict([("model", few()), ("options", spoiled())]);
    assert_eq!(object.state_dict().unwrap().len(), 1);
}

#[test]
fn a_state_dictionary_is_looked_for_once_at_each_place() {
    for (depth, beside) in [(90, None), (90, Some("net"))] {
        let mut object = Object::dict([("x", 1.into())]);
        for _ in 0..depth {
            let also = beside.map(|name| (name, 1.into()));
            object = Object::dict([("model", object)].into_iter().chain(also));
        }
        assert!(object.state_dict().is_err());
    }
}

#[test]
fn what_stands_at_many_places_is_looked_through_once() {
    for leaf in [1.into(), Object::dict([("w", Object::from(Tensor::from(1.5)))])] {
        let mut lists = leaf.clone();
        let mut named = leaf;
        for _ in 0..60 {
            lists = Object::list([lists.clone(), lists]);
            named = Object::dict([("model", named.clone()), ("b", named)]);
        }
        let tensors = matches!(lists.state_dict(), Ok(state) if state.len() == 1);
        assert_eq!(tensors, named.state_dict().is_ok());
    }
}

#[test]
fn what_torch_compile_puts_into_keys_is_taken_away_wherever_it_stands() {
    let keys = |names: &[&str]| {
        let object = Object::dict(names.iter().map(|name| (*name, Tensor::from(1.5).into())));
        object.state_dict().unwrap().into_keys().collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&["encoder._orig_mod.conv.weight", "head.weight"]),
        ["encoder.conv.weight", "head.weight"]
    );
    assert_eq!(keys(&["_orig_mod.module.a._orig_mod.w", "_orig_mod.module.b"]), ["a.w", "b"]);
    // A part that was wrapped for itself: its name may as well be the model's own.
    let wrapped = ["generator.module.weight", "module.weight"];
    assert_eq!(keys(&wrapped), wrapped);
    // A tensor's own name stays.
    for own in [["_orig_mod"], ["a._orig_mod"], ["module."], [".weight"]] {
        assert_eq!(keys(&own), own);
    }
    assert_eq!(keys(&["_orig_mod._orig_mod"]), ["_orig_mod"]);
    // Two that would become one.
    let both = ["a._orig_mod.weight", "a.weight"];
    assert_eq!(keys(&both), both);
}

#[test]
fn a_key_that_is_not_there_names_those_that_are() {
    let object = load("legacy_ckpt");
    let error = object.entry("epochs").unwrap_err().to_string();
    assert!(
        error.starts_with("'epochs': is not among the keys, which are 'm', 'epoch'"),
        "{error}"
    );
    let said = std::panic::catch_unwind(|| drop(load("namespace")["args"]["rate"].clone()));
    let said = *said.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("'lr'"), "{said}");
    assert!(
        Object::Int(3).entry("a").unwrap_err().to_string().contains("no keys in a whole number")
    );
}

#[test]
fn the_keys_of_the_old_weight_norm_are_loaded() {
    let state = load("weight_norm_old").state_dict().unwrap();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["bias", "weight_g", "weight_v"]);
    let linear = weight_norm(nn::Linear::new(2, 3));
    linear.load_state_dict(&state).unwrap();
    assert_eq!(linear.state_dict()["bias"], state["bias"]);
    let original = |i| (**linear.parametrizations["weight"].original(i)).shallow_clone();
    assert_eq!(original(0), state["weight_g"]);
    assert_eq!(original(1), state["weight_v"]);

    // Inside of another module too; and half of them are none.
    let inner = Object::from(&state).as_dict().unwrap().clone();
    let inner =
        inner.into_iter().map(|(key, tensor)| (format!("0.{}", key.as_str().unwrap()), tensor));
    let inner = Object::dict(inner).state_dict().unwrap();
    let model = nn::sequential!(weight_norm(nn::Linear::new(2, 3)), nn::ReLU::new());
    model.load_state_dict(&inner).unwrap();
    assert_eq!(model.state_dict()["0.parametrizations.weight.original0"], state["weight_g"]);
    let mut half = state;
    half.shift_remove("weight_g");
    let error = linear.load_state_dict(&half).unwrap_err().to_string();
    assert!(error.contains("Unexpected key(s) in state_dict: \"weight_v\""), "{error}");
}

/// A module that was saved whole.
fn module(class: &str, parameters: Object, modules: Object) -> Object {
    let (module, name) = class.rsplit_once('.').unwrap();
    let buffers = Object::dict(Vec::<(&str, Object)>::new());
    let groups = [("_parameters", parameters), ("_buffers", buffers), ("_modules", modules)];
    let mut opaque = Opaque::new(module, name);
    opaque.state = Some(Object::dict(groups));
    Object::Opaque(Arc::new(opaque))
}

#[test]
fn of_a_module_saved_whole_nothing_is_lost_in_silence() {
    let none = || Object::dict(Vec::<(&str, Object)>::new());
    let one = || Object::from(torch::ones([1]));
    let linear = |weight: Object| {
        let parameters = Object::dict([("weight", weight), ("bias", Object::None)]);
        module("torch.nn.modules.linear.Linear", parameters, none())
    };
    let holds = |child| {
        let modules = Object::dict([("0", child)]);
        module("torch.nn.modules.container.Sequential", none(), modules)
    };
    let keys = |object: Object| object.state_dict().unwrap().into_keys().collect::<Vec<_>>();
    let error = |object: Object| object.state_dict().unwrap_err().to_string();
    assert_eq!(keys(holds(linear(one()))), ["0.weight"]);
    // A parameter of another class.
    let other = || Object::Opaque(Arc::new(Opaque::new("mine", "Weight")));
    let said = error(holds(linear(other())));
    assert!(said.contains("'0.weight' is no tensor, but an object of mine.Weight"), "{said}");
    // What is kept elsewhere than among the parameters.
    let quantized = "torch.ao.nn.quantized.dynamic.modules.linear.Linear";
    let said = error(holds(module(quantized, none(), none())));
    assert!(
        said.contains("'0' is of torch.ao.nn.quantized") && said.contains("save its"),
        "{said}"
    );
    let float = "torch.ao.nn.quantized.modules.functional_modules.FloatFunctional";
    assert!(keys(holds(module(float, none(), none()))).is_empty());
    let said = error(holds(other()));
    assert!(said.contains("'0' is of mine.Weight, and no module"), "{said}");
    // What torch.compile gave.
    let compiled = |module| -> Object {
        let mut compiled = Opaque::new("torch._dynamo.eval_frame", "OptimizedModule");
        compiled.made = Made::Called(vec![module]);
        Object::Opaque(Arc::new(compiled))
    };
    assert_eq!(keys(compiled(linear(one()))), ["weight"]);
    assert_eq!(keys(holds(compiled(linear(one())))), ["0.weight"]);
}
