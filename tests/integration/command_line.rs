//! The example's command line: bad arguments, a short run on the real data, what its flags do, Ctrl-C
//! and SIGTERM.
//!
//! The real data is what the example itself uses, `./data`; it is downloaded if it is not there.

use std::fs;
use std::hint::spin_loop;
use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, available_parallelism};

use flambeau::cli::{Reason, Threads};
use flambeau::prelude::*;
use flambeau::serialize::safetensors;
use flambeau::vision::io::{read_image, write_image};

fn sequential_cnn() -> Command {
    example("sequential_cnn")
}

/// An example, which `cargo test` builds beside this test. Ctrl-C reaches it also when the test
/// was started in the background, where shells have it ignored.
pub fn example(name: &str) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(example_path(name));
    command
}

pub fn example_path(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let target = me.ancestors().nth(2).expect("…/target/debug/deps/integration-…");
    let example = target.join("examples").join(name);
    assert!(example.exists(), "{} is missing: cargo build --examples", example.display());
    example
}

fn run(arguments: &[&str]) -> Output {
    sequential_cnn().args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The error of a run that has to fail with this exit code.
fn error(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_bad_argument_is_told_with_what_would_do() {
    for (arguments, expected) in [
        (
            &["--batch-size", "0"][..],
            "invalid value '0' for '--batch-size <N>': must be a number from 1 up",
        ),
        (&["--limit", "0"], "invalid value '0' for '--limit <N>': must be a number from 1 up"),
        (
            &["--threads", "0"],
            "invalid value '0' for '--threads <N>': must be auto or a number from 1 to 1024",
        ),
        (&["--workers", "100000"], "must be a number from 0 to 256"),
        (&["--lr", "-1"], "invalid value '-1' for '--lr <X>': must be a number from 0 up"),
        (&["--lr", "nan"], "must be a number from 0 up"),
        (&["--epochs", "ten"], "invalid value 'ten' for '--epochs <N>'"),
        (&["--device", "tpu"], "must be one of auto, cpu, cuda, cuda:0, cuda:1, …"),
        (&["--epoch-count", "3"], "unexpected argument '--epoch-count' found"),
    ] {
        let error = error(arguments, 2);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn threads_are_as_many_as_the_batch_is_worth_and_others_leave_cores() {
    let Ok(cores) = available_parallelism().map(usize::from) else { return };
    let shown = |threads: Threads, size| threads.resolve(size, Device::Cpu).to_string();
    assert_eq!(shown(Threads::Count(7), 64), "7 threads");
    assert_eq!(shown(Threads::Auto, 4), "1 thread, chosen for the batch size");

    // Others compute on all cores.
    let over = AtomicBool::new(false);
    let threads = thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
        }
        let chosen = Threads::Auto.resolve(64, Device::Cpu);
        let beside_a_gpu = Threads::Auto.resolve(64, Device::Cuda(0));
        assert_eq!((beside_a_gpu.count, beside_a_gpu.reason), (cores as i32, Reason::BatchSize));
        over.store(true, Ordering::Relaxed);
        chosen
    });
    assert!(threads.count >= 1 && threads.count <= cores as i32);
    let allowed = core_affinity::get_core_ids().map_or(1, |ids| ids.len());
    match (cores, allowed - cores) {
        (1, _) => assert_eq!(threads.reason, Reason::BatchSize),
        (_, 0) => {
            assert!(threads.count < cores as i32, "{threads}");
            assert!(threads.to_string().ends_with(" busy"), "{threads}");
        }
        _ => eprintln!("not tried: a quota leaves no way to keep all cores busy"),
    }
}

#[test]
fn a_gpu_that_is_not_there_is_told_with_the_remedy() {
    let index = tch::Cuda::device_count();
    let error = error(&["--device", &format!("cuda:{index}")], 1);
    assert!(error.starts_with("error: device: ") && error.contains("CUDA device"), "{error}");
    assert!(error.contains("or use cpu"), "{error}");
    let far = self::error(&["--device", "cuda:18446744073709551615"], 1);
    assert!(far.starts_with("error: device: "), "{far}");
    if index == 0 {
        let error = self::error(&["--device", "cuda"], 1);
        assert!(error.contains("no CUDA device was found"), "{error}");
    }
}

#[test]
fn a_place_to_save_that_is_none_is_told_before_the_training() {
    let error = error(&["--save", "/proc/nowhere/model.safetensors"], 1);
    assert!(error.contains("/proc/nowhere/model.safetensors: cannot be written"), "{error}");
}

#[test]
fn a_full_disk_behind_the_output_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sequential_cnn().args(["--dry-run"]).stdout(full).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("error: standard output cannot be written: No space left"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_full_disk_behind_the_help_is_an_error() {
    let examples = [
        "sequential_cnn",
        "functional_cnn",
        "recurrent_network",
        "my_conv2d",
        "convolution",
        "speedrun",
    ];
    for (name, argument) in examples.iter().flat_map(|name| [(name, "--help"), (name, "-h")]) {
        let whole = example(name).arg(argument).output().unwrap();
        assert!(whole.status.success() && stdout(&whole).contains("Usage:"), "{name} {argument}");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = example(name).arg(argument).stdout(full).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name} {argument}: {text}");
        let begins = "error: standard output cannot be written: No space left";
        assert!(text.starts_with(begins) && text.lines().count() == 1, "{name}: {text}");
    }
}

#[test]
fn a_lack_of_file_descriptors_is_an_error_and_no_download() {
    let program = sequential_cnn().get_program().to_owned();
    let arguments: Vec<_> = sequential_cnn().get_args().map(ToOwned::to_owned).collect();
    // Three are open; the loader of shared libraries needs one more, and five batches are read at the
    // same time.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 4; exec \"$@\"", "sh"]).arg(program).args(arguments);
    limited.args(["--dry-run", "--threads", "1"]);
    // On a busy machine they may come one after the other: then nothing is lacking.
    let mut outputs = (0..50).map(|_| limited.output().unwrap());
    let output = outputs.find(|output| !output.status.success()).expect("one that lacks some");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cannot be read (Too many open files"), "{text}");
    assert!(text.contains("raise the limits of this process"), "{text}");
    assert!(!text.contains("ownload") && !text.contains("panicked"), "{text}");
}

#[test]
fn a_file_that_no_other_may_replace_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    fs::write(&path, [7; 10_000]).unwrap();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&path, 0o666);
    set(folder.path(), 0o555);
    // Root may write anywhere, unless that right is taken away.
    let mut command = sequential_cnn();
    if fs::metadata(&path).unwrap().uid() == 0 {
        let mut without = Command::new("setpriv");
        without.arg("--bounding-set=-dac_override,-fowner").arg(command.get_program());
        without.args(command.get_args());
        command = without;
    }
    let save = path.display().to_string();
    let output = command.args(["--dry-run", "--workers", "0", "--save", &save]).output().unwrap();
    set(folder.path(), 0o755);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!safetensors::load_file(&path).unwrap().is_empty());
}

#[test]
fn a_data_folder_that_cannot_be_made_is_told() {
    let error = error(&["--data", "/proc/nowhere"], 1);
    assert!(error.contains("/proc/nowhere"), "{error}");
}

#[test]
fn a_short_run_prints_saves_and_repeats_itself() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let train = |name: &str| {
        let path = folder.path().join(name);
        let limits = "--device cpu --epochs 2 --limit 256 --batch-size 64 --threads 1".split(' ');
        let output = sequential_cnn().args(limits).arg("--save").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (stdout(&output).replace(name, "model"), path)
    };
    let (first, path) = train("a.safetensors");
    let (second, _) = train("b.safetensors");
    assert_eq!(first, second);
    for line in
        ["cpu, 1 thread; seed 0", "Sequential(", "\nloss at epoch 1: ", "label/prediction: cat/"]
    {
        assert!(first.contains(line), "{line:?} is missing in\n{first}");
    }
    assert!(first.contains("% of 256 images"), "{first}");

    let saved = safetensors::load_file(path).unwrap();
    let _generator = crate::seeded(0);
    models::sequential_cnn().load_state_dict(&saved).unwrap();
}

#[test]
fn a_dry_run_trains_one_batch_and_tests_one() {
    download();
    let output = run(&["--dry-run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = stdout(&output);
    assert!(text.contains("% of 64 images"), "{text}");
    assert!(text.contains("loss at epoch 0: 2."), "{text}");
    assert!(!text.contains("epoch 1"), "{text}");
}

#[test]
fn every_example_trains_and_tests_one_batch() {
    download();
    let recurrent =
        ["mine", "rnn", "lstm", "gru"].map(|cell| ("recurrent_network", 64, Some(cell)));
    let convolutional =
        [("sequential_cnn", 64, None), ("functional_cnn", 4, None), ("my_conv2d", 4, None)];
    for (name, images, cell) in recurrent.into_iter().chain(convolutional) {
        let cell = cell.into_iter().flat_map(|cell| ["--cell", cell]);
        let output = example(name).arg("--dry-run").args(cell).output().unwrap();
        let (text, error) = (stdout(&output), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {error}");
        assert!(text.contains(&format!("% of {images} images")), "{name}: {text}");
    }
}

#[test]
fn ctrl_c_ends_after_the_batch_reports_saves_and_exits_with_130() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("model.safetensors");
    let mut child = sequential_cnn()
        .args([
            "--epochs",
            "1000",
            "--limit",
            "5000",
            "--batch-size",
            "64",
            "--threads",
            "1",
            "--save",
        ])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The epoch's number says that the loop has begun.
    let lines = wait_for(&mut child, "0");
    press_ctrl_c(&child);

    let rest: String = lines.map(|line| line.unwrap() + "\n").collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("loss at epoch 0: "), "{rest}");
    assert!(rest.contains("saved to"), "{rest}");
    assert!(rest.contains("% of 5000 images"), "{rest}");
    let saved = safetensors::load_file(&path).unwrap();
    let _generator = crate::seeded(0);
    models::sequential_cnn().load_state_dict(&saved).unwrap();
}

/// A training of 512 steps in a run.
fn in_a_run(folder: &Path) -> Command {
    let mut command = sequential_cnn();
    let limits = "--device cpu --epochs 8 --limit 4096 --batch-size 64 --threads 1 --workers 1";
    command.args(limits.split(' ')).args(["--ema", "0.9", "--scheduler", "OneCycleLR"]);
    command.arg("--run").arg(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it prints from this line on.
fn from<'t>(text: &'t str, line: &str) -> &'t str {
    &text[text.find(line).unwrap_or_else(|| panic!("no {line:?} in {text}"))..]
}

#[test]
fn a_run_that_a_signal_ends_goes_on_to_the_same_rows() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let expected = stdout(&in_a_run(&whole).output().unwrap());
    assert_eq!(crate::rows_of(&whole).len(), 1 + 10 + 8);
    let end = from(&expected, "loss at epoch 7");
    // At an epoch's first batch, and at its evaluation; there is enough to come for the signal's way.
    for (signal, code, moment) in
        [("TERM", 143, "0"), ("TERM", 143, "loss at epoch 0"), ("INT", 130, "loss at epoch 1")]
    {
        let folder = folder.path().join(format!("{signal} {moment}"));
        let mut child = in_a_run(&folder).spawn().unwrap();
        let lines = wait_for(&mut child, moment);
        send(signal, &child);
        let rest: String = lines.map(|line| line.unwrap() + "\n").collect();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{rest}");
        // Who sends SIGTERM gives seconds: no test then.
        assert_eq!(rest.contains("test accuracy"), signal == "INT", "{rest}");

        let resumed = in_a_run(&folder).arg("--resume").output().unwrap();
        let (text, error) = (stdout(&resumed), String::from_utf8_lossy(&resumed.stderr));
        assert!(resumed.status.success(), "{error}");
        assert!(!error.contains("begins anew"), "{error}");
        assert_eq!(from(&text, "loss at epoch 7"), end, "SIG{signal} at {moment:?}");
        assert_eq!(crate::rows_of(&folder), crate::rows_of(&whole), "SIG{signal} at {moment:?}");
    }
}

#[test]
fn a_run_has_its_files_and_is_not_begun_twice() {
    download();
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("run");
    let data = fs::canonicalize("data").unwrap();
    let begin = |more: &[&str]| {
        let mut command = sequential_cnn();
        command.current_dir(&outer).arg("--data").arg(&data).args(more);
        command.args("--device cpu --epochs 1 --limit 256 --batch-size 64".split(' '));
        command.output().unwrap()
    };
    let files = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert!(begin(&[]).status.success());
    assert_eq!(files(outer.path()), [""; 0], "nothing is written without --run");

    assert!(begin(&["--run", "run"]).status.success());
    let mut found = files(&folder);
    found.retain(|name| !name.starts_with("events.out.tfevents."));
    let expected = [
        ".lock",
        "args.json",
        "checkpoints",
        "confusion_matrix.png",
        "hparams",
        "metrics.csv",
        "training_curves.png",
    ];
    assert_eq!(found, expected);
    let arguments = fs::read_to_string(folder.join("args.json")).unwrap();
    for line in ["\"batch-size\": 64", "\"lr\": 0.001", "\"scheduler\": null"] {
        assert!(arguments.contains(line), "{arguments}");
    }
    let refused = |more: &[&str]| {
        let output = begin(more);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let there = refused(&["--run", "run"]);
    assert!(there.contains("holds a run already; resume it (--resume)"), "{there}");
    let other = refused(&["--run", "run", "--resume", "--seed", "5"]);
    assert!(other.contains("seed is 0 in the run, and 5 now"), "{other}");
    assert!(other.contains("only these may change: ") && other.contains("epochs"), "{other}");
    // It is at its end: it is tested again.
    let again = begin(&["--run", "run", "--resume"]);
    assert!(stdout(&again).contains("% of 256 images"), "{again:?}");
}

#[test]
fn flags_that_make_no_training_are_told() {
    for (arguments, expected) in [
        (&["--resume"][..], "--run <FOLDER>"),
        (&["--checkpoint-every", "10"], "--run <FOLDER>"),
        (&["--run", "/nowhere", "--checkpoint-every", "0"], "must be a number from 1 up"),
        (&["--amp", "f8"], "[possible values: bf16, f16]"),
        (&["--ema", "1.5"], "must be a number from 0 to 1"),
        (&["--clip", "0"], "must be a number above 0"),
        (&["--accumulate", "0"], "must be a number from 1 up"),
        (&["--scheduler", "Cosine"], "StepLR, ExponentialLR, CosineAnnealingLR, OneCycleLR"),
        (&["--patience", "-1"], "unexpected argument '-1'"),
        (&["--timeout", "0s"], "must be a time from 1s to 365d, as 90s, 5m or 2h"),
        (&["--time-limit", "soon"], "invalid value 'soon' for '--time-limit <TIME>'"),
        (&["--overfit-batches", "0"], "must be a number from 1 up"),
    ] {
        let error = error(arguments, 2);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn the_flags_do_what_they_say() {
    download();
    let train = |more: &str| {
        let fixed = "--device cpu --threads 1 --batch-size 32 --limit 128";
        let flags: Vec<_> = fixed.split(' ').chain(more.split_whitespace()).collect();
        output_of("sequential_cnn", &flags)
    };
    let epochs = |text: &str| text.matches("loss at epoch").count();
    // By a rate of 0 nothing gets better.
    assert_eq!(epochs(&train("--epochs 9 --lr 0 --patience 1")), 3);
    assert_eq!(epochs(&train("--epochs 9 --time-limit 0s")), 0);
    let losses = |more: &str| {
        let text = train(&format!("--epochs 2 {more}"));
        let lines = text.lines().filter(|line| line.starts_with("loss at epoch"));
        lines.map(str::to_string).collect::<Vec<_>>()
    };
    let plain = losses("");
    for flag in ["--amp bf16", "--amp f16", "--clip 0.001", "--accumulate 2"] {
        assert_ne!(losses(flag), plain, "{flag}");
    }
    for scheduler in ["StepLR", "exponentiallr", "CosineAnnealingLR", "OneCycleLR"] {
        assert_ne!(losses(&format!("--scheduler {scheduler}")), plain, "{scheduler}");
    }
    // It takes more than three epochs without getting better.
    assert_eq!(losses("--scheduler ReduceLROnPlateau"), plain);
    assert_eq!(losses("--detect-nan"), plain);
    // The same model is trained, and another one saved.
    let folder = tempfile::tempdir().unwrap();
    let saved = |flag: &str| {
        let path = folder.path().join("model.safetensors");
        assert_eq!(losses(&format!("{flag} --save {}", path.display())), plain);
        fs::read(path).unwrap()
    };
    assert_ne!(saved("--ema 0.5"), saved(""));
    let by_heart = train("--epochs 1 --overfit-batches 1");
    assert!(by_heart.contains("% of 32 images"), "{by_heart}");
    let nan = error_of("sequential_cnn", &["--lr", "1e30", "--detect-nan", "--limit", "512"]);
    assert!(nan.contains("NaN"), "{nan}");
}

#[test]
fn a_run_of_two_models_goes_on_in_each() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let begin = |more: &[&str]| {
        let mut flags: Vec<_> = "--device cpu --limit 32 --epochs 1 --run".split(' ').collect();
        flags.push(run.to_str().unwrap());
        flags.extend(more);
        output_of("my_conv2d", &flags)
    };
    let first = begin(&[]);
    // As if it had been killed between the two.
    fs::remove_dir_all(run.join("conv2d")).unwrap();
    let again = begin(&["--resume"]);
    let table = "epoch  loss with MyConv2d";
    assert_eq!(from(&again, table), from(&first, table));
    assert_eq!(from(&begin(&["--resume"]), table), from(&first, table));
}

#[test]
fn ctrl_c_during_a_download_ends_at_once() {
    // A network that takes the question and never answers.
    let silence = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", silence.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut child = sequential_cnn()
        .arg("--data")
        .arg(folder.path())
        .envs(["https_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, &proxy)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _lines = wait_for(&mut child, "Downloading");
    press_ctrl_c(&child);
    let status = child.wait().unwrap();
    // By the signal itself, which a shell reports as 130.
    assert_eq!(status.signal(), Some(2), "{status}");
}

fn press_ctrl_c(child: &Child) {
    send("INT", child);
}

fn send(signal: &str, child: &Child) {
    // The shell's own `kill`: the program of that name is not on every machine.
    let script = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

/// The lines that the program prints, up to one that begins like this.
fn wait_for(child: &mut Child, beginning: &str) -> Lines<BufReader<ChildStdout>> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().starts_with(beginning) {}
    lines
}

/// What the runs read; where it is there already, this only checks it.
pub fn download() {
    for train in [true, false] {
        Cifar10::options("./data").train(train).download(true).build().unwrap();
    }
}

/// The output of an example that has to succeed.
fn output_of(name: &str, arguments: &[&str]) -> String {
    let output = example(name).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stdout(&output)
}

/// The error of an example that has to fail, without a panic.
fn error_of(name: &str, arguments: &[&str]) -> String {
    let output = example(name).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("error: ") && !text.contains("panicked"), "{text}");
    text
}

#[test]
fn convolution_filters_an_image_and_draws() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let printed =
        output_of("convolution", &["--out", &path("edges.png"), "--plot", &path("plots")]);
    assert!(printed.contains("[3, 32, 32] ⋆ [3, 5, 5] = [1, 32, 32]"), "{printed}");
    assert!(printed.contains("largest difference from conv2d: "), "{printed}");
    for name in ["random", "response", "sliding_window", "feature_map_stack", "unrolled_rnn"] {
        assert!(folder.path().join(format!("plots/{name}.png")).exists(), "{name}");
    }
    // The kernel as a file gives what its name gives, on a picture of any size.
    let kernel = "0 1 0\n1 -4 1\n0 1 0\n";
    fs::write(path("laplacian.txt"), kernel).unwrap();
    let read = |name| read_image(path(name)).unwrap();
    let image = ["--image", &path("plots/unrolled_rnn.png")];
    for (kernel, out) in [("laplacian", "named.png"), (&path("laplacian.txt"), "file.png")] {
        let more = ["--kernel", kernel, "--out", &path(out)];
        output_of("convolution", &[image, [more[0], more[1]], [more[2], more[3]]].concat());
    }
    assert_eq!(read("named.png"), read("file.png"));
    assert_eq!(read("named.png").size()[1..], [430, 1000]);
    // One that is transparent is filtered, kept transparent, and drawn.
    let glass = Tensor::full([4, 9, 12], 99, (Kind::Uint8, Device::Cpu));
    write_image(&glass, path("glass.png")).unwrap();
    let (glass, seen, plots) = (path("glass.png"), path("seen.png"), path("glass"));
    output_of("convolution", &["--image", &glass, "--out", &seen, "--plot", &plots]);
    assert_eq!(read("seen.png").size(), [4, 9, 12]);
    for kernel in ["gaussian", "box", "sharpen", "sobel", "emboss"] {
        output_of("convolution", &["--kernel", kernel, "--out", &path("x.jpg")]);
    }
}

#[test]
fn convolution_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("words.txt"), "1 2 3\n4 five 6\n7 8 9\n").unwrap();
    fs::write(path("even.txt"), "1 2\n3 4\n").unwrap();
    fs::write(path("empty.png"), "").unwrap();
    let out = path("out.png");
    for (arguments, expected) in [
        (["--kernel", "gausian"], "\"gausian\" is neither one of gaussian, box"),
        (["--kernel", &path("words.txt")], "line 2: \"five\" is no number"),
        (["--kernel", &path("even.txt")], "has 2 rows: it must be an odd number"),
        (["--image", &path("empty.png")], "empty.png: is no image that can be read"),
        (["--image", &path("none.png")], "none.png: No such file"),
        (["--plot", "/proc/nowhere"], "/proc/nowhere: cannot be made"),
    ] {
        let error = error_of("convolution", &[&arguments[..], &["--out", &out]].concat());
        assert!(error.contains(expected), "{error}");
    }
    for (kernel, option, expected) in [
        ("gaussian", ["--size", "4"], "size: must be an odd number"),
        ("sobel", ["--size", "5"], "size: is for --kernel gaussian or box, not sobel"),
        ("box", ["--amount", "2"], "amount: is for --kernel sharpen, not box"),
        ("sharpen", ["--amount", "-1"], "amount: must be from 0 up"),
    ] {
        let arguments = ["--kernel", kernel, option[0], option[1], "--out", &out];
        let error = error_of("convolution", &arguments);
        assert!(error.contains(expected), "{error}");
    }
    assert!(!std::path::Path::new(&out).exists());
    let ending = error_of("convolution", &["--out", &path("out.webp")]);
    assert!(ending.contains("end it in .png or .jpg"), "{ending}");
}

#[test]
fn functional_cnn_draws_saves_and_says_what_new_images_show() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let _generator = crate::seeded(0);
    let image = Tensor::randint(256, [3, 40, 70], (Kind::Uint8, Device::Cpu));
    write_image(&image, path("new.png")).unwrap();
    let short = "--device cpu --limit 200 --epochs 2".split(' ').collect::<Vec<_>>();
    let with = |more: &[&str]| output_of("functional_cnn", &[&short, more].concat());
    let drawn = with(&[
        "--plot",
        &path("plots"),
        "--save",
        &path("cnn.safetensors"),
        "--predict",
        &path("new.png"),
    ]);
    for name in ["training_curves", "confusion_matrix", "filters", "feature_maps"] {
        assert!(folder.path().join(format!("plots/{name}.png")).exists(), "{name}");
    }
    // To draw, the model is tested after each epoch: the training is the same all the same.
    let losses = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("loss at")).map(String::from).collect()
    };
    assert_eq!(losses(&drawn).len(), 2);
    assert_eq!(losses(&with(&[])), losses(&drawn));

    let answers = |text: &str| text.split("new.png\n").nth(1).unwrap().to_string();
    assert_eq!(answers(&drawn).lines().count(), 5);
    // Without the data: nobody needs it to classify an image.
    let (weights, image, nowhere) = (path("cnn.safetensors"), path("new.png"), path("nowhere"));
    let loaded = ["--load", &weights, "--predict", &image, "--data", &nowhere];
    assert_eq!(answers(&output_of("functional_cnn", &loaded)), answers(&drawn));
    // Nothing asked for, weights are tested.
    let tested = with(&["--load", &weights]);
    assert!(tested.contains("test accuracy: ") && losses(&tested).is_empty(), "{tested}");

    // A model that has lost its weights has no answer.
    let mut lost = safetensors::load_file(&weights).unwrap();
    lost.insert("neur3.bias".into(), Tensor::full([10], f64::NAN, (Kind::Float, Device::Cpu)));
    safetensors::save_file(&lost, path("lost.safetensors")).unwrap();
    let error =
        error_of("functional_cnn", &["--load", &path("lost.safetensors"), "--predict", &image]);
    assert!(error.contains("its scores are no numbers"), "{error}");
}

#[test]
fn functional_cnn_refuses_what_it_cannot_read_before_it_trains() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("text.png"), "no picture").unwrap();
    let error = error_of("functional_cnn", &["--predict", &path("text.png")]);
    assert!(error.contains("text.png: is no image that can be read"), "{error}");
    let error = error_of("functional_cnn", &["--load", &path("text.png")]);
    assert!(error.contains("text.png: is no .pt file: it is no zip archive"), "{error}");

    let _generator = crate::seeded(0);
    let other = models::RecurrentNetwork::new(96, 128, 10);
    safetensors::save_file(&other.state_dict(), path("rnn.safetensors")).unwrap();
    let error = error_of("functional_cnn", &["--load", &path("rnn.safetensors")]);
    assert!(error.contains("rnn.safetensors: Error(s) in loading state_dict for CNN:"), "{error}");
    assert!(error.contains("Missing key(s) in state_dict: \"conv1.weight\""), "{error}");
    assert!(error.contains("name a file saved from this model"), "{error}");
    let unexpected = r#""b_h", "b_y", "w_hh", "w_hy", "w_xh"; name a file"#;
    assert!(error.contains(unexpected), "{error}");
}

#[test]
fn recurrent_network_averages_and_clips() {
    download();
    let short = "--device cpu --limit 256 --epochs 2 --threads 1".split(' ').collect::<Vec<_>>();
    let losses = |more: &[&str]| {
        let printed = output_of("recurrent_network", &[&short, more].concat());
        printed.lines().filter(|l| l.starts_with("loss at")).collect::<Vec<_>>().join("\n")
    };
    let plain = losses(&[]);
    assert_ne!(losses(&["--average"]), plain);
    assert_ne!(losses(&["--clip", "0.01"]), plain);
    // A bound that nothing reaches changes nothing.
    assert_eq!(losses(&["--clip", "1e9"]), plain);
    assert_ne!(losses(&["--cell", "rnn", "--average"]), losses(&["--cell", "rnn"]));
    let output = example("recurrent_network").args(["--clip", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("must be a number above 0"));
}

#[test]
fn a_model_whose_checkpoints_cannot_be_written_is_tested_all_the_same() {
    download();
    let folder = tempfile::tempdir().unwrap();
    let program = example("functional_cnn");
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 600; exec \"$@\"", "sh"]).arg(program.get_program());
    limited.args(program.get_args()).arg("--run").arg(folder.path().join("run"));
    limited.args("--device cpu --threads 1 --epochs 2 --limit 64 --batch-size 32".split(' '));
    let output = limited.output().unwrap();
    let (text, error) = (stdout(&output), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(text.contains("test accuracy: ") && text.contains("label/prediction: "), "{text}");
    assert!(error.contains("error: ") && error.contains("File too large"), "{error}");
}

#[test]
fn a_run_goes_on_with_as_many_threads_as_it_had() {
    download();
    if available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        return eprintln!("not tried: there is one core");
    }
    let folder = tempfile::tempdir().unwrap();
    let train = |more: &str| {
        let mut command = sequential_cnn();
        command.arg("--run").arg(folder.path().join("run")).args(more.split(' '));
        let output = command.args(["--device", "cpu", "--limit", "128"]).output().unwrap();
        let error = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(output.status.success(), "{error}");
        (stdout(&output), error)
    };
    train("--epochs 1 --threads 2");
    let (said, error) = train("--epochs 2 --resume");
    assert!(said.contains("cpu, 2 threads, as the run had"), "{said}");
    assert!(!error.contains("last bits"), "{error}");
    let (_, error) = train("--epochs 3 --resume --threads 1");
    assert!(error.contains("had 2 of libtorch's threads, and has 1 now"), "{error}");
    let (said, _) = train("--epochs 3 --resume");
    assert!(said.contains("3 epochs are over, of 3: none is left to train"), "{said}");
}

#[test]
fn the_bare_loop_has_six_lines_more() {
    let (_, main) = include_str!("../../examples/bare_loop.rs").split_once("fn main").unwrap();
    let is_ours = |line: &&str| ["run.", "run =", "cli::"].iter().any(|name| line.contains(name));
    // The loop's head and the program's last value stand there without it, too.
    let more = main.lines().map(str::trim).filter(is_ours);
    let more = more.filter(|line| !line.starts_with("for ") && !line.starts_with("Ok("));
    // Those for several processes are counted by themselves.
    let more = more.filter(|line| !line.contains("join_ranks") && !line.contains("leave_ranks"));
    assert_eq!(more.count(), 6);
}
