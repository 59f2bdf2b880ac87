//! [`Output`]: how a command says what it has to say.

use std::fmt::Display;

use clap::Args;
use flambeau::cli::visible;
use serde_json::Value;

/// How a command says what it has to say.
#[derive(Args, Clone, Copy)]
pub struct Output {
    /// Print what comes of it, and nothing on the way.
    #[arg(long, short, global = true)]
    quiet: bool,

    /// Print what comes of it as JSON, for other programs.
    #[arg(long, global = true)]
    json: bool,
}

impl Output {
    /// Whether nothing is said on the way: beside JSON it would be in the way.
    pub fn is_quiet(self) -> bool {
        self.quiet || self.json
    }

    /// What either of two asks for.
    pub fn or(self, other: Self) -> Self {
        Self { quiet: self.quiet || other.quiet, json: self.json || other.json }
    }

    pub fn is_json(self) -> bool {
        self.json
    }

    /// Says what is done on the way, on standard error: what another program reads is the result.
    pub fn say(self, line: impl Display) {
        if !self.is_quiet() {
            eprintln!("{}", visible(&line.to_string(), &['\n']));
        }
    }

    /// Says what has come of it: as text, or as JSON.
    pub fn result(self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
        match self.json {
            true => println!("{:#}", json()),
            false => println!("{}", visible(&text(), &['\n'])),
        }
    }
}
