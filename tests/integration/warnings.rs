//! Warnings: what is said to the `log` facade, and what a program shows of it.

use std::cell::RefCell;
use std::process::{Command, ExitCode};
use std::sync::Once;

use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::Progress;
use log::{LevelFilter, Log, Metadata, Record};

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes what is logged, each thread for itself.
struct Listener;

impl Log for Listener {
    fn enabled(&self, _metadata: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        let text = format!("{}: {}", record.level(), record.args());
        HEARD.with_borrow_mut(|heard| heard.push(text));
    }

    fn flush(&self) {}
}

/// What `work` logs.
fn heard(work: impl FnOnce()) -> Vec<String> {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        log::set_logger(&Listener).unwrap();
        log::set_max_level(LevelFilter::Warn);
    });
    HEARD.take();
    work();
    HEARD.take()
}

const DUPLICATES: &str = "optimizer contains a parameter group with duplicate parameters; in \
                          future, this will cause an error; see \
                          github.com/pytorch/pytorch/issues/40967 for more information";

fn parameter() -> Tensor {
    Tensor::ones([2], (Kind::Float, Device::Cpu)).set_requires_grad(true)
}

#[test]
fn a_parameter_given_twice_is_warned_of() {
    let (p, q) = (parameter(), parameter());
    let twice = || vec![p.shallow_clone(), q.shallow_clone(), p.shallow_clone()];
    let expected = [format!("WARN: {DUPLICATES}")];
    assert_eq!(heard(|| drop(optim::Adam::new(twice(), 0.1))), expected);
    let mut sgd = optim::SGD::new(vec![parameter(), parameter()], 0.1);
    assert_eq!(heard(|| sgd.add_param_group(twice(), |_| {})), expected);
    assert_eq!(heard(|| drop(optim::SGD::new(vec![parameter(), parameter()], 0.1))), [""; 0]);
}

#[test]
fn a_scaler_for_a_gpu_that_is_not_there_is_disabled() {
    let build = || flambeau::amp::GradScaler::new(Device::Cuda(0));
    if tch::Cuda::is_available() {
        return assert!(build().is_enabled());
    }
    let expected =
        "WARN: torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.";
    assert_eq!(heard(|| assert!(!build().is_enabled())), [expected]);
}

/// What tells the process below that it is the program.
const IS_PROGRAM: &str = "FLAMBEAU_TEST_OF_WARNINGS";

/// Takes what the tests' own command line holds.
#[derive(clap::Parser)]
struct Anything {
    #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
    _rest: Vec<String>,
}

/// A program that warns while a bar is on the screen; it runs in the next test.
#[test]
fn program() {
    if std::env::var_os(IS_PROGRAM).is_none() {
        return;
    }
    let code = cli::run_own(|_: &Anything| {
        let progress = Progress::new(10);
        let p = parameter();
        drop(optim::Adam::new(vec![p.shallow_clone(), p], 0.1));
        log::warn!(target: "another_crate", "of no interest");
        progress.finish();
        Ok::<_, flambeau::Error>(())
    });
    assert_eq!(code, ExitCode::SUCCESS);
}

#[test]
fn a_program_shows_warnings_on_standard_error() {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "warnings::program", "--nocapture"]).env(IS_PROGRAM, "1");
    let output = program.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains(&format!("warning: {DUPLICATES}\n")), "{stderr}");
    assert!(!stderr.contains("of no interest"), "{stderr}");
}
