//! What becomes of memory that is freed.

use crate::ffi;

/// From now on memory that is freed stays with the process, for its next step.
///
/// By itself glibc gives large blocks back to the system as soon as they are freed, and a moment later
/// the next step gets them anew, as pages that the system has to find and to clear. A program that
/// computes the same sizes again and again is faster without: inference of EfficientNet-Lite0 by a
/// third, a training of the notebook's CNN at batch 64 by a quarter. It holds on to the most memory
/// that it ever used, and that for all its threads. So this is for programs that train or answer, and
/// not for one that computes now and then beside other work.
///
/// It tells glibc and, where the program has it, mimalloc; with other allocators nothing changes.
/// The numbers that are computed stay the same. Call it first of all in `main`: what is allocated
/// already is not concerned.
///
/// ```
/// flambeau::keep_memory();
/// ```
pub fn keep_memory() {
    ffi::keep_memory();
}
