//! Files of events.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crc::{CRC_32_ISCSI, Crc};

use super::message::Message;
use crate::{Error, Result, file};

/// A file to which events are added, each as a record of its own: its length and its bytes, each
/// followed by a checksum.
///
/// A record is written at once and whole, so the file can be read as far as it goes, whenever the
/// process ends.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: File,
    /// Where the last whole record ends.
    length: u64,
}

/// How the names of the files begin, by which TensorBoard finds them.
pub const PREFIX: &str = "events.out.tfevents";

/// The version that TensorBoard's readers know, `file_version` of `event.proto`.
const FILE_VERSION: &str = "brain.Event:2";

impl EventFile {
    /// A new file in this folder, which is made if it is not there. What was written up to
    /// `purge_step` stays, what was written from it on is hidden.
    pub fn create(folder: &Path, suffix: &str, purge_step: Option<i64>) -> Result<Self> {
        // Two writers of a process, and of two processes with one number, have files of their own.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        file::make_folder(folder)?;
        let host = sysinfo::System::host_name().unwrap_or_else(|| "localhost".into());
        let host = host.replace('/', "_");
        let mut this = loop {
            let (seconds, process) = (wall_time() as u64, process::id());
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}.{seconds:010}.{host}.{process}.{n}{suffix}");
            let path = folder.join(name);
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => break Self { path, file, length: 0 },
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(unwritable(&path, e)),
            }
        };
        let source = Message::new().data(1, "flambeau");
        let version = |event: Message| event.data(3, FILE_VERSION);
        this.add(version(event(wall_time(), 0)).message(10, source))?;
        if let Some(step) = purge_step {
            // SessionLog's status START is what makes readers forget.
            let started = Message::new().int(1, 1);
            this.add(version(event(wall_time(), step)))?;
            this.add(event(wall_time(), step).message(7, started))?;
        }
        Ok(this)
    }

    /// Adds an event.
    pub fn add(&mut self, event: Message) -> Result<()> {
        let record = record(event.bytes());
        if let Err(e) = self.file.write_all(&record) {
            // Behind the beginning of a record nothing could be read that comes later.
            let _ = self.file.set_len(self.length);
            return Err(unwritable(&self.path, e));
        }
        self.length += record.len() as u64;
        Ok(())
    }

    /// Waits until all is on the disk.
    pub fn flush(&mut self) -> Result<()> {
        self.file.sync_data().map_err(|e| unwritable(&self.path, e))
    }
}

/// An `Event` of `event.proto`, yet without what has happened.
pub(super) fn event(wall_time: f64, step: i64) -> Message {
    Message::new().double(1, wall_time).int(2, step)
}

/// Seconds since 1970, as Python's `time.time()`.
pub(super) fn wall_time() -> f64 {
    // A clock that stands before 1970 is no reason to stop.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A record of TensorFlow's `record_writer.cc`.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked_crc(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked_crc(data).to_le_bytes());
    record
}

/// CRC-32C, masked so that the checksum of data which holds checksums is a good one too.
fn masked_crc(data: &[u8]) -> u32 {
    const CRC_32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
    CRC_32C.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    let remedy = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room for it".to_string()
        }
        _ => {
            let folder = path.parent().unwrap_or(path).display();
            format!("check that {folder} is a folder that may be written to")
        }
    };
    Error::file(path, format!("cannot be written: {error}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TensorBoard's `RecordWriter` wrote these bytes of `Event(wall_time=1.5, step=3,
    /// summary=Summary(value=[Summary.Value(tag="loss", simple_value=0.25)]))`.
    #[test]
    fn a_record_is_what_tensorboard_writes() {
        let value = Message::new().data(1, "loss").float(2, 0.25);
        let summary = Message::new().message(1, value);
        let event = event(1.5, 3).message(5, summary);
        assert_eq!(record(event.bytes()), RECORDED);
    }

    #[rustfmt::skip]
    const RECORDED: [u8; 42] = [
        0x1a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x12, 0x9b, 0xd8, 0x2d, 0x09, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x3f, 0x10, 0x03, 0x2a, 0x0d, 0x0a, 0x0b, 0x0a,
        0x04, 0x6c, 0x6f, 0x73, 0x73, 0x15, 0x00, 0x00, 0x80, 0x3e, 0xd0, 0x54, 0xb2, 0x55,
    ];

    #[test]
    fn a_full_disk_is_told() {
        let path = PathBuf::from("/dev/full");
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let mut file = EventFile { path, file, length: 0 };
        let error = file.add(event(0.0, 1)).unwrap_err().to_string();
        assert!(error.starts_with("/dev/full: cannot be written: No space left"), "{error}");
        assert!(error.ends_with("; make room for it"), "{error}");
    }
}
