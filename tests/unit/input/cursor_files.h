#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace fenceline::test {

/// A folder of cursor themes, known to the library before it looks for the first time: it asks the environment once.
class CursorFiles {
 public:
  CursorFiles();
  CursorFiles(const CursorFiles&) = delete;
  CursorFiles& operator=(const CursorFiles&) = delete;
  ~CursorFiles();
  /// One picture for each delay (ms), of each size, in one colour of its own; the hotspot is at a quarter of the size.
  void write(const std::string& theme, const std::string& name, const std::vector<int>& sizes,
             const std::vector<unsigned>& delays) const;
  void inherit(const std::string& theme, const std::string& from) const;

 private:
  std::filesystem::path folder_;
};

} // namespace fenceline::test
