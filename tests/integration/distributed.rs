//! Several ranks, each a process: this program once more, with a rank in its environment.
//!
//! `FLAMBEAU_DEATHS=20 cargo test a_rank_that` has more ranks die.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, thread};

use flambeau::distributed::{self as dist, ProcessGroup, ReduceOp};
use flambeau::nn::parallel::{CommHook, DistributedDataParallel};
use flambeau::prelude::*;

const RANK: &str = "FLAMBEAU_TEST_RANK";
const WORLD: &str = "FLAMBEAU_TEST_WORLD";
const STORE: &str = "FLAMBEAU_TEST_STORE";

/// The processes of a test, which do not outlive it.
pub struct Ranks {
    children: Vec<Child>,
    pub folder: tempfile::TempDir,
}

/// What a rank left.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stderr: String,
}

impl Ranks {
    /// Starts so many ranks of a test, which meet at `store`, in which `{}` is a folder of theirs.
    fn start(test: &str, world: usize, store: &str) -> Self {
        let mut ranks = Self { children: vec![], folder: tempfile::tempdir().unwrap() };
        for rank in 0..world {
            ranks.add(test, rank, world, store, &[]);
        }
        ranks
    }

    pub fn none() -> Self {
        Self { children: vec![], folder: tempfile::tempdir().unwrap() }
    }

    pub fn add(
        &mut self,
        test: &str,
        rank: usize,
        world: usize,
        store: &str,
        variables: &[(&str, &str)],
    ) {
        self.add_on(&[], test, rank, world, store, variables);
    }

    /// On another host, say, as the command `before` the rank's own has it.
    pub fn add_on(
        &mut self,
        before: &[&str],
        test: &str,
        rank: usize,
        world: usize,
        store: &str,
        variables: &[(&str, &str)],
    ) {
        let program = env::current_exe().unwrap();
        let mut words = before.iter().map(OsStr::new).chain([program.as_os_str()]);
        let folder = self.folder.path();
        let stderr = File::create(folder.join(format!("{}.stderr", self.children.len()))).unwrap();
        let child = Command::new(words.next().unwrap())
            .args(words)
            .args(["--exact", &full_name(test), "--nocapture", "--test-threads=1"])
            .env(RANK, rank.to_string())
            .env(WORLD, world.to_string())
            .env(STORE, store.replace("{}", folder.to_str().unwrap()))
            .env("GLOO_SOCKET_IFNAME", "lo")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn();
        self.children.push(child.unwrap());
    }

    /// Waits for all, or for all but those that were stopped, but not for ever.
    pub fn end(mut self, stopped: &[usize]) -> Vec<Ended> {
        let ends = Instant::now() + Duration::from_secs(90);
        let mut codes = vec![None; self.children.len()];
        loop {
            let mut open = Vec::new();
            for (rank, child) in self.children.iter_mut().enumerate() {
                match child.try_wait().unwrap() {
                    Some(status) => codes[rank] = status.code(),
                    None if stopped.contains(&rank) => {}
                    None => open.push(rank),
                }
            }
            if open.is_empty() {
                break;
            }
            let told = || (0..codes.len()).map(|rank| self.stderr(rank)).collect::<Vec<_>>();
            assert!(Instant::now() < ends, "hang: {open:?}: {}", told().join("\n"));
            thread::sleep(Duration::from_millis(20));
        }
        (0..codes.len())
            .map(|rank| Ended { code: codes[rank], stderr: self.stderr(rank) })
            .collect()
    }

    /// Waits until each rank has left a file of this name.
    pub fn wait_for(&self, name: &str) {
        let ranks = 0..self.children.len();
        let ends = Instant::now() + Duration::from_secs(60);
        let is_there = |rank| self.folder.path().join(format!("{name}.{rank}")).exists();
        while !ranks.clone().all(is_there) {
            let told = || Vec::from_iter(ranks.clone().map(|rank| self.stderr(rank)));
            assert!(Instant::now() < ends, "{:?}", told());
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn stderr(&self, rank: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("{rank}.stderr"))).unwrap()
    }
}

impl Drop for Ranks {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A test's name, of this module where none is given.
fn full_name(test: &str) -> String {
    if test.contains("::") { test.into() } else { format!("distributed::{test}") }
}

/// Which rank this process is, if it is one.
fn rank() -> Option<usize> {
    env::var(RANK).ok().map(|rank| rank.parse().unwrap())
}

fn world() -> usize {
    env::var(WORLD).unwrap().parse().unwrap()
}

fn init(timeout: u64) -> Result<()> {
    let store = env::var(STORE).unwrap();
    let timeout = Duration::from_secs(timeout);
    if store == "env://" {
        return dist::init_process_group_options().timeout(timeout).call();
    }
    let init = dist::init_process_group_options().init_method(&store).world_size(world());
    init.rank(rank().unwrap()).timeout(timeout).call()
}

/// Has `work` done by so many ranks, all of which have to come through it.
pub fn on_ranks(test: &str, world: usize, work: impl FnOnce(usize)) {
    on_ranks_within(30, test, world, work);
}

/// The same with another timeout, in seconds.
pub fn on_ranks_within(timeout: u64, test: &str, world: usize, work: impl FnOnce(usize)) {
    on_ranks_at("file://{}/store", timeout, test, world, work);
}

/// The same with another store.
fn on_ranks_at(store: &str, timeout: u64, test: &str, world: usize, work: impl FnOnce(usize)) {
    let Some(rank) = rank() else {
        for (rank, ended) in Ranks::start(test, world, store).end(&[]).iter().enumerate() {
            assert_eq!(ended.code, Some(0), "rank {rank}: {}", ended.stderr);
        }
        return;
    };
    tch::set_num_threads(1);
    init(timeout).unwrap();
    random::manual_seed(rank as i64);
    work(rank);
    dist::destroy_process_group().unwrap();
}

/// Without a word on standard error.
pub fn failed(ended: &Ended, words: &str) {
    assert!(!matches!(ended.code, Some(0) | None), "{words}: {ended:?}");
    assert!(ended.stderr.contains(words), "{words:?} is not in {}", ended.stderr);
}

#[test]
fn objects_go_around() {
    on_ranks("objects_go_around", 3, |rank| {
        let own = (format!("{}é", "x".repeat(rank * 300)), f64::NAN, vec![rank; rank]);
        let all = dist::all_gather_object(&own).unwrap();
        for (other, (text, number, list)) in all.iter().enumerate() {
            assert_eq!(text.chars().count(), other * 300 + 1);
            assert!(number.is_nan());
            assert_eq!(*list, vec![other; other]);
        }
        let gathered = dist::gather_object(&rank, 2).unwrap();
        assert_eq!(gathered, (rank == 2).then(|| vec![0, 1, 2]));
        let mut settings = vec![format!("{rank}"), "same".into()];
        dist::broadcast_object_list(&mut settings, 1).unwrap();
        assert_eq!(settings, ["1", "same"]);
        let list: Vec<_> = (0..3).filter(|_| rank == 0).map(|i| vec![i as f32 / 3.0; i]).collect();
        let place = dist::scatter_object_list(&list, 0).unwrap();
        assert_eq!(place, vec![rank as f32 / 3.0; rank]);
        let mut list = vec![String::new(); 2];
        match rank {
            0 => assert_eq!(dist::recv_object_list(&mut list).unwrap(), 1),
            1 => dist::send_object_list(&["to rank 0", "é"], 0).unwrap(),
            _ => list = vec!["to rank 0".into(), "é".into()],
        }
        assert_eq!(list, if rank == 1 { ["", ""] } else { ["to rank 0", "é"] });
        if rank == 2 {
            dist::send_object_list(&[1, 2, 3], 1).unwrap();
        } else if rank == 1 {
            let mut places = vec![0; 2];
            let told = dist::recv_object_list_options(&mut places).src(2).call().unwrap_err();
            let words = "object_list: rank 2 sent 3 values, and there are 2 places";
            assert_eq!((told.to_string().as_str(), places), (words, vec![0, 0]));
        }
        // What the others' values are none of is an error on every rank alike.
        let other = dist::all_gather_object_options(&"text".to_string()).call();
        assert_eq!(other.unwrap().len(), 3);
    });
}

#[test]
fn groups_of_some_ranks() {
    on_ranks("groups_of_some_ranks", 3, |rank| {
        let group = dist::new_group(&[2, 0]).unwrap();
        assert_eq!(group.is_some(), rank != 1);
        if let Some(group) = &group {
            assert_eq!((group.size(), group.ranks()), (2, &[0, 2][..]));
            assert_eq!(group.rank(), rank / 2);
            let x = torch::tensor([rank as f64 + 1.0]);
            // Ranks are counted as those of the world.
            dist::broadcast_options(&x, 2).group(group).call().unwrap();
            assert_eq!(x.item(), 3.0);
            let refused = dist::broadcast_options(&x, 1).group(group).call().unwrap_err();
            assert_eq!(refused.to_string(), "rank: 1 is none of the group's ranks, [0, 2]");
            let all = dist::all_gather_object_options(&rank).group(group).call().unwrap();
            assert_eq!(all, [0, 2]);
            assert_ne!(*group, ProcessGroup::world().unwrap());
        }
        assert_eq!(dist::new_group(None).unwrap().unwrap().ranks(), [0, 1, 2]);
        assert!(dist::new_group(&[0, 3]).is_err());
        assert!(dist::new_group(&[1, 1]).is_err());
        let x = torch::tensor([rank as f64]);
        let work = dist::all_reduce_options(&x).op(ReduceOp::Max).async_op().unwrap();
        work.wait().unwrap();
        assert!(work.is_completed());
        assert_eq!(x.item(), 2.0);
        dist::monitored_barrier().unwrap();
        assert_eq!((dist::get_rank().unwrap(), dist::get_world_size().unwrap()), (rank, 3));

        // From any rank, each told which.
        if rank == 0 {
            let out = torch::zeros([1]);
            let mut from = [(); 2].map(|()| (dist::recv(&out).unwrap(), out.item() as usize));
            from.sort_unstable();
            assert_eq!(from, [(1, 1), (2, 2)]);
        } else {
            dist::send(&torch::tensor([rank as f32]), 0).unwrap();
        }
        let itself = dist::send(&torch::tensor([1.0]), rank).unwrap_err().to_string();
        assert!(itself.starts_with("dst: it is this rank"), "{itself}");

        // Rows that do not go up in the sizes, or sizes that are not as many as the ranks.
        let (input, output) = (torch::zeros([4]), torch::zeros([4]));
        for (taken, given, words) in [
            (
                &[2, 2][..],
                &[2, 1, 1][..],
                "output_split_sizes: [2, 2] are not a size for each of 3 ranks",
            ),
            (&[2, 1, 1], &[1, 1, 1], "input_split_sizes: [1, 1, 1] are not the input's 4 rows"),
            (&[2, 1, 1], &[6, -1, -1], "input_split_sizes: [6, -1, -1] are not the input's 4 rows"),
            (&[2, 1, 1], &[], "input_split_sizes: the input's 4 rows do not go evenly to 3 ranks"),
        ] {
            let call = dist::all_to_all_single_options(&output, &input).input_split_sizes(given);
            let refused = call.output_split_sizes(taken).async_op().unwrap_err().to_string();
            assert_eq!(refused, words);
        }
        let own = dist::new_subgroups(1).unwrap();
        assert_eq!((own.rank(), own.ranks()), (0, &[rank][..]));
        let refused = dist::new_subgroups(2).unwrap_err().to_string();
        assert_eq!(refused, "group_size: 2 does not divide the world size, 3");
        assert_eq!(dist::get_backend().unwrap(), "gloo");

        // What is wrong with the arguments is told at once, and the group is of use after it.
        let short = dist::all_gather(&[torch::zeros([1])], &torch::zeros([1])).unwrap_err();
        assert!(short.to_string().contains("invalid output tensor list"), "{short}");
        assert!(dist::all_reduce(&Tensor::new()).is_err());
        dist::barrier().unwrap();
    });
}

#[test]
fn a_monitored_barrier_names_who_does_not_come() {
    on_ranks("a_monitored_barrier_names_who_does_not_come", 3, |rank| {
        if rank == 1 {
            return thread::sleep(Duration::from_secs(2));
        }
        let barrier = dist::monitored_barrier_options().timeout(Duration::from_secs(1));
        let told = barrier.call().unwrap_err().to_string();
        assert!(told.starts_with(&format!("monitored_barrier, on rank {rank} of 3: ")), "{told}");
        assert!(told.contains("not all have made this call within 1s: one is slow"), "{told}");
        assert!(rank == 2 || told.contains("Rank 1"), "{told}");
    });
}

#[test]
fn a_second_world_after_the_first() {
    on_ranks("a_second_world_after_the_first", 2, |rank| {
        assert!(init(5).unwrap_err().to_string().contains("default process group twice!"));
        dist::destroy_process_group().unwrap();
        assert!(!dist::is_initialized());
        let refused = dist::init_process_group_options().backend("mpi").call().unwrap_err();
        let words = "backend: there is no backend \"mpi\"; give \"gloo\" or \"nccl\"";
        assert_eq!(refused.to_string(), words);
        if !dist::is_nccl_available() {
            let refused = dist::init_process_group_options().backend("nccl").call().unwrap_err();
            let words = "backend: this build has Gloo alone, which is for tensors on the CPU: build it with \
                         `--features nccl`";
            assert!(refused.to_string().starts_with(words), "{refused}");
        } else if tch::Cuda::device_count() == 0 {
            let store = format!("{}0", env::var(STORE).unwrap());
            let init = dist::init_process_group_options().init_method(&store).world_size(2);
            let refused = init.rank(rank).backend("nccl").call().unwrap_err().to_string();
            assert!(refused.contains("no GPUs found"), "{refused}");
        }
        let none = dist::all_reduce(&torch::zeros([1])).unwrap_err().to_string();
        assert!(none.starts_with("Default process group has not been initialized"), "{none}");
        let store = format!("{}2", env::var(STORE).unwrap());
        let init = dist::init_process_group_options().init_method(&store).world_size(2);
        init.rank(1 - rank).call().unwrap();
        let x = torch::tensor([1.0]);
        dist::all_reduce(&x).unwrap();
        assert_eq!(x.item(), 2.0);
    });
}

/// A network whose norms see all of the batch.
fn network() -> nn::Sequential {
    let model = nn::sequential!(
        nn::Conv2d::new(2, 4, 3),
        nn::BatchNorm2d::new(4),
        nn::ReLU::new(),
        nn::Flatten::new(),
        nn::Linear::new(64, 8),
        nn::BatchNorm1d::options(8).momentum(None).build(),
        nn::Tanh::new(),
        nn::Linear::new(8, 3)
    );
    model.to(Kind::Double).unwrap();
    model
}

fn far(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}

fn train_on(
    model: &dyn Forward,
    parameters: Vec<Tensor>,
    batch: impl Fn(usize) -> (Tensor, Tensor),
) {
    let mut optimizer = optim::SGD::options(parameters).lr(0.05).momentum(0.9).build();
    for step in 0..20 {
        let (x, y) = batch(step);
        optimizer.zero_grad();
        F::cross_entropy(&nn::call(model, &x), &y).backward();
        optimizer.step();
    }
}

/// In f64, ranks with a share of each batch are one process with all of it.
#[test]
fn ranks_equal_one_process_on_the_whole_batch() {
    on_ranks("ranks_equal_one_process_on_the_whole_batch", 3, |rank| {
        let share = |rank| random::manual_seed(rank);
        share(0);
        let alone = network();
        let model = nn::deepcopy(&alone);
        let x = torch::randn_options([20, 12, 2, 6, 6]).dtype(Kind::Double).call();
        let y = torch::randint(3, [20, 12]);
        let model = nn::SyncBatchNorm::convert_sync_batchnorm(model);
        let ddp = DistributedDataParallel::options(model).bucket_cap_mb(0.001).build().unwrap();
        train_on(&alone, alone.parameters(), |step| (x.get(step as i64), y.get(step as i64)));
        let own = |t: &Tensor, step| t.get(step as i64).narrow(0, rank as i64 * 4, 4);
        train_on(&ddp, ddp.parameters(), |step| (own(&x, step), own(&y, step)));
        for (key, value) in alone.state_dict() {
            let other = &ddp.module.state_dict()[&key];
            let distance = far(&value.to_kind(Kind::Double), &other.to_kind(Kind::Double));
            assert!(distance < 1e-12, "{key}: {distance}");
        }
        alone.eval();
        ddp.eval();
        assert!(far(&alone.forward(&x.get(0)), &ddp.forward(&x.get(0))) < 1e-12);
    });
}

/// Shares of different sizes, one of them empty: the statistics and gradients are those of all.
#[test]
fn sync_batch_norm_of_uneven_shares() {
    on_ranks("sync_batch_norm_of_uneven_shares", 3, |rank| {
        random::manual_seed(0);
        let kind = (Kind::Double, Device::Cpu);
        let x = Tensor::randn([9, 5, 3], kind);
        let weights = Tensor::randn([9, 5, 3], kind);
        let alone = nn::BatchNorm1d::new(5);
        let synced = nn::SyncBatchNorm::new(5);
        alone.to(Kind::Double).unwrap();
        synced.to(Kind::Double).unwrap();
        assert_eq!(
            synced.to_string(),
            nn::SyncBatchNorm::convert_sync_batchnorm(nn::BatchNorm1d::new(5)).to_string()
        );
        let (begin, length) = [(0, 6), (6, 3), (9, 0)][rank];
        let own = |t: &Tensor| t.narrow(0, begin, length);
        for _ in 0..2 {
            let whole = x.copy().set_requires_grad(true);
            let share = own(&x).copy().set_requires_grad(true);
            let (all, mine) = (alone.forward(&whole), synced.forward(&share));
            (&all * &weights).sum(Kind::Double).backward();
            (&mine * own(&weights)).sum(Kind::Double).backward();
            if length > 0 {
                assert!(far(&own(&all), &mine) < 1e-12);
                assert!(far(&own(&whole.grad()), &share.grad()) < 1e-12);
            }
        }
        for parameter in synced.parameters() {
            let mut sum = parameter.grad();
            if !sum.defined() {
                sum = parameter.zeros_like();
            }
            dist::all_reduce(&sum).unwrap();
            let whole = alone
                .parameters()
                .into_iter()
                .find(|p| far(p, &parameter) < 1e-15 && far(&p.grad(), &sum) < 1e-12);
            assert!(whole.is_some());
        }
        for (alone, synced) in alone.buffers().iter().zip(synced.buffers()) {
            assert!(far(alone, &synced) < 1e-12);
        }
        // One value a channel, over all ranks.
        let one = Tensor::randn([i64::from(rank == 0), 5], kind);
        let refused = crate::panic_of(|| drop(synced.forward(&one)));
        assert!(refused.contains("Expected more than 1 value per channel"), "{refused}");
        synced.eval();
        assert_eq!(synced.forward(&x).size(), x.size());
    });
}

#[test]
fn a_wrapped_model_is_a_module() {
    on_ranks("a_wrapped_model_is_a_module", 2, |rank| {
        let frozen = nn::Linear::new(2, 2);
        frozen.requires_grad_(false);
        let refused = DistributedDataParallel::new(frozen).unwrap_err().to_string();
        assert!(refused.contains("DistributedDataParallel is not needed"), "{refused}");

        let ddp = DistributedDataParallel::new(nn::Linear::new(3, 2)).unwrap();
        let weights = dist::all_gather_object(&ddp.module.weight.double_value(&[0, 0])).unwrap();
        assert_eq!(weights[0], weights[1]);
        assert_eq!(ddp.state_dict().keys().collect::<Vec<_>>(), ["module.weight", "module.bias"]);
        assert_eq!(
            ddp.to_string(),
            "DistributedDataParallel(\n  (module): Linear(in_features=3, out_features=2, bias=True)\n)"
        );
        let other = nn::Linear::new(3, 2);
        other.load_state_dict(&ddp.module.state_dict()).unwrap();
        ddp.load_state_dict(&ddp.state_dict()).unwrap();
        assert!(other.load_state_dict(&ddp.state_dict()).is_err());

        // A copy sums up its own gradients.
        let copy = nn::deepcopy(&ddp);
        let x = torch::full([4, 3], rank as f64);
        torch::sum(&copy.forward(&x)).backward();
        assert!(!ddp.module.weight.grad().defined());
        assert_eq!(copy.module.weight.grad().double_value(&[0, 0]), 2.0); // the mean of 0 and 4

        ddp.register_comm_hook(CommHook::Fp16Compress).unwrap();
        let twice = ddp.register_comm_hook(CommHook::Bf16Compress).unwrap_err().to_string();
        assert!(twice.contains("can only be called once"), "{twice}");

        // The hooks of the wrapper are called either way.
        let ddp = DistributedDataParallel::new(nn::Linear::new(3, 2)).unwrap();
        let handle = ddp.register_forward_hook(|_, _, outputs| Some(outputs[0] * 2));
        let outputs = no_grad(|| [ddp.f_forward(&x).unwrap(), ddp.forward(&x)]);
        assert_eq!(outputs[0], outputs[1]);
        assert_eq!(outputs[0], ddp.module.forward(&x) * 2);
        handle.remove();
        // As in Python, what the wrapper does itself is between them: it gives all ranks the buffers that the
        // first has after a pre-hook, and a hook sees the tensor that is returned.
        let ddp = DistributedDataParallel::options(nn::BatchNorm1d::new(3));
        let ddp = ddp.find_unused_parameters(true).build().unwrap();
        ddp.eval();
        let mean = ddp.buffers()[0].shallow_clone();
        let before = ddp.register_forward_pre_hook(move |_, _| {
            let _ = no_grad(|| mean.shallow_clone().fill_(rank as f64));
            None
        });
        let seen = Rc::new(Cell::new(std::ptr::null_mut()));
        let sees = seen.clone();
        let after = ddp.register_forward_hook(move |_, _, outputs| {
            sees.set(outputs[0].data_ptr());
            None
        });
        for through_f_forward in [false, true] {
            let output =
                if through_f_forward { ddp.f_forward(&x).unwrap() } else { ddp.forward(&x) };
            assert_eq!(output.data_ptr(), seen.get(), "{through_f_forward}");
            assert_eq!(ddp.buffers()[0].double_value(&[0]), 0.0, "{through_f_forward}");
            torch::sum(&output).backward();
        }
        before.remove();
        after.remove();

        // Without a word on unused parameters, the next forward pass says what to do.
        let branches = nn::sequential!(nn::Linear::new(3, 3), nn::Linear::new(3, 1));
        let ddp = DistributedDataParallel::new(branches).unwrap();
        let half = || ddp.forward_with(|model| nn::call(&model[0], &x));
        torch::sum(&half()).backward();
        let told = crate::panic_of(|| drop(half()));
        assert!(
            told.contains("Expected to have finished reduction in the prior iteration"),
            "{told}"
        );
        assert!(told.contains("find_unused_parameters=True"), "{told}");
        let error = ddp.f_forward_with(|model| nn::call(&model[0], &x)).unwrap_err().to_string();
        assert!(error.contains("Expected to have finished reduction in the prior"), "{error}");
        // With it, what is not used on any rank has no gradient.
        let branches = nn::sequential!(nn::Linear::new(3, 3), nn::Linear::new(3, 1));
        let ddp = DistributedDataParallel::options(branches).find_unused_parameters(true);
        let ddp = ddp.build().unwrap();
        for _ in 0..2 {
            let both = ddp.forward_with(|model| (nn::call(&model[0], &x), vec![Some(x.copy())]));
            torch::sum(&both.0).backward();
        }
        let grads: Vec<_> = ddp.parameters().iter().map(|p| p.grad().defined()).collect();
        assert_eq!(grads, [true, true, false, false]);
    });
}

/// What a hook of one's own returns, what goes wrong in it, and how long it took.
#[test]
fn a_hook_is_called_for_each_bucket() {
    on_ranks("a_hook_is_called_for_each_bucket", 2, |rank| {
        let wrapped = || {
            let model = nn::sequential!(nn::Linear::new(10, 10), nn::Linear::new(10, 10));
            DistributedDataParallel::options(model).bucket_cap_mb(0.0004).build().unwrap()
        };
        let ddp = wrapped();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        ddp.register_comm_hook_fn(move |bucket| {
            let (gradients, parameters) = (bucket.gradients()?, bucket.parameters()?);
            let sizes = gradients.iter().zip(&parameters).map(|(g, p)| (g.size(), p.size()));
            sizes.for_each(|(gradient, parameter)| assert_eq!(gradient, parameter));
            let numbers = bucket.buffer()?.numel();
            noted.lock().unwrap().push((bucket.index(), bucket.is_last(), numbers));
            Ok(bucket.buffer()?.full_like(7.0).into())
        })
        .unwrap();
        let twice = ddp.register_comm_hook(CommHook::AllReduce).unwrap_err().to_string();
        assert!(twice.contains("can only be called once"), "{twice}");
        let step = |ddp: &DistributedDataParallel<nn::Sequential>| {
            let loss = torch::sum(&ddp.forward(&torch::randn([2, 10])));
            loss.f_backward()
        };
        for _ in 0..2 {
            step(&ddp).unwrap();
            assert!(ddp.parameters().iter().all(|p| p.grad() == p.full_like(7.0)));
        }
        let buckets = seen.lock().unwrap().clone();
        assert_eq!(buckets, [(0, true, 220), (0, false, 110), (1, true, 110)]);
        let log = ddp.logging_data().unwrap();
        assert_eq!((log["world_size"], log["rank"]), (2, rank as i64));
        let told = ddp.set_runtime_logging_sample_rate(0).unwrap_err().to_string();
        assert!(told.contains("sample_rate: should be at least 1"), "{told}");
        ddp.set_runtime_logging_sample_rate(1).unwrap();
        (0..11).for_each(|_| step(&ddp).unwrap());
        let log = ddp.logging_data().unwrap();
        let [sums, overlap] = ["comm_time", "compute_comm_overlap_time"]
            .map(|name| log[&format!("avg_backward_{name}")]);
        assert!(sums > 0 && (0..=sums).contains(&overlap), "{log:?}");

        let ddp = wrapped();
        let problem = || Error::argument("gradients", "they are not to my liking");
        ddp.register_comm_hook_fn(move |_| Err(problem())).unwrap();
        let told = step(&ddp).unwrap_err().to_string();
        assert!(told.contains("gradients: they are not to my liking"), "{told}");
        let ddp = wrapped();
        ddp.register_comm_hook_fn(|_| panic!("the hook fell over")).unwrap();
        let told = step(&ddp).unwrap_err().to_string();
        assert!(told.contains("the hook fell over"), "{told}");
        let ddp = wrapped();
        ddp.register_comm_hook_fn(|bucket| {
            let sum = bucket.buffer()?;
            let begun = dist::all_reduce_options(&sum).async_op()?;
            Ok(begun.then(|| Err(Error::argument("sum", "it came too late"))))
        })
        .unwrap();
        let told = step(&ddp).unwrap_err().to_string();
        assert!(told.contains("sum: it came too late"), "{told}");
    });
}

#[test]
fn ranks_with_fewer_inputs_join() {
    on_ranks("ranks_with_fewer_inputs_join", 3, |rank| {
        let ddp = DistributedDataParallel::new(nn::Linear::new(2, 1)).unwrap();
        // After the first is done, the sum is over what the others have.
        let mut seen = Vec::new();
        let inputs = [1, 3, 2][rank];
        let joined = ddp.join_options(|| {
            for _ in 0..inputs {
                ddp.zero_grad();
                torch::sum(&ddp.forward(&torch::full([1, 2], rank as f64 + 1.0))).backward();
                seen.push(ddp.module.weight.grad().double_value(&[0, 0]));
            }
            inputs
        });
        let done = joined.divide_by_initial_world_size(false).call().unwrap();
        assert_eq!(done, inputs);
        // Means of 1, 2, 3; of 2, 3; of 2.
        assert_eq!(seen, [2.0, 2.5, 2.0][..inputs]);

        // Or all fail where one is done.
        let call = || {
            let joined = ddp.join_options(|| {
                for _ in 0..inputs {
                    torch::sum(&ddp.forward(&torch::ones([1, 2]))).backward();
                }
            });
            joined.throw_on_early_termination(true).call()
        };
        match rank {
            0 => assert_eq!(call().unwrap_err().to_string(), "Rank 0 exhausted all inputs."),
            _ => {
                let told = crate::panic_of(|| drop(call()));
                assert!(
                    told.contains("Detected at least one rank that exhausted inputs."),
                    "{told}"
                );
            }
        }
    });
}

/// Buckets as Python's: all in one until the first step has told their order.
#[test]
fn buckets_are_made_anew_after_the_first_step() {
    on_ranks("buckets_are_made_anew_after_the_first_step", 2, |_| {
        let model = nn::sequential!(nn::Linear::new(10, 10), nn::Linear::new(10, 10));
        let ddp = DistributedDataParallel::options(model).bucket_cap_mb(0.0004).build().unwrap();
        assert_eq!(ddp.bucket_sizes().unwrap(), [880]);
        for _ in 0..2 {
            torch::sum(&ddp.forward(&torch::randn([2, 10]))).backward();
        }
        assert_eq!(ddp.bucket_sizes().unwrap(), [440, 440]);
        let model = nn::Linear::new(1, 1);
        let refused = DistributedDataParallel::options(model).bucket_cap_mb(0).build();
        assert!(refused.unwrap_err().to_string().starts_with("bucket_cap_mb: 0 is no size"));
    });
}

#[test]
fn another_model_is_told_on_all_ranks() {
    on_ranks("another_model_is_told_on_all_ranks", 3, |rank| {
        let models: [fn(usize) -> nn::Sequential; 3] = [
            // Another shape, a parameter more, another kind.
            |rank| nn::sequential!(nn::Linear::new(3, if rank == 1 { 4 } else { 5 })),
            |rank| nn::sequential!(nn::Linear::options(3, 5).bias(rank != 2).build()),
            |rank| {
                let model = nn::sequential!(nn::Linear::new(3, 5));
                model.to(if rank == 0 { Kind::Float } else { Kind::Double }).unwrap();
                model
            },
        ];
        let told =
            models.map(|model| DistributedDataParallel::new(model(rank)).unwrap_err().to_string());
        let begin = "DistributedDataParallel: rank 1 has another model than rank 0: 0.weight is";
        assert_eq!(
            told[0],
            format!(
                "{begin} torch.float32 of size [4, 3] and stride [3, 1], not torch.float32 of size \
                 [5, 3] and stride [3, 1]"
            )
        );
        assert_eq!(
            told[1],
            "DistributedDataParallel: rank 2 has another model than rank 0: it has 1 parameters, not 2"
        );
        assert!(
            told[2].starts_with(begin) && told[2].contains("; rank 2 has another"),
            "{}",
            told[2]
        );
        // The group is of use after it.
        dist::barrier().unwrap();
    });
}

/// A rank that only comes together, and says what was wrong.
#[test]
fn meets() {
    if rank().is_some() {
        let timeout = env::var("FLAMBEAU_TEST_TIMEOUT").map_or(10, |text| text.parse().unwrap());
        if let Err(error) = init(timeout) {
            eprintln!("said: {error}");
            std::process::exit(3);
        }
        dist::barrier().unwrap();
        dist::destroy_process_group().unwrap();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a rank said, which is all that stands there.
fn said(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let lines: Vec<_> = ended.stderr.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() <= 2, "{}", ended.stderr);
    lines[0].strip_prefix("said: ").unwrap_or_else(|| panic!("{}", ended.stderr))
}

#[test]
fn ranks_meet_over_tcp() {
    let store = format!("tcp://localhost:{}", free_port());
    for ended in Ranks::start("meets", 3, &store).end(&[]) {
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn a_timeout_may_be_for_ever() {
    on_ranks_within(u64::MAX, "a_timeout_may_be_for_ever", 2, |rank| {
        let sum = torch::tensor([rank as i64]);
        dist::all_reduce(&sum).unwrap();
        dist::monitored_barrier_options().timeout(Duration::MAX).call().unwrap();
        let group = dist::new_group_options(&[0, 1]).timeout(Duration::MAX).call().unwrap();
        dist::all_reduce_options(&sum).group(&group.unwrap()).call().unwrap();
        assert_eq!(sum, torch::tensor([2]));
    });
}

#[test]
fn ranks_meet_by_the_environment() {
    let port = free_port().to_string();
    let mut ranks = Ranks::none();
    for rank in 0..2 {
        let of_rank = rank.to_string();
        let variables = [
            ("RANK", of_rank.as_str()),
            ("WORLD_SIZE", "2"),
            ("MASTER_ADDR", "127.0.0.1"),
            ("MASTER_PORT", &port),
        ];
        ranks.add("meets", rank, 2, "env://", &variables);
    }
    for ended in ranks.end(&[]) {
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let mut ranks = Ranks::none();
    let variables = [("RANK", "0"), ("WORLD_SIZE", "1"), ("MASTER_ADDR", "127.0.0.1")];
    ranks.add("meets", 0, 1, "env://", &variables);
    let told = &ranks.end(&[])[0];
    let words =
        "MASTER_PORT: env:// rendezvous: environment variable MASTER_PORT expected, but not set";
    assert!(said(told).starts_with(words), "{}", told.stderr);
}

/// One world after the other, in a store that stays: torchrun's, which has it beside the ranks, or rank 0's.
#[test]
fn a_world_follows_another() {
    if let Some(rank) = rank() {
        if env::var("FLAMBEAU_TEST_WAY").is_ok_and(|way| way == "agent") {
            init(10).unwrap();
            fs::write(env::var("FLAMBEAU_TEST_FOLDER").unwrap() + "/agent.0", "").unwrap();
            thread::sleep(Duration::from_secs(60));
            return;
        }
        for world in 0..3 {
            init(10).unwrap();
            let sum = torch::tensor([rank as i64 + world]);
            dist::all_reduce(&sum).unwrap();
            assert_eq!(sum, torch::tensor([1 + 2 * world]));
            // Rank 1 is at the next world before rank 0 has left this one.
            thread::sleep(Duration::from_millis(if rank == 0 { 300 } else { 0 }));
            dist::destroy_process_group().unwrap();
        }
        return;
    }
    for agent in [false, true] {
        let (mut ranks, port) = (Ranks::none(), free_port().to_string());
        let folder = ranks.folder.path().to_str().unwrap().to_string();
        let store = format!("tcp://127.0.0.1:{port}");
        if agent {
            let variables = [("FLAMBEAU_TEST_WAY", "agent"), ("FLAMBEAU_TEST_FOLDER", &folder)];
            ranks.add("a_world_follows_another", 0, 1, &store, &variables);
            ranks.wait_for("agent");
        }
        for rank in ["0", "1"] {
            let variables = [
                ("RANK", rank),
                ("WORLD_SIZE", "2"),
                ("MASTER_ADDR", "127.0.0.1"),
                ("MASTER_PORT", &port),
                ("TORCHELASTIC_USE_AGENT_STORE", if agent { "True" } else { "False" }),
            ];
            ranks.add("a_world_follows_another", rank.parse().unwrap(), 2, "env://", &variables);
        }
        for ended in &ranks.end(if agent { &[0] } else { &[] })[usize::from(agent)..] {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
    }
}

#[test]
fn openmpi_on_several_hosts_is_told_what_to_do() {
    let mut ranks = Ranks::none();
    let variables = [
        ("OMPI_COMM_WORLD_RANK", "0"),
        ("OMPI_COMM_WORLD_SIZE", "2"),
        ("OMPI_COMM_WORLD_LOCAL_SIZE", "1"),
    ];
    ranks.add("meets", 0, 2, "env://", &variables);
    let told = &ranks.end(&[])[0];
    let words = "MASTER_ADDR: OpenMPI's ranks on several hosts have to be told where rank 0 is: `mpirun -x \
                 MASTER_ADDR=HOST -x MASTER_PORT=PORT`";
    assert!(said(told).starts_with(words), "{}", told.stderr);
}

#[test]
fn ranks_meet_by_what_slurm_and_openmpi_say() {
    let launchers: [&[(&str, &str)]; 2] = [
        &[
            ("SLURM_PROCID", "RANK"),
            ("SLURM_STEP_NUM_TASKS", "2"),
            // The job's may be more.
            ("SLURM_NTASKS", "4"),
            ("SLURM_LOCALID", "RANK"),
            ("SLURM_STEP_NODELIST", "localhost,node[01-03]"),
        ],
        &[
            ("OMPI_COMM_WORLD_RANK", "RANK"),
            ("OMPI_COMM_WORLD_SIZE", "2"),
            ("OMPI_COMM_WORLD_LOCAL_SIZE", "2"),
            // mpirun inside a job of Slurm's, which counts otherwise.
            ("SLURM_PROCID", "0"),
            ("SLURM_NTASKS", "1"),
        ],
    ];
    for launcher in launchers {
        let (mut ranks, port) = (Ranks::none(), free_port().to_string());
        for rank in 0..2 {
            let of_rank = rank.to_string();
            let told = |value| if value == "RANK" { of_rank.as_str() } else { value };
            let mut variables: Vec<_> =
                launcher.iter().map(|(name, value)| (*name, told(*value))).collect();
            variables.push(("MASTER_PORT", &port));
            ranks.add("meets", rank, 2, "env://", &variables);
        }
        for ended in ranks.end(&[]) {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
    }
}

/// A batch script, or a shell of salloc's, which would wait for ranks that nobody has started.
#[test]
fn what_is_no_step_of_slurms_is_no_rank() {
    let mut ranks = Ranks::none();
    let variables = [
        ("SLURM_JOB_ID", "7"),
        ("SLURM_PROCID", "0"),
        ("SLURM_LOCALID", "0"),
        ("SLURM_NTASKS", "4"),
        ("SLURM_JOB_NODELIST", "localhost"),
    ];
    ranks.add("meets", 0, 4, "env://", &variables);
    let told = &ranks.end(&[])[0];
    let words = "RANK: env:// rendezvous: environment variable RANK expected, but not set; start the program with \
                 `torchrun --no-python`, srun or mpirun";
    assert!(said(told).starts_with(words), "{}", told.stderr);
}

#[test]
fn another_world_size_is_told() {
    for store in ["file://{}/store".to_string(), format!("tcp://localhost:{}", free_port())] {
        let mut ranks = Ranks::none();
        ranks.add("meets", 0, 2, &store, &[]);
        ranks.add("meets", 1, 3, &store, &[]);
        for ended in ranks.end(&[]) {
            let told = said(&ended);
            assert!(
                told.ends_with(
                    "rank 1 was told of 3 ranks, rank 0 of 2; start all with the same world size"
                ),
                "{told}"
            );
        }
    }
}

/// Rank 0, which opens its store first, says so as the others do.
#[test]
fn a_host_that_is_not_rank_0s_is_told() {
    let (mut ranks, port) = (Ranks::none(), free_port());
    let hosts = ["no-such-host.invalid", "192.0.2.1"];
    for host in hosts {
        let store = format!("tcp://{host}:{port}");
        ranks.add("meets", 0, 2, &store, &[("FLAMBEAU_TEST_TIMEOUT", "2")]);
        // The next has the same port.
        let _ = ranks.children.last_mut().unwrap().wait();
    }
    let ended = ranks.end(&[]);
    let words = [
        "the host \"no-such-host.invalid\" has not been found within 2s",
        "rank 0 has been given an address that is not this host's",
    ];
    for ((ended, host), words) in ended.iter().zip(hosts).zip(words) {
        let told = said(ended);
        assert!(told.starts_with(&format!("tcp://{host}:{port}: {words}")), "{told}");
    }
}

#[test]
fn an_interface_that_is_not_there_is_told() {
    let mut ranks = Ranks::none();
    ranks.add("meets", 0, 1, "file://{}/store", &[("GLOO_SOCKET_IFNAME", "eth99")]);
    let told = ranks.end(&[]);
    let words = "GLOO_SOCKET_IFNAME: this host has no network interface \"eth99\" with an address";
    assert!(said(&told[0]).starts_with(words), "{}", told[0].stderr);
}

#[test]
fn who_does_not_come_is_told() {
    let store = format!("tcp://localhost:{}", free_port());
    let mut ranks = Ranks::none();
    ranks.add("meets", 0, 3, &store, &[("FLAMBEAU_TEST_TIMEOUT", "2")]);
    ranks.add("meets", 2, 3, &store, &[("FLAMBEAU_TEST_TIMEOUT", "2")]);
    for ended in ranks.end(&[]) {
        let told = said(&ended);
        assert!(told.ends_with("rank 1 of 3 has not come within 2s"), "{told}");
    }
}

#[test]
fn two_processes_of_one_rank_are_told() {
    let mut ranks = Ranks::none();
    for _ in 0..2 {
        ranks.add("meets", 1, 2, "file://{}/store", &[("FLAMBEAU_TEST_TIMEOUT", "3")]);
    }
    let ended = ranks.end(&[]);
    for ended in &ended {
        let told = said(ended);
        assert!(told.contains("rank 1 has come to this file before"), "{told}");
    }
}

#[test]
fn a_store_that_does_not_come_is_told() {
    let port = free_port();
    let mut ranks = Ranks::none();
    let limit = [("FLAMBEAU_TEST_TIMEOUT", "1")];
    ranks.add("meets", 1, 2, &format!("tcp://localhost:{port}"), &limit);
    ranks.add("meets", 1, 2, &format!("tcp://no-such-host.invalid:{port}"), &limit);
    let taken = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap();
    let taken = taken.local_addr().map(|address| (taken, address.port())).unwrap();
    ranks.add("meets", 0, 2, &format!("tcp://localhost:{}", taken.1), &limit);
    ranks.add("meets", 0, 2, "file:///no/such/folder/store", &limit);
    let ended = ranks.end(&[]);
    let told: Vec<_> = ended.iter().map(said).collect();
    let begin =
        format!("tcp://localhost:{port}: no store has answered within 1s; rank 0 has it there");
    assert!(told[0].starts_with(&begin), "{}", told[0]);
    let begin = format!(
        "tcp://no-such-host.invalid:{port}: the host \"no-such-host.invalid\" has not been found"
    );
    assert!(told[1].starts_with(&begin), "{}", told[1]);
    let begin = format!("tcp://localhost:{0}: port {0} is in use on this host", taken.1);
    assert!(told[2].starts_with(&begin), "{}", told[2]);
    assert!(
        told[3].starts_with("/no/such/folder: the folder for the ranks' store is not there"),
        "{}",
        told[3]
    );
}

/// Waits until so many ranks are at the store that listens at this port, and for a moment more.
#[cfg(target_os = "linux")]
fn wait_for_ranks_at(port: u16, many: usize) {
    let ends = Instant::now() + Duration::from_secs(30);
    let port = format!(":{port:04X}");
    // Of both ends of a connection, those of the rank.
    let is_rank = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        matches!(fields[..], [_, _, there, "01", ..] if there.ends_with(&port))
    };
    let ranks_in =
        |table| fs::read_to_string(table).unwrap().lines().filter(|l| is_rank(l)).count();
    while ranks_in("/proc/net/tcp") + ranks_in("/proc/net/tcp6") < many {
        assert!(Instant::now() < ends, "no rank has come");
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(500));
}

/// A store that answers no more ends the start within the timeout: libtorch would wait without an end.
#[test]
#[cfg(target_os = "linux")]
fn a_store_that_is_silent_at_the_start_is_told() {
    let limit = [("FLAMBEAU_TEST_TIMEOUT", "3")];
    let begun = Instant::now();
    // A port at which nobody answers, and one at which somebody says something else.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let [mute_port, web_port] = [&mute, &web].map(|l| l.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in web.incoming().flatten() {
            thread::spawn(move || {
                let _ = (&stream).read(&mut [0; 64]);
                let _ =
                    (&stream).write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                let _ = (&stream).read(&mut [0; 64]);
            });
        }
    });
    let mut ranks = Ranks::none();
    for port in [mute_port, web_port] {
        ranks.add("meets", 1, 2, &format!("tcp://127.0.0.1:{port}"), &limit);
    }
    // Rank 0 is stopped before rank 1 comes, or while both wait for a third.
    let [early, late] = [free_port(), free_port()];
    let store = format!("tcp://127.0.0.1:{early}");
    ranks.add("meets", 0, 2, &store, &[]);
    wait_for_ranks_at(early, 1);
    stop(&ranks.children[2]);
    ranks.add("meets", 1, 2, &store, &limit);
    let store = format!("tcp://127.0.0.1:{late}");
    ranks.add("meets", 0, 3, &store, &[]);
    ranks.add("meets", 1, 3, &store, &limit);
    wait_for_ranks_at(late, 2);
    stop(&ranks.children[4]);
    let ended = ranks.end(&[2, 4]);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    for (i, port) in [(0, mute_port), (1, web_port), (3, early)] {
        let words = "what listens there has not answered as a store within 3s; rank 0 has it there";
        // libtorch warns of the answer of the second.
        failed(&ended[i], &format!("said: tcp://127.0.0.1:{port}: {words}"));
    }
    let words = "rank 0, which has the store, does not answer any more: its process or its host is gone or \
                 stopped, or the network to it; 2 of 3 ranks had come, and the others were waited for";
    failed(&ended[5], &format!("said: tcp://127.0.0.1:{late}: {words}\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_store_that_ends_while_ranks_wait_is_told() {
    let (mut ranks, port) = (Ranks::none(), free_port());
    let store = format!("tcp://127.0.0.1:{port}");
    ranks.add("meets", 0, 3, &store, &[]);
    ranks.add("meets", 1, 3, &store, &[]);
    wait_for_ranks_at(port, 2);
    ranks.children[0].kill().unwrap();
    let begun = Instant::now();
    let words = "rank 0, which has the store, does not answer any more: its process or its host is gone or \
                 stopped, or the network to it; 2 of 3 ranks had come, and the others were waited for";
    failed(&ranks.end(&[0])[1], &format!("said: {store}: {words}\n"));
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[cfg(target_os = "linux")]
fn stop(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-STOP", &id]).status().unwrap().success());
}

/// A training, after which it leaves the time that 5 MB take to all ranks, and what its weights are.
#[test]
fn crosses_in() {
    let Some(rank) = rank() else { return };
    tch::set_num_threads(1);
    init(20).unwrap();
    random::manual_seed(rank as i64);
    let model =
        nn::sequential!(nn::Linear::new(64, 512), nn::Tanh::new(), nn::Linear::new(512, 64));
    let model = DistributedDataParallel::options(model).bucket_cap_mb(0.05).build().unwrap();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
    for _ in 0..5 {
        optimizer.zero_grad();
        torch::mean(&model.forward(&torch::randn([4, 64])).square()).backward();
        optimizer.step();
    }
    let numbers = torch::zeros([1_250_000]);
    let begun = Instant::now();
    dist::all_reduce(&numbers).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let bits = |weight: Tensor| weight.reshape(-1).view_dtype(Kind::Int).to_kind(Kind::Int64);
    let weights: Vec<_> = model.parameters().into_iter().map(bits).collect();
    let sum = Tensor::cat(&weights, 0);
    let places = Tensor::arange(sum.size()[0], (Kind::Int64, Device::Cpu));
    let sum = (sum * (places + 1)).sum(Kind::Int64).int64_value(&[]);
    let folder = env::var("FLAMBEAU_TEST_FOLDER").unwrap();
    let [draft, whole] =
        ["draft", "crosses"].map(|name| Path::new(&folder).join(format!("{name}.{rank}")));
    fs::write(&draft, format!("{seconds} {sum}")).unwrap();
    fs::rename(draft, whole).unwrap();
    dist::destroy_process_group().unwrap();
}

/// A training without an end, one that says its error, or one in which a rank is slow or leaves.
#[test]
fn trains() {
    let Some(rank) = rank() else { return };
    let way = env::var("FLAMBEAU_TEST_WAY").unwrap();
    tch::set_num_threads(1);
    init(3).unwrap();
    random::manual_seed(0);
    let model =
        nn::sequential!(nn::Linear::new(8, 64), nn::BatchNorm1d::new(64), nn::Linear::new(64, 4));
    let model = DistributedDataParallel::new(model).unwrap();
    let mut optimizer = optim::SGD::new(model.parameters(), 0.01);
    for step in 0.. {
        if rank == 1 && step == 5 {
            match way.as_str() {
                "slow" => thread::sleep(Duration::from_millis(1500)),
                "leaves" => return dist::destroy_process_group().unwrap(),
                _ => {}
            }
        }
        if way == "slow" && step == 10 {
            return dist::destroy_process_group().unwrap();
        }
        optimizer.zero_grad();
        let x = torch::randn([4, 8]);
        if way == "says" {
            let loss = model.f_forward(&x).map(|output| torch::mean(&output));
            if let Err(error) = loss.and_then(|loss| model.backward(&loss)) {
                eprintln!("said: {error}");
                std::process::exit(3);
            }
        } else {
            torch::mean(&model.forward(&x)).backward();
        }
        optimizer.step();
        if step == 3 {
            let store = env::var("FLAMBEAU_TEST_FOLDER").unwrap();
            fs::write(Path::new(&store).join(format!("trains.{rank}")), "").unwrap();
        }
    }
}

/// Three ranks of `trains`, all of which are past their first steps.
fn training(way: &str) -> Ranks {
    let mut ranks = Ranks::none();
    let folder = ranks.folder.path().to_str().unwrap().to_string();
    let store = format!("tcp://localhost:{}", free_port());
    for rank in 0..3 {
        let variables = [("FLAMBEAU_TEST_WAY", way), ("FLAMBEAU_TEST_FOLDER", &folder)];
        ranks.add("trains", rank, 3, &store, &variables);
    }
    ranks.wait_for("trains");
    ranks
}

/// How many ranks die of each death, unless the environment has another number.
pub fn deaths(usual: u64) -> u64 {
    env::var("FLAMBEAU_DEATHS").map_or(usual, |text| text.parse().unwrap())
}

/// Every other rank ends within the timeout, and says who is missing.
fn dies(signal: &str) {
    for death in 0..deaths(2) {
        let victim = [1, 0, 2][death as usize % 3];
        let ranks = training("on");
        // At any moment of a step.
        thread::sleep(Duration::from_micros(death * 7919 % 20_000));
        let id = ranks.children[victim].id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let begun = Instant::now();
        let ended = ranks.end(&[victim]);
        // The timeout is 3 s; the roll is called after it, and rank 0 stays for the others.
        let limit = Duration::from_secs(if signal == "-KILL" { 9 } else { 12 });
        assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
        for (rank, ended) in ended.iter().enumerate().filter(|(rank, _)| *rank != victim) {
            failed(ended, &format!("rank {victim} does not answer any more"));
            // What was waited for, and whether the host of the store is the one.
            failed(ended, &format!(", on rank {rank} of 3: "));
            let has_store = ended.stderr.contains("and it has the store at tcp://localhost:");
            assert_eq!(has_store, victim == 0, "{}", ended.stderr);
            for words in ["pair.cc", "Internal torch error"] {
                assert!(!ended.stderr.contains(words), "{}", ended.stderr);
            }
        }
    }
}

#[test]
fn a_rank_that_is_killed_is_named() {
    dies("-KILL");
}

#[test]
fn a_rank_that_is_stopped_is_named() {
    dies("-STOP");
}

/// As an error, without a panic, whichever pass notices it.
#[test]
fn forward_and_backward_name_a_rank_that_is_killed() {
    let mut ranks = training("says");
    ranks.children[1].kill().unwrap();
    let ended = ranks.end(&[1]);
    for rank in [0, 2] {
        assert_eq!(ended[rank].code, Some(3), "{}", ended[rank].stderr);
        let line = ended[rank].stderr.lines().find(|line| line.starts_with("said: ")).unwrap();
        assert!(line.contains(&format!(", on rank {rank} of 3: rank 1 does not answer")), "{line}");
        assert!(!ended[rank].stderr.contains("panicked"), "{}", ended[rank].stderr);
    }
}

#[test]
fn after_an_error_the_first_rank_waits_for_the_others_but_not_long() {
    let name = "after_an_error_the_first_rank_waits_for_the_others_but_not_long";
    let slow = Duration::from_millis(600);
    on_ranks_at(&format!("tcp://127.0.0.1:{}", free_port()), 30, name, 3, |rank| {
        dist::barrier().unwrap();
        thread::sleep(slow * rank.saturating_sub(1) as u32);
        let begun = Instant::now();
        let _ = flambeau::cli::ended(Err::<(), _>("of all ranks"));
        let took = begun.elapsed();
        // The first as long as the slowest takes, and no longer.
        let least = if rank == 0 { slow.mul_f64(0.9) } else { Duration::ZERO };
        let most = if rank == 0 { Duration::from_millis(990) } else { slow };
        assert!(took >= least && took < most, "{took:?}");
    });
}

#[test]
fn after_an_error_the_first_rank_does_not_wait_for_one_that_goes_on() {
    let name = "after_an_error_the_first_rank_does_not_wait_for_one_that_goes_on";
    on_ranks_at(&format!("tcp://127.0.0.1:{}", free_port()), 30, name, 2, |rank| {
        dist::barrier().unwrap();
        if rank == 0 {
            let begun = Instant::now();
            let _ = flambeau::cli::ended(Err::<(), _>("of this rank alone"));
            let took = begun.elapsed();
            let limits = [Duration::from_millis(900), Duration::from_millis(2000)];
            assert!(took >= limits[0] && took < limits[1], "{took:?}");
        } else {
            thread::sleep(Duration::from_millis(2500));
        }
    });
}

#[test]
fn a_rank_that_is_slow_is_waited_for() {
    for ended in training("slow").end(&[]) {
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn a_rank_that_leaves_is_named() {
    let ended = training("leaves").end(&[]);
    assert_eq!(ended[1].code, Some(0), "{}", ended[1].stderr);
    for rank in [0, 2] {
        failed(&ended[rank], "rank 1 has left the group");
    }
}
