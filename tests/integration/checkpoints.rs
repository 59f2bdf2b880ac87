//! Checkpoints: a training that is killed at any moment goes on to the same bits.
//!
//! `FLAMBEAU_KILLS=500 cargo test killed` kills more often.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use flambeau::amp::{GradScaler, autocast_options};
use flambeau::data::{RandomSampler, Sampler, TensorDataset, WeightedRandomSampler};
use flambeau::object::Object;
use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
use flambeau::optim::swa_utils::{AveragedModel, get_ema_avg_fn_options};
use flambeau::prelude::*;
use flambeau::serialize::pt;
use flambeau::train::{Checkpoints, Run, Schedule, State, Stateful, Trainer, interrupted};
use flambeau::vision::datasets::Transformed;
use tempfile::TempDir;

/// The folder of the training that [`trains_in_another_process`] does, with how many workers, and
/// whether by a [`Trainer`] in a [`Run`].
const FOLDER: &str = "FLAMBEAU_TRAINING";
const WORKERS: &str = "FLAMBEAU_TRAINING_WORKERS";
const BY_TRAINER: &str = "FLAMBEAU_TRAINING_BY_TRAINER";

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

type Loader = DataLoader<Transformed<TensorDataset<(Tensor, Tensor)>>>;

/// Images that come in another order and another form each time.
fn loader(workers: usize) -> Result<Loader> {
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
    DataLoader::options(images).batch_size(4).sampler(sampler).num_workers(workers).build()
}

impl Net {
    fn new() -> Self {
        Self {
            conv: nn::Conv2d::options(3, 4, 3).padding(1).build(),
            norm: nn::BatchNorm2d::new(4),
            dropout: nn::Dropout::new(0.2),
            linear: nn::Linear::new(256, 3),
        }
    }
}

/// A training with all that can be lost, in a loop of its own: it goes on where the folder's
/// checkpoints are, says `begun` before its first step, and leaves its end in `final.pt`.
fn train(folder: &Path, workers: usize) -> Result<()> {
    random::manual_seed(7);
    let loader = loader(workers)?;
    let model = Net::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);
    let mut scheduler = StepLR::options(&mut optimizer, 5).gamma(0.9).build();
    let ema =
        AveragedModel::options(&model).avg_fn(get_ema_avg_fn_options().decay(0.9).call()).build();
    let criterion = nn::CrossEntropyLoss::new();
    let mut losses = Object::list([]);

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
            losses.as_list_mut().unwrap().push(loss.item().into());
            checkpoints.step(&state!());
        }
        checkpoints.end_epoch(&state!());
    }
    checkpoints.finish()?;
    pt::save(state!().state_dict(), folder.join("final.pt"))
}

/// The same by a [`Trainer`], in a [`Run`].
fn train_by_trainer(folder: &Path, workers: usize) -> Result<()> {
    random::manual_seed(7);
    let loader = loader(workers)?;
    let model = Net::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);
    let scheduler = StepLR::options(&mut optimizer, 5).gamma(0.9).build();
    let run = Run::options(folder.join("run")).resume(true).checkpoint_every(3).build()?;
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .epochs(EPOCHS)
        .scheduler(Schedule::Step(Box::new(scheduler)))
        .clip_grad_norm(1.0)
        .amp(Kind::BFloat16)
        .ema(0.9)
        .log_every(2)
        .run(&run)
        .build()?;
    println!("begun at step {}", trainer.step_count());
    let criterion = nn::CrossEntropyLoss::new();
    let loss = |model: &Net, (inputs, labels): (Tensor, Tensor)| {
        criterion.forward(&model.forward(&inputs), &labels)
    };
    // On images that are cropped anew each time, from the loader that is trained on.
    let evaluate = |model: &Net| {
        let (inputs, _) = loader.iter().next().expect("a batch")?;
        let mean = no_grad(|| model.forward(&inputs)).mean(Kind::Double);
        Ok(vec![("mean".to_string(), mean.item())])
    };
    trainer.fit_and_evaluate(loss, evaluate)?;
    let average = Object::from(trainer.trained().state_dict());
    drop(trainer);
    let state = State::of(&model, &mut optimizer).loader(&loader).state_dict();
    let metrics = Object::from(crate::rows_of(&folder.join("run")).join("\n"));
    let end = Object::dict([("state", state), ("ema", average), ("metrics", metrics)]);
    pt::save(end, folder.join("final.pt"))
}

#[test]
#[ignore = "another test runs it in a process of its own"]
fn trains_in_another_process() {
    let folder = env::var_os(FOLDER).expect("the folder");
    let workers = env::var(WORKERS).unwrap().parse().unwrap();
    tch::set_num_threads(1);
    let train = if env::var_os(BY_TRAINER).is_some() { train_by_trainer } else { train };
    train(Path::new(&folder), workers).unwrap();
}

/// How a training is done.
#[derive(Clone, Copy, Debug)]
struct Way {
    workers: usize,
    by_trainer: bool,
}

/// When a process is killed: so many milliseconds after its own beginning, or its training's.
#[derive(Clone, Copy)]
enum Kill {
    Never,
    OfProcess(u64),
    OfTraining(u64),
}

/// A process that trains.
struct Process {
    /// At which step it began, if it came so far.
    step: Option<usize>,
    /// Whether it came to its end, and how long that took it, and its training.
    ended: bool,
    milliseconds: [u64; 2],
}

/// Begins the training, or goes on with it, until it is killed.
fn run(folder: &Path, way: Way, kill: Kill) -> Process {
    let begun = Instant::now();
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "checkpoints::trains_in_another_process", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(WORKERS, way.workers.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if way.by_trainer {
        command.env(BY_TRAINER, "1");
    }
    let mut child = command.spawn().unwrap();
    if let Kill::OfProcess(milliseconds) = kill {
        thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
    }
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let step = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("begun at step ").map(|(_, step)| step.parse().unwrap())
    });
    let trains = Instant::now();
    if let Kill::OfTraining(milliseconds) = kill {
        thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
    }
    // What is still said is read, or the child would wait.
    lines.for_each(drop);
    let ended = child.wait().unwrap().success();
    let milliseconds = [begun, trains].map(|start| start.elapsed().as_millis() as u64);
    Process { step, ended, milliseconds }
}

/// Weights, optimizer, EMA, generators, losses or metrics: compared to the bit.
fn outcome(folder: &Path) -> Object {
    pt::load(folder.join("final.pt")).unwrap()
}

/// Kills trainings at random moments, and compares what they come to. Returns how often one went on
/// from a checkpoint.
fn killed(way: Way, kills: u64) -> usize {
    let untouched = tempfile::tempdir().unwrap();
    let Process { ended, milliseconds, .. } = run(untouched.path(), way, Kill::Never);
    assert!(ended);
    let expected = outcome(untouched.path());
    // All of it is compared, the tensors' numbers too.
    let other = pt::load(untouched.path().join("final.pt")).unwrap();
    let average = other["ema"].tensors();
    let (_, weight) = average.iter().find(|(name, _)| name.ends_with("linear.weight")).unwrap();
    let _ = no_grad(|| weight.get(0).get(0).fill_(0.5));
    assert_ne!(other, expected);
    let (mut runs, mut done, mut resumed) = (0_u64, 0, 0);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        let mut last = 0;
        let mut ended = false;
        while !ended && done < kills {
            // Spread over the time of a process, and more often over that of its training, by numbers
            // that no generator has to be asked for.
            runs += 1;
            let moment = |range| runs.wrapping_mul(0x9e37_79b9_7f4a_7c15) % range;
            let kill = match runs % 4 {
                0 => Kill::OfProcess(moment(milliseconds[0])),
                _ => Kill::OfTraining(moment(milliseconds[1])),
            };
            let step = run(folder.path(), way, kill).step.unwrap_or(last);
            ended = folder.path().join("final.pt").exists();
            assert!(step >= last, "it fell back from step {last} to {step}");
            resumed += usize::from(step > 0);
            (last, done) = (step, done + u64::from(!ended));
        }
        assert!(ended || run(folder.path(), way, Kill::Never).ended);
        assert!(outcome(folder.path()) == expected, "after {done} kills, {way:?}");
    }
    resumed
}

#[test]
fn a_killed_training_goes_on_to_the_same_bits() {
    let kills = env::var("FLAMBEAU_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let ways = [(0, false), (1, false), (3, false), (1, true)];
    let mut resumed = 0;
    for (i, (workers, by_trainer)) in ways.into_iter().enumerate() {
        let share = (kills + i as u64) / ways.len() as u64;
        resumed += killed(Way { workers, by_trainer }, share);
    }
    println!("{kills} kills, {resumed} times from a checkpoint");
    assert!(resumed > 0);
}

/// A training of two parameters that are drawn, in a folder.
struct Small {
    model: nn::Linear,
    optimizer: optim::Adam,
    checkpoints: Checkpoints,
}

impl Small {
    fn new(folder: &Path) -> Self {
        Self::of(folder, nn::Linear::new(2, 1))
    }

    fn of(folder: &Path, model: nn::Linear) -> Self {
        let optimizer = optim::Adam::new(model.parameters(), 0.1);
        let checkpoints = Checkpoints::options(folder).every(1).keep(3).build().unwrap();
        Self { model, optimizer, checkpoints }
    }

    fn step(&mut self) {
        self.optimizer.zero_grad();
        let x = Tensor::randn([4, self.model.weight.size()[1]], (Kind::Float, Device::Cpu));
        self.model.forward(&x).square().mean(Kind::Float).backward();
        self.optimizer.step();
        self.checkpoints.step(&State::of(&self.model, &mut self.optimizer));
        // So that each is written, and none takes another's place.
        let _ = self.checkpoints.finish();
    }

    fn resume(&mut self) -> Result<bool> {
        self.checkpoints.resume(State::of(&self.model, &mut self.optimizer))
    }

    fn weights(&self) -> (Tensor, Tensor) {
        (self.model.weight.detach().copy(), self.model.bias.as_ref().unwrap().detach().copy())
    }
}

/// A folder of three checkpoints, and the weights that the last two hold.
fn three() -> (TempDir, [(Tensor, Tensor); 2]) {
    let folder = tempfile::tempdir().unwrap();
    let mut small = Small::new(folder.path());
    small.step();
    small.step();
    let second = small.weights();
    small.step();
    (folder, [second, small.weights()])
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_last_few_and_the_best_are_kept() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let mut small = Small::new(folder.path());
    assert!(!small.resume().unwrap());
    for (epoch, score) in [0.5, 0.8, f64::NAN, 0.7, 0.8].into_iter().enumerate() {
        small.step();
        assert_eq!(small.checkpoints.epoch(), epoch);
        small.checkpoints.score(score);
        small.checkpoints.end_epoch(&State::of(&small.model, &mut small.optimizer));
        small.checkpoints.finish().unwrap();
    }
    let kept = ["best.pt", "step-0000000003.pt", "step-0000000004.pt", "step-0000000005.pt"];
    assert_eq!(files(folder.path()), kept);
    let best = pt::load(folder.path().join("best.pt")).unwrap();
    assert_eq!((best["step"].as_i64(), best["epoch"].as_i64()), (Some(2), Some(2)));
    // A training that goes on knows how good the best was.
    let mut again = Small::new(folder.path());
    assert!(again.resume().unwrap());
    assert_eq!((again.checkpoints.epoch(), again.checkpoints.step_count()), (5, 5));
    again.checkpoints.score(0.75);
    again.checkpoints.end_epoch(&State::of(&again.model, &mut again.optimizer));
    again.checkpoints.finish().unwrap();
    let best = pt::load(folder.path().join("best.pt")).unwrap();
    assert_eq!(best["step"].as_i64(), Some(2));
}

/// A training whose loss is scaled, from where the folder's checkpoint is up to so many steps. In the
/// fifth the loss is infinite.
fn scaled(folder: &Path, kind: Kind, steps: usize) -> Object {
    random::manual_seed(3);
    let model = nn::Linear::new(4, 3);
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-2);
    let options = GradScaler::options(Device::Cpu).init_scale(1024);
    let mut scaler = options.growth_interval(2).build();
    let checkpoints = Checkpoints::options(folder).every(1).build().unwrap();
    checkpoints.resume(State::of(&model, &mut optimizer).scaler(&mut scaler)).unwrap();
    while checkpoints.step_count() < steps {
        let x = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
        optimizer.zero_grad();
        let loss = autocast_options(Device::Cpu).dtype(kind).call(|| model.forward(&x));
        let factor = if checkpoints.step_count() == 4 { f64::INFINITY } else { 1.0 };
        let loss = loss.to_kind(Kind::Float).square().mean(Kind::Float) * factor;
        scaler.scale(&loss).backward();
        scaler.step(&mut optimizer);
        scaler.update();
        checkpoints.step(&State::of(&model, &mut optimizer).scaler(&mut scaler));
    }
    checkpoints.finish().unwrap();
    State::of(&model, &mut optimizer).scaler(&mut scaler).state_dict()
}

#[test]
fn a_scaler_goes_on_too() {
    let _generator = crate::seeded(0);
    for kind in [Kind::Half, Kind::BFloat16] {
        let folder = tempfile::tempdir().unwrap();
        let whole = scaled(folder.path(), kind, 8);
        // It grew after two, four and seven, and was halved in the fifth.
        assert_eq!(whole["scaler"].to_string(), {
            "{'scale': 4096.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, \
             'growth_interval': 2, '_growth_tracker': 1}"
        });
        for stop in 1..8 {
            let folder = tempfile::tempdir().unwrap();
            scaled(folder.path(), kind, stop);
            assert_eq!(scaled(folder.path(), kind, 8), whole, "{kind:?}, stopped after {stop}");
        }
        // A checkpoint of a training without one does not fit.
        let folder = tempfile::tempdir().unwrap();
        let mut small = Small::new(folder.path());
        small.step();
        let mut scaler = GradScaler::new(Device::Cpu);
        let state = State::of(&small.model, &mut small.optimizer).scaler(&mut scaler);
        let words = small.checkpoints.resume(state).unwrap_err().to_string();
        assert!(words.contains("scaler"), "{words}");
    }
}

#[test]
fn the_weights_alone_are_one_call() {
    let _generator = crate::seeded(0);
    let (folder, [_, last]) = three();
    let model = nn::Linear::new(2, 1);
    pt::load_model(&model, folder.path().join("step-0000000003.pt")).unwrap();
    assert_eq!(*model.weight, last.0);
}

/// Each bit of a file, and what a disk does to one besides.
#[test]
fn a_damaged_checkpoint_is_set_aside_and_the_one_before_it_taken() {
    let _generator = crate::seeded(0);
    let (folder, [before, last]) = three();
    let path = folder.path().join("step-0000000003.pt");
    let whole = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> =
        [0, 1, 100, whole.len() / 2, whole.len() - 1].map(|length| whole[..length].to_vec()).into();
    damaged.push([&whole[..], b"more"].concat());
    damaged.push(vec![0; whole.len()]);
    // Of the middle some, of both ends all.
    let bits = whole.len() * 8;
    let ends = 200 * 8;
    let each = (0..ends).chain((ends..bits - ends).step_by(97)).chain(bits - ends..bits);
    damaged.extend(each.map(|bit| {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    }));
    let mut small = Small::new(folder.path());
    for (i, bytes) in damaged.into_iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        assert!(small.resume().unwrap(), "{i}");
        assert_eq!(small.weights(), before, "{i}");
        assert_eq!(small.checkpoints.step_count(), 2);
        assert!(folder.path().join("step-0000000003.pt.damaged").exists() && !path.exists());
    }
    fs::write(&path, &whole).unwrap();
    assert!(small.resume().unwrap());
    assert_eq!(small.weights(), last);
    // None is whole: it is told as often as it is asked.
    for step in 1..4 {
        fs::write(folder.path().join(format!("step-000000000{step}.pt")), b"nothing").unwrap();
    }
    for _ in 0..2 {
        let words = small.resume().unwrap_err().to_string();
        assert!(words.contains("holds checkpoints, but none is whole"), "{words}");
        assert_eq!(small.weights(), last);
    }
    // The best one is better than none.
    fs::write(folder.path().join("best.pt"), whole).unwrap();
    assert!(small.resume().unwrap());
    assert_eq!((small.weights(), small.checkpoints.step_count()), (last, 3));
}

#[test]
fn a_checkpoint_that_does_not_fit_is_told_and_changes_nothing() {
    let _generator = crate::seeded(0);
    let (folder, _) = three();
    let mut other = Small::of(folder.path(), nn::Linear::new(3, 1));
    let before = (other.weights(), other.optimizer.state_dict());
    let words = other.resume().unwrap_err().to_string();
    assert!(words.contains("size mismatch for weight"), "{words}");
    let mut loss = 0.0;
    let state = State::of(&other.model, &mut other.optimizer).number("loss", &mut loss);
    let words = other.checkpoints.resume(state).unwrap_err().to_string();
    assert!(words.contains("step-0000000003.pt: does not fit this training"), "{words}");
    assert_eq!((other.weights(), other.optimizer.state_dict()), before);

    // What a newer version may have written.
    let path = folder.path().join("step-0000000003.pt");
    let mut checkpoint = pt::load(&path).unwrap();
    let entries = checkpoint.as_dict_mut().unwrap();
    entries.insert("flambeau".into(), Object::dict([("format", 2.into())]));
    pt::save(&checkpoint, &path).unwrap();
    let words = Small::new(folder.path()).resume().unwrap_err().to_string();
    assert!(words.contains("a format of checkpoints that a newer version reads"), "{words}");
}

#[test]
fn a_state_is_named_once() {
    let (mut a, mut b) = (0.0, 0.0);
    let words = crate::panic_of(|| drop(State::new().number("a", &mut a).number("a", &mut b)));
    assert_eq!(words, "two parts are named 'a'");
    let words = crate::panic_of(|| drop(State::new().number("epoch", &mut a)));
    assert_eq!(words, "'epoch' is an entry that every checkpoint has");
}

/// Values of one's own, as any file may have held them.
#[test]
fn a_snapshot_holds_tensors_of_any_form() {
    let float = |size| Tensor::ones(size, (Kind::Float, Device::Cpu));
    let numbers = float([4].as_slice());
    let whole = numbers.view_dtype(Kind::Int);
    let expanded = float(&[1]).expand([1 << 40], false);
    let rows = float(&[3, 1]).expand([3, 1 << 40], false);
    let sparse = Tensor::eye(3, (Kind::Float, Device::Cpu)).to_sparse_sparse_dim(2);
    let (nothing, no_number) = (float(&[0]), Tensor::empty([0], (Kind::Int64, Device::Cpu)));
    let turned = float(&[2, 3]).transpose(0, 1);
    let tensors =
        [&numbers, &whole, &expanded, &rows, &sparse, &nothing, &no_number, &turned, &numbers];
    let mut values = Object::list(tensors.map(|t| t.shallow_clone().into()));
    let snapshot = State::new().value("values", &mut values).state_dict();
    let _ = numbers.shallow_clone().zero_();
    let taken = snapshot["values"].as_slice().unwrap();
    let taken: Vec<&Tensor> = taken.iter().map(|value| value.as_tensor().unwrap()).collect();
    for (tensor, taken) in tensors.iter().zip(&taken) {
        assert_eq!((taken.kind(), taken.size()), (tensor.kind(), tensor.size()));
    }
    assert_eq!(*taken[0], float(&[4]), "what is done to it then does not change it");
    assert_eq!(taken[2].stride(), [0]);
    assert_eq!(taken[3].stride(), [1, 0]);
    assert_eq!(taken[4].to_dense(None, false), Tensor::eye(3, (Kind::Float, Device::Cpu)));
    assert_eq!(*taken[7], turned);
    assert_eq!(taken[0].data_ptr(), taken[8].data_ptr(), "what lies at one place");
}

/// A part that makes its tensor when it is asked for it, as a generator does.
struct Fresh(f64);

impl Stateful for Fresh {
    fn state_dict(&self) -> Object {
        Tensor::full([5056], self.0, (Kind::Float, Device::Cpu)).into()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0 = state.as_tensor().unwrap().mean(Kind::Double).item();
        Ok(())
    }
}

#[test]
fn a_snapshot_holds_each_parts_own_numbers() {
    let _generator = crate::seeded(0);
    let names: Vec<String> = (0..10).map(|i| format!("part{i}")).collect();
    for _ in 0..20 {
        let parts = names.iter().enumerate();
        let state = parts.fold(State::new(), |state, (i, name)| state.part(name, Fresh(i as f64)));
        let snapshot = state.state_dict();
        for (i, name) in names.iter().enumerate() {
            let held = snapshot[name.as_str()].as_tensor().unwrap();
            assert_eq!((held.min().item(), held.max().item()), (i as f64, i as f64), "{name}");
        }
    }
    // Whatever holds a tensor, it is a copy.
    let tensor = torch::ones(3);
    let held = || Object::from(tensor.shallow_clone());
    let mut opaque = flambeau::object::Opaque::new("a", "B");
    opaque.state = Some(Object::list([held()]));
    opaque.items = vec![held()];
    let mut values = Object::list([Object::counter([("a", held())]), opaque.into()]);
    let snapshot = State::new().value("values", &mut values).state_dict();
    let _ = tensor.shallow_clone().fill_(7.0);
    let held = snapshot["values"].tensors();
    assert_eq!(held.len(), 3);
    held.iter().for_each(|(name, held)| assert_eq!(*held, torch::ones(3), "{name}"));
}

#[test]
fn a_resume_that_is_refused_leaves_the_loader_where_it_is() {
    let _generator = crate::seeded(0);
    let (folder, _) = three();
    let loader = DataLoader::options(TensorDataset::new(torch::arange(8)).unwrap());
    let loader = loader.batch_size(2).build().unwrap();
    let _ = loader.iter().next();
    let mut small = Small::of(folder.path(), nn::Linear::new(3, 1));
    let state = State::of(&small.model, &mut small.optimizer).loader(&loader);
    assert!(small.checkpoints.resume(state).is_err());
    assert_eq!(loader.iter().count(), 4);
}

#[test]
fn checkpoints_of_another_training_are_told() {
    let _generator = crate::seeded(0);
    let (folder, _) = three();
    let warnings = crate::warnings::heard(|| {
        let mut other = Small::new(folder.path());
        other.step();
        other.step();
    });
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("of a training that this one does not go on with"));
    let warnings = crate::warnings::heard(|| {
        let mut other = Small::new(folder.path());
        assert!(other.resume().unwrap());
        other.step();
    });
    assert!(warnings.is_empty(), "{warnings:?}");
}

/// Where files of this process may not become large, as on a full disk.
#[test]
#[ignore = "another test runs it in a process of its own"]
fn trains_where_nothing_can_be_written() {
    let folder = env::var_os(FOLDER).expect("the folder");
    let mut small = Small::new(Path::new(&folder));
    small.step();
    assert!(small.checkpoints.finish().is_ok(), "what was told once is not told again");
    small.step();
    small.checkpoints.step(&State::of(&small.model, &mut small.optimizer));
    println!("at the end: {}", small.checkpoints.finish().unwrap_err());
}

#[test]
fn a_full_disk_is_told_and_the_training_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "checkpoints::trains_where_nothing_can_be_written"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(!errors.contains("ZipWriter"), "{errors}");
    let line = said.lines().find(|line| line.starts_with("at the end: ")).unwrap();
    assert!(
        line.contains(
            "step-0000000003.pt: cannot be written: File too large (os error 27); make room"
        ),
        "{line}"
    );
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_best_that_could_not_be_written_is_written_before_the_next() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let best = folder.path().join("best.pt");
    // Something stands in its place.
    fs::create_dir(&best).unwrap();
    let mut small = Small::new(folder.path());
    small.checkpoints.score(0.5);
    small.step();
    fs::remove_dir(&best).unwrap();
    small.step();
    assert_eq!(pt::load(&best).unwrap()["step"].as_i64(), Some(1));
    assert!(small.checkpoints.finish().is_ok());
    assert_eq!(files(folder.path()), ["best.pt", "step-0000000001.pt", "step-0000000002.pt"]);
}

#[test]
fn two_counts_of_steps_that_differ_are_refused() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    Small::new(folder.path()).step();
    let path = folder.path().join("step-0000000001.pt");
    let mut checkpoint = pt::load(&path).unwrap().as_dict().unwrap().clone();
    checkpoint.insert("progress".into(), Object::dict([("step", 7.into())]));
    pt::save(Object::from(checkpoint), &path).unwrap();
    let error = Small::new(folder.path()).resume().unwrap_err().to_string();
    assert!(error.contains("step: is 1, but progress tells of 7: they go together"), "{error}");
}

#[test]
fn a_run_that_begins_anew_has_nothing_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let model = nn::Linear::new(2, 1);
    let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
    let mut before = 0;
    for _ in 0..2 {
        let run = Run::options(folder.path()).resume(true).build().unwrap();
        assert!(!run.resume(State::of(&model, &mut optimizer)).unwrap());
        let events = files(folder.path()).into_iter().filter(|name| name.contains("tfevents"));
        assert_eq!(events.count(), 1);
        assert!(!folder.path().join("metrics.csv").exists());
        let kept = files(folder.path()).into_iter().filter(|name| name.contains("old")).count();
        assert_eq!(kept, before);
        before = 2;
        run.log([("loss", 1.0)]);
        assert!(folder.path().join("metrics.csv").exists());
    }
}

/// A training whose last checkpoint takes its time.
#[test]
#[ignore = "another test runs it in a process of its own"]
fn trains_and_waits_for_its_writer() {
    let folder = env::var_os(FOLDER).expect("the folder");
    let model = nn::Linear::new(2, 1);
    let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
    let checkpoints = Checkpoints::new(folder).unwrap();
    for _epoch in checkpoints.epochs(1) {
        checkpoints.end_epoch(&State::of(&model, &mut optimizer));
    }
    println!("over");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !interrupted() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    checkpoints.finish().unwrap();
    println!("whole: {}", interrupted());
}

#[test]
fn a_signal_while_the_last_checkpoint_is_written_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("env")
        .arg("--default-signal=TERM")
        .arg(env::current_exe().unwrap())
        .args(["--exact", "checkpoints::trains_and_waits_for_its_writer"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.any(|line| line.ends_with("over")));
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(lines.any(|line| line == "whole: true"));
    assert!(child.wait().unwrap().success());
    assert_eq!(files(folder.path()), ["step-0000000000.pt"]);
}
