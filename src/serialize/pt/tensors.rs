//! Tensors, as the functions of `torch._utils` would rebuild them.

use std::iter;

use tch::Tensor;

use super::allowance::Allowance;
use super::machine::{Call, Graph, Node, Value};
use super::objects::TENSOR;
use super::problem::Problem;
use super::storages::{Storage, Storages};
use crate::Dtype;
use crate::ffi::{Argument, Layout, try_op};

/// How often a tensor may be made of another tensor.
const DEPTH: usize = 20;

/// Makes a file's tensors.
pub(super) struct Tensors<'a> {
    pub graph: &'a Graph,
    pub storages: Storages<'a>,
}

impl<'a> Tensors<'a> {
    /// The tensor that a call returns; none when it is a call of something else.
    #[inline(never)]
    pub fn of(&mut self, call: &'a Call, left: &mut Allowance) -> Result<Option<Tensor>, Problem> {
        let graph = self.graph;
        let Some((module, name)) = graph.global(&call.function) else { return Ok(None) };
        let arguments = graph.items(&call.arguments);
        match (module, name, arguments) {
            // What PyTorch 0.1 wrote: an empty tensor whose state is what it is made of.
            ("torch" | "torch.cuda", class, _)
                if class.ends_with("Tensor") && class != "Tensor" =>
            {
                let state = call.state.as_ref().and_then(|state| graph.items(state));
                state.map(|state| self.plain(state, None, None, None)).transpose()
            }
            ("torch.nn.parameter", "Parameter" | "Buffer", Some(arguments)) => {
                let state = call.state.as_ref().and_then(|state| graph.items(state));
                let [data, requires_grad, ..] = state.unwrap_or(arguments) else {
                    return Ok(None);
                };
                let data = self.inside(data, left, DEPTH)?;
                self.learned(data, Some(requires_grad)).map(Some)
            }
            (module, name, Some(arguments)) => self.rebuilt(module, name, arguments, left, DEPTH),
            _ => Ok(None),
        }
    }

    /// What a function returns that rebuilds tensors; none of another function.
    fn rebuilt(
        &mut self,
        module: &str,
        name: &str,
        arguments: &'a [Value],
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Option<Tensor>, Problem> {
        let depth = depth.checked_sub(1).ok_or("makes a tensor of itself")?;
        let tensor = match (module, name, arguments) {
            ("torch._utils", "_rebuild_tensor", arguments) => {
                self.plain(arguments, None, None, None)
            }
            ("torch._utils", "_rebuild_tensor_v2", [form @ .., requires_grad, _hooks])
                if form.len() == 4 =>
            {
                self.plain(form, None, Some(requires_grad), None)
            }
            (
                "torch._utils",
                "_rebuild_tensor_v2",
                [form @ .., requires_grad, _hooks, metadata],
            ) if form.len() == 4 => self.plain(form, None, Some(requires_grad), Some(metadata)),
            (
                "torch._utils",
                "_rebuild_tensor_v3",
                [a, b, c, d, requires_grad, _, dtype, rest @ ..],
            ) => {
                let form = [a.clone(), b.clone(), c.clone(), d.clone()];
                self.plain(&form, Some(self.dtype(dtype)?), Some(requires_grad), rest.first())
            }
            ("torch._utils", "_rebuild_parameter", [data, requires_grad, ..])
            | ("torch._utils", "_rebuild_parameter_with_state", [data, requires_grad, ..]) => {
                let data = self.inside(data, left, depth)?;
                self.learned(data, Some(requires_grad))
            }
            (
                "torch._utils",
                "_rebuild_device_tensor_from_cpu_tensor",
                [data, dtype, _, learned],
            ) => {
                let (data, dtype) = (self.part(data, left, depth)?, self.dtype(dtype)?);
                left.copy(data.numel().saturating_mul(dtype.itemsize()))?;
                let (copy, kind) = (false, Argument::Integer(dtype as i64));
                let arguments =
                    [Argument::Tensor(&data), kind, false.into(), copy.into(), Argument::None];
                let [data] = called(c"aten::to", c"dtype", &arguments)?;
                self.learned(data, Some(learned))
            }
            ("torch._utils", "_rebuild_sparse_tensor", [layout, data]) => {
                self.sparse(layout, data, left, depth)
            }
            ("torch._utils", "_rebuild_qtensor", [form @ .., quantizer, requires_grad, _hooks])
                if form.len() == 4 =>
            {
                let tensor = self.quantized(form, quantizer, left, depth)?;
                self.learned(tensor, Some(requires_grad))
            }
            ("torch._utils", "_rebuild_nested_tensor", [buffer, sizes, strides, offsets]) => {
                let mut buffer = self.part(buffer, left, depth)?;
                // libtorch counts from where the memory begins.
                if buffer.storage_offset() != 0 {
                    left.copy(buffer.numel().saturating_mul(16))?;
                    buffer = buffer.copy();
                }
                let sizes = self.part(sizes, left, depth)?;
                let strides = self.part(strides, left, depth)?;
                let offsets = self.part(offsets, left, depth)?;
                nested(&buffer, &sizes, &strides, &offsets)
            }
            ("torch._utils", "_rebuild_meta_tensor_no_storage", [dtype, size, stride, learned]) => {
                let (size, stride) = (self.sides(size)?, self.sides(stride)?);
                check_view(usize::MAX >> 1, 0, &size, &stride)?;
                let dtype = Argument::Integer(self.dtype(dtype)? as i64);
                let (size, stride) = (size[..].into(), stride[..].into());
                let arguments = [size, stride, dtype, Argument::None, Argument::Device("meta")];
                let [tensor] = called(c"aten::empty_strided", c"", &arguments)?;
                self.learned(tensor, Some(learned))
            }
            // A tensor with attributes, or of a class that derives from Tensor.
            ("torch._tensor", "_rebuild_from_type_v2", [function, class, arguments, _state]) => {
                let known = matches!(
                    self.graph.global(class),
                    Some(("torch", "Tensor") | ("torch.nn.parameter", "Parameter" | "Buffer"))
                );
                let function = self.graph.global(function).filter(|_| known);
                let (Some((module, name)), Some(arguments)) =
                    (function, self.graph.items(arguments))
                else {
                    return Ok(None);
                };
                return self.rebuilt(module, name, arguments, left, depth);
            }
            ("torch._utils", name, _) if KNOWN.contains(&name) => {
                Err(format!("calls {name} with other arguments than it takes").into())
            }
            _ => return Ok(None),
        };
        tensor.map(Some)
    }

    /// A tensor that another is made of.
    fn inside(
        &mut self,
        value: &'a Value,
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Tensor, Problem> {
        left.make(TENSOR)?;
        let graph = self.graph;
        let wrong = || Problem::from("makes a tensor of what is no tensor");
        let Some(Node::Call(call)) = graph.node(value) else { return Err(wrong()) };
        let (Some((module, name)), Some(arguments)) =
            (graph.global(&call.function), graph.items(&call.arguments))
        else {
            return Err(wrong());
        };
        self.rebuilt(module, name, arguments, left, depth)?.ok_or_else(wrong)
    }

    /// A part of a tensor: one whose numbers lie one by one.
    fn part(
        &mut self,
        value: &'a Value,
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Tensor, Problem> {
        let part = self.inside(value, left, depth)?;
        if Layout::of(&part) != Layout::Strided {
            return Err("makes a tensor of another that is no plain one".into());
        }
        Ok(part)
    }

    /// A storage that stands by itself, as its numbers.
    pub fn bare(&mut self, id: &Value) -> Result<Tensor, Problem> {
        let storage = Storage::named(self.graph, id)?;
        self.storages.numbers(&storage, storage.dtype.unwrap_or(Dtype::Uint8))
    }

    /// A tensor in a storage: `(storage, offset, size, stride)`.
    fn plain(
        &mut self,
        form: &[Value],
        dtype: Option<Dtype>,
        requires_grad: Option<&Value>,
        metadata: Option<&Value>,
    ) -> Result<Tensor, Problem> {
        let [storage, offset, size, stride] = form else {
            return Err("makes a tensor of what is no storage, offset, size and stride".into());
        };
        let Some(Node::Persistent(id)) = self.graph.node(storage) else {
            return Err("makes a tensor without a storage".into());
        };
        let storage = Storage::named(self.graph, id)?;
        let dtype = dtype.or(storage.dtype).unwrap_or(Dtype::Uint8);
        let offset = self.integer(offset)?;
        let (size, stride) = (self.sides(size)?, self.sides(stride)?);
        let numel = storage.numel.checked_mul(storage.dtype.map_or(1, Dtype::itemsize));
        check_view(numel.unwrap_or(0) / dtype.itemsize(), offset, &size, &stride)?;
        let numbers = self.storages.numbers(&storage, dtype)?;
        // What libtorch counts from is where the memory begins, not these numbers.
        let offset = offset + numbers.storage_offset();
        let tensor = numbers
            .f_as_strided(&size[..], &stride[..], offset)
            .map_err(|_| "has a tensor of an impossible form")?;
        let tensor = self.turned(tensor, metadata)?;
        self.learned(tensor, requires_grad)
    }

    /// A view whose numbers are the conjugates or negatives of those in its storage.
    fn turned(&self, mut tensor: Tensor, metadata: Option<&Value>) -> Result<Tensor, Problem> {
        let entries = match metadata.map(|value| (value, self.graph.node(value))) {
            None | Some((Value::None, _)) => return Ok(tensor),
            Some((_, Some(Node::Dict(entries)))) if entries.len() <= 16 => entries,
            _ => return Err("has a tensor with unknown metadata".into()),
        };
        for (key, value) in entries {
            let function = match (self.graph.text(key), value) {
                (Some("conj"), Value::Bool(true)) => c"aten::_conj",
                (Some("neg"), Value::Bool(true)) => c"aten::_neg_view",
                (Some(_), Value::Bool(false)) => continue,
                _ => return Err("has a tensor with unknown metadata".into()),
            };
            [tensor] = called(function, c"", &[Argument::Tensor(&tensor)])?;
        }
        Ok(tensor)
    }

    /// The tensor with or without a gradient.
    fn learned(&self, tensor: Tensor, requires_grad: Option<&Value>) -> Result<Tensor, Problem> {
        let differentiable = Dtype::of(&tensor).is_some_and(Dtype::is_differentiable);
        if differentiable && matches!(requires_grad, Some(Value::Bool(true))) {
            let _ = tensor.f_set_requires_grad(true);
        }
        Ok(tensor)
    }

    fn sparse(
        &mut self,
        layout: &Value,
        data: &'a Value,
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Tensor, Problem> {
        let graph = self.graph;
        let wrong = || Problem::from("has a sparse tensor of an unknown form");
        let Some(Node::Call(layout)) = graph.node(layout) else { return Err(wrong()) };
        let layout = graph.items(&layout.arguments).and_then(|items| graph.text(items.first()?));
        let data = graph.items(data).ok_or_else(wrong)?;
        match (layout.ok_or_else(wrong)?, data) {
            ("torch.sparse_coo", [indices, values, size, rest @ ..]) => {
                let indices = self.part(indices, left, depth)?;
                let values = self.part(values, left, depth)?;
                let size = self.sides(size)?;
                let coalesced = match rest.first() {
                    Some(Value::Bool(coalesced)) => Argument::Boolean(*coalesced),
                    _ => Argument::None,
                };
                // Both are looked through, and may be longer than they lie in memory.
                left.copy(indices.numel().saturating_mul(8))?;
                left.copy(values.numel())?;
                let arguments = [(&indices).into(), (&values).into(), size[..].into(), coalesced];
                let [] = called(c"aten::_validate_sparse_coo_tensor_args", c"", &arguments)?;
                let [indices, values, size, coalesced] = arguments;
                let none = Argument::None;
                let arguments = [indices, values, size, none, none, none, none, coalesced];
                let [tensor] = called(c"aten::sparse_coo_tensor", c"indices_size", &arguments)?;
                Ok(tensor)
            }
            (layout, [compressed, plain, values, size]) => {
                let number = match layout {
                    "torch.sparse_csr" => 2,
                    "torch.sparse_csc" => 4,
                    "torch.sparse_bsr" => 5,
                    "torch.sparse_bsc" => 6,
                    _ => return Err(wrong()),
                };
                let compressed = self.part(compressed, left, depth)?;
                let plain = self.part(plain, left, depth)?;
                let values = self.part(values, left, depth)?;
                let size = self.sides(size)?;
                left.copy(compressed.numel().saturating_mul(8))?;
                left.copy(plain.numel().saturating_mul(8))?;
                left.copy(values.numel())?;
                let (size, layout) = (size[..].into(), Argument::Integer(number));
                let parts = [(&compressed).into(), (&plain).into(), (&values).into(), size];
                let [a, b, c, d] = parts;
                let validate = c"aten::_validate_sparse_compressed_tensor_args";
                let [] = called(validate, c"", &[a, b, c, d, layout])?;
                let dtype = Argument::None;
                let arguments = [a, b, c, d, dtype, layout];
                let [tensor] = called(
                    c"aten::sparse_compressed_tensor",
                    c"comp_plain_value_size",
                    &arguments,
                )?;
                Ok(tensor)
            }
            _ => Err(wrong()),
        }
    }

    /// Whole numbers that stand for others: a scale and a zero for all, or for each channel.
    fn quantized(
        &mut self,
        form: &[Value],
        quantizer: &'a Value,
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Tensor, Problem> {
        let wrong = || Problem::from("has a quantized tensor of an unknown form");
        let [storage, offset, size, stride] = form else { return Err(wrong()) };
        let Some(Node::Persistent(id)) = self.graph.node(storage) else { return Err(wrong()) };
        let dtype = Storage::named(self.graph, id)?.dtype.ok_or_else(wrong)?;
        let plain = match dtype {
            Dtype::QInt8 => Dtype::Int8,
            Dtype::QUInt8 => Dtype::Uint8,
            Dtype::QInt32 => Dtype::Int,
            Dtype::QUInt4x2 | Dtype::QUInt2x4 => {
                let (size, stride) = (self.sides(size)?, self.sides(stride)?);
                let bytes = self.packed(id, dtype, self.integer(offset)?, &size, &stride)?;
                let scales = self.scales(quantizer, &size, left, depth)?;
                left.copy(bytes.numel())?;
                return quantized_in(&bytes, dtype, &scales, &size, &stride);
            }
            _ => return Err(wrong()),
        };
        let form = [storage.clone(), offset.clone(), size.clone(), stride.clone()];
        let integers = self.plain(&form, Some(plain), None, None)?;
        left.copy(integers.numel().saturating_mul(plain.itemsize()))?;
        match &self.scales(quantizer, &integers.size(), left, depth)? {
            Scales::One(scale, zero) => {
                integers.f_internal_make_per_tensor_quantized_tensor(*scale, *zero)
            }
            Scales::Each(scales, zeros, axis) => {
                integers.f_internal_make_per_channel_quantized_tensor(scales, zeros, *axis)
            }
        }
        .map_err(|_| wrong())
    }

    /// The bytes of numbers of which several share one, which lie there one by one.
    fn packed(
        &mut self,
        storage: &Value,
        dtype: Dtype,
        offset: i64,
        size: &[i64],
        stride: &[i64],
    ) -> Result<Tensor, Problem> {
        let of_byte = if dtype == Dtype::QUInt4x2 { 2 } else { 4 };
        let storage = Storage::named(self.graph, storage)?;
        let bytes = self.storages.numbers(&storage, Dtype::Uint8)?;
        check_view(bytes.numel().saturating_mul(of_byte), offset, size, stride)?;
        let mut step = 1;
        let in_order = iter::zip(size, stride).rev().all(|(&side, &stride)| {
            let right = side == 1 || stride == step;
            step *= side;
            right
        });
        // Each row has bytes of its own, for as many as it says, whether it fills them or not.
        let rows = size.iter().rev().skip(1).product::<i64>() as usize;
        let needed = rows * (size.last().copied().unwrap_or(1) as usize).div_ceil(of_byte);
        if offset != 0 || !in_order || size.contains(&0) || needed > bytes.numel() {
            return Err(format!("has a tensor of {dtype} that is a part of another").into());
        }
        Ok(bytes)
    }

    /// What the numbers of a quantized tensor of this size are multiples of.
    fn scales(
        &mut self,
        quantizer: &'a Value,
        size: &[i64],
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Scales, Problem> {
        let wrong = || Problem::from("has a quantized tensor of an unknown form");
        let quantizer = self.graph.items(quantizer).ok_or_else(wrong)?;
        let [scheme, rest @ ..] = quantizer else { return Err(wrong()) };
        let (_, scheme) = self.graph.global(scheme).ok_or_else(wrong)?;
        match (scheme, rest) {
            ("per_tensor_affine", [Value::Float(scale), zero_point]) => {
                Ok(Scales::One(*scale, self.integer(zero_point)?))
            }
            ("per_channel_affine" | "per_channel_affine_float_qparams", [scales, zeros, axis]) => {
                let scales = self.channels(scales, left, depth)?;
                let zeros = self.channels(zeros, left, depth)?;
                let axis = self.integer(axis)?;
                let channels = usize::try_from(axis)
                    .ok()
                    .and_then(|axis| size.get(axis).map(|&side| side as usize));
                if channels != Some(scales.numel()) || channels != Some(zeros.numel()) {
                    return Err("has as many scales as no side of a quantized tensor".into());
                }
                Ok(Scales::Each(scales, zeros, axis))
            }
            _ => Err(wrong()),
        }
    }

    /// The scales or the zeros of the channels: a tensor, or a list of numbers.
    fn channels(
        &mut self,
        value: &'a Value,
        left: &mut Allowance,
        depth: usize,
    ) -> Result<Tensor, Problem> {
        let Some(Node::List(numbers)) = self.graph.node(value) else {
            return self.part(value, left, depth);
        };
        left.copy(numbers.len().saturating_mul(8))?;
        if let [Value::Int(_), ..] = &numbers[..] {
            let numbers: Result<Vec<i64>, _> = numbers.iter().map(|n| self.integer(n)).collect();
            return Ok(Tensor::from_slice(&numbers?));
        }
        let number = |value: &Value| match value {
            Value::Float(number) => Ok(*number),
            _ => Err("has a scale that is no number".to_string()),
        };
        Ok(Tensor::from_slice(&numbers.iter().map(number).collect::<Result<Vec<f64>, _>>()?))
    }

    fn integer(&self, value: &Value) -> Result<i64, Problem> {
        match value {
            Value::Int(number) => Ok(*number),
            _ => Err("has something else where a whole number should be".into()),
        }
    }

    /// A size or a stride: a tuple, or a `torch.Size` of one.
    fn sides(&self, value: &Value) -> Result<Vec<i64>, Problem> {
        let value = match self.graph.node(value) {
            Some(Node::Call(call))
                if self.graph.global(&call.function) == Some(("torch", "Size")) =>
            {
                self.graph.items(&call.arguments).and_then(<[Value]>::first)
            }
            _ => Some(value),
        };
        let sides = value.and_then(|value| self.graph.items(value));
        let sides = sides.ok_or("has something else where a tuple should be")?;
        if sides.len() > 64 {
            return Err("has a tensor of more than 64 dimensions".into());
        }
        sides.iter().map(|side| self.integer(side)).collect()
    }

    fn dtype(&self, value: &Value) -> Result<Dtype, Problem> {
        let named = match self.graph.global(value) {
            Some(("torch", name)) => Dtype::named(name),
            _ => None,
        };
        named.ok_or_else(|| "has a tensor of an unknown kind".into())
    }
}

/// The scale and the zero of all numbers, or those of each channel, along this dimension.
enum Scales {
    One(f64, i64),
    Each(Tensor, Tensor, i64),
}

/// A quantized tensor whose numbers lie in these bytes.
fn quantized_in(
    bytes: &Tensor,
    dtype: Dtype,
    scales: &Scales,
    size: &[i64],
    stride: &[i64],
) -> Result<Tensor, Problem> {
    let (kind, none) = (Argument::Integer(dtype as i64), Argument::None);
    let [tensor] = match scales {
        Scales::One(scale, zero) => {
            let (scale, zero) = (Argument::Number(*scale), Argument::Integer(*zero));
            let arguments = [size.into(), kind, none, none, none, scale, zero];
            called(c"aten::_empty_affine_quantized", c"", &arguments)?
        }
        Scales::Each(scales, zeros, axis) => {
            let arguments = [size.into(), scales.into(), zeros.into(), (*axis).into(), kind];
            called(c"aten::_empty_per_channel_affine_quantized", c"", &arguments)?
        }
    };
    // libtorch counts from where the memory begins.
    let copy = (bytes.storage_offset() != 0).then(|| bytes.copy());
    let bytes = copy.as_ref().unwrap_or(bytes);
    let arguments = [(&tensor).into(), bytes.into(), 0.into(), size.into(), stride.into()];
    let [tensor] = called(c"aten::set_", c"source_Tensor_storage_offset", &arguments)?;
    Ok(tensor)
}

/// The functions that are imitated: with other arguments than those above they are refused.
const KNOWN: [&str; 10] = [
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
    "_rebuild_device_tensor_from_cpu_tensor",
    "_rebuild_sparse_tensor",
    "_rebuild_qtensor",
    "_rebuild_nested_tensor",
    "_rebuild_meta_tensor_no_storage",
];

/// Calls libtorch with what a file holds.
fn called<const N: usize>(
    name: &std::ffi::CStr,
    overload: &std::ffi::CStr,
    arguments: &[Argument<'_>],
) -> Result<[Tensor; N], Problem> {
    try_op(name, overload, arguments).map_err(|error| {
        let words = error.to_string();
        format!("has a tensor that cannot be: {}", words.lines().next().unwrap_or_default()).into()
    })
}

/// Tensors of different sizes in one buffer; each has to lie in there.
fn nested(
    buffer: &Tensor,
    sizes: &Tensor,
    strides: &Tensor,
    offsets: &Tensor,
) -> Result<Tensor, Problem> {
    let wrong = || Problem::from("has a nested tensor of an unknown form");
    let table = |tensor: &Tensor| -> Result<(Vec<i64>, usize), Problem> {
        let plain =
            Layout::of(tensor) == Layout::Strided && Dtype::of(tensor) == Some(Dtype::Int64);
        let size = if plain { tensor.size() } else { vec![] };
        // What is spread out over one number may be longer than memory is.
        let held = plain && tensor.is_contiguous();
        let (1 | 2, true) = (size.len(), held) else { return Err(wrong()) };
        let numbers = Vec::<i64>::try_from(tensor.reshape([-1])).map_err(|_| wrong())?;
        Ok((numbers, size.get(1).copied().unwrap_or(1) as usize))
    };
    let plain = Layout::of(buffer) == Layout::Strided && buffer.dim() == 1;
    if !plain || sizes.size() != strides.size() || sizes.size().first() != offsets.size().first() {
        return Err(wrong());
    }
    let ((size, sides), (stride, _), (offset, _)) =
        (table(sizes)?, table(strides)?, table(offsets)?);
    let numel = buffer.numel();
    for (i, &offset) in offset.iter().enumerate() {
        let row = i * sides..(i + 1) * sides;
        let (Some(size), Some(stride)) = (size.get(row.clone()), stride.get(row)) else {
            return Err(wrong());
        };
        check_view(numel, offset, size, stride)?;
    }
    let buffer = buffer.f_contiguous().map_err(|_| wrong())?;
    buffer.f_internal_nested_view_from_buffer(sizes, strides, offsets).map_err(|_| wrong())
}

/// A tensor of this form lies within a storage of so many numbers.
fn check_view(numel: usize, offset: i64, size: &[i64], stride: &[i64]) -> Result<(), Problem> {
    let outside = || {
        Problem::from(format!("has a tensor {size:?} that does not lie in its storage of {numel}"))
    };
    if size.len() != stride.len() || offset < 0 {
        return Err(outside());
    }
    if size.iter().chain(stride).any(|&number| number < 0) {
        return Err(outside());
    }
    // The sides have to be countable even where one of them is 0.
    let count = size.iter().try_fold(1_i64, |count, &side| count.checked_mul(side.max(1)));
    let last = size.iter().zip(stride).try_fold(offset, |last, (&side, &stride)| {
        last.checked_add((side - 1).max(0).checked_mul(stride)?)
    });
    let (Some(_), Some(last)) = (count, last) else { return Err(outside()) };
    let empty = size.contains(&0);
    let within = if empty { offset as u64 <= numel as u64 } else { (last as u64) < numel as u64 };
    if within { Ok(()) } else { Err(outside()) }
}
