//! [`Summary`]: a model's layers with the sizes of what they put out, their parameters, and what
//! they cost.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use tch::{Device, Kind, Tensor};

use super::call::called;
use super::module::named_modules;
use super::{Evaluating, Forward, Member, Module, call, register_module_forward_hook};
use crate::refusal::Called;
use crate::repr::thousands;
use crate::torch;

/// A model's layers with the sizes of what they put out, their parameters, and what they cost in
/// multiply-adds. [`Forward::summary`] makes one; printed, it is a table.
///
/// Multiply-adds are those of convolutions, linear, bilinear and recurrent layers and attention:
/// for each weight, how often it is multiplied with a value. Biases, normalisation, activations
/// and pools are left out, and so is what a model computes between its layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The model itself, and all modules inside it, each before its children.
    pub rows: Vec<Row>,
    /// How many numbers there are in all parameters.
    pub parameters: usize,
    /// How many of these are trained.
    pub trainable_parameters: usize,
    /// How many bytes all parameters take.
    pub parameter_bytes: usize,
    /// How many bytes the outputs of all layers take, those of models and containers aside.
    pub output_bytes: usize,
}

/// One module of a [`Summary`].
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name in the module around it; the model itself has none.
    pub name: String,
    /// Its class.
    pub class_name: &'static str,
    /// How many modules stand around it.
    pub depth: usize,
    /// The sizes of the tensors that it put out first; none if it was not called.
    pub outputs: Vec<Vec<i64>>,
    /// How many numbers there are in its own parameters, those inside its children aside.
    pub parameters: usize,
    /// What all its calls cost, those of its children aside.
    pub multiply_adds: i64,
}

/// What was seen of a module while the model ran.
#[derive(Default)]
struct Seen {
    outputs: Vec<Vec<i64>>,
    bytes: usize,
    multiply_adds: i64,
}

impl Summary {
    /// Runs `model` on `input` once, in evaluation, and notes what its modules do. Modes,
    /// gradients and the generator are as before afterwards.
    ///
    /// # Panics
    /// When the input does not fit the model, as its `forward` does.
    #[track_caller]
    pub fn of(model: &dyn Forward, input: &Tensor) -> Self {
        let seen = Rc::new(RefCell::new(HashMap::<Called, Seen>::new()));
        let notes = seen.clone();
        let hook = register_module_forward_hook(move |module, inputs, outputs| {
            let mut notes = notes.borrow_mut();
            let seen = notes.entry(called(module)).or_default();
            if seen.outputs.is_empty() {
                seen.outputs = outputs.iter().map(|output| output.size()).collect();
            }
            seen.bytes += outputs.iter().map(|output| bytes(output)).sum::<usize>();
            seen.multiply_adds += module.multiply_adds(inputs, outputs);
            None
        });
        let before = Evaluating::begin(model);
        let _ = torch::no_grad(|| call(model, input));
        drop((before, hook));

        let seen = seen.take();
        let mut summary = Self {
            rows: vec![],
            parameters: 0,
            trainable_parameters: 0,
            parameter_bytes: 0,
            output_bytes: 0,
        };
        for (path, module) in named_modules(model) {
            let nothing = Seen::default();
            let seen = seen.get(&called(module)).unwrap_or(&nothing);
            summary.rows.push(Row {
                depth: if path.is_empty() { 0 } else { path.split('.').count() },
                name: path.rsplit('.').next().unwrap_or_default().to_string(),
                class_name: module.class_name(),
                outputs: seen.outputs.clone(),
                parameters: own_parameters(module).iter().map(Tensor::numel).sum(),
                multiply_adds: seen.multiply_adds,
            });
            if module.named_children().is_empty() {
                summary.output_bytes += seen.bytes;
            }
        }
        for parameter in model.parameters() {
            let n = parameter.numel();
            summary.parameters += n;
            summary.trainable_parameters += if parameter.requires_grad() { n } else { 0 };
            summary.parameter_bytes += bytes(&parameter);
        }
        summary
    }

    /// The names of the modules with parameters whose cost nothing has counted: they were not called,
    /// and no module around them counts for them.
    fn unseen(&self) -> Vec<&str> {
        let mut around: Vec<&Row> = Vec::new();
        let mut unseen = Vec::new();
        for row in &self.rows {
            around.truncate(row.depth);
            let counted = around.iter().any(|outer| outer.multiply_adds > 0);
            let called = !row.outputs.is_empty() || row.class_name == "ParameterList";
            if row.parameters > 0 && !called && !counted {
                unseen.push(row.name.as_str());
            }
            around.push(row);
        }
        unseen
    }

    /// What one run costs.
    pub fn multiply_adds(&self) -> i64 {
        self.rows.iter().map(|row| row.multiply_adds).sum()
    }
}

/// A tensor for the model to be run on: zeros of the kind and on the device of its parameters.
pub(super) fn zeros(model: &dyn Module, size: &[i64]) -> Tensor {
    let first = model.parameters().into_iter().next();
    let options = first.map_or((Kind::Float, Device::Cpu), |p| (p.kind(), p.device()));
    Tensor::zeros(size, options)
}

fn own_parameters(module: &dyn Module) -> Vec<Tensor> {
    let parameter = |(_, member)| match member {
        Member::Parameter(parameter) => Some(parameter.shallow_clone()),
        _ => None,
    };
    module.members().into_iter().filter_map(parameter).collect()
}

fn bytes(tensor: &Tensor) -> usize {
    tensor.numel() * tensor.kind().elt_size_in_bytes()
}

/// What a call costs whose weights are used as most are: a matrix once for every vector of the
/// input, as in a linear layer or at a step of a recurrent one; kernels once for every position of a
/// convolution's output, of a transposed one's input.
pub(super) fn of_weights(
    class_name: &str,
    members: &[(String, Member<'_>)],
    inputs: &[&Tensor],
    outputs: &[&Tensor],
) -> i64 {
    let (Some(input), Some(output)) = (inputs.first(), outputs.first()) else { return 0 };
    // Whole numbers are looked up by, not multiplied with; what is normalised, number by number.
    if [Kind::Int64, Kind::Int].contains(&input.kind()) || class_name.ends_with("Norm") {
        return 0;
    }
    let vectors = input.numel() as i64 / input.size().last().map_or(1, |&width| width.max(1));
    let side = if class_name.starts_with("ConvTranspose") { input } else { output };
    let of_weight = |(_, member): &(String, Member<'_>)| match member {
        Member::Parameter(weight) if weight.dim() == 2 => vectors * weight.numel() as i64,
        Member::Parameter(weight) if weight.dim() > 2 && weight.numel() > 0 => {
            side.numel() as i64 / weight.size()[0] * weight.numel() as i64
        }
        _ => 0,
    };
    members.iter().map(of_weight).sum()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table =
            vec![["Layer", "Output size", "Parameters", "Multiply-adds"].map(String::from)];
        for row in &self.rows {
            let name = match row.name.as_str() {
                "" => row.class_name.to_string(),
                name => format!("{}{name}: {}", "  ".repeat(row.depth), row.class_name),
            };
            let outputs: Vec<_> = row.outputs.iter().map(|size| format!("{size:?}")).collect();
            let outputs = if outputs.is_empty() { "-".into() } else { outputs.join(", ") };
            table.push([
                name,
                outputs,
                or_dash(row.parameters),
                or_dash(row.multiply_adds as usize),
            ]);
        }
        let mut widths = [0; 4];
        for row in &table {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let rule = "─".repeat(widths.iter().sum::<usize>() + 6);
        for (i, [name, outputs, parameters, multiply_adds]) in table.iter().enumerate() {
            let [a, b, c, d] = widths;
            writeln!(f, "{name:a$}  {outputs:b$}  {parameters:>c$}  {multiply_adds:>d$}")?;
            if i == 0 {
                writeln!(f, "{rule}")?;
            }
        }
        writeln!(f, "{rule}")?;
        let frozen = self.parameters - self.trainable_parameters;
        write!(f, "Parameters: {}", thousands(self.parameters))?;
        if frozen > 0 {
            write!(f, ", {} of them frozen", thousands(frozen))?;
        }
        writeln!(f, " ({})", megabytes(self.parameter_bytes))?;
        writeln!(f, "Multiply-adds: {}", thousands(self.multiply_adds() as usize))?;
        let unseen = self.unseen();
        if !unseen.is_empty() {
            let (names, call) = (unseen.join(", "), "by nn::call, if only its trait is known");
            writeln!(f, "Not counted, since it was not called: {names} (call it {call})")?;
        }
        write!(f, "Outputs of all layers: {}", megabytes(self.output_bytes))
    }
}

fn or_dash(n: usize) -> String {
    if n == 0 { "-".into() } else { thousands(n) }
}

fn megabytes(bytes: usize) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
