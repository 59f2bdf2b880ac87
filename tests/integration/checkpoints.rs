//! Checkpoints: a training that is killed at any moment goes on to the same bits.
//!
//! `FLAMBEAU_KILLS=500 cargo test killed` kills more often.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use flambeau::amp::autocast_options;
use flambeau::data::{RandomSampler, Sampler, TensorDataset, WeightedRandomSampler};
use flambeau::object::Object;
use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
use flambeau::optim::swa_utils::{AveragedModel, get_ema_avg_fn};
use flambeau::prelude::*;
use flambeau::serialize::pt;
use flambeau::train::{Checkpoints, State};
use flambeau::vision::datasets::Transformed;

/// The folder of the training that [`trains_in_another_process`] does, and how it is done.
const FOLDER: &str = "FLAMBEAU_TRAINING";
const WORKERS: &str = "FLAMBEAU_TRAINING_WORKERS";

const EPOCHS: usize = 3;

#[derive(Debug, Module)]
struct Net {
    conv: nn::Conv2d,
    norm: nn::BatchNorm2d,
    dropout: nn::Dropout,
    linear: nn::Linear,
}

impl Forward for Net {
    fn forward(&self, x: &Tensor) -> Tensor {
        let x = F::relu(&self.norm.forward(&self.conv.forward(x)));
        self.linear.forward(&self.dropout.forward(&x.flatten(1, -1)))
    }
}

/// A training with all that can be lost: it goes on where the folder's checkpoints are, says
/// `begun` before its first step, and leaves its end in `final.pt`.
fn train(folder: &Path, workers: usize) -> Result<()> {
    random::manual_seed(7);
    let images = Tensor::randint(256, [40, 3, 8, 8], (Kind::Uint8, Device::Cpu));
    let labels = Tensor::arange(40, (Kind::Int64, Device::Cpu)).remainder(3);
    let images = Transformed::new(
        TensorDataset::new((images, labels))?,
        transforms::compose![
            transforms::RandomCrop::options(8).padding(2).build(),
            transforms::RandomHorizontalFlip::default(),
            transforms::ToTensor::new(),
        ],
    );
    let sampler: Box<dyn Sampler> = match workers {
        1 => {
            let weights: Vec<f64> = (0..40).map(|i| 1.0 + f64::from(i % 4)).collect();
            Box::new(WeightedRandomSampler::new(weights, 36)?)
        }
        _ => Box::new(RandomSampler::options(40).replacement(workers == 3).build()?),
    };
    let loader =
        DataLoader::options(images).batch_size(4).sampler(sampler).num_workers(workers).build()?;
    let model = Net {
        conv: nn::Conv2d::options(3, 4, 3).padding(1).build(),
        norm: nn::BatchNorm2d::new(4),
        dropout: nn::Dropout::new(0.2),
        linear: nn::Linear::new(256, 3),
    };
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);
    let mut scheduler = StepLR::options(&mut optimizer, 5).gamma(0.9).build();
    let ema = AveragedModel::options(&model).avg_fn(get_ema_avg_fn(0.9)).build();
    let criterion = nn::CrossEntropyLoss::new();
    let mut losses = Object::List(Vec::new());

    let checkpoints = Checkpoints::options(folder.join("checkpoints")).every(3).build()?;
    macro_rules! state {
        () => {
            State::of(&model, &mut optimizer)
                .scheduler(&mut scheduler)
                .ema(&ema)
                .loader(&loader)
                .value("losses", &mut losses)
        };
    }
    checkpoints.resume(state!())?;
    println!("begun at step {}", checkpoints.step_count());
    for _epoch in checkpoints.epoch()..EPOCHS {
        for batch in &loader {
            let (inputs, labels) = batch?;
            optimizer.zero_grad();
            let loss = autocast_options(Device::Cpu)
                .dtype(Kind::BFloat16)
                .call(|| criterion.forward(&model.forward(&inputs), &labels));
            loss.backward();
            optimizer.step();
            scheduler.step(&mut optimizer);
            ema.update_parameters(&model);
            let Object::List(list) = &mut losses else { unreachable!() };
            list.push(loss.item().into());
            checkpoints.step(&state!());
        }
        checkpoints.end_epoch(&state!());
    }
    checkpoints.finish()?;
    pt::save(&state!().state_dict(), folder.join("final.pt"))
}

#[test]
#[ignore = "another test runs it in a process of its own"]
fn trains_in_another_process() {
    let folder = env::var_os(FOLDER).expect("the folder");
    let workers = env::var(WORKERS).unwrap().parse().unwrap();
    tch::set_num_threads(1);
    train(Path::new(&folder), workers).unwrap();
}

/// A process that trains.
struct Run {
    /// At which step it began.
    step: usize,
    /// Whether it came to its end, and how long that took from its first step.
    ended: bool,
    milliseconds: u64,
}

/// Begins the training, or goes on with it, until it is killed so many milliseconds later.
fn run(folder: &Path, workers: usize, kill_after: Option<u64>) -> Run {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "checkpoints::trains_in_another_process", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(WORKERS, workers.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let step = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("begun at step ").map(|(_, step)| step.parse().unwrap())
    });
    let step = step.expect("the training begins");
    let begun = Instant::now();
    if let Some(milliseconds) = kill_after {
        thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
    }
    // What is still said is read, or the child would wait.
    lines.for_each(drop);
    let ended = child.wait().unwrap().success();
    Run { step, ended, milliseconds: begun.elapsed().as_millis() as u64 }
}

fn outcome(folder: &Path) -> String {
    pt::load(folder.join("final.pt")).unwrap().to_string()
}

/// Kills trainings of this many workers at random moments, and compares what they come to. Returns
/// how often one went on from a checkpoint.
fn killed(workers: usize, kills: u64) -> usize {
    let untouched = tempfile::tempdir().unwrap();
    let Run { ended, milliseconds, .. } = run(untouched.path(), workers, None);
    assert!(ended);
    let expected = outcome(untouched.path());
    let (mut runs, mut done, mut resumed) = (0_u64, 0, 0);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        let mut last = 0;
        let mut ended = false;
        while !ended && done < kills {
            // Spread over the time of a run, by numbers that no generator has to be asked for.
            runs += 1;
            let after = runs.wrapping_mul(0x9e37_79b9_7f4a_7c15) % milliseconds;
            let Run { step, .. } = run(folder.path(), workers, Some(after));
            ended = folder.path().join("final.pt").exists();
            assert!(step >= last, "it fell back from step {last} to {step}");
            resumed += usize::from(step > 0);
            (last, done) = (step, done + u64::from(!ended));
        }
        assert!(ended || run(folder.path(), workers, None).ended);
        assert_eq!(outcome(folder.path()), expected, "after {done} kills, {workers} workers");
    }
    resumed
}

#[test]
fn a_killed_training_goes_on_to_the_same_bits() {
    let kills = env::var("FLAMBEAU_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let shares = [(0, kills / 3), (1, kills / 3), (3, kills - 2 * (kills / 3))];
    let resumed: usize = shares.iter().map(|&(workers, share)| killed(workers, share)).sum();
    println!("{kills} kills, {resumed} times from a checkpoint");
    assert!(resumed > 0);
}
