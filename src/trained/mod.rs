//! A trained model: its run or its weights, and what it answers. The commands, the report and the page
//! stand on it.

mod answers;
mod architecture;
mod machine;
mod output;
mod run;
mod weights;

pub use self::answers::{Answers, NoNumbers, as_json, likeliest, probabilities};
pub use self::architecture::{Architecture, Work};
pub use self::machine::Machine;
pub use self::output::Output;
pub use self::run::{RUNS, RunFolder, arguments, completed, find, flags, no_run, quoted};
pub use self::weights::{Trained, Weights, check_average, read_state};
