// Python's x[index] and x[index] = value, which libtorch has in a header for C++.

#include "shim.h"

#include <ATen/TensorIndexing.h>
#include <c10/util/SmallVector.h>

using at::Tensor;

// One part of what stands between the brackets; laid out as in index.rs.
struct CIndex {
  int32_t which;
  int64_t a, b, c;
  const Tensor* tensor;
};

namespace {

namespace py = at::indexing;

py::TensorIndex part(const CIndex& index) {
  switch (index.which) {
    case 0: return py::None;
    case 1: return py::Ellipsis;
    case 2: return index.a;
    case 3: return index.a != 0;
    case 4: return py::Slice(index.a, index.b, index.c);
    default: return *index.tensor;
  }
}

c10::SmallVector<py::TensorIndex, 6> parts(const CIndex* indices, size_t n) {
  c10::SmallVector<py::TensorIndex, 6> all;
  all.reserve(n);
  for (size_t i = 0; i < n; ++i) all.push_back(part(indices[i]));
  return all;
}

}  // namespace

extern "C" {

char* flambeau_get_item(const Tensor* x, const CIndex* indices, size_t n, Tensor** out) {
  return guarded([&] { *out = new Tensor(py::get_item(*x, parts(indices, n))); });
}

char* flambeau_set_item(const Tensor* x, const CIndex* indices, size_t n, const Tensor* value) {
  return guarded([&] { py::set_item(*x, parts(indices, n), *value); });
}

// A number takes the kind of what it is assigned to, as a tensor without dimensions on the CPU.
char* flambeau_set_item_number(const Tensor* x, const CIndex* indices, size_t n, bool is_integer,
                               int64_t integer, double number) {
  return guarded([&] {
    auto scalar = is_integer ? at::Scalar(integer) : at::Scalar(number);
    auto options = x->options().device(at::kCPU);
    py::set_item(*x, parts(indices, n), py::scalarToTensor(scalar, options, at::kCPU));
  });
}
}
