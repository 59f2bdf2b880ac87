//! Messages in protobuf's encoding.

/// A message to which field after field is written.
///
/// Each field is its number and its kind, 0 for a whole number, 1 for eight bytes, 2 for a length and as
/// many bytes, 5 for four bytes, and then its value: <https://protobuf.dev/programming-guides/encoding>.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub fn new() -> Self {
        Self::default()
    }

    /// The encoded message.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// An `int32`, an `int64` or an `enum`, which is not written where it is 0.
    pub fn int(mut self, field: u32, value: i64) -> Self {
        if value != 0 {
            self.key(field, 0);
            self.varint(value as u64);
        }
        self
    }

    /// A `bool` that one of several fields is, so that `false` is written too.
    pub fn bool(mut self, field: u32, value: bool) -> Self {
        self.key(field, 0);
        self.varint(value.into());
        self
    }

    /// A `float` that one of several fields is, so that 0 is written too.
    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `double`.
    pub fn double(mut self, field: u32, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `repeated double`, packed.
    pub fn doubles(self, field: u32, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.data(field, &bytes)
    }

    /// A `string` or `bytes`.
    pub fn data(mut self, field: u32, data: impl AsRef<[u8]>) -> Self {
        let data = data.as_ref();
        self.key(field, 2);
        self.varint(data.len() as u64);
        self.0.extend(data);
        self
    }

    /// A message in this one.
    pub fn message(self, field: u32, message: Message) -> Self {
        self.data(field, message.0)
    }

    fn key(&mut self, field: u32, kind: u32) {
        self.varint((field << 3 | kind).into());
    }

    /// Seven bits a byte, the lowest first; the eighth says that there are more.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}
