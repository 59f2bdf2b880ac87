//! The Rust side of `scripts/parity`: computes what Python computes and writes it down.
//!
//! `parity cases OUT` runs every case of `tests/cases`, `parity planted OUT` those with a fault,
//! which have to be found; `parity sequential_cnn OUT …` begins the training of the example of
//! that name, `parity distributed OUT …` is one of several ranks. `scripts/parity.py` starts both, and
//! compares.

use std::path::{Path, PathBuf};

use clap::Parser;
use flambeau::data::Subset;
use flambeau::nn::StateDict;
use flambeau::object::Object;
use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};
use flambeau_cases as cases;

mod checkpoint_side;
mod distributed_side;
#[path = "../tests/resnet/mod.rs"]
mod resnet;
mod tensorboard_side;

/// What to compute, and where to write it.
#[derive(Parser)]
struct Args {
    /// `cases`, `planted`, or the name of a model.
    what: String,
    /// The safetensors file to write.
    out: PathBuf,
    #[arg(long, default_value_t = 1)]
    threads: i32,
    #[arg(long)]
    fused: bool,
    #[arg(long)]
    clip: Option<f64>,
    /// The state that `resnet18` or `resumed` goes on from, or the folder of `checkpoints`.
    #[arg(long)]
    load: Option<PathBuf>,
    /// Where `resumed` leaves its checkpoint; the folder that `tensorboard` fills, and that of
    /// `checkpoint_sgd` and `checkpoint_adam`.
    #[arg(long)]
    save: Option<PathBuf>,
    #[arg(long, default_value_t = 1000)]
    steps: usize,
    /// How many epochs are over, and how many steps done, where `checkpoint_sgd` stops.
    #[arg(long, default_value_t = 0)]
    epoch: usize,
    #[arg(long, default_value_t = 0)]
    step: usize,
    #[arg(long, default_value_t = 4)]
    batch_size: usize,
    #[arg(long, default_value_t = 2)]
    workers: usize,
    #[arg(long, default_value = Cifar10::DEFAULT_ROOT)]
    data: PathBuf,
    /// Which of the ranks it is that `distributed` begins, and how many there are; they meet in the
    /// folder of `--save`.
    #[arg(long, default_value_t = 0)]
    rank: usize,
    #[arg(long, default_value_t = 1)]
    world_size: usize,
    /// The cases of `distributed`: a name, its settings, and so on.
    cases: Vec<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    tch::set_num_threads(args.threads);
    let (last, mean) = (models::Answer::Last, models::Answer::Mean);
    let result = match args.what.as_str() {
        "cases" => all_cases(),
        "planted" => planted_faults(),
        "resnet18" => resnet18(&args)?,
        "checkpoints" => checkpoints(&args)?,
        "resumed" => resumed(&args)?,
        "tensorboard" => tensorboard_side::write(saved(&args)?)?,
        "checkpoint_sgd" => relay("sgd", &args)?,
        "checkpoint_adam" => relay("adam", &args)?,
        "distributed" => {
            let (rank, world_size) = (args.rank, args.world_size);
            distributed_side::as_rank(rank, world_size, saved(&args)?, &args.cases)?
        }
        "sequential_cnn" => training(models::sequential_cnn, call, &args)?,
        "functional_cnn" => training(models::Cnn::new, call, &args)?,
        "my_conv2d" => training(models::MyCnn::new, call, &args)?,
        "recurrent_network" => {
            training(|| models::RecurrentNetwork::new(96, 128, 10), |n, x| read(n, x, last), &args)?
        }
        "recurrent_network_averaged" => {
            training(|| models::RecurrentNetwork::new(96, 128, 10), |n, x| read(n, x, mean), &args)?
        }
        "rnn_averaged" => training(|| models::RowReader::<nn::Elman>::new(128, mean), call, &args)?,
        "rnn" => training(|| models::RowReader::<nn::Elman>::new(128, last), call, &args)?,
        "lstm" => training(|| models::RowReader::<nn::LongShortTerm>::new(128, last), call, &args)?,
        "gru" => training(|| models::RowReader::<nn::Gated>::new(128, last), call, &args)?,
        other => return Err(Error::argument("what", format!("there is no {other}"))),
    };
    safetensors::save_file(&result, &args.out)
}

fn all_cases() -> StateDict {
    let cases = cases::cases().into_iter();
    results(cases.map(|(name, case)| (name.to_string(), case)))
}

/// What the faults of `tests/cases` compute: `fault/case/key`.
fn planted_faults() -> StateDict {
    let faults = cases::planted::faults(1.01e-5).into_iter();
    results(faults.map(|(fault, name, _shows, case)| (format!("{fault}/{name}"), case)))
}

fn results(cases: impl Iterator<Item = (String, cases::Case)>) -> StateDict {
    let mut all = StateDict::new();
    for (name, case) in cases {
        let result = cases::run(&case).into_iter();
        all.extend(result.map(|(key, tensor)| (format!("{name}/{key}"), tensor)));
    }
    all
}

/// Reads every `.pt` file of a folder and writes it again, beside it, for Python to compare.
fn checkpoints(args: &Args) -> Result<StateDict> {
    let folder = args.load.as_ref().ok_or_else(|| Error::argument("load", "is missing"))?;
    let unreadable = |e| Error::file(folder, e, "name a folder of .pt files");
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        pt::save(pt::load(&path)?, path.with_extension("back"))?;
    }
    Ok(StateDict::new())
}

/// Trains a small CNN with dropout on augmented images for an epoch, from the beginning or from a
/// checkpoint, and leaves one: a `.pt` or a safetensors file.
fn resumed(args: &Args) -> Result<StateDict> {
    random::manual_seed(0);
    let augment = transforms::compose![
        transforms::RandomCrop::options(32).padding(4).build(),
        transforms::RandomHorizontalFlip::default(),
        transforms::ColorJitter::options().brightness(0.2).hue(0.1).build(),
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let trainset = Cifar10::options(&args.data).download(true).build()?.transform(augment);
    let trainset = Subset::new(trainset, 0..4 * args.steps);
    let loader = DataLoader::options(trainset).batch_size(4).shuffle(true);
    let loader = loader.num_workers(args.workers).build()?;
    let model = checkpoint_side::small_cnn();
    let mut adam = optim::Adam::options(model.parameters()).lr(1e-3).amsgrad(true).build();
    let mut scheduler = StepLR::options(&mut adam, 100).gamma(0.5).build();
    if let Some(path) = &args.load {
        let checkpoint = match is_pt(path) {
            true => pt::load(path)?,
            false => safetensors::load(path)?,
        };
        model.load_state_dict(&checkpoint["model"].state_dict()?)?;
        adam.load_state_dict(&checkpoint["optimizer"])?;
        scheduler.load_state_dict(&checkpoint["scheduler"])?;
        let state = checkpoint["generator"].as_tensor();
        random::set_rng_state(state.ok_or_else(|| Error::argument("generator", "is no tensor"))?)?;
    }
    let mut losses = Vec::new();
    for batch in &loader {
        let (images, labels) = batch?;
        adam.zero_grad();
        let loss = F::cross_entropy(&model.forward(&images), &labels);
        loss.backward();
        adam.step();
        scheduler.step(&mut adam);
        losses.push(loss.double_value(&[]));
    }
    let checkpoint = Object::dict([
        ("model", Object::from(&model.state_dict())),
        ("optimizer", adam.state_dict()),
        ("scheduler", scheduler.state_dict()),
        ("generator", random::get_rng_state().into()),
        ("losses", losses.iter().map(|&loss| Object::Float(loss)).collect::<Vec<_>>().into()),
    ]);
    match &args.save {
        Some(path) if is_pt(path) => pt::save(&checkpoint, path)?,
        Some(path) => safetensors::save(&checkpoint, path)?,
        None => {}
    }
    Ok(StateDict::new())
}

fn saved(args: &Args) -> Result<&Path> {
    args.save.as_deref().ok_or_else(|| Error::argument("save", "is missing"))
}

/// A part of the training of `checkpoint_check.py`.
fn relay(algorithm: &str, args: &Args) -> Result<StateDict> {
    checkpoint_side::train(algorithm, saved(args)?, args.epoch, args.step)?;
    Ok(StateDict::new())
}

fn is_pt(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pt")
}

/// resnet18 takes over a state that Python has trained, and goes on: its initial weights, what it
/// says in evaluation and in training, the losses of three steps, and all weights and statistics
/// after them.
fn resnet18(args: &Args) -> Result<StateDict> {
    random::manual_seed(0);
    let model = resnet::resnet18(10);
    let mut result = StateDict::new();
    for (name, tensor) in model.state_dict() {
        result.insert(format!("initial weights/{name}"), tensor.copy());
    }
    let keys: Vec<_> = model.state_dict().into_keys().collect();
    result.insert("initial weights/keys".into(), Tensor::from_slice(keys.join("\n").as_bytes()));
    let print = model.to_string();
    result.insert("initial weights/print".into(), Tensor::from_slice(print.as_bytes()));

    let load = args.load.as_ref().ok_or_else(|| Error::argument("load", "is missing"))?;
    model.load_state_dict(&safetensors::load_file(load)?)?;
    random::manual_seed(1);
    let images = Tensor::randn([4, 3, 64, 64], (Kind::Float, Device::Cpu));
    let labels = Tensor::randint(10, [4], (Kind::Int64, Device::Cpu));
    model.eval();
    result.insert("outputs/in evaluation".into(), model.forward(&images).detach());
    model.train();
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::SGD::options(model.parameters()).lr(0.01).momentum(0.9).build();
    for step in 0..3 {
        optimizer.zero_grad();
        let output = model.forward(&images);
        let loss = criterion.forward(&output, &labels);
        loss.backward();
        optimizer.step();
        result.insert(format!("outputs/of step {step}"), output.detach());
        result.insert(format!("losses/of step {step}"), loss.detach());
    }
    result.extend(model.state_dict().into_iter().map(|(name, t)| (format!("weights/{name}"), t)));
    Ok(result)
}

fn call<M: Forward>(model: &M, images: &Tensor) -> Tensor {
    nn::call(model, images)
}

/// What the recurrent network answers when it has read an image's rows.
fn read(network: &models::RecurrentNetwork, images: &Tensor, answer: models::Answer) -> Tensor {
    let (outputs, _hidden) = network.read(&models::rows(images));
    answer.of(&outputs)
}

/// The first steps of the notebook's training loop: initial weights, the labels as they come,
/// every loss, then the weights and what Adam keeps of them.
fn training<M: Module>(
    model: impl Fn() -> M,
    scores: impl Fn(&M, &Tensor) -> Tensor,
    args: &Args,
) -> Result<StateDict> {
    random::manual_seed(0);
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let trainset = Cifar10::options(&args.data).download(true).build()?.transform(transform);
    let loader = DataLoader::options(trainset).batch_size(args.batch_size).shuffle(true);
    let loader = loader.num_workers(args.workers).build()?;
    let model = model();
    let criterion = nn::CrossEntropyLoss::new();
    let adam = optim::Adam::options(model.parameters()).lr(1e-3);
    let mut optimizer = adam.fused(args.fused).build();

    let mut result = StateDict::new();
    for (name, weight) in model.state_dict() {
        result.insert(format!("initial weights/{name}"), weight.copy());
    }
    let (mut losses, mut shuffle, mut pixels) = (Vec::new(), Vec::new(), Vec::new());
    for batch in loader.iter().take(args.steps) {
        let (inputs, labels) = batch?;
        optimizer.zero_grad();
        let loss = criterion.forward(&scores(&model, &inputs), &labels);
        loss.backward();
        if let Some(max_norm) = args.clip {
            let _ = nn::utils::clip_grad_norm_(&model.parameters(), max_norm);
        }
        optimizer.step();
        losses.push(loss.double_value(&[]));
        // A batch's images are told apart by their labels and the sums of their pixels.
        pixels.push(inputs.sum_dim_intlist([1_i64, 2, 3].as_slice(), false, Kind::Double));
        shuffle.push(labels);
    }
    result.insert("losses/of each step".into(), Tensor::from_slice(&losses));
    result.insert("shuffle/labels".into(), Tensor::cat(&shuffle, 0));
    result.insert("shuffle/pixels".into(), Tensor::cat(&pixels, 0));
    for (name, weight) in model.state_dict() {
        result.insert(format!("weights/{name}"), weight);
    }
    for ((name, _), state) in model.named_parameters().iter().zip(optimizer.state()) {
        result.insert(format!("first moments/{name}"), state["exp_avg"].shallow_clone());
        result.insert(format!("second moments/{name}"), state["exp_avg_sq"].shallow_clone());
        result.insert(format!("steps/{name}"), state["step"].shallow_clone());
    }
    result.insert("generator/state".into(), random::get_rng_state());
    Ok(result)
}
