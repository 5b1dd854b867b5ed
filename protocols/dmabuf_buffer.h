#pragma once
#include <vector>

#include "compositor/scene/buffer_importer.h"
#include "compositor/wl/client_state.h"
#include "protocols/client_buffer.h"

namespace fenceline {

/// A dma-buf that the importer has taken. It forgets the buffer when nobody has it any more.
class DmabufBuffer final : public ClientBuffer {
 public:
  /// `attributes` have been imported under `id`. The importer outlives it.
  DmabufBuffer(BufferId id, DmabufAttributes&& attributes, BufferImporter& importer, wl::Held held);
  ~DmabufBuffer() override;

  [[nodiscard]] Result<void> add_write_fences(EventLoop& loop,
                                              std::vector<std::unique_ptr<CommitConstraint>>& constraints,
                                              const WantedBy& wanted_by) const override;
  void add_read_fence(const UniqueFd& fence) const override;

 private:
  std::vector<UniqueFd> memory_; ///< Each dma-buf once.
  BufferImporter& importer_;
  wl::Held held_;
};

} // namespace fenceline
