//! The format from before PyTorch 1.6: pickles one after another, and the bytes of the storages
//! behind them.
//!
//! The pickles are a magic number, the format's version, what the machine was, the object, and the
//! keys of its storages. For each of those follow how many numbers it holds, in eight bytes, and the
//! numbers. How large a number is only the object says, which is therefore read first.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::FileExt;

use tch::Tensor;

use super::allowance::Allowance;
use super::machine::{self, Graph, Node, Value};
use super::problem::Problem;
use super::storages::{Bytes, Storage};
use crate::Dtype;
use crate::serialize::source::Source;

/// The number that such a file begins with.
const MAGIC: u128 = 0x1950_a86a_20f9_469c_fc6c;

/// Whether a file of this format begins so.
pub(super) fn is_legacy(head: &[u8]) -> bool {
    machine::run(head, &mut Allowance::of(0)).is_ok_and(|(graph, _)| {
        match graph.node(&graph.root) {
            Some(Node::BigInt(number)) => *number == MAGIC.into(),
            _ => false,
        }
    })
}

/// Whether a file ends within the number that such a file begins with.
pub(super) fn is_cut(head: &[u8]) -> bool {
    // Protocol 2 and those after it spell it so, protocols 0 and 1 by its digits.
    const BYTES: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    const DIGITS: &[u8] = b"L119547037146038801333356L\n.";
    let cut = |whole: &[u8], part: &[u8]| {
        part.len() > 1 && part.len() < whole.len() && whole.starts_with(part)
    };
    match head {
        [0x80, 2..=5, rest @ ..] => cut(BYTES, rest),
        _ => cut(DIGITS, head),
    }
}

/// What the name of a storage takes, and its places in tables.
const NAMED: usize = 256;

/// The largest pickle that is read to find where it ends, at first.
const HEAD: u64 = 1 << 20;

pub(super) struct Legacy {
    source: Source,
    /// Where each storage's bytes lie, and how many they are.
    places: HashMap<String, (u64, u64)>,
    little_endian: bool,
}

impl Legacy {
    /// The object's graph, and where its storages are.
    pub fn open(source: Source) -> Result<(Graph, Self, Allowance), Problem> {
        let Pickles { graph, keys, end: mut at, little_endian, mut left } = pickles(&source)?;
        let mut sizes: HashMap<String, usize> = HashMap::new();
        for node in &graph.nodes {
            let Node::Persistent(id) = node else { continue };
            // Classes of modules stand outside as well.
            let tag = graph.items(id).and_then(|items| graph.text(items.first()?));
            if tag == Some("storage") {
                left.make(NAMED)?;
                let storage = Storage::named(&graph, id)?;
                sizes.entry(storage.key).or_insert(storage.dtype.map_or(1, Dtype::itemsize));
            }
        }
        let length = source.length;
        let mut places = HashMap::new();
        for key in keys {
            let size =
                *sizes.get(&key).ok_or_else(|| format!("has a storage {key} for nothing"))?;
            let mut count = [0; 8];
            source.file.read_exact_at(&mut count, at).map_err(|e| cut(e, length))?;
            let count =
                if little_endian { u64::from_le_bytes(count) } else { u64::from_be_bytes(count) };
            at += 8;
            let bytes = count.checked_mul(size as u64).filter(|bytes| *bytes <= length - at);
            let bytes = bytes.ok_or_else(|| {
                format!(
                    "ends at byte {length}: its storage {key} claims {count} × {size} from {at} on"
                )
            })?;
            places.insert(key, (at, bytes));
            at += bytes;
        }
        Ok((graph, Self { source, places, little_endian }, left))
    }

    /// Whether a machine of the other byte order wrote it.
    pub fn is_swapped(&self) -> bool {
        !self.little_endian
    }
}

/// What stands before the storages.
struct Pickles {
    graph: Graph,
    keys: Vec<String>,
    /// Where the first storage begins.
    end: u64,
    little_endian: bool,
    left: Allowance,
}

/// Reads the pickles. Where they end is known when they were read: so more is read until they do.
fn pickles(source: &Source) -> Result<Pickles, Problem> {
    let length = source.length;
    let mut head = HEAD.min(length);
    loop {
        let bytes = source.head(head as usize).map_err(|e| cut(e, length))?;
        match parsed(&bytes, Allowance::of(length)) {
            Err(Problem::Damaged(problem))
                if head < length && problem.contains("in the middle of") =>
            {
                head = head.saturating_mul(8).min(length);
            }
            parsed => return parsed,
        }
    }
}

fn parsed(bytes: &[u8], mut left: Allowance) -> Result<Pickles, Problem> {
    let mut at = 0;
    let mut next = |left: &mut Allowance| {
        let (graph, length) = machine::run(&bytes[at..], left)?;
        at += length;
        Ok::<_, Problem>(graph)
    };
    let _magic = next(&mut left)?;
    let version = next(&mut left)?;
    if !matches!(version.root, Value::Int(1001)) {
        return Err(format!(
            "is of the version {:?} of its format; 1001 can be read",
            version.root
        )
        .into());
    }
    let system = next(&mut left)?;
    let little_endian = match system.node(&system.root) {
        Some(Node::Dict(entries)) => !entries.iter().any(|(key, value)| {
            system.text(key) == Some("little_endian") && matches!(value, Value::Bool(false))
        }),
        _ => true,
    };
    let graph = next(&mut left)?;
    let keys = next(&mut left)?;
    let mut key = |key: &Value| {
        let text = keys.text(key);
        left.make(NAMED + text.map_or(0, str::len))?;
        match key {
            Value::Int(number) => Ok(number.to_string()),
            _ => Ok(text.ok_or("has a storage without a name")?.to_string()),
        }
    };
    let listed = keys.items(&keys.root).ok_or("has no list of its storages")?;
    let keys = listed.iter().map(&mut key).collect::<Result<_, Problem>>()?;
    Ok(Pickles { graph, keys, end: at as u64, little_endian, left })
}

fn cut(error: io::Error, length: u64) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("ends at byte {length} in the middle of a storage"),
        _ => error.to_string(),
    }
}

impl Bytes for Legacy {
    fn bytes(&mut self, key: &str) -> Result<Tensor, Problem> {
        // They are within the file, and each storage is asked for once.
        let (at, length) =
            *self.places.get(key).ok_or_else(|| format!("lacks its storage {key}"))?;
        Ok(self.source.bytes(at, length)?)
    }
}
