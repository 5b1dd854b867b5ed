#pragma once
#include "tests/fuzz/message_maker.h"

#include <cstdint>
#include <vector>

namespace fenceline::fuzz {

struct Buffer {
  std::uint32_t id = 0;
  std::int32_t width = 0;
  std::int32_t height = 0;
  bool dmabuf = false;
};

/// A connection's buffers, of every sort that the server takes, and what is done to the files below them.
class Buffers {
 public:
  explicit Buffers(MessageMaker& maker) : maker_(maker) {}

  /// A living buffer; a new one when there is none, or by chance. id is 0 when none can be made.
  [[nodiscard]] Buffer any();
  /// A living dma-buf, if asked for and possible of the output's size; a new one when there is none, or by chance. id
  /// is 0 when none can be made.
  [[nodiscard]] Buffer dmabuf(bool fills_output);
  /// One step in the life of buffers: make, resize, cut, destroy.
  void step();

 private:
  struct Pool {
    std::uint32_t id = 0;
    std::uint32_t key = 0;
    std::uint64_t size = 0;
  };
  void make_pool();
  void add_buffer(const Pool& pool);
  void make_dmabuf();
  void make_dmabuf_image(bool fills_output);
  [[nodiscard]] DmabufFormat dmabuf_format();
  void make_single_pixel();
  void grow_pool();
  void cut_file();
  void destroy_one();
  void forget_the_dead();

  MessageMaker& maker_;
  std::vector<Pool> pools_;
  std::vector<Buffer> buffers_;
  std::vector<std::uint32_t> file_keys_; ///< files that were sent, pools that are gone included
};

} // namespace fenceline::fuzz
