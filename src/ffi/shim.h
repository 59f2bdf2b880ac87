// What the files of the shim share.

#pragma once

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

// What Adam's step needs beside the tensors; laid out as in mod.rs.
struct AdamOptions {
  double lr, beta1, beta2, eps, weight_decay;
  bool amsgrad, maximize, decoupled;
};
