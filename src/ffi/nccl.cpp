// NCCL, which carries tensors between GPUs: for the feature `nccl`, with a libtorch for CUDA.

#include "distributed.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <chrono>
#include <string>

using StorePtr = c10::intrusive_ptr<c10d::Store>;

extern "C" {

// Adds NCCL to a group, for tensors on CUDA devices. The ranks connect in the first collective.
char* flambeau_group_add_nccl(Group* group, const StorePtr* store, const char* name, int64_t timeout) {
  return guarded([&] {
    auto& g = *group->group;
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::milliseconds(timeout);
    options->group_name = name;
    auto prefix = std::string(name) + "/cuda/";
    auto nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(
        c10::make_intrusive<c10d::PrefixStore>(prefix, *store), g.getRank(), g.getSize(), options);
    nccl->setSequenceNumberForGroup();
    g.setBackend(c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::NCCL, nccl);
  });
}

// NCCL wants to be told the end, before the group is freed.
char* flambeau_group_shut_down(Group* group) {
  return guarded([&] { group->group->shutdown(); });
}
}
