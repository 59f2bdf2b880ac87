//! An object in one line, to be compared with what Python has: the twin of `scripts/pt_spelling.py`.

use flambeau::object::{Dict, Key, Made, Object, Opaque};
use flambeau::{Dtype, Kind, Tensor};
use md5::{Digest, Md5};

pub fn spelled(object: &Object) -> String {
    match object {
        Object::None => "None".into(),
        Object::Bool(truth) => if *truth { "True" } else { "False" }.into(),
        Object::Int(number) => number.to_string(),
        Object::BigInt(number) => number.to_string(),
        Object::Float(number) => format!("f:{}", number.to_bits() as i64),
        Object::Complex(real, imaginary) => {
            format!("c:{},{}", real.to_bits() as i64, imaginary.to_bits() as i64)
        }
        Object::Str(text) => format!("s:{}", hexadecimal(text.as_bytes())),
        Object::Bytes(bytes) => format!("b:{}", hexadecimal(bytes)),
        Object::ByteArray(bytes) => format!("ba:{}", hexadecimal(bytes)),
        Object::Dtype(dtype) => format!("dtype:{dtype}"),
        Object::Device(device) => format!("device:{device}"),
        Object::Tensor(of) => tensor(of),
        Object::List(values) => format!("[{}]", list(values)),
        Object::Tuple(values) => format!("({})", list(values)),
        Object::Set(members) => {
            let mut members: Vec<_> = members.iter().map(|key| spelled(&key.to_object())).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Object::Dict(dict) => entries(dict),
        Object::Counter(counts) => format!("Counter{}", entries(counts)),
        Object::Opaque(of) => opaque(of),
        Object::Cycle => "...".into(),
        other => panic!("{other} cannot be spelled"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(values: &[Object]) -> String {
    values.iter().map(spelled).collect::<Vec<_>>().join(",")
}

fn entries(dict: &Dict) -> String {
    let entry =
        |(key, value): (&Key, &Object)| format!("{}={}", spelled(&key.to_object()), spelled(value));
    format!("{{{}}}", dict.iter().map(entry).collect::<Vec<_>>().join(","))
}

fn opaque(of: &Opaque) -> String {
    let path = format!("{}.{}", of.module, of.name);
    let nothing = Dict::new();
    let (made, arguments, keywords) = match &of.made {
        Made::Named => return format!("<{path}>"),
        Made::Called(arguments) => ("called", arguments, &nothing),
        Made::New(arguments, keywords) => ("new", arguments, keywords),
    };
    let state = of.state.as_ref().map_or("-".into(), spelled);
    let (arguments, items) = (list(arguments), list(&of.items));
    let (keywords, entries) = (entries(keywords), entries(&of.entries));
    format!("<{path} {made} ({arguments}) {keywords} {state} [{items}] {entries}>")
}

fn tensor(of: &Tensor) -> String {
    let of = of.detach();
    let dtype = Dtype::of(&of).unwrap().to_string().replace("torch.", "");
    let words = Object::from(of.shallow_clone()).to_string();
    if words.ends_with("nested") {
        let parts: Vec<_> = of.unbind(0).iter().map(tensor).collect();
        return format!("nested[{}]", parts.join(","));
    }
    let size = of.size().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    match words.split_once("], ") {
        Some((_, "meta")) => return format!("meta {dtype} {size}"),
        Some((_, layout)) => {
            return format!("{layout} {}", tensor(&of.to_dense(None::<Kind>, false)));
        }
        None => {}
    }
    if dtype.starts_with('q') {
        return format!("{dtype} {} {}", tensor(&of.int_repr()), tensor(&of.dequantize()));
    }
    let of = of.resolve_conj().resolve_neg().contiguous().view([-1]);
    let of = if of.numel() == 0 { Tensor::new() } else { of.view_dtype(Kind::Uint8) };
    let bytes = if of.defined() { Vec::<u8>::try_from(&of).unwrap() } else { vec![] };
    let bytes =
        if bytes.len() <= 64 { hexadecimal(&bytes) } else { hexadecimal(&Md5::digest(&bytes)) };
    format!("{dtype} {size} {bytes}")
}
