//! The course notebook's cells: its convolution in plain loops, and its models, one file each.

pub mod convolution;
mod functional_cnn;
mod my_conv2d;
mod recurrent_network;
mod row_reader;
mod sequential_cnn;

pub use functional_cnn::{Cnn, ConvNet};
pub use my_conv2d::{MyCnn, MyConv2d, MyConv2dOptions};
pub use recurrent_network::{Answer, RecurrentNetwork, rows};
pub use row_reader::RowReader;
pub use sequential_cnn::sequential_cnn;
