// What the files on several processes share.

#pragma once

#include "shim.h"

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <mutex>
#include <string>
#include <vector>

// What a failed call says of the ranks, after `text`, which libtorch said.
struct Explain {
  void (*explain)(const void* context, const char* text, std::string* out);
  void (*release)(const void* context);
  const void* context;
};

// A group of processes, and what holds the calls on it in a row: which collective is which is
// counted as they begin.
struct Group {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::mutex begins;
};

inline std::vector<at::Tensor> listed(at::Tensor* const* tensors, size_t n) {
  std::vector<at::Tensor> list;
  list.reserve(n);
  for (size_t i = 0; i < n; ++i) list.push_back(tensors[i]->detach());
  return list;
}
