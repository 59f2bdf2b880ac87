//! Warnings: what is said to the `log` facade, and what a program shows of it.

use std::cell::RefCell;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::Once;

use flambeau::cli;
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::serialize::pt;
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
pub fn heard(work: impl FnOnce()) -> Vec<String> {
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

/// Each of them knows all the others.
#[test]
fn objects_that_refer_to_each_other_in_too_many_ways_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("friends.pt");
    let load = |count: u8| {
        let all: Vec<u8> = (0..count).flat_map(|i| [b'h', i]).collect();
        let mut pickle = b"\x80\x02".to_vec();
        (0..count).for_each(|i| pickle.extend([b"ca\nPerson\n)\x81q", &[i, b'0'][..]].concat()));
        for i in 0..count {
            pickle.extend([&[b'h', i, b'('], &all[..], b"tb0"].concat());
        }
        pickle.extend([b"](", &all[..], b"e."].concat());
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        archive.start_file("x/data.pkl", stored).unwrap();
        archive.write_all(&pickle).unwrap();
        archive.finish().unwrap();
        let mut object = None;
        let words = heard(|| object = Some(pt::load(&path).unwrap()));
        (object.unwrap(), words)
    };
    let (three, words) = load(3);
    assert_eq!(words, [""; 0]);
    let first = three.as_slice().unwrap()[0].to_string();
    let person = |friends: &str| format!("<a.Person ({friends})>");
    let inner = |friends: [&str; 3]| person(&friends.join(", "));
    let (second, third) =
        (inner(["...", "...", &inner(["..."; 3])]), inner(["...", &inner(["..."; 3]), "..."]));
    assert_eq!(first, inner(["...", &second, &third]));

    let (many, words) = load(12);
    let [words] = &words[..] else { panic!("{words:?}") };
    assert!(words.contains("friends.pt: its objects refer to each other in more ways"), "{words}");
    assert!(words.contains("`...` at others, as at '0."), "{words}");
    let (_, place) = words.trim_end_matches('\'').rsplit_once('\'').unwrap();
    let mut there = &many;
    for step in place.split('.') {
        let state = there.as_opaque().map_or(there, |person| person.state.as_ref().unwrap());
        there = &state.as_slice().unwrap()[step.parse::<usize>().unwrap()];
    }
    let cut = there.as_opaque().map_or(there, |person| person.state.as_ref().unwrap());
    assert_eq!(*cut, Object::Cycle, "{words}");
    assert_eq!(many.as_slice().unwrap().len(), 12);
    // Each is whole at its first place, which is inside of the one before.
    let mut at = &many.as_slice().unwrap()[0];
    for i in 1..12 {
        at = &at.as_opaque().unwrap().state.as_ref().unwrap().as_slice().unwrap()[i];
    }
    assert_eq!(at.to_string(), inner(["..."; 3]).replace("..., ..., ...", &["..."; 12].join(", ")));
}

/// Weights, and their averages under another usual name.
#[test]
fn two_state_dictionaries_under_usual_names_are_told_of() {
    let state = |value: f64| Object::dict([("weight", Tensor::from(value).into())]);
    let first = |object: &Object| object.state_dict().unwrap()["weight"].double_value(&[]);
    let both = Object::dict([("params", state(1.0)), ("params_ema", state(2.0))]);
    let words =
        "WARN: the state dictionary is taken from 'params_ema'; there is another in 'params'";
    assert_eq!(heard(|| assert_eq!(first(&both), 2.0)), [words]);
    let inner = Object::dict([("net", both.clone()), ("weights", state(2.0))]);
    let words = words.replace("'params", "'net.params");
    assert_eq!(heard(|| assert_eq!(first(&inner), 2.0)), [words]);
    let three = Object::dict([("model", state(1.0)), ("net", state(2.0)), ("weights", state(3.0))]);
    let words =
        "WARN: the state dictionary is taken from 'model'; there is another in 'net' and 'weights'";
    assert_eq!(heard(|| assert_eq!(first(&three), 1.0)), [words]);
    // The same numbers, or none, are nothing to choose from.
    let same = Object::dict([("params", state(2.0)), ("params_ema", state(2.0))]);
    assert_eq!(heard(|| assert_eq!(first(&same), 2.0)), [""; 0]);
    let none = Object::dict([("params", state(2.0)), ("params_ema", Object::None)]);
    assert_eq!(heard(|| assert_eq!(first(&none), 2.0)), [""; 0]);
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
