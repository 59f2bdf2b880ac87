// Stores and groups of processes: torch.distributed's own, which libtorch has.

#include "distributed.h"

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

using at::Tensor;
using std::chrono::milliseconds;

namespace {

using StorePtr = c10::intrusive_ptr<c10d::Store>;
using WorkPtr = c10::intrusive_ptr<c10d::Work>;

// libtorch makes objects of this class too, with Gloo's own headers: both have to lay it out alike.
// A libtorch with another layout stops the build here.
static_assert(sizeof(void*) != 8 || sizeof(std::mutex) != 40 || sizeof(std::string) != 32 ||
                  sizeof(c10d::ProcessGroupGloo) == 488,
              "ProcessGroupGloo is laid out otherwise than in the libtorch that this was written for");

// Says more of a call that has failed.
class Explained {
 public:
  explicit Explained(const Explain& with) : with_(with) {}
  Explained(const Explained&) = delete;
  ~Explained() { with_.release(with_.context); }

  [[noreturn]] void rethrow(std::exception_ptr failed) const {
    std::string said, text;
    try {
      std::rethrow_exception(failed);
    } catch (const c10::Error& e) {
      said = e.what_without_backtrace();
    } catch (const std::exception& e) {
      said = e.what();
    }
    with_.explain(with_.context, said.c_str(), &text);
    throw std::runtime_error(text);
  }

 private:
  Explain with_;
};

// A sum over the ranks that says more when it fails. Of the collectives, it is the one that autograd
// waits for, where nobody else could say it.
class ExplainedWork : public c10d::Work {
 public:
  ExplainedWork(WorkPtr work, std::shared_ptr<Explained> explained)
      : work_(std::move(work)), explained_(std::move(explained)) {}

  bool isCompleted() override { return work_->isCompleted(); }
  bool isSuccess() const override { return work_->isSuccess(); }
  std::exception_ptr exception() const override { return work_->exception(); }
  std::vector<Tensor> result() override { return work_->result(); }
  void synchronize() override { work_->synchronize(); }
  void abort() override { work_->abort(); }

  bool wait(milliseconds timeout) override {
    try {
      return work_->wait(timeout);
    } catch (...) {
      explained_->rethrow(std::current_exception());
    }
  }

  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override {
    auto future = work_->getFuture();
    auto explained = explained_;
    return future->then(
        [explained](c10::ivalue::Future& done) {
          if (done.hasError()) explained->rethrow(done.exception_ptr());
          return done.value();
        },
        future->elementType());
  }

 private:
  WorkPtr work_;
  std::shared_ptr<Explained> explained_;
};

class ExplainedGroup : public c10d::ProcessGroup {
 public:
  ExplainedGroup(StorePtr store, int rank, int size, std::shared_ptr<Explained> explained)
      : ProcessGroup(std::move(store), rank, size), explained_(std::move(explained)) {}

  WorkPtr allreduce(std::vector<Tensor>& tensors, const c10d::AllreduceOptions& options) override {
    return c10::make_intrusive<ExplainedWork>(ProcessGroup::allreduce(tensors, options), explained_);
  }

 private:
  std::shared_ptr<Explained> explained_;
};

// Real and imaginary parts side by side, as which complex numbers travel.
Tensor as_real(const Tensor& tensor) {
  return tensor.is_complex() ? at::view_as_real(tensor) : tensor;
}

std::vector<Tensor> reals(std::vector<Tensor> tensors) {
  for (auto& tensor : tensors) tensor = as_real(tensor);
  return tensors;
}

// Likewise, where the sum of both is the sum.
std::vector<Tensor> reals(std::vector<Tensor> tensors, c10d::ReduceOp op) {
  for (auto& tensor : tensors) {
    TORCH_CHECK(!tensor.is_complex() || c10d::isComplexViewAsRealAllowed(op),
                "complex numbers have no such reduction");
  }
  return reals(std::move(tensors));
}

}  // namespace

extern "C" {

// A store that rank 0 has on a socket that listens already, or where another process has it.
char* flambeau_store_tcp(const char* host, uint16_t port, int listener, size_t world_size,
                         int64_t timeout, StorePtr** out) {
  return guarded([&] {
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = listener >= 0;
    if (listener >= 0) options.masterListenFd = listener;
    options.numWorkers = world_size;
    options.waitWorkers = false;
    options.timeout = milliseconds(timeout);
    *out = new StorePtr(c10::make_intrusive<c10d::TCPStore>(host, options));
  });
}

char* flambeau_store_file(const char* path, int world_size, int64_t timeout, StorePtr** out) {
  return guarded([&] {
    StorePtr store = c10::make_intrusive<c10d::FileStore>(path, world_size);
    store->setTimeout(milliseconds(timeout));
    *out = new StorePtr(std::move(store));
  });
}

char* flambeau_store_prefix(const char* prefix, const StorePtr* store, StorePtr** out) {
  return guarded([&] {
    *out = new StorePtr(c10::make_intrusive<c10d::PrefixStore>(prefix, *store));
  });
}

// Another connection to the same store.
char* flambeau_store_clone(const StorePtr* store, int64_t timeout, StorePtr** out) {
  return guarded([&] {
    StorePtr clone = (*store)->clone();
    clone->setTimeout(milliseconds(timeout));
    *out = new StorePtr(std::move(clone));
  });
}

void flambeau_store_free(StorePtr* store) { delete store; }

char* flambeau_store_set(const StorePtr* store, const char* key, const char* value) {
  return guarded([&] { (*store)->set(key, std::string(value)); });
}

// The text under a key, for which it waits; it is the caller's to free.
char* flambeau_store_get(const StorePtr* store, const char* key, char** out) {
  return guarded([&] { *out = strdup((*store)->get_to_str(key).c_str()); });
}

char* flambeau_store_add(const StorePtr* store, const char* key, int64_t amount, int64_t* out) {
  return guarded([&] { *out = (*store)->add(key, amount); });
}

char* flambeau_store_check(const StorePtr* store, const char* key, bool* out) {
  return guarded([&] { *out = (*store)->check({key}); });
}

// A group on Gloo, for tensors on the CPU. It returns when all ranks have come.
char* flambeau_group_gloo(const StorePtr* store, const char* name, int rank, int size,
                          int64_t timeout, const Explain* explain, Group** out) {
  return guarded([&] {
    auto explained = std::make_shared<Explained>(*explain);
    auto made = std::make_unique<Group>();
    auto prefixed = c10::make_intrusive<c10d::PrefixStore>(std::string(name) + "/", *store);
    made->group = c10::make_intrusive<ExplainedGroup>(prefixed, rank, size, explained);
    auto options = c10d::ProcessGroupGloo::Options::create_default(milliseconds(timeout));
    auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>("cpu/", prefixed), rank, size, options);
    gloo->setSequenceNumberForGroup();
    made->group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::GLOO, gloo);
    made->group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
    made->group->setGroupName(name);
    *out = made.release();
  });
}

void flambeau_explain(std::string* out, const char* text) { *out = text; }

void flambeau_group_free(Group* group) { delete group; }

// Begins the collective `which`, counted as in distributed.rs, on tensors that have to stay as they
// are until it is done.
char* flambeau_collective(Group* group, int32_t which, Tensor* const* outputs, size_t n_outputs,
                          Tensor* const* inputs, size_t n_inputs, int32_t op, int64_t root,
                          int32_t tag, const int64_t* output_splits, size_t n_output_splits,
                          const int64_t* input_splits, size_t n_input_splits, WorkPtr** out) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    c10d::ReduceOp reduction(static_cast<c10d::ReduceOp::RedOpType>(op));
    auto to = listed(outputs, n_outputs), from = listed(inputs, n_inputs);
    std::lock_guard<std::mutex> in_a_row(group->begins);
    auto& g = *group->group;
    auto begun = [&]() -> WorkPtr {
      switch (which) {
        case 0: {
          c10d::BroadcastOptions options;
          options.rootRank = root;
          return g.broadcast(to, options);
        }
        case 1: {
          c10d::AllreduceOptions options;
          options.reduceOp = reduction;
          to = reals(to, reduction);
          return g.allreduce(to, options);
        }
        case 2: {
          c10d::ReduceOptions options;
          options.reduceOp = reduction;
          options.rootRank = root;
          to = reals(to, reduction);
          return g.reduce(to, options);
        }
        case 3: {
          std::vector<std::vector<Tensor>> lists{reals(to)};
          from = reals(from);
          return g.allgather(lists, from);
        }
        case 4: {
          c10d::GatherOptions options;
          options.rootRank = root;
          std::vector<std::vector<Tensor>> lists;
          if (!to.empty()) lists.push_back(to);
          return g.gather(lists, from, options);
        }
        case 5: {
          c10d::ScatterOptions options;
          options.rootRank = root;
          std::vector<std::vector<Tensor>> lists;
          if (!from.empty()) lists.push_back(reals(from));
          to = reals(to);
          return g.scatter(to, lists, options);
        }
        case 6: {
          c10d::ReduceScatterOptions options;
          options.reduceOp = reduction;
          to = reals(to, reduction);
          std::vector<std::vector<Tensor>> lists{reals(from, reduction)};
          return g.reduce_scatter(to, lists, options);
        }
        case 7: {
          to = reals(to);
          from = reals(from);
          return g.alltoall(to, from);
        }
        case 8: return g.send(from, static_cast<int>(root), tag);
        case 9: return g.recv(to, static_cast<int>(root), tag);
        case 10: return g.recvAnysource(to, tag);
        case 11: return g.barrier();
        case 12: {
          auto output = as_real(to.at(0)), input = as_real(from.at(0));
          return g.all_gather_single(output, input);
        }
        case 13: {
          c10d::ReduceScatterOptions options;
          options.reduceOp = reduction;
          return g.reduce_scatter_single(to.at(0), from.at(0), options);
        }
        default: {
          // None are equal ones.
          std::vector<int64_t> taken(output_splits, output_splits + n_output_splits);
          std::vector<int64_t> given(input_splits, input_splits + n_input_splits);
          auto output = as_real(to.at(0)), input = as_real(from.at(0));
          return g.all_to_all_single(output, input, taken, given);
        }
      }
    };
    // A rank that a rooted collective has no part for may get no work.
    *out = new WorkPtr(begun());
  });
}

char* flambeau_monitored_barrier(Group* group, int64_t timeout, bool wait_all_ranks) {
  return guarded([&] {
    std::lock_guard<std::mutex> in_a_row(group->begins);
    c10d::BarrierOptions options;
    if (timeout >= 0) options.timeout = milliseconds(timeout);
    group->group->monitoredBarrier(options, wait_all_ranks);
  });
}

// The values of rank `source` in all of these tensors, which go in few pieces.
char* flambeau_broadcast_coalesced(Group* group, Tensor* const* tensors, size_t n, int64_t size,
                                   int source) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    auto list = listed(tensors, n);
    // They are counted as unchanged, so that a backward that has kept them goes through.
    std::vector<int64_t> versions;
    for (size_t i = 0; i < n; ++i) versions.push_back(tensors[i]->_version());
    std::lock_guard<std::mutex> in_a_row(group->begins);
    c10d::broadcast_coalesced(group->group, list, size, source);
    for (size_t i = 0; i < n; ++i) {
      // A copy of the counter counts for the same tensor.
      c10::VariableVersion counter = tensors[i]->unsafeGetTensorImpl()->version_counter();
      counter.set_version(versions[i]);
    }
  });
}

char* flambeau_work_wait(const WorkPtr* work) {
  return guarded([&] {
    if (*work) (*work)->wait();
  });
}

char* flambeau_work_is_completed(const WorkPtr* work, bool* out) {
  return guarded([&] { *out = !*work || (*work)->isCompleted(); });
}

char* flambeau_work_source(const WorkPtr* work, int32_t* out) {
  return guarded([&] { *out = (*work)->sourceRank(); });
}

void flambeau_work_free(WorkPtr* work) { delete work; }
}
