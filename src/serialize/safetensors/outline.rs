//! An outline: a checkpoint without its tensors, as JSON.
//!
//! JSON's own values stand for themselves. What it lacks is an object of one entry, whose name says
//! what it is: `{"tensor": name}`, `{"tuple": […]}`, `{"dict": [[key, value], …]}`, `{"counter": …}`
//! likewise, `{"set": […]}`, `{"float": "nan"}`, `"inf"` or `"-inf"`, `{"int": "…"}` of more than 64
//! bits, `{"complex": [real, imaginary]}`, `{"bytes": "…"}` and `{"bytearray": "…"}` in hexadecimal,
//! `{"dtype": "float32"}`, `{"device": "cuda:0"}`, and `{"opaque": […]}` with the parts of one.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tch::Tensor;

use super::check_dense;
use crate::Dtype;
use crate::nn::StateDict;
use crate::object::{Dict, Key, Made, Object, Opaque, Twins};
use crate::serialize::place::Place;

/// How deep lists and dictionaries may stand in each other: as deep as JSON is read.
const DEPTH: usize = 30;

/// A checkpoint's outline, and its tensors by their paths.
pub(super) fn of(object: &Object) -> Result<(String, StateDict), String> {
    let mut tensors = Tensors::default();
    let outline = drawn(object, "", DEPTH, &mut tensors)?;
    Ok((outline.to_string(), tensors.named))
}

fn drawn(
    object: &Object,
    path: &str,
    depth: usize,
    tensors: &mut Tensors,
) -> Result<Value, String> {
    let inner = depth.checked_sub(1).ok_or(format!("it is nested deeper than {DEPTH} times"))?;
    let mut list = |values: &[Object]| -> Result<Value, String> {
        let item = |(i, value): (usize, &Object)| {
            drawn(value, &below(path, &i.to_string()), inner, tensors)
        };
        values.iter().enumerate().map(item).collect()
    };
    Ok(match object {
        Object::None => Value::Null,
        Object::Bool(truth) => json!(truth),
        Object::Int(number) => json!(number),
        Object::Float(number) if number.is_finite() => json!(number),
        Object::Float(number) => json!({ "float": number.to_string().to_lowercase() }),
        Object::BigInt(number) => json!({ "int": number.to_string() }),
        Object::Complex(real, imaginary) => {
            json!({ "complex": list(&[Object::Float(*real), Object::Float(*imaginary)])? })
        }
        Object::Str(text) => json!(&**text),
        Object::Bytes(bytes) => json!({ "bytes": hexadecimal(bytes) }),
        Object::ByteArray(bytes) => json!({ "bytearray": hexadecimal(bytes) }),
        Object::Dtype(dtype) => json!({ "dtype": dtype.name() }),
        Object::Device(device) => json!({ "device": &**device }),
        Object::List(values) => list(values)?,
        Object::Tuple(values) => json!({ "tuple": list(values)? }),
        Object::Set(members) => {
            let members: Vec<Object> = members.iter().map(Key::to_object).collect();
            json!({ "set": list(&members)? })
        }
        Object::Dict(dict) => json!({ "dict": entries(dict, path, inner, tensors)? }),
        Object::Counter(dict) => json!({ "counter": entries(dict, path, inner, tensors)? }),
        Object::Opaque(opaque) => {
            let (made, arguments, keywords) = match &opaque.made {
                Made::Named => ("named", &[][..], &Dict::new()),
                Made::Called(arguments) => ("called", &arguments[..], &Dict::new()),
                Made::New(arguments, keywords) => ("new", &arguments[..], keywords),
            };
            let (arguments, items) = (list(arguments)?, list(&opaque.items)?);
            let keywords = entries(keywords, path, inner, tensors)?;
            let state = match &opaque.state {
                Some(state) => json!([drawn(state, path, inner, tensors)?]),
                None => json!([]),
            };
            let entries = entries(&opaque.entries, path, inner, tensors)?;
            let (module, name) = (&opaque.module, &opaque.name);
            json!({ "opaque": [module, name, made, arguments, keywords, state, items, entries] })
        }
        Object::Cycle => {
            return Err(format!(
                "it holds `...`, for what stands there once more inside of itself, at '{path}'"
            ));
        }
        Object::Tensor(tensor) => json!({ "tensor": tensors.name(tensor, path)? }),
    })
}

fn entries(
    dict: &Dict,
    path: &str,
    depth: usize,
    tensors: &mut Tensors,
) -> Result<Vec<Value>, String> {
    let entry = |(key, value): (&Key, &Object)| {
        let name = key.name();
        let key = drawn(&key.to_object(), path, depth, tensors)?;
        Ok(json!([key, drawn(value, &below(path, &name), depth, tensors)?]))
    };
    dict.iter().map(entry).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// The tensors that were come across.
#[derive(Default)]
struct Tensors {
    named: StateDict,
    /// The name of a tensor that was seen before, by its memory and how it lies there.
    known: HashMap<Place, String>,
}

impl Tensors {
    /// The name that a tensor has among the others: its path, or the one it has already.
    fn name(&mut self, tensor: &Tensor, path: &str) -> Result<String, String> {
        check_dense(tensor).map_err(|problem| format!("{path} {problem}"))?;
        let place = Place::of(tensor);
        if let Some(name) = place.as_ref().and_then(|place| self.known.get(place)) {
            return Ok(name.clone());
        }
        let mut name = path.to_string();
        // A key with a dot may spell another one's path, and `__metadata__` is the format's own.
        while self.named.contains_key(&name) || name == "__metadata__" {
            name.push('\'');
        }
        self.named.insert(name.clone(), tensor.shallow_clone());
        self.known.extend(place.map(|place| (place, name.clone())));
        Ok(name)
    }
}

/// The checkpoint that has this outline and these tensors.
pub(super) fn filled(outline: &str, tensors: &StateDict) -> Result<Object, String> {
    let outline = serde_json::from_str(outline).map_err(|e| format!("its outline: {e}"))?;
    object(&outline, tensors).ok_or_else(|| "its outline is not of a checkpoint".to_string())
}

fn object(value: &Value, tensors: &StateDict) -> Option<Object> {
    let list = |values: &Value| -> Option<Vec<Object>> {
        values.as_array()?.iter().map(|value| object(value, tensors)).collect()
    };
    let entry = |entry: &Value| {
        let [key, value] = entry.as_array()?.as_slice() else { return None };
        Some((object(key, tensors)?, object(value, tensors)?))
    };
    let dict = |entries: &Value| -> Option<Dict> {
        let entries = entries.as_array()?.iter().map(entry).collect::<Option<Vec<_>>>()?;
        let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        Some(distinct(keys).zip(values).collect())
    };
    Some(match value {
        Value::Null => Object::None,
        Value::Bool(truth) => Object::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Object::Int(whole),
            None if number.is_f64() => Object::Float(number.as_f64()?),
            None => return None,
        },
        Value::String(text) => Object::from(text.as_str()),
        Value::Array(_) => list(value)?.into(),
        Value::Object(entry) => {
            let (what, value) = entry.iter().next().filter(|_| entry.len() == 1)?;
            match what.as_str() {
                "tensor" => Object::Tensor(tensors.get(value.as_str()?)?.shallow_clone()),
                "float" => Object::Float(value.as_str()?.parse().ok()?),
                "tuple" => Object::tuple(list(value)?),
                "dict" => dict(value)?.into(),
                "counter" => Object::counter(dict(value)?),
                "set" => Object::Set(Arc::new(distinct(list(value)?).collect())),
                "int" => Object::BigInt(value.as_str()?.parse().ok()?),
                "complex" => match list(value)?.as_slice() {
                    [Object::Float(real), Object::Float(imaginary)] => {
                        Object::Complex(*real, *imaginary)
                    }
                    _ => return None,
                },
                "bytes" => Object::Bytes(bytes(value.as_str()?)?),
                "bytearray" => Object::ByteArray(bytes(value.as_str()?)?),
                "dtype" => Object::Dtype(Dtype::named(value.as_str()?)?),
                "device" => Object::Device(value.as_str()?.into()),
                "opaque" => {
                    let parts = value.as_array()?.as_slice();
                    let [module, name, made, arguments, keywords, state, items, entries] = parts
                    else {
                        return None;
                    };
                    let mut opaque = Opaque::new(module.as_str()?, name.as_str()?);
                    opaque.made = match made.as_str()? {
                        "named" => Made::Named,
                        "called" => Made::Called(list(arguments)?),
                        "new" => Made::New(list(arguments)?, dict(keywords)?),
                        _ => return None,
                    };
                    opaque.state = list(state)?.pop();
                    opaque.items = list(items)?;
                    opaque.entries = dict(entries)?;
                    opaque.into()
                }
                _ => return None,
            }
        }
    })
}

/// Keys of one dictionary, which were different when they were written.
fn distinct(objects: Vec<Object>) -> impl Iterator<Item = Key> {
    let mut twins = Twins::default();
    objects.into_iter().map(move |object| {
        let mut key = Key::from(object);
        if key.may_have_twins() {
            twins.tell(&mut key, None);
        }
        key
    })
}

/// The bytes that are spelled so.
fn bytes(hexadecimal: &str) -> Option<Arc<[u8]>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hexadecimal.as_bytes().chunks(2).map(pair).collect()
}
