//! Recurrent layers, and the cells that take one step of them.

mod cell;
mod layer;
mod recurrence;
mod weights;

pub use cell::{
    GRUCell, LSTMCell, RNNCell, RecurrentCell, RecurrentCellCall, RecurrentCellOptions,
};
pub use layer::{GRU, LSTM, RNN, Recurrent, RecurrentCall, RecurrentOptions};
pub use recurrence::{Elman, Gated, LongShortTerm, Recurrence, RnnNonlinearity, Sequence, State};
