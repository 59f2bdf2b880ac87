//! [`Allowance`]: how much memory a file may take.

use std::mem::size_of;

/// How many bytes of memory may still be taken for what a file says.
///
/// All that is made of a file is counted here before it is made, tensors' numbers aside, which are
/// as long as they lie in the file: an instruction of one byte can make a list, and a file of
/// little size can be compressed.
pub(super) struct Allowance {
    /// For what is named for the first time.
    made: usize,
    /// For what is named more than once, or has to be copied.
    copied: usize,
}

const TOO_MUCH: &str = "holds more than a file of its size can mean";

impl Allowance {
    /// Of a file of so many bytes.
    pub fn of(length: u64) -> Self {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let times = |factor: usize, more: usize| length.saturating_mul(factor).saturating_add(more);
        Self { made: times(128, 128 << 20), copied: times(16, 64 << 20) }
    }

    pub fn make(&mut self, bytes: usize) -> Result<(), String> {
        self.made = self.made.checked_sub(bytes).ok_or(TOO_MUCH)?;
        Ok(())
    }

    pub fn copy(&mut self, bytes: usize) -> Result<(), String> {
        self.copied = self.copied.checked_sub(bytes).ok_or(TOO_MUCH)?;
        Ok(())
    }

    /// Makes what takes as many bytes as there are left for copies, or less.
    pub fn copy_within<T>(&mut self, make: impl FnOnce(usize) -> Option<T>) -> Result<T, String> {
        make(self.copied).ok_or_else(|| TOO_MUCH.into())
    }

    /// Makes place for so many more values: twice the place where there is too little.
    pub fn extend<T>(&mut self, values: &mut Vec<T>, more: usize) -> Result<(), String> {
        let needed = values.len().saturating_add(more);
        if needed > values.capacity() {
            let capacity = needed.max(values.capacity() * 2).max(4);
            self.make((capacity - values.capacity()).saturating_mul(size_of::<T>()))?;
            values.reserve_exact(capacity - values.len());
        }
        Ok(())
    }
}
