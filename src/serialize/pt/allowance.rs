//! [`Allowance`]: how much memory a file may take.

use std::mem::size_of;

use super::problem::Problem;

/// How many bytes of memory may still be taken for what a file says.
///
/// All that is made of a file is counted here before it is made, tensors' numbers aside, which are
/// as long as they lie in the file: an instruction of one byte can make a list, and a file of
/// little size can be compressed.
pub(super) struct Allowance {
    /// For what is named for the first time.
    made: usize,
    /// For what has to be copied.
    copied: usize,
    /// For what is made again because it refers to something around it.
    tied: usize,
    /// How many values may be named, those counted each time that are named more than once.
    pub named: u64,
}

/// How many values may be named, whatever the file: what a walk through them takes some seconds for.
const NAMED: u64 = 1 << 28;

fn too_much() -> Problem {
    Problem::Bound("holds more than a file of its size can mean".into())
}

impl Allowance {
    /// Of a file of so many bytes.
    pub fn of(length: u64) -> Self {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let times = |factor: usize, more: usize| length.saturating_mul(factor).saturating_add(more);
        let named = NAMED.saturating_add(length as u64);
        Self {
            made: times(128, 128 << 20),
            copied: times(16, 64 << 20),
            tied: times(8, 32 << 20),
            named,
        }
    }

    pub fn make(&mut self, bytes: usize) -> Result<(), Problem> {
        self.made = self.made.checked_sub(bytes).ok_or_else(too_much)?;
        Ok(())
    }

    pub fn copy(&mut self, bytes: usize) -> Result<(), Problem> {
        self.copied = self.copied.checked_sub(bytes).ok_or_else(too_much)?;
        Ok(())
    }

    /// Whether there is as much left for what is made again because of what is around it.
    pub fn copy_tied(&mut self, bytes: usize) -> bool {
        let left = self.tied.checked_sub(bytes);
        self.tied = left.unwrap_or(self.tied);
        left.is_some()
    }

    /// Makes what takes as many bytes as there are left for copies, or less.
    pub fn copy_within<T>(&mut self, make: impl FnOnce(usize) -> Option<T>) -> Result<T, Problem> {
        make(self.copied).ok_or_else(too_much)
    }

    /// Makes place for so many more values: twice the place where there is too little.
    pub fn extend<T>(&mut self, values: &mut Vec<T>, more: usize) -> Result<(), Problem> {
        let needed = values.len().saturating_add(more);
        if needed > values.capacity() {
            let capacity = needed.max(values.capacity() * 2).max(4);
            self.make((capacity - values.capacity()).saturating_mul(size_of::<T>()))?;
            values.reserve_exact(capacity - values.len());
        }
        Ok(())
    }
}
