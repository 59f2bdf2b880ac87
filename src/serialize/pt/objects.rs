//! A pickle's graph as an [`Object`].
//!
//! What the graph names again is shared, and costs nothing. Only what leads back to something around it
//! is made again where it is named elsewhere, since something else is around it there; what is in it
//! that does not is shared there, too. The [`Allowance`] has a count of its own for that, and where it
//! ends such a thing is a [`Object::Cycle`] everywhere but at its first place.
//!
//! A few lists that hold the one before twice are few in memory, but many for who walks through them.
//! So all that is named is counted, too.

use std::collections::HashMap;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;

use super::allowance::Allowance;
use super::components::Components;
use super::machine::{Call, Graph, Node, Value};
use super::problem::Problem;
use super::storages::Storages;
use super::tensors::Tensors;
use super::{DEPTH, deeper, place};
use crate::Dtype;
use crate::object::{Dict, Key, Made, Object, Opaque, Twins};

/// The object that the graph of the file at `path` means.
pub(super) fn object<'a>(
    path: &Path,
    graph: &'a Graph,
    storages: Storages<'a>,
    mut left: Allowance,
) -> Result<Object, Problem> {
    let components = Components::new(graph, &mut left)?;
    let kept = kept(graph, &components, &mut left)?;
    left.make(graph.nodes.len() * mem::size_of::<Visit>())?;
    left.make(components.count * mem::size_of::<u32>())?;
    let mut objects = Objects {
        graph,
        tensors: Tensors { graph, storages },
        made: HashMap::new(),
        kept,
        visits: vec![Visit::Never; graph.nodes.len()],
        open: vec![0; components.count],
        components,
        extent: Extent::default(),
        trail: vec![],
        cut: None,
        left,
    };
    let object = objects.object(&graph.root, DEPTH)?;
    if let Some(place) = objects.cut {
        log::warn!(
            "{}: its objects refer to each other in more ways than can be written down; each stands \
             whole at one place, and there may be `...` at others, as at '{place}'",
            path.display()
        );
    }
    Ok(object)
}

/// Which nodes are kept when they were made: those that are named again, and those that stand in what
/// is made again.
fn kept(
    graph: &Graph,
    components: &Components,
    left: &mut Allowance,
) -> Result<Vec<bool>, Problem> {
    left.make(graph.nodes.len())?;
    let mut kept = graph.again.clone();
    for (node, component) in graph.nodes.iter().zip(&components.of).filter(|(_, of)| **of > 0) {
        for part in node.parts().filter(|part| components.of[*part as usize] != *component) {
            kept[part as usize] = true;
        }
    }
    Ok(kept)
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Never,
    /// What is being made now: inside of itself it is a [`Object::Cycle`].
    Begun,
    Done,
}

/// What there is to a value, seen from outside.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// How many values are named in it.
    values: u64,
    /// How deep they stand in each other.
    height: u16,
}

impl Extent {
    /// Takes in what there is to a value inside.
    fn hold(&mut self, inner: Extent) {
        self.values = self.values.saturating_add(inner.values);
        self.height = self.height.max(inner.height);
    }
}

/// A step on the way to a value.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a Value),
    Number(usize),
}

struct Objects<'a> {
    graph: &'a Graph,
    tensors: Tensors<'a>,
    components: Components,
    /// What was made of the nodes that are kept.
    made: HashMap<u32, (Object, Extent)>,
    kept: Vec<bool>,
    visits: Vec<Visit>,
    /// How many nodes of each component are being made now.
    open: Vec<u32>,
    /// Of what is being made now, as far as it is.
    extent: Extent,
    /// The way to what is being made now.
    trail: Vec<Step<'a>>,
    /// The first place at which the allowance for what refers to something around it came to its end.
    cut: Option<String>,
    left: Allowance,
}

impl<'a> Objects<'a> {
    fn object(&mut self, value: &'a Value, depth: usize) -> Result<Object, Problem> {
        self.extent.values = self.extent.values.saturating_add(1);
        let id = match value {
            Value::None => return Ok(Object::None),
            Value::Bool(truth) => return Ok(Object::Bool(*truth)),
            Value::Int(number) => return Ok(Object::Int(*number)),
            Value::Float(number) => return Ok(Object::Float(*number)),
            Value::Str(text) => return Ok(Object::Str(text.clone())),
            Value::Node(id) => *id,
        };
        let too_deep = || Problem::Bound(format!("is nested deeper than {DEPTH} times"));
        let component = self.components.of[id as usize] as usize;
        // What leads to something around it has other things around it at each place.
        if self.open[component] == 0
            && let Some((object, extent)) = self.made.get(&id)
        {
            if usize::from(extent.height) > depth {
                return Err(too_deep());
            }
            self.extent.hold(*extent);
            return Ok(object.clone());
        }
        let node = &self.graph.nodes[id as usize];
        match self.visits[id as usize] {
            Visit::Never => self.left.make(cost(node))?,
            Visit::Begun => return Ok(Object::Cycle),
            Visit::Done if component == 0 => self.left.copy(cost(node))?,
            Visit::Done if self.left.copy_tied(cost(node)) => {}
            Visit::Done => {
                self.cut = self.cut.take().or_else(|| Some(self.place()));
                return Ok(Object::Cycle);
            }
        }
        let inner = depth.checked_sub(1).ok_or_else(too_deep)?;
        self.visits[id as usize] = Visit::Begun;
        // Those that lead back to nothing have no need of it.
        let tied = u32::from(component > 0);
        self.open[component] += tied;
        let outer = mem::take(&mut self.extent);
        let object = deeper(|| self.of_node(node, inner))?;
        let mut extent = mem::replace(&mut self.extent, outer);
        self.open[component] -= tied;
        self.visits[id as usize] = Visit::Done;
        extent.height += 1;
        if extent.values > self.left.named {
            return Err(Problem::Bound(
                "names its lists and dictionaries so often that they come to more values than can \
                 be looked through"
                    .into(),
            ));
        }
        if self.kept[id as usize] && self.open[component] == 0 {
            self.left.make(KEPT)?;
            self.made.insert(id, (object.clone(), extent));
        }
        self.extent.hold(extent);
        Ok(object)
    }

    /// Where that stands which is being made now.
    fn place(&self) -> String {
        place(self.trail.iter().map(|step| match step {
            Step::Number(number) => number.to_string(),
            Step::Key(Value::Int(number)) => number.to_string(),
            Step::Key(key) => self.graph.text(key).unwrap_or("(…)").into(),
        }))
    }

    fn of_node(&mut self, node: &'a Node, depth: usize) -> Result<Object, Problem> {
        Ok(match node {
            Node::BigInt(number) => Object::BigInt(number.clone()),
            Node::Bytes(bytes) => Object::Bytes(bytes.clone()),
            Node::ByteArray(bytes) => Object::ByteArray(bytes.clone()),
            Node::Global(module, name) => match Dtype::named(name).filter(|_| &**module == "torch")
            {
                Some(dtype) => Object::Dtype(dtype),
                None => named(module, name).into(),
            },
            Node::List(items) => self.objects(items, depth)?.into(),
            Node::Tuple(items) => Object::tuple(self.objects(items, depth)?),
            Node::Set(items) => self.set(items, depth)?,
            Node::FrozenSet(items) => {
                let mut set = Opaque::new("builtins", "frozenset");
                set.made = Made::Called(vec![self.objects(items, depth)?.into()]);
                set.into()
            }
            Node::Dict(entries) => self.dict(entries, depth)?.into(),
            Node::Persistent(name) => match self.graph.items(name).and_then(module_class) {
                Some(class) => self.object(class, depth)?,
                None => {
                    self.left.make(TENSOR)?;
                    self.tensors.bare(name)?.into()
                }
            },
            Node::Call(call) => match self.tensors.of(call, &mut self.left)? {
                Some(tensor) => {
                    self.left.make(TENSOR)?;
                    tensor.into()
                }
                None => self.called(call, depth)?,
            },
        })
    }

    fn objects(&mut self, items: &'a [Value], depth: usize) -> Result<Vec<Object>, Problem> {
        // As many as were paid for: `collect` would not know how many there are.
        let mut objects = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            self.trail.push(Step::Number(i));
            objects.push(self.object(item, depth)?);
            self.trail.pop();
        }
        Ok(objects)
    }

    fn entry(
        &mut self,
        key: &'a Value,
        value: &'a Value,
        dict: &mut Dict,
        twins: &mut Twins,
        depth: usize,
    ) -> Result<(), Problem> {
        self.trail.push(Step::Key(key));
        let key = self.key(key, twins, depth)?;
        dict.insert(key, self.object(value, depth)?);
        self.trail.pop();
        Ok(())
    }

    /// A key of a dictionary that has such twins already.
    fn key(&mut self, value: &'a Value, twins: &mut Twins, depth: usize) -> Result<Key, Problem> {
        let object = self.object(value, depth)?;
        let mut key = self.left.copy_within(|left| Key::within(object, left))?;
        self.left.copy(key.size())?;
        if key.may_have_twins() {
            self.left.copy(Twins::COST)?;
            // A number that is none has no node, and is never equal to another.
            twins.tell(&mut key, value.id());
        }
        Ok(key)
    }

    /// For what is read in another's place.
    fn pay(&mut self, value: &Value) -> Result<(), Problem> {
        if let Value::Node(id) = value {
            let cost = cost(&self.graph.nodes[*id as usize]);
            match &mut self.visits[*id as usize] {
                visit @ Visit::Never => {
                    *visit = Visit::Done;
                    self.left.make(cost)?;
                }
                _ => self.left.copy(cost)?,
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn set(&mut self, items: &'a [Value], depth: usize) -> Result<Object, Problem> {
        let mut members = IndexSet::with_capacity(items.len());
        let mut twins = Twins::default();
        for item in items {
            members.insert(self.key(item, &mut twins, depth)?);
        }
        Ok(Object::Set(Arc::new(members)))
    }

    #[inline(never)]
    fn dict(&mut self, entries: &'a [(Value, Value)], depth: usize) -> Result<Dict, Problem> {
        let mut dict = Dict::with_capacity(entries.len());
        let mut twins = Twins::default();
        for (key, value) in entries {
            self.entry(key, value, &mut dict, &mut twins, depth)?;
        }
        Ok(dict)
    }

    /// What a call means of a function that is known here, or the call itself.
    // Apart from those that nested lists call, so that these take little of the stack.
    #[inline(never)]
    fn called(&mut self, call: &'a Call, depth: usize) -> Result<Object, Problem> {
        let graph = self.graph;
        let arguments = graph.items(&call.arguments);
        self.pay(&call.arguments)?;
        // What is read of one argument is read of a list, a dictionary or bytes.
        if let Some(first) = arguments.and_then(<[Value]>::first)
            && graph.global(&call.function).is_some_and(|function| READ.contains(&function))
        {
            self.pay(first)?;
            if let Value::Str(text) = first {
                self.left.copy(text.len())?;
            }
        }
        match (graph.global(&call.function), arguments) {
            (Some(("collections", "OrderedDict")), Some(given @ ([] | [_]))) => {
                // A list of pairs, as Python 2 wrote it, or another dictionary.
                let mut dict = match given.first().map(|given| (given, graph.node(given))) {
                    None => Dict::new(),
                    Some((_, Some(Node::Dict(entries)))) => self.dict(entries, depth)?,
                    Some((given, _)) => self.pairs(given, depth)?,
                };
                dict.extend(self.dict(&call.entries, depth)?);
                Ok(dict.into())
            }
            (Some(("collections", "Counter")), Some(given @ ([] | [_]))) => {
                let mut counts = match given.first().map(|given| graph.node(given)) {
                    None => Dict::new(),
                    Some(Some(Node::Dict(entries))) => self.dict(entries, depth)?,
                    Some(_) => {
                        return Err("counts something else than a dictionary's entries".into());
                    }
                };
                counts.extend(self.dict(&call.entries, depth)?);
                Ok(Object::Counter(Arc::new(counts)))
            }
            (Some(("torch", "Size")), Some([sides])) => match graph.items(sides) {
                Some(sides) => Ok(Object::tuple(self.objects(sides, depth)?)),
                None => Err("has something else where a tuple should be".into()),
            },
            (Some(("torch", "device")), Some(given)) => {
                let device = match given {
                    [kind] => graph.text(kind).map(String::from),
                    [kind, Value::Int(number)] => {
                        graph.text(kind).map(|kind| format!("{kind}:{number}"))
                    }
                    _ => None,
                };
                let device = device.ok_or("has a device of an unknown form")?;
                Ok(Object::Device(device.into()))
            }
            (Some(("_codecs", "encode")), Some([text, ..])) => {
                Ok(Object::Bytes(latin1(graph, text)?))
            }
            (Some(("builtins", "bytes")), Some([])) => Ok(Object::Bytes([].into())),
            (Some(("builtins", "bytearray")), Some([])) => Ok(Object::ByteArray([].into())),
            (Some(("builtins", "bytearray")), Some([text, ..])) => {
                Ok(Object::ByteArray(latin1(graph, text)?))
            }
            (Some(("builtins", "set")), Some(given @ ([] | [_]))) => {
                match given.first().map(|given| graph.items(given)) {
                    None => self.set(&[], depth),
                    Some(Some(items)) => self.set(items, depth),
                    Some(None) => Err("makes a set of something else than a list".into()),
                }
            }
            (
                Some(("builtins", "complex")),
                Some([Value::Float(real), Value::Float(imaginary)]),
            ) => Ok(Object::Complex(*real, *imaginary)),
            // How protocols 0 and 1 make an object of a class.
            (Some(("copyreg", "_reconstructor")), Some([class, _base, state])) => {
                let arguments = match state {
                    Value::None => &[],
                    state => std::slice::from_ref(state),
                };
                self.opaque(call, class, Some(arguments), true, depth)
            }
            (_, arguments) => self.opaque(call, &call.function, arguments, call.new, depth),
        }
    }

    /// `[(key, value), …]`.
    #[inline(never)]
    fn pairs(&mut self, given: &'a Value, depth: usize) -> Result<Dict, Problem> {
        let wrong = || Problem::from("makes a dictionary of what are no pairs");
        let (mut dict, mut twins) = (Dict::new(), Twins::default());
        for pair in self.graph.items(given).ok_or_else(wrong)? {
            let [key, value] = self.graph.items(pair).ok_or_else(wrong)? else {
                return Err(wrong());
            };
            self.entry(key, value, &mut dict, &mut twins, depth)?;
        }
        Ok(dict)
    }

    #[inline(never)]
    fn opaque(
        &mut self,
        call: &'a Call,
        class: &'a Value,
        arguments: Option<&'a [Value]>,
        new: bool,
        depth: usize,
    ) -> Result<Object, Problem> {
        let graph = self.graph;
        let arguments = arguments.ok_or("calls a function with what is no tuple")?;
        let class = match graph.node(class) {
            Some(Node::Persistent(name)) => {
                graph.items(name).and_then(module_class).unwrap_or(class)
            }
            _ => class,
        };
        // A class is paid for with its object.
        let known = match graph.node(class) {
            Some(Node::Global(module, name)) if &**module != "torch" => Some((module, name)),
            _ => None,
        };
        let class = match known {
            Some((module, name)) => {
                self.left.copy(module.len() + name.len())?;
                named(module, name).into()
            }
            None => self.object(class, depth)?,
        };
        let mut opaque = match class {
            Object::Opaque(class) => match (&class.made, class.arguments()) {
                (Made::Named, _) => Arc::unwrap_or_clone(class),
                // A class inside of another one, as protocol 2 names it.
                (Made::Called(_), [Object::Opaque(outer), Object::Str(name)])
                    if class.path() == "builtins.getattr" && outer.made == Made::Named =>
                {
                    named(&outer.module, &format!("{}.{name}", outer.name))
                }
                // What another call returns is called.
                _ => {
                    let mut called = named("", "__call__");
                    called.entries.insert("function".into(), Object::Opaque(class));
                    called
                }
            },
            Object::Dtype(dtype) => named("torch", dtype.name()),
            _ => return Err("calls what is no function".into()),
        };
        let arguments = self.objects(arguments, depth)?;
        opaque.made = if new {
            if let Some(keywords) = &call.keywords {
                self.pay(keywords)?;
            }
            let keywords = match call.keywords.as_ref().map(|keywords| graph.node(keywords)) {
                None => Dict::new(),
                Some(Some(Node::Dict(entries))) => self.dict(entries, depth)?,
                Some(_) => return Err("has something else where keywords should be".into()),
            };
            Made::New(arguments, keywords)
        } else {
            Made::Called(arguments)
        };
        opaque.state = call.state.as_ref().map(|state| self.object(state, depth)).transpose()?;
        opaque.items = self.objects(&call.items, depth)?;
        opaque.entries.extend(self.dict(&call.entries, depth)?);
        Ok(opaque.into())
    }
}

/// The functions whose first argument is read in their place.
const READ: [(&str, &str); 6] = [
    ("collections", "OrderedDict"),
    ("collections", "Counter"),
    ("torch", "Size"),
    ("_codecs", "encode"),
    ("builtins", "bytearray"),
    ("builtins", "set"),
];

/// A class or a function.
fn named(module: &str, name: &str) -> Opaque {
    let mut named = Opaque::new(module, name);
    named.made = Made::Named;
    named
}

/// The class in `("module", class, file, source)`: how PyTorch wrote the classes of modules once.
fn module_class(items: &[Value]) -> Option<&Value> {
    match items {
        [Value::Str(tag), class, ..] if &**tag == "module" => Some(class),
        _ => None,
    }
}

/// Bytes, each of them a letter of a text.
fn latin1(graph: &Graph, text: &Value) -> Result<Arc<[u8]>, Problem> {
    match graph.node(text) {
        Some(Node::Bytes(bytes) | Node::ByteArray(bytes)) => return Ok(bytes.clone()),
        // A `bytearray` of what itself is called for.
        Some(Node::Call(call)) => {
            match (graph.global(&call.function), graph.items(&call.arguments)) {
                (Some(("_codecs", "encode")), Some([text @ Value::Str(_), ..])) => {
                    return latin1(graph, text);
                }
                (Some(("builtins", "bytes")), Some([])) => return Ok([].into()),
                _ => {}
            }
        }
        _ => {}
    }
    let Value::Str(text) = text else { return Err("has bytes that are no text".into()) };
    let byte =
        |letter| u8::try_from(letter).map_err(|_| Problem::from("has bytes that are no bytes"));
    text.chars().map(byte).collect()
}

/// What a tensor takes beside its numbers: libtorch's part of it, and its entry here.
pub(super) const TENSOR: usize = 1024;

/// What an entry among what was made takes, in a table that has twice the place at times and as much
/// again while it grows.
const KEPT: usize = 4 * (mem::size_of::<(u32, (Object, Extent))>() + 1);

/// The memory that a value takes as an object, without what is in it.
fn cost(node: &Node) -> usize {
    let object = mem::size_of::<Object>();
    // With the counts of its handles, and what the system takes for each piece of memory.
    let (list, dict) = (mem::size_of::<Vec<Object>>() + 32, mem::size_of::<Dict>() + 32);
    // A hash and a place in a table stand beside each.
    let entry = object + mem::size_of::<Key>() + 4 * mem::size_of::<usize>();
    let opaque = mem::size_of::<Opaque>() + 32;
    match node {
        Node::List(items) | Node::Tuple(items) => list + items.len() * object,
        Node::FrozenSet(items) => opaque + list + (items.len() + 2) * object,
        Node::Set(items) => dict + items.len() * entry,
        Node::Dict(entries) => dict + entries.len() * entry,
        Node::BigInt(number) => number.bits() as usize / 8,
        Node::Global(module, name) => opaque + module.len() + name.len(),
        Node::Call(call) => opaque + list + call.items.len() * object + call.entries.len() * entry,
        Node::Bytes(_) | Node::ByteArray(_) | Node::Persistent(_) => object,
    }
    .saturating_add(object)
}
