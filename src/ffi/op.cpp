// Any of libtorch's operators by its name, with the arguments that its schema names: for those
// forms that tch leaves out.

#include "shim.h"

#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/function_schema_inl.h>
#include <c10/core/Device.h>

#include <string>
#include <vector>

using at::Tensor;

// An argument; laid out as in op.rs.
struct CArgument {
  int32_t which;
  int64_t integer;
  double number;
  const void* data;
  size_t length;
};

namespace {

c10::IValue value(const CArgument& argument) {
  switch (argument.which) {
    case 0: return {};
    case 1: return *static_cast<const Tensor*>(argument.data);
    case 2: return argument.integer;
    case 3: return argument.number;
    case 4: return argument.integer != 0;
    case 5: return std::string(static_cast<const char*>(argument.data), argument.length);
    case 7: return c10::Device(std::string(static_cast<const char*>(argument.data), argument.length));
    case 8: {
      auto list = static_cast<const double*>(argument.data);
      return c10::ArrayRef<double>(list, argument.length);
    }
    case 9: return *static_cast<const at::Generator*>(argument.data);
    default: {
      auto list = static_cast<const int64_t*>(argument.data);
      return c10::IntArrayRef(list, argument.length);
    }
  }
}

}  // namespace

extern "C" {

// Writes the tensors that the operator returns to `out`, of which there are `results`.
char* flambeau_op(const char* name, const char* overload, const CArgument* arguments, size_t n,
                  Tensor** out, size_t results) {
  return guarded([&] {
    auto op = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    torch::jit::Stack stack;
    // A truth value is a number to the kernels, as to Python, but not to the schema's check.
    const auto& expected = op.schema().arguments();
    std::vector<size_t> truths;
    for (size_t i = 0; i < n; ++i) {
      stack.push_back(value(arguments[i]));
      if (i < expected.size() && stack[i].isBool() && *expected[i].type() == *c10::NumberType::get()) {
        truths.push_back(i);
        stack[i] = static_cast<int64_t>(stack[i].toBool());
      }
    }
    op.schema().checkAndNormalizeInputs(stack);
    for (auto i : truths) stack[i] = stack[i].toInt() != 0;
    op.callBoxed(stack);
    TORCH_CHECK(stack.size() == results, name, " returned ", stack.size(), " values");
    for (size_t i = 0; i < results; ++i) out[i] = new Tensor(std::move(stack[i]).toTensor());
  });
}
}
