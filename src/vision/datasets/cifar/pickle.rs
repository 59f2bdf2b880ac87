//! A pickle: a Python object as a program for Python's stack machine; here, a file of a CIFAR.
//!
//! The machine below knows the few objects such a file consists of and nothing else. It never
//! calls anything: the five functions a file names are recognised and imitated, and any other
//! is refused by its name. Whatever the bytes are, the answer is what the file holds or a sentence
//! that says what is wrong: lengths are held against the bytes that are left before memory is taken, the
//! number of steps is bounded, and objects refer to one another by number, so that no depth of
//! nesting and no circle can overflow the stack.
//!
//! It reads protocol 2 as Python 2 wrote it (text is bytes there) and protocols 2 to 5 as
//! Python 3 with numpy 1 or 2 writes them.

use std::borrow::Cow;
use std::collections::HashMap;

use self::input::Input;
use self::object::{Global, Id, Object, shown};

mod input;
mod object;

/// Steps the machine takes at most; a file of 50,000 pictures takes some 300,000. The bound holds
/// for everything that grows with a step: objects, stack, memo and lists.
const STEPS: usize = 1 << 20;

const COLUMNS: &str = "its data is kept by columns, not by rows";

/// A file's dictionary.
pub(super) struct Pickle<'a> {
    machine: Machine<'a>,
    dict: Id,
}

impl<'a> Pickle<'a> {
    /// Reads a file, or says what is wrong with it.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, String> {
        let mut machine = Machine {
            input: Input::new(file),
            objects: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            decoded: 0,
        };
        let dict = machine.run()?;
        Ok(Self { machine, dict })
    }

    /// The list of numbers under a key.
    pub(super) fn numbers(&self, key: &str) -> Result<Vec<i64>, String> {
        self.list(key)?.iter().map(|&item| self.machine.int(item)).collect()
    }

    /// The list of texts under a key.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        let mut length = 0_usize;
        let text = |&item| {
            let text = self.machine.word(item)?;
            length = length.saturating_add(text.len());
            // A list may hold the same text again and again.
            if length > 4 * self.machine.input.len() {
                return Err(format!("its {key} are longer than the file"));
            }
            Ok(text.into_owned())
        };
        self.list(key)?.iter().map(text).collect()
    }

    /// The bytes of the array under a key, its rows one after another.
    pub(super) fn into_bytes(mut self, key: &str) -> Result<Cow<'a, [u8]>, String> {
        let machine = &mut self.machine;
        let bytes = match machine.object(machine.entry(self.dict, key)?)? {
            Object::Array(Some(bytes)) => *bytes,
            other => return Err(format!("its {key} is {}, not a filled array", other.kind())),
        };
        match machine.take(bytes)? {
            Object::Bytes(bytes) => Ok(bytes),
            other => Err(format!("its {key} is {}, not bytes", other.kind())),
        }
    }

    fn list(&self, key: &str) -> Result<&[Id], String> {
        match self.machine.object(self.machine.entry(self.dict, key)?)? {
            Object::List(items) => Ok(items),
            other => Err(format!("its {key} are {}, not a list", other.kind())),
        }
    }
}

struct Machine<'a> {
    input: Input<'a>,
    objects: Vec<Object<'a>>,
    stack: Vec<Id>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// Bytes that [`Global::Encode`] has made.
    decoded: usize,
}

impl<'a> Machine<'a> {
    /// Runs to the end; the result is what the program leaves.
    fn run(&mut self) -> Result<Id, String> {
        for _ in 0..STEPS {
            let at = self.input.at();
            match self.input.byte()? {
                b'.' => return self.pop(),
                opcode => self.step(opcode, at)?,
            }
        }
        Err(format!("longer than {STEPS} steps"))
    }

    fn step(&mut self, opcode: u8, at: usize) -> Result<(), String> {
        match opcode {
            0x80 => match self.input.byte()? {
                2..=5 => {}
                other => return Err(format!("pickle protocol {other}; 2 to 5 can be read")),
            },
            0x95 => drop(self.input.array::<8>()?), // a frame: only a hint for reading ahead
            b'(' => self.marks.push(self.stack.len()),

            b'N' => self.push(Object::None),
            0x88 => self.push(Object::Int(1)),
            0x89 => self.push(Object::Int(0)),
            b'K' => self.input.byte().map(|n| self.push(Object::Int(n.into())))?,
            b'M' => {
                let number = u16::from_le_bytes(self.input.array()?);
                self.push(Object::Int(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.input.array()?);
                self.push(Object::Int(number.into()));
            }
            b'U' | b'C' => self.input.sized::<1>().map(|b| self.push_bytes(b))?,
            b'T' | b'B' => self.input.sized::<4>().map(|b| self.push_bytes(b))?,
            0x8e | 0x96 => self.input.sized::<8>().map(|b| self.push_bytes(b))?,
            0x8c => self.input.text::<1>().map(|t| self.push(Object::Text(t)))?,
            b'X' => self.input.text::<4>().map(|t| self.push(Object::Text(t)))?,
            0x8d => self.input.text::<8>().map(|t| self.push(Object::Text(t)))?,

            b']' => self.push(Object::List(Vec::new())),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_marked()?;
                self.append(items)?;
            }
            b'}' => self.push(Object::Dict(Vec::new())),
            b's' => {
                let pair = self.pop_many(2)?;
                self.set(&pair)?;
            }
            b'u' => {
                let pairs = self.pop_marked()?;
                self.set(&pairs)?;
            }
            b')' => self.push(Object::Tuple(Vec::new())),
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode) - 0x84)?;
                self.push(Object::Tuple(items));
            }
            b't' => {
                let items = self.pop_marked()?;
                self.push(Object::Tuple(items));
            }

            b'q' => {
                let key = self.input.byte()?;
                self.memo.insert(key.into(), self.top()?);
            }
            b'r' => {
                let key = u32::from_le_bytes(self.input.array()?);
                self.memo.insert(key, self.top()?);
            }
            0x94 => {
                let key = u32::try_from(self.memo.len()).map_err(|error| error.to_string())?;
                self.memo.insert(key, self.top()?);
            }
            b'h' => {
                let key = self.input.byte()?;
                self.recall(key.into())?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.input.array()?);
                self.recall(key)?;
            }

            b'c' => {
                let global = Global::named(self.input.line()?, self.input.line()?)?;
                self.push(Object::Global(global));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let global = Global::named(&self.word(module)?, &self.word(name)?)?;
                self.push(Object::Global(global));
            }
            b'R' => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                let result = self.call(callee, arguments)?;
                self.push(result);
            }
            b'b' => {
                let state = self.pop()?;
                self.build(state)?;
            }
            _ => {
                return Err(format!(
                    "refused: opcode {opcode:#04x} at byte {at}, which no file of a CIFAR needs"
                ));
            }
        }
        Ok(())
    }

    /// What a call would return, without making it.
    fn call(&mut self, callee: Id, arguments: Id) -> Result<Object<'a>, String> {
        let Object::Global(global) = self.object(callee)? else {
            return Err(format!("calls {}", self.object(callee)?.kind()));
        };
        match (*global, self.tuple(arguments)?) {
            (Global::Reconstruct, _) => Ok(Object::Array(None)),
            (Global::FromBuffer, &[bytes, dtype, _shape, order]) => {
                self.expect_dtype(dtype)?;
                if self.word(order)? != "C" {
                    return Err(COLUMNS.into());
                }
                Ok(Object::Array(Some(bytes)))
            }
            (Global::Dtype, &[name, ..]) => match self.word(name)?.as_ref() {
                "u1" | "|u1" | "uint8" => Ok(Object::Dtype),
                other => Err(format!("its data is of type {}, not u1", shown(other))),
            },
            (Global::Encode, &[text, ..]) => match self.object(text)? {
                // Python 3 writes bytes like this in protocol 2.
                Object::Text(text) => {
                    let bytes = text.chars().map(u8::try_from).collect::<Result<Vec<_>, _>>();
                    let bytes = bytes.map_err(|_| "text that is not Latin-1".to_string())?;
                    self.decoded = self.decoded.saturating_add(bytes.len());
                    if self.decoded > self.input.len() {
                        return Err("the same bytes are decoded over and over".into());
                    }
                    Ok(Object::Bytes(bytes.into()))
                }
                other => Err(format!("encodes {}", other.kind())),
            },
            _ => Err("a call that no file of a CIFAR needs".into()),
        }
    }

    /// Gives the object on top its state.
    fn build(&mut self, state: Id) -> Result<(), String> {
        let top = self.top()?;
        match self.object(top)? {
            Object::Dtype => Ok(()), // byte order and the like: a byte has none
            Object::Array(_) => {
                let &[_version, _shape, dtype, fortran, bytes] = self.tuple(state)? else {
                    return Err("an array's state is not five things".into());
                };
                self.expect_dtype(dtype)?;
                if self.int(fortran)? != 0 {
                    return Err(COLUMNS.into());
                }
                if let Some(array) = self.objects.get_mut(top) {
                    *array = Object::Array(Some(bytes));
                }
                Ok(())
            }
            other => Err(format!("gives a state to {}", other.kind())),
        }
    }

    fn push(&mut self, object: Object<'a>) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    fn push_bytes(&mut self, bytes: &'a [u8]) {
        self.push(Object::Bytes(bytes.into()));
    }

    fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(|| "takes from an empty stack".into())
    }

    fn pop(&mut self) -> Result<Id, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>, String> {
        let rest = self.stack.len().checked_sub(count).ok_or("takes from an empty stack")?;
        Ok(self.stack.split_off(rest))
    }

    fn pop_marked(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("looks for a mark that is not there")?;
        self.pop_many(self.stack.len().saturating_sub(mark))
    }

    fn recall(&mut self, key: u32) -> Result<(), String> {
        let id = self.memo.get(&key).ok_or_else(|| format!("recalls an unknown object, {key}"))?;
        self.stack.push(*id);
        Ok(())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        let top = self.top()?;
        match self.objects.get_mut(top) {
            Some(Object::List(list)) => list.extend(items),
            _ => return Err("appends to what is not a list".into()),
        }
        Ok(())
    }

    fn set(&mut self, pairs: &[Id]) -> Result<(), String> {
        let top = self.top()?;
        let (pairs, rest) = pairs.as_chunks::<2>();
        match self.objects.get_mut(top) {
            Some(Object::Dict(dict)) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            _ => return Err("sets items of what is not a dictionary".into()),
        }
        Ok(())
    }

    fn object(&self, id: Id) -> Result<&Object<'a>, String> {
        self.objects.get(id).ok_or_else(|| "refers to an object that is not there".into())
    }

    fn take(&mut self, id: Id) -> Result<Object<'a>, String> {
        let place = self.objects.get_mut(id).ok_or("refers to an object that is not there")?;
        Ok(std::mem::replace(place, Object::None))
    }

    /// The last value that a dictionary holds under a key.
    fn entry(&self, dict: Id, key: &str) -> Result<Id, String> {
        let Object::Dict(pairs) = self.object(dict)? else {
            return Err(format!("holds {}, not a dictionary", self.object(dict)?.kind()));
        };
        let pair = pairs.iter().rev().find(|(id, _)| match self.objects.get(*id) {
            Some(Object::Text(text)) => *text == key,
            Some(Object::Bytes(bytes)) => **bytes == *key.as_bytes(),
            _ => false,
        });
        pair.map(|(_, value)| *value).ok_or_else(|| format!("has no entry named {key}"))
    }

    fn tuple(&self, id: Id) -> Result<&[Id], String> {
        match self.object(id)? {
            Object::Tuple(items) => Ok(items),
            other => Err(format!("{} where a tuple is expected", other.kind())),
        }
    }

    fn int(&self, id: Id) -> Result<i64, String> {
        match self.object(id)? {
            Object::Int(number) => Ok(*number),
            other => Err(format!("{} where a number is expected", other.kind())),
        }
    }

    /// Text, of Python 3 or of Python 2.
    fn word(&self, id: Id) -> Result<Cow<'_, str>, String> {
        match self.object(id)? {
            Object::Text(text) => Ok(Cow::Borrowed(text)),
            Object::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes)),
            other => Err(format!("{} where text is expected", other.kind())),
        }
    }

    fn expect_dtype(&self, id: Id) -> Result<(), String> {
        match self.object(id)? {
            Object::Dtype => Ok(()),
            other => Err(format!("{} where a dtype is expected", other.kind())),
        }
    }
}
