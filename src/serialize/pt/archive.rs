//! The zip archive that `torch.save` writes since PyTorch 1.6.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::read::DeflateDecoder;
use tch::Tensor;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use super::problem::Problem;
use super::storages::Bytes;
use crate::ffi::filled_bytes;
use crate::serialize::source::Source;

/// What compressed parts may come to, all together: so many times the file's size, and so much
/// besides. What computers learn hardly gets smaller at all.
const INFLATION: u64 = 128;
const ANYWAY: u64 = 64 << 20;

/// How much is read at once, so that its sum is taken while it is near.
const PIECE: usize = 256 << 10;

pub(super) struct Archive {
    archive: ZipArchive<BufReader<File>>,
    source: Source,
    /// The folder that all of the archive's files are in, with a slash behind it.
    folder: String,
    /// How many bytes may still be read as they are, and how many unpacked.
    stored: u64,
    inflated: u64,
}

/// A part of the archive.
struct Part {
    name: String,
    start: u64,
    size: u64,
    compressed: u64,
    method: CompressionMethod,
    /// Nothing where it was left out when the file was written.
    crc: Option<u32>,
}

impl Archive {
    pub fn open(source: Source) -> Result<Self, Problem> {
        let reader = source.file.try_clone().map_err(|e| e.to_string())?;
        // It begins where the file does: where its records say that they are, they are. To guess from
        // the end goes wrong, since PyTorch's have 76 bytes more before it than such records tell of.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let archive = ZipArchive::with_config(config, BufReader::new(reader));
        let archive = archive.map_err(|e| e.to_string())?;
        let inflated = source.length.saturating_mul(INFLATION).saturating_add(ANYWAY);
        let (folder, stored) = (String::new(), source.length);
        let mut archive = Self { archive, source, folder, stored, inflated };
        if let Some(folder) = archive.folder() {
            archive.folder = folder;
        }
        Ok(archive)
    }

    /// The folder of `data.pkl` that lies highest.
    fn folder(&self) -> Option<String> {
        let names = self.names();
        let folders = names.iter().filter_map(|name| name.strip_suffix("data.pkl"));
        let folders = folders.filter(|folder| folder.is_empty() || folder.ends_with('/'));
        folders.min_by_key(|folder| folder.matches('/').count()).map(String::from)
    }

    /// The names of its parts.
    pub fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| Some(name.ok()?.to_string())).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(&format!("{}{name}", self.folder)).is_some()
    }

    /// A part that is read as a whole.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, Problem> {
        let part = self.part(name)?;
        let mut bytes = vec![0; self.size(&part)?];
        self.unpack(&part, &mut bytes)?;
        Ok(bytes)
    }

    /// The first part that cannot be read because of how it was packed, and how that is called.
    pub fn packed_otherwise(&mut self) -> Option<(String, &'static str)> {
        (0..self.archive.len()).find_map(|index| {
            let entry = self.archive.by_index_raw(index).ok()?;
            let packed = match entry.compression() {
                _ if entry.encrypted() => "encrypted",
                CompressionMethod::Stored | CompressionMethod::DEFLATE => return None,
                CompressionMethod::DEFLATE64 => "compressed by Deflate64",
                CompressionMethod::BZIP2 => "compressed by bzip2",
                CompressionMethod::LZMA => "compressed by LZMA",
                CompressionMethod::ZSTD => "compressed by Zstandard",
                CompressionMethod::XZ => "compressed by XZ",
                _ => "compressed by an unusual method",
            };
            Some((entry.name().ok()?.to_string(), packed))
        })
    }

    fn part(&mut self, name: &str) -> Result<Part, Problem> {
        let name = format!("{}{name}", self.folder);
        let wrong = |e: zip::result::ZipError| format!("{name}: {e}");
        let index =
            self.archive.index_for_name(&name).ok_or_else(|| format!("it has no {name}"))?;
        let entry = self.archive.by_index_raw(index).map_err(wrong)?;
        let start = entry.data_start().ok_or_else(|| format!("{name} lies nowhere"))?;
        Ok(Part {
            start,
            size: entry.size(),
            compressed: entry.compressed_size(),
            method: entry.compression(),
            crc: Some(entry.crc32()).filter(|crc| *crc != 0),
            name,
        })
    }

    /// How many bytes a part has, if there may be so many.
    fn size(&mut self, part: &Part) -> Result<usize, Problem> {
        let (name, size) = (&part.name, part.size);
        let left = if part.method == CompressionMethod::Stored {
            // What is stored as it is cannot be longer than the file, all together: so no memory
            // is taken for a lie.
            let end = part.start.checked_add(size);
            if part.compressed != size || end.is_none_or(|end| end > self.source.length) {
                return Err(
                    format!("{name} claims {size} bytes, which the file does not have").into()
                );
            }
            &mut self.stored
        } else {
            self.inflated = self.inflated.checked_sub(size).ok_or_else(|| {
                Problem::Bound(format!(
                    "what is compressed in it comes to more than a file of its size can mean: {name} \
                     has {size} bytes"
                ))
            })?;
            return Ok(usize::try_from(size).map_err(|_| format!("{name} claims {size} bytes"))?);
        };
        let taken = left.checked_sub(size);
        *left = taken.ok_or_else(|| format!("{name} claims {size} bytes, {left} are left"))?;
        Ok(usize::try_from(size).map_err(|_| format!("{name} claims {size} bytes"))?)
    }

    /// Puts the bytes of a part here, where there is place for all of them.
    fn unpack(&self, part: &Part, bytes: &mut [u8]) -> Result<(), String> {
        let name = &part.name;
        let mut sum = crc32fast::Hasher::new();
        let end = part.start.saturating_add(part.compressed);
        let window = Window { file: &self.source.file, at: part.start, end };
        let mut reader: Box<dyn Read> = match part.method {
            CompressionMethod::Stored => Box::new(window),
            _ => Box::new(DeflateDecoder::new(BufReader::new(window))),
        };
        for piece in bytes.chunks_mut(PIECE) {
            reader.read_exact(piece).map_err(|e| format!("{name}: {e}"))?;
            if part.crc.is_some() {
                sum.update(piece);
            }
        }
        match part.crc {
            Some(crc) if crc != sum.finalize() => {
                Err(format!("{name} is damaged: its sum is wrong"))
            }
            _ => Ok(()),
        }
    }
}

/// A part of a file, from here to there.
struct Window<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Window<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = left.min(bytes.len());
        let read = self.file.read_at(&mut bytes[..length], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Bytes for Archive {
    fn bytes(&mut self, key: &str) -> Result<Tensor, Problem> {
        let part = self.part(&format!("data/{key}"))?;
        if self.source.is_mapped() && part.method == CompressionMethod::Stored {
            let bytes = self.source.bytes(part.start, part.size);
            return Ok(bytes.map_err(|problem| format!("{}: {problem}", part.name))?);
        }
        let size = self.size(&part)?;
        Ok(filled_bytes(size, |bytes| self.unpack(&part, bytes))?)
    }
}
