//! The trainer computes what the bare loop computes, and goes on where its run was.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use flambeau::amp::autocast_options;
use flambeau::data::{RandomSampler, Sampler, TensorDataset};
use flambeau::object::Object;
use flambeau::optim::lr_scheduler::{LRScheduler, OneCycleLR, ReduceLROnPlateau};
use flambeau::optim::swa_utils::{AveragedModel, get_ema_multi_avg_fn_options};
use flambeau::prelude::*;
use flambeau::random::Generator;
use flambeau::serialize::pt;
use flambeau::train::{Every, Run, Schedule, Trainer, find_lr, find_lr_options};
use flambeau::vision::datasets::Transformed;

type Loader = DataLoader<TensorDataset<(Tensor, Tensor)>>;

fn model() -> nn::Sequential {
    random::manual_seed(3);
    nn::sequential![
        nn::Linear::new(6, 8),
        nn::BatchNorm1d::new(8),
        nn::ReLU::new(),
        nn::Dropout::new(0.2),
        nn::Linear::new(8, 3),
    ]
}

fn loader() -> Loader {
    let x = Tensor::arange(22 * 6, (Kind::Float, Device::Cpu)).reshape([22, 6]).sin();
    let y = Tensor::arange(22, (Kind::Int64, Device::Cpu)).remainder(3);
    let dataset = TensorDataset::new((x, y)).unwrap();
    DataLoader::options(dataset).batch_size(4).shuffle(true).num_workers(1).build().unwrap()
}

fn loss(model: &nn::Sequential, (x, y): (Tensor, Tensor)) -> Tensor {
    F::cross_entropy(&model.forward(&x), &y)
}

fn weights(model: &impl Module) -> Vec<Tensor> {
    model.state_dict().values().map(|tensor| tensor.detach().copy()).collect()
}

#[test]
fn without_keywords_it_is_the_bare_loop() {
    let _generator = crate::seeded(3);
    let (bare, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(bare.parameters(), 0.01);
    let mut losses = Vec::new();
    for _ in 0..2 {
        let mut running_loss = 0.0;
        for batch in &loader {
            optimizer.zero_grad();
            let loss = loss(&bare, batch.unwrap());
            loss.backward();
            optimizer.step();
            running_loss += loss.item();
        }
        losses.push(running_loss);
    }

    let trained = model();
    let mut optimizer = optim::Adam::new(trained.parameters(), 0.01);
    let trainer = Trainer::options(&trained, &mut optimizer, &loader).epochs(2).build().unwrap();
    // An evaluation that draws changes nothing.
    let evaluate = |model: &nn::Sequential| {
        // Nothing is dropped out in evaluation mode.
        let x = Tensor::ones([8, 6], (Kind::Float, Device::Cpu));
        assert_eq!(model.forward(&x), model.forward(&x));
        random::manual_seed(99);
        Ok(vec![("accuracy".to_string(), 0.5)])
    };
    trainer.fit_and_evaluate(loss, evaluate).unwrap();
    assert_eq!(trainer.history().losses, losses);
    assert_eq!(trainer.history().metrics["accuracy"], [0.5, 0.5]);
    assert_eq!(weights(&trained), weights(&bare));
}

#[test]
fn with_all_keywords_it_is_the_loop_that_is_written_out() {
    let _generator = crate::seeded(3);
    let (bare, loader) = (model(), loader());
    let mut optimizer = optim::SGD::options(bare.parameters()).lr(0.1).momentum(0.9).build();
    let mut scheduler = OneCycleLR::options(&mut optimizer, 0.1).total_steps(6).build();
    let ema = AveragedModel::options(&bare)
        .avg_fn(get_ema_multi_avg_fn_options().decay(0.9).call())
        .build();
    for _ in 0..2 {
        optimizer.zero_grad();
        for (i, batch) in loader.iter().enumerate() {
            let autocast = autocast_options(Device::Cpu).dtype(Kind::BFloat16);
            let loss = autocast.call(|| loss(&bare, batch.unwrap()));
            (loss / 2.0).backward();
            if i % 2 == 1 || i + 1 == loader.len() {
                let _ = nn::utils::clip_grad_norm_(&bare.parameters(), 0.5);
                optimizer.step();
                ema.update_parameters(&bare);
                scheduler.step(&mut optimizer);
                optimizer.zero_grad();
            }
        }
    }

    let trained = model();
    let mut optimizer = optim::SGD::options(trained.parameters()).lr(0.1).momentum(0.9).build();
    let scheduler = OneCycleLR::options(&mut optimizer, 0.1).total_steps(6).build();
    let trainer = Trainer::options(&trained, &mut optimizer, &loader)
        .epochs(2)
        .accumulate(2)
        .clip_grad_norm(0.5)
        .amp(Kind::BFloat16)
        .ema(0.9)
        .scheduler(Schedule::Step(Box::new(scheduler)))
        .build()
        .unwrap();
    trainer.fit(loss).unwrap();
    assert_eq!(trainer.step_count(), 6);
    assert_eq!(weights(&trained), weights(&bare));
    assert_eq!(weights(trainer.trained()), weights(&ema.module));
}

/// Trains with all that a checkpoint holds, until it panics at batch `broken`.
fn train(folder: &Path, resume: bool, broken: Option<usize>) -> (Vec<Tensor>, Vec<Tensor>) {
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let scheduler = OneCycleLR::options(&mut optimizer, 0.05).total_steps(9).build();
    let run = Run::options(folder).resume(resume).checkpoint_every(1).build().unwrap();
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .epochs(3)
        .accumulate(2)
        .clip_grad_norm(1.0)
        .amp(Kind::Half)
        .ema(0.8)
        .log_every(2)
        .evaluate_every(Every::Steps(2))
        .scheduler(Schedule::Step(Box::new(scheduler)))
        .run(&run)
        .build()
        .unwrap();
    let mean = |model: &nn::Sequential| {
        let mean = model.forward(&Tensor::ones([2, 6], (Kind::Float, Device::Cpu))).mean(None);
        Ok(vec![("mean".to_string(), mean.item())])
    };
    let batches = Cell::new(0);
    let loss = |model: &nn::Sequential, batch| {
        batches.set(batches.get() + 1);
        assert!(broken != Some(batches.get()), "the plug is pulled");
        // So that each checkpoint is written, and none takes another's place.
        run.checkpoints().finish().unwrap();
        loss(model, batch)
    };
    trainer.fit_and_evaluate(loss, mean).unwrap();
    (weights(&model), weights(trainer.trained()))
}

#[test]
fn a_run_goes_on_from_every_step_to_the_same_bits() {
    let _generator = crate::seeded(3);
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let expected = train(&whole, false, None);
    for broken in 2..=18 {
        let folder = folder.path().join(broken.to_string());
        crate::panic_of(|| drop(train(&folder, false, Some(broken))));
        assert_eq!(train(&folder, true, None), expected, "broken at batch {broken}");
        assert_eq!(crate::rows_of(&folder), crate::rows_of(&whole), "broken at batch {broken}");
    }
}

/// Trains up to so many steps, by a scheduler that hangs on the evaluations, and gives the weights,
/// the learning rate and the rows.
fn up_to(folder: &Path, steps: usize) -> (Vec<Tensor>, f64, Vec<String>) {
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let plateau = ReduceLROnPlateau::options(&mut optimizer).mode("max").patience(1).build();
    let run = Run::options(folder).resume(true).build().unwrap();
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .steps(steps)
        .log_every(2)
        .scheduler(Schedule::Plateau(plateau))
        .run(&run)
        .build()
        .unwrap();
    trainer.fit_and_evaluate(loss, |_| Ok(vec![("accuracy".to_string(), 0.5)])).unwrap();
    drop(trainer);
    (weights(&model), optimizer.lr(), crate::rows_of(folder))
}

#[test]
fn a_limit_in_mid_epoch_changes_nothing_of_what_follows() {
    let _generator = crate::seeded(3);
    let folder = tempfile::tempdir().unwrap();
    let expected = up_to(&folder.path().join("whole"), 24);
    assert!(expected.1 < 0.01, "the scheduler has done something");
    let parts = folder.path().join("parts");
    // An epoch has six steps.
    for steps in [2, 3, 7, 8, 13, 20] {
        // The evaluation at the end is told all the same.
        let (_, _, rows) = up_to(&parts, steps);
        assert!(rows.last().unwrap().ends_with(",0.5"), "{rows:?}");
    }
    assert_eq!(up_to(&parts, 24), expected);
}

#[test]
fn the_best_by_steps_are_the_weights_that_were_evaluated() {
    let _generator = crate::seeded(3);
    let folder = tempfile::tempdir().unwrap();
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let run = Run::new(folder.path().join("run")).unwrap();
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .epochs(2)
        .evaluate_every(Every::Steps(4))
        .run(&run)
        .build()
        .unwrap();
    let mut sums = Vec::new();
    let evaluate = |model: &nn::Sequential| {
        sums.push(model.parameters()[0].sum(Kind::Double).item());
        // The second is the best.
        Ok(vec![("score".to_string(), if sums.len() == 2 { 1.0 } else { 0.0 })])
    };
    trainer.fit_and_evaluate(loss, evaluate).unwrap();
    let best = pt::load(folder.path().join("run/checkpoints/best.pt")).unwrap();
    assert_eq!((best["step"].as_i64(), best["best"].as_f64()), (Some(8), Some(1.0)));
    let weight = best["model"].entry("0.weight").unwrap().as_tensor().unwrap();
    assert_eq!(weight.sum(Kind::Double).item(), sums[1]);
}

#[test]
fn limits_end_it_and_are_asked_for() {
    let _generator = crate::seeded(3);
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let error = Trainer::options(&model, &mut optimizer, &loader).build().unwrap_err();
    assert!(error.to_string().contains("one has to be given"), "{error}");
    let zero = Trainer::options(&model, &mut optimizer, &loader).epochs(1).accumulate(0).build();
    assert_eq!(zero.unwrap_err().to_string(), "accumulate: should be at least 1, but is 0");

    let limit = std::time::Duration::ZERO;
    let none = Trainer::options(&model, &mut optimizer, &loader).time_limit(limit).build().unwrap();
    none.fit(loss).unwrap();
    assert_eq!(none.step_count(), 0);
    drop(none);

    let patient =
        Trainer::options(&model, &mut optimizer, &loader).epochs(20).patience(2).build().unwrap();
    let mut scores = [0.1, 0.3, 0.2, 0.3, 0.1, 0.9].into_iter();
    let evaluate = |_: &_| Ok(vec![("accuracy".to_string(), scores.next().unwrap())]);
    patient.fit_and_evaluate(loss, evaluate).unwrap();
    assert_eq!(patient.history().losses.len(), 5);
}

#[test]
fn the_first_module_that_gives_a_nan_is_named() {
    let _generator = crate::seeded(3);
    let (model, loader) = (model(), loader());
    let _ = no_grad(|| model.parameters()[0].get(0).fill_(f64::NAN));
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let options = Trainer::options(&model, &mut optimizer, &loader).epochs(1).detect_nan(true);
    let error = options.build().unwrap().fit(loss).unwrap_err().to_string();
    let first = "the first module to give a NaN is 0, a Linear(in_features=6, out_features=8";
    assert!(error.contains("is NaN in step 1") && error.contains(first), "{error}");

    // A loss that is a number, and gradients that are none.
    let model = self::model();
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let options = Trainer::options(&model, &mut optimizer, &loader).epochs(1).detect_nan(true);
    let root = |model: &nn::Sequential, (x, _): (Tensor, Tensor)| {
        (model.forward(&x) * 0.0).sqrt().sum(Kind::Float)
    };
    let error = options.build().unwrap().fit(root).unwrap_err().to_string();
    assert!(error.contains("has a NaN in its gradient in step 1"), "{error}");

    // A NaN of an evaluation is none of the step that follows.
    let model = self::model();
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let options = Trainer::options(&model, &mut optimizer, &loader).epochs(2).detect_nan(true);
    let nan = |model: &nn::Sequential| {
        let _ = model.forward(&Tensor::full([2, 6], f64::NAN, (Kind::Float, Device::Cpu)));
        Ok(vec![])
    };
    let trainer = options.build().unwrap();
    let loss = |model: &nn::Sequential, batch| {
        let factor = if trainer.step_count() < loader.len() { 1.0 } else { f64::NAN };
        loss(model, batch) * factor
    };
    let error = trainer.fit_and_evaluate(loss, nan).unwrap_err().to_string();
    assert!(error.contains("no module gave one"), "{error}");
}

/// Losses of a training whose evaluations do something with the loader that it reads.
fn losses(folder: &Path, evaluate: impl Fn(&Augmented)) -> (Vec<f64>, Object) {
    let images = Tensor::arange(22 * 48, (Kind::Float, Device::Cpu)).reshape([22, 3, 4, 4]).sin();
    let labels = Tensor::arange(22, (Kind::Int64, Device::Cpu)).remainder(3);
    let images = Transformed::new(
        TensorDataset::new((images, labels)).unwrap(),
        transforms::RandomCrop::options(4).padding(1).build(),
    );
    let sampler = RandomSampler::options(22).replacement(true);
    let sampler = sampler.generator(Generator::new()).build().unwrap();
    let loader = DataLoader::options(images).batch_size(4).sampler(sampler).num_workers(2);
    let loader = loader.generator(Generator::new()).persistent_workers(true).build().unwrap();
    random::manual_seed(3);
    let model = nn::sequential![nn::Flatten::default(), nn::Linear::new(48, 3)];
    let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
    let run = Run::options(folder).resume(true).build().unwrap();
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .epochs(3)
        .evaluate_every(Every::Steps(4))
        .run(&run)
        .build()
        .unwrap();
    let losses = RefCell::new(Vec::new());
    let noted = |model: &nn::Sequential, batch| {
        let loss = loss(model, batch);
        losses.borrow_mut().push(loss.item());
        loss
    };
    let evaluated = |_: &nn::Sequential| {
        evaluate(&loader);
        Ok(vec![("score".to_string(), 1.0)])
    };
    trainer.fit_and_evaluate(noted, evaluated).unwrap();
    drop(trainer);
    (losses.take(), loader.state_dict())
}

type Augmented = DataLoader<Transformed<TensorDataset<(Tensor, Tensor)>>>;

#[test]
fn an_evaluation_may_go_through_the_loader_that_is_trained_on() {
    let _generator = crate::seeded(3);
    let folder = tempfile::tempdir().unwrap();
    let expected = losses(&folder.path().join("none"), |_| {});
    let all = |loader: &Augmented| assert_eq!(loader.iter().count(), 6);
    assert_eq!(losses(&folder.path().join("all"), all), expected);
    let some = |loader: &Augmented| drop(loader.iter().nth(2));
    assert_eq!(losses(&folder.path().join("some"), some), expected);
}

#[test]
fn a_run_is_begun_once_and_with_its_arguments() {
    let _generator = crate::seeded(3);
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("run");
    let arguments = |lr: f64, epochs: i64| {
        Object::dict([("lr", Object::from(lr)), ("epochs", Object::from(epochs))])
    };
    let open = |resume: bool, arguments: Object| {
        let options = Run::options(&folder).resume(resume).arguments(arguments);
        options.may_change(["epochs"]).build()
    };
    let said = |run: Result<Run>| run.unwrap_err().to_string();
    let first = open(false, arguments(0.1, 3)).unwrap();
    assert!(said(open(true, arguments(0.1, 3))).contains("another process trains in this folder"));
    drop(first);
    assert!(said(open(false, arguments(0.1, 3))).contains("holds a run already; resume it"));
    let other = said(open(true, arguments(0.2, 5)));
    assert!(other.contains("lr is 0.1 in the run, and 0.2 now"), "{other}");
    assert!(other.contains("only these may change: epochs"), "{other}");
    assert!(!other.contains("epochs is"), "{other}");
    let of =
        |arguments: Object| Run::options(outer.path().join("new")).arguments(arguments).build();
    let words = said(of(Object::list([])));
    assert_eq!(words, "arguments: should be a dictionary");
    assert!(
        said(of(Object::dict([("lr", f64::NAN.into())]))).contains("cannot be written as JSON")
    );
    // One that was refused has written nothing; and 1 is 1.0.
    let before = fs::read_to_string(folder.join("args.json")).unwrap();
    assert!(before.contains("\"epochs\": 3"), "{before}");
    let again = open(true, arguments(0.1, 5)).unwrap();
    let model = nn::Linear::new(2, 1);
    let mut optimizer = optim::Adam::new(model.parameters(), 0.1);
    // There is no checkpoint yet: it begins anew.
    assert!(!again.resume(flambeau::train::State::of(&model, &mut optimizer)).unwrap());
    drop(again);

    fs::write(outer.path().join("letter.txt"), "dear").unwrap();
    assert!(said(Run::new(outer.path())).contains("holds files that are no run's"));
}

/// Says that it gives four batches, and gives as many as that.
#[derive(Debug)]
struct Boastful(usize);

impl Sampler<Vec<usize>> for Boastful {
    fn len(&self) -> usize {
        4
    }

    fn iter(&self) -> Box<dyn Iterator<Item = Vec<usize>> + Send> {
        Box::new((0..self.0).map(|i| vec![i, i + 1]))
    }
}

#[test]
fn an_epoch_is_over_where_its_loader_ends() {
    let _generator = crate::seeded(3);
    for (given, steps) in [(3, 4), (4, 4), (6, 8)] {
        let (x, y) = (torch::randn([8, 6]), torch::zeros(8).to_kind(Kind::Int64));
        let dataset = TensorDataset::new((x, y)).unwrap();
        let loader = DataLoader::options(dataset).batch_sampler(Boastful(given)).build().unwrap();
        let model = model();
        let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
        let options = Trainer::options(&model, &mut optimizer, &loader).epochs(2).accumulate(2);
        let trainer = options.build().unwrap();
        trainer.fit(loss).unwrap();
        assert_eq!(trainer.history().losses.len(), 2, "{given}");
        assert_eq!(trainer.step_count(), steps, "{given}");
    }
    let dataset = TensorDataset::new((torch::randn([8, 6]), torch::zeros(8))).unwrap();
    let nothing = DataLoader::options(dataset).batch_sampler(Boastful(0)).build().unwrap();
    let model = model();
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    assert!(find_lr(&model, &mut optimizer, &nothing, loss).unwrap().lrs.is_empty());
}

#[test]
fn finding_a_learning_rate_changes_nothing() {
    let _generator = crate::seeded(3);
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::SGD::options(model.parameters()).lr(0.5).momentum(0.9).build();
    let state = |optimizer: &optim::SGD| {
        let state = (optimizer.state_dict(), loader.state_dict());
        (weights(&model), state, random::get_rng_state())
    };
    let before = state(&optimizer);
    let found = find_lr(&model, &mut optimizer, &loader, loss).unwrap();
    assert_eq!(state(&optimizer), before);
    // More rates than the loader has batches.
    assert!(found.lrs.len() > loader.len() && found.lrs[0] == 1e-8, "{:?}", found.lrs);

    // It ends where the loss grows beyond bounds.
    let exploding = find_lr_options(&model, &mut optimizer, &loader).min_lr(1).max_lr(1e30);
    let diverged = exploding.num_training(6).call(loss).unwrap();
    assert!(diverged.lrs.len() < 6 && diverged.losses.iter().all(|loss| loss.is_finite()));
    assert_eq!(state(&optimizer), before);
    let wrong = find_lr_options(&model, &mut optimizer, &loader).min_lr(0).call(loss);
    assert_eq!(wrong.unwrap_err().to_string(), "min_lr: should be above 0 and below max_lr");
    let nothing = DataLoader::new(data::Subset::new(
        TensorDataset::new((torch::zeros([2, 6]), torch::zeros([2]))).unwrap(),
        [],
    ))
    .unwrap();
    let none = find_lr(&model, &mut optimizer, &nothing, loss);
    assert_eq!(none.unwrap_err().to_string(), "loader: has no batch");

    // Neither an epoch that was left nor one that goes on is another one then.
    let mut epoch = loader.iter();
    let _ = epoch.next();
    find_lr(&model, &mut optimizer, &loader, self::loss).unwrap();
    assert_eq!(loader.state_dict()["batches"].as_i64(), Some(1));
    let _ = epoch.next();
    assert_eq!(loader.state_dict()["batches"].as_i64(), Some(2));
    drop(epoch);
    find_lr(&model, &mut optimizer, &loader, self::loss).unwrap();
    assert_eq!(loader.iter().count(), 6);
}
