// What the files of the shim share.

#pragma once

#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <exception>

// A function with a version for each of these processors, chosen as the program starts.
#if defined(__x86_64__) && defined(__linux__)
#define FLAMBEAU_CLONES __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define FLAMBEAU_CLONES
#endif

// Does the work; null when all went well, else the text of the exception.
template <class Work>
char* guarded(const Work& work) {
  try {
    work();
    return nullptr;
  } catch (const c10::Error& e) {
    return strdup(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("libtorch threw something that is no std::exception");
  }
}

// Calls work(begin, end) for pieces of 0 … n - 1, on as many threads as libtorch would take where
// there is more than one piece of `grain`: OpenMP's pragmas would bring in an OpenMP of ours.
template <class Work>
void in_parallel(int64_t n, int64_t grain, const Work& work) {
  if (n <= grain) return work(int64_t{0}, n);
  at::Tensor numbers = at::empty({n}, at::kByte);
  const char* first = static_cast<const char*>(numbers.const_data_ptr());
  at::TensorIterator pieces = at::TensorIterator::nullary_op(numbers);
  auto piece = [&](char** data, const int64_t*, int64_t length) {
    work(data[0] - first, data[0] - first + length);
  };
  pieces.for_each(piece, grain);
}

// What Adam's step needs beside the tensors; laid out as in mod.rs.
struct AdamOptions {
  double lr, beta1, beta2, eps, weight_decay;
  bool amsgrad, maximize, decoupled;
};
