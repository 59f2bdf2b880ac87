"""From a PyTorch module to Rust on this crate: `scripts/port MODULE:FACTORY --input SHAPE --out model.rs`.

The names and the structure come from the source, the types and the choices from running it:

- `record` runs the model in training and in evaluation mode. `nn.Module.__new__` notes the arguments
  that each module was made with; the code of each function is replaced for that time by the same code
  whose expressions report their kinds and values.
- `kinds` names what was seen: a Tensor, a number, what may be None, a tuple of kinds, a module's class.
- `source` gives a function's syntax tree with the file's line numbers.
- `construction` lays the instances of a class over each other. What is the same in all is a literal;
  where they differ stands an argument of `new`: one of Python's constructor that has these values, or
  what `initial` finds that `__init__` computes of them, or else an argument of the member's name. Where
  instances lack a layer, a test of `__init__` that holds for just the others becomes an `if`.
- `loops` writes the loops of `__init__` that make layers, and the layers under its conditions. `making` finds what
  is made in them: a second making of the model has logged what each expression came to, and an argument is that
  expression of the call which had its values. `methods` does so for a function that returns what it makes: a method,
  `_make_layer`, whose counters are `&mut`, or one of the module, `conv3x3`. `variables` then goes through the whole of
  `__init__`: what is the same in all instances stands at the beginning of `new` under its name, and what is computed
  from it is computed. `copied` reads configurations that a loop copies and changes as variables. `arguments` are those
  that the classes give each other: which of them `new` keeps, and which the report names as written several times.
- `beside` refuses what a model does beside its classes' `forward`: hooks, methods of `nn.Module` that it has written
  anew, layers that were changed after they were made.
- `layers` are PyTorch's own layers as the crate's constructors, with the arguments as they were given.
- `crate` reads the signatures of the crate's functions from its sources, so that a new one is known
  without a word here. `expressions` and `calls` translate by them and by the recorded kinds; `functions`
  does statements: which variable is shadowed, which is mutable, what an `if` is the value of.
- `program` puts the file together, `reference` writes what Python computes and the test that compares,
  `check` compiles both in a small crate that shares the checkout's target folder.
- `sharing` tells what stands at several places: an `nn::Shared`, a tied parameter. `buffers` translates what
  of `__init__` computes buffers and parameters, whose kinds a second making records.
- `draws` are the initial values that `__init__` sets when the members are there: a making that is looked at tells
  all that sets or draws numbers, the statements behind it become statements of `new` (`drawing`), and the order of
  the draws is compared. What is not translated comes with the weights.
- `groups` makes a struct of a ModuleDict that is taken by names; `patterns` translates einops; `printing` a class's
  `extra_repr` or `__repr__`.
- `export` asks torch.export as well; `gallery` takes many models through, `scripted` those of TorchScript.

A branch whose condition depends on the configuration alone, and which no instance takes, is left out,
and the report says so. All else that is not understood is `report.Untranslated`: it becomes a `todo!`,
or, where no class could be written at all, nothing is written.

Dictionaries of given keys become structs, named after the function that gives them, or the argument that
they are; one that is filled bit by bit is a variable for each key until it is read as a whole. Tuples that grow are a
`Vec`. Modules of several classes are `dyn Forward`, where each maps one tensor to one, else `dyn Module`, and a call
asks of which class each is.

Not yet: dictionaries of numbers, subclasses of layers with members of their own names, parameters that
are tied inside a Sequential or a list of several classes; einops with `...`, its `pack` and `EinMix`; a
ParameterDict; loops over lists that are no table; loops that make modules of one class or of another by the row.
"""
