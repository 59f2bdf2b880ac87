//! Recurrent layers, and the cells that take one step of them.

mod cell;
mod layer;
mod recurrence;
mod weights;

pub use cell::{GRUCell, LSTMCell, RNNCell, RecurrentCell, RecurrentCellOptions};
pub use layer::{GRU, LSTM, RNN, Recurrent, RecurrentOptions};
pub use recurrence::{Elman, Gated, LongShortTerm, Recurrence, RnnNonlinearity, Sequence, State};
