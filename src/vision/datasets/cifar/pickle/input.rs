//! The input of the pickle machine: bytes, and how far they are read.

/// The bytes and how far they are read.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes there are, read or not.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..length).ok_or_else(|| {
            format!("ends in the middle: {length} bytes at {}, {} left", self.at, rest.len())
        })?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| "ends in the middle".to_string())
    }

    pub(super) fn byte(&mut self) -> Result<u8, String> {
        self.array().map(|[byte]| byte)
    }

    /// Bytes whose length stands before them, in 1, 4 or 8 bytes itself.
    pub(super) fn sized<const N: usize>(&mut self) -> Result<&'a [u8], String> {
        let mut length = [0; 8];
        length.iter_mut().zip(self.array::<N>()?).for_each(|(place, byte)| *place = byte);
        let length = usize::try_from(u64::from_le_bytes(length));
        self.take(length.map_err(|_| format!("length out of range at byte {}", self.at))?)
    }

    pub(super) fn text<const N: usize>(&mut self) -> Result<&'a str, String> {
        utf8(self.sized::<N>()?)
    }

    pub(super) fn line(&mut self) -> Result<&'a str, String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or("ends in the middle of a name")?)?;
        self.byte()?;
        utf8(line)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("text that is not UTF-8: {error}"))
}
