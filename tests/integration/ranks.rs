//! A trainer on several ranks, and the examples.
//!
//! `FLAMBEAU_DEATHS=20 cargo test a_rank_that` has more ranks die under torchrun, and also of three.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flambeau::data::{DistributedSampler, Indices, Sampler, Subset, TensorDataset};
use flambeau::distributed as dist;
use flambeau::nn::parallel::DistributedDataParallel;
use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
use flambeau::optim::swa_utils::{AveragedModel, get_ema_multi_avg_fn_options};
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};
use flambeau::train::{
    self, Accuracy, Every, Metrics, Parallel, Run, Schedule, State, Trainer, compare_over_ranks,
    local_rank_0_first, mean_over_ranks,
};

use crate::command_line::{download, example, example_path};
use crate::distributed::{deaths, free_port, on_ranks, on_ranks_within};

type Loader = DataLoader<TensorDataset<(Tensor, Tensor)>>;

fn model() -> nn::Sequential {
    nn::sequential![
        nn::Linear::new(6, 8),
        nn::BatchNorm1d::new(8),
        nn::ReLU::new(),
        nn::Dropout::new(0.2),
        nn::Linear::new(8, 3),
    ]
}

fn samples(n: i64) -> TensorDataset<(Tensor, Tensor)> {
    let x = Tensor::arange(n * 6, (Kind::Float, Device::Cpu)).reshape([n, 6]).sin();
    let y = Tensor::arange(n, (Kind::Int64, Device::Cpu)).remainder(3);
    TensorDataset::new((x, y)).unwrap()
}

fn sampler() -> DistributedSampler {
    let (rank, size) = (dist::get_rank().unwrap(), dist::get_world_size().unwrap());
    DistributedSampler::options(23, size, rank).seed(5).build().unwrap()
}

/// This rank's share of 23 samples.
fn loader() -> Loader {
    let loader = DataLoader::options(samples(23)).batch_size(3).sampler(sampler());
    loader.num_workers(1).build().unwrap()
}

fn loss(model: &nn::Sequential, (x, y): (Tensor, Tensor)) -> Tensor {
    F::cross_entropy(&model.forward(&x), &y)
}

fn bits(model: &impl Module) -> Vec<Tensor> {
    model.state_dict().values().map(|tensor| tensor.detach().copy()).collect()
}

/// A classifier's metrics on this rank's share of the samples.
fn metrics(model: &nn::Sequential) -> Result<Metrics> {
    let (rank, size) = (dist::get_rank()?, dist::get_world_size()?);
    let mut accuracy = Accuracy::new(&["a", "b", "c"]);
    for batch in &DataLoader::options(Subset::new(samples(23), (rank..23).step_by(size))).build()? {
        let (x, y) = batch?;
        accuracy.update(&no_grad(|| model.forward(&x)), &y);
    }
    accuracy.all_reduce()?;
    Ok(accuracy.metrics())
}

#[test]
fn a_trainer_is_the_loop_of_a_distributed_data_parallel() {
    on_ranks("ranks::a_trainer_is_the_loop_of_a_distributed_data_parallel", 2, |rank| {
        // Written out.
        random::manual_seed(3);
        let (sampler, ddp) = (sampler(), DistributedDataParallel::new(model()).unwrap());
        let loader = DataLoader::options(samples(23)).batch_size(3).sampler(sampler.clone());
        let loader = loader.build().unwrap();
        let mut optimizer = optim::Adam::new(ddp.parameters(), 0.01);
        let mut scheduler = StepLR::options(&mut optimizer, 1).gamma(0.5).build();
        let ema = AveragedModel::options(&ddp.module)
            .avg_fn(get_ema_multi_avg_fn_options().decay(0.9).call())
            .build();
        let mut losses = Vec::new();
        for epoch in 0..3 {
            sampler.set_epoch(epoch);
            let mut running_loss = 0.0;
            for (i, batch) in loader.iter().enumerate() {
                let (x, y) = batch.unwrap();
                let last = i % 2 == 1 || i + 1 == loader.len();
                if i % 2 == 0 {
                    optimizer.zero_grad();
                }
                let once = || {
                    let loss = F::cross_entropy(&ddp.forward(&x), &y);
                    (&loss / 2.0).backward();
                    loss.item()
                };
                running_loss += if last { once() } else { ddp.no_sync(once) };
                if last {
                    let _ = nn::utils::clip_grad_norm_(&ddp.parameters(), 0.5);
                    optimizer.step();
                    ema.update_parameters(&ddp.module);
                }
            }
            scheduler.step(&mut optimizer);
            let sum = Tensor::from_slice(&[running_loss]);
            dist::all_reduce(&sum).unwrap();
            losses.push(sum.item());
        }

        random::manual_seed(3);
        let trained = model();
        let first = bits(&trained);
        let loader = self::loader();
        let mut optimizer = optim::Adam::new(trained.parameters(), 0.01);
        let scheduler = StepLR::options(&mut optimizer, 1).gamma(0.5).build();
        let trainer = Trainer::options(&trained, &mut optimizer, &loader)
            .epochs(3)
            .accumulate(2)
            .clip_grad_norm(0.5)
            .ema(0.9)
            .scheduler(Schedule::Epoch(Box::new(scheduler)))
            .build()
            .unwrap();
        trainer.fit_and_evaluate(loss, metrics).unwrap();
        assert_eq!(trainer.history().losses, losses);
        assert_eq!(bits(&trained), bits(&ddp.module));
        assert_eq!(trainer.trained().parameters(), ema.module.parameters());
        assert_ne!(bits(&trained)[0], first[0]);
        // Without a prefix.
        assert_eq!(trained.state_dict().keys().next().unwrap(), "0.weight");

        // The evaluation is that of one process, of rank 0's running statistics.
        let average = trainer.trained();
        let statistics: Vec<f64> = Vec::try_from(&average.buffers()[0]).unwrap();
        let all = dist::all_gather_object(&statistics).unwrap();
        assert_eq!(all[0], all[1]);
        average.eval();
        let mut whole = Accuracy::new(&["a", "b", "c"]);
        let (x, y) = samples(23).get_batch(&Vec::from_iter(0..23)).unwrap();
        whole.update(&no_grad(|| average.forward(&x)), &y);
        let history = trainer.history().metrics;
        for (name, number) in whole.metrics() {
            assert_eq!(*history[&name].last().unwrap(), number, "{name}");
        }
        let mut share = Accuracy::new(&["a", "b", "c"]);
        let own = Vec::from_iter((rank..23).step_by(2));
        let (x, y) = samples(23).get_batch(&own).unwrap();
        share.update(&no_grad(|| average.forward(&x)), &y);
        share.all_reduce().unwrap();
        assert_eq!(share.first_answers(), whole.first_answers());
        assert_eq!(share.confusion(), whole.confusion());
    });
}

/// Gives fewer batches than it says.
#[derive(Debug)]
struct Short(usize);

impl Sampler for Short {
    fn len(&self) -> usize {
        9
    }

    fn iter(&self) -> Indices {
        Box::new(0..self.0)
    }
}

/// What a trainer says that does not begin, on this rank.
fn told(
    batch_size: usize,
    lr: f64,
    epochs: usize,
    sampler: impl Sampler + 'static,
    evaluates: impl Fn() -> f64,
) -> Option<String> {
    let model = model();
    let loader = DataLoader::options(samples(23)).batch_size(batch_size).sampler(sampler);
    let loader = loader.build().unwrap();
    let mut optimizer = optim::SGD::new(model.parameters(), lr);
    let trainer = Trainer::options(&model, &mut optimizer, &loader).epochs(epochs).build();
    let evaluate = |_: &_| Ok(vec![("score".to_string(), evaluates())]);
    trainer
        .and_then(|trainer| trainer.fit_and_evaluate(loss, evaluate))
        .err()
        .map(|e| e.to_string())
}

#[test]
fn ranks_that_would_not_train_alike_are_told() {
    on_ranks("ranks::ranks_that_would_not_train_alike_are_told", 2, |rank| {
        let share =
            |seed, rank| DistributedSampler::options(23, 2, rank).seed(seed).build().unwrap();
        let rule = "all ranks have to train in the same way";
        let one = || 1.0;
        assert_eq!(
            told(3 + rank, 0.1, 1, sampler(), one).unwrap(),
            format!("batch_size is 4 on rank 1, and 3 on rank 0: {rule}")
        );
        assert_eq!(
            told(3, 0.1, 1, share(rank as i64, rank), one).unwrap(),
            format!(
                "the sampler's (shuffle, seed, drop_last) is (true, 1, false) on rank 1, and (true, 0, false) \
                 on rank 0: {rule}"
            )
        );
        let lr = told(3, 0.1 + rank as f64, 1, sampler(), one).unwrap();
        assert_eq!(lr, format!("optimizer 0's 'lr' is 1.1 on rank 1, and 0.1 on rank 0: {rule}"));
        let epochs = told(3, 0.1, 1 + rank, sampler(), one).unwrap();
        assert_eq!(epochs, format!("epochs is 2 on rank 1, and 1 on rank 0: {rule}"));
        let same = told(3, 0.1, 1, share(0, 0), one).unwrap();
        let problem = "sampler: gives share 0 of 2, but this is rank 1 of 2";
        let words = [format!("rank 1 has ended: {problem}"), problem.to_string()];
        assert_eq!(same, words[rank]);
        // A loop of one's own, likewise.
        let parallel = |batch_size, sampler: DistributedSampler| {
            let (model, loader) = (model(), DataLoader::options(samples(23)));
            let loader = loader.batch_size(batch_size).sampler(sampler).build().unwrap();
            let told = Parallel::of(&model, &loader).err();
            told.map(|error| error.to_string())
        };
        assert_eq!(
            parallel(3 + rank, sampler()).unwrap(),
            format!("batch_size is 4 on rank 1, and 3 on rank 0: {rule}")
        );
        assert_eq!(
            parallel(3, share(rank as i64, rank)).unwrap(),
            format!(
                "the sampler's (shuffle, seed, drop_last) is (true, 1, false) on rank 1, and (true, 0, false) \
                 on rank 0: {rule}"
            )
        );
        assert_eq!(parallel(3, share(0, 0)).unwrap(), words[rank]);
        assert_eq!(parallel(3, sampler()), None);
        let limit = compare_over_ranks(&[("seed", &7), ("limit", &rank)]).unwrap_err().to_string();
        assert_eq!(limit, format!("limit is 1 on rank 1, and 0 on rank 0: {rule}"));
        compare_over_ranks(&[("seed", &7)]).unwrap();
        let (model, loader) = (model(), loader());
        let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
        let trainer = Trainer::options(&model, &mut optimizer, &loader).epochs(1);
        let unused = trainer.find_unused_parameters(rank == 1).build().unwrap_err().to_string();
        let words = "find_unused_parameters is true on rank 1, and false on rank 0";
        assert_eq!(unused, format!("{words}: {rule}"));
        // Numbers of its own.
        let share_alone = told(3, 0.1, 1, sampler(), || rank as f64).unwrap();
        assert!(
            share_alone.starts_with(
                "score is 1 on rank 1, and 0 on rank 0: each rank's evaluation has to give what all"
            ),
            "{share_alone}"
        );
        let ddp = DistributedDataParallel::new(nn::Linear::new(6, 3)).unwrap();
        let mut optimizer = optim::SGD::new(ddp.parameters(), 0.1);
        let trainer = Trainer::options(&ddp, &mut optimizer, &loader).epochs(1).build();
        let told_of_ddp = trainer.unwrap_err().to_string();
        assert!(told_of_ddp.contains("give the model itself"), "{told_of_ddp}");
        // On each rank by itself, before it would wait for ever.
        let short = told(3, 0.1, 1, Short(6), one).unwrap();
        assert_eq!(
            short,
            "sampler: gave 2 batches, and said that it has 3: 2 ranks have to make the same steps"
        );
        // Nothing of it has hurt the group.
        assert_eq!(told(3, 0.1, 1, sampler(), one), None);
    });
}

#[test]
fn a_loss_that_does_not_depend_on_all_parameters() {
    on_ranks("ranks::a_loss_that_does_not_depend_on_all_parameters", 2, |_| {
        let train = |find_unused_parameters| {
            let model = nn::sequential![nn::Linear::new(6, 3), nn::Linear::new(3, 3)];
            let loader = loader();
            let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
            let trainer = Trainer::options(&model, &mut optimizer, &loader)
                .epochs(2)
                .find_unused_parameters(find_unused_parameters)
                .build()
                .unwrap();
            trainer.fit(|model, (x, y)| F::cross_entropy(&nn::call(&model[0], &x), &y))
        };
        let told = train(false).unwrap_err().to_string();
        assert!(told.contains("Expected to have finished reduction in the prior"), "{told}");
        train(true).unwrap();
    });
}

#[test]
fn time_is_over_for_all_ranks_at_once() {
    on_ranks("ranks::time_is_over_for_all_ranks_at_once", 2, |rank| {
        let (model, loader) = (model(), loader());
        let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
        let trainer = Trainer::options(&model, &mut optimizer, &loader)
            .time_limit(Duration::from_millis(300))
            .build()
            .unwrap();
        let slow = |model: &_, batch| {
            thread::sleep(Duration::from_millis(20 * rank as u64));
            loss(model, batch)
        };
        trainer.fit(slow).unwrap();
        let steps = dist::all_gather_object(&trainer.step_count()).unwrap();
        assert!(steps[0] == steps[1] && steps[0] > 0, "{steps:?}");
    });
}

/// Trains on three ranks until so many steps are done, in a run of this folder.
fn train_in(folder: &Path, steps: usize, resume: bool) -> Result<(Vec<Tensor>, Vec<f64>)> {
    random::manual_seed(3);
    let (model, loader) = (model(), loader());
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let run = Run::options(folder).resume(resume).checkpoint_every(1).keep(100).build()?;
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .steps(steps)
        .ema(0.9)
        .evaluate_every(Every::Steps(4))
        .run(&run)
        .log_every(2)
        .build()?;
    trainer.fit_and_evaluate(loss, metrics)?;
    let mut all = bits(&model);
    all.extend(bits(trainer.trained()));
    all.push(random::get_rng_state());
    Ok((all, trainer.history().losses))
}

const STEPS: usize = 8;

/// From each step, to the bit: with three ranks the order of a sum depends on the buckets.
#[test]
fn ranks_go_on_where_their_run_was() {
    on_ranks("ranks::ranks_go_on_where_their_run_was", 3, |rank| {
        let root = tempfile::tempdir().unwrap();
        let whole = root.path().join("whole");
        let (all, losses) = train_in(&whole, STEPS, false).unwrap();
        let is_first = rank == 0;
        // The others write nothing.
        assert_eq!(whole.exists(), is_first);
        for step in 1..STEPS {
            let folder = root.path().join(format!("from {step}"));
            let _ = train_in(&folder, step, false).unwrap();
            let (again, more) = train_in(&folder, STEPS, true).unwrap();
            assert_eq!(again, all, "from step {step}, rank {rank}");
            assert_eq!(more, losses);
            // A limit at an epoch's end has it evaluated, which a longer run does not.
            if is_first && step % 3 != 0 {
                assert_eq!(crate::rows_of(&folder), crate::rows_of(&whole));
            }
        }
        // One that is not there begins.
        let (begun, _) = train_in(&root.path().join("new"), STEPS, true).unwrap();
        assert_eq!(begun, all);
        if !is_first {
            return;
        }
        let last = whole.join(format!("checkpoints/step-{STEPS:010}.pt"));
        let checkpoint = pt::load(&last).unwrap();
        let ranks = checkpoint["ranks"].as_slice().unwrap();
        assert_eq!(ranks.len(), 3);
        let of = |rank: usize| ranks[rank]["generators"]["cpu"].as_tensor().unwrap().copy();
        assert_eq!(of(0), *checkpoint["generators"]["cpu"].as_tensor().unwrap());
        assert_eq!(of(0), *all.last().unwrap());
        // One process may use it.
        let alone = model();
        pt::load_model(&alone, &last).unwrap();
        assert_eq!(bits(&alone)[0], all[0]);
    });
}

/// The same by a loop of one's own, until so many steps are done.
fn loop_in(folder: &Path, steps: usize) -> Result<Vec<Tensor>> {
    random::manual_seed(3);
    let model = model();
    let share = train::sampler(23, true, 5)?;
    let loader = DataLoader::options(samples(23)).batch_size(3).sampler(share).build()?;
    let parallel = Parallel::of(&model, &loader)?;
    let mut optimizer = optim::Adam::new(model.parameters(), 0.01);
    let run = Run::options(folder).resume(true).checkpoint_every(1).keep(100).build()?;
    run.resume(State::of(&model, &mut optimizer).loader(&loader).parallel(&parallel))?;
    for epoch in run.epochs(9) {
        loader.set_epoch(epoch as i64);
        for batch in &loader {
            let (x, y) = batch?;
            optimizer.zero_grad();
            let loss = F::cross_entropy(&parallel.forward(&x), &y);
            loss.backward();
            optimizer.step();
            run.log([("loss", mean_over_ranks(loss.item())?)]);
            run.step(State::of(&model, &mut optimizer).loader(&loader).parallel(&parallel));
            if run.checkpoints().step_count() == steps {
                run.finish()?;
                return Ok(bits(&model));
            }
        }
        run.end_epoch(State::of(&model, &mut optimizer).loader(&loader).parallel(&parallel));
    }
    unreachable!("there are more steps in nine epochs")
}

#[test]
fn ranks_of_a_loop_of_ones_own_go_on_where_their_run_was() {
    let name = "ranks::ranks_of_a_loop_of_ones_own_go_on_where_their_run_was";
    on_ranks(name, 3, |rank| {
        let root = tempfile::tempdir().unwrap();
        let whole = root.path().join("whole");
        let all = loop_in(&whole, STEPS).unwrap();
        assert_eq!(whole.exists(), rank == 0);
        for step in 1..STEPS {
            let folder = root.path().join(format!("from {step}"));
            let _ = loop_in(&folder, step).unwrap();
            let again = loop_in(&folder, STEPS).unwrap();
            assert_eq!(again, all, "from step {step}, rank {rank}");
            if rank == 0 {
                assert_eq!(crate::rows_of(&folder), crate::rows_of(&whole));
            }
        }
    });
}

/// An example as one of several ranks, which meet at this port.
fn rank_of(name: &str, rank: usize, size: usize, port: u16, arguments: &[&str]) -> Command {
    let mut command = match name {
        "flambeau" => Command::new(env!("CARGO_BIN_EXE_flambeau")),
        name => example(name),
    };
    for (name, value) in [
        ("RANK", rank.to_string()),
        ("LOCAL_RANK", rank.to_string()),
        ("WORLD_SIZE", size.to_string()),
        ("LOCAL_WORLD_SIZE", size.to_string()),
        ("MASTER_ADDR", "127.0.0.1".into()),
        ("MASTER_PORT", port.to_string()),
        ("GLOO_SOCKET_IFNAME", "lo".into()),
        ("OMP_NUM_THREADS", "1".into()),
    ] {
        command.env(name, value);
    }
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What its ranks print, all of which have to end with this code.
fn ranks_of(name: &str, size: usize, arguments: &[&str], code: i32) -> Vec<(String, String)> {
    ranks_with(name, &vec![arguments; size], code)
}

/// The same of ranks that have arguments of their own.
fn ranks_with(name: &str, arguments: &[&[&str]], code: i32) -> Vec<(String, String)> {
    let (port, size) = (free_port(), arguments.len());
    let begin = |(rank, arguments): (usize, &&[&str])| {
        rank_of(name, rank, size, port, arguments).spawn().unwrap()
    };
    let children: Vec<Child> = arguments.iter().enumerate().map(begin).collect();
    let texts = |output: Output| {
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        (out, err)
    };
    // Their lines are fewer than a pipe holds.
    children.into_iter().map(|child| texts(child.wait_with_output().unwrap())).collect()
}

/// What is printed from these words on.
fn from<'t>(text: &'t str, words: &str) -> &'t str {
    &text[text.find(words).unwrap_or_else(|| panic!("{words:?} is not in {text}"))..]
}

#[test]
fn an_example_trains_on_two_ranks() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (run, save) = (path("run"), path("cnn.safetensors"));
    let flags = "--limit 301 --epochs 2 --seed 3 --clip 1 --scheduler StepLR --checkpoint-every 20";
    let flags: Vec<_> = flags.split(' ').chain(["--run", &run]).collect();
    let printed = ranks_of("functional_cnn", 2, &[&flags[..], &["--save", &save]].concat(), 0);
    let first = "2 ranks, a batch of 4 each, 8 in all; cpu, each 1 thread, as OMP_NUM_THREADS says, \
                 which torchrun sets to 1 where nobody else sets it; seed 3\n";
    assert!(printed[0].0.starts_with(first), "{}", printed[0].0);
    assert_eq!(printed[1], (String::new(), String::new()));
    // Of both ranks, which have 151 each.
    assert_eq!(printed[0].1.matches("302 images in ").count(), 2, "{}", printed[0].1);
    // One process sees in the weights what both have seen.
    let alone =
        example("functional_cnn").args(["--limit", "301", "--load", &save]).output().unwrap();
    let alone = String::from_utf8(alone.stdout).unwrap();
    let tested = from(&printed[0].0, "test accuracy");
    assert_eq!(tested, from(&alone, "test accuracy"));
    assert!(tested.contains("of 301 images"), "{tested}");
    let rows = fs::read_to_string(Path::new(&run).join("metrics.csv")).unwrap();
    let cells = |line: &str| line.split(',').map(str::to_string).collect::<Vec<_>>();
    let column = cells(rows.lines().next().unwrap()).iter().position(|c| c == "test/accuracy");
    let last = cells(rows.lines().last().unwrap())[column.unwrap()].parse::<f64>().unwrap();
    assert!(tested.starts_with(&format!("test accuracy: {:.2} %", 100.0 * last)), "{rows}{tested}");

    // As many ranks go on with it, and no others.
    let again = [&flags[..], &["--resume"]].concat();
    let more = ranks_of("functional_cnn", 2, &again, 0);
    assert!(more[0].0.contains("2 epochs are over, of 2: none is left to train"), "{}", more[0].0);
    assert_eq!(from(&more[0].0, "test accuracy"), tested);
    for size in [1, 3] {
        let now = if size == 1 { "is 1 process".into() } else { format!("are {size} ranks") };
        let words = format!("ranks: 2 ranks trained here, and now there {now}: start 2 ranks");
        for (_, told) in ranks_of("functional_cnn", size, &again, 1) {
            assert!(told.lines().count() <= 2 && told.contains(&words), "{told}");
        }
    }
    // What is wrong on the first ends all, and is said once.
    let [(_, told), (_, other)] = &ranks_of("functional_cnn", 2, &flags, 1)[..] else { panic!() };
    assert!(told.starts_with("error: training: "), "{told}");
    assert!(told.contains("holds a run already; resume it (--resume)"), "{told}");
    // What c10d warns of the store's end may stand there.
    assert!(!other.contains("error: "), "{other}");
}

/// Flags on one rank alone, which decide what the ranks do together.
#[test]
fn ranks_with_other_flags_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (run, weights) = (path("run"), path("cnn.pt"));
    let common = ["--timeout", "30s", "--limit", "8", "--epochs", "1"];
    let train = ["train", "--model", "gru"];
    for (name, flags, told) in [
        ("functional_cnn", &["--patience", "3"][..], "--patience is 3"),
        (
            "functional_cnn",
            &["--scheduler", "reducelronplateau"],
            "--scheduler is ReduceLROnPlateau",
        ),
        ("functional_cnn", &["--load", &weights], "--load is given"),
        ("functional_cnn", &["--plot", &run], "--plot is given"),
        ("functional_cnn", &["--run", &run], "--run is given"),
        ("sequential_cnn", &["--run", &run], "--run is given"),
        ("recurrent_network", &["--overfit-batches", "1"], "--overfit-batches is 1"),
        ("flambeau", &["--run", &run], "--run is given"),
        ("flambeau", &["--dashboard"], "--dashboard is true"),
    ] {
        let command = if name == "flambeau" { &train[..] } else { &[] };
        let first = [command, &common].concat();
        let begun = Instant::now();
        let printed = ranks_with(name, &[&first, &[&first[..], flags].concat()], 1);
        assert!(begun.elapsed() < Duration::from_secs(20), "{name} {flags:?}");
        let without = if flags.len() == 1 { "false" } else { "not given" };
        let words = format!(
            "error: {told} on rank 1, and {without} on rank 0: all ranks have to train in the same way\n"
        );
        for (_, error) in printed {
            assert!(error.contains(&words), "{name} {flags:?}: {error}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The others have what the first reads, and what is wrong with it is said once.
#[test]
fn what_is_loaded_is_read_by_the_first_rank() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (weights, missing) = (path("cnn.safetensors"), path("missing.safetensors"));
    {
        let _generator = crate::seeded(8);
        safetensors::save_file(&models::Cnn::new().state_dict(), &weights).unwrap();
    }
    let flags = ["--limit", "60", "--load"];
    let [here, there] = [&weights, &missing].map(|path| [&flags[..], &[path]].concat());
    let alone = example("functional_cnn").args(&here).output().unwrap();
    let alone = String::from_utf8(alone.stdout).unwrap();
    let printed = ranks_with("functional_cnn", &[&here, &there], 0);
    assert_eq!(from(&printed[0].0, "test accuracy"), from(&alone, "test accuracy"));
    assert_eq!(printed[1], (String::new(), String::new()));

    let image = path("missing.png");
    for (arguments, told) in [
        (&there, "error: loading the weights: "),
        (&vec!["--predict", &image], "error: reading the new images: "),
    ] {
        let printed = ranks_of("functional_cnn", 2, arguments, 1);
        assert!(printed[0].1.starts_with(told), "{}", printed[0].1);
        // What c10d warns of the store's end may stand there.
        assert!(!printed[1].1.contains("error: "), "{}", printed[1].1);
    }
}

/// In half, or in no numbers: each of several would train the whole, alone.
#[test]
fn a_rank_that_is_not_told_well_does_not_train_alone() {
    let told = |name: &str, variables: &[(&str, &str)]| {
        let mut command = rank_of(name, 0, 2, 1, &[]);
        for name in ["RANK", "WORLD_SIZE"] {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    for name in ["functional_cnn", "speedrun"] {
        let words = "error: RANK: \"x\" is no such number\n";
        assert_eq!(told(name, &[("RANK", "x"), ("WORLD_SIZE", "2")]), words);
        let words = "error: WORLD_SIZE: env:// rendezvous: environment variable WORLD_SIZE expected, but not set";
        let half = told(name, &[("RANK", "1")]);
        assert!(half.starts_with(words), "{half}");
        let words =
            "error: RANK: env:// rendezvous: environment variable RANK expected, but not set";
        let half = told(name, &[("WORLD_SIZE", "2")]);
        assert!(half.starts_with(words), "{half}");
        let words = "error: RANK: 5 is not below WORLD_SIZE, 1\n";
        assert_eq!(told(name, &[("RANK", "5"), ("WORLD_SIZE", "1")]), words);
        for rank in [&[][..], &[("RANK", "0")]] {
            let words = "error: WORLD_SIZE: 0 is no number of ranks: there is at least one\n";
            assert_eq!(told(name, &[rank, &[("WORLD_SIZE", "0")]].concat()), words);
        }
    }
}

#[test]
fn more_ranks_than_cores_are_told() {
    let port = free_port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let of_openmpi = [("OMPI_COMM_WORLD_RANK", "0"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "4000")];
    let of_openmpi = [of_openmpi.as_slice(), &[("OMPI_COMM_WORLD_SIZE", "5000")]].concat();
    let of_slurm = [("SLURM_PROCID", "0"), ("SLURM_STEP_TASKS_PER_NODE", "3(x2),4000(x2)")];
    let more = [("SLURM_NODEID", "2"), ("SLURM_NTASKS", "5000"), ("SLURM_STEP_NUM_TASKS", "5000")];
    let of_slurm = [of_slurm.as_slice(), &more].concat();
    for variables in [of_openmpi, of_slurm] {
        let mut command = example("functional_cnn");
        command.args(["--timeout", "1s"]).current_dir(folder.path());
        command.env("MASTER_ADDR", "127.0.0.1").env("MASTER_PORT", &port).envs(variables);
        let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
        assert!(
            told.contains("4000 ranks share the ") && told.contains(" one a core is faster"),
            "{told}"
        );
    }
}

#[test]
fn the_example_of_a_loop_says_what_is_wrong_in_words() {
    let mut command = example("distributed");
    let output = command.env_remove("RUST_BACKTRACE").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let words = "Error: RANK: env:// rendezvous: environment variable RANK expected, but not set; ";
    assert!(output.status.code() == Some(1) && told.starts_with(words), "{told}");
    // It waits as long as it is told, like the other one.
    for name in ["bare_loop", "distributed"] {
        let mut command = rank_of(name, 0, 2, free_port(), &["--timeout", "1s"]);
        let output = command.env_remove("RUST_BACKTRACE").output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.ends_with(": rank 1 of 2 has not come within 1s\n"), "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_long_wait_says_for_whom() {
    let [alone, two_of_three] = [free_port(), free_port()];
    let begin = |rank, size, port, timeout| {
        rank_of("functional_cnn", rank, size, port, &["--timeout", timeout]).spawn().unwrap()
    };
    let children = [
        begin(1, 2, alone, "2s"),
        begin(0, 3, two_of_three, "6s"),
        begin(2, 3, two_of_three, "6s"),
    ];
    let told = children.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    });
    let words = format!(
        "warning: tcp://127.0.0.1:{alone}: rank 0 is waited for, whose store has not answered yet; the wait \
         ends after 2s\n"
    );
    assert_eq!(told[0].matches(&words).count(), 1, "{}", told[0]);
    let words = format!(
        "warning: tcp://127.0.0.1:{two_of_three}: rank 1 of 3 has not come yet; the wait ends after 6s\n"
    );
    assert_eq!(told[1].matches(&words).count(), 1, "{}", told[1]);
    // The first says it, if it is there.
    assert!(!told[2].contains("has not come yet"), "{}", told[2]);
}

#[test]
fn the_rank_on_a_host_may_have_a_fallback() {
    assert_eq!(dist::get_node_local_rank_options().fallback_rank(3).call().unwrap(), 3);
    let told = dist::get_node_local_rank().unwrap_err().to_string();
    assert!(
        told.starts_with("LOCAL_RANK: LOCAL_RANK is not in the environment. Consider passing"),
        "{told}"
    );
}

#[test]
fn every_example_trains_on_two_ranks() {
    download();
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [
        ("sequential_cnn", "--overfit-batches 1 --epochs 2"),
        ("my_conv2d", "--dry-run"),
        ("new_crate", "--limit 130 --epochs 1 --workers 0"),
        (
            "recurrent_network",
            "--cell lstm --limit 130 --epochs 1 --amp bf16 --ema 0.9 --accumulate 2",
        ),
        ("flambeau", "train --model gru --limit 130 --epochs 1 --patience 1"),
    ] {
        let run = folder.path().join(name).display().to_string();
        let flags: Vec<_> = flags.split(' ').chain(["--run", &run]).collect();
        let printed = ranks_of(name, 2, &flags, 0);
        assert_eq!(printed[1], (String::new(), String::new()), "{name}");
        assert!(printed[0].0.contains("test accuracy: "), "{name}: {}", printed[0].0);
    }
    let resumed = folder.path().join("flambeau").display().to_string();
    let printed = ranks_of("flambeau", 2, &["resume", &resumed, "--epochs", "2"], 0);
    assert!(printed[0].0.contains("going on after step 2"), "{}", printed[0].0);
    assert!(printed[0].0.contains("report: "), "{}", printed[0].0);
    // Of a host with another disk, the arguments are enough.
    let elsewhere = folder.path().join("elsewhere").display().to_string();
    fs::create_dir(&elsewhere).unwrap();
    let [here, there] = [&resumed, &elsewhere].map(|run| Path::new(run).join("args.json"));
    fs::copy(here, there).unwrap();
    let arguments = [&resumed, &elsewhere].map(|run| ["resume", run, "--epochs", "3"]);
    let printed = ranks_with("flambeau", &[&arguments[0], &arguments[1]], 0);
    assert!(printed[0].0.contains("going on after step 4"), "{}", printed[0].0);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    let printed = ranks_of("flambeau", 2, &["compare", &resumed], 0);
    assert!(printed[0].0.starts_with("run       epochs  accuracy"), "{}", printed[0].0);
    assert_eq!(printed[1], (String::new(), String::new()));
}

/// The first rank does what is done in one process, so that it is said once, and no file written twice.
#[test]
fn the_commands_of_one_process_do_their_work_once() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let data = fs::canonicalize("./data").unwrap();
    std::os::unix::fs::symlink(data, folder.path().join("data")).unwrap();
    let said = |rank, arguments: &str| {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let mut command = rank_of("flambeau", rank, 2, 1, &arguments);
        let output = command.current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    };
    for arguments in [
        "eval x",
        "predict x x.png",
        "convolve",
        "inspect x.pt",
        "convert x.pt y.pt",
        "compare x",
        "report x",
        "new x",
        "doctor",
        "serve x",
        "completions bash",
        "man x",
        "data",
        "help",
        "train --help",
        "--version",
    ] {
        assert_eq!(said(1, arguments), (String::new(), String::new()), "{arguments}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    pt::save_file(&nn::Linear::new(2, 1).state_dict(), folder.path().join("x.pt")).unwrap();
    for arguments in ["convolve", "inspect x.pt", "completions bash", "man x", "data", "help"] {
        assert!(!said(0, arguments).0.is_empty(), "{arguments}");
    }
    assert!(folder.path().join("convolution.png").exists());
}

/// `bare_loop` as two ranks in this folder, until a checkpoint of so many steps is there: then the plug is
/// pulled. What the first has printed.
fn bare_loop_until(folder: &Path, steps: usize) -> String {
    let port = free_port();
    let children = [0, 1]
        .map(|rank| rank_of("bare_loop", rank, 2, port, &[]).current_dir(folder).spawn().unwrap());
    wait_for_checkpoints(&folder.join("runs/bare"), steps);
    let [mut first, mut second] = children;
    // The other order would have the second's libtorch warn of a store that is gone.
    second.kill().unwrap();
    first.kill().unwrap();
    let [first, second] = [first, second].map(|child| child.wait_with_output().unwrap());
    // The second prints nothing, whatever happens.
    assert_eq!((second.stdout, second.stderr), (vec![], vec![]));
    String::from_utf8(first.stdout).unwrap()
}

#[test]
fn the_bare_loop_trains_on_two_ranks_and_goes_on() {
    const HALF: usize = 500;
    let name = "ranks::the_bare_loop_trains_on_two_ranks_and_goes_on";
    download();
    on_ranks_within(90, name, 2, |rank| {
        // Written out, with the data set's own class and Python's.
        random::manual_seed(0);
        let transform = transforms::compose![
            transforms::ToTensor::new(),
            transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        ];
        let trainset = Cifar10::options("./data").build().unwrap().transform(transform);
        let sampler = DistributedSampler::options(trainset.len(), 2, rank).build().unwrap();
        let loader = DataLoader::options(trainset).batch_size(4).sampler(sampler).build().unwrap();
        let model = DistributedDataParallel::new(models::Cnn::new()).unwrap();
        let criterion = nn::CrossEntropyLoss::new();
        let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
        let (mut losses, mut weights) = (Vec::new(), vec![bits(&model.module)]);
        for (step, batch) in loader.iter().take(2 * HALF).enumerate() {
            let (inputs, labels) = batch.unwrap();
            optimizer.zero_grad();
            let loss = criterion.forward(&model.forward(&inputs), &labels);
            loss.backward();
            optimizer.step();
            losses.push(loss.item());
            if (step + 1) % HALF == 0 {
                weights.push(bits(&model.module));
            }
        }
        let losses = Tensor::from_slice(&losses) / 2.0;
        dist::all_reduce(&losses).unwrap();
        // It learns, and both have learned the same.
        let mean = |from| losses.narrow(0, from, 100).mean(None).item();
        assert!(mean(900) < mean(0) - 0.2, "{} {}", mean(0), mean(900));
        assert_ne!(weights[1][0], weights[0][0]);
        let sum = |weights: &Vec<Tensor>| weights.iter().map(|w| w.sum(None).item()).collect();
        let all: Vec<Vec<f64>> = dist::all_gather_object(&sum(&weights[2])).unwrap();
        assert_eq!(all[0], all[1]);
        if rank > 0 {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let data = fs::canonicalize("./data").unwrap();
        std::os::unix::fs::symlink(data, folder.path().join("data")).unwrap();
        let run = folder.path().join("runs/bare");
        for half in [1, 2] {
            let printed = bare_loop_until(folder.path(), half * HALF);
            let line = "2 ranks, a batch of 4 each, 8 in all; cpu, each 1 thread, as OMP_NUM_THREADS says, \
                        which torchrun sets to 1 where nobody else sets it\n";
            assert!(printed.starts_with(line), "{printed}");
            let path = run.join(format!("checkpoints/step-{:010}.pt", half * HALF));
            let alone = models::Cnn::new();
            pt::load_model(&alone, &path).unwrap();
            assert_eq!(bits(&alone), weights[half], "after {} steps", half * HALF);
            let state = pt::load(&path).unwrap();
            assert_eq!(state["ranks"].as_slice().unwrap().len(), 2);
            assert_eq!(state["model"].state_dict().unwrap().keys().next().unwrap(), "conv1.weight");
        }
        let rows = fs::read_to_string(run.join("metrics.csv")).unwrap();
        for (i, row) in rows.lines().skip(1).take(10).enumerate() {
            let loss = losses.double_value(&[100 * i as i64]);
            assert_eq!(row, format!("0,{},{loss}", 100 * i));
        }
    });
}

/// It is an error, and no panic of tch's `backward`.
#[test]
fn the_loops_name_a_rank_that_is_killed() {
    download();
    let data = fs::canonicalize("./data").unwrap();
    for name in ["bare_loop", "distributed"] {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&data, folder.path().join("data")).unwrap();
        let port = free_port();
        let [mut first, mut second] = [0, 1].map(|rank| {
            let mut command = rank_of(name, rank, 2, port, &[]);
            command.env_remove("RUST_BACKTRACE").current_dir(folder.path()).spawn().unwrap()
        });
        let mut printed = BufReader::new(first.stdout.take().unwrap());
        let mut line = String::new();
        printed.read_line(&mut line).unwrap();
        let words = "each 1 thread, as OMP_NUM_THREADS says, which torchrun sets to 1 where nobody else sets it\n";
        assert!(line.starts_with("2 ranks, a batch of 4 each, 8 in all; "), "{line}");
        assert!(line.ends_with(words), "{line}");
        if name == "bare_loop" {
            wait_for_checkpoints(&folder.path().join("runs/bare"), 500);
        } else {
            // The images are read then, and it trains.
            thread::sleep(Duration::from_secs(6));
        }
        second.kill().unwrap();
        second.wait().unwrap();
        let first = first.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&first.stderr).into_owned();
        // The bar of Progress ends its line by a return.
        assert!(told.lines().filter(|line| line.contains("rror")).count() == 1, "{told}");
        names_rank_1(first);
    }
}

#[test]
fn the_speedrun_trains_on_two_ranks() {
    download();
    // After a step the whitening layer's bias is learned no more.
    let flags =
        "--limit 101 --batch-size 10 --epochs 3 --precision f32 --device cpu --seed 4 --curve";
    let flags: Vec<_> = flags.split(' ').collect();
    let printed = ranks_of("speedrun", 2, &flags, 0);
    assert_eq!(printed[1], (String::new(), String::new()));
    let text = &printed[0].0;
    let first = "2 ranks, a batch of 10 each, 20 in all; cpu, each 1 thread, as OMP_NUM_THREADS says, which \
                 torchrun sets to 1 where nobody else sets it; Float, channels last; seed 4\n";
    assert!(text.starts_with(first), "{text}");
    let losses = [1, 2, 3].map(|epoch| {
        let words = format!("seed 4, epoch {epoch}: loss ");
        let loss = from(text, &words)[words.len()..].split(',').next().unwrap();
        loss.parse::<f64>().unwrap()
    });
    assert!(losses[2] < losses[0] - 0.2, "it learns: {text}");
    assert!(text.contains("run 0: ") && text.contains(" % without views"), "{text}");
    // One that has no image of the test waits for the other.
    let few = ["--limit", "5", "--epochs", "1", "--precision", "f32"];
    let printed = ranks_of("speedrun", 2, &few, 0);
    assert!(printed[0].0.contains("run 0: "), "{}", printed[0].0);
    // Ranks that were given other arguments.
    let port = free_port();
    let begin = |rank: usize| {
        let seed = rank.to_string();
        let arguments = ["--limit", "5", "--epochs", "1", "--seed", &seed];
        rank_of("speedrun", rank, 2, port, &arguments).spawn().unwrap()
    };
    let words =
        "error: --seed is 1 on rank 1, and 0 on rank 0: all ranks have to train in the same way\n";
    for child in [0, 1].map(begin) {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && told.contains(words), "{told}");
    }
}

#[test]
fn what_computes_in_one_process_does_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png").display().to_string();
    let printed = ranks_of("convolution", 2, &["--out", &out], 0);
    assert!(!printed[0].0.is_empty());
    assert_eq!(printed[1], (String::new(), String::new()));
}

#[test]
fn local_rank_0_is_first_and_the_others_of_its_host_follow() {
    let name = "ranks::local_rank_0_is_first_and_the_others_of_its_host_follow";
    // A download takes longer than any collective may.
    on_ranks_within(1, name, 3, |rank| {
        let path = std::env::temp_dir().join(format!("flambeau-first-{}", std::process::id()));
        let mut path = [path];
        dist::broadcast_object_list(&mut path, 0).unwrap();
        let [path] = path;
        let found = local_rank_0_first(|| {
            let found = path.exists();
            if rank == 0 {
                thread::sleep(Duration::from_millis(2500));
                fs::write(&path, "").unwrap();
            }
            Ok(found)
        });
        assert_eq!(found.unwrap(), rank > 0);
        dist::barrier().unwrap();
        let _ = fs::remove_file(&path);

        // What fails on one is told on all: on the first, so that nobody else tries, or on another.
        for failing in [0, 2] {
            let mut tried = false;
            let told = local_rank_0_first(|| -> Result<()> {
                tried = true;
                match rank == failing {
                    true => Err(flambeau::Error::argument("network", "is not there")),
                    false => Ok(()),
                }
            });
            let begin = if rank == failing { "" } else { &*format!("rank {failing} has ended: ") };
            assert_eq!(told.unwrap_err().to_string(), format!("{begin}network: is not there"));
            assert_eq!(tried, rank == 0 || failing == 2);
        }
    });
}

#[test]
fn data_that_cannot_be_downloaded_is_told_by_all_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let (data, port) = (folder.path().display().to_string(), free_port());
    let nowhere = "http://127.0.0.1:1";
    let children = [0, 1].map(|rank| {
        let mut command = rank_of("sequential_cnn", rank, 2, port, &["--data", &data]);
        for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY", "npm_config_registry"] {
            command.env(name, nowhere);
        }
        command.spawn().unwrap()
    });
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    for (rank, output) in outputs.iter().enumerate() {
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        // It is said once.
        let begin = "error: reading the training images: CIFAR-10 could not be";
        assert!(
            if rank == 0 { told.starts_with(begin) } else { !told.contains("error: ") },
            "{told}"
        );
    }
}

#[test]
fn an_example_notices_a_rank_that_is_stopped_after_its_timeout() {
    download();
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let flags = "--limit 2000 --epochs 50 --timeout 2s --checkpoint-every 10 --run";
    let flags: Vec<_> = flags.split(' ').chain([run.to_str().unwrap()]).collect();
    let children =
        [0, 1].map(|rank| rank_of("functional_cnn", rank, 2, port, &flags).spawn().unwrap());
    wait_for_checkpoints(&run, 20);
    // One that is only slow is waited for.
    send("STOP", children[1].id());
    thread::sleep(Duration::from_secs(1));
    send("CONT", children[1].id());
    wait_for_checkpoints(&run, 100);
    let begun = Instant::now();
    send("STOP", children[1].id());
    let [first, mut second] = children;
    let first = first.wait_with_output().unwrap();
    let waited = begun.elapsed();
    second.kill().unwrap();
    second.wait().unwrap();
    names_rank_1(first);
    assert!(waited > Duration::from_secs(1) && waited < Duration::from_secs(20), "{waited:?}");
}

#[test]
fn slurm_starts_an_example_too() {
    download();
    let port = free_port().to_string();
    let begin = |rank: &str, more: &[(&str, &str)]| {
        let mut command = example("sequential_cnn");
        command.args(["--dry-run", "--limit", "64"]).env_remove("OMP_NUM_THREADS");
        command.env("GLOO_SOCKET_IFNAME", "lo").env("MASTER_PORT", &port);
        command.envs([("SLURM_PROCID", rank), ("SLURM_LOCALID", rank), ("SLURM_NTASKS", "2")]);
        command.envs(more.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let step = [("SLURM_STEP_NODELIST", "localhost"), ("SLURM_STEP_NUM_TASKS", "2")];
    let children = [begin("0", &step), begin("1", &step)];
    let [first, second] = children.map(|child| child.wait_with_output().unwrap());
    let text = String::from_utf8(first.stdout).unwrap();
    assert!(text.starts_with("2 ranks, a batch of 64 each, 128 in all; cpu, each "), "{text}");
    assert!(text.contains(", as 2 ranks share "), "{text}");
    assert!(first.status.success() && second.status.success() && second.stdout.is_empty());
    // The script that has not called srun is no rank.
    let alone = begin("0", &[]).wait_with_output().unwrap();
    let text = String::from_utf8(alone.stdout).unwrap();
    assert!(alone.status.success() && text.starts_with("cpu, "), "{text}");
}

/// The first rank has ended with an error, which names the other.
fn names_rank_1(first: Output) {
    let told = String::from_utf8(first.stderr).unwrap();
    assert_eq!(first.status.code(), Some(1), "{told}");
    let last = told.lines().last().unwrap();
    assert!(
        last.to_lowercase().starts_with("error: ")
            && last.contains("rank 1 does not answer any more"),
        "{told}"
    );
    for words in ["panicked", "Internal torch error"] {
        assert!(!told.contains(words), "{told}");
    }
}

fn send(signal: &str, id: u32) {
    let script = format!("kill -{signal} {id}");
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

/// Waits until a run has written so many checkpoints.
fn wait_for_checkpoints(run: &Path, many: usize) {
    let ends = Instant::now() + Duration::from_secs(60);
    let step = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        name.strip_prefix("step-")?.strip_suffix(".pt")?.parse::<usize>().ok()
    };
    loop {
        let entries = fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
        if entries.filter_map(step).max().unwrap_or(0) >= many {
            return;
        }
        assert!(Instant::now() < ends, "no checkpoint");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn sigterm_ends_a_rank_at_once() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let flags = "--limit 2000 --epochs 50 --checkpoint-every 10 --run";
    let flags: Vec<_> = flags.split(' ').chain([run.to_str().unwrap()]).collect();
    let port = free_port();
    let children =
        [0, 1].map(|rank| rank_of("functional_cnn", rank, 2, port, &flags).spawn().unwrap());
    wait_for_checkpoints(&run, 20);
    let begun = Instant::now();
    send("TERM", children[1].id());
    let [first, second] = children.map(|child| child.wait_with_output().unwrap());
    assert_eq!(second.status.code(), Some(143));
    names_rank_1(first);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // The last checkpoint counts.
    let flags = [&flags[..], &["--resume", "--dry-run"]].concat();
    let again = ranks_of("functional_cnn", 2, &flags, 0);
    assert!(again[0].0.contains("going on after step "), "{}", again[0].0);
}

/// torchrun that waits for a second, in place of thirty, for a rank that it has told to end: one that is stopped
/// does not hear of it.
const IMPATIENT: &str = "
from torch.distributed import run
from torch.distributed.elastic.multiprocessing import api
api.PContext.close.__defaults__ = (None, 1)
run.main()
";

/// A job of torchrun's, which has restarts left, and whose ranks may be given a timeout; None where there is no
/// Python of torch.
fn torchrun(ranks: usize, run: &Path, save: &Path, timeout: Option<&str>) -> Option<Child> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let python = Command::new(root.join("python")).stderr(Stdio::null()).output().ok()?;
    if !python.status.success() {
        eprintln!("skipped: there is no Python of torch's, so no torchrun");
        return None;
    }
    let mut command = match timeout {
        None => Command::new(root.join("torchrun")),
        Some(_) => {
            let mut python = Command::new(String::from_utf8(python.stdout).unwrap().trim());
            python.args(["-c", IMPATIENT, "--no-python"]);
            python
        }
    };
    let (ranks, port) = (ranks.to_string(), free_port().to_string());
    command.args(["--nproc-per-node", &ranks, "--max-restarts", "3", "--master-port", &port, "--"]);
    command.arg(example_path("functional_cnn")).args(
        "--limit 1001 --epochs 3 --checkpoint-every 15 --clip 1 --scheduler OneCycleLR".split(' '),
    );
    command.arg("--run").arg(run).arg("--save").arg(save);
    timeout.map(|timeout| command.args(["--timeout", timeout]));
    command.env("GLOO_SOCKET_IFNAME", "lo").stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command.spawn().unwrap())
}

/// The processes of the ranks: torchrun's children.
fn children_of(id: u32) -> Vec<u32> {
    let parent = |id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let is_rank = |id: u32| {
        let exe = fs::read_link(format!("/proc/{id}/exe"));
        exe.is_ok_and(|exe| exe == example_path("functional_cnn"))
    };
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|other| parent(*other) == Some(id) && is_rank(*other)).collect()
}

/// Which rank a process is.
fn rank_in(id: u32) -> String {
    let variables = fs::read(format!("/proc/{id}/environ")).unwrap();
    let variables = String::from_utf8(variables).unwrap();
    let rank = variables.split('\0').find_map(|variable| variable.strip_prefix("RANK="));
    rank.unwrap().to_string()
}

#[test]
fn a_rank_that_dies_under_torchrun_starts_again_to_the_same_bits() {
    if !cfg!(target_os = "linux") {
        return;
    }
    download();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ended = |child: Child| {
        let output = child.wait_with_output().unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{out}{err}");
        (out, err)
    };
    // Of three ranks, too, where there are more deaths than one.
    for size in [2, 3] {
        let deaths = Vec::from_iter((size - 2..deaths(1) as usize).step_by(2));
        if deaths.is_empty() {
            return;
        }
        let (run, save) = (path(&format!("{size}")), path(&format!("{size}.safetensors")));
        let Some(whole) = torchrun(size, &run, &save, None) else { return };
        let (printed, _) = ended(whole);
        let weights = safetensors::load_file(&save).unwrap();
        for (i, death) in deaths.into_iter().enumerate() {
            for signal in ["KILL", "STOP"] {
                let name = format!("{signal} {death} of {size}");
                let (again, save) = (path(&name), path(&format!("{name}.safetensors")));
                let timeout = (signal == "STOP").then_some("2s");
                let child = torchrun(size, &again, &save, timeout).unwrap();
                // In the first epoch, the second or the third, at any moment of a step.
                wait_for_checkpoints(&again, [140, 30, 270][i % 3] * 2 / size);
                thread::sleep(Duration::from_micros(death as u64 * 7919 % 20_000));
                let ranks = children_of(child.id());
                assert_eq!(ranks.len(), size, "{name}");
                let victim = ranks[i % size];
                let rank = rank_in(victim);
                send(signal, victim);
                let (printed_again, told) = ended(child);
                if signal == "STOP" {
                    // torchrun knows nothing of it before another rank gives up.
                    let words = format!("rank {rank} does not answer any more, and was waited for");
                    assert!(told.contains(&words), "{name}: {told}");
                }
                assert!(printed_again.contains("going on after step "), "{name}: {printed_again}");
                assert_eq!(safetensors::load_file(&save).unwrap(), weights, "{name}");
                assert_eq!(crate::rows_of(&again), crate::rows_of(&run), "{name}");
                let tested = |text| from(text, "test accuracy").to_string();
                assert_eq!(tested(&printed_again), tested(&printed));
            }
        }
    }
}
