//! Event files: what is added comes back, whatever it is, and whenever the writing ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::train::tensorboard::SummaryWriter;
use proptest::prelude::*;

/// A field of a protobuf message.
#[derive(Clone, Debug)]
enum Field {
    Int(u64),
    Double(f64),
    Float(u32),
    Data(Vec<u8>),
}

/// A protobuf message: its fields by their numbers.
type Message = BTreeMap<u64, Vec<Field>>;

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes.split_off_first().unwrap();
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    unreachable!()
}

fn message(mut bytes: &[u8]) -> Message {
    let mut message = Message::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Int(varint(&mut bytes)),
            1 => Field::Double(f64::from_le_bytes(
                *bytes.split_off(..8).unwrap().first_chunk().unwrap(),
            )),
            5 => Field::Float(u32::from_le_bytes(
                *bytes.split_off(..4).unwrap().first_chunk().unwrap(),
            )),
            2 => {
                let length = varint(&mut bytes) as usize;
                Field::Data(bytes.split_off(..length).unwrap().to_vec())
            }
            kind => panic!("there is no kind {kind}"),
        };
        message.entry(key >> 3).or_default().push(field);
    }
    message
}

/// The field of this number, of a message within a message and so on.
fn at(message: &Message, path: &[u64]) -> Option<Field> {
    let (last, rest) = path.split_last().unwrap();
    let inner = rest.iter().try_fold(message.clone(), |message, number| {
        match &message.get(number)?[0] {
            Field::Data(data) => Some(self::message(data)),
            other => panic!("{other:?} is no message"),
        }
    })?;
    inner.get(last).map(|fields| fields[0].clone())
}

fn text(message: &Message, path: &[u64]) -> String {
    let Some(Field::Data(data)) = at(message, path) else { panic!("{message:?}") };
    String::from_utf8(data).unwrap()
}

fn step(event: &Message) -> i64 {
    let Some(Field::Int(step)) = at(event, &[2]) else { return 0 };
    step as i64
}

/// The whole records of a file, and how many bytes are left behind them.
fn records(path: &Path) -> (Vec<Message>, usize) {
    let bytes = fs::read(path).unwrap();
    let (mut rest, mut events) = (&bytes[..], vec![]);
    while rest.len() >= 16 {
        let length = u64::from_le_bytes(*rest.first_chunk().unwrap()) as usize;
        let Some(data) = rest.get(12..12 + length).filter(|_| rest.len() >= length + 16) else {
            break;
        };
        events.push(message(data));
        rest = &rest[length + 16..];
    }
    (events, rest.len())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

/// The events of the only file of a folder, less the first, which names the version.
fn events(folder: &Path) -> Vec<Message> {
    let [file] = &files(folder)[..] else { panic!("one file") };
    let (mut events, rest) = records(file);
    assert_eq!(rest, 0);
    assert_eq!(text(&events.remove(0), &[3]), "brain.Event:2");
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_added_comes_back(
        added in prop::collection::vec((any::<String>(), any::<u32>(), any::<i64>(), any::<String>()), 0..8)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SummaryWriter::new(folder.path()).unwrap();
        for (tag, bits, step, words) in &added {
            writer.add_scalar(tag, f32::from_bits(*bits), *step).unwrap();
            writer.add_text(tag, words, *step).unwrap();
        }
        let events = events(folder.path());
        prop_assert_eq!(events.len(), 2 * added.len());
        for (pair, (tag, bits, at_step, words)) in events.chunks(2).zip(added) {
            prop_assert_eq!(text(&pair[0], &[5, 1, 1]), tag.clone());
            let Some(Field::Float(found)) = at(&pair[0], &[5, 1, 2]) else { panic!() };
            // A NaN that signals becomes one that does not, and goes on as a NaN.
            let same = found == bits || f32::from_bits(found).is_nan() && f32::from_bits(bits).is_nan();
            prop_assert!(same, "{:x} and {:x}", found, bits);
            prop_assert_eq!(text(&pair[1], &[5, 1, 1]), format!("{tag}/text_summary"));
            prop_assert_eq!(text(&pair[1], &[5, 1, 8, 8]), words);
            prop_assert_eq!([step(&pair[0]), step(&pair[1])], [at_step; 2]);
        }
    }
}

#[test]
fn an_event_says_when_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let before = now();
    SummaryWriter::new(folder.path()).unwrap().add_scalar("a", 1, 1).unwrap();
    let Some(Field::Double(time)) = at(&events(folder.path())[0], &[1]) else { panic!() };
    assert!((before..=now()).contains(&time));
}

#[test]
fn a_file_is_named_as_tensorboard_names_it_and_none_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..3)
        .map(|_| SummaryWriter::options(folder.path()).filename_suffix(".x").build().unwrap())
        .collect();
    let files = files(folder.path());
    assert_eq!(files.len(), writers.len());
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let rest =
            name.strip_prefix("events.out.tfevents.").expect(name).strip_suffix(".x").expect(name);
        let (seconds, rest) = rest.split_once('.').unwrap();
        assert!(seconds.len() == 10 && seconds.parse::<u64>().is_ok(), "{name}");
        let mut rest = rest.rsplit('.');
        assert!(rest.next().unwrap().parse::<u64>().is_ok(), "{name}");
        assert_eq!(rest.next().unwrap(), std::process::id().to_string(), "{name}");
        assert!(rest.next().is_some(), "{name}");
    }
}

#[test]
fn a_run_that_goes_on_hides_what_it_will_write_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SummaryWriter::options(folder.path()).purge_step(7).build().unwrap();
    writer.add_scalars("loss", [("train", 1.0)], 7).unwrap();
    for folder in [folder.path().to_path_buf(), folder.path().join("loss_train")] {
        let events = events(&folder);
        assert_eq!((step(&events[0]), text(&events[0], &[3])), (7, "brain.Event:2".into()));
        let Some(Field::Int(status)) = at(&events[1], &[7, 1]) else { panic!() };
        assert_eq!((step(&events[1]), status), (7, 1), "SessionLog.START");
    }
}

#[test]
fn what_is_no_image_no_histogram_and_no_hyperparameter_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SummaryWriter::new(folder.path()).unwrap();
    let float = (Kind::Float, Device::Cpu);
    for size in [&[2, 4, 4][..], &[4, 4], &[1, 3, 4, 4], &[3, 0, 4], &[3, 4, 0]] {
        let error = writer.add_image("a", &Tensor::zeros(size, float), 0).unwrap_err();
        assert!(error.to_string().starts_with("img_tensor: "), "{error}");
    }
    let complex = Tensor::zeros([3, 2, 2], (Kind::ComplexFloat, Device::Cpu));
    assert!(writer.add_image("a", &complex, 0).is_err());
    assert!(writer.add_histogram("a", &complex, 0).is_err());
    let sparse = Tensor::eye(3, float).to_sparse(None, None::<&[i64]>, None);
    assert!(writer.add_histogram("a", &sparse, 0).is_err());
    let error = writer.add_histogram("a", &Tensor::zeros([0], float), 0).unwrap_err();
    assert_eq!(error.to_string(), "values: The input has no element.");
    let error = writer.add_histogram("a", &Tensor::full([3], f64::NAN, float), 0).unwrap_err();
    assert!(error.to_string().contains("nothing to show"), "{error}");

    let (good, list) = (Object::dict([("a", 1.0.into())]), Object::list([]));
    let bad = Object::dict([("a", list.clone())]);
    let words = "hparams: value should be one of int, float, str, bool, or torch.Tensor";
    assert_eq!(writer.add_hparams(&bad, &good).unwrap_err().to_string(), words);
    assert!(writer.add_hparams(&good, &bad).is_err());
    assert!(writer.add_hparams(&list, &good).is_err());
    assert!(writer.add_hparams(&good, &Object::dict([(1_i64, 1.0.into())])).is_err());
    assert_eq!(events(folder.path()).len(), 0, "nothing was written");
}

#[test]
fn a_folder_that_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SummaryWriter::new(file.join("run")).unwrap_err().to_string();
    assert!(error.starts_with(file.to_str().unwrap()), "{error}");
    let mut writer = SummaryWriter::new(folder.path().join("run")).unwrap();
    assert!(writer.add_scalars("a\0", [("b", 1.0)], 0).is_err());
    assert!(SummaryWriter::options(folder.path()).filename_suffix("/no/folder").build().is_err());
}

/// What tells the process below where to write.
const FOLDER: &str = "FLAMBEAU_TEST_OF_TENSORBOARD";

/// It runs in the next test.
#[test]
fn writer_on_a_full_disk() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut writer = SummaryWriter::new(folder).unwrap();
    let long = "a".repeat(300);
    let error = (0..1000).find_map(|step| writer.add_scalar(&long, 1, step).err());
    let error = error.expect("the file may not be so long").to_string();
    assert!(error.contains("cannot be written: File too large"), "{error}");
    // What is short enough goes on behind the last whole record.
    writer.add_scalar("short", 2, 1000).unwrap();
}

#[test]
fn a_record_that_did_not_fit_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // Files of at most 4 KiB; the signal that comes with a longer one is ignored.
    let program = std::env::current_exe().unwrap();
    let run = "trap '' XFSZ; ulimit -f 4; exec \"$0\" --exact tensorboard::writer_on_a_full_disk";
    let output =
        Command::new("bash").args(["-c", run]).arg(program).env(FOLDER, folder.path()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let events = events(folder.path());
    assert_eq!(text(&events[0], &[5, 1, 1]).len(), 300);
    assert_eq!(text(events.last().unwrap(), &[5, 1, 1]), "short");
}
