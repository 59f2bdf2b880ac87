//! The program `flambeau`: each of its commands, and what it says of bad input.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use flambeau::models;
use flambeau::nn::StateDict;
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::serialize::{pt, safetensors};
use serde_json::Value;
use tempfile::TempDir;

/// The program in a folder that has the data set.
pub(crate) fn flambeau(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flambeau"));
    command.current_dir(folder).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &str) -> Output {
    flambeau(folder).args(arguments.split_whitespace()).output().unwrap()
}

/// What it prints when all is well.
fn said(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, arguments: &str) -> Value {
    serde_json::from_str(&said(folder, &format!("{arguments} --json"))).unwrap()
}

/// What it says when something is wrong: an exit code of 1, and a line that names it.
pub(crate) fn refused(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments}: {error}");
    assert!(error.starts_with("error: ") && !error.contains("panicked"), "{arguments}: {error}");
    error
}

/// A folder with the data set, and in it a run of one short epoch.
fn with_a_run(model: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    Cifar10::options("./data").download(true).build().unwrap();
    let data = fs::canonicalize("data").unwrap();
    std::os::unix::fs::symlink(data, folder.path().join("data")).unwrap();
    let short = "--limit 256 --epochs 1 --device cpu --threads 1 --batch-size 64";
    said(folder.path(), &format!("train --model {model} {short}"));
    folder
}

#[test]
fn a_run_is_trained_gone_on_with_tested_and_compared() {
    let folder = with_a_run("functional-cnn");
    let folder = folder.path();
    let whole = "--limit 256 --epochs 3 --device cpu --threads 1 --batch-size 64 --run whole";
    let expected = said(folder, &format!("train --model functional-cnn {whole}"));
    let resumed = said(folder, "resume functional-cnn-1 --epochs 3");
    let end = |text: &str| text[text.find("loss at epoch 2").unwrap()..].to_string();
    let end = |text: &str| end(text).split("report:").next().unwrap().to_string();
    assert_eq!(end(&resumed), end(&expected), "it goes on to the same bits");
    // The next has the next number.
    let short = "--limit 64 --epochs 1 --device cpu --quiet";
    let quiet = said(folder, &format!("train --model functional-cnn {short}"));
    assert!(quiet.starts_with("test accuracy: "), "{quiet}");
    assert!(folder.join("runs/functional-cnn-2/args.json").exists());
    let told = json(folder, &format!("train --model functional-cnn {short}"));
    assert_eq!(
        (&told["run"], &told["test"]["images"]),
        (&"runs/functional-cnn-3".into(), &64.into())
    );
    let again = json(folder, "resume functional-cnn-3 --epochs 2");
    assert!(again["test"]["accuracy"].is_number() && again["report"].is_string(), "{again}");
    // What was tried out in between stays with its process.
    said(folder, "resume functional-cnn-3 --dry-run --epochs 3");
    let arguments = fs::read_to_string(folder.join("runs/functional-cnn-3/args.json")).unwrap();
    assert!(!arguments.contains("dry-run"), "{arguments}");
    let whole = said(folder, "resume functional-cnn-3 --epochs 3");
    assert!(whole.contains("loss at epoch 2") && whole.contains("of 64 images"), "{whole}");

    let eval = json(folder, "eval functional-cnn-1");
    assert_eq!(eval["images"], 10_000);
    let classes = eval["classes"].as_object().unwrap().values();
    let mean = classes.map(|share| share.as_f64().unwrap()).sum::<f64>() / 10.0;
    assert!((mean - eval["accuracy"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(json(folder, "eval whole")["confusion"], eval["confusion"]);
    json(folder, "eval functional-cnn-1 --best");
    // In a pipe there is no terminal to be taken.
    let plain = run(folder, &format!("train --model functional-cnn {short} --dashboard"));
    let error = String::from_utf8_lossy(&plain.stderr);
    assert!(plain.status.success() && error.contains("plain lines instead"), "{error}");

    let compared = json(folder, "compare functional-cnn-1 functional-cnn-2 --plot compared.png");
    assert_eq!(compared[0]["epochs"], 3);
    assert!(fs::read(folder.join("compared.png")).unwrap().starts_with(b"\x89PNG"));
    let table = said(folder, "compare functional-cnn-1 functional-cnn-2");
    assert!(table.lines().next().unwrap().contains("--epochs  --limit"), "{table}");
}

#[test]
fn a_report_is_one_page_that_needs_nothing_else() {
    for model in ["sequential-cnn", "my-conv2d", "recurrent-network", "gru"] {
        let folder = with_a_run(model);
        let page = folder.path().join(format!("runs/{model}-1/report.html"));
        let page = fs::read_to_string(page).unwrap();
        assert!(page.starts_with("<!doctype html>"), "{model}");
        for part in ["test accuracy", "confusion matrix", "Arguments", "flambeau train --"] {
            assert!(page.contains(part), "{model}: {part}");
        }
        let shown = match model {
            "recurrent-network" | "gru" => "128 hidden values after each row",
            _ => "6 kernels of 3",
        };
        assert!(page.contains(shown), "{model}");
        // Nothing is fetched: every address is a part of the page.
        for place in ["src=\"", "href=\""] {
            let addresses = page.split(place).skip(1);
            assert!(addresses.clone().count() > 0);
            addresses.for_each(|rest| assert!(rest.starts_with("data:"), "{}", &rest[..40]));
        }
        if model == "gru" {
            let error = refused(folder.path(), "eval gru-1 --average");
            assert!(error.contains("is a run without --average: leave it out"), "{error}");
        }
        let places: Vec<_> = page.split("http").skip(1).map(|rest| &rest[..20]).collect();
        assert!(places.iter().all(|rest| rest.starts_with("://www.w3.org/2000/s")), "{places:?}");
    }
}

#[test]
fn a_report_says_why_it_has_nothing_of_the_model() {
    let folder = with_a_run("functional-cnn");
    let folder = folder.path();
    let report = |arguments: &str, run: &str| {
        let output = self::run(folder, arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        let page = fs::read_to_string(folder.join(run).join("report.html")).unwrap();
        assert!(output.status.success(), "{arguments}: {told}");
        (told, page)
    };
    let run = "runs/functional-cnn-1";
    // As an example's run: it does not tell its model.
    let path = folder.join(run).join("args.json");
    let whole = fs::read_to_string(&path).unwrap();
    let mut arguments: Value = serde_json::from_str(&whole).unwrap();
    arguments.as_object_mut().unwrap().remove("model");
    fs::write(&path, arguments.to_string()).unwrap();
    let (told, page) = report(&format!("report {run}"), run);
    assert!(told.contains("name it by --model"), "{told}");
    assert!(page.contains("name it by --model") && !page.contains("Class by class"));
    let (told, page) = report(&format!("report {run} --model functional-cnn"), run);
    assert!(told.is_empty() && page.contains("Class by class"), "{told}");
    fs::write(&path, whole).unwrap();
    // Weights that have got lost.
    for checkpoint in fs::read_dir(folder.join(run).join("checkpoints")).unwrap() {
        let path = checkpoint.unwrap().path();
        let checkpoint = pt::load(&path).unwrap();
        for (_, weight) in checkpoint["model"].state_dict().unwrap() {
            no_grad(|| drop(weight.shallow_clone().fill_(f64::NAN)));
        }
        pt::save(&checkpoint, &path).unwrap();
    }
    let (told, page) = report(&format!("report {run}"), run);
    assert!(told.contains("the weights have got lost"), "{told}");
    assert!(page.contains("the weights have got lost") && page.contains("Arguments"));
    let eval = self::run(folder, &format!("eval {run}"));
    assert_eq!(eval.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&eval.stderr).contains("the weights have got lost"));
}

#[test]
fn weights_of_any_file_are_shown_converted_and_used() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    random::manual_seed(0);
    let model = models::Cnn::new();
    pt::save_file(&model.state_dict(), folder.join("cnn.pt")).unwrap();
    let image = torch::ones([3, 40, 60]) * 100.0;
    let image = image.to_kind(Kind::Uint8);
    flambeau::vision::io::write_image(&image, folder.join("a.png")).unwrap();
    fs::create_dir(folder.join("images")).unwrap();
    fs::copy(folder.join("a.png"), folder.join("images/b.png")).unwrap();

    let shown = said(folder, "inspect cnn.pt");
    assert!(shown.contains("10 tensors, 62,006 numbers, 248.0 kB"), "{shown}");
    let into = "convert cnn.pt cnn.safetensors --to bf16 --add-prefix net.";
    assert_eq!(json(folder, into)["tensors"], 10);
    let half = safetensors::load_file(folder.join("cnn.safetensors")).unwrap();
    assert_eq!(half["net.conv1.weight"].kind(), Kind::BFloat16);
    said(folder, "convert cnn.safetensors back.pt --to f32 --strip-prefix net.");
    let back = pt::load_file(folder.join("back.pt")).unwrap();
    assert_eq!(back["conv1.weight"], half["net.conv1.weight"].to_kind(Kind::Float));
    // Tensors that are one stay that, and one that was expanded takes no more than before.
    let (one, wide) = (torch::ones([250_000]), torch::ones([1, 2]).expand([1 << 40, 2], false));
    let tied =
        Object::dict([("a", one.shallow_clone().into()), ("b", one.into()), ("wide", wide.into())]);
    pt::save(&tied, folder.join("tied.pt")).unwrap();
    said(folder, "convert tied.pt half.pt --to f16");
    let half = pt::load_file(folder.join("half.pt")).unwrap();
    assert_eq!((half["wide"].kind(), half["wide"].size()), (Kind::Half, vec![1 << 40, 2]));
    assert_eq!(half["a"].data_ptr(), half["b"].data_ptr());
    assert!(fs::metadata(folder.join("half.pt")).unwrap().len() < 510_000);
    let shown = json(folder, "inspect cnn.safetensors");
    assert_eq!(shown["tensors"][0]["dtype"], "torch.bfloat16");

    let predict = "predict cnn.pt --model functional-cnn --device cpu";
    let answers = json(folder, &format!("{predict} a.png images"));
    assert_eq!(answers.as_array().unwrap().len(), 2);
    assert_eq!(answers[0]["classes"], answers[1]["classes"]);
    let first = &answers[0]["classes"][0];
    let text = said(folder, &format!("{predict} a.png --top 1"));
    let percent = format!("{:.1} %", 100.0 * first["probability"].as_f64().unwrap());
    assert!(text.contains(first["class"].as_str().unwrap()) && text.contains(&percent), "{text}");
    // In a pipe.
    let piped = |arguments: &str, file: &str| {
        let mut command = flambeau(folder);
        command.args(arguments.split(' ')).stdin(fs::File::open(folder.join(file)).unwrap());
        serde_json::from_slice::<Value>(&command.output().unwrap().stdout).unwrap()
    };
    let answer = piped(&format!("{predict} - --json"), "a.png");
    assert_eq!(answer[0]["classes"], answers[0]["classes"]);
    for file in ["cnn.pt", "cnn.safetensors"] {
        assert_eq!(piped("inspect - --json", file), json(folder, &format!("inspect {file}")));
    }
    // Every form of tensor that there is.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pt");
    for (file, shown) in [
        ("nested", "torch.float32, nested  –"),
        ("sparse_coo", "torch.float32, torch.sparse_coo  [3, 3]"),
        ("meta", "torch.float32, on the device meta  [2, 3]"),
        ("quantized", "torch.quint8"),
    ] {
        let path = fixtures.join(file).with_extension("pt");
        let text = said(folder, &format!("inspect {}", path.display()));
        assert!(text.contains(shown), "{file}: {text}");
        // These are read, and not written.
        let state = Object::dict([("a", pt::load(&path).unwrap().tensors().remove(0).1.into())]);
        let saved = pt::save(state, folder.join("one.pt"));
        assert_eq!(saved.is_err(), ["nested", "quantized"].contains(&file), "{file}");
        if saved.is_err() {
            continue;
        }
        let output = run(folder, "convert one.pt x.pt --to f16");
        let error = String::from_utf8_lossy(&output.stderr);
        let refused = error.starts_with("error: one.pt: a cannot be converted");
        assert!(output.status.success() || refused, "{file}: {error}");
    }
    // A file's keys do nothing to the terminal.
    let strange = Object::dict([("a\x1b[31m\n", torch::ones([1]).into()), ("b\t", "c".into())]);
    pt::save(&strange, folder.join("strange.pt")).unwrap();
    let shown = said(folder, "inspect strange.pt");
    assert!(shown.contains(r"a\u{1b}[31m\n") && shown.contains(r"b\t: "), "{shown}");
    assert!(!shown.contains('\x1b'), "{shown}");
}

#[test]
fn bad_input_is_told_with_a_remedy() {
    let _generator = crate::seeded(0);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pt::save_file(&models::Cnn::new().state_dict(), folder.join("cnn.pt")).unwrap();
    fs::write(folder.join("letter.pt"), "dear").unwrap();
    fs::write(folder.join("page.safetensors"), "<!doctype html>").unwrap();
    fs::write(folder.join("letter.png"), "dear").unwrap();
    fs::create_dir_all(folder.join("empty")).unwrap();
    fs::write(folder.join("empty.pt"), "").unwrap();
    fs::write(folder.join("empty.png"), "").unwrap();
    for (run, arguments) in [
        ("runs/mine", "{}"),
        ("runs/twice", "{}"),
        ("twice", "{}"),
        ("runs/begun", r#"{"model": "lstm"}"#),
        ("runs/cut", r#"{"model": "lstm"}"#),
        ("runs/damaged", "dear"),
        ("runs/other", r#"{"model": "alexnet"}"#),
        ("runs/a1", "{}"),
        ("runs/a2", "{}"),
        ("runs/a3", "{}"),
    ] {
        fs::create_dir_all(folder.join(run)).unwrap();
        fs::write(folder.join(run).join("args.json"), arguments).unwrap();
    }
    fs::create_dir_all(folder.join("cut/cifar-10-batches-bin")).unwrap();
    fs::write(folder.join("runs/cut/metrics.csv"), "epoch,step\n0,1,2\n").unwrap();
    let lost = models::Cnn::new();
    lost.parameters().iter().for_each(|p| no_grad(|| drop(p.shallow_clone().fill_(f64::NAN))));
    pt::save_file(&lost.state_dict(), folder.join("lost.pt")).unwrap();
    let mut large = StateDict::new();
    large.insert("w".into(), torch::tensor([1e6, 1.0]));
    pt::save_file(&large, folder.join("large.pt")).unwrap();
    pt::save_file(&StateDict::new(), folder.join("none.pt")).unwrap();
    let image = (torch::ones([3, 40, 60]) * 100.0).to_kind(Kind::Uint8);
    flambeau::vision::io::write_image(&image, folder.join("a.png")).unwrap();
    for (arguments, words) in [
        (
            "eval nothing",
            "there is no such run; in runs/ there are a1, a2, a3, begun, cut, damaged and 3 more",
        ),
        ("eval tw", "there is no such run; in runs/ there are twice, a1"),
        ("eval empty", "is a folder, but no run: it has no args.json; in runs/ there are"),
        ("eval twice", "say ./twice or runs/twice"),
        ("eval damaged", "begin the run anew in another folder"),
        ("eval begun", "has no checkpoint yet; go on with it, by `flambeau resume runs/begun`"),
        ("eval begun --best", "leave --best out"),
        ("eval begun --model gru", "is a run of lstm, and not of gru: leave --model out"),
        ("eval cnn.pt --model functional-cnn --best", "--best is for a run"),
        ("eval cnn.pt --model functional-cnn --average", "is for recurrent models"),
        ("predict lost.pt --model functional-cnn a.png", "train it again with --detect-nan"),
        ("train --model functional-cnn --average", "is for recurrent models"),
        ("train --model lstm --run /proc/x", "name a folder that may be written to"),
        ("train --model lstm --run cnn.pt", "cnn.pt is a file, and no folder"),
        ("resume begun --run elsewhere", "goes on in its own folder: leave --run out"),
        ("resume other", "args.json: names a model \"alexnet\", which there is not"),
        ("report cut", "metrics.csv: the table is damaged: take that line away, or the file"),
        ("compare cut", "metrics.csv: the table is damaged: take that line away, or the file"),
        ("compare mine --plot a.txt", "end it in .png or .svg"),
        ("compare mine --plot nowhere/a.png", "nowhere is not there; make that folder"),
        ("data --grid a.txt", "end it in .png or .jpg"),
        ("data --grid nowhere/a.png", "nowhere is not there; make that folder"),
        ("data --data cnn.pt", "choose another root"),
        ("convolve --image a.png --out a.txt", "end it in .png or .jpg"),
        ("convolve --image a.png --out nowhere/a.png", "nowhere is not there; make that folder"),
        ("man cnn.pt", "cnn.pt is a file, and no folder; name a folder"),
        ("man /proc/x", "name a folder that may be written to"),
        ("doctor --data cnn.pt", "one thing is wrong"),
        ("convert large.pt x.pt --to f16", "w has numbers beyond 65504"),
        ("inspect empty.pt", "is empty; fetch it again"),
        ("convert none.pt x.pt", "holds no tensors, so there is nothing to convert"),
        ("inspect -", "standard input is empty; give a file's bytes"),
        ("predict cnn.pt --model functional-cnn empty.png", "name a whole PNG"),
        (
            "serve cnn.pt --model functional-cnn --bind 192.0.2.1",
            "this machine has no such address",
        ),
        ("new fn", "is taken; name the crate otherwise"),
        ("new build", "is taken; name the crate otherwise"),
        ("new /proc/demo", "name a folder that may be written to"),
        ("eval nothing.pt", "is not there; name a run or a file of weights"),
        ("eval cnn.pt", "give the model that the weights are of by --model"),
        ("eval cnn.pt --model lstm", "not the weights of lstm, but of functional-cnn"),
        ("eval large.pt --model lstm", "these are not the weights of lstm"),
        ("eval letter.pt --model lstm", "letter.pt"),
        ("eval mine", "does not tell its model"),
        ("eval cnn.pt --model functional-cnn --device cuda:77", "CUDA device"),
        ("resume mine", "was not begun by `flambeau train`"),
        ("resume nothing", "there is no such run"),
        ("report nothing", "there is no such run"),
        ("compare mine nothing", "there is no such run"),
        ("inspect nothing.pt", "nothing.pt"),
        ("inspect letter.pt", "letter.pt"),
        ("inspect page.safetensors", "page.safetensors"),
        ("inspect empty", "empty"),
        ("convert cnn.pt cnn.txt", "end it in .pt, .pth or .safetensors"),
        ("convert cnn.pt nowhere/cnn.pt", "nowhere"),
        ("convert cnn.pt x.pt --strip-prefix net.", "does not begin with net."),
        ("convert nothing.pt x.pt", "nothing.pt"),
        ("predict cnn.pt --model functional-cnn letter.png", "letter.png"),
        ("predict cnn.pt --model functional-cnn empty", "there are no images in this folder"),
        ("predict cnn.pt --model functional-cnn -", "standard input is empty"),
        ("convolve --image letter.png", "letter.png"),
        ("report cnn.pt", "is a file, and no run"),
        ("train --model lstm --data cnn.pt", "is a file, and no folder; name a folder by --data"),
        ("predict cnn.pt --model functional-cnn a.png empty", "1 of 2 images got no answer"),
        ("doctor --data cut", "one thing is wrong"),
        ("new .", "is a folder that is there; name a new one"),
        ("new 1x", "begins with a letter"),
        ("new empty", "is there already"),
        ("new demo --flambeau empty", "say where they are by --flambeau FOLDER"),
    ] {
        let error = refused(folder, arguments);
        assert!(error.contains(words), "{arguments}: {error}");
        assert!(error.lines().count() <= 2 && error.len() < 900, "{arguments}: {error}");
    }
    assert!(!folder.join("x.pt").exists());
    // Nothing is begun that cannot go on.
    assert!(!folder.join("runs/lstm-1").exists());
    let answered = run(folder, "predict cnn.pt --model functional-cnn empty a.png");
    assert!(String::from_utf8(answered.stdout).unwrap().starts_with("a.png\n"));
    // What the command line itself does not allow.
    for arguments in [
        "",
        "train",
        "train --model alexnet",
        "predict cnn.pt",
        "compare",
        "eval",
        "man",
        "completions",
        "completions tcsh",
        "data --grid",
        "serve cnn.pt --port 70000",
    ] {
        assert_eq!(run(folder, arguments).status.code(), Some(2), "{arguments}");
    }
    for (arguments, words) in [
        ("train --model gru --limit -5", "for '--limit <N>': must be a number from 1 up"),
        ("train --model gru --limit 99999999999999999999", "must be at most"),
        ("serve cnn.pt --bind home", "must be an address of this machine, as 127.0.0.1"),
        ("resume begun --nope", "Usage: flambeau resume RUN [FLAGS of `flambeau train`]..."),
    ] {
        let output = run(folder, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(words), "{arguments}: {error}");
    }
}

#[test]
fn the_doctor_names_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let doctor = |set: &[(&str, &str)]| {
        let mut command = flambeau(folder);
        command.env("XDG_CACHE_HOME", folder).env_remove("OMP_NUM_THREADS");
        command.args(["doctor", "--json"]).envs(set.iter().copied());
        let output = command.output().unwrap();
        let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), findings)
    };
    let of = |findings: &[Value], what: &str| {
        let found = findings.iter().find(|finding| finding["what"] == what);
        found.unwrap_or_else(|| panic!("no {what} in {findings:?}")).clone()
    };
    let (code, findings) = doctor(&[("OMP_THREAD_LIMIT", "1"), ("MKL_NUM_THREADS", "no")]);
    assert_eq!(code, Some(1));
    let threads: Vec<_> = findings.iter().filter(|finding| finding["what"] == "threads").collect();
    let found = |words: &str| threads.iter().any(|t| t["found"].as_str().unwrap().contains(words));
    assert!(found("OMP_THREAD_LIMIT=1: with more threads, torch hangs or is wrong"), "{threads:?}");
    assert!(found("MKL_NUM_THREADS=no: is no number of threads"), "{threads:?}");
    for (name, value) in [("OMP_THREAD_LIMIT", "1"), ("OMP_DYNAMIC", "true")] {
        let mut command = flambeau(folder);
        command.args(["train", "--model", "lstm", "--threads", "2"]).env(name, value);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let words = format!("threads: {name}={value} takes some of 2 threads away");
        assert!(output.status.code() == Some(1) && error.contains(&words), "{error}");
    }
    let (_, findings) = doctor(&[("OMP_PROC_BIND", "true")]);
    let [cores, threads] =
        ["cores", "threads"].map(|what| of(&findings, what)["found"].to_string());
    assert!(threads.contains("--threads auto takes one"), "{threads}");
    assert!(!cores.contains("not for this process"), "{cores}");
    let (_, findings) = doctor(&[("CUDA_VISIBLE_DEVICES", "")]);
    assert!(of(&findings, "CUDA")["found"].is_string(), "{findings:?}");

    let (code, findings) = doctor(&[]);
    assert_eq!(code, Some(0), "{findings:?}");
    assert_eq!(of(&findings, "libtorch")["state"], "ok");
    assert!(of(&findings, "CIFAR-10")["remedy"].as_str().unwrap().contains("flambeau data"));
    assert_eq!(of(&findings, "cache")["state"], "note");

    let (_, findings) = doctor(&[("XDG_CACHE_HOME", ""), ("HOME", "")]);
    assert!(of(&findings, "cache")["remedy"].as_str().unwrap().contains("set HOME"));

    let (_, findings) = doctor(&[("OMP_NUM_THREADS", "7")]);
    let threads = of(&findings, "threads");
    assert!(threads["found"].as_str().unwrap().contains("OMP_NUM_THREADS=7"), "{threads}");

    // A data set that is damaged.
    fs::create_dir_all(folder.join("data/cifar-10-batches-bin")).unwrap();
    fs::write(folder.join("data/cifar-10-batches-bin/data_batch_1.bin"), "short").unwrap();
    let (code, findings) = doctor(&[]);
    let data = of(&findings, "CIFAR-10");
    assert_eq!((code, &data["state"]), (Some(1), &"wrong".into()), "{data}");
    let text = run(folder, "doctor");
    assert!(String::from_utf8_lossy(&text.stdout).contains("BAD   CIFAR-10"));
}

#[test]
fn a_new_crate_has_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    said(folder, "new demo");
    let manifest = fs::read_to_string(folder.join("demo/Cargo.toml")).unwrap();
    let clone = env!("CARGO_MANIFEST_DIR");
    assert!(manifest.contains("name = \"demo\"") && manifest.contains(clone), "{manifest}");
    let config = fs::read_to_string(folder.join("demo/.cargo/config.toml")).unwrap();
    assert!(config.contains("LIBTORCH = "), "{config}");
    for file in ["build.rs", "src/main.rs", "src/model.rs", "Cargo.lock", ".gitignore"] {
        let text = fs::read_to_string(folder.join("demo").join(file)).unwrap();
        assert!(!text.contains("{{"), "{file}");
    }
}

#[test]
fn a_shell_completes_commands_and_the_names_of_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("runs/first")).unwrap();
    fs::write(folder.join("runs/first/args.json"), "{}").unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(said(folder, &format!("completions {shell}")).contains("flambeau"), "{shell}");
    }
    fs::write(folder.join("file.pt"), "").unwrap();
    for (line, whole) in [
        ("eval f", "first"),
        ("eval f", "file.pt"),
        ("eval runs/f", "runs/first/"),
        ("compare f", "first"),
        ("resume first --checkp", "--checkpoint-every"),
        ("resume first --dev", "--device"),
        ("resume first --scheduler Co", "CosineAnnealingLR"),
        ("resume first --save fi", "file.pt"),
        ("train --model gr", "gru"),
    ] {
        let mut shell = flambeau(folder);
        shell.env("COMPLETE", "fish").args(["--", "flambeau"]).args(line.split(' '));
        let completed = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        assert!(completed.contains(whole), "{line}: {completed}");
    }
    assert_eq!(json(folder, "completions fish")["shell"], "fish");
    said(folder, "man manual");
    let page = fs::read_to_string(folder.join("manual/flambeau-train.1")).unwrap();
    assert!(page.contains("checkpoint\\-every"), "{page}");
}
