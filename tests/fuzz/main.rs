//! Damaged files, by the hundred: what reads a stranger's file must not panic, abort, or take more
//! memory than a small factor of the file's size.
//!
//! Each reader has a folder of files in `corpus`, whole ones and such as once did harm. `cargo test`
//! reads them and a few hundred damaged copies; with `FLAMBEAU_FUZZ_SECONDS=120` each reader gets
//! copies for two minutes, others with another `FLAMBEAU_FUZZ_SEED`. A file that does harm is kept in
//! the corpus, and named.
//!
//! Rust's memory is counted to the byte, by an allocator; libtorch's only where it is much, by the
//! process's address space, which also counts memory that was taken and never touched.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use flambeau::amp::GradScaler;
use flambeau::data::{DataLoaderOptions, TensorDataset, WeightedRandomSampler};
use flambeau::object::{Key, Object};
use flambeau::optim::Optimizer;
use flambeau::optim::lr_scheduler::{
    CosineAnnealingWarmRestarts, CyclicLR, LRScheduler, MultiStepLR, StepLR,
};
use flambeau::optim::swa_utils::AveragedModel;
use flambeau::prelude::*;
use flambeau::random::Generator;
use flambeau::serialize::{pt, safetensors};
use flambeau::train::{Checkpoints, State};
use flambeau::vision::datasets::{
    Batch, Cifar10, Cifar100, Cifar100Batch, Cifar100Manifest, Manifest, read_idx,
};
use flambeau::vision::filters::Filter;
use flambeau::vision::io::read_image;
use md5::{Digest, Md5};

/// How many damaged copies a reader gets when no time is given.
const COPIES: u64 = 400;

/// How far the process's address space may grow beside that: threads reserve a part of it.
const ADDRESSES: usize = 384 << 20;

/// A reader may take so many times the file's size of memory, and as much again for whatever file.
const FACTOR: usize = 24;
const ANYWAY: usize = 1 << 20;

/// Counts what Rust holds, and the most it has held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is the system's; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let held = HELD.fetch_add(size, Ordering::Relaxed) + size - layout.size();
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        MOST.fetch_max(held, Ordering::Relaxed);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The address space of the process, now (`VmSize`) or at its largest (`VmPeak`).
fn addresses(which: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
    let kilobytes = line.trim_start_matches(':').trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().unwrap() << 10
}

/// A whole number from the environment.
fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// Random numbers that are the same at each run: xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    /// Where a part of so many bytes begins and ends.
    fn part(&mut self, length: usize) -> (usize, usize) {
        let from = self.roll(length + 1);
        (from, from + self.roll((length - from).min(64) + 1))
    }
}

/// Damages a file in one to six places.
fn damage(mut file: Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const EXTREMES: [u64; 10] =
        [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(file.len());
        let (from, to) = dice.part(file.len());
        match dice.roll(8) {
            0 if !file.is_empty() => file[at] ^= 1 << dice.roll(8),
            1 if !file.is_empty() => file[at] = dice.roll(256) as u8,
            2 => {
                let number = EXTREMES[dice.roll(EXTREMES.len())];
                let little = dice.roll(2) == 0;
                let bytes = if little { number.to_le_bytes() } else { number.to_be_bytes() };
                let (length, skip) = ([1, 2, 4, 8][dice.roll(4)], at);
                let bytes = if little { &bytes[..length] } else { &bytes[8 - length..] };
                file.iter_mut().skip(skip).zip(bytes).for_each(|(old, &new)| *old = new);
            }
            3 => file.truncate(at),
            4 => drop(file.drain(from..to)),
            5 => {
                let copy = file[from..to].to_vec();
                file.splice(at..at, copy);
            }
            6 => {
                let other = &others[dice.roll(others.len())];
                let (from, to) = dice.part(other.len());
                file.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let digits = dice.roll(1000).to_string();
                file.splice(at..at, digits.into_bytes());
            }
        }
    }
    file
}

/// A zip archive with one of its files damaged, but sums that are right: the reader gets to see it.
fn damage_inside(archive: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut old = zip::ZipArchive::new(Cursor::new(archive)).ok()?;
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for i in 0..old.len() {
        let mut file = old.by_index(i).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let name = file.name().ok()?.to_string();
        if name.ends_with("data.pkl") || dice.roll(8) == 0 {
            bytes = damage(bytes, others, dice);
        }
        new.start_file(name, stored).ok()?;
        new.write_all(&bytes).ok()?;
    }
    Some(new.finish().ok()?.into_inner())
}

/// A safetensors file with a damaged header whose length is right.
fn damage_header(file: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Option<Vec<u8>> {
    let (length, rest) = file.split_first_chunk()?;
    let (header, data) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
    let header = damage(header.to_vec(), others, dice);
    Some([&(header.len() as u64).to_le_bytes(), &header[..], data].concat())
}

/// A `.pt` file in which one to six values are others.
fn damage_values(file: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Option<Vec<u8>> {
    let (mut object, mut other) = (unpacked(file)?, unpacked(&others[dice.roll(others.len())])?);
    for _ in 0..=dice.roll(6) {
        let donor = value(&mut other, &mut dice.roll(usize::MAX))?.clone();
        damage_value(&mut object, donor, dice)?;
    }
    Some(packed(&object))
}

fn unpacked(file: &[u8]) -> Option<Object> {
    let place = tempfile::NamedTempFile::new().unwrap();
    fs::write(place.path(), file).unwrap();
    pt::load(place.path()).ok()
}

fn packed(object: &Object) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("object.pt");
    pt::save(object, &path).unwrap();
    fs::read(path).unwrap()
}

/// How many values an object holds, itself included.
fn values(object: &Object) -> usize {
    let children: Vec<&Object> = match object {
        Object::List(values) | Object::Tuple(values) => values.iter().collect(),
        Object::Dict(entries) => entries.values().collect(),
        _ => vec![],
    };
    1 + children.into_iter().map(values).sum::<usize>()
}

/// One of these values, counted on from the first when there are fewer.
fn value<'a>(object: &'a mut Object, number: &mut usize) -> Option<&'a mut Object> {
    *number %= values(object);
    value_below(object, number)
}

fn value_below<'a>(object: &'a mut Object, number: &mut usize) -> Option<&'a mut Object> {
    if *number == 0 {
        return Some(object);
    }
    *number -= 1;
    let children: Vec<&mut Object> = match object {
        Object::List(values) | Object::Tuple(values) => Arc::make_mut(values).iter_mut().collect(),
        Object::Dict(entries) => Arc::make_mut(entries).values_mut().collect(),
        _ => return None,
    };
    children.into_iter().find_map(|child| value_below(child, number))
}

fn damage_value(object: &mut Object, donor: Object, dice: &mut Dice) -> Option<()> {
    let value = value(object, &mut dice.roll(usize::MAX))?;
    let at = dice.roll(8);
    match (dice.roll(6), &mut *value) {
        (0, _) => *value = donor,
        (1, Object::Dict(entries)) if at < entries.len() => {
            drop(Arc::make_mut(entries).shift_remove_index(at));
        }
        (1, Object::List(values)) if at < values.len() => drop(Arc::make_mut(values).remove(at)),
        (2, Object::Dict(entries)) => {
            drop(Arc::make_mut(entries).insert(Key::Int(at as i64), donor));
        }
        (2, Object::List(values)) => Arc::make_mut(values).push(donor),
        (1..4, Object::Int(number)) => *number = number.wrapping_add(at as i64 - 4),
        (1..4, Object::Bool(truth)) => *truth = !*truth,
        (1..4, Object::Tensor(tensor)) if (1..1 << 20).contains(&tensor.numel()) => {
            let changed = tensor.copy();
            let number = match tensor.is_floating_point() {
                true => [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e30][dice.roll(5)],
                false => dice.roll(128) as f64,
            };
            let place = dice.roll(tensor.numel()) as i64;
            let _ = no_grad(|| changed.reshape(-1_i64).get(place).fill_(number));
            *value = changed.into();
        }
        _ => *value = strange(dice),
    }
    Some(())
}

/// What a file may hold in the place of something else.
fn strange(dice: &mut Dice) -> Object {
    const NUMBERS: [i64; 9] = [0, 1, -1, 2, 3, 1 << 32, 1 << 53, i64::MAX, i64::MIN];
    let float = (Kind::Float, Device::Cpu);
    match dice.roll(15) {
        0 => Object::None,
        1 => Object::Bool(true),
        2..5 => Object::Int(NUMBERS[dice.roll(9)]),
        5 => Object::Float([f64::NAN, f64::INFINITY, -0.5, 1e300][dice.roll(4)]),
        6 => "step".into(),
        7 => Object::list([]),
        8 => Object::tuple([Object::None]),
        9 => Object::dict::<Key>([]),
        10 => Tensor::from(f32::NAN).into(),
        11 => Tensor::zeros([5056], (Kind::Uint8, Device::Cpu)).into(),
        12 => Tensor::zeros([0], float).into(),
        13 => Tensor::zeros([1], float).expand([1 << 40], false).into(),
        _ => Tensor::zeros([2, 3], (Kind::ComplexFloat, Device::Cpu)).into(),
    }
}

/// The memory of one reader at a time is counted.
static ONE: Mutex<()> = Mutex::new(());

type Damage = fn(&[u8], &[Vec<u8>], &mut Dice) -> Option<Vec<u8>>;

/// Feeds a reader, which tells whether it took a file, with its corpus and damaged copies of it.
fn fuzz(name: &str, inside: Damage, read: impl Fn(&Path) -> bool) {
    fuzz_within(name, |length| FACTOR * length + ANYWAY, inside, read);
}

/// The same for a reader that may take so much memory for a file of a length.
fn fuzz_within(
    name: &str,
    bound: impl Fn(usize) -> usize,
    inside: Damage,
    read: impl Fn(&Path) -> bool,
) {
    fuzz_from(name, Vec::new, bound, inside, read);
}

/// The same with files that are made beside those of the corpus.
fn fuzz_from(
    name: &str,
    made: impl Fn() -> Vec<Vec<u8>>,
    bound: impl Fn(usize) -> usize,
    inside: Damage,
    read: impl Fn(&Path) -> bool,
) {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut corpus = made();
    corpus.extend(paths.iter().map(|path| fs::read(path).unwrap()));
    assert!(!corpus.is_empty(), "{} is empty", folder.display());
    // Here it is found should the process be aborted.
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    // The system keeps the largest size that ever was: this is from before the reader's first file.
    let peak = addresses("VmPeak");
    let taken_files = Cell::new(0);
    let try_one = |file: &[u8]| {
        fs::write(&input, file).unwrap();
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let size = addresses("VmSize");
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| read(&input)));
        taken_files.set(taken_files.get() + usize::from(matches!(outcome, Ok(true))));
        let taken = MOST.load(Ordering::Relaxed) - before;
        let harm = if outcome.is_err() {
            "a panic".to_string()
        } else if taken > bound(file.len()) {
            format!("{taken} bytes of memory for {}", file.len())
        } else if addresses("VmPeak") > peak.max(size + bound(file.len()) + ADDRESSES) {
            format!("{} bytes of addresses for {}", addresses("VmPeak") - size, file.len())
        } else {
            return;
        };
        let sum = file.iter().fold(7_u64, |sum, &b| sum.wrapping_mul(31).wrapping_add(b.into()));
        let kept = folder.join(format!("found-{sum:016x}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&kept, file).unwrap();
        panic!("{name}: {harm}, kept as {}", kept.display());
    };

    // What libtorch or a decoder sets up once is no file's doing.
    corpus.iter().for_each(|file| {
        fs::write(&input, file).unwrap();
        read(&input);
    });
    corpus.iter().for_each(|file| try_one(file));
    let end = environment("FLAMBEAU_FUZZ_SECONDS").map(Duration::from_secs);
    let end = end.map(|long| Instant::now() + long);
    let seed = environment("FLAMBEAU_FUZZ_SEED").unwrap_or_default();
    let mut copies = 0;
    while end.map_or(copies < COPIES, |end| Instant::now() < end) {
        copies += 1;
        let mut dice = Dice((seed << 32 | copies).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let file = &corpus[dice.roll(corpus.len())];
        let deep = dice.roll(4) > 0;
        let damaged = deep.then(|| inside(file, &corpus, &mut dice)).flatten();
        try_one(&damaged.unwrap_or_else(|| damage(file.clone(), &corpus, &mut dice)));
    }
    let (files, taken) = (corpus.len(), taken_files.get());
    println!("{name}: {files} files, {copies} damaged copies, {taken} taken");
    let _ = fs::remove_file(input);
}

/// What a `.pt` file says may take so much for whatever file, as [`pt::load`] has it, and once more
/// when it is mapped; printing it as much again.
const SHARED: usize = 512 << 20;

/// Loads a `.pt` file, and asks for all that is in it.
fn load_pt(path: &Path) -> bool {
    let Ok(object) = pt::load(path) else { return false };
    let _ = (object.to_string(), object.state_dict().is_ok(), object.tensors().len());
    let mapped = pt::load_options(path).mmap(true).call();
    let _ =
        mapped.map(|object| (object.tensors().len(), object.state_dict().map(|state| state.len())));
    true
}

#[test]
fn pt_files() {
    fuzz_within("pt", |length| FACTOR * length + SHARED, damage_inside, load_pt);
}

/// The format from before PyTorch 1.6, damaged behind what says that it is that.
#[test]
fn pt_legacy_files() {
    let behind = |file: &[u8], others: &[Vec<u8>], dice: &mut Dice| {
        let at = file.windows(2).position(|two| two == b"u.")? + 2;
        let rest = damage(file[at..].to_vec(), others, dice);
        Some([&file[..at], &rest].concat())
    };
    fuzz_within("pt_legacy", |length| FACTOR * length + SHARED, behind, load_pt);
}

/// Those bombs that stand for the others when no time is given: the ones that take most memory for what
/// they are of.
const BOMBS: [&str; 8] = ["(]", "(}", "new", "state", "tensor", "dict", "keys", "nested"];

/// Each instruction as often as a file has place for it, alone and in a list, as it is and compressed.
/// All of them take some minutes, and are for when `FLAMBEAU_FUZZ_SECONDS` is given, whatever it is:
/// otherwise it is a few.
#[test]
fn pt_bombs() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.pt");
    pt::save(Tensor::from(1.0), &path).unwrap();
    let _ = pt::load(&path).unwrap(); // What libtorch sets up once.
    let all = environment("FLAMBEAU_FUZZ_SECONDS").is_some();
    let mut bombs = bombs();
    bombs.retain(|(name, _)| all || BOMBS.contains(&&name[..]));
    assert!(bombs.len() >= BOMBS.len());
    for (name, program) in bombs {
        for compressed in [false, true] {
            let program = program(if compressed { 24 << 20 } else { 2 << 20 });
            let length = bomb(&path, &program, compressed);
            // What it says, copies of it, and the pickle itself.
            let bound = (128 + 24) * length + ((128 + 96) << 20) + program.len();
            drop(program);
            // What lies in memory, C++ included: its peak is from here on.
            fs::write("/proc/self/clear_refs", "5").unwrap();
            let (before, size) = (HELD.load(Ordering::Relaxed), addresses("VmRSS"));
            MOST.store(before, Ordering::Relaxed);
            let loaded = pt::load(&path);
            let taken = MOST.load(Ordering::Relaxed) - before;
            let touched = addresses("VmHWM").saturating_sub(size);
            let said = loaded.as_ref().map_or_else(ToString::to_string, |object| {
                object
                    .state_dict()
                    .map_or("taken".into(), |state| format!("{} tensors", state.len()))
            });
            let said = said.rsplit_once(".pt: ").map_or(&said[..], |(_, said)| said);
            let most = taken.max(touched) >> 20;
            println!(
                "{name:12} {length:>9} bytes, compressed {compressed}: {most} MiB, {said:.60}"
            );
            assert!(taken.max(touched) <= bound, "{name} of {length}: {most} MiB");
        }
    }
}

/// What is named often takes the memory that it takes once.
#[test]
fn pt_what_is_named_often() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("often.pt");
    let load = |value: &[u8], times: usize| {
        let again = b"j\xff\xff\0\0".repeat(times - 1);
        bomb(&path, &[b"\x80\x02](", value, b"r\xff\xff\0\0", &again, b"e."].concat(), false);
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let object = pt::load(&path).unwrap();
        let (held, most) = (HELD.load(Ordering::Relaxed), MOST.load(Ordering::Relaxed));
        (object, held - before, most - before)
    };
    let number = |n: u32| [&b"J"[..], &n.to_le_bytes()].concat();
    let text = |n: u32| [&b"X\x06\0\0\0"[..], format!("{n:06}").as_bytes()].concat();
    let word = |n: u32| [text(n), number(n)].concat();
    let numbers = (0..1_000_000).flat_map(number).collect::<Vec<u8>>();
    let words = (0..100_000).flat_map(word).collect::<Vec<u8>>();
    let ordered = &b"ccollections\nOrderedDict\n)R("[..];
    for (value, times) in [
        ([b"](", &numbers[..], b"e"].concat(), 100),
        ([b"}(", &words[..], b"u"].concat(), 50),
        ([ordered, &words[..16 * 1000], b"u"].concat(), 10_000),
    ] {
        let ((one, one_held, one_most), (all, held, most)) = (load(&value, 1), load(&value, times));
        let all = all.as_slice().unwrap();
        assert_eq!(all.len(), times);
        assert!(all[0] == one.as_slice().unwrap()[0] && all[times - 1] == all[0]);
        let places = times * 200 + (1 << 12);
        println!("once {one_held} and {one_most} bytes, {times} times {held} and {most}");
        assert!(held <= one_held + places && most <= one_most + places, "{times}: {held}, {most}");
    }
}

type Program = Box<dyn Fn(usize) -> Vec<u8>>;

/// Programs of about so many bytes, by what they repeat.
fn bombs() -> Vec<(String, Program)> {
    fn repeated(begin: &'static [u8], unit: &'static [u8], end: &'static [u8]) -> Program {
        Box::new(move |length| [begin, &unit.repeat(length / unit.len()), end].concat())
    }
    /// A number in each.
    fn counted(
        begin: &'static [u8],
        unit: impl Fn(u32) -> Vec<u8> + 'static,
        end: &'static [u8],
    ) -> Program {
        Box::new(move |length| {
            let count = (length / unit(1 << 20).len()) as u32;
            [begin, &(0..count).flat_map(&unit).collect::<Vec<u8>>(), end].concat()
        })
    }
    const NUMBER: &[u8] =
        b"\x8a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\x08";
    let units: [&[u8]; 32] = [
        b"]",
        b"}",
        b")",
        b"\x8f",
        b"N",
        b"\x88",
        b"I1\n",
        b"K\x01",
        b"M\x01\x01",
        b"G\0\0\0\0\0\0\0\0",
        NUMBER,
        b"\x8c\0",
        b"U\0",
        b"U\x01\xff",
        b"V\n",
        b"S''\n",
        b"C\0",
        b"\x96\0\0\0\0\0\0\0\0",
        b"N\x94",
        b"(l",
        b"(t",
        b"(d",
        b"(\x91",
        b"N\x85",
        b"NNN\x87",
        b"ca\nb\n",
        b"P\n",
        b"NQ",
        b"ca\nb\n)\x81",
        b"(ia\nb\n",
        b"\x8c\0\x8c\0\x93",
        b"ca\nb\n)}\x92",
    ];
    let mut bombs: Vec<(String, Program)> = Vec::new();
    for unit in units {
        let name = unit.escape_ascii().to_string();
        bombs.push((format!("{name:.11}"), repeated(b"\x80\x04N", unit, b".")));
        bombs.push((format!("({name:.10}"), repeated(b"\x80\x04(", unit, b"l.")));
    }
    // A call of what was remembered, of a few bytes; and of a tensor in one storage.
    for (name, unit) in [("call", b"h\0)R"), ("new", b"h\0)\x81")] {
        bombs.push((name.into(), repeated(b"\x80\x04ca\nb\nq\0(", unit, b"l.")));
    }
    const STATE: &[u8] = b"h\0)\x81}K\x01K\x01sb";
    bombs.push(("state".into(), repeated(b"\x80\x04ca\nb\nq\0(", STATE, b"l.")));
    const TENSOR: &[u8] = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\0((X\x07\0\0\0storagectorch\n\
        FloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQK\0K\x01\x85K\x01\x85\x89ccollections\nOrderedDict\n)R\
        tq\x01(";
    bombs.push(("tensor".into(), repeated(TENSOR, b"h\0h\x01R", b"l.")));
    bombs.push(("marks".into(), repeated(b"\x80\x04", b"(", b"N.")));
    bombs.push(("copies".into(), repeated(b"\x80\x04(N", b"2", b"l.")));
    bombs.push(("appends".into(), repeated(b"\x80\x04]", b"Na", b".")));
    bombs.push(("one text".into(), repeated(b"\x80\x04X\x01\0\0\0aq\x000]", b"h\0a", b".")));
    let number = |n: u32| [&b"J"[..], &n.to_le_bytes()].concat();
    bombs.push(("list".into(), counted(b"\x80\x04](", number, b"e.")));
    bombs.push(("set".into(), counted(b"\x80\x04\x8f(", number, b"\x90.")));
    let entry = move |n: u32| [&number(n)[..], b"N"].concat();
    bombs.push(("dict".into(), counted(b"\x80\x04}(", entry, b"u.")));
    let pair = move |n: u32| [&number(n)[..], b"\x85N"].concat();
    bombs.push(("keys".into(), counted(b"\x80\x04}(", pair, b"u.")));
    let text = |n: u32| format!("S'{n}'\n").into_bytes();
    bombs.push(("texts".into(), counted(b"\x80\x04(", text, b"l.")));
    let remembered = |n: u32| [&b"r"[..], &n.to_le_bytes()].concat();
    bombs.push(("memory".into(), counted(b"\x80\x04N", remembered, b".")));
    let deep = |length: usize| {
        let half = length / 2;
        [b"\x80\x04]".to_vec(), b"]".repeat(half), b"a".repeat(half), b".".to_vec()].concat()
    };
    bombs.push(("nested".into(), Box::new(deep)));
    bombs
}

/// Writes an archive of this pickle and one number, and says how long it is. The crate `zip` is built
/// here without what compresses.
fn bomb(path: &Path, program: &[u8], compressed: bool) -> usize {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in [("x/data.pkl", program), ("x/data/0", &[0; 4][..])] {
        let mut sum = flate2::Crc::new();
        sum.update(bytes);
        let mut packed = bytes.to_vec();
        if compressed {
            let mut encoder =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).unwrap();
            packed = encoder.finish().unwrap();
        }
        let mut about = vec![20, 0, 0, 0, if compressed { 8 } else { 0 }, 0, 0, 0, 33, 0];
        for number in [sum.sum(), packed.len() as u32, bytes.len() as u32] {
            about.extend(number.to_le_bytes());
        }
        about.extend([name.len() as u8, 0, 0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&about);
        directory.extend([0; 10]);
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&about);
        file.extend(name.as_bytes());
        file.extend(packed);
    }
    let (length, start) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    file.extend(length.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    fs::write(path, &file).unwrap();
    file.len()
}

/// Classes that are not known.
#[test]
fn pt_opaque_files() {
    fuzz_within("pt_opaque", |length| FACTOR * length + SHARED, damage_inside, load_pt);
}

/// A training with all that a checkpoint holds.
struct Training {
    model: nn::Linear,
    optimizer: Box<dyn Optimizer>,
    scheduler: Box<dyn LRScheduler>,
    ema: AveragedModel<nn::Linear>,
    scaler: GradScaler,
    loader: DataLoader<TensorDataset<(Tensor, Tensor)>>,
    loss: f64,
    losses: Object,
}

impl Training {
    /// One with the optimizer and the scheduler of this number.
    fn new(which: usize) -> Self {
        random::manual_seed(0);
        let model = nn::Linear::new(3, 2);
        let parameters = model.parameters();
        let mut optimizer: Box<dyn Optimizer> = match which {
            0 => Box::new(optim::Adam::options(parameters).amsgrad(true).build()),
            1 => Box::new(optim::SGD::options(parameters).momentum(0.9).build()),
            2 => Box::new(optim::RMSprop::options(parameters).centered(true).momentum(0.9).build()),
            _ => Box::new(optim::NAdam::new(parameters, 0.1)),
        };
        let scheduler: Box<dyn LRScheduler> = match which {
            0 => Box::new(StepLR::new(&mut *optimizer, 2)),
            1 => Box::new(CosineAnnealingWarmRestarts::new(&mut *optimizer, 2)),
            2 => Box::new(CyclicLR::options(&mut *optimizer, 0.1, 0.2).step_size_up(3).build()),
            _ => Box::new(MultiStepLR::new(&mut *optimizer, [1, 2, 5])),
        };
        let ema = AveragedModel::new(&model);
        let scaler = GradScaler::options(Device::Cpu).init_scale(4).build();
        let loader = pairs().batch_size(2).shuffle(true).build().unwrap();
        let losses = Object::list([]);
        Self { model, optimizer, scheduler, ema, scaler, loader, loss: 0.0, losses }
    }

    fn state(&mut self) -> State<'_> {
        State::of(&self.model, &mut *self.optimizer)
            .scheduler(&mut *self.scheduler)
            .ema(&self.ema)
            .scaler(&mut self.scaler)
            .loader(&self.loader)
            .number("loss", &mut self.loss)
            .value("losses", &mut self.losses)
    }

    /// Some steps of an epoch, or all and its end.
    fn train(&mut self, steps: usize) {
        for batch in self.loader.iter().take(steps) {
            let (x, y) = batch.unwrap();
            self.optimizer.zero_grad();
            let loss = F::mse_loss(&self.model.forward(&x), &y);
            self.scaler.scale(&loss).backward();
            self.scaler.step(&mut *self.optimizer);
            self.scaler.update();
            self.scheduler.step(&mut *self.optimizer);
            self.ema.update_parameters(&self.model);
            self.loss += loss.item();
        }
    }
}

/// How many optimizers and schedulers there are to choose from.
const KINDS: usize = 4;

/// Seven samples.
fn pairs() -> DataLoaderOptions<TensorDataset<(Tensor, Tensor)>> {
    let (x, y) = (Tensor::ones([7, 3], FLOAT), Tensor::ones([7, 2], FLOAT));
    DataLoader::options(TensorDataset::new((x, y)).unwrap())
}

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

fn values_or_inside(file: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Option<Vec<u8>> {
    let damage = if dice.roll(4) > 0 { damage_values } else { damage_inside };
    damage(file, others, dice)
}

/// A file as a training's checkpoint: it is refused and has changed nothing, or its data go on and
/// another is taken. A step may panic then, where Python raises an error: at a learning rate of 1e300,
/// or a schedule of other groups.
#[test]
fn checkpoint_files() {
    let name = "step-0000000001.pt";
    let made = || {
        let states = (0..2 * KINDS).map(|i| {
            let folder = tempfile::tempdir().unwrap();
            let mut training = Training::new(i / 2);
            training.train([0, 4, 1, 5, 2, 5, 3, 5][i]);
            let checkpoints = Checkpoints::new(folder.path()).unwrap();
            checkpoints.end_epoch(&training.state());
            checkpoints.finish().unwrap();
            fs::read(folder.path().join("step-0000000000.pt")).unwrap()
        });
        states.collect()
    };
    let bound = |length| FACTOR * length + SHARED;
    fuzz_from("checkpoint", made, bound, values_or_inside, |path| {
        let mut taken = false;
        for i in 0..2 * KINDS {
            let mut training = Training::new(i / 2);
            training.train(i % 2);
            let folder = tempfile::tempdir().unwrap();
            fs::copy(path, folder.path().join(name)).unwrap();
            let before = training.state().state_dict();
            let checkpoints = Checkpoints::new(folder.path()).unwrap();
            if checkpoints.resume(training.state()).is_ok() {
                taken = true;
            } else {
                assert_eq!(training.state().state_dict(), before);
                assert_eq!((checkpoints.epoch(), checkpoints.step_count()), (0, 0));
            }
            // The sampler may say that it gives other batches.
            let _ = training.loader.iter().collect::<Result<Vec<_>>>();
            checkpoints.step(&training.state());
            checkpoints.end_epoch(&training.state());
        }
        taken
    });
}

/// A file as the state of a loader: it is refused and has changed nothing, or the loader goes on.
#[test]
fn loader_state_files() {
    let loaders = || {
        let generator = Generator::new();
        generator.manual_seed(1);
        let weighted = WeightedRandomSampler::options(vec![1.0; 7], 7);
        let weighted = weighted.generator(generator).build().unwrap();
        let options = [
            pairs().batch_size(2).shuffle(true).build(),
            pairs().batch_size(2).shuffle(true).num_workers(2).build(),
            pairs().batch_size(2).sampler(weighted).build(),
            pairs().batch_size(2).num_workers(1).persistent_workers(true).build(),
        ];
        options.map(Result::unwrap)
    };
    let made = || {
        random::manual_seed(0);
        let mut states = vec![];
        for loader in loaders() {
            for batches in [0, 1, 4, 5] {
                let left: Vec<_> = loader.iter().take(batches).collect();
                assert_eq!(left.len(), batches.min(4));
                states.push(packed(&loader.state_dict()));
            }
        }
        states
    };
    let epoch = |loader: &DataLoader<_>| loader.iter().collect::<Result<Vec<_>>>();
    let bound = |length| FACTOR * length + SHARED;
    fuzz_from("loader_state", made, bound, values_or_inside, |path| {
        let Ok(object) = pt::load(path) else { return false };
        let mut taken = false;
        for loader in loaders() {
            let before = loader.state_dict();
            if loader.load_state_dict(&object).is_ok() {
                taken = true;
                let rest = epoch(&loader);
                assert!(rest.is_err() || loader.state_dict()["ended"].as_bool() == Some(true));
                loader.load_state_dict(&before).unwrap();
            } else {
                assert_eq!(loader.state_dict(), before);
            }
            assert_eq!(epoch(&loader).unwrap().len(), 4);
        }
        taken
    });
}

#[test]
fn safetensors_files() {
    fuzz("safetensors", damage_header, |path| safetensors::load(path).is_ok());
}

#[test]
fn idx_files() {
    fuzz("idx", |_, _, _| None, |path| read_idx(path).is_ok());
}

#[test]
fn kernel_files() {
    fuzz("kernel", |_, _, _| None, |path| Filter::read(path).is_ok());
}

/// An image may say that it is large; all that it takes is bounded.
#[test]
fn image_files() {
    let most = |_| (1 << 30) + ANYWAY;
    fuzz_within("image", most, |_, _, _| None, |path| read_image(path).is_ok());
}

/// A file as the one batch of a CIFAR-10, in both layouts.
#[test]
fn cifar10_files() {
    let batch = Batch {
        name: "data_batch_1".into(),
        records: 2,
        binary_md5: String::new(),
        pickle_md5: String::new(),
    };
    let manifest = Manifest { train: vec![batch], test: vec![], ..Manifest::official() };
    let read = |path: &Path, folder: &str, name: &str| {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(folder)).unwrap();
        fs::copy(path, root.path().join(folder).join(name)).unwrap();
        let read = Cifar10::options(root.path()).manifest(&manifest).build();
        // No sum is right: a whole file is read to its end, and refused then.
        read.unwrap_err().to_string().contains("its md5 sum is")
    };
    let whole = |_: &[u8], _: &[Vec<u8>], _: &mut Dice| None;
    fuzz("cifar10", whole, |path| {
        let binary = read(path, "cifar-10-batches-bin", "data_batch_1.bin");
        let pickled = read(path, "cifar-10-batches-py", "data_batch_1");
        binary || pickled
    });
}

/// A file as a split of CIFAR-100, with a sum that is right: else it would not be read at all.
#[test]
fn cifar100_files() {
    let md5 = |bytes: &[u8]| -> String {
        Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    // {'fine_label_names': ['a', …], 'coarse_label_names': ['a', …]} of four each.
    let names = b"](X\x01\0\0\0aX\x01\0\0\0bX\x01\0\0\0cX\x01\0\0\0de";
    let entry = |key: &str| {
        [b"X", &(key.len() as u32).to_le_bytes()[..], key.as_bytes(), &names[..]].concat()
    };
    let (fine, coarse) = (entry("fine_label_names"), entry("coarse_label_names"));
    let meta = [b"\x80\x02}(", &fine[..], &coarse[..], b"u."].concat();
    let batch = |name: &str, md5| Cifar100Batch { name: name.into(), records: 2, md5 };
    fuzz(
        "cifar100",
        |_, _, _| None,
        |path| {
            let file = fs::read(path).unwrap();
            let manifest = Cifar100Manifest {
                train: batch("train", md5(&file)),
                test: batch("test", String::new()),
                meta_md5: md5(&meta),
                ..Cifar100Manifest::official()
            };
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("cifar-100-python");
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("train"), &file).unwrap();
            fs::write(folder.join("meta"), &meta).unwrap();
            Cifar100::options(root.path()).manifest(&manifest).build().is_ok()
        },
    );
}
