//! This crate's side of `scripts/bench`, line for line the twin of bench_side.py.
//!
//! `bench_side WHAT …` makes ready, says so, and then measures a stretch for each seed that it
//! reads, a line each. What it answers are lines of JSON: first with how many threads it computes
//! and on what the last bits of its results depend; then, for each stretch, the seconds, what was
//! counted in them, and the values by which the two sides are compared.

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use flambeau::cli::Threads;
use flambeau::data::{Subset, TensorDataset};
use flambeau::distributed::{self as dist, ReduceOp};
use flambeau::nn::parallel::DistributedDataParallel;
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::serialize::pt;
use flambeau::train::{Run, Trainer};
use flambeau::vision::datasets::Transformed;
use mimalloc as _; // as in the examples
use serde_json::{Value, json};

use self::server::Server;

#[path = "../tests/integration/server.rs"]
mod server;

/// What to measure, and how.
#[derive(Parser)]
struct Args {
    what: What,
    /// The folder of CIFAR-10.
    #[arg(long)]
    data: PathBuf,
    /// auto: as many as the examples take for such batches.
    #[arg(long, default_value = "auto")]
    threads: Threads,
    #[arg(long, default_value_t = 4)]
    batch_size: usize,
    /// How many make a stretch.
    #[arg(long, default_value_t = 1)]
    steps: usize,
    #[arg(long, default_value_t = 0)]
    workers: usize,
    /// Take the batches from tensors made once.
    #[arg(long)]
    in_memory: bool,
    #[arg(long)]
    augment: bool,
    /// Adam in one kernel.
    #[arg(long)]
    fused: bool,
    /// After how many steps the `Run` of `trainer` writes a checkpoint.
    #[arg(long, default_value_t = 1000)]
    checkpoint_every: usize,
    #[arg(long)]
    layer: Option<Layer>,
    /// What `loading` loads, or the weights that `serve` has.
    #[arg(long)]
    file: Option<PathBuf>,
    /// What `serve` is asked.
    #[arg(long)]
    image: Option<PathBuf>,
    #[arg(long)]
    mmap: bool,
    /// How many processes `distributed` has, each of which takes its share of the batch.
    #[arg(long, default_value_t = 1)]
    ranks: usize,
    /// How many channels the first layer of its CNN has.
    #[arg(long, default_value_t = 40)]
    width: i64,
    /// Which of the processes this is, which the first starts, and where they meet.
    #[arg(long, default_value_t = 0)]
    rank: usize,
    #[arg(long)]
    store: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Training,
    Trainer,
    Loader,
    Convolutions,
    Recurrent,
    Loading,
    Serve,
    Distributed,
    Link,
}

#[derive(Clone, Copy, ValueEnum)]
enum Layer {
    Conv2d,
    MyConv2d,
}

/// Batches before the clock starts: the workers are at work then, and the memory is at hand.
const WARM_UP: usize = 20;

/// The same where a step may take a second.
const FEW: usize = 2;

/// Images that the layers are measured on, batch after batch and then from the beginning.
const IMAGES: usize = 3200;

/// Measures the stretch of a seed.
type Stretch = Box<dyn FnMut(i64) -> Result<Value>>;

fn main() -> Result<()> {
    let args = Args::parse();
    flambeau::keep_memory();
    tch::set_num_threads(args.threads.resolve(args.batch_size, Device::Cpu).count);
    let (bits, mut stretch) = match args.what {
        What::Training if args.in_memory => training(in_memory(&args)?, args)?,
        What::Training => training(loader(&args)?, args)?,
        What::Trainer => trainer(args)?,
        What::Loader => loader_alone(args)?,
        What::Convolutions => convolutions(args)?,
        What::Recurrent => recurrent(args)?,
        What::Loading => loading(args)?,
        What::Serve => serve(args)?,
        What::Distributed => distributed(args)?,
        What::Link => link(args)?,
    };
    println!("{}", json!({"threads": tch::get_num_threads(), "bits": bits}));
    for line in stdin().lines() {
        let seed = line.ok().and_then(|line| line.parse().ok());
        let seed = seed.ok_or_else(|| Error::argument("seed", "must be a number, a line each"))?;
        println!("{}", stretch(seed)?);
    }
    Ok(())
}

/// CIFAR-10 as the examples load it, and augmented if asked for.
fn dataset(args: &Args) -> Result<Transformed<Cifar10>> {
    let dataset = Cifar10::new(&args.data)?;
    let (to_tensor, normalize) =
        (transforms::ToTensor::new(), transforms::Normalize::new([0.5; 3], [0.5; 3]));
    if !args.augment {
        return Ok(dataset.transform(transforms::compose![to_tensor, normalize]));
    }
    Ok(dataset.transform(transforms::compose![
        transforms::RandomCrop::options(32).padding(4).build(),
        transforms::RandomHorizontalFlip::default(),
        to_tensor,
        normalize,
    ]))
}

/// The loader of the examples.
fn loader(args: &Args) -> Result<DataLoader<Transformed<Cifar10>>> {
    let loader = DataLoader::options(dataset(args)?).batch_size(args.batch_size);
    loader.shuffle(true).num_workers(args.workers).build()
}

/// The same batches out of tensors made once.
fn in_memory(args: &Args) -> Result<DataLoader<TensorDataset<(Tensor, Tensor)>>> {
    let all = dataset(args)?;
    let all = all.get_batch(&(0..all.len()).collect::<Vec<_>>())?;
    let loader = DataLoader::options(TensorDataset::new(all)?).batch_size(args.batch_size);
    loader.shuffle(true).num_workers(args.workers).build()
}

/// The examples' loop on the functional CNN; the losses of all steps.
fn training<D: Dataset<Sample = (Tensor, Tensor)> + 'static>(
    loader: DataLoader<D>,
    args: Args,
) -> Result<(&'static str, Stretch)> {
    let bits = if args.fused { "fused Adam" } else { "loop Adam" };
    let stretch = move |seed| {
        random::manual_seed(seed);
        let model = models::Cnn::new();
        let mut optimizer =
            optim::Adam::options(model.parameters()).lr(1e-3).fused(args.fused).build();
        let trainer = Trainer::options(&model, &mut optimizer, &loader).epochs(1).build()?;
        let mut batches = trainer.batches();
        let mut steps = |count| by_trainer(&trainer, &mut batches, count);
        let first = steps(WARM_UP)?;
        let mut result = timed(args.batch_size * args.steps, || steps(args.steps))?;
        let later = result["values"].as_array().into_iter().flatten().cloned();
        result["values"] = first.into_iter().map(Value::from).chain(later).collect();
        Ok(result)
    };
    Ok((bits, Box::new(stretch)))
}

/// So many steps of a trainer; their losses.
fn by_trainer<D: Dataset<Sample = (Tensor, Tensor)> + 'static>(
    trainer: &Trainer<models::Cnn, D>,
    batches: &mut impl Iterator<Item = Result<(Tensor, Tensor)>>,
    count: usize,
) -> Result<Vec<f64>> {
    let (model, criterion) = (trainer.trained(), nn::CrossEntropyLoss::new());
    let mut losses = Vec::new();
    for batch in batches.take(count) {
        let (inputs, labels) = batch?;
        trainer.zero_grad();
        let loss = trainer.autocast(|| criterion.forward(&model.forward(&inputs), &labels));
        trainer.backward(&loss)?;
        trainer.step();
        losses.push(loss.item());
    }
    Ok(losses)
}

/// How many steps of a way come before the next way's turn.
const TURN: usize = 50;

/// The notebook's bare loop, a `Trainer`, one with a `Run`, and one whose `Run` writes checkpoints, on the
/// same batches: in turn, so that whatever the machine does besides meets all alike.
fn trainer(args: Args) -> Result<(&'static str, Stretch)> {
    let loaders = [loader(&args)?, loader(&args)?, loader(&args)?, loader(&args)?];
    let stretch = move |seed| {
        let begin = || {
            random::manual_seed(seed);
            let model = models::Cnn::new();
            let optimizer = optim::Adam::new(model.parameters(), 1e-3);
            (model, optimizer)
        };
        let criterion = nn::CrossEntropyLoss::new();
        let (model, mut optimizer) = begin();
        let mut epoch = loaders[0].iter();
        let mut bare = |count| {
            let mut losses = Vec::new();
            for batch in epoch.by_ref().take(count) {
                let (inputs, labels) = batch?;
                optimizer.zero_grad();
                let loss = criterion.forward(&model.forward(&inputs), &labels);
                loss.backward();
                optimizer.step();
                losses.push(loss.item());
            }
            Ok(losses)
        };
        let (model, mut optimizer) = begin();
        let trainer = Trainer::options(&model, &mut optimizer, &loaders[1]).epochs(1).build()?;
        let mut batches = trainer.batches();
        let mut alone = |count| by_trainer(&trainer, &mut batches, count);

        let folder = tempfile::tempdir().expect("a folder for the runs");
        let run = Run::options(folder.path().join("log")).build()?;
        let (model, mut optimizer) = begin();
        let trainer = Trainer::options(&model, &mut optimizer, &loaders[2]).epochs(1).run(&run);
        let trainer = trainer.build()?;
        let mut batches = trainer.batches();
        let mut in_run = |count| by_trainer(&trainer, &mut batches, count);

        let run = Run::options(folder.path().join("checkpoints"));
        let run = run.checkpoint_every(args.checkpoint_every).build()?;
        let (model, mut optimizer) = begin();
        let trainer = Trainer::options(&model, &mut optimizer, &loaders[3]).epochs(1).run(&run);
        let trainer = trainer.build()?;
        let mut batches = trainer.batches();
        let mut saved = |count| by_trainer(&trainer, &mut batches, count);

        let mut ways: [&mut dyn FnMut(usize) -> Result<Vec<f64>>; 4] =
            [&mut bare, &mut alone, &mut in_run, &mut saved];
        let mut done = [const { (0.0, Vec::new()) }; 4];
        for steps in [WARM_UP].into_iter().chain([TURN].repeat(args.steps / TURN)) {
            for (way, (seconds, losses)) in ways.iter_mut().zip(&mut done) {
                let begun = Instant::now();
                losses.extend(way(steps)?);
                *seconds += if steps == TURN { begun.elapsed().as_secs_f64() } else { 0.0 };
            }
        }
        let count = args.batch_size * (args.steps / TURN * TURN);
        let part =
            |(seconds, losses)| json!({"seconds": seconds, "count": count, "values": losses});
        Ok(json!(done.map(part)))
    };
    Ok(("loop Adam", Box::new(stretch)))
}

/// The loader alone; a checksum of each batch, from another pass that the clock does not see.
fn loader_alone(args: Args) -> Result<(&'static str, Stretch)> {
    let loader = loader(&args)?;
    let stretch = move |seed| {
        let epoch = || {
            random::manual_seed(seed);
            loader.iter()
        };
        let mut begun = epoch();
        begun.by_ref().take(WARM_UP).try_for_each(|batch| batch.map(drop))?;
        let go_through = || {
            begun.by_ref().take(args.steps).try_for_each(|batch| batch.map(drop))?;
            Ok(Vec::<i64>::new())
        };
        let mut result = timed(args.batch_size * args.steps, go_through)?;
        let again = epoch().take(WARM_UP + args.steps);
        let checksums = again.map(|batch| Ok(checksum(&batch?.0))).collect::<Result<Vec<_>>>()?;
        result["values"] = json!(checksums);
        Ok(result)
    };
    Ok(("bytes", Box::new(stretch)))
}

/// Of the bits and of where they stand.
fn checksum(images: &Tensor) -> i64 {
    let bits = images.reshape(-1).view_dtype(Kind::Int).to_kind(Kind::Int64);
    let places = Tensor::arange_start(1, bits.size()[0] + 1, (Kind::Int64, Device::Cpu));
    (bits * places).sum(Kind::Int64).int64_value(&[])
}

/// The CNN's two convolutions forward and backward, each fed what it is fed in the CNN.
fn convolutions(args: Args) -> Result<(&'static str, Stretch)> {
    random::manual_seed(0);
    let layer = |channels, out| -> Box<dyn Forward> {
        match args.layer {
            Some(Layer::Conv2d) => Box::new(nn::Conv2d::new(channels, out, 5)),
            _ => Box::new(models::MyConv2d::options(channels, out, 5).bias(true).build()),
        }
    };
    let layers = [layer(3, 6), layer(6, 16)];
    let mut cycle = Vec::new();
    for (images, _labels) in some_batches(&args)? {
        let pooled = no_grad(|| F::max_pool2d(&F::relu(&nn::call(&*layers[0], &images)), 2));
        // The gradients that come back: any numbers, but no constant that a kernel might fold.
        let sizes = [6 * 28 * 28, 16 * 10 * 10].map(|n| images.size()[0] * n);
        let gradients = sizes.map(|n| Tensor::rand(n, (Kind::Float, Device::Cpu)));
        cycle.push((images, pooled, gradients));
    }
    let steps = move |count: usize| {
        let (mut losses, mut last) = (Vec::new(), Tensor::new());
        for (images, pooled, gradients) in cycle.iter().cycle().take(count) {
            layers.iter().for_each(|layer| layer.zero_grad());
            let pooled = pooled.detach().set_requires_grad(true);
            let first = nn::call(&*layers[0], images).view(-1).dot(&gradients[0]);
            let second = nn::call(&*layers[1], &pooled).view(-1).dot(&gradients[1]);
            (&first + &second).backward();
            losses.push(first.double_value(&[]) + second.double_value(&[]));
            last = pooled;
        }
        let parameters = layers.iter().flat_map(|layer| layer.parameters()).chain([last]);
        losses.extend(parameters.map(|p| p.grad().abs().sum(Kind::Double).double_value(&[])));
        Ok(losses)
    };
    let bits = match args.layer {
        Some(Layer::Conv2d) => "conv2d",
        _ => "my_conv2d",
    };
    Ok((bits, repeated(args.steps, steps)))
}

/// A network that reads images row by row, forward and backward.
fn recurrent(args: Args) -> Result<(&'static str, Stretch)> {
    random::manual_seed(0);
    let network = models::RecurrentNetwork::new(96, 128, 10);
    let cycle = some_batches(&args)?;
    let steps = move |count: usize| {
        let mut losses = Vec::new();
        for (images, labels) in cycle.iter().cycle().take(count) {
            network.zero_grad();
            let (outputs, _hidden) = network.read(&models::rows(images));
            let loss = F::cross_entropy(&outputs.select(0, -1), labels);
            loss.backward();
            losses.push(loss.double_value(&[]));
        }
        Ok(losses)
    };
    Ok(("recurrent_network", repeated(args.steps, steps)))
}

/// A checkpoint, read or mapped.
fn loading(args: Args) -> Result<(&'static str, Stretch)> {
    let file = args.file.ok_or_else(|| Error::argument("file", "is wanted"))?;
    let load = move |count: usize| {
        let mut state = Object::None;
        for _ in 0..count {
            state = pt::load_options(&file).mmap(args.mmap).call()?;
        }
        state.state_dict()
    };
    let stretch = move |_seed| {
        load(2)?;
        let begun = Instant::now();
        let state = load(args.steps)?;
        let seconds = begun.elapsed().as_secs_f64();
        let sum = |tensor: &Tensor| tensor.sum(Kind::Double).double_value(&[]);
        let values = [state.values().map(sum).sum::<f64>()];
        Ok(json!({"seconds": seconds, "count": args.steps, "values": values}))
    };
    Ok(("loading", Box::new(stretch)))
}

/// The other processes of this one, which take the same seeds.
struct Others {
    processes: Vec<Child>,
    /// Where they meet.
    folder: Option<tempfile::TempDir>,
}

impl Others {
    /// Begins the group: the first process starts the others, by its own arguments.
    fn join(args: &Args) -> Result<Self> {
        let failed = |error| Error::argument("ranks", error);
        let mut others = Self { processes: vec![], folder: None };
        if args.ranks == 1 {
            return Ok(others);
        }
        let folder = args.store.clone().unwrap_or_else(|| {
            let folder = tempfile::tempdir().expect("a folder for the ranks");
            others.folder.insert(folder).path().to_path_buf()
        });
        for rank in (1..args.ranks).filter(|_| args.rank == 0) {
            let mut command = Command::new(std::env::current_exe().map_err(failed)?);
            command.args(std::env::args().skip(1)).args(["--rank", &rank.to_string()]);
            command.arg("--store").arg(&folder).stdin(Stdio::piped()).stdout(Stdio::null());
            others.processes.push(command.spawn().map_err(failed)?);
        }
        let store = format!("file://{}", folder.join("store").display());
        let init = dist::init_process_group_options().init_method(&store);
        init.rank(args.rank).world_size(args.ranks).call()?;
        Ok(others)
    }

    fn tell(&mut self, seed: i64) -> Result<()> {
        for process in &mut self.processes {
            let stdin = process.stdin.as_mut().expect("a pipe");
            let told = writeln!(stdin, "{seed}").and_then(|()| stdin.flush());
            told.map_err(|error| Error::argument("ranks", error))?;
        }
        Ok(())
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        for process in &mut self.processes {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}

/// A CNN of 90 width² + 0.7 width · 1000 parameters, about.
fn wide_cnn(width: i64) -> nn::Sequential {
    let conv = |from, to| nn::Conv2d::options(from, to, 3).padding(1).build();
    nn::sequential!(
        conv(3, width),
        nn::ReLU::new(),
        nn::MaxPool2d::new(2),
        conv(width, 2 * width),
        nn::ReLU::new(),
        nn::MaxPool2d::new(2),
        conv(2 * width, 4 * width),
        nn::ReLU::new(),
        nn::MaxPool2d::new(2),
        nn::Flatten::new(),
        nn::Linear::new(64 * width, 10)
    )
}

/// A training by several ranks, each with its share of the batch; then the same steps without sums, and
/// the sums alone.
fn distributed(args: Args) -> Result<(&'static str, Stretch)> {
    let mut others = Others::join(&args)?;
    let (ranks, share) = (args.ranks as i64, (args.batch_size / args.ranks) as i64);
    let own = |t: Tensor| t.narrow(0, args.rank as i64 * share, share).contiguous();
    let cycle: Vec<_> = some_batches(&args)?.into_iter().map(|(x, y)| (own(x), own(y))).collect();
    let bits = if ranks > 1 { "several ranks" } else { "one rank" };
    let stretch = move |seed| {
        others.tell(seed)?;
        random::manual_seed(seed);
        let model = wide_cnn(args.width);
        let parameters = model.parameters();
        let bytes = parameters.iter().map(|p| 4 * p.numel() as i64).sum::<i64>();
        let mut optimizer = optim::Adam::options(parameters).lr(1e-3).fused(true).build();
        let (alone, ddp) = match ranks {
            1 => (Some(model), None),
            _ => (None, Some(DistributedDataParallel::new(model)?)),
        };
        let forward = |x: &Tensor| match (&alone, &ddp) {
            (Some(model), _) => model.forward(x),
            (_, Some(ddp)) => ddp.forward(x),
            _ => unreachable!("one of both"),
        };
        let mut steps = |count: usize| {
            let mut losses = Vec::new();
            for (inputs, labels) in cycle.iter().cycle().take(count) {
                optimizer.zero_grad();
                let loss = F::cross_entropy(&forward(inputs), labels);
                loss.backward();
                optimizer.step();
                losses.push(loss.item());
            }
            Ok(losses)
        };
        if let Some(ddp) = &ddp {
            ddp.set_runtime_logging_sample_rate(1)?;
        }
        steps(FEW)?;
        let Some(ddp) = &ddp else {
            return timed(args.batch_size * args.steps, || steps(args.steps));
        };
        dist::barrier()?;
        let mut result = timed(args.batch_size * args.steps, || steps(args.steps))?;
        let losses = result["values"].as_array().into_iter().flatten().filter_map(Value::as_f64);
        let losses = Tensor::from_slice(&losses.collect::<Vec<_>>());
        dist::all_reduce_options(&losses).op(ReduceOp::Avg).call()?;
        result["values"] = json!(Vec::<f64>::try_from(&losses).expect("a list"));
        let each = |work: &mut dyn FnMut() -> Result<()>| {
            dist::barrier()?;
            let begun = Instant::now();
            work()?;
            dist::barrier()?;
            Ok::<f64, Error>(begun.elapsed().as_secs_f64() / args.steps as f64)
        };
        // Of the steps of this stretch and the few before them, but for the last.
        let log = ddp.logging_data()?;
        let logged = |name: &str| log[&format!("avg_backward_{name}_time")] as f64 * 1e-9;
        let compute = each(&mut || ddp.no_sync(|| steps(args.steps)).map(drop))?;
        let buckets: Vec<_> = ddp.bucket_sizes()?.iter().map(|n| torch::zeros([n / 4])).collect();
        let sums = each(&mut || {
            for _ in 0..args.steps {
                buckets.iter().try_for_each(dist::all_reduce)?;
            }
            Ok(())
        })?;
        let step = result["seconds"].as_f64().expect("a number") / args.steps as f64;
        result["costs"] = json!({
            "compute": compute,
            "sums": sums,
            "communication": logged("comm"),
            "overlap": logged("compute_comm_overlap").max(1e-9),
            "exposed": (step - compute).max(1e-9),
            "bytes": bytes,
            "buckets": buckets.len(),
        });
        Ok(result)
    };
    Ok((bits, Box::new(stretch)))
}

/// How long a sum over the ranks takes, of one number and of 64 MiB.
fn link(args: Args) -> Result<(&'static str, Stretch)> {
    let mut others = Others::join(&args)?;
    let stretch = move |seed| {
        others.tell(seed)?;
        let sum = |n: i64, count: usize| {
            let numbers = torch::zeros([n]);
            dist::all_reduce(&numbers)?;
            dist::barrier()?;
            let begun = Instant::now();
            for _ in 0..count {
                dist::all_reduce(&numbers)?;
            }
            Ok::<f64, Error>(begun.elapsed().as_secs_f64() / count as f64)
        };
        let costs = json!({"latency": sum(1, 200)?, "64 MiB": sum(1 << 24, 5)?});
        Ok(json!({"seconds": 0.0, "count": 1, "costs": costs, "values": [0]}))
    };
    Ok(("link", Box::new(stretch)))
}

/// The first images, in batches.
fn some_batches(args: &Args) -> Result<Vec<(Tensor, Tensor)>> {
    let images = Subset::new(dataset(args)?, 0..IMAGES);
    DataLoader::options(images).batch_size(args.batch_size).build()?.iter().collect()
}

/// What each stretch does anew, whatever its seed.
fn repeated(count: usize, steps: impl Fn(usize) -> Result<Vec<f64>> + 'static) -> Stretch {
    Box::new(move |_seed| {
        steps(WARM_UP)?;
        timed(count, || steps(count))
    })
}

/// `work` under the clock; it returns the values that are compared.
fn timed<V: Into<Value>>(count: usize, work: impl FnOnce() -> Result<Vec<V>>) -> Result<Value> {
    let begun = Instant::now();
    let values = work()?;
    Ok(
        json!({"seconds": begun.elapsed().as_secs_f64(), "count": count, "values": Value::from(values)}),
    )
}

/// `flambeau serve`, asked by one client, and then by 64 at once.
fn serve(args: Args) -> Result<(&'static str, Stretch)> {
    let wants = |name| move || Error::argument(name, "must be given to `serve`");
    let weights = args.file.ok_or_else(wants("--file"))?;
    let image = args.image.ok_or_else(wants("--image"))?;
    let image =
        std::fs::read(&image).map_err(|error| Error::file(&image, error, "give another"))?;
    // It lies beside the folder of the examples.
    let program = std::env::current_exe().map(|path| path.with_file_name("../flambeau"));
    let server =
        program.and_then(|path| Server::start(Command::new(path).arg("serve").arg(weights)));
    let server = server.map_err(|error| Error::argument("flambeau", error))?;
    let stretch = move |_| {
        let parts = [1, 64].map(|clients| asked(&server.address, &image, args.steps, clients));
        let parts: Option<Vec<_>> = parts.into_iter().collect();
        parts.map(Value::from).ok_or_else(|| Error::argument("serve", "left out an answer"))
    };
    Ok(("classes", Box::new(stretch)))
}

/// So many requests of so many clients; none when one is not answered.
fn asked(address: &str, image: &[u8], requests: usize, clients: usize) -> Option<Value> {
    let begun = Instant::now();
    let answers: Option<Vec<_>> = thread::scope(|scope| {
        let client = |_| scope.spawn(|| ask(address, image, requests / clients));
        let clients: Vec<_> = (0..clients).map(client).collect();
        clients.into_iter().map(|client| client.join().ok()?.ok()).collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let answers: Vec<_> = answers?.into_iter().flatten().collect();
    let mut times: Vec<_> = answers.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    let answer: Value = serde_json::from_slice(&answers.first()?.1).ok()?;
    Some(json!({
        "seconds": seconds,
        "count": answers.len(),
        "costs": {"p99": times.get(times.len() * 99 / 100)},
        "values": [answer["classes"].to_string()],
    }))
}

/// The seconds that each answer took, and the answer.
fn ask(address: &str, image: &[u8], requests: usize) -> std::io::Result<Vec<(f64, Vec<u8>)>> {
    let mut stream = TcpStream::connect(address)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let head = format!(
        "POST /api/predict HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n",
        image.len()
    );
    let request = [head.as_bytes(), image].concat();
    let one = |_| {
        let begun = Instant::now();
        stream.write_all(&request)?;
        let (mut length, mut line) = (0, String::new());
        reader.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 200 ") {
            return Err(std::io::Error::other(line));
        }
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line)?;
            if let Some(number) = line.strip_prefix("content-length: ") {
                length = number.trim().parse().map_err(std::io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok((begun.elapsed().as_secs_f64(), body))
    };
    (0..requests).map(one).collect()
}
