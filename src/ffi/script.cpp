// What tch leaves out of TorchScript's modules: the modules inside, buffers, the mode, copies.

#include "shim.h"

#include <torch/csrc/jit/api/module.h>

#include <string>

using at::Tensor;
using torch::jit::Module;

namespace {

enum What : int32_t { MODULE, PARAMETER, BUFFER };

// `tensor` is null for a module, `text` its class in Python.
using Told = void (*)(void* told, int32_t what, const char* name, const char* text, const Tensor* tensor);

std::string class_of(const Module& module) {
  auto name = module.type()->name();
  std::string text = name ? name->name() : "Module";
  // Where a class was compiled several times, its name was made one of its own.
  return text.substr(0, text.rfind("___torch_mangle_"));
}

// A module, its parameters, its buffers, and then those inside: Python's order.
void tell(const Module& module, const std::string& name, Told told, void* to) {
  told(to, MODULE, name.c_str(), class_of(module).c_str(), nullptr);
  std::string prefix = name.empty() ? name : name + ".";
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    told(to, PARAMETER, (prefix + parameter.name).c_str(), nullptr, &parameter.value);
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    told(to, BUFFER, (prefix + buffer.name).c_str(), nullptr, &buffer.value);
  }
  for (const auto& child : module.named_children()) tell(child.value, prefix + child.name, told, to);
}

}  // namespace

extern "C" {

// A module is what tch hands around, a pointer to a torch::jit::Module. Each tensor belongs to whom
// it is told.
char* flambeau_script_tell(const Module* module, Told told, void* to) {
  return guarded([&] { tell(*module, "", told, to); });
}

char* flambeau_script_is_training(const Module* module, bool* out) {
  return guarded([&] { *out = module->is_training(); });
}

char* flambeau_script_copy(const Module* module, Module** out) {
  return guarded([&] { *out = new Module(module->deepcopy()); });
}

Tensor* flambeau_script_handle(const Tensor* tensor) { return new Tensor(*tensor); }
}
