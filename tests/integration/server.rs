//! [`Server`]: a `flambeau serve` that ends with whoever started it. The benchmark asks it, too.

use std::io::{self, BufRead, BufReader, ErrorKind, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server, ended when it is dropped.
pub struct Server {
    pub child: Child,
    /// Its output is held open, or it would end.
    _lines: Lines<BufReader<ChildStdout>>,
    pub address: String,
}

impl Server {
    /// The server of this program and its first arguments, of the functional CNN's weights in a file.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let arguments = "--model functional-cnn --device cpu --threads 1 --port 0 --quiet";
        let mut child = command.args(arguments.split(' ')).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let line = lines.next().ok_or(ErrorKind::UnexpectedEof)??;
        let address = line.trim_start_matches("http://").trim_end_matches('/').to_string();
        Ok(Self { child, _lines: lines, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
