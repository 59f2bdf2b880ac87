//! An outline: a checkpoint without its tensors, as JSON.
//!
//! JSON's own values stand for themselves. What it lacks is an object of one entry, whose name says
//! what it is: `{"tensor": name}`, `{"tuple": […]}`, `{"dict": [[key, value], …]}`,
//! `{"counter": …}` likewise, and `{"float": "nan"}`, `"inf"` or `"-inf"`.

use std::collections::HashMap;

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::check_dense;
use crate::nn::StateDict;
use crate::object::{Dict, Key, Object};

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
        Object::Str(text) => json!(text),
        Object::List(values) => list(values)?,
        Object::Tuple(values) => json!({ "tuple": list(values)? }),
        Object::Dict(dict) | Object::Counter(dict) => {
            let mut entries = Vec::new();
            for (key, value) in dict {
                let (key, name) = match key {
                    Key::Int(number) => (json!(number), number.to_string()),
                    Key::Str(text) => (json!(text), text.clone()),
                };
                let value = drawn(value, &below(path, &name), inner, tensors)?;
                entries.push(json!([key, value]));
            }
            let what = if matches!(object, Object::Dict(_)) { "dict" } else { "counter" };
            json!({ what: entries })
        }
        Object::Tensor(tensor) => json!({ "tensor": tensors.name(tensor, path)? }),
    })
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// The tensors that were come across.
#[derive(Default)]
struct Tensors {
    named: StateDict,
    /// The name of a tensor that was seen before, by its memory and how it lies there.
    known: HashMap<(usize, Kind, Vec<i64>, Vec<i64>), String>,
}

impl Tensors {
    /// The name that a tensor has among the others: its path, or the one it has already.
    fn name(&mut self, tensor: &Tensor, path: &str) -> Result<String, String> {
        check_dense(tensor).map_err(|problem| format!("{path} {problem}"))?;
        let place = (tensor.data_ptr() as usize, tensor.kind(), tensor.size(), tensor.stride());
        if let Some(name) = self.known.get(&place).filter(|_| tensor.numel() > 0) {
            return Ok(name.clone());
        }
        let mut name = path.to_string();
        // A key with a dot may spell another one's path, and `__metadata__` is the format's own.
        while self.named.contains_key(&name) || name == "__metadata__" {
            name.push('\'');
        }
        self.named.insert(name.clone(), tensor.shallow_clone());
        self.known.insert(place, name.clone());
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
        let key = match key {
            Value::String(text) => Key::Str(text.clone()),
            number => Key::Int(number.as_i64()?),
        };
        Some((key, object(value, tensors)?))
    };
    let dict = |entries: &Value| entries.as_array()?.iter().map(entry).collect::<Option<Dict>>();
    Some(match value {
        Value::Null => Object::None,
        Value::Bool(truth) => Object::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Object::Int(whole),
            None if number.is_f64() => Object::Float(number.as_f64()?),
            None => return None,
        },
        Value::String(text) => Object::Str(text.clone()),
        Value::Array(_) => Object::List(list(value)?),
        Value::Object(entry) => {
            let (what, value) = entry.iter().next().filter(|_| entry.len() == 1)?;
            match what.as_str() {
                "tensor" => Object::Tensor(tensors.get(value.as_str()?)?.shallow_clone()),
                "float" => Object::Float(value.as_str()?.parse().ok()?),
                "tuple" => Object::Tuple(list(value)?),
                "dict" => Object::Dict(dict(value)?),
                "counter" => Object::Counter(dict(value)?),
                _ => return None,
            }
        }
    })
}
