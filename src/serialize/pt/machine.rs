//! The stack machine that a pickle is a program for.
//!
//! Nothing that a file names is looked up, called or made: the result is a graph that says what
//! would be called with what. Whatever the bytes are, the answer is such a graph or a sentence that
//! says what is wrong: lengths are held against the bytes that are left, and what is made against an
//! [`Allowance`], before memory is taken.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use num_bigint::BigInt;

use super::allowance::Allowance;
use super::names;
use super::problem::Problem;

/// A value; what is inside another is a node of the graph.
#[derive(Clone, Debug)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Arc<str>),
    Node(u32),
}

impl Value {
    /// The number of the node that it is.
    pub fn id(&self) -> Option<u32> {
        if let Self::Node(id) = self { Some(*id) } else { None }
    }
}

/// What a value of more parts is.
#[derive(Debug)]
pub(super) enum Node {
    BigInt(BigInt),
    Bytes(Arc<[u8]>),
    ByteArray(Arc<[u8]>),
    /// A class or a function: its module and its name.
    Global(Arc<str>, Arc<str>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Set(Vec<Value>),
    FrozenSet(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    /// What stands outside of the pickle, by this name: a storage.
    Persistent(Value),
    Call(Box<Call>),
}

impl Node {
    /// The nodes that it names.
    pub fn parts(&self) -> impl Iterator<Item = u32> {
        let (mut alone, mut items, mut entries) = ([None; 4], &[][..], &[][..]);
        match self {
            Self::BigInt(_) | Self::Bytes(_) | Self::ByteArray(_) | Self::Global(..) => {}
            Self::List(values) | Self::Tuple(values) => items = values,
            Self::Set(members) | Self::FrozenSet(members) => items = members,
            Self::Dict(pairs) => entries = pairs,
            Self::Persistent(name) => alone[0] = Some(name),
            Self::Call(call) => {
                let (keywords, state) = (call.keywords.as_ref(), call.state.as_ref());
                alone = [Some(&call.function), Some(&call.arguments), keywords, state];
                (items, entries) = (&call.items, &call.entries);
            }
        }
        let entries = entries.iter().flat_map(|(key, value)| [key, value]);
        alone.into_iter().flatten().chain(items).chain(entries).filter_map(Value::id)
    }
}

/// What a function would return, or an object of a class.
#[derive(Debug)]
pub(super) struct Call {
    /// Whether it is the `__new__` of a class that would be called.
    pub new: bool,
    pub function: Value,
    /// A tuple.
    pub arguments: Value,
    /// A dictionary.
    pub keywords: Option<Value>,
    /// What its `__setstate__` would get.
    pub state: Option<Value>,
    /// What would be appended to it.
    pub items: Vec<Value>,
    /// What would be set in it.
    pub entries: Vec<(Value, Value)>,
}

/// All that a pickle says.
#[derive(Debug)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    /// Which of them are named more than once, or might be.
    pub again: Vec<bool>,
    pub root: Value,
}

impl Graph {
    /// The node that a value is.
    pub fn node<'a>(&'a self, value: &Value) -> Option<&'a Node> {
        if let Value::Node(id) = value { Some(&self.nodes[*id as usize]) } else { None }
    }

    /// The class or function that a value is: its module and its name.
    pub fn global(&self, value: &Value) -> Option<(&str, &str)> {
        match self.node(value)? {
            Node::Global(module, name) => Some((module, name)),
            _ => None,
        }
    }

    /// The values of a tuple or a list.
    pub fn items(&self, value: &Value) -> Option<&[Value]> {
        match self.node(value)? {
            Node::Tuple(items) | Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text that a value is; Python 2 wrote some of them as bytes.
    pub fn text<'a>(&'a self, value: &'a Value) -> Option<&'a str> {
        match value {
            Value::Str(text) => Some(text),
            _ => match self.node(value)? {
                Node::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
                _ => None,
            },
        }
    }
}

/// Reads the pickle that `bytes` begin with: what it says, and how long it is.
pub(super) fn run(bytes: &[u8], left: &mut Allowance) -> Result<(Graph, usize), Problem> {
    let (nodes, again, stack, marks) = (vec![], vec![], vec![], vec![]);
    let memo = HashMap::new();
    let mut machine = Machine { bytes, at: 0, nodes, again, stack, marks, memo, left, protocol: 0 };
    loop {
        let at = machine.at;
        match machine.byte()? {
            b'.' => {
                let root = machine.pop()?;
                let graph = Graph { nodes: machine.nodes, again: machine.again, root };
                return Ok((graph, machine.at));
            }
            opcode => machine.step(opcode, at)?,
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    again: Vec<bool>,
    stack: Vec<Value>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    left: &'a mut Allowance,
    protocol: u8,
}

/// What the system takes for itself with each piece of memory, and counts of an [`Arc`].
const PIECE: usize = 32;
/// What the memory takes for a value: it has twice the place at times, as much again while it grows,
/// and a byte of its own.
const REMEMBERED: usize = 4 * (size_of::<(u32, Value)>() + 1);

impl<'a> Machine<'a> {
    fn step(&mut self, opcode: u8, at: usize) -> Result<(), Problem> {
        match opcode {
            0x80 => match self.byte()? {
                protocol @ 0..=5 => self.protocol = protocol,
                other => {
                    return Err(format!("is of pickle protocol {other}; 0 to 5 can be read").into());
                }
            },
            0x95 => drop(self.take(8)?), // a frame: only a hint for reading ahead
            b'(' => {
                self.left.extend(&mut self.marks, 1)?;
                self.marks.push(self.stack.len());
            }
            // Numbers and the like.
            b'N' => self.put(Value::None)?,
            0x88 => self.put(Value::Bool(true))?,
            0x89 => self.put(Value::Bool(false))?,
            b'K' | b'M' | b'J' | b'I' | b'L' | 0x8a | 0x8b | b'F' | b'G' => self.number(opcode)?,
            // Texts and bytes.
            0x8c | b'X' | 0x8d | b'V' | b'U' | b'T' | b'S' => self.text(opcode)?,
            b'C' | b'B' | 0x8e => {
                let bytes = self.counted(opcode)?.into();
                self.push(Node::Bytes(bytes))?;
            }
            0x96 => {
                let bytes = self.counted(opcode)?.into();
                self.push(Node::ByteArray(bytes))?;
            }
            // Lists, tuples, sets, dictionaries.
            b']' => self.push(Node::List(vec![]))?,
            b')' => self.push(Node::Tuple(vec![]))?,
            b'}' => self.push(Node::Dict(vec![]))?,
            0x8f => self.push(Node::Set(vec![]))?,
            b'l' => {
                let items = self.pop_marked()?;
                self.push(Node::List(items))?;
            }
            b't' => {
                let items = self.pop_marked()?;
                self.push(Node::Tuple(items))?;
            }
            0x85..=0x87 => {
                let from = self.last(usize::from(opcode - 0x84))?;
                let items = self.pop_from(from)?;
                self.push(Node::Tuple(items))?;
            }
            0x91 => {
                let items = self.pop_marked()?;
                self.push(Node::FrozenSet(items))?;
            }
            b'd' => {
                // Below its entries, into which these go then.
                let from = self.mark()?;
                self.push(Node::Dict(vec![]))?;
                self.stack[from..].rotate_right(1);
                self.insert(from + 1)?;
            }
            b'a' => self.append(self.last(1)?)?,
            b'e' => {
                let from = self.mark()?;
                self.append(from)?;
            }
            0x90 => {
                let from = self.mark()?;
                self.add(from)?;
            }
            b's' => self.insert(self.last(2)?)?,
            b'u' => {
                let from = self.mark()?;
                self.insert(from)?;
            }
            // The stack and the memory.
            b'0' => drop(self.pop()?),
            b'1' => {
                let mark = self.mark()?;
                self.stack.truncate(mark);
            }
            b'2' => {
                let top = self.top()?.clone();
                self.put_again(top)?;
            }
            b'q' | b'r' | b'p' | 0x94 => {
                let number = match opcode {
                    0x94 => u32::try_from(self.memo.len()).map_err(|_| "remembers too much")?,
                    _ => self.memo_number(opcode)?,
                };
                let top = self.top()?.clone();
                if !self.memo.contains_key(&number) {
                    self.left.make(REMEMBERED)?;
                }
                self.memo.insert(number, top);
            }
            b'h' | b'j' | b'g' => {
                let number = self.memo_number(opcode)?;
                let value = self.memo.get(&number).ok_or("recalls what it did not remember")?;
                let value = value.clone();
                self.put_again(value)?;
            }
            // Classes, functions, and what would be called.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Str(module), Value::Str(name)) = (module, name) else {
                    return Err("names a function by no text".into());
                };
                self.global(&module, &name)?;
            }
            b'P' => {
                let name = self.line()?;
                self.put_text(name)?;
                let name = self.pop()?;
                self.push(Node::Persistent(name))?;
            }
            b'Q' => {
                let name = self.pop()?;
                self.push(Node::Persistent(name))?;
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(opcode == 0x81, function, arguments, None)?;
            }
            0x92 => {
                let (keywords, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(true, class, arguments, Some(keywords))?;
            }
            b'i' | b'o' => {
                if opcode == b'i' {
                    let (module, name) = (self.line()?, self.line()?);
                    self.global(module, name)?;
                    let class = self.pop()?;
                    let mark = *self.marks.last().ok_or("has no mark where one is asked for")?;
                    self.left.extend(&mut self.stack, 1)?;
                    self.stack.insert(mark.min(self.stack.len()), class);
                }
                let mut arguments = self.pop_marked()?;
                if arguments.is_empty() {
                    return Err("takes from an empty stack".into());
                }
                let class = arguments.remove(0);
                self.push(Node::Tuple(arguments))?;
                let arguments = self.pop()?;
                self.call(true, class, arguments, None)?;
            }
            b'b' => {
                let state = self.pop()?;
                match self.top_node()? {
                    Some(Node::Call(call)) => call.state = Some(state),
                    _ => return Err("sets the state of what was not made by a class".into()),
                }
            }
            other => return Err(format!("has an instruction {other:#04x} at byte {at}").into()),
        }
        Ok(())
    }

    // ---- what is read ----

    fn take(&mut self, length: usize) -> Result<&'a [u8], Problem> {
        let left = self.bytes.len() - self.at;
        if length > left {
            return Err(
                format!("ends at byte {} in the middle of a value", self.bytes.len()).into()
            );
        }
        self.at += length;
        Ok(&self.bytes[self.at - length..self.at])
    }

    fn byte(&mut self) -> Result<u8, Problem> {
        Ok(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let bytes = self.take(N)?;
        Ok(std::array::from_fn(|i| bytes[i]))
    }

    /// What stands behind its own length, which the instruction has in so many bytes.
    fn counted(&mut self, opcode: u8) -> Result<&'a [u8], Problem> {
        let length = match opcode {
            0x8c | b'U' | b'C' | 0x8a => self.byte()?.into(),
            0x8d | 0x8e | 0x96 => u64::from_le_bytes(self.array()?),
            _ => u32::from_le_bytes(self.array()?).into(),
        };
        self.take(usize::try_from(length).map_err(|_| "holds a text without end")?)
    }

    fn raw_line(&mut self) -> Result<&'a [u8], Problem> {
        let rest = &self.bytes[self.at..];
        let end =
            rest.iter().position(|&byte| byte == b'\n').ok_or("ends in the middle of a name")?;
        let line = &rest[..end];
        self.at += end + 1;
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn line(&mut self) -> Result<&'a str, Problem> {
        let line = std::str::from_utf8(self.raw_line()?);
        Ok(line.map_err(|_| "holds a name that is no text")?)
    }

    fn number(&mut self, opcode: u8) -> Result<(), Problem> {
        let value = match opcode {
            b'K' => Value::Int(self.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.array()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            b'G' => Value::Float(f64::from_be_bytes(self.array()?)),
            b'F' => Value::Float(self.line()?.parse().map_err(|_| "holds a number that is none")?),
            b'I' | b'L' => match (opcode, self.line()?) {
                (b'I', "00") => Value::Bool(false),
                (b'I', "01") => Value::Bool(true),
                (_, digits) => {
                    // Parsing takes time that grows with the square: a thousand digits are plenty.
                    let digits = digits.trim_end_matches('L');
                    let number = Some(digits).filter(|digits| digits.len() <= 1000);
                    let number = number.and_then(|digits| digits.parse::<BigInt>().ok());
                    return self.integer(number.ok_or("holds a number that is none")?);
                }
            },
            _ => {
                let number = BigInt::from_signed_bytes_le(self.counted(opcode)?);
                return self.integer(number);
            }
        };
        self.put(value)
    }

    fn integer(&mut self, number: BigInt) -> Result<(), Problem> {
        match i64::try_from(&number) {
            Ok(number) => self.put(Value::Int(number)),
            Err(_) => self.push(Node::BigInt(number)),
        }
    }

    fn text(&mut self, opcode: u8) -> Result<(), Problem> {
        match opcode {
            // Protocol 0 spells letters beyond the first 256 out.
            b'V' | b'S' => {
                let line = self.raw_line()?;
                let line = if opcode == b'S' { unquoted(line) } else { line };
                let text =
                    unescaped(line, opcode == b'S').ok_or("spells a letter that there is not")?;
                self.put_text(&text)
            }
            // Python 2 had one type for texts and bytes.
            b'U' | b'T' => {
                let bytes = self.counted(opcode)?;
                match std::str::from_utf8(bytes) {
                    Ok(text) => self.put_text(text),
                    Err(_) => self.push(Node::Bytes(bytes.into())),
                }
            }
            _ => {
                let bytes = self.counted(opcode)?;
                let text = with_surrogates(bytes).ok_or("holds a text that is not UTF-8")?;
                self.put_text(&text)
            }
        }
    }

    fn memo_number(&mut self, opcode: u8) -> Result<u32, Problem> {
        Ok(match opcode {
            b'q' | b'h' => self.byte()?.into(),
            b'r' | b'j' => u32::from_le_bytes(self.array()?),
            _ => self.line()?.parse().map_err(|_| "remembers under what is no number")?,
        })
    }

    // ---- the stack ----

    fn put(&mut self, value: Value) -> Result<(), Problem> {
        self.left.extend(&mut self.stack, 1)?;
        self.stack.push(value);
        Ok(())
    }

    fn put_again(&mut self, value: Value) -> Result<(), Problem> {
        if let Value::Node(id) = value {
            self.again[id as usize] = true;
        }
        self.put(value)
    }

    fn put_text(&mut self, text: &str) -> Result<(), Problem> {
        self.left.make(PIECE + text.len())?;
        self.put(Value::Str(text.into()))
    }

    fn push(&mut self, node: Node) -> Result<(), Problem> {
        let id = u32::try_from(self.nodes.len()).map_err(|_| "holds too many values")?;
        // The values of a list or a tuple were counted when they were taken from the stack.
        self.left.make(match &node {
            Node::BigInt(number) => PIECE + number.bits() as usize / 8,
            Node::Bytes(bytes) | Node::ByteArray(bytes) => PIECE + bytes.len(),
            Node::Global(module, name) => 2 * PIECE + module.len() + name.len(),
            Node::Call(call) => PIECE + size_of_val(&**call),
            _ => PIECE,
        })?;
        self.left.extend(&mut self.nodes, 1)?;
        self.nodes.push(node);
        self.left.extend(&mut self.again, 1)?;
        self.again.push(false);
        self.put(Value::Node(id))
    }

    fn top(&self) -> Result<&Value, Problem> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.last().filter(|_| self.stack.len() > floor);
        top.ok_or("takes from an empty stack".into())
    }

    fn top_node(&mut self) -> Result<Option<&mut Node>, Problem> {
        match *self.top()? {
            Value::Node(id) => Ok(Some(&mut self.nodes[id as usize])),
            _ => Ok(None),
        }
    }

    fn pop(&mut self) -> Result<Value, Problem> {
        self.top()?;
        Ok(self.stack.pop().expect("there is a top"))
    }

    /// Where on the stack the values above the last mark begin.
    fn mark(&mut self) -> Result<usize, Problem> {
        let mark = self.marks.pop().ok_or("has no mark where one is asked for")?;
        Ok(mark.min(self.stack.len()))
    }

    fn pop_marked(&mut self) -> Result<Vec<Value>, Problem> {
        let mark = self.mark()?;
        self.pop_from(mark)
    }

    fn pop_from(&mut self, from: usize) -> Result<Vec<Value>, Problem> {
        self.left.make(size_of_val(&self.stack[from..]))?;
        Ok(self.stack.split_off(from))
    }

    /// Where on the stack the last so many values begin.
    fn last(&self, count: usize) -> Result<usize, Problem> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= floor);
        from.ok_or("takes from an empty stack".into())
    }

    /// The node under the values that begin here.
    fn under(&self, from: usize) -> Result<Option<usize>, Problem> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack[..from].last().filter(|_| from > floor) {
            Some(Value::Node(id)) => Ok(Some(*id as usize)),
            Some(_) => Ok(None),
            None => Err("takes from an empty stack".into()),
        }
    }

    fn append(&mut self, from: usize) -> Result<(), Problem> {
        let list = match self.under(from)?.map(|id| &mut self.nodes[id]) {
            Some(Node::List(list)) => list,
            Some(Node::Call(call)) => &mut call.items,
            _ => return Err("appends to what is no list".into()),
        };
        self.left.extend(list, self.stack.len() - from)?;
        list.extend(self.stack.drain(from..));
        Ok(())
    }

    fn add(&mut self, from: usize) -> Result<(), Problem> {
        let set = match self.under(from)?.map(|id| &mut self.nodes[id]) {
            Some(Node::Set(set)) => set,
            Some(Node::Call(call)) => &mut call.items,
            _ => return Err("adds to what is no set".into()),
        };
        self.left.extend(set, self.stack.len() - from)?;
        set.extend(self.stack.drain(from..));
        Ok(())
    }

    fn insert(&mut self, from: usize) -> Result<(), Problem> {
        let dict = match self.under(from)?.map(|id| &mut self.nodes[id]) {
            Some(Node::Dict(dict)) => dict,
            Some(Node::Call(call)) => &mut call.entries,
            _ => return Err("sets an entry of what is no dictionary".into()),
        };
        let count = self.stack.len() - from;
        if !count.is_multiple_of(2) {
            return Err("sets a key without a value".into());
        }
        self.left.extend(dict, count / 2)?;
        let mut values = self.stack.drain(from..);
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            dict.push((key, value));
        }
        Ok(())
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), Problem> {
        let old = self.protocol < 3;
        let (module, name) = if old { names::of_python_3(module, name) } else { (module, name) };
        self.push(Node::Global(module.into(), name.into()))
    }

    fn call(
        &mut self,
        new: bool,
        function: Value,
        arguments: Value,
        keywords: Option<Value>,
    ) -> Result<(), Problem> {
        let call = Call {
            new,
            function,
            arguments,
            keywords,
            state: None,
            items: vec![],
            entries: vec![],
        };
        self.push(Node::Call(Box::new(call)))
    }
}

/// A text of Python 2's without the quotes around it.
fn unquoted(line: &[u8]) -> &[u8] {
    match line {
        [b'\'', text @ .., b'\''] | [b'"', text @ .., b'"'] => text,
        _ => line,
    }
}

/// A text in UTF-8 that may hold lone surrogates, as Python makes them of a file's name that is none, and
/// as it pickles them.
fn with_surrogates(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let mut text = match str::from_utf8(bytes) {
        Ok(text) => return Some(text.into()),
        Err(_) => String::with_capacity(bytes.len()),
    };
    let mut rest = bytes;
    loop {
        let valid = match str::from_utf8(rest) {
            Ok(valid) => return Some((text + valid).into()),
            Err(error) => error.valid_up_to(),
        };
        let (before, after) = rest.split_at(valid);
        text.push_str(str::from_utf8(before).ok()?);
        let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, after @ ..] = after else {
            return None;
        };
        let surrogate = 0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
        text.push_str(&spelled_out(surrogate));
        rest = after;
    }
}

/// A lone surrogate, which no text of Rust's can hold, as Python's `repr` spells it.
fn spelled_out(surrogate: u32) -> String {
    format!("\\u{surrogate:04x}")
}

/// A text whose letters are bytes, or spelled out: `\u20ac`, and where it was quoted `\n` and the like.
fn unescaped(line: &[u8], quoted: bool) -> Option<String> {
    let mut text = String::new();
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = after;
        let digits = match (first, after.first(), quoted) {
            (b'\\', Some(b'u'), _) => 4,
            (b'\\', Some(b'U'), _) => 8,
            (b'\\', Some(b'x'), true) => 2,
            (b'\\', Some(letter), true) => {
                rest = &after[1..];
                text.push(match letter {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    letter => char::from(*letter),
                });
                continue;
            }
            _ => 0,
        };
        let number = after.get(1..=digits).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match number.filter(|_| digits > 0) {
            Some(number) => {
                rest = &after[1 + digits..];
                match char::from_u32(number) {
                    Some(letter) => text.push(letter),
                    None if number > u32::from(char::MAX) => return None,
                    None => text.push_str(&spelled_out(number)),
                }
            }
            None => text.push(char::from(*first)),
        }
    }
    Some(text)
}
