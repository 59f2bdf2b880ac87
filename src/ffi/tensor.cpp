// What tensors are made of, where tch would not say or would panic.

#include "shim.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/variable.h>

#include <cstdint>
#include <string>
#include <string_view>

using at::Tensor;

namespace {

// What marks a parameter: the name that libtorch keeps for a tensor, and uses for nothing.
constexpr std::string_view kParameter = "flambeau::Parameter";

}  // namespace

extern "C" {

char* flambeau_mark_parameter(Tensor* tensor) {
  return guarded([&] { torch::autograd::impl::set_name(*tensor, std::string(kParameter)); });
}

bool flambeau_is_parameter(const Tensor* tensor) {
  return tensor->defined() && tensor->name() == kParameter;
}

// The at::ScalarType as a number; -1 of a tensor that is not defined.
int32_t flambeau_scalar_type(const Tensor* tensor) {
  return tensor->defined() ? static_cast<int32_t>(tensor->scalar_type()) : -1;
}

// How its numbers lie: 0 one by one, on the CPU or another device; 1 a tensor without numbers, on
// the device "meta"; 2 quantized; 3 nested; otherwise 16 and its at::Layout.
int32_t flambeau_layout(const Tensor* tensor) {
  if (!tensor->defined()) return -1;
  if (tensor->is_nested()) return 3;
  if (tensor->layout() != at::kStrided) return 16 + static_cast<int32_t>(tensor->layout());
  if (tensor->is_meta()) return 1;
  return tensor->is_quantized() ? 2 : 0;
}

// The first of a tensor's bytes, and how many they are; null where they do not lie one after
// another in the CPU's memory.
uint8_t* flambeau_tensor_bytes(const Tensor* tensor, size_t* length) {
  bool lie = tensor->defined() && tensor->is_cpu() && !tensor->is_nested() &&
             tensor->layout() == at::kStrided && tensor->is_contiguous() && tensor->numel() > 0;
  *length = lie ? tensor->nbytes() : 0;
  return lie ? static_cast<uint8_t*>(const_cast<void*>(tensor->const_data_ptr())) : nullptr;
}

// Two tensors that are views of one memory share this address; null where there is no such memory.
const void* flambeau_storage(const Tensor* tensor) {
  bool has = tensor->defined() && tensor->layout() == at::kStrided && !tensor->is_nested() &&
             !tensor->is_meta() && !tensor->is_quantized() && !tensor->is_conj() && !tensor->is_neg();
  return has ? tensor->storage().unsafeGetStorageImpl() : nullptr;
}

// A tensor that lies in a copy of the memory as `tensor` does in its own; in that of `beside`, where
// another tensor's memory was copied before and is the same.
char* flambeau_copy_with_storage(const Tensor* tensor, const Tensor* beside, Tensor** out) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    auto copied = [&] {
      auto memory = tensor->storage();
      auto bytes = at::empty({0}, tensor->options().dtype(at::kByte));
      bytes.set_(memory, 0, {static_cast<int64_t>(memory.nbytes())}, {1});
      return bytes.clone().storage();
    };
    auto memory = beside ? beside->storage() : copied();
    auto copy = at::empty({0}, tensor->options().requires_grad(false));
    copy.set_(memory, tensor->storage_offset(), tensor->sizes(), tensor->strides());
    *out = new Tensor(std::move(copy));
  });
}

// Bytes that nobody has written yet.
char* flambeau_empty_bytes(int64_t length, Tensor** out) {
  return guarded([&] { *out = new Tensor(at::empty({length}, at::kByte)); });
}
}
