//! Models that several ranks train together: the twin of `distributed_check.py`, which holds the cases.

use std::collections::HashMap;
use std::path::Path;

use flambeau::data::DistributedSampler;
use flambeau::distributed::{self as dist, Future, ReduceOp};
use flambeau::nn::StateDict;
use flambeau::nn::parallel::{CommHook, DistributedDataParallel, GradBucket};
use flambeau::optim::lr_scheduler::StepLR;
use flambeau::prelude::*;
use flambeau::train::{Schedule, Trainer};

/// All cases, each a name and its settings, as one of the ranks, which meet in a folder; in a world of
/// no size, as the environment says.
pub fn as_rank(
    rank: usize,
    world_size: usize,
    folder: &Path,
    cases: &[String],
) -> Result<StateDict> {
    let mut result = StateDict::new();
    for (i, case) in cases.chunks(2).enumerate() {
        let (name, settings) = (&case[0], case[1].as_str());
        let store = format!("file://{}/{i}", folder.display());
        match world_size {
            0 => dist::init_process_group()?,
            _ => {
                let init = dist::init_process_group_options().init_method(&store);
                init.rank(rank).world_size(world_size).call()?;
            }
        }
        let found = match settings {
            "" => collectives(rank, world_size)?,
            settings if settings.starts_with("trainer") => through_trainer(settings)?,
            settings => trained(settings, dist::get_rank()?)?,
        };
        let found = found.into_iter();
        result.extend(found.map(|(key, x)| (format!("{name}/{key}"), x.contiguous().copy())));
        dist::barrier()?;
        dist::destroy_process_group()?;
    }
    Ok(result)
}

/// Each step takes one of two ways, and what it does not need has no gradient.
#[derive(Debug, Module)]
struct Branches {
    trunk: nn::Linear,
    left: nn::Linear,
    right: nn::Linear,
}

impl Branches {
    fn forward(&self, x: &Tensor, left: bool) -> Tensor {
        let x = self.trunk.forward(x).relu();
        if left { self.left.forward(&x) } else { self.right.forward(&x) }
    }
}

fn trained(settings: &str, rank: usize) -> Result<StateDict> {
    let pairs = settings.split(' ').map(|word| word.split_once('=').unwrap_or((word, "")));
    let settings: HashMap<_, _> = pairs.collect();
    // Each rank draws its own weights, of which the first's go to all.
    random::manual_seed(rank as i64);
    match settings["model"] {
        "cnn" => train(models::Cnn::new(), &settings, |model, x, _| model.forward(x), rank),
        "branches" => {
            let (trunk, left) = (nn::Linear::new(20, 16), nn::Linear::new(16, 10));
            let branches = Branches { trunk, left, right: nn::Linear::new(16, 10) };
            let call = |model: &DistributedDataParallel<Branches>, x: &Tensor, left| {
                model.forward_with(|model| model.forward(x, left))
            };
            train(branches, &settings, call, rank)
        }
        name => train(chain(name), &settings, |model, x, _| model.forward(x), rank),
    }
}

fn chain(name: &str) -> nn::Sequential {
    match name {
        "norm" => nn::sequential!(
            nn::Conv2d::new(3, 8, 3),
            nn::BatchNorm2d::new(8),
            nn::ReLU::new(),
            nn::MaxPool2d::new(4),
            nn::Flatten::new(),
            nn::Linear::new(392, 32),
            nn::BatchNorm1d::new(32),
            nn::ReLU::new(),
            nn::Linear::new(32, 10)
        ),
        "wide" => nn::sequential!(
            nn::Linear::new(20, 500),
            nn::Tanh::new(),
            nn::Linear::new(500, 500),
            nn::Tanh::new(),
            nn::Linear::new(500, 500),
            nn::Tanh::new(),
            nn::Linear::new(500, 10)
        ),
        "embedding" => nn::sequential!(
            nn::Embedding::options(50, 6).sparse(true).build(),
            nn::Flatten::new(),
            nn::Linear::new(24, 10)
        ),
        other => panic!("there is no model {other}"),
    }
}

fn batch(name: &str, kind: Kind) -> Tensor {
    match name {
        "cnn" | "norm" => torch::randn([4, 3, 32, 32]),
        "embedding" => torch::randint(50, [4, 4]),
        _ => torch::randn([8, 20]).to_kind(kind),
    }
}

fn train<M: Module>(
    model: M,
    settings: &HashMap<&str, &str>,
    call: impl Fn(&DistributedDataParallel<M>, &Tensor, bool) -> Tensor,
    rank: usize,
) -> Result<StateDict> {
    let number = |name: &str, usual: &str| -> f64 {
        let text = settings.get(name).copied().unwrap_or(usual);
        text.parse().expect("a number")
    };
    let has = |name: &str| settings.contains_key(name);
    let (name, steps) = (settings["model"], number("steps", "") as usize);
    let accumulate = number("accumulate", "1") as usize;
    let kind = if has("double") { Kind::Double } else { Kind::Float };
    model.to(kind)?;
    if has("frozen") {
        model.children()[2].requires_grad_(false);
    }
    let ddp = DistributedDataParallel::options(model)
        .find_unused_parameters(has("unused"))
        .gradient_as_bucket_view(has("view"))
        .static_graph(has("static"))
        .maybe_bucket_cap_mb(has("cap").then(|| number("cap", "")))
        .maybe_broadcast_buffers(has("local").then_some(false))
        .maybe_forward_sync_buffers(has("forward_local").then_some(false))
        .build()?;
    match settings.get("hook") {
        Some(&"allreduce") => ddp.register_comm_hook(CommHook::AllReduce)?,
        Some(&"fp16") => ddp.register_comm_hook(CommHook::Fp16Compress)?,
        Some(&"bf16") => ddp.register_comm_hook(CommHook::Bf16Compress)?,
        Some(&"own") => ddp.register_comm_hook_fn(own_hook)?,
        Some(&"gather") => ddp.register_comm_hook_fn(gather_hook)?,
        _ => {}
    }
    let mut result = StateDict::new();
    let state = |result: &mut StateDict, when: &str| {
        let weights = ddp.state_dict().into_iter();
        result.extend(weights.map(|(key, weight)| (format!("{when}/{key}"), weight.copy())));
    };
    state(&mut result, "initial weights");
    let mut parameters = ddp.parameters();
    parameters.retain(Tensor::requires_grad);
    let sparse = name == "embedding";
    let handles = parameters.iter().map(Tensor::shallow_clone).collect::<Vec<_>>();
    let mut sgd = sparse.then(|| optim::SGD::new(parameters, 0.1));
    let mut adam = (!sparse).then(|| optim::Adam::new(handles, 1e-3));
    let samples = if matches!(name, "cnn" | "norm" | "embedding") { 4 } else { 8 };
    let mut losses = Vec::new();
    let mut work = |steps: usize| {
        for step in 0..steps {
            let again = std::env::var("TORCHELASTIC_RESTART_COUNT").is_ok_and(|count| count != "0");
            if has("dies") && rank == 1 && step == 5 && !again {
                std::process::abort();
            }
            adam.iter_mut().for_each(|adam| adam.zero_grad());
            sgd.iter_mut().for_each(|sgd| sgd.zero_grad());
            for i in 0..accumulate {
                let mut once = || {
                    let (x, labels) = (batch(name, kind), torch::randint(10, [samples]));
                    // Ranks take different ways, and sometimes all the same one.
                    let output = call(&ddp, &x, (step / 2 + step % 2 * rank).is_multiple_of(2));
                    let loss = F::cross_entropy(&output, &labels) / accumulate as f64;
                    loss.backward();
                    losses.push(loss.item());
                };
                if i == accumulate - 1 { once() } else { ddp.no_sync(once) }
            }
            adam.iter_mut().for_each(|adam| adam.step());
            sgd.iter_mut().for_each(|sgd| sgd.step());
        }
    };
    if has("join") {
        // Some have fewer inputs: the first, whose buffers the others take elsewhere, the fewest.
        let steps = steps - 3 * (dist::get_world_size()? - 1 - rank);
        let joined = ddp.join_options(|| work(steps));
        joined.divide_by_initial_world_size(!has("remaining")).call()?;
    } else {
        work(steps);
    }
    result.insert("losses/of each step".into(), Tensor::from_slice(&losses));
    state(&mut result, "weights");
    for (i, state) in adam.iter().flat_map(|adam| adam.state()).enumerate() {
        for (which, moment) in [("first", "exp_avg"), ("second", "exp_avg_sq")] {
            result.insert(format!("moments/{which} {i}"), state[moment].shallow_clone());
        }
    }
    result.insert("buckets/bytes".into(), Tensor::from_slice(&ddp.bucket_sizes()?));
    result.insert("generator/state".into(), random::get_rng_state());
    Ok(result)
}

/// The Trainer, whose twin is a loop as PyTorch's examples write it.
fn through_trainer(settings: &str) -> Result<StateDict> {
    let accumulate = settings.split_once('=').map_or(1, |(_, n)| n.parse().expect("a number"));
    random::manual_seed(0);
    let samples = (torch::randn([53, 3, 32, 32]), torch::randint(10, [53]));
    let dataset = data::TensorDataset::new(samples)?;
    let sampler = DistributedSampler::options(53, dist::get_world_size()?, dist::get_rank()?);
    let loader = DataLoader::options(dataset).batch_size(4).sampler(sampler.build()?).build()?;
    let model = nn::sequential!(chain("norm"), nn::Dropout::new(0.1));
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
    let scheduler = StepLR::options(&mut optimizer, 1).gamma(0.5).build();
    let trainer = Trainer::options(&model, &mut optimizer, &loader)
        .epochs(2)
        .accumulate(accumulate)
        .clip_grad_norm(1.0)
        .scheduler(Schedule::Epoch(Box::new(scheduler)))
        .build()?;
    let mut losses = Vec::new();
    for _epoch in trainer.epochs() {
        for batch in trainer.batches() {
            let (inputs, labels) = batch?;
            trainer.zero_grad();
            let loss = F::cross_entropy(&model.forward(&inputs), &labels);
            trainer.backward(&loss)?;
            trainer.step();
            losses.push(loss.item());
        }
        trainer.end_epoch();
    }
    trainer.finish()?;
    let of_each_epoch = trainer.history().losses;
    drop(trainer);
    let mut result = StateDict::new();
    for (key, weight) in model.state_dict().into_iter().filter(|(key, _)| !key.contains("running"))
    {
        result.insert(format!("weights/{key}"), weight.copy());
    }
    for (i, state) in optimizer.state().into_iter().enumerate() {
        for (which, moment) in [("first", "exp_avg"), ("second", "exp_avg_sq")] {
            result.insert(format!("moments/{which} {i}"), state[moment].shallow_clone());
        }
    }
    for (key, buffer) in model.named_buffers() {
        result.insert(format!("buffers/{key}"), buffer.copy());
    }
    let rate = vec![optimizer.lr()];
    for (name, numbers) in
        [("of each step", losses), ("of each epoch", of_each_epoch), ("rate", rate)]
    {
        result.insert(format!("losses/{name}"), Tensor::from_slice(&numbers));
    }
    result.insert("generator/state".into(), random::get_rng_state());
    Ok(result)
}

/// Sums up a part of the gradients, and what is left of each by itself.
fn own_hook(bucket: &GradBucket) -> Result<Future> {
    let sums = bucket.gradients()?.iter().map(torch::sum).reduce(|sum, x| sum + x);
    let ranks = dist::get_world_size()? as f64;
    let gradients = bucket.buffer()? * 0.75 / ranks + sums.expect("a gradient") * 1e-3;
    let scale = if bucket.is_last() { 1.0 } else { 0.5 + bucket.index() as f64 };
    let weights = bucket.parameters()?;
    let begun = dist::all_reduce_options(&gradients).async_op()?;
    Ok(begun.then(move || {
        let sizes = weights.iter().map(|p| torch::sum(&p.detach().abs()));
        let weights = sizes.reduce(|sum, x| sum + x).expect("a parameter") * 1e-4;
        Ok(gradients * scale + weights)
    }))
}

/// Computes the mean itself, and leaves the rest of the pass waiting for it.
fn gather_hook(bucket: &GradBucket) -> Result<Future> {
    let buffer = bucket.buffer()?;
    let all: Vec<_> = (0..dist::get_world_size()?).map(|_| buffer.zeros_like()).collect();
    dist::all_gather(&all, &buffer)?;
    Ok(Tensor::stack(&all, 0).mean_dim(0, false, None).into())
}

/// Every collective on numbers of each kind.
fn collectives(rank: usize, size: usize) -> Result<StateDict> {
    random::manual_seed(rank as i64);
    let mut result = StateDict::new();
    let reductions = [
        ("sum", ReduceOp::Sum),
        ("avg", ReduceOp::Avg),
        ("product", ReduceOp::Product),
        ("min", ReduceOp::Min),
        ("max", ReduceOp::Max),
    ];
    let kinds = [Kind::Float, Kind::Double, Kind::Int64, Kind::Half, Kind::BFloat16];
    let numbers = |kind, n: i64| (torch::randn([n]) * 8).to_kind(kind);
    for kind in kinds {
        let spelled = flambeau::Dtype::from(kind).to_string();
        for (name, op) in reductions {
            if op == ReduceOp::Avg && kind == Kind::Int64 {
                continue;
            }
            let x = numbers(kind, 1000);
            dist::all_reduce_options(&x).op(op).call()?;
            result.insert(format!("all_reduce, {name}, {spelled}"), x);
        }
        let zeros = || Tensor::zeros([4], (kind, Device::Cpu));
        for (name, op) in reductions {
            if op == ReduceOp::Avg && kind == Kind::Int64 {
                continue;
            }
            let x = numbers(kind, 1000);
            dist::reduce_options(&x, 1).op(op).call()?;
            if rank == 1 {
                result.insert(format!("reduce, {name}, {spelled}"), x);
            }
            let out = zeros();
            let list: Vec<_> = (0..size).map(|_| numbers(kind, 4)).collect();
            dist::reduce_scatter_options(&out, &list).op(op).call()?;
            result.insert(format!("reduce_scatter, {name}, {spelled}"), out);
        }
        let out = zeros();
        dist::reduce_scatter_tensor(&out, &numbers(kind, 4 * size as i64))?;
        result.insert(format!("reduce_scatter_tensor, {spelled}"), out);
    }
    for (name, op) in [("band", ReduceOp::BAnd), ("bor", ReduceOp::BOr), ("bxor", ReduceOp::BXor)] {
        let x = torch::randint(1_i64 << 40, [50]);
        dist::all_reduce_options(&x).op(op).call()?;
        result.insert(format!("all_reduce, {name}"), x);
    }
    let (real, imaginary) = (torch::randn([20]), torch::randn([20]));
    let x = Tensor::complex(&real, &imaginary);
    dist::all_reduce(&x)?;
    result.insert("all_reduce, complex".into(), x.view_as_real());
    for kind in [Kind::Float, Kind::Double] {
        let numbers = |n: i64| Tensor::complex(&numbers(kind, n), &numbers(kind, n));
        let ranks = size as i64;
        let zeros = |n: i64| {
            let zeros = Tensor::zeros([n], (kind, Device::Cpu));
            Tensor::complex(&zeros, &zeros)
        };
        let list = || (0..size).map(|_| zeros(3)).collect::<Vec<_>>();
        let mut insert = |name: &str, x: Tensor| {
            let spelled = flambeau::Dtype::from(x.kind());
            result.insert(format!("{name}, {spelled}"), x.view_as_real());
        };
        let x = numbers(3);
        dist::broadcast(&x, size - 1)?;
        insert("broadcast", x);
        let out = list();
        dist::all_gather(&out, &numbers(3))?;
        insert("all_gather", Tensor::stack(&out, 0));
        let out = zeros(3 * ranks);
        dist::all_gather_into_tensor(&out, &numbers(3))?;
        insert("all_gather_into_tensor", out);
        let out = zeros(3);
        let given: Vec<_> = (0..size).filter(|_| rank == 0).map(|_| numbers(3)).collect();
        dist::scatter(&out, &given, 0)?;
        insert("scatter", out);
        let out = list();
        let given: Vec<_> = (0..size).map(|_| numbers(3)).collect();
        dist::all_to_all(&out, &given)?;
        insert("all_to_all", Tensor::stack(&out, 0));
        let out = zeros(2 * ranks);
        dist::all_to_all_single(&out, &numbers(2 * ranks))?;
        insert("all_to_all_single", out);
        let out = zeros(3);
        let sent = dist::isend(&numbers(3), (rank + 1) % size, 0, None)?;
        dist::recv_options(&out).src((rank + size - 1) % size).call()?;
        sent.wait()?;
        insert("send and recv", out);
    }
    let x = torch::randn([6]);
    dist::broadcast(&x, size - 1)?;
    result.insert("broadcast".into(), x);
    let list = |n: &[i64]| -> Vec<Tensor> { (0..size).map(|_| torch::zeros(n)).collect() };
    let out = list(&[3, 2]);
    dist::all_gather(&out, &torch::randn([3, 2]))?;
    result.insert("all_gather".into(), Tensor::stack(&out, 0));
    let out = torch::zeros([3 * size as i64, 2]);
    dist::all_gather_into_tensor(&out, &torch::randn([3, 2]))?;
    result.insert("all_gather_into_tensor".into(), out);
    let out = if rank == 1 { list(&[5]) } else { vec![] };
    dist::gather(&torch::randn([5]), &out, 1)?;
    if rank == 1 {
        result.insert("gather".into(), Tensor::stack(&out, 0));
    }
    let out = torch::zeros([5]);
    let given: Vec<_> = (0..size).filter(|_| rank == 0).map(|_| torch::randn([5])).collect();
    dist::scatter(&out, &given, 0)?;
    result.insert("scatter".into(), out);
    let out = list(&[5]);
    let given: Vec<_> = (0..size).map(|_| torch::randn([5])).collect();
    dist::all_to_all(&out, &given)?;
    result.insert("all_to_all".into(), Tensor::stack(&out, 0));
    let out = torch::zeros([2 * size as i64, 3]);
    dist::all_to_all_single(&out, &torch::randn([2 * size as i64, 3]))?;
    result.insert("all_to_all_single".into(), out);
    // From rank i to rank j go i + 2j rows.
    let rows = |from: usize, to: usize| (from + 2 * to) as i64;
    let given: Vec<_> = (0..size).map(|other| rows(rank, other)).collect();
    let taken: Vec<_> = (0..size).map(|other| rows(other, rank)).collect();
    let out = torch::zeros([taken.iter().sum(), 3]);
    let input = torch::randn([given.iter().sum(), 3]);
    let call = dist::all_to_all_single_options(&out, &input);
    call.output_split_sizes(&taken).input_split_sizes(&given).call()?;
    result.insert("all_to_all_single, uneven".into(), out);
    let out = torch::zeros([7]);
    let given = torch::randn([7]);
    let sent = dist::isend(&given, (rank + 1) % size, 0, None)?;
    dist::recv_options(&out).src((rank + size - 1) % size).call()?;
    sent.wait()?;
    result.insert("send and recv".into(), out);
    let group = dist::new_group(&[0, size - 1])?;
    let x = torch::randn([1000]);
    if let Some(group) = &group {
        dist::all_reduce_options(&x).group(group).call()?;
    }
    result.insert("all_reduce, a group".into(), x);
    let all: Vec<_> = (0..5).map(|_| torch::randn([100])).collect();
    let begun = all.iter().map(|x| dist::all_reduce_options(x).async_op());
    for work in begun.collect::<Result<Vec<_>>>()? {
        work.wait()?;
    }
    result.insert("all_reduce, async".into(), Tensor::stack(&all, 0));
    dist::barrier()?;
    Ok(result.into_iter().map(|(key, x)| (format!("numbers/{key}"), x)).collect())
}
