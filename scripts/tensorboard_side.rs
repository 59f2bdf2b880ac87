//! The Rust side of `tensorboard_check.py`: event files, and which calls wrote them.

use std::path::Path;

use flambeau::nn::StateDict;
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::train::tensorboard::SummaryWriter;
use serde_json::{Value, json};

/// Writes runs to `folder`, and to `calls.json` in it what was called for each: the arguments by
/// Python's names, numbers as texts, since JSON has no NaN. The tensors among the arguments come back.
pub fn write(folder: &Path) -> Result<StateDict> {
    random::manual_seed(0);
    let (mut calls, mut tensors) = (vec![], StateDict::new());
    scalars(folder, &mut calls)?;
    resumed(folder, &mut calls)?;
    texts(folder, &mut calls)?;
    images(folder, &mut calls, &mut tensors)?;
    histograms(folder, &mut calls, &mut tensors)?;
    hparams(folder, &mut calls)?;
    let path = folder.join("calls.json");
    let unwritable = |e| Error::file(&path, e, "name a folder that may be written to");
    std::fs::write(&path, Value::from(calls).to_string()).map_err(unwritable)?;
    Ok(tensors)
}

fn call(run: &str, method: &str, arguments: Value) -> Value {
    json!({ "run": run, "method": method, "arguments": arguments })
}

fn scalars(folder: &Path, calls: &mut Vec<Value>) -> Result<()> {
    let values = [
        0.0,
        -0.0,
        0.1,
        -1.5e-45,
        1e-300,
        3.4028235e38,
        3.5e38,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        std::f64::consts::PI,
    ];
    let tags = ["loss", "train/loss", "Ünïcode 🔥 und Leerzeichen", "new\nline", "nul\0"];
    let mut writer = SummaryWriter::new(folder.join("scalars"))?;
    for tag in tags {
        // Any step may come after any.
        for (step, value) in [0, 1, 2, 127, 128, 1 << 40, i64::MAX, -1, 3, 4, 5].iter().zip(values)
        {
            writer.add_scalar(tag, value, *step)?;
            let value = format!("{value:?}");
            let arguments = json!({ "tag": tag, "scalar_value": value, "global_step": step });
            calls.push(call("scalars", "add_scalar", arguments));
        }
    }
    for step in 0..3 {
        let pair = [("train", 1.0 / (step as f64 + 1.0)), ("test a", 2.0 / (step as f64 + 1.0))];
        writer.add_scalars("both/losses", pair, step)?;
        let dict: serde_json::Map<_, _> = pair
            .iter()
            .map(|(tag, value)| (tag.to_string(), format!("{value:?}").into()))
            .collect();
        let arguments =
            json!({ "main_tag": "both/losses", "tag_scalar_dict": dict, "global_step": step });
        calls.push(call("scalars", "add_scalars", arguments));
    }
    writer.close()
}

/// Broken off in step 9, and gone on with from step 6.
fn resumed(folder: &Path, calls: &mut Vec<Value>) -> Result<()> {
    let run = "resumed";
    for (steps, shift, purge_step) in [(0..9, 0.0, None), (6..12, 0.5, Some(6))] {
        calls.push(call(run, "SummaryWriter", json!({ "purge_step": purge_step })));
        let writer = SummaryWriter::options(folder.join(run)).maybe_purge_step(purge_step);
        let mut writer = writer.build()?;
        for step in steps {
            let value = step as f64 + shift;
            for tag in ["loss", "accuracy"] {
                writer.add_scalar(tag, value, step)?;
                let value = format!("{value:?}");
                let arguments = json!({ "tag": tag, "scalar_value": value, "global_step": step });
                calls.push(call(run, "add_scalar", arguments));
            }
        }
    }
    Ok(())
}

fn texts(folder: &Path, calls: &mut Vec<Value>) -> Result<()> {
    let mut writer = SummaryWriter::new(folder.join("texts"))?;
    let long = "long ".repeat(20_000);
    for (step, text) in
        ["# Title\n\nthe *run*", "", "Ünïcode 🔥", "nul\0", &long].iter().enumerate()
    {
        let step = step as i64;
        writer.add_text("about/it", text, step)?;
        let arguments = json!({ "tag": "about/it", "text_string": text, "global_step": step });
        calls.push(call("texts", "add_text", arguments));
    }
    Ok(())
}

fn images(folder: &Path, calls: &mut Vec<Value>, tensors: &mut StateDict) -> Result<()> {
    let float = (Kind::Float, Device::Cpu);
    let colours = Tensor::rand([3, 7, 11], float);
    let odd = Tensor::from_slice(&[-1.0, 0.0, 0.5, 1.0, 1.001, 300.0, f64::INFINITY, -1e300]);
    let images = [
        ("grey", Tensor::rand([1, 5, 4], float)),
        ("rgba", Tensor::rand([4, 3, 3], float)),
        ("double", colours.to_kind(Kind::Double)),
        ("half", colours.to_kind(Kind::Half)),
        ("turned", colours.permute([0, 2, 1])),
        ("outside", odd.reshape([1, 2, 4])),
        ("bytes", Tensor::randint(256, [3, 6, 6], (Kind::Uint8, Device::Cpu))),
        ("truths", Tensor::randint(2, [1, 6, 6], float).to_kind(Kind::Bool)),
        ("one pixel", Tensor::rand([3, 1, 1], float)),
        ("large", Tensor::rand([3, 300, 200], float)),
        ("colours", colours),
    ];
    let mut writer = SummaryWriter::new(folder.join("images"))?;
    for (tag, image) in images {
        writer.add_image(tag, &image, 3)?;
        let name = format!("images/{tag}");
        let arguments = json!({ "tag": tag, "img_tensor": { "tensor": name }, "global_step": 3 });
        calls.push(call("images", "add_image", arguments));
        tensors.insert(name, image.contiguous());
    }
    Ok(())
}

fn histograms(folder: &Path, calls: &mut Vec<Value>, tensors: &mut StateDict) -> Result<()> {
    // Numbers whose sums are exact, in whatever order they are added up.
    let exact = (Tensor::randn([50, 20], (Kind::Float, Device::Cpu)) * 256.0).round() / 256.0;
    let with = |value: f64| {
        Tensor::cat(&[exact.reshape([-1]), Tensor::full([3], value, (Kind::Float, Device::Cpu))], 0)
    };
    let histograms = [
        ("one", Tensor::from(0.25_f64).reshape([1])),
        ("zeros", Tensor::zeros([4], (Kind::Float, Device::Cpu))),
        ("limits", Tensor::from_slice(&[1e-12, 1e-12 * 1.1, 0.0, -1e-12, 1.0])),
        ("small", Tensor::from_slice(&[1e-13, -1e-13, 1e-300])),
        ("large", Tensor::from_slice(&[2_f64.powi(80), 2.0, -(2_f64.powi(80))])),
        ("nan", with(f64::NAN)),
        ("inf", with(f64::INFINITY)),
        ("whole", Tensor::randint(100, [30], (Kind::Int64, Device::Cpu))),
        ("half", exact.to_kind(Kind::Half)),
        ("exact", exact),
    ];
    let mut writer = SummaryWriter::new(folder.join("histograms"))?;
    for (tag, values) in histograms {
        writer.add_histogram(tag, &values, 5)?;
        let name = format!("histograms/{tag}");
        let arguments = json!({ "tag": tag, "values": { "tensor": name }, "global_step": 5 });
        calls.push(call("histograms", "add_histogram", arguments));
        tensors.insert(name, values);
    }
    Ok(())
}

fn hparams(folder: &Path, calls: &mut Vec<Value>) -> Result<()> {
    // In the order of their names, which is that of JSON's maps here.
    let hparams = Object::dict([
        ("batch size", 4_i64.into()),
        ("lr", 1e-3.into()),
        ("none", Object::None),
        ("optimizer", "Adam 🔥".into()),
        ("tensor", Tensor::from(0.5_f64).into()),
        ("zero", 0.0.into()),
    ]);
    let metrics = Object::dict([("hparam/accuracy", 0.62.into()), ("hparam/loss", 0.0.into())]);
    let mut writer = SummaryWriter::new(folder.join("hparams"))?;
    writer.add_hparams_options(&hparams, &metrics).run_name("first").global_step(7).call()?;
    let arguments = json!({
        "hparam_dict": {
            "lr": 1e-3, "batch size": 4, "optimizer": "Adam 🔥", "zero": 0.0, "tensor": 0.5, "none": null,
        },
        "metric_dict": { "hparam/accuracy": 0.62, "hparam/loss": 0.0 },
        "run_name": "first", "global_step": 7,
    });
    calls.push(call("hparams", "add_hparams", arguments));
    Ok(())
}
