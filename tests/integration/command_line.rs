//! The example's command line: bad arguments, a short run on the real data, Ctrl-C.
//!
//! The real data is what the example itself uses, `./data`; it is downloaded if it is not there.

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use flambeau::prelude::*;
use flambeau::serialize::safetensors;

fn sequential_cnn() -> Command {
    example("sequential_cnn")
}

/// An example, which `cargo test` builds beside this test. Ctrl-C reaches it also when the test
/// was started in the background, where shells have it ignored.
fn example(name: &str) -> Command {
    let me = std::env::current_exe().unwrap();
    let target = me.ancestors().nth(2).expect("…/target/debug/deps/integration-…");
    let example = target.join("examples").join(name);
    assert!(example.exists(), "{} is missing: cargo build --examples", example.display());
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(example);
    command
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
    models::sequential_cnn().load_state_dict(&saved, true).unwrap();
}

#[test]
fn a_dry_run_trains_one_batch_and_tests_one() {
    download();
    let output = run(&["--dry-run"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = stdout(&output);
    assert!(text.contains("% of 4 images"), "{text}");
    assert!(text.contains("loss at epoch 0: 2."), "{text}");
    assert!(!text.contains("epoch 1"), "{text}");
}

#[test]
fn every_example_trains_and_tests_one_batch() {
    download();
    let recurrent =
        ["mine", "rnn", "lstm", "gru"].map(|cell| ("recurrent_network", 64, Some(cell)));
    let convolutional =
        ["sequential_cnn", "functional_cnn", "my_conv2d"].map(|name| (name, 4, None));
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
    models::sequential_cnn().load_state_dict(&saved, true).unwrap();
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
    // The shell's own `kill`: the program of that name is not on every machine.
    let script = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

/// The lines that the program prints, up to one that begins like this.
fn wait_for(child: &mut Child, beginning: &str) -> Lines<BufReader<ChildStdout>> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().starts_with(beginning) {}
    lines
}

/// What the runs read; where it is there already, this only checks it.
fn download() {
    for train in [true, false] {
        Cifar10::new("./data", train, true).unwrap();
    }
}
