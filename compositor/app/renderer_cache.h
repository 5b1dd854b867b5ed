#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// What a session can know of the renderer without loading it.
struct RendererFacts {
  std::vector<FormatModifier> textures, targets; ///< As Composer tells them.
  bool reads_shm = false;                        ///< It reads wl_shm pictures where they are (udmabuf).
  friend bool operator==(const RendererFacts&, const RendererFacts&) = default;
};

/// What the facts depend on, as text: the program, the kernel, the display's device, and the Vulkan drivers that are
/// installed, by the manifests that the loader would read. Another text, other facts.
[[nodiscard]] std::string renderer_key(std::optional<dev_t> display_device);

/// The facts of the renderer that was loaded last, in a file.
class RendererCache {
 public:
  /// `folder`: empty: nothing is kept. `key`: see renderer_key.
  RendererCache(std::filesystem::path folder, std::string key);

  /// None: there is no file, it is damaged, or it is of another key.
  [[nodiscard]] std::optional<RendererFacts> read() const;
  /// Does nothing where the file says the same.
  [[nodiscard]] Result<void> write(const RendererFacts& facts) const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  [[nodiscard]] std::string head() const;
  std::filesystem::path file_;
  std::string key_;
};

} // namespace fenceline
