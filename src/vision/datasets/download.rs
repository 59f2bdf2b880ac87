//! A download: one address brought to one file, taken up again where it broke off, and checked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::notice::{bar, say};
use crate::{Error, Result, checksum};

/// How long to wait for a name, and for a connection: a closed network is to cost seconds.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a connection may stay without a byte.
const STALL: Duration = Duration::from_secs(30);
/// How often in a row a connection that brought a little may break before this gives up.
const BREAKS: usize = 5;
/// Bytes that are more than a little.
const MUCH: u64 = 1 << 20;
/// Most bytes that are taken; the largest archive, CIFAR-10's, has 170 MB.
const LIMIT: u64 = 1 << 30;

/// A file on the network, and the sums it must have.
pub(super) struct Remote<'a> {
    pub(super) url: &'a str,
    pub(super) md5: &'a str,
    pub(super) sha256: &'a str,
}

impl Remote<'_> {
    /// Brings the file to `path` unless it is there already, as published.
    pub(super) fn bring(&self, path: &Path) -> Result<()> {
        if path.exists() && self.check(path).is_ok() { Ok(()) } else { self.fetch(path) }
    }

    /// Brings the file to `path`. Until it is whole and checked it is called [`part`]; one that an
    /// earlier download left behind is continued.
    fn fetch(&self, path: &Path) -> Result<()> {
        let part = part(path);
        say(format!("Downloading {} to {}", self.url, path.display()));
        let continued = length(&part) > 0;
        self.receive(&part)?;
        if let Err(error) = self.check(&part) {
            if !continued {
                return Err(error);
            }
            // The old beginning may belong to something else than the new end.
            say("The continued download is not as published; starting again");
            self.receive(&part)?;
            self.check(&part)?;
        }
        let written = File::open(&part).and_then(|file| file.sync_all());
        written.and_then(|()| fs::rename(&part, path)).map_err(|e| unwritable(path, e))
    }

    /// Checks both sums of the file at `path`, and removes it if one is wrong.
    fn check(&self, path: &Path) -> Result<()> {
        let remedy = "delete it and download it again";
        let (md5, sha256) = checksum::of_file(path)
            .map_err(|error| Error::file(path, format!("cannot be read ({error})"), remedy))?;
        let sums = [("md5", self.md5, md5), ("sha256", self.sha256, sha256)];
        let Some((name, expected, found)) = sums.iter().find(|(_, right, found)| right != found)
        else {
            return Ok(());
        };
        let problem = format!("{name} sum is {found}, not {expected}; removed");
        let _ = fs::remove_file(path);
        Err(Error::file(path, problem, "download it again"))
    }

    /// Fills the part, over as many connections as it takes while each gets further.
    fn receive(&self, part: &Path) -> Result<()> {
        let mut breaks = 0;
        loop {
            let before = length(part);
            match self.request(part) {
                Err(Error::Download { reason, .. }) if length(part) > before && breaks < BREAKS => {
                    breaks = if length(part) - before > MUCH { 0 } else { breaks + 1 };
                    say(format!("{reason}; going on from byte {}", length(part)));
                }
                done => return done,
            }
        }
    }

    /// Makes one request for what the part lacks.
    fn request(&self, part: &Path) -> Result<()> {
        let have = length(part);
        let mut request = agent().get(self.url).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.failed(brief(error)))?;
        let (start, file) = match response.status() {
            StatusCode::OK => (0, File::create(part)),
            StatusCode::PARTIAL_CONTENT if have > 0 && starts_at(&response, have) => {
                (have, OpenOptions::new().append(true).open(part))
            }
            // Nothing is lacking, or the part is longer than the file: the sums will tell.
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => return Ok(()),
            other => return Err(self.failed(format!("the server answered {other}"))),
        };
        self.save(response, start, file.map_err(|e| unwritable(part, e))?, part)
    }

    /// Writes a response's body to the part, whose first `start` bytes are there already.
    fn save(
        &self,
        response: Response<Body>,
        start: u64,
        mut file: File,
        part: &Path,
    ) -> Result<()> {
        let total = response.body().content_length().map(|rest| start.saturating_add(rest));
        let bar = bar(start, total);
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; 1 << 16];
        let mut have = start;
        loop {
            let read = match body.read(&mut chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
                Err(error) => return Err(self.failed(brief(ureq::Error::from(error)))),
            };
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            file.write_all(bytes).map_err(|e| unwritable(part, e))?;
            have += read as u64;
            if have > LIMIT {
                return Err(self.failed(format!("longer than {} MiB", LIMIT >> 20)));
            }
            bar.set_position(have);
        }
        match total {
            Some(total) if have < total => Err(self.failed(format!(
                "the connection broke after {have} of {total} bytes (kept in {})",
                part.display()
            ))),
            _ => Ok(()),
        }
    }

    fn failed(&self, reason: String) -> Error {
        let remedy = "try again later".to_string();
        Error::Download { what: self.url.to_string(), reason, remedy }
    }
}

/// What the file at `path` is called while it is not whole.
pub(super) fn part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// A client with this module's time limits; ureq itself looks for a proxy in the environment.
fn agent() -> Agent {
    Agent::config_builder()
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(STALL))
        .timeout_per_read(Some(STALL))
        .http_status_as_error(false)
        .build()
        .into()
}

/// Whether a partial response begins at that byte.
fn starts_at(response: &Response<Body>, byte: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|v| v.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {byte}-")))
}

/// What went wrong on the network, in a few words.
fn brief(error: ureq::Error) -> String {
    use ureq::Timeout;
    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("could not connect within {} s", CONNECT.as_secs())
        }
        ureq::Error::Timeout(_) => format!("no byte came for {} s", STALL.as_secs()),
        ureq::Error::HostNotFound => "host not found".into(),
        ureq::Error::ConnectionFailed => "could not connect".into(),
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "connection refused".into(),
            ErrorKind::ConnectionReset => "the connection broke".into(),
            _ => error.to_string(),
        },
        other => other.to_string(),
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::file(path, format!("cannot be written ({error})"), "make room there, or choose another")
}
