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
use std::fs;
use std::io::{Cursor, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flambeau::serialize::{pt, safetensors};
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
    // The memory of one reader at a time is counted.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!corpus.is_empty(), "{} is empty", folder.display());
    // Here it is found should the process be aborted.
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    // The system keeps the largest size that ever was: this is from before the reader's first file.
    let peak = addresses("VmPeak");
    let try_one = |file: &[u8]| {
        fs::write(&input, file).unwrap();
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let size = addresses("VmSize");
        let panicked = panic::catch_unwind(AssertUnwindSafe(|| read(&input))).is_err();
        let taken = MOST.load(Ordering::Relaxed) - before;
        let harm = if panicked {
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
    println!("{name}: {} files, {copies} damaged copies", corpus.len());
    let _ = fs::remove_file(input);
}

/// What is named more than once in a `.pt` file may take so much, and printing it as much again.
const SHARED: usize = 192 << 20;

/// Loads a `.pt` file, and asks for all that is in it.
fn load_pt(path: &Path) -> bool {
    let Ok(object) = pt::load(path) else { return false };
    let _ = (object.to_string(), object.state_dict().is_ok(), object.tensors().len());
    let mapped = pt::load_options(path).mmap(true).call();
    let _ = mapped.map(|object| object.tensors().len());
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

/// Classes that are not known.
#[test]
fn pt_opaque_files() {
    fuzz_within("pt_opaque", |length| FACTOR * length + SHARED, damage_inside, load_pt);
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
